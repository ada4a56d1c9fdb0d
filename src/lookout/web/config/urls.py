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
    path("situation/", include("lookout.web.situation.urls")),
    path("complaints/", include("lookout.web.complaints.urls")),
    path("report/", include("lookout.web.complaints.public_urls")),
    path("objections/", include("lookout.web.objections.urls")),
    path("my-rating/", include("lookout.web.objections.public_urls")),
    path("cases/", include("lookout.web.cases.urls")),
    path("evidence/", include("lookout.web.evidence.urls")),
    path("verify/", include("lookout.web.evidence.public_urls")),
    path("deposits/", include("lookout.web.deposits.urls")),
    path("reports/", include("lookout.web.reports.urls")),
    path("data/", include("lookout.web.data.urls")),
    path("linkage/", include("lookout.web.stewards.urls")),
    path("runs/", include("lookout.web.runs.urls")),
    path("intake/", include("lookout.web.intake.urls")),
    path("", include("lookout.web.api.urls")),
    path("models/", include("lookout.web.catalogues.urls")),
    path("notices/", include("lookout.web.notices.urls")),
    path("files/", include("lookout.web.attachments.urls")),
    path("administration/", include("lookout.web.administration.urls")),
    path("administration/", include("lookout.web.api.office_urls")),
    path("language/", set_language, name="set_language"),
    path("healthz", views.health, name="health"),
]
