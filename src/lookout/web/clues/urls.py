"""Addresses of clues."""

from django.urls import path

from lookout.web.clues import views

app_name = "clues"
urlpatterns = [
    path("", views.clue_list, name="list"),
    path("new/", views.clue_new, name="new"),
    path("export/", views.clue_export, name="export"),
]
