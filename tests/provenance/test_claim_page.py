"""A claim's page as the server sends it: its numbers in words, and every appearance in a table, without a script."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from claims.vocabulary import Certainty, DerivationKind, DerivationState, FindingKind, Stance
from provenance.claim_page import _FINDINGS, MODULES, PER_PAGE
from provenance.settings import BASE_DIR
from tests.browser import demo
from tests.browser.large import large_claim
from tests.factories import chain, paper, repeats, see, stated

pytestmark = pytest.mark.django_db


def read(client: Client, address: str) -> str:
    """The page with its white space folded."""
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def rows(page: str) -> list[str]:
    """The lines of the table, as text."""
    found = re.findall(r'<tr id="a\d+">(.*?)</tr>', page)
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in found]


def test_head_of_the_demo_says_what_readers_are_to_be_told(client: Client, owner: User) -> None:
    page = read(client, f"/claims/{demo.record_outage(by=owner).slug}/")
    assert "Claim, first seen 28 February 2021" in page
    assert "14 reports, 1 established origin" in page
    assert "13 of 14 rest on one newspaper report, itself included." in page
    assert "<h2>1 origin not established</h2>" in page
    assert "Home Department of Maharashtra may rest on another" in page
    assert "<h2>4 denials</h2>" in page
    assert "By Embassy of China in New Delhi and Ministry of Power of India." in page
    assert "<h2>4 findings</h2>" in page


def test_strip_has_a_mark_for_each_report_and_a_bar_for_many(client: Client, owner: User) -> None:
    page = read(client, f"/claims/{demo.record_outage(by=owner).slug}/")
    marks = [re.findall(f'<i class="{word}"></i>', page) for word in ("bottleneck", "beneath", "apart")]
    assert [len(each) for each in marks] == [1, 12, 1]
    many = chain(stated("a"), *(stated(f"b{n}", "a") for n in range(60)), by=owner).claim
    page = read(client, f"/claims/{many.slug}/")
    assert '<i class="' not in page
    assert '<rect x="0" width="100.0%" height="12"/>' in page


def test_findings_link_to_the_lines_they_lead_to_and_stand_there_in_full(client: Client, owner: User) -> None:
    recorded = chain(
        stated("study", certainty=Certainty.HEDGED),
        stated("times", "study", certainty=Certainty.ASSERTED),
        by=owner,
    )
    times = recorded.appearances["times"].pk
    page = read(client, f"/claims/{recorded.claim.slug}/")
    assert f'<a href="#a{times}" data-select="{times}"' in page
    assert "Certainty jump: The Times" in page
    assert "All 2 appearances that support the claim go back to one origin: The Study." in page


def test_every_kind_of_finding_has_words() -> None:
    assert set(_FINDINGS) == set(FindingKind)


def test_circular_reporting_retraction_and_interested_party_are_told(client: Client, owner: User) -> None:
    times = paper("Times")
    recorded = chain(
        stated("a", publisher=times),
        stated("b", "a"),
        stated("c", "b", publisher=times),
        stated(
            "d", stance=Stance.DENY, publisher=times, derived_from=(repeats("a", DerivationKind.CORRECTION),)
        ),
        parties=(times,),
        by=owner,
    )
    page = read(client, f"/claims/{recorded.claim.slug}/")
    assert "Times rests on Times by way of The B, and both have one publisher." in page
    assert "Times was retracted by its own agent, in Times; 2 others lose their only origin with it" in page
    assert "The one origin of what is said to deny the claim speaks for a party to it: Times." in page
    assert f'href="#a{recorded.appearances["a"].pk}"' in page


def test_many_findings_are_grouped_by_kind(client: Client, owner: User) -> None:
    firmer = [stated(f"b{n}", "a", certainty=Certainty.ASSERTED) for n in range(5)]
    recorded = chain(stated("a", certainty=Certainty.HEDGED), *firmer, by=owner)
    about = " ".join(str(recorded.appearances[f"b{n}"].pk) for n in range(5))
    page = read(client, f"/claims/{recorded.claim.slug}/")
    assert f'data-select="{about}" data-finding="certainty_jump">5 certainty jumps</a>' in page
    assert "Single origin: The A" in page


def test_table_tells_what_rests_on_what_with_words_and_evidence(client: Client, owner: User) -> None:
    recorded = chain(
        stated("study", quote="so it is", published_at="2021-02-28"),
        stated("times", "study", published_at="2021-03-01T08:00:00+05:30", certainty=Certainty.HEDGED),
        stated(
            "embassy",
            stance=Stance.DENY,
            derived_from=(repeats("times", DerivationKind.RESPONSE),),
            published_at="2021-03-02",
        ),
        stated(
            "cell",
            derived_from=(repeats("study", DerivationKind.CITATION, state=DerivationState.SUGGESTED),),
        ),
        by=owner,
    )
    snapshot = see(recorded.appearances["study"].source, "We say so it is.")
    page = read(client, f"/claims/{recorded.claim.slug}/")
    study, times, embassy, cell = rows(page)
    assert study == "28 February 2021 The Study support so it is nothing recorded here anchored text , WARC"
    assert times.startswith("1 March 2021, 08:00 UTC+05:30 The Times support , hedged")
    assert "repeats The Study not anchored" in times
    assert "deny These are the words of embassy. answers The Times" in embassy
    assert "suggested: perhaps cites The Study" in cell
    assert cell.startswith("undated")
    assert f'href="/snapshots/{snapshot.pk}/"' in page
    assert f'href="/api/v1/snapshots/{snapshot.pk}/warc/"' in page


def test_table_pages_by_hundred_and_links_across_pages(client: Client, owner: User) -> None:
    dated = [stated(f"b{n}", "a", published_at=f"2021-03-{1 + n // 10:02}") for n in range(105)]
    recorded = chain(stated("a", published_at="2021-02-28"), *dated, by=owner)
    address = f"/claims/{recorded.claim.slug}/"
    first, second = read(client, address), read(client, f"{address}?page=2")
    assert [len(rows(first)), len(rows(second))] == [PER_PAGE, 6]
    assert "1 to 100 of 106" in first
    assert 'href="?page=2"' in first
    assert f'href="?page=1#a{recorded.appearances["a"].pk}"' in second
    assert rows(read(client, f"{address}?page=99999")) == rows(second), "past the end is the last page"
    assert rows(read(client, f"{address}?page=-1")) == rows(first)


def test_claim_without_appearances_says_what_to_do(client: Client, owner: User) -> None:
    claim = chain(stated("a"), by=owner).claim
    claim.appearances.update(published=False)
    page = read(client, f"/claims/{claim.slug}/")
    assert "No reports yet" in page
    assert "Nobody has recorded an appearance yet." in page
    assert "<table" not in page


def test_words_of_strangers_are_escaped_and_made_visible(client: Client, owner: User) -> None:
    hostile = "<script>alert(1)</script>\u202eevil"
    recorded = chain(
        stated("a", quote=hostile, title=hostile, url="https://a.example/?q=<b>"),
        text=f"It is {hostile} so",
        by=owner,
    )
    response = client.get(f"/claims/{recorded.claim.slug}/")
    page = response.content.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert "⟨U+202E⟩evil" in page
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in response["Content-Security-Policy"]
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_draft_withdrawn_or_unknown_claim_is_a_friendly_404(client: Client, stranger: User) -> None:
    slug = chain(stated("a"), by=stranger).claim.slug
    for address in (f"/claims/{slug}/", "/claims/nothing-of-the-kind/"):
        response = client.get(address)
        assert response.status_code == 404
        assert "There is nothing here" in response.content.decode()


@pytest.mark.parametrize("size", [10, 1000])
def test_page_costs_the_same_statements_at_any_size(
    client: Client, owner: User, size: int, django_assert_num_queries: Any
) -> None:
    slug = large_claim(size, by=owner).slug
    with django_assert_num_queries(3):
        client.get(f"/claims/{slug}/")


def test_page_names_every_module_of_the_explorer(client: Client, owner: User) -> None:
    folder = BASE_DIR / "provenance" / "static" / "provenance" / "explorer"
    names = {path.stem for path in folder.glob("*.js")} - {"main", "types"}
    assert set(MODULES) == names
    page = read(client, f"/claims/{chain(stated('a'), by=owner).claim.slug}/")
    assert all(f'rel="modulepreload" href="/static/provenance/explorer/{name}.js"' in page for name in names)
