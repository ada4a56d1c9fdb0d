"""Registration of the app with Django."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs (定时任务)."""

    name = "lookout.web.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
