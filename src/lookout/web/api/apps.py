"""Registration of the app with Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Machine door (接口)."""

    name = "lookout.web.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
