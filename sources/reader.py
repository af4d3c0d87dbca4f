"""The reader: `python -m sources.reader [OPTION] MEMORY CPU`, a process that reads hostile pages and can be killed.

It is asked on standard input and answers on standard output (`frames`), one page after the other, and ends with its
input. MEMORY is in bytes of address space, CPU in seconds a page, the option `frames.NO_PDFS`. After its imports it can
open nothing: no file, no connection.
"""

import codecs
import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from io import BufferedWriter, FileIO
from typing import Any, BinaryIO

from resiliparse.parse.encoding import map_encoding_to_html5

from sources import frames, texts

# The WHATWG Encoding Standard's, but three that are none of Python's.
_ENCODINGS = (
    "utf-8", "ibm866", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7",
    "iso-8859-8", "iso-8859-8-i", "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16",
    "koi8-r", "koi8-u", "macintosh", "windows-874", "windows-1250", "windows-1251", "windows-1252",
    "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258", "gbk",
    "gb18030", "big5", "euc-jp", "iso-2022-jp", "shift_jis", "euc-kr", "utf-16be", "utf-16le",
)  # fmt: skip
# An answer of this many bytes is written at once, and wakes the worker once.
_AT_ONCE = 256 * 1024
_WARM_UP = "<html lang=en><title>x</title><script type=application/ld+json>{}</script><p>" + "word " * 80


def main() -> None:
    """Read pages until there are no more questions."""
    memory, cpu = map(int, sys.argv[-2:])
    # The worker decides when we end, by closing our input or by a kill that cannot be ignored.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    _load(pdfs=frames.NO_PDFS not in sys.argv)
    questions = sys.stdin.buffer
    answers = BufferedWriter(FileIO(sys.stdout.fileno(), "wb", closefd=False), _AT_ONCE)
    _confine(memory)
    answers.write(frames.HELLO)
    answers.flush()
    try:
        _serve(questions, answers, cpu)
    except MemoryError:
        os._exit(frames.OUT_OF_MEMORY)  # nothing that needs memory


def _serve(questions: BinaryIO, answers: BinaryIO, cpu: int) -> None:
    while (asked := _question(questions)) is not None:
        _allow(cpu)
        for part in frames.answer(_outcome(*asked)):
            answers.write(part)
        answers.flush()


def _question(questions: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    start = questions.read(frames.LENGTHS.size)
    if len(start) < frames.LENGTHS.size:
        return None
    head, body = frames.LENGTHS.unpack(start)
    return json.loads(questions.read(head)), questions.read(body)


def _outcome(about: dict[str, Any], page: bytes) -> frames.Outcome:
    try:
        return texts.read(page, **about)
    except texts.Unreadable as reason:
        return reason
    except MemoryError:
        raise
    except Exception as error:  # whatever a hostile page breaks
        return type(error).__name__


def _load(*, pdfs: bool) -> None:
    """Load now what would be loaded at its first use, which is no longer possible then."""
    for encoding in _ENCODINGS:
        codecs.lookup(map_encoding_to_html5(encoding) or encoding)
    codecs.lookup("utf-8-sig")  # of pages that begin with a byte order mark
    texts.read(_WARM_UP.encode(), media_type="text/html", charset="")
    if pdfs:
        with suppress(texts.Unreadable):
            texts.read(b"%PDF-", media_type="application/pdf", charset="")


def _confine(memory: int) -> None:
    os.close(2)  # what a library has to say of a page is of the page's making
    limits = {
        "RLIMIT_NOFILE": 2,  # those that are open; a socket would be one more
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": 0,
        "RLIMIT_AS": memory,
    }
    for name, most in limits.items():
        # macOS knows no limit of address space: there the worker's watch must do.
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))


def _allow(cpu: int) -> None:
    """Raise the limit, which counts from the start of the process, to `cpu` seconds from now."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(time.process_time()) + 1 + cpu
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


if __name__ == "__main__":
    main()
