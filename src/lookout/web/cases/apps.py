"""Registration of the app with Django."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases (案件)."""

    name = "lookout.web.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
