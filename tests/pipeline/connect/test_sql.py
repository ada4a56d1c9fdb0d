"""New rows of a database: by watermark, without loss or doubling, on SQLite and on real servers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

sqlalchemy = pytest.importorskip("sqlalchemy", reason="needs the extra: pip install lookout[connectors]")

from lookout.pipeline.connect import read_state  # noqa: E402 - after the extra is known to be there
from tests import servers  # noqa: E402 - after the extra is known to be there
from tests.pipeline.connect.places import NOW, connect, expected, go, landed, row  # noqa: E402 - after the extra is known to be there

SELECT = "SELECT uscc, tax_type, balance_yuan, noticed_on, changed_at FROM notice"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if servers.postgres_binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with servers.postgres(tmp_path_factory.mktemp("sqlpg")) as address:
        yield address


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if not server or not install:
        pytest.skip("MariaDB is not installed")
    import pymysql

    data, port = servers.data_folder(tmp_path_factory.mktemp("sqlmy")), servers.free_port()
    servers.call(install, f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db")
    command = [
        server, "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
        f"--socket={data}/s", f"--pid-file={data}/pid", "--innodb-flush-method=fsync",
    ]  # fmt: skip
    process = servers.start(command)
    try:
        for _ in range(600):
            try:
                pymysql.connect(host="127.0.0.1", port=port, user="root", connect_timeout=1).close()
                break
            except pymysql.err.OperationalError:
                with pytest.raises(subprocess.TimeoutExpired):  # a server that ended is an error, not a wait
                    process.wait(0.1)
        with pymysql.connect(host="127.0.0.1", port=port, user="root") as session:
            session.cursor().execute("CREATE DATABASE lookout CHARACTER SET utf8mb4")
        yield f"mysql://root@127.0.0.1:{port}/lookout?charset=utf8mb4"
    finally:
        process.terminate()
        process.wait(30)


SERVERS = ["sqlite", *(pytest.param(name, marks=pytest.mark.server) for name in ("postgres", "mariadb"))]
Insert = Callable[..., None]


@pytest.fixture(params=SERVERS)
def source(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Insert]:
    """A table of notices; call with a row's number and when it was changed."""
    url = (
        f"sqlite:///{tmp_path}/notices.db"
        if request.param == "sqlite"
        else request.getfixturevalue(request.param)
    )
    monkeypatch.setenv("NOTICES_URL", url)
    drivers = {"postgresql:": "postgresql+psycopg:", "mysql:": "mysql+pymysql:"}
    for plain, driver in drivers.items():
        url = url.replace(plain, driver)
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)

    def do(text: str, **values: Any) -> None:
        with engine.begin() as session:
            session.execute(sqlalchemy.text(text), values)

    kind = (
        "TEXT" if request.param == "sqlite" else "DATETIME(3)" if request.param == "mariadb" else "TIMESTAMP"
    )
    do("DROP TABLE IF EXISTS notice")
    do(f"CREATE TABLE notice (uscc CHAR(18), tax_type VARCHAR(20), balance_yuan NUMERIC(12,2), noticed_on DATE, "
       f"changed_at {kind} NULL)")  # fmt: skip

    def insert(number: int, changed_at: str | None) -> None:
        uscc, tax_type, balance, day = row(number).split(",")
        do(
            "INSERT INTO notice VALUES (:a, :b, :c, :d, :e)",
            a=uscc,
            b=tax_type,
            c=balance,
            d=day,
            e=changed_at,
        )

    insert.do = do  # type: ignore[attr-defined] - one object is enough for a test
    yield insert
    engine.dispose()


def home_with(tmp_path: Path, **place: Any) -> Path:
    home = tmp_path / "home"
    connect(home, "sql", {"url_variable": "NOTICES_URL", "select": SELECT, "watermark": "changed_at", **place},
            limits={"rows": 3, "free_mb": 1})  # fmt: skip
    return home


def test_rows_come_once_in_windows_and_only_new_ones_come_later(source: Insert, tmp_path: Path):
    home = home_with(tmp_path)
    for number in range(7):
        source(number, f"2026-11-0{number + 1} 08:00:00")

    go(home)
    go(home, at=NOW + timedelta(minutes=1))
    go(home, at=NOW + timedelta(minutes=2))
    assert landed(home) == expected(7)
    source(7, "2026-11-09 08:00:00")
    (one,) = go(home, at=NOW + timedelta(hours=1))

    assert landed(home) == expected(8)
    assert one.outcomes[0][1].accepted == 1


