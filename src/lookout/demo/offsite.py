"""Monthly figures that supervised firms file: records of filing, the main statement, registered products."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.demo.cells import Floats, Ints, Mask, choose, codes, either, hashed, join, text, when, yuan
from lookout.demo.chunk import Chunk, spread
from lookout.demo.life import LIMITED, PAYING
from lookout.demo.words import words

_TEMPLATE = {
    "microloan_company": "MCL-M1", "financing_guarantee_company": "FGC-M1", "pawnshop": "PWN-M1",
    "finance_lease_company": "FLC-M1", "commercial_factoring_company": "CFC-M1",
    "local_asset_management_company": "AMC-M1", "regional_equity_market": "REX-M1", "trading_venue": "TRX-M1",
}  # fmt: skip


def write(chunk: Chunk) -> None:
    """Write what supervised firms, and a few schemes that pose as one, file."""
    filers = _filers(chunk)
    _statements(chunk, filers)
    _products(chunk, filers)


def _filers(chunk: Chunk) -> Mask:
    rng, population = chunk.rng("filers"), chunk.population
    filers = population.is_type(*_TEMPLATE) & population.licensed & ~population.is_scheme
    for scheme, mine in chunk.schemes():
        filers[mine] = rng.random(len(mine)) < scheme.visibility.self_reported
    return filers


def _statements(chunk: Chunk, filers: Mask) -> None:
    rng, population, calendar = chunk.rng("statements"), chunk.population, chunk.calendar
    mine = np.flatnonzero(filers)
    row, month = np.nonzero(chunk.activity[mine] > 0)
    who = mine[row]
    count = len(who)
    late = np.where(rng.random(count) < 0.08, rng.integers(1, 25, count), 0)
    missing = rng.random(count) < 0.015
    templates = text([_TEMPLATE.get(code, "INV-M1") for code in population.types]).take(
        pa.array(population.business[who])
    )
    submitted = calendar.starts[month + 1] + 9 + late
    chunk.emit(
        "offsite_submission",
        who,
        submitted,
        {
            "template": templates,
            "period": calendar.starts[month],
            "submitted_on": np.where(missing, 10**6, submitted),
            "late_days": late,
            "state": either(
                missing, "missing", codes(rng, {"accepted": 90, "submitted": 6, "returned": 4}, count)
            ),
            "failed_checks": rng.poisson(0.08, count),
            "failed_ratio_checks": rng.poisson(0.03, count),
        },
    )
    kept = ~missing
    _figures(chunk, rng, who[kept], month[kept], submitted[kept])


def _figures(chunk: Chunk, rng: np.random.Generator, who: Ints, month: Ints, known: Ints) -> None:
    """Lenders owe little to the public; a scheme that files shows part of what it took and calls itself sound."""
    population, calendar, count = chunk.population, chunk.calendar, len(who)
    course = population.course_of[who]
    is_scheme = course >= 0
    place = np.maximum(course, 0)

    def of_course(values: Floats) -> Floats:
        return np.where(is_scheme, values[place, month], 0) if len(population.members) else np.zeros(count)

    net = population.paid_in[who] * rng.lognormal(0.1, 0.1, count) + 1e6
    crowd = np.floor(of_course(population.course.participants) * 0.5)
    raised = of_course(population.course.principal) * 0.5
    borrowed = np.where(is_scheme, raised, net * rng.uniform(0.1, 0.8, count))
    people = np.where(is_scheme, crowd, 0)
    stage = of_course(population.course.stage.astype(float))
    status = np.select([stage <= PAYING, stage == LIMITED], ["normal", "limited"], "delayed")
    revenue = population.revenue[who] * chunk.activity[who, month]
    chunk.emit(
        "offsite_statement",
        who,
        known,
        {
            "period": calendar.starts[month],
            "revenue_yuan": yuan(spread(rng, revenue, 0.1)),
            "employees": np.floor(population.staff[who]).astype(np.int64),
            "total_assets_yuan": yuan(net + borrowed),
            "net_assets_yuan": yuan(net),
            "risk_assets_yuan": yuan((net + borrowed) * 0.8),
            "outstanding_yuan": yuan(borrowed),
            "realisable_assets_yuan": yuan((net + borrowed) * rng.uniform(0.4, 0.9, count)),
            "liability_balance_yuan": yuan(
                np.where(
                    population.is_type("financing_guarantee_company")[who], net * rng.uniform(1, 7, count), 0
                )
            ),
            "max_debtor_yuan": yuan(net * rng.uniform(0.02, 0.11, count)),
            "nonstandard_financing_yuan": yuan(borrowed * 0.4),
            "standard_financing_yuan": yuan(borrowed * 0.5),
            "participants": when(is_scheme, people.astype(np.int64)),
            "new_participants": when(
                is_scheme, np.floor(of_course(population.course.new) * 0.5).astype(np.int64)
            ),
            "elderly_participants": when(is_scheme, np.floor(people * 0.3).astype(np.int64)),
            "participant_cities": when(is_scheme, np.minimum(1 + people // 100, 21).astype(np.int64)),
            "absorbed_yuan": when(is_scheme, yuan(raised * 1.2)),
            "promised_payout_yuan": yuan(
                np.where(is_scheme, of_course(population.course.due) * 0.5, borrowed * 0.004)
            ),
            "max_annual_rate_percent": np.round(rng.uniform(6, 23.9, count), 1),
            "custody_bank": when(rng.random(count) < 0.6, choose(rng, words().lists["banks"], count)),
            "is_small_micro_agri": pc.less(pa.array(rng.random(count)), 0.6),
            "redemption_status": text(status.tolist()),
            "is_audited": pc.equal(pa.array(calendar.numbers[month] % 12), 4),
        },
    )


def _products(chunk: Chunk, filers: Mask) -> None:
    rng, population = chunk.rng("products"), chunk.population
    sells = (
        population.is_type("private_fund", "local_asset_management_company", "trading_venue")
        & population.licensed
    )
    rates = np.where(sells | (filers & population.is_scheme), 0.08, 0.0)
    who, day = chunk.draw(rng, rates)
    count = len(who)
    course = population.course_of[who]
    promise = population.course.promised[course] * 1200 if len(population.members) else np.zeros(count)
    percent = np.where(course >= 0, np.minimum(promise, 12), rng.uniform(3, 9, count))
    tenor = rng.choice([90, 180, 365, 730], count)
    chunk.emit(
        "offsite_product",
        who,
        day,
        {
            "product_code": chunk.ids("offsite_product", "CP", count),
            "product_name": join(
                population.names["brand"].take(pa.array(who)),
                "稳进",
                pc.cast(pa.array(hashed(who, day) % 90 + 1), pa.string()),
                "号",
            ),
            "annual_yield_percent": np.round(percent, 1),
            "tenor_days": tenor,
            "payout_frequency": codes(rng, {"monthly": 2, "maturity": 6, "yearly": 2}, count),
            "investors": rng.integers(3, 190, count),
            "minimum_ticket_yuan": np.where(course >= 0, 100_000.0, 1_000_000.0),
            "custodian": when(rng.random(count) < 0.85, choose(rng, words().lists["banks"], count)),
            "issued_on": day,
            "ended_on": day + tenor,
        },
    )
