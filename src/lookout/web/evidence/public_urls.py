"""Addresses anybody may open."""

from django.urls import path

from lookout.web.evidence import public_views

app_name = "verify"
urlpatterns = [
    path("", public_views.ask, name="ask"),
    path("<str:number>/", public_views.verify, name="page"),
]
