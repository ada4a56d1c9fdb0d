"""Registration of the app with Django."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Intake (推送接收)."""

    name = "lookout.web.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"
