"""What a demonstration's desk begins with: clues on their way, cases with reports, complaints, a review, a notice.

Everything goes through the same doors as the work of people, so that records, deadlines and notices are there too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from lookout.hub.reading.model import CompanyFilter, CompanyRow
from lookout.web import published
from lookout.web.accounts.models import Agency, User
from lookout.web.cases import reporting
from lookout.web.cases import services as cases
from lookout.web.cases.models import Case
from lookout.web.cases.services import Filing
from lookout.web.cases.states import CaseVerb, Determination
from lookout.web.cases.words import Figure, Industry, ReportKind
from lookout.web.clues.models import Clue
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import Source
from lookout.web.companies import reviewing
from lookout.web.complaints import keys, publishing
from lookout.web.complaints import services as complaints
from lookout.web.complaints.models import Complaint
from lookout.web.complaints.services import Report
from lookout.web.complaints.words import Approach, ComplaintKind, Finding, Refusal, Trouble
from lookout.web.dispatch import onsite, services
from lookout.web.dispatch.onsite import VisitForm
from lookout.web.objections.grounds import Ground
from lookout.web.objections.services import issue, object_to

TIANHE, NANSHAN = "440106", "440305"
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
OFFICERS = ({"name": "吴健", "card": "粤A0001"}, {"name": "何平", "card": "粤A0002"})
TOLD = (
    (
        ComplaintKind.FUND_RAISING,
        "业务员在门店开讲座，说保本年化百分之十八，我交了五万元，到期一直提不出来。",
        5,
    ),
    (ComplaintKind.FUND_RAISING, "小区里发传单，老人交了养老钱，合同写的是预付卡，口头承诺按月返利。", 12),
    (ComplaintKind.CONSUMER, "充值送礼品，现在关门了，电话没有人接，卡里还有三千多元。", 0),
    (ComplaintKind.TOKEN, "群里老师带着买他们自己的币，说只涨不跌，拉人进来还有提成，现在网站打不开。", 30),
    (
        ComplaintKind.FUND_RAISING,
        "说是公司扩建缺资金，借给他们按季付息，上个季度没有付，也见不到负责人。",
        20,
    ),
    (ComplaintKind.SECURITIES, "打电话说有原始股，下个月上市能翻三倍，让把钱转到个人账户。", 8),
    (ComplaintKind.LOAN, "办贷款先收了手续费，钱没有放下来，要求退费一直推脱。", 1),
)


def furnish(now: datetime) -> bool:
    """Furnish the desk of a demonstration once; return whether anything was added. The demo people must be there."""
    if Case.objects.exists() or Complaint.objects.exists():
        return False
    people = {user.username: user for user in User.objects.all()}
    with transaction.atomic():
        _clues(people, now)
        _cases(people, now)
        _complaints(people, now)
        _beside_ratings(people, now)
    return True


# ---- clues ---------------------------------------------------------------------------------------
def _clues(people: dict[str, User], now: datetime) -> None:
    """Judge, send, visit and report on a few of the clues that warnings have opened in Tianhe."""
    lin, wu = people["lin"], people["wu"]
    tianhe = Agency.objects.get(code="gz-tianhe")
    fresh = Clue.objects.filter(state=ClueState.NEW, region_business=TIANHE).order_by("pk")[:4]
    for place, clue in enumerate(fresh):
        at = now - 3 * A_DAY
        judged = services.triage(
            lin, clue, version=clue.version, now=at, band=clue.band, activity_class="", summary=clue.summary,
            advice="核实宣传内容和资金去向", secrecy="internal",
        )  # fmt: skip
        if place == 0:
            continue
        order = services.dispatch(
            lin, judged, tianhe, now=at + AN_HOUR, version=judged.version, instruction="三日内到场"
        )
        if place == 1:
            continue
        order = services.accept(wu, order, version=order.version, now=at + 3 * AN_HOUR)
        order = services.start(wu, order, version=order.version)
        seen = VisitForm(
            now - A_DAY,
            "天河区门店",
            OFFICERS,
            "soliciting",
            {},
            "现场有宣传资料",
            form_key=f"demo {clue.pk}",
        )
        onsite.visit(wu, order, seen, [], now=now - A_DAY)
        measure = onsite.take_measure(
            wu, order, kind="query_account", note="查对公账户", now=now - A_DAY, form_key=f"demo m{clue.pk}"
        )
        if place == 3:
            onsite.decide_measure(lin, measure, approve=True, note="同意", now=now - AN_HOUR)
            services.report(
                wu, order, version=order.version, text="现场仍在揽客，已要求停止发布并整改", proposed_outcome="admin",
                now=now - AN_HOUR,
            )  # fmt: skip


# ---- cases ---------------------------------------------------------------------------------------
def _cases(people: dict[str, User], now: datetime) -> None:
    """File cases with what happened since, and let last month's reports be on their way."""
    today = timezone.localdate(now)
    for by, region, name, industry, absorbed, participants, days, steps in (
        ("wu", TIANHE, "安盈财富", Industry.INTERMEDIARY, 36_500_000, 412, 70, _TRANSFERRED),
        ("wu", TIANHE, "颐乐年养老", Industry.ELDERLY_CARE, 8_200_000, 163, 25, _SUSPENDED),
        ("zhao", NANSHAN, "链通数字资产", Industry.VIRTUAL_CURRENCY, 121_000_000, 2_380, 95, _TRANSFERRED),
        ("lin", "440115", "丰收农业合作", Industry.AGRICULTURE, 2_900_000, 58, 12, ()),
    ):
        filed = today - timedelta(days=days)
        filing = Filing(
            name=f"{name}非法集资案",
            company_name=f"{name}（演示）有限公司",
            clue_source=Source.MODEL,
            lead_region=region,
            industry=industry,
            mode="承诺保本付息，向不特定公众吸收资金",
            first_found_on=filed - timedelta(days=20),
            filed_on=filed,
            absorbed=Decimal(absorbed),
            participants=Decimal(participants),
        )
        case = cases.file_case(people[by], filing, now=now)
        for after, verb, value in steps:
            case = cases.happen(
                people[by], case, verb, on=filed + timedelta(days=after), now=now, value=value
            )
        unpaid = Decimal(absorbed) * 3 / 4
        cases.add_figure(people[by], case, Figure.UNPAID, unpaid, on=today - A_DAY, now=now)
    _reports(people, now)


