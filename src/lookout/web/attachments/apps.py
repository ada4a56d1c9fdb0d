"""Registration of the app with Django."""

from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    """Attachments (附件)."""

    name = "lookout.web.attachments"
    label = "attachments"
    default_auto_field = "django.db.models.BigAutoField"
