"""Addresses of cases, reports, statistics and assessment."""

from django.urls import path

from lookout.web.cases import report_views, totals_views, views

app_name = "cases"
urlpatterns = [
    path("", views.case_list, name="list"),
    path("export/", views.case_export, name="export"),
    path("new/", views.case_new, name="new"),
    path("reports/", report_views.report_list, name="reports"),
    path("reports/owe/", report_views.report_owe, name="owe"),
    path("reports/<int:number>/", report_views.report_page, name="report"),
    path("reports/<int:number>/file/<slug:form>/", report_views.report_file, name="report_file"),
    path("reports/<int:number>/<slug:step>/", report_views.report_step, name="report_step"),
    path("statistics/", totals_views.statistics_page, name="statistics"),
    path("assessment/", totals_views.assessment_page, name="assessment"),
    path("outreach/", totals_views.outreach_add, name="outreach"),
    path("assessment/<slug:part>/", totals_views.assessment_rows, name="assessment_rows"),
    path("case/<str:number>/", views.case_page, name="case"),
    path("case/<str:number>/figure/", views.case_figure, name="figure"),
    path("case/<str:number>/event/<slug:verb>/", views.case_event, name="event"),
]
