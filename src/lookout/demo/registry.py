"""Registration of companies: the firm itself, holdings, people, branches, investments, changes, listings."""

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
    yuan,
)
from lookout.demo.chunk import SIZE_FACTOR, Chunk
from lookout.demo.identities import usccs
from lookout.demo.naming import ADDRESS_TYPES
from lookout.demo.people import person_names
from lookout.demo.population import COMPANY_TYPES, INDIVIDUAL, ORDINARY

_BRANCH_NUMBERS_FROM = 500_000_000  # so that a branch never has a company's code
_BRANCHES_APART = 64
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
    _shareholders(chunk)
    _executives(chunk)
    _branches(chunk)
    _investments(chunk)
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


def _shareholders(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("shareholders"), chunk.population, chunk.calendar
    holders = np.where(
        population.company_type == INDIVIDUAL, 1, 1 + weighted(rng, (45, 35, 12, 6, 2), len(population))
    )
    who = np.repeat(np.arange(len(population)), holders)
    place = np.arange(len(who)) - np.repeat(np.cumsum(holders) - holders, holders)
    weight = rng.gamma(1.5, 1.0, len(who))
    ratio = weight / np.bincount(who, weight, len(population))[who]
    is_company = (place > 0) & (rng.random(len(who)) < 0.18)
    other = rng.integers(0, len(population), len(who))
    person = chunk.person(who, place)
    since = np.maximum(
        population.established[who], np.where(rng.random(len(who)) < 0.8, 0, calendar.start - 300)
    )
    leaves = rng.random(len(who)) < 0.04
    until = np.where(leaves, calendar.start + rng.integers(0, calendar.end - calendar.start, len(who)), NEVER)
    until = np.where(until > since + 30, until, NEVER)
    chunk.emit(
        "company_shareholder",
        who,
        np.maximum(since, calendar.start),
        {
            "shareholder_no": pc.cast(pa.array(place + 1), pa.string()),
            "shareholder_type": either(is_company, "company", "person"),
            "shareholder_name": either(
                is_company, population.names["name"].take(pa.array(other)), person_names(person)
            ),
            "shareholder_id": when(~is_company, chunk.persons.ids(person)),
            "shareholder_uscc": when(is_company, population.codes["uscc"].take(pa.array(other))),
            "subscribed_yuan": yuan(population.capital[who] * ratio),
            "paid_yuan": yuan(population.paid_in[who] * ratio),
            "ratio": np.round(ratio, 4),
            "form": codes(rng, {"cash": 93, "goods": 3, "intellectual": 2, "land": 1, "equity": 1}, len(who)),
            "since": since,
        },
        closes=("until", until),
    )


def _executives(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("executives"), chunk.population, chunk.calendar
    count = len(population)
    seats = np.where(population.company_type == INDIVIDUAL, 1, 2 + weighted(rng, (50, 25, 15, 10), count))
    who = np.repeat(np.arange(count), seats)
    place = np.arange(len(who)) - np.repeat(np.cumsum(seats) - seats, seats)
    posts = text(["legal_representative", "supervisor", "manager", "director", "finance"])
    since = np.maximum(
        population.established[who], np.where(rng.random(len(who)) < 0.7, 0, calendar.start - 500)
    )
    until = np.full(len(who), NEVER)
    ordinary = (rng.random(len(who)) < 0.07) & (place > 0)
    until[ordinary] = calendar.start + rng.integers(30, calendar.end - calendar.start, int(ordinary.sum()))
    for scheme, mine in chunk.schemes():
        end = np.full(count, NEVER)
        leaving = mine[rng.random(len(mine)) < scheme.concealment.leaders_leave]
        end[leaving] = chunk.collapsed(leaving)
        near = end[who] < NEVER
        until[near] = end[who][near] - rng.integers(5, 75, int(near.sum()))
    until = np.where((until > since + 30) & (until > calendar.start), until, NEVER)
    person = chunk.person(who, place)
    chunk.emit(
        "company_executive",
        who,
        np.maximum(since, calendar.start),
        {
            "person_id": chunk.persons.ids(person),
            "person": person_names(person),
            "post": posts.take(pa.array(np.minimum(place, 4))),
            "since": since,
        },
        closes=("until", until),
    )


def _branches(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("branches"), chunk.population, chunk.calendar
    rates = 0.002 * SIZE_FACTOR[population.size] / 3
    monthly = np.repeat(rates[:, None], calendar.months, axis=1)
    for scheme, mine in chunk.schemes():
        course = population.course
        pace = rng.uniform(
            scheme.visibility.branches_monthly.low, scheme.visibility.branches_monthly.high, len(mine)
        )
        monthly[mine] = pace[:, None] * (course.stage[chunk.in_course(mine)] == 1)
    for kind, mine in chunk.confounders():
        monthly[mine] += chunk.episode_rates(kind, mine, kind.episode.branches_monthly)
    who, day = chunk.draw(rng, monthly)
    older = np.flatnonzero(rng.random(len(population)) < 0.01 * SIZE_FACTOR[population.size])
    old_day = population.established[older] + (
        (calendar.start - population.established[older]).clip(0) * rng.random(len(older))
    ).astype(np.int64)
    older, old_day = older[old_day < calendar.start], old_day[old_day < calendar.start]
    who, day = np.concatenate([who, older]), np.concatenate([day, old_day])
    numbers = _BRANCH_NUMBERS_FROM + population.numbers[who] * _BRANCHES_APART + _rank(who)
    closed = np.where(rng.random(len(who)) < 0.08, day + rng.integers(90, 700, len(who)), NEVER)
    closed = np.minimum(closed, np.where(chunk.ends[who] < NEVER, chunk.ends[who] + 60, NEVER))
    place = (
        rng.permutation(population.region)[: len(who)]
        if len(who) <= len(population)
        else population.region[who]
    )
    near = rng.random(len(who)) < 0.6
    region = np.where(near, population.city[who], place // 100 * 100)
    chunk.emit(
        "company_branch",
        who,
        np.maximum(day, calendar.start),
        {
            "branch_uscc": usccs(numbers, np.full(len(who), 91), population.region[who], chunk.seed),
            "branch_name": join(
                population.names["name"].take(pa.array(who)),
                "第",
                pc.cast(pa.array(_rank(who) + 1), pa.string()),
                "分公司",
            ),
            "established_on": day,
            "region": region,
        },
        closes=("closed_on", np.where(closed > day, closed, NEVER)),
    )


def _rank(who: Ints) -> Ints:
    """Return the running number of each entry among those of the same company."""
    order = np.argsort(who, kind="stable")
    ordered = who[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(who) else np.zeros(0, bool)
    starts = (
        np.maximum.accumulate(np.where(first, np.arange(len(who)), 0)) if len(who) else np.zeros(0, np.int64)
    )
    rank = np.empty(len(who), np.int64)
    rank[order] = np.arange(len(who)) - starts
    return rank


def _investments(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("investments"), chunk.population, chunk.calendar
    share = np.where(
        population.is_type("investment_company", "private_fund"), 0.7, 0.02 * SIZE_FACTOR[population.size]
    )
    who = np.repeat(np.arange(len(population)), rng.poisson(np.minimum(share, 2)))
    target = rng.integers(0, len(population), len(who))
    shells = np.flatnonzero(population.shell_of >= 0)
    who = np.concatenate([who, population.shell_of[shells]])
    target = np.concatenate([target, shells])
    pairs = np.unique(who * len(population) + target)
    who, target = pairs // len(population), pairs % len(population)
    who, target = who[who != target], target[who != target]
    since = np.maximum(population.established[who], population.established[target]) + 10
    keep = since <= calendar.end
    who, target, since = who[keep], target[keep], since[keep]
    ratio = np.round(rng.choice([0.1, 0.2, 0.34, 0.51, 0.7, 1.0], len(who)), 2)
    until = np.where(rng.random(len(who)) < 0.08, since + rng.integers(200, 1500, len(who)), NEVER)
    chunk.emit(
        "company_investment",
        who,
        np.maximum(since, calendar.start),
        {
            "investee_uscc": population.codes["uscc"].take(pa.array(target)),
            "investee_name": population.names["name"].take(pa.array(target)),
            "ratio": ratio,
            "amount_yuan": yuan(population.capital[target] * ratio),
            "since": since,
        },
        closes=("until", until),
    )


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
