"""Forms of the pages about keys and receivers."""

from __future__ import annotations

import ipaddress
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import is_uscc
from lookout.kernel.inbox import CONNECTION_NAME
from lookout.web.accounts.models import REGION_CODE, Agency
from lookout.web.api.hooks import PLACES, guard
from lookout.web.api.posting import checked_receiver
from lookout.web.intake.models import MachineKey
from lookout.web.intake.scopes import WRITES, KeyScope

LONGEST = timedelta(days=731)
# Wider is no network of a partner but a good part of the world.
_WIDEST = {4: 8, 6: 32}
KIND_WORDS = {"warning": _("预警"), "rating": _("评级"), "clue": _("线索"), "complaint": _("投诉办理状态")}


class NewKeyForm(forms.Form):
    """A key without rights."""

    name = forms.CharField(
        label=_("名称"), max_length=80, help_text=_("对方的哪个系统，如：某银行风险管理系统")
    )
    agency = forms.ModelChoiceField(
        label=_("单位"), queryset=Agency.objects.filter(is_active=True), required=False
    )
    purpose = forms.CharField(
        label=_("用途"), max_length=200, help_text=_("为什么要读或要送；每次读取都带着它记入操作记录")
    )


class KeyRightsForm(forms.Form):
    """What a security officer decides: what for, where, from where, until when, how much."""

    scopes = forms.MultipleChoiceField(
        label=_("可以做什么"), choices=KeyScope.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    region = forms.CharField(
        label=_("地区"), max_length=6, required=False, validators=[REGION_CODE],
        help_text=_("只读这个地区：44 全省，4401 广州市，440106 天河区；一把钥匙一个地区"),
    )  # fmt: skip
    networks = forms.CharField(
        label=_("可以从哪些网络来"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("对方的出口网段，一行一个，如 203.0.113.0/24；从别处使用会被拒绝并通知您"),
    )  # fmt: skip
    expires_on = forms.DateField(
        label=_("到期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("当天结束时失效；最长两年"),
    )  # fmt: skip
    per_minute = forms.IntegerField(label=_("每分钟最多次数"), min_value=1, max_value=6000)
    per_day = forms.IntegerField(label=_("每天最多次数"), min_value=1, max_value=5_000_000)
    source = forms.RegexField(
        label=_("来源"), regex=r"^[a-z][a-z0-9_]{0,59}$", required=False,
        help_text=_("推送事件和报表时算哪个来源，如 hotline"),
    )  # fmt: skip
    institution = forms.CharField(
        label=_("报送机构代码"), max_length=18, required=False, help_text=_("只为这一家报送；留空不限")
    )
    connection = forms.RegexField(
        label=_("连接"), regex=CONNECTION_NAME.pattern, required=False,
        help_text=_("推送文件时进哪个连接，见 lookout connect list"),
    )  # fmt: skip
    reason = forms.CharField(label=_("批准依据"), max_length=200, help_text=_("如：某文号的数据共享协议"))

    def clean_networks(self) -> list[str]:
        """Return the networks; all that is wrong with them is said at once."""
        found, wrong = [], []
        for text in str(self.cleaned_data["networks"]).replace(",", "\n").split():
            try:
                network = ipaddress.ip_network(text)
            except ValueError:
                wrong.append(_g("“%(text)s”不是网段，应如 203.0.113.0/24") % {"text": text})
                continue
            if network.prefixlen < _WIDEST[network.version]:
                wrong.append(_g("“%(text)s”太宽；请写对方真正的出口") % {"text": text})
            found.append(str(network))
        if wrong:
            raise forms.ValidationError(wrong)
        return found

    def clean_expires_on(self) -> date:
        """Return the last day."""
        last: date = self.cleaned_data["expires_on"]
        today = timezone.localdate()
        if not today <= last <= today + LONGEST:
            raise forms.ValidationError(_g("到期日应在今天以后的两年之内"))
        return last

    def clean_institution(self) -> str:
        """Return the code of the institution."""
        code = str(self.cleaned_data["institution"]).strip().upper()
        if code and not is_uscc(code):
            raise forms.ValidationError(_g("不是统一社会信用代码；请核对 18 位和校验位"))
        return code

    def clean(self) -> dict[str, Any]:
        """Let no key read without a region and networks, nor write without saying for whom."""
        data = super().clean() or {}
        scopes = {KeyScope(one) for one in data.get("scopes", [])}
        reads = scopes - WRITES
        if reads - {KeyScope.LOG} and not data.get("region"):
            self.add_error("region", _g("读数据的钥匙要有地区"))
        if reads and "networks" in data and not data["networks"]:
            self.add_error("networks", _g("读数据的钥匙要写明从哪些网络来"))
        if scopes & {KeyScope.EVENTS, KeyScope.FILINGS} and not data.get("source"):
            self.add_error("source", _g("推送事件或报表要写明来源"))
        if KeyScope.DELIVERIES in scopes and not data.get("connection"):
            self.add_error("connection", _g("推送文件要写明连接"))
        return data

    def values(self) -> dict[str, Any]:
        """Return the fields of the key."""
        data = dict(self.cleaned_data)
        data.pop("reason")
        day: date = data.pop("expires_on")
        data["expires_at"] = datetime.combine(
            day + timedelta(days=1), time(), timezone.get_default_timezone()
        )
        return data


def rights_as_written(key: MachineKey) -> dict[str, Any]:
    """Return a key's rights as its form shows them."""
    last = (
        timezone.localdate(key.expires_at - timedelta(seconds=1))
        if key.expires_at
        else timezone.localdate() + timedelta(days=365)
    )
    return {
        "scopes": key.scopes, "region": key.region, "networks": "\n".join(key.networks), "expires_on": last,
        "per_minute": key.per_minute, "per_day": key.per_day, "source": key.source,
        "institution": key.institution, "connection": key.connection,
    }  # fmt: skip


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label=_("作废理由"), max_length=200)


class NewHookForm(forms.Form):
    """A receiver of notices."""

    key = forms.ModelChoiceField(
        label=_("钥匙"), queryset=MachineKey.objects.filter(revoked_at=None), help_text=_("通知的范围就是这把钥匙能读的范围")
    )  # fmt: skip
    url = forms.CharField(
        label=_("接收网址"), max_length=500,
        help_text=_("对方接收通知的地址，如 https://partner.example.gov.cn/hooks；不跟随转址"),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=_("通知哪些变动"), choices=[(kind, KIND_WORDS[kind]) for kind in PLACES],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def clean_url(self) -> str:
        """Return an address that may be sent to."""
        try:
            return checked_receiver(self.cleaned_data["url"], guard())
        except DataError as error:
            raise forms.ValidationError(str(error)) from error
