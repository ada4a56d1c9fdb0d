"""Registration of the app with Django."""

from django.apps import AppConfig


class CluesConfig(AppConfig):
    """Clues (线索)."""

    name = "lookout.web.clues"
    label = "clues"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell those who watch a company of new clues about it; answer for what was sealed about a clue."""
        from lookout.web.clues.evidence import SUBJECT
        from lookout.web.clues.selectors import arrivals
        from lookout.web.companies import watching
        from lookout.web.evidence import subjects

        subjects.register(SUBJECT)
        watching.register(arrivals)
