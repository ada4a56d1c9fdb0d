"""Registration of companies: the firm itself, its changes, the lists of abnormal and illegal operation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lookout.demo.calendar import AVERAGE_MONTH
from lookout.demo.cells import (
    NEVER,
    Column,
    Ints,
    choose,
    codes,
    either,
    join,
    text,
    thousands,
    weighted,
    when,
)
from lookout.demo.chunk import SIZE_FACTOR, Chunk
from lookout.demo.naming import ADDRESS_TYPES
from lookout.demo.people import person_names
from lookout.demo.population import COMPANY_TYPES, INDIVIDUAL, ORDINARY

_ITEMS = (
    "name",
    "legal_representative",
    "capital",
    "scope",
    "address",
    "shareholder",
    "executive",
    "controller",
    "term",
)
_ITEM_WEIGHTS = (0, 10, 8, 22, 18, 16, 18, 2, 6)
_SCHEME_WEIGHTS = (0, 14, 12, 22, 16, 14, 12, 8, 2)
NAME, LEADER, CAPITAL, SCOPE, ADDRESS, SHAREHOLDER, EXECUTIVE, CONTROLLER, _TERM = range(9)
_NEW_TERMS = (
    "供应链管理服务",
    "互联网销售",
    "会议及展览服务",
    "投资咨询",
    "健康咨询服务",
    "信息技术咨询服务",
    "项目投资",
    "企业形象策划",
)


def write(chunk: Chunk) -> None:
    """Write the registry's tables."""
    changes = _changes(chunk)
    _companies(chunk, changes)
    _listings(chunk)


def _address_types(chunk: Chunk) -> Ints:
    rng, population = chunk.rng("address type"), chunk.population
    kinds = weighted(rng, (18, 68, 8, 2, 4), len(population))
    for scheme, mine in chunk.schemes():
        hidden = rng.random(len(mine)) < scheme.concealment.virtual_address
        kinds[mine[hidden]] = weighted(rng, (0, 0, 3, 4, 3), int(hidden.sum()))
    owned = population.shell_of >= 0
    kinds[owned] = weighted(rng, (0, 1, 3, 4, 3), int(owned.sum()))
    return kinds


def _companies(chunk: Chunk, changes: dict[int, Ints]) -> None:
    """Deliver each firm when it is first known and again after every change that its record shows."""
    rng, population, calendar = chunk.rng("company"), chunk.population, chunk.calendar
    count = len(population)
    revoked = rng.random(count) < 0.15
    # Half of the collapsed firms keep their licence for long; others are revoked long after.
    struck = np.where(chunk.ends < population.closed, chunk.ends + rng.integers(120, 900, count), NEVER)
    struck = np.where(rng.random(count) < 0.4, struck, NEVER)
    final = np.minimum(population.closed, struck)
    address_type = _address_types(chunk)
    old_address_type = np.where(rng.random(count) < 0.8, 1, address_type)
    term = np.where(
        rng.random(count) < 0.35, population.established + rng.choice([10, 20, 30], count) * 365, NEVER
    )
    old_leader = population.leader + np.where(population.shell_of < 0, 5, 0)
    states_paid_in, has_phone, has_email = (rng.random(count) < share for share in (0.9, 0.93, 0.4))
    names = population.names
    who, at = _versions(chunk, [np.full(count, calendar.start), final, population.renamed, *changes.values()])
    rows = pa.array(who)
    leader = np.where(_later(changes[LEADER], at, who), old_leader[who], population.leader[who])
    moved = _later(changes[ADDRESS], at, who)
    grown = _later(changes[CAPITAL], at, who)
    capital = np.where(grown, thousands(population.capital[who] * 0.4), population.capital[who])
    gone = final[who] <= at
    status = either(gone, either(revoked[who] | (struck[who] <= at), "revoked", "deregistered"), "active")
    renamed = (population.renamed[who] <= at) & (population.renamed[who] < NEVER)
    scope = names["scope"].take(rows)
    widened = ~_later(changes[SCOPE], at, who) & (changes[SCOPE][who] < NEVER)
    scope = either(widened, join(scope, "；", _added_terms(who)), scope)
    chunk.emit(
        "company",
        who,
        np.maximum(at, calendar.start),
        {
            "registration_no": population.codes["registration_no"].take(rows),
            "former_names": when(renamed, names["former"].take(rows)),
            "company_type": text(COMPANY_TYPES).take(pa.array(population.company_type[who])),
            "status": status,
            "legal_representative": person_names(leader),
            "legal_representative_id": chunk.persons.ids(leader),
            "legal_representative_birth_year": chunk.persons.birth_years(leader),
            "registered_capital_yuan": capital,
            "paid_in_capital_yuan": when(states_paid_in[who], np.minimum(population.paid_in[who], capital)),
            "established_on": population.established[who],
            "term_ends_on": term[who],
            "registration_authority": join(names["city_name"].take(rows), "市场监督管理局"),
            "region": population.region[who],
            "address": either(
                moved, join(names["address"].take(rows), "（旧）"), names["address"].take(rows)
            ),
            "address_type": text(ADDRESS_TYPES).take(
                pa.array(np.where(moved, old_address_type[who], address_type[who]))
            ),
            "industry": names["industry"].take(rows),
            "business_scope": scope,
            "organization_type": text(population.types).take(pa.array(population.business[who])),
            "phone": when(has_phone[who], population.codes["phone"].take(rows)),
            "email": when(has_email[who], join("info@", population.codes["domain"].take(rows))),
        },
    )
    closing = np.flatnonzero((final <= calendar.end) & ~revoked)
    notice = final[closing] - rng.integers(20, 46, len(closing))
    known = notice >= calendar.start
    chunk.emit(
        "company_deregistration_notice",
        closing[known],
        notice[known],
        {
            "notice_id": chunk.ids("company_deregistration_notice", "ZX", int(known.sum())),
            "kind": codes(rng, {"simple": 7, "creditor": 3}, int(known.sum())),
            "noticed_on": notice[known],
        },
    )


