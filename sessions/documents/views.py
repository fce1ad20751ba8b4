"""The public pages: archive 决议公开, one document, and 验真."""

from __future__ import annotations

import secrets
from uuid import UUID

from cryptography import x509
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from sessions.halls.access import staff_actor
from sessions.halls.throttle import Throttle, address, too_many
from sessions.meetings.access import access_meeting
from sessions.meetings.models import Meeting
from sessions.record.acts import Answer, Refused
from sessions.record.chain import verify_export
from voting.models import Vote

from .acts import passed
from .authority import certificate_fingerprint, installed_folder, known_certificates
from .errors import DocumentError
from .examine import LARGEST
from .inspect import inspect
from .issue import issue, path_of
from .models import Document, Kind
from .reads import find, published, read

ON_A_PAGE = 20
guesses = Throttle("verify", limit=10, window_seconds=60)  # check codes are 40 bits; this only stops hammering
uploads = Throttle("verify-file", limit=10, window_seconds=60)


@require_GET
@cache_control(public=True, max_age=60)
def archive(request: HttpRequest) -> HttpResponse:
    """All published documents, the newest first."""
    page = Paginator(published(), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "archive/list.html", {"page": page, "here": "archive"})


@require_GET
@cache_control(public=True, max_age=60)
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One document for reading on a phone: the sentence, the motion, the count, the rule, the file."""
    reading = read(get_object_or_404(published(), pk=pk))
    return render(request, "archive/document.html", {"reading": reading, "here": "archive"})


@require_GET
@cache_control(public=True, max_age=3600)
def file(request: HttpRequest, pk: int) -> FileResponse:
    """The signed file itself, as it was published."""
    found = get_object_or_404(published(), pk=pk)
    path = path_of(found)
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type="application/pdf", filename=f"{found.number}.pdf")


class NumberForm(forms.Form):
    """What stands at the foot of a document."""

    number = forms.CharField(max_length=60, label=_("Number"))
    code = forms.CharField(max_length=20, label=_("Check code"))


class FileForm(forms.Form):
    """A file is read and forgotten; it is not stored."""

    file = forms.FileField(label=_("PDF file"))


def certificates() -> list[x509.Certificate]:
    """This installation's authority and the ones before it."""
    return list(known_certificates(installed_folder()))


@csrf_exempt  # nothing is changed and nobody is signed in; a stranger's old browser may refuse the cookie
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """By number and check code, or by the file itself."""
    by_number, by_file = NumberForm(), FileForm()
    context: dict[str, object] = {"here": "verify"}
    status = 200
    if request.method == "POST" and "file" in request.FILES:
        by_file = FileForm(request.POST, request.FILES)
        uploaded = request.FILES.getlist("file")[0]
        if not uploads.allow(address(request)):
            return too_many(request, uploads.retry_after(address(request)))
        if (uploaded.size or 0) > LARGEST:
            status = 413
            context["too_large"] = True
        elif by_file.is_valid():
            try:
                found = inspect(uploaded.read(), certificates(), check_record=verify_export)
            except DocumentError as error:
                status = 503
                context["problem"] = str(error)
            else:
                context["inspection"] = found
                context["document"] = published().filter(sha256=found.sha256).first()
    elif request.method == "POST" or "number" in request.GET:
        by_number = NumberForm(request.POST or request.GET)
        if not guesses.allow(address(request)):
            return too_many(request, guesses.retry_after(address(request)))
        if by_number.is_valid():
            context["asked"] = by_number.cleaned_data["number"]
            context["document"] = find(by_number.cleaned_data["number"], by_number.cleaned_data["code"])
    fingerprints = [certificate_fingerprint(each) for each in certificates()]
    context |= {"by_number": by_number, "by_file": by_file, "fingerprint": fingerprints[0] if fingerprints else ""}
    return render(request, "archive/verify.html", context, status=status)


@require_GET
def check(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Where the QR code of a document leads: is it genuine, and which one is it."""
    if not guesses.allow(address(request)):
        return too_many(request, guesses.retry_after(address(request)))
    found = Document.objects.filter(pk=pk).first()
    genuine = find(found.number, code) if found else None
    context = {"by_number": NumberForm(), "by_file": FileForm(), "asked": code, "document": genuine, "by_code": True}
    return render(request, "archive/verify.html", context, status=200 if genuine else 404)


@require_GET
def authority(request: HttpRequest) -> HttpResponse:
    """The public certificate of this installation's authority."""
    path = installed_folder() / "ca.pem"
    if not path.is_file():
        raise Http404
    answer = HttpResponse(path.read_bytes(), content_type="application/x-pem-file")
    answer["Content-Disposition"] = 'attachment; filename="authority.pem"'
    return answer


def _lines(meeting: Meeting) -> list[dict[str, object]]:
    """What can be issued of a meeting, each with its document if there is one."""
    made = {(each.kind, each.subject): each for each in Document.objects.filter(meeting=meeting.stream)}
    lines: list[dict[str, object]] = [
        {"kind": Kind.MINUTES, "subject": "", "title": _("Minutes"), "document": made.get((Kind.MINUTES, ""))}
    ]
    for vote in Vote.objects.select_related("motion").filter(meeting=meeting).order_by("pk"):
        if passed(vote):
            title = format_lazy("{} {}", _("Resolution"), vote.motion.no)
            found = made.get((Kind.RESOLUTION, vote.motion.no))
            lines.append({"kind": Kind.RESOLUTION, "subject": vote.motion.no, "title": title, "document": found})
    return lines


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def of_meeting(request: HttpRequest, stream: UUID) -> HttpResponse:
    """The documents of a closed meeting: make, sign and publish each with one press."""
    try:
        meeting = access_meeting(request.user, stream)
    except Refused:
        raise PermissionDenied from None
    if request.method == "POST":
        _issue(request, meeting)
        return redirect("documents:of_meeting", stream=stream)
    context = {
        "meeting": meeting,
        "hall": meeting.hall,
        "closed": meeting.stream.sealed,
        "lines": _lines(meeting),
        "act_id": secrets.token_urlsafe(12),
    }
    return render(request, "office/documents.html", context)


def _issue(request: HttpRequest, meeting: Meeting) -> None:
    try:
        answer = issue(
            meeting=meeting.stream,
            office=meeting.hall.office_id,
            kind=request.POST.get("kind", ""),
            subject=request.POST.get("subject", ""),
            actor=staff_actor(request.user),  # type: ignore[arg-type]
            act_id=request.POST.get("act_id") or secrets.token_urlsafe(12),
        )
    except DocumentError as error:
        messages.error(request, str(error))
    except Refused as refused:
        messages.error(request, Answer("", False, refused.code, refused.params).words(get_language() or "zh-hans"))
    else:
        (messages.success if answer.ok else messages.error)(request, answer.words(get_language() or "zh-hans"))
