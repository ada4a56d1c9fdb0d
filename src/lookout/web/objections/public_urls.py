"""The address a company opens with its code."""

from django.urls import path

from lookout.web.objections import public_views

app_name = "my_rating"
urlpatterns = [path("", public_views.my_rating, name="page")]
