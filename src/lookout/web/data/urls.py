"""Addresses of the data pages."""

from django.urls import path

from lookout.web.data import views

app_name = "data"
urlpatterns = [
    path("", views.table_list, name="tables"),
    path("coverage/", views.coverage, name="coverage"),
    path("batches/", views.batch_list, name="batches"),
    path("batches/<int:number>/", views.batch_page, name="batch"),
    path("batches/<int:number>/rejects.xlsx", views.batch_rejects, name="batch_rejects"),
    path("rejects/", views.reject_summary, name="rejects"),
    path("unresolved/", views.unresolved, name="unresolved"),
]
