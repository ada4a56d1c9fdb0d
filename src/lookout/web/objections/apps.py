"""Registration of the app with Django."""

from django.apps import AppConfig


class ObjectionsConfig(AppConfig):
    """Objections (异议)."""

    name = "lookout.web.objections"
    label = "objections"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for the files that came with objections."""
        from lookout.web.accounts import duties
        from lookout.web.attachments import access as files
        from lookout.web.objections.access import may_read_attachment
        from lookout.web.objections.duties import duties as tell

        files.register(may_read_attachment)
        duties.register(tell)
