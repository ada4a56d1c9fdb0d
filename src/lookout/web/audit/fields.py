"""What the fields of a recorded change are called, and how their values are written for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lookout.web.ui.words import written_day, written_moment

EMPTY = "—"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")
# A step on something that hangs on the recorded object tells fields of that thing.
PARTS = {
    "order_": "dispatch.dispatchorder",
    "visit": "dispatch.visit",
    "measure_": "dispatch.measure",
    "extension_": "dispatch.extension",
    "supervis": "dispatch.supervision",
    "clue_add_evidence": "clues.evidence",
    "clue_withdraw_evidence": "clues.evidence",
}
# Fields without a word of their own, and values that stand in no field.
WORDS = {
    "order": gettext_lazy("分派单"),
    "kind": gettext_lazy("种类"),
    "event": gettext_lazy("时限"),
    "due_at": gettext_lazy("期限"),
    "days": gettext_lazy("天数"),
    "photos": gettext_lazy("照片"),
    "rows": gettext_lazy("行数"),
    "query": gettext_lazy("筛选条件"),
    "numbers": gettext_lazy("编号"),
    "sha256": gettext_lazy("SHA-256"),
    "sm3": gettext_lazy("SM3"),
    "run_id": gettext_lazy("评级批次"),
    "note": gettext_lazy("说明"),
    "closed_by": gettext_lazy("办结人"),
    "triaged_by": gettext_lazy("定级人"),
    "accepted_by": gettext_lazy("签收人"),
    "reported_by": gettext_lazy("反馈人"),
    "reviewed_by": gettext_lazy("复核人"),
    "closing_band": gettext_lazy("办结时评级"),
    "closing_score": gettext_lazy("办结时得分"),
    "state_before_merge": gettext_lazy("并入前状态"),
    "state_at": gettext_lazy("状态时间"),
    "clue": gettext_lazy("线索"),
    "illegality": gettext_lazy("非法性"),
    "inducement": gettext_lazy("利诱性"),
    "publicity": gettext_lazy("社会性"),
    "open_promotion": gettext_lazy("公开性"),
}


def written(verb: str, object_type: str, name: str, value: Any) -> str:
    """Return a recorded value as people read it: the word of a choice, an instant here, yes and no."""
    field = _field(verb, object_type, name)
    if value is None or value == "":
        return EMPTY
    if isinstance(value, list):
        return "、".join(written(verb, object_type, name, one) for one in value) or EMPTY
    if isinstance(value, bool):
        return _("是") if value else _("否")
    choices: Mapping[str, Any] = {str(code): word for code, word in getattr(field, "flatchoices", ())}
    if str(value) in choices:
        return str(choices[str(value)])
    if isinstance(field, models.DateField) and isinstance(value, str):
        is_moment = isinstance(field, models.DateTimeField)
        return (
            written_moment(datetime.fromisoformat(value))
            if is_moment
            else written_day(date.fromisoformat(value))
        )
    text = str(value)
    # An instant that stands in no field, such as a deadline that was moved.
    return written_moment(datetime.fromisoformat(text)) if _INSTANT.fullmatch(text) else text


def title(verb: str, object_type: str, name: str) -> str:
    """Return what a field is called, its own name when it has no word."""
    field = _field(verb, object_type, name)
    own = getattr(field, "verbose_name", "")
    if field is not None and str(own) != name.replace("_", " "):
        return str(own)
    return str(WORDS.get(name, name))


def _field(verb: str, object_type: str, name: str) -> Any:
    part = next((model for start, model in PARTS.items() if verb.startswith(start)), "")
    return _fields(part).get(name) or _fields(object_type).get(name)


@cache
def _fields(label: str) -> Mapping[str, Any]:
    try:
        return {field.name: field for field in apps.get_model(label)._meta.get_fields()}
    except (LookupError, ValueError):  # what is no row of the desk has no fields
        return {}
