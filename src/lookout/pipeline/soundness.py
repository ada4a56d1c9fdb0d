"""What is damaged in an installation, told with what mends it: the quick look, and the one at every byte."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from lookout.config import LAYOUT, read_layout
from lookout.hub.landing import Batch, batch_folder
from lookout.hub.snapshots import (
    current_run_id,
    damaged_facts,
    damaged_results,
    digest_of,
    find_run,
    pointed_run_id,
    run_folders,
    run_of,
)
from lookout.pipeline.desk_database import is_server, sqlite_fault
from lookout.pipeline.proving import log_faults
from lookout.pipeline.refold import facts_are_whole

LEAST_FREE = 0.05  # share of the disk


def quick_faults(home: Path) -> Iterator[str]:
    """Yield what is wrong as far as names, sizes and small files tell."""
    yield from _layout(home)
    yield from _pointer(home)
    yield from log_faults(home)
    if any((home / "facts").glob("*/*.parquet")) and not facts_are_whole(home):
        yield (
            f"{home / 'facts'}：归并清单或它所列的文件损坏、缺失；批次不受影响，"
            "请运行 lookout refold，或等下一次 lookout run 自动重建"
        )
    if home.is_dir():
        disk = shutil.disk_usage(home)
        if disk.free < disk.total * LEAST_FREE:
            yield f"磁盘只剩 {disk.free / 2**30:.1f} GiB（{disk.free / disk.total:.1%}）；请腾出空间，否则评定会失败"


def _layout(home: Path) -> Iterator[str]:
    try:
        layout = read_layout(home)
    except (OSError, ValueError):  # told at the start of every command
        return
    if layout < LAYOUT:
        yield f"数据目录是较早的布局（{layout}，现为 {LAYOUT}）；请运行 lookout upgrade，可以先做一次 lookout backup"


def _pointer(home: Path) -> Iterator[str]:
    named, current = pointed_run_id(home), current_run_id(home)
    for folder in run_folders(home):
        if find_run(home, run_of(folder)) is None:
            yield (
                f"{folder}：运行记录损坏，这次运行不再显示；请从备份恢复这个文件夹，或删除它后重新评定那一天"
            )
    if (home / "current.json").exists() and named != current:
        yield (
            f"{home / 'current.json'}：指针损坏或指向已损坏的运行；页面显示最近一次完好的运行 {current}，"
            "下一次 lookout run 会重写它"
        )


def deep_faults(home: Path, batches: Iterable[Batch], database: str) -> Iterator[str]:
    """Yield every file that is not what it was when it was written, and what the databases say of themselves."""
    for batch in batches:
        yield from _batch(home, batch)
    yield from log_faults(home, deep=True)
    for damage in damaged_facts(home):
        yield str(damage)
    for folder in run_folders(home):
        for damage in damaged_results(home, run_of(folder)):
            yield str(damage)
    files = sorted({*home.glob("*.sqlite*"), *home.glob("live/*.sqlite")})
    if database and not is_server(database) and Path(database).exists():
        files.append(Path(database))
    for file in dict.fromkeys(file for file in files if file.suffix in (".sqlite", ".sqlite3")):
        if fault := sqlite_fault(file):
            yield f"{file}：数据库损坏（{fault}）；请停止 lookout serve，从最近的备份恢复这个文件"


def _batch(home: Path, batch: Batch) -> Iterator[str]:
    folder = batch_folder(home, batch.batch_no)
    for name, digest in batch.digests.items():
        file = folder / name
        if file.is_file() and digest_of(file) == digest:
            continue
        what = "内容与入库时不同" if file.exists() else "文件缺失"
        yield (
            f"第 {batch.batch_no} 批（{batch.file}）的 {file}：{what}；请从备份恢复这个文件，没有备份时"
            f"请 {batch.source} 重新报送原文件"
        )
