"""The worker: takes waiting events in turn, rates the companies they tell of, and shows the result at once.

What it does to an event and what it writes to the overlay is one transaction: whenever it dies, an
event is either still waiting or has counted exactly once.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from lookout.hub.live import (
    Counted,
    LiveDatabase,
    Overlay,
    OverlayMovedError,
    StoredEvent,
    counted_events,
    events_of_companies,
    note_failure,
    open_live,
    put_overlay,
    read_overlay,
    waiting_events,
)
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import ConfigError, TransientError
from lookout.pipeline.live.session import Rating, WarmSession

LOCK = "live/worker.lock"
MOST_EVENTS = 200  # taken at once: the rest waits its turn, and memory stays what it is
MOST_ATTEMPTS = 3
IDLE_SECONDS = 0.02  # how long to wait when nothing is waiting: one look costs 0.3 ms
REST_SECONDS = 2.0  # after a failure that may pass
_TRIES = 3

Pause = Callable[[float], bool]
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Step:
    """What one turn of the worker did, in events; `rated` counts companies."""

    taken: int = 0
    rated: int = 0
    unrated: int = 0
    failed: int = 0
    generation: int = 0


@contextmanager
def worker_lock(home: Path) -> Iterator[None]:
    """Be the one worker of an installation. Raises TransientError when there is one already."""
    file = home / LOCK
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TransientError(f"已有一个实时评级进程在运行（{file}）；它不受影响，无需再启动") from None
        yield


class Worker:
    """Rates what events touch. One at a time (`worker_lock`); not safe to share between threads."""

    def __init__(
        self,
        home: Path,
        *,
        clock: Callable[[], datetime],
        memory_limit: str = "",
        spill: Path | None = None,
        live: str = "",
    ) -> None:
        self._home = home
        self._clock = clock
        self._memory_limit, self._spill = memory_limit, spill
        self._live = live
        self._session: WarmSession | None = None
        self._opened_from: object = None
        self._overlay = Overlay("")

    @property
    def _database(self) -> LiveDatabase:
        return open_live(self._home, self._live)

    def close(self) -> None:
        """Let go of the warm session; what waits keeps waiting."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def run(self, pause: Pause) -> None:
        """Work until `pause(seconds)` returns True; it waits and tells whether to stop."""
        rest = 0.0
        while not pause(rest):
            try:
                step = self.step()
                rest = 0.0 if step.taken or step.rated else IDLE_SECONDS
            except (TransientError, ConfigError) as error:
                # Nothing was lost: what waits keeps waiting until the cause is gone.
                log.warning("live.resting", reason=str(error), seconds=REST_SECONDS)
                self.close()
                rest = REST_SECONDS

    def step(self) -> Step:
        """Take one handful of events and rate what they touch; nothing waiting is a step of zeroes.

        Raises TransientError or ConfigError when nothing can be rated for now; no event has moved then.
        """
        session, is_new = self._warm()
        if is_new:
            self._rate_again(session)
        events = waiting_events(self._database, MOST_EVENTS)
        if not events:
            return Step()
        try:
            return self._take(session, events)
        except (TransientError, ConfigError):
            raise
        except Exception as error:
            if self._moved_on():
                return Step()  # files went with a new run: open again and take the same events
            log.warning("live.one_by_one", events=len(events), reason=str(error))
            return self._one_by_one(session, events)

    def _state(self) -> object:
        """Return what a session is good for: the run, the fold and the day."""
        stamps = []
        for name in ("current.json", "facts/manifest.json"):
            file = self._home / name
            stamps.append(file.stat().st_mtime_ns if file.exists() else 0)
        return (*stamps, naive_local(self._clock()).date())

    def _moved_on(self) -> bool:
        return self._state() != self._opened_from

    def _warm(self) -> tuple[WarmSession, bool]:
        if self._session is not None and not self._moved_on():
            return self._session, False
        self.close()
        self._opened_from = self._state()
        self._session = WarmSession(
            self._home,
            as_of=naive_local(self._clock()),
            memory_limit=self._memory_limit,
            spill=self._spill,
            lasting=True,
        )
        self._overlay = Overlay(self._session.published.run_id)
        log.info("live.opened", run=self._session.published.run_id, batches=len(self._session.batches))
        return self._session, True

    def _rate_again(self, session: WarmSession) -> None:
        """Rate what the current run has not seen of earlier events, so that it stays visible after a run."""
        published = session.published
        seen = set(published.batches)
        overlay = self._follow(session)
        open_keys = {
            int(row["company_key"])
            for row in counted_events(self._database)
            if row["batch_no"] not in seen or row["received_at"] > published.as_of.isoformat()
        }
        keys = sorted(open_keys - overlay.keys)
        for start in range(0, len(keys), MOST_EVENTS):
            self._rated(session, keys[start : start + MOST_EVENTS], (), {})
        if keys:
            log.info("live.rated_again", companies=len(keys), run=published.run_id)

    def _follow(self, session: WarmSession) -> Overlay:
        self._overlay = read_overlay(self._home, session.published.run_id, self._live, self._overlay)
        return self._overlay

    def _take(self, session: WarmSession, events: Sequence[StoredEvent]) -> Step:
        owners = session.owners(events)
        keys = sorted(set(owners.values()))
        rating, generation = self._rated(session, keys, events, owners)
        unrated = [event.seq for event in events if _note(owners.get(event.seq), rating)]
        step = Step(len(events), len(keys) - len(rating.unmonitored), len(unrated), 0, generation)
        waited = naive_local(self._clock()) - events[0].received_at
        log.info(
            "live.rated",
            events=step.taken,
            companies=step.rated,
            unrated=step.unrated,
            generation=generation,
            oldest_waited_ms=round(waited.total_seconds() * 1000),
        )
        return step

    def _rated(
        self,
        session: WarmSession,
        keys: Sequence[int],
        events: Sequence[StoredEvent],
        owners: Mapping[int, int],
    ) -> tuple[Rating, int]:
        """Rate companies with all their events and write it down; return the rating and its generation."""
        owned = [replace(event, company_key=owners.get(event.seq)) for event in events]
        for attempt in range(_TRIES):
            overlay = self._follow(session)
            earlier = events_of_companies(self._database, keys)
            as_of = session.instant(naive_local(self._clock()))
            mine = [event for event in owned if event.company_key is not None]
            fresh = {event.seq for event in mine}
            together = [event for event in earlier if event.seq not in fresh] + mine
            rating = session.rate(keys, together, as_of, overlay) if keys else Rating({}, frozenset())
            counted = [Counted(e, e.company_key, _note(e.company_key, rating)) for e in owned]
            try:
                return rating, put_overlay(self._database, overlay, rating.tables, counted)
            except OverlayMovedError:
                if attempt == _TRIES - 1:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _one_by_one(self, session: WarmSession, events: Sequence[StoredEvent]) -> Step:
        """Find the events that cannot be rated without letting them hold up the others."""
        rated = unrated = failed = generation = 0
        for event in events:
            try:
                step = self._take(session, [event])
            except (TransientError, ConfigError):
                raise
            except Exception as error:
                failed += 1
                reason = f"评定失败：{error}"
                is_aside = note_failure(self._database, event.seq, reason, MOST_ATTEMPTS)
                log.error(
                    "live.set_aside" if is_aside else "live.failed",
                    event_id=event.event_id,
                    table=event.table,
                    source=event.source,
                    attempts=event.attempts + 1,
                    reason=str(error),
                )
            else:
                rated, unrated = rated + step.rated, unrated + step.unrated
                generation = max(generation, step.generation)
        return Step(len(events), rated, unrated, failed, generation)


def _note(company_key: int | None, rating: Rating) -> str:
    """Say why an event gave no rating; '' when it did."""
    if company_key is None:
        return "还没有找到这家企业；归并后由全量评定处理"
    if company_key in rating.unmonitored:
        return "企业不在监测范围，不评级；归并后由全量评定处理"
    return ""
