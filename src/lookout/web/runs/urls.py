"""Addresses of runs."""

from django.urls import path

from lookout.web.runs import views

app_name = "runs"
urlpatterns = [
    path("", views.run_list, name="list"),
    path("<str:run_id>/", views.run_page, name="page"),
]
