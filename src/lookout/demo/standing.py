"""What companies own, owe and have earned: property, loans, pledges, honours, licences, public credit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lookout.demo.cells import NEVER, Ints, between, choose, codes, either, text, weighted, yuan
from lookout.demo.chunk import SIZE_FACTOR, Chunk
from lookout.demo.words import words

_YEAR = 365


def write(chunk: Chunk) -> None:
    """Write the tables of assets, debts and recognition."""
    _licences(chunk)
    _loans(chunk)
    _securities(chunk)
    _property(chunk)
    _recognition(chunk)


def _licences(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("licences"), chunk.population, chunk.calendar
    kinds = list(words().types.values())
    lends = np.array([kind.licence > 0 for kind in kinds])[population.business]
    who = np.flatnonzero(population.licensed & lends)
    other = np.flatnonzero(~lends & (rng.random(len(population)) < 0.06))
    for mine, types in ((who, [kind.licence_type for kind in kinds]), (other, ["other"] * len(kinds))):
        since = np.maximum(
            population.established[mine] + rng.integers(5, 90, len(mine)), calendar.end - 8 * _YEAR
        )
        ends = np.where(
            rng.random(len(mine)) < 0.75, since + rng.choice([3, 5, 10], len(mine)) * _YEAR, NEVER
        )
        # Most holders renew in time; some let it run out.
        renewed = (ends <= calendar.end) & (rng.random(len(mine)) < 0.93)
        ends = np.where(renewed, calendar.end + rng.integers(60, 1500, len(mine)), ends)
        seen = since <= calendar.end
        business = population.business[mine]
        names = text([f"{kind.trades[0].word}业务许可" for kind in kinds]).take(pa.array(business))
        is_other = mine is other
        cells = {
            "licence_no": chunk.ids("administrative_licence", "粤许", len(mine)),
            "licence_name": text(["专项经营许可"] * len(mine)) if is_other else names,
            "licence_type": text(types).take(pa.array(business)),
            "scope": text(population.types).take(pa.array(business)),
            "state": either(ends <= calendar.end, "expired", "valid"),
            "issued_by": text(["行业主管部门" if is_other else "地方金融管理局"] * len(mine)),
            "valid_from": since,
            "valid_to": ends,
        }
        kept = {
            name: values[seen] if isinstance(values, np.ndarray) else values.filter(pa.array(seen))
            for name, values in cells.items()
        }
        chunk.emit("administrative_licence", mine[seen], np.maximum(since[seen], calendar.start), kept)


def _loans(chunk: Chunk) -> None:
    """Loan contracts, reported every quarter; failing firms fall behind."""
    rng, population, calendar = chunk.rng("loans"), chunk.population, chunk.calendar
    chance = np.minimum(0.05 * SIZE_FACTOR[population.size], 0.8)
    chance[population.is_scheme | (population.shell_of >= 0)] = 0.02
    borrower = np.flatnonzero(rng.random(len(population)) < chance)
    contract = chunk.ids("financing_loan", "HT", len(borrower))
    amount = np.round(between(rng, 0.5, 12, len(borrower)) * population.revenue[borrower], -4) + 100_000
    rate, bank = (
        np.round(rng.uniform(2.8, 7.5, len(borrower)), 2),
        choose(rng, words().lists["banks"], len(borrower)),
    )
    failing = np.zeros(len(population), bool)
    for kind, mine in chunk.confounders():
        failing[mine] = kind.episode.loan_suits_monthly > 0
    slips = rng.random(len(borrower)) < 0.015
    for month in np.flatnonzero(calendar.numbers % 3 == 0):
        day = int(calendar.starts[month + 1] - 1)
        there = (chunk.activity[borrower, month] > 0) & (day <= calendar.end)
        place = np.flatnonzero(there)
        who = borrower[place]
        late = np.where(failing[who], (day - population.episode_start[who] - 60).clip(0, 900), 0)
        late = np.where(slips[place], rng.integers(0, 80, len(who)), late)
        grade = np.select([late > 360, late > 180, late > 90, late > 0], [4, 3, 2, 1], 0)
        chunk.emit(
            "financing_loan",
            who,
            np.full(len(who), day),
            {
                "contract_no": contract.take(pa.array(place)),
                "bank": bank.take(pa.array(place)),
                "amount_yuan": yuan(amount[place]),
                "balance_yuan": yuan(amount[place] * rng.uniform(0.3, 1, len(who))),
                "rate_percent": rate[place],
                "loan_class": text(["normal", "special_mention", "substandard", "doubtful", "loss"]).take(
                    pa.array(grade)
                ),
                "overdue_days": late.astype(np.int64),
                "as_reported_on": np.full(len(who), day),
            },
        )
    rates = (
        np.where(failing, 0.12, 0.0003)[:, None]
        * (chunk.activity > 0)
        * np.where(failing[:, None], chunk.during > 0.2, 1)
    )
    who, due = chunk.draw(rng, rates)
    chunk.emit(
        "bill_overdue",
        who,
        due,
        {
            "bill_no": chunk.ids("bill_overdue", "PJ", len(who)),
            "amount_yuan": yuan(between(rng, 20_000, 3_000_000, len(who))),
            "overdue_on": due,
        },
    )


def _securities(chunk: Chunk) -> None:
    """Guarantees, equity pledges and chattel mortgages."""
    rng, population = chunk.rng("securities"), chunk.population
    factor = np.minimum(SIZE_FACTOR[population.size], 10)
    who, day = chunk.draw(rng, 0.0012 * factor + 0.02 * population.licensed)
    given = rng.random(len(who)) < 0.7
    ends = day + rng.integers(180, 1500, len(who))
    chunk.emit(
        "financing_guarantee",
        who,
        day,
        {
            "contract_no": chunk.ids("financing_guarantee", "DB", len(who)),
            "direction": either(given, "given", "received"),
            "counterparty_kind": either(
                given,
                codes(rng, {"related_party": 4, "other": 6}, len(who)),
                codes(rng, {"licensed_guarantor": 6, "insurer": 2, "custodian_bank": 2}, len(who)),
            ),
            "counterparty_name": either(
                given,
                population.names["name"].take(pa.array(rng.integers(0, len(population), len(who)))),
                choose(rng, words().lists["banks"], len(who)),
            ),
            "balance_yuan": yuan(between(rng, 100_000, 20_000_000, len(who))),
            "signed_on": day,
            "ended_on": ends,
        },
    )
    who, day = chunk.draw(rng, 0.0006 * factor)
    ratio = np.round(rng.uniform(0.05, 1, len(who)), 2)
    chunk.emit(
        "financing_equity_pledge",
        who,
        day,
        {
            "pledge_no": chunk.ids("financing_equity_pledge", "ZY", len(who)),
            "ratio": ratio,
            "amount_yuan": yuan(population.capital[who] * ratio),
            "registered_on": day,
        },
        closes=("released_on", _until(rng, day, 0.4)),
    )
    who, day = chunk.draw(rng, 0.0005 * factor)
    chunk.emit(
        "financing_chattel_mortgage",
        who,
        day,
        {
            "register_no": chunk.ids("financing_chattel_mortgage", "DC", len(who)),
            "secured_yuan": yuan(between(rng, 100_000, 10_000_000, len(who))),
            "items": choose(rng, words().lists["mortgage_items"], len(who)),
            "registered_on": day,
        },
    )


def _until(rng: np.random.Generator, day: Ints, chance: float) -> Ints:
    return np.where(rng.random(len(day)) < chance, day + rng.integers(60, 700, len(day)), NEVER)


def _property(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("property"), chunk.population, chunk.calendar
    chance = np.minimum(0.02 * SIZE_FACTOR[population.size], 0.6)
    chance[population.shell_of >= 0] = 0
    who = np.repeat(np.arange(len(population)), rng.poisson(chance))
    span = np.maximum(calendar.end - population.established[who], 1)
    day = population.established[who] + (rng.random(len(who)) * span).astype(np.int64)
    area = np.round(between(rng, 60, 8_000, len(who)), 1)
    chunk.emit(
        "property_registration",
        who,
        np.maximum(day, calendar.start),
        {
            "certificate_no": chunk.ids("property_registration", "粤不动产", len(who)),
            "purpose": choose(rng, words().lists["property_purposes"], len(who)),
            "area_m2": area,
            "value_yuan": yuan(area * rng.uniform(4_000, 40_000, len(who))),
            "is_mortgaged": pa.array(rng.random(len(who)) < 0.3),
            "is_seized": pa.array(rng.random(len(who)) < 0.02),
            "registered_on": day,
        },
        closes=(
            "transferred_on",
            np.where(rng.random(len(who)) < 0.06, day + rng.integers(100, 3000, len(who)), NEVER),
        ),
    )


def _recognition(chunk: Chunk) -> None:
    """Honours, listings and memberships, public credit grades, vendors' counts."""
    rng, population, calendar = chunk.rng("recognition"), chunk.population, chunk.calendar
    who = np.flatnonzero(
        (rng.random(len(population)) < 0.015 * SIZE_FACTOR[population.size].clip(0, 8))
        & (population.kind < 0)
        & (population.shell_of < 0)
    )
    day = np.maximum(population.established[who] + 400, calendar.end - rng.integers(30, 1500, len(who)))
    who, day = who[day <= calendar.end], day[day <= calendar.end]
    chunk.emit(
        "company_honour",
        who,
        np.maximum(day, calendar.start),
        {
            "honour": codes(
                rng, {"high_tech": 6, "specialised_new": 2, "customs_advanced": 1, "other": 3}, len(who)
            ),
            "granted_on": day,
            "expires_on": day + 3 * _YEAR,
        },
    )
    finance = population.is_type("general", "farmers_cooperative", "precious_metals", "elderly_care")
    chance = np.where(finance, 0.03 * SIZE_FACTOR[population.size].clip(0, 8), 0.6)
    who = np.flatnonzero((rng.random(len(population)) < chance) & (population.shell_of < 0))
    big = population.size[who] >= 3
    member = rng.random(len(who)) < np.where(population.licensed[who], 0.7, 0.15)
    kind = np.select(
        [big & (rng.random(len(who)) < 0.35), member], [0, 2], weighted(rng, (0, 1, 0, 45, 54), len(who))
    )
    day = np.maximum(population.established[who] + 60, calendar.start - 500)
    seen = day <= calendar.end
    kinds = text(["listed", "neeq", "association", "none_listed", "none_association"])
    chunk.emit(
        "company_listing",
        who[seen],
        np.maximum(day[seen], calendar.start),
        {"kind": kinds.take(pa.array(kind[seen])), "since": day[seen]},
    )
    for year in range(int(calendar.years[0]), int(calendar.years[-1]) + 1):
        day_of = int(np.datetime64(f"{year}-05-20").astype(np.int64))
        alive = (population.established < day_of - 300) & (chunk.ends > day_of) & (population.size > 0)
        who = np.flatnonzero(
            alive & (rng.random(len(population)) < 0.6) & (calendar.start <= day_of <= calendar.end)
        )
        chunk.emit(
            "public_credit",
            who,
            np.full(len(who), day_of),
            {
                "grade": codes(rng, {"a": 25, "b": 60, "c": 13, "d": 2}, len(who)),
                "evaluated_on": np.full(len(who), day_of),
            },
        )
    day_of = calendar.end - 200
    who = np.flatnonzero((population.established < day_of) & (rng.random(len(population)) < 0.4))
    factor = SIZE_FACTOR[population.size[who]]
    chunk.emit(
        "justice_record_count",
        who,
        np.full(len(who), day_of),
        {
            "counted_on": np.full(len(who), day_of),
            "judgment_count": rng.poisson(0.5 * factor),
            "brand_count": rng.poisson(0.6 * factor),
            "patent_count": rng.poisson(0.3 * factor),
        },
    )