def _versions(chunk: Chunk, days: list[Ints]) -> tuple[Ints, Ints]:
    """Return the days on which a record was new or changed, for each delivery only the last one in it."""
    population, calendar = chunk.population, chunk.calendar
    everyone = np.tile(np.arange(len(population)), len(days))
    at = np.maximum(np.concatenate(days), population.established[everyone])
    seen = (at <= calendar.end) & (at >= calendar.start)
    who, at = everyone[seen], at[seen]
    cut = chunk.deliveries.cut_of("company", at)
    order = np.lexsort((at, cut, who))
    who, at, cut = who[order], at[order], cut[order]
    last = np.concatenate([(who[1:] != who[:-1]) | (cut[1:] != cut[:-1]), [True]])
    return who[last], at[last]


def _later(changed: Ints, at: Ints, who: Ints) -> npt.NDArray[np.bool_]:
    """Tell for which companies a change still lies ahead on these days."""
    return (changed[who] < NEVER) & (at < changed[who])


def _added_terms(who: Ints) -> pa.Array:
    return text(_NEW_TERMS).take(pa.array(who % len(_NEW_TERMS)))


def _changes(chunk: Chunk) -> dict[int, Ints]:
    """Write the changes; return for the items a record shows the day of each company's last change."""
    rng, population, calendar = chunk.rng("changes"), chunk.population, chunk.calendar
    rates = np.full(len(population), chunk.scenario.noise.changes) * np.where(
        population.company_type == INDIVIDUAL, 0.3, 1.0
    )
    for scheme, mine in chunk.schemes():
        rates[mine] = scheme.concealment.change_rate
    rates *= np.minimum(1 + SIZE_FACTOR[population.size] / 10, 3)
    who, day = chunk.draw(rng, rates)
    active = day < chunk.ends[who] + 45
    who, day = who[active], day[active]
    item = weighted(rng, _ITEM_WEIGHTS, len(who))
    of_scheme = population.is_scheme[who]
    item[of_scheme] = weighted(rng, _SCHEME_WEIGHTS, int(of_scheme.sum()))
    persons = np.where(item == EXECUTIVE, rng.integers(1, 3, len(who)), 0)
    who, day, item, persons = _leaving(chunk, rng, who, day, item, persons)
    renamed = np.flatnonzero((population.renamed >= calendar.start) & (population.renamed <= calendar.end))
    who, day = np.concatenate([who, renamed]), np.concatenate([day, population.renamed[renamed]])
    item = np.concatenate([item, np.zeros(len(renamed), np.int64)])
    persons = np.concatenate([persons, np.zeros(len(renamed), np.int64)])
    _change_rows(chunk, rng, who, day, item, persons)
    last = {}
    for shown in (LEADER, CAPITAL, SCOPE, ADDRESS):
        last[shown] = np.full(len(population), NEVER)
        mine = item == shown
        order = np.argsort(day[mine], kind="stable")
        last[shown][who[mine][order]] = day[mine][order]
    return last


