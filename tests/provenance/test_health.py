"""Signs of life: of the process, and of all that it needs."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from provenance import health
from tests.provenance.rest import CLIENT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_worker_yet() -> None:
    cache.clear()


def test_process_is_healthy_without_a_look_at_anything(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = CLIENT.get("/healthz")
    assert (response.status_code, json.loads(response.content)) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_service_is_ready_once_a_worker_gave_a_sign_of_life() -> None:
    parts = {"database": True, "broker": True, "storage": True, "worker": False}
    waiting = CLIENT.get("/readyz")
    assert (waiting.status_code, json.loads(waiting.content)) == (503, parts)
    health.worker_is_alive()
    ready = CLIENT.get("/readyz")
    assert (ready.status_code, json.loads(ready.content)) == (200, {**parts, "worker": True})


def test_sign_of_life_without_a_store_is_logged_and_ends_no_worker(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backend = settings.CACHES["default"]["BACKEND"]
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": f"unix://{tmp_path}/nobody.sock"}}
    health.worker_is_alive()
    assert "has no store" in caplog.text


def test_signs_of_life_are_only_read() -> None:
    for path in ("/healthz", "/readyz"):
        assert CLIENT.post(path).status_code == 405
        assert CLIENT.head(path).status_code in (200, 503)
