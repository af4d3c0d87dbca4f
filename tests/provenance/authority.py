"""A timestamp authority of our own on loopback: openssl signs, a small HTTP server hands its answers out."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

_EXTENSIONS = """
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[signer]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
"""


@dataclass
class Authority:
    """Where it is, its root certificate, and the questions it was asked. `answer` may be replaced by a liar's."""

    url: str
    root: Path
    answer: Callable[[bytes], bytes]
    questions: list[bytes] = field(default_factory=list)


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """An authority with keys of its own in this folder."""
    _make_keys(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    serving = Authority(
        f"http://127.0.0.1:{server.server_port}/tsr",
        folder / "ca.pem",
        lambda question: _sign(folder, question),
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            serving.questions.append(question)
            content = serving.answer(question)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server.RequestHandlerClass = Handler
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield serving
    finally:
        server.shutdown()
        server.server_close()


def holds(folder: Path, receipt: bytes, token: bytes, root: Path) -> bool:
    """What openssl says of a timestamp: the check that anybody can repeat."""
    (folder / "receipt").write_bytes(receipt)
    (folder / "token").write_bytes(token)
    done = _openssl("ts", "-verify", "-data", folder / "receipt", "-in", folder / "token", "-CAfile", root)
    return done.returncode == 0


def _make_keys(folder: Path) -> None:
    config = folder / "openssl.cnf"
    config.write_text(_EXTENSIONS.format(folder=folder))
    (folder / "serial").write_text("01")
    days = ("-days", "2", "-sha256")
    for name, subject in (("ca", "/CN=Test root"), ("signer", "/CN=Test timestamps")):
        key, request = folder / f"{name}.key", folder / f"{name}.csr"
        _made(
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", subject
        )
        issuer: tuple[object, ...] = ("-signkey", key)
        if name == "signer":
            issuer = ("-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial")
        extensions = ("-extfile", config, "-extensions", name)
        _made("x509", "-req", "-in", request, "-out", folder / f"{name}.pem", *issuer, *days, *extensions)


def _sign(folder: Path, question: bytes) -> bytes:
    (folder / "question").write_bytes(question)
    config, asked, answer = folder / "openssl.cnf", folder / "question", folder / "answer"
    _made("ts", "-reply", "-config", config, "-section", "here", "-queryfile", asked, "-out", answer)
    return answer.read_bytes()


def _made(*words: object) -> None:
    done = _openssl(*words)
    assert done.returncode == 0, done.stderr


def _openssl(*words: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["openssl", *map(str, words)], capture_output=True, text=True, check=False, timeout=60
    )
