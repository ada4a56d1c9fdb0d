"""Complaints about companies: ordinary ones, brigades', participants' who cannot get their money."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.demo.cells import (
    NEVER,
    Ints,
    Mask,
    between,
    codes,
    either,
    hashed,
    join,
    text,
    weighted,
    when,
    yuan,
)
from lookout.demo.chunk import SIZE_FACTOR, Chunk
from lookout.demo.deliveries import AtEnd
from lookout.demo.identities import accounts
from lookout.demo.life import DELAYED, LIMITED, PAYING, STOPPED
from lookout.demo.scenario import SchemeKind
from lookout.demo.talk import (
    Talk,
    confounder_talk,
    crowd_of,
    draft,
    since,
    stage_of,
    together,
)
from lookout.demo.words import words

_COMPLAINTS = (
    "illegal_fundraising", "illegal_securities", "illegal_futures", "illegal_forex", "illegal_gold",
    "illegal_payment", "illegal_token", "loan", "collection", "wage", "consumer", "other",
)  # fmt: skip
_WAITING_DAYS = 45  # within which most tickets are answered


def _scheme_complaints(chunk: Chunk, rng: np.random.Generator, scheme: SchemeKind, mine: Ints) -> list[Talk]:
    seen, stage, crowd = scheme.visibility, stage_of(chunk, mine), crowd_of(chunk, mine)
    silent = np.where(rng.random(len(mine)) < seen.complaint_poor, 0.06, 1.0)[:, None]
    number = _COMPLAINTS.index(scheme.activity_class)
    early = crowd / 1000 * seen.early_complaints * (stage == PAYING) * silent
    who, day = chunk.draw(rng, early, mine)
    parts = [draft(who, day, "enquiry", number, 0.25)]
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
    kept = since(chunk, who, day, course.delayed_on)
    parts.append(draft(who[kept], day[kept], scheme.loss, number, 0.7))
    return parts


def write(chunk: Chunk) -> None:
    """Write complaint tickets."""
    rng, population, noise = chunk.rng("complaints"), chunk.population, chunk.scenario.noise
    who, day = chunk.draw(rng, noise.complaints * SIZE_FACTOR[population.size])
    mix = ("consumer_dispute", "ordinary_grievance", "wage_dispute", "lending_dispute", "enquiry")
    types = ("consumer", "other", "wage", "loan", "illegal_fundraising")
    topic = weighted(rng, (46, 35, 14, 3, 2), len(who))
    plain = draft(who, day, "consumer_dispute", 0, 0.3)
    plain.theme = np.array([words().themes[theme] for theme in mix])[topic]
    plain.kind = np.array([_COMPLAINTS.index(name) for name in types])[topic]
    parts = [plain]
    for kind, mine in chunk.confounders():
        for voice in kind.episode.complaints:
            talk = confounder_talk(chunk, rng, kind, mine, voice, _COMPLAINTS.index(voice.complaint_type))
            talk.weight[:] = voice.substantiated
            parts.append(talk)
    for scheme, mine in chunk.schemes():
        parts += _scheme_complaints(chunk, rng, scheme, mine)
    _tickets(chunk, rng, together(parts))


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
