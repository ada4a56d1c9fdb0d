"""The addresses partners deliver at: events, filings, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Body, Header, Path, Router
from pydantic import BaseModel, ConfigDict, Field

from lookout.kernel.inbox import Inbox
from lookout.web.api.access import Caller, KeyAuth
from lookout.web.api.answers import DeliveryReceipt, WriteAnswer, answer
from lookout.web.api.formats import Filing
from lookout.web.api.problems import ProblemAnswer
from lookout.web.api.reading import PROBLEMS
from lookout.web.api.writes import Done, once, take_events, take_filing
from lookout.web.intake import services as intake
from lookout.web.intake.refusals import RefusedError
from lookout.web.intake.scopes import KeyScope

router = Router()
WRITE = {**PROBLEMS, **dict.fromkeys((409, 413, 415), ProblemAnswer)}
Name = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=80,
        pattern=r"^[!-~]+$",
        description="每次写入一个自己的编号；原样重送得到原来的答复",
    ),
]
_CHUNK = 1 << 20


class EventIn(BaseModel):
    """One event (事件) as it happened."""

    model_config = ConfigDict(extra="forbid")

    table: str = Field(
        title="数据表", min_length=1, max_length=60, description="见数据表参考，如 complaint_ticket"
    )
    event_id: str = Field(title="事件编号", min_length=1, max_length=200, description="来源自己的消息编号")
    row: dict[str, str | int | float | bool | list[str] | None] = Field(
        title="一行", description="列名或中文名 → 值"
    )


class EventsIn(BaseModel):
    """Events that happened."""

    model_config = ConfigDict(extra="forbid")

    events: list[EventIn] = Field(title="各件", min_length=1, max_length=1000)


@router.post("/events", auth=KeyAuth(KeyScope.EVENTS, "application/json"), response={200: WriteAnswer, **WRITE},
             summary="推送事件", operation_id="push_events", tags=["写入"])  # fmt: skip
def push_events(request: HttpRequest, content: Body[EventsIn], name: Name) -> HttpResponse:
    """逐条检查，合格的几秒之内影响评级；每条的结果在 receipts 中，拒收的带原因。"""
    events = [one.model_dump() for one in content.events]
    return _written(request, name, lambda caller: take_events(caller, events))


@router.post("/filings", auth=KeyAuth(KeyScope.FILINGS, "application/json"), response={200: WriteAnswer, **WRITE},
             summary="报送报表", operation_id="push_filing", tags=["写入"])  # fmt: skip
def push_filing(request: HttpRequest, content: Body[Filing], name: Name) -> HttpResponse:
    """一家机构一个月的一张表。同一主键再报即更正。"""
    return _written(request, name, lambda caller: take_filing(caller, content))


def _written(request: HttpRequest, name: str, do: Any) -> HttpResponse:
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    done: Done = once(caller, name, request.path, request.body, lambda: do(caller))
    made = answer(request, WriteAnswer.model_validate(done.content), done.status)
    if done.is_replayed:
        made.headers["Idempotency-Replayed"] = "true"
    return made


def _connection(caller: Caller) -> str:
    if not caller.key.connection:
        said = _("这把钥匙没有登记连接，不能推送文件；请发钥匙的单位补上")
        raise RefusedError(403, said, code="scope_missing")
    return caller.key.connection


@router.post("/deliveries", auth=KeyAuth(KeyScope.DELIVERIES), response={(200, 202): DeliveryReceipt, **WRITE},
             summary="推送文件", operation_id="push_delivery", tags=["写入"],
             openapi_extra={"requestBody": {"required": True, "content": {
                 "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}})  # fmt: skip
def push_delivery(
    request: HttpRequest,
    file: Annotated[
        str,
        Header(alias="X-Lookout-File", description="文件名，中文用百分号编码", min_length=1, max_length=600),
    ],
    digest: Annotated[str, Header(alias="Content-Digest", description="sha-256=:…:（RFC 9530）")] = "",
    delivered_at: Annotated[str, Header(alias="X-Lookout-Delivered-At", description="声明的送达时刻")] = "",
) -> HttpResponse:
    """与 /intake/ 同一个收件箱。202 为新收到；同样的字节再送得 200 和原来的回执。"""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    _connection(caller)
    content, is_new = intake.receive(caller.key, request.headers, _chunks(request), caller.now)
    return answer(request, _receipt(content), 202 if is_new else 200)


@router.get("/deliveries/{receipt}", auth=KeyAuth(KeyScope.DELIVERIES),
            response={200: DeliveryReceipt, **PROBLEMS, 404: ProblemAnswer, 304: None},
            summary="文件办到哪一步", operation_id="get_delivery", tags=["写入"])  # fmt: skip
def get_delivery(
    request: HttpRequest, receipt: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="回执号")]
) -> HttpResponse:
    """收到、已入库（带行数）或被拒收（带原因）。"""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    known = Inbox(settings.LOOKOUT_HOME, _connection(caller)).state(receipt)
    if known is None:
        raise RefusedError(404, _("这把钥匙没有这个回执；请核对回执号"), code="not_found")
    return answer(request, _receipt(known))


def _receipt(content: dict[str, Any]) -> DeliveryReceipt:
    return DeliveryReceipt.model_validate(intake.shown(content))


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(_CHUNK):
        yield chunk
