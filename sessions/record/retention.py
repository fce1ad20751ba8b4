"""Retention 保管期限: the one way by which a whole stream, or a person's values, may ever go.

What goes leaves an entry in the hall's office stream: which stream, how many entries, its last digest, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .acts import Scene
from .chain import head
from .models import Entry, Stream, Value
from .triggers import lifted


def erase_stream(*, scene: Scene[Any], stream: Stream, reason: str) -> Mapping[str, Any]:
    """Delete `stream` with its entries and values; called by an act on the office stream, inside its transaction."""
    seq, digest = head(stream)
    body = {"erased": str(stream.id), "purpose": stream.purpose, "entries": seq, "head": digest, "reason": reason}
    Value.objects.filter(entry__stream=stream).delete()
    stream.answers.all().delete()
    with lifted("record_entry"):
        # The query set refuses to delete; this is the one place that may.
        super(type(Entry.objects.all()), Entry.objects.filter(stream=stream))._raw_delete("default")
    stream.delete()
    scene.write("retention.stream_erased", body)
    return body


def erase_values(*, scene: Scene[Any], stream: Stream, digests: list[str], reason: str) -> Mapping[str, Any]:
    """Erase personal values of `stream`; the chain keeps their digests and still verifies."""
    erased, _ = Value.objects.filter(entry__stream=stream, digest__in=digests).delete()
    body = {"stream": str(stream.id), "digests": sorted(digests), "erased": erased, "reason": reason}
    scene.write("retention.values_erased", body)
    return body
