"""Names looked for among the register's names: blocking by keys, comparison, and what follows from the scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lookout.hub.linkage.comparison import Compared, compare
from lookout.hub.linkage.lexicon import PARTS, Lexicon
from lookout.hub.store import Store

Ints = npt.NDArray[np.int64]
MOST_CANDIDATES = 5  # kept for a person to choose among
LINK_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("company_key", pa.int32()),
        ("known_as", pa.string()),  # the registered name it was compared with
        ("score", pa.int16()),
        ("place", pa.int8()),  # 1 for the best candidate
        ("decision", pa.string()),  # link | queue
        *((part, pa.string()) for part in PARTS),
    ]
)
_KEY_COLUMNS = ("region", "brand", "sound", "trade")
_ROUND_ROWS = 2_000_000  # pairs compared at a time: keeps memory below 2 GiB


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs as row numbers of the two sides."""

    left: Ints
    right: Ints


def _put_side(store: Store, name: str, side: pa.Table) -> None:
    number = pa.array(np.arange(side.num_rows, dtype=np.int32))
    store.put(
        name, side.select(["name", *_KEY_COLUMNS, "brand_start", "trade_end"]).append_column("n", number)
    )


# One region contains the other, or one side says none.
_REGIONS_AGREE = (
    "(l.region = r.region OR l.region = '' OR r.region = '' "
    "OR substr(l.region, 1, length(r.region)) = r.region OR substr(r.region, 1, length(l.region)) = l.region)"
)
# One trade is a part of the other, or one side says none.
_TRADES_AGREE = "(l.trade = r.trade OR l.trade = '' OR r.trade = '' OR strpos(l.trade, r.trade) > 0 OR strpos(r.trade, l.trade) > 0)"


def _asked(store: Store, sql: str) -> Pairs:
    found = store.query(sql)
    return Pairs(found["l"].to_numpy(), found["r"].to_numpy())


def _by_brand(store: Store) -> Pairs:
    """Pair equal 字号, and names that only fall apart in another place."""
    return _asked(
        store,
        f"SELECT l.n AS l, r.n AS r FROM link_left AS l JOIN link_right AS r ON r.brand = l.brand "
        f"WHERE {_REGIONS_AGREE} AND {_TRADES_AGREE} "
        f"UNION ALL SELECT l.n AS l, r.n AS r FROM link_left AS l JOIN link_right AS r "
        f"ON r.brand || r.trade = l.brand || l.trade WHERE r.brand <> l.brand AND {_REGIONS_AGREE}",
    )


def _by_sound(store: Store) -> Pairs:
    return _asked(
        store,
        f"SELECT l.n AS l, r.n AS r FROM link_left AS l JOIN link_right AS r ON r.sound = l.sound "
        f"WHERE r.brand <> l.brand AND {_REGIONS_AGREE} AND {_TRADES_AGREE}",
    )


def _by_spelling(store: Store, commonest: int) -> Pairs:
    """Pair what is left by the rest of the name with one character left out, and by its ends.

    Keys that are too common tell nobody apart and are passed over.
    """
    for side in ("left", "right"):
        store.table(
            f"link_core_{side}",
            f"SELECT n, substr(name, brand_start + 1, trade_end - brand_start) AS core, "
            f"substr(name, brand_start + 1, 4) AS head FROM link_{side}",
        )
        longest = store.query(f"SELECT coalesce(max(length(core)), 0) AS n FROM link_core_{side}")["n"][
            0
        ].as_py()
        store.put("link_places", pa.table({"place": pa.array(range(1, longest + 1), pa.int32())}))
        # A misspelt region stays before the 字号: what follows it is a whole registered rest.
        behind = (
            f"UNION ALL SELECT n, substr(core, p.place + 1) FROM link_core_{side} "
            f"JOIN link_places AS p ON p.place <= 4 AND p.place <= length(core) - 3"
        )
        store.table(
            f"link_key_{side}",
            f"""
            SELECT DISTINCT n, key FROM (
                SELECT n, core AS key FROM link_core_{side} WHERE length(core) >= 3
                UNION ALL SELECT n, head || '…' FROM link_core_{side} WHERE length(head) >= 4
                UNION ALL SELECT n, substr(core, 1, p.place - 1) || substr(core, p.place + 1)
                FROM link_core_{side} JOIN link_places AS p ON p.place <= length(core) WHERE length(core) >= 4
                {behind if side == "left" else ""}
            ) AS keys
            """,
        )
    return _asked(
        store,
        f"""
        SELECT DISTINCT l.n AS l, r.n AS r FROM link_key_left AS l JOIN link_key_right AS r ON r.key = l.key
        WHERE r.key NOT IN (
            SELECT key FROM link_key_right WHERE key IN (SELECT key FROM link_key_left)
            GROUP BY key HAVING count(*) > {commonest})
        """,
    )


