"""Who holds, leads and belongs to a company: shareholders, executives, branches, investments."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.demo.cells import NEVER, Ints, codes, either, join, text, weighted, when, yuan
from lookout.demo.chunk import SIZE_FACTOR, Chunk
from lookout.demo.identities import usccs
from lookout.demo.people import person_names
from lookout.demo.population import INDIVIDUAL

_BRANCH_NUMBERS_FROM = 500_000_000  # so that a branch never has a company's code
_BRANCHES_APART = 64


def write(chunk: Chunk) -> None:
    """Write the tables of holdings and people."""
    _shareholders(chunk)
    _executives(chunk)
    _branches(chunk)
    _investments(chunk)


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
