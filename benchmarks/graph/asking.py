"""Questions over HTTP on loopback: one after the other, or by many clients at once from a process of their own."""

import http.client
import json
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Thread
from time import perf_counter

PATIENCE = 300.0
"""Seconds for an answer, and for all that many clients ask for."""
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class Client:
    """One connection that is kept open."""

    def __init__(self, port: int, path: str, patience: float = PATIENCE) -> None:
        self._path = path
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)

    def post(self, body: bytes) -> bytes:
        """The answer. Raises RuntimeError for one with another status than 200, TimeoutError where none comes."""
        self._connection.request("POST", self._path, body, _HEADERS)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{response.status}: {answer[:500].decode(errors='replace')}")
        return answer

    def timed(self, body: bytes) -> float:
        """Seconds from asking to the last byte."""
        begun = perf_counter()
        self.post(body)
        return perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Load:
    """What many clients got: answers, and seconds from the first question to the last byte of all."""

    answers: int
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def load(port: int, path: str, bodies: Sequence[bytes], *, clients: int) -> Load:
    """Have these questions asked, each once, by so many clients in another process."""
    job = {"port": port, "path": path, "clients": clients, "bodies": [body.decode() for body in bodies]}
    command = [sys.executable, "-m", "benchmarks.graph.asking"]
    done = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if done.returncode:
        raise SystemExit(f"The clients failed: {done.stderr[-1000:]}")
    return Load(len(bodies), float(done.stdout))


def at_once(port: int, path: str, bodies: Iterable[bytes], clients: int) -> float:
    """Seconds until all are answered. Raises what a client met first."""
    waiting = deque(bodies)
    met: list[Exception] = []

    def work() -> None:
        client = Client(port, path)
        try:
            while not met:
                client.post(waiting.popleft())
        except IndexError:
            return
        except Exception as error:  # a thread's end is told to the one who waits for it
            met.append(error)

    threads = [Thread(target=work) for _ in range(clients)]
    begun = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - begun
    if met:
        raise met[0]
    return seconds


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    questions = [question.encode() for question in asked["bodies"]]
    print(at_once(asked["port"], asked["path"], questions, asked["clients"]))
