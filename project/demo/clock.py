"""The demo's hall clock 演示时钟: begins where the script begins, is moved by the player, and never goes back.

Only a demo data folder has a clock that can be set (sessions.record.clock). ``hall_clock.json`` in it holds a moment
that the clock will not have passed: it is written some seconds ahead, and a server that starts again goes on from
there, even after a power cut.
"""

from __future__ import annotations

import atexit
import contextlib
import hmac
import json
import secrets
import threading
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from project.launch.folder import write_private
from sessions.record import clock
from sessions.record.acts import refusal
from sessions.record.models import Entry

from . import data

BEHIND = refusal("demo.clock_behind", _("The hall clock never goes behind the newest entry of the record."))
AHEAD = 10.0  # real seconds that the kept moment lies ahead of the clock
_setting = threading.Lock()


def _kept() -> Path:
    return Path(settings.DATA) / "hall_clock.json"


def _key_file() -> Path:
    return Path(settings.DATA) / "play_key"


def newest_entry() -> datetime | None:
    """When the newest entry of all streams was written."""
    found: datetime | None = Entry.objects.aggregate(newest=Max("at"))["newest"]
    return found


def begin() -> None:
    """Called once by a server of a demo folder: let the clock run, and keep its moment from now on."""
    resume()
    threading.Thread(target=_go_on_keeping, name="demo-clock", daemon=True).start()
    atexit.register(_keep, 0.0)


def resume() -> None:
    """Let the clock run: from the script's beginning, or from where it was when the last server ended."""
    moments = [data.timeline("签到开始"), newest_entry()]
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        moments.append(datetime.fromisoformat(json.loads(_kept().read_text("ascii"))["moment"]))
    clock.step(max(moment for moment in moments if moment is not None), rate=1)
    _keep(AHEAD)


def step(moment: datetime, *, rate: int = 0, until: datetime | None = None) -> None:
    """Set the clock (see sessions.record.clock.step); raises `Refused` where the record has gone further already."""
    newest = newest_entry()
    if newest is not None and moment < newest:
        raise BEHIND()
    with _setting:
        clock.step(moment, rate=rate, until=until)
    _keep(AHEAD)


def _keep(ahead: float) -> None:
    with _setting:
        moment = clock.now() + timedelta(seconds=ahead * clock.rate())
        write_private(_kept(), json.dumps({"moment": moment.isoformat()}) + "\n")


def _go_on_keeping() -> None:
    while True:
        threading.Event().wait(AHEAD / 2)
        with contextlib.suppress(OSError):  # a full disk stops no demo
            _keep(AHEAD)


# --- the player's key ------------------------------------------------------------------------------------
def new_play_key() -> str:
    """A key for one play, written into the data folder: who can read the folder may move the clock."""
    key = secrets.token_urlsafe(24)
    write_private(_key_file(), key + "\n")
    return key


def end_play() -> None:
    """From now on nobody moves the clock."""
    _key_file().unlink(missing_ok=True)


def is_play_key(given: str) -> bool:
    """Whether this is the key of the play that runs."""
    try:
        key = _key_file().read_text("ascii").strip()
    except FileNotFoundError:
        return False
    return bool(key) and hmac.compare_digest(given.encode(), key.encode())
