"""Merging two agents, two sources or two claims that were found to be the same.

What names the one that goes is re-pointed to the one that stays, in one write, so that readers look up nothing more;
the row itself stays and is followed (`merged_into`, always straight to the one that stays). The log of that write is
all that an undo needs (see `homes`).

A writer that names somebody who is being merged at the same moment, and the merge, are put into an order by the head of
the log: whoever takes it second sees the other's rows, and begins again or is refused (see `changes`).
"""
