"""The demo chains: three claims as bodies for `POST /api/v1/chains/`, and what a chain cannot say.

The bodies lie in `chains/<name>.json`, their URLs with `{port}` in place of the demo press's port.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

CHAINS = Path(__file__).with_name("chains")
ALL = "all"

# The order in which to record them: the outage claim first, since a source keeps what was first said of it.
ORDER = ("outage", "vaccine", "consulate")

# Fixed, so that the demo's addresses are the same on every machine.
SLUGS = {
    "outage": "mumbai-outage-caused-by-malware-demo",
    "vaccine": "indian-vaccine-makers-targeted-demo",
    "consulate": "houston-consulate-vaccine-information-demo",
}


class Ownership(NamedTuple):
    """An agent of the chains, and who owns it, each by name and kind (a chain has no field for owners)."""

    name: str
    kind: str
    owner_name: str
    owner_kind: str


OWNERS = (
    Ownership("Embassy of China in New Delhi", "embassy", "Government of China", "government"),
    Ownership("Ministry of Power of India", "government", "Government of India", "government"),
    Ownership("Home Department of Maharashtra", "government", "Government of Maharashtra", "government"),
    Ownership(
        "United States Department of State", "government", "Government of the United States", "government"
    ),
)


def load(name: str = ALL, *, port: int) -> list[dict[str, Any]]:
    """The body of the chain of that name, or of all chains in `ORDER`, for a demo press on that port.

    Raises ValueError, naming the chains there are, for an unknown name.
    """
    if name not in (ALL, *ORDER):
        raise ValueError(
            f"There is no demo chain {name!r}. There are {', '.join(ORDER)}, and {ALL!r} for all."
        )
    return [_read(each, port=port) for each in (ORDER if name == ALL else (name,))]


def _read(name: str, *, port: int) -> dict[str, Any]:
    text = (CHAINS / f"{name}.json").read_text("utf-8")
    body: dict[str, Any] = json.loads(text.replace("{port}", str(port)))
    return body
