"""Addresses of the contract vault."""

from django.urls import path

from lookout.web.deposits import batch_views, views

app_name = "deposits"
urlpatterns = [
    path("", views.contract_list, name="list"),
    path("export/", views.contract_export, name="export"),
    path("new/", views.contract_new, name="new"),
    path("checks/", views.check_list, name="checks"),
    path("batches/", batch_views.batch_list, name="batches"),
    path("batches/sample/", batch_views.batch_sample, name="sample"),
    path("batches/<int:pk>/", batch_views.batch_page, name="batch"),
    path("batches/<int:pk>/refused/", batch_views.batch_refused, name="refused"),
    path("contract/<str:number>/", views.contract_page, name="page"),
    path("contract/<str:number>/check/", views.contract_check, name="check"),
    path("contract/<str:number>/certificate/", views.contract_certificate, name="certificate"),
    path("contract/<str:number>/document/", views.contract_document, name="document"),
    path("contract/<str:number>/parties/", views.contract_parties, name="parties"),
]
