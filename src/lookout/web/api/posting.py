"""Post a body to a receiver that may be slow, hostile or gone; nothing it does holds anybody up."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lookout.kernel.errors import DataError
from lookout.web.evidence.capture.addresses import Guard, RefusedAddressError

WAIT_SECONDS = 10.0  # from the first packet to the last
_MOST_READ = 4096
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Outcome:
    """What a receiver answered; status 0 when nothing came. `problem` is '' when it took the notice."""

    status: int
    problem: str = ""


def checked_receiver(url: str, guard: Guard) -> str:
    """Return the address of a receiver. Raises DataError saying why nothing may be sent there."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise DataError("网址写得不对；请写完整，如 https://partner.example.gov.cn/hooks") from None
    if parts.scheme not in _PORTS or not parts.hostname or not port:
        raise DataError("接收网址应以 https:// 或 http:// 开头；请写完整")
    if parts.username or parts.password or parts.fragment:
        raise DataError("接收网址里不要有用户名、口令或 #；请去掉")
    _resolve(guard, parts.hostname, port)
    return url.strip()


def _resolve(guard: Guard, host: str, port: int) -> str:
    try:
        return guard.resolve(host, port)
    except RefusedAddressError as error:
        raise DataError(
            f"{host} 在内部网络，不能发往那里；确需发送时，请管理员在 LOOKOUT_HOOK_NETWORKS 中加入这个网段"
        ) from error


def post(
    url: str, headers: Mapping[str, str], body: bytes, guard: Guard, *, wait: float = WAIT_SECONDS
) -> Outcome:
    """Post once and return what came of it; never raises, never follows a redirect, never waits longer.

    The address is resolved anew and connected to as resolved: a name may mean something else by now.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    try:
        address = _resolve(guard, host, port)
    except DataError as error:
        return Outcome(0, str(error))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _cut_after(wait) as line:
        try:
            connection = _connect(line, parts.scheme, host, address, port, wait)
            connection.request("POST", path, body=body, headers={**headers, "Connection": "close"})
            answer = connection.getresponse()
            answer.read(_MOST_READ)
            return _outcome(answer.status)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if line.is_cut:
                return Outcome(0, f"对方 {wait:g} 秒内没有答复")
            return Outcome(0, f"没有连上：{type(error).__name__}")


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome(status)
    if 300 <= status < 400:
        return Outcome(status, "对方要求转到别处；转址不跟随，请改接收网址")
    return Outcome(status, f"对方答复 {status}")


class _Line:
    """The socket of one call, which can be cut off from another thread."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.is_cut = False

    def cut(self) -> None:
        self.is_cut = True
        if self.socket is not None:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


class _cut_after:  # noqa: N801 - used as a statement
    """Cut a line when its time is over: a timeout of single reads would let one byte at a time go on for ever."""

    def __init__(self, wait: float) -> None:
        self.line = _Line()
        self.timer = threading.Timer(wait, self.line.cut)
        self.timer.daemon = True

    def __enter__(self) -> _Line:
        self.timer.start()
        return self.line

    def __exit__(self, *args: object) -> None:
        self.timer.cancel()
        if self.line.socket is not None:
            self.line.socket.close()


def _connect(
    line: _Line, scheme: str, host: str, address: str, port: int, wait: float
) -> http.client.HTTPConnection:
    plain = socket.create_connection((address, port), timeout=wait)
    line.socket = plain
    connection = http.client.HTTPConnection(host, port, timeout=wait)
    if scheme == "https":
        line.socket = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    connection.sock = line.socket
    return connection
