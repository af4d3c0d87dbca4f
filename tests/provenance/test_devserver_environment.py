"""What `./run` prepares before it starts anything: secrets that stay, sentences for what is in the way."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provenance import broker
from provenance.devserver.environment import Environment, StartError, hold, prepare, require_free
from provenance.devserver.pieces import COMMANDS, everything, welcome

ALL_STEPS = ["broker", "migrate", "demo press", "web", "worker", "reserve", "beat", "demo chain"]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def prepared(tmp_path: Path) -> Iterator[Callable[..., Environment]]:
    """`prepare` with a DATA_DIR of the test and the variables given."""
    yield lambda **given: prepare({"DATA_DIR": str(tmp_path), **given})
    broker.embedded_socket(tmp_path).parent.rmdir()


def test_secrets_and_log_ins_are_made_once_and_for_their_owner_alone(
    prepared: Callable[..., Environment], tmp_path: Path
) -> None:
    first, second = prepared(), prepared()
    assert first == second
    assert len(first.variables["SECRET_KEY"]) >= 50
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("secret_key", "demo.json")} == {0o600}


def test_two_that_start_together_make_the_same_secrets(tmp_path: Path) -> None:
    program = (
        "import os; from provenance.devserver.environment import prepare; "
        "print(prepare(os.environ).variables['SECRET_KEY'])"
    )
    variables = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "SECRET_KEY": ""}
    together = [
        subprocess.Popen([sys.executable, "-c", program], env=variables, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in together}) == 1


def test_a_database_of_ones_own_gets_no_secrets_and_no_demo(
    prepared: Callable[..., Environment], tmp_path: Path, free_port: int
) -> None:
    environment = prepared(DATABASE_URL="postgres://db/claims", SECRET_KEY="mine", PORT=str(free_port))
    assert environment.demo is None
    assert environment.variables["SECRET_KEY"] == "mine"
    assert "CAPTURE_ALLOW_HOSTS" not in environment.variables
    assert not {"secret_key", "demo.json"} & {path.name for path in tmp_path.iterdir()}
    assert [step.name for step in everything(environment)] == [
        "broker",
        "migrate",
        "web",
        "worker",
        "reserve",
        "beat",
    ]
    assert "Log in" not in welcome(environment)


def test_a_database_of_ones_own_needs_a_secret_key(prepared: Callable[..., Environment]) -> None:
    with pytest.raises(StartError, match="SECRET_KEY must be set"):
        prepared(DATABASE_URL="postgres://db/claims")


def test_the_press_is_allowed_beside_what_the_user_allows(prepared: Callable[..., Environment]) -> None:
    environment = prepared(CAPTURE_ALLOW_HOSTS="intranet.example:8080")
    assert environment.demo
    allowed = environment.variables["CAPTURE_ALLOW_HOSTS"].split(",")
    assert {"intranet.example:8080", f"nyt.press.localhost:{environment.demo.press_port}"} <= set(allowed)


def test_everything_starts_in_an_order_in_which_each_finds_what_it_needs(
    prepared: Callable[..., Environment], free_port: int
) -> None:
    assert [step.name for step in everything(prepared(PORT=str(free_port)))] == ALL_STEPS


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "127.0.0.1:6379"])
def test_a_redis_of_ones_own_must_answer(
    prepared: Callable[..., Environment], free_port: int, url: str
) -> None:
    environment = prepared(REDIS_URL=url, PORT=str(free_port))
    with pytest.raises(StartError, match="REDIS_URL"):
        next(everything(environment))


def test_the_links_name_the_port(prepared: Callable[..., Environment]) -> None:
    environment = prepared(PORT="8123")
    assert environment.variables["PUBLIC_URL"] == "http://127.0.0.1:8123"
    assert "http://127.0.0.1:8123/graphql/" in welcome(environment)
    assert "http://127.0.0.1:8123/claims/mumbai-outage-caused-by-malware-demo/" in welcome(environment)
    assert prepared(PUBLIC_URL="https://claims.example").variables["PUBLIC_URL"] == "https://claims.example"


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "80.5", "²"])
def test_a_port_that_is_none_is_named(prepared: Callable[..., Environment], port: str) -> None:
    with pytest.raises(StartError, match="PORT is"):
        prepared(PORT=port)


def test_a_busy_port_is_named_with_its_cure(prepared: Callable[..., Environment], taken_port: int) -> None:
    with pytest.raises(StartError, match=rf"Port {taken_port} .*PORT={taken_port + 1} ./run"):
        next(everything(prepared(PORT=str(taken_port))))


def test_a_port_whose_last_connections_linger_is_free(free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)) as server:
        client = socket.create_connection(("127.0.0.1", free_port))
        server.accept()[0].close()  # the server hangs up first, so its side waits out the connection
        client.close()
    require_free(free_port, cure="none")


def test_a_folder_that_cannot_be_written_to_is_named_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"cannot be written to .* DATA_DIR"):
        prepare({"DATA_DIR": str(tmp_path / "file" / "var")})


def test_a_second_start_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys; from provenance.devserver.environment import hold; "
        "hold(pathlib.Path(sys.argv[1])); print(flush=True); input()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout
    holder.stdout.readline()
    with pytest.raises(StartError, match=rf"process {holder.pid}"):
        hold(tmp_path)
    holder.communicate(b"\n")
    hold(tmp_path)


def test_a_piece_says_what_its_own_command_says_and_no_more(tmp_path: Path) -> None:
    variables = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    command = [sys.executable, "-m", "provenance.devserver", "exec", "manage", "version"]
    said = subprocess.run(command, env=variables, capture_output=True, check=True)
    assert said.stdout.startswith(b"5.2")
    assert said.stderr == b""
    broker.embedded_socket(tmp_path).parent.rmdir()


def test_a_start_that_cannot_be_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    variables = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "PORT": "none"}
    command = [sys.executable, "-m", "provenance.devserver"]
    said = subprocess.run(command, env=variables, capture_output=True, check=False)
    assert (said.returncode, said.stdout) == (1, b"")
    assert said.stderr == b"./run: PORT is 'none': give a number from 1 to 65535.\n"


def test_an_unknown_piece_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "provenance.devserver", "exec", "webb"]
    variables = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    said = subprocess.run(command, env=variables, capture_output=True, check=False)
    assert said.returncode == 2
    assert all(piece.encode() in said.stderr for piece in COMMANDS)
