"""Addresses of the rule pages."""

from django.urls import path

from lookout.web.catalogues import views

app_name = "catalogues"
urlpatterns = [
    path("", views.score_page, name="score"),
    path("indicators/", views.indicator_list, name="indicators"),
    path("labels/", views.label_list, name="labels"),
    path("entry/<str:code>/", views.entry_page, name="entry"),
]
