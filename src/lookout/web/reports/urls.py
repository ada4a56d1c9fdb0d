"""Addresses of reports."""

from django.urls import path, re_path

from lookout.web.reports import template_views, views

app_name = "reports"
urlpatterns = [
    path("", views.report_list, name="list"),
    path("new/", views.report_new, name="new"),
    path("make/", views.report_make, name="make"),
    path("schedules/", template_views.schedule_list, name="schedules"),
    path("schedules/<int:pk>/", template_views.schedule_switch, name="schedule_switch"),
    path("templates/", template_views.template_list, name="templates"),
    path("templates/<slug:code>/", template_views.template_page, name="template"),
    path("templates/<slug:code>/<int:pk>/file/", template_views.template_file, name="template_file"),
    path("templates/<slug:code>/<int:pk>/preview/", template_views.template_preview, name="template_preview"),
    path("templates/<slug:code>/<int:pk>/use/", template_views.template_use, name="template_use"),
    path("<slug:number>/", views.report_page, name="page"),
    path("<slug:number>/pdf/", views.report_pdf, name="pdf"),
    path("<slug:number>/figures/", views.figure_list, name="figures"),
    path("<slug:number>/figures/<slug:key>/", views.figure_page, name="figure"),
    re_path(
        r"^(?P<number>[-a-zA-Z0-9_]+)/files/(?P<edition>[0-9]{1,4})/(?P<form>docx|pdf|p7s)/$",
        views.report_file,
        name="file",
    ),
    path("<slug:number>/step/<slug:name>/", views.report_step, name="step"),
]
