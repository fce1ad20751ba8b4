"""Issue 签发 a document: number, compile, render, seal, publish.

Every step may be repeated after a crash: the number is given once, the file is written whole or not at all, and the
publication names its sha256.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sessions.record import chain, clock
from sessions.record.acts import Actor, Answer, refusal
from sessions.record.canonical import canonical
from sessions.record.models import Stream
from sessions.record.scribe import perform

from . import compile as compiling
from .authority import installed_authority
from .compile import Imprint
from .models import Document, Kind
from .pages import MinutesPage, ResolutionPage
from .render import render
from .sign import sign

UNSOUND = refusal("document.unsound", _("The record of this meeting does not verify; no document can be made of it."))


def folder() -> Path:
    """Where published files lie."""
    return Path(settings.DATA) / "documents"


def path_of(document: Document) -> Path:
    """The file of a published document."""
    return folder() / document.file


def verify_url(document: Document) -> str:
    """The address in the QR code; empty without a public address, since a LAN address is dead tomorrow."""
    return f"{settings.PUBLIC_URL}/v/{document.pk}-{document.check_code}" if settings.PUBLIC_URL else ""


def page_of(document: Document, record: Mapping[str, object]) -> MinutesPage | ResolutionPage:
    """The page of a document, compiled from the public record."""
    first = Document.objects.filter(meeting=document.meeting, kind=Kind.MINUTES).first()
    imprint = Imprint(
        office=document.office.name,
        number=document.number,
        check_code=document.check_code,
        signer=f"{document.office.name}议事厅",
        made_at=document.numbered_at,
        verify_url=verify_url(document),
        minutes_number=first.number if first else "",
    )
    if document.kind == Kind.MINUTES:
        return compiling.minutes(record, imprint)
    return compiling.resolution(record, document.subject, imprint)


def issue(*, meeting: Stream, office: UUID, kind: str, subject: str, actor: Actor, act_id: str) -> Answer:
    """Make and publish the minutes or a resolution of a closed meeting; returns the answer of the last step.

    Takes 1–4 s and must not be called inside a transaction. Raises `DocumentError` when the file cannot be made; the
    number is then kept for the next try.
    """
    answer = perform(
        "document.number",
        actor=actor,
        stream=office,
        data={"meeting": str(meeting.pk), "kind": kind, "subject": subject},
        act_id=f"{act_id}-number"[:64],
    )
    if not answer.ok:
        return answer
    document = Document.objects.select_related("hall__node", "office", "meeting").get(pk=answer.params["document"])
    if document.state == Document.State.PUBLISHED:
        return answer
    if not chain.verify(meeting).sound:
        raise UNSOUND()
    record = chain.export(meeting, archive=False)
    page = page_of(document, record)
    pdf = render(page, record=canonical(record))
    sealed = sign(
        pdf,
        installed_authority(),
        signer_name=page.signer,
        role="电子签章",
        reason=f"{page.mark}签发",
        location=document.hall.name,
        at=clock.now(),
        organisation=document.office.name,
    )
    file = f"{document.kind}-{document.year}-{document.serial}-{document.pk}.pdf"
    _write(folder() / file, sealed)
    return perform(
        "document.publish",
        actor=actor,
        stream=office,
        data={
            "document": document.pk,
            "sha256": hashlib.sha256(sealed).hexdigest(),
            "file": file,
            "summary": summary_of(page),
        },
        act_id=f"{act_id}-publish"[:64],
    )


def summary_of(page: MinutesPage | ResolutionPage) -> str:
    """One sentence for the archive: what was decided, with its figures."""
    if isinstance(page, ResolutionPage):
        return f"{page.motion.text}{page.motion.sentence}"
    parts = []
    for item in page.items:
        decided = "；".join(f"{motion.text.rstrip('。')}（{motion.outcome}）" for motion in item.motions)
        if decided:
            parts.append(f"{item.heading}：{decided}")
    return "。".join(parts) + "。" if parts else "".join(page.present)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and on the disk before the publication is."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
