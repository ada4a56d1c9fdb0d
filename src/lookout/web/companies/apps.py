"""Registration of the app with Django."""

from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    """Companies (企业)."""

    name = "lookout.web.companies"
    label = "companies"
    default_auto_field = "django.db.models.BigAutoField"
