"""A press of any size, drawn by chance from a seed: rows of every table that a tree is read from. Pure.

Claims differ in size, and each is drawn from a seed of its own. Most reports rest on one that many rest on, the others
on what was reported last; a few rest on nothing, some on two. Some derivations are suggested or rejected, some pages
were never read, and some no longer show the words. Ids count from 1: the tables must be empty.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.graph.values import (
    BASES,
    CERTAINTIES,
    CHAIN_ENDS,
    KINDS,
    REASONS,
    SEEN,
    STANCES,
    STATES,
    date_of,
    digest_of,
    instant,
    pick,
    text_digest,
)
from benchmarks.graph.wording import Wording
from sources.canonical import host_of, name_key
from sources.texts import EXTRACTOR

SIZES = (10, 100, 1_000, 10_000)
LARGEST = 100_000
"""The size of one tree more, where there are a million appearances: beyond what a page of an answer lists."""

_BATCH = 20_000  # appearances

COLUMNS = {
    "sources.Agent": "id name name_key kind owner_id ultimate_owner_id public_since created_by_id created_at",
    "sources.Source": "id url title publisher_id published_at language public_since created_by_id created_at",
    "sources.Capture": "id source_id state outcome host attempts fence due_at requested_by_id created_at finished_at",
    "sources.Snapshot": "id source_id capture_id url captured_at status_code media_type sha256 size warc_name "
    "warc_sha256 warc_size record_id created_at",
    "claims.Claim": "id slug text language status owner_id revision created_at",
    "claims.Claim_parties": "id claim_id agent_id",
    "claims.Appearance": "id claim_id source_id claimant_id stance certainty quote quote_sha256 said_at chain_end "
    "author_id created_at newest_anchor_id proof_anchor_id",
    "claims.Derivation": "id claim_id derived_id origin_id kind basis state quote quote_sha256 reason author_id "
    "created_at newest_anchor_id proof_anchor_id",
    "claims.Anchor": "id snapshot_id appearance_id derivation_id extractor text_sha256 text_key state start end exact "
    "prefix suffix reason near_start near_end near_score near_text created_at",
}
"""By model, in an order in which each row comes after those that it names: the columns that are drawn.

