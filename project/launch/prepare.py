"""Before a server starts (启动准备): catalogues, database, authority, static files. Quick when done."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from project.launch import BASE, commands
from project.launch.folder import write_private
from project.launch.words import RefusalError, _, forget_catalogue, step

_LOCALE = BASE / "project/locale"


def catalogues(locale: Path = _LOCALE) -> None:
    """Compile every message catalogue that is newer than what was compiled from it."""
    stale = []
    for source in sorted(locale.glob("*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime_ns < source.stat().st_mtime_ns:
            stale.append((source, compiled))
    if not stale:
        return
    program = shutil.which("msgfmt")
    if program is None:
        raise RefusalError(_("msgfmt is missing: install the package gettext."))
    with step(_("Compiling the translations")):
        for source, compiled in stale:
            part = compiled.with_name(f".{compiled.name}.{os.getpid()}.part")
            done = subprocess.run(
                [program, "--check-format", "-o", str(part), str(source)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                part.unlink(missing_ok=True)
                raise RefusalError(_("{path} has a fault:\n{output}").format(path=source, output=done.stderr.strip()))
            part.replace(compiled)
    forget_catalogue()


def static_files(folder: Path, environ: dict[str, str]) -> None:
    """Gather and compress the static files when one of them, or a package, has changed."""
    stamp = Path(environ.get("HALL_STATIC") or folder / "static") / ".stamp"
    now = _fingerprint()
    if stamp.exists() and stamp.read_text("ascii").strip() == now:
        return
    commands.run(environ, _("Gathering the static files"), "collectstatic", "--no-input", "--clear", "--verbosity", "0")
    write_private(stamp, now + "\n")


def _fingerprint() -> str:
    parts = hashlib.sha256((BASE / "requirements.lock").read_bytes())
    own = [BASE / "static", *BASE.glob("*/static"), *BASE.glob("*/*/static")]
    for path in sorted(file for place in own for file in place.rglob("*") if file.is_file()):
        state = path.stat()
        parts.update(f"{path.relative_to(BASE)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return parts.hexdigest()


def hall(environ: dict[str, str], demo: bool = False) -> bool:
    """Bring the database to this version with the triggers that guard the record, make the signing authority, load
    the demo. False when a real hall has no administrator yet."""
    title = _("Preparing the demo hall") if demo else _("Preparing the hall")
    said = commands.run(environ, title, "prepare_hall", *(["--demo"] if demo else []))
    return said.splitlines()[-1:] == ["ready"]


def database(environ: dict[str, str]) -> None:
    """Only the database, for a hall that has just been restored."""
    commands.run(environ, _("Preparing the database"), "migrate", "--no-input", "--verbosity", "0")
