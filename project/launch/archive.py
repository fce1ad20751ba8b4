"""``./hall backup`` and ``./hall restore`` (备份与恢复): the whole hall in one file, and back.

The file is a gzipped tar: ``manifest.json`` first (format, database, size and SHA-256 of every file), the database as
a consistent copy, then the data folder. It never holds the keys of secret votes: a backup must not outlive the
unsealing of a vote with the means to open its box. It does hold the secret key and the signing authority, so it is
written readable by its owner alone.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from project.launch import account, commands, copies, folder, prepare, server
from project.launch.words import RefusalError, _, say, step, warn

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_BYTES = 64 * 1024 * 1024
_LEFT_OUT = {"keys", "static", "log", "drafts", folder.LOCK, copies.SQLITE, MANIFEST}
_CHUNK = 1024 * 1024


def backup(options: argparse.Namespace) -> int:
    """Write the backup; a running server is not disturbed. Raises ``RefusalError`` with what is in the way."""
    data = folder.chosen(options.data)
    if (data / folder.DEMO_MARK).exists():
        os.environ.pop("HALL_DATABASE", None)  # a demo is one folder and nothing else
    if not (data / folder.CONFIG).exists():
        raise RefusalError(_("{folder} is no hall's data folder.").format(folder=data))
    name = options.file or f"yishiting-{datetime.now().astimezone():%Y%m%d-%H%M%S}.tar.gz"
    target = Path(name).expanduser().absolute()
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RefusalError(_("{path} is there already; it is not overwritten.").format(path=target)) from None
    except OSError as error:
        raise RefusalError(f"{target}: {error.strerror}") from None
    done = False
    with os.fdopen(descriptor, "wb") as out:
        try:
            if target.parent == data or data in target.parents:
                raise RefusalError(_("A backup inside the data folder would be lost with it; choose another place."))
            account.become(account.owner(data), data)
            with step(_("Writing the backup")), tempfile.TemporaryDirectory(dir=data, prefix=".backup-") as spare:
                # the database first: a document's file is written before the entry that names it is committed
                database = copies.dump(data, Path(spare))
                count = _write(out, data, database, Path(spare))
            out.flush()
            os.fsync(out.fileno())
            done = True
        finally:
            if not done:
                os.ftruncate(out.fileno(), 0)
                _forget(target)
    say(_("{count} files are in {path}.").format(count=count, path=target))
    say(_("It holds the hall's secret key and signing authority: keep it as carefully as a key."))
    return 0


def restore(options: argparse.Namespace) -> int:
    """Put a backup into a new data folder and verify the record in it. Raises ``RefusalError`` when it may not."""
    data = folder.chosen(options.data)
    try:
        file = Path(options.file).expanduser().open("rb")
    except OSError as error:
        raise RefusalError(f"{options.file}: {error.strerror}") from None
    with file:
        prepare.catalogues()
        left = set(os.listdir(data)) - {folder.LOCK} if data.is_dir() else set()
        if left or (data.exists() and not data.is_dir()):
            raise RefusalError(_("{folder} is not empty; a backup is restored into a new folder.").format(folder=data))
        person = account.for_server(data)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        account.become(person, data)
        data.chmod(0o700)
        with folder.in_use(data):
            stage = data / ".restoring"
            try:
                with step(_("Reading the backup")):
                    manifest = _extract(file, stage)
                copies.load(str(manifest["database"]), stage)
                for path in sorted(stage.iterdir()):
                    path.rename(data / path.name)
            finally:
                shutil.rmtree(stage, ignore_errors=True)
            environ = server.environment(HALL_DATA=str(data))
            prepare.database(environ)
            with step(_("Verifying the record")):
                code, answer = commands.ask(environ, "verify_record", "--all")
            if code:
                raise RefusalError(_("The restored record does NOT verify:\n{answer}").format(answer=answer))
    say(
        _("The hall of {date} is restored in {folder}; its record verifies.").format(
            date=manifest["created"], folder=data
        )
    )
    return 0


def _forget(target: Path) -> None:
    try:
        target.unlink()
    except OSError:
        warn(_("An empty file is left at {path}.").format(path=target))


def _contents(data: Path) -> Iterator[Path]:
    """The files of the folder that belong in a backup. Links are not followed and not kept."""
    keys = Path(os.environ.get("HALL_KEYS") or data / "keys").expanduser().resolve()
    for place, names, files in os.walk(data):
        here = Path(place)
        top = here == data
        names[:] = sorted(
            name
            for name in names
            if not (top and name in _LEFT_OUT)
            and not name.startswith((".backup-", ".restoring"))
            and (here / name).resolve() != keys
            and not (here / name).is_symlink()
        )
        for name in sorted(files):
            path = here / name
            if name.endswith(".part") or (top and (name in _LEFT_OUT or name.startswith(f"{copies.SQLITE}-"))):
                continue
            if path.is_file() and not path.is_symlink():
                yield path


def _write(out: IO[bytes], data: Path, database: Path, spare: Path) -> int:
    members = {database.name: database} | {path.relative_to(data).as_posix(): path for path in _contents(data)}
    # Files of a hall are replaced, never changed in place: a second name holds on to the content of this moment.
    files: dict[str, dict[str, Any]] = {}
    kept: dict[str, Path] = {}
    for number, (name, path) in enumerate(members.items()):
        copy = path if path == database else spare / f"{number}"
        if copy is not path:
            try:
                os.link(path, copy)
            except FileNotFoundError:
                continue
        files[name] = {"size": copy.stat().st_size, "sha256": _digest(copy)}
        kept[name] = copy
    manifest = {
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": database.name,
        "files": files,
    }
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT, compresslevel=6) as archive:
        text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        _add(archive, MANIFEST, io.BytesIO(text), len(text))
        for name, path in kept.items():
            with path.open("rb") as content:
                _add(archive, name, content, files[name]["size"])
    return len(kept)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    member.mtime = int(datetime.now(UTC).timestamp())
    archive.addfile(member, content)


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _extract(file: IO[bytes], stage: Path) -> dict[str, Any]:
    """Unpack exactly the files the manifest names, each with its size and digest, and nothing else."""
    stage.mkdir(mode=0o700)
    try:
        with tarfile.open(fileobj=file, mode="r|gz") as archive:
            manifest = _manifest(archive)
            waiting = dict(manifest["files"])
            while (member := archive.next()) is not None:
                expected = waiting.pop(member.name, None)
                if expected is None or not member.isfile() or member.size != expected["size"]:
                    raise RefusalError(_("This backup is damaged or altered: {name}").format(name=repr(member.name)))
                content = archive.extractfile(member)
                assert content is not None
                _unpack(content, stage / member.name, member.name, expected["sha256"])
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise RefusalError(_("The backup cannot be unpacked: {reason}").format(reason=error.strerror)) from None
        raise RefusalError(_("This file is no backup of a hall, or it is damaged.")) from None
    if waiting:
        raise RefusalError(_("This backup is damaged or altered: {name}").format(name=repr(min(waiting))))
    return manifest


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    first = archive.next()
    if first is None or first.name != MANIFEST or not first.isfile() or first.size > MANIFEST_BYTES:
        raise RefusalError(_("This file is no backup of a hall, or it is damaged."))
    content = archive.extractfile(first)
    assert content is not None
    manifest: dict[str, Any] = json.loads(content.read())
    if manifest["format"] != FORMAT:
        raise RefusalError(_("This backup was written by another version of the program."))
    datetime.fromisoformat(manifest["created"])
    if manifest["database"] not in {copies.SQLITE, copies.POSTGRES} or manifest["database"] not in manifest["files"]:
        raise ValueError
    for name, about in manifest["files"].items():
        path = PurePosixPath(name)
        plain = not path.is_absolute() and path.as_posix() == name and ".." not in path.parts
        if not plain or "\0" in name or "\\" in name or path.parts[0] in _LEFT_OUT - {copies.SQLITE}:
            raise RefusalError(_("This backup is damaged or altered: {name}").format(name=repr(name)))
        if type(about["size"]) is not int or about["size"] < 0:
            raise ValueError
    return manifest


def _unpack(content: IO[bytes], path: Path, name: str, expected: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != expected:
        raise RefusalError(_("This backup is damaged or altered: {name}").format(name=repr(name)))
