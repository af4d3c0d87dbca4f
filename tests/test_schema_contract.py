"""The GraphQL contract is a committed file: what partners see changes only where the diff shows it."""

from pathlib import Path

from provenance.schema import schema

COMMITTED = Path(__file__).parents[1] / "schema.graphql"


def test_committed_schema_is_the_one_that_is_served() -> None:
    assert COMMITTED.read_text().strip() == schema.as_str().strip(), (
        "Run ./run schema and read the difference."
    )


def test_nothing_is_written_over_graphql() -> None:
    assert "type Mutation" not in schema.as_str()


def test_snake_case_never_leaks() -> None:
    names = [
        line.split("(")[0].split(":")[0].strip()
        for line in schema.as_str().splitlines()
        if ":" in line and '"' not in line
    ]
    assert names
    assert not [name for name in names if "_" in name]
