"""A hall of many flats whose meeting votes, for the tests of faults: built through the acts, read from the tables.

    python -m tests.load.assembly build 200     # in HALL_DATA, HALL_DATABASE: prints what phones and chair need
    python -m tests.load.assembly read          # prints what was counted

Both print one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

CHAIR, PASSWORD = "facilitator", "lake-Tree-77-bridge"
_SURNAMES = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张"
_GIVEN = "玉国建秀海晓志文美春桂淑永德家振宝红明立"


def name(number: int) -> str:
    """A resident's name, another for each number below 8,000."""
    return _SURNAMES[number % 20] + _GIVEN[number // 20 % 20] + _GIVEN[number // 400 % 20]


def roster(flats: int) -> bytes:
    """The roster file of an estate: each flat with an owner who lives there."""
    rows = ["房号,建筑面积,姓名,身份,手机尾号"]
    for no in range(flats):
        door = f"{no // 100 + 1}-{no // 10 % 10 + 1}-{101 + no % 10}"
        rows.append(f"{door},{50 + no % 61}.{no % 100:02d},{name(no)},业主,{1000 + no}")
    return "\n".join(rows).encode("utf-8-sig")


def build(flats: int) -> dict[str, Any]:
    """Found, enrol, convene, check everybody in by phone, open the vote on motion 1-1."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from sessions.halls.access import link_token
    from sessions.halls.acts import found_hall, import_roster
    from sessions.halls.models import Node, Seat, Venue
    from sessions.halls.tree import add_node
    from sessions.record import scribe
    from tests import build

    node = None
    for kind, called in zip(
        (Node.Kind.DISTRICT, Node.Kind.STREET, Node.Kind.COMMUNITY, Node.Kind.ESTATE),
        ("青垣市桥西区", "永兴街街道", "福苑里社区", "福苑里小区"),
        strict=True,
    ):
        node = add_node(node, kind, called)
    assert node is not None
    hall = found_hall(node=node, name="楼门议事厅", short="福苑里")
    Venue.objects.create(hall=hall, name="楼门议事厅", place="活动室", seats=flats)
    import_roster(hall, roster(flats))
    meeting = build.meeting(hall)
    seats = list(Seat.objects.filter(stream=meeting.stream_id, standing=Seat.Standing.RESIDENT))
    assert len(seats) == flats
    arriving = [
        scribe.submit(
            "presence.check_in",
            actor=build.shown_slip(seat),
            stream=meeting.stream_id,
            data={"device": build.device_key(seat)},
            act_id=f"arrives-{seat.pk.hex}",
        )
        for seat in seats
    ]
    assert all(each.result(120).ok for each in arriving)
    account = build.user(CHAIR, hall, CHAIR)
    account.set_password(PASSWORD)
    account.save()
    chair = build.staff(CHAIR, hall, CHAIR)
    build.ok("motion.add", chair, meeting, item=1, no="1-1", text="同意引进物业。", preset="owners_ordinary")
    build.ok("vote.open", chair, meeting, motion="1-1")
    return {
        "stream": str(meeting.stream_id),
        "phones": {str(seat.pk): [link_token(seat), build.device_key(seat)] for seat in seats},
    }


def read() -> dict[str, Any]:
    """Ballots by seat, the vote with its result, and what the record says of both."""
    from sessions.record.chain import export, opened, verify
    from sessions.record.models import Answer, Stream
    from voting.models import Ballot, Vote

    vote = Vote.objects.select_related("meeting__stream").get()
    stream = Stream.objects.get(pk=vote.meeting_id)
    ballots = Ballot.objects.filter(vote=vote).values_list("mandate__holders__seat", "choice", "revision")
    entries = [(entry["kind"], opened(entry)["body"]) for entry in export(stream, archive=True)["entries"]]
    return {
        "state": vote.state,
        "late": vote.late,
        "told_late": Answer.objects.filter(
            code__in=("vote.closed_not_counted", "vote.change_too_late"), ok=False
        ).count(),
        "ballots": {str(seat): [choice, revision] for seat, choice, revision in ballots},
        "result": json.loads(vote.result or "null"),
        "cast": [body for kind, body in entries if kind == "vote.cast"],
        "closed": [body for kind, body in entries if kind == "vote.closed"],
        "after_close": [kind for kind, _ in entries[[kind for kind, _ in entries].index("vote.closed") + 1 :]]
        if vote.state != "open"
        else [],
        "problems": verify(stream).problems,
    }


def main(what: str, flats: str = "200") -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    import django

    django.setup()
    print(json.dumps(build(int(flats)) if what == "build" else read()))
    from sessions.record import scribe

    scribe.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
