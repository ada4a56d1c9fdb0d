"""People at their browsers: each keeps a connection and a session, opens a page, reads it, opens the next."""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass


@dataclass(frozen=True)
class Visit:
    """One page to open: its kind and address."""

    kind: str
    address: str


@dataclass(frozen=True)
class Taken:
    """How long a visit took by the clock, to the last byte, and how it was answered."""

    visit: Visit
    seconds: float
    status: int


class Person:
    """One signed-in browser; `session` is the key of its session, '' for a stranger."""

    def __init__(self, host: str, port: int, session: str) -> None:
        self._host, self._port, self._session = host, port, session
        self._connection: http.client.HTTPConnection | None = None

    def open(self, visit: Visit) -> Taken:
        """Open a page and read it whole."""
        begun = time.perf_counter()
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=120)
        try:
            self._connection.request("GET", visit.address, headers={"Cookie": f"sessionid={self._session}"})
            answer = self._connection.getresponse()
            answer.read()
        except (http.client.HTTPException, OSError):
            self._connection = None  # the server lets idle connections go
            return self.open(visit) if time.perf_counter() - begun < 1 else Taken(visit, 120.0, 0)
        return Taken(visit, time.perf_counter() - begun, answer.status)

    def wait_until_up(self, *, seconds: float, is_alive: Callable[[], bool]) -> None:
        """Wait until the desk answers. Raises SystemExit when it does not start."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and is_alive():
            try:
                probe = http.client.HTTPConnection(self._host, self._port, timeout=5)
                probe.request("GET", "/healthz")
                if probe.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.2)
        raise SystemExit("the desk did not start")


def work_alone(person: Person, visits: Sequence[Visit]) -> list[Taken]:
    """Let one person open pages one after the other."""
    return [person.open(visit) for visit in visits]


def work_together(people: Sequence[Person], visits: Sequence[Visit], rest: float, seed: int) -> list[Taken]:
    """Let people share pages among them, each resting `rest` seconds on average between two of their own."""

    def work(number: int) -> list[Taken]:
        chance = random.Random(seed + number)  # noqa: S311  a repeatable rhythm, no secret
        taken = []
        for visit in visits[number :: len(people)]:
            if rest:
                time.sleep(chance.expovariate(1 / rest))
            taken.append(people[number].open(visit))
        return taken

    with ThreadPoolExecutor(len(people)) as pool:
        return [taken for share in pool.map(work, range(len(people))) for taken in share]
