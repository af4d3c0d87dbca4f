"""Pages are read in a process of their own, which may end in any way; the worker gets a text or a sentence."""

import gzip
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from sources import children, frames, reading, texts
from sources.children import Limits, Lost, NoReader
from sources.reader import _ENCODINGS
from sources.reading import ReadingFailed
from sources.texts import Text, Unreadable
from tests.sources.pdf_files import locked_pdf, pdf, pdf_bomb

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024
PAGE = "<html lang=en><title>On the outage</title><p>The lights went out."


@pytest.fixture(autouse=True)
def _own_readers() -> Iterator[None]:
    """No reader from before, and none that stays."""
    reading.close()
    yield
    reading.close()


@pytest.fixture
def evil(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts an evil reader in the place of ours, with tight limits."""

    def put(*kind: str, **limits: float) -> None:
        tight = Limits(**{"cpu": 1, "wall": 60.0, "memory": 500 * MIB, **limits})  # type: ignore[arg-type]
        monkeypatch.setattr(reading, "COMMAND", (sys.executable, "-m", "tests.sources.evil_readers", *kind))
        monkeypatch.setattr(reading, "LIMITS", tight)

    return put


def read(page: str | bytes = PAGE, *, media_type: str = "text/html", charset: str = "utf-8") -> Text:
    content = page.encode() if isinstance(page, str) else page
    return reading.read(content, media_type=media_type, charset=charset)


def waiting() -> list[int]:
    """The readers that wait for a page, by process."""
    return [child.pid for kept in reading._idle.values() for child in kept]


def runs(pid: int) -> bool:
    """Whether this process is there and no zombie."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def ends(pid: int) -> bool:
    deadline = time.monotonic() + 30
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not runs(pid)


class TestSameAnswer:
    @pytest.mark.parametrize(
        ("content", "media_type"),
        [
            (PAGE.encode(), "text/html"),
            (b"As it was.\n", "text/plain"),
            (pdf(["The lights", "went out."]), "application/pdf"),
            (pdf(["x"]), ""),
        ],
    )
    def test_as_in_this_process(self, content: bytes, media_type: str) -> None:
        assert read(content, media_type=media_type) == texts.read(
            content, media_type=media_type, charset="utf-8"
        )

    @pytest.mark.parametrize("media_type", ["text/html", "text/plain", "application/xhtml+xml"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
    def test_after_a_byte_order_mark_too(self, encoding: str, media_type: str) -> None:
        content = "\ufeff<p>as it was: é".encode(encoding)

        assert read(content, media_type=media_type, charset="koi8-r") == texts.read(
            content, media_type=media_type, charset="koi8-r"
        )

    @pytest.mark.parametrize("encoding", _ENCODINGS)
    def test_in_every_encoding_of_the_web_though_no_file_can_be_opened(self, encoding: str) -> None:
        content = bytes(range(0x20, 0x100)) * 2

        assert read(content, media_type="text/plain", charset=encoding) == texts.read(
            content, media_type="text/plain", charset=encoding
        )

    @pytest.mark.parametrize(
        ("content", "media_type"),
        [
            (b"<title>x</title>", "text/html"),
            (b"PK\x03\x04", "application/zip"),
            (locked_pdf(), "application/pdf"),
        ],
    )
    def test_the_reason_why_there_is_no_text_too(self, content: bytes, media_type: str) -> None:
        with pytest.raises(Unreadable) as here:
            texts.read(content, media_type=media_type, charset="")
        with pytest.raises(Unreadable) as there:
            read(content, media_type=media_type, charset="")

        assert str(there.value) == str(here.value)

    @pytest.mark.parametrize("coding", ["", "identity", "gzip", "deflate"])
    def test_a_coding_that_was_not_asked_for_is_undone(self, coding: str) -> None:
        packed = {"gzip": gzip.compress(b"<p>x"), "deflate": zlib.compress(b"<p>x")}.get(coding, b"<p>x")

        assert reading.read(packed, media_type="text/html", charset="", coding=coding).text == "x"

    @pytest.mark.parametrize(
        ("content", "coding", "reason"),
        [
            (b"<p>x", "gzip", "not in the coding"),
            (b"<p>x", "br", "not unpacked here"),
            (gzip.compress(gzip.compress(b"<p>x")), "gzip, gzip", "more than once"),
            (gzip.compress(bytes(40 * MIB)), "gzip", "more than 33,554,432 bytes"),
            (gzip.compress(b"<p>x" * 99)[:-9], "gzip", "lacks its end"),
        ],
        ids=[
            "not packed",
            "another coding",
            "two layers",
            "a bomb",
            "cut",
        ],  # packed bytes have a time in them
    )
    def test_a_coding_that_cannot_be_undone_is_a_reason(
        self, content: bytes, coding: str, reason: str
    ) -> None:
        with pytest.raises(Unreadable, match=reason):
            reading.read(content, media_type="text/html", charset="", coding=coding)

    def test_of_a_packed_page_that_was_cut_what_came_is_read(self) -> None:
        packed = gzip.compress(b"<p>As it was, " + bytes(range(32, 60)) * 50)[:-12]

        read = reading.read(packed, media_type="text/html", charset="", coding="gzip", cut=True)
        assert read.text.startswith("As it was, ")

    def test_a_page_larger_than_any_pipe(self) -> None:
        page = "<p>" + "as it was " * 500_000

        assert len(read(page).text) == 10 * 500_000 - 1

    def test_a_page_too_large_for_a_reader_is_not_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(frames, "MAX_PAGE", MIB)
        with pytest.raises(Unreadable, match="more than 1 MiB"):
            read(b"x" * (MIB + 1))
        assert waiting() == []


class TestKeeping:
    def test_one_reader_reads_page_after_page(self) -> None:
        read()
        first = waiting()
        read()

        assert len(first) == 1
        assert waiting() == first

    def test_what_may_be_a_pdf_has_a_reader_of_its_own(self) -> None:
        for _ in range(2):
            read()
            read("as it was", media_type="text/plain")
        page_readers = waiting()
        for media_type in ("application/pdf", "application/x-pdf", "", "application/octet-stream"):
            read(pdf(["x"]), media_type=media_type)

        assert len(page_readers) == 1
        assert len(waiting()) == 2
        assert waiting()[0] == page_readers[0]

    @pytest.mark.parametrize("media_type", ["text/html", "text/plain", "image/png"])
    def test_what_a_server_calls_something_else_is_read_as_that(self, media_type: str) -> None:
        with suppress(Unreadable):
            assert read(pdf(["x"]), media_type=media_type).text != "x"

        assert [len(kept) for kept in reading._idle.values()] == [1, 0]

    def test_threads_have_a_reader_each(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            seen = list(pool.map(lambda n: read(f"<p>page {n}").text, range(40)))

        assert seen == [f"page {n}" for n in range(40)]
        assert 1 <= len(set(waiting())) == len(waiting()) <= 4

    def test_after_its_number_of_pages_it_is_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "LIMITS", Limits(pages=2))
        read()
        first = waiting()[0]
        read()

        assert waiting() == []
        assert ends(first)

    def test_one_that_keeps_too_much_memory_is_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "LIMITS", Limits(kept=MIB))
        read()

        assert waiting() == []

    def test_close_leaves_no_process(self) -> None:
        read()
        pid = waiting()[0]
        reading.close()

        assert not runs(pid)

    def test_one_that_was_killed_while_it_waited_is_replaced_within_the_same_page(self) -> None:
        read()
        killed = waiting()[0]
        os.kill(killed, signal.SIGKILL)

        assert read().text == "The lights went out."
        assert waiting() not in ([], [killed])

    def test_signals_to_end_leave_the_worker_the_say(self) -> None:
        read()
        for ending in (signal.SIGINT, signal.SIGTERM):
            os.kill(waiting()[0], ending)
        before = waiting()
        read()

        assert waiting() == before


class TestEvilPages:
    def test_a_loop_is_ended_by_its_computing(self, evil: Callable[..., None]) -> None:
        evil("loop")
        with pytest.raises(ReadingFailed, match="more than 1 seconds of computing"):
            read()

    def test_a_wait_is_ended_by_the_clock(self, evil: Callable[..., None]) -> None:
        evil("sleep", wall=0.5)
        with pytest.raises(ReadingFailed, match=r"longer than 0\.5 seconds"):
            read()

    def test_a_hoard_is_ended_by_its_memory(self, evil: Callable[..., None]) -> None:
        evil("hoard")
        with pytest.raises(ReadingFailed, match="more than 500 MiB of memory"):
            read()

    def test_a_hoard_is_ended_where_the_system_limits_no_memory(self, evil: Callable[..., None]) -> None:
        evil("hoard-unlimited", memory=200 * MIB, cpu=60)
        with pytest.raises(ReadingFailed, match="more than 200 MiB of memory"):
            read()

    def test_a_crash_is_named_after_a_second_try(self, evil: Callable[..., None]) -> None:
        evil("crash")
        with pytest.raises(ReadingFailed, match=r"The reader of the page died \(SIGSEGV\)\."):
            read()

    def test_a_crash_by_chance_costs_nothing(self, evil: Callable[..., None], tmp_path: Path) -> None:
        evil("crash-once", str(tmp_path / "mark"))

        assert read().text == "The lights went out."
        assert (tmp_path / "mark").exists()

    def test_an_error_of_ours_is_named_without_the_page_s_words(self, evil: Callable[..., None]) -> None:
        evil("recurse")
        with pytest.raises(ReadingFailed) as failure:
            read()
        assert str(failure.value) == "The page could not be read (RecursionError)."

    def test_no_file_connection_or_secret_is_in_reach(self, evil: Callable[..., None]) -> None:
        evil("look-around")

        assert read().text.split("\n") == ["file", "new file", "connection", "pipe"]

    @pytest.mark.parametrize("kind", ["garbage", "huge", "early", "two-answers", "flood"])
    def test_an_answer_that_is_none_is_not_believed(self, evil: Callable[..., None], kind: str) -> None:
        evil(kind)
        with pytest.raises(ReadingFailed, match="an answer that is none"):
            read("x" * MIB)

    def test_nor_is_one_that_was_there_before_its_question(self, evil: Callable[..., None]) -> None:
        evil("early")
        child = reading._start(pdfs=False)
        time.sleep(0.5)  # it is there by now, and the question goes out at once
        with pytest.raises(Lost, match="an answer that is none"):
            child.ask(frames.message({}, b"x"))

    @pytest.mark.parametrize("kind", ["garbage", "half"])
    def test_an_answer_that_breaks_off_is_none(self, evil: Callable[..., None], kind: str) -> None:
        evil(kind, wall=5.0)
        with pytest.raises(ReadingFailed):
            read()

    def test_one_that_does_not_listen_is_not_waited_for(self, evil: Callable[..., None]) -> None:
        evil("deaf", wall=0.5)
        with pytest.raises(ReadingFailed, match="longer than"):
            read("x" * MIB)

    @pytest.mark.parametrize("kind", ["stranger", "broken"])
    def test_one_that_does_not_start_is_our_machine_s_trouble(
        self, evil: Callable[..., None], kind: str
    ) -> None:
        evil(kind)
        with pytest.raises(NoReader):
            read()

    def test_one_that_never_says_it_is_ready_is_not_waited_for(self, evil: Callable[..., None]) -> None:
        evil("silent", start=0.5)
        with pytest.raises(NoReader, match="in time"):
            read()

    def test_nothing_is_left_of_a_reader_that_died(self, evil: Callable[..., None]) -> None:
        evil("crash")
        before = open_files()
        for _ in range(5):
            with pytest.raises(ReadingFailed):
                read()

        assert open_files() == before
        assert waiting() == []


class TestHostileBytes:
    """The real reader, and pages made to hurt it."""

    @pytest.mark.parametrize("media_type", ["application/xhtml+xml", "text/html"])
    def test_entities_of_a_page_s_own_are_never_expanded(self, media_type: str) -> None:
        lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        page = f'<!DOCTYPE html [<!ENTITY l0 "lol">{lol}<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&l9; &x;'
        text = read(page, media_type=media_type).text

        assert "&l9; &x;" in text
        assert "root:" not in text
        assert len(text) < len(page)

    @pytest.mark.parametrize("media_type", ["image/svg+xml", "application/xml", "text/xml"])
    def test_xml_is_no_page(self, media_type: str) -> None:
        with pytest.raises(Unreadable, match="its bytes are kept as they are"):
            read(
                '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>', media_type=media_type
            )

    @pytest.mark.parametrize("media_type", ["application/zip", "", "application/octet-stream"])
    def test_an_archive_is_never_opened(self, media_type: str) -> None:
        with pytest.raises(Unreadable, match="its bytes are kept as they are"):
            read(b"PK\x03\x04" + bytes(100), media_type=media_type)

    def test_a_page_that_is_too_much_for_its_parser_ends_its_reader_alone(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "LIMITS", Limits(cpu=1, wall=30, memory=500 * MIB))
        a_million_attributes = b"<p " + b" ".join(b"a%d=1" % number for number in range(1_000_000)) + b">"
        with pytest.raises(ReadingFailed, match="more than 1 seconds of computing"):
            read(a_million_attributes)

        assert read().text == "The lights went out."

    @pytest.mark.parametrize("piece", ["<div>", "<p>x", "<p a=b c=d e=f>", "<table>", "<b>"])
    def test_thirty_megabytes_of_elements_do_not_grow_the_worker(
        self, monkeypatch: pytest.MonkeyPatch, piece: str
    ) -> None:
        monkeypatch.setattr(reading, "LIMITS", Limits(cpu=5, wall=60, memory=500 * MIB))
        page = piece * (30 * MIB // len(piece))
        before = children.resident(os.getpid())
        with pytest.raises((ReadingFailed, Unreadable)):
            read(page)

        assert children.resident(os.getpid()) - before < 100 * MIB

    def test_a_stream_that_unpacks_to_more_than_its_memory_ends_its_reader_alone(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "LIMITS", Limits(cpu=5, wall=60, memory=500 * MIB))
        with pytest.raises((ReadingFailed, Unreadable)):
            read(pdf_bomb(mib=600), media_type="application/pdf")

        assert read().text == "The lights went out."


SCRIPT = """
import os, signal, sys, time
from sources import reading
def pid():
    reading.read(b"<p>x", media_type="text/html", charset="")
    return reading._idle[False][-1].pid
"""


def script(body: str) -> "subprocess.Popen[str]":
    """A process of its own that runs this, once `pid()` is known."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT + body], cwd=ROOT, stdout=subprocess.PIPE, text=True, env={}
    )


class TestParents:
    def test_a_worker_that_is_killed_takes_its_waiting_reader_along(self) -> None:
        with script("print(pid(), flush=True); time.sleep(600)") as worker:
            assert worker.stdout
            reader = int(worker.stdout.readline())
            assert runs(reader)
            worker.kill()

        assert ends(reader)

    def test_a_reader_at_work_outlives_its_worker_by_its_computing_alone(self) -> None:
        body = (
            "reading.COMMAND = (sys.executable, '-m', 'tests.sources.evil_readers', 'loop')\n"
            "reading.LIMITS = reading.Limits(cpu=2)\n"
            "child = reading._start(pdfs=False); print(child.pid, flush=True)\n"
            "child.ask(reading.frames.message({}, b'x'))"
        )
        with script(body) as worker:
            assert worker.stdout
            reader = int(worker.stdout.readline())
            time.sleep(0.5)  # it is asked by now
            worker.kill()

        assert ends(reader)

    def test_a_worker_that_ends_in_peace_leaves_none(self) -> None:
        with script("print(pid())") as worker:
            told, _ = worker.communicate(timeout=60)

        assert worker.returncode == 0
        assert not runs(int(told))

    def test_a_process_that_was_forked_has_a_reader_of_its_own(self) -> None:
        body = (
            "mine = pid()\n"
            "if not (forked := os.fork()):\n"
            "    os._exit(0 if not any(reading._idle.values()) and pid() != mine else 1)\n"
            "status = os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1])\n"
            "print(status, pid() == mine)"
        )
        with script(body) as worker:
            told, _ = worker.communicate(timeout=60)

        assert told == "0 True\n"

    def test_a_process_of_a_pool_can_have_one(self) -> None:
        body = (
            "import billiard\n"
            "def work(): print(pid() > 0, flush=True)\n"
            "process = billiard.get_context('fork').Process(target=work)\n"
            "process.daemon = True; process.start(); process.join()"
        )
        with script(body) as worker:
            told, _ = worker.communicate(timeout=60)

        assert told == "True\n"
