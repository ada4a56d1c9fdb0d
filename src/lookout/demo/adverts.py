"""Adverts of companies, and what the market supervisors find of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.demo.cells import (
    NEVER,
    choose,
    codes,
    either,
    hashed,
    join,
    text,
    when,
)
from lookout.demo.chunk import SIZE_FACTOR, Chunk
from lookout.demo.life import LIMITED, PAYING
from lookout.demo.talk import (
    Talk,
    confounder_talk,
    draft,
    since,
    stage_of,
    together,
    while_active,
)
from lookout.demo.words import words


def write(chunk: Chunk) -> None:
    """Write adverts and findings."""
    rng, population, noise = chunk.rng("adverts"), chunk.population, chunk.scenario.noise
    who, day = while_active(chunk, *chunk.draw(rng, noise.adverts * SIZE_FACTOR[population.size]))
    plain = draft(who, day, "promotion", 0, 0.6)
    usual = np.array([words().themes[entry.advert] for entry in words().types.values()])
    plain.theme = usual[population.business[who]]
    lends = plain.theme == words().themes["loan_offer"]
    named = (lends | population.is_type("bank")[who]) & (rng.random(len(who)) < 0.7)
    plain.rate = np.where(named, rng.uniform(3, 20, len(who)), np.nan)
    parts = [plain]
    for kind, mine in chunk.confounders():
        for voice in kind.episode.adverts:
            parts.append(confounder_talk(chunk, rng, kind, mine, voice, 0))
            parts[-1].weight[:] = 0.85 if kind.has_licence else 0.3
    for scheme, mine in chunk.schemes():
        seen, stage = scheme.visibility, stage_of(chunk, mine)
        online = (rng.random(len(mine)) < seen.online_advertising)[:, None]
        pace = rng.uniform(seen.adverts_monthly.low, seen.adverts_monthly.high, len(mine))[:, None]
        who, day = chunk.draw(
            rng, pace * online * np.select([stage == PAYING, stage == LIMITED], [1.0, 0.8], 0.0), mine
        )
        kept = (day < chunk.collapsed(who)) & since(chunk, who, day, population.course.started_on)
        talk = draft(who[kept], day[kept], scheme.promise, 0, 0.08)
        yearly = population.course.promised[chunk.in_course(talk.who)] * 1200
        named = (yearly > 0) & (rng.random(len(yearly)) < (0.85 if seen.advertised == "yield" else 0.15))
        talk.rate = np.where(named, np.round(yearly * rng.uniform(0.9, 1.1, len(yearly)), 1), np.nan)
        parts.append(talk)
    _advert_rows(chunk, rng, together(parts))


def _advert_rows(chunk: Chunk, rng: np.random.Generator, talk: Talk) -> None:
    population, lexicon, count = chunk.population, words(), len(talk.who)
    number = chunk.ids("advertisement", "AD", count)
    has_yield = ~np.isnan(talk.rate)
    rate = np.where(has_yield, talk.rate, 0.0)
    said = either(has_yield, join("年化收益", pc.cast(pa.array(np.round(rate, 1)), pa.string()), "%，"), "")
    of_scheme = population.course_of[talk.who] >= 0
    deep = hashed(population.numbers[talk.who], np.full(count, 41)) % 10 < 4
    rebate = np.where(of_scheme & deep, 2, np.where(rng.random(count) < np.where(of_scheme, 0.5, 0.12), 1, 0))
    rebate = np.where((rebate == 2) & (rate > 60), 3, rebate)
    # Honest group-buying and franchise sellers also pay commissions on commissions.
    rebate = np.where(~of_scheme & (rng.random(count) < 0.02), 2, rebate)
    chunk.emit(
        "advertisement",
        talk.who,
        talk.day,
        {
            "advertisement_id": number,
            "medium": codes(
                rng,
                {
                    "web": 22,
                    "app": 12,
                    "tv": 1,
                    "newspaper": 3,
                    "radio": 2,
                    "outdoor": 10,
                    "live": 14,
                    "wechat": 28,
                    "flyer": 8,
                },
                count,
            ),
            "title": lexicon.phrase(rng, "titles", talk.theme),
            "body": join(
                lexicon.phrase(rng, "openings", talk.theme),
                said,
                lexicon.phrase(rng, "details", talk.theme),
                lexicon.phrase(rng, "endings", talk.theme),
            ),
            "product": join(
                population.names["brand"].take(pa.array(talk.who)),
                choose(rng, text(["计划", "优选", "服务", "项目", "一号"]), count),
            ),
            "advertised_yield_percent": when(has_yield, rate),
            "tenor_days": when(has_yield, rng.choice([30, 90, 180, 365], count)),
            "payout_frequency": when(
                has_yield, codes(rng, {"daily": 1, "weekly": 1, "monthly": 6, "maturity": 4}, count)
            ),
            "rebate_kind": text(["none", "invite", "multi_level", "static_dynamic"]).take(pa.array(rebate)),
            "has_risk_warning": pa.array(rng.random(count) < talk.weight),
            "region": population.city[talk.who],
            "published_on": talk.day,
        },
        closes=(
            "removed_on",
            np.where(rng.random(count) < 0.5, talk.day + rng.integers(3, 120, count), NEVER),
        ),
    )
    suspected = rng.random(count) < np.where(talk.weight < 0.2, 0.25, 0.02)
    places = np.flatnonzero(suspected)
    found = talk.day[places] + rng.integers(3, 40, len(places))
    chunk.emit(
        "advertisement_finding",
        talk.who[places],
        found,
        {
            "finding_id": chunk.ids("advertisement_finding", "RD", len(places)),
            "advertisement_id": number.take(pa.array(places)),
            "rule": join("AD-0", pc.cast(pa.array(rng.integers(10, 40, len(places))), pa.string())),
            "state": either(
                of_scheme[places],
                codes(rng, {"suspected": 5, "confirmed": 4, "cleared": 1}, len(places)),
                codes(rng, {"suspected": 4, "confirmed": 2, "cleared": 4}, len(places)),
            ),
            "found_on": found,
        },
    )
