"""Conditional requests: what is sent of an earlier snapshot's validators, to whom, and what a 304 then means."""

import pytest

from sources.fetchers.base import FetchError, Reason, Truncation
from sources.fetchers.conditions import MAX_VALIDATOR, UNCONDITIONAL, Validators
from sources.fetchers.http import fetch
from tests.sources.loopback import ScriptedServer, page, policy_for, redirect

DATE = "Tue, 02 Mar 2021 10:00:00 GMT"
KNOWN = Validators(etag='"v1"', last_modified=DATE)
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nContent-Length: 5000\r\n\r\n'


def test_both_validators_are_sent_as_they_came() -> None:
    with ScriptedServer({"/": page(b"new")}) as server:
        fetched = fetch(server.url(), policy_for(server), validators=KNOWN)

    assert server.requests[0].header("if-none-match") == '"v1"'
    assert server.requests[0].header("if-modified-since") == DATE
    assert (fetched.body, fetched.not_modified) == (b"new", False)


def test_a_page_that_was_not_modified_is_an_answer_without_a_body() -> None:
    with ScriptedServer({"/": NOT_MODIFIED}) as server:
        fetched = fetch(server.url(), policy_for(server), validators=KNOWN)

    assert fetched.not_modified
    assert (fetched.exchange.status, fetched.etag, fetched.body) == (304, '"v1"', b"")
    assert fetched.truncated is Truncation.NONE
    assert fetched.exchange.head == NOT_MODIFIED


@pytest.mark.parametrize("validators", [None, UNCONDITIONAL, Validators(etag="no quotes")])
def test_a_304_to_a_request_without_a_condition_breaks_the_rules(validators: Validators | None) -> None:
    with ScriptedServer({"/": NOT_MODIFIED}) as server, pytest.raises(FetchError) as caught:
        fetch(server.url(), policy_for(server), validators=validators)

    assert (caught.value.reason, caught.value.permanent) == (Reason.PROTOCOL_ERROR, False)


def test_validators_are_not_told_to_where_the_first_url_leads() -> None:
    with ScriptedServer({"/old": redirect("/new"), "/new": page(b"whole")}) as server:
        fetched = fetch(server.url("/old"), policy_for(server), validators=KNOWN)

    assert [request.header("if-none-match") for request in server.requests] == ['"v1"', ""]
    assert [request.header("if-modified-since") for request in server.requests] == [DATE, ""]
    assert fetched.body == b"whole"


def test_a_304_from_behind_a_redirect_breaks_the_rules() -> None:
    script = {"/old": redirect("/new"), "/new": NOT_MODIFIED}
    with ScriptedServer(script) as server, pytest.raises(FetchError) as caught:
        fetch(server.url("/old"), policy_for(server), validators=KNOWN)

    assert caught.value.reason is Reason.PROTOCOL_ERROR
    assert [hop.url for hop in caught.value.hops] == [server.url("/old")]


@pytest.mark.parametrize("etag", ['"v1"', 'W/"v1"', '""', '"a\'b,c"', '"' + "a" * (MAX_VALIDATOR - 2) + '"'])
def test_a_tag_of_the_right_form_is_sent(etag: str) -> None:
    assert Validators(etag=etag).fields() == [("If-None-Match", etag)]


@pytest.mark.parametrize(
    "etag",
    [
        "",
        "v1",
        "*",
        '"v1',
        'w/"v1"',
        '"v1", "v2"',
        '"a"b"',
        '"a b"',
        '"v1"\r\nX-Injected: 1',
        '"v1"\n',
        '"v1\r\n\r\nGET /internal HTTP/1.1"',
        '"\0"',
        '"\x7f"',
        '"é"',
        '"\ud800"',
        '"' + "a" * MAX_VALIDATOR + '"',
    ],
)
def test_a_tag_of_another_form_is_never_sent(etag: str) -> None:
    with ScriptedServer({"/": page()}) as server:
        fetch(server.url(), policy_for(server), validators=Validators(etag=etag, last_modified=DATE))

    assert b"if-none-match" not in server.requests[0].head.lower()
    assert b"Injected" not in server.requests[0].head
    assert server.requests[0].header("if-modified-since") == DATE
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "last_modified",
    [
        "",
        "yesterday",
        "Tuesday, 02-Mar-21 10:00:00 GMT",
        "Tue, 02 Mar 2021 10:00:00 +0000",
        DATE + "\r\nX-Injected: 1",
        DATE + "\n",
        " " + DATE,
        DATE * 100,
        "Tue, ٠٢ Mar ٢٠٢١ 10:00:00 GMT",
    ],
)
def test_a_date_of_another_form_is_never_sent(last_modified: str) -> None:
    assert Validators(last_modified=last_modified).fields() == []
