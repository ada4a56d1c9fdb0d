"""The form of a clue that comes from elsewhere."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lookout.kernel.regions import regions
from lookout.web.accounts.models import REGION_CODE, User
from lookout.web.clues.services import Found
from lookout.web.clues.words import ActivityClass, Source

# Warnings of the model open clues by themselves.
BY_HAND = [(source.value, source.label) for source in Source if source is not Source.MODEL]


class ClueForm(forms.Form):
    """What is known about a clue."""

    source = forms.ChoiceField(label=_("线索来源"), choices=BY_HAND)
    company_name = forms.CharField(label=_("企业或项目名称"), max_length=200)
    company = forms.CharField(
        label=_("企业代码"),
        max_length=120,
        required=False,
        help_text=_("统一社会信用代码；不知道可以不填，以后再补。"),
    )
    region_business = forms.CharField(
        label=_("经营地"),
        max_length=6,
        min_length=6,
        validators=[REGION_CODE],
        help_text=_("六位区划代码，如 440106 天河区；由这里的牵头部门负责。"),
    )
    activity_class = forms.ChoiceField(
        label=_("活动类别"), choices=(("", _("尚不能判断")), *ActivityClass.choices), required=False
    )
    amount = forms.DecimalField(
        label=_("涉及金额（元）"), required=False, max_digits=18, decimal_places=2, min_value=0
    )
    participants = forms.IntegerField(label=_("参与人数"), required=False, min_value=0)
    summary = forms.CharField(
        label=_("线索摘要"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("谁、在哪里、以什么名义、承诺什么、涉及多少人和钱、从哪里得知。"),
    )
    seen_related = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_company(self) -> str:
        """Return the code in capitals, without spaces."""
        code: str = self.cleaned_data["company"]
        return code.replace(" ", "").upper()

    def clean_region_business(self) -> str:
        """Refuse a region that does not exist."""
        code: str = self.cleaned_data["region_business"]
        if code not in regions():
            raise forms.ValidationError(_("没有这个区划代码；请查六位代码，如 440106"))
        return code

    def found(self, user: User) -> Found:
        """Return what the form says."""
        data = self.cleaned_data
        return Found(
            source=Source(data["source"]),
            company_name=data["company_name"],
            company=data["company"],
            region_business=data["region_business"],
            activity_class=data["activity_class"],
            amount=data["amount"],
            participants=data["participants"],
            summary=data["summary"],
        )
