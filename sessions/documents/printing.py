"""HTML to PDF/A-3a + PDF/UA-1, inside the worker process.

WeasyPrint is imported here and nowhere else, and only after fontconfig was told which fonts exist.
"""

from __future__ import annotations

import logging
import os
import re
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from . import fonts, justify
from .errors import DocumentError
from .typeset import clean, treat

VARIANT = "pdf/a-3a"
ATTACHMENT = "record.json"
NOTDEF = re.compile(r'\.notdef glyph rendered .*"(.*)" \((U\+[0-9A-F]+)\)', re.DOTALL)
_UA = "http://www.aiim.org/pdfua/ns/id/"
_A = "http://www.aiim.org/pdfa/ns"
# One file that is both: WeasyPrint writes one identification, this adds the other and, as PDF/A asks, its schema.
UA_IDENTIFICATION = f"""
<rdf:Description rdf:about="" xmlns:pdfuaid="{_UA}"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="{_A}/extension/" xmlns:pdfaSchema="{_A}/schema#"
 xmlns:pdfaProperty="{_A}/property#"><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{_UA}</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of PDF/UA</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
""".encode()


@dataclass(frozen=True)
class Sheet:
    """Everything the worker needs for one document.

    `html` is autoescaped; `facts` go to the PDF's information dictionary (keys in letters and digits only); `made_at`
    is the only time in the file, so that the same sheet gives the same bytes; `record` is attached as record.json.
    """

    html: str
    css: str
    title: str
    author: str
    subject: str
    made_at: datetime
    facts: dict[str, str] = field(default_factory=dict)
    record: bytes | None = None


@dataclass(frozen=True)
class Printed:
    """The PDF, and what WeasyPrint complained about (nothing, as long as the templates are sound)."""

    pdf: bytes
    warnings: tuple[str, ...]


class _Complaints(logging.Handler):
    """Keeps what WeasyPrint warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.sentences.append(record.getMessage())


def print_sheet(sheet: Sheet, folder: Path) -> Printed:
    """The worker's job: set `sheet` with the fonts of the configuration in `folder`.

    Raises `DocumentError` fonts_missing, or unprintable with the characters that no font has: one missing glyph
    breaks PDF/A (ISO 19005-3, 6.2.11.8), and pdftotext would not even show it.
    """
    os.environ["FONTCONFIG_FILE"] = str(fonts.configure(folder))
    from weasyprint import CSS, HTML, Attachment

    justify.install()

    complaints = _Complaints()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(complaints)
    logger.propagate = False
    try:
        locked = _locked_fetcher()
        shared = _font_configuration()
        attachments = []
        if sheet.record is not None:
            attachments.append(
                Attachment(
                    string=sheet.record,
                    name=ATTACHMENT,
                    description="会议记录（机器可读）",
                    relationship="Data",
                    created=sheet.made_at,
                    modified=sheet.made_at,
                    url_fetcher=locked,
                )
            )
        options: dict[str, Any] = {"pdf_variant": VARIANT, "custom_metadata": True, "attachments": attachments}
        css = CSS(string=sheet.css, font_config=shared, url_fetcher=locked)
        html = HTML(string=treat(sheet.html, fonts.covered()), url_fetcher=locked)
        document = html.render(font_config=shared, stylesheets=[css], **options)
        _describe(document.metadata, sheet)
        pdf: bytes = document.write_pdf(**options)
    finally:
        logger.removeHandler(complaints)
    if missing := {found[1]: found[2] for line in complaints.sentences if (found := NOTDEF.search(line))}:
        raise DocumentError("unprintable", characters="、".join(f"“{c}” ({n})" for c, n in missing.items()))
    return Printed(pdf, tuple(complaints.sentences))


def _describe(metadata: Any, sheet: Sheet) -> None:
    made_at = sheet.made_at.isoformat(timespec="seconds")
    metadata.title = clean(sheet.title)
    metadata.authors = [clean(sheet.author)]
    metadata.description = clean(sheet.subject)
    metadata.generator = "议事厅 Yishiting"
    metadata.created = metadata.modified = made_at
    metadata.custom = {key: clean(value) for key, value in sheet.facts.items()}
    generate = metadata.generate_rdf_metadata
    metadata.generate_rdf_metadata = lambda *args: generate(*args).replace(
        b"</rdf:RDF>", UA_IDENTIFICATION + b"</rdf:RDF>"
    )


@cache
def _font_configuration() -> Any:
    """One for the life of the process: a fresh one for each document wanders up to twice the memory."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def _locked_fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Locked(URLFetcher):
        """Opens nothing but base64 ``data:`` images: no network, no files, whatever a document says."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols={"data"}, allow_redirects=False)

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            head, _, body = url.partition(";base64,")
            if head not in {"data:image/svg+xml", "data:image/png"}:
                raise ValueError("A document may not fetch anything.")
            return URLFetcherResponse(url, b64decode(body), {"Content-Type": head.removeprefix("data:")})

    return Locked()
