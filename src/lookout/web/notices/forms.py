"""How a person wants to be told."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lookout.web.notices.models import ByMail


class MailForm(forms.Form):
    """The choice about mail."""

    by_mail = forms.ChoiceField(label=_("邮件通知"), choices=ByMail.choices)
