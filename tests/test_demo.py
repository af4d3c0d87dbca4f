"""The service as a new user meets it: started with one command, the README's examples in a shell, and its end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.provenance.test_graphql_tree import TREE

ROOT = Path(__file__).parents[1]
_PATIENCE = 120
_SLUG = "mumbai-outage-caused-by-malware-demo"

pytestmark = pytest.mark.worker


@dataclass(frozen=True)
class Running:
    """A started service."""

    process: "subprocess.Popen[str]"
    port: int
    press_port: int
    key: str
    printed: str
    folder: Path

    def graphql(self, query: str, **variables: Any) -> Any:
        """The data of an answer."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(
            f"http://127.0.0.1:{self.port}/graphql/", body, headers={"Content-Type": "application/json"}
        )
        with urlopen(request, timeout=30) as response:
            answer = json.loads(response.read())
        assert "errors" not in answer, answer
        return answer["data"]

    def shell(self, name: str, **variables: Any) -> Any:
        """The JSON that the README's example of this name prints."""
        return json.loads(self.printed_by(name, **variables))

    def printed_by(self, name: str, **variables: Any) -> str:
        """What the README's example of this name prints."""
        example = re.search(rf"<!-- tested: {name} -->\n```sh\n(.*?)```", README, re.DOTALL)
        assert example, f"The README has no example {name!r}."
        script = example[1].replace(":8000", f":{self.port}").replace(":8001", f":{self.press_port}")
        environment = {**os.environ, "KEY": self.key, **{key: str(value) for key, value in variables.items()}}
        done = subprocess.run(
            ["sh", "-c", script], cwd=self.folder, env=environment,
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return done.stdout


README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`./run` on a data folder of its own, until its demo is captured and its tree printed."""
    data_dir = tmp_path_factory.mktemp("data")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    foreign = {
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "PUBLIC_URL",
        "CAPTURE_HOST_DELAY",
        "LOG_LEVEL",
        "DJANGO_SETTINGS_MODULE",
    }
    environment = {name: value for name, value in os.environ.items() if name not in foreign}
    environment |= {"DATA_DIR": str(data_dir), "PORT": str(port)}
    said = data_dir / "said"
    with said.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "provenance.devserver"],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True,
        )  # fmt: skip
    try:
        assert process.stdout
        printed = ""
        for line in process.stdout:
            printed += line
            if "Ctrl-C" in line:
                break
        assert "Ctrl-C" in printed, said.read_text()
        demo = json.loads((data_dir / "demo.json").read_text())
        yield Running(process, port, demo["press_port"], demo["partner_key"], printed, data_dir)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=_PATIENCE)
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_it_prints_the_tree_the_addresses_and_the_log_ins(running: Running) -> None:
    printed = running.printed
    assert printed.index("Recorded Future") < printed.index("The New York Times") < printed.index("GraphiQL")
    assert "14 appearances in 14 sources, 2 origins, 1 to 2 independent (1 unresolved)" in printed
    assert printed.count("✓ anchored") == 20
    assert running.key in printed
    assert f"http://127.0.0.1:{running.port}/admin/" in printed


def test_numbers_of_the_outage_claim_are_those_of_the_design(running: Running) -> None:
    tree = running.graphql(TREE, slug=_SLUG)["claim"]["provenance"]
    names = {node["databaseId"]: node["source"]["publisher"]["name"] for node in tree["nodes"]}
    support, deny = tree["support"], tree["deny"]
    counts = (
        "appearanceCount",
        "sourceCount",
        "originCount",
        "independentOriginCount",
        "establishedOriginCount",
    )
    assert [support[count] for count in counts] == [14, 14, 2, 2, 1]
    assert [deny[count] for count in counts] == [4, 4, 3, 2, 2]
    assert [(names[each["appearance"]["databaseId"]], each["reason"]) for each in support["unresolved"]] == [
        ("Home Department of Maharashtra", "PENDING")
    ]
    roots = {root["databaseId"] for root in tree["roots"]}
    assert {names[root] for root in roots} == {"Recorded Future", "Home Department of Maharashtra"}
    largest = next(
        found for found in support["bottlenecks"] if found["appearance"]["databaseId"] not in roots
    )
    assert (names[largest["appearance"]["databaseId"]], largest["dependentCount"]) == (
        "The New York Times",
        12,
    )
    jumps = [
        [names[each["databaseId"]] for each in finding["appearances"]]
        for finding in tree["findings"]
        if finding["kind"] == "STANCE_JUMP"
    ]
    assert jumps == [["Recorded Future", "The New York Times"]]
    assert sum(finding["kind"] == "CERTAINTY_JUMP" for finding in tree["findings"]) == 3


def test_every_quote_of_the_demo_is_the_text_between_its_offsets(running: Running) -> None:
    page = running.graphql(
        """{ claims(first: 50) { edges { node { slug provenance(includeSuggested: true) {
             nodes { quote evidence { state quote { exact start end } snapshot { text textSha256 } } }
             edges { quote evidence { state quote { exact start end } snapshot { text textSha256 } } } } } } } }"""
    )
    trees = [
        edge["node"]["provenance"]
        for edge in page["claims"]["edges"]
        if edge["node"]["slug"].endswith("demo")
    ]
    quoted = [each for tree in trees for each in tree["nodes"] + tree["edges"] if each["quote"]]
    assert len(trees) == 3
    assert len(quoted) == 51
    for each in quoted:
        found, text = each["evidence"]["quote"], each["evidence"]["snapshot"]["text"]
        assert each["evidence"]["state"] == "ANCHORED"
        assert text[found["start"] : found["end"]] == found["exact"] == each["quote"]


def test_readme_examples_do_what_it_says(running: Running) -> None:
    posted = running.shell("post")
    assert posted["claim"]["status"] == "published"
    assert [each["ref"] for each in posted["appearances"]] == ["times", "courier"]
    assert running.shell("post") == posted, "the same Idempotency-Key, the same answer"

    for capture in posted["captures"]:
        for _ in range(200):
            ended = running.shell("capture", CAPTURE=capture["id"])
            if ended["state"] == "done":
                break
        assert ended["outcome"] == "captured"

    source = running.shell("source")["results"]
    assert [each["url"] for each in source] == [
        f"http://nyt.press.localhost:{running.press_port}/mumbai-outage-warning"
    ]
    assert "may have caused the outage" in running.printed_by("memento")
    feed = running.shell("changes")
    numbers = [change["seq"] for change in feed["results"]]
    assert len(numbers) == 5
    assert numbers == sorted(numbers)

    for _ in range(200):
        tree = running.shell("graphql", SLUG=posted["claim"]["slug"])["data"]["claim"]["provenance"]
        if all(node["evidence"]["state"] == "ANCHORED" for node in tree["nodes"]):
            break
    for node in tree["nodes"]:
        found, text = node["evidence"]["quote"], node["evidence"]["snapshot"]["text"]
        assert text[found["start"] : found["end"]] == found["exact"]
    assert tree["independence"]["independentOriginCount"] == 1
    assert {finding["kind"] for finding in tree["findings"]} == {"SINGLE_ORIGIN", "CERTAINTY_JUMP"}
    checked = running.printed_by("receipt", SLUG=posted["claim"]["slug"])
    assert checked == "Everything is what it says it is.\n"

    early = running.shell("as-of", SLUG=posted["claim"]["slug"])
    assert [node["said_at"] for node in early["nodes"]] == ["2021-02-28T22:10:00+05:30"]
    assert early["independence"]["support"]["appearance_count"] == 1
    both = running.shell("known-at", SLUG=_SLUG, INSTANT=feed["results"][0]["at"])["data"]["claim"]
    assert both["now"]["nodeCount"] >= both["then"]["nodeCount"] > 0
    assert {node["evidence"]["state"] for node in both["now"]["nodes"]} == {"ANCHORED"}
    assert {node["evidence"]["state"] for node in both["then"]["nodes"]} == {"UNANCHORED"}


def test_everything_it_needs_is_there(running: Running) -> None:
    with urlopen(f"http://127.0.0.1:{running.port}/readyz", timeout=30) as response:
        assert json.loads(response.read()) == {
            "database": True,
            "broker": True,
            "storage": True,
            "worker": True,
        }
