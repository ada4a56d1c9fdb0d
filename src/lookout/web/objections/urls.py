"""Addresses of objections for officers."""

from django.urls import path

from lookout.web.objections import views

app_name = "objections"
urlpatterns = [
    path("", views.objection_list, name="list"),
    path("letter/<str:identifier>/", views.letter, name="letter"),
    path("<int:number>/", views.objection_page, name="page"),
    path("<int:number>/<slug:name>/", views.take_step, name="step"),
]
