"""``./hall demo`` (演示): a hall to try out, with the demo community in it, and a player that lives through it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from project.launch import account, addresses, commands, folder, prepare, server
from project.launch.serve import follow_addresses, hall_environment, reachable
from project.launch.words import _, say


def demo(options: argparse.Namespace) -> int:
    """Serve the demo hall until Ctrl-C; the exit code. Raises ``RefusalError`` with what is in the way."""
    data = folder.chosen(options.data, demo=True)
    prepare.catalogues()
    with server.listen(options.host, options.port) as door:
        account.become(account.owner(data), data)
        folder.make(data, demo=True)
        with folder.in_use(data):
            environ = hall_environment(data)
            environ.pop("HALL_DATABASE", None)  # a demo is one folder and nothing else
            environ.pop("HALL_REDIS", None)
            prepare.hall(environ, demo=True)
            prepare.static_files(data, environ)
            server.raise_file_limit()
            hall = server.Server(door, environ)
            return hall.run(started=lambda: _opened(hall, data, options), watch=follow_addresses(options, environ))


def _opened(hall: server.Server, data: Path, options: argparse.Namespace) -> None:
    here = reachable(options)
    say()
    say(_("The demo hall is open. Stop it with Ctrl-C; what happened stays in {folder}.").format(folder=data))
    say(_("  start    {url}").format(url=here[0] + "/"))
    lines = {"wall": _("  wall     {url}"), "console": _("  console  {url}"), "phone": _("  phone    {url}")}
    found = pages(data)
    for name in (name for name in lines if name in found):
        say(lines[name].format(url=here[0] + found[name]))
    for other in here[1:]:
        say(_("  also at  {url}").format(url=other + "/"))
    say()
    say(addresses.qr_lines(here[0] + "/"))
    if options.play:
        say(_("Simulated residents now live through the agenda item; watch the wall."))
        host = "127.0.0.1" if options.host == "0.0.0.0" else options.host  # noqa: S104 - a comparison
        url = addresses.url(host, options.port)
        hall.spawn(commands.command("demo_play", "--speed", str(options.speed), "--url", url))


def pages(data: Path) -> dict[str, str]:
    """The paths that ``demo_load`` wrote into ``demo.json`` under ``pages``, by name: wall, console, phone."""
    mark = json.loads((data / folder.DEMO_MARK).read_text("utf-8"))
    return {name: path for name, path in mark.get("pages", {}).items() if str(path).startswith("/")}
