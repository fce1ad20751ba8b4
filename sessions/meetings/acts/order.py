"""Whether an act is in order 合乎程序: the states a meeting must be in, each with its sentence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sessions.record.acts import SEALED, refusal

from ..models import AgendaItem, Meeting

NOT_OPEN = refusal("meeting.not_open", _("Check-in has not begun yet. Please wait a little."))
NOT_HERE = refusal("presence.not_here", _("This person is not checked in."))
NOT_BEGUN = refusal("meeting.not_begun", _("The meeting has not begun yet. Please wait a little."))
NO_ITEM = refusal("item.none", _("No agenda item is being discussed just now. Please wait until it is opened."))
ITEM_UNKNOWN = refusal("item.unknown", _("There is no such item on the agenda."))


def doors_open(meeting: Meeting) -> None:
    """People may arrive and write: from check-in to the close."""
    if meeting.state == Meeting.State.CLOSED:
        raise SEALED()
    if meeting.state == Meeting.State.CONVENED:
        raise NOT_OPEN()


def sitting(meeting: Meeting) -> None:
    """The meeting has begun and is not over."""
    doors_open(meeting)
    if meeting.state != Meeting.State.SITTING:
        raise NOT_BEGUN()


def running_item(meeting: Meeting) -> AgendaItem:
    """The item that is being discussed; raises `Refused` if there is none."""
    sitting(meeting)
    if meeting.item is None:
        raise NO_ITEM()
    return meeting.item


def item_by_no(meeting: Meeting, no: int) -> AgendaItem:
    """An item of this agenda; raises `Refused` (item.unknown)."""
    item = meeting.items.filter(no=no).first()
    if item is None:
        raise ITEM_UNKNOWN()
    return item
