"""Forms of the management pages."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lookout.kernel.identifiers import clean_code, is_uscc
from lookout.web.accounts.models import REGION_CODE, Agency, AgencyKind, User
from lookout.web.accounts.roles import Role
from lookout.web.audit.selectors import AuditFilter

if TYPE_CHECKING:
    PersonFields = forms.ModelForm[User]
    AgencyFields = forms.ModelForm[Agency]
else:  # at run time Django's form takes no type
    PersonFields = AgencyFields = forms.ModelForm


class NewPersonForm(PersonFields):
    """An account without rights."""

    class Meta:
        """The fields a system officer fills in."""

        model = User
        fields = ("username", "first_name", "agency")
        labels = {"first_name": _("姓名"), "username": _("用户名")}
        help_texts = {"username": _("建议用姓名拼音；建好后不能改。")}


class PersonForm(PersonFields):
    """What a system officer may change later."""

    class Meta:
        """Name and agency."""

        model = User
        fields = ("first_name", "agency")
        labels = {"first_name": _("姓名")}


class RightsForm(forms.Form):
    """What a security officer decides: role, region, and whether the account is open."""

    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    region = forms.CharField(
        label=_("辖区"),
        required=False,
        max_length=6,
        validators=[REGION_CODE],
        help_text=_("行政区划代码：44 全省，4401 广州市，440106 天河区；留空则看不到任何企业。"),
    )
    is_active = forms.BooleanField(label=_("启用这个账号"), required=False)
    reason = forms.CharField(label=_("依据"), max_length=200, help_text=_("如：某文号的任命；会记入审计。"))


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label=_("依据"), max_length=200)


class AgencyForm(AgencyFields):
    """An agency."""

    class Meta:
        """All its fields."""

        model = Agency
        fields = ("code", "name", "kind", "region", "company", "is_active")
        help_texts = {"company": _("只有报送机构要填；用来与它报送的数据核对。")}

    def clean(self) -> dict[str, Any]:
        """Ask a reporting institution for its code, and any code for its check digit."""
        data: dict[str, Any] = super().clean() or {}
        data["company"] = clean_code(data.get("company") or "")
        if data["company"] and not is_uscc(data["company"]):
            self.add_error("company", _("应为 18 位且校验位相符"))
        elif not data["company"] and data.get("kind") == AgencyKind.INSTITUTION:
            self.add_error("company", _("报送机构要有统一社会信用代码"))
        return data


class RecordForm(forms.Form):
    """What to look for in the record of changes; all fields may stay empty."""

    person = forms.CharField(label=_("操作人"), required=False, max_length=150)
    company = forms.CharField(label=_("企业代码"), required=False, max_length=120)
    verb = forms.CharField(label=_("动作"), required=False, max_length=60)
    since = forms.DateField(
        label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def wanted(self) -> AuditFilter:
        """Return the filter; the last day is included."""
        data = self.cleaned_data if self.is_valid() else {}
        since, until = data.get("since"), data.get("until")
        zone = timezone.get_default_timezone()
        return AuditFilter(
            person=data.get("person", ""),
            company=data.get("company", ""),
            verb=data.get("verb", ""),
            since=datetime.combine(since, time(), zone) if since else None,
            until=datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
        )
