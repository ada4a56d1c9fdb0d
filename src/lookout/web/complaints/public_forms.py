"""The questions a member of the public is asked, one screen each."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lookout.kernel.regions import regions
from lookout.web.complaints.words import Approach, ComplaintKind, Trouble
from lookout.web.ui.districts import districts

PHONE = re.compile(r"^(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$")
MOST_FILES = 6


class StepForm(forms.Form):
    """One screen; the draft keeps `saved`."""

    def saved(self) -> dict[str, Any]:
        """Return the answers as JSON knows them."""
        return {
            name: str(value) if isinstance(value, Decimal) or hasattr(value, "isoformat") else value
            for name, value in self.cleaned_data.items()
            if value not in (None, "", [])
        }


class WhomForm(StepForm):
    """Who is complained about."""

    name = forms.CharField(
        label=_("企业、平台或项目的名称"),
        min_length=2,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "search"}),
        help_text=_("写您知道的就行：招牌、合同上的名称、手机应用的名字。"),
    )
    company = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)


class KindForm(StepForm):
    """What kind of matter it is."""

    kind = forms.ChoiceField(label=_("是哪一类事"), choices=ComplaintKind.choices, widget=forms.RadioSelect)


class WhatForm(StepForm):
    """What happened."""

    text = forms.CharField(
        label=_("发生了什么"),
        min_length=10,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("谁、在哪里、以什么名义、承诺什么、钱交给了谁。请不要在这里写您自己的姓名和电话。"),
    )
    troubles = forms.MultipleChoiceField(
        label=_("有没有这些情形"),
        choices=Trouble.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class ManyForm(StepForm):
    """How much, how many, when, and how they came to it; none of it must be known."""

    amount_wan = forms.DecimalField(
        label=_("您知道涉及多少钱（万元）"),
        required=False,
        min_value=0,
        max_value=99_999_999,
        decimal_places=2,
    )
    participants = forms.IntegerField(
        label=_("您知道有多少人参加"), required=False, min_value=0, max_value=10_000_000
    )
    happened_on = forms.DateField(
        label=_("大约什么时候"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    approach = forms.ChoiceField(
        label=_("您是怎么接触到的"), choices=Approach.choices, widget=forms.RadioSelect, required=False
    )

    def clean_happened_on(self) -> Any:
        """Refuse a day that has not come."""
        day = self.cleaned_data["happened_on"]
        if day is not None and day > timezone.localdate() + timedelta(days=1):
            raise forms.ValidationError(_("这一天还没有到"))
        return day


class SeveralFilesInput(forms.ClearableFileInput):
    """A file button that takes several."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Several files of one button."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """Return the files, an empty list for none."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        cleaned = [super(SeveralFilesField, self).clean(one, initial) for one in given]
        if len(cleaned) > MOST_FILES:
            raise forms.ValidationError(_("一次最多 %(most)s 个文件") % {"most": MOST_FILES})
        return cleaned


class FilesForm(StepForm):
    """Photos and files."""

    attachments = SeveralFilesField(
        label=_("照片、合同、聊天记录、录音"),
        required=False,
        help_text=_("照片里的拍摄地点和手机信息会自动去掉。每个文件不超过 10 MB，最多 6 个。"),
    )

    def saved(self) -> dict[str, Any]:
        """Keep nothing: the view stores the files and keeps their numbers."""
        return {}


class WhereForm(StepForm):
    """Where it happens."""

    region = forms.ChoiceField(label=_("在哪个区县"), choices=districts, required=False)
    place = forms.CharField(
        label=_("具体地点"),
        max_length=200,
        required=False,
        help_text=_("街道、楼宇、门店；只在网上的可以不填。"),
    )
    latitude = forms.DecimalField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    longitude = forms.DecimalField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Keep a position only as a pair, and only to about a hundred metres."""
        data = super().clean() or self.cleaned_data
        pair = [data.get("latitude"), data.get("longitude")]
        for name, value in zip(("latitude", "longitude"), pair, strict=True):
            data[name] = value.quantize(Decimal("0.001")) if value is not None and None not in pair else None
        return data

    def clean_region(self) -> str:
        """Refuse what is no division."""
        code: str = self.cleaned_data["region"]
        if code and code not in regions():
            raise forms.ValidationError(_("请从列表里选择"))
        return code


class ContactForm(StepForm):
    """Who reports, if they want to say."""

    how = forms.ChoiceField(
        label=_("要不要留下姓名"),
        choices=(
            ("anonymous", _("匿名：我们不知道您是谁，只能凭凭证查进度")),
            ("named", _("实名：查实后可以领取奖励；姓名和电话加密保存")),
        ),
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("姓名"), max_length=40, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=_("电话"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for both when named, keep neither when anonymous."""
        data = super().clean() or self.cleaned_data
        if data.get("how") != "named":
            data["name"] = data["phone"] = ""
            return data
        if not data.get("name", "").strip():
            self.add_error("name", _("请写姓名，或改选匿名"))
        data["phone"] = data.get("phone", "").replace(" ", "")
        if not PHONE.match(data["phone"]):
            self.add_error("phone", _("请写 11 位手机号，或带区号的座机号"))
        return data


class ReviewForm(StepForm):
    """The last look."""

    is_true = forms.BooleanField(
        label=_("我说的是我知道的实情"),
        error_messages={"required": _("请确认您说的是实情；故意捏造事实要承担法律责任。")},
    )


STEPS: dict[str, type[StepForm]] = {
    "whom": WhomForm,
    "kind": KindForm,
    "what": WhatForm,
    "many": ManyForm,
    "files": FilesForm,
    "where": WhereForm,
    "contact": ContactForm,
    "review": ReviewForm,
}
TITLES = {
    "whom": _("您要举报谁"),
    "kind": _("是哪一类事"),
    "what": _("发生了什么"),
    "many": _("涉及多少人、多少钱"),
    "files": _("有没有照片或文件"),
    "where": _("在哪里"),
    "contact": _("要不要留下姓名"),
    "review": _("看一遍，提交"),
}
OPTIONAL = frozenset({"many", "files", "where"})


class ProgressForm(forms.Form):
    """A receipt code."""

    code = forms.CharField(
        label=_("凭证"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text=_("提交后给您的 12 位字母和数字，如 ACDE-FGHJ-3467"),
    )


class AddForm(forms.Form):
    """More to say."""

    text = forms.CharField(
        label=_("补充"), min_length=2, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


class CommentForm(forms.Form):
    """A comment below a notice."""

    text = forms.CharField(
        label=_("评论"),
        min_length=2,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("审核后公开。请不要写任何人的姓名、电话和证件号码。"),
    )
    form_key = forms.CharField(max_length=40, widget=forms.HiddenInput)
