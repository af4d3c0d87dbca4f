"""The API's description is true: valid OpenAPI 3.1, without a warning, and what is answered has the form it says."""

import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from sources.models import Source
from tests.factories import see
from tests.provenance.rest import ANYBODY, CLIENT, Caller, appearance, chain, partner

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """As a client gets it that asks for nothing in particular."""
    response = CLIENT.get("/api/schema/")
    assert response["Content-Type"] == "application/json"
    document: dict[str, Any] = json.loads(response.content)
    return document


def test_description_is_valid_openapi_31(description: dict[str, Any]) -> None:
    assert description["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(description).validate()


def test_description_is_made_without_a_warning(capfd: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")
    assert capfd.readouterr().err == ""


def test_yaml_is_there_for_who_asks() -> None:
    response = CLIENT.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi"})
    assert response.content.startswith(b"openapi: 3.1.0")


def test_every_address_is_described(description: dict[str, Any]) -> None:
    operations = {
        f"{method.upper()} {path.removeprefix('/api/v1/')}"
        for path, item in description["paths"].items()
        for method in item
    }
    assert operations == {
        "POST chains/",
        "GET agents/",
        "GET agents/{id}/",
        "PATCH agents/{id}/",
        "POST agents/{id}/merge/",
        "POST agents/{id}/unmerge/",
        "POST sources/{id}/merge/",
        "POST sources/{id}/unmerge/",
        "POST claims/{slug}/merge/",
        "PATCH claims/{slug}/",
        "POST appearances/{id}/vouch/",
        "GET appearances/",
        "GET appearances/{id}/",
        "GET derivations/",
        "GET derivations/{id}/",
        "GET claims/",
        "GET claims/{slug}/",
        "GET claims/{slug}/tree/",
        "GET claims/{slug}/what-if/",
        "GET sources/",
        "GET sources/{id}/",
        "GET claims/{slug}/annotations/",
        "GET claims/{slug}/receipt/",
        "GET claims/{slug}/receipt/timestamp/",
        "GET claims/{slug}/wacz/",
        "GET sources/{id}/captures/",
        "GET sources/{id}/wacz/",
        "POST sources/{id}/captures/",
        "GET sources/{id}/claims/",
        "GET agents/{id}/claims/",
        "GET captures/{id}/",
        "GET snapshots/{id}/",
        "GET claims/{slug}/impact/",
        "GET snapshots/{id}/diff/",
        "GET snapshots/{id}/text/",
        "GET snapshots/{id}/warc/",
        "GET changes/",
    }


def test_parameters_and_key_are_described(description: dict[str, Any]) -> None:
    claims = description["paths"]["/api/v1/claims/"]["get"]
    assert {parameter["name"] for parameter in claims["parameters"]} == {
        "search",
        "status",
        "limit",
        "cursor",
    }
    assert claims["security"] == [{"ApiKey": []}, {}]
    chains = description["paths"]["/api/v1/chains/"]["post"]
    assert [parameter["name"] for parameter in chains["parameters"]] == ["Idempotency-Key"]
    assert chains["security"] == [{"ApiKey": []}]
    assert description["components"]["securitySchemes"]["ApiKey"]["name"] == "Authorization"


def test_word_lists_have_their_own_names(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    assert schemas["DerivationKind"]["enum"][0] == "quotation"
    generated = {name for name in schemas if name.endswith("Enum")} - {"BlankEnum", "NullEnum"}
    assert generated == {"ByEnum", "SnapshotTextStateEnum"}


def test_answers_have_the_form_that_is_described(description: dict[str, Any]) -> None:
    newsroom = partner(trusted=True)
    stated = [
        appearance("a", quote="so it is", published_at="2021"),
        appearance("b", "a", certainty="hedged"),
    ]
    sent = newsroom.post(
        "chains/", chain(*stated, text="So it is.", parties=[{"name": "A Firm", "kind": "company"}])
    )
    slug = json.loads(sent.content)["claim"]["slug"]
    source = Source.objects.order_by("pk").first()
    assert source
    snapshot = see(source, "We looked, and so it is.")
    names = {"slug": slug, "source": source.pk, "capture": snapshot.capture_id, "snapshot": snapshot.pk}

    def check(path: str, template: str, caller: Caller, method: str = "get", status: int = 200) -> None:
        response = getattr(caller, method)(path)
        operation = description["paths"][f"/api/v1/{template}"][method]
        _check(description, operation["responses"][str(status)], response)

    _check(description, description["paths"]["/api/v1/chains/"]["post"]["responses"]["201"], sent)
    for path, template in (
        ("claims/", "claims/"),
        (f"claims/{slug}/", "claims/{slug}/"),
        (f"claims/{slug}/tree/", "claims/{slug}/tree/"),
        ("sources/", "sources/"),
        (f"sources/{source.pk}/", "sources/{id}/"),
        (f"sources/{source.pk}/captures/", "sources/{id}/captures/"),
        (f"captures/{names['capture']}/", "captures/{id}/"),
        (f"snapshots/{snapshot.pk}/", "snapshots/{id}/"),
        ("changes/", "changes/"),
    ):
        check(path, template, newsroom)
    check(f"sources/{source.pk}/captures/", "sources/{id}/captures/", newsroom, "post", 202)
    check("sources/999/", "sources/{id}/", ANYBODY, status=404)


def _check(description: dict[str, Any], described: dict[str, Any], response: Any) -> None:
    """The response has a media type that is described, and its schema's form."""
    schema = described["content"][response["Content-Type"]]["schema"]
    document = {**schema, "components": description["components"]}
    errors = list(OAS31Validator(document).iter_errors(json.loads(response.content)))
    assert errors == []


def test_docs_load_nothing_from_elsewhere_and_run_nothing_inline() -> None:
    page = CLIENT.get("/api/docs/")
    html = page.content.decode()
    assert page.status_code == 200
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", html)
    assert not re.findall(r"<script(?![^>]*\ssrc=)", html)
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "http" not in policy


def test_everything_the_docs_load_is_there() -> None:
    html = CLIENT.get("/api/docs/").content.decode()
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)["']""", html)
    assert len(loaded) >= 5
    files = [address.removeprefix(settings.STATIC_URL) for address in loaded if "script=" not in address]
    assert all(finders.find(file) for file in files), files
    script = CLIENT.get("/api/docs/?script=").content.decode()
    assert '"/api/schema/"' in script
