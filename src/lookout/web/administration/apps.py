"""Registration of the app with Django."""

from django.apps import AppConfig


class AdministrationConfig(AppConfig):
    """Administration (管理)."""

    name = "lookout.web.administration"
    label = "administration"
    default_auto_field = "django.db.models.BigAutoField"
