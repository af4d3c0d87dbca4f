"""Idempotency-Key: a request that is repeated is answered again, not done again."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from claims.models import Claim
from provenance.partners.models import KeptAnswer
from sources.models import Capture, Source
from tests.provenance.rest import ANYBODY, Caller, appearance, chain, partner, problem

pytestmark = pytest.mark.django_db


def post(caller: Caller, body: Any, key: str = "one", path: str = "chains/") -> Any:
    return caller.post(path, body, **{"Idempotency-Key": key})


def refused(response: Any, status: int) -> tuple[str, str]:
    """Header and code of the one error in the problem that the response must be."""
    [error] = problem(response, status)["errors"]
    return error["header"], error["code"]


def test_repeated_chain_is_answered_with_the_same_bytes_and_written_once() -> None:
    newsroom, body = partner(), chain(appearance("a"), appearance("b", "a"))
    first, second = post(newsroom, body), post(newsroom, body)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second["Location"] == first["Location"]
    assert second["Content-Type"] == first["Content-Type"]
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert Claim.objects.count() == 1


def test_same_value_in_another_spelling_is_the_same_request() -> None:
    newsroom, body = partner(), chain(text="Ça.")
    first = post(newsroom, json.dumps(body).encode())
    turned = {name: body[name] for name in reversed(body)}
    second = post(newsroom, json.dumps(turned, ensure_ascii=False, indent=2).encode())
    assert second.content == first.content


def test_without_a_key_it_is_done_again() -> None:
    newsroom = partner()
    for _ in range(2):
        assert newsroom.post("chains/", chain(text="So it is.")).status_code == 201
    assert Claim.objects.count() == 2
    assert not KeptAnswer.objects.exists()


def test_another_request_with_the_key_is_422() -> None:
    newsroom = partner()
    post(newsroom, chain(text="So it is."))
    assert refused(post(newsroom, chain(text="It is otherwise.")), 422) == ("Idempotency-Key", "key_reused")
    source = Source.objects.get()
    other_path = post(newsroom, {}, path=f"sources/{source.pk}/captures/")
    assert refused(other_path, 422) == ("Idempotency-Key", "key_reused")
    assert Claim.objects.count() == 1


def test_keys_of_two_partners_have_nothing_to_do_with_each_other() -> None:
    answers = [json.loads(post(partner(), chain(text="So it is.")).content) for _ in range(2)]
    assert answers[0]["claim"]["id"] != answers[1]["claim"]["id"]


def test_refused_request_keeps_nothing_and_may_be_corrected_under_its_key() -> None:
    newsroom = partner()
    problem(post(newsroom, chain(appearance("a", "nobody"))), 400)
    problem(post(newsroom, b"{"), 400)
    problem(post(newsroom, chain(slug="no-such-claim")), 404)
    assert not KeptAnswer.objects.exists()
    assert post(newsroom, chain()).status_code == 201


def test_fault_of_ours_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom, body = partner(), chain()
    with monkeypatch.context() as patch:
        patch.setattr("claims.intake.show_what_is_cited", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            post(newsroom, body)
    assert not KeptAnswer.objects.exists()
    assert not Claim.objects.exists()
    assert post(newsroom, body).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b", "é"])
def test_key_that_is_none_is_400(key: str) -> None:
    assert refused(post(partner(), chain(), key), 400) == ("Idempotency-Key", "invalid")
    assert not Claim.objects.exists()


def test_key_has_up_to_255_characters() -> None:
    assert post(partner(), chain(), "~" * 255).status_code == 201


def test_key_without_a_partner_is_401() -> None:
    problem(post(ANYBODY, chain()), 401)


def test_capture_is_asked_for_once() -> None:
    newsroom = partner()
    newsroom.post("chains/", chain())
    source = Source.objects.get()
    path = f"sources/{source.pk}/captures/"
    Capture.objects.all().delete()
    first = post(newsroom, None, path=path)
    assert first.status_code == 202
    Capture.objects.update(state="done", outcome="failed")
    second = post(newsroom, {}, path=path)
    assert (second.status_code, second.content) == (202, first.content)
    assert Capture.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_requests_that_arrive_together_one_is_done_and_all_hear_of_it() -> None:
    newsroom, body = partner(), chain(appearance("a"), appearance("b", "a"))
    together = threading.Barrier(4)

    def send(_: int) -> Any:
        together.wait()
        try:
            return post(newsroom, body)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(send, range(4)))

    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1
    assert sum("Idempotency-Replayed" in response for response in responses) == 3
    assert Claim.objects.count() == 1
