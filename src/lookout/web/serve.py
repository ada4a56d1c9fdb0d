"""Serve the desk with waitress: one process, no other server needed."""

from __future__ import annotations

import gc
import logging
import sys
import threading

import waitress

from lookout.kernel.errors import LookoutError
from lookout.web.manage import setup

THREADS = 8
# How long a thread may go on while another waits for its turn. A page asks the store and the database
# a dozen short questions, and after each may wait this long for another page's template.
TURN_SECONDS = 0.001
# New objects between two looks for garbage: a page makes tens of thousands and leaves few in circles.
GARBAGE = (20_000, 20, 20)
logger = logging.getLogger(__name__)


def serve(host: str, port: int, threads: int = THREADS) -> None:
    """Answer requests on host and port until interrupted."""
    setup()
    from lookout.web.config.wsgi import application

    sys.setswitchinterval(TURN_SECONDS)
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    try:
        waitress.serve(application, host=host, port=port, threads=threads, ident="lookout")
    finally:
        gc.unfreeze()  # what is left is taken down in order
        _let_threads_end()


def _let_threads_end() -> None:
    """Wait a little for the threads that answered: each lets go of its session of the store as it ends."""
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread():
            thread.join(timeout=1)


def warm_up() -> None:
    """Open what every page reads, and take it out of the search for garbage.

    That search stops every thread: over all that is loaded once and stays it would take 0.15 s, again and again.
    """
    from lookout.hub.reading import CompanyFilter
    from lookout.web import published

    try:
        reader = published.reader()
        if reader.current() is not None:
            reader.list_companies(CompanyFilter(), limit=1)
            reader.catalogue("label")
    except LookoutError as error:
        logger.warning("the published result could not be opened: %s", error)  # pages say so, too
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
