"""Secrets that a demo installation makes for itself and keeps in its home, and how one is handed to a tool."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def kept_secret(file: Path) -> str:
    """Return the secret in a file, making it on first use.

    The file is readable by its owner only. Two processes that start together agree: the first to
    link its value under the final name wins, and both read that.
    """
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(32))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text("ascii")


def environment_with(**secrets_of_tool: str) -> dict[str, str]:
    """Return this process's environment with a tool's secrets: arguments are seen by everybody on the machine."""
    return {**os.environ, **secrets_of_tool}
