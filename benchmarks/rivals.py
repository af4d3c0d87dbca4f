"""`wget --warc-file` on the same pages: what it took, by the clock and in CPU seconds."""

import resource
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One program on one list of pages: seconds, CPU seconds, bytes of WARC; of ours the peak memory too (bytes)."""

    pages: int
    seconds: float
    cpu: float
    warc: int
    memory: int = 0

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.pages / self.seconds


def wget(urls: Sequence[str], *, proxy: str, folder: Path, side_by_side: int = 1) -> Run:
    """Archive the pages with that many processes, each with its share. Raises FileNotFoundError without a wget."""
    program = shutil.which("wget")
    if program is None:
        raise FileNotFoundError("There is no wget: install it (on Debian or Ubuntu: sudo apt install wget).")
    shares = [urls[start::side_by_side] for start in range(min(side_by_side, len(urls)))]
    for number, share in enumerate(shares):
        (folder / f"{number}.urls").write_text("\n".join(share))
    spent, begun = _spent_by_children(), time.perf_counter()
    running = [subprocess.Popen(_command(program, folder, number, proxy)) for number in range(len(shares))]
    statuses = [process.wait() for process in running]
    seconds = time.perf_counter() - begun
    if any(statuses):
        raise SystemExit(f"wget ended with {statuses}.")
    warc = sum(path.stat().st_size for path in folder.glob("*.warc.gz"))
    return Run(len(urls), seconds, _spent_by_children() - spent, warc)


def _command(program: str, folder: Path, number: int, proxy: str) -> list[str]:
    return [
        *(program, "--quiet", "--no-config", f"--input-file={folder / f'{number}.urls'}"),
        *("--output-document=/dev/null", f"--warc-file={folder / str(number)}", f"--warc-tempdir={folder}"),
        *("-e", "use_proxy=yes", "-e", f"http_proxy={proxy}"),
    ]


def _spent_by_children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
