"""Addresses of companies."""

from django.urls import path

from lookout.web.companies import views

app_name = "companies"
urlpatterns = [
    path("", views.company_list, name="list"),
    path("export.xlsx", views.company_export, name="export"),
    path("search/", views.company_search, name="search"),
    path("views/", views.saved_view_create, name="save_view"),
    path("views/<int:number>/delete/", views.saved_view_delete, name="delete_view"),
    path("of/<str:identifier>/", views.company_page, name="page"),
    path("of/<str:identifier>/evidence/<str:code>/", views.evidence_page, name="evidence"),
    path("of/<str:identifier>/rows/<str:table>/", views.table_page, name="rows"),
]
