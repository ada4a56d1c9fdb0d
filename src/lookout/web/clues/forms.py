"""The form of a clue that comes from elsewhere."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from lookout.kernel.regions import regions
from lookout.web.accounts.models import REGION_CODE, User
from lookout.web.clues.importing.vocabulary import place_of
from lookout.web.clues.register import district_of, find_company
from lookout.web.clues.services import Found
from lookout.web.clues.words import ActivityClass, Disguise, Secrecy, Source
from lookout.web.ui.districts import SEPARATORS, districts

# Warnings of the model open clues by themselves.
BY_HAND = [(source.value, source.label) for source in Source if source is not Source.MODEL]


def sent_key(user: User, form_key: str) -> str:
    """Return what one sending of a person's form is known by, '' for a form without a key."""
    return f"form {user.pk} {form_key}" if form_key else ""


class PlacesField(forms.CharField):
    """Places by name or code, cleaned to a list of six digits."""

    def __init__(self) -> None:
        """Explain how to write them."""
        super().__init__(
            label=_("涉及地区"),
            required=False,
            max_length=400,
            help_text=_("除经营地外还涉及哪里，写地名或六位代码，用顿号隔开，如 佛山市南海区、深圳市。"),
        )

    def clean(self, value: str | None) -> list[str]:
        """Return the codes; refuses a place that does not exist."""
        text: str = super().clean(value) or ""
        names = [one for one in SEPARATORS.split(text) if one]
        wrong = [one for one in names if place_of(one) is None]
        if wrong:
            raise forms.ValidationError(_("找不到这些地方：%(names)s") % {"names": "、".join(wrong)})
        return sorted({place_of(one) or "" for one in names})


class MatterForm(forms.Form):
    """What is known of a matter; all of it may still be unknown."""

    activity_class = forms.ChoiceField(
        label=_("活动类别"), choices=(("", _("尚不能判断")), *ActivityClass.choices), required=False
    )
    disguise_type = forms.TypedChoiceField(
        label=_("伪装形式"),
        choices=(("", _("尚不能判断")), *Disguise.choices),
        coerce=int,
        empty_value=None,
        required=False,
    )
    amount = forms.DecimalField(
        label=_("涉及金额（元）"), required=False, max_digits=18, decimal_places=2, min_value=0
    )
    participants = forms.IntegerField(label=_("参与人数"), required=False, min_value=0, max_value=10**8)
    involved_regions = PlacesField()


class ClueForm(MatterForm):
    """What is known about a clue."""

    # Whom it is about comes first; what is not named here follows.
    field_order = ("source", "company_name", "company", "region_business")
    source = forms.ChoiceField(label=_("线索来源"), choices=BY_HAND)
    company_name = forms.CharField(label=_("企业或项目名称"), max_length=200)
    company = forms.CharField(
        label=_("企业代码"),
        max_length=120,
        required=False,
        help_text=_("统一社会信用代码；不知道可以不填，以后在线索页面“认定企业”。"),
    )
    region_business = forms.CharField(
        label=_("经营地"),
        max_length=6,
        min_length=6,
        validators=[REGION_CODE],
        widget=forms.Select,
        help_text=_("在哪里经营，就由哪里的牵头部门负责。"),
    )
    secrecy = forms.ChoiceField(
        label=_("密级"),
        choices=Secrecy.choices,
        required=False,
        help_text=_("保密通道的线索，只有省级和被分派的单位看得到。"),
    )
    summary = forms.CharField(
        label=_("线索摘要"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("谁、在哪里、以什么名义、承诺什么、涉及多少人和钱、从哪里得知。"),
    )
    form_key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    seen_related = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the districts."""
        super().__init__(*args, **kwargs)
        self.fields["region_business"].widget.choices = list(districts())
        self.fields["form_key"].initial = uuid4().hex

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
        row = find_company(user, data["company"])
        return Found(
            source=Source(data["source"]),
            company_name=data["company_name"],
            company=data["company"],
            region_registered=district_of(row) if row else "",
            region_business=data["region_business"],
            disguise_type=data["disguise_type"],
            involved_regions=data["involved_regions"],
            secrecy=data["secrecy"] or Secrecy.INTERNAL,
            activity_class=data["activity_class"],
            amount=data["amount"],
            participants=data["participants"],
            summary=data["summary"],
            imported_key=sent_key(user, data["form_key"]),
        )
