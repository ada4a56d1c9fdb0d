"""Back up an installation while it serves, lands and rates: one instant of everything, with digests.

All files but the databases are immutable or replaced whole, so hard links taken in a moment hold one
state of them while the slow copying goes on. Keys go to a folder of their own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from lookout.config import read_layout
from lookout.hub.facts import Facts
from lookout.hub.snapshots import current_run_id, list_runs
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import ConfigError, TransientError
from lookout.pipeline.desk_database import DUMP, copy_sqlite, dump_server, is_server
from lookout.pipeline.refold import named_by_records

RECORD = "backup.json"
PARTIAL = ".partial"
# A backup of data without these opens no personal value; pushed files lie in the inbox as they came.
SECRET_FOLDERS = ("keys", "vault_keys", "inbox", "proof/keys", "proof/authority")
DESK = "desk.sqlite3"
_STAGING = ".backup-"
_LEFT_OUT = ("spill",)  # holds nothing that outlives a session
_ATTEMPTS = 5
_CHUNK = 1 << 20
Steps = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Entry:
    """One file of a backup: size in bytes, SHA-256, and when the original was last changed, in ns."""

    bytes: int
    sha256: str
    changed: int


@dataclass(frozen=True)
class BackupRecord:
    """What a backup holds. `made_at` is Shanghai wall time; `is_secret` marks the part with the keys."""

    made_at: datetime
    layout: int
    run_id: str | None
    has_dump: bool
    is_secret: bool
    files: Mapping[str, Entry]

    def as_json(self) -> str:
        """Return the text of backup.json."""
        return json.dumps({**asdict(self), "made_at": self.made_at.isoformat()}, ensure_ascii=False, indent=1)

    @classmethod
    def read(cls, folder: Path) -> BackupRecord:
        """Read the record of a backup folder. Raises OSError, ValueError, KeyError or TypeError."""
        raw = json.loads((folder / RECORD).read_text("utf-8"))
        raw["made_at"] = datetime.fromisoformat(raw["made_at"])
        raw["files"] = {name: Entry(**entry) for name, entry in raw["files"].items()}
        return cls(**raw)


@dataclass(frozen=True)
class BackupReport:
    """Where a backup lies and how much of it was new; the rest shares its room with the one before."""

    folder: Path
    keys: Path
    record: BackupRecord
    copied_files: int
    copied_bytes: int

    @property
    def total_bytes(self) -> int:
        """The size of the data restored from it."""
        return sum(entry.bytes for entry in self.record.files.values())


def backup(
    home: Path, destination: Path, *, keys: Path | None, database: str, made_at: datetime, progress: Steps
) -> BackupReport:
    """Make `destination/<instant>` and, at `keys` or beside it, the secret part.

    Files unchanged since the last backup there are hard links to it. Raises ConfigError when the
    destination cannot be used, TransientError when a database or the disk fails; a backup is whole
    or it is not there.
    """
    moment = naive_local(made_at)
    folder = destination / f"{moment:%Y%m%dT%H%M%S}"
    secret = (keys or destination) / f"{folder.name}.keys"
    _check_places(home, destination, secret.parent, folder)
    staging = home / f"{_STAGING}{os.getpid()}"
    try:
        _clear_stale(home, destination)
        staged = _stage(home, staging, database)
        run_id, layout = current_run_id(staging), read_layout(staging)
        own = [name for name in staged if not is_secret(name)]
        hidden = [name for name in staged if is_secret(name)]

        def record(names: list[str], files: Mapping[str, Entry], is_secret: bool) -> BackupRecord:
            return BackupRecord(moment, layout, run_id, DUMP in names, is_secret, files)

        made = _Copy(staging, _last(destination))
        _finish(secret, record(hidden, _Copy(staging, None).write(secret, hidden, progress), True))
        whole = record(own, made.write(folder, own, progress), False)
        _finish(folder, whole)
    except OSError as error:
        reason = error.strerror or str(error)
        raise TransientError(
            f"备份没有完成（{reason}）：{error.filename or folder}；请检查磁盘空间与权限后再试"
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        for part in (folder, secret):
            shutil.rmtree(_partial(part), ignore_errors=True)
    return BackupReport(folder, secret, whole, made.files, made.bytes)


def is_secret(name: str) -> bool:
    """Tell whether a file of a home, named by its path there, belongs to the secret part."""
    return name.startswith(tuple(f"{folder}/" for folder in SECRET_FOLDERS))


def _check_places(home: Path, destination: Path, keys: Path, folder: Path) -> None:
    if not (home / "batches").is_dir():
        raise ConfigError(f"数据目录 {home} 里还没有数据，没有可备份的；请核对 LOOKOUT_HOME")
    for place in (destination, keys):
        if place.resolve().is_relative_to(home.resolve()):
            raise ConfigError(f"备份不能放在数据目录 {home} 之内；请给出另一块磁盘上的文件夹")
    if folder.exists():
        raise ConfigError(f"{folder} 已经存在；请过一秒再试")


def _clear_stale(home: Path, destination: Path) -> None:
    """Remove what backups that died left behind; one that is going on is refused."""
    for stale in home.glob(f"{_STAGING}*"):
        number = stale.name.removeprefix(_STAGING)
        if number != str(os.getpid()) and Path(f"/proc/{number}").exists():
            raise TransientError(f"另一次备份正在进行（进程 {number}）；请等它完成后再试")
        shutil.rmtree(stale)
    for stale in destination.glob(f"*{PARTIAL}"):
        shutil.rmtree(stale)


def _stage(home: Path, staging: Path, database: str) -> list[str]:
    """Hold one state of the home by hard links, and copies of its databases; return the names of all files."""
    for _ in range(_ATTEMPTS):
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        # The desk comes first: what it has handed on is then in the rest, and nothing is in neither.
        if is_server(database):
            dump_server(database, staging / DUMP)
        elif Path(database).exists():
            copy_sqlite(Path(database), staging / DESK)
        try:
            _link_all(home, staging, Path(database).resolve())
        except FileNotFoundError:  # pruned or replaced while it was being linked
            continue
        if _is_consistent(staging):
            return sorted(str(file.relative_to(staging)) for file in staging.rglob("*") if file.is_file())
    raise TransientError("备份期间数据不断变化，没有得到一致的一份；请在评定完成后再试")


def _link_all(home: Path, staging: Path, desk: Path) -> None:
    # What names other files is taken first: all it names is there already, and more may follow.
    first = ("live", "current.json", "facts/manifest.json", "snapshots")
    for file in (file for place in (*first, "") for file in _files(home / place)):
        target = staging / file.relative_to(home)
        if target.exists() or file.resolve() == desk:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in (".sqlite", ".sqlite3"):
            copy_sqlite(file, target)
        else:
            _link(file, target)


def _files(place: Path) -> Iterator[Path]:
    """Yield the files below a place that outlive a session, in order."""
    if place.is_file():
        yield place
        return
    for file in sorted(place.rglob("*")):
        parts = file.relative_to(place).parts
        hidden = any(part.startswith(".") for part in parts)
        fleeting = file.suffix in (".tmp", ".lock") or file.name.endswith(("-wal", "-shm", "-journal"))
        if not hidden and not fleeting and parts[0] not in _LEFT_OUT and file.is_file():
            yield file


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        shutil.copy2(file, target)


def _is_consistent(staging: Path) -> bool:
    """Tell whether all that is named is there: nothing was pruned between the two looks."""
    try:
        facts = Facts.read(staging)
    except (ValueError, KeyError, TypeError):
        return True  # damaged in the home, too: what can be saved is saved, and refold mends it
    runs = {record.run_id for record in list_runs(staging)}
    current = current_run_id(staging)
    named = {*facts.files, *named_by_records(staging)}
    return (current is None or current in runs) and all((staging / name).exists() for name in named)


def _last(destination: Path) -> Path | None:
    """Return the newest whole backup at a destination."""
    made = sorted(file.parent for file in destination.glob(f"[0-9]*T[0-9]*/{RECORD}"))
    return next((folder for folder in reversed(made) if not folder.name.endswith(".keys")), None)


class _Copy:
    """Copies staged files; one that the last backup has unchanged is linked to it."""

    def __init__(self, staging: Path, last: Path | None) -> None:
        self._staging, self._last = staging, last
        self._known: Mapping[str, Entry] = {}
        if last is not None:
            try:
                self._known = BackupRecord.read(last).files
            except (OSError, ValueError, KeyError, TypeError):
                self._last = None
        self.files, self.bytes = 0, 0

    def write(self, folder: Path, names: list[str], progress: Steps) -> dict[str, Entry]:
        """Copy files into the partial folder; return their entries."""
        partial = _partial(folder)
        partial.mkdir(mode=0o700, parents=True)
        entries = {}
        for number, name in enumerate(names):
            progress(name, number, len(names))
            entries[name] = self._one(name, partial / name)
        return entries

    def _one(self, name: str, target: Path) -> Entry:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        source = self._staging / name
        state, known = source.stat(), self._known.get(name)
        if (
            known is not None
            and self._last is not None
            and (known.bytes, known.changed)
            == (
                state.st_size,
                state.st_mtime_ns,
            )
        ):
            try:
                os.link(self._last / name, target)
                return known
            except OSError:  # removed by hand, or a file system without hard links
                pass
        self.files += 1
        self.bytes += state.st_size
        return Entry(state.st_size, _copy_digesting(source, target), state.st_mtime_ns)


def _copy_digesting(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("xb") as write:
        while chunk := read.read(_CHUNK):
            digest.update(chunk)
            write.write(chunk)
        write.flush()
        os.fsync(write.fileno())
    target.chmod(0o600)
    return digest.hexdigest()


def _partial(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{PARTIAL}")


def _finish(folder: Path, record: BackupRecord) -> None:
    """Write the record, then give the folder its name: from here on it is a backup."""
    partial = _partial(folder)
    with (partial / RECORD).open("x", encoding="utf-8") as handle:
        handle.write(record.as_json())
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(folder)
