"""Every address of the service."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from claims.exports.views import verifier
from provenance import claim_page, diff_page, embed_page, home_page, snapshot_page, source_page, views
from provenance.admin_tree import graphql_of_account
from provenance.graphql import graphql
from sources.memento import views as memento

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home_page.home, name="home"),
    path("sources/<int:pk>/", source_page.source, name="source"),
    path("snapshots/<int:pk>/", snapshot_page.snapshot, name="snapshot"),
    path("snapshots/<int:pk>/diff/<int:before>/", diff_page.diff, name="snapshot-diff"),
    path("embed/<slug:slug>/", embed_page.card, name="embed"),
    path("embed/<slug:slug>/about/", embed_page.about, name="embed-about"),
    path("claims/<slug:slug>/", claim_page.claim, name="claim"),
    path("admin/graphql/", graphql_of_account, name="graphql-of-account"),
    path("admin/", admin.site.urls),
    path("verify_receipt.py", verifier, name="verifier"),
    path("timegate/<path:url>", memento.timegate, name="timegate"),
    path("timemap/link/<path:url>", memento.timemap, name="timemap"),
    path("memento/<str:moment>/<path:url>", memento.memento, name="memento"),
    path("api/", include("provenance.api")),
    path("graphql/", graphql),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error
