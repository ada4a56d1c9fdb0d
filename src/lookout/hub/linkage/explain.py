"""A comparison in words: each part with what both sides say, its points, and the sentence why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from lookout.hub.linkage.anatomy import dissect
from lookout.hub.linkage.comparison import EXTRA_PARTS, compare
from lookout.hub.linkage.lexicon import NAME_PARTS, OUTCOMES, PARTS, Lexicon
from lookout.hub.resolution import normalise_name
from lookout.kernel.regions import region_name

PART_NAMES = {
    "region": "行政区划", "brand": "字号", "trade": "行业", "form": "组织形式", "branch": "分支机构",
    "address": "住所", "phone": "联系电话", "representative": "法定代表人",
}  # fmt: skip
# In the order of the name itself.
_ORDER = ("region", "brand", "trade", "form", "branch", *EXTRA_PARTS)
_DIGITS = {2: "0000", 4: "00", 6: ""}


@dataclass(frozen=True)
class Part:
    """One part of a comparison. `agrees`: yes, no, or None when it says neither."""

    part: str
    name: str
    left: str
    right: str
    points: int
    agrees: bool | None
    sentence: str


@dataclass(frozen=True)
class Explained:
    """A score and the parts whose points add up to it."""

    score: int
    parts: tuple[Part, ...]

    @property
    def sentence(self) -> str:
        """All parts that count, in one sentence."""
        said = [f"{part.sentence}（{part.points:+d}）" for part in self.parts if part.points]
        return f"共 {self.score} 分：{'；'.join(said)}。"


def place_name(code: str) -> str:
    """Return the words of a region of a name's anatomy."""
    if ":" in code:
        return code.partition(":")[2]
    return region_name(code + _DIGITS.get(len(code), "")) if code else ""


def explain(left: Mapping[str, str], right: Mapping[str, str], lexicon: Lexicon) -> Explained:
    """Compare two subjects by `name` and, where both have them, address, phone, representative.

    The right one is the registered. Parts that neither side speaks of are left out; they have no points.
    """
    sides = []
    for subject in (left, right):
        side = dissect([normalise_name(subject.get("name", ""))], lexicon)
        for part in EXTRA_PARTS:
            side = side.append_column(part, pa.array([subject.get(part, "")], pa.string()))
        sides.append(side)
    compared = compare(sides[0], sides[1], lexicon)
    rows = [side.to_pylist()[0] for side in sides]
    parts = []
    for name in _ORDER:
        outcome = OUTCOMES[name][compared.outcomes[name][0]]
        said = [place_name(row[name]) if name == "region" else row[name] for row in rows]
        if not any(said) or (name in EXTRA_PARTS and outcome == "silent"):
            continue
        worth = lexicon.weights.parts[name][outcome]
        sentence = worth.zh.format(left=said[0] or "（无）", right=said[1] or "（无）")
        agrees = None if outcome in {"silent", "neither"} else outcome != "other" and worth.points >= 0
        parts.append(Part(name, PART_NAMES[name], said[0], said[1], worth.points, agrees, sentence))
    shown = {part.part for part in parts}
    rest = sum(
        lexicon.weights.parts[name][OUTCOMES[name][compared.outcomes[name][0]]].points
        for name in PARTS
        if name not in shown
    )
    score = int(compared.score[0])
    if rest:
        silent = [PART_NAMES[name] for name in NAME_PARTS if name not in shown]
        parts.append(Part("rest", "其余", "", "", rest, None, f"两边都未写{'、'.join(silent)}"))
    return Explained(score, tuple(parts))
