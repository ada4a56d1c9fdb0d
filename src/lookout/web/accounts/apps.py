"""Registration of the app with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts (账户)."""

    name = "lookout.web.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to signing in and out."""
        from lookout.web.accounts import signals  # noqa: F401 - importing it connects the receivers
