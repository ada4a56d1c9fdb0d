"""The layout of the data folder: which version wrote it, and whether this version may touch it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lookout.kernel.errors import Problem

# 1: batches, facts and snapshots, without a layout file. 2: each run keeps the digests of its files.
LAYOUT = 2
FIRST_LAYOUT = 1
LAYOUT_FILE = "layout.json"


def read_layout(home: Path) -> int:
    """Return the layout a home is in. Raises ValueError when the file that says so cannot be read.

    Without that file a home with published runs is of the first layout; one without is like a new one.
    """
    file = home / LAYOUT_FILE
    if file.exists():
        try:
            return int(json.loads(file.read_text("utf-8"))["layout"])
        except (KeyError, TypeError) as error:
            raise ValueError(str(error)) from error
    return FIRST_LAYOUT if (home / "snapshots").exists() else LAYOUT


def write_layout(home: Path) -> None:
    """Say that a home is in today's layout. Call it last: what is written before may be done again."""
    home.mkdir(parents=True, exist_ok=True)
    fresh = home / f"{LAYOUT_FILE}.{os.getpid()}.tmp"
    with fresh.open("w", encoding="utf-8") as handle:
        handle.write(json.dumps({"layout": LAYOUT}))
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(home / LAYOUT_FILE)


def layout_problems(home: Path) -> list[Problem]:
    """Return why this version must not touch a home: a newer one may have written what it does not know."""
    try:
        layout = read_layout(home)
    except (OSError, ValueError):
        what = (
            f'版本标记损坏；请从备份恢复这个文件，或写入 {{"layout": {LAYOUT}}} 后运行 lookout doctor --deep'
        )
        return [Problem(str(home / LAYOUT_FILE), what)]
    if layout > LAYOUT:
        what = (
            f"数据目录由更新的版本写成（布局 {layout}，本版本只认识到 {LAYOUT}）；"
            "请安装那个版本，或把旧备份恢复到另一个空目录"
        )
        return [Problem(str(home / LAYOUT_FILE), what)]
    return []
