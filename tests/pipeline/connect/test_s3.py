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

from lookout.pipeline.connect import read_state
from tests.pipeline.connect.places import NOW, connect, csv, expected, go, landed

pytestmark = pytest.mark.server
KEY, SECRET = "lookout-key", "lookout-secret"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a server and the folder behind its one bucket."""
    rclone = shutil.which("rclone") or shutil.which("rclone", path=str(Path(sys.executable).parent))
    if rclone is None:
        pytest.skip("rclone is not installed")
    (tmp_path / "s3" / "bucket" / "tax").mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        rclone, "serve", "s3", str(tmp_path / "s3"), "--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}",
        "--config", "/dev/null", "--dir-cache-time", "0s", "--vfs-cache-mode", "off",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", tmp_path / "s3" / "bucket" / "tax"
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


def test_new_and_changed_objects_are_read_once(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    endpoint, bucket = server
    home = home_with(tmp_path, endpoint, monkeypatch)
    (bucket / "a.csv").write_bytes(csv(range(2)))

    assert [len(one.outcomes) for one in go(home)] == [1], read_state(home, "object").problem
    print(read_state(home, "object").cursor)
    assert [len(one.outcomes) for one in go(home, at=NOW + timedelta(hours=1))] == [0], read_state(home, "object")
    (bucket / "b.csv").write_bytes(csv(range(2, 4)))
    assert [len(one.outcomes) for one in go(home, at=NOW + timedelta(hours=2))] == [1]
    assert landed(home) == expected(4)
    assert read_state(home, "object").cursor["seen"]["b.csv"][1] != ""  # the server's ETag


def test_an_object_whose_time_alone_changed_is_not_copied_again(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import os

    endpoint, bucket = server
    home = home_with(tmp_path, endpoint, monkeypatch)
    (bucket / "a.csv").write_bytes(csv(range(2)))
    go(home)
    os.utime(bucket / "a.csv", (NOW.timestamp() - 5000,) * 2)

    assert [len(one.outcomes) for one in go(home, at=NOW + timedelta(hours=1))] == [0]


def test_a_wrong_key_is_told_without_the_secret(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    endpoint, _bucket = server

    (one,) = go(home_with(tmp_path, endpoint, monkeypatch, secret="wrong-secret"))

    assert one.is_failed
    assert "密钥" in one.problem
    assert "wrong-secret" not in one.problem
