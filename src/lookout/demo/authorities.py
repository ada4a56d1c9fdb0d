"""What authorities hear and do about a company: penalties, clues, filed cases, measures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from lookout.demo.cells import (
    NEVER,
    Ints,
    between,
    choose,
    codes,
    either,
    generator,
    join,
    text,
    weighted,
    yuan,
)
from lookout.demo.chunk import SIZE_FACTOR, Chunk
from lookout.demo.deliveries import AtEnd
from lookout.demo.life import DELAYED, LIMITED, PAYING

_CHARGES = {
    "illegal_fundraising": {"illegal_absorption": 7, "fundraising_fraud": 3},
    "illegal_securities": {"unauthorised_securities": 3, "illegal_business": 5, "fraud": 2},
    "illegal_futures": {"illegal_business": 4, "fraud": 6},
    "illegal_forex": {"pyramid_selling": 5, "illegal_business": 3, "fraud": 2},
    "illegal_gold": {"illegal_business": 6, "contract_fraud": 4},
    "illegal_payment": {"illegal_business": 10},
    "illegal_token": {"pyramid_selling": 6, "illegal_absorption": 2, "fraud": 2},
}
RISKY_TYPES = (
    "wealth_consulting", "investment_company", "private_fund", "trading_venue", "farmers_cooperative", "elderly_care",
    "token_technology", "payment_technology", "precious_metals", "crowdfunding_institution", "p2p_lending_platform",
    "microloan_company", "pawnshop", "finance_lease_company", "commercial_factoring_company",
)  # fmt: skip
_FACTS = (
    "未按规定公示信息",
    "发布虚假广告",
    "违反消费者权益保护规定",
    "未按规定办理变更登记",
    "违反安全生产规定",
    "违反税收管理规定",
)


def write(chunk: Chunk) -> None:
    """Write what authorities know and did."""
    _penalties(chunk)
    _clues(chunk)
    _cases(chunk)


def confirmed_on(chunk: Chunk) -> Ints:
    """Return for each scheme the day on which the police file the case, `NEVER` when they have not.

    They hear of it after it has collapsed, and not of all.
    """
    population = chunk.population
    rng = generator(chunk.seed, "confirmation", int(population.numbers[0]))
    result = np.full(len(population.members), NEVER)
    for scheme, mine in chunk.schemes():
        how = scheme.concealment
        delay = rng.uniform(how.police_delay_days.low, how.police_delay_days.high, len(mine)).astype(np.int64)
        found = (rng.random(len(mine)) < how.police_chance) & (chunk.collapsed(mine) < NEVER)
        day = np.where(found, chunk.collapsed(mine) + delay, NEVER)
        result[chunk.in_course(mine)] = np.where(day <= chunk.calendar.end, day, NEVER)
    return result


def _penalties(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("penalties"), chunk.population, chunk.calendar
    rates = np.repeat(
        (chunk.scenario.noise.penalties * SIZE_FACTOR[population.size])[:, None], calendar.months, axis=1
    )
    for kind, mine in chunk.confounders():
        rates[mine] += chunk.episode_rates(kind, mine, kind.episode.penalties_monthly)
    for _scheme, mine in chunk.schemes():
        running = population.course.stage[chunk.in_course(mine)]
        rates[mine] = 0.004 * (running == PAYING) + 0.02 * (running == LIMITED) + 0.03 * (running == DELAYED)
    who, day = chunk.draw(rng, rates)
    count = len(who)
    of_scheme = population.is_scheme[who]
    domain = codes(
        rng,
        {
            "market": 40,
            "advertising": 14,
            "tax": 15,
            "other": 26,
            "financial": 1,
            "privacy": 3,
            "registration_fraud": 1,
        },
        count,
    )
    domain = either(
        of_scheme,
        codes(rng, {"advertising": 5, "market": 3, "financial": 1, "registration_fraud": 1}, count),
        domain,
    )
    chunk.emit(
        "administrative_penalty",
        who,
        day,
        {
            "document_no": chunk.ids("administrative_penalty", "粤罚决", count),
            "domain": domain,
            "penalty_type": codes(
                rng, {"fine": 70, "warning": 20, "confiscation": 6, "notice": 3, "suspension": 1}, count
            ),
            "fact": choose(rng, text(_FACTS), count),
            "basis": text(["相关法律法规"] * count),
            "fine_yuan": yuan(np.round(between(rng, 500, 200_000, count), -2)),
            "decided_on": day,
            "authority": join(population.names["city_name"].take(pa.array(who)), "行政执法机关"),
        },
    )


def early_clues(chunk: Chunk, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return schemes about which somebody passes on a clue while they still pay, and when."""
    population, calendar = chunk.population, chunk.calendar
    whose, days = [], []
    for scheme, mine in chunk.schemes():
        told = mine[rng.random(len(mine)) < scheme.concealment.early_clue]
        rows = chunk.in_course(told)
        begin = np.maximum(population.course.started_on[rows] + 40, calendar.start)
        end = np.minimum(population.course.delayed_on[rows], calendar.end)
        day = begin + (rng.random(len(told)) * np.maximum(end - begin, 1)).astype(np.int64)
        whose.append(told[end > begin])
        days.append(day[end > begin])
    return np.concatenate(whose), np.concatenate(days)


