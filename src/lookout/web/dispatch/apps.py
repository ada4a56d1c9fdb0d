"""Registration of the app with Django."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """Dispatch and handling (分派处置)."""

    name = "lookout.web.dispatch"
    label = "dispatch"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for the files that hang on visits and reports; start the clock of clues that wait for a judgement."""
        from lookout.web.attachments import access as files
        from lookout.web.clues.access import may_read_attachment
        from lookout.web.clues.services import to_be_judged
        from lookout.web.dispatch.access import may_read_photo
        from lookout.web.dispatch.deadlines import start_judging

        to_be_judged.connect(start_judging, dispatch_uid="the clock for judging")
        files.register(may_read_attachment)
        files.register(may_read_photo)
