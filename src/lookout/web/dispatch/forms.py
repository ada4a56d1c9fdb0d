"""Forms of the steps of a clue and an order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import REGION_CODE, Agency
from lookout.web.accounts.selectors import list_agencies_in_use
from lookout.web.clues.forms import MatterForm
from lookout.web.clues.models import BANDS
from lookout.web.clues.words import ActivityClass, Element, Outcome, Secrecy, Verdict
from lookout.web.dispatch.rules import checklist, measure_rules
from lookout.web.dispatch.states import ReturnReason, VisitFinding
from lookout.web.ui.districts import districts

MOST_PHOTOS = 12
ANSWERS = (("yes", _("是")), ("no", _("否")), ("unseen", _("未见")))
LONG = {"rows": 3}


class StepForm(forms.Form):
    """What every step carries: the version the person saw, and a key that makes sending twice one step."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    form_key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give a fresh form its key."""
        super().__init__(*args, **kwargs)
        self.fields["form_key"].initial = uuid4().hex


class NoteForm(StepForm):
    """An optional remark."""

    note = forms.CharField(
        label=_("意见"), required=False, max_length=1000, widget=forms.Textarea(attrs=LONG)
    )


class ReasonForm(StepForm):
    """A reason that must be given."""

    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs=LONG))


class TextForm(StepForm):
    """A text that must be given."""

    text = forms.CharField(label=_("内容"), max_length=500, widget=forms.Textarea(attrs=LONG))


class TriageForm(StepForm):
    """The judgement of a clue."""

    band = forms.ChoiceField(label=_("等级"), choices=BANDS)
    activity_class = forms.ChoiceField(
        label=_("活动类别"), choices=(("", _("尚不能判断")), *ActivityClass.choices), required=False
    )
    summary = forms.CharField(label=_("线索摘要"), required=False, widget=forms.Textarea(attrs=LONG))
    advice = forms.CharField(label=_("处置建议"), required=False, widget=forms.Textarea(attrs=LONG))
    secrecy = forms.ChoiceField(label=_("密级"), choices=Secrecy.choices, initial=Secrecy.INTERNAL)


