"""REST's door: the key of the Authorization header, or nobody. Cookies are never looked at."""

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from provenance.partners.keys import SCHEME, InvalidKey, identify
from sources.viewers import Viewer


class ApiKeyAuthentication(BaseAuthentication):
    """`request.user` is the partner's service account, `request.auth` its `Viewer`; an invalid key is a 401."""

    def authenticate(self, request: Request) -> tuple[User, Viewer] | None:
        """Who calls; None without a key."""
        try:
            caller = identify(request.headers.get("Authorization"))
        except InvalidKey as error:
            raise AuthenticationFailed(str(error)) from None
        return (caller.user, caller.viewer) if caller else None

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return SCHEME
