"""Addresses of complaints for officers."""

from django.urls import path, re_path

from lookout.web.complaints import office_views, views

app_name = "complaints"
urlpatterns = [
    path("", views.complaint_list, name="list"),
    path("export/", views.complaint_export, name="export"),
    path("organised/", views.bundle_list, name="bundles"),
    path("organised/<int:pk>/", views.bundle_page, name="bundle"),
    path("rewards/", office_views.reward_list, name="rewards"),
    path("rewards/export/", office_views.reward_export, name="reward_export"),
    re_path(
        r"^rewards/(?P<pk>[0-9]{1,12})/(?P<name>approve|refuse|pay)/$",
        office_views.reward_step,
        name="reward_step",
    ),
    path("notices/", office_views.notice_list, name="notices"),
    re_path(
        r"^notices/(?P<pk>[0-9]{1,12})/(?P<name>confirm|withdraw)/$",
        office_views.notice_step,
        name="notice_step",
    ),
    re_path(
        r"^comments/(?P<pk>[0-9]{1,12})/(?P<name>show|hide)/$",
        office_views.comment_step,
        name="comment_step",
    ),
    path("imports/", office_views.import_list, name="imports"),
    path("imports/<int:pk>/", office_views.import_page, name="import"),
    path("imports/<int:pk>/refused/", office_views.import_refused, name="import_refused"),
    path("<slug:number>/", views.complaint_page, name="page"),
    path("<slug:number>/reporter/", views.reporter, name="reporter"),
    path("<slug:number>/<slug:name>/", views.take_step, name="step"),
]