class DispatchForm(StepForm):
    """To whom a clue goes, as lead or to join in."""

    agency = forms.ModelChoiceField(
        label=_("承办单位"), queryset=Agency.objects.none(), empty_label=_("请选择")
    )
    part = forms.ChoiceField(label=_("分工"), choices=(("lead", _("主办")), ("join", _("协办"))))
    instruction = forms.CharField(
        label=_("要求"), required=False, max_length=2000, widget=forms.Textarea(attrs=LONG)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the agencies in use."""
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = list_agencies_in_use()  # type: ignore[attr-defined]  # a model choice


class FactsForm(StepForm, MatterForm):
    """What has become known of the matter."""


class IdentifyForm(StepForm):
    """Which registered company it is, and where it trades."""

    company = forms.CharField(
        label=_("统一社会信用代码"), max_length=120, help_text=_("填写后按登记的名称和注册地办理。")
    )
    region_business = forms.CharField(
        label=_("经营地"), max_length=6, min_length=6, widget=forms.Select, validators=[REGION_CODE]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the districts."""
        super().__init__(*args, **kwargs)
        self.fields["region_business"].widget.choices = list(districts())


class CloseForm(StepForm):
    """The outcome."""

    outcome = forms.ChoiceField(label=_("核查结果"), choices=Outcome.choices)
    outcome_reason = forms.CharField(label=_("结果说明"), max_length=4000, widget=forms.Textarea(attrs=LONG))


class MergeForm(StepForm):
    """Into which clue, and why."""

    into = forms.CharField(
        label=_("并入的线索编号"),
        max_length=18,
        min_length=18,
        widget=forms.TextInput(attrs={"list": "related-clues", "autocomplete": "off"}),
        help_text=_("同一企业的线索在这里可以直接选。"),
    )
    reason = forms.CharField(label=_("理由"), max_length=500)


class ElementForm(StepForm):
    """How far an element is shown."""

    element = forms.ChoiceField(label=_("要素"), choices=Element.choices)
    verdict = forms.ChoiceField(label=_("认定程度"), choices=Verdict.choices)
    note = forms.CharField(label=_("说明"), required=False, max_length=500)


class EvidenceForm(StepForm):
    """Something for the file of a clue."""

    title = forms.CharField(label=_("名称"), max_length=300)
    element = forms.ChoiceField(
        label=_("要素"), required=False, choices=(("", _("不针对某一要素")), *Element.choices)
    )
    note = forms.CharField(label=_("说明"), required=False, widget=forms.Textarea(attrs=LONG))
    file = forms.FileField(label=_("文件"), required=False)


class GiveBackForm(StepForm):
    """Why an order is returned."""

    reason = forms.ChoiceField(label=_("退回理由"), choices=ReturnReason.choices)
    note = forms.CharField(label=_("退回说明"), max_length=500, widget=forms.Textarea(attrs=LONG))


class ManyFiles(forms.ClearableFileInput):
    """Several files in one field."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Up to a dozen photos; cleaned to a list."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the uploads."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if len(given) > MOST_PHOTOS:
            raise forms.ValidationError(_("一次最多 %(most)s 张照片") % {"most": MOST_PHOTOS})
        return [super(PhotosField, self).clean(one, initial) for one in given]


class VisitForm(StepForm):
    """The on-site form: when, where, who, what was found."""

    at = forms.DateTimeField(
        label=_("到场时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    place = forms.CharField(label=_("地点"), max_length=200)
    officer_1 = forms.CharField(label=_("执法人员一"), max_length=40)
    card_1 = forms.CharField(label=_("执法证号一"), max_length=40)
    officer_2 = forms.CharField(label=_("执法人员二"), max_length=40)
    card_2 = forms.CharField(label=_("执法证号二"), max_length=40)
    finding = forms.ChoiceField(label=_("现场情况"), choices=VisitFinding.choices)
    note = forms.CharField(label=_("情况说明"), required=False, widget=forms.Textarea(attrs=LONG))
    photos = PhotosField(
        label=_("照片"),
        required=False,
        widget=ManyFiles(attrs={"accept": "image/*", "capture": "environment"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the questions of the checklist."""
        super().__init__(*args, **kwargs)
        for code, question in checklist().items():
            self.fields[f"check_{code}"] = forms.ChoiceField(
                label=question, choices=ANSWERS, initial="unseen"
            )

    def answers(self) -> Mapping[str, str]:
        """Return the checklist with its answers."""
        return {code: self.cleaned_data[f"check_{code}"] for code in checklist()}

    def officers(self) -> list[dict[str, str]]:
        """Return names and cards."""
        data = self.cleaned_data
        return [{"name": data[f"officer_{n}"], "card": data[f"card_{n}"]} for n in (1, 2)]

    def arrived(self) -> datetime:
        """Return when they were there."""
        at: datetime = self.cleaned_data["at"]
        return at


class MeasureForm(StepForm):
    """A measure; its legal basis comes from the catalogue."""

    kind = forms.ChoiceField(label=_("措施"))
    due_on = forms.DateField(
        label=_("完成期限"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    amount = forms.DecimalField(
        label=_("金额（元）"), required=False, max_digits=18, decimal_places=2, min_value=0
    )
    note = forms.CharField(
        label=_("说明"), required=False, max_length=1000, widget=forms.Textarea(attrs=LONG)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the measures with their basis."""
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]  # a choice field
            (rule.code, f"{rule.title}（{rule.basis}）") for rule in measure_rules().values()
        ]


class ReportForm(StepForm):
    """What was found."""

    text = forms.CharField(label=_("反馈内容"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6}))
    proposed_outcome = forms.ChoiceField(label=_("建议结果"), choices=Outcome.choices)


class DecisionForm(StepForm):
    """Yes or no, with a remark."""

    decision = forms.ChoiceField(label=_("决定"), choices=(("yes", _("批准")), ("no", _("不批准"))))
    note = forms.CharField(label=_("意见"), required=False, max_length=500, widget=forms.Textarea(attrs=LONG))


class ExtensionForm(StepForm):
    """More time."""

    days = forms.IntegerField(label=_("延长天数"), min_value=1, max_value=90)
    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs=LONG))
