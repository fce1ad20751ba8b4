"""What the public pages show."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from sessions.record import chain

from .issue import page_of
from .models import Document
from .numbers import same_code, spelled_number
from .pages import MinutesPage, ResolutionPage


def published() -> QuerySet[Document]:
    """All published documents, the newest first."""
    return (
        Document.objects.filter(state=Document.State.PUBLISHED)
        .select_related("hall", "office", "meeting")
        .order_by("-published_at", "-pk")
    )


@dataclass(frozen=True)
class Reading:
    """A published document with its page and the other documents of the same meeting."""

    document: Document
    page: MinutesPage | ResolutionPage
    others: list[Document]


def read(document: Document) -> Reading:
    """The document as the record tells it: the same figures as on wall, phone and PDF, from the one source."""
    page = page_of(document, chain.export(document.meeting, archive=False))
    return Reading(document, page, list(published().filter(meeting=document.meeting).exclude(pk=document.pk)))


def find(number: str, code: str) -> Document | None:
    """The published document with this number and check code, as a person typed them; None if either is wrong."""
    found = published().filter(number=spelled_number(number)).first()
    return found if found is not None and same_code(code, found.check_code) else None
