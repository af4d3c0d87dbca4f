"""A file of results in sections, each written by the command that measures it."""

import re
from pathlib import Path

_TITLE = "# Benchmarks\n"


def write(path: Path, name: str, text: str) -> None:
    """Put this section into the file in the place of the one of the same name, or at the end."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{begin}\n\n{text.strip()}\n\n{end}"
    before = path.read_text() if path.exists() else _TITLE
    found = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if found.search(before):
        path.write_text(found.sub(lambda _: section, before))
    else:
        path.write_text(f"{before.rstrip()}\n\n{section}\n")