def test_rows_that_share_a_watermark_are_neither_lost_nor_doubled(source: Insert, tmp_path: Path):
    home = home_with(tmp_path)
    for number in range(5):
        source(number, "2026-11-01 08:00:00")
    for hour in range(3):
        go(home, at=NOW + timedelta(hours=hour))
    source(5, "2026-11-01 08:00:00")

    go(home, at=NOW + timedelta(hours=9))

    assert landed(home) == expected(6)


def test_rows_without_a_watermark_are_told(source: Insert, tmp_path: Path):
    home = home_with(tmp_path)
    source(0, "2026-11-01 08:00:00")
    source(1, None)

    (one,) = go(home)

    assert "1 行的水位列 changed_at 为空" in one.notes[0]
    assert landed(home) == expected(1)


@pytest.mark.parametrize("source", SERVERS[1:], indirect=True)
def test_a_row_dated_in_the_future_does_not_hide_those_after_it(source: Insert, tmp_path: Path):
    home = home_with(tmp_path)
    source(0, "2026-11-01 08:00:00")
    source(8, "2099-01-01 00:00:00")
    (one,) = go(home)
    source(1, "2026-11-22 08:30:00")

    go(home, at=NOW + timedelta(hours=1))

    assert "晚于现在" in one.notes[0]
    assert landed(home) == expected(2)


@pytest.mark.parametrize("source", SERVERS[1:], indirect=True)
def test_an_overlap_finds_rows_committed_late(source: Insert, tmp_path: Path):
    home = home_with(tmp_path, overlap=1)
    source(0, "2026-11-10 08:00:00")
    go(home)
    source(1, "2026-11-10 02:00:00")

    go(home, at=NOW + timedelta(hours=1))

    assert landed(home) == expected(2)


def test_nothing_can_be_written_through_a_connection(source: Insert, tmp_path: Path):
    home = home_with(tmp_path, select="SELECT * FROM no_such_table")

    (one,) = go(home)

    assert "不接受这条查询" in one.problem or "连接失败" in one.problem
    assert one.is_failed


def test_a_window_that_cannot_be_read_comes_again_once_the_mapping_is_mended(source: Insert, tmp_path: Path):
    home = home_with(tmp_path, select="SELECT uscc AS a, changed_at FROM notice")
    source(0, "2026-11-01 08:00:00")

    (one,) = go(home)

    assert one.is_failed
    assert "watermark" not in read_state(home, "sql").cursor
    file = home / "connections" / "sql.yaml"
    file.write_text(
        file.read_text("utf-8").replace("SELECT uscc AS a, changed_at FROM notice", SELECT), "utf-8"
    )
    go(home, at=NOW + timedelta(hours=1))
    assert landed(home) == expected(1)


def test_a_database_that_is_down_is_tried_again_and_its_password_is_never_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = home_with(tmp_path)
    monkeypatch.setenv("NOTICES_URL", f"postgresql://me:TopSecret@127.0.0.1:{servers.free_port()}/x")

    (one,) = go(home)

    assert "连接失败或中断" in one.problem
    assert "TopSecret" not in one.problem
    assert read_state(home, "sql").next_try is not None


@pytest.mark.parametrize("source", SERVERS[1:2], indirect=True)
def test_a_connection_cut_in_the_middle_goes_on_from_the_last_window(source: Insert, tmp_path: Path):
    cut = "CASE WHEN tax_type = '税种0004' AND EXISTS (SELECT 1 FROM cut) THEN pg_terminate_backend(pg_backend_pid()) END"
    source.do("DROP TABLE IF EXISTS cut")
    source.do("CREATE TABLE cut AS SELECT 1 AS one")
    home = home_with(tmp_path, select=SELECT.replace(" FROM", f", {cut} AS cut FROM"), chunk_rows=1)
    for number in range(3):
        source(number, f"2026-11-0{number + 1} 08:00:00")
    go(home)
    for number in range(3, 7):
        source(number, f"2026-11-0{number + 1} 08:00:00")

    (broken,) = go(home, at=NOW + timedelta(hours=1))
    before = landed(home)
    source.do("DELETE FROM cut")
    for hour in range(2, 5):
        go(home, at=NOW + timedelta(hours=hour))

    assert "连接失败或中断" in broken.problem
    assert before == expected(3)
    assert landed(home) == expected(7)


def test_a_missing_secret_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("NOTICES_URL", raising=False)

    (one,) = go(home_with(tmp_path))

    assert "NOTICES_URL_FILE" in one.problem
