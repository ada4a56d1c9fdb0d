"""Registration of the app with Django."""

from django.apps import AppConfig


class DepositsConfig(AppConfig):
    """The contract vault (合同存证)."""

    name = "lookout.web.deposits"
    label = "deposits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for the files of digests, and for what was sealed about contracts."""
        from lookout.web.attachments import access as files
        from lookout.web.deposits.access import may_read_attachment
        from lookout.web.deposits.subject import SUBJECT
        from lookout.web.evidence import subjects

        files.register(may_read_attachment)
        subjects.register(SUBJECT)
