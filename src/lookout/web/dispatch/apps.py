"""Registration of the app with Django."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """Dispatch and handling (分派处置)."""

    name = "lookout.web.dispatch"
    label = "dispatch"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for the files that hang on visits and reports."""
        from lookout.web.attachments import access as files
        from lookout.web.clues.access import may_read_attachment
        from lookout.web.dispatch.access import may_read_photo

        files.register(may_read_attachment)
        files.register(may_read_photo)
