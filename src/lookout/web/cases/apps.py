"""Registration of the app with Django."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases (案件)."""

    name = "lookout.web.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep what was sealed about a clue until the case made of it is closed."""
        from lookout.web.accounts import duties
        from lookout.web.cases.duties import duties as tell
        from lookout.web.cases.evidence import clue_needed_until
        from lookout.web.evidence import subjects

        subjects.register_hold("clue", clue_needed_until)
        duties.register(tell)
