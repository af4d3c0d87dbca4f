"""What the database itself refuses, whoever asks for it."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from claims.models import Anchor, Appearance, Change, Claim, Derivation, ReceiptTimestamp
from provenance import guards
from sources.models import Agent, Comparison, Extraction, LedgerEntry, Snapshot, Source
from tests.claims.history import LOGGED
from tests.factories import chain, see, stated

EVIDENCE: tuple[type[models.Model], ...] = (
    Snapshot,
    LedgerEntry,
    Extraction,
    Comparison,
    Anchor,
    ReceiptTimestamp,
    Change,
)
KEPT: tuple[type[models.Model], ...] = (Agent, Source, Claim, Appearance, Derivation)


@pytest.fixture
def rows(owner: User) -> None:
    """One row of each, at least."""
    recorded = chain(stated("a"), stated("b", "a"), by=owner)
    see(recorded.appearances["a"].source, "These are the words of a.")
    ReceiptTimestamp.objects.create(
        claim=recorded.claim, receipt_sha256="0" * 64, token=b"0", authority="http://tsa.example/"
    )


def listed() -> set[str]:
    """The triggers of the database, and on PostgreSQL the constraints that Django did not make."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal "
                "UNION SELECT conname FROM pg_constraint WHERE conname LIKE 'derivation_%_same_claim'"
            )
        return {name for [name] in cursor.fetchall()}


def refused() -> Any:
    """Expects that what is done inside is refused, at once or at commit, and leaves the transaction usable."""
    return pytest.raises(IntegrityError)


def attempt(write: Callable[[], object]) -> None:
    with transaction.atomic():
        write()
        connection.check_constraints()


def execute(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


# --- the guards are there -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_database_has_exactly_the_listed_guards() -> None:
    assert listed() == guards.names(connection.vendor)


@pytest.mark.django_db
def test_installing_them_again_changes_nothing() -> None:
    guards.install(connection)
    assert listed() == guards.names(connection.vendor)


@pytest.mark.django_db(transaction=True)
def test_every_migrate_brings_back_what_was_dropped() -> None:
    guards.lift(connection)
    assert listed() < guards.names(connection.vendor)
    call_command("migrate", verbosity=0)
    assert listed() == guards.names(connection.vendor)


@pytest.mark.django_db
def test_every_table_whose_history_is_logged_is_guarded() -> None:
    tables = {model._meta.db_table for model in (*LOGGED, *EVIDENCE)}
    assert tables == {*guards.APPEND_ONLY, *guards.KEPT}


# --- and hold -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("model", EVIDENCE)
def test_evidence_is_never_changed(rows: None, model: Any) -> None:
    before = list(model.objects.values())
    assert before
    column = next(field for field in model._meta.concrete_fields if not field.primary_key)
    for write in (
        lambda: model.objects.update(**{column.name: column.value_from_object(model.objects.first())}),
        lambda: model.objects.first().save(),
        lambda: execute(f"UPDATE {model._meta.db_table} SET {column.column} = {column.column}"),  # noqa: S608
    ):
        with refused():
            attempt(write)
    assert list(model.objects.values()) == before


@pytest.mark.django_db
@pytest.mark.parametrize("model", [*EVIDENCE, *KEPT])
def test_neither_evidence_nor_what_rests_on_it_is_deleted(rows: None, model: Any) -> None:
    count = model.objects.count()
    assert count
    for write in (
        lambda: model.objects.all()._raw_delete("default"),
        lambda: execute(f"DELETE FROM {model._meta.db_table}"),  # noqa: S608
    ):
        with refused():
            attempt(write)
    assert model.objects.count() == count


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("model", [*EVIDENCE, *KEPT])
def test_tables_are_not_emptied_either(model: Any) -> None:
    with refused():
        attempt(lambda: execute(f"TRUNCATE {model._meta.db_table} CASCADE"))


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["derived", "origin"])
def test_step_between_two_claims_is_refused(owner: User, end: str) -> None:
    one = chain(stated("a"), stated("b", "a"), by=owner)
    other = chain(stated("c"), by=owner).appearances["c"]
    step = Derivation.objects.get()
    for write in (
        lambda: Derivation.objects.filter(pk=step.pk).update(**{end: other}),
        lambda: Derivation.objects.filter(pk=step.pk).update(claim=other.claim),
        lambda: Appearance.objects.filter(pk=one.appearances["a"].pk).update(claim=other.claim),
        lambda: Derivation.objects.create(
            claim=one.claim, kind="citation", state="suggested", author=owner,
            **{"derived": one.appearances["b"], "origin": one.appearances["a"], end: other},
        ),
    ):  # fmt: skip
        with refused():
            attempt(write)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [
        {"state": "perhaps"},
        {"kind": "hearsay"},
        {"origin_id": "derived_id"},
        {"state": "confirmed", "basis": "inferred", "reason": "", "decided_why": ""},
    ],
)
def test_rows_that_say_what_cannot_be_are_refused(owner: User, broken: dict[str, str]) -> None:
    chain(stated("a"), stated("b", "a"), by=owner)
    values = {name: models.F(value) if name.endswith("_id") else value for name, value in broken.items()}
    with refused():
        attempt(lambda: Derivation.objects.update(**values))


