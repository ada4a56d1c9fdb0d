"""What companies file every month, quarter and year: staff, taxes, invoices, meters, annual reports."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.demo.cells import (
    NEVER,
    Floats,
    Ints,
    Mask,
    choose,
    codes,
    either,
    hashed,
    numbered,
    text,
    when,
    yuan,
)
from lookout.demo.chunk import SIZE_FACTOR, Chunk, spread
from lookout.demo.population import INDIVIDUAL
from lookout.demo.words import words

_MINIMUM_BASE = 5_300  # yuan a month on which contributions are paid


def write(chunk: Chunk) -> None:
    """Write the periodic tables."""
    _staff(chunk)
    _taxes(chunk)
    _tax_standing(chunk)
    _utilities(chunk)
    _annual_reports(chunk)


def in_arrears(chunk: Chunk) -> Mask:
    """Tell which companies stop paying tax and contributions during their episode."""
    rng = chunk.rng("arrears")
    result = np.zeros(len(chunk.population), bool)
    for kind, mine in chunk.confounders():
        result[mine] = rng.random(len(mine)) < kind.episode.arrears
    return result


def _share(chunk: Chunk, salt: int, micro: float, others: float) -> Mask:
    """Choose the companies a source knows, the same ones every time; hardly any one-person shop."""
    population = chunk.population
    chance = np.where(population.size == 0, micro, others)
    chance = np.where(population.company_type == INDIVIDUAL, chance * 0.2, chance)
    chance = np.where(population.is_scheme, np.maximum(chance, 0.5), chance)
    return hashed(population.numbers, np.full(len(population), salt)) % 10_000 < chance * 10_000


def _panel(chunk: Chunk, mine: Mask, months: Ints) -> tuple[Ints, Ints]:
    """Return company and month of every cell in which these companies were in business."""
    who = np.flatnonzero(mine)
    place, month = np.nonzero(chunk.activity[np.ix_(who, months)] > 0)
    return who[place], months[month]


def _all_months(chunk: Chunk) -> Ints:
    return np.arange(chunk.calendar.months)


def staff_in(chunk: Chunk, who: Ints, months: Ints) -> Floats:
    """Return people employed; they follow the business with less swing than it."""
    population = chunk.population
    people = population.staff[who] * np.minimum(chunk.activity[who, months], 1.6) ** 0.6
    course = population.course_of[who]
    if len(population.members):
        helpers = population.course.participants[np.maximum(course, 0), months] / 60
        people = people + np.where(course >= 0, np.minimum(helpers, 120), 0)
    return people


def _staff(chunk: Chunk) -> None:
    rng, calendar = chunk.rng("staff"), chunk.calendar
    unpaid = in_arrears(chunk)
    mine = _share(chunk, 21, 0.3, 0.85)
    who, month = _panel(chunk, mine, _all_months(chunk))
    insured = 0.55 + 0.45 * (hashed(chunk.population.numbers[who], np.full(len(who), 22)) % 100) / 100
    heads = np.floor(staff_in(chunk, who, month) * insured)
    base = heads * spread(rng, np.full(len(who), _MINIMUM_BASE * 1.25), 0.1)
    owing = unpaid[who] & (chunk.during[who, month] > 0.15)
    since = np.floor((calendar.starts[month] - chunk.population.episode_start[who]) / 30).clip(1, 24)
    known = calendar.starts[month + 1] - 1
    chunk.emit(
        "social_security_month",
        who,
        known,
        {
            "period": calendar.starts[month],
            "headcount": heads.astype(np.int64),
            "base_sum_yuan": yuan(base),
            "paid_yuan": yuan(np.where(owing, 0, base * 0.25)),
            "unpaid_months": np.where(owing, since, 0).astype(np.int64),
        },
    )
    part = _share(chunk, 23, 0.05, 0.3)[who]
    chunk.emit(
        "income_tax_month",
        who[part],
        known[part],
        {
            "period": calendar.starts[month][part],
            "headcount": np.floor(staff_in(chunk, who[part], month[part])).astype(np.int64),
        },
    )
    part = _share(chunk, 24, 0.03, 0.3)[who]
    chunk.emit(
        "housing_fund_month",
        who[part],
        known[part],
        {
            "period": calendar.starts[month][part],
            "headcount": np.where(owing, 0, heads * 0.9).astype(np.int64)[part],
            "paid_yuan": yuan(np.where(owing, 0, base * 0.1))[part],
        },
    )


def revenue_in(chunk: Chunk, who: Ints, months: Ints) -> Floats:
    """Return a month's ordinary income; deposits of a scheme's participants are not income."""
    return chunk.population.revenue[who] * chunk.activity[who, months]


def _taxes(chunk: Chunk) -> None:
    rng, calendar = chunk.rng("taxes"), chunk.calendar
    quarters = np.flatnonzero(calendar.numbers % 3 == 0)
    who, month = _panel(chunk, _share(chunk, 25, 0.45, 0.9), quarters)
    who, month = np.repeat(who, 2), np.repeat(month, 2)
    is_income_tax = np.arange(len(who)) % 2 == 1
    income = spread(rng, revenue_in(chunk, who, month) * 3, 0.1)
    rate = np.where(is_income_tax, 0.25, np.where(chunk.population.size[who] > 1, 0.13, 0.03))
    due = np.where(is_income_tax, income * 0.05, income) * rate * np.where(is_income_tax, 1, 0.3)
    chunk.emit(
        "tax_declaration",
        who,
        calendar.starts[month + 1] - 1,
        {
            "period": calendar.starts[month],
            "tax_type": either(is_income_tax, "企业所得税", "增值税"),
            "line_no": text(["1"] * len(who)),
            "item": either(is_income_tax, "应纳税所得额", "销售额"),
            "revenue_yuan": yuan(income),
            "rate": rate,
            "deduction_yuan": yuan(due * np.where(rng.random(len(who)) < 0.2, 0.2, 0)),
            "paid_yuan": yuan(due),
        },
    )
    who, month = _panel(chunk, _share(chunk, 26, 0.15, 0.5), _all_months(chunk))
    amount = spread(rng, revenue_in(chunk, who, month), 0.15)
    chunk.emit(
        "tax_invoice_month",
        who,
        calendar.starts[month + 1] - 1,
        {
            "period": calendar.starts[month],
            "invoice_count": np.maximum(1, amount / 9_000).astype(np.int64),
            "amount_yuan": yuan(amount),
        },
    )


def _tax_standing(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("tax standing"), chunk.population, chunk.calendar
    unpaid = in_arrears(chunk)
    for year in range(int(calendar.years[0]), int(calendar.years[-1]) + 1):
        graded = int(calendar.starts[0]) + (year - int(calendar.years[0])) * 365 + 30
        old_enough = (
            (population.established < graded - 200) & (chunk.ends > graded) & _share(chunk, 27, 0.5, 0.95)
        )
        who = np.flatnonzero(old_enough & (graded <= calendar.end))
        bad = unpaid[who] & (population.episode_start[who] < graded)
        point = np.where(bad, rng.uniform(15, 60, len(who)), 100 - rng.gamma(2.2, 7.5, len(who))).clip(
            10, 100
        )
        grade = np.select([point >= 90, point >= 70, point >= 40], ["a", "b", "c"], "d")
        young = population.established[who] > graded - 1100
        chunk.emit(
            "tax_credit_grade",
            who,
            np.full(len(who), graded),
            {
                "grade_year": np.full(len(who), year - 1),
                "grade": either(young & (point >= 70), "m", text(grade.tolist())),
                "score": np.round(point, 1),
                "graded_on": np.full(len(who), graded),
            },
        )
    rates = np.full((len(population), calendar.months), chunk.scenario.noise.tax_arrears)
    rates[unpaid] += 0.25 * ((chunk.during[unpaid] > 0.3) & (chunk.activity[unpaid] > 0))
    who, day = chunk.draw(rng, rates)
    cleared = np.where(
        (rng.random(len(who)) < 0.55) & ~unpaid[who], day + rng.integers(20, 300, len(who)), NEVER
    )
    chunk.emit(
        "tax_arrears",
        who,
        day,
        {
            "tax_type": choose(rng, words().lists["tax_types"], len(who)),
            "balance_yuan": yuan(spread(rng, population.revenue[who] * 0.15 + 3_000, 0.8)),
            "noticed_on": day,
        },
        closes=("cleared_on", cleared),
    )
    _tax_status(chunk, rng)
    who, day = chunk.draw(rng, np.full(len(population), 0.0003))
    chunk.emit(
        "tax_violation",
        who,
        day,
        {
            "document_no": numbered("粤税罚", chunk.deliveries.ids("tax_violation", len(who)), 9),
            "violation_type": codes(rng, {"false_invoice": 4, "evasion": 4, "other": 2}, len(who)),
            "is_major_listed": rng.random(len(who)) < 0.15,
            "amount_yuan": yuan(spread(rng, population.revenue[who] * 2 + 10_000, 1.0)),
            "decided_on": day,
        },
    )


def _tax_status(chunk: Chunk, rng: np.random.Generator) -> None:
    """Firms that fell silent become abnormal taxpayers after some months; a few return."""
    population, calendar = chunk.population, chunk.calendar
    gone = np.flatnonzero((chunk.ends <= calendar.end) & (rng.random(len(population)) < 0.7))
    day = chunk.ends[gone] + rng.integers(40, 260, len(gone))
    closed = population.closed[gone] <= calendar.end
    strays, stray_day = chunk.draw(rng, np.full(len(population), 0.0006))
    who = np.concatenate([gone, strays])
    day = np.concatenate([np.where(closed, chunk.ends[gone], day), stray_day])
    status = np.concatenate([np.where(closed, "deregistered", "abnormal"), np.full(len(strays), "abnormal")])
    absconded = (status == "abnormal") & (rng.random(len(who)) < 0.2)
    back = np.concatenate([np.full(len(gone), NEVER), stray_day + rng.integers(30, 400, len(strays))])
    seen = (day >= calendar.start) & (day <= calendar.end)
    chunk.emit(
        "tax_status",
        who[seen],
        day[seen],
        {
            "status": either(absconded, "absconded", text(status.tolist())).filter(pa.array(seen)),
            "since": day[seen],
        },
        closes=("until", back[seen]),
    )


def _utilities(chunk: Chunk) -> None:
    rng, calendar = chunk.rng("utilities"), chunk.calendar
    who, month = _panel(chunk, _share(chunk, 28, 0.08, 0.35), _all_months(chunk))
    people = staff_in(chunk, who, month)
    chunk.emit(
        "utility_month",
        who,
        calendar.starts[month + 1] - 1,
        {
            "period": calendar.starts[month],
            "electricity_kwh": np.round(spread(rng, people * 150 + 60), 1),
            "water_m3": np.round(spread(rng, people * 2.5 + 2), 1),
        },
    )


def _annual_reports(chunk: Chunk) -> None:
    rng, population, calendar, noise = (
        chunk.rng("annual"),
        chunk.population,
        chunk.calendar,
        chunk.scenario.noise,
    )
    # Two years from before the window belong to the first delivery.
    for year in range(int(calendar.years[0]) - 2, int(calendar.years[-1])):
        first_day = _new_year(year + 1)
        report = rng.uniform(0, 178, len(population)) ** 1.0
        late = rng.random(len(population)) < noise.late_annual_report
        day = (first_day + np.where(late, 185 + rng.uniform(0, 120, len(population)), report)).astype(
            np.int64
        )
        alive = (population.established < first_day - 30) & (chunk.ends > day) & (day <= calendar.end)
        alive &= rng.random(len(population)) >= noise.missing_annual_report * np.where(
            population.shell_of >= 0, 8, 1
        )
        who = np.flatnonzero(alive)
        _reports_of_year(chunk, rng, who, day[who], year)


def _new_year(year: int) -> int:
    return int(np.datetime64(f"{year}-01-01").astype(np.int64))


def _reports_of_year(chunk: Chunk, rng: np.random.Generator, who: Ints, day: Ints, year: int) -> None:
    population, calendar, count = chunk.population, chunk.calendar, len(who)
    months = np.flatnonzero(calendar.years == year)
    level = chunk.activity[np.ix_(who, months)].mean(axis=1) if len(months) else np.ones(count)
    gone = chunk.during[who, months[-1]] if len(months) else np.zeros(count)
    income = population.revenue[who] * 12 * np.maximum(level, 0.01)
    failing = np.zeros(len(population), bool)
    for kind, mine in chunk.confounders():
        if kind.episode.activity < 0.5:
            failing[mine] = True
    margin = rng.normal(0.05, 0.09, count) - 0.5 * gone * failing[who]
    assets = income * np.exp(rng.normal(-0.1, 0.6, count)) + population.paid_in[who] * 0.6
    debts = assets * (rng.beta(3, 3.5, count) + 0.5 * gone * failing[who])
    shown = rng.random(count) < 0.55
    profit = income * margin
    quiet = (population.shell_of[who] >= 0) & (rng.random(count) < 0.3)
    cells: dict[str, Floats] = {
        "assets_yuan": assets, "liabilities_yuan": debts, "equity_yuan": assets - debts, "revenue_yuan": income,
        "main_revenue_yuan": income * rng.uniform(0.85, 1, count), "profit_yuan": profit,
        "net_profit_yuan": np.where(profit > 0, profit * 0.85, profit), "tax_total_yuan": income * 0.03,
    }  # fmt: skip
    chunk.emit(
        "company_annual_report",
        who,
        np.maximum(day, calendar.start),
        {
            "report_year": np.full(count, year),
            "reported_on": day,
            "operating_status": either(quiet, "closed", "operating"),
            "employees": when(
                rng.random(count) < 0.85,
                np.floor(population.staff[who] * np.minimum(level, 1.5)).astype(np.int64),
            ),
            **{name: when(shown, yuan(values)) for name, values in cells.items()},
            "party_funds_yuan": when(SIZE_FACTOR[population.size[who]] > 8, yuan(population.staff[who] * 50)),
            "has_website": pc.less(pa.array(rng.random(count)), 0.2),
            "has_outward_investment": pc.less(pa.array(rng.random(count)), 0.06),
            "has_equity_transfer": pc.less(pa.array(rng.random(count)), 0.05),
            "is_disclosed": pa.array(shown),
        },
    )
