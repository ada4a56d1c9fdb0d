"""Template tags of deadlines and visits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lookout.web.accounts.roles import Place
from lookout.web.clues.selectors import ClueFilter, list_clues
from lookout.web.dispatch.pages import visit_answers
from lookout.web.ui.words import written_moment

register = template.Library()
DAY = timedelta(days=1)
MOST_CLUES = 5
SOON = timedelta(days=2)


@register.filter
def checklist(answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the questions of a visit with their answers."""
    return visit_answers(answers)


@register.simple_tag
def due(at: datetime | None) -> SafeString:
    """Return a deadline in words and as an instant: how long is left, or how long it is overdue."""
    if at is None:
        return format_html('<span class="muted">{}</span>', "—")
    left = at - timezone.now()
    if left < timedelta(0):
        return format_html(
            '<b class="tag warn">{}</b> {}', _("已超期 %(time)s") % {"time": _span(-left)}, written_moment(at)
        )
    shape = '<b class="tag">{}</b> {}' if left < SOON else "<span>{}</span> {}"
    return format_html(shape, _("还差 %(time)s") % {"time": _span(left)}, written_moment(at))


@register.inclusion_tag("dispatch/_of_company.html", takes_context=True)
def clues_of(context: dict[str, Any], identifier: str) -> dict[str, Any]:
    """Show the clues about a company that the person may see, the newest first, and where to enter another."""
    user, places = context["user"], context["places"]
    may_work = Place.CLUES in places
    asked = ClueFilter(text=identifier)
    found = list_clues(user, asked).filter(company=identifier)[:MOST_CLUES] if may_work else ()
    return {"may_work": may_work, "clues": found, "identifier": identifier, "places": places}


def _span(length: timedelta) -> str:
    hours = int(length.total_seconds() // 3600)
    if length >= DAY:
        return ngettext("%(count)s 天", "%(count)s 天", length.days) % {"count": length.days}
    return ngettext("%(count)s 小时", "%(count)s 小时", hours) % {"count": hours}
