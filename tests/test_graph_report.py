"""What `./run bench graph` says: the arithmetic, the comparing of answers, and what is missing."""

import json
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from math import inf
from pathlib import Path

import pytest

from benchmarks import sections
from benchmarks.graph import asking, questions, report, servers
from benchmarks.graph.report import FIVE, FOUR, KEPT, OURS, Growth, Results, Rounds

ROOT = Path(__file__).parents[1]


def rounds(**figures: list[list[float]]) -> Rounds:
    """By contender, round by round."""
    found = Rounds()
    for name, measured in figures.items():
        for number, each in enumerate(measured):
            found.add(getattr(report, name), number, each)
    return found


def test_p50_is_of_all_rounds_and_ratios_are_of_each() -> None:
    found = rounds(OURS=[[1.0, 2.0, 9.0], [4.0]], FIVE=[[4.0], [2.0, 1.0, 9.0]])

    assert found.p50(OURS) == 3.0
    assert found.ratios(OURS, FIVE) == [0.5, 2.0]
    assert found.ratios(FIVE, FIVE) == [1.0, 1.0]


def test_figures_of_a_round_may_come_one_by_one() -> None:
    found = Rounds()
    for number, figure in [(0, 1.0), (0, 3.0), (1, 5.0)]:
        found.add(OURS, number, [figure])

    assert found.measured == {OURS: [[1.0, 3.0], [5.0]]}


def test_contenders_of_different_rounds_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="argument 2 is longer"):
        rounds(OURS=[[1.0]], FIVE=[[1.0], [1.0]]).ratios(OURS, FIVE)


def test_a_ratio_is_told_with_its_spread() -> None:
    assert report.spread([0.5]) == "0.50"
    assert report.spread([0.9, 0.5, 0.6]) == "0.60 (0.50-0.90)"


def test_a_mark_is_reached_or_missed() -> None:
    assert report.verdict(0.8, 0.8) == "≤ 0.8: reached"
    assert report.verdict(0.81, 0.8) == "≤ 0.8: missed"
    assert report.verdict(1.5, 1.5, at_least=True) == "≥ 1.5: reached"
    assert report.verdict(1.49, 1.5, at_least=True) == "≥ 1.5: missed"


def results(*, peers: bool) -> Results:
    """Of trees of 1,000 nodes, and of clients."""
    theirs = {"FIVE": [[0.2], [0.4]], "FOUR": [[0.4], [0.4]]} if peers else {}
    rates = {"FIVE": [[100.0], [50.0]]} if peers else {}
    statements = {OURS: 3, KEPT: 1} | ({FIVE: 2} if peers else {})
    return Results(
        appearances=1_000,
        trees={1_000: rounds(OURS=[[0.1], [0.4]], KEPT=[[0.008], [0.024]], **theirs)},
        loads=rounds(OURS=[[150.0], [100.0]], **rates),
        clients=16,
        statements={1_000: statements},
        memory={OURS: (100_000_000, 200_000_000)},
        growth=[Growth(10, {"rows": 0.001}), Growth(1_000, {"rows": 0.05, FIVE: inf})],
    )


def test_the_tables_beside_the_peer() -> None:
    assert list(report.lines(results(peers=True))) == [
        "| nodes | answered by | p50 | x PostGraphile 5 | x PostGraphile 4 | mark |",
        "|---|---|---|---|---|---|",
        "| 1,000 | this service | 250 ms | 0.75 (0.50-1.00) | 0.62 (0.25-1.00) | ≤ 0.8: reached (PostGraphile 5) |",
        f"| 1,000 | {KEPT} | 16.0 ms | 0.05 (0.04-0.06) | 0.04 (0.02-0.06) | ≤ 0.1: reached (PostGraphile 5) |",
        "| 1,000 | PostGraphile 5 | 300 ms | 1 | 0.75 (0.50-1.00) |  |",
        "| 1,000 | PostGraphile 4 | 400 ms | 1.50 (1.00-2.00) | 1 |  |",
        "",
        "| 16 clients, 100 nodes | answers/s | x PostGraphile 5 | mark |",
        "|---|---|---|---|",
        "| this service | 125 | 1.75 (1.50-2.00) | ≥ 1.5: reached |",
        "| PostGraphile 5 | 75 | 1 |  |",
        "",
        "| | statements at 1,000 nodes | memory at first, in the end |",
        "|---|---|---|",
        "| this service | 3 (≤ 3: reached) | 100 MB, 200 MB |",
        "| this service, kept | 1 |  |",
        "| PostGraphile 5 | 2 |  |",
        "",
        "| nodes | rows | PostGraphile 5 |",
        "|---|---|---|",
        "| 10 | 1.0 ms, 100 µs |  |",
        "| 1,000 | 50.0 ms, 50 µs | over 120 s |",
    ]


def test_the_tables_without_a_peer_have_no_ratio_and_no_mark() -> None:
    text = "\n".join(report.lines(results(peers=False)))

    assert "| 1,000 | this service | 250 ms |  |" in text
    assert "| this service | 125 |" in text
    assert FIVE not in text.split("| nodes | rows")[0]
    assert text.count("reached") == 1  # of the statements, which need no peer


