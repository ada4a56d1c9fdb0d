"""Rate a few companies again between full runs; the result is visible at once.

Population values come from the last full run, and a held band is only ever raised: lowering waits
for the next full run (DESIGN D6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from lookout.hub.live import (
    OverlayMovedError,
    events_of_companies,
    has_live,
    open_live,
    put_overlay,
    read_overlay,
)
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import clean_code
from lookout.pipeline.live.session import WarmSession, require_published
from lookout.pipeline.locking import run_lock
from lookout.pipeline.progress import Progress, Stages, silent
from lookout.pipeline.run import fold_new

_TRIES = 3  # another process may rate the same companies meanwhile


def rescore(
    home: Path,
    identifiers: Sequence[str],
    *,
    as_of: datetime,
    memory_limit: str = "",
    spill: Path | None = None,
    live: str = "",
    progress: Progress = silent,
) -> list[str]:
    """Rate the companies of these identifiers as of an instant; return the identifiers.

    Newly landed batches are folded first; events that have come in count. Raises DataError, naming
    all of them, when an identifier is unknown or its company is not monitored, and ConfigError when
    there is no run to compare with.
    """
    with run_lock(home):
        require_published(home)
        stages = Stages(progress)
        with stages.stage("归并新批次"):
            fold_new(home, memory_limit, spill, stages)
        with stages.stage("重评"):
            moment = naive_local(as_of)
            session = WarmSession(home, as_of=moment, memory_limit=memory_limit, spill=spill)
            try:
                _rescore(session, identifiers, session.instant(moment), live)
            finally:
                session.close()
    return list(identifiers)


def _rescore(session: WarmSession, identifiers: Sequence[str], as_of: datetime, live: str) -> None:
    codes = [one if ":" in one else clean_code(one) for one in identifiers]
    found = session.keys_of(codes)
    unknown = sorted(set(codes) - set(found))
    if unknown:
        raise DataError(f"没有这些代码的企业：{'、'.join(unknown)}；请核对统一社会信用代码")
    keys = sorted(set(found.values()))
    for attempt in range(_TRIES):
        events = (
            events_of_companies(open_live(session.home, live), keys) if has_live(session.home, live) else []
        )
        overlay = read_overlay(session.home, session.published.run_id, live)
        rating = session.rate(keys, events, as_of, overlay, anew=True)
        if rating.unmonitored:
            raise DataError(
                f"其中 {len(rating.unmonitored)} 家此时不在监测范围内，不评级；可用 lookout list 查看监测的企业"
            )
        try:
            put_overlay(open_live(session.home, live), overlay, rating.tables)
            return
        except OverlayMovedError:
            if attempt == _TRIES - 1:
                raise
