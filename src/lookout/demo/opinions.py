"""Posts about companies in media and forums, with what a vendor makes of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.demo.cells import (
    Ints,
    between,
    choose,
    either,
    hashed,
    join,
    text,
    weighted,
    when,
)
from lookout.demo.chunk import SIZE_FACTOR, Chunk
from lookout.demo.life import DELAYED, LIMITED, PAYING, STOPPED
from lookout.demo.scenario import SchemeKind
from lookout.demo.talk import (
    Talk,
    confounder_talk,
    crowd_of,
    draft,
    named_yield,
    since,
    stage_of,
    together,
    while_active,
)
from lookout.demo.words import words

_EVENTS = (
    "overdue", "abscond", "fraud", "pyramid", "rights_protection", "controller_detained", "layoff_wage",
    "promotion", "review", "other",
)  # fmt: skip
_SURE = 0.75  # how sure a vendor usually is of the company a post speaks of


def write(chunk: Chunk) -> None:
    """Write posts."""
    rng, population, noise = chunk.rng("posts"), chunk.population, chunk.scenario.noise
    who, day = while_active(chunk, *chunk.draw(rng, noise.posts * SIZE_FACTOR[population.size]))
    good = rng.random(len(who)) < 0.55
    plain = draft(who, day, "good_news", _EVENTS.index("other"), 0.02)
    plain.theme = np.where(good, words().themes["good_news"], words().themes["service_review"])
    plain.kind = np.where(good, _EVENTS.index("other"), _EVENTS.index("review"))
    plain.weight = np.where(good, 0.03, 0.3)
    parts = [plain]
    for kind, mine in chunk.confounders():
        for voice in kind.episode.posts:
            talk = confounder_talk(chunk, rng, kind, mine, voice, _EVENTS.index(voice.event_type))
            talk.weight[:] = voice.negative
            parts.append(talk)
    for scheme, mine in chunk.schemes():
        parts += _scheme_posts(chunk, rng, scheme, mine)
    _post_rows(chunk, rng, together(parts))


def _scheme_posts(chunk: Chunk, rng: np.random.Generator, scheme: SchemeKind, mine: Ints) -> list[Talk]:
    seen, stage, crowd = scheme.visibility, stage_of(chunk, mine), crowd_of(chunk, mine)
    course = chunk.population.course
    pace = rng.uniform(seen.posts_monthly.low, seen.posts_monthly.high, len(mine))
    online = (rng.random(len(mine)) < max(seen.online_advertising, 0.3))[:, None]
    who, day = chunk.draw(rng, pace[:, None] * online * ((stage == PAYING) | (stage == LIMITED)), mine)
    before = day < course.collapsed_on[chunk.in_course(who)]
    own = draft(who[before], day[before], "soft_promotion", _EVENTS.index("promotion"), 0.02)
    doubt = 0.02 * np.log10(1 + crowd) * (stage == PAYING)
    who, day = chunk.draw(rng, doubt, mine)
    talkers = draft(who, day, "pyramid_talk", _EVENTS.index("pyramid"), 0.7)
    heard = (
        seen.press * np.log10(1 + crowd) * np.select([stage == LIMITED, stage == DELAYED], [0.4, 1.0], 0.0)
    )
    who, day = chunk.draw(rng, heard, mine)
    kept = since(chunk, who, day, course.delayed_on)
    overdue = draft(
        who[kept], day[kept], "unpaid_investors", _EVENTS.index("overdue"), 0.9, group=day[kept] // 12
    )
    months = (chunk.calendar.starts[:-1][None, :] - course.collapsed_on[chunk.in_course(mine)][:, None]) / 30
    after = seen.press * np.log10(1 + crowd) * (stage == STOPPED) * 0.7 ** np.maximum(months, 0)
    who, day = chunk.draw(rng, after, mine)
    kept = since(chunk, who, day, course.collapsed_on)
    gone = draft(who[kept], day[kept], "abscond_news", 0, 0.92, group=day[kept] // 12)
    gone.kind = rng.choice(
        [_EVENTS.index(name) for name in ("abscond", "rights_protection", "fraud", "controller_detained")],
        len(gone.who),
        p=[0.4, 0.35, 0.15, 0.1],
    )
    return [own, talkers, overdue, gone]


def _post_rows(chunk: Chunk, rng: np.random.Generator, talk: Talk) -> None:
    population, lexicon, count = chunk.population, words(), len(talk.who)
    cluster = hashed(
        population.numbers[talk.who], np.where(talk.group >= 0, talk.group, rng.integers(10**6, 10**9, count))
    )
    media = weighted(rng, (2, 18, 22, 20, 18, 14, 4, 2), count)
    tier = np.array([1, 2, 3, 3, 3, 3, 4, 4])[media]
    negative = rng.random(count) < talk.weight
    sentiment = either(negative, "negative", either(rng.random(count) < 0.5, "positive", "neutral"))
    is_review = talk.kind == _EVENTS.index("review")
    score = np.where(negative, rng.uniform(0.5, 2.5, count), rng.uniform(3, 5, count))
    reads = between(rng, 20, 60_000, count) * np.where(tier == 2, 3, 1)
    name = population.names["name"].take(pa.array(talk.who))
    number = chunk.ids("opinion_post", "YQ", count)
    kinds = text(["official", "news", "forum", "weibo", "wechat", "video", "app_store", "other"])
    chunk.emit(
        "opinion_post",
        talk.who,
        talk.day,
        {
            "post_id": number,
            "attribution": np.round(np.clip(rng.normal(_SURE, 0.18, count), 0.2, 1), 2),
            "media_kind": kinds.take(pa.array(media)),
            "media_tier": tier,
            "media_name": choose(rng, lexicon.lists["media"], count),
            "event_cluster": join("C", pc.cast(pa.array(cluster % 10**10), pa.string())),
            "group_id": when(
                (media == 4) & (rng.random(count) < 0.5),
                join("G", pc.cast(pa.array(cluster % 10**7 // 3 + rng.integers(0, 4, count)), pa.string())),
            ),
            "title": join(name, "：", lexicon.phrase(rng, "titles", talk.theme)),
            "body": lexicon.sentence(rng, talk.theme),
            "sentiment": when(rng.random(count) < 0.95, sentiment),
            "event_type": text(_EVENTS).take(pa.array(talk.kind)),
            "advertised_yield_percent": named_yield(chunk, rng, talk, 0.25),
            "review_score": when(is_review, np.round(score, 1)),
            "reads": reads.astype(np.int64),
            "reposts": (reads * rng.beta(1, 60, count)).astype(np.int64),
            "is_deleted": pa.array(rng.random(count) < 0.03),
            "is_duplicate": pa.array((talk.group >= 0) & (rng.random(count) < 0.35)),
            "region": population.city[talk.who],
            "url": join("https://", "news.example.com/", number),
            "published_on": talk.day,
        },
    )
