"""The end-to-end test: simulated residents live through agenda item one on the real server, and every figure, instant
and file is as in the script."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from project.demo import data, script
from project.demo.compare import area, figures, missing
from project.launch import BASE
from tests.project.halls import Hall, environment, serving


@dataclass(frozen=True)
class Played:
    """A demo hall after one play: its folder, what the player said, and the entries of the meeting as exported."""

    folder: Path
    said: str
    entries: list[dict[str, Any]]
    texts: dict[str, str]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["kind"] == kind]


def manage(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", str(BASE / "manage.py"), *arguments],
        env=environment(HALL_DATA=str(folder), HALL_SCRIBE="inline"),
        capture_output=True,
        text=True,
        timeout=240,
    )


_EXPORT = """
import json, django
django.setup()
from project.demo.load import demo_meeting
from sessions.record import chain
stream = demo_meeting().stream
assert stream.sealed and chain.verify(stream).sound, chain.verify(stream).problems
record = chain.export(stream, archive=True)
assert chain.verify_export(json.dumps(record).encode()).sound
print(json.dumps([entry | chain.opened(entry) for entry in record["entries"]]))
"""


def exported(folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", _EXPORT],
        env=environment(HALL_DATA=str(folder), HALL_SCRIBE="inline", DJANGO_SETTINGS_MODULE="project.settings"),
        cwd=BASE,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    entries: list[dict[str, Any]] = json.loads(done.stdout)
    return entries


def words_of(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True)
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The demo, started by the launcher as anybody would, and played without waiting."""
    place = tmp_path_factory.mktemp("demo")
    folder = place / "data"
    with serving(place / "log", free_port(), "demo", "--data", str(folder)) as hall:
        _the_start_page_leads_everywhere(hall)
        done = manage(folder, "demo_play", "--url", hall.url, "--quick")
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:] + hall.said()[-2000:]
        again = manage(folder, "demo_play", "--url", hall.url, "--quick")
        assert again.returncode == 1
        assert len(again.stderr.strip().splitlines()) == 1
    files = sorted((folder / "documents").glob("*.pdf"))
    return Played(folder, done.stdout, exported(folder), {file.name.split("-")[0]: words_of(file) for file in files})


def _the_start_page_leads_everywhere(hall: Hall) -> None:
    status, page = hall.get("/")
    assert status == 200
    for address in ("/demo/enter/wall/", "/demo/enter/console/", "/demo/enter/desk/", "/archive/", "/verify/"):
        assert f'"{address}"' in page
    slips = re.findall(r'href="(/q/[^"]+/)"', page)
    assert len(slips) >= 3
    for slip in slips:
        assert hall.get(slip)[0] == 200
    assert hall.get("/demo/enter/console/")[0] == 200
    assert hall.get("/demo/enter/treasury/")[0] == 404


def test_it_ends_well_and_tells_it_in_lines(played: Played) -> None:
    lines = played.said.strip().splitlines()
    assert len(lines) > 150
    assert all(re.match(r"\d\d:\d\d:\d\d  \S", line) for line in lines[:-1])
    assert lines[0].startswith("14:30:00")
    assert lines[-2].startswith("17:02:00")


def test_every_entry_bears_its_scripted_instant(played: Played) -> None:
    def instants(kind: str) -> list[str]:
        return [entry["at"] for entry in played.of(kind)]

    def utc(*clocks: str) -> list[str]:
        return [f"{data.at(clock).astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z" for clock in clocks]

    assert instants("meeting.check_in_opened") == utc("14:30")
    assert instants("meeting.begun") == utc("15:00")
    assert instants("meeting.quorum_noted") == utc("15:05")
    assert instants("item.started") == utc("15:07")
    assert instants("floor.extended") == utc("15:29")
    assert instants("floor.list_closed") == utc("15:37")
    assert instants("vote.opened") == utc("15:38")
    assert instants("vote.closed") == utc("15:43")
    assert instants("vote.revealed") == utc("15:44")
    assert instants("meeting.closed") == utc("16:50")
    told = [each for each in data.meeting()["speeches"] if each["derived_item"] == 1]
    assert instants("floor.called") == utc(*(each["at"] for each in told))
    assert [entry["body"]["seconds"] for entry in played.of("floor.ended")] == [each["duration_s"] for each in told]
    assert [entry["body"]["speaker"].split()[-1] for entry in played.of("floor.called")] == [
        each["speaker"] for each in told
    ]
    limits = {entry["body"]["shown_as"]: entry["body"]["limit"] for entry in played.of("floor.called")}
    assert (limits["雷宏"], limits["李*庆"]) == (180, 120)


def test_the_hall_was_full_as_scripted(played: Played) -> None:
    (noted,) = played.of("meeting.quorum_noted")
    present = noted["body"]["present"]
    assert present == {"households": 46, "of": 60, "phone": 30, "tablet": 6, "desk": 10}
    assert noted["body"]["reached"]
    assert len(played.of("proxy.registered")) == 3
    assert not played.of("proxy.cancelled")
    assert len(played.of("presence.taken_over")) == 1
    arrived = [entry["body"] for entry in played.of("presence.arrived")]
    officials = [body["shown_as"] for body in arrived if body["standing"] == "official"]
    assert officials == data.meeting()["guests_in_minutes"]
    assert sum(body["standing"] == "guest" for body in arrived) == 1
    assert len(played.of("floor.withdrawn")) == 1


