"""Addresses of the data pages."""

from django.urls import path

from lookout.web.data import base, views

app_name = "data"
urlpatterns = [
    path("", views.table_list, name="tables"),
    path("coverage/", base.coverage, name="coverage"),
    path("coverage.xlsx", base.coverage_export, name="coverage_export"),
    path("coverage/<str:category>/", base.coverage_cell, name="coverage_category"),
    path("coverage/<str:category>/<str:region>/", base.coverage_cell, name="coverage_cell"),
    path("freshness/", base.freshness, name="freshness"),
    path("freshness.xlsx", base.freshness_export, name="freshness_export"),
    path("blind/", base.blind, name="blind"),
    path("blind.xlsx", base.blind_export, name="blind_export"),
    path("batches/", views.batch_list, name="batches"),
    path("batches/<int:number>/", views.batch_page, name="batch"),
    path("batches/<int:number>/rejects.xlsx", views.batch_rejects, name="batch_rejects"),
    path("rejects/", base.rejects, name="rejects"),
    path("rejects.xlsx", base.rejects_export, name="rejects_export"),
    path("unresolved/", views.unresolved, name="unresolved"),
]
