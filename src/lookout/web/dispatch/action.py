"""What a step is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from lookout.web.accounts.models import User
from lookout.web.dispatch import forms


@dataclass(frozen=True)
class Action:
    """One step: the button's words, its form, who may when, and what it does with the form's data.

    `is_main` marks the step that is expected next; the page shows its form open.
    """

    name: str
    title: str | Promise
    form: type[forms.StepForm]
    may: Callable[[User, Any], bool]
    run: Callable[[User, Any, Any, datetime], Any]
    is_main: bool = False
