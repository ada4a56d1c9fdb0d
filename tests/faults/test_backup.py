"""Backup and restore: one consistent instant while others write, whole or not there, verified before use."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import ConfigError, DataError, TransientError
from lookout.pipeline import backup as backup_module
from lookout.pipeline.backup import BackupRecord, BackupReport, backup
from lookout.pipeline.desk_database import sqlite_fault
from lookout.pipeline.restore import RestoreReport, restore
from tests.faults.twins import answer, content

pytestmark = pytest.mark.slow

Copy = Callable[[Path], Path]
NOON = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)


def quiet(name: str, done: int, total: int) -> None:
    pass


def desk_of(home: Path) -> Path:
    return home / "desk.sqlite3"


@pytest.fixture
def home(published: Path, copy_of: Copy) -> Path:
    """A home with a published run and a desk that has one note."""
    copied = copy_of(published)
    with closing(sqlite3.connect(desk_of(copied))) as desk:
        desk.execute("PRAGMA journal_mode=WAL")
        desk.execute("CREATE TABLE note (text TEXT)")
        desk.execute("INSERT INTO note VALUES ('核查过')")
        desk.commit()
    return copied


def save(home: Path, destination: Path, hours: int = 0, keys: Path | None = None) -> BackupReport:
    moment = NOON + timedelta(hours=hours)
    return backup(home, destination, keys=keys, database=str(desk_of(home)), made_at=moment, progress=quiet)


def bring_back(source: Path, home: Path, *, keys: Path | None = None, without: bool = False) -> RestoreReport:
    return restore(source, home, keys=keys, without_keys=without, database=str(desk_of(home)), progress=quiet)


def test_a_restored_home_is_the_same_and_gives_the_same_run(home: Path, tmp_path: Path) -> None:
    report = save(home, tmp_path / "saved")

    restored = tmp_path / "restored"
    bring_back(report.folder, restored)

    assert content(restored) == content(home)
    assert answer(restored) == answer(home)
    with closing(sqlite3.connect(desk_of(restored))) as desk:
        assert desk.execute("SELECT text FROM note").fetchall() == [("核查过",)]
    assert {f.name for f in (restored / "vault_keys").iterdir()} == {
        f.name for f in (home / "vault_keys").iterdir()
    }


def test_a_backup_leaves_the_home_as_it_was(home: Path, tmp_path: Path) -> None:
    before = {path for path in home.rglob("*") if not path.name.startswith("desk.")}

    save(home, tmp_path / "saved")

    assert {path for path in home.rglob("*") if not path.name.startswith("desk.")} == before


def test_the_data_part_opens_no_personal_value_and_the_keys_are_for_their_owner_only(
    home: Path, tmp_path: Path
) -> None:
    report = save(home, tmp_path / "saved", keys=tmp_path / "safe")

    assert not any((report.folder / name).exists() for name in ("keys", "vault_keys"))
    assert (report.keys / "keys" / "personal_key").exists()
    assert report.keys.parent == tmp_path / "safe"
    for folder in (report.folder, report.keys):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_next_backup_shares_what_has_not_changed(home: Path, tmp_path: Path) -> None:
    first = save(home, tmp_path / "saved")
    (home / "notice.txt").write_text("new")

    second = save(home, tmp_path / "saved", hours=1)

    own = {name for name in second.record.files if (second.folder / name).stat().st_nlink == 1}
    assert own == {"notice.txt", "desk.sqlite3"}
    assert second.copied_files == len(own)
    shutil.rmtree(first.folder)
    bring_back(second.folder, tmp_path / "restored", keys=second.keys)


def test_a_database_being_written_is_copied_as_of_one_instant(home: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(desk_of(home), isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO note VALUES ('尚未提交')")
        report = save(home, tmp_path / "saved")
        writer.execute("COMMIT")

    copied = report.folder / "desk.sqlite3"
    assert sqlite_fault(copied) == ""
    with closing(sqlite3.connect(copied)) as desk:
        assert desk.execute("SELECT text FROM note").fetchall() == [("核查过",)]


def test_a_file_pruned_while_it_is_saved_is_looked_for_anew(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, gone = backup_module._link, []

    def pruned_once(file: Path, target: Path) -> None:
        if not gone:
            gone.append(file)
            raise FileNotFoundError(file)
        real(file, target)

    monkeypatch.setattr(backup_module, "_link", pruned_once)

    report = save(home, tmp_path / "saved")

    assert str(gone[0].relative_to(home)) in report.record.files


def test_a_backup_that_failed_is_not_there(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup_module, "_copy_digesting", full)

    with pytest.raises(TransientError, match="备份没有完成"):
        save(home, tmp_path / "saved")
    assert list((tmp_path / "saved").iterdir()) == []
    assert not list(home.glob(".backup-*"))


def test_a_damaged_backup_is_refused_with_every_damaged_file(home: Path, tmp_path: Path) -> None:
    report = save(home, tmp_path / "saved")
    damaged = [report.folder / name for name in ("batches/000001/facts.parquet", "current.json")]
    damaged[0].write_bytes(b"x")
    damaged[1].unlink()

    with pytest.raises(DataError, match="2 个文件损坏") as refusal:
        bring_back(report.folder, tmp_path / "restored")

    assert all(str(file) in str(refusal.value) for file in damaged)
    assert not (tmp_path / "restored").exists()


def test_a_home_with_anything_in_it_is_not_restored_over(home: Path, tmp_path: Path) -> None:
    report = save(home, tmp_path / "saved")

    with pytest.raises(ConfigError, match="不是空的"):
        bring_back(report.folder, home)


def test_a_restore_without_keys_must_be_asked_for(home: Path, tmp_path: Path) -> None:
    report = save(home, tmp_path / "saved", keys=tmp_path / "safe")

    with pytest.raises(ConfigError, match="--without-keys"):
        bring_back(report.folder, tmp_path / "restored")
    assert not bring_back(report.folder, tmp_path / "restored", without=True).has_keys
    assert answer(tmp_path / "restored") == answer(home)


def test_the_newest_backup_of_a_folder_is_taken(home: Path, tmp_path: Path) -> None:
    save(home, tmp_path / "saved")
    newest = save(home, tmp_path / "saved", hours=1)

    assert bring_back(tmp_path / "saved", tmp_path / "restored").source == newest.folder


def test_a_backup_inside_the_data_folder_is_refused(home: Path) -> None:
    with pytest.raises(ConfigError, match="之内"):
        save(home, home / "saved")


def test_a_backup_of_a_newer_layout_is_refused(home: Path, tmp_path: Path) -> None:
    report = save(home, tmp_path / "saved")
    record = report.folder / "backup.json"
    record.write_text(record.read_text("utf-8").replace('"layout": 2', '"layout": 99'), "utf-8")

    assert BackupRecord.read(report.folder).layout == 99
    with pytest.raises(ConfigError, match="更新的版本"):
        bring_back(report.folder, tmp_path / "restored")
