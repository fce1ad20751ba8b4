"""Questions of the first start (首次启动): the public address and the first administrator."""

from __future__ import annotations

import getpass
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from project.launch import commands
from project.launch.folder import read_config, write_config
from project.launch.words import RefusalError, _, say


def public_url_fault(text: str) -> str:
    """Why ``text`` cannot be the public address, in one sentence; nothing when it can (or is empty)."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        return _("This is not an address.")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_ok:
        return _("The address begins with http:// or https:// and a name, for example https://hall.example.cn.")
    if parts.path.rstrip("/") or parts.query or parts.fragment or parts.username:
        return _("The address is only the name of the machine, without anything after it.")
    if any(character.isspace() for character in text) or "*" in parts.hostname:
        return _("This is not an address.")
    return ""


def public_url(folder: Path) -> str:
    """The address printed on documents and slips: from the environment, the first answer kept, or asked now."""
    given = os.environ.get("HALL_PUBLIC_URL")
    if given is not None:
        if fault := public_url_fault(given):
            raise RefusalError(f"HALL_PUBLIC_URL: {fault}")
        return given.rstrip("/")
    config = read_config(folder)
    if "public_url" in config:
        return str(config["public_url"])
    if not sys.stdin.isatty():
        say(
            _(
                "No public address is set: documents carry number and check code, and no link. "
                "Set HALL_PUBLIC_URL when the hall has one."
            )
        )
        return ""
    say(
        _(
            "Under which address can residents open this hall from anywhere, for example https://hall.example.cn?\n"
            "It is printed on documents. Leave it empty when the hall only works inside its own network."
        )
    )
    while True:
        answer = input(_("Public address: ")).strip().rstrip("/")
        if not (fault := public_url_fault(answer)):
            write_config(folder, public_url=answer)
            return answer
        say(fault)


def administrator(environ: dict[str, str]) -> None:
    """Make the first administrator (首任管理员): asked for at the terminal, or from the environment.

    Raises ``RefusalError`` when nobody can be asked and nothing is given, or when what is given is refused.
    """
    name, password = os.environ.get("HALL_ADMIN_NAME", ""), os.environ.get("HALL_ADMIN_PASSWORD", "")
    if name and password:
        code, answer = _make(environ, name, password)
        if code:
            raise RefusalError(answer)
        say(answer)
        return
    if not sys.stdin.isatty():
        raise RefusalError(
            _(
                "This hall has no administrator yet and there is no terminal to ask at. "
                "Set HALL_ADMIN_NAME and HALL_ADMIN_PASSWORD for the first start."
            ),
            code=2,
        )
    say(_("The first administrator of this hall:"))
    while True:
        name = name or input(_("Name to sign in with: ")).strip()
        password = getpass.getpass(_("Password (not shown): "))
        if password != getpass.getpass(_("The same password again: ")):
            say(_("The two passwords differ."))
            continue
        code, answer = _make(environ, name, password)
        say(answer)
        if code == 0:
            return
        name = ""


def _make(environ: dict[str, str], name: str, password: str) -> tuple[int, str]:
    said = json.dumps({"name": name, "password": password})
    return commands.ask(environ, "first_administrator", said=said)
