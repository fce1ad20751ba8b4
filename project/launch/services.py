"""PostgreSQL and Redis of one's own for the tests (测试用数据库): private, on spare ports, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from project.launch.server import end_with_parent
from project.launch.words import RefusalError, _

_PATIENCE = 60.0  # seconds a server may take to answer


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def spare_port() -> int:
    """A TCP port of the loopback that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def postgres() -> Iterator[str]:
    """A private PostgreSQL cluster; yields the URL of an empty database in it.

    It trusts everyone on the loopback and does not wait for the disk: it holds nothing but tests. PostgreSQL refuses
    to run as root, so root starts it as the account ``postgres`` that its package brings.
    """
    programs = _postgres_programs()
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    place = Path(tempfile.mkdtemp(prefix="hall-postgres-"))
    try:
        os.chown(place, account.pw_uid, account.pw_gid)
        data = place / "data"
        identity = ["-U", "hall", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            [str(programs / "initdb"), "-D", str(data), *identity],
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
            **_identity(account),
        )
        if done.returncode:
            raise RefusalError(_("{name} failed: {reason}").format(name="initdb", reason=done.stderr.strip()))
        port = spare_port()
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(place)]
        for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"):
            command += ["-c", setting]
        answered = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "hall"]
        with _running(command, place, account, lambda: subprocess.run(answered, check=False).returncode == 0):
            yield f"postgresql://hall@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str]:
    """A private Redis that keeps nothing; yields its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise RefusalError(_("Redis is missing: install redis-server, or give one in HALL_TEST_REDIS."))
    place = Path(tempfile.mkdtemp(prefix="hall-redis-"))
    try:
        port = spare_port()
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with _running([*command, "--dir", str(place)], place, None, lambda: _pong(port)):
            yield f"redis://127.0.0.1:{port}/0"
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _postgres_programs() -> Path:
    """The folder of initdb and postgres: Debian keeps them out of PATH, one folder per version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    raise RefusalError(_("PostgreSQL's server is missing: install postgresql, or give one in HALL_TEST_DATABASE."))


def _identity(account: pwd.struct_passwd) -> _Identity:
    if account.pw_uid == os.geteuid():
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _pong(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(b"PING\r\n")
            return line.recv(7).startswith(b"+PONG")
    except OSError:
        return False


@contextmanager
def _running(
    command: list[str], place: Path, account: pwd.struct_passwd | None, answers: Callable[[], bool]
) -> Iterator[None]:
    """The server while the block runs. It ends with this process however that ends."""
    log = place / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - one prctl, nothing that could wait for a lock
            **(_identity(account) if account else _Identity()),
        )
    try:
        until = time.monotonic() + _PATIENCE
        while not answers():
            if process.poll() is not None or time.monotonic() > until:
                raise RefusalError(
                    _("{name} failed: {reason}").format(
                        name=Path(command[0]).name, reason=log.read_text("utf-8", "replace").strip()[-2000:]
                    )
                )
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