def test_each_size_has_its_mark_and_its_peer() -> None:
    beside = {size: peer for (size, name), (peer, _) in report.MARKS.items() if name == OURS}

    assert beside == {100: FIVE, 1_000: FIVE, 10_000: FOUR}


OURS_SAID = {
    "id": b64encode(b"Appearance:7").decode(),
    "stance": "DENY",
    "quote": "words",
    "saidAt": "2021-03-01",
    "source": {"url": "https://a.example/", "title": "T", "publisher": {"name": "A"}},
    "parents": [{"id": b64encode(b"Appearance:5").decode()}],
}
THEIRS_SAID = {
    "id": 7,
    "stance": "deny",
    "quote": "words",
    "saidAt": "",
    "sourcesSourceBySourceId": {
        "url": "https://a.example/",
        "title": "T",
        "publishedAt": "2021-03-01",
        "sourcesAgentByPublisherId": {"name": "A"},
    },
}


def our_answer(**other: object) -> bytes:
    """Of one node."""
    return json.dumps({"data": {"claim": {"provenance": {"nodes": [{**OURS_SAID, **other}]}}}}).encode()


def their_answer(**other: object) -> bytes:
    """Of the same, in the peer's words."""
    found = {
        "claimsAppearancesByClaimId": {"nodes": [{**THEIRS_SAID, **other}]},
        "claimsDerivationsByClaimId": {"nodes": [{"derivedId": "7", "originId": "5"}]},
    }
    return json.dumps({"data": {"claimsClaimBySlug": found}}).encode()


def test_the_same_tree_in_both_words_is_the_same() -> None:
    ours, theirs = questions.our_tree(our_answer()), questions.their_tree(their_answer())

    assert not questions.difference(ours, theirs)
    assert ours[1] == {(7, 5)}


def test_a_difference_is_told() -> None:
    ours, theirs = (
        questions.our_tree(our_answer(parents=[])),
        questions.their_tree(their_answer(quote="others")),
    )

    assert questions.difference(ours, theirs) == (
        "1 nodes are only ours, 1 nodes are only theirs, 1 derivations are only theirs"
    )


@pytest.mark.parametrize("said", [{"data": {"claim": None}}, {"data": None, "errors": [{"message": "no"}]}])
def test_an_answer_without_a_tree_is_none(said: object) -> None:
    with pytest.raises(ValueError, match="has no tree"):
        questions.our_tree(json.dumps(said).encode())


def test_without_npm_the_cure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(
        ROOT / "benchmarks" / "peers", tmp_path / "peers", ignore=shutil.ignore_patterns("node_modules")
    )
    monkeypatch.setattr(servers, "PEERS", tmp_path / "peers")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SystemExit, match=r"There is no npm .* --no-peer"):
        servers.installed()


def test_a_section_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    for name, text in [("one", "## One\n"), ("two", r"## Two \1"), ("one", "## One, anew")]:
        sections.write(path, name, text)

    assert path.read_text() == (
        "# Benchmarks\n\n<!-- one -->\n\n## One, anew\n\n<!-- end of one -->\n\n"
        "<!-- two -->\n\n## Two \\1\n\n<!-- end of two -->\n"
    )


def test_clients_that_are_refused_say_so() -> None:
    with pytest.raises(OSError, match="refused"):
        asking.at_once(9, "/", [b"{}"] * 4, 2)


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    """The command, on an SQLite file and a broker of its own."""
    variables = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
    }
    variables.pop("KEPT_ANSWER_SECONDS", None)
    command = [sys.executable, "-m", "benchmarks", "graph", *words]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.worker
def test_trees_are_measured_on_sqlite_without_a_peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    table = tmp_path / "table.md"

    done = run("--appearances", "500", "-n", "1", "--quick", "--output", str(table))

    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines() if line.startswith("| ")]
    assert [OURS, "3, 3 (≤ 3: reached)"] in [[cell.strip() for cell in row[:2]] for row in rows]
    assert any(row[0].strip() == "100" and row[1].strip() == KEPT for row in rows)
    assert "## Whole trees on SQLite" in table.read_text()
    assert done.stdout.strip() in table.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["table.md"]


@pytest.mark.worker
def test_a_database_can_be_made_alone_used_again_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    first, again = (run("--only-seed", "--appearances", "400") for _ in range(2))
    kept = [path.name for path in tmp_path.iterdir()]
    dropped = run("--drop")

    assert first.returncode == 0, first.stderr
    assert "400 appearances in" in first.stderr
    assert not again.stderr
    assert first.stdout == again.stdout
    assert first.stdout.startswith(f"sqlite:///{tmp_path}/bench-graph-400-1-")
    assert [name for name in kept if name in first.stdout] == kept
    assert dropped.returncode == 0
    assert not list(tmp_path.iterdir())


def test_too_few_appearances_for_the_clients_are_refused() -> None:
    done = run("--appearances", "399")

    assert done.returncode == 2
    assert "--appearances" in done.stderr
