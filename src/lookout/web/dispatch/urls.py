"""Addresses of one clue and the steps taken on it."""

from django.urls import path

from lookout.web.dispatch import ledger_views, views

app_name = "dispatch"
urlpatterns = [
    path("work/", views.work_page, name="work"),
    path("export/", ledger_views.clue_export, name="export"),
    path("import/", ledger_views.import_new, name="imports"),
    path("import/<int:number>/", ledger_views.import_page, name="import"),
    path("import/<int:number>/run/", ledger_views.import_run, name="import_run"),
    path("import/<int:number>/rejected.xlsx", ledger_views.import_rejects, name="import_rejects"),
    path("bulk/", ledger_views.bulk_step, name="bulk"),
    path("<str:number>/", views.clue_page, name="clue"),
    path("<str:number>/pack/", views.inspection_pack, name="pack"),
    path("<str:number>/<slug:kind>/<int:pk>/<slug:name>/", views.take_step, name="step"),
]
