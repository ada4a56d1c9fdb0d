"""Objects of an S3-compatible store, read from a real server that speaks its protocol (`rclone serve s3`)."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lookout.hub.landing import list_batches
from lookout.pipeline.connect import read_state
from tests.pipeline.connect.places import NOW, connect, csv, expected, go, landed

pytestmark = pytest.mark.server
KEY, SECRET = "lookout-key", "lookout-secret"


def rclone() -> str:
    """The program beside Python, or else the machine's: distributions ship versions that serve no objects yet."""
    return shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone") or ""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server with one bucket."""
    if not rclone():
        pytest.skip("rclone is not installed")
    (tmp_path / "s3" / "bucket" / "tax").mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        rclone(), "serve", "s3", str(tmp_path / "s3"), "--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}",
        "--config", "/dev/null", "--vfs-cache-mode", "off",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def home_with(tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch, secret: str = SECRET) -> Path:
    monkeypatch.setenv("S3_KEY", KEY)
    monkeypatch.setenv("S3_SECRET", secret)
    place = {
        "uri": "s3://bucket/tax",
        "endpoint": endpoint,
        "key_variable": "S3_KEY",
        "secret_variable": "S3_SECRET",
    }
    connect(tmp_path / "home", "object", {**place, "pattern": "*.csv"})
    return tmp_path / "home"


def upload(endpoint: str, name: str, data: bytes) -> None:
    """Put an object as a department would."""
    remote = f":s3,provider=Rclone,access_key_id={KEY},secret_access_key={SECRET},endpoint='{endpoint}':bucket/tax/{name}"
    command = [rclone(), "--config", "/dev/null", "rcat", remote]
    subprocess.run(command, input=data, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def rounds(home: Path, hour: int) -> None:
    """Run three rounds: the server may list an object before all of it is there."""
    for later in range(3):
        go(home, at=NOW + timedelta(hours=hour + later))


def test_new_and_changed_objects_are_read_once(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = home_with(tmp_path, server, monkeypatch)
    upload(server, "a.csv", csv(range(2)))
    rounds(home, 1)
    upload(server, "b.csv", csv(range(2, 4)))
    rounds(home, 4)

    assert landed(home) == expected(4), read_state(home, "object")
    assert [batch.rows for batch in list_batches(home)] == [2, 2]
    assert read_state(home, "object").cursor["seen"]["b.csv"][1] != ""  # the server's ETag


def test_an_object_sent_again_unchanged_is_not_copied_again(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = home_with(tmp_path, server, monkeypatch)
    upload(server, "a.csv", csv(range(2)))
    rounds(home, 1)
    time.sleep(1.1)  # the server tells times in whole seconds
    upload(server, "a.csv", csv(range(2)))

    assert [len(one.outcomes) for one in go(home, at=NOW + timedelta(hours=5))] == [0]


def test_a_wrong_key_is_told_without_the_secret(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):

    (one,) = go(home_with(tmp_path, server, monkeypatch, secret="wrong-secret"))

    assert one.is_failed
    assert "密钥" in one.problem
    assert "wrong-secret" not in one.problem
