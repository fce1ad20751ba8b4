"""The data folder (数据文件夹): one place for everything a hall must not lose, readable by its owner alone.

``config.json`` holds what was answered at the first start; an environment variable always goes before it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from project.launch.words import RefusalError, _

CONFIG = "config.json"
DEMO_MARK = "demo.json"
SECRET_KEY = "secret_key"  # noqa: S105 - a file's name
LOCK = "server.lock"


def default_path(demo: bool = False) -> Path:
    """Where the data folder is when nobody names one: outside the clone, and for root where services keep theirs."""
    name = "yishiting-demo" if demo else "yishiting"
    if os.geteuid() == 0 and not demo:
        return Path("/var/lib") / name
    return Path.home() / ".local/share" / name


def read_config(folder: Path) -> dict[str, Any]:
    """``config.json`` of the folder, or nothing. Raises ``RefusalError`` when it is not a JSON object."""
    try:
        text = (folder / CONFIG).read_text("utf-8")
    except FileNotFoundError:
        return {}
    try:
        config = json.loads(text)
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise RefusalError(_("{path} is damaged: it must be one JSON object.").format(path=folder / CONFIG))
    return config


def write_config(folder: Path, **values: Any) -> None:
    """Change these values of ``config.json`` and keep the others."""
    write_private(folder / CONFIG, json.dumps(read_config(folder) | values, ensure_ascii=False, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write whole or not at all, mode 0600, safe against a power cut."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def make(folder: Path, demo: bool) -> None:
    """Make the folder (0700) with its secret key; an existing one of the same kind is kept and closed to others.

    Raises ``RefusalError`` for a file, for somebody's folder that is not a hall's, and for the wrong kind of hall.
    """
    if folder.exists() and not folder.is_dir():
        raise RefusalError(_("{folder} is a file; a data folder is needed.").format(folder=folder))
    known = (folder / CONFIG).exists()
    marked = (folder / DEMO_MARK).exists()
    if folder.exists() and not known and any(folder.iterdir()):
        raise RefusalError(_("{folder} is not empty and is no hall's data folder.").format(folder=folder))
    if known and demo and not marked:
        raise RefusalError(_("{folder} holds a real hall; the demo needs a folder of its own.").format(folder=folder))
    if known and marked and not demo:
        raise RefusalError(_("{folder} is a demo's folder; a real hall needs one of its own.").format(folder=folder))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) != 0o700:
            folder.chmod(0o700)
        if demo and not marked:
            write_private(folder / DEMO_MARK, json.dumps({"demo": True}) + "\n")
        if not known:
            write_config(folder, kind="demo" if demo else "hall", format=1)
        if not (folder / SECRET_KEY).exists():
            write_private(folder / SECRET_KEY, new_secret_key() + "\n")
    except PermissionError:
        raise RefusalError(_("You may not write in {folder}.").format(folder=folder)) from None


def new_secret_key() -> str:
    """66 characters, 396 bits."""
    return secrets.token_urlsafe(49)


@contextmanager
def in_use(folder: Path, several: bool = False) -> Iterator[None]:
    """Hold the folder: alone, or with other processes that also hold it as one of several.

    Two servers on one SQLite file would each have a hub that knows nothing of the other, and a restore under a
    running server would lose what it writes. The kernel lets go when the process dies.
    """
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if several else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusalError(_("A server is running on {folder}: stop it first.").format(folder=folder)) from None
        yield
    finally:
        os.close(descriptor)


def chosen(given: str | None, demo: bool = False) -> Path:
    """The folder named on the command line, else ``HALL_DATA`` (never for a demo), else the usual place."""
    if not given and not demo:
        given = os.environ.get("HALL_DATA")
    return Path(given).expanduser().absolute() if given else default_path(demo)
