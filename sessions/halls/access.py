"""Access 权限入口: the only way to a seat or a hall is through the function that checks the right to it.

Two tokens, both signed with the secret key (older keys still open printed slips) and neither stored:
the *slip* 纸条 proves that someone holds the paper; the *link* 链接 only finds the seat, since neighbours forward it.
To act, a phone also needs its device key, given at check-in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

from sessions.record.acts import Refused, refusal
from sessions.record.chain import Personal, public

from .models import Hall, Household, Node, Role, Seat
from .names import masked

LINK_UNKNOWN = refusal(
    "seat.unknown", _("This link is not known here. Please scan your slip again or ask at the desk.")
)
SLIP_VOID = refusal("seat.void", _("This slip has been replaced by a newer one. Please ask at the desk."))
CODE_UNKNOWN = refusal(
    "seat.code_unknown", _("This number is not known in this meeting. Please look again, or ask at the desk.")
)

_SLIP, _LINK = b"slip", b"link"


def _keys() -> Iterator[bytes]:
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield hashlib.sha256(b"yishiting seat\n" + key.encode()).digest()


def _seal(key: bytes, purpose: bytes, seat: UUID, issue: int) -> bytes:
    return hmac.new(key, purpose + seat.bytes + issue.to_bytes(4, "big"), hashlib.sha256).digest()[:16]


def _token(purpose: bytes, seat: Seat) -> str:
    key = next(_keys())
    raw = seat.id.bytes + seat.issue.to_bytes(4, "big") + _seal(key, purpose, seat.id, seat.issue)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def slip_token(seat: Seat) -> str:
    """What the QR code of a personal slip carries: proof of holding the paper."""
    return _token(_SLIP, seat)


def link_token(seat: Seat) -> str:
    """What stands in the address of the seat's page: it finds the seat and proves nothing."""
    return _token(_LINK, seat)


def _seat_by(purpose: bytes, token: str) -> Seat:
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        seat_id, issue, seal = UUID(bytes=raw[:16]), int.from_bytes(raw[16:20], "big"), raw[20:]
    except ValueError:
        raise LINK_UNKNOWN() from None
    if len(raw) != 36 or not any(hmac.compare_digest(seal, _seal(k, purpose, seat_id, issue)) for k in _keys()):
        raise LINK_UNKNOWN()
    seat = Seat.objects.select_related("stream", "household", "person").filter(pk=seat_id).first()
    if seat is None:
        raise LINK_UNKNOWN()
    if seat.issue != issue:
        raise SLIP_VOID()
    return seat


def seat_by_slip(token: str) -> Seat:
    """The seat of a slip; raises `Refused` (unknown, void)."""
    return _seat_by(_SLIP, token)


def seat_by_link(token: str) -> Seat:
    """The seat of a link; raises `Refused` (unknown, void)."""
    return _seat_by(_LINK, token)


# --- the eight digits ------------------------------------------------------------------------------------
def _digits(key: bytes, seat: UUID, issue: int) -> str:
    number = int.from_bytes(hmac.new(key, b"digits" + seat.bytes + issue.to_bytes(4, "big"), hashlib.sha256).digest())
    return f"{number % 10**8:08d}"


def _code(key: bytes, stream: UUID, digits: str) -> str:
    return hmac.new(key, b"code" + stream.bytes + digits.encode(), hashlib.sha256).hexdigest()


def issue_code(seat: Seat, taken: set[str]) -> None:
    """Give `seat` its eight digits (kept only as a keyed hash), raising `issue` past any that is `taken`."""
    key = next(_keys())
    while True:
        seat.code = _code(key, seat.stream_id, _digits(key, seat.id, seat.issue))
        if seat.code not in taken:
            taken.add(seat.code)
            return
        seat.issue += 1


def digits_of(seat: Seat) -> str:
    """The eight digits of a seat, for printing its slip; raises `Refused` if no known key made them."""
    for key in _keys():
        digits = _digits(key, seat.id, seat.issue)
        if hmac.compare_digest(seat.code, _code(key, seat.stream_id, digits)):
            return digits
    raise SLIP_VOID()


def seat_by_digits(stream: UUID, digits: str) -> Seat:
    """The seat whose slip bears `digits` in this meeting; raises `Refused` (unknown). The caller slows guessing."""
    digits = "".join(str(int(c)) for c in digits if c.isdecimal())  # full-width digits of a Chinese keyboard too
    codes = [_code(key, stream, digits) for key in _keys()] if len(digits) == 8 else []
    seat = Seat.objects.select_related("stream", "household", "person").filter(stream=stream, code__in=codes).first()
    if seat is None:
        raise CODE_UNKNOWN()
    return seat


# --- devices ---------------------------------------------------------------------------------------------
def new_device_key() -> str:
    """A key for one phone; 128 bits."""
    return secrets.token_urlsafe(16)


