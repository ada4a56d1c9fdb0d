"""Clusters without chains: A like B and B like C does not make A and C one company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def cluster(
    pairs: Iterable[tuple[int, int, int]], *, threshold: int, codes: Mapping[int, str], share: float = 1.0
) -> dict[int, int]:
    """Group members by complete linkage and return each grouped member's cluster, named by its least member.

    `pairs`: two members and the score of their likeness; pairs that were never compared count as strangers.
    `codes`: the valid code of a member, where it has one. Two clusters join, best pair first, only when
    this `share` of the pairs across them (all of them, if not said otherwise) reaches the threshold and
    they do not hold two different codes.
    """
    score = {(min(a, b), max(a, b)): points for a, b, points in pairs}
    members: dict[int, set[int]] = {member: {member} for pair in score for member in pair}
    where = {member: member for member in members}
    for (a, b), points in sorted(score.items(), key=lambda entry: (-entry[1], entry[0])):
        if points < threshold:
            break
        one, other = where[a], where[b]
        if one == other:
            continue
        across = [(min(x, y), max(x, y)) for x in members[one] for y in members[other]]
        alike = sum(score.get(pair, -1) >= threshold for pair in across)
        held = {codes[member] for member in members[one] | members[other] if member in codes}
        if len(held) > 1 or alike < share * len(across):
            continue
        keep, lose = min(one, other), max(one, other)
        members[keep] |= members.pop(lose)
        where.update(dict.fromkeys(members[keep], keep))
    return {member: name for member, name in where.items() if len(members[name]) > 1}
