"""Reads: plain frozen dataclasses, ready for templates. What is private has a class of its own, so that nothing but
what everyone may see can reach the wall: `…View` and `Attendance` are public, `Staff…`, `Desk…` and `My…` are not.
"""

from .attendance import Attendance, Official, attendance, entitled, live_proxies, present
from .desk import DeskDoor, DeskSeat, desk_doors, desk_others
from .floor import (
    FloorView,
    SpeechNow,
    StaffFloor,
    StaffSpeech,
    StaffWaiting,
    WaitingLine,
    floor_view,
    staff_floor,
)
from .mine import MyPlace, MyProxy, MyRemark, SeatState, my_place, my_remarks, seat_state
from .remarks import HiddenCount, RemarkLine, RemarksView, StaffRemark, StaffRemarks, remarks_view, staff_remarks
from .sitting import ItemLine, MeetingView, meeting_view

__all__ = [
    "Attendance", "DeskDoor", "DeskSeat", "FloorView", "HiddenCount", "ItemLine", "MeetingView", "MyPlace", "MyProxy",
    "MyRemark", "Official", "RemarkLine", "RemarksView", "SeatState", "SpeechNow", "StaffFloor", "StaffRemark",
    "StaffRemarks", "StaffSpeech", "StaffWaiting", "WaitingLine", "attendance", "desk_doors", "desk_others", "entitled",
    "floor_view", "live_proxies", "meeting_view", "my_place", "my_remarks", "present", "remarks_view", "seat_state",
    "staff_floor", "staff_remarks",
]  # fmt: skip
