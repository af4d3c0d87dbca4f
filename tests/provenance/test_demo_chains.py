"""The demo chains stand on the pages of the demo press: each quote once, dates and titles as on the page."""

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest

from claims.vocabulary import Basis, Certainty, ChainEnd, DerivationKind, DerivationState, Stance
from provenance.demo import chains
from provenance.demo.press import PAGES, read_page
from sources.dates import PartialDate

PORT = 8123

# What readers are to be told of each claim's supporting side (INDEPENDENCE.md), once every page is captured.
OUTAGE_SUPPORT = {
    "appearanceCount": 14,
    "sourceCount": 14,
    "originCount": 2,
    "independentOriginCount": 2,
    "establishedOriginCount": 1,
    "unresolvedCount": 1,
}
OUTAGE_ROOTS = {"study", "minister"}
OUTAGE_PENDING = {"minister"}
OUTAGE_BOTTLENECK = ("nyt", 12, 13)  # the largest that is no root: dependents, of so many others
OUTAGE_CERTAINTY_JUMPS = {("union", "courier"), ("nyt", "deccan"), ("nyt", "mint")}
OUTAGE_STANCE_JUMPS = {("study", "nyt")}
OUTAGE_DENIALS = {"post", "power", "statement", "mint-denial"}
VACCINE_SUPPORT = {"appearanceCount": 3, "sourceCount": 3, "originCount": 1, "establishedOriginCount": 1}
CONSULATE_SUPPORT = {"appearanceCount": 2, "sourceCount": 2, "originCount": 1, "establishedOriginCount": 1}

AGENT_KINDS = {"news_agency", "newspaper", "magazine", "government", "embassy", "company", "research_body"}
REQUIRED = {"ref", "url", "publisher", "title", "published_at", "language", "stance", "certainty", "quote"}
OPTIONAL = {"claimant", "chain_end", "derived_from"}
DERIVATION_FIELDS = {"ref", "kind", "basis", "quote", "state", "reason"}
COPIES = ("konkan", "coastal", "harbour", "malwa")

BODIES: dict[str, dict[str, Any]] = dict(zip(chains.ORDER, chains.load(port=PORT), strict=True))
APPEARANCES: list[dict[str, Any]] = [each for body in BODIES.values() for each in body["appearances"]]
NAMED = {f"{name}-{each['ref']}": each for name, body in BODIES.items() for each in body["appearances"]}
QUOTES = {
    **{name: (each["url"], each["quote"]) for name, each in NAMED.items()},
    **{
        f"{name} on {link['ref']}": (each["url"], link["quote"])
        for name, each in NAMED.items()
        for link in each.get("derived_from", [])
        if "quote" in link
    },
}
URLS = sorted({each["url"] for each in APPEARANCES})


@dataclass
class Words(HTMLParser):
    """A page's words: all of them, and those of each paragraph, heading and item, with white space folded."""

    everything: list[str] = field(default_factory=list)
    blocks: list[tuple[str, list[str]]] = field(default_factory=list)
    times: list[str | None] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("meta", "link"):
            return
        self._open.append(tag)
        if tag in ("p", "h1", "h2", "li"):
            self.blocks.append((tag, []))
            self.everything.append(" ")
        if tag == "time":
            self.times.append(dict(attrs)["datetime"])

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            return
        self.everything.append(data)
        if {"p", "h1", "h2", "li"} & set(self._open):
            self.blocks[-1][1].append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.everything).split())

    def of(self, tag: str) -> list[str]:
        return [" ".join("".join(parts).split()) for name, parts in self.blocks if name == tag]


def words_of(url: str) -> Words:
    return read_words(html_of(url))


def read_words(html: str) -> Words:
    words = Words()
    words.feed(html)
    words.close()
    return words


def html_of(url: str) -> str:
    split = urlsplit(url)
    assert split.hostname is not None
    assert split.port == PORT
    page = read_page(paper=split.hostname.removesuffix(".press.localhost"), slug=split.path[1:])
    assert page is not None, f"no page at {url}"
    return page.body.decode()


