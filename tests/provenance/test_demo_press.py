"""The demo press serves each page under its paper's host name, says when it changed, and nothing else."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage

import pytest

from provenance.demo import press

NYT = "nyt.press.localhost"
NYT_PAGE = "/mumbai-outage-warning"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    body: bytes


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with press.Press(0) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield server.port
        server.shutdown()
        serving.join()


def ask(
    port: int,
    path: str,
    *,
    host: str | None = None,
    method: str = "GET",
    headers: dict[str, str] | None = None,
) -> Answer:
    with closing(HTTPConnection(press.ADDRESS, port, timeout=10)) as connection:
        connection.request(method, path, headers={"Host": host or f"{NYT}:{port}", **(headers or {})})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def test_a_page_is_served_whole_under_the_name_of_its_paper(port: int) -> None:
    answer = ask(port, NYT_PAGE)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    text = answer.body.decode()
    assert text.startswith("<!doctype html>")
    assert text.endswith("</html>\n")
    assert "<title>Was the dark hour in Mumbai a warning? | The New York Times (demo)</title>" in text
    assert "<nav" in text
    assert "<footer" in text
    assert text.count("<body>") == 1


def test_host_names_are_read_without_regard_to_case(port: int) -> None:
    assert ask(port, NYT_PAGE, host=f"NYT.Press.Localhost:{port}").status == 200


def test_a_query_string_does_not_hide_the_page(port: int) -> None:
    assert ask(port, f"{NYT_PAGE}?utm_source=feed").body == ask(port, NYT_PAGE).body


@pytest.mark.parametrize(
    "host",
    [
        "mint.press.localhost:{port}",
        "nobody.press.localhost:{port}",
        "press.localhost:{port}",
        "127.0.0.1:{port}",
        "nyt.press.localhost",
        "nyt.press.localhost:1",
        "nyt.press.localhost.example:{port}",
        "..press.localhost:{port}",
    ],
)
def test_the_page_of_one_paper_is_unknown_under_any_other_host(port: int, host: str) -> None:
    assert ask(port, NYT_PAGE, host=host.format(port=port)).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/unknown",
        f"{NYT_PAGE}.html",
        f"{NYT_PAGE}/",
        "/../frame",
        "/..%2fframe",
        "/../mint/embassy-rejects-hacking-reports",
        "/" + "a" * 5000,
    ],
)
def test_an_unknown_path_is_not_found(port: int, path: str) -> None:
    assert ask(port, path).status == 404


def test_head_gives_the_headers_of_get_and_no_body(port: int) -> None:
    head, get = ask(port, NYT_PAGE, method="HEAD"), ask(port, NYT_PAGE)
    assert head.body == b""
    for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified"):
        assert head.headers[name] == get.headers[name]
    assert ask(port, "/unknown", method="HEAD").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_no_other_method_is_implemented(port: int, method: str) -> None:
    answer = ask(port, NYT_PAGE, method=method)
    assert answer.status == 501
    assert answer.headers["Connection"] == "close"


def test_each_page_has_a_tag_of_its_own_and_the_time_of_its_last_edit(port: int) -> None:
    answer = ask(port, NYT_PAGE)
    assert re.fullmatch(r'"[0-9a-f]{32}"', answer.headers["ETag"])
    assert re.fullmatch(
        r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.headers["Last-Modified"], re.ASCII
    )
    other = ask(port, "/embassy-rejects-hacking-reports", host=f"mint.press.localhost:{port}")
    assert other.headers["ETag"] != answer.headers["ETag"]


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other", {tag}'])
def test_a_reader_with_the_current_tag_is_not_sent_the_page_again(port: int, form: str) -> None:
    tag = ask(port, NYT_PAGE).headers["ETag"]
    answer = ask(port, NYT_PAGE, headers={"If-None-Match": form.format(tag=tag)})
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == tag


def test_a_reader_with_the_current_date_is_not_sent_the_page_again(port: int) -> None:
    date = ask(port, NYT_PAGE).headers["Last-Modified"]
    assert ask(port, NYT_PAGE, headers={"If-Modified-Since": date}).status == 304


def test_a_stale_tag_outweighs_a_current_date(port: int) -> None:
    date = ask(port, NYT_PAGE).headers["Last-Modified"]
    answer = ask(port, NYT_PAGE, headers={"If-None-Match": '"stale"', "If-Modified-Since": date})
    assert answer.status == 200


def test_one_connection_serves_several_pages(port: int) -> None:
    with closing(HTTPConnection(press.ADDRESS, port, timeout=10)) as connection:
        for _ in range(2):
            connection.request("GET", NYT_PAGE, headers={"Host": f"{NYT}:{port}"})
            response = connection.getresponse()
            assert (response.status, response.will_close) == (200, False)
            response.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_although_a_reader_is_connected(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "provenance.demo.press", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            announced = re.search(r"localhost:(\d+)/", process.stderr.readline())
            assert announced is not None
            port = int(announced[1])
            with closing(HTTPConnection(press.ADDRESS, port, timeout=10)) as connection:
                connection.request("HEAD", NYT_PAGE, headers={"Host": f"{NYT}:{port}"})
                assert connection.getresponse().status == 200
                process.send_signal(number)
                assert process.wait(timeout=10) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_a_busy_port_is_named(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        assert press.main(["--port", str(port)]) == 1
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
