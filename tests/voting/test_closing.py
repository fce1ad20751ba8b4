"""Exact closing under load: what is acknowledged is counted, what is told "closed" is not, one mandate one ballot.

On a database of its own, with the scribe's real thread, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from dataclasses import dataclass, field

import pytest

from sessions.halls.access import SeatActor, device_digest, seat_actor
from sessions.halls.models import Seat
from sessions.meetings.models import Presence
from sessions.record import clock, scribe
from sessions.record.acts import Answer
from sessions.record.chain import verify
from sessions.record.models import Answer as StoredAnswer
from sessions.record.models import Entry, Stream
from tests import fresh
from tests.fresh import fresh_database, migrated_template  # noqa: F401  (fixtures)
from voting.models import Ballot, Vote

from .hall import Room, build, flats

CHOICES = ("for", "against", "abstain")
CLIENTS = 200


@dataclass
class Client:
    """One phone: what it means to cast, and what it was told, answers that were lost on the way left out."""

    mandate: int
    actor: SeatActor
    choice: str
    told: list[Answer] = field(default_factory=list)
    lost: int = 0

    def send(self, room: Room, act_id: str, dice: random.Random) -> None:
        data = {"vote": "1-1", "mandate": self.mandate, "choice": self.choice, "base": 0}
        answer = scribe.perform("vote.cast", actor=self.actor, stream=room.meeting.pk, data=data, act_id=act_id)
        if dice.random() < 0.2:
            self.lost += 1  # the phone never hears it, and sends again
        else:
            self.told.append(answer)


def hall_of_phones() -> tuple[Room, list[Client]]:
    """A sitting meeting with 200 owners checked in by phone and an open vote."""
    room = build(flats([f"{50 + no // 100}.{no % 100:02d}" for no in range(CLIENTS)]))
    seats = [room.seats[f"业主{no}"][0] for no in range(1, CLIENTS + 1)]
    for seat in seats:
        seat.device = device_digest(f"key-of-{seat.pk}")
    Seat.objects.bulk_update(seats, ["device"])
    now = clock.now()
    Presence.objects.bulk_create(
        Presence(seat=seat, meeting=room.meeting, channel="phone", arrived_at=now) for seat in seats
    )
    room.open()
    dice = random.Random(47)
    return room, [
        Client(no, seat_actor(seat, device_key=f"key-of-{seat.pk}"), dice.choice(CHOICES))
        for no, seat in enumerate(seats, 1)
    ]


def storm(room: Room, clients: list[Client]) -> None:
    """Every client sends its ballot four times from a thread of its own; the chair closes in the middle.

    Most start at once, some at the very moment of the close, a few when it has been answered.
    """
    closing, closed = threading.Event(), threading.Event()
    heard = threading.Semaphore(0)
    failures: list[BaseException] = []

    def phone(client: Client) -> None:
        dice = random.Random(client.mandate)
        act_ids = [f"ballot-{client.mandate:05d}-{again // 2}" for again in range(4)]
        dice.shuffle(act_ids)  # the same act twice (a lost answer), and as a new act (a second tap)
        gate = {0: closed, 1: closing, 2: closing}.get(client.mandate % 8)
        try:
            if gate is not None:
                assert gate.wait(60)
            for act_id in act_ids:
                client.send(room, act_id, dice)
                heard.release()
        except BaseException as failure:  # told in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=phone, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for _ in range(CLIENTS // 4):
        assert heard.acquire(timeout=60)
    closing.set()
    assert room.by_staff("vote.close", vote="1-1").ok
    closed.set()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    assert not failures


@pytest.mark.databases
def test_acknowledged_is_counted_and_closed_is_not(fresh_database: None) -> None:  # noqa: F811
    with fresh.scribe():
        room, clients = hall_of_phones()
        storm(room, clients)

        counted = dict(Ballot.objects.values_list("mandate__no", "choice"))
        told = {client.mandate: {answer.code for answer in client.told} for client in clients}
        acknowledged = {no for no, codes in told.items() if "vote.cast.done" in codes}
        too_late = {no for no, codes in told.items() if "vote.closed_not_counted" in codes}
        lost_one = {client.mandate for client in clients if client.lost}
        assert set().union(*told.values()) == {"vote.cast.done", "vote.closed_not_counted"}
        assert acknowledged <= set(counted)
        assert set(counted) - acknowledged <= lost_one
        assert not too_late & set(counted)
        assert {client.mandate: client.choice for client in clients} | counted == {
            client.mandate: client.choice for client in clients
        }

        refused = StoredAnswer.objects.filter(code="vote.closed_not_counted").count()
        assert Vote.objects.get().late == refused >= len(too_late)

        asks_again(room, clients, counted)
        agrees_with_the_record(room, counted)


def asks_again(room: Room, clients: list[Client], counted: dict[int, str]) -> None:
    """Whoever lost an answer asks once more and is told what is true."""
    for client in clients:
        data = {"vote": "1-1", "mandate": client.mandate, "choice": client.choice, "base": 0}
        answer = scribe.perform(
            "vote.cast", actor=client.actor, stream=room.meeting.pk, data=data, act_id=f"asks-again-{client.mandate}"
        )
        assert answer.ok == (client.mandate in counted)
        assert answer.code == ("vote.cast.done" if answer.ok else "vote.closed_not_counted")
    assert dict(Ballot.objects.values_list("mandate__no", "choice")) == counted


def agrees_with_the_record(room: Room, counted: dict[int, str]) -> None:
    """The result, its entry, the ballots' entries and the chain tell the same."""
    vote = Vote.objects.get()
    heads = json.loads(vote.result)["tallies"]["heads"]
    by_choice = Counter(counted.values())
    assert {choice: heads[choice] for choice in CHOICES} == {choice: by_choice[choice] for choice in CHOICES}
    assert heads["cast"] == len(counted)
    assert [json.loads(vote.result)] == room.entries("vote.closed")
    cast = room.entries("vote.cast")
    assert sorted(entry["mandate"] for entry in cast) == sorted({entry["mandate"] for entry in cast})
    assert Counter(entry["choice"] for entry in cast) == by_choice
    order = list(Entry.objects.order_by("seq").values_list("kind", flat=True))
    assert "vote.cast" not in order[order.index("vote.closed") :]
    assert verify(Stream.objects.get(pk=room.meeting.pk)).sound


