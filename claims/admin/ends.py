"""The ends of a derivation: appearances of one claim, found by typing."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect

from claims.models import Appearance, Derivation

OF_CLAIM = "of_claim"
"""The name under which the search for an end is told the claim (its id)."""


class EndSelect(AutocompleteSelect):
    """A choice among the appearances of one claim."""

    def __init__(self, name: str, *, claim_id: int) -> None:
        super().__init__(Derivation._meta.get_field(name), admin.site)
        self.claim_id = claim_id

    def get_url(self) -> str:
        """Where the search is, with the claim."""
        return f"{super().get_url()}?{urlencode({OF_CLAIM: self.claim_id})}"


def limit_ends(fields: dict[str, Any], *, claim_id: int) -> None:
    """Let the form's two ends be current appearances of this claim alone."""
    for name in ("derived", "origin"):
        if name in fields:
            fields[name].queryset = (
                Appearance.objects.current().filter(claim=claim_id).select_related("source")
            )
            fields[name].widget = EndSelect(name, claim_id=claim_id)
            fields[name].widget.choices = fields[name].choices
            fields[name].error_messages["invalid_choice"] = "This is no current appearance of this claim."
