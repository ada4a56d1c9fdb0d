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


@contextmanager
def postgres(root: Path) -> Iterator[str]:
    """Run a PostgreSQL server below a folder, as a user who is not root; yield the url of its database."""
    binaries = postgres_binaries()
    if binaries is None:
        raise RuntimeError("PostgreSQL is not installed")
    is_root = os.getuid() == 0
    user = "nobody" if is_root else pwd.getpwuid(os.getuid()).pw_name
    for folder in (root, *root.parents):
        # The server's user must be able to reach its data through the folders of the test run.
        if is_root and folder.stat().st_uid == 0 and folder.stat().st_mode & 0o077 == 0:
            folder.chmod(0o711)
    data = root / "data"
    data.mkdir()
    if is_root:
        os.chown(data, pwd.getpwnam(user).pw_uid, -1)
    port = free_port()

    def call(*command: str) -> None:
        as_user = user if is_root else None
        subprocess.run(command, check=True, user=as_user, cwd="/", stdout=subprocess.DEVNULL)

    call(
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "lookout",
        "--auth=trust",
        "--no-sync",
        "--encoding=UTF8",
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -c fsync=off"
    call(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(data / "log"), "-o", options, "start")
    try:
        yield f"postgresql://lookout@127.0.0.1:{port}/postgres"
    finally:
        call(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
