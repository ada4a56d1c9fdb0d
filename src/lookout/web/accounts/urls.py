"""Addresses of accounts."""

from django.urls import path

from lookout.web.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", views.SignOut.as_view(), name="logout"),
    path("password/", views.ChangePassword.as_view(), name="password"),
    path("code/", views.code_page, name="code"),
    path("enrol/", views.enrol_page, name="enrol"),
    path("privilege/", views.privilege_page, name="privilege"),
    path("privilege/leave/", views.privilege_leave, name="leave_privilege"),
]
