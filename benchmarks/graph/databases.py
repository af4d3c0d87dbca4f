"""A database of the benchmark's own, seeded: beside the one that `DATABASE_URL` names, else a file in `DATA_DIR`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

_OURS = "made by `./run bench graph`: "
_FILES = "bench-graph-"
_MADE_BY = ("drawing.py", "loading.py", "wording.py")


@contextmanager
def seeded(appearances: int, *, seed: int, keep: bool) -> Iterator[str]:
    """The URL of a database with so many appearances, dropped when the block ends; or kept, for who asks again."""
    contents = f"{appearances}-{seed}-{_version()}"
    url = (_postgresql if _given() else _sqlite)(contents, appearances, seed)
    try:
        yield url
    finally:
        if not keep:
            drop(url)


def drop_kept() -> None:
    """Remove what earlier runs have kept, beside the same database or in the same folder."""
    if given := _given():
        drop(_beside(given, _name(given)))
    for path in _folder().glob(f"{_FILES}*"):
        path.unlink()


def drop(url: str) -> None:
    """Remove such a database. Raises SystemExit for one that was not made here."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        for path in Path(parts.path[1:]).parent.glob(f"{Path(parts.path).name}*"):
            path.unlink()
        return
    name = parts.path.strip("/")
    with _connected(_beside(url, "postgres")) as server:
        if (said := _comment(server, name)) is None:
            return
        if not said.startswith(_OURS):
            raise SystemExit(f"The database {name} was not made by `./run bench graph`: rename or drop it.")
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _given() -> str:
    """The PostgreSQL that the run was given, if it was."""
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith("postgres") else ""


def _name(given: str) -> str:
    return urlsplit(given).path.strip("/") + "_graph"


def _folder() -> Path:
    return Path(os.environ.get("DATA_DIR") or "var").resolve()


def _postgresql(contents: str, appearances: int, seed: int) -> str:
    given = _given()
    name = _name(given)
    url = _beside(given, name)
    with _connected(given) as server:
        if _comment(server, name) == _OURS + contents:
            return url
        drop(url)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        _say(server, name, "not whole")
        _fill(url, appearances, seed)
        _say(server, name, contents)
    return url


def _sqlite(contents: str, appearances: int, seed: int) -> str:
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_FILES}{contents}.sqlite3"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        for left in folder.glob(f"{unfinished.name}*"):
            left.unlink()
        _fill(f"sqlite:///{unfinished}", appearances, seed)
        unfinished.rename(path)
    return f"sqlite:///{path}"


def _fill(url: str, appearances: int, seed: int) -> None:
    """In a process of its own: settings are read once a process."""
    options = ("--appearances", str(appearances), "--seed", str(seed))
    command = [sys.executable, "-m", "benchmarks.graph.seeding", *options]
    if subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode:
        raise SystemExit("The database could not be filled: see above.")


def _version() -> str:
    """Of the code that draws the rows: a database that was kept is used again only under the same."""
    folder = Path(__file__).parent
    return sha256(b"".join((folder / name).read_bytes() for name in _MADE_BY)).hexdigest()[:8]


def _beside(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _connected(url: str) -> "psycopg.Connection[tuple[str | None, ...]]":
    return psycopg.connect(url, autocommit=True)


def _comment(server: "psycopg.Connection[tuple[str | None, ...]]", name: str) -> str | None:
    """What is said of a database; None if there is none of this name."""
    found = server.execute(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = %s",
        [name],
    ).fetchone()
    return found[0] if found else None


def _say(server: "psycopg.Connection[tuple[str | None, ...]]", name: str, contents: str) -> None:
    said = sql.SQL("COMMENT ON DATABASE {} IS {}")
    server.execute(said.format(sql.Identifier(name), sql.Literal(_OURS + contents)))
