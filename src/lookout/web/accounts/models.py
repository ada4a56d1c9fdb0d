"""People of the desk."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.roles import Role

ROLE_IS_KNOWN = models.Q(role__in=[role.value for role in Role])
REGION_CODE = RegexValidator(r"^(\d{2}){1,3}$", _("辖区应为 2、4 或 6 位行政区划代码，如 44、4401、440106"))


class AgencyKind(models.TextChoices):
    """What an agency is there for (单位类别)."""

    LEAD = "lead", _("防范处置非法集资牵头部门")
    MONITORING = "monitoring", _("监测防控中心")
    INDUSTRY_REGULATOR = "industry_regulator", _("行业主管部门")
    MARKET_REGULATOR = "market_regulator", _("市场监管部门")
    POLICE = "police", _("公安机关")
    COMMUNITY = "community", _("街道和社区")
    INSTITUTION = "institution", _("报送机构")


class Agency(models.Model):
    """An office (单位) at its place in the region tree; people belong to one."""

    code = models.SlugField(_("单位代码"), max_length=40, unique=True)
    name = models.CharField(_("单位名称"), max_length=80, unique=True)
    kind = models.CharField(_("类别"), max_length=30, choices=AgencyKind.choices)
    region = models.CharField(_("辖区"), max_length=6, validators=[REGION_CODE], db_index=True)
    # Under which company a reporting institution stands in the register; '' for offices.
    company = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    is_active = models.BooleanField(_("在用"), default=True)

    class Meta:
        """Database rules."""

        verbose_name = _("单位")
        verbose_name_plural = _("单位")
        ordering = ("region", "kind", "code")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in AgencyKind]), name="agency_kind_is_known"
            )
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class User(AbstractUser):
    """A person with one role and one region (人员)."""

    role = models.CharField(_("角色"), max_length=30, choices=Role.choices, default=Role.DISTRICT_HANDLER)
    # '' sees no company: a forgotten region must not open the whole country.
    region = models.CharField(
        _("辖区"),
        max_length=6,
        blank=True,
        validators=[REGION_CODE],
    )
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("单位")
    )
    # A password somebody else chose is good for one sign-in.
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=False)
    # Sessions begun before this instant are over: rights were changed or the account was closed.
    signed_out_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Database rules."""

        verbose_name = _("人员")
        verbose_name_plural = _("人员")
        constraints = [models.CheckConstraint(condition=ROLE_IS_KNOWN, name="user_role_is_known")]

    def __str__(self) -> str:
        """Return the name shown on pages."""
        return self.first_name or self.username
