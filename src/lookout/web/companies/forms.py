"""The form under which a list is saved."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lookout.web.companies.filters import read_query, write_query


class SavedViewForm(forms.Form):
    """A name and the query of the list."""

    name = forms.CharField(label=_("视图名称"), max_length=40)
    query = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def clean_query(self) -> str:
        """Keep only what a list understands."""
        return write_query(read_query(QueryDict(self.cleaned_data["query"])))
