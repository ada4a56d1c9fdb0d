"""Addresses of attachments."""

from django.urls import path

from lookout.web.attachments import views

app_name = "attachments"
urlpatterns = [
    path("<int:number>/", views.attachment_file, name="file"),
    path("<int:number>/original/", views.attachment_original, name="original"),
]
