"""Addresses of companies."""

from django.urls import path

from lookout.web.companies import difference_views, review_views, views, watch_views

app_name = "companies"
urlpatterns = [
    path("", views.company_list, name="list"),
    path("export.xlsx", views.company_export, name="export"),
    path("search/", views.company_search, name="search"),
    path("views/", views.saved_view_create, name="save_view"),
    path("views/<int:number>/delete/", views.saved_view_delete, name="delete_view"),
    path("difference/", difference_views.page, name="difference"),
    path("difference/export.xlsx", difference_views.export, name="difference_export"),
    path("watch/", watch_views.watch_lists, name="watch_lists"),
    path("watch/many/", watch_views.watch_many, name="watch_many"),
    path("watch/<int:number>/delete/", watch_views.delete, name="delete_watch_list"),
    path("reviews/", review_views.review_list, name="reviews"),
    path("reviews/<int:number>/<slug:name>/", review_views.take_step, name="review_step"),
    path("of/<str:identifier>/watch/", watch_views.watch_one, name="watch"),
    path("of/<str:identifier>/review/", review_views.propose, name="propose_review"),
    path("of/<str:identifier>/", views.company_page, name="page"),
    path("of/<str:identifier>/evidence/<str:code>/", views.evidence_page, name="evidence"),
    path("of/<str:identifier>/rows/<str:table>/", views.table_page, name="rows"),
]
