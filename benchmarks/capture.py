"""`./run bench capture`: pages a second from asking to text, beside wget on the same pages in the same rounds.

Two settings: a site that answers at once, beside one `wget --warc-file`; and one that takes 50 ms for each page, beside
sixteen of them. A round is one run of each program, one after the other; what counts is the median of the rounds'
ratios. wget keeps its connections open and reads no text: both are in its favour.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks import machine, rivals, sections, service, site
from benchmarks.rivals import Run

_MARKS = {(0.0, 1): 1.2, (0.05, 16): 1.5}  # (latency, processes of wget): the ratio to reach


@dataclass(frozen=True, slots=True)
class Setting:
    """A latency of the site (seconds), how many wgets archive it, and the rounds: ours and theirs."""

    latency: float
    wgets: int
    rounds: Sequence[tuple[Run, Run]]

    @property
    def ratio(self) -> float:
        """Our pages a second over theirs: the median of the rounds."""
        return statistics.median(ours.rate / theirs.rate for ours, theirs in self.rounds)


def main(arguments: Sequence[str]) -> None:
    """Run it and print the table. Ends with SystemExit where something is missing or a file is not as it should be."""
    chosen = _parser().parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as alone,
    ):
        # Each in a process of its own: settings are read once a process.
        measured = [
            alone.submit(_measure, Path(folder) / f"{number}", *setting, chosen.pages, chosen.rounds)
            for number, setting in enumerate(_MARKS)
        ]
        settings = [each.result() for each in measured]
    text = "\n".join([*_table(settings), "", *machine.described()])
    print(text)
    if chosen.output:
        sections.write(chosen.output, "captures", f"{_HEADING}\n{text}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run bench capture", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("-n", "--rounds", type=int, default=3, help="rounds of each setting (3)")
    parser.add_argument("--pages", type=int, default=1000, help="pages of a run (1000)")
    parser.add_argument("--output", type=Path, help="write the table into this file too, as a section of it")
    return parser


def _measure(folder: Path, latency: float, wgets: int, pages: int, rounds: int) -> Setting:
    # What is written stays until all is measured: for minutes after files were removed, ext4 takes ten times as long
    # to make new ones.
    folder.mkdir()
    with site.serving(pages=pages, latency=latency) as port:
        service.prepare(folder, site.hosts(port))
        with service.running(folder) as workers:
            # The first run is not counted: processes start, modules are loaded, connections are made.
            workers.archive(site.urls(port, min(pages, service.WARM_UP), visit="warm"))
            runs = [_round(number, port, pages, wgets, workers, folder) for number in range(rounds)]
        _check_files(folder / "snapshots")
    return Setting(latency, wgets, runs)


def _round(
    number: int, port: int, pages: int, wgets: int, workers: service.Workers, folder: Path
) -> tuple[Run, Run]:
    urls = site.urls(port, pages, visit=f"round-{number}")
    ours = workers.archive(urls)
    beside = folder / f"wget-{number}"
    beside.mkdir()
    theirs = rivals.wget(urls, proxy=f"http://{site.ADDRESS}:{port}", folder=beside, side_by_side=wgets)
    print(f"round {number + 1}: {ours.rate:.0f} pages/s, wget {theirs.rate:.0f}", file=sys.stderr)
    return ours, theirs


def _check_files(store: Path) -> None:
    """Every file passes `warcio check`."""
    files = sorted(map(str, store.rglob("*.warc.gz")))
    for start in range(0, len(files), 500):
        command = [sys.executable, "-m", "warcio.cli", "check", *files[start : start + 500]]
        if subprocess.run(command, check=False).returncode:
            raise SystemExit("A WARC file does not pass `warcio check`: see above.")
    print(f"{len(files)} WARC files pass `warcio check`.", file=sys.stderr)


_HEADING = """## Captures beside wget

`./run bench capture`: both programs archive the same pages, one after the other, in the same rounds. From
asking for the captures to the last row with text: Celery workers fetch, write and sync a WARC file a page,
record it, and read its text. The site lies on loopback, serves generated HTML of 50 to 100 kB under 200
host names, and waits between pages of one host are off (`CAPTURE_HOST_DELAY=0`). The peak is of the largest
process of the worker.
"""


def _table(settings: Sequence[Setting]) -> Iterator[str]:
    yield "| latency | program | pages/s | CPU ms a page | WARC kB a page | peak MB | ratio | mark |"
    yield "|---|---|---|---|---|---|---|---|"
    for setting in settings:
        ours, theirs = zip(*setting.rounds, strict=True)
        mark = _MARKS[setting.latency, setting.wgets]
        latency = f"{setting.latency * 1000:.0f} ms"
        name = f"{setting.wgets} wgets" if setting.wgets > 1 else "wget"
        peak = max(run.memory for run in ours) / 1e6
        yield f"| {latency} | {name} | {_columns(theirs)} | | 1 | |"
        yield f"| {latency} | this service | {_columns(ours)} | {peak:.0f} | {setting.ratio:.2f} | {mark} |"


def _columns(runs: Sequence[Run]) -> str:
    rate = statistics.median(run.rate for run in runs)
    cpu = statistics.median(run.cpu / run.pages for run in runs) * 1000
    warc = statistics.median(run.warc / run.pages for run in runs) / 1000
    return f"{rate:.0f} | {cpu:.1f} | {warc:.1f}"


if __name__ == "__main__":
    main(sys.argv[1:])
