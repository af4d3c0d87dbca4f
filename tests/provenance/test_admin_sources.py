"""The admin of agents, sources and captures: corrected through the register, captured again on request."""

import pytest
from django.contrib.auth.models import User

from claims.models import Change
from sources.models import Agent, Capture, Recapture, Source
from sources.vocabulary import AgentKind, CaptureOutcome, CaptureState
from tests.factories import chain, see, stated
from tests.provenance.browsing import Browser

pytestmark = pytest.mark.django_db


def _last_change() -> tuple[User | None, str, str]:
    change = Change.objects.latest("seq")
    return change.by, change.object_type, change.action


def _agent(browser: Browser, name: str, **filled: object) -> Agent:
    browser.send("sources/agent/add/", name=name, kind="newspaper", **filled)
    return Agent.objects.get(name=name)


def _source(owner: User) -> Source:
    return chain(stated("a", url="https://a.example/", title="A report"), by=owner).appearances["a"].source


def test_agent_is_added_with_its_owner(browser: Browser, cora: User) -> None:
    group = _agent(browser, "The Group")
    assert _last_change() == (cora, "agent", "created")

    herald = _agent(browser, "The Herald", owner=group.pk)

    assert (herald.owner, herald.ultimate_owner) == (group, group)
    assert _last_change() == (cora, "agent", "updated")


def test_agent_of_the_same_name_and_kind_is_refused_at_the_name(browser: Browser) -> None:
    herald = _agent(browser, "The Herald")

    page = browser.send("sources/agent/add/", name="THE  herald", kind="newspaper")
    assert "There is already an agent" in page.errors["name"][0]

    other = _agent(browser, "The Post")
    page = browser.send(f"sources/agent/{other.pk}/change/", name="the herald")
    assert "There is already an agent" in page.errors["name"][0]
    assert [*Agent.objects.order_by("pk")] == [herald, other]


def test_agent_is_renamed_and_the_log_says_by_whom(browser: Browser, cora: User) -> None:
    herald = _agent(browser, "The Herald")

    browser.send(f"sources/agent/{herald.pk}/change/", name="The Daily Herald", kind="magazine")

    herald.refresh_from_db()
    assert (herald.name, herald.kind) == ("The Daily Herald", AgentKind.MAGAZINE)
    assert _last_change() == (cora, "agent", "updated")


def test_circle_of_owners_is_refused_at_the_owner_and_nothing_is_written(browser: Browser) -> None:
    group = _agent(browser, "The Group")
    herald = _agent(browser, "The Herald", owner=group.pk)

    page = browser.send(f"sources/agent/{group.pk}/change/", name="The New Group", owner=herald.pk)

    group.refresh_from_db()
    assert "The New Group is owned by The Herald is owned by" in page.errors["owner"][0]
    assert (group.name, group.owner) == ("The Group", None)


def test_how_often_a_source_is_looked_at_is_a_curators_to_say(
    browser: Browser, cora: User, owner: User
) -> None:
    source = _source(owner)
    path = f"sources/source/{source.pk}/change/"
    assert "Not planned." in browser.open(path).text

    browser.send(path, recapture_every="48")
    planned = Recapture.objects.get(source=source)
    assert planned.due_at
    assert f"{planned.due_at:%Y-%m-%d %H:%M} UTC" in browser.open(path).text
    assert _last_change() == (cora, "source", "updated")

    browser.send(path, recapture_every="0")
    assert Recapture.objects.get(source=source).due_at is None
    assert "recapture_every" in browser.send(path, recapture_every="999999").errors


def test_curator_has_a_page_fetched_despite_its_robots_txt(browser: Browser, cora: User, owner: User) -> None:
    source = _source(owner)
    path = f"sources/source/{source.pk}/capture_despite_robots/"
    assert "even if its site asks programs not to" in browser.open(path).text
    browser.send(path)
    capture = Capture.objects.get()

    assert (capture.ignore_robots, capture.requested_by) == (True, cora)
    assert "ignores robots.txt" in browser.open(f"sources/capture/{capture.pk}/change/").text.lower()

    Capture.objects.update(state=CaptureState.RUNNING, lease_until=capture.created_at, ignore_robots=False)
    assert "being fetched just now" in browser.send(path).text
    assert not Capture.objects.get().ignore_robots


