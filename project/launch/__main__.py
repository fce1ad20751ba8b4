"""The launcher's command line (启动器): ``./hall COMMAND``."""

from __future__ import annotations

import argparse
import os
import sys

from project.launch import archive, checks, commands, demo, folder, prepare, serve
from project.launch.account import become, owner
from project.launch.server import environment
from project.launch.words import RefusalError, _, say, warn


def parser() -> argparse.ArgumentParser:
    """Every command with its options; those that pass all their arguments on are named only for ``--help``."""
    whole = argparse.ArgumentParser(prog="./hall", description=_("The council hall, for the person who runs it."))
    verbs = whole.add_subparsers(dest="command", required=True)
    for name, text in (("demo", _("a hall to try out")), ("serve", _("the real hall"))):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument("--port", type=_port, default=8000, help=_("port to serve on (8000)"))
        verb.add_argument("--host", default="0.0.0.0", help=_("address to serve on (all)"))  # noqa: S104 - phones
        verb.add_argument("--data", metavar="DIR", help=_("the data folder"))
        if name == "demo":
            verb.add_argument("--play", action="store_true", help=_("let simulated residents live through the meeting"))
            verb.add_argument("--speed", type=_speed, default=1.0, help=_("play so many times faster"))
        else:
            verb.add_argument("--user", default="", help=_("account to serve as when started by root"))
            verb.add_argument("--prepare", action="store_true", help=_("prepare everything, then end"))
            verb.add_argument("--worker", action="store_true", help=_("one of several processes, prepared elsewhere"))
    verb = verbs.add_parser("backup", help=_("everything in one file"))
    verb.add_argument("file", nargs="?", help=_("the file to write"))
    verb.add_argument("--data", metavar="DIR", help=_("the data folder"))
    verb = verbs.add_parser("restore", help=_("a backup into a new folder"))
    verb.add_argument("file", help=_("the file to read"))
    verb.add_argument("--data", metavar="DIR", help=_("the data folder"))
    for name, text in (
        ("manage", _("Django's commands")),
        ("test", _("all checks and tests")),
        ("screens", _("every screen as a picture")),
    ):
        verbs.add_parser(name, help=text, add_help=False)
    return whole


def main(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    verbs = {"demo": demo.demo, "serve": serve.serve, "backup": archive.backup, "restore": archive.restore}
    passed_on = {"manage": _manage, "test": checks.test, "screens": _screens}
    try:
        if arguments and arguments[0] in passed_on:
            return passed_on[arguments[0]](arguments[1:])
        options = parser().parse_args(arguments)
        return verbs[options.command](options)
    except RefusalError as refusal:
        warn(str(refusal))
        return refusal.code
    except (KeyboardInterrupt, EOFError):
        say()
        return 130


def _manage(arguments: list[str]) -> int:
    """Run ``manage.py`` on the real data folder (or ``--data DIR``) as the folder's owner."""
    given = None
    if arguments[:1] == ["--data"] and len(arguments) > 1:
        given, arguments = arguments[1], arguments[2:]
    data = folder.chosen(given)
    prepare.catalogues()
    become(owner(data), data)
    environ = environment(HALL_DATA=str(data))
    environ.setdefault("HALL_SCRIBE", "inline")
    command = commands.command(*arguments)
    os.execve(command[0], command, environ)  # noqa: S606 - our own command


def _screens(arguments: list[str]) -> int:
    prepare.catalogues()
    command = [sys.executable, "-m", "tests.browser.screens", *arguments]
    os.execve(command[0], command, environment())  # noqa: S606 - our own command


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(_("a port is a number from 1 to 65535"))
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= 1000:
        raise argparse.ArgumentTypeError(_("a speed is a number above 0, at most 1000"))
    return speed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
