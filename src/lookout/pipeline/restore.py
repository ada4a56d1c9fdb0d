"""Make an installation from a backup: every digest is checked first, and only an empty home is filled."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lookout.config import LAYOUT
from lookout.hub.snapshots import digest_of
from lookout.kernel.errors import ConfigError, DataError, TransientError
from lookout.pipeline.backup import DESK, PARTIAL, RECORD, BackupRecord, is_secret
from lookout.pipeline.desk_database import DUMP, is_server, load_server

_STAGING = ".restoring"
_MOST_TOLD = 20
Steps = Callable[[str, int, int], None]


@dataclass(frozen=True)
class RestoreReport:
    """What was restored, and whether personal values can be opened again."""

    source: Path
    record: BackupRecord
    has_keys: bool


def restore(
    source: Path, home: Path, *, keys: Path | None, without_keys: bool, database: str, progress: Steps
) -> RestoreReport:
    """Fill an empty home from a backup folder, or from the newest one below `source`.

    Raises DataError naming every damaged file, ConfigError when home, layout or keys do not allow it;
    nothing is changed then.
    """
    folder = _find(source)
    record = _read(folder)
    secret = None if without_keys else _find_keys(folder, keys)
    _check_target(home, record, database)
    parts = [(folder, record), *([(secret, _read(secret))] if secret else [])]
    _verify(parts, progress)
    staging = home / _STAGING
    try:
        shutil.rmtree(staging, ignore_errors=True)
        for part, held in parts:
            _copy(part, held, staging, progress)
        if DUMP in record.files:
            load_server(database, staging / DUMP)
            (staging / DUMP).unlink()
        _move_in(staging, home, database)
    except OSError as error:
        reason = error.strerror or str(error)
        raise TransientError(
            f"恢复没有完成（{reason}）：{error.filename or home}；备份不受影响，请清空 {home} 后再试"
        ) from error
    return RestoreReport(folder, record, secret is not None)


def _find(source: Path) -> Path:
    if (source / RECORD).exists():
        return source
    made = sorted(
        file.parent
        for file in source.glob(f"[0-9]*/{RECORD}")
        if file.parent.suffix not in (".keys", PARTIAL)
    )
    if not made:
        raise ConfigError(f"{source} 里没有备份；请给出 lookout backup 写到的文件夹")
    return made[-1]


def _find_keys(folder: Path, keys: Path | None) -> Path:
    name = f"{folder.name}.keys"
    places = [keys, keys / name] if keys else [folder.with_name(name)]
    for place in places:
        if (place / RECORD).exists():
            return place
    raise ConfigError(
        f"找不到这份备份的密钥部分 {name}；请用 --keys 给出它所在的文件夹，或用 --without-keys 恢复（个人信息将无法还原）"
    )


def _read(folder: Path) -> BackupRecord:
    try:
        return BackupRecord.read(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"备份清单 {folder / RECORD} 读不出（{type(error).__name__}）；请改用另一份备份"
        ) from error


def _check_target(home: Path, record: BackupRecord, database: str) -> None:
    if home.exists() and any(path.name not in (_STAGING, "lost+found") for path in home.iterdir()):
        raise ConfigError(
            f"数据目录 {home} 不是空的；为了不覆盖任何数据，只恢复到空目录，请换一个或先移走其中的内容"
        )
    if record.layout > LAYOUT:
        raise ConfigError(
            f"备份由更新的版本写成（布局 {record.layout}，本版本只认识到 {LAYOUT}）；请先安装那个版本"
        )
    if record.has_dump != is_server(database):
        kind = "PostgreSQL" if record.has_dump else "SQLite"
        raise ConfigError(f"备份里的业务库是 {kind} 的，与 LOOKOUT_DATABASE 不符；请改成同一种后再恢复")
    if not record.has_dump and DESK in record.files and Path(database).exists():
        raise ConfigError(f"业务库 {database} 已经存在；为了不覆盖它，请先移走")


def _verify(parts: list[tuple[Path, BackupRecord]], progress: Steps) -> None:
    """Compare every file with its digest; all damage is told at once."""
    faults = []
    for folder, record in parts:
        for number, (name, entry) in enumerate(record.files.items()):
            progress(name, number, len(record.files))
            file = folder / name
            if not file.is_file():
                faults.append(f"{file} 缺失")
            elif digest_of(file) != entry.sha256:
                faults.append(f"{file} 内容与备份时不同")
    if faults:
        shown = "\n".join(f"  {number}. {fault}" for number, fault in enumerate(faults[:_MOST_TOLD], 1))
        more = f"\n  另有 {len(faults) - _MOST_TOLD} 个" if len(faults) > _MOST_TOLD else ""
        raise DataError(
            f"备份有 {len(faults)} 个文件损坏，没有恢复任何内容；请改用另一份备份：\n{shown}{more}"
        )


def _copy(folder: Path, record: BackupRecord, staging: Path, progress: Steps) -> None:
    for number, name in enumerate(record.files):
        progress(name, number, len(record.files))
        target = staging / name
        target.parent.mkdir(mode=_mode(name), parents=True, exist_ok=True)
        shutil.copy2(folder / name, target)


def _mode(name: str) -> int:
    return 0o700 if is_secret(name) else 0o755


def _move_in(staging: Path, home: Path, database: str) -> None:
    """Give everything its place; the batches last, for without them a home is still no installation."""
    desk = staging / DESK
    if desk.exists() and not is_server(database):
        Path(database).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(desk, database)
    for path in sorted(staging.iterdir(), key=lambda path: (path.name == "batches", path.name)):
        path.replace(home / path.name)
    staging.rmdir()
