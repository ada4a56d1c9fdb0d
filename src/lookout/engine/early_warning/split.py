"""Why a score moved between two runs, taken apart so that the parts add up exactly."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.engine.scoring.rounding import SCORE_TYPE, decimals, to_cents

# Steps of the chain from the previous run to this one; each re-rates with one more thing of today.
# Rules and population come first: they need the previous run's inputs only, not its facts again.
PARTS = {
    "catalogue": "规则调整",
    "population": "总体变化",
    "decay": "时间推移",
    "corrections": "更正",
    "new_facts": "新事实",
}


def split_change(chain: pa.Table) -> pa.Table:
    """Return `company_key`, one column per part and `total`, all DECIMAL(5,2).

    `chain` has company_key and s0…s5: the previous printed score, and the score after each further
    step in the order of PARTS, s5 being the new printed score. A company without any of them (new in this
    run) gets NULLs. Scores are rounded first, so the parts add up to the printed change in hundredths.
    """
    scores = np.column_stack([_column(chain[f"s{step}"]) for step in range(len(PARTS) + 1)])
    known = ~np.isnan(scores).any(axis=1)
    cents = to_cents(np.nan_to_num(scores))
    moved = np.column_stack([np.diff(cents, axis=1), cents[:, -1] - cents[:, 0]])
    columns = {
        name: _masked(np.ascontiguousarray(moved[:, number]), known)
        for number, name in enumerate([*PARTS, "total"])
    }
    return pa.table({"company_key": chain["company_key"], **columns})


def _column(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    # Null becomes NaN; a printed decimal survives the float, since it is rounded to hundredths again.
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _masked(cents: np.ndarray[tuple[int], np.dtype[np.int64]], known: Any) -> pa.Array:
    whole = decimals(cents)
    return pc.if_else(pa.array(known), whole, pa.scalar(None, SCORE_TYPE))


def signed(value: Decimal) -> str:
    """Print a change with its sign: +3.20, −1.05, 0."""
    if value == 0:
        return "0"
    return f"{'+' if value > 0 else '−'}{abs(value)}"


def change_sentence(parts: Mapping[str, Decimal | None]) -> str:
    """Say what moved a score: 得分+11.81：新事实+15.00、时间推移−3.19。 '' for a company new in the run."""
    total = parts["total"]
    if total is None:
        return ""
    moved = [f"{zh}{signed(part)}" for name, zh in PARTS.items() if (part := parts[name])]
    if not moved:
        return "得分未变。"
    return f"得分{signed(total)}：{'、'.join(moved)}。"
