"""What people say about companies and what companies say of themselves: complaints, posts, adverts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.demo.cells import (
    NEVER,
    Floats,
    Ints,
    Mask,
    between,
    choose,
    codes,
    either,
    hashed,
    join,
    text,
    weighted,
    when,
    yuan,
)
from lookout.demo.chunk import SIZE_FACTOR, Chunk, Matrix
from lookout.demo.deliveries import AtEnd
from lookout.demo.identities import accounts
from lookout.demo.life import DELAYED, LIMITED, PAYING, STOPPED
from lookout.demo.scenario import ConfounderKind, SchemeKind, Voice
from lookout.demo.words import words

_EVENTS = (
    "overdue", "abscond", "fraud", "pyramid", "rights_protection", "controller_detained", "layoff_wage",
    "promotion", "review", "other",
)  # fmt: skip
_COMPLAINTS = (
    "illegal_fundraising", "illegal_securities", "illegal_futures", "illegal_forex", "illegal_gold",
    "illegal_payment", "illegal_token", "loan", "collection", "wage", "consumer", "other",
)  # fmt: skip
_WAITING_DAYS = 45  # within which most tickets are answered
_SURE = 0.75  # how sure a vendor usually is of the company a post speaks of


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


def _talk(who: Ints, day: Ints, theme: str, kind: int, weight: float, *, group: Ints | None = None) -> Talk:
    count = len(who)
    return Talk(
        who, day, np.full(count, words().themes[theme]), np.full(count, kind), np.full(count, weight),
        np.full(count, -1) if group is None else group, np.zeros(count, np.int64), np.full(count, np.nan),
    )  # fmt: skip


def _together(parts: Sequence[Talk]) -> Talk:
    names = Talk.__dataclass_fields__
    return Talk(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def write(chunk: Chunk) -> None:
    """Write complaints, posts and adverts."""
    _complaints(chunk)
    _posts(chunk)
    _adverts(chunk)


def _since(chunk: Chunk, who: Ints, day: Ints, first: Ints) -> Mask:
    """Tell which of a scheme's events fall on or after a day of its course."""
    return np.asarray(day >= first[chunk.in_course(who)])


