"""The log (日志): what went wrong and where, never who or what was said.

Residents come by links that carry the token of their seat or slip (/s/…, /q/…), and errors quote what was typed or
stored. So tokens in paths are masked, query strings are cut, and of an exception only its kind and the places in the
code are kept.
"""

from __future__ import annotations

import logging
import re
import traceback
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from django.core.exceptions import SuspiciousOperation

_TOKEN_PATH = re.compile(r"(/[sq]/)[^/\s'\"?#]+")
_QUERY = re.compile(r"(/[^\s'\"?]*)\?[^\s'\"]+")


def masked(text: str) -> str:
    """``text`` with seat tokens and query strings taken out of the paths in it."""
    return _QUERY.sub(r"\1?…", _TOKEN_PATH.sub(r"\1…", text))


class PrivateFormatter(logging.Formatter):
    """One line per event, then the frames of an exception without its message."""

    def format(self, record: logging.LogRecord) -> str:
        # Another handler may have cached its own rendering of the exception, message included.
        record.exc_text = None
        text = masked(super().format(record))
        record.exc_text = None
        return text

    def formatException(  # noqa: N802 - logging's own name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, error, frames = ei
        if kind is None or error is None or issubclass(kind, SuspiciousOperation):
            return ""  # a stranger's broken request says all in its one line
        lines = [f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(frames)]
        chain = error.__cause__ or error.__context__
        because = f" (after {type(chain).__name__})" if chain is not None else ""
        return "\n".join([*lines, f"  {kind.__module__}.{kind.__qualname__}{because}"])


class PrivateFileHandler(RotatingFileHandler):
    """A rotating file, readable by its owner alone; its folder is made when the first line is written."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        return super()._open()
