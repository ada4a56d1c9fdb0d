"""Registration of the app with Django."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Notices (通知)."""

    name = "lookout.web.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
