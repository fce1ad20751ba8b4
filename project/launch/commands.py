"""Django's commands as processes (管理命令): the launcher itself never loads Django."""

from __future__ import annotations

import subprocess
import sys

from project.launch import BASE
from project.launch.words import RefusalError, _, step


def command(*arguments: str) -> list[str]:
    """The command line of one ``manage.py`` command."""
    return [sys.executable, "-P", str(BASE / "manage.py"), *arguments]


def run(environ: dict[str, str], title: str, *arguments: str) -> str:
    """Run one command, silent when it succeeds; what it wrote on standard output.

    Raises ``RefusalError`` with the end of its output when it fails.
    """
    with step(title):
        done = subprocess.run(
            command(*arguments),
            env=environ | {"HALL_SCRIBE": "inline"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise RefusalError(
            _("The command {name} failed:\n{output}").format(name=arguments[0], output=tail or done.returncode)
        )
    return done.stdout


def ask(environ: dict[str, str], *arguments: str, said: str = "") -> tuple[int, str]:
    """Run one command with ``said`` on its standard input; its exit code and what it answered."""
    done = subprocess.run(
        command(*arguments),
        env=environ | {"HALL_SCRIBE": "inline"},
        input=said,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    words = done.stdout.strip(), done.stderr.strip().removeprefix("CommandError: ")
    return done.returncode, "\n".join(text for text in words if text)
