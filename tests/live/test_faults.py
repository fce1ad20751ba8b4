"""A vote over a bad network, and a server killed in its middle: real processes, real sockets, both databases.

What is acknowledged is counted; who was told "closed" is not; nobody counts twice; the chain holds.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest

from project.demo.browser import Browser, Live
from project.launch import BASE, folder, services
from tests.load.assembly import CHAIR, PASSWORD
from tests.load.phones import CHOICES, Crowd, Phone
from tests.project.halls import ADMINISTRATOR, Hall, environment, run, serving

ON_SQLITE = pytest.param("sqlite", id="sqlite")
ON_POSTGRES = pytest.param("postgres", id="postgres", marks=[pytest.mark.postgres, pytest.mark.redis])
FLATS = 200
MANY = 1000


@dataclass
class Site:
    """A served hall: its processes, one or two, and the settings they share."""

    halls: list[Hall]
    settings: dict[str, str]
    stream: str
    phones: dict[str, list[str]]

    def read(self) -> dict[str, Any]:
        """What is counted, read by a process of its own."""
        found: dict[str, Any] = json.loads(_python("-m", "tests.load.assembly", "read", **self.settings))
        return found

    def verify(self) -> str:
        return _python("-m", "django", "verify_record", DJANGO_SETTINGS_MODULE="project.settings", **self.settings)

    def crowd(self, forms: aiohttp.ClientSession) -> Crowd:
        return Crowd(
            [
                Phone(self.halls[number % len(self.halls)].url, seat, link, device, number, forms)
                for number, (seat, (link, device)) in enumerate(sorted(self.phones.items()))
            ]
        )


def _python(*arguments: str, **settings: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@contextmanager
def site(kind: str, flats: int, place: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A hall in mid-vote: on SQLite one process, on PostgreSQL and Redis two."""
    data = place / "data"
    folder.make(data, demo=False)
    settings = {"HALL_DATA": str(data), "HALL_SECRET_KEY": secrets.token_urlsafe(49), "HALL_LOG": "console"}
    served: tuple[str, ...] = ("serve", "--data", str(data))
    if kind == "postgres":
        settings["HALL_DATABASE"] = request.getfixturevalue("postgres_url")
        settings["HALL_REDIS"] = request.getfixturevalue("redis_url")
        settings["HALL_REDIS_PREFIX"] = place.name
        settings["HALL_DATABASE_POOL"] = "8"
        prepared = run(*served, "--prepare", "--port", str(services.spare_port()), **settings, **ADMINISTRATOR)
        assert prepared.returncode == 0, prepared.stderr
        served = (*served, "--worker")
    built = json.loads(_python("-m", "tests.load.assembly", "build", str(flats), **settings))
    with ExitStack() as held:
        halls = [
            held.enter_context(
                serving(place / f"log{number}", services.spare_port(), *served, **settings, **ADMINISTRATOR)
            )
            for number in range(2 if kind == "postgres" else 1)
        ]
        yield Site(halls, settings, built["stream"], built["phones"])


