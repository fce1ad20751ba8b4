"""Frames: what the live room asks of the screens (`pictures.Frames`), answered from the stored state alone."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sessions.halls.models import Seat
from sessions.meetings.access import meeting_of
from sessions.meetings.models import Speech
from sessions.meetings.reads.floor import waiting_list
from sessions.record.models import Stream
from voting import reads as votes
from voting.models import Vote

from .pictures import BALLOT, CONSOLE, DESK, WALL
from .screens import console, desk, phone, wall

_STAFF = {WALL: wall.parts, CONSOLE: console.parts, DESK: desk.parts}


def rev(stream: UUID) -> int:
    """The revision now; 0 for no stream."""
    return Stream.objects.filter(pk=stream).values_list("rev", flat=True).first() or 0


def parts(stream: UUID, audience: str, language: str) -> Mapping[str, str]:
    """The shared parts of an audience; `language` is active already."""
    if audience in _STAFF:
        return _STAFF[audience](stream)
    return phone.parts(stream, with_ballot=audience == BALLOT)


def me(seat: UUID, device: str, language: str) -> str:
    """The personal part of a seat, for the phone with this device digest."""
    row = Seat.objects.select_related("person", "household", "presence").get(pk=seat)
    return phone.me(row, meeting_of(row.stream_id), device)


def sorting(stream: UUID) -> str:
    """The open vote, "" without one: on it depends which phones have a ballot."""
    vote = Vote.objects.filter(meeting=stream, state=Vote.State.OPEN).values_list("pk", flat=True).first()
    return str(vote or "")


def sort(stream: UUID) -> Mapping[UUID, str]:
    """The seats with exactly one ballot in the open vote, by the roll that was frozen when it opened."""
    vote = votes.open_vote(meeting_of(stream))
    if vote is None:
        return {}
    return {seat: BALLOT for seat, mandates in votes.ballot_holders(vote).items() if len(mandates) == 1}


def concerns(stream: UUID) -> Mapping[UUID, str]:
    """Whose personal part others change: who speaks, who waits and where, who has several ballots; and
    which phone holds a seat, so that the old one is told."""
    marks: dict[UUID, str] = {}

    def mark(seat: UUID, what: str) -> None:
        marks[seat] = f"{marks.get(seat, '')} {what}".strip()

    meeting = meeting_of(stream)
    seats = Seat.objects.filter(stream=stream).exclude(device="")
    for seat, device, left in seats.values_list("pk", "device", "presence__left_at"):
        mark(seat, f"{device[:8]}{'left' if left else ''}")
    speech = Speech.objects.filter(meeting=stream, ended_at=None).select_related("request").first()
    if speech is not None:
        mark(speech.request.seat_id, f"speaks:{speech.pk}:{speech.limit_seconds}")
    for place, request in enumerate(waiting_list(meeting), 1):
        mark(request.seat_id, f"waits:{request.no}:{place}")
    vote = votes.row_now(meeting)
    if vote is not None:
        for seat, mandates in votes.ballot_holders(vote).items():
            if len(mandates) > 1:
                mark(seat, f"ballots:{vote.pk}:{vote.state}")
    return marks
