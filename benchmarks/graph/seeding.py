"""Fill the database that `DATABASE_URL` names, which must have no claims yet: `python -m benchmarks.graph.seeding`.

Equal options give equal rows. What a tree is read from is there; pages' bytes and texts, and the change log, are not.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import service


def main() -> None:
    """Make the tables, and fill them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--appearances", type=int, default=1_000_000, help="how many (1000000)")
    parser.add_argument("--seed", type=int, default=1, help="what chance is drawn from (1)")
    options = parser.parse_args()
    if not os.environ.get("DATABASE_URL"):
        parser.error("DATABASE_URL names no database: give one that is empty.")
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        service.prepare(Path(folder), [])
        from django.core.management import call_command

        from benchmarks.graph import loading

        call_command("migrate", verbosity=0)
        try:
            loading.seed(options.appearances, seed=options.seed)
        except ValueError as error:
            parser.error(str(error))
    seconds = time.perf_counter() - begun
    print(f"{options.appearances:,} appearances in {seconds:.0f} s.", file=sys.stderr)


if __name__ == "__main__":
    main()
