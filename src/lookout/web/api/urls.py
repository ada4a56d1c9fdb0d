"""Addresses for machines, and what their builders read: the description, the schemas."""

from django.urls import path, re_path

from lookout.web.api import document_views, service

app_name = "api"
urlpatterns = [
    path("api/v1/openapi.json", document_views.openapi, name="openapi"),
    path("api/v1/", service.service.urls),
    re_path(r"^api/v1/.*$", document_views.no_such_address, name="nothing"),
    path("api/docs/", document_views.docs, name="docs"),
    path("schemas/", document_views.schema_list, name="schemas"),
    path("schemas/v1/<slug:kind>.json", document_views.schema, name="schema"),
]
