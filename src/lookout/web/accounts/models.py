"""People of the desk."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.roles import Role

ROLE_IS_KNOWN = models.Q(role__in=[role.value for role in Role])


class User(AbstractUser):
    """A person with one role and one region (人员)."""

    role = models.CharField(_("角色"), max_length=30, choices=Role.choices, default=Role.DISTRICT_HANDLER)
    # '' sees no company: a forgotten region must not open the whole country.
    region = models.CharField(
        _("辖区"),
        max_length=6,
        blank=True,
        validators=[
            RegexValidator(r"^(\d{2}){1,3}$", _("辖区应为 2、4 或 6 位行政区划代码，如 44、4401、440106"))
        ],
    )

    class Meta:
        """Database rules."""

        verbose_name = _("人员")
        verbose_name_plural = _("人员")
        constraints = [models.CheckConstraint(condition=ROLE_IS_KNOWN, name="user_role_is_known")]

    def __str__(self) -> str:
        """Return the name shown on pages."""
        return self.first_name or self.username