def test_source_is_corrected_but_keeps_its_address(browser: Browser, cora: User, owner: User) -> None:
    source = _source(owner)
    herald = _agent(browser, "The Herald")

    browser.send(
        f"sources/source/{source.pk}/change/",
        title="The report",
        publisher=herald.pk,
        published_at="2021-03",
        language="en-GB",
        url="https://b.example/",
    )

    source.refresh_from_db()
    assert (source.title, source.publisher) == ("The report", herald)
    assert (source.published_at, source.language, source.url) == ("2021-03", "en-GB", "https://a.example/")
    assert _last_change() == (cora, "source", "updated")


def test_date_in_a_wrong_form_is_said_at_the_date(browser: Browser, owner: User) -> None:
    page = browser.send(f"sources/source/{_source(owner).pk}/change/", published_at="yesterday")

    assert "is not a date in an accepted form" in page.errors["published_at"][0]


def test_offline_source_keeps_a_title_and_a_publisher(browser: Browser, owner: User) -> None:
    letter = chain(stated("a", url=None, title="A letter"), by=owner).appearances["a"].source

    page = browser.send(f"sources/source/{letter.pk}/change/", title="", publisher="")

    assert page.errors.keys() == {"title", "publisher"}


def test_what_a_writer_stated_otherwise_is_shown_to_the_curator(
    browser: Browser, owner: User, stranger: User
) -> None:
    source = _source(owner)
    chain(stated("b", url=source.url, title="Another title"), by=stranger)

    page = browser.open(f"sources/source/{source.pk}/change/")

    assert "title: A report → Another title" in page.text
    assert "a-stranger" in page.text


def test_source_is_captured_again_from_its_page(browser: Browser, cora: User, owner: User) -> None:
    source = _source(owner)
    see(source, "A page.")
    browser.open(f"sources/source/{source.pk}/capture_again/")
    assert not Capture.objects.open().exists()  # a link alone asks for nothing

    browser.send(f"sources/source/{source.pk}/capture_again/")

    assert Capture.objects.open().get(source=source).requested_by == cora


def test_sources_are_captured_again_from_the_list(browser: Browser, owner: User) -> None:
    source = _source(owner)
    see(source, "A page.")
    offline = chain(stated("b", url=None, title="A letter"), by=owner).appearances["b"].source

    page = browser.act("sources/source/", "again", source.pk, offline.pk)

    assert [capture.source for capture in Capture.objects.open()] == [source]
    assert "Captures asked for: 1." in page.text
    assert "Offline works, with nothing to fetch: 1." in page.text


def test_failed_capture_says_why_and_is_tried_again_on_request(browser: Browser, owner: User) -> None:
    capture = Capture.objects.get(source=_source(owner))
    capture.state, capture.outcome, capture.reason = (
        CaptureState.DONE,
        CaptureOutcome.FAILED,
        "http_not_found",
    )
    capture.save()

    assert "The site says that there is no such page." in browser.open("sources/capture/?outcome=failed").text
    page = browser.open(f"sources/capture/{capture.pk}/change/")
    assert "The site says that there is no such page." in page.text

    browser.act("sources/capture/", "again", capture.pk)
    assert Capture.objects.open().get().source == capture.source


def test_history_of_a_source_is_its_part_of_the_log(browser: Browser, cora: User, owner: User) -> None:
    source = _source(owner)
    browser.send(f"sources/source/{source.pk}/change/", title="The report")

    page = browser.open(f"sources/source/{source.pk}/history/")

    assert f"Source {source.pk} updated by {cora}" in page.text
    assert "title A report The report" in page.text  # field, before, after
