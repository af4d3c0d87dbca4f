"""Configuration: what is missing or unsafe speaks before the first request."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCTION = {
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "a key of fifty characters and more, of many kinds: 0123456789",
    "PUBLIC_URL": "https://claims.example",
    "ALLOWED_HOSTS": "claims.example",
}


def manage(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """manage.py with no more environment than this."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DATA_DIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_production_settings_pass_djangos_own_checks() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert checked.returncode == 0, checked.stderr


def test_allow_list_is_warned_of_in_production() -> None:
    checked = manage("check", "--deploy", CAPTURE_ALLOW_HOSTS="intranet.example:8080", **PRODUCTION)
    assert "provenance.W001" in checked.stderr
    assert "intranet.example:8080" in checked.stderr


def test_store_that_is_not_supported_is_named_with_its_cure() -> None:
    checked = manage("check", SNAPSHOT_STORAGE_URL="ftp://host/folder")
    assert checked.returncode == 1
    assert "provenance.E001" in checked.stderr
    assert "'ftp'" in checked.stderr
    assert "Give a folder" in checked.stderr


@pytest.mark.parametrize("ports", ["80,x", "0", "65536", "-1", "http"])
def test_ports_that_do_not_exist_are_named_with_their_cure(ports: str) -> None:
    checked = manage("check", CAPTURE_PORTS=ports)
    assert checked.returncode == 1
    assert "CAPTURE_PORTS must be port numbers" in checked.stderr


def test_ports_are_those_of_the_setting() -> None:
    shown = manage(
        "shell",
        "--no-imports",
        "-c",
        "from sources.snapshots import policy; print(sorted(policy().ports))",
        CAPTURE_PORTS="80,443,8080",
    )
    assert "[80, 443, 8080]" in shown.stdout, shown.stderr


def test_robots_are_obeyed_or_ignored_and_nothing_else() -> None:
    checked = manage("check", CAPTURE_ROBOTS="maybe")
    assert checked.returncode == 1
    assert "CAPTURE_ROBOTS must be obey or ignore" in checked.stderr


def test_graphql_is_executed_in_one_of_three_ways() -> None:
    checked = manage("check", GRAPHQL_EXECUTION="fast")
    assert checked.returncode == 1
    assert "GRAPHQL_EXECUTION must be columns or compiled or stock" in checked.stderr
    code = "from provenance.schema import schema; print(schema.execution_context_class.__name__)"
    names = {
        how: manage("shell", "-c", code, GRAPHQL_EXECUTION=how).stdout
        for how in ("columns", "compiled", "stock")
    }
    assert {how for how, name in names.items() if "CompiledExecutor" in name} == {"columns", "compiled"}


def test_web_server_has_loaded_all_before_the_first_request_and_frozen_it() -> None:
    code = "import gc, sys, provenance.wsgi; print(gc.get_freeze_count() > 100_000, 'provenance.schema' in sys.modules)"
    assert manage("shell", "-c", code).stdout.splitlines()[-1] == "True True"


@pytest.mark.parametrize("hours", ["-1", "inf", "nan", "87601", "two days"])
def test_hours_between_captures_are_some_and_not_too_many(hours: str) -> None:
    checked = manage("check", CAPTURE_RECAPTURE_MAX=hours)
    assert checked.returncode == 1
    assert "CAPTURE_RECAPTURE_MAX must be hours from 0 to 87600" in checked.stderr


def test_store_in_a_bucket_needs_no_server_to_be_checked() -> None:
    url = "s3://bucket/prefix?region=eu-west-1&endpoint_url=http%3A%2F%2F127.0.0.1%3A1"
    checked = manage("check", "--deploy", "--fail-level", "WARNING", SNAPSHOT_STORAGE_URL=url, **PRODUCTION)
    assert checked.returncode == 0, checked.stderr


def test_database_of_ones_own_needs_a_secret_key_of_ones_own() -> None:
    started = manage("check", **{**PRODUCTION, "SECRET_KEY": ""})
    assert started.returncode == 1
    assert "SECRET_KEY must be set when DATABASE_URL is" in started.stderr


def test_default_uses_neither_server_though_both_may_run_here() -> None:
    shown = manage(
        "shell",
        "--no-imports",
        "-c",
        "from django.conf import settings as s; print(s.DATABASES, s.REDIS_URL)",
    )
    assert "sqlite3" in shown.stdout
    assert "unix://" in shown.stdout
    assert "6379" not in shown.stdout