def article_of(url: str) -> str:
    found = re.search(r"<article.*?</article>", html_of(url), re.DOTALL)
    assert found is not None
    return found[0]


def outage(ref: str) -> dict[str, Any]:
    return side("outage").by_ref[ref]


@dataclass(frozen=True)
class Side:
    """The supporting side of a demo chain, read from its body alone."""

    by_ref: dict[str, dict[str, Any]]

    @property
    def supporters(self) -> set[str]:
        return {ref for ref, each in self.by_ref.items() if each["stance"] == Stance.SUPPORT}

    def upstream(self, ref: str) -> set[str]:
        return {
            link["ref"]
            for link in self.by_ref[ref].get("derived_from", [])
            if link.get("state") != DerivationState.SUGGESTED and DerivationKind(link["kind"]).carries
        }

    def ancestors(self, ref: str) -> set[str]:
        direct = self.upstream(ref)
        return direct.union(*(self.ancestors(each) for each in direct))

    @property
    def roots(self) -> set[str]:
        graph = self.supporters.union(*(self.ancestors(ref) for ref in self.supporters))
        return {ref for ref in graph if not self.upstream(ref)}

    @property
    def sources(self) -> set[str]:
        return {self.by_ref[ref]["url"] for ref in self.supporters}


def side(name: str) -> Side:
    return Side({each["ref"]: each for each in BODIES[name]["appearances"]})


# The pages


@pytest.mark.parametrize("name", QUOTES)
def test_a_quote_stands_once_on_its_page_and_within_one_paragraph(name: str) -> None:
    url, quote = QUOTES[name]
    words = words_of(url)
    assert words.text.count(quote) == 1
    assert [quote in paragraph for paragraph in words.of("p")].count(True) == 1


@pytest.mark.parametrize("url", URLS)
def test_a_page_says_on_its_face_that_it_was_written_for_this_demo(url: str) -> None:
    notice = words_of(url).of("p")[1]
    assert "written for this demo" in notice
    assert re.search(
        r"is a paraphrase.* It is not the original\.|is an invented [a-z ]+ of this demo", notice
    )


@pytest.mark.parametrize("url", URLS)
def test_a_page_is_short_and_marked_up_as_an_article(url: str) -> None:
    article = read_words(article_of(url))
    assert 60 <= len(article.text.split()) <= 250
    assert len(article.of("p")) >= 4
    assert len(article.of("h1")) == 1
    assert html_of(url).count("<title>") == 1


@pytest.mark.parametrize("name", NAMED)
def test_title_and_date_of_an_appearance_are_those_on_its_page(name: str) -> None:
    words = words_of(NAMED[name]["url"])
    assert words.of("h1") == [NAMED[name]["title"]]
    assert words.times == [NAMED[name]["published_at"]]
    assert words.of("p")[0] == NAMED[name]["publisher"]["name"]


def test_every_page_is_cited_by_a_chain() -> None:
    cited = {(urlsplit(url).hostname, urlsplit(url).path) for url in URLS}
    assert cited == {
        (f"{page.parent.name}.press.localhost", f"/{page.stem}") for page in PAGES.glob("*/*.html")
    }


@pytest.mark.parametrize("copy", COPIES)
def test_a_verbatim_copy_has_every_paragraph_of_the_agency_and_a_credit_line(copy: str) -> None:
    agency = read_words(article_of(outage("union")["url"])).of("p")[1:]
    assert len(" ".join(agency).split()) >= 100
    credit = outage(copy)["derived_from"][0]["quote"]
    assert read_words(article_of(outage(copy)["url"])).of("p")[1:] == [*agency, credit]
    assert outage(copy)["quote"] == outage("union")["quote"]


# The chains as bodies of a request


