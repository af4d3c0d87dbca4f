"""A press of any size, as `./run bench graph` seeds it: the service answers for it as for any other."""

import itertools
from collections import Counter
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.db.models import Count, F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.graph import databases, drawing, loading, questions
from claims.models import Anchor, Appearance, Claim, Derivation
from claims.vocabulary import DerivationState
from sources.models import Source
from tests.worker import database_url

LOADED = pytest.mark.django_db(transaction=True)  # a load begins and ends transactions of its own
POSTGRESQL = "postgresql"


def drawn(appearances: int, *, seed: int) -> drawing.Rows:
    """All rows, batches put together."""
    rows: drawing.Rows = {model: [] for model in drawing.COLUMNS}
    for batch in drawing.draw(appearances, seed=seed, accounts=[1, 2, 3]):
        for model, more in batch.items():
            rows[model] += more
    return rows


def indexes() -> list[tuple[Any, ...]]:
    """Every index and foreign key of the database, as it says itself."""
    query = (
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
        "SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1"
        if connection.vendor == POSTGRESQL
        else "SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') ORDER BY name"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


@pytest.mark.parametrize("appearances", [400, 1_234, 100_000, 1_000_000])
def test_trees_of_each_size_have_as_many_appearances_together(appearances: int) -> None:
    sizes = drawing.sizes(appearances)

    assert sum(sizes) == appearances
    counts = Counter(sizes)
    share = (appearances - drawing.LARGEST * counts[drawing.LARGEST]) // 4
    assert all(share - size < size * counts[size] <= share for size in drawing.SIZES[1:])
    assert counts[drawing.LARGEST] == (appearances == 1_000_000)


def test_equal_seeds_draw_equal_rows_and_others_do_not() -> None:
    assert drawn(500, seed=1) == drawn(500, seed=1)
    assert drawn(500, seed=1) != drawn(500, seed=2)


def test_it_is_of_the_kinds_that_a_press_is_of() -> None:
    rows = drawn(5_000, seed=1)
    found = {
        (model, name): Counter(row[place] for row in rows[model])
        for model, names in drawing.COLUMNS.items()
        for place, name in enumerate(names.split())
        if name in ("state", "stance", "kind", "basis")
    }

    assert len(rows["claims.Appearance"]) == 5_000
    assert found["claims.Appearance", "stance"].keys() == {"support", "deny", "query", "comment"}
    assert found["claims.Derivation", "state"].keys() == {"confirmed", "suggested", "rejected"}
    assert found["claims.Derivation", "basis"].keys() == {"read", "asserted", "inferred", ""}
    assert found["claims.Anchor", "state"].keys() == {"anchored", "ambiguous", "changed", "missing"}
    quotes = drawing.COLUMNS["claims.Appearance"].split().index("quote")
    assert len({row[quotes] for row in rows["claims.Appearance"]}) == 5_000


@LOADED
def test_what_was_seeded_answers_by_graphql_and_rest() -> None:
    loading.seed(1_000)
    sizes = Claim.objects.annotate(size=Count("appearances")).values_list("slug", "size")
    slug, size = next((slug, size) for slug, size in sizes if size == 100)

    body = questions.body(questions.OURS, slug=slug)
    assert connection.features.supports_json_field  # SQLite is asked for it once, when somebody wants to know
    with CaptureQueriesContext(connection) as queries:
        answer = Client().post("/graphql/", body, content_type="application/json").content
    nodes, pairs = questions.our_tree(answer)
    assert len(queries) == 3  # now: the next request empties the log
    rest = Client().get(f"/api/v1/claims/{slug}/tree/").json()

    assert len(nodes) == len(rest["nodes"]) == size
    confirmed = Derivation.objects.filter(claim__slug=slug, state=DerivationState.CONFIRMED)
    assert pairs == set(confirmed.values_list("derived", "origin"))
    assert len(rest["edges"]) == len(pairs)
    support = rest["independence"]["support"]
    assert 0 < support["independent_origin_count"] <= support["origin_count"] < support["appearance_count"]


@LOADED
def test_numbers_and_findings_are_computed_of_it() -> None:
    loading.seed(1_000)
    slug = Claim.objects.filter(slug__startswith="seeded-100-").values_list("slug", flat=True)[0]

    body = questions.body(questions.NUMBERS, slug=slug)
    said = Client().post("/graphql/", body, content_type="application/json").json()

    tree = said["data"]["claim"]["provenance"]
    assert tree["independence"]["bottlenecks"]
    assert {each["kind"] for each in tree["findings"]} >= {"CERTAINTY_JUMP", "EVIDENCE"}


@LOADED
def test_all_that_the_database_refuses_is_refused_again_and_ids_go_on() -> None:
    before = indexes()

    loading.seed(500)

    assert indexes() == before
    connection.check_constraints()
    assert (
        not Appearance.objects.exclude(newest_anchor__appearance=F("pk")).exclude(newest_anchor=None).exists()
    )
    assert (
        not Anchor.objects.filter(derivation__isnull=False)
        .exclude(snapshot__source=F("derivation__derived__source"))
        .exists()
    )
    appearance = Appearance.objects.first()
    assert appearance
    claim = Claim.objects.create(slug="a-new-one", text="New.", owner=appearance.author)
    assert claim.pk > len(drawing.sizes(500))
    appearance.pk = None
    with pytest.raises(IntegrityError, match=r"appearance_once_a_source|claims_appearance\.claim_id"):
        appearance.save(force_insert=True)


@LOADED
def test_rows_that_lead_nowhere_fail_the_load_and_leave_all_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = indexes()
    source = drawing.COLUMNS["claims.Appearance"].split().index("source_id")
    draw = drawing.draw

    def broken(*arguments: Any, **named: Any) -> Any:
        for rows in draw(*arguments, **named):
            whole = rows["claims.Appearance"]
            rows["claims.Appearance"] = [(*row[:source], 10**9, *row[source + 1 :]) for row in whole]
            yield rows

    monkeypatch.setattr(drawing, "draw", broken)

    with pytest.raises(IntegrityError):
        loading.seed(400)

    assert indexes() == before
    assert not Source.objects.exists()


@LOADED
def test_only_an_empty_database_is_seeded() -> None:
    loading.seed(400)

    with pytest.raises(ValueError, match="sources_agent has rows"):
        loading.seed(400)


@LOADED
def test_equal_seeds_make_equal_databases() -> None:
    loading.seed(400, seed=3)

    stored = list(Appearance.objects.order_by("pk").values_list("quote", "stance", "source__url", "said_at"))
    rows = drawn(400, seed=3)
    urls = {row[0]: row[1] for row in rows["sources.Source"]}
    names = drawing.COLUMNS["claims.Appearance"].split()
    told = [dict(zip(names, row, strict=True)) for row in rows["claims.Appearance"]]
    assert stored == [
        (each["quote"], each["stance"], urls[each["source_id"]], each["said_at"]) for each in told
    ]


def test_a_derivation_never_leads_back() -> None:
    rows = drawn(3_000, seed=1)["claims.Derivation"]
    derived, origin = (
        drawing.COLUMNS["claims.Derivation"].split().index(name) for name in ("derived_id", "origin_id")
    )

    assert rows
    assert all(row[origin] < row[derived] for row in rows)
    assert max(Counter(row[derived] for row in rows).values()) == 2
    pairs = itertools.groupby(sorted((row[derived], row[origin]) for row in rows))
    assert all(len(list(same)) == 1 for _, same in pairs)


ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != POSTGRESQL", reason="a file is ours by its name")


@pytest.mark.django_db
@ON_POSTGRESQL
def test_a_database_that_was_not_made_for_it_is_not_dropped() -> None:
    with pytest.raises(SystemExit, match=r"was not made by `\./run bench graph`"):
        databases.drop(database_url())


@pytest.mark.django_db
@ON_POSTGRESQL
def test_a_database_is_made_beside_the_given_one_and_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url())

    def sizes_of(url: str) -> list[tuple[int, str]]:
        with psycopg.connect(url) as made:
            found = made.execute("SELECT count(*), max(quote) FROM claims_appearance")
            return found.fetchall()

    with databases.seeded(400, seed=1, keep=True) as url:
        first = sizes_of(url)
    with databases.seeded(400, seed=1, keep=True) as again:
        assert (again, sizes_of(again)) == (url, first)
    with databases.seeded(500, seed=1, keep=False) as other:
        assert other == url
        assert sizes_of(other)[0][0] == 500

    assert url.endswith("_graph")
    assert first[0][0] == 400
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        sizes_of(url)
