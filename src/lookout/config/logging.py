"""Structured logs: English events with fields, and no personal number whatever a caller passes in."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from lookout.kernel.identifiers import is_person_id

_PERSON_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])")


def _mask_person_id(found: re.Match[str]) -> str:
    # A company code may also be 18 digits; only what passes the check digit of persons is masked.
    text = found.group()
    return f"{text[:4]}**********{text[-4:]}" if is_person_id(text.upper()) else text


def mask_personal(text: str) -> str:
    """Return a text with identity and mobile numbers masked: 4401**********1234, 138****1234."""
    text = _PERSON_ID.sub(_mask_person_id, text)
    return _MOBILE.sub(lambda found: f"{found.group()[:3]}****{found.group()[-4:]}", text)


def _mask_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = mask_personal(value)
    return event


def configure_logging(log_format: str, level: str) -> None:
    """Send logs of Lookout and of its libraries to stderr in one form: `console` or `json`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        structlog.processors.format_exc_info,
        _mask_event,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