@pytest.mark.parametrize("name", chains.ORDER)
def test_a_chain_has_only_fields_and_words_of_the_contract(name: str) -> None:
    body = BODIES[name]
    assert body.keys() == {"claim", "appearances"}
    assert body["claim"].keys() == {"text", "language", "parties"}
    agents = list(body["claim"]["parties"])
    for each in body["appearances"]:
        assert REQUIRED <= each.keys() <= REQUIRED | OPTIONAL
        assert each["language"] == "en"
        assert each["stance"] in set(Stance)
        assert each["certainty"] in set(Certainty)
        assert each.get("chain_end", ChainEnd.PRIMARY) in set(ChainEnd)
        assert 40 <= len(each["quote"]) <= 200
        agents += [each["publisher"], *([each["claimant"]] if "claimant" in each else [])]
    assert all(agent.keys() == {"name", "kind"} and agent["kind"] in AGENT_KINDS for agent in agents)


@pytest.mark.parametrize("name", chains.ORDER)
def test_a_derivation_names_an_earlier_ref_and_is_read_with_a_quote_or_inferred_with_a_reason(
    name: str,
) -> None:
    earlier: set[str] = set()
    for each in BODIES[name]["appearances"]:
        assert each["ref"] not in earlier
        for link in each.get("derived_from", []):
            assert link.keys() <= DERIVATION_FIELDS
            assert link["ref"] in earlier
            assert link["kind"] in set(DerivationKind)
            assert ("quote" in link) == (link["basis"] == Basis.READ)
            assert ("reason" in link) == (link["basis"] == Basis.INFERRED)
            assert (link.get("state") == DerivationState.SUGGESTED) == (link["basis"] == Basis.INFERRED)
        earlier.add(each["ref"])


@pytest.mark.parametrize("name", chains.ORDER)
def test_no_appearance_is_dated_before_what_it_rests_on_or_answers(name: str) -> None:
    date = {each["ref"]: PartialDate.parse(each["published_at"]) for each in BODIES[name]["appearances"]}
    for each in BODIES[name]["appearances"]:
        for link in each.get("derived_from", []):
            assert date[link["ref"]].span.earliest < date[each["ref"]].span.latest


def test_a_source_is_described_alike_in_every_chain() -> None:
    described = {
        (each["url"], each["title"], each["published_at"], *each["publisher"].values())
        for each in APPEARANCES
    }
    assert len(described) == len(URLS)


def test_an_agent_has_one_kind() -> None:
    agents = [each["publisher"] for each in APPEARANCES]
    agents += [each["claimant"] for each in APPEARANCES if "claimant" in each]
    kinds = Counter(name for name, _ in {(agent["name"], agent["kind"]) for agent in agents})
    assert set(kinds.values()) == {1}


def test_every_owned_agent_appears_in_a_chain() -> None:
    published = {(each["publisher"]["name"], each["publisher"]["kind"]) for each in APPEARANCES}
    for owned in chains.OWNERS:
        assert (owned.name, owned.kind) in published
        assert owned.owner_kind in AGENT_KINDS


# What the graph of each claim comes to


def test_the_outage_claim_has_fourteen_reports_and_two_origins_of_which_one_is_pending() -> None:
    outage_side = side("outage")
    assert len(outage_side.supporters) == OUTAGE_SUPPORT["appearanceCount"]
    assert len(outage_side.sources) == OUTAGE_SUPPORT["sourceCount"]
    assert outage_side.roots == OUTAGE_ROOTS
    assert len(OUTAGE_ROOTS) == OUTAGE_SUPPORT["originCount"]
    pending = {
        ref
        for ref in outage_side.roots
        if any(link["state"] == DerivationState.SUGGESTED for link in outage(ref).get("derived_from", []))
    }
    assert pending == OUTAGE_PENDING
    publishers = {outage(ref)["publisher"]["name"] for ref in OUTAGE_ROOTS}
    assert len(publishers) == OUTAGE_SUPPORT["independentOriginCount"]
    assert not any("chain_end" in outage(ref) for ref in OUTAGE_PENDING)


