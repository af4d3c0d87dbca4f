"""The admin of claims: where they appear, on whose word, the evidence and the log. Importing it registers."""

from claims.admin.anchors import AnchorAdmin
from claims.admin.appearances import AppearanceAdmin
from claims.admin.changes import ChangeAdmin
from claims.admin.cited import CitedSourceAdmin, LoggedAgentAdmin
from claims.admin.claims import ClaimAdmin
from claims.admin.derivations import DerivationAdmin

__all__ = [
    "AnchorAdmin",
    "AppearanceAdmin",
    "ChangeAdmin",
    "CitedSourceAdmin",
    "ClaimAdmin",
    "DerivationAdmin",
    "LoggedAgentAdmin",
]
