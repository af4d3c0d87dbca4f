"""The script `./run`: finds a Python, keeps an environment that is exactly the lock, names what is missing.

Tried on a copy of it in a folder with spaces, beside an empty lock file and a stand-in for the supervisor.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[2] / "run"
TOOLS = ("sh", "basename", "cat", "dirname", "ls", "mkdir", "rm")
STAND_IN = """
import os, sys
print("supervisor", *sys.argv[1:])
print(os.environ["DATA_DIR"], os.getcwd(), sys.version_info[:2], sep="|", file=sys.stderr)
"""


@dataclass(frozen=True)
class Checkout:
    """A folder with `run`, and the variables that it is called with."""

    folder: Path
    variables: dict[str, str]

    def run(self, *words: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.folder / "run"), *words]
        return subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=self.variables | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def environment(self) -> Path:
        return self.folder / ".venv"


def make_checkout(folder: Path) -> Checkout:
    (folder / "provenance").mkdir(parents=True)
    shutil.copy(RUN, folder / "run")
    for lock in ("requirements.txt", "requirements-dev.txt"):
        (folder / lock).write_text("# no packages\n")
    (folder / "provenance" / "devserver.py").write_text(STAND_IN)
    kept = {name: value for name, value in os.environ.items() if name not in ("DATA_DIR", "VENV_DIR")}
    return Checkout(folder, {**kept, "PYTHON": sys.executable, "PIP_NO_INDEX": "1"})


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout after its first start: two at the same moment, of which one installs and the other waits."""
    checkout = make_checkout(tmp_path_factory.mktemp("a folder") / "with spaces")
    command = [str(checkout.folder / "run")]
    together = [
        subprocess.Popen(command, env=checkout.variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [process.communicate() for process in together]
    assert [output for output, _ in said] == [b"supervisor\n"] * 2, said
    assert sum(b"Making an environment" in chatter for _, chatter in said) == 1
    return checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout that was never started."""
    return make_checkout(tmp_path / "new one")


@pytest.fixture
def without_python(checkout: Checkout, tmp_path: Path) -> Checkout:
    """A checkout on a machine that has the ordinary tools in `bin`, and no Python."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return replace(checkout, variables={"PATH": str(tmp_path / "bin")})


@pytest.fixture
def add_python(tmp_path: Path) -> Callable[[str, str], None]:
    """Puts a program of that name, a shell script, beside the tools."""

    def add(name: str, script: str) -> None:
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return add


def test_a_second_start_installs_nothing_and_keeps_to_the_commands_own_output(installed: Checkout) -> None:
    again = installed.run("manage", "two words", "--flag")
    assert again.stdout == "supervisor exec manage two words --flag\n"
    assert again.stderr.count("\n") == 1


def test_it_works_from_any_folder_and_reads_data_dir_from_there(installed: Checkout, tmp_path: Path) -> None:
    said = installed.run(cwd=tmp_path, DATA_DIR="my data").stderr
    assert said.startswith(f"{tmp_path}/my data|{installed.folder}|")
    assert installed.run(cwd=tmp_path).stderr.startswith(f"{installed.folder}/var|")


def test_an_environment_for_development_holds_for_running_too(installed: Checkout) -> None:
    assert "requirements-dev.txt" in installed.run("types").stderr
    assert installed.run().stderr.count("\n") == 1


def test_an_environment_whose_python_is_gone_is_made_anew(installed: Checkout) -> None:
    (installed.environment / "bin" / "python").unlink()
    repaired = installed.run()
    assert repaired.stdout == "supervisor\n"
    assert "Making an environment" in repaired.stderr


def test_a_changed_lock_is_installed_and_one_without_hashes_leaves_no_half_environment(
    installed: Checkout,
) -> None:
    lock = installed.folder / "requirements-dev.txt"
    good = lock.read_text()
    lock.write_text("django==5.2\n")
    refused = installed.run("types")
    lock.write_text(good)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "hash" in refused.stderr
    assert "requirements-dev.txt could not be installed" in refused.stderr
    repaired = installed.run()
    assert repaired.stdout == "supervisor\n"
    assert "Making an environment" in repaired.stderr


def test_a_folder_that_is_not_its_own_is_left_alone(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    refused = checkout.run(VENV_DIR=str(tmp_path))
    assert refused.returncode == 1
    assert "was not made by ./run" in refused.stderr
    assert (tmp_path / "precious").read_text() == "mine"


def test_without_a_python_the_cure_is_named(without_python: Checkout) -> None:
    refused = without_python.run()
    assert refused.returncode == 1
    assert "No Python 3.11, 3.12 or 3.13 was found" in refused.stderr
    assert "apt install" in refused.stderr


def test_a_python_without_its_venv_module_is_named_with_its_package(
    without_python: Checkout, add_python: Callable[[str, str], None]
) -> None:
    lacking = 'import sys; sys.modules["ensurepip"] = None; exec(sys.argv[1])'
    add_python("python3.12", f"""exec '{sys.executable}' -c '{lacking}' "$3" """)
    refused = without_python.run()
    assert refused.returncode == 1
    assert "sudo apt install python3.12-venv" in refused.stderr


def test_shims_and_other_versions_are_passed_over(
    without_python: Checkout, add_python: Callable[[str, str], None], tmp_path: Path
) -> None:
    add_python("python3.13", "echo 'no such version' >&2; exit 127")
    add_python("python3.12", ":")  # what a version out of range answers
    add_python("python3", f"exec '{sys.executable}' \"$@\"")
    (tmp_path / "file").touch()
    stopped = without_python.run(VENV_DIR=str(tmp_path / "file" / "environment"))  # before it takes long
    assert "Making an environment with /" in stopped.stderr
    assert "cannot be written to" in stopped.stderr


def test_the_python_asked_for_is_the_one_used_or_refused(installed: Checkout) -> None:
    refused = installed.run(PYTHON="/no/such/python")
    assert refused.returncode == 1
    assert "PYTHON=/no/such/python" in refused.stderr


def test_help_needs_no_environment_and_lists_every_verb(without_python: Checkout) -> None:
    helped = without_python.run("help")
    assert helped.returncode == 0
    for verb in (
        "test",
        "web",
        "worker",
        "beat",
        "manage",
        "lint",
        "types",
        "schema",
        "bench",
        "lock",
        "help",
    ):
        assert verb in helped.stdout


def test_an_unknown_verb_is_refused_with_the_known_ones(without_python: Checkout) -> None:
    refused = without_python.run("tset")
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert "there is no 'tset'" in refused.stderr
    assert "./run test" in refused.stderr