def test_twelve_of_the_other_thirteen_reports_rest_on_one_newspaper() -> None:
    outage_side = side("outage")
    neck, dependents, others = OUTAGE_BOTTLENECK
    resting = Counter(
        ancestor
        for ref in outage_side.supporters
        for ancestor in outage_side.ancestors(ref) - outage_side.roots
    )
    assert resting.most_common(1) == [(neck, dependents)]
    assert len(outage_side.supporters - {neck}) == others


def test_the_outage_claim_grows_more_certain_where_it_is_repeated() -> None:
    outage_side = side("outage")
    steps = [(up, ref) for ref in outage_side.supporters for up in outage_side.upstream(ref)]
    assert {(up, ref) for up, ref in steps if outage(up)["stance"] != Stance.SUPPORT} == OUTAGE_STANCE_JUMPS
    jumps = {
        (up, ref)
        for up, ref in steps
        if outage(up)["stance"] == Stance.SUPPORT
        and Certainty(outage(ref)["certainty"]).rank > Certainty(outage(up)["certainty"]).rank
    }
    assert jumps == OUTAGE_CERTAINTY_JUMPS


def test_the_outage_claim_is_denied_by_two_governments_one_of_them_a_party() -> None:
    by_ref = side("outage").by_ref
    assert {ref for ref, each in by_ref.items() if each["stance"] == Stance.DENY} == OUTAGE_DENIALS
    owner = {owned.name: owned.owner_name for owned in chains.OWNERS}
    speakers = {by_ref[ref].get("claimant", by_ref[ref]["publisher"])["name"] for ref in OUTAGE_DENIALS}
    assert {owner[name] for name in speakers} == {"Government of China", "Government of India"}
    assert BODIES["outage"]["claim"]["parties"] == [{"name": "Government of China", "kind": "government"}]


@pytest.mark.parametrize(
    ("name", "expected"), [("vaccine", VACCINE_SUPPORT), ("consulate", CONSULATE_SUPPORT)]
)
def test_the_smaller_claims_have_one_origin(name: str, expected: dict[str, int]) -> None:
    smaller = side(name)
    assert len(smaller.supporters) == expected["appearanceCount"]
    assert len(smaller.sources) == expected["sourceCount"]
    assert len(smaller.roots) == expected["originCount"]


def test_the_embassys_statement_and_mint_serve_all_three_claims() -> None:
    for ref in ("statement", "mint"):
        assert len({NAMED[f"{name}-{ref}"]["url"] for name in chains.ORDER}) == 1


def test_the_statements_link_to_the_consulate_is_left_to_a_curator() -> None:
    [link] = NAMED["consulate-statement"]["derived_from"]
    assert (link["kind"], link["basis"], link["state"]) == ("response", "inferred", "suggested")
    assert "Houston" not in words_of(NAMED["consulate-statement"]["url"]).text
    assert "Houston" in NAMED["consulate-mint"]["quote"]


# Loading


def test_one_chain_is_loaded_by_its_name_with_the_port_filled_in() -> None:
    [body] = chains.load("vaccine", port=8765)
    assert body["appearances"][0]["url"] == "http://cyfirma.press.localhost:8765/vaccine-makers-targeted"
    assert "{port}" not in str(body)


def test_all_chains_are_loaded_in_their_order_and_each_has_a_slug() -> None:
    assert [body["claim"]["text"][:10] for body in chains.load(port=1)] == [
        "Malware pl",
        "A Chinese ",
        "The Chines",
    ]
    assert tuple(chains.SLUGS) == chains.ORDER
    assert all(re.fullmatch(r"[a-z0-9-]+-[a-z0-9]{4}", slug) for slug in chains.SLUGS.values())


def test_an_unknown_chain_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="outage, vaccine, consulate"):
        chains.load("weather", port=1)