def forms() -> aiohttp.ClientSession:
    """The phones' form door; no cookies go from one to the other."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=40),
        timeout=aiohttp.ClientTimeout(total=120),
    )


class Chair:
    """The facilitator, signed in, at a console."""

    def __init__(self, at: Site) -> None:
        self.site = at
        self.browser = Browser(at.halls[-1].url + "/")

    async def sit_down(self) -> None:
        page = await self.browser.get("/office/sign-in/")
        await self.browser.submit(page, page.form(), username=CHAIR, password=PASSWORD)
        await self.open()

    async def open(self) -> None:
        self.live = Live(self.browser, f"/ws/room/{self.site.stream}/console/")
        await self.live.open()

    async def come_back(self) -> None:
        """Open the console anew, whatever became of its line."""
        await self.live.close()
        await self.open()

    async def do(self, act: str) -> None:
        answer = await self.live.do(act, {"vote": "1-1"})
        assert answer["ok"], answer

    async def leave(self) -> None:
        await self.live.close()
        await self.browser.close()


def agree(site: Site, phones: list[Phone]) -> None:
    """The ballots, the result, the record and what each phone was told are one."""
    found = site.read()
    ballots = {seat: choice for seat, (choice, _) in found["ballots"].items()}
    assert ballots == {phone.seat: phone.acknowledged() for phone in phones if phone.acknowledged()}
    told = Counter(press.heard["code"] for phone in phones for press in phone.presses if press.heard)
    assert set(told) <= {"vote.cast.done", "vote.closed_not_counted", "vote.change_too_late"}
    heads = found["result"]["tallies"]["heads"]
    assert {choice: heads[choice] for choice in CHOICES} == {
        choice: list(ballots.values()).count(choice) for choice in CHOICES
    }
    assert heads["cast"] == len(ballots)
    assert found["closed"] == [found["result"]]
    assert found["state"] == "revealed"
    last: dict[str, dict[str, Any]] = {}
    for entry in found["cast"]:  # one entry for each revision of each ballot, in order
        assert entry["revision"] == last.get(entry["mandate"], {"revision": 0})["revision"] + 1
        last[entry["mandate"]] = entry
    assert len(last) == len(ballots)
    assert Counter(entry["choice"] for entry in last.values()) == Counter(ballots.values())
    assert len(found["cast"]) == sum(revision for _, revision in found["ballots"].values())
    assert "vote.cast" not in found["after_close"]
    assert found["late"] == found["told_late"]
    assert found["problems"] == []
    assert "UNSOUND" not in site.verify()


async def bad_network(site: Site) -> list[Phone]:
    """Everybody votes, the chair closes in the middle; then whoever heard nothing asks."""
    closing, closed = asyncio.Event(), asyncio.Event()
    async with forms() as door:
        crowd, chair = site.crowd(door), Chair(site)
        await chair.sit_down()
        await crowd.connect()

        async def close() -> None:
            closing.set()
            await chair.do("vote.close")
            closed.set()

        await crowd.vote(4, middle=close, gates=(closed, closing, closing))
        heard = Counter(bool(press.heard) for phone in crowd.phones for press in phone.presses)
        assert heard[True] > heard[False] > 0
        await asyncio.gather(*(phone.ask_again() for phone in crowd.phones))
        await end(crowd, chair)
    assert not any(phone.failures for phone in crowd.phones)
    return crowd.phones


async def end(crowd: Crowd, chair: Chair) -> None:
    """The result is shown: to every phone, by whichever process it is served."""
    await chair.do("vote.reveal")
    counts = Counter(phone.acknowledged() for phone in crowd.phones)
    await crowd.shows('class="verdict', *(f"<dd>{counts[choice]}" for choice in CHOICES))
    crowd.hang_up()
    await chair.leave()


@pytest.mark.parametrize(
    ("kind", "flats"),
    [
        ("sqlite", FLATS),
        pytest.param("postgres", FLATS, marks=[pytest.mark.postgres, pytest.mark.redis]),
        pytest.param("sqlite", MANY, marks=[pytest.mark.long]),
        pytest.param("postgres", MANY, marks=[pytest.mark.long, pytest.mark.postgres, pytest.mark.redis]),
    ],
)
def test_what_is_acknowledged_is_counted(kind: str, flats: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with site(kind, flats, tmp_path, request) as served:
        phones = asyncio.run(asyncio.wait_for(bad_network(served), 240))
        agree(served, phones)
        codes = Counter(phone.presses[0].heard["code"] for phone in phones if phone.presses[0].heard)
        assert min(codes["vote.cast.done"], codes["vote.closed_not_counted"]) > flats // 20


async def interrupted(site: Site, fault: Callable[[], None]) -> list[Phone]:
    """Everybody votes; in the middle a fault happens, and all go on until they are answered."""
    acknowledged: dict[str, str] = {}
    async with forms() as door:
        crowd, chair = site.crowd(door), Chair(site)
        await chair.sit_down()
        await crowd.connect()

        async def happen() -> None:
            fault()
            acknowledged.update({phone.seat: phone.acknowledged() for phone in crowd.phones})

        await crowd.vote(40, middle=happen)
        assert len(crowd.phones) // 5 < sum(map(bool, acknowledged.values())) < len(crowd.phones)
        assert all(phone.acknowledged() for phone in crowd.phones)
        await asyncio.gather(*(phone.ask_again() for phone in crowd.phones))
        await chair.come_back()
        await chair.do("vote.close")
        await end(crowd, chair)
    return crowd.phones


@pytest.mark.parametrize("kind", [ON_SQLITE, ON_POSTGRES])
def test_a_server_killed_in_the_burst_loses_nothing(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Killed without a word: the launcher starts it again, the phones come back and are answered."""
    with site(kind, FLATS, tmp_path, request) as served:
        (victim,) = served.halls[0].servers()
        phones = asyncio.run(asyncio.wait_for(interrupted(served, lambda: os.kill(victim, signal.SIGKILL)), 240))
        assert victim not in served.halls[0].servers()
        agree(served, phones)


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.redis
def test_a_database_that_drops_all_lines_loses_nothing(
    tmp_path: Path, postgres_url: str, request: pytest.FixtureRequest
) -> None:
    """As when PostgreSQL is started anew: every connection of both processes breaks in the burst."""

    def cut() -> None:
        with psycopg.connect(postgres_url, autocommit=True) as line:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            assert len(line.execute(f"{others} AND pid <> pg_backend_pid()").fetchall()) > 1

    with site("postgres", FLATS, tmp_path, request) as served:
        phones = asyncio.run(asyncio.wait_for(interrupted(served, cut), 240))
        agree(served, phones)
