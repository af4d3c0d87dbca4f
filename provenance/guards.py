"""What the database itself refuses, beyond what Django's constraints can say.

Triggers, in one list, installed after every migrate: SQLite drops a table's triggers without a word when a migration
rebuilds the table, and installing them anew is the cure. A test compares this list with the database.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

APPEND_ONLY = (
    "sources_snapshot",
    "sources_ledgerentry",
    "sources_extraction",
    "sources_comparison",
    "claims_anchor",
    "claims_receipttimestamp",
    "claims_change",
)
"""Tables whose rows are evidence: an UPDATE or DELETE fails whoever asks for it."""

KEPT = ("sources_agent", "sources_source", "claims_claim", "claims_appearance", "claims_derivation")
"""Tables whose rows change and are withdrawn or merged, with a history, but never deleted."""

SAME_CLAIM = ("derived_id", "origin_id")
"""Columns of claims_derivation whose appearance must be of the derivation's own claim."""


def install_after_migrate(using: str, **_: Any) -> None:
    """Receiver of `post_migrate`: make every guard that is not there yet."""
    install(connections[using])


def install(connection: BaseDatabaseWrapper) -> None:
    """Make every guard on this database; those that exist are left as they are."""
    existing = set(connection.introspection.table_names())
    if not {*APPEND_ONLY, *KEPT} <= existing:
        return  # a partial migrate: the last one installs
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Drop the guards against changing and deleting: for emptying a test database, and for nothing else."""
    with connection.cursor() as cursor:
        for table, verb in _refused(connection.vendor):
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{on}")


def names(vendor: str) -> frozenset[str]:
    """The guards' names, as the database lists them (triggers; on PostgreSQL constraints too)."""
    refused = {f"{table}_no_{verb}" for table, verb in _refused(vendor)}
    same_claim = {f"derivation_{column}_same_claim" for column in SAME_CLAIM}
    if vendor == "sqlite":
        same_claim = {f"{name}_{verb}" for name in same_claim for verb in ("insert", "update")}
        same_claim.add("appearance_stays_in_its_claim")
    return frozenset(refused | same_claim)


def _refused(vendor: str) -> Iterator[tuple[str, str]]:
    """Table and verb; SQLite empties a table by DELETE."""
    emptying = ("truncate",) if vendor == "postgresql" else ()
    for table in APPEND_ONLY:
        yield from ((table, verb) for verb in ("update", "delete", *emptying))
    for table in KEPT:
        yield from ((table, verb) for verb in ("delete", *emptying))


def _statements(vendor: str) -> Iterator[str]:
    return _sqlite() if vendor == "sqlite" else _postgresql()


def _sqlite() -> Iterator[str]:
    for table, verb in _refused("sqlite"):
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: {verb.upper()} is refused, its rows are kept'); END"
        )
    for column in SAME_CLAIM:
        for verb in ("insert", "update"):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS derivation_{column}_same_claim_{verb} "  # noqa: S608 - our own names
                f"BEFORE {verb.upper()} ON claims_derivation "
                f"WHEN NOT EXISTS (SELECT 1 FROM claims_appearance a "
                f"WHERE a.id = NEW.{column} AND a.claim_id = NEW.claim_id) "
                f"BEGIN SELECT RAISE(ABORT, 'both ends of a derivation are of its claim'); END"
            )
    # An earlier version of this one let no claim be merged.
    yield "DROP TRIGGER IF EXISTS appearance_stays_in_its_claim"
    yield (
        "CREATE TRIGGER appearance_stays_in_its_claim "
        "BEFORE UPDATE OF claim_id ON claims_appearance WHEN NEW.claim_id <> OLD.claim_id AND EXISTS "
        "(SELECT 1 FROM claims_derivation d WHERE OLD.id IN (d.derived_id, d.origin_id)) AND NOT EXISTS "
        "(SELECT 1 FROM claims_claim c WHERE c.id = OLD.claim_id AND c.merged_into_id = NEW.claim_id) "
        "BEGIN SELECT RAISE(ABORT, 'both ends of a derivation are of its claim'); END"
    )


def _postgresql() -> Iterator[str]:
    yield (
        "CREATE OR REPLACE FUNCTION provenance_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%: % is refused, its rows are kept', TG_TABLE_NAME, TG_OP "
        "USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table, verb in _refused("postgresql"):
        each = "STATEMENT" if verb == "truncate" else "ROW"
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION provenance_refuse()"
        )
    for column in SAME_CLAIM:
        name = f"derivation_{column}_same_claim"
        yield (
            f"DO $$ BEGIN IF NOT EXISTS "  # noqa: S608 - our own names
            f"(SELECT 1 FROM pg_constraint WHERE conname = '{name}') THEN "
            f"ALTER TABLE claims_derivation ADD CONSTRAINT {name} FOREIGN KEY ({column}, claim_id) "
            f"REFERENCES claims_appearance (id, claim_id) DEFERRABLE INITIALLY DEFERRED; END IF; END $$"
        )
