"""Registration of the app with Django."""

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """Dashboards (今日)."""

    name = "lookout.web.dashboards"
    label = "dashboards"
    default_auto_field = "django.db.models.BigAutoField"
