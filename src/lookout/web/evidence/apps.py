"""Registration of the app with Django."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Evidence deposits (电子证据存证)."""

    name = "lookout.web.evidence"
    label = "evidence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for the files that were sealed by themselves."""
        from lookout.web.attachments import access as files
        from lookout.web.evidence.access import may_read_attachment

        files.register(may_read_attachment)