def device_digest(key: str) -> str:
    """What is stored of a device key."""
    return hashlib.sha256(b"device\n" + key.encode("utf-8", "replace")).hexdigest() if key else ""


# --- actors ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SeatActor:
    """A seat that acts. `device` is the digest of the key its phone sent; `proved` that the slip was shown just now."""

    seat_id: UUID
    stream_id: UUID
    standing: str
    label: str
    shown_as: str
    device: str = ""
    proved: bool = False

    @property
    def key(self) -> str:
        return f"seat:{self.seat_id}"

    @property
    def entry(self) -> Mapping[str, Any]:
        return {"role": self.standing, "seat": Personal(self.label)}

    def holds_device(self) -> bool:
        """Whether the seat is still held by the phone that acts; read anew under the lock of the act."""
        return bool(self.device) and Seat.objects.filter(pk=self.seat_id, device=self.device).exists()


@dataclass(frozen=True)
class StaffActor:
    """A signed-in member of the staff. Roles are read anew for every act."""

    user_id: int
    name: str

    @property
    def key(self) -> str:
        return f"staff:{self.user_id}"

    @property
    def entry(self) -> Mapping[str, Any]:
        return {"role": "staff", "name": public(self.name)}


@dataclass(frozen=True)
class Visitor:
    """Someone at the door without a seat, known only by the key of the phone."""

    device: str

    @property
    def key(self) -> str:
        return f"visitor:{self.device[:40]}"

    @property
    def entry(self) -> Mapping[str, Any]:
        return {"role": "visitor"}


def seat_label(seat: Seat) -> str:
    """Who a seat is, in full: staff and record only. "3-1-401 夏玉珍", "街道物业科 龚建业"."""
    where = seat.household.door if seat.household else seat.office
    return " ".join(part for part in (where, seat.name or (str(seat.person) if seat.person else "")) if part) or "旁听"


def shown_as(seat: Seat) -> str:
    """Who a seat is, in public: residents masked 夏*珍, officials in full, a visitor as 旁听."""
    if seat.standing == Seat.Standing.OFFICIAL:
        return seat.name
    name = seat.name or (seat.person.name if seat.person else "")
    return masked(name) if name else "旁听"


def seat_actor(seat: Seat, *, device_key: str = "", proved: bool = False) -> SeatActor:
    """The actor of a seat reached by its link or slip."""
    return SeatActor(
        seat.id, seat.stream_id, seat.standing, seat_label(seat), shown_as(seat), device_digest(device_key), proved
    )


def staff_actor(user: AbstractBaseUser) -> StaffActor:
    """The actor of a signed-in user."""
    return StaffActor(int(user.pk), user.get_full_name() or user.get_username())  # type: ignore[attr-defined]


# --- staff rights ----------------------------------------------------------------------------------------
def roles_at(user_id: int, node: Node) -> set[str]:
    """The roles that reach `node`: held on it or on a node above it, by an active account."""
    above = [int(part) for part in node.path.split("/") if part]
    return set(
        Role.objects.filter(user_id=user_id, user__is_active=True, node_id__in=above).values_list("kind", flat=True)
    )


def node_of(subject: Any) -> Node:
    """The node of a hall, or of whatever belongs to a hall."""
    hall: Hall = subject if isinstance(subject, Hall) else subject.hall
    return hall.node


def staff(*kinds: str) -> Any:
    """A right: a member of the staff with one of these roles on the subject's hall."""
    wanted = set(kinds)

    def right(actor: Any, subject: Any) -> bool:
        return isinstance(actor, StaffActor) and bool(wanted & roles_at(actor.user_id, node_of(subject)))

    right.roles = frozenset(wanted)  # type: ignore[attr-defined]
    return right


K = Role.Kind
CHAIR = staff(K.FACILITATOR)  # opens and closes meeting and votes, calls speakers
FLOOR = staff(K.FACILITATOR, K.OPERATOR)  # agenda, wall, moderation
DESK = staff(K.DESK, K.OPERATOR, K.SECRETARY, K.FACILITATOR)  # enters for people without a phone
OFFICE = staff(K.DIRECTOR, K.SECRETARY)  # roster, numbers, documents
ANY_STAFF = staff(*K.values)  # may look at console and desk


def access_hall(user: AbstractBaseUser, hall_id: int, right: Any = ANY_STAFF) -> Hall:
    """The hall, for a user who holds `right` on it; raises `Refused` (not_allowed) alike for none and no right."""
    hall = Hall.objects.select_related("node", "office").filter(pk=hall_id).first()
    if hall is None or not user.is_authenticated or not right(staff_actor(user), hall):
        raise Refused("not_allowed", {})
    return hall


def households_below(node: Node) -> Any:
    """The active households of a node and of all below it, in door order of entry."""
    return Household.objects.filter(node__path__startswith=node.path, active=True)
