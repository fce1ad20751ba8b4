"""Pages 页面 of the office: my halls, one hall, its roster (choose a file → look → import)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from sessions.record import scribe
from sessions.record.acts import Refused

from . import drafts, preview, reads
from .access import ANY_STAFF, OFFICE, access_hall, staff_actor
from .acts import prepare_roster
from .faults import FaultError
from .forms import RosterForm
from .models import Hall, Node
from .owners import Prepared
from .sheets import MOST_BYTES


def _hall(request: HttpRequest, hall_id: int, right: object) -> Hall:
    try:
        return access_hall(request.user, hall_id, right)  # type: ignore[arg-type]
    except Refused:
        raise PermissionDenied from None


@never_cache
@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The halls that my roles reach."""
    return render(request, "office/home.html", {"halls": reads.halls_of(request.user)})  # type: ignore[arg-type]


@never_cache
@login_required
@require_GET
def hall(request: HttpRequest, hall_id: int) -> HttpResponse:
    """One hall: its meetings (a part of the live room), roster in figures, staff."""
    found = _hall(request, hall_id, ANY_STAFF)
    return render(
        request,
        "office/hall.html",
        {
            "hall": found,
            "place": reads.place_of(found.node),
            "figures": reads.figures_of(found.node),
            "staff": reads.staff_of(found),
            "may_import": reads.may_import(request.user, found),  # type: ignore[arg-type]
            "meetings_part": ["live/hall_meetings.html", "office/no_meetings.html"],
        },
    )


@dataclass(frozen=True)
class _Draft:
    """What a draft holds, put back together."""

    node: Node
    act_id: str
    name: str
    preview: preview.Preview
    done: str


def _draft(request: HttpRequest, hall: Hall, token: str) -> _Draft | None:
    content = drafts.find(int(request.user.pk or 0), hall.pk, token)
    if content is None:
        return None
    node = next((estate for estate in reads.estates_of(hall) if estate.pk == content["node"]), None)
    if node is None:
        return None
    return _Draft(
        node, content["act_id"], content["name"], preview.from_json(content, reads.register_of(node)), content["done"]
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest, hall_id: int) -> HttpResponse:
    """Choose a roster file; it is read at once and kept for the look."""
    found = _hall(request, hall_id, OFFICE)
    estates = reads.estates_of(found)
    form = RosterForm(request.POST, request.FILES, estates=estates) if request.POST else RosterForm(estates=estates)
    if form.is_valid():
        node: Node = form.cleaned_data.get("node") or estates[0]
        file: UploadedFile = form.cleaned_data["file"]
        try:
            if (file.size or 0) > MOST_BYTES:
                raise FaultError("file.too_big", megabytes=MOST_BYTES // 1024 // 1024)
            read = prepare_roster(file.read(), node)
            content = preview.to_json(read) | {
                "node": node.pk,
                "act_id": secrets.token_hex(16),
                "name": (file.name or "")[:80],
                "done": "",
            }
            token = drafts.keep(int(request.user.pk or 0), found.pk, content)
        except FaultError as wrong:
            form.add_error("file", wrong.at(0).words)
        else:
            return redirect("office:roster_preview", found.pk, token)
    context = {
        "hall": found,
        "form": form,
        "figures": reads.figures_of(found.node),
        "columns": preview.COLUMNS,
        "here": "roster",
    }
    return render(request, "office/roster.html", context, status=200 if not form.errors else 422)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def roster_preview(request: HttpRequest, hall_id: int, token: str) -> HttpResponse:
    """Look at what an import would change, row by row; a POST imports the right rows."""
    found = _hall(request, hall_id, OFFICE)
    draft = _draft(request, found, token)
    if draft is None:
        messages.warning(request, _("This preview is no longer kept. Please choose the file again."))
        return redirect("office:roster", found.pk)
    if draft.done:
        messages.success(request, draft.done)
        return redirect("office:hall", found.pk)
    said = ""
    if request.method == "POST" and draft.preview.importable:
        said, ok = _import(request, found, draft, token)
        if ok:
            messages.success(request, said)
            return redirect("office:hall", found.pk)
    context = {"hall": found, "draft": draft, "preview": draft.preview, "token": token, "said": said, "here": "roster"}
    return render(request, "office/roster_preview.html", context, status=503 if said else 200)


def _import(request: HttpRequest, hall: Hall, draft: _Draft, token: str) -> tuple[str, bool]:
    """(the sentence of the answer, whether the roster is in)."""
    rows: Prepared = draft.preview.prepared
    try:
        answer = scribe.perform(
            "roster.import",
            actor=staff_actor(request.user),  # type: ignore[arg-type]
            stream=hall.office_id,
            data={"node": draft.node.pk, "rows": rows.as_json()},
            act_id=draft.act_id,
            timeout=120,
        )
    except TimeoutError:
        return _("The import is still being written. Please look at this page again in a minute."), False
    words = answer.words(get_language() or "zh-hans")
    if answer.ok:
        # A second press of the same button finds this and says the same.
        done = {"node": draft.node.pk, "act_id": draft.act_id, "name": draft.name, "done": words}
        drafts.keep(int(request.user.pk or 0), hall.pk, preview.EMPTY | done, token)
    return words, answer.ok