# --- the code does not write past the log ---------------------------------------------------------------------------

_ROWS = ("update", "bulk_update", "bulk_create", "delete")
_ADDING = ("add_missing", "add_values")  # of sources/adding.py
BULK = frozenset(
    {
        *_ROWS,
        *(f"a{name}" for name in _ROWS),
        *_ADDING,
        "update_or_create",
        "aupdate_or_create",
        "_raw_delete",
    }
)
# Each with why it may: what it writes is no part of a row's history, or is logged beside it.
NAMED = {
    "claims/anchoring.py: adding.add_values": "what is due",
    "claims/anchoring.py: DueAnchoring.objects.filter.delete": "what is due",
    "claims/anchoring.py: Anchor.objects.bulk_create": "logged one by one",
    "claims/anchoring.py: model.objects.bulk_update": "the two anchors of a row follow from its anchors",
    "claims/anchoring.py: Appearance.objects.bulk_update": "the two anchors of a row follow from its anchors",
    "claims/anchoring.py: Derivation.objects.bulk_update": "the two anchors of a row follow from its anchors",
    "claims/changes.py: Claim.objects.filter.update": "the revision counts the changes",
    "claims/changes.py: adding.add_values": "the log itself",
    "claims/merging/rows.py: mention.model.objects.filter.update": "logged one by one",
    "claims/merging/rows.py: through.objects.bulk_create": "a claim's parties are logged with the claim",
    "claims/merging/rows.py: through.objects.filter.delete": "a claim's parties are logged with the claim",
    "claims/merging/rows.py: through.objects.filter.update": "a claim's parties are logged with the claim",
    "sources/comparing.py: adding.add_values": "append-only, and of no claim",
    "sources/extracting.py: adding.add_missing": "append-only, and of no claim",
    "sources/capturing.py: PreparedUpdate": "captures tell their own course",
    "sources/leases.py: PreparedUpdate": "captures tell their own course",
    "sources/ledger.py: adding.add_values": "append-only, and of no claim",
    "sources/planning.py: adding.add_values": "when a source is due",
    "sources/requests.py: adding.add_missing": "captures tell their own course",
    "sources/snapshots.py: adding.add_values": "append-only, and of no claim",
    "sources/registry.py: hidden.model.objects.filter.update": "since when a row is public follows from its claims",
}


def bulk_writes() -> Iterator[str]:
    """Every call in the product that writes rows without their save(), as `file: what it is called on`."""
    names = {model.__name__ for model in apps.get_models() if model._meta.app_label in ("claims", "sources")}
    for path in sorted(Path(settings.BASE_DIR).glob("*/**/*.py")):
        place = path.relative_to(settings.BASE_DIR)
        if place.parts[0] not in ("claims", "sources", "provenance") or "migrations" in place.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and dotted(node.func) == "PreparedUpdate":  # of sources/prepared.py
                yield f"{place.as_posix()}: PreparedUpdate"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in BULK:
                called = dotted(node.func)
                if "objects" in called.split(".") or called.split(".")[0] in {*names, "adding"}:
                    yield f"{place.as_posix()}: {called}"


def dotted(node: ast.expr) -> str:
    """`Claim.objects.filter(...).update` without the arguments."""
    match node:
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case ast.Call(func=func):
            return dotted(func)
        case ast.Name(id=name):
            return name
    return "?"


def test_rows_with_a_history_are_written_in_bulk_only_where_it_is_known_why() -> None:
    logged = {model.__name__ for model in LOGGED} | {
        "DueAnchoring",
        "Change",
        "PreparedUpdate",
        "adding",
        "hidden",
        "mention",
        "model",
        "through",
    }
    found = {each for each in bulk_writes() if each.split(": ")[1].split(".")[0] in logged}
    assert found == set(NAMED)
