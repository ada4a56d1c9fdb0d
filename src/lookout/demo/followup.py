"""What comes of attention: visits on site, credit lists, outcomes of past clues."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lookout.demo.authorities import RISKY_TYPES, after_collapse, confirmed_on, early_clues, write_measures
from lookout.demo.cells import NEVER, Mask, codes, either
from lookout.demo.chunk import SIZE_FACTOR, Chunk


def write(chunk: Chunk) -> None:
    """Write visits, lists and outcomes."""
    _visits(chunk)
    _credit_lists(chunk)
    _outcomes(chunk)


def _visits(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("visits"), chunk.population, chunk.calendar
    rates = np.where(population.is_type(*RISKY_TYPES), 0.012, 0.0012)
    who, day = chunk.draw(rng, rates)
    early, early_day = early_clues(chunk, rng)
    late, late_day = after_collapse(chunk, rng, 0.5, 2, 50)
    who, day = np.concatenate([who, early, late]), np.concatenate([day, early_day + 10, late_day])
    seen = day <= calendar.end
    who, day = who[seen], day[seen]
    gone = chunk.ends[who] <= day
    chance = np.where(population.is_scheme[who], 0.35, 0.015)  # honest advisers also hold talks
    soliciting = ~gone & (rng.random(len(who)) < chance)
    result = either(gone, "vacant", codes(rng, {"operating": 90, "vacant": 6, "refused": 4}, len(who)))
    chunk.emit(
        "site_visit",
        who,
        day,
        {
            "visit_id": chunk.ids("site_visit", "HC", len(who)),
            "result": either(soliciting, "soliciting", result),
            "is_soliciting": pa.array(soliciting),
            "storefronts": rng.poisson(0.4 * SIZE_FACTOR[population.size[who]]) + 1,
            "visited_on": day,
        },
    )
    warned, warned_day = chunk.draw(rng, np.where(population.licensed, 0.004, 0.00005))
    write_measures(chunk, rng, warned, warned_day, {"interview": 4, "rectify": 6})


def _credit_lists(chunk: Chunk) -> None:
    rng, population, calendar = chunk.rng("credit lists"), chunk.population, chunk.calendar
    rates = np.full((len(population), calendar.months), 0.0004)
    for kind, mine in chunk.confounders():
        rates[mine] += chunk.episode_rates(kind, mine, kind.episode.arrears * 0.04)
    who, day = chunk.draw(rng, rates)
    troubled: Mask = population.kind[who] >= 0
    chunk.emit(
        "credit_listing",
        who,
        day,
        {
            "listing_id": chunk.ids("credit_listing", "XY", len(who)),
            "kind": either(
                troubled,
                codes(rng, {"wage_arrears": 8, "joint_punishment": 2}, len(who)),
                codes(rng, {"commitment_breach": 6, "joint_punishment": 2, "wage_arrears": 2}, len(who)),
            ),
            "listed_on": day,
        },
        closes=(
            "removed_on",
            np.where(rng.random(len(who)) < 0.4, day + rng.integers(60, 500, len(who)), NEVER),
        ),
    )


def _outcomes(chunk: Chunk) -> None:
    """Closed clues of the past: confirmed ones of collapsed schemes, excluded ones of the suspected innocent."""
    rng, population, calendar = chunk.rng("outcomes"), chunk.population, chunk.calendar
    confirmed = confirmed_on(chunk)
    closed = confirmed + rng.integers(5, 60, len(confirmed))
    known = (confirmed < NEVER) & (rng.random(len(confirmed)) < 0.85)
    parts = [
        (
            population.members[known],
            closed[known],
            {"case_filed": 5.0, "transferred": 4.0, "administrative": 1.0},
        )
    ]
    suspected = population.is_type(*RISKY_TYPES) & (population.kind < 0) & (population.shell_of < 0)
    chosen = np.flatnonzero(suspected & (rng.random(len(population)) < chunk.scenario.noise.past_outcomes))
    day = calendar.start + rng.integers(0, calendar.end - calendar.start, len(chosen))
    parts.append(
        (chosen, day, {"excluded": 78.0, "watch": 10.0, "assist": 4.0, "lost": 6.0, "administrative": 2.0})
    )
    for kind, mine in chunk.confounders():
        asked = mine[rng.random(len(mine)) < 0.15]
        day = population.episode_start[asked] + rng.integers(20, 120, len(asked))
        helped = 3.0 if kind.episode.arrears > 0 else 0.5
        parts.append((asked, day, {"excluded": 8.0, "assist": helped, "watch": 1.0}))
    for who, days, weights in parts:
        seen = (days <= calendar.end) & (days >= calendar.start) & (days > population.established[who])
        chunk.emit(
            "desk_outcome",
            who[seen],
            days[seen],
            {
                "clue_no": chunk.ids("desk_outcome", "XS", int(seen.sum())),
                "outcome": codes(rng, weights, int(seen.sum())),
                "closed_on": days[seen],
            },
        )
