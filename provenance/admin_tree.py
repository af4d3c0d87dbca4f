"""What the drawing on a claim's page in the admin reads: GraphQL with the rights of whoever is logged in.

The public endpoint never reads cookies; this one does, so it stands below the admin's own door, which asks for a log-in
and, since it asks with POST alone, for the token that no page of another site has.
"""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from claims.permissions import viewer_of
from provenance.graphql import GraphQLView
from provenance.schema import schema
from sources.admin.people import author
from sources.graphql import Context


class _ViewOfAccount(GraphQLView):
    """The same questions and the same refusals, answered for an account instead of a key."""

    def get_context(self, request: HttpRequest, response: HttpResponse | None = None) -> Context:
        return Context(viewer=viewer_of(author(request)))


graphql_of_account = admin.site.admin_view(
    require_POST(never_cache(_ViewOfAccount.as_view(schema=schema, multipart_uploads_enabled=False)))
)