_SUSPENDED = ((2, CaseVerb.INVESTIGATE, ""), (5, CaseVerb.SUSPEND, ""))
_TRANSFERRED = (
    (2, CaseVerb.INVESTIGATE, ""),
    (30, CaseVerb.DETERMINE, Determination.ILLEGAL),
    (32, CaseVerb.TRANSFER, ""),
    (40, CaseVerb.POLICE_FILE, ""),
)


def _reports(people: dict[str, User], now: datetime) -> None:
    """Submit, review and accept monthly reports, so that one waits at each level."""
    monthly = {
        code: reporting.owe(Agency.objects.get(code=code), ReportKind.MONTHLY, now)[0]
        for code in ("gz-tianhe", "sz-nanshan", "gz-lead", "sz-lead")
    }
    submitted = reporting.submit(
        people["wu"], monthly["gz-tianhe"], version=monthly["gz-tianhe"].version, now=now
    )
    reporting.review(people["lin"], submitted, version=submitted.version, now=now)
    reporting.submit(people["lin"], monthly["gz-lead"], version=monthly["gz-lead"].version, now=now)


# ---- complaints ----------------------------------------------------------------------------------
def _complaints(people: dict[str, User], now: datetime) -> None:
    """Take complaints in about companies that are warned of, each at another step of its way."""
    wu = people["wu"]
    rows = _warned(TIANHE, 5) + _warned(NANSHAN, 2)
    made = []
    for place, ((kind, text, wan), row) in enumerate(zip(TOLD, rows, strict=False)):
        report = Report(
            company_name=row.name,
            company=row.identifier,
            company_region=row.region if len(row.region) == 6 else "",
            kind=kind,
            text=text,
            code=keys.new_code(),
            troubles=(Trouble.PROMISED,) if kind == ComplaintKind.FUND_RAISING else (),
            approach=Approach.STREET,
            amount=Decimal(wan) * 10_000 if wan else None,
            region=row.region if len(row.region) == 6 else "",
            name="演示举报人" if place == 1 else "",
            phone="13800000000" if place == 1 else "",
        )
        made.append(complaints.receive(report, now=now - (9 - place) * A_DAY)[0])
    if len(made) < len(TOLD):
        return  # a province too small to have so many warnings
    taken = [complaints.accept(wu, one, now=now - A_DAY) for one in made[1:4]]
    checked = [complaints.verify(wu, one, now=now - A_DAY) for one in taken[1:]]
    complaints.answer(
        wu, checked[1], finding=Finding.PARTIAL, text="已责令停止宣传；合同问题请向法院起诉。", now=now
    )
    complaints.refuse(
        wu, made[4], refusal=Refusal.IN_COURT, answer="该纠纷法院已立案，请向承办法官反映。", now=now
    )


def _warned(region: str, count: int) -> tuple[CompanyRow, ...]:
    asked = CompanyFilter(region=region, bands=("red", "orange", "yellow"))
    return published.reader().list_companies(asked, limit=count).rows


# ---- beside ratings ------------------------------------------------------------------------------
def _beside_ratings(people: dict[str, User], now: datetime) -> None:
    """Propose another level, let a company object, and publish a confirmed notice."""
    run, rows = published.reader().current(), _warned(TIANHE, 3)
    if run is None or len(rows) < 3:
        return
    reviewing.propose(
        people["lin"], rows[1], run_id=run.run_id, band="normal", reason="已核实：投诉对象是同名的另一家企业",
        expires_on=timezone.localdate(now) + timedelta(days=60), now=now,
    )  # fmt: skip
    letter, _code = issue(people["lin"], rows[2], now=now - 2 * A_DAY)
    ground = Ground("demo", "administrative_penalty", "行政处罚 2026-06-18")
    object_to(letter, ground, why="处罚决定已被复议撤销，附复议决定书。", form_key="demo", now=now - A_DAY)
    notice = publishing.draft(
        people["lin"], company=rows[0].identifier, company_name=rows[0].name, region=TIANHE,
        title="责令停止以投资理财名义吸收资金", basis="穗金责停〔2026〕7 号（演示）", now=now - A_DAY,
        text="经查，该企业未取得金融业务许可，以保本付息向公众吸收资金，已责令停止。请公众谨防损失。",
    )  # fmt: skip
    publishing.confirm(people["chen"], notice, now=now - A_DAY)
    notice.refresh_from_db()
    publishing.comment(notice, "我也参加过，怎样登记？", form_key="demo", now=now)
