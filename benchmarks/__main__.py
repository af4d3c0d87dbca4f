"""`./run bench`: all benchmarks, or the one that is named; more words are its own options."""

import subprocess
import sys

NAMES = ("analyses", "anchoring", "capture", "graph", "oracle", "reading", "tree", "writing")


def main(words: list[str]) -> int:
    """Run them, each in a process of its own; the first exit status that is not 0."""
    if words and words[0] in NAMES:
        chosen, options = [words[0]], words[1:]
    elif not words:
        chosen, options = list(NAMES), []
    else:
        print(f"./run bench: there is {', '.join(NAMES)}; without a name, all are run.", file=sys.stderr)
        return 2
    statuses = [_run(name, options) for name in chosen]
    return next(filter(None, statuses), 0)


def _run(name: str, options: list[str]) -> int:
    process = subprocess.Popen([sys.executable, "-m", f"benchmarks.{name}", *options])
    try:
        return process.wait()
    except KeyboardInterrupt:
        # It was told too, and has servers to end and databases to drop.
        process.wait()
        raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
