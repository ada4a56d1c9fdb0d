"""Registration of the app with Django."""

from django.apps import AppConfig


class CluesConfig(AppConfig):
    """Clues (线索)."""

    name = "lookout.web.clues"
    label = "clues"
    default_auto_field = "django.db.models.BigAutoField"
