"""``./hall test`` (测试): every check of the code, then the tests on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from project.launch import BASE, prepare, services
from project.launch.words import _, say

CODE = ("project", "sessions", "voting", "tests", "manage.py")
NO_TESTS = 5  # pytest's exit code when nothing was selected
_PARALLEL = ("-n", "2", "--dist", "loadfile")


def test(arguments: list[str]) -> int:
    """Run everything; 0 when all is well. With pytest arguments only those tests run, without the other checks."""
    long = "--long" in arguments
    chosen = [argument for argument in arguments if argument != "--long"]
    prepare.catalogues()
    began = time.monotonic()
    failed = []
    with ExitStack() as held:
        place = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="hall-test-")))
        environ = _environment(place)
        if not chosen:
            failed = [name for name, command, extra in checks(place) if not _check(name, command, environ | extra)]
        environ["HALL_TEST_DATABASE"] = os.environ.get("HALL_TEST_DATABASE") or held.enter_context(services.postgres())
        environ["HALL_TEST_REDIS"] = os.environ.get("HALL_TEST_REDIS") or held.enter_context(services.redis())
        codes = [_pytest(title, [*options, *chosen], environ | extra) for title, options, extra in passes(long)]
    if any(code not in {0, NO_TESTS} for code in codes) or all(code == NO_TESTS for code in codes):
        failed.append("pytest")
    say()
    took = f"{time.monotonic() - began:.0f} s"
    if failed:
        say(_("FAILED after {took}: {names}").format(took=took, names=", ".join(failed)))
        return 1
    say(_("All checks and tests passed in {took}.").format(took=took))
    return 0


def checks(place: Path) -> list[tuple[str, list[str], dict[str, str]]]:
    """Name, command and extra environment of every check that is not a test."""
    python = [sys.executable, "-m"]
    manage = [sys.executable, "manage.py"]
    production = {
        "HALL_PUBLIC_URL": "https://hall.example",
        "HALL_PROXY": "1",
        "HALL_SECRET_KEY": secrets.token_urlsafe(49),
        "HALL_DATA": str(place / "deploy"),
    }
    return [
        ("ruff", [*python, "ruff", "check", *CODE], {}),
        ("ruff format", [*python, "ruff", "format", "--check", *CODE], {}),
        ("mypy", [*python, "mypy"], {}),
        ("djlint", [*python, "djlint", "templates", "--lint", "--quiet"], {}),
        ("import contracts", [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], {}),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], {}),
        ("check --deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
        ("translations", [*python, "project.launch.translations"], {}),
    ]


def passes(long: bool) -> list[tuple[str, list[str], dict[str, str]]]:
    """Name, pytest options and extra environment of each run of the tests.

    Tests marked ``postgres`` need Django on PostgreSQL; those marked ``databases`` run on both. Long runs measure and
    load the machine, so they go one at a time.
    """
    on_postgres = {"HALL_TESTS_ON": "postgres"}
    runs = [
        (_("Tests on SQLite"), [*_PARALLEL, "-m", "not postgres and not long"], {}),
        (_("Tests on PostgreSQL"), [*_PARALLEL, "-m", "(postgres or databases) and not long"], on_postgres),
    ]
    if long:
        runs += [
            (_("Long runs on SQLite"), ["--long", "-m", "long and not postgres"], {}),
            (_("Long runs on PostgreSQL"), ["--long", "-m", "long and (postgres or databases)"], on_postgres),
        ]
    return runs


def _environment(place: Path) -> dict[str, str]:
    """The machine's environment without its hall: what is set up for a real one must not reach the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HALL_")}
    return kept | {
        "HALL_DATA": str(place / "data"),
        "HALL_SCRIBE": "inline",
        "HALL_SECRET_KEY": secrets.token_urlsafe(49),
        "PYTHONPATH": str(BASE),
    }


def _check(name: str, command: list[str], environ: dict[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=BASE,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    say(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - began:.0f} s)")
    if done.returncode:
        say(done.stdout.rstrip())
    return done.returncode == 0


def _pytest(title: str, options: list[str], environ: dict[str, str]) -> int:
    say(f"\n{title}")
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.run(command, cwd=BASE, env=environ, stdin=subprocess.DEVNULL, check=False).returncode
