"""Addresses for senders."""

from django.urls import path

from lookout.web.intake import views

app_name = "intake"
urlpatterns = [
    path("receipt/<slug:number>/", views.receipt, name="receipt"),
    path("<slug:connection>/", views.deliver, name="deliver"),
]
