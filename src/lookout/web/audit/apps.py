"""Registration of the app with Django."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The record of changes (审计)."""

    name = "lookout.web.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
