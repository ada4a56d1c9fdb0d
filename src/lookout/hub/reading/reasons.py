"""The heaviest reasons of many companies at once, for whoever opens a file on each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lookout.hub.reading.model import Reason
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.hub.reading.words import phrase_text


def heaviest_reasons(
    snapshot: OpenSnapshot, identifiers: Sequence[str], *, most: int, gravest: int
) -> dict[str, list[Reason]]:
    """Return per identifier its `most` heaviest indicators and risk labels of severity `gravest` and above.

    Companies without such reasons are absent.
    """
    asked = ", ".join("?" for _one in identifiers) or "NULL"
    keys = {
        row["company_key"]: row["identifier"]
        for row in snapshot.rows(
            f"SELECT company_key, identifier FROM listing WHERE identifier IN ({asked})", list(identifiers)
        )
    }
    found: dict[str, list[Reason]] = defaultdict(list)
    wanted = ", ".join(str(key) for key in sorted(keys)) or "NULL"
    indicators, labels = snapshot.catalogue["indicators"], snapshot.catalogue["labels"]
    for row in snapshot.rows(
        f"SELECT company_key, code, value FROM contribution WHERE company_key IN ({wanted}) "
        f"AND part = 'indicator' AND points > 0 ORDER BY company_key, points DESC, code"
    ):
        entry = indicators[row["code"]]
        text = phrase_text(entry.get("phrase", ""), row["value"], entry.get("unit", ""))
        reasons = found[keys[row["company_key"]]]
        if text and len(reasons) < most:
            reasons.append(Reason(row["code"], text, is_label=False, value=row["value"]))
    for row in snapshot.rows(
        f"SELECT company_key, code, value FROM label_hit WHERE company_key IN ({wanted}) ORDER BY company_key, code"
    ):
        entry = labels[row["code"]]
        if entry["polarity"] == "risk" and entry["severity"] >= gravest:
            text = phrase_text(entry["reason"], row["value"], "")
            found[keys[row["company_key"]]].append(Reason(row["code"], text, is_label=True))
    return {identifier: reasons for identifier, reasons in found.items() if reasons}
