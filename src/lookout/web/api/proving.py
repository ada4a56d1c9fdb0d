"""The addresses of the evidence log: head, entries, proofs. What is proved is digests; no contents are told."""

from __future__ import annotations

import json
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from lookout.kernel.errors import DataError
from lookout.proof.heads import open_heads, open_log
from lookout.proof.log import Log
from lookout.web.api.access import Caller, KeyAuth
from lookout.web.api.answers import LogConsistency, LogEntries, LogEntry, LogHead, LogInclusion, answer
from lookout.web.api.reading import LIST, ONE, Tag
from lookout.web.api.tallies import note_read
from lookout.web.intake.refusals import RefusedError
from lookout.web.intake.scopes import KeyScope

router = Router()
_MOST = 2**53 - 1
Index = Annotated[int, Path(ge=0, le=_MOST, description="序号，从 0 起")]


def _log(request: HttpRequest) -> Log:
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    note_read(caller, "log", 1)
    return open_log(settings.LOOKOUT_HOME)


def _not_there() -> RefusedError:
    return RefusedError(404, _("日志里没有这条记录；请核对序号和记录数"), code="not_found")


@router.get("/log/head", auth=KeyAuth(KeyScope.LOG), response={200: LogHead, **LIST}, summary="存证日志的现状",
            operation_id="get_log_head", tags=["存证"])  # fmt: skip
def get_head(request: HttpRequest, held: Tag = None) -> HttpResponse:
    """现在的记录数和根，以及最近公布的签名头。"""
    log = _log(request)
    size, newest = log.size, open_heads(settings.LOOKOUT_HOME).newest()
    signed = json.loads(newest.as_json()) if newest else None
    return answer(request, LogHead(origin=log.origin, size=size, root=log.root(size).hex(), signed=signed))


def _entry(log: Log, index: int) -> LogEntry:
    leaf, entry = log.leaf(index), log.entry(index)
    return LogEntry(
        index=index, kind=entry.kind, number=entry.number, sha256=entry.sha256, sm3=entry.sm3, at=entry.at,
        by=entry.by, leaf=leaf.decode(),
    )  # fmt: skip


@router.get("/log/entries/{index}", auth=KeyAuth(KeyScope.LOG), response={200: LogEntry, **ONE},
            summary="日志的一条记录", operation_id="get_log_entry", tags=["存证"])  # fmt: skip
def get_entry(request: HttpRequest, index: Index, held: Tag = None) -> HttpResponse:
    """只有编号和摘要，没有内容。"""
    try:
        return answer(request, _entry(_log(request), index))
    except IndexError:
        raise _not_there() from None


class FindQuery(Schema):
    """Which record's entries."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="类别，如 deposit、batch、run")
    number: str = Field(min_length=1, max_length=120, pattern=r"^\S+$", description="记录编号")


@router.get("/log/entries", auth=KeyAuth(KeyScope.LOG), response={200: LogEntries, **LIST},
            summary="按编号找日志记录", operation_id="find_log_entries", tags=["存证"])  # fmt: skip
def find_entries(request: HttpRequest, asked: Query[FindQuery], held: Tag = None) -> HttpResponse:
    """一件记录改过几次就有几条，旧的在前；没有时为空。"""
    log = _log(request)
    found = [_entry(log, index) for index in log.find(asked.kind, asked.number)]
    return answer(request, LogEntries(items=found))


class SizeQuery(Schema):
    """The tree a proof is for."""

    size: int | None = Field(None, ge=1, le=_MOST, description="前多少条的树；不给为现在")


@router.get("/log/inclusion/{index}", auth=KeyAuth(KeyScope.LOG), response={200: LogInclusion, **ONE},
            summary="包含证明", operation_id="get_log_inclusion", tags=["存证"])  # fmt: skip
def get_inclusion(
    request: HttpRequest, index: Index, asked: Query[SizeQuery], held: Tag = None
) -> HttpResponse:
    """证明某条记录在前 size 条之中（RFC 9162）。"""
    log = _log(request)
    try:
        found = log.inclusion(index, asked.size)
        root = log.root(found.size)
    except (IndexError, DataError):
        raise _not_there() from None
    path = [one.hex() for one in found.path]
    return answer(request, LogInclusion(index=found.index, size=found.size, root=root.hex(), path=path))


class GrownQuery(Schema):
    """Two states of the log."""

    old: int = Field(ge=0, le=_MOST, description="较早的记录数")
    new: int | None = Field(None, ge=0, le=_MOST, description="较晚的记录数；不给为现在")


@router.get("/log/consistency", auth=KeyAuth(KeyScope.LOG), response={200: LogConsistency, **ONE},
            summary="一致性证明", operation_id="get_log_consistency", tags=["存证"])  # fmt: skip
def get_consistency(request: HttpRequest, asked: Query[GrownQuery], held: Tag = None) -> HttpResponse:
    """证明较早的日志是较晚的开头：只增不改（RFC 9162）。"""
    log = _log(request)
    try:
        found = log.consistency(asked.old, asked.new)
        roots = [log.root(size).hex() for size in (found.old, found.new)]
    except (IndexError, DataError):
        raise _not_there() from None
    return answer(
        request,
        LogConsistency(
            old=found.old, old_root=roots[0], new=found.new, new_root=roots[1],
            path=[one.hex() for one in found.path],
        ),
    )  # fmt: skip
