"""A desk in PostgreSQL is saved by its own tools, and put back into an empty database or not at all."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from lookout.kernel.errors import ConfigError, TransientError
from lookout.pipeline import desk_database
from lookout.pipeline.desk_database import dump_server, load_server
from tests.hub.live.test_live_database import postgres  # noqa: F401 - a fixture is used by its name

pytestmark = pytest.mark.server


@pytest.mark.usefixtures("postgres")
def test_a_dump_is_put_back_whole_or_not_at_all(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    address: str = request.getfixturevalue("postgres")
    other = address.rpartition("/")[0] + "/restored"
    with psycopg.connect(address, autocommit=True) as desk:
        desk.execute("CREATE TABLE note (text TEXT)")
        desk.execute("INSERT INTO note VALUES ('核查过')")
        desk.execute("CREATE DATABASE restored")

    dump_server(address, tmp_path / "desk.pgdump")
    load_server(other, tmp_path / "desk.pgdump")

    with psycopg.connect(other) as desk:
        assert desk.execute("SELECT text FROM note").fetchall() == [("核查过",)]
    with pytest.raises(TransientError, match="already exists"):
        load_server(other, tmp_path / "desk.pgdump")


def test_a_missing_tool_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(desk_database.shutil, "which", lambda tool: None)

    with pytest.raises(ConfigError, match="postgresql-client"):
        dump_server("postgresql://x@127.0.0.1/x", tmp_path / "dump")
