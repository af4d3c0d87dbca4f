"""One digest over many leaves, from which none can be taken, changed or moved unseen. Pure.

The tree of RFC 6962 (2.1): leaves and nodes are hashed under different first bytes, so that neither passes for the
other.
"""

from collections.abc import Sequence
from hashlib import sha256

_LEAF, _NODE = b"\0", b"\1"


def root(leaves: Sequence[bytes]) -> str:
    """The Merkle tree hash of the leaves, in their order; SHA-256, hexadecimal."""
    level = [sha256(_LEAF + leaf).digest() for leaf in leaves]
    if not level:
        return sha256(b"").hexdigest()
    # Hashing pairs level by level, an odd last one carried up as it is, gives the tree of the standard's recursion.
    while len(level) > 1:
        pairs = [sha256(_NODE + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) & ~1 :]
    return level[0].hex()
