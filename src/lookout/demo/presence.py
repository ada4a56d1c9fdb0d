"""What monitors see of companies on the net and in job markets: sites, applications, traffic, job posts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.demo.cells import Ints, Mask, choose, codes, either, join, text, when
from lookout.demo.chunk import SIZE_FACTOR, Chunk, spread
from lookout.demo.life import LIMITED, PAYING
from lookout.demo.words import words

_EVERY = 3  # months between two checks of a site or application


def write(chunk: Chunk) -> None:
    """Write the monitors' tables."""
    _sites(chunk)
    _applications(chunk)
    _jobs(chunk)


def _owners(chunk: Chunk, topic: str, chance: float) -> Mask:
    rng, population = chunk.rng(topic), chunk.population
    has = rng.random(len(population)) < np.minimum(chance * SIZE_FACTOR[population.size], 0.8)
    for scheme, mine in chunk.schemes():
        shown = scheme.visibility.website if topic == "sites" else scheme.visibility.application
        has[mine] = rng.random(len(mine)) < shown
    has[population.shell_of >= 0] = False
    return has


def _checks(chunk: Chunk, has: Mask, every: int, phase: int) -> tuple[Ints, Ints, Ints]:
    """Return company, month and day of the checks of what these companies run."""
    population, calendar = chunk.population, chunk.calendar
    months = np.arange(calendar.months)[calendar.months % every + phase - 1 :: every]
    who = np.repeat(np.flatnonzero(has), len(months))
    month = np.tile(months, int(has.sum()))
    since = population.established[who]
    course = population.course_of[who]
    if len(population.members):
        since = np.where(course >= 0, population.course.started_on[np.maximum(course, 0)], since)
    day = calendar.starts[month + 1] - 2 - who % 5
    # A site is still looked at for some months after its owner has fallen silent.
    there = (day > since + 20) & (day < chunk.ends[who] + 150) & (day <= calendar.end)
    return who[there], month[there], day[there]


def _sites(chunk: Chunk) -> None:
    rng, population = chunk.rng("site rows"), chunk.population
    has = _owners(chunk, "sites", 0.08)
    who, month, day = _checks(chunk, has, _EVERY, 1)
    count = len(who)
    dead = chunk.ends[who] < day
    down = np.where(dead, np.minimum(day - chunk.ends[who], 30), rng.poisson(0.4, count))
    hidden = np.zeros(len(population), bool)
    for scheme, mine in chunk.schemes():
        hidden[mine] = rng.random(len(mine)) < (0.6 if scheme.money in ("counter", "transit") else 0.3)
    stray = rng.random(len(population)) < 0.04
    foreign = (hidden | stray)[who]
    domain = population.codes["domain"].take(pa.array(who))
    registered = ~foreign & (population.numbers[who] % 20 > 0)
    number = pc.cast(pa.array(population.numbers[who] * 7919 % 10**8), pa.string())
    chunk.emit(
        "website",
        who,
        day,
        {
            "domain": domain,
            "icp_no": when(registered, join("粤ICP备", number, "号")),
            "icp_owner": when(registered, population.names["name"].take(pa.array(who))),
            "server_country": either(
                foreign & (population.numbers[who] % 3 > 0),
                choose(rng, text(["HK", "US", "SG"]), count),
                "CN",
            ),
            "down_days": down,
            "first_seen_on": np.maximum(population.established[who] + 30, day - 900),
            "checked_on": day,
        },
    )
    who, month, day = _checks(chunk, has & (population.numbers % 2 == 0), _EVERY, 2)
    crowd = np.zeros(len(who))
    course = population.course_of[who]
    if len(population.members):
        place = np.maximum(course, 0)
        crowd = np.where(course >= 0, population.course.participants[place, month], 0)
    visitors = spread(rng, 40 * SIZE_FACTOR[population.size[who]] + crowd * 0.8, 0.5) * (
        chunk.ends[who] >= day
    )
    chunk.emit(
        "web_traffic",
        who,
        day,
        {
            "property": population.codes["domain"].take(pa.array(who)),
            "unique_visitors": visitors.astype(np.int64),
            "monthly_active_users": (visitors * 1.8).astype(np.int64),
            "cities": np.minimum(1 + visitors**0.4 / 4, 21).astype(np.int64),
            "measured_on": day,
        },
    )


def _applications(chunk: Chunk) -> None:
    rng, population = chunk.rng("application rows"), chunk.population
    who, _month, day = _checks(chunk, _owners(chunk, "applications", 0.012), _EVERY, 1)
    count = len(who)
    letters = pc.utf8_slice_codeunits(population.codes["domain"].take(pa.array(who)), 0, 7)
    side = np.zeros(len(population), bool)
    for _scheme, mine in chunk.schemes():
        side[mine] = rng.random(len(mine)) < 0.55
    side |= rng.random(len(population)) < 0.05
    status = either(side[who], "sideload", codes(rng, {"listed": 97, "removed": 3}, count))
    chunk.emit(
        "mobile_app",
        who,
        day,
        {
            "package": join("com.example.", letters),
            "store": either(
                side[who],
                "网页下载",
                text(["应用商店甲", "应用商店乙"]).take(pa.array(population.numbers[who] % 2)),
            ),
            "status": either(chunk.ends[who] < day, "removed", status),
            "checked_on": day,
        },
    )


def _jobs(chunk: Chunk) -> None:
    rng, population = chunk.rng("jobs"), chunk.population
    rates = chunk.scenario.noise.jobs * SIZE_FACTOR[population.size][:, None] * np.minimum(chunk.activity, 2)
    sells = np.zeros(len(population), bool)
    for kind, mine in chunk.confounders():
        rates[mine] += chunk.episode_rates(kind, mine, kind.episode.jobs_monthly)
        sells[mine] = kind.episode.jobs_monthly > 0
    for scheme, mine in chunk.schemes():
        stage = population.course.stage[chunk.in_course(mine)]
        pace = rng.uniform(scheme.visibility.jobs_monthly.low, scheme.visibility.jobs_monthly.high, len(mine))
        rates[mine] = pace[:, None] * np.select([stage == PAYING, stage == LIMITED], [1.0, 0.5], 0.0)
    who, day = chunk.draw(rng, rates)
    alive = day < chunk.ends[who]
    who, day = who[alive], day[alive]
    count = len(who)
    # Lenders, insurers and brokers also hire people who sell.
    finance = ~population.is_type("general", "farmers_cooperative")[who]
    chance = np.where(population.is_scheme[who], 0.65, np.where(finance | sells[who], 0.35, 0.03))
    solicits = rng.random(count) < chance
    lists = words().lists
    chunk.emit(
        "job_post",
        who,
        day,
        {
            "post_id": chunk.ids("job_post", "ZP", count),
            "title": either(
                solicits,
                choose(rng, lists["solicitor_titles"], count),
                choose(rng, lists["job_titles"], count),
            ),
            "headcount": rng.poisson(np.where(solicits, 6, 1.5)) + 1,
            "salary_text": either(
                solicits,
                choose(rng, lists["solicitor_pay"], count),
                choose(rng, lists["ordinary_pay"], count),
            ),
            "region": population.region[who],
            "posted_on": day,
        },
    )