def _scored(left: pa.Table, right: pa.Table, pairs: Pairs, lexicon: Lexicon) -> tuple[Pairs, Compared]:
    """Compare pairs and keep those a person would want to see."""
    kept_left, kept_right, kept = [], [], []
    for start in range(0, len(pairs.left), _ROUND_ROWS):
        mine, theirs = pairs.left[start : start + _ROUND_ROWS], pairs.right[start : start + _ROUND_ROWS]
        compared = compare(left.take(pa.array(mine)), right.take(pa.array(theirs)), lexicon)
        good = compared.score >= lexicon.weights.thresholds.queue
        kept_left.append(mine[good])
        kept_right.append(theirs[good])
        kept.append(Compared({p: o[good] for p, o in compared.outcomes.items()}, compared.score[good]))
    if not kept:
        nothing = np.zeros(0, np.int8)
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64)), Compared(
            dict.fromkeys(PARTS, nothing), np.zeros(0, np.int16)
        )
    outcomes = {part: np.concatenate([one.outcomes[part] for one in kept]) for part in PARTS}
    scores = np.concatenate([one.score for one in kept])
    return Pairs(np.concatenate(kept_left), np.concatenate(kept_right)), Compared(outcomes, scores)


def _decided(
    left: pa.Table, right: pa.Table, keys: Ints, pairs: Pairs, compared: Compared, lexicon: Lexicon
) -> pa.Table:
    """Rank each name's companies and decide: link, or queue. Ties go by company key."""
    company = keys[pairs.right]
    order = np.lexsort((pairs.right, company, -compared.score.astype(np.int64), pairs.left))
    name, company, score = pairs.left[order], company[order], compared.score[order].astype(np.int64)
    # Of several names of one company the best counts.
    _, first = np.unique(name * (int(keys.max(initial=0)) + 1) + company, return_index=True)
    first = np.sort(first)
    order, name, company, score = order[first], name[first], company[first], score[first]
    starts = (
        np.flatnonzero(np.concatenate([[True], name[1:] != name[:-1]]))
        if len(name)
        else np.zeros(0, np.int64)
    )
    group = np.cumsum(np.isin(np.arange(len(name)), starts)) - 1
    place = np.arange(len(name)) - starts[group] + 1 if len(name) else np.zeros(0, np.int64)
    second = np.full(len(starts), -1000)
    is_second = place == 2
    second[group[is_second]] = score[is_second]
    limits = lexicon.weights.thresholds
    links = (place == 1) & (score >= limits.link) & (score - second[group] >= limits.lead)
    kept = np.flatnonzero(place <= MOST_CANDIDATES)
    rows = pa.array(order[kept])
    columns = {
        "name": left["name"].take(pa.array(name[kept])),
        "company_key": pa.array(company[kept], pa.int32()),
        "known_as": right["name"].take(pa.array(pairs.right[order[kept]])),
        "score": pa.array(score[kept], pa.int16()),
        "place": pa.array(place[kept], pa.int8()),
        "decision": pa.array(np.where(links[kept], "link", "queue")),
        **{part: compared.words(part).take(rows) for part in PARTS},
    }
    return pa.table([columns[field.name] for field in LINK_SCHEMA], schema=LINK_SCHEMA)


def match(
    store: Store, left: pa.Table, right: pa.Table, company_keys: pa.Array, lexicon: Lexicon
) -> pa.Table:
    """Find for each name (an anatomy) the companies it may mean: `LINK_SCHEMA`, in the order of names.

    `right` holds the anatomies of registered names, `company_keys` whose each is. A name may stand there
    for several companies, a company under several names. Uses `link_*` tables of the store.
    """
    keys = np.asarray(company_keys.to_numpy(zero_copy_only=False), np.int64)
    _put_side(store, "link_left", left)
    _put_side(store, "link_right", right)
    first = _scored(left, right, _by_brand(store), lexicon)
    # Homophones and misspellings are looked for only where nothing fits as written.
    settled = np.unique(first[0].left[first[1].score >= lexicon.weights.thresholds.link])
    rest = np.setdiff1d(np.arange(left.num_rows), settled)
    store.put("link_left", _numbered(left, rest))
    sounds, spelt = _by_sound(store), _by_spelling(store, lexicon.weights.commonest)
    later = _scored(left, right, _union(sounds, spelt, right.num_rows), lexicon)
    pairs = Pairs(
        np.concatenate([first[0].left, later[0].left]), np.concatenate([first[0].right, later[0].right])
    )
    outcomes = {p: np.concatenate([first[1].outcomes[p], later[1].outcomes[p]]) for p in PARTS}
    compared = Compared(outcomes, np.concatenate([first[1].score, later[1].score]))
    return _decided(left, right, keys, pairs, compared, lexicon)


def _numbered(left: pa.Table, rows: Ints) -> pa.Table:
    columns = ["name", *_KEY_COLUMNS, "brand_start", "trade_end"]
    return left.select(columns).take(pa.array(rows)).append_column("n", pa.array(rows, pa.int32()))


def _union(one: Pairs, other: Pairs, width: int) -> Pairs:
    both = np.unique(
        np.concatenate([one.left.astype(np.int64), other.left]) * max(width, 1)
        + np.concatenate([one.right.astype(np.int64), other.right])
    )
    return Pairs(both // max(width, 1), both % max(width, 1))
