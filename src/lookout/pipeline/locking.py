"""One writer at a time: a run, a re-score and a fold exclude each other; a full disk is told as one."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lookout.config import LAYOUT, LAYOUT_FILE, read_layout, write_layout
from lookout.kernel.errors import TransientError

LOCK = "run.lock"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNWRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


@contextmanager
def run_lock(home: Path) -> Iterator[None]:
    """Hold the installation's run lock. Raises TransientError when another process has it.

    The lock is the operating system's: it vanishes with its process, however that dies. An error of
    the disk while it is held becomes a TransientError too, which says that the last run stands.
    """
    with _disk_errors_told(home):
        home.mkdir(parents=True, exist_ok=True)
        with (home / LOCK).open("a+", encoding="ascii") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.seek(0)
                holder = handle.read(20).strip()
                named = f"进程 {holder}，" if holder.isdigit() else ""
                raise TransientError(
                    f"另一次评定正在进行（{named}{home / LOCK}）；它不受影响，请等它完成后再试"
                ) from None
            handle.truncate(0)  # the number of the holder is for the message only
            handle.write(str(os.getpid()))
            handle.flush()
            if not (home / LAYOUT_FILE).exists() and read_layout(home) == LAYOUT:
                write_layout(home)
            yield


@contextmanager
def _disk_errors_told(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # Libraries put the system's number into the text, not always into `errno`.
        if error.errno in _NO_ROOM or "No space left" in str(error) or "File too large" in str(error):
            what, mend = "磁盘已满或超出限额", "请腾出空间后再试"
        elif error.errno in _UNWRITABLE:
            what, mend = f"数据目录不能写入（{error.strerror}）", "请检查磁盘与目录权限后再试"
        else:
            raise
        raise TransientError(f"{what}：{error.filename or home}；上一次结果不受影响，{mend}") from error
