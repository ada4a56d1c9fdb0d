"""Registration of the app with Django."""

from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    """Complaints (投诉举报)."""

    name = "lookout.web.complaints"
    label = "complaints"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for what hangs on complaints, sealed or not; tell those who watch a company of new ones about it."""
        from lookout.web.accounts import duties
        from lookout.web.attachments import access as files
        from lookout.web.companies import watching
        from lookout.web.complaints.access import may_read_attachment
        from lookout.web.complaints.duties import duties as tell
        from lookout.web.complaints.evidence import SUBJECT
        from lookout.web.complaints.selectors import arrivals
        from lookout.web.evidence import subjects

        files.register(may_read_attachment)
        subjects.register(SUBJECT)
        watching.register(arrivals)
        duties.register(tell)
