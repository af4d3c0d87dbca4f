"""A real HTTP server on loopback that sends exactly the bytes a test scripts for each path."""

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Self

from sources.fetchers.policy import FetchPolicy

CERTIFICATE = Path(__file__).with_name("loopback.pem")  # its own authority, for the name secure.localhost

Step = bytes | Callable[[socket.socket], object]
Script = bytes | Iterable[Step]
"""What a path answers with: some bytes, or a series of bytes and calls. Then the connection is closed."""


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    head: bytes

    @property
    def path(self) -> str:
        return self.head.split(b" ")[1].decode()

    def header(self, name: str) -> str:
        """The value of a header, or an empty string."""
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return ""


def hang(peer: socket.socket) -> None:
    """Say nothing more until the client goes away (or the server stops)."""
    while peer.recv(4096):
        pass


def pause(_peer: socket.socket) -> None:
    """Let what was sent arrive by itself."""
    time.sleep(0.05)


def reset(peer: socket.socket) -> None:
    """End the connection the hard way."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def page(
    body: bytes = b"<title>Page</title>",
    *,
    status: str = "200 OK",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A whole answer with the right Content-Length."""
    fields = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)), **(headers or {})}
    head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return head.encode() + b"\r\n" + body


def redirect(location: str, *, status: str = "302 Found") -> bytes:
    """An answer that leads elsewhere."""
    return page(b"moved", status=status, headers={"Location": location})


def policy_for(*servers: "ScriptedServer", **choices: Any) -> FetchPolicy:
    """A policy that allows these servers by name and port, and nothing else that is not public."""
    return FetchPolicy(allow_hosts=frozenset(server.netloc for server in servers), **choices)


class ScriptedServer:
    """Serves a script on a free port until the `with` block ends; every thread is gone then.

    `script` maps paths (`*`: any other) to what they answer with. `requests` logs the heads that came in,
    `connections` counts who connected at all. `everywhere` listens on all addresses of this machine, so that
    whatever spelling of an internal address is connected to arrives here.
    """

    def __init__(
        self, script: Mapping[str, Script] | None = None, *, tls: bool = False, everywhere: bool = False
    ) -> None:
        self.script = dict(script or {})
        self.requests: list[Request] = []
        self.connections = 0
        self._tls = _server_context() if tls else None
        self._name = "secure.localhost" if tls else "127.0.0.1"
        self._listener = _listen(everywhere=everywhere)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads: list[Thread] = []

    @property
    def netloc(self) -> str:
        """`host:port`, as an allow list names it."""
        return f"{self._name}:{self.port}"

    def url(self, path: str = "/", *, host: str = "") -> str:
        """The URL of a path; `host` chooses another name for the same server."""
        return f"{'https' if self._tls else 'http'}://{host or self._name}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        self._threads[0].join()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(sock)
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as closing:
            closing.enter_context(sock)
            closing.callback(self._open.discard, sock)
            if self._tls:
                encrypted = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                sock = closing.enter_context(encrypted)
                self._open.add(encrypted)  # it took over the descriptor: this is the one to shut down
                encrypted.do_handshake()
            self._answer(sock)

    def _answer(self, sock: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = sock.recv(4096)
            if not data:
                return
            head += data
            if not head[:1].isalpha():  # TLS, where plain HTTP is spoken
                sock.sendall(page(status="400 Bad Request"))
                return
        request = Request(head)
        self.requests.append(request)
        script = self.script.get(request.path, self.script.get("*", page(status="404 Not Found")))
        for step in [script] if isinstance(script, bytes) else script:
            if isinstance(step, bytes):
                sock.sendall(step)
            else:
                step(sock)


def _listen(*, everywhere: bool) -> socket.socket:
    if everywhere and socket.has_dualstack_ipv6():
        return socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("" if everywhere else "127.0.0.1", 0))


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def trusting_context() -> ssl.SSLContext:
    """A client's context that trusts the certificate of `ScriptedServer(tls=True)`."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))
