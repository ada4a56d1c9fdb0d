"""Forms of the officers' pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from lookout.web.complaints.rules import import_rules, reward_rules
from lookout.web.complaints.words import Finding, Refusal
from lookout.web.dispatch.forms import StepForm

LONG = {"rows": 3}


class PlainForm(StepForm):
    """Nothing to fill in."""


class RefuseForm(StepForm):
    """Why a complaint is not followed."""

    refusal = forms.ChoiceField(label=_("不予受理的原因"), choices=Refusal.choices)
    answer = forms.CharField(
        label=_("给举报人的说明"), required=False, max_length=1000, widget=forms.Textarea(attrs=LONG)
    )


class AnswerForm(StepForm):
    """What was found."""

    finding = forms.ChoiceField(label=_("核实结果"), choices=Finding.choices)
    text = forms.CharField(
        label=_("给举报人的答复"),
        max_length=2000,
        widget=forms.Textarea(attrs=LONG),
        help_text=_("举报人凭凭证能看到。不要写对企业采取的措施和其他人的信息。"),
    )


class ReasonForm(StepForm):
    """A reason that must be given."""

    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs=LONG))


class JoinForm(StepForm):
    """The earlier complaint."""

    first = forms.CharField(label=_("并入的举报编号"), max_length=20)


class IdentifyForm(StepForm):
    """Which company it is."""

    company = forms.CharField(
        label=_("统一社会信用代码"), max_length=120, help_text=_("填写后按登记的名称和注册地办理。")
    )


class MessageForm(StepForm):
    """Words to the reporter."""

    text = forms.CharField(label=_("给举报人的话"), max_length=2000, widget=forms.Textarea(attrs=LONG))


class RewardForm(StepForm):
    """A reward proposed."""

    level = forms.ChoiceField(label=_("线索等级"))
    confirmed_amount = forms.DecimalField(
        label=_("认定的涉案金额（元）"), min_value=0, max_digits=18, decimal_places=2
    )
    amount = forms.IntegerField(label=_("奖励金额（元）"), min_value=1)
    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs=LONG))

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer the levels of the table."""
        super().__init__(*args, **kwargs)
        choices = [(code, f"{level.title}：{level.meaning}") for code, level in reward_rules().levels.items()]
        self.fields["level"] = forms.ChoiceField(label=_("线索等级"), choices=choices)


class NoticeForm(forms.Form):
    """A notice for the public."""

    company = forms.CharField(label=_("统一社会信用代码"), max_length=120)
    title = forms.CharField(label=_("标题"), max_length=120)
    text = forms.CharField(
        label=_("内容"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("任何人都能看到。只写已经生效的认定，不写个人信息。"),
    )
    basis = forms.CharField(label=_("依据文书"), max_length=200, help_text=_("决定书、认定书的名称和文号。"))


class ImportForm(forms.Form):
    """A file of another office."""

    form = forms.ChoiceField(label=_("来源"))
    file = forms.FileField(
        label=_("文件"), help_text=_("Excel（xlsx）或 CSV，第一行是列名；同一个工单导入多少次都只算一件。")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer the forms of the catalogue."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed through
        choices = [(code, translate(entry.title)) for code, entry in import_rules().forms.items()]
        self.fields["form"] = forms.ChoiceField(label=_("来源"), choices=choices)


class JudgeForm(forms.Form):
    """What a bundle is."""

    verdict = forms.ChoiceField(choices=(("genuine", ""), ("brigade", "")))
    note = forms.CharField(max_length=500, error_messages={"required": _("请写明判断的依据")})
