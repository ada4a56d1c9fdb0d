"""Servers that a test run starts for itself and that are gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def postgres_binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, None when it is not installed."""
    found = [Path(one).parent for one in [shutil.which("initdb") or ""] if one]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return found[-1] if found else None


def server_user() -> str:
    """Return as whom servers run: never as root, which they refuse."""
    return "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name


def let_through(root: Path) -> None:
    """Let the servers' user reach a folder; another test run may have shut the folder of all of them again."""
    for folder in (root, *root.parents):
        if os.getuid() == 0 and folder.stat().st_uid == 0 and folder.stat().st_mode & 0o077 == 0:
            folder.chmod(0o711)


def data_folder(root: Path) -> Path:
    """Make a folder below `root` that belongs to the servers' user and that it can reach."""
    let_through(root)
    data = root / "data"
    data.mkdir()
    if os.getuid() == 0:
        os.chown(data, pwd.getpwnam(server_user()).pw_uid, -1)
    return data


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a program as the servers' user, quietly."""
    as_user = server_user() if os.getuid() == 0 else None
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, user=as_user, cwd="/", stdout=quiet, stderr=quiet)


def call(*command: str) -> None:
    """Run a program as the servers' user to its end, quietly; a failure raises."""
    if (status := start(list(command)).wait()) != 0:
        raise subprocess.CalledProcessError(status, command)


class Postgres:
    """A PostgreSQL server below a folder that can be stopped and started again."""

    def __init__(self, root: Path) -> None:
        binaries = postgres_binaries()
        if binaries is None:
            raise RuntimeError("PostgreSQL is not installed")
        self._control, self._data, port = str(binaries / "pg_ctl"), data_folder(root), free_port()
        self.address = f"postgresql://lookout@127.0.0.1:{port}/postgres"
        places = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={self._data}"
        self._options = f"-p {port} {places} -c fsync=off"
        initialise = ("-D", str(self._data), "-U", "lookout", "--auth=trust", "--no-sync", "--encoding=UTF8")
        call(str(binaries / "initdb"), *initialise)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        let_through(self._data.parent)
        log = str(self._data / "log")
        call(self._control, "-D", str(self._data), "-w", "-l", log, "-o", self._options, "start")

    def stop(self) -> None:
        """Stop the server at once, as when the machine it runs on dies."""
        let_through(self._data.parent)
        call(self._control, "-D", str(self._data), "-m", "immediate", "-w", "stop")


@contextmanager
def postgres(root: Path) -> Iterator[str]:
    """Run a PostgreSQL server below a folder; yield the url of its database."""
    server = Postgres(root)
    server.start()
    try:
        yield server.address
    finally:
        server.stop()
