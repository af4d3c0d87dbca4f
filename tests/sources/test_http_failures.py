"""Answers and faults that give no page: each has its reason, and is permanent or to be tried again."""

from collections.abc import Callable, Sequence
from threading import Event

import pytest

from sources.fetchers.base import FetchError, Reason
from sources.fetchers.http import fetch
from sources.fetchers.policy import FetchPolicy
from tests.sources.loopback import Script, ScriptedServer, page, policy_for, reset


def failure_of(url: str, policy: FetchPolicy) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, policy)
    return caught.value


def answering(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    """A resolver with one answer to everything."""
    return lambda _host, _port: addresses


@pytest.mark.parametrize(
    ("status", "reason", "permanent"),
    [
        ("204 No Content", Reason.HTTP_UNEXPECTED_STATUS, True),
        ("206 Partial Content", Reason.HTTP_UNEXPECTED_STATUS, True),
        ("300 Multiple Choices", Reason.HTTP_UNEXPECTED_STATUS, True),
        ("304 Not Modified", Reason.PROTOCOL_ERROR, False),
        ("401 Unauthorized", Reason.HTTP_CLIENT_ERROR, True),
        ("403 Forbidden", Reason.HTTP_CLIENT_ERROR, True),
        ("404 Not Found", Reason.HTTP_NOT_FOUND, True),
        ("408 Request Timeout", Reason.TIMEOUT, False),
        ("410 Gone", Reason.HTTP_NOT_FOUND, True),
        ("429 Too Many Requests", Reason.HTTP_RATE_LIMITED, False),
        ("500 Internal Server Error", Reason.HTTP_SERVER_ERROR, False),
        ("503 Service Unavailable", Reason.HTTP_SERVER_ERROR, False),
        ("999 Denied", Reason.HTTP_UNEXPECTED_STATUS, True),
    ],
)
def test_a_status_that_is_no_page_has_its_reason(status: str, reason: Reason, *, permanent: bool) -> None:
    with ScriptedServer({"/": page(status=status)}) as server:
        error = failure_of(server.url(), policy_for(server))

    assert (error.reason, error.permanent, error.refused) == (reason, permanent, False)
    assert error.status == int(status.split()[0])


@pytest.mark.parametrize("status", ["200 OK", "203 Non-Authoritative Information", "202 Accepted", "200"])
def test_other_statuses_of_success_give_a_page(status: str) -> None:
    with ScriptedServer({"/": page(status=status)}) as server:
        assert fetch(server.url(), policy_for(server)).exchange.status == int(status.split()[0])


def test_a_site_can_ask_for_a_pause() -> None:
    with ScriptedServer({"/": page(status="503 Later", headers={"Retry-After": "120"})}) as server:
        assert failure_of(server.url(), policy_for(server)).retry_after == 120.0


def test_a_name_without_an_answer_is_a_failure_to_try_again() -> None:
    def unknown(_host: str, _port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    for resolve in (unknown, answering()):
        error = failure_of("http://news.example/", FetchPolicy(resolve=resolve))
        assert (error.reason, error.permanent) == (Reason.DNS_FAILURE, False)


def test_a_resolver_that_never_answers_does_not_outlast_the_deadline() -> None:
    released = Event()

    def stuck(_host: str, _port: int) -> Sequence[str]:
        released.wait()
        return ["127.0.0.1"]

    try:
        error = failure_of("http://news.example/", FetchPolicy(resolve=stuck, deadline=0.05))
        assert not released.is_set()
    finally:
        released.set()
    assert (error.reason, error.permanent) == (Reason.TIMEOUT, False)


def test_a_port_where_nobody_listens_is_a_failure_to_try_again() -> None:
    with ScriptedServer() as server:
        policy = policy_for(server)
    error = failure_of(server.url(), policy)

    assert (error.reason, error.permanent, error.refused) == (Reason.CONNECT_FAILED, False, False)


def test_a_dead_address_is_passed_over_for_the_next() -> None:
    with ScriptedServer({"/": page(b"reached")}) as server:
        name = f"news.example:{server.port}"
        policy = FetchPolicy(allow_hosts=frozenset({name}), resolve=answering("127.0.0.2", "127.0.0.1"))
        fetched = fetch(f"http://{name}/", policy)

    assert (fetched.body, fetched.exchange.ip) == (b"reached", "127.0.0.1")


@pytest.mark.parametrize("script", [b"", [reset], b"HTTP/1.1 200 OK\r\nContent-"])
def test_a_connection_that_breaks_before_the_headers_end_is_a_failure_to_try_again(script: Script) -> None:
    with ScriptedServer({"/": script}) as server:
        error = failure_of(server.url(), policy_for(server))

    assert (error.reason, error.permanent) == (Reason.CONNECT_FAILED, False)


def test_every_reason_has_a_sentence_of_its_own() -> None:
    sentences = [reason.sentence for reason in Reason]

    assert all(sentence.endswith(".") for sentence in sentences)
    assert len(set(sentences)) == len(sentences)


def test_a_failure_reads_as_its_sentence_and_detail() -> None:
    assert str(FetchError(Reason.PORT_REFUSED, "22")) == f"{Reason.PORT_REFUSED.sentence} (22)"
    assert str(FetchError(Reason.OWN_HOST)) == Reason.OWN_HOST.sentence
