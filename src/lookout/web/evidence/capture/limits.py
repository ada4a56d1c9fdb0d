"""How much a capture may take: time, bytes and connections. Shared by everything one capture does."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most of each: seconds in all, bytes of all responses, connections, height of the picture in pixels."""

    seconds: float = 45
    most_bytes: int = 64 * 2**20
    connections: int = 400
    height: int = 16_000  # beyond it Chromium paints nothing
    scrolls: int = 20


class Budget:
    """What is left of the limits of one capture; `spent_out` says which one ended it, '' while none did."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bytes = 0
        self.connections = 0
        self.spent_out = ""
        self._ends = time.monotonic() + limits.seconds
        self._lock = threading.Lock()

    @property
    def seconds_left(self) -> float:
        """How long it may still take; never below zero."""
        return max(0.0, self._ends - time.monotonic())

    def take_bytes(self, count: int) -> bool:
        """Count bytes of a response; False when there were too many or the time is over."""
        with self._lock:
            self.bytes += count
            if self.bytes > self.limits.most_bytes:
                self.spent_out = f"网页超过 {self.limits.most_bytes // 2**20} MB，其余没有取"
            elif not self.seconds_left:
                self.spent_out = f"超过 {self.limits.seconds:g} 秒，其余没有取"
            return not self.spent_out

    def take_connection(self) -> bool:
        """Count a connection; False when there were too many."""
        with self._lock:
            self.connections += 1
            if self.connections > self.limits.connections:
                self.spent_out = f"连接超过 {self.limits.connections} 个，其余没有取"
            return not self.spent_out
