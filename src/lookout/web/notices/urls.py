"""Addresses of notices."""

from django.urls import path

from lookout.web.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.notice_list, name="list"),
    path("<int:number>/", views.notice_open, name="open"),
    path("read/", views.notices_read, name="read"),
    path("mail/", views.mail_choice, name="mail"),
]
