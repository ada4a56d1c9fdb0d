"""The one way out of the browser: a proxy that resolves every name itself, checks it, and connects to what it checked.

Redirects, pictures, scripts, sockets: whatever a page makes the browser fetch comes through here, so a name that
means something else a moment later leads nowhere.
"""

from __future__ import annotations

import http.client
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

from lookout.kernel.errors import DataError
from lookout.web.evidence.capture.addresses import Guard
from lookout.web.evidence.capture.limits import Budget

CONNECT_WITHIN = 10.0
AT_ONCE = 65_536
# Between two hops only; not part of what the site said.
_OF_THE_HOP = {
    "connection",
    "proxy-connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
}

# What Chromium asks for itself; nothing of it belongs to a page, and nothing of it leaves the bureau.
_OF_THE_BROWSER = {
    "accounts.google.com",
    "clients2.google.com",
    "clients4.google.com",
    "content-autofill.googleapis.com",
    "optimizationguide-pa.googleapis.com",
    "redirector.gvt1.com",
    "safebrowsing.googleapis.com",
    "update.googleapis.com",
    "www.google.com",
}


@dataclass
class Connection:
    """One connection that was made or refused: `address` is '' and `problem` says why when it was refused."""

    host: str
    port: int
    address: str = ""
    bytes: int = 0
    problem: str = ""


@dataclass
class Door:
    """What the proxy works with, and what it has seen."""

    guard: Guard
    budget: Budget
    connections: list[Connection] = field(default_factory=list)

    def connect(self, host: str, port: int) -> tuple[socket.socket, Connection]:
        """Connect to a host by its checked address. Raises DataError when it may not or cannot be reached."""
        if host.lower() in _OF_THE_BROWSER:
            raise DataError(host)
        seen = Connection(host, port)
        self.connections.append(seen)
        try:
            if not self.budget.take_connection():
                raise DataError(self.budget.spent_out)
            address = self.guard.resolve(host, port)
            within = min(CONNECT_WITHIN, self.budget.seconds_left)
            if not within:
                raise DataError("时间用完")
            opened = socket.create_connection((address, port), timeout=within)
        except (DataError, OSError) as problem:
            seen.problem = str(problem)
            raise DataError(str(problem)) from None
        seen.address = address
        return opened, seen


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    door: Door


class _Handler(BaseHTTPRequestHandler):
    timeout = 30

    @property
    def door(self) -> Door:
        return cast(_Server, self.server).door

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; what was reached stands in the connections."""

    def do_CONNECT(self) -> None:
        """Carry an encrypted connection."""
        host, _colon, port = self.path.rpartition(":")
        self.close_connection = True
        try:
            far, seen = self.door.connect(host.strip("[]"), int(port) if port.isdecimal() else 443)
        except DataError:
            self.send_error(403)
            return
        self.send_response_only(200)
        self.end_headers()
        with far:
            self._carry(far, seen)

    def _carry(self, far: socket.socket, seen: Connection) -> None:
        near, budget = self.connection, self.door.budget
        while budget.seconds_left:
            ready, _write, _error = select.select([near, far], [], [], min(1.0, budget.seconds_left))
            for one in ready:
                try:
                    piece = one.recv(AT_ONCE)
                    if not piece:
                        return
                    if one is far:
                        seen.bytes += len(piece)
                        if not budget.take_bytes(len(piece)):
                            return
                    (near if one is far else far).sendall(piece)
                except OSError:
                    return

    def _pass_on(self) -> None:
        """Carry one plain request and its answer."""
        self.close_connection = True
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length", "0")
        if parts.scheme != "http" or not parts.hostname or not length.isdecimal():
            self.send_error(400)
            return
        port = parts.port or 80
        try:
            far, seen = self.door.connect(parts.hostname, port)
        except DataError:
            return  # an answer of ours would be taken for the site's
        line = http.client.HTTPConnection(parts.hostname, port)
        line.sock = far
        try:
            sent = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_HOP}
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            line.request(
                self.command, path, self.rfile.read(int(length)) or None, {**sent, "Connection": "close"}
            )
            self._answer(line.getresponse(), seen)
        except (OSError, http.client.HTTPException):
            return
        finally:
            line.close()

    def _answer(self, answer: http.client.HTTPResponse, seen: Connection) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_THE_HOP:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        while piece := answer.read1(AT_ONCE):
            seen.bytes += len(piece)
            if not self.door.budget.take_bytes(len(piece)):
                return
            self.wfile.write(piece)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = _pass_on  # noqa: N815 - methods of HTTP


@contextmanager
def open_door(guard: Guard, budget: Budget) -> Iterator[tuple[Door, int]]:
    """Open the proxy on this machine alone; gives what it sees and its port."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.door = Door(guard, budget)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.door, server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
