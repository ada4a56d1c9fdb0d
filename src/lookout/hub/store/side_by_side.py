"""Evaluate many tables at once where one does not read the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter

from lookout.hub.store.protocol import Store

AT_ONCE = 2  # a small statement leaves processors idle while it is planned; more at once take more memory


def make_tables(
    store: Store,
    texts: Mapping[str, str],
    needs: Mapping[str, Collection[str]],
    begun: Callable[[str], None],
) -> None:
    """Make a table of each text under its name, after those that it `needs`; the result knows no order.

    `needs`: by name other names of `texts`; names that are none are taken as there already. `begun` is
    told each name in the calling thread. Raises what the first failing statement raises, when those
    already begun have ended.
    """
    order = TopologicalSorter({name: set(needs.get(name, ())) & set(texts) for name in texts})
    order.prepare()
    idle = [store.beside() for _ in range(AT_ONCE)]
    ready: list[str] = []
    running: dict[Future[None], tuple[str, Store]] = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        while order.is_active():
            ready += order.get_ready()
            while ready and idle:
                name, session = ready.pop(0), idle.pop()
                begun(name)
                running[pool.submit(session.table, name, texts[name])] = (name, session)
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                name, session = running.pop(future)
                future.result()
                idle.append(session)
                order.done(name)
