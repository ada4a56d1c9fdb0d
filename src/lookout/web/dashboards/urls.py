"""Addresses of the first page."""

from django.urls import path

from lookout.web.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("today/", views.today_page, name="today"),
]
