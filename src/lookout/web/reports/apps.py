"""Registration of the app with Django."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Reports (报告)."""

    name = "lookout.web.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for what was sealed about a report."""
        from lookout.web.evidence import subjects
        from lookout.web.reports.deposits import SUBJECT

        subjects.register(SUBJECT)
