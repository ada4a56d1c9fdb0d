"""Bank accounts and their transactions: pools that pay old money with new, and the ordinary business beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lookout.demo.cells import (
    NEVER,
    Floats,
    Ints,
    Mask,
    choose,
    codes,
    hashed,
    text,
    thousands,
    weighted,
    when,
    yuan,
)
from lookout.demo.chunk import Chunk, is_running
from lookout.demo.identities import accounts
from lookout.demo.life import DELAYED, LIMITED, PAYING
from lookout.demo.scenario import SchemeKind
from lookout.demo.words import words

PERSON, COMPANY, RELATED, OWN, BANK, GOVERNMENT = range(6)
_KINDS = ("person", "company", "related", "own", "bank", "government")
_PURPOSES = (
    "货款", "服务费", "工资", "税款", "房租", "借款", "还款", "投资款", "分红", "奖励", "往来款", "购房款", "消费", "咨询费", "保证金",
    "出金", "转账", "",
)  # fmt: skip
(GOODS, SERVICE, WAGE, TAX, RENT, LOAN, REPAYMENT, DEPOSIT, PROFIT, REWARD, CURRENT, HOUSE, SHOPPING, FEE, MARGIN,
 WITHDRAWAL, TRANSFER, SILENT) = range(18)  # fmt: skip
# A bank sends a sample of a busy account: at most so many deposits and payments a month.
_MOST_IN, _MOST_OUT, _MOST_REWARDS = 18, 14, 6
_UPLINE = 3  # each participant of the sample has brought about three others


@dataclass
class Flows:
    """Payments: whose account, when, to or from whom, how much and what for."""

    who: Ints
    day: Ints
    is_out: Mask
    party: Ints  # the counterparty's number among the firm's own
    kind: Ints
    amount: Floats
    purpose: Ints


def _flows(
    who: Ints, day: Ints, out: bool, party: Ints, kind: int, amount: Floats, purpose: int | Ints
) -> Flows:
    count = len(who)
    return Flows(
        who,
        day,
        np.full(count, out),
        party,
        np.full(count, kind),
        amount,
        np.broadcast_to(purpose, count).astype(np.int64),
    )


def write(chunk: Chunk) -> None:
    """Write accounts and transactions."""
    known = _known_to_banks(chunk)
    _accounts(chunk, known)
    parts = _ordinary(chunk, known) + _investors(chunk, known)
    rng = chunk.rng("scheme flows")
    for scheme, mine in chunk.schemes():
        parts += _scheme(chunk, rng, scheme, mine[known[mine]])
    names = Flows.__dataclass_fields__
    _transactions(
        chunk, Flows(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    )


def _known_to_banks(chunk: Chunk) -> Mask:
    rng, population = chunk.rng("bank data"), chunk.population
    ordinary = population.is_type("general", "farmers_cooperative", "precious_metals", "bank")
    known = rng.random(len(population)) < np.where(ordinary, 0.018, 0.16)
    for scheme, mine in chunk.schemes():
        known[mine] = rng.random(len(mine)) < scheme.visibility.bank_data
    return np.asarray(known & ~population.is_type("bank"))


def _accounts(chunk: Chunk, known: Mask) -> None:
    rng, population, calendar = chunk.rng("accounts"), chunk.population, chunk.calendar
    held = np.where(known, 1 + weighted(rng, (5, 3, 2), len(known)), 0)
    who = np.repeat(np.arange(len(known)), held)
    place = np.arange(len(who)) - np.repeat(np.cumsum(held) - held, held)
    opened = np.maximum(population.established[who] + rng.integers(3, 120, len(who)), calendar.end - 4000)
    # Small firms, too, sometimes let customers pay to the owner's own account.
    private = (place > 0) & (rng.random(len(who)) < np.where(population.is_scheme[who], 0.6, 0.08))
    kinds = np.where(place == 0, 0, np.where(private, 3, 1))
    seen = opened <= calendar.end
    chunk.emit(
        "bank_account",
        who[seen],
        np.maximum(opened, calendar.start)[seen],
        {
            "account": accounts(population.numbers[who] + 10**12, place).filter(pa.array(seen)),
            "bank": choose(rng, words().lists["banks"], int(seen.sum())),
            "account_type": text(["basic", "general", "special", "personal"]).take(pa.array(kinds[seen])),
            "opened_on": opened[seen],
        },
        closes=("closed_on", np.where(rng.random(int(seen.sum())) < 0.05, opened[seen] + 900, NEVER)),
    )


def _ordinary(chunk: Chunk, known: Mask) -> list[Flows]:
    """Customers, suppliers, wages, rent, taxes; shops live on people, lenders lend to them and are repaid."""
    rng, population, calendar = chunk.rng("ordinary flows"), chunk.population, chunk.calendar
    mine = np.flatnonzero(known & ~population.is_scheme)
    row, months = np.nonzero(chunk.activity[mine] > 0)
    who = mine[row]
    income = population.revenue[who] * chunk.activity[who, months]
    lends = population.is_type("microloan_company", "pawnshop")[who]
    is_shop = (population.numbers[who] % 3 == 0) & ~lends

    def some(where: Mask, most: int) -> tuple[Ints, Ints, Ints]:
        count = np.where(where, rng.integers(1, most + 1, len(who)), 0)
        cell = np.repeat(np.arange(len(who)), count)
        return cell, who[cell], calendar.any_day(rng, months[cell])

    parts = []
    cell, whose, day = some(~lends & ~is_shop, 4)
    party = hashed(whose, rng.integers(0, 25, len(cell))) % 10**9
    parts.append(
        _flows(whose, day, False, party, COMPANY, income[cell] / 3 * rng.lognormal(0, 0.6, len(cell)), GOODS)
    )
    cell, whose, day = some(is_shop, 7)
    parts.append(
        _flows(
            whose,
            day,
            False,
            rng.integers(0, 10**9, len(cell)),
            PERSON,
            rng.lognormal(6, 1, len(cell)),
            SHOPPING,
        )
    )
    cell, whose, day = some(~lends, 2)
    party = hashed(whose, rng.integers(100, 112, len(cell))) % 10**9
    parts.append(
        _flows(whose, day, True, party, COMPANY, income[cell] / 4 * rng.lognormal(0, 0.6, len(cell)), GOODS)
    )
    place = np.tile(np.arange(2), len(who))
    cell = np.repeat(np.arange(len(who)), 2)
    pay_day = calendar.starts[months[cell]] + 9 + who[cell] % 12
    wage = 4_000 + hashed(who[cell], place) % 8_000
    parts.append(
        _flows(
            who[cell], pay_day, True, hashed(who[cell], place + 500) % 10**9, PERSON, wage.astype(float), WAGE
        )
    )
    rents = months % 3 == who % 3
    due = np.flatnonzero(rents)
    parts.append(
        _flows(
            who[due],
            calendar.any_day(rng, months[due]),
            True,
            who[due] % 1000,
            GOVERNMENT,
            income[due] * 0.02 + 100,
            TAX,
        )
    )
    lender = np.flatnonzero(lends)
    place = np.tile(np.arange(4), len(lender))
    cell = np.repeat(lender, 4)
    debtor = hashed(who[cell], months[cell] // 8 * 10 + place) % 10**9
    sum_lent = thousands(20_000 + (hashed(debtor, debtor) % 200_000).astype(float))
    begins = months[cell] % 8 == 0
    day = calendar.any_day(rng, months[cell])
    parts.append(_flows(who[cell][begins], day[begins], True, debtor[begins], PERSON, sum_lent[begins], LOAN))
    parts.append(
        _flows(
            who[cell][~begins],
            day[~begins],
            False,
            debtor[~begins],
            PERSON,
            sum_lent[~begins] * 0.152,
            REPAYMENT,
        )
    )
    return parts


def _investors(chunk: Chunk, known: Mask) -> list[Flows]:
    """Funds and cooperatives, honest ones: qualified investors or members pay in, a yearly share of profit goes out.

    Groups of firms also move money among themselves.
    """
    rng, population, calendar = chunk.rng("investor flows"), chunk.population, chunk.calendar
    takes = population.is_type("private_fund", "investment_company", "farmers_cooperative")
    mine = np.flatnonzero(known & takes & ~population.is_scheme)
    who, day = chunk.draw(rng, np.full(len(mine), 0.35), mine)
    party = hashed(who, rng.integers(0, 30, len(who)) + 700) % 10**9
    small = population.is_type("farmers_cooperative")[who]
    sums = thousands(np.where(small, 10_000.0, 1_000_000.0) * rng.integers(1, 6, len(who)))
    parts = [_flows(who, day, False, party, PERSON, sums, DEPOSIT)]
    years = np.flatnonzero(calendar.numbers == 1)
    cell = np.repeat(mine, 12 * len(years))
    month = np.tile(np.repeat(years, 12), len(mine))
    member = np.tile(np.arange(12), len(mine) * len(years))
    alive = chunk.activity[cell, month] > 0
    cell, month, member = cell[alive], month[alive], member[alive]
    share = yuan(rng.lognormal(9, 1, len(cell)))
    party = hashed(cell, member + 700) % 10**9
    parts.append(_flows(cell, calendar.starts[month] + 14 + cell % 10, True, party, PERSON, share, PROFIT))
    grouped = np.flatnonzero(known & ~population.is_scheme & (population.numbers % 4 == 0))
    who, day = chunk.draw(rng, np.full(len(grouped), 0.3), grouped)
    sums = thousands(population.revenue[who] * rng.lognormal(-0.5, 0.8, len(who)))
    parts.append(_flows(who, day, True, who % 3, RELATED, sums, CURRENT))
    return parts


def _scheme(chunk: Chunk, rng: np.random.Generator, scheme: SchemeKind, mine: Ints) -> list[Flows]:
    """Deposits of a sample of participants, returns to earlier ones, rewards to their recruiters, and leaks."""
    population, calendar = chunk.population, chunk.calendar
    if not len(mine):
        return []
    course, rows = population.course, chunk.in_course(mine)
    new = np.minimum(np.ceil(np.log2(1 + course.new[rows]) * 2.2), _MOST_IN).astype(np.int64)
    new = np.where(is_running(course.stage[rows]) & (course.new[rows] > 0), new, 0)
    joined_before = np.cumsum(new, axis=1) - new
    deposits, day, person = _deposits(chunk, rng, mine, new, joined_before)
    amount = _principal(chunk, deposits, person)
    purpose = {"pool": DEPOSIT, "counter": MARGIN, "fee": FEE, "transit": GOODS}[scheme.money]
    said = np.where(
        rng.random(len(deposits)) < 0.5, purpose, np.where(rng.random(len(deposits)) < 0.5, CURRENT, SILENT)
    )
    begun = day >= course.started_on[chunk.in_course(deposits)]
    parts = [_flows(deposits[begun], day[begun], False, person[begun], PERSON, amount[begun], said[begun])]
    if scheme.money == "transit":
        # What came in goes out again the same or the next day, less a fee, to other people.
        out_day = np.minimum(day + rng.integers(0, 2, len(day)), chunk.collapsed(deposits) - 1)
        kept = begun & (out_day >= day)
        paid = amount * (1 - 0.006 - rng.random(len(amount)) * 0.01)
        other = hashed(deposits, person + 10**6) % 10**9
        parts.append(
            _flows(
                deposits[kept],
                out_day[kept],
                True,
                other[kept],
                PERSON,
                paid[kept],
                np.full(int(kept.sum()), TRANSFER),
            )
        )
    else:
        parts.append(_payouts(chunk, rng, scheme, mine, joined_before))
        rewarded = (
            (rng.random(len(deposits)) < 0.35)
            & (scheme.mechanics.commission.high > 0)
            & (person >= _UPLINE)
            & begun
        )
        reward_day = day + rng.integers(0, 7, len(day))
        rewarded &= reward_day < np.minimum(chunk.collapsed(deposits), calendar.end)
        share = np.round(rng.choice([0.02, 0.03, 0.05, 0.08, 0.1, 0.15], len(day)), 2)
        parts.append(
            _flows(
                deposits[rewarded],
                reward_day[rewarded],
                True,
                person[rewarded] // _UPLINE,
                PERSON,
                (amount * share)[rewarded],
                REWARD,
            )
        )
    leak_row, leak_month = np.nonzero(course.leaked[rows] > 0)
    leaks = mine[leak_row]
    leak_day, possible = calendar.days_within(
        rng,
        leak_month,
        course.started_on[rows][leak_row],
        np.minimum(chunk.collapsed(leaks) - 1, calendar.end),
    )
    sums = thousands(course.leaked[rows][leak_row, leak_month] * rng.uniform(0.1, 0.5, len(leaks)))
    spent = rng.choice([CURRENT, HOUSE, SERVICE], len(leaks))
    parts.append(
        _flows(
            leaks[possible],
            leak_day[possible],
            True,
            leaks[possible] % 3,
            RELATED,
            sums[possible],
            spent[possible],
        )
    )
    return parts


def _deposits(
    chunk: Chunk, rng: np.random.Generator, mine: Ints, new: Ints, before: Ints
) -> tuple[Ints, Ints, Ints]:
    counts = new.ravel()
    cell = np.repeat(np.arange(counts.size), counts)
    person = before.ravel()[cell] + np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
    who, months = mine[cell // chunk.calendar.months], cell % chunk.calendar.months
    last = np.minimum(chunk.collapsed(who) - 1, chunk.calendar.end)
    begin = chunk.population.course.started_on[chunk.in_course(who)]
    day, possible = chunk.calendar.days_within(rng, months, begin, last)
    return who[possible], day[possible], person[possible]


def _principal(chunk: Chunk, who: Ints, person: Ints) -> Floats:
    """Return what a participant put in: whole thousands around the scheme's usual sum, the same every time."""
    usual = chunk.population.course.ticket[chunk.in_course(who)]
    place = (hashed(chunk.population.numbers[who], person) % 10_000) / 10_000
    return thousands(usual * (0.4 + 1.4 * place))