def test_words_were_shown_and_hidden_as_scripted(played: Played) -> None:
    wanted = script.remarks()
    assert len(played.of("remark.posted")) == len(wanted)
    hidden = [entry["body"]["reason"] for entry in played.of("remark.hidden")]
    assert sorted(hidden) == sorted(r.fate for r in wanted if r.fate not in {"show", "wall"})
    shown = [entry["body"] for entry in played.of("remark.shown")]
    assert {body["shown_as"] for body in shown} >= set("梁*玲 一位居民 彭*远 宋*生 肖*怡 胡*东 郭*云 马*福".split())
    assert not any("好处" in text for text in played.texts.values())


def test_the_vote_equals_the_script_to_the_last_digit(played: Played) -> None:
    told = data.motion("1-1")
    (closed,) = (entry["body"] for entry in played.of("vote.closed"))
    expected = told["expected"]
    for choice in ("for", "against", "abstain"):
        for measure, name in (("heads", "heads"), ("area", "area_x100")):
            assert closed["tallies"][measure][choice] == expected[choice][name]
    assert closed["tallies"]["heads"]["roll"] == expected["roll_heads"] == 59
    assert closed["tallies"]["area"]["roll"] == expected["roll_area_x100"] == 456502
    assert (closed["tallies"]["heads"]["cast"], closed["tallies"]["area"]["cast"]) == (48, 374221)
    assert closed["outcome"] == "passed"
    channels = {name: sums["heads"] for name, sums in closed["channels"].items()}
    assert channels == told["derived_channels_heads"]
    casts = played.of("vote.cast")
    assert len(casts) == 48  # nothing was counted twice, whatever was sent twice
    assert {entry["body"]["mandate"]: entry["body"]["choice"] for entry in casts} == {
        _label(home): home.choice for home in data.homes().values() if home.choice
    }
    fast = [e for e in casts if e["body"]["channel"] == "phone" and e["at"] <= "2026-11-19T07:38:25.000Z"]
    assert len(fast) == script.FIRST == 24
    assert casts[-1]["body"]["mandate"].endswith("汪学勤")
    assert {entry["body"]["on_behalf"].split()[0] for entry in casts if "on_behalf" in entry["body"]} == {
        home.door for home in data.homes().values() if home.channel in {"desk", "tablet"}
    }


def _label(home: data.Home) -> str:
    doors = "2-1-101、2-1-102" if home.name == "韩建国" else home.door
    organisation = "(市第二毛纺厂留守处)" if home.name == "姜立群" else ""
    return f"{doors} {home.name}{organisation}"


def test_minutes_and_resolution_say_the_same(played: Played) -> None:
    assert set(played.texts) == {"minutes", "resolution"}
    for text in played.texts.values():
        packed = re.sub(r"(?<=\d)[\u00a0 ](?=\d{3})", "", text)
        assert missing(packed, [*figures("1-1"), "81.36", "81.98", "68.75", "69.57"]) == []
        assert "通过" in text
    minutes = re.sub(r"\s+", "", played.texts["minutes"])
    assert "福苑里议纪〔2026〕47号" in minutes
    assert "应到60户，实到46户（扫码30、平板6、代录10），超过半数。" in minutes
    assert "列席：" + "、".join(data.meeting()["guests_in_minutes"]) in minutes
    assert "委托：3人" in minutes
    assert "2:58" in minutes
    assert not any(home.name in minutes for home in data.homes().values() if home.name not in data.STAFF)
    assert "福苑里议定〔2026〕112号" in re.sub(r"\s+", "", played.texts["resolution"])
    assert area(374221) == "3742.21"


def test_the_files_verify_here_and_not_when_changed(played: Played, tmp_path: Path) -> None:
    for file in (played.folder / "documents").glob("*.pdf"):
        done = manage(played.folder, "verify", str(file))
        assert done.returncode == 0, done.stdout + done.stderr
        changed = bytearray(file.read_bytes())
        changed[len(changed) // 2] ^= 1
        (tmp_path / "changed.pdf").write_bytes(changed)
        assert manage(played.folder, "verify", str(tmp_path / "changed.pdf")).returncode != 0


def test_the_clock_goes_on_from_where_the_play_left_it(played: Played) -> None:
    kept = json.loads((played.folder / "hall_clock.json").read_text())["moment"]
    assert datetime.fromisoformat(kept) >= data.at("17:02")
    assert not (played.folder / "play_key").exists()
    with sqlite3.connect(f"file:{played.folder / 'hall.sqlite3'}?mode=ro", uri=True) as database:
        assert database.execute("SELECT count(*) FROM documents_document WHERE state = 'published'").fetchone() == (2,)


def test_only_a_demo_folder_is_played(tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    done = manage(folder, "demo_play", "--url", f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
