"""Who is reading: the one value by which every queryset decides what is visible."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Viewer:
    """The accounts a request speaks for (row ids of AUTH_USER_MODEL), and whether it sees all that a curator sees."""

    account_ids: frozenset[int] = frozenset()
    is_curator: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Whether this viewer sees only what everybody sees."""
        return not self.account_ids and not self.is_curator


ANONYMOUS = Viewer()
CURATOR = Viewer(is_curator=True)
