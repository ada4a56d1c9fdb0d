"""Registration of the app with Django."""

from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    """Companies (企业)."""

    name = "lookout.web.companies"
    label = "companies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for the files that speak for reviews."""
        from lookout.web.accounts import duties
        from lookout.web.attachments import access as files
        from lookout.web.companies.duties import duties as tell
        from lookout.web.companies.reviewing import may_read_attachment

        files.register(may_read_attachment)
        duties.register(tell)
