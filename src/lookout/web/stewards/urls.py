"""Addresses of the stewards' pages."""

from django.urls import path

from lookout.web.stewards import views

app_name = "stewards"
urlpatterns = [
    path("", views.queue_list, name="list"),
    path("history/", views.history, name="history"),
    path("history/<str:judgement_no>/undo/", views.undo_judgement, name="undo"),
    path("case/<str:number>/", views.case_page, name="case"),
    path("case/<str:number>/judge/", views.judge_case, name="judge"),
]