A column that is not among them has its default.
"""

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
"""Rows by model, their values in the order of `COLUMNS`."""


def sizes(appearances: int) -> list[int]:
    """How many appearances each claim has, largest first: of all in trees of each size as many."""
    left = appearances
    found = []
    if appearances >= 10 * LARGEST:
        found.append(LARGEST)
        left -= LARGEST
    share = left // len(SIZES)
    for size in sorted(SIZES[1:], reverse=True):
        found += [size] * (share // size)
    smallest = SIZES[0]
    left = appearances - sum(found)
    return found + [smallest] * (left // smallest) + [left % smallest] * bool(left % smallest)


def slug(size: int, number: int) -> str:
    """Of the claim with this id, and so many appearances."""
    return f"seeded-{size}-{number}-{text_digest(str(number))[:4]}"


def draw(appearances: int, *, seed: int, accounts: Sequence[int]) -> Iterator[Rows]:
    """The rows in batches; `accounts` are the ids of who writes. Equal arguments, equal rows."""
    press = _Press(Random(f"{seed}"), appearances, accounts)
    yield press.take()
    claims = sizes(appearances)
    Random(f"{seed}-order").shuffle(claims)
    for number, size in enumerate(claims, start=1):
        _Claim(press, Random(f"{seed}-{number}"), number, size).draw()
        if len(press.rows["claims.Appearance"]) >= _BATCH:
            yield press.take()
    yield press.take()


class _Press:
    """What claims share: agents, sources that more than one claim is in, and the ids that were given."""

    def __init__(self, chance: Random, appearances: int, accounts: Sequence[int]) -> None:
        self.accounts = accounts
        self.wording = Wording(chance)
        self.agents = max(20, min(20_000, appearances // 40))
        self.ids = dict.fromkeys(COLUMNS, 0)
        self.rows: Rows = {model: [] for model in COLUMNS}
        # By source: its first snapshot, and how many it has.
        self.first_snapshot = array("q", [0])
        self.snapshots = bytearray(1)
        for number in range(1, self.agents + 1):
            self._agent(chance, number)

    def add(self, model: str, *values: object) -> int:
        """Keep a row under the next id."""
        self.ids[model] = pk = self.ids[model] + 1
        self.rows[model].append((pk, *values))
        return pk

    def take(self) -> Rows:
        """The rows that were kept since."""
        taken, self.rows = self.rows, {model: [] for model in COLUMNS}
        return taken

    def publisher(self, chance: Random) -> int:
        """The id of an agent, few of them often."""
        return 1 + int(self.agents * chance.random() ** 3)

    def account(self, number: int) -> int:
        """Who wrote this row."""
        return self.accounts[number % len(self.accounts)]

    def _agent(self, chance: Random, number: int) -> None:
        """Every tenth is owned by one of the last, and every tenth of these by the very last."""
        name = self.wording.paper(chance, number)
        houses = max(1, self.agents // 50)
        owner = topmost = None
        if number < self.agents - houses and number % 10 == 0:
            owner = self.agents - number % houses
            topmost = self.agents if owner % 10 == 0 else owner
        elif number < self.agents and number >= self.agents - houses and number % 10 == 0:
            owner = topmost = self.agents
        kind = "company" if number >= self.agents - houses else _KINDS_OF_AGENTS[number % 20]
        at = instant(0, number)
        self.add("sources.Agent", name, name_key(name), kind, owner, topmost, at, self.account(number), at)

    def source(self, chance: Random, claim: int, day: int) -> int:
        """A new source, with none to two snapshots."""
        number = self.ids["sources.Source"] + 1
        publisher = self.publisher(chance)
        url = f"https://www.paper-{publisher}.example/{2021 + day % 4}/story-{claim}-{number}"
        at = instant(day, number)
        self.add(
            "sources.Source",
            url,
            self.wording.title(chance, number),
            publisher,
            date_of(day, number),
            "en" if number % 8 else "hi",
            at,
            self.account(number),
            at,
        )
        drawn = chance.random()
        count = 0 if drawn < 0.05 else 1 if drawn < 0.93 else 2
        self.first_snapshot.append(self.ids["sources.Snapshot"] + 1)
        self.snapshots.append(count)
        for visit in range(count):
            self._snapshot(number, url, day + 1 + 30 * visit)
        return number

    def _snapshot(self, source: int, url: str, day: int) -> None:
        number = self.ids["sources.Snapshot"] + 1
        at, digest = instant(day, number), digest_of("page", number)
        by = self.account(source)
        self.add(
            "sources.Capture",
            source,
            "done",
            "captured",
            host_of(url),
            1,
            1,
            at,
            by,
            at,
            instant(day, number + 9),
        )
        size = 20_000 + number % 90_000
        warc = digest_of("warc", number)
        self.add(
            "sources.Snapshot",
            source,
            number,
            url,
            at,
            200,
            "text/html",
            digest,
            size,
            f"{warc[:2]}/{warc}.warc.gz",
            warc,
            size // 4,
            f"<urn:uuid:{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}>",
            at,
        )


_KINDS_OF_AGENTS = (
    *["newspaper"] * 11,
    *["broadcaster"] * 2,
    *["news_agency"] * 2,
    "magazine",
    "platform",
    "government",
    "research_body",
    "organisation",
)


@dataclass(slots=True)
class _Claim:
    """One claim while it is drawn."""

    press: _Press
    chance: Random
    number: int
    size: int
    sources: list[int] = field(default_factory=list)  # of each appearance so far
    ends: list[int] = field(default_factory=list)  # origins so far, each as often as something rests on it
    first: int = 0  # the id of the first appearance

    def draw(self) -> None:
        """Keep the rows of the claim and of all that appears of it."""
        press, chance, number = self.press, self.chance, self.number
        self.first = press.ids["claims.Appearance"] + 1
        owner, at = press.account(number), instant(number % 900, number)
        text = press.wording.quote(chance, number)
        press.add(
            "claims.Claim", slug(self.size, number), text, "en", "published", owner, 1 + number % 50, at
        )
        for agent in {press.publisher(chance) for _ in range(number % 3)}:
            press.add("claims.Claim_parties", number, agent)
        for place in range(self.size):
            self._appearance(place)

    def _appearance(self, place: int) -> None:
        chance, press = self.chance, self.press
        day = self.number % 900 + 60 * place // self.size
        restated = self._source(place, day)
        source = self.sources[place]
        origins = self._origins(place) if restated is None else [(restated, "revision")]
        stance = "support" if place == 0 else pick(chance, STANCES)
        chain_end = "" if origins else pick(chance, CHAIN_ENDS)
        pk = press.ids["claims.Appearance"] + 1
        quote = press.wording.quote(chance, pk)
        newest, proof = self._anchors(source, quote, appearance=pk)
        claimant = press.publisher(chance) if chance.random() < 0.15 else None
        said_at = date_of(day, pk) if chance.random() < 0.1 else ""
        press.add(
            "claims.Appearance",
            self.number,
            source,
            claimant,
            stance,
            pick(chance, CERTAINTIES),
            quote,
            text_digest(quote),
            said_at,
            chain_end,
            press.account(pk),
            instant(day, pk),
            newest,
            proof,
        )
        for origin, kind in origins:
            self.ends.append(origin)
            answers = stance == "deny" and chance.random() < 0.7
            self._derivation(pk, self.first + origin, "response" if answers else kind, source, day)

    def _source(self, place: int, day: int) -> int | None:
        """Choose the source; the place of the appearance that is restated, if this is one more of the same source."""
        chance, press = self.chance, self.press
        drawn = chance.random()
        if drawn < 0.03 and place:
            restated = int(chance.random() * place)
            self.sources.append(self.sources[restated])
            return restated
        known = press.ids["sources.Source"]
        other = 1 + int(chance.random() * known) if drawn < 0.06 and known > 100 else 0
        if other and other not in self.sources[-1000:] and self.size <= 1000:
            self.sources.append(other)
        else:
            self.sources.append(press.source(chance, self.number, day))
        return None

    def _origins(self, place: int) -> list[tuple[int, str]]:
        """The places of those that this one rests on or answers, with the kind; none of an origin."""
        chance = self.chance
        if place == 0 or chance.random() < 0.5 / self.size**0.5:
            return []
        count = 2 if place > 1 and chance.random() < 0.08 else 1
        found: dict[int, str] = {}
        while len(found) < count:
            found[self._earlier(place)] = pick(chance, KINDS)
        return list(found.items())

    def _earlier(self, place: int) -> int:
        drawn = self.chance.random()
        if drawn < 0.35:  # the report that went round
            return min(1, place - 1)
        if drawn < 0.7 and self.ends:
            return self.ends[int(self.chance.random() * len(self.ends))]
        return max(0, place - 1 - int(self.chance.random() * 50))

    def _derivation(self, derived: int, origin: int, kind: str, source: int, day: int) -> None:
        press, chance = self.press, self.chance
        pk = press.ids["claims.Derivation"] + 1
        state = "confirmed" if kind == "revision" else pick(chance, STATES)
        basis = "inferred" if state != "confirmed" and chance.random() < 0.5 else pick(chance, BASES)
        reason = "The wording and the order of both texts are the same." if basis == "inferred" else ""
        quote = press.wording.quote(chance, pk) if basis == "read" else ""
        newest, proof = self._anchors(source, quote, derivation=pk) if quote else (None, None)
        at = instant(day, pk)
        press.add(
            "claims.Derivation",
            self.number,
            derived,
            origin,
            kind,
            basis,
            state,
            quote,
            text_digest(quote),
            reason,
            press.account(pk),
            at,
            newest,
            proof,
        )

    def _anchors(
        self, source: int, quote: str, *, appearance: int | None = None, derivation: int | None = None
    ) -> tuple[int | None, int | None]:
        """Anchors of the quote in each snapshot of the source; the newest, and the newest that found it."""
        newest = proof = None
        snapshot, count = self.press.first_snapshot[source], self.press.snapshots[source]
        for visit in range(count):
            state = "anchored" if visit < count - 1 else pick(self.chance, SEEN[count])
            newest = self._anchor(snapshot + visit, quote, state, appearance, derivation)
            proof = newest if state == "anchored" else proof
        return newest, proof

    def _anchor(
        self, snapshot: int, quote: str, state: str, appearance: int | None, derivation: int | None
    ) -> int:
        start = 200 + snapshot % 3000
        found, near = state == "anchored", state == "changed"
        copies = self.chance.random() < 0.2
        return self.press.add(
            "claims.Anchor",
            snapshot,
            appearance,
            derivation,
            EXTRACTOR,
            digest_of("text", snapshot),
            digest_of("copy", self.number if copies else -snapshot),
            state,
            start if found else None,
            start + len(quote) if found else None,
            quote if found else "",
            "was written on Monday evening. " if found else "",
            " More is to be published soon" if found else "",
            REASONS[state],
            start if near else None,
            start + 40 if near else None,
            80 if near else None,
            quote[:40] if near else "",
            instant(snapshot % 900, snapshot),
        )
