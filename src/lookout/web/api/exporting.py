"""Everything a key may read, in one file: nothing is locked in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any, Literal

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from lookout.web.api import feed
from lookout.web.api.access import Caller, KeyAuth, region_asked, write_cursor
from lookout.web.api.formats import Clue, ComplaintStatus, Rating, Warning_
from lookout.web.api.reading import PROBLEMS
from lookout.web.api.records import KINDS, Kind
from lookout.web.api.tallies import note_read
from lookout.web.intake.refusals import RefusedError
from lookout.web.intake.scopes import KeyScope

router = Router()
_CHUNK = 500
_MODELS = {"rating": Rating, "warning": Warning_, "clue": Clue, "complaint": ComplaintStatus}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ExportQuery(Schema):
    """What to export, and how."""

    kind: Literal["rating", "warning", "clue", "complaint"] = Field(description="哪一类")
    format: Literal["ndjson", "csv"] = Field("ndjson", description="ndjson 给程序，csv 给人（UTF-8 带 BOM）")
    region: str = Field("", pattern=r"^(([0-9]{2}){1,3})?$", description="钥匙地区之内的区划代码前缀")


@router.get("/exports", auth=KeyAuth(KeyScope.EXPORTS), response=PROBLEMS, summary="整份导出",
            operation_id="export", tags=["读取"])  # fmt: skip
def export(request: HttpRequest, asked: Query[ExportQuery]) -> HttpResponseBase:
    """钥匙能读的全部现状，一行一条。X-Lookout-Cursor 头是导出开始时的游标：以后用它在对应的列表上只取变动。"""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    kind = KINDS[asked.kind]
    if not caller.key.may(kind.scope):
        # A key that may export may export what it may read, and nothing else.
        raise RefusedError(403, "", code="scope_missing")
    region = region_asked(caller, asked.region)
    if kind.is_published:
        feed.follow_what_came(caller.now)
    begun_at = feed.head().sequence
    write = _write_csv if asked.format == "csv" else _write_ndjson
    made = StreamingHttpResponse(
        _counted(caller, kind, write(_MODELS[kind.name], lambda: _records(kind, region))),
        content_type="text/csv; charset=utf-8" if asked.format == "csv" else "application/x-ndjson",
    )
    made.headers["Content-Disposition"] = f'attachment; filename="lookout-{kind.name}.{asked.format}"'
    made.headers["X-Lookout-Cursor"] = write_cursor(caller, kind.name, region, begun_at)
    return made


def _records(kind: Kind, region: str) -> Iterator[Any]:
    """Yield what is told now. What moves to the end meanwhile is met there, again or for the first time."""
    after, has_more = 0, True
    while has_more:
        page = feed.read(kind, region, after=after, since=None, limit=_CHUNK, now=timezone.now())
        yield from (one.item.content for one in page.told if one.item is not None)
        after, has_more = page.last, page.has_more


def _counted(caller: Caller, kind: Kind, lines: Iterator[str]) -> Iterator[bytes]:
    """Pass lines on and put on record how many left, also when the reader breaks off."""
    count = 0
    try:
        for line in lines:
            yield line.encode()
            count += 1
    finally:
        note_read(caller, f"export {kind.name}", count)


def _write_ndjson(model: type[Any], records: Callable[[], Iterator[Any]]) -> Iterator[str]:
    for record in records():
        yield record.model_dump_json() + "\n"


def _write_csv(model: type[Any], records: Callable[[], Iterator[Any]]) -> Iterator[str]:
    names = list(model.model_fields)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(names)
    yield "\ufeff" + _taken(buffer)
    for record in records():
        content = record.model_dump(mode="json")
        writer.writerow([_cell(content[name]) for name in names])
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "；".join(str(one) for one in value)
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | bool) else str(value)
    # A spreadsheet would take it for a formula.
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()
