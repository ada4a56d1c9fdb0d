"""What every provider does alike: find its run and region, and collect figures that say where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.http import urlencode

from lookout.hub.reading import CompanyFilter, CompanyRow, FactCount, FactQuestion, Reader, RunInfo
from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.kernel.regions import tree_prefix
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.cases.totals import Period, year_before
from lookout.web.clues.models import Clue
from lookout.web.companies.access import within_scope
from lookout.web.companies.filters import region_title
from lookout.web.reports.figures import (
    MOST_ROWS,
    Cell,
    Chart,
    ChartKind,
    Content,
    Figure,
    Request,
    Table,
    Value,
    frozen_rows,
    mention,
)
from lookout.web.reports.reading import (
    CLUE_COLUMNS,
    COMPANY_COLUMNS,
    LEDGER,
    RATING,
    clue_cells,
    company_cells,
    period_words,
)
from lookout.web.situation.access import access_region
from lookout.web.situation.index_inputs import top_prefix

UNKNOWN = "无数据"
NOTHING_TO_COMPARE = "无可比数据"
TENTH, CENT = Decimal("0.1"), Decimal("0.01")
WAN, YI = Decimal(10_000), Decimal(100_000_000)


def written(value: Value, *, places: int | None = None) -> str:
    """Return a number as printed: thousands apart, decimals only where it has some; UNKNOWN for None."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    if isinstance(value, int) and places is None:
        return f"{value:,}"
    step = Decimal(1).scaleb(-(2 if places is None else places))
    return f"{Decimal(value).quantize(step, ROUND_HALF_UP):,}"


