"""A reader over a small invented province in memory: the same questions, the same scope rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from lookout.hub.landing import Withdrawal
from lookout.hub.reading import (
    BatchEffect,
    BlindEntry,
    Coverage,
    CoverageCell,
    CoverageRow,
    Exposure,
    FactCount,
    FactQuestion,
    Freshness,
    Mark,
    MovedCompany,
    RefusedReason,
    TableCoverage,
    WantedTable,
)
from lookout.hub.reading.difference import KINDS, DifferenceFilter, DifferencePage, DifferenceRow
from lookout.hub.reading.model import (
    BANDS,
    DIMENSIONS,
    Band,
    BatchInfo,
    CatalogueEntry,
    CompanyFilter,
    CompanyRow,
    Contribution,
    Dossier,
    Evidence,
    EvidenceGroup,
    EvidenceRow,
    LabelHit,
    Page,
    Reason,
    Reject,
    RunInfo,
    ScoreChange,
    SourceState,
    TableHealth,
    TimelineEvent,
)
from lookout.hub.reading.queue import JudgementRow, QueueCase, QueueRow
from tests.web import fake_facts
from tests.web.stewards import cases as stewards

PLACES = {
    "440106": ("4401", "广州市", "广东省广州市天河区"),
    "440115": ("4401", "广州市", "广东省广州市南沙区"),
    "440305": ("4403", "深圳市", "广东省深圳市南山区"),
}
TYPES = {"private_fund": "私募基金", "wealth_management": "财富管理公司"}
HOSTILE_NAME = "=HYPERLINK(1)广州<b>众人通</b>财富管理有限公司"
NOW = datetime.fromisoformat("2026-10-31T23:59")  # Shanghai wall time, as the store keeps it


def _run(run_id: str, day: date, previous: str | None) -> RunInfo:
    figures = {
        "funnel": [("全量", 60), ("目标", 40), ("重点", 30)],
        "bands": {"red": 4, "orange": 6, "yellow": 8, "normal": 10, "grey": 2},
        "label_companies": {"CMP001": 3},
        "facts": 12_345,
        "dimension_weights": dict.fromkeys(DIMENSIONS, 0.2),
    }
    at = datetime.combine(day, NOW.time())
    return RunInfo(run_id, at, at, at.replace(second=42), previous, 7, "ab" * 32, figures)


RUNS = [_run("run-2", date(2026, 10, 31), "run-1"), _run("run-1", date(2026, 10, 30), None)]


def _score(number: int) -> Decimal | None:
    return None if number % 15 == 14 else Decimal("97.50") - Decimal("2.35") * number


def _band(score: Decimal | None) -> Band:
    if score is None:
        return "grey"
    return next(band for band, edge in zip(BANDS, (80, 60, 40, -1000), strict=False) if score >= edge)


def _company(number: int) -> CompanyRow:
    region = sorted(PLACES)[number % 3]
    score = _score(number)
    band = _band(score)
    kind = sorted(TYPES)[number % 2]
    change = (
        ("opened", "raised", "kept", "lowered")[number % 4] if band in ("red", "orange", "yellow") else ""
    )
    return CompanyRow(
        identifier=f"91{region}MA5D{number:06d}",
        name=HOSTILE_NAME if number == 0 else f"粤海第{number}财富管理有限公司",
        region=region,
        region_name=PLACES[region][2],
        organization_type=kind,
        organization_type_zh=TYPES[kind],
        score=score,
        band=band,
        previous_band=None if number == 1 else "yellow",
        previous_score=None if number == 1 or score is None else score - Decimal("5.20") + number,
        change=change,
        coverage=0.25 + number / 100,
        is_stale=number == 7,
        dimensions={} if score is None else dict.fromkeys(DIMENSIONS, float(score)),
        top_reasons=("宣称年化收益率20%", f"近90天投诉{number + 3}件", "存在延期兑付"),
        label_count=2,
    )


COMPANIES = tuple(_company(number) for number in range(30))
IN_TIANHE = COMPANIES[0]
IN_NANSHAN = COMPANIES[2]

_NO_COLUMNS: tuple[tuple[str, str], ...] = (
    ("received_on", "受理日期"),
    ("amount_yuan", "涉及金额（元）"),
    ("is_group", "是否群体"),
    ("text", "内容"),
)


def _evidence_row(line: int) -> EvidenceRow:
    values = {
        "received_on": date(2026, 10, line),
        "amount_yuan": Decimal("150000.00"),
        "is_group": True,
        "text": "承诺保本，到期不能兑付 <script>",
    }
    return EvidenceRow(values, "2026-10/complaint.csv", 3, line, NOW, "petition_office")


ROWS = EvidenceGroup(
    table="complaint",
    table_name="投诉举报",
    rule_text="截至日前90天内受理的投诉，数件数",
    rule_sql="SELECT * FROM complaint WHERE company_key = 1 AND occurred_on > DATE '2026-08-02'",
    columns=_NO_COLUMNS,
    rows=tuple(_evidence_row(line) for line in range(1, 6)),
    total=12,
)


def _line(code: str, points: str, **more: Any) -> Contribution:
    base: dict[str, Any] = {
        "part": "indicator", "name": f"指标{code}", "dimension": "harm", "value": 20.0, "value_text": "20 %",
        "sub_score": 95.0, "state": "observed", "weight": 0.25, "phrase": "", **more,
    }  # fmt: skip
    return Contribution(code=code, points=Decimal(points), **base)


def contributions(score: Decimal | None) -> tuple[Contribution, ...]:
    """Return lines that add up to the score."""
    if score is None:
        return (_line("C01", "0", state="missing", value=None, value_text="", sub_score=None),)
    fixed = (
        _line("Y01", "9.31", dimension="return_rate", name="宣称年化收益率", phrase="宣称年化收益率20%"),
        _line("P01", "7.40", dimension="complaint_rate", name="投诉量", phrase="近90天投诉12件"),
        _line("H07", "3.00", name="资质缺口", state="penalised", phrase="未见金融牌照"),
        _line("K01", "0", state="monitored_zero", value=0.0, value_text="0 起", sub_score=0.0),
        _line("C01", "0", state="missing", value=None, value_text="", sub_score=None),
        _line("", "12.00", part="prior", name="行业基准", dimension="public_exposure", weight=None,
              value=None, value_text="", sub_score=None),
        _line("CAP2", "-2.50", part="cap", name="只有一种证据来源", dimension="", weight=None,
              value=None, value_text="", sub_score=None),
    )  # fmt: skip
    rest = score - sum((line.points for line in fixed), Decimal(0))
    floor = _line("F02", str(rest), part="floor", name="延期兑付且高收益", dimension="", weight=None,
                  value=None, value_text="", sub_score=None)  # fmt: skip
    return (*fixed, floor)


def _label(code: str, severity: int, polarity: Any) -> LabelHit:
    return LabelHit(
        code, f"标签{code}", code[:3], "投诉举报" if polarity == "risk" else "正面信息", severity,
        "complaint_rate" if severity else "none", 12.0, date(2026, 10, 30), 0.93, "近90天投诉12件", polarity,
    )  # fmt: skip


def _dossier(row: CompanyRow) -> Dossier:
    graded = row.score is not None
    return Dossier(
        row=row,
        profile={
            "企业名称": row.name,
            "注册资本（元）": "10,000,000.00",
            "成立日期": date(2019, 5, 6),
            "实缴": None,
        },
        former_names=("众人通投资有限公司",),
        explanation="该企业近90天投诉12件；宣称收益率20%；存在延期兑付。触发规则F02，评为红色。数据覆盖度25%。",
        contributions=contributions(row.score),
        labels=(_label("CMP001", 5, "risk"), _label("POS001", 0, "positive")) if graded else (),
        sources=(
            SourceState("complaint", "投诉举报", "DC17", "投诉举报", True, 12, date(2026, 10, 30), NOW, ""),
            SourceState(
                "social_security_month",
                "社保缴纳",
                "DC13",
                "社会保险",
                False,
                0,
                None,
                None,
                "广州市的社保数据从未收到",
            ),
        ),
        timeline=(
            TimelineEvent(date(2026, 10, 30), "complaint", "投诉举报", "投诉：到期不能兑付", 3, 2),
            TimelineEvent(date(2026, 10, 31), "", "评级变化", "橙色 → 红色", None, None),
        )
        if graded
        else (),
        change=ScoreChange(
            Decimal("5.20"),
            {"new_facts": Decimal("6.00"), "decay": Decimal("-0.80"), "corrections": Decimal("0.00")},
        ),
        history=((RUNS[1].as_of, Decimal("70.10"), "orange"), (NOW, row.score, row.band)),
        missing_labels=(("SOC001", "社保人数骤降"),),
    )


BATCHES = [
    BatchInfo(3, "petition_office", "complaint", "投诉举报", "2026-10/complaint.csv", NOW, False, 100, 95, 3, 2,
              "c" * 64, "广东省"),
    BatchInfo(2, "market_regulation", "company", "企业登记", "2026-10/company.csv", NOW, True, 30, 30, 0, 0,
              "d" * 64, "广东省广州市"),
]  # fmt: skip
REJECTS = [
    Reject(7, "uscc", "91440106MA5D", "统一社会信用代码应为18位，请补全", '{"name": "=cmd|calc"}'),
    Reject(9, "received_on", "2026-02-30", "2月没有30日，请改正", "{}"),
    Reject(11, "amount_yuan", "-1", "金额不能为负", "{}"),
]
TABLES = [
    TableHealth(
        "complaint", "投诉举报", "DC17", "投诉举报", "信访局", 1, 95, 3, 20, NOW, 7, "fresh", ("44",)
    ),
    TableHealth(
        "company", "企业登记", "DC01", "登记注册", "市场监管局", 1, 30, 0, 30, NOW, 31, "stale", ("4401",)
    ),
    TableHealth(
        "housing_fund_month", "公积金缴存", "DC14", "公积金", "住建局", 0, 0, 0, 0, None, 31, "never", ()
    ),
]
FRESHNESS = [
    Freshness("law", "法院", "高院", "auction", "司法拍卖", "DC11", 35, None, NOW, NOW, "expired", 331, 2, 1, ()),
    Freshness("petition_office", "信访局", "信访局", "complaint", "投诉举报", "DC17", 7, 7, NOW, NOW, "fresh", 0, 3, 9, ("44",)),
    Freshness("housing", "公积金中心", "住建局", "housing_fund_month", "公积金缴存", "DC14", 31, None, None, None,
              "never", 0, None, 0, ()),
]  # fmt: skip
CATALOGUE = [
    CatalogueEntry("Y01", "indicator", "宣称年化收益率", "return_rate", "收益率", True, "", 0.25, None,
                   "广告或合同中宣称的最高年化收益率", 12, {"knots": "0:0,4:10,8:50,24:100", "unit": "%"}),
    CatalogueEntry("C05", "indicator", "传播深度", "public_exposure", "涉众面", False, "graph", 0.1, None,
                   "推荐层级的深度", 0, {"knots": [[0, 0], [3, 80]]}),
    CatalogueEntry("CMP001", "label", "投诉集中", "CMP", "投诉举报", True, "", None, 5, "近90天投诉不少于10件", 3,
                   {"evidence": [{"table": "complaint", "rule_text": "近90天的投诉", "sql": "SELECT 1"}]}),
    CatalogueEntry("POS001", "label", "守信企业", "POS", "正面信息", False, "text", None, 0, "纳税信用A级", 0, {}),
]  # fmt: skip


def _differing(row: CompanyRow) -> DifferenceRow:
    kind = KINDS[int(row.identifier[-6:]) % len(KINDS)]
    return DifferenceRow(
        kind, row.identifier, row.name, row.region, row.region_name,
        None if kind == "entered" else "yellow", None if kind == "left" else row.band,
        None if kind == "entered" else row.previous_score, None if kind == "left" else row.score,
        ("近90天投诉12件",), ("未见金融牌照",),
    )  # fmt: skip


def _mark(row: CompanyRow) -> Mark:
    told = repr(replace(row, change="", previous_band=None, previous_score=None))
    digests = (sha256(text.encode()).hexdigest() for text in (told, repr(row)))
    return Mark(row.identifier, row.region, str(row.band), *digests)


class FakeReader:
    """Answers like the real one; counts of everything derive from the same 30 companies."""

    def current(self) -> RunInfo | None:
        return RUNS[0]

    def run(self, run_id: str) -> RunInfo | None:
        return next((run for run in self.runs() if run.run_id == run_id), None)

    def runs(self) -> list[RunInfo]:
        return RUNS

    def run_stages(self, run_id: str) -> list[tuple[str, float]]:
        return [("合并事实", 3.2), ("计算标签", 1.5)]

    def _all(self) -> tuple[CompanyRow, ...]:
        return COMPANIES

    def _chosen(self, asked: CompanyFilter) -> list[CompanyRow]:
        def fits(row: CompanyRow) -> bool:
            return (
                (not asked.bands or row.band in asked.bands)
                and row.region.startswith(asked.region)
                and asked.organization_type in ("", row.organization_type)
                and asked.change in ("", row.change)
                and asked.label in ("", "CMP001")
                and (asked.identifiers is None or row.identifier in asked.identifiers)
                and (asked.text in row.name or asked.text in row.identifier)
                and (asked.scope is None or row.region.startswith(asked.scope or ("none",)))
            )

        return [row for row in self._all() if fits(row)]

    def list_companies(
        self, filter: CompanyFilter, *, sort: str = "-score", offset: int = 0, limit: int = 50
    ) -> Page:
        rows = self._chosen(filter)
        keys: dict[str, Any] = {
            "name": lambda r: r.name,
            "region": lambda r: r.region,
            "coverage": lambda r: r.coverage,
        }
        key = keys.get(sort.removeprefix("-"), lambda r: r.score if r.score is not None else Decimal(-1))
        rows.sort(key=key, reverse=sort.startswith("-"))
        return Page(tuple(rows[offset : offset + limit]), len(rows), offset)

    def difference(
        self, run_from: str, run_to: str, asked: DifferenceFilter, *, offset: int = 0, limit: int = 50
    ) -> DifferencePage:
        rows = [
            _differing(row) for row in self._chosen(CompanyFilter(region=asked.region, scope=asked.scope))
        ]
        counts = {kind: sum(row.kind == kind for row in rows) for kind in KINDS}
        found = [row for row in rows if row.kind in (asked.kind or KINDS)]
        return DifferencePage(tuple(found[offset : offset + limit]), len(found), counts)

    def count_facts(self, question: FactQuestion) -> list[FactCount]:
        return fake_facts.count(fake_facts.invented(self._all()), question)

    def exposures(self, filter: CompanyFilter, codes: tuple[str, ...], *, above: int) -> tuple[Exposure, ...]:
        return tuple(
            Exposure(
                identifier=row.identifier,
                name=row.name,
                region=row.region,
                organization_type=row.organization_type,
                score=row.score or Decimal(0),
                previous_score=row.previous_score,
                values=dict.fromkeys(codes, 9.0),
            )
            for row in self._chosen(filter)
            if max(row.score or 0, row.previous_score or 0) > above
        )

    def find_companies(self, text: str, scope: Any, limit: int = 10) -> list[CompanyRow]:
        return self._chosen(CompanyFilter(text=text, scope=scope))[:limit]

    def count_by(self, filter: CompanyFilter, dimension: str) -> list[tuple[str, str, int]]:
        read: dict[str, Any] = {
            "band": lambda r: (r.band, r.band),
            "region": lambda r: PLACES[r.region][:2],
            "district": lambda r: (r.region, PLACES[r.region][2][6:]),
            "organization_type": lambda r: (r.organization_type, r.organization_type_zh),
            "change": lambda r: (r.change, r.change),
        }
        counts: dict[tuple[str, str], int] = {}
        for row in self._chosen(filter):
            counts[read[dimension](row)] = counts.get(read[dimension](row), 0) + 1
        return [(code, name, count) for (code, name), count in sorted(counts.items())]

    def band_matrix(self, scope: Any) -> dict[tuple[str, str], int]:
        counts: dict[tuple[str, str], int] = {}
        for row in self._chosen(CompanyFilter(scope=scope)):
            pair = (row.previous_band or "", row.band or "")
            counts[pair] = counts.get(pair, 0) + 1
        return counts

    def score_histogram(self, filter: CompanyFilter) -> list[tuple[int, int]]:
        scores = [float(row.score) for row in self._chosen(filter) if row.score is not None]
        return [(edge, sum(edge <= score < edge + 5 for score in scores)) for edge in range(0, 100, 5)]

    def band_trend(self, scope: Any) -> list[tuple[datetime, dict[str, int]]]:
        counts = {code: n for code, _name, n in self.count_by(CompanyFilter(scope=scope), "band")}
        return [(run.as_of, counts) for run in reversed(self.runs())]

    def funnel(self) -> list[tuple[str, int]]:
        return [("全量", 60), ("目标", 40), ("重点", 30)]

    def contributions(self, identifier: str, scope: Any) -> Any:
        found = self.get_company(identifier, scope)
        return (found.row, found.contributions) if found else None

    def get_company(
        self,
        identifier: str,
        scope: Any,
        *,
        events: int = 200,
        enough: Any = None,
        with_profile: bool = True,
    ) -> Dossier | None:
        rows = [row for row in self._chosen(CompanyFilter(scope=scope)) if row.identifier == identifier]
        return _dossier(rows[0]) if rows else None

    def heaviest_reasons(
        self, identifiers: Any, *, most: int = 8, gravest: int = 3
    ) -> dict[str, list[Reason]]:
        return {one: [Reason("Y01", "宣称年化收益率20%", is_label=False)] for one in identifiers}

    def edition(self) -> str:
        return f"{RUNS[0].run_id}+0"

    def marks(self, *, live_only: bool = False) -> Iterator[Mark]:
        return (_mark(row) for row in self._all() if row.band and not live_only)

    def marked_rows(self, identifiers: Any, scope: Any) -> list[tuple[CompanyRow, Mark]]:
        rows = self._chosen(CompanyFilter(scope=scope, identifiers=tuple(identifiers)))
        return [(row, _mark(row)) for row in rows if row.band]

    def evidence(self, identifier: str, code: str, scope: Any, limit: int = 200) -> Evidence | None:
        if self.get_company(identifier, scope) is None or code not in (
            "Y01",
            "P01",
            "K01",
            "CMP001",
            "POS001",
        ):
            return None
        groups = () if code == "K01" else (ROWS,)
        return Evidence(code, f"依据{code}", "近90天投诉12件", "12 件", groups)

    def table_rows(self, identifier: str, table: str, scope: Any, limit: int = 200) -> EvidenceGroup | None:
        known = self.get_company(identifier, scope) is not None and table == "complaint"
        return replace(ROWS, rule_sql="", rule_text="") if known else None

    def tables(self) -> list[TableHealth]:
        return TABLES

    def coverage_months(self) -> list[str]:
        return ["2026-10", "2026-09"]

    def coverage(self, month: str, scope: Any) -> Coverage:
        places = [("4401", "广州市", 20), ("4403", "深圳市", 10)]
        if scope is not None:
            below = {"4401": ("440106", "天河区", 10), "440106": ("440106", "天河区", 10)}
            places = [below.get(scope[0], ("440305", "南山区", 10))]
        cells = tuple(CoverageCell(companies // 2, companies) for _prefix, _name, companies in places)
        rows = (
            CoverageRow(
                "DC01", "登记注册", tuple(CoverageCell(0, 0) for _place in places), CoverageCell(0, 0)
            ),
            CoverageRow("DC17", "投诉举报", cells, CoverageCell(sum(c.covered for c in cells), 30)),
        )
        return Coverage(month, NOW, tuple(places), rows, sum(companies for _p, _n, companies in places))

    def coverage_trend(self, scope: Any, category: str = "", region: str = "") -> Any:
        return [("2026-09", CoverageCell(0, 30)), ("2026-10", CoverageCell(15, 30))]

    def coverage_behind(self, month: str, category: str, region: str, scope: Any) -> Any:
        return [
            TableCoverage("complaint", "投诉举报", 5, 10, 4, (3,)),
            TableCoverage("clue", "线索", 0, 10, 0, ()),
        ]

    def freshness(self) -> list[Freshness]:
        return FRESHNESS

    def blind(self, scope: Any) -> list[BlindEntry]:
        wanted = (WantedTable("housing_fund_month", "公积金缴存", 30, NOW, True),)
        return [
            BlindEntry("CMP001", "label", "投诉集中", "", 30, 30, NOW, wanted),
            BlindEntry("C05", "indicator", "传播深度", "graph", 30, 30, None, ()),
        ]

    def refused(self) -> list[RefusedReason]:
        months = (("2026-09", 1), ("2026-10", 2))
        reason = "统一社会信用代码“…”应为#位，请补全"
        example = "统一社会信用代码“91440106MA5D”应为18位，请补全"
        return [
            RefusedReason(
                "petition_office", "信访局", "complaint", "投诉举报", "uscc", "统一社会信用代码", reason, example, 3,
                months, (3,),
            )
        ]  # fmt: skip

    def withdrawal(self, batch_no: int) -> Withdrawal | None:
        return Withdrawal(2, NOW, "陈岚", "报送单位发错了文件") if batch_no == 2 else None

    def batch_effects(self, batch_no: int, scope: Any) -> list[BatchEffect]:
        rows = [row for row in self._chosen(CompanyFilter(scope=scope)) if row.score is not None][:2]
        parts = {"new_facts": Decimal("5.00"), "corrections": Decimal("-1.20"), "decay": Decimal(0)}
        moved = tuple(
            MovedCompany(row, Decimal("3.80"), parts if number == 0 else None)
            for number, row in enumerate(rows)
        )
        return [BatchEffect("arrived", "run-1", "run-2", NOW, 12, len(moved), moved)] if batch_no == 3 else []

    def unresolved(self, limit: int = 200) -> list[tuple[str, str, str, int, str]]:
        return [("name", "宏达公司", "complaint", 4, "有3家企业同名")]

    def steward_queue(self) -> list[QueueRow]:
        return list(stewards.ROWS)

    def steward_case(self, number: str) -> QueueCase | None:
        return stewards.case(number)

    def judgements(self) -> list[JudgementRow]:
        return list(stewards.JUDGEMENTS)

    def batches(self, table: str = "", offset: int = 0, limit: int = 50) -> tuple[list[BatchInfo], int]:
        found = [batch for batch in BATCHES if not table or batch.table == table]
        return found[offset : offset + limit], len(found)

    def batch(self, batch_no: int) -> BatchInfo | None:
        return next((batch for batch in BATCHES if batch.batch_no == batch_no), None)

    def rejects(self, batch_no: int, limit: int = 200) -> list[Reject]:
        return REJECTS[:limit] if batch_no == 3 else []

    def catalogue(self, kind: str) -> list[CatalogueEntry]:
        return [entry for entry in CATALOGUE if entry.kind == kind]

    def catalogue_entry(self, code: str) -> CatalogueEntry | None:
        return next((entry for entry in CATALOGUE if entry.code == code), None)


class EmptyReader(FakeReader):
    """A run was published, and it holds no company and no batch."""

    def _all(self) -> tuple[CompanyRow, ...]:
        return ()

    def funnel(self) -> list[tuple[str, int]]:
        return [("全量", 0), ("目标", 0), ("重点", 0)]

    def tables(self) -> list[TableHealth]:
        return []

    def coverage(self, month: str, scope: Any) -> Coverage:
        return Coverage(month, NOW, (), (), 0)

    def freshness(self) -> list[Freshness]:
        return []

    def blind(self, scope: Any) -> list[BlindEntry]:
        return []

    def refused(self) -> list[RefusedReason]:
        return []

    def batch_effects(self, batch_no: int, scope: Any) -> list[BatchEffect]:
        return []

    def unresolved(self, limit: int = 200) -> list[tuple[str, str, str, int, str]]:
        return []

    def steward_queue(self) -> list[QueueRow]:
        return []

    def judgements(self) -> list[JudgementRow]:
        return []

    def batches(self, table: str = "", offset: int = 0, limit: int = 50) -> tuple[list[BatchInfo], int]:
        return [], 0


class UnpublishedReader(EmptyReader):
    """Nothing was ever published: like the real reader, most questions raise."""

    def current(self) -> RunInfo | None:
        return None

    def runs(self) -> list[RunInfo]:
        return []

    def run(self, run_id: str) -> RunInfo | None:
        return None

    def __getattribute__(self, name: str) -> Any:
        answers = ("current", "runs", "run", "run_stages", "batches", "batch", "rejects", "refused")
        if name.startswith("_") or name in answers:
            return object.__getattribute__(self, name)
        from lookout.hub.reading.reader import NothingPublishedError

        raise NothingPublishedError
