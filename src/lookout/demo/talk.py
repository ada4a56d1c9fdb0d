"""Drafts of texts about companies, before they become complaints, posts or adverts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lookout.demo.cells import Floats, Ints, Mask, when
from lookout.demo.chunk import Chunk, Matrix
from lookout.demo.scenario import ConfounderKind, Voice
from lookout.demo.words import words


@dataclass
class Talk:
    """Drafts of texts: whose, when, on what, by whom."""

    who: Ints
    day: Ints
    theme: Ints
    kind: Ints  # complaint type, or event type of a post
    weight: Floats  # chance that it is substantiated, or that it is negative
    group: Ints  # the same number for texts that repeat one another; −1 stands alone
    reporters: Ints  # 0: everybody once
    rate: Floats  # a yield it names, or NaN


def draft(who: Ints, day: Ints, theme: str, kind: int, weight: float, *, group: Ints | None = None) -> Talk:
    """Return drafts on one theme, of one kind."""
    count = len(who)
    return Talk(
        who, day, np.full(count, words().themes[theme]), np.full(count, kind), np.full(count, weight),
        np.full(count, -1) if group is None else group, np.zeros(count, np.int64), np.full(count, np.nan),
    )  # fmt: skip


def together(parts: Sequence[Talk]) -> Talk:
    """Put drafts one below the other."""
    names = Talk.__dataclass_fields__
    return Talk(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def since(chunk: Chunk, who: Ints, day: Ints, first: Ints) -> Mask:
    """Tell which of a scheme's events fall on or after a day of its course."""
    return np.asarray(day >= first[chunk.in_course(who)])


def confounder_talk(
    chunk: Chunk, rng: np.random.Generator, kind: ConfounderKind, mine: Ints, voice: Voice, number: int
) -> Talk:
    """Draw the texts one voice adds to the companies of a confounder."""
    monthly = chunk.episode_rates(kind, mine, voice.monthly)
    if voice.per_hundred_staff:
        monthly = monthly * (chunk.population.staff[mine, None] / 100)
    who, day = chunk.draw(rng, monthly, mine)
    talk = draft(who, day, voice.theme, number, 0.0)
    talk.reporters[:] = voice.reporters
    if voice.yield_percent is not None:
        talk.rate = rng.uniform(voice.yield_percent.low, voice.yield_percent.high, len(who))
    # Stories: a month's posts belong to a few of them.
    stories = max(1, round(voice.clusters_monthly))
    talk.group = (day // 30) * 1000 + rng.integers(0, stories, len(who)) + words().themes[voice.theme] * 10
    return talk


def while_active(chunk: Chunk, who: Ints, day: Ints) -> tuple[Ints, Ints]:
    """Leave out what would come from or about the business of a company that has fallen silent."""
    active = day < chunk.ends[who]
    return who[active], day[active]


def crowd_of(chunk: Chunk, mine: Ints) -> Matrix:
    """Return the participants of these schemes by month."""
    return chunk.population.course.participants[chunk.in_course(mine)]


def stage_of(chunk: Chunk, mine: Ints) -> Matrix:
    """Return the stage of these schemes by month."""
    return np.asarray(chunk.population.course.stage[chunk.in_course(mine)], float)


def named_yield(chunk: Chunk, rng: np.random.Generator, talk: Talk, share: float) -> pa.Array:
    """Return the yearly yield a scheme's own texts name: that of its promise, a little rounded."""
    course = chunk.population.course_of[talk.who]
    yearly = (
        chunk.population.course.promised[course] * 1200
        if len(chunk.population.members)
        else np.zeros(len(course))
    )
    own = (talk.theme == words().themes["soft_promotion"]) & (course >= 0) & (yearly > 0)
    value = np.where(np.isnan(talk.rate), np.round(yearly), np.round(talk.rate, 1))
    return when((own & (rng.random(len(course)) < share)) | ~np.isnan(talk.rate), value)
