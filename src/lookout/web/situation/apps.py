"""Registration of the app with Django."""

from django.apps import AppConfig


class SituationConfig(AppConfig):
    """Situation (态势)."""

    name = "lookout.web.situation"
    label = "situation"
    default_auto_field = "django.db.models.BigAutoField"
