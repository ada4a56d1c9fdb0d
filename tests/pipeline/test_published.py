"""The catalogue published with a run: an officer reads every rule in Chinese."""

from __future__ import annotations

import re

from lookout.hub.facts import Visible
from lookout.pipeline.evaluation import Question, shipped
from lookout.pipeline.published import published_catalogue
from tests.hub.hubs import wall

AS_OF = wall(2026, 10, 31)


def test_no_rule_text_names_a_column_or_a_code_of_the_store() -> None:
    published = published_catalogue(shipped(), Question(AS_OF, Visible(AS_OF)))

    entries = {**published["labels"], **published["indicators"]}
    spoken = {code: entry["rule_text"] for code, entry in entries.items()}
    raw = {code: text for code, text in spoken.items() if re.search(r"[A-Za-z_]{4,}|[A-Z]\d\d", text)}

    assert raw == {}
    assert spoken["Y02"].startswith("宣称年化收益率 － 一年期基准利率（%）")
