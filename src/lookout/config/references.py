"""Secrets that a file names by an environment variable instead of holding them."""

from __future__ import annotations

import os
from pathlib import Path

from lookout.kernel.errors import ConfigError


def named_secret(variable: str) -> str:
    """Return the value of a variable, or of the file that `<variable>_FILE` names. Raises ConfigError."""
    if value := os.environ.get(variable):
        return value
    file = os.environ.get(f"{variable}_FILE")
    if not file:
        raise ConfigError(f"没有给出密钥：请设置环境变量 {variable}，或用 {variable}_FILE 指明存放它的文件")
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{variable}_FILE 指明的文件“{file}”读不到；请检查路径与权限") from error
