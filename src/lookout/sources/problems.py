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

    def __init__(self, file: str, *faults: Fault) -> None:
        self.file = file
        self.faults = faults
        if len(faults) == 1:
            body = str(faults[0])
        else:
            listed = "\n".join(f"  {number}. {fault}" for number, fault in enumerate(faults, 1))
            body = f"共 {len(faults)} 处问题。\n{listed}"
        super().__init__(f"文件“{file}”未入库。{body}")
