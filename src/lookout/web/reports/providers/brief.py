"""The brief: a day of the whole region, or what is known of one company and its event."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse

from lookout.hub.reading.model import CompanyFilter, CompanyRow
from lookout.web import published
from lookout.web.clues import guidance
from lookout.web.clues.access import visible as visible_clues
from lookout.web.clues.models import Clue
from lookout.web.clues.states import OPEN
from lookout.web.companies.access import within_scope
from lookout.web.complaints.access import visible as visible_complaints
from lookout.web.complaints.models import Complaint
from lookout.web.dispatch.deadlines import RUNNING
from lookout.web.dispatch.models import Deadline
from lookout.web.reports.figures import Cell, Content, Figure, Request, Table, mention, provider
from lookout.web.reports.providers.brief_event import event_brief
from lookout.web.reports.reading import (
    RATING,
    count_clues,
    count_companies,
    day_span,
    period_words,
    plain_figure,
)
from lookout.web.ui import words

MOST_WATCHED, MOST_PLACES = 5, 5
COMPLAINT_COLUMNS = ("编号", "被举报对象", "类别", "状态", "收到时间")


@provider("brief")
def brief(request: Request) -> Content:
    """Return the brief on a company when one is named, else that of the day."""
    return event_brief(request) if request.subject else _daily(request)


def _daily(request: Request) -> Content:
    figures: dict[str, Figure] = {}
    rated = published.reader().current() is not None
    if rated:
        figures |= _rating_figures(request)
    figures |= _desk_figures(request)
    tables = {one.key: one for one in (_watched(request), _places(request))} if rated else {}
    texts = {"daily": _overview(request, figures) if rated else _without_run(), "advice": _advice(figures)}
    return Content(figures=figures, tables=tables, texts=texts)


def _rating_figures(request: Request) -> dict[str, Figure]:
    found = [count_companies(request, "rated", CompanyFilter())]
    for band in ("red", "orange", "yellow"):
        found.append(count_companies(request, band, CompanyFilter(bands=(band,)), [("band", band)]))
    for change in ("opened", "raised", "lowered", "withdrawn"):
        found.append(count_companies(request, change, CompanyFilter(change=change), [("change", change)]))
    return {one.key: one for one in found}


def _desk_figures(request: Request) -> dict[str, Figure]:
    start, until = day_span(request.start, request.end)
    clues = visible_clues(request.user)
    found = [
        count_clues(request, "clues_new", clues.filter(opened_at__gte=start, opened_at__lt=until)),
        count_clues(request, "clues_closed", clues.filter(closed_at__gte=start, closed_at__lt=until)),
        count_clues(request, "clues_open", clues.filter(state__in=OPEN), [("state", "open")]),
        _late(request, clues),
        _complaints(request),
    ]
    return {one.key: one for one in found}


def _late(request: Request, clues: QuerySet[Clue]) -> Figure:
    late = (
        Deadline.objects.filter(RUNNING, due_at__lte=request.now, clue__in=clues.values("pk"))
        .select_related("clue", "owner")
        .order_by("due_at", "pk")
    )
    rows = [(one.clue.number, one.clue.company_name, str(one.owner), one.due_at) for one in late]
    return plain_figure(
        "clues_late",
        len(rows),
        unit="项",
        source="办理时限",
        period=f"截至{words.written_moment(request.now)}",
        link=f"{reverse('clues:list')}?late=1",
        columns=("线索编号", "企业", "责任单位", "到期时间"),
        rows=rows,
    )


def _complaints(request: Request) -> Figure:
    start, until = day_span(request.start, request.end)
    found = visible_complaints(request.user).filter(received_at__gte=start, received_at__lt=until)
    return complaint_figure("complaints", found, request)


def complaint_figure(key: str, found: QuerySet[Complaint], request: Request) -> Figure:
    """Count complaints the person sees; their text and reporters stay where they are."""
    rows = [
        (one.number, one.company_name, one.get_kind_display(), one.get_state_display(), one.received_at)
        for one in found.order_by("-received_at", "-pk")
    ]
    return plain_figure(
        key,
        len(rows),
        unit="件",
        source="群众举报",
        period=period_words(request.start, request.end),
        link=reverse("complaints:list"),
        columns=COMPLAINT_COLUMNS,
        rows=rows,
    )


def _watched(request: Request) -> Table:
    """List the companies that entered or rose, else the highest."""
    reader = published.reader()
    rows: list[CompanyRow] = []
    for change in ("opened", "raised"):
        asked = within_scope(request.user, CompanyFilter(change=change))
        rows += reader.list_companies(asked, sort="-score", limit=MOST_WATCHED).rows
    is_new = bool(rows)
    if not rows:
        asked = within_scope(request.user, CompanyFilter(bands=("red", "orange", "yellow")))
        rows = list(reader.list_companies(asked, sort="-score", limit=MOST_WATCHED).rows)
    rows.sort(key=lambda row: (-(row.score or 0), row.identifier))
    title = "新增预警和等级上升的企业" if is_new else "得分最高的企业"
    cells = tuple(_watched_cells(request, row) for row in rows[:MOST_WATCHED])
    note = "本批次没有预警企业。" if not cells else f"按得分列前{len(cells)}户；得分为风险提示，不是认定。"
    return Table("watched", title, ("企业", "得分", "等级", "主要原因"), cells, note)


def _watched_cells(request: Request, row: CompanyRow) -> tuple[Cell, ...]:
    score = plain_figure(
        "score",
        row.score,
        shown=words.written_score(row.score),
        unit="分",
        source=RATING,
        run_id=request.run_id,
        link=reverse("companies:page", args=[row.identifier]),
        columns=("主要原因",),
        rows=[(reason,) for reason in row.top_reasons],
    )
    return (row.name, score, words.word("band", row.band), "".join(row.top_reasons[:1]))


def _places(request: Request) -> Table:
    """Count the warned companies of each city (each district, for offices below the province)."""
    reader = published.reader()
    counts: dict[str, dict[str, int]] = {}
    names: dict[str, str] = {}
    level = "region" if len(request.user.region) <= 2 else "district"
    for band in ("red", "orange", "yellow"):
        asked = within_scope(request.user, CompanyFilter(bands=(band,)))
        for code, name, count in reader.count_by(asked, level):
            counts.setdefault(code, {})[band] = count
            names[code] = name
    ranked = sorted(counts, key=lambda code: _severity(counts[code]), reverse=True)[:MOST_PLACES]
    rows = []
    for code in ranked:
        cells: list[Cell] = [names[code] or "地区不明"]
        cells += [
            _place_figure(request, code, band, counts[code].get(band, 0))
            for band in ("red", "orange", "yellow")
        ]
        rows.append(tuple(cells))
    note = "" if rows else "没有预警企业。"
    return Table("places", "预警企业地区分布（户）", ("地区", "红色", "橙色", "黄色"), tuple(rows), note)


def _severity(counts: dict[str, int]) -> tuple[int, ...]:
    return tuple(counts.get(band, 0) for band in ("red", "orange", "yellow"))


def _place_figure(request: Request, code: str, band: str, count: int) -> Figure:
    return plain_figure(
        band,
        count,
        unit="户",
        source=RATING,
        run_id=request.run_id,
        link=f"{reverse('companies:list')}?band={band}&region={code}",
    )


def _overview(request: Request, figures: dict[str, Figure]) -> str:
    run = published.reader().current()
    as_of = words.written_moment(run.as_of) if run is not None else ""
    said = [
        f"截至{as_of}，辖内纳入监测并有评级的企业{mention('rated')}户，其中红色{mention('red')}户、"
        f"橙色{mention('orange')}户、黄色{mention('yellow')}户。"
    ]
    if any(figures[key].value for key in ("opened", "raised", "lowered", "withdrawn")):
        said.append(
            f"与上一批次相比，新增预警{mention('opened')}户，等级上升{mention('raised')}户，"
            f"等级下降{mention('lowered')}户，预警解除{mention('withdrawn')}户。"
        )
    else:
        said.append("与上一批次相比，各企业预警等级没有变化。")
    return "".join(said)


def _without_run() -> str:
    return "还没有发布评级结果，本期没有企业预警数据。"


def _advice(figures: dict[str, Figure]) -> str:
    said = []
    red, late = figures.get("red"), figures["clues_late"]
    if red is not None and red.value:
        said.append(f"对{mention('red')}户红色企业，{guidance.steps('red')[0]}。")
    raised = figures.get("raised")
    if raised is not None and raised.value:
        said.append(f"对等级上升的{mention('raised')}户企业，逐户核对上升原因，需要核查的当日建立线索。")
    if late.value:
        said.append(f"对超过时限的{mention('clues_late')}项办理事项，由责任单位说明原因并尽快办理。")
    if not said:
        said.append("继续做好日常监测，按时限办理在办线索。")
    return "".join(said)
