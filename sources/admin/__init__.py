"""The admin of sources: agents, sources, captures and snapshots. Importing it registers them."""

from sources.admin.agents import AgentAdmin
from sources.admin.captures import CaptureAdmin
from sources.admin.snapshots import SnapshotAdmin
from sources.admin.sources import SourceAdmin

__all__ = ["AgentAdmin", "CaptureAdmin", "SnapshotAdmin", "SourceAdmin"]