def _leaving(
    chunk: Chunk, rng: np.random.Generator, who: Ints, day: Ints, item: Ints, persons: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Add the mass exits of leaders shortly before a scheme's end."""
    for scheme, mine in chunk.schemes():
        end = chunk.collapsed(mine)
        leaving = mine[(end < NEVER) & (rng.random(len(mine)) < scheme.concealment.leaders_leave)]
        exit_day = chunk.collapsed(leaving) - rng.integers(5, 75, len(leaving))
        seen = exit_day > np.maximum(chunk.calendar.start, chunk.population.established[leaving])
        who, day = np.concatenate([who, leaving[seen]]), np.concatenate([day, exit_day[seen]])
        item = np.concatenate([item, weighted(rng, (0, 0, 0, 0, 0, 1, 3), int(seen.sum()))])
        persons = np.concatenate([persons, rng.integers(3, 6, int(seen.sum()))])
    return who, day, item, persons


def _change_rows(
    chunk: Chunk, rng: np.random.Generator, who: Ints, day: Ints, item: Ints, persons: Ints
) -> None:
    population, names = chunk.population, chunk.population.names
    count, rows = len(who), pa.array(who)
    capital = population.capital[who]
    texts_before: Column = either(item == NAME, names["former"].take(rows), "")
    texts_after: Column = either(item == NAME, names["name"].take(rows), "")
    texts_before = either(item == LEADER, person_names(population.leader[who] + 5), texts_before)
    texts_after = either(item == LEADER, person_names(population.leader[who]), texts_after)
    texts_before = either(item == ADDRESS, join(names["address"].take(rows), "（旧）"), texts_before)
    texts_after = either(item == ADDRESS, names["address"].take(rows), texts_after)
    adds = (item == SCOPE) & (rng.random(count) < 0.75)
    texts_before = either(item == SCOPE, names["scope"].take(rows), texts_before)
    texts_after = either(adds, join(names["scope"].take(rows), "；", _added_terms(who)), texts_after)
    chunk.emit(
        "company_change",
        who,
        day,
        {
            "change_id": chunk.ids("company_change", "BG", count),
            "item": text(_ITEMS).take(pa.array(item)),
            "before": texts_before,
            "after": texts_after,
            "added_terms": when(adds, _added_terms(who)),
            "removed_terms": when((item == SCOPE) & ~adds, choose(rng, text(_NEW_TERMS), count)),
            "amount_before_yuan": when(item == CAPITAL, thousands(capital * 0.4)),
            "amount_after_yuan": when(item == CAPITAL, capital),
            "region_before": _region_cells(item == ADDRESS, population.region[who]),
            "region_after": _region_cells(item == ADDRESS, population.region[who]),
            "ratio_out": when(
                item == SHAREHOLDER, np.round(rng.beta(1, 2.5, count) + persons * 0.1, 2).clip(0, 1)
            ),
            "persons": when(persons > 0, persons),
            "changed_on": day,
        },
    )


def _region_cells(mask: npt.NDArray[np.bool_], regions: Ints) -> pa.Array:
    return when(mask, pc.cast(pa.array(regions), pa.string()))


def _listings(chunk: Chunk) -> None:
    """Abnormal operation and serious illegality lists."""
    rng, population, calendar, noise = (
        chunk.rng("listings"),
        chunk.population,
        chunk.calendar,
        chunk.scenario.noise,
    )
    rates = np.full(len(population), noise.abnormal_listings)
    rates[population.shell_of >= 0] *= 6
    who, day = chunk.draw(rng, rates)
    reason = weighted(rng, (45, 8, 2, 45), len(who))
    silent = np.flatnonzero((chunk.ends <= calendar.end) & (population.closed > calendar.end))
    lost = silent[rng.random(len(silent)) < 0.6]
    lost_day = chunk.ends[lost] + rng.integers(15, 200, len(lost))
    seen = (lost_day <= calendar.end) & (lost_day >= calendar.start)
    who, day = np.concatenate([who, lost[seen]]), np.concatenate([day, lost_day[seen]])
    reason = np.concatenate([reason, np.full(int(seen.sum()), 3)])
    mended = (rng.random(len(who)) < 0.6) & (chunk.ends[who] >= NEVER)
    removed = np.where(mended, day + rng.integers(10, 400, len(who)), NEVER)
    chunk.emit(
        "company_abnormal_listing",
        who,
        day,
        {
            "reason": text(["no_annual_report", "no_disclosure", "false_disclosure", "unreachable"]).take(
                pa.array(reason)
            ),
            "listed_on": day,
            "listed_by": join(population.names["city_name"].take(pa.array(who)), "市场监督管理局"),
        },
        closes=("removed_on", removed),
    )
    old = (
        (population.kind == ORDINARY)
        & (population.shell_of < 0)
        & (calendar.start - population.established > 1100)
    )
    who, day = chunk.draw(rng, np.where(old, noise.abnormal_listings * 0.05, 0.0))
    chunk.emit(
        "company_serious_illegal_listing",
        who,
        day,
        {"reason": text(["列入经营异常名录届满三年"] * len(who)), "listed_on": day},
        closes=("removed_on", np.where(rng.random(len(who)) < 0.1, day + int(12 * AVERAGE_MONTH), NEVER)),
    )
