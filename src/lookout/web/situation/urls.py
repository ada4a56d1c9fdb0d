"""Addresses of the situation."""

from django.urls import path

from lookout.web.situation import index_views, views

app_name = "situation"
urlpatterns = [
    path("", views.situation_page, name="page"),
    path("index/", index_views.index_page, name="index"),
    path("index/export.xlsx", index_views.index_export, name="index_export"),
]
