"""What an officer fills in to seal something."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SealForm(forms.Form):
    """A file to seal."""

    file = forms.FileField(label=_("文件"))
    note = forms.CharField(
        label=_("说明（可不填）"),
        max_length=500,
        required=False,
        help_text=_("例如：哪里来的、谁在场。不要写身份证号和电话。"),
    )


class DigestForm(forms.Form):
    """Digests of a file that stays where it is."""

    name = forms.CharField(
        label=_("文件名称"), max_length=200, help_text=_("只登记摘要，文件不上传，请自行妥善保管。")
    )
    sha256 = forms.CharField(label="SHA-256", max_length=100)
    sm3 = forms.CharField(label="SM3", max_length=100)
    size = forms.IntegerField(label=_("字节数"), min_value=0, max_value=2**50)
    note = forms.CharField(label=_("说明（可不填）"), max_length=500, required=False)


class CaptureForm(forms.Form):
    """A page to capture."""

    url = forms.CharField(
        label=_("网址"),
        max_length=2000,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "placeholder": "https://"}),
        help_text=_("从浏览器地址栏完整复制。需要登录才能看的网页取不到。"),
    )
    note = forms.CharField(label=_("说明（可不填）"), max_length=500, required=False)


def errors_of(form: forms.Form) -> list[Any]:
    """Return everything that is wrong, to say at the top of the page."""
    return [problem for problems in form.errors.values() for problem in problems]
