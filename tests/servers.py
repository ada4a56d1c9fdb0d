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


def data_folder(root: Path) -> Path:
    """Make a folder below `root` that belongs to the servers' user and that it can reach."""
    is_root = os.getuid() == 0
    for folder in (root, *root.parents):
        if is_root and folder.stat().st_uid == 0 and folder.stat().st_mode & 0o077 == 0:
            folder.chmod(0o711)
    data = root / "data"
    data.mkdir()
    if is_root:
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


@contextmanager
def postgres(root: Path) -> Iterator[str]:
    """Run a PostgreSQL server below a folder; yield the url of its database."""
    binaries = postgres_binaries()
    if binaries is None:
        raise RuntimeError("PostgreSQL is not installed")
    data, port = data_folder(root), free_port()
    initialise = ("-D", str(data), "-U", "lookout", "--auth=trust", "--no-sync", "--encoding=UTF8")
    call(str(binaries / "initdb"), *initialise)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -c fsync=off"
    call(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(data / "log"), "-o", options, "start")
    try:
        yield f"postgresql://lookout@127.0.0.1:{port}/postgres"
    finally:
        call(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
