"""A page to a PDF: HTML by Django's templates here, set by WeasyPrint in the worker process."""

from __future__ import annotations

import logging
from datetime import UTC
from pathlib import Path

from django.template.loader import render_to_string

from .pages import Page
from .printing import Sheet, print_sheet
from .worker import Worker, shared

SECONDS = 180  # 1,000 speeches take 20 s on an idle machine; a cold worker 2 s
STYLE = Path(__file__).parent / "style" / "sheet.css"

logger = logging.getLogger(__name__)


def html_of(page: Page) -> str:
    """The page as HTML, everything a person wrote escaped."""
    return render_to_string(page.template, {"page": page})


def sheet_of(page: Page, record: bytes | None = None) -> Sheet:
    """What the worker is given for `page`. The facts let a file say what it is without its text being read."""
    return Sheet(
        html=html_of(page),
        css=STYLE.read_text("utf-8"),
        title=f"{page.mark}　{page.number}",
        author=page.office,
        subject=page.title,
        made_at=page.made_at.astimezone(UTC),
        facts={
            "HallKind": page.kind,
            "HallNumber": page.number,
            "HallCheckCode": page.check_code,
            "HallRecordDigest": page.record_digest,
            "HallRecordSeq": str(page.record_seq),
        },
        record=record,
    )


def render(page: Page, *, record: bytes | None = None, worker: Worker = shared, seconds: float = SECONDS) -> bytes:
    """`page` as PDF/A-3a + PDF/UA-1 with `record` attached as record.json; the same input gives the same bytes.

    Blocks for about a third of a second (2 s for a cold worker), in which the worker works and the server does not.
    Raises `DocumentError`: fonts_missing, unprintable, took_too_long, needs_too_much_memory, worker_busy,
    worker_failed.
    """
    printed = worker.call(print_sheet, sheet_of(page, record), worker.folder, seconds=seconds)
    for warning in printed.warnings:
        logger.warning("WeasyPrint: %s", warning)
    return printed.pdf
