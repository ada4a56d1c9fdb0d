"""Template filters of the record of changes."""

from __future__ import annotations

from django import template

from lookout.web.audit import words

register = template.Library()
register.filter("verb", words.verb_word)
register.filter("changes", words.changed_values)
