"""The same tree asked of the service and of a peer, and whether both say the same.

Both are asked for each node's id, stance, quote, dates, source with address and title, publisher, and what it rests on.
The peer gives rows: what counts (published, not withdrawn, confirmed) is asked of it as conditions, and derivations as
a flat list, which costs it less than parents in each node.
"""

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Any

_FIELDS = "id stance quote saidAt source { url title publisher { name } } parents { id }"
OURS = f"query Tree($slug: String!) {{ claim(slug: $slug) {{ provenance {{ nodes {{ {_FIELDS} }} }} }} }}"
NUMBERS = f"""query Whole($slug: String!) {{ claim(slug: $slug) {{ provenance {{
  nodes {{ {_FIELDS} }}
  independence {{ appearanceCount sourceCount originCount independentOriginCount establishedOriginCount
    unresolvedCount bottlenecks {{ appearance {{ id }} dependentCount share }} }}
  findings {{ kind message appearances {{ id }} }} }} }} }}"""
PEERS = """query Tree($slug: String!) { claimsClaimBySlug(slug: $slug) {
  claimsAppearancesByClaimId(condition: {published: true, withdrawnAt: null}) { nodes {
    id stance quote saidAt
    sourcesSourceBySourceId { url title publishedAt sourcesAgentByPublisherId { name } } } }
  claimsDerivationsByClaimId(condition: {state: "confirmed"}) { nodes { derivedId originId } } } }"""

Node = tuple[int, str, str, str, str | None, str, str | None]
"""Id, stance, quote, date, address, title, publisher."""

Tree = tuple[frozenset[Node], frozenset[tuple[int, int]]]
"""Nodes, and who rests on whom by ids."""


def body(document: str, **variables: object) -> bytes:
    """The body of a POST."""
    return json.dumps({"query": document, "variables": variables}).encode()


def our_tree(answer: bytes) -> Tree:
    """What the service says. Raises ValueError for an answer without a tree."""
    nodes = _data(answer, "claim")["provenance"]["nodes"]
    pairs = {(_number(node["id"]), _number(parent["id"])) for node in nodes for parent in node["parents"]}
    return frozenset(_ours(node) for node in nodes), frozenset(pairs)


def their_tree(answer: bytes) -> Tree:
    """What a peer says. Raises ValueError likewise."""
    claim = _data(answer, "claimsClaimBySlug")
    nodes = claim["claimsAppearancesByClaimId"]["nodes"]
    pairs = claim["claimsDerivationsByClaimId"]["nodes"]
    return (
        frozenset(_theirs(node) for node in nodes),
        frozenset((int(pair["derivedId"]), int(pair["originId"])) for pair in pairs),
    )


def difference(ours: Tree, theirs: Tree) -> str:
    """What one has that the other has not, in a sentence; empty if they say the same."""
    names = ("nodes", "derivations")
    found: Iterable[str] = (
        f"{len(one - other)} {name} are only {whose}"
        for name, mine, other_s in zip(names, ours, theirs, strict=True)
        for one, other, whose in ((mine, other_s, "ours"), (other_s, mine, "theirs"))
        if one - other
    )
    return ", ".join(found)


def _data(answer: bytes, field: str) -> Mapping[str, Any]:
    said = json.loads(answer)
    found = (said.get("data") or {}).get(field)
    if said.get("errors") or not found:
        raise ValueError(f"This answer has no tree: {answer[:500].decode(errors='replace')}")
    tree: Mapping[str, Any] = found
    return tree


def _ours(node: Mapping[str, Any]) -> Node:
    source = node["source"]
    return (
        _number(node["id"]),
        node["stance"].lower(),
        node["quote"],
        node["saidAt"],
        source["url"],
        source["title"],
        source["publisher"] and source["publisher"]["name"],
    )


def _theirs(node: Mapping[str, Any]) -> Node:
    source = node["sourcesSourceBySourceId"]
    publisher = source["sourcesAgentByPublisherId"]
    said_at = node["saidAt"] or source["publishedAt"]
    name = publisher and publisher["name"]
    return int(node["id"]), node["stance"], node["quote"], said_at, source["url"], source["title"], name


def _number(relay_id: str) -> int:
    return int(b64decode(relay_id).decode().partition(":")[2])
