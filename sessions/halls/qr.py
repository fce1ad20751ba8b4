"""QR codes as vector images; the codes of slips, walls and documents are all made here."""

from __future__ import annotations

from base64 import b64encode
from itertools import groupby

from django.utils.html import format_html
from django.utils.safestring import SafeString
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4  # modules of white around the code, as ISO/IEC 18004 asks


def matrix(text: str) -> list[list[bool]]:
    """The modules of the QR code of `text`, level M, row by row, dark is True, with the quiet zone."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(text)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def _path(rows: list[list[bool]]) -> str:
    """The dark modules in runs, so that no hairlines appear between them."""
    path = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                path.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return "".join(path)


def svg(text: str) -> str:
    """The QR code as an SVG of one path on white."""
    rows = matrix(text)
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path d="{_path(rows)}"/></svg>'
    )


def data_uri(text: str) -> str:
    """The same image for the `src` of an `<img>`."""
    return "data:image/svg+xml;base64," + b64encode(svg(text).encode()).decode()


def symbol(text: str) -> SafeString:
    """The code as ``<symbol id="qr">`` for a page that shows it in several places."""
    rows = matrix(text)
    size = len(rows)
    return format_html(
        '<svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false">'
        '<symbol id="qr" viewBox="0 0 {0} {0}"><path fill="#fff" d="M0 0h{0}v{0}h-{0}z"></path>'
        '<path fill="#1b1a17" d="{1}"></path></symbol></svg>',
        size,
        _path(rows),
    )
