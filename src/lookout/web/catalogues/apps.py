"""Registration of the app with Django."""

from django.apps import AppConfig


class CataloguesConfig(AppConfig):
    """Catalogues (规则目录)."""

    name = "lookout.web.catalogues"
    label = "catalogues"
    default_auto_field = "django.db.models.BigAutoField"
