"""Addresses of the officers' pages about keys and notices."""

from django.urls import path

from lookout.web.api import office_views

app_name = "machines"
urlpatterns = [
    path("keys/", office_views.key_list, name="keys"),
    path("keys/new/", office_views.key_new, name="new_key"),
    path("keys/<int:number>/", office_views.key_page, name="key"),
    path("keys/<int:number>/rights/", office_views.key_rights, name="rights"),
    path("keys/<int:number>/revoke/", office_views.key_revoke, name="revoke"),
    path("hooks/", office_views.hook_list, name="hooks"),
    path("hooks/new/", office_views.hook_new, name="new_hook"),
    path("hooks/<int:number>/", office_views.hook_page, name="hook"),
    path("hooks/<int:number>/pause/", office_views.hook_pause, name="pause"),
    path("hooks/notices/<int:number>/again/", office_views.delivery_again, name="again"),
]
