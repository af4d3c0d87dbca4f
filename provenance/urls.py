"""Every address of the service."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from provenance import pages, views
from provenance.graphql import graphql

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("claims/<slug:slug>/", pages.claim, name="claim"),
    path("admin/", admin.site.urls),
    path("api/", include("provenance.api")),
    path("graphql/", graphql),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error
