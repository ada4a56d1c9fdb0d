"""The addresses partners read at: feeds of records, one company, the index of a region."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Header, Path, Query, Router, Schema
from pydantic import BeforeValidator, Field

from lookout.hub.reading import Dossier
from lookout.kernel.clock import SHANGHAI
from lookout.kernel.regions import tree_prefix
from lookout.web import published
from lookout.web.api import feed
from lookout.web.api.access import Caller, KeyAuth, read_cursor, region_asked, write_cursor
from lookout.web.api.answers import (
    CluePage,
    ComplaintPage,
    FeedAnswer,
    FeedItem,
    IndexAnswer,
    Published,
    RatingPage,
    WarningPage,
    answer,
)
from lookout.web.api.formats import Clue, CompanyRating, ComplaintStatus, RegionIndex
from lookout.web.api.formats.rating import Label, Reason
from lookout.web.api.formats.region_index import IndexPart
from lookout.web.api.problems import ProblemAnswer
from lookout.web.api.records import KINDS, Kind, clue_of, complaint_of, rating_of
from lookout.web.api.tallies import note_question, note_read
from lookout.web.clues.models import Clue as ClueRow
from lookout.web.clues.words import Secrecy
from lookout.web.complaints.models import Complaint
from lookout.web.intake.refusals import RefusedError
from lookout.web.intake.scopes import KeyScope
from lookout.web.situation.index_rules import PARTS
from lookout.web.situation.index_selectors import index_history
from lookout.web.situation.models import IndexPoint
from lookout.web.ui.masking import mask_text

router = Router()
PROBLEMS: dict[Any, Any] = dict.fromkeys((400, 401, 403, 422, 429, 503), ProblemAnswer)
ONE = {**PROBLEMS, 404: ProblemAnswer, 304: None}
LIST = {**PROBLEMS, 304: None}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("not an instant with its zone")
    return datetime.fromisoformat(value.upper())


Moment = Annotated[datetime, BeforeValidator(_moment)]
Tag = Annotated[
    str | None, Header(alias="If-None-Match", description="上次答复的 ETag；没有变动则答 304", max_length=400)
]
Code = Annotated[
    str, Path(min_length=1, max_length=120, pattern=r"^[^/\s]+$", description="统一社会信用代码或编号")
]


class FeedQuery(Schema):
    """Which part of a feed."""

    updated_since: Moment | None = Field(
        None,
        description="只要此刻以后的变动；用上次答复的 complete_until",
        examples=["2026-10-31T06:00:00+08:00"],
    )
    cursor: str = Field("", max_length=400, description="上次答复的游标；给了游标就不看 updated_since")
    limit: int = Field(100, ge=1, le=500, description="一页最多几条")
    region: str = Field("", pattern=r"^(([0-9]{2}){1,3})?$", description="钥匙地区之内的区划代码前缀")


def feed_page(
    request: HttpRequest, kind: Kind, asked: FeedQuery, model: type[FeedAnswer[Any]]
) -> HttpResponse:
    """Return one page of a feed."""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    region = region_asked(caller, asked.region)
    after = read_cursor(caller, kind.name, region, asked.cursor) if asked.cursor else 0
    if kind.is_published:
        feed.follow_what_came(caller.now)
    complete_until = feed.head().stamped_at
    since = None if asked.cursor else asked.updated_since
    page = feed.read(kind, region, after=after, since=since, limit=asked.limit, now=caller.now)
    note_read(caller, kind.name, len(page.told))
    return answer(
        request,
        model(
            items=[_item(one) for one in page.told],
            cursor=write_cursor(caller, kind.name, region, page.last),
            has_more=page.has_more,
            complete_until=complete_until,
            published=published_run() if kind.is_published else None,
        ),
    )


def _item(one: feed.Told) -> FeedItem[Any]:
    return FeedItem[Any](
        identifier=one.identifier,
        updated_at=one.updated_at,
        withdrawn=one.item is None,
        record=one.item.content if one.item else None,
    )


def published_run() -> Published | None:
    """Return the run that ratings come from."""
    run = published.reader().current()
    return Published(run_id=run.run_id, as_of=run.as_of.replace(tzinfo=SHANGHAI)) if run else None


@router.get("/ratings", auth=KeyAuth(KeyScope.RATINGS), response={200: RatingPage, **LIST},
            summary="企业评级：全部，或某时以来的变动", operation_id="list_ratings", tags=["读取"])  # fmt: skip
def list_ratings(request: HttpRequest, asked: Query[FeedQuery], held: Tag = None) -> HttpResponse:
    """按最后变动的先后给出钥匙所在地区的企业评级；变动的会移到末尾，因此边读边变也不漏。"""
    return feed_page(request, KINDS["rating"], asked, RatingPage)


@router.get("/warnings", auth=KeyAuth(KeyScope.WARNINGS), response={200: WarningPage, **LIST},
            summary="预警：全部，或某时以来的变动", operation_id="list_warnings", tags=["读取"])  # fmt: skip
def list_warnings(request: HttpRequest, asked: Query[FeedQuery], held: Tag = None) -> HttpResponse:
    """红、橙、黄三级；解除的以 withdrawn 告知。"""
    return feed_page(request, KINDS["warning"], asked, WarningPage)


@router.get("/clues", auth=KeyAuth(KeyScope.CLUES), response={200: CluePage, **LIST},
            summary="线索：全部，或某时以来的变动", operation_id="list_clues", tags=["读取"])  # fmt: skip
def list_clues(request: HttpRequest, asked: Query[FeedQuery], held: Tag = None) -> HttpResponse:
    """注册地或经营地在钥匙地区的线索；走保密通道的不在其中。"""
    return feed_page(request, KINDS["clue"], asked, CluePage)


@router.get("/complaints", auth=KeyAuth(KeyScope.COMPLAINTS), response={200: ComplaintPage, **LIST},
            summary="投诉办理状态：全部，或某时以来的变动", operation_id="list_complaints", tags=["读取"])  # fmt: skip
def list_complaints(request: HttpRequest, asked: Query[FeedQuery], held: Tag = None) -> HttpResponse:
    """只有办到哪一步，没有内容和举报人。"""
    return feed_page(request, KINDS["complaint"], asked, ComplaintPage)


def _not_found() -> RefusedError:
    return RefusedError(404, _("没有这条记录，或不在钥匙的地区；请核对编号"), code="not_found")


@router.get("/companies/{identifier}", auth=KeyAuth(KeyScope.COMPANIES), response={200: CompanyRating, **ONE},
            summary="一家企业的评级和全部理由", operation_id="get_company", tags=["读取"])  # fmt: skip
def get_company(
    request: HttpRequest,
    identifier: Code,
    purpose: Annotated[
        str,
        Header(alias="X-Lookout-Purpose", max_length=200, description="这一次为什么查；不写则记钥匙的用途"),
    ] = "",
    held: Tag = None,
) -> HttpResponse:
    """当前的评级，含运行之后的实时变化。每次查询都按企业记入操作记录。"""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    found = published.reader().get_company(identifier, (tree_prefix(caller.key.region),), events=0)
    if found is None or found.row.band is None:
        raise _not_found()
    note_question(caller, identifier, found.row.name, purpose)
    return answer(request, _company(found))


def _company(found: Dossier) -> CompanyRating:
    return CompanyRating(
        rating=rating_of(found.row),
        explanation=mask_text(found.explanation),
        contributions=[
            Reason(
                part=one.part, code=one.code, name=one.name, dimension=one.dimension, value=one.value_text,
                points=one.points,
            )
            for one in found.contributions
        ],
        labels=[
            Label(
                code=one.code, name=one.name, severity=one.severity, hit_on=one.hit_on,
                reason=mask_text(one.reason), polarity=one.polarity,
            )
            for one in found.labels
        ],
    )  # fmt: skip


@router.get("/clues/{number}", auth=KeyAuth(KeyScope.CLUES), response={200: Clue, **ONE},
            summary="一条线索", operation_id="get_clue", tags=["读取"])  # fmt: skip
def get_clue(request: HttpRequest, number: Code, held: Tag = None) -> HttpResponse:
    """现在的状态和结果。"""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    found = ClueRow.objects.filter(number=number).exclude(secrecy=Secrecy.SEALED).first()
    if found is None or not _inside(caller, found.region_registered, found.region_business):
        raise _not_found()
    note_read(caller, "clue", 1)
    return answer(request, clue_of(found))


@router.get("/complaints/{number}", auth=KeyAuth(KeyScope.COMPLAINTS), response={200: ComplaintStatus, **ONE},
            summary="一件投诉的办理状态", operation_id="get_complaint", tags=["读取"])  # fmt: skip
def get_complaint(request: HttpRequest, number: Code, held: Tag = None) -> HttpResponse:
    """按本平台编号，或来源编号（如热线工单号）。"""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    rows = [
        *Complaint.objects.filter(number=number)[:1],
        *Complaint.objects.filter(source_number=number).order_by("pk"),
    ]
    found = next((row for row in rows if _inside(caller, row.region, row.company_region)), None)
    if found is None:
        raise _not_found()
    note_read(caller, "complaint", 1)
    return answer(request, complaint_of(found))


def _inside(caller: Caller, *regions: str) -> bool:
    prefix = tree_prefix(caller.key.region)
    return any(region.startswith(prefix) for region in regions)


class IndexQuery(Schema):
    """Whose index."""

    region: str = Field("", pattern=r"^(([0-9]{2}){1,3})?$", description="钥匙地区之内的区划代码前缀")


@router.get("/indexes", auth=KeyAuth(KeyScope.INDEXES), response={200: IndexAnswer, **LIST},
            summary="地区涉众金融风险指数", operation_id="list_indexes", tags=["读取"])  # fmt: skip
def list_indexes(request: HttpRequest, asked: Query[IndexQuery], held: Tag = None) -> HttpResponse:
    """最近 24 个月，每月以最新一次计算为准。"""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    region = tree_prefix(region_asked(caller, asked.region))
    points = index_history(region)
    note_read(caller, "index", len(points))
    return answer(request, IndexAnswer(items=[_index(point) for point in points]))


def _index(point: IndexPoint) -> RegionIndex:
    parts: dict[str, IndexPart] = {
        name: IndexPart(measured=part["measured"], scaled=part["scaled"], points=part["points"])
        for name, part in point.parts.items()
        if name in PARTS
    }
    return RegionIndex(
        region=point.region, month=point.month, value=point.value, raw=point.raw, known=float(point.known),
        base=point.base, version=point.version, run_id=point.run_id,
        density=parts.get("density"), flow=parts.get("flow"), public=parts.get("public"),
        backlog=parts.get("backlog"),
    )  # fmt: skip
