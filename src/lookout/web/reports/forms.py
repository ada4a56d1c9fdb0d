"""Forms of reports."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import Agency
from lookout.web.dispatch.forms import StepForm
from lookout.web.reports.access import offices
from lookout.web.reports.kinds import kinds
from lookout.web.reports.models import Report
from lookout.web.reports.words import Cycle, Secrecy

LONG = {"rows": 3}
WORD_ONLY = ".docx,application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SCOPES = (
    ("none", _("不限对象")),
    ("company", _("企业")),
    ("clue", _("线索")),
    ("region", _("地区")),
    ("sector", _("行业")),
)


class MakeForm(forms.Form):
    """What a report is to be about; days left out are the kind's newest period."""

    kind = forms.CharField(max_length=40)
    scope = forms.ChoiceField(choices=SCOPES, required=False)
    subject = forms.CharField(label=_("对象"), max_length=120, required=False)
    start = forms.DateField(label=_("起"), required=False)
    end = forms.DateField(label=_("止"), required=False)

    def clean_kind(self) -> str:
        """Refuse kinds that are not in the catalogue."""
        kind: str = self.cleaned_data["kind"]
        if kind not in kinds():
            raise forms.ValidationError(_("没有这种报告；请重新选择"))
        return kind


class PlainForm(StepForm):
    """Nothing to fill in."""


class ReasonForm(StepForm):
    """A reason that must be given."""

    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs=LONG))


class UploadForm(StepForm):
    """The Word file as it was edited."""

    file = forms.FileField(
        label=_("修改后的 Word 文件"),
        widget=forms.FileInput(attrs={"accept": WORD_ONLY}),
        help_text=_("请在下载的文件上修改，保留数字上的链接；手工改过的数字会列出来给签发人看。"),
    )
    note = forms.CharField(label=_("修改说明"), max_length=200, required=False)


class HeadingForm(StepForm):
    """Title, secrecy, addressees and distribution."""

    title = forms.CharField(label=_("标题"), max_length=200)
    secrecy = forms.ChoiceField(label=_("密级"), choices=Secrecy.choices)
    recipients = forms.CharField(label=_("主送"), max_length=300)
    distribution = forms.ModelMultipleChoiceField(
        label=_("分送范围"),
        queryset=Agency.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("签发后，只有拟稿单位和这里选中的单位能看到（公开的除外）。"),
    )

    def __init__(self, *args: Any, report: Report | None = None, **kwargs: Any) -> None:
        """Begin with what the report says."""
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelMultipleChoiceField[Agency]", self.fields["distribution"])
        field.queryset = offices()
        if report is not None:
            for name in ("title", "secrecy", "recipients"):
                self.fields[name].initial = getattr(report, name)
            field.initial = [one.pk for one in report.distribution.all()]


class TemplateForm(forms.Form):
    """A template drawn in Word."""

    file = forms.FileField(label=_("模板文件（docx）"), widget=forms.FileInput(attrs={"accept": WORD_ONLY}))
    note = forms.CharField(label=_("改了什么"), max_length=200, required=False)


class ScheduleForm(forms.Form):
    """A report that makes itself."""

    kind = forms.ChoiceField(label=_("报告种类"))
    cycle = forms.ChoiceField(label=_("周期"), choices=Cycle.choices)
    scope = forms.ChoiceField(label=_("对象类别"), choices=SCOPES)
    subject = forms.CharField(
        label=_("对象"),
        max_length=120,
        required=False,
        help_text=_("企业填统一社会信用代码，地区填区划代码，线索填编号，行业填业态代码。"),
    )
    from_hour = forms.IntegerField(label=_("几点起编制"), min_value=0, max_value=23, initial=6)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the kinds of the catalogue."""
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["kind"]).choices = [
            (one.code, gettext(one.short)) for one in kinds().values()
        ]
