"""Addresses of clues."""

from django.urls import path

from lookout.web.clues import views

app_name = "clues"
urlpatterns = [
    path("", views.clue_list, name="list"),
    path("<str:number>/", views.clue_page, name="page"),
]
