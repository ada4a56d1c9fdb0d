"""Suits, notices, enforcement and bankruptcy of ordinary firms, of failing ones, and of collapsed schemes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lookout.demo.authorities import confirmed_on
from lookout.demo.cells import NEVER, Ints, between, choose, codes, either, join, text, when, yuan
from lookout.demo.chunk import SIZE_FACTOR, Chunk
from lookout.demo.deliveries import AtEnd
from lookout.demo.life import DELAYED, STOPPED
from lookout.demo.words import words

ORDINARY_SUIT, LOAN_SUIT, INVESTOR_SUIT, CRIMINAL = range(4)
_CHARGES = {
    "illegal_fundraising": "非法吸收公众存款罪",
    "illegal_securities": "非法经营罪",
    "illegal_futures": "诈骗罪",
    "illegal_forex": "组织、领导传销活动罪",
    "illegal_gold": "非法经营罪",
    "illegal_payment": "非法经营罪",
    "illegal_token": "组织、领导传销活动罪",
}


def write(chunk: Chunk) -> None:
    """Write the courts' tables."""
    rng = chunk.rng("suits")
    who, day, kind = _suits(chunk, rng)
    _cases(chunk, rng, who, day, kind)
    _enforcement(chunk, who, day, kind)
    _bankruptcies(chunk)


