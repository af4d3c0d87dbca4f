"""Sentences, titles and names as the press has them, drawn by chance: of no subject, and no two quotes alike."""

from random import Random

_WHO = """
the ministry
a spokesman for the grid
two officials
the regulator
engineers at the plant
the company
a person with knowledge of the inquiry
the cyber cell
the minister
the union
researchers
the embassy
the mayor's office
a report seen by this paper
the operator
an internal memo
""".strip().splitlines()
_SAID = """
said
told reporters
wrote in a statement
acknowledged
denied
warned
suggested
could not rule out
had known since spring
repeated on Monday
insisted
confirmed late on Tuesday
""".strip().splitlines()
_WHAT = """
the lights had gone out because a relay was set by hand
the malware never reached the control room
four substations were lost within a minute
a link between both events is unsubstantiated
the shipment left the port with false papers
nobody had tested the water since the flood
the figures were taken from an earlier draft
the vaccine lots were stored above eight degrees
the contract was signed before the tender closed
the video shows another city in another year
the bridge had been inspected and found sound
twelve files were copied from the archive
""".strip().splitlines()
_AND = """
and that an inquiry is under way
although no evidence was shown
as this paper has reported before
citing people who asked not to be named
but gave no date
and called the reports speculation
which the other side disputes
in what it called human error
and promised a full account within weeks
without saying how that was established
""".strip().splitlines()
_PLACES = """
Northern
Coastal
Evening
Morning
National
City
Harbour
Valley
Western
Capital
Island
Free
""".strip().splitlines()
_PAPERS = """
Courier
Herald
Times
Post
Chronicle
Wire
Gazette
Observer
Bulletin
Mirror
Review
Dispatch
""".strip().splitlines()


class Wording:
    """Draws from a pool of its own; `number` makes each text one of a kind."""

    def __init__(self, chance: Random, pool: int = 1024) -> None:
        self._openings = [f"{chance.choice(_WHO)} {chance.choice(_SAID)} that" for _ in range(pool)]
        self._bodies = [chance.choice(_WHAT) for _ in range(pool)]
        self._endings = [f", {chance.choice(_AND)}" if chance.random() < 0.7 else "" for _ in range(pool)]
        self._pool = pool

    def quote(self, chance: Random, number: int) -> str:
        """A sentence of 60 to 200 characters."""
        at = int(chance.random() * self._pool**2)
        opening, body = self._openings[at % self._pool], self._bodies[at // self._pool]
        return f"{opening} {body}{self._endings[at % 991]} (item {number})."

    def title(self, chance: Random, number: int) -> str:
        """A headline."""
        body = self._bodies[int(chance.random() * self._pool)]
        return f"{body[:1].upper()}{body[1:]}: what is known, part {number}"

    def paper(self, chance: Random, number: int) -> str:
        """A publisher's name."""
        return f"{chance.choice(_PLACES)} {chance.choice(_PAPERS)} {number}"
