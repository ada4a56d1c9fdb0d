"""Registration of the app with Django."""

from django.apps import AppConfig


class DataConfig(AppConfig):
    """Data (数据)."""

    name = "lookout.web.data"
    label = "data"
    default_auto_field = "django.db.models.BigAutoField"
