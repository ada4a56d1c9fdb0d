"""Beside the page: what a check of the site's certificate finds, and whether this machine's clock can be believed."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from urllib.parse import urlsplit

from lookout.kernel.errors import DataError
from lookout.web.evidence.capture.addresses import Guard

WITHIN = 5.0


def certificate_verdict(url: str, guard: Guard) -> str:
    """Return what a check of the certificate of a page found, '' for a page without encryption."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        return ""
    port = parts.port or 443
    try:
        address = guard.resolve(parts.hostname, port)
        with (
            socket.create_connection((address, port), timeout=WITHIN) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname),
        ):
            return "有效：由本机信任的机构签发，域名相符，在有效期内"
    except ssl.SSLCertVerificationError as problem:
        return f"无效：{problem.verify_message}"
    except (DataError, OSError) as problem:
        return f"没有核到：{problem}"


def clock_state() -> str:
    """Return whether this machine's clock follows a time server."""
    command = shutil.which("timedatectl")
    if command is None:
        return "不详：没有 timedatectl"
    try:
        asked = subprocess.run(  # noqa: S603 - the system's own program, with fixed arguments
            [command, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "不详：timedatectl 没有回答"
    return {"yes": "已与时间服务器同步", "no": "没有与时间服务器同步"}.get(
        asked.stdout.strip(), "不详：timedatectl 没有回答"
    )
