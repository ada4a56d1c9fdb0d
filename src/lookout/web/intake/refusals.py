"""A call of a machine that is not served."""

from __future__ import annotations


class RefusedError(Exception):
    """A call that is not served: HTTP status, a sentence saying why and what to do, and a lasting code.

    `retry_after` is in seconds, 0 when trying again would not help.
    """

    def __init__(self, status: int, reason: str, *, code: str = "", retry_after: int = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.code = code
        self.retry_after = retry_after
