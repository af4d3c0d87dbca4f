"""Everything that is kept, read again and held against its digests. Nothing is changed, nothing is repaired.

Runs beside workers: rows and files never change, and what is added meanwhile is left for the next time.
"""

from sources.verifying.all import differences, unnamed_files
from sources.verifying.difference import Difference, Kind

__all__ = ["Difference", "Kind", "differences", "unnamed_files"]
