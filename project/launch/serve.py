"""``./hall serve`` (正式使用): the real hall, and what the demo shares with it."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from project.launch import account, addresses, first_run, folder, prepare, server
from project.launch.words import RefusalError, _, say, warn


def serve(options: argparse.Namespace) -> int:
    """Serve the real hall until Ctrl-C; the exit code. Raises ``RefusalError`` with what is in the way."""
    data = folder.chosen(options.data)
    if not options.worker:
        prepare.catalogues()
    person = account.for_server(data, options.user)
    with server.listen(options.host, options.port) as door, ExitStack() as held:
        account.become(person, data)
        folder.make(data, demo=False)
        several = options.worker or options.prepare
        if several and not (os.environ.get("HALL_DATABASE") and os.environ.get("HALL_REDIS")):
            raise RefusalError(_("Several processes need HALL_DATABASE and HALL_REDIS; one process needs neither."))
        held.enter_context(folder.in_use(data, several=several))
        environ = hall_environment(data)
        if not options.worker:
            environ["HALL_PUBLIC_URL"] = first_run.public_url(data)
            administered = prepare.hall(environ)
            prepare.static_files(data, environ)
            if not administered:
                first_run.administrator(environ)
        if options.prepare:
            say(_("Everything is prepared."))
            return 0
        server.raise_file_limit()
        hall = server.Server(door, environ, behind_proxy=behind_proxy())
        if options.worker:
            return hall.run(started=lambda: say(_("The hall answers on port {port}.").format(port=options.port)))
        return hall.run(
            started=lambda: _announce(data, options, environ["HALL_PUBLIC_URL"]),
            watch=follow_addresses(options, environ),
        )


def behind_proxy() -> bool:
    return os.environ.get("HALL_PROXY", "").strip().lower() in {"1", "true", "yes", "on"}


def hall_environment(data: Path) -> dict[str, str]:
    """The environment of a hall's processes: its folder, and the names and addresses it may be asked for."""
    hosts = [*os.environ.get("HALL_HOSTS", "").replace(",", " ").split(), *addresses.own_hosts()]
    return server.environment(HALL_DATA=str(data), HALL_HOSTS=" ".join(dict.fromkeys(hosts)))


def reachable(options: argparse.Namespace) -> list[str]:
    """The addresses people can open, the best first, for the address served on."""
    everywhere = options.host == "0.0.0.0"  # noqa: S104 - a comparison
    hosts = (addresses.lan_addresses() or ["127.0.0.1"]) if everywhere else [options.host]
    return [addresses.url(host, options.port) for host in hosts]


def follow_addresses(options: argparse.Namespace, environ: dict[str, str]) -> Callable[[], bool]:
    """A watch for ``Server.run``: when the machine gets a new address, say so and let the hall answer on it."""
    known = set(addresses.own_hosts())

    def look() -> bool:
        new = set(addresses.own_hosts()) - known
        if not new or options.host != "0.0.0.0":  # noqa: S104 - a comparison
            return False
        known.update(new)
        environ["HALL_HOSTS"] = " ".join(dict.fromkeys([*environ["HALL_HOSTS"].split(), *sorted(known)]))
        warn(
            _("This machine has a new address: {address}. Addresses printed before may no longer reach it.").format(
                address=", ".join(reachable(options))
            )
        )
        return True

    return look


def lost_address(data: Path, now: list[str]) -> str:
    """The address given out at earlier starts when this machine no longer has it; then the new one is kept.

    Slips and posters carry the public address, or without one the address of the LAN as it was when printed.
    """
    before = str(folder.read_config(data).get("lan_url", ""))
    if before != now[0] and before not in now:
        folder.write_config(data, lan_url=now[0])
        return before
    return ""


def _announce(data: Path, options: argparse.Namespace, public_url: str) -> None:
    here = reachable(options)
    say()
    say(_("The hall is open. Stop it with Ctrl-C."))
    if public_url:
        say(_("  everywhere      {url}").format(url=public_url))
    for url in here:
        say(_("  in this network {url}").format(url=url))
    say(_("  administrators  {url}/admin/").format(url=public_url or here[0]))
    say()
    say(addresses.qr_lines(public_url or here[0]))
    before = lost_address(data, here)
    if before:
        warn(
            _(
                "ATTENTION: slips and posters printed earlier may lead to {before}, and this machine is no longer "
                "there. Give it that address again in the router, or print them anew."
            ).format(before=before)
        )
    if public_url:
        threading.Thread(target=_check_public, args=(public_url,), daemon=True).start()


def _check_public(public_url: str) -> None:
    if reason := addresses.why_unreachable(public_url):
        warn(
            _(
                "ATTENTION: {url} does not reach this hall ({reason}). Until it does, links and QR codes on "
                "documents do not open."
            ).format(url=public_url, reason=reason)
        )
