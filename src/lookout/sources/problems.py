"""The refusal of a whole file: what is wrong, where, and what to do, in one Chinese message."""

from __future__ import annotations

from dataclasses import dataclass

from lookout.kernel.errors import DataError


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a file. `where` is a line, column or entry, '' for the file as a whole."""

    what: str
    fix: str
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.where}：" if self.where else ""
        return f"{place}{self.what}。处理办法：{self.fix}。"


class FileProblem(DataError):  # noqa: N818 it names the thing a person is told
    """A file that cannot be taken in; nothing of it lands. Carries every fault found."""

    def __init__(self, file: str, *faults: Fault, partly: bool = False) -> None:
        self.file = file
        self.faults = faults
        if len(faults) == 1:
            body = str(faults[0])
        else:
            listed = "\n".join(f"  {number}. {fault}" for number, fault in enumerate(faults, 1))
            body = f"共 {len(faults)} 处问题。\n{listed}"
        # A list of deliveries is no data: what it names rightly lands all the same.
        head = f"“{file}”中有些文件没有入库，其余照常。" if partly else f"文件“{file}”未入库。"
        super().__init__(head + body)


def opening_fault(error: OSError) -> Fault:
    """Say in Chinese why a file cannot be opened, and what to do."""
    if isinstance(error, FileNotFoundError):
        return Fault("打不开：文件不存在", "检查文件名与路径")
    if isinstance(error, PermissionError):
        return Fault("打不开：没有读取权限", "请文件的主人或管理员给运行本系统的账号读取权限")
    if isinstance(error, IsADirectoryError):
        return Fault("打不开：这是一个文件夹", "给出文件夹里的文件")
    return Fault(f"打不开或读不完（{error.strerror or type(error).__name__}）", "检查磁盘与文件后重试")
