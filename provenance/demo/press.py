"""The demo press: a loopback web server with one small page for each source of the demo chains.

`http://<paper>.press.localhost:PORT/<slug>` serves `pages/<paper>/<slug>.html` inside `pages/frame.html`.
A page file is read anew for each request, so whoever edits one sees its quotes change at the next capture.

It runs as a process of its own (`python -m provenance.demo.press --port N`), because the demo captures its
pages as it would any others: over HTTP, through the one guarded door.
"""

import argparse
import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from string import Template
from types import FrameType
from typing import Any

ADDRESS = "127.0.0.1"
PAGES = Path(__file__).with_name("pages")

# Names without dots and slashes: no request can lead out of the folder of pages.
_NAME = re.compile(r"[a-z0-9-]{1,64}")
_HOST = re.compile(r"(?P<paper>[a-z0-9-]+)\.press\.localhost:(?P<port>\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it is sent: the framed HTML in UTF-8, and when it was last edited (seconds since 1970)."""

    body: bytes
    edited: float

    @property
    def etag(self) -> str:
        """A strong validator of the bytes (RFC 9110, 8.8.3)."""
        return f'"{sha256(self.body).hexdigest()[:32]}"'

    @property
    def last_modified(self) -> str:
        """The time of the last edit as an HTTP date (RFC 9110, 8.8.2)."""
        return formatdate(self.edited, usegmt=True)


def read_page(*, paper: str, slug: str) -> Page | None:
    """The page of that paper under that slug, framed; None where there is none.

    A page file is a head (its title), a line `<body>`, and a body.
    """
    if not (_NAME.fullmatch(paper) and _NAME.fullmatch(slug)):
        return None
    file, frame = PAGES / paper / f"{slug}.html", PAGES / "frame.html"
    if not file.is_file():
        return None
    head, _, body = file.read_text("utf-8").partition("\n<body>\n")
    framed = Template(frame.read_text("utf-8")).substitute(head=head, body=body.rstrip("\n"))
    return Page(framed.encode(), max(file.stat().st_mtime, frame.stat().st_mtime))


class Press(ThreadingTCPServer):
    """The server on loopback, bound from the moment it is made; port 0 takes a free one (`port` tells which).

    Raises OSError when the port is taken or forbidden, OverflowError when there is no such port. Not an
    HTTPServer, since that looks up the host's name when it binds: seconds, where no name server answers.
    """

    allow_reuse_address = True
    daemon_threads = True  # an idle connection must not hold up the end of the process
    request_queue_size = 64  # the demo's captures all arrive at once

    def __init__(self, port: int) -> None:
        super().__init__((ADDRESS, port), PressHandler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.socket.getsockname()[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report faults of the press, not readers who hang up in the middle."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class PressHandler(BaseHTTPRequestHandler):
    """GET and HEAD of a page: 200, 304 if the reader has it, 404 if there is none; 501 for other methods."""

    server: Press
    protocol_version = "HTTP/1.1"
    server_version = "DemoPress"
    sys_version = ""
    timeout = 30  # seconds a kept connection may stay silent
    disable_nagle_algorithm = True  # headers and body are two writes; the second must not wait for the first

    def do_GET(self) -> None:
        """The page with its headers."""
        if page := self._send_head():
            self.wfile.write(page.body)

    def do_HEAD(self) -> None:
        """The headers of the page."""
        self._send_head()

    def _send_head(self) -> Page | None:
        """Send status and headers; the page if its body is to follow a GET."""
        page = self._requested_page()
        if page is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        known = self._reader_has(page)
        self.send_response(HTTPStatus.NOT_MODIFIED if known else HTTPStatus.OK)
        self.send_header("ETag", page.etag)
        self.send_header("Last-Modified", page.last_modified)
        if not known:
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        return None if known else page

    def _requested_page(self) -> Page | None:
        host = _HOST.fullmatch(self.headers.get("Host", "").lower())
        if host is None or int(host["port"]) != self.server.port:
            return None
        return read_page(paper=host["paper"], slug=self.path.partition("?")[0].removeprefix("/"))

    def _reader_has(self, page: Page) -> bool:
        """Whether the reader's copy is current: by tags if it sends any, else by date (RFC 9110, 13.2.2)."""
        tags = self.headers.get("If-None-Match")
        if tags is None:
            return self.headers.get("If-Modified-Since") == page.last_modified
        return page.etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: the service logs what it fetches."""


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, then 0; 1, with a sentence on stderr, when the port cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m provenance.demo.press", description=main.__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    port: int = parser.parse_args(arguments).port
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        press = Press(port)
    except (OSError, OverflowError) as error:
        print(f"The demo press cannot listen on {ADDRESS}:{port}: {error}.", file=sys.stderr)
        return 1
    with press:
        print(f"Demo press on http://<paper>.press.localhost:{press.port}/", file=sys.stderr, flush=True)
        press.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
