"""Whether every sentence a person sees has its Chinese (译文检查): ``python -m project.launch.translations``.

The strings are gathered afresh from the source, so a sentence that never reached the catalogue is found too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

from project.launch import BASE

LOCALE = "zh_Hans"
_PLACEHOLDER = re.compile(r"%\(\w+\)[#0 +-]*[\d.]*[a-z]|(?<!%)%[sd]|\{\w*(?:![rsa])?(?::[^{}]*)?\}")


def gathered(place: Path) -> polib.POFile:
    """A fresh catalogue of all strings in the source, written below ``place``."""
    # Django's own command, with the catalogues' folder elsewhere; it would still write into any "locale" it meets
    script = (
        "import sys, django; from django.conf import settings; from django.core.management import call_command\n"
        "settings.LOCALE_PATHS = [sys.argv[1]]; django.setup()\n"
        "left_out = ['tests/*', '.venv/*', 'locale']\n"
        "call_command('makemessages', locale=[sys.argv[2]], verbosity=0, ignore_patterns=left_out)"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(place), LOCALE],
        cwd=BASE,
        check=True,
        env=dict(os.environ, DJANGO_SETTINGS_MODULE="project.settings"),
    )
    return polib.pofile(str(place / LOCALE / "LC_MESSAGES/django.po"))


def faults(fresh: polib.POFile, ours: polib.POFile) -> list[str]:
    """One line per string of ``fresh`` that ``ours`` does not translate properly."""
    found = []
    known = {(entry.msgctxt, entry.msgid): entry for entry in ours if not entry.obsolete}
    for wanted in fresh:
        entry = known.get((wanted.msgctxt, wanted.msgid))
        if entry is None:
            found.append(f"not in the catalogue: {wanted.msgid!r}")
        elif entry.fuzzy:
            found.append(f"fuzzy: {wanted.msgid!r}")
        elif not entry.translated():
            found.append(f"not translated: {wanted.msgid!r}")
        else:
            found += _placeholders(entry)
    return found


def _placeholders(entry: polib.POEntry) -> list[str]:
    wanted = set(_PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    said = list(entry.msgstr_plural.values()) or [entry.msgstr]
    return [
        f"other placeholders than {sorted(wanted)}: {text!r}"
        for text in said
        if set(_PLACEHOLDER.findall(text)) != wanted
    ]


def main() -> int:
    path = BASE / "project/locale" / LOCALE / "LC_MESSAGES/django.po"
    if not path.exists():
        print(f"{path.relative_to(BASE)} is missing")
        return 1
    with tempfile.TemporaryDirectory(prefix="hall-words-") as place:
        found = faults(gathered(Path(place)), polib.pofile(str(path)))
    print("\n".join(found) or "every string is translated")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
