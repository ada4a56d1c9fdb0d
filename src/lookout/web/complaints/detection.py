"""Which reports are one matter told twice, and which look organised; pure functions."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from lookout.web.complaints.rules import Burst, DetectionRules

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
# What an officer reads about a bundle.
WORDS = {
    "copied": _("文字雷同：多份举报用的是几乎一样的话"),
    "same_sender": _("同一设备：一台设备一天内多次举报同一对象"),
    "same_minute": _("同一分钟：多份举报在一分钟内到达"),
    "burst_hour": _("一小时内突增：远多于该对象平时的数量"),
    "burst_day": _("一天内突增：远多于该对象平时的数量"),
}


@dataclass(frozen=True)
class Seen:
    """What detection knows of a report about the target. `sender` and `contact` are digests, '' when unknown.

    `is_bundled`: it was found to belong to a pattern, so it tells nothing about the usual number.
    """

    number: int
    text: str
    at: datetime
    sender: str = ""
    contact: str = ""
    is_bundled: bool = False


@dataclass(frozen=True)
class Pattern:
    """Why a report looks organised (codes of WORDS), and the earlier reports that belong with it.

    A burst has no members: what came before it stays counted, what comes within it does not.
    """

    kinds: tuple[str, ...]
    members: frozenset[int]


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """Return the letters and characters of a text, digits as 0, so that changed amounts and blanks make no difference."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join("0" if sign.isdigit() else sign for sign in plain if sign.isalnum())


@lru_cache(maxsize=4096)
def pieces(text: str, size: int) -> frozenset[str]:
    """Return all runs of `size` signs of a cleaned text."""
    return frozenset(text[start : start + size] for start in range(max(1, len(text) - size + 1)))


def likeness(one: str, other: str, size: int = 3) -> float:
    """Return how alike two texts are, 0..1: shared pieces over all pieces (Jaccard)."""
    left, right = pieces(clean(one), size), pieces(clean(other), size)
    return len(left & right) / len(left | right)


def find_repeat(new: Seen, earlier: Sequence[Seen], rules: DetectionRules) -> int | None:
    """Return the first report of the same person or device that tells the same matter, None when there is none."""
    for one in sorted(earlier, key=lambda seen: (seen.at, seen.number)):
        is_same = (new.sender and new.sender == one.sender) or (new.contact and new.contact == one.contact)
        if is_same and likeness(new.text, one.text, rules.grams) >= rules.same_person:
            return one.number
    return None


def find_pattern(new: Seen, earlier: Sequence[Seen], rules: DetectionRules) -> Pattern | None:
    """Return why a report looks organised beside the earlier ones about its target, None when it does not."""
    found: dict[str, frozenset[int]] = {}
    found["copied"] = _copies(new, earlier, rules)
    found["same_sender"] = frozenset(
        one.number for one in earlier if new.sender and one.sender == new.sender and new.at - one.at < DAY
    )
    found["same_minute"] = frozenset(one.number for one in earlier if new.at - one.at < MINUTE)
    least = {"copied": rules.copies, "same_sender": rules.sender_per_day, "same_minute": rules.same_minute}
    kinds = [kind for kind, members in found.items() if len(members) + 1 >= least[kind]]
    members: frozenset[int] = frozenset().union(*(found[kind] for kind in kinds))
    for kind, stretch, burst in (("burst_hour", HOUR, rules.hour), ("burst_day", DAY, rules.day)):
        if _is_burst(new, earlier, stretch, burst, rules):
            kinds.append(kind)
    return Pattern(tuple(kinds), members) if kinds else None


def _copies(new: Seen, earlier: Sequence[Seen], rules: DetectionRules) -> frozenset[int]:
    text = clean(new.text)
    if len(text) < rules.shortest_text:
        return frozenset()
    own, alike = pieces(text, rules.grams), set()
    for one in earlier:
        other = clean(one.text)
        # Texts of very different length cannot share enough pieces.
        if not rules.copied <= len(other) / len(text) <= 1 / rules.copied:
            continue
        theirs = pieces(other, rules.grams)
        shared = len(own & theirs)
        if shared / (len(own) + len(theirs) - shared) >= rules.copied:
            alike.add(one.number)
    return frozenset(alike)


def _is_burst(
    new: Seen, earlier: Sequence[Seen], stretch: timedelta, burst: Burst, rules: DetectionRules
) -> bool:
    recent = sum(new.at - one.at < stretch for one in earlier) + 1
    before = sum(new.at - one.at >= stretch and not one.is_bundled for one in earlier)
    usual = before / ((timedelta(days=rules.look_back_days) - stretch) / stretch)
    return recent > burst.at_least and recent > burst.times * usual
