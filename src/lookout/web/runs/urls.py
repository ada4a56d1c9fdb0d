"""Addresses of runs."""

from django.urls import path

from lookout.web.runs import views

app_name = "runs"
urlpatterns = [
    path("", views.run_list, name="list"),
    path("operation/", views.operation_page, name="operation"),
    path("operation.json", views.operation_figures, name="operation_figures"),
    path("<str:run_id>/", views.run_page, name="page"),
]
