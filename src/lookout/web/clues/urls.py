"""Addresses of clues."""

from django.urls import path

from lookout.web.clues import saved_views, views

app_name = "clues"
urlpatterns = [
    path("", views.clue_list, name="list"),
    path("new/", views.clue_new, name="new"),
    path("views/", saved_views.save, name="save_view"),
    path("views/<int:number>/delete/", saved_views.delete, name="delete_view"),
]