def share(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """Return a part in percent to one decimal, None when there is nothing to divide by."""
    if part is None or not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(TENTH, ROUND_HALF_UP)


def money(yuan: Decimal | None) -> tuple[Decimal | None, str]:
    """Return an amount in the unit it is read in: 亿元 from a hundred million on, else 万元."""
    if yuan is None:
        return None, "万元"
    large = abs(yuan) >= YI
    return (yuan / (YI if large else WAN)).quantize(CENT, ROUND_HALF_UP), "亿元" if large else "万元"


def companies_address(**query: Any) -> str:
    """Return the address of the list of companies under a filter."""
    return _address("companies:list", query)


def clues_address(**query: Any) -> str:
    """Return the address of the ledger under a filter."""
    return _address("clues:list", query)


def company_address(identifier: str) -> str:
    """Return the address of a company's page."""
    return reverse("companies:page", args=[identifier])


def rows_address(identifier: str, table: str) -> str:
    """Return the address of the raw rows of a company in one table."""
    return reverse("companies:rows", args=[identifier, table])


def query_of(narrow: Mapping[str, Any]) -> dict[str, Any]:
    """Return conditions of a filter as the list's address has them."""
    names = {"bands": "band", "organization_type": "type"}
    return {names.get(name, name): value for name, value in narrow.items()}


def _address(name: str, query: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in query.items() if value not in ("", None, ())}
    return reverse(name) + (f"?{urlencode(kept, doseq=True)}" if kept else "")


class Gathering:
    """Collects the content of one report. `region` is a prefix, '' for all the person sees."""

    def __init__(self, request: Request, *, region: str | None = None) -> None:
        self.request = request
        self.reader: Reader = published.reader_of(request.run_id)
        run = self.reader.current()
        if run is None:
            raise DataError("还没有发布过评级结果，这份报告没有可用的数据；请在评级完成后再生成")
        self.run: RunInfo = run
        self.scope = scope_of(request.user)
        self.region = region_of(request) if region is None else region
        self.figures: dict[str, Figure] = {}
        self.tables: dict[str, Table] = {}
        self.charts: dict[str, Chart] = {}
        self.texts: dict[str, str] = {}

    # ---- the frame ------------------------------------------------------------------------------
    @property
    def region_name(self) -> str:
        """Return the name of the region reported on."""
        return region_title(self.region or top_prefix())

    @property
    def period(self) -> str:
        """Return the period as printed."""
        return period_words(self.request.start, self.request.end)

    @property
    def at(self) -> str:
        """Return the instant of the rating as printed."""
        return f"截至 {self.run.as_of:%Y-%m-%d}"

    @property
    def span(self) -> Period:
        """Return the period as days."""
        return Period(self.request.start, self.request.end)

    @property
    def before(self) -> Period:
        """Return the period of equal length right before (环比); of whole months, as many months before."""
        start, end = self.request.start, self.request.end
        if start.day == 1 and (end + timedelta(days=1)).day == 1:
            months = (end.year - start.year) * 12 + end.month - start.month + 1
            number = start.year * 12 + start.month - 1 - months
            return Period(date(number // 12, number % 12 + 1, 1), start - timedelta(days=1))
        return Period(start - (end - start) - timedelta(days=1), start - timedelta(days=1))

    @property
    def year_before(self) -> Period:
        """Return the same days of the year before (同比)."""
        return Period(year_before(self.request.start), year_before(self.request.end))

    def instants(self, span: Period | None = None) -> tuple[datetime, datetime]:
        """Return the first instant of a period and the first after it."""
        days = span or self.span
        after = days.end + timedelta(days=1)
        return datetime.combine(days.start, time(), SHANGHAI), datetime.combine(after, time(), SHANGHAI)

    # ---- asking ---------------------------------------------------------------------------------
    def filter(self, **narrow: Any) -> CompanyFilter:
        """Return the filter of the region, inside what the person sees."""
        return within_scope(self.request.user, CompanyFilter(**{"region": self.region, **narrow}))

    def facts(self, table: str, *, span: Period | None = None, **asked: Any) -> list[FactCount]:
        """Count facts of the companies the person sees in the region; of all days unless `span` says which."""
        days = {} if span is None else {"start": span.start, "end": span.end}
        return self.reader.count_facts(
            FactQuestion(table, region=self.region, scope=self.scope, **{**days, **asked})
        )

    def delivered(self, table: str) -> bool:
        """Tell whether any row of a table has ever come."""
        return any(one.table == table and one.rows for one in self.reader.tables())

    def count(self, **narrow: Any) -> int:
        """Return how many companies a filter lists."""
        return self.reader.list_companies(self.filter(**narrow), limit=1).total

    def listed(self, key: str, source: str = RATING, **narrow: Any) -> str:
        """Keep how many companies a filter lists, with the first of them, and return it with its unit."""
        page = self.reader.list_companies(self.filter(**narrow), limit=MOST_ROWS)
        return self.figure(
            key,
            page.total,
            "户",
            source=source,
            link=companies_address(region=self.region, **query_of(narrow)),
            rows=frozen_rows((company_cells(row) for row in page.rows), COMPANY_COLUMNS),
        )

    def company_cell(self, key: str, total: int, **narrow: Any) -> Figure:
        """Return a count of companies for a cell, with the list it opens."""
        link = companies_address(**{"region": self.region, **query_of(narrow)})
        return self.make(key, total, "户", source=RATING, link=link)

    def clues(self, key: str, found: QuerySet[Clue], **query: Any) -> str:
        """Keep a count of clues, which must be what the person may see, with the first of them."""
        listed = found.select_related("owner").order_by("-opened_at", "-pk")
        return self.figure(
            key,
            found.count(),
            "件",
            source=LEDGER,
            link=clues_address(region=self.region, **query),
            of_run=False,
            rows=frozen_rows((clue_cells(clue) for clue in listed[:MOST_ROWS]), CLUE_COLUMNS),
        )

    def companies(self, *, most: int, **narrow: Any) -> list[CompanyRow]:
        """Return the first companies of a list, the highest score first."""
        return list(self.reader.list_companies(self.filter(**narrow), limit=most).rows)

    # ---- collecting -----------------------------------------------------------------------------
    def make(
        self,
        key: str,
        value: Value,
        unit: str = "",
        *,
        source: str,
        words: str = "",
        period: str = "",
        link: str = "",
        rows: tuple[Mapping[str, str], ...] | None = None,
        of_run: bool = True,
    ) -> Figure:
        """Return a figure without keeping it: for the cell of a table."""
        return Figure(
            key=key,
            value=value,
            words=words or written(value),
            unit=unit if value is not None else "",
            period=period or (self.at if of_run else self.period),
            source=source,
            run_id=self.run.run_id if of_run else "",
            link=link,
            rows=rows,
        )

    def rate(self, part: Decimal | int | None, whole: Decimal | int | None, **about: Any) -> Figure:
        """Return a part in percent for the cell of a table."""
        value = share(part, whole)
        return self.make("rate", value, "%", words=written(value, places=1), **about)

    def figure(self, key: str, value: Value, unit: str = "", **about: Any) -> str:
        """Keep a figure and return what stands for it in a sentence, with its unit."""
        made = self.make(key, value, unit, **about)
        self.figures[key] = made
        return f"{mention(key)}{made.unit}"

    def compared(self, key: str, now: Decimal | int | None, before: Decimal | int | None, word: str) -> str:
        """Keep a change and return it as a phrase: 环比上升 12.3%, of a share in points; says so where nothing compares."""
        if now is None or before is None:
            return f"{word}{NOTHING_TO_COMPARE}"
        of = self.figures[key]
        is_share = of.unit == "%"
        if not before and not is_share:
            return f"{word}持平，均为 0" if not now else f"{word}期为 0，无法计算增幅"
        # A share moves by points: from 10 % to 20 % is ten points, not a doubling.
        moved = Decimal(now) - Decimal(before)
        if not is_share:
            moved = moved * 100 / abs(Decimal(before))
        moved = moved.quantize(TENTH, ROUND_HALF_UP)
        if not moved:
            return f"{word}持平"
        name = f"{key}_{'year' if word == '同比' else 'last'}"
        stands = self.figure(
            name,
            abs(moved),
            "个百分点" if is_share else "%",
            words=written(abs(moved), places=1),
            source=f"{of.source}；上期 {written(before)}{of.unit}",
            period=of.period,
            link=of.link,
            of_run=bool(of.run_id),
            rows=frozen_rows([(written(now), written(before))], ("本期", "对比期")),
        )
        return f"{word}{'上升' if moved > 0 else '下降'}{stands}"

    def table(
        self, key: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], note: str = ""
    ) -> None:
        """Keep a table."""
        self.tables[key] = Table(key, title, tuple(columns), tuple(tuple(row) for row in rows), note)

    def chart(
        self,
        key: str,
        title: str,
        kind: ChartKind,
        categories: Sequence[str],
        series: Mapping[str, Sequence[Decimal | int | None]],
        unit: str = "",
    ) -> None:
        """Keep a chart; one without any number is left out."""
        values = {
            name: tuple(None if value is None else Decimal(value) for value in given)
            for name, given in series.items()
        }
        if any(value is not None for given in values.values() for value in given):
            self.charts[key] = Chart(key, title, kind, tuple(categories), values, unit)

    def text(self, key: str, *sentences: str) -> None:
        """Keep a text, one paragraph for each argument that is not empty."""
        self.texts[key] = "\n".join(sentence for sentence in sentences if sentence)

    def content(self) -> Content:
        """Return everything that was collected."""
        return Content(self.figures, self.tables, self.charts, self.texts)


def region_of(request: Request) -> str:
    """Return the prefix of the region asked for, the person's own when none was. Raises DataError for a foreign one."""
    try:
        return access_region(request.user, tree_prefix(request.subject) if request.subject else "")
    except Http404:
        raise DataError(f"没有地区“{request.subject}”，或者它不在您的范围内；请重新选择地区") from None
