"""Forms of cases, their events and figures, and of reports."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lookout.kernel.regions import PROVINCES, regions
from lookout.web.accounts.models import User
from lookout.web.cases.access import answers_for
from lookout.web.cases.services import Filing
from lookout.web.cases.states import CaseVerb, Determination
from lookout.web.cases.words import Figure, Industry, Stability
from lookout.web.clues.words import Source
from lookout.web.ui.districts import districts

LONG = {"rows": 3}


def _money(label: Any, *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=required, max_digits=18, decimal_places=2, min_value=0)


class DayInput(forms.DateInput):
    """A day, picked in the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        """Write days as the browser reads them."""
        super().__init__(format="%Y-%m-%d")


class CaseForm(forms.Form):
    """What is known when a case is filed."""

    name = forms.CharField(label=_("案件名称"), max_length=200)
    company_name = forms.CharField(label=_("项目（单位）名称"), max_length=200)
    company = forms.CharField(label=_("企业代码"), max_length=120, required=False)
    clue_source = forms.ChoiceField(label=_("线索来源"), choices=Source.choices)
    lead_region = forms.CharField(
        label=_("牵头地区"),
        min_length=6,
        max_length=6,
        widget=forms.Select,
        help_text=_("单位案件在注册地。"),
    )
    involved_regions = forms.CharField(
        label=_("涉及地区"),
        max_length=400,
        required=False,
        help_text=_("其他地区的六位区划代码，用顿号、逗号或空格分开；外省的也写上。"),
    )
    industry = forms.ChoiceField(label=_("行业"), choices=Industry.choices)
    mode = forms.CharField(label=_("集资方式"), max_length=300, widget=forms.Textarea(attrs=LONG))
    first_found_on = forms.DateField(label=_("首次发现日期"), widget=DayInput())
    filed_on = forms.DateField(label=_("立案日期"), widget=DayInput())
    absorbed = _money(_("吸收资金（元）"), required=False)
    participants = forms.IntegerField(label=_("参与人数"), required=False, min_value=0)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        """Remember who files, and offer the districts."""
        super().__init__(*args, **kwargs)
        self._user = user
        self.fields["lead_region"].widget.choices = list(districts())

    def clean_lead_region(self) -> str:
        """Refuse a region that does not exist or that others answer for."""
        code: str = self.cleaned_data["lead_region"]
        if code not in regions():
            raise forms.ValidationError(_("没有这个区划代码；请查六位代码，如 440106"))
        if not answers_for(self._user, code):
            raise forms.ValidationError(_("这个地区不归您办；请移送那里的牵头部门"))
        return code

    def clean_involved_regions(self) -> list[str]:
        """Return the codes; all wrong ones are named together."""
        codes = [code for code in re.split(r"[\s、,，;；]+", self.cleaned_data["involved_regions"]) if code]
        wrong = [
            code
            for code in codes
            if not re.fullmatch(r"[0-9]{6}", code) or code[:2] not in PROVINCES or _unknown_at_home(code)
        ]
        if wrong:
            raise forms.ValidationError(_("不是区划代码：%(codes)s") % {"codes": "、".join(wrong)})
        return codes

    def filing(self) -> Filing:
        """Return what the form says."""
        data = dict(self.cleaned_data)
        data["company"] = data["company"].replace(" ", "").upper()
        return Filing(**data)


def _unknown_at_home(code: str) -> bool:
    home = regions()
    return code[:2] == next(iter(home))[:2] and code not in home


class EventForm(forms.Form):
    """When something happened, what it needs, and a remark."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    on = forms.DateField(label=_("日期"), widget=DayInput())
    note = forms.CharField(
        label=_("说明"), required=False, max_length=1000, widget=forms.Textarea(attrs=LONG)
    )

    def __init__(self, verb: CaseVerb, *args: Any, **kwargs: Any) -> None:
        """Ask for what the verb needs."""
        super().__init__(*args, **kwargs)
        if verb is CaseVerb.DETERMINE:
            self.fields["value"] = forms.ChoiceField(label=_("结论"), choices=Determination.choices)
        elif verb is CaseVerb.STABILITY:
            self.fields["value"] = forms.ChoiceField(label=_("稳定形势"), choices=Stability.choices)
        elif verb is CaseVerb.PENALISE:
            self.fields["value"] = _money(_("罚款金额（元）"))

    @property
    def value(self) -> str:
        """Return what the verb needs as text, '' when it needs nothing."""
        found = self.cleaned_data.get("value")
        return "" if found is None else str(found)


class FigureForm(forms.Form):
    """A figure as of a day."""

    figure = forms.ChoiceField(label=_("数据"), choices=Figure.choices)
    value = _money(_("数值"))
    on = forms.DateField(label=_("截至日期"), widget=DayInput())
    note = forms.CharField(
        label=_("说明"), required=False, max_length=1000, help_text=_("更正同一天的数据时，请写明原因。")
    )


class ReportStepForm(forms.Form):
    """What was seen, and a text where the step needs one."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("说明"), required=False, max_length=4000, widget=forms.Textarea(attrs=LONG)
    )


class OutreachForm(forms.Form):
    """One piece of publicity and education."""

    title = forms.CharField(label=_("活动"), max_length=200)
    on = forms.DateField(label=_("日期"), widget=DayInput())
    people = forms.IntegerField(label=_("受众人数"), min_value=0, max_value=100_000_000)


class PeriodForm(forms.Form):
    """A period of the assessment; at most three years."""

    begin = forms.DateField()
    end = forms.DateField()

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or is longer than anybody assesses."""
        data: dict[str, Any] = super().clean() or {}
        begin, end = data.get("begin"), data.get("end")
        if isinstance(begin, date) and isinstance(end, date) and not 0 <= (end - begin).days <= 1100:
            raise forms.ValidationError(_("期间首尾颠倒，或超过三年"))
        return data