def _confounder_talk(
    chunk: Chunk, rng: np.random.Generator, kind: ConfounderKind, mine: Ints, voice: Voice, number: int
) -> Talk:
    """Draw the texts one voice adds to the companies of a confounder."""
    monthly = chunk.episode_rates(kind, mine, voice.monthly)
    if voice.per_hundred_staff:
        monthly = monthly * (chunk.population.staff[mine, None] / 100)
    who, day = chunk.draw(rng, monthly, mine)
    talk = _talk(who, day, voice.theme, number, 0.0)
    talk.reporters[:] = voice.reporters
    if voice.yield_percent is not None:
        talk.rate = rng.uniform(voice.yield_percent.low, voice.yield_percent.high, len(who))
    # Stories: a month's posts belong to a few of them.
    stories = max(1, round(voice.clusters_monthly))
    talk.group = (day // 30) * 1000 + rng.integers(0, stories, len(who)) + words().themes[voice.theme] * 10
    return talk


def _crowd(chunk: Chunk, mine: Ints) -> Matrix:
    return chunk.population.course.participants[chunk.in_course(mine)]


def _stage(chunk: Chunk, mine: Ints) -> Matrix:
    return np.asarray(chunk.population.course.stage[chunk.in_course(mine)], float)


def _scheme_complaints(chunk: Chunk, rng: np.random.Generator, scheme: SchemeKind, mine: Ints) -> list[Talk]:
    seen, stage, crowd = scheme.visibility, _stage(chunk, mine), _crowd(chunk, mine)
    silent = np.where(rng.random(len(mine)) < seen.complaint_poor, 0.06, 1.0)[:, None]
    number = _COMPLAINTS.index(scheme.activity_class)
    early = crowd / 1000 * seen.early_complaints * (stage == PAYING) * silent
    who, day = chunk.draw(rng, early, mine)
    parts = [_talk(who, day, "enquiry", number, 0.25)]
    asked = rng.random(len(who)) < 0.4
    parts[0].kind = np.where(asked, number, _COMPLAINTS.index("other"))
    # Outrage is greatest when payments stop and tires after some months.
    course = chunk.population.course
    months = chunk.calendar.starts[:-1][None, :]
    age = (months - course.collapsed_on[chunk.in_course(mine)][:, None]) / 30
    tired = np.where(age > 0, 0.75 ** np.maximum(age, 0), 1.0)
    urge = np.select([stage == LIMITED, stage == DELAYED, stage == STOPPED], [0.4, 1.0, 1.3], 0.0)
    late = np.minimum(crowd, 6000) / 1000 * seen.late_complaints * urge * tired * silent
    who, day = chunk.draw(rng, late, mine)
    kept = _since(chunk, who, day, course.delayed_on)
    parts.append(_talk(who[kept], day[kept], scheme.loss, number, 0.7))
    return parts


def _complaints(chunk: Chunk) -> None:
    rng, population, noise = chunk.rng("complaints"), chunk.population, chunk.scenario.noise
    who, day = chunk.draw(rng, noise.complaints * SIZE_FACTOR[population.size])
    mix = ("consumer_dispute", "ordinary_grievance", "wage_dispute", "lending_dispute", "enquiry")
    types = ("consumer", "other", "wage", "loan", "illegal_fundraising")
    topic = weighted(rng, (46, 35, 14, 3, 2), len(who))
    plain = _talk(who, day, "consumer_dispute", 0, 0.3)
    plain.theme = np.array([words().themes[theme] for theme in mix])[topic]
    plain.kind = np.array([_COMPLAINTS.index(name) for name in types])[topic]
    parts = [plain]
    for kind, mine in chunk.confounders():
        for voice in kind.episode.complaints:
            talk = _confounder_talk(chunk, rng, kind, mine, voice, _COMPLAINTS.index(voice.complaint_type))
            talk.weight[:] = voice.substantiated
            parts.append(talk)
    for scheme, mine in chunk.schemes():
        parts += _scheme_complaints(chunk, rng, scheme, mine)
    _tickets(chunk, rng, _together(parts))


def _tickets(chunk: Chunk, rng: np.random.Generator, talk: Talk) -> None:
    population, count = chunk.population, len(talk.who)
    lexicon = words()
    is_money = talk.kind < _COMPLAINTS.index("loan")
    brigade = talk.reporters > 0
    # A brigade's few people are the same ones again and again; others complain once or twice.
    own = hashed(population.numbers[talk.who], rng.integers(0, 10**9, count)) % 10**9
    hired = (
        hashed(population.numbers[talk.who], rng.integers(0, 1_000, count) % np.maximum(talk.reporters, 1))
        % 10**9
    )
    reporter = np.where(brigade, hired, own)
    elderly = np.full(count, 0.2)
    for scheme, mine in chunk.schemes():
        of_kind = np.isin(talk.who, mine)
        elderly[of_kind] = (scheme.visibility.elderly.low + scheme.visibility.elderly.high) / 2
    age = np.where(rng.random(count) < elderly, rng.integers(60, 85, count), rng.integers(20, 60, count))
    mass = is_money & (rng.random(count) < 0.12) & (talk.weight > 0.5)
    answered = talk.day + rng.integers(3, _WAITING_DAYS, count)
    closed = np.where(rng.random(count) < 0.85, answered, NEVER)
    luck = rng.random(count)
    result = np.where(
        luck < talk.weight, 0, np.where(luck < talk.weight + 0.15, 1, np.where(luck < 0.9, 2, 3))
    )
    results = text(["substantiated", "partial", "unfounded", "unknown"]).take(pa.array(result))
    channel = either(
        is_money,
        codes(
            rng,
            {
                "hotline12345": 45,
                "petition": 12,
                "police110": 12,
                "banking12378": 6,
                "app": 10,
                "photo": 3,
                "mail": 4,
                "visit": 8,
            },
            count,
        ),
        codes(rng, {"hotline12345": 60, "consumer12315": 30, "app": 6, "mail": 2, "petition": 2}, count),
    )
    petition = pc.equal(channel, "petition").to_numpy(zero_copy_only=False)
    chunk.emit(
        "complaint_ticket",
        talk.who,
        talk.day,
        {
            "ticket_no": chunk.ids("complaint_ticket", "GD", count),
            "channel": channel,
            "received_on": talk.day,
            "reporter": when(rng.random(count) < 0.9, accounts(reporter, np.zeros(count, np.int64))),
            "reporter_kind": either(
                talk.kind == _COMPLAINTS.index("wage"),
                "employee",
                codes(rng, {"participant": 55, "family": 15, "public": 28, "competitor": 2}, count),
            ),
            "is_real_name": pa.array(rng.random(count) < np.where(brigade, 0.3, 0.7)),
            "reporter_age": when(rng.random(count) < 0.6, age),
            "region": np.where(
                rng.random(count) < 0.8, population.city[talk.who], rng.permutation(population.city[talk.who])
            ),
            "complaint_type": text(_COMPLAINTS).take(pa.array(talk.kind)),
            "tags": _blank(lexicon.phrase(rng, "tags", talk.theme)),
            "content": join(
                lexicon.phrase(rng, "titles", talk.theme), "。", lexicon.sentence(rng, talk.theme)
            ),
            "amount_yuan": _claimed(chunk, rng, talk, is_money),
            "persons": when(mass, rng.integers(5, 120, count)),
            "attachments": rng.poisson(0.6, count),
            "due_on": talk.day + 15,
            "state": AtEnd(
                codes(rng, {"routed": 3, "handling": 6, "accepted": 1}, count), text(["closed"] * count)
            ),
            "result": AtEnd(pa.nulls(count, pa.string()), results),
            "is_repeat": pa.array(rng.random(count) < np.where(brigade, 0.6, 0.08)),
            "is_mass": pa.array(mass),
            "petition_level": when(petition, codes(rng, {"district": 5, "city": 4, "province": 1}, count)),
        },
        closes=("closed_on", closed),
    )


def _claimed(chunk: Chunk, rng: np.random.Generator, talk: Talk, is_money: Mask) -> pa.Array:
    """Return the sums complained of: a participant's deposits, or what a dispute is about."""
    course, count = chunk.population.course_of[talk.who], len(talk.who)
    deposit = chunk.population.course.ticket[course] if len(chunk.population.members) else np.ones(count)
    named = np.where(course >= 0, deposit, between(rng, 3_000, 100_000, count))
    amounts = np.where(is_money, named * rng.lognormal(0, 0.5, count), between(rng, 100, 20_000, count))
    return when(rng.random(count) < np.where(is_money, 0.8, 0.4), yuan(np.round(amounts, -2)))


def _blank(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, ""), None, column)


