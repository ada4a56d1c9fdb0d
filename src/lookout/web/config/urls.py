"""All addresses of the desk."""

from django.urls import include, path
from django.views.i18n import set_language

from lookout.web.config import views

handler403 = "lookout.web.config.views.forbidden"
handler404 = "lookout.web.config.views.not_found"
handler500 = "lookout.web.config.views.server_error"

urlpatterns = [
    path("", include("lookout.web.dashboards.urls")),
    path("account/", include("lookout.web.accounts.urls")),
    path("companies/", include("lookout.web.companies.urls")),
    path("clues/", include("lookout.web.clues.urls")),
    path("clues/", include("lookout.web.dispatch.urls")),
    path("data/", include("lookout.web.data.urls")),
    path("linkage/", include("lookout.web.stewards.urls")),
    path("runs/", include("lookout.web.runs.urls")),
    path("models/", include("lookout.web.catalogues.urls")),
    path("notices/", include("lookout.web.notices.urls")),
    path("files/", include("lookout.web.attachments.urls")),
    path("administration/", include("lookout.web.administration.urls")),
    path("language/", set_language, name="set_language"),
    path("healthz", views.health, name="health"),
]