@pytest.mark.databases
def test_two_chairs_at_once_close_and_reveal_once(fresh_database: None) -> None:  # noqa: F811
    with fresh.scribe():
        room, clients = hall_of_phones()
        for client in clients[:20]:
            client.send(room, f"ballot-{client.mandate:05d}", random.Random(0))
        for act in ("vote.close", "vote.reveal"):
            told: list[Answer] = []

            def press(act: str = act, told: list[Answer] = told) -> None:
                told.append(room.by_staff(act, vote="1-1"))

            threads = [threading.Thread(target=press) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            assert [answer.ok for answer in told] == [True] * 8
        assert len(room.entries("vote.closed")) == len(room.entries("vote.revealed")) == 1


@pytest.mark.databases
def test_one_mandate_from_fifty_phones_at_once_is_one_ballot(fresh_database: None) -> None:  # noqa: F811
    """A link forwarded to fifty people, all of whom hold the device key and press at the same moment."""
    with fresh.scribe():
        room, clients = hall_of_phones()
        one = clients[0]
        told: list[Answer] = []

        def press(number: int) -> None:
            data = {"vote": "1-1", "mandate": 1, "choice": CHOICES[number % 3], "base": 0}
            told.append(
                scribe.perform(
                    "vote.cast", actor=one.actor, stream=room.meeting.pk, data=data, act_id=f"press-{number:04d}"
                )
            )

        threads = [threading.Thread(target=press, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        ballot = Ballot.objects.get()
        assert ballot.revision == 1
        states = Counter(answer.params.get("state", answer.code) for answer in told)
        assert states["counted"] == 1
        assert states["counted"] + states["already"] + states["vote.stale"] == 50
        assert len(room.entries("vote.cast")) == 1
