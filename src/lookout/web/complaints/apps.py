"""Registration of the app with Django."""

from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    """Complaints (投诉举报)."""

    name = "lookout.web.complaints"
    label = "complaints"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for the files that hang on complaints; tell those who watch a company of new ones about it."""
        from lookout.web.attachments import access as files
        from lookout.web.companies import watching
        from lookout.web.complaints.access import may_read_attachment
        from lookout.web.complaints.selectors import arrivals

        files.register(may_read_attachment)
        watching.register(arrivals)