def _payouts(chunk: Chunk, rng: np.random.Generator, scheme: SchemeKind, mine: Ints, before: Ints) -> Flows:
    """Pay earlier participants the same share of their deposit every month, as long as the scheme pays."""
    population, calendar = chunk.population, chunk.calendar
    course, rows = population.course, chunk.in_course(mine)
    stage = course.stage[rows]
    willing = np.select([stage == PAYING, stage == LIMITED, stage == DELAYED], [1.0, 0.4, 0.05], 0.0)
    count = np.floor(np.minimum(before, _MOST_OUT) * willing).astype(np.int64).ravel()
    cell = np.repeat(np.arange(count.size), count)
    person = np.arange(len(cell)) - np.repeat(np.cumsum(count) - count, count)
    who, months = mine[cell // calendar.months], cell % calendar.months
    day = calendar.starts[months] + 4 + who % 20
    kept = (day < np.minimum(chunk.collapsed(who), calendar.end + 1)) & (
        day > course.started_on[chunk.in_course(who)]
    )
    who, person, day = who[kept], person[kept], day[kept]
    deposit = _principal(chunk, who, person)
    promised = course.promised[chunk.in_course(who)]
    fixed_share = np.where(promised > 0, promised * scheme.mechanics.paid_in_cash, 0)
    # Where nothing is promised monthly, clients take out what is left of their balance now and then.
    taken = rng.uniform(0.05, 0.6, len(who)) * (rng.random(len(who)) < 0.3)
    amount = yuan(deposit * np.where(fixed_share > 0, fixed_share, taken))
    purpose = PROFIT if scheme.money == "pool" else WITHDRAWAL
    paid = amount > 1
    return _flows(who[paid], day[paid], True, person[paid], PERSON, amount[paid], purpose)


def _transactions(chunk: Chunk, flows: Flows) -> None:
    rng, population, count = chunk.rng("transactions"), chunk.population, len(flows.who)
    # A person is one and the same payer and payee of a firm, whatever the direction.
    owner = hashed(population.numbers[flows.who] * 8 + flows.kind, flows.party)
    number = population.numbers[flows.who]
    target = hashed(number, flows.party) % len(population)
    is_company = flows.kind == COMPANY
    related = flows.kind == RELATED
    far = rng.random(count) < np.where(population.is_scheme[flows.who], 0.25, 0.06)
    region = np.where(
        far, rng.choice([430100, 360100, 450100, 350100, 420100], count), population.city[flows.who]
    )
    chunk.emit(
        "bank_transaction",
        flows.who,
        flows.day,
        {
            "transaction_id": chunk.ids("bank_transaction", "LS", count),
            "account": accounts(number + 10**12, np.zeros(count, np.int64)),
            "direction": text(["in", "out"]).take(pa.array(flows.is_out.astype(np.int64))),
            "counterparty": accounts(owner, np.zeros(count, np.int64)),
            "counterparty_kind": text(_KINDS).take(pa.array(flows.kind)),
            "counterparty_uscc": when(is_company | related, population.codes["uscc"].take(pa.array(target))),
            "counterparty_region": region,
            "amount_yuan": yuan(np.maximum(flows.amount, 0.01)),
            "channel": codes(
                rng, {"web": 40, "mobile": 35, "counter": 10, "third_party": 10, "pos": 3, "cash": 2}, count
            ),
            "purpose": when(flows.purpose != SILENT, text(_PURPOSES).take(pa.array(flows.purpose))),
            "transacted_on": flows.day,
        },
    )
