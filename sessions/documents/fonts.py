"""The two families every document is set in, found on this machine and offered to the renderer alone.

仿宋 and 小标宋 of GB/T 9704-2012 have no open equivalent that also knows rare names, so 宋体 (Noto Serif CJK SC) and
黑体 (Noto Sans CJK SC) stand in. Fontconfig silently takes *something* for a family it does not find; a private
configuration that holds these four files and nothing else makes the same pages on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont

from .errors import DocumentError

SONG = "Noto Serif CJK SC"
FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / ".fonts",
)
# Debian and Ubuntu ship one collection (.ttc) for all languages, others one file for each language ("CJKsc").
WANTED = {
    "Noto Serif CJK Regular": ("NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular.otf"),
    "Noto Serif CJK Bold": ("NotoSerifCJK-Bold.ttc", "NotoSerifCJKsc-Bold.otf"),
    "Noto Sans CJK Regular": ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf"),
    "Noto Sans CJK Bold": ("NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold.otf"),
}
CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


def find(folders: tuple[Path, ...] = FOLDERS) -> dict[str, Path]:
    """The font files by their name in `WANTED`. Raises `DocumentError` fonts_missing, which names what is missing."""
    present = {path.name: path for folder in folders for path in _files(folder)}
    found = {want: present[name] for want, names in WANTED.items() for name in names if name in present}
    if missing := [want for want in WANTED if want not in found]:
        raise DocumentError("fonts_missing", names=", ".join(missing))
    return found


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from folder.rglob("Noto*CJK*")


def configure(folder: Path, folders: tuple[Path, ...] = FOLDERS) -> Path:
    """Write a fontconfig configuration of exactly the wanted fonts into `folder` and return its path.

    It must stand in FONTCONFIG_FILE before the first `import weasyprint`. Raises `DocumentError` fonts_missing.
    """
    for path in find(folders).values():
        link = folder / path.name
        if not link.exists():
            link.symlink_to(path)
    configuration = folder / "fonts.conf"
    if not configuration.exists():
        configuration.write_text(CONFIGURATION.format(folder=folder), "utf-8")
    return configuration


@cache
def covered() -> frozenset[int]:
    """Every code point the families can print (in 1:20220127 the coverage of 黑体 contains that of 宋体)."""
    path = find()["Noto Serif CJK Regular"]
    if path.suffix == ".otf":
        with TTFont(path, lazy=True) as face:
            return frozenset(face.getBestCmap())
    with TTCollection(path, lazy=True) as collection:
        for face in collection:
            if face["name"].getDebugName(1) == SONG:
                return frozenset(face.getBestCmap())
    raise DocumentError("fonts_missing", names=SONG)
