"""What was cited, and what we saw when we looked."""

from sources.models.cited import Agent, Recapture, Source
from sources.models.seen import Capture, Comparison, Extraction, LedgerEntry, LedgerHead, Snapshot

__all__ = [
    "Agent",
    "Capture",
    "Comparison",
    "Extraction",
    "LedgerEntry",
    "LedgerHead",
    "Recapture",
    "Snapshot",
    "Source",
]
