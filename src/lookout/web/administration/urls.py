"""Addresses of administration."""

from django.urls import path

from lookout.web.administration import views

app_name = "administration"
urlpatterns = [
    path("people/", views.people_list, name="people"),
    path("people/new/", views.person_new, name="new_person"),
    path("people/<int:number>/", views.person_page, name="person"),
    path("people/<int:number>/rights/", views.person_rights, name="rights"),
    path("people/<int:number>/password/", views.person_password, name="reset_password"),
    path("people/<int:number>/second-factor/", views.person_second_factor, name="reset_second_factor"),
    path("people/<int:number>/unlock/", views.person_unlock, name="unlock"),
    path("agencies/", views.agency_list, name="agencies"),
    path("agencies/new/", views.agency_new, name="new_agency"),
    path("agencies/<int:number>/", views.agency_page, name="agency"),
    path("record/", views.record_list, name="record"),
    path("record/check/", views.record_check, name="check_record"),
    path("record/export/", views.record_export, name="export_record"),
]
