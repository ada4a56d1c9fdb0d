"""Addresses of deposits for officers."""

from django.urls import path

from lookout.web.evidence import log_views, sealing_views, views

app_name = "evidence"
urlpatterns = [
    path("", views.deposit_list, name="list"),
    path("new/", sealing_views.new, name="new"),
    path("digest/", sealing_views.digest, name="digest"),
    path("seal/<int:attachment>/", sealing_views.seal_one, name="seal"),
    path("pages/", sealing_views.pages, name="pages"),
    path("pages/<int:pk>/", sealing_views.page_state, name="page_state"),
    path("log/", log_views.log_page, name="log"),
    path("log/head/<int:number>/", log_views.head_file, name="head"),
    path("log/proof/<int:index>/", log_views.inclusion_file, name="inclusion"),
    path("log/since/<int:number>/", log_views.consistency_file, name="consistency"),
    path("of/<slug:kind>/<slug:number>/package/", views.package_of_record, name="package_of"),
    path("<slug:number>/", views.deposit_page, name="page"),
    path("<slug:number>/certificate/", views.certificate, name="certificate"),
    path("<slug:number>/package/", views.package, name="package"),
    path("<slug:number>/files/<int:pk>/", views.deposit_file, name="file"),
]
