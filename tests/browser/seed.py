"""Fill a data folder with the small hall of tests.build and one convened meeting; prints, as JSON, how to get in.

Run as ``python -m tests.browser.seed`` with ``HALL_DATA`` set, before the server starts.
"""

from __future__ import annotations

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402

PASSWORD = "lake-Tree-77-bridge"  # of both facilitators
OWNERS_MOTION = "同意按 1.20 元/㎡·月的标准引进安居乐物业，先试用一年；试用期满由业主大会再定去留。"
HALL_MOTION = "同意每月第一个周六上午清理 3 号楼后的卫生死角，由各单元轮流牵头。"
USERS = "qinlang", "bailu"  # the facilitator and a second one


def main() -> None:
    """Migrate, make the authority, build; one line of JSON on standard output."""
    call_command("migrate", interactive=False, verbosity=0)
    with open(os.devnull, "w") as nowhere:
        call_command("authority_init", stdout=nowhere)
    from sessions.halls.access import digits_of, slip_token
    from sessions.halls.models import Role, Seat
    from tests import build

    hall = build.hall()
    meeting = build.meeting(hall, state="convened")
    for name in USERS:
        account = build.user(Role.Kind.FACILITATOR, hall, username=name)
        account.set_password(PASSWORD)
        account.save()
        Role.objects.create(user=account, node=hall.node, kind=Role.Kind.SECRETARY)  # one person, two roles: common
    office = build.staff(Role.Kind.FACILITATOR, hall, USERS[0])
    build.ok("motion.add", office, meeting, item=1, no="1-1", text=OWNERS_MOTION, preset="owners_ordinary")
    build.ok("motion.add", office, meeting, item=2, no="2-1", text=HALL_MOTION, preset="hall_vote")
    seats = Seat.objects.filter(stream=meeting.stream_id)
    told = {
        "hall": hall.pk,
        "meeting": str(meeting.stream_id),
        "code": meeting.join_code,
        "users": USERS,
        "password": PASSWORD,
        "seats": {
            seat.name: {"id": str(seat.pk), "slip": slip_token(seat), "digits": digits_of(seat)} for seat in seats
        },
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
