"""Registration of the app with Django."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Runs (评级运行)."""

    name = "lookout.web.runs"
    label = "runs"
    default_auto_field = "django.db.models.BigAutoField"
