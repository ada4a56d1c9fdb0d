"""Address of the situation."""

from django.urls import path

from lookout.web.situation import views

app_name = "situation"
urlpatterns = [path("", views.situation_page, name="page")]
