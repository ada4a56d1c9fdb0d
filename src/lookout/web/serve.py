"""Serve the desk with waitress: one process, no other server needed."""

from __future__ import annotations

import waitress

from lookout.web.manage import setup


def serve(host: str, port: int, threads: int = 8) -> None:
    """Answer requests on host and port until interrupted."""
    setup()
    from lookout.web.config.wsgi import application

    waitress.serve(application, host=host, port=port, threads=threads, ident="lookout")
