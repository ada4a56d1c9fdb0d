"""The forms of companies: a list's name, another level, a watch list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lookout.web.companies.filters import read_query, write_query
from lookout.web.companies.models import BAND_CHOICES
from lookout.web.companies.reviewing import LONGEST


class SavedViewForm(forms.Form):
    """A name and the query of the list."""

    name = forms.CharField(label=_("视图名称"), max_length=40)
    query = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def clean_query(self) -> str:
        """Keep only what a list understands."""
        return write_query(read_query(QueryDict(self.cleaned_data["query"])))


class ReviewForm(forms.Form):
    """Another level for a company, why, and until when."""

    band = forms.ChoiceField(label=_("复核为"))
    reason = forms.CharField(
        label=_("依据"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写清看到了什么材料、谁核实的；第二个人凭它决定。"),
    )
    expires_on = forms.DateField(
        label=_("有效期至"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    file = forms.FileField(label=_("证据（可不传）"), required=False)

    def __init__(self, *args: Any, today: date, band: str | None, **kwargs: Any) -> None:
        """Offer the other levels, and a month."""
        super().__init__(*args, **kwargs)
        choices = [(code, title) for code, title in BAND_CHOICES if code != band]
        self.fields["band"].choices = choices  # type: ignore[attr-defined]  # a choice field
        self.fields["expires_on"].initial = today + timedelta(days=30)
        self.fields["expires_on"].widget.attrs["max"] = (today + LONGEST).isoformat()


class WatchListForm(forms.Form):
    """The name of a watch list, and whether the whole agency sees it."""

    name = forms.CharField(label=_("名单名称"), max_length=40)
    is_shared = forms.BooleanField(label=_("本单位的人都能看见和维护"), required=False)
