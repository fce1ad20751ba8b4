"""Real halls for the tests of this room: the launcher as a process, in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from project.launch import BASE

# Compressing the static files takes seconds: once for all halls of this test process.
_STATIC = str(Path(os.environ["HALL_DATA"]) / "static")

ADMINISTRATOR = {"HALL_ADMIN_NAME": "fang", "HALL_ADMIN_PASSWORD": "lake-Tree-77-bridge"}

# Tests may run as root out of a folder that no other account can read. Giving up root is tested by itself in
# test_launch.py; here the hall runs as whoever runs the tests.
_LAUNCH = """
import sys
from project.launch import account
account.for_server = lambda folder, name="": None
account.owner = lambda folder: None
from project.launch.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def environment(**extra: str) -> dict[str, str]:
    """The machine's environment without the tests' own hall."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HALL_", "DJANGO_", "LC_"))}
    return kept | {"PYTHONPATH": str(BASE), "LANG": "C.UTF-8", "HALL_STATIC": _STATIC} | extra


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-c", _LAUNCH, *arguments]


def run(*arguments: str, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher to its end."""
    return subprocess.run(
        command(*arguments),
        env=environment(**extra),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )


class Hall:
    """A launcher that serves."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.log = log

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        try:
            with urlopen(Request(self.url + path, headers=headers), timeout=20) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except HTTPError as error:
            with error:
                return error.code, error.read().decode("utf-8", "replace")

    def until(self, met: object, seconds: float = 90.0) -> None:
        """Wait for ``met()`` while the launcher lives."""
        assert callable(met)
        end = time.monotonic() + seconds
        while not met():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def healthy(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except (URLError, OSError):
            return False

    def servers(self) -> list[int]:
        """Process ids of the launcher's daphne children."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children if b"daphne" in Path(f"/proc/{child}/cmdline").read_bytes()]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


@contextmanager
def serving(log: Path, port: int, *arguments: str, **extra: str) -> Iterator[Hall]:
    """The launcher with these arguments, once it answers; stopped at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command(*arguments, "--host", "127.0.0.1", "--port", str(port)),
            env=environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    hall = Hall(process, f"http://127.0.0.1:{port}", log)
    try:
        hall.until(hall.healthy)
        yield hall
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