def _suits(chunk: Chunk, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    population, noise = chunk.population, chunk.scenario.noise
    parts = [(*chunk.draw(rng, noise.suits * SIZE_FACTOR[population.size]), ORDINARY_SUIT)]
    for kind, mine in chunk.confounders():
        for rate, sort in (
            (kind.episode.suits_monthly, ORDINARY_SUIT),
            (kind.episode.loan_suits_monthly, LOAN_SUIT),
        ):
            parts.append((*chunk.draw(rng, chunk.episode_rates(kind, mine, rate), mine), sort))
    course = population.course
    for _scheme, mine in chunk.schemes():
        rows = chunk.in_course(mine)
        stage, crowd = course.stage[rows], course.participants[rows]
        months = (chunk.calendar.starts[:-1][None, :] - course.collapsed_on[rows][:, None]) / 30
        # Investors sue some months after payments stop, and fewer once the police have the case.
        wave = np.where(
            stage == DELAYED, 0.15, np.where(stage == STOPPED, 0.6 * 0.85 ** np.maximum(months, 0), 0)
        )
        who, day = chunk.draw(rng, wave * np.log10(1 + crowd) / 2, mine)
        late = day >= course.delayed_on[chunk.in_course(who)] + 20
        parts.append((who[late], day[late], INVESTOR_SUIT))
    confirmed = confirmed_on(chunk)
    members = population.members
    tried = confirmed + rng.integers(100, 360, len(members))
    seen = (confirmed < NEVER) & (tried <= chunk.calendar.end) & (rng.random(len(members)) < 0.6)
    parts.append((members[seen], tried[seen], CRIMINAL))
    who, day = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
    return who, day, np.concatenate([np.full(len(part[0]), part[2]) for part in parts])


def _cases(chunk: Chunk, rng: np.random.Generator, who: Ints, day: Ints, kind: Ints) -> None:
    population, count = chunk.population, len(who)
    number = chunk.ids("justice_case", "（粤）民初", count)
    court = join(population.names["city_name"].take(pa.array(who)), "中级人民法院")
    ordinary = kind == ORDINARY_SUIT
    cause = either(ordinary, choose(rng, words().lists["civil_causes"], count), "金融借款合同纠纷")
    investors = choose(rng, text(["民间借贷纠纷", "合同纠纷", "委托理财合同纠纷", "服务合同纠纷"]), count)
    cause = either(kind == INVESTOR_SUIT, investors, cause)
    cause = either(kind == CRIMINAL, "刑事案由", cause)
    role = either(
        ordinary,
        codes(rng, {"defendant": 52, "plaintiff": 42, "third_party": 6}, count),
        either(kind == CRIMINAL, "controller_defendant", "defendant"),
    )
    judged = np.where(rng.random(count) < 0.75, day + rng.integers(40, 300, count), NEVER)
    result = codes(rng, {"won": 25, "lost": 35, "partly": 20, "settled": 20}, count)
    result = either(ordinary, result, either(kind == CRIMINAL, "convicted", "lost"))
    claim = between(rng, 10_000, 3_000_000, count) * np.where(kind == LOAN_SUIT, 5, 1)
    people = np.where(kind == INVESTOR_SUIT, rng.integers(1, 25, count), rng.integers(0, 2, count))
    charges = [*_CHARGES.values(), ""]
    names = {name: entry.activity_class for name, entry in chunk.scenario.schemes.items()}
    of_kind = [
        list(_CHARGES).index(names[name]) if name in names else len(charges) - 1 for name in population.kinds
    ]
    charge = text(charges).take(pa.array(np.array([*of_kind, len(charges) - 1])[population.kind[who]]))
    chunk.emit(
        "justice_case",
        who,
        day,
        {
            "case_no": number,
            "role": role,
            "court": court,
            "case_type": either(kind == CRIMINAL, "criminal", "civil"),
            "cause": cause,
            "charge": when(kind == CRIMINAL, charge),
            "natural_plaintiffs": when(kind != CRIMINAL, people),
            "claim_yuan": when(kind != CRIMINAL, yuan(claim)),
            "filed_on": day,
            "result": AtEnd(pa.nulls(count, pa.string()), result),
        },
        closes=("judged_on", judged),
    )
    places = np.flatnonzero((rng.random(count) < 0.5) & (kind != CRIMINAL))
    published = day[places] + rng.integers(5, 60, len(places))
    chunk.emit(
        "justice_notice",
        who[places],
        published,
        {
            "notice_id": chunk.ids("justice_notice", "GG", len(places)),
            "notice_type": codes(
                rng, {"hearing": 55, "service": 15, "filing": 20, "service_by_notice": 10}, len(places)
            ),
            "court": court.take(pa.array(places)),
            "cause": cause.take(pa.array(places)),
            "published_on": published,
        },
    )


def _enforcement(chunk: Chunk, suits: Ints, suit_day: Ints, kind: Ints) -> None:
    """Judgments that are not obeyed lead to enforcement, and some of that to the lists and orders after it."""
    rng, population, noise = chunk.rng("enforcement"), chunk.population, chunk.scenario.noise
    who, day = chunk.draw(rng, noise.enforcement * SIZE_FACTOR[population.size])
    chance = np.select(
        [kind == ORDINARY_SUIT, kind == LOAN_SUIT, kind == INVESTOR_SUIT], [0.06, 0.6, 0.5], 0.0
    )
    unpaid = np.flatnonzero(rng.random(len(suits)) < chance)
    who = np.concatenate([who, suits[unpaid]])
    day = np.concatenate([day, suit_day[unpaid] + rng.integers(120, 400, len(unpaid))])
    hard = np.concatenate([np.zeros(len(who) - len(unpaid), bool), kind[unpaid] != ORDINARY_SUIT])
    closed = np.where(
        rng.random(len(who)) < np.where(hard, 0.3, 0.75), day + rng.integers(30, 300, len(who)), NEVER
    )
    number = chunk.ids("justice_enforcement", "（粤）执", len(who))
    ended = either(hard, "terminated", codes(rng, {"closed": 8, "terminated": 2}, len(who)))
    chunk.emit(
        "justice_enforcement",
        who,
        day,
        {
            "case_no": number,
            "amount_yuan": yuan(between(rng, 10_000, 5_000_000, len(who))),
            "filed_on": day,
            "state": AtEnd(text(["enforcing"] * len(who)), ended),
        },
        closes=("closed_on", closed),
    )
    luck = rng.random(len(who))
    defaults = np.flatnonzero(luck < np.where(hard, 0.5, 0.15))
    listed = day[defaults] + rng.integers(20, 120, len(defaults))
    leader = population.leader[who[defaults]]
    chunk.emit(
        "justice_defaulter",
        who[defaults],
        listed,
        {
            "case_no": number.take(pa.array(defaults)),
            "subject_kind": codes(rng, {"company": 8, "legal_representative": 2}, len(defaults)),
            "subject_person_id": when(rng.random(len(defaults)) < 0.2, chunk.persons.ids(leader)),
            "court": join(population.names["city_name"].take(pa.array(who[defaults])), "基层人民法院"),
            "duty": text(["支付款项及利息"] * len(defaults)),
            "performance": codes(rng, {"none": 8, "partial": 2}, len(defaults)),
            "published_on": listed,
        },
        closes=(
            "removed_on",
            np.where(rng.random(len(defaults)) < 0.3, listed + rng.integers(60, 500, len(defaults)), NEVER),
        ),
    )
    limits = np.flatnonzero(luck < np.where(hard, 0.6, 0.25))
    ordered = day[limits] + rng.integers(10, 90, len(limits))
    chunk.emit(
        "justice_restriction",
        who[limits],
        ordered,
        {
            "order_no": chunk.ids("justice_restriction", "限消", len(limits)),
            "person_id": chunk.persons.ids(population.leader[who[limits]]),
            "ordered_on": ordered,
        },
        closes=(
            "lifted_on",
            np.where(rng.random(len(limits)) < 0.3, ordered + rng.integers(60, 500, len(limits)), NEVER),
        ),
    )
    frozen = np.flatnonzero((luck > 0.9) | (hard & (luck > 0.7)))
    freeze_day = day[frozen] + rng.integers(-30, 60, len(frozen))
    chunk.emit(
        "justice_equity_freeze",
        who[frozen],
        freeze_day,
        {
            "notice_no": chunk.ids("justice_equity_freeze", "股冻", len(frozen)),
            "amount_yuan": yuan(population.capital[who[frozen]] * 0.5),
            "frozen_on": freeze_day,
        },
        closes=(
            "released_on",
            np.where(rng.random(len(frozen)) < 0.4, freeze_day + rng.integers(90, 900, len(frozen)), NEVER),
        ),
    )
    sold = np.flatnonzero((luck > 0.45) & (luck < 0.53))
    sale_day = day[sold] + rng.integers(90, 300, len(sold))
    chunk.emit(
        "justice_auction",
        who[sold],
        sale_day,
        {
            "auction_id": chunk.ids("justice_auction", "PM", len(sold)),
            "object": choose(rng, words().lists["auction_objects"], len(sold)),
            "starting_price_yuan": yuan(between(rng, 50_000, 20_000_000, len(sold))),
            "listed_on": sale_day,
        },
    )


def _bankruptcies(chunk: Chunk) -> None:
    rng, population = chunk.rng("bankruptcy"), chunk.population
    whose, days = [], []
    for kind, mine in chunk.confounders():
        broke = mine[rng.random(len(mine)) < kind.episode.bankruptcy]
        whose.append(broke)
        days.append(population.episode_end[broke] + rng.integers(-90, 60, len(broke)))
    stray, stray_day = chunk.draw(rng, 0.0001 * SIZE_FACTOR[population.size])
    who, day = np.concatenate([*whose, stray]), np.concatenate([*days, stray_day])
    seen = (day >= chunk.calendar.start) & (day <= chunk.calendar.end) & (day > population.established[who])
    who, day = who[seen], day[seen]
    chunk.emit(
        "justice_bankruptcy",
        who,
        day,
        {
            "case_no": chunk.ids("justice_bankruptcy", "（粤）破申", len(who)),
            "procedure": codes(rng, {"liquidation": 7, "reorganization": 2, "reconciliation": 1}, len(who)),
            "accepted_on": day,
        },
    )