def _posts(chunk: Chunk) -> None:
    rng, population, noise = chunk.rng("posts"), chunk.population, chunk.scenario.noise
    who, day = chunk.draw(rng, noise.posts * SIZE_FACTOR[population.size])
    good = rng.random(len(who)) < 0.55
    plain = _talk(who, day, "good_news", _EVENTS.index("other"), 0.02)
    plain.theme = np.where(good, words().themes["good_news"], words().themes["service_review"])
    plain.kind = np.where(good, _EVENTS.index("other"), _EVENTS.index("review"))
    plain.weight = np.where(good, 0.03, 0.3)
    parts = [plain]
    for kind, mine in chunk.confounders():
        for voice in kind.episode.posts:
            talk = _confounder_talk(chunk, rng, kind, mine, voice, _EVENTS.index(voice.event_type))
            talk.weight[:] = voice.negative
            parts.append(talk)
    for scheme, mine in chunk.schemes():
        parts += _scheme_posts(chunk, rng, scheme, mine)
    _post_rows(chunk, rng, _together(parts))


def _scheme_posts(chunk: Chunk, rng: np.random.Generator, scheme: SchemeKind, mine: Ints) -> list[Talk]:
    seen, stage, crowd = scheme.visibility, _stage(chunk, mine), _crowd(chunk, mine)
    course = chunk.population.course
    pace = rng.uniform(seen.posts_monthly.low, seen.posts_monthly.high, len(mine))
    online = (rng.random(len(mine)) < max(seen.online_advertising, 0.3))[:, None]
    who, day = chunk.draw(rng, pace[:, None] * online * ((stage == PAYING) | (stage == LIMITED)), mine)
    before = day < course.collapsed_on[chunk.in_course(who)]
    own = _talk(who[before], day[before], "soft_promotion", _EVENTS.index("promotion"), 0.02)
    doubt = 0.02 * np.log10(1 + crowd) * (stage == PAYING)
    who, day = chunk.draw(rng, doubt, mine)
    talkers = _talk(who, day, "pyramid_talk", _EVENTS.index("pyramid"), 0.7)
    heard = (
        seen.press * np.log10(1 + crowd) * np.select([stage == LIMITED, stage == DELAYED], [0.4, 1.0], 0.0)
    )
    who, day = chunk.draw(rng, heard, mine)
    kept = _since(chunk, who, day, course.delayed_on)
    overdue = _talk(
        who[kept], day[kept], "unpaid_investors", _EVENTS.index("overdue"), 0.9, group=day[kept] // 12
    )
    months = (chunk.calendar.starts[:-1][None, :] - course.collapsed_on[chunk.in_course(mine)][:, None]) / 30
    after = seen.press * np.log10(1 + crowd) * (stage == STOPPED) * 0.7 ** np.maximum(months, 0)
    who, day = chunk.draw(rng, after, mine)
    kept = _since(chunk, who, day, course.collapsed_on)
    gone = _talk(who[kept], day[kept], "abscond_news", 0, 0.92, group=day[kept] // 12)
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
            "advertised_yield_percent": _named_yield(chunk, rng, talk, 0.25),
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


def _named_yield(chunk: Chunk, rng: np.random.Generator, talk: Talk, share: float) -> pa.Array:
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


def _adverts(chunk: Chunk) -> None:
    rng, population, noise = chunk.rng("adverts"), chunk.population, chunk.scenario.noise
    who, day = chunk.draw(rng, noise.adverts * SIZE_FACTOR[population.size])
    plain = _talk(who, day, "promotion", 0, 0.6)
    usual = np.array([words().themes[entry.advert] for entry in words().types.values()])
    plain.theme = usual[population.business[who]]
    lends = plain.theme == words().themes["loan_offer"]
    named = (lends | population.is_type("bank")[who]) & (rng.random(len(who)) < 0.7)
    plain.rate = np.where(named, rng.uniform(3, 20, len(who)), np.nan)
    parts = [plain]
    for kind, mine in chunk.confounders():
        for voice in kind.episode.adverts:
            parts.append(_confounder_talk(chunk, rng, kind, mine, voice, 0))
            parts[-1].weight[:] = 0.85 if kind.has_licence else 0.3
    for scheme, mine in chunk.schemes():
        seen, stage = scheme.visibility, _stage(chunk, mine)
        online = (rng.random(len(mine)) < seen.online_advertising)[:, None]
        pace = rng.uniform(seen.adverts_monthly.low, seen.adverts_monthly.high, len(mine))[:, None]
        who, day = chunk.draw(
            rng, pace * online * np.select([stage == PAYING, stage == LIMITED], [1.0, 0.8], 0.0), mine
        )
        kept = (day < chunk.collapsed(who)) & _since(chunk, who, day, population.course.started_on)
        talk = _talk(who[kept], day[kept], scheme.promise, 0, 0.08)
        yearly = population.course.promised[chunk.in_course(talk.who)] * 1200
        named = (yearly > 0) & (rng.random(len(yearly)) < (0.85 if seen.advertised == "yield" else 0.15))
        talk.rate = np.where(named, np.round(yearly * rng.uniform(0.9, 1.1, len(yearly)), 1), np.nan)
        parts.append(talk)
    _advert_rows(chunk, rng, _together(parts))


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
