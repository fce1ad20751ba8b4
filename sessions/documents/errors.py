"""The one error of this room: a code with parameters, put into a sentence at the door."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise] = {
    "fonts_missing": _(
        "The Chinese fonts for documents are not installed (missing: %(names)s). "
        "Please install the package fonts-noto-cjk."
    ),
    "unprintable": _("The fonts cannot print %(characters)s. Please write it another way."),
    "took_too_long": _("The document was not finished within %(seconds)s seconds and was stopped."),
    "needs_too_much_memory": _("The document needs more memory than it may take."),
    "worker_busy": _("Other documents are being made just now. Please try again in a minute."),
    "worker_failed": _("The document could not be made. The reason is in the log."),
    "authority_missing": _("This hall has no signing authority yet. Run: hall manage authority_init"),
    "authority_locked": _("The passphrase does not open this hall's signing authority."),
    "authority_unreadable": _("The files of this hall's signing authority cannot be read: %(reason)s"),
    "certificate_unreadable": _("%(file)s is not a certificate this program can read."),
}


class DocumentError(Exception):
    """A document could not be made, signed or read. `code` is a key of `SENTENCES`; `params` fill its sentence."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __reduce__(self) -> tuple[object, ...]:  # it travels from the worker process by pickle
        return _restore, (self.code, self.params)

    def __str__(self) -> str:
        """The sentence in the language that is active now."""
        return str(SENTENCES[self.code]) % self.params


def _restore(code: str, params: dict[str, str | int]) -> DocumentError:
    return DocumentError(code, **params)
