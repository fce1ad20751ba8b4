"""Written proxies 书面委托 for the owners' votes: registered at the desk, void as soon as the principal arrives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sessions.halls.access import DESK, seat_label
from sessions.halls.models import Seat, Tie
from sessions.record.acts import Scene, act, follow, refusal
from sessions.record.chain import Personal

from ..access import is_present, meeting_of, seat_in
from ..forms import PrincipalForm, ProxyForm
from ..models import Meeting, Proxy
from ..reads.attendance import live_proxies
from .order import doors_open

SAME = refusal("proxy.same", _("Nobody can be their own proxy."))
GUEST = refusal("proxy.guest", _("Only residents can give or hold a proxy; guests and those in attendance cannot."))
NOT_OWNER = refusal("proxy.not_owner", _("A proxy is for the owners' votes; this person owns no flat here."))
PRINCIPAL_HERE = refusal("proxy.principal_here", _("This person is in the hall and votes in person."))
HOLDER_AWAY = refusal("proxy.holder_away", _("The proxy holder has to be in the hall. Please check them in first."))
GIVEN = refusal("proxy.given", _("This person has given a proxy already. To change it, cancel it first."))
NONE = refusal("proxy.none", _("There is no proxy of this person."))


@act("proxy.register", form=ProxyForm, right=DESK, locate=meeting_of, said=_("The proxy is registered."))
def register(*, scene: Scene[Meeting], principal: str, holder: str) -> Mapping[str, Any]:
    meeting = scene.subject
    doors_open(meeting)
    giver, taker = seat_in(meeting, principal), seat_in(meeting, holder)
    if giver.pk == taker.pk or (giver.person_id is not None and giver.person_id == taker.person_id):
        raise SAME()
    if {giver.standing, taker.standing} != {Seat.Standing.RESIDENT}:
        raise GUEST()
    if not Tie.objects.filter(person=giver.person_id, role=Tie.Role.OWNER).exists():
        raise NOT_OWNER()
    if is_present(giver):
        raise PRINCIPAL_HERE()
    if not is_present(taker):
        raise HOLDER_AWAY()
    standing = Proxy.objects.filter(meeting=meeting, principal=giver, cancelled=False).first()
    if standing is not None and standing.holder_id == taker.pk:
        return {"live": live_proxies(meeting), "already": True}
    if standing is not None:
        raise GIVEN()
    Proxy.objects.create(meeting=meeting, principal=giver, holder=taker)
    live = live_proxies(meeting)
    scene.write("proxy.registered", _named(giver, taker) | {"live": live})
    return {"live": live, "already": False}


@act("proxy.cancel", form=PrincipalForm, right=DESK, locate=meeting_of, said=_("The proxy is cancelled."))
def cancel(*, scene: Scene[Meeting], principal: str) -> Mapping[str, Any]:
    doors_open(scene.subject)
    if not _cancel(scene, seat_in(scene.subject, principal), because="desk"):
        raise NONE()
    return {"live": live_proxies(scene.subject)}


@follow("presence.check_in")
@follow("presence.take_over")
@follow("presence.arrive_for")
@follow("presence.come_back")
def cancel_on_arrival(*, scene: Scene[Meeting], seat: str = "", **_data: Any) -> None:
    """Who arrives in person votes in person."""
    _cancel(scene, seat_in(scene.subject, seat or scene.actor.seat_id), because="arrived")


def _named(principal: Seat, holder: Seat) -> dict[str, Any]:
    return {"principal": Personal(seat_label(principal)), "holder": Personal(seat_label(holder))}


def _cancel(scene: Scene[Meeting], principal: Seat, *, because: str) -> bool:
    meeting = scene.subject
    proxy = (
        Proxy.objects.select_related("holder__person", "holder__household")
        .filter(meeting=meeting, principal=principal, cancelled=False)
        .first()
    )
    if proxy is None:
        return False
    proxy.cancelled = True
    proxy.save(update_fields=["cancelled"])
    named = _named(principal, proxy.holder)
    scene.write("proxy.cancelled", named | {"because": because, "live": live_proxies(meeting)})
    return True
