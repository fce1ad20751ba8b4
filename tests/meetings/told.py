"""A meeting recomputed from its exported record alone, and compared with what the tables say."""

from __future__ import annotations

from typing import Any

from sessions.meetings import reads, rules
from sessions.meetings.models import Meeting
from tests import build


class Told:
    """The state of a meeting as its exported record tells it, entry by entry."""

    def __init__(self, meeting: Meeting) -> None:
        self.state, self.of, self.item, self.list_open, self.wall = "convened", 0, 0, True, "auto"
        self.items: dict[int, str] = {}
        self.here: dict[str, dict[str, Any]] = {}  # seat id → who, channel, present; in order of first arrival
        self.proxies: set[str] = set()
        self.waiting: list[int] = []
        self.requests: dict[int, dict[str, Any]] = {}
        self.heard: list[int] = []
        self.speech: tuple[int, int] | None = None  # request, limit
        self.remarks: dict[int, dict[str, Any]] = {}
        self.on_wall = 0
        for entry in build.entries(meeting):
            getattr(self, "_" + entry["kind"].replace(".", "_"))(entry["body"])

    def _meeting_check_in_opened(self, body: dict[str, Any]) -> None:
        self.state, self.of = "check_in", body["entitled"]["households"]
        self.items = {item["no"]: "waiting" for item in body["items"]}

    def _meeting_begun(self, _: dict[str, Any]) -> None:
        self.state = "sitting"

    def _meeting_quorum_noted(self, body: dict[str, Any]) -> None:
        self._same(body["present"])
        assert body["reached"] is rules.quorum(body["present"]["households"], body["of"])

    def _meeting_closed(self, body: dict[str, Any]) -> None:
        self.state = "closed"
        self._same(body["present"])

    def _item_started(self, body: dict[str, Any]) -> None:
        self.item, self.list_open = body["item"], True
        self.items[self.item] = "now"

    def _item_ended(self, body: dict[str, Any]) -> None:
        assert body["withdrawn"] == self.waiting
        self.item, self.waiting, self.items[body["item"]] = 0, [], "done"

    def _wall_shown(self, body: dict[str, Any]) -> None:
        self.wall = body["view"]

    def _seat_added(self, _: dict[str, Any]) -> None: ...

    def _seat_reissued(self, _: dict[str, Any]) -> None: ...

    def _presence_taken_over(self, _: dict[str, Any]) -> None: ...

    def _presence_arrived(self, body: dict[str, Any]) -> None:
        self.here.setdefault(body["seat_id"], {}).update(body, here=True)
        self._same(body["present"])

    _presence_came_back = _presence_moved_to_phone = _presence_arrived

    def _presence_left(self, body: dict[str, Any]) -> None:
        self.here[body["seat_id"]]["here"] = False
        self._same(body["present"])

    def _proxy_registered(self, body: dict[str, Any]) -> None:
        self.proxies.add(body["principal"])
        assert body["live"] == len(self.proxies)

    def _proxy_cancelled(self, body: dict[str, Any]) -> None:
        self.proxies.remove(body["principal"])
        assert body["live"] == len(self.proxies)

    def _floor_requested(self, body: dict[str, Any]) -> None:
        self.requests[body["request"]] = body
        self.waiting.append(body["request"])
        assert body["waiting"] == len(self.waiting)

    def _floor_withdrawn(self, body: dict[str, Any]) -> None:
        self.waiting.remove(body["request"])

    def _floor_called(self, body: dict[str, Any]) -> None:
        assert (body["ended"]["speech"] if body["ended"] else None) == (self.speech[0] if self.speech else None)
        self.waiting.remove(body["speech"])
        self.heard.append(body["speech"])
        self.speech = (body["speech"], body["limit"])

    def _floor_extended(self, body: dict[str, Any]) -> None:
        self.speech = (body["speech"], body["limit"])

    def _floor_ended(self, body: dict[str, Any]) -> None:
        assert self.speech is not None
        assert body["speech"] == self.speech[0]
        self.speech = None

    def _floor_list_closed(self, _: dict[str, Any]) -> None:
        self.list_open = False

    def _floor_list_opened(self, _: dict[str, Any]) -> None:
        self.list_open = True

    def _remark_posted(self, body: dict[str, Any]) -> None:
        self.remarks[body["remark"]] = body | {"state": "held", "reason": ""}

    def _remark_shown(self, body: dict[str, Any]) -> None:
        assert body["text"] == self.remarks[body["remark"]]["text"]
        self.remarks[body["remark"]].update(state="shown", reason="", shown_as=body["shown_as"])

    def _remark_hidden(self, body: dict[str, Any]) -> None:
        self.remarks[body["remark"]].update(state="hidden", reason=body["reason"])

    def _remark_on_wall(self, body: dict[str, Any]) -> None:
        self.on_wall = body["remark"]

    def _remark_off_wall(self, body: dict[str, Any]) -> None:
        assert self.on_wall == body["remark"]
        self.on_wall = 0

    def _present(self, standing: str) -> list[dict[str, Any]]:
        return [who for who in self.here.values() if who["here"] and who["standing"] == standing]

    def counted(self) -> dict[str, int]:
        doors: dict[str, str] = {}
        for who in self._present("resident"):
            doors.setdefault(who["seat"].split()[0], who["channel"])
        channels = list(doors.values())
        return {"households": len(doors), "of": self.of} | {
            channel: channels.count(channel) for channel in ("phone", "tablet", "desk")
        }

    def _same(self, present: dict[str, int]) -> None:
        assert present == self.counted()

    def equals(self, meeting: Meeting) -> None:
        """Whether the tables, as the reads give them, say the same."""
        view, here = reads.meeting_view(meeting), reads.attendance(meeting)
        floor, remarks = reads.staff_floor(meeting), reads.staff_remarks(meeting)
        assert (view.state, view.wall, view.item.no if view.item else 0) == (self.state, self.wall, self.item)
        assert {item.no: item.state for item in view.agenda} == self.items
        counted = self.counted()
        assert {key: getattr(here, key) for key in counted} == counted
        assert (here.people, here.guests) == (len(self._present("resident")), len(self._present("guest")))
        assert [(who.name, who.office) for who in here.officials] == [
            (who["shown_as"], who["office"]) for who in self._present("official")
        ]
        assert here.proxies == len(self.proxies)
        assert [line.shown.no for line in floor.waiting] == self.waiting
        for line in floor.waiting:
            told = self.requests[line.shown.no]
            assert (line.label, line.shown.shown_as, line.shown.kind, line.shown.stance, line.channel) == (
                told["speaker"], told["shown_as"], told["kind"], told["stance"], told["channel"],
            )  # fmt: skip
        speech = floor.speech
        assert ((speech.shown.no, speech.shown.limit) if speech else None) == self.speech
        heard = [self.requests[no] for no in self.heard if self.requests[no]["item"] == self.item]
        assert floor.balance == rules.balance(told["stance"] for told in heard)
        if self.item:
            assert floor.list_open is self.list_open
        rows = {remark.no: remark for remark in (*remarks.held, *remarks.shown, *remarks.hidden)}
        assert set(rows) == set(self.remarks)
        for no, row in rows.items():
            told = self.remarks[no]
            assert (row.text, row.author, row.state, row.reason, row.signed, row.item) == (
                told["text"], told["author"], told["state"], told["reason"], told["signed"], told["item"],
            )  # fmt: skip
            assert row.on_wall is (self.on_wall == no)
