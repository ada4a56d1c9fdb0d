"""Addresses anybody may open."""

from django.urls import path

from lookout.web.complaints import public_views

app_name = "report"
urlpatterns = [
    path("", public_views.home, name="home"),
    path("company/", public_views.company, name="company"),
    path("new/<slug:name>/", public_views.step, name="step"),
    path("progress/", public_views.progress, name="progress"),
    path("notice/<int:pk>/", public_views.notice, name="notice"),
]
