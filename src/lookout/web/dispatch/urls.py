"""Addresses of one clue and the steps taken on it."""

from django.urls import path

from lookout.web.dispatch import views

app_name = "dispatch"
urlpatterns = [
    path("<str:number>/", views.clue_page, name="clue"),
    path("<str:number>/pack/", views.inspection_pack, name="pack"),
    path("<str:number>/<slug:kind>/<int:pk>/<slug:name>/", views.take_step, name="step"),
]
