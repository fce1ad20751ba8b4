"""A real hall for a browser: daphne in a process of its own on a spare port, with the small meeting of `seed`."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from project.launch import BASE, server

_CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True)
class SmallHall:
    """A hall that serves: its address, its folder, and what `seed` told of the meeting and its seats."""

    url: str
    folder: Path
    told: dict[str, Any]

    @property
    def room(self) -> str:
        """The address under which the staff's pages of the meeting lie."""
        return f"/room/{self.told['meeting']}/"

    def slip(self, name: str) -> str:
        """The address on a person's slip."""
        return f"/q/{self.told['seats'][name]['slip']}/"


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HALL_", "DJANGO_", "LC_"))}
    return kept | {
        "HALL_DATA": str(folder),
        "HALL_SECRET_KEY": secrets.token_urlsafe(49),
        "HALL_TESTING": "1",  # static files as they lie in the tree
        "PYTHONPATH": str(BASE),
        "LANG": "C.UTF-8",
    }


@contextmanager
def small_hall(within: str | None = None) -> Iterator[SmallHall]:
    """The hall, once it answers; its folder is made in `within` and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="hall-browser-", dir=within) as place:
        folder = Path(place)
        environ = _environment(folder)
        seeded = subprocess.run(
            [sys.executable, "-m", "tests.browser.seed"],
            env=environ | {"HALL_SCRIBE": "inline"},
            cwd=BASE,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=120,
        )
        door = server.listen("127.0.0.1", 0)
        with door, (folder / "server.out").open("wb") as output:
            process = subprocess.Popen(
                server.daphne(door.fileno()),
                env=environ,
                cwd=BASE,
                pass_fds=(door.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                url = f"http://127.0.0.1:{door.getsockname()[1]}"
                _wait_until_it_answers(url, process, folder / "server.out")
                yield SmallHall(url, folder, json.loads(seeded.stdout))
            finally:
                process.terminate()
                process.wait(30)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], said: Path) -> None:
    end = time.monotonic() + 60
    while True:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the server does not answer: {said.read_text('utf-8', 'replace')}")
        try:
            with urlopen(f"{url}/healthz", timeout=10) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_CHROMIUM)
        try:
            yield browser
        finally:
            browser.close()