def after_collapse(
    chunk: Chunk, rng: np.random.Generator, share: float, low: int, high: int
) -> tuple[Ints, Ints]:
    """Return a share of the schemes that stopped paying, with a day so long after."""
    members = chunk.population.members
    day = chunk.collapsed(members) + rng.integers(low, high, len(members))
    seen = (chunk.collapsed(members) < NEVER) & (day <= chunk.calendar.end) & (day >= chunk.calendar.start)
    seen &= rng.random(len(members)) < share
    return members[seen], day[seen]


def _clues(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("clues"), chunk.population, chunk.calendar
    finance = population.is_type(*RISKY_TYPES)
    rates = np.repeat(
        (chunk.scenario.noise.clues * np.where(finance, 12, 1))[:, None], calendar.months, axis=1
    )
    for kind, mine in chunk.confounders():
        rates[mine] += chunk.episode_rates(kind, mine, kind.episode.clues_monthly)
    noise, noise_day = chunk.draw(rng, rates)
    early, early_day = early_clues(chunk, rng)
    late, late_day = after_collapse(chunk, rng, 0.4, -15, 60)
    who = np.concatenate([noise, early, late])
    day = np.maximum(
        np.concatenate([noise_day, early_day, late_day]),
        population.established[np.concatenate([noise, early, late])] + 5,
    )
    count = len(who)
    chunk.emit(
        "partner_clue",
        who,
        day,
        {
            "clue_id": chunk.ids("partner_clue", "TB", count),
            "origin": codes(
                rng,
                {
                    "grid": 40,
                    "community": 15,
                    "bank_branch": 10,
                    "bank_suspicious": 10,
                    "other_region": 8,
                    "regulator": 10,
                    "court": 4,
                    "media": 3,
                },
                count,
            ),
            "tags": choose(
                rng, text(["疑似非法集资", "宣讲揽客", "可疑交易", "资质存疑", "群众反映"]), count
            ),
            "province": text(["44"] * count),
            "reported_on": day,
            "content": choose(
                rng,
                text(
                    [
                        "网格巡查发现门店宣讲",
                        "账户交易与经营规模不符",
                        "群众反映高收益项目",
                        "外地通报涉案关联",
                    ]
                ),
                count,
            ),
        },
    )
    sent, sent_day = chunk.draw(rng, chunk.scenario.noise.clues * np.where(finance, 5, 0.3))
    early, early_day = early_clues(chunk, rng)
    half = rng.random(len(early)) < 0.4
    late, late_day = after_collapse(chunk, rng, 0.3, 0, 90)
    who = np.concatenate([sent, early[half], late])
    day = np.concatenate([sent_day, early_day[half], late_day])
    level = weighted(rng, (1, 4, 6), len(who))
    level[len(sent) :] = weighted(rng, (3, 5, 2), len(who) - len(sent))
    chunk.emit(
        "national_clue",
        who,
        day,
        {
            "clue_id": chunk.ids("national_clue", "GJ", len(who)),
            "level": text(["high", "middle", "low"]).take(pa.array(level)),
            "pushed_on": day,
            "payload": text(["模型预警线索"] * len(who)),
        },
        closes=(
            "closed_on",
            np.where(rng.random(len(who)) < 0.8, day + rng.integers(15, 120, len(who)), NEVER),
        ),
    )


def _cases(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("cases"), chunk.population, chunk.calendar
    confirmed = np.full(len(population), NEVER)
    confirmed[population.members] = confirmed_on(chunk)
    for scheme, mine in chunk.schemes():
        who = mine[(confirmed[mine] <= calendar.end) & (confirmed[mine] >= calendar.start)]
        _police(chunk, rng, who, confirmed[who], _CHARGES[scheme.activity_class])
        if scheme.activity_class == "illegal_fundraising":
            _administrative(chunk, rng, who, confirmed[who])
    # The police also file cases about honest firms' contracts, and drop most of them.
    stray, day = chunk.draw(rng, 0.00004 * SIZE_FACTOR[population.size])
    _police(chunk, rng, stray, day, {"contract_fraud": 1.0}, dropped=0.7)


def _police(
    chunk: Chunk,
    rng: np.random.Generator,
    who: Ints,
    day: Ints,
    charges: Mapping[str, float],
    *,
    dropped: float = 0.0,
) -> None:
    count = len(who)
    chunk.emit(
        "police_case",
        who,
        day,
        {
            "case_no": chunk.ids("police_case", "公经立", count),
            "charge": codes(rng, charges, count),
            "filed_on": day,
            "agency": join(chunk.population.names["city_name"].take(pa.array(who)), "公安局经侦支队"),
        },
        closes=(
            "closed_on",
            np.where(rng.random(count) < dropped, day + rng.integers(30, 200, count), NEVER),
        ),
    )


def _administrative(chunk: Chunk, rng: np.random.Generator, who: Ints, confirmed: Ints) -> None:
    count, calendar = len(who), chunk.calendar
    number = chunk.ids("fundraising_case", "处非", count)
    filed = np.maximum(confirmed - rng.integers(0, 25, count), chunk.collapsed(who) + 1)
    determined = filed + rng.integers(30, 150, count)
    chunk.emit(
        "fundraising_case",
        who,
        filed,
        {
            "case_no": number,
            "status": AtEnd(
                codes(rng, {"filed": 2, "investigating": 6, "suspended": 2}, count),
                codes(rng, {"determined": 4, "transferred": 4, "repaying": 2}, count),
            ),
            "determination": AtEnd(pa.nulls(count, pa.string()), text(["illegal_fundraising"] * count)),
            "filed_on": filed,
        },
        closes=("determined_on", determined),
    )
    recorded = confirmed + rng.integers(5, 90, count)
    people = np.repeat(np.arange(count), 2)
    place = np.tile(np.array([0, 1]), count)
    seen = np.flatnonzero(recorded[people] <= calendar.end)
    chunk.emit(
        "fundraising_person",
        who[people[seen]],
        recorded[people[seen]],
        {
            "case_no": number.take(pa.array(people[seen])),
            "person_id": chunk.persons.ids(chunk.person(who[people[seen]], place[seen])),
            "role": either(place[seen] == 0, "controller", "executive"),
            "measure": codes(rng, {"recorded": 6, "exit_ban": 3, "penalised": 1}, len(seen)),
            "recorded_on": recorded[people[seen]],
        },
    )
    interviewed = np.flatnonzero(rng.random(count) < 0.5)
    taken = np.maximum(
        filed[interviewed] - rng.integers(0, 40, len(interviewed)), chunk.collapsed(who[interviewed]) - 60
    )
    write_measures(
        chunk,
        rng,
        who[interviewed],
        taken,
        {"interview": 3, "rectify": 2, "suspend_raising": 3, "order_stop": 2},
    )


def write_measures(
    chunk: Chunk, rng: np.random.Generator, who: Ints, day: Ints, kinds: Mapping[str, float]
) -> None:
    chunk.emit(
        "supervisory_measure",
        who,
        day,
        {
            "measure_id": chunk.ids("supervisory_measure", "CS", len(who)),
            "measure_type": codes(rng, kinds, len(who)),
            "taken_on": day,
            "due_on": day + 30,
            "authority": text(["地方金融管理部门"] * len(who)),
        },
        closes=("done_on", np.where(rng.random(len(who)) < 0.6, day + rng.integers(5, 45, len(who)), NEVER)),
    )
