"""Registration of the app with Django."""

from django.apps import AppConfig


class StewardsConfig(AppConfig):
    """Stewards (归并)."""

    name = "lookout.web.stewards"
    label = "stewards"
    default_auto_field = "django.db.models.BigAutoField"
