"""Run tests of the desk with its tables on PostgreSQL: `python -m tests.on_postgres ARGUMENTS OF PYTEST`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers import postgres


def main(arguments: list[str]) -> int:
    """Start the server, run pytest against it, stop the server; return pytest's exit status."""
    with TemporaryDirectory() as folder, postgres(Path(folder)) as address:
        environment = {**os.environ, "DESK_TEST_DATABASE": address}
        # The tables are made by the migrations here, as in an installation.
        command = [sys.executable, "-m", "pytest", "--migrations", *arguments]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
