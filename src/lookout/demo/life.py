"""The life of schemes: money that grows, cannot be paid, is delayed and stops, a month at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookout.demo.calendar import AVERAGE_MONTH, Calendar
from lookout.demo.cells import NEVER, Floats, Ints, between
from lookout.demo.scenario import Mechanics, Range, SchemeKind

NOT_STARTED, PAYING, LIMITED, DELAYED, STOPPED = range(5)
# By stage: how well people are still won, how much of what is due is paid, how eagerly they want out.
_CONFIDENCE = np.array([0.0, 1.0, 0.4, 0.05, 0.0])
_PAID_SHARE = np.array([0.0, 1.0, 0.4, 0.05, 0.0])
_ALARM = np.array([1.0, 1.0, 2.0, 4.0, 0.0])
_TOP_UP = 0.03  # share of participants that deposit again in a month
_BEFORE = 30  # months simulated before the window, for schemes older than it

Matrix = npt.NDArray[np.float64]


@dataclass
class Course:
    """Trajectories of schemes, one row a company and one column a month of the window; money in yuan."""

    started_on: Ints
    delayed_on: Ints
    collapsed_on: Ints
    ticket: Floats
    promised: Floats  # monthly return
    new: Matrix
    participants: Matrix
    inflow: Matrix
    paid: Matrix
    due: Matrix
    commission: Matrix
    leaked: Matrix
    principal: Matrix
    cash: Matrix
    stage: npt.NDArray[np.int8]


def _draw(rng: np.random.Generator, bounds: Range, count: int) -> Floats:
    return rng.uniform(bounds.low, bounds.high, count)


class _State:
    """All schemes of one kind in one month."""

    def __init__(self, rng: np.random.Generator, kind: SchemeKind, count: int) -> None:
        how: Mechanics = kind.mechanics
        self.rng, self.how, self.count = rng, how, count
        self.is_transit = kind.money == "transit"
        self.seed = between(rng, how.seed_participants.low, how.seed_participants.high, count)
        self.growth, self.adverts = (
            _draw(rng, how.referral_growth, count),
            _draw(rng, how.advert_recruits, count),
        )
        self.market = between(rng, how.market.low, how.market.high, count)
        self.ticket = between(rng, how.ticket_yuan.low, how.ticket_yuan.high, count)
        self.promised, self.redeemed = _draw(rng, how.promised_return, count), _draw(rng, how.redeemed, count)
        self.loss, self.commission = _draw(rng, how.client_loss, count), _draw(rng, how.commission, count)
        self.leak = _draw(rng, how.leak, count)
        self.limited = np.round(_draw(rng, how.limited_months, count)).astype(np.int64)
        self.delayed = np.round(_draw(rng, how.delayed_months, count)).astype(np.int64)
        self.people = np.zeros(count)
        self.principal, self.cash = np.zeros(count), np.zeros(count)
        self.trouble = np.full(count, NEVER)  # month in which it first could not pay

    def stages(self, month: int, start: Ints) -> Ints:
        """Return each scheme's stage in a month, from when it first could not pay."""
        since = month - self.trouble
        stage = np.where(month < start, NOT_STARTED, PAYING)
        stage = np.where(since >= 0, LIMITED, stage)
        stage = np.where(since >= self.limited, DELAYED, stage)
        return np.where(since >= self.limited + self.delayed, STOPPED, stage)

    def step(self, month: int, start: Ints) -> dict[str, Floats]:
        """Move the money of one month and return its flows."""
        stage = self.stages(month, start)
        confidence = _CONFIDENCE[stage]
        room = np.clip(1 - self.people / self.market, 0, 1)
        won = (self.people * self.growth + self.adverts) * room * self.rng.lognormal(0, 0.25, self.count)
        new = np.floor(np.where(month == start, self.seed, won * confidence))
        again = self.people * (1.0 if self.is_transit else _TOP_UP) * confidence
        inflow = (new + again) * self.ticket * self.rng.lognormal(0, 0.1, self.count)
        shocked = self.rng.random(self.count) < self.how.shock_chance
        credit = self.principal * self.promised * (stage <= LIMITED)
        interest = credit * self.how.paid_in_cash
        rush = np.where(shocked, self.how.shock_size, 1.0) * _ALARM[stage]
        redeem = np.minimum(self.principal, self.principal * self.redeemed * rush)
        commission, leaked = inflow * self.commission, inflow * self.leak
        self.cash += inflow - commission - leaked
        if self.is_transit:  # a bank freezes the accounts
            self.cash = np.where(shocked, 0.0, self.cash)
        due = interest + redeem
        paid = np.minimum(due * _PAID_SHARE[stage], np.maximum(self.cash, 0))
        self.cash -= paid
        lost = self.principal * self.loss * (stage < STOPPED) * (stage > NOT_STARTED)
        self.principal += inflow + credit - interest - np.maximum(paid - interest, 0) - lost
        self.people += new
        short = (stage == PAYING) & (paid < 0.98 * due)
        self.trouble = np.where(short & (self.trouble == NEVER), month + 1, self.trouble)
        return {
            "new": new, "participants": self.people.copy(), "inflow": inflow, "paid": paid, "due": due,
            "commission": commission, "leaked": leaked, "principal": self.principal.copy(), "cash": self.cash.copy(),
            "stage": stage.astype(float),
        }  # fmt: skip


def live(rng: np.random.Generator, kind: SchemeKind, count: int, calendar: Calendar) -> Course:
    """Simulate `count` schemes of one kind."""
    state = _State(rng, kind, count)
    begin = kind.mechanics.start_months_before_end
    before_end = rng.uniform(begin.low, begin.high, count)
    started_on = (calendar.end - before_end * AVERAGE_MONTH).astype(np.int64)
    # A month index before the window is negative; a scheme older than the simulation starts with it.
    offset = (started_on - calendar.start) / AVERAGE_MONTH
    inside = np.searchsorted(calendar.starts, started_on, "right") - 1
    start = np.maximum(np.where(offset < 0, np.floor(offset).astype(np.int64), inside), -_BEFORE)
    flows: list[dict[str, Floats]] = []
    for month in range(-_BEFORE, calendar.months):
        flow = state.step(month, start)
        if month >= 0:
            flows.append(flow)
    series = {name: np.column_stack([flow[name] for flow in flows]) for name in flows[0]}
    delayed_on = _day_of(rng, state.trouble, calendar)
    stopped = state.trouble + state.limited + state.delayed
    at_once = stopped == state.trouble
    collapsed_on = np.where(
        at_once,
        delayed_on + rng.integers(1, 12, count),
        np.maximum(_day_of(rng, stopped, calendar), delayed_on + 1),
    )
    delayed_on, collapsed_on = (
        np.where(days > calendar.end, NEVER, days) for days in (delayed_on, collapsed_on)
    )
    stage = series.pop("stage").astype(np.int8)
    return Course(started_on, delayed_on, collapsed_on, state.ticket, state.promised, stage=stage, **series)


def _day_of(rng: np.random.Generator, months: Ints, calendar: Calendar) -> Ints:
    inside = calendar.any_day(rng, np.clip(months, 0, calendar.months - 1))
    before = calendar.start + np.floor((months + rng.random(len(months))) * AVERAGE_MONTH).astype(np.int64)
    days = np.where(months < 0, np.minimum(before, calendar.start - 1), inside)
    return np.where(months >= calendar.months, NEVER, days)


def joined(courses: list[Course]) -> Course:
    """Put the courses of several kinds one below the other."""
    names = Course.__dataclass_fields__
    return Course(**{name: np.concatenate([getattr(course, name) for course in courses]) for name in names})
