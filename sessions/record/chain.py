"""The chain: digests, personal values, export and verification.

digest(n) = sha256(digest(n-1) ‖ canonical({stream, seq, kind, actor, at, body, act_id})); before the first entry
stands sha256(format ‖ stream id).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from .canonical import canonical, plain
from .models import Entry, Stream, Value

FORMAT = "yishiting-record/1"


@dataclass(frozen=True)
class Personal:
    """A value about a person: names, seat ids, free text, named choices. Only its salted digest enters the chain."""

    value: Any
    public: bool = False


def public(value: Any) -> Personal:
    """A personal value that the public copy opens too, e.g. a masked name 夏*珍."""
    return Personal(value, public=True)


@dataclass(frozen=True)
class Opened:
    """A personal value with its salt and digest, about to be stored beside its entry."""

    digest: str
    salt: str
    value: str
    public: bool


def commitment(salt: str, value: bytes) -> str:
    """sha256(salt ‖ canonical value), hex."""
    return hashlib.sha256(bytes.fromhex(salt) + value).hexdigest()


def seal_values(body: Any, into: list[Opened]) -> Any:
    """`body` with every `Personal` replaced by ``{"$": digest}``; what was replaced is appended to `into`."""
    if isinstance(body, Personal):
        text, salt = canonical(body.value), secrets.token_hex(16)
        digest = commitment(salt, text)
        into.append(Opened(digest, salt, text.decode(), body.public))
        return {"$": digest}
    if isinstance(body, dict):
        return {str(key): seal_values(item, into) for key, item in body.items()}
    if isinstance(body, list | tuple):
        return [seal_values(item, into) for item in body]
    return plain(body)


def spell(moment: datetime) -> str:
    """UTC with milliseconds: 2026-11-19T07:38:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def genesis(stream: UUID) -> str:
    """What stands before the first entry."""
    return hashlib.sha256(f"{FORMAT}\n{stream}".encode()).hexdigest()


def link(prev: str, fields: dict[str, Any]) -> str:
    """The digest of an entry whose canonical fields are `fields`."""
    return hashlib.sha256(bytes.fromhex(prev) + canonical(fields)).hexdigest()


def fields_of(entry: Entry) -> dict[str, Any]:
    """The hashed fields of a stored entry."""
    return {
        "stream": str(entry.stream_id),
        "seq": entry.seq,
        "kind": entry.kind,
        "actor": json.loads(entry.actor),
        "at": spell(entry.at),
        "body": json.loads(entry.body),
        "act_id": entry.act_id,
    }


@dataclass
class Verification:
    """What a check of a stream or of an exported record found. `problems` are short English facts, empty if sound."""

    entries: int = 0
    head: str = ""
    erased: int = 0  # personal values that were erased or not opened to this reader
    problems: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.problems


def _check(stream: UUID, rows: Iterable[tuple[dict[str, Any], str, str, dict[str, tuple[str, str]]]]) -> Verification:
    found = Verification(head=genesis(stream))
    for fields, prev, digest, opened in rows:
        found.entries += 1
        where = f"entry {fields.get('seq')}"
        if fields.get("seq") != found.entries:
            found.problems.append(f"{where} stands in place {found.entries}")
        if prev != found.head or link(prev, fields) != digest:
            found.problems.append(f"{where} does not follow from the entry before it")
        for commitment_ in commitments(fields["actor"]) | commitments(fields["body"]):
            if commitment_ not in opened:
                found.erased += 1
            elif commitment(opened[commitment_][0], opened[commitment_][1].encode()) != commitment_:
                found.problems.append(f"{where} has a value that is not the one recorded")
        found.head = digest
    return found


def commitments(body: Any) -> set[str]:
    """Every digest of a personal value in `body`."""
    if isinstance(body, dict):
        if set(body) == {"$"}:
            return {body["$"]}
        return set().union(*(commitments(item) for item in body.values())) if body else set()
    if isinstance(body, list):
        return set().union(*(commitments(item) for item in body)) if body else set()
    return set()


def verify(stream: Stream) -> Verification:
    """Recompute the whole chain of a stream from the tables."""

    def rows() -> Iterator[tuple[dict[str, Any], str, str, dict[str, tuple[str, str]]]]:
        for entry in stream.entries.order_by("seq").prefetch_related("values"):
            opened = {value.digest: (value.salt, value.value) for value in entry.values.all()}
            yield fields_of(entry), entry.prev, entry.digest, opened

    found = _check(stream.id, rows())
    if stream.sealed and not found.entries:
        found.problems.append("the stream is sealed and empty")
    return found


def head(stream: Stream) -> tuple[int, str]:
    """(seq, digest) of the newest entry; (0, genesis) for an empty stream."""
    newest = stream.entries.order_by("-seq").values_list("seq", "digest").first()
    return newest or (0, genesis(stream.id))


def export(stream: Stream, *, archive: bool) -> dict[str, Any]:
    """The record as given to a reader: all entries, and the values opened to the archive or to the public."""
    entries = []
    for entry in stream.entries.order_by("seq").prefetch_related("values"):
        opened = {
            value.digest: {"salt": value.salt, "value": json.loads(value.value)}
            for value in entry.values.all()
            if archive or value.public
        }
        fields = fields_of(entry)
        del fields["stream"]  # said once, at the top
        entries.append(fields | {"prev": entry.prev, "digest": entry.digest, "values": opened})
    return {
        "format": FORMAT,
        "stream": str(stream.id),
        "purpose": stream.purpose,
        "reader": "archive" if archive else "public",
        "entries": entries,
    }


def verify_export(data: bytes) -> Verification:
    """Recompute an exported record, from its own bytes alone. Never raises: what is wrong stands in `problems`."""
    try:
        record = json.loads(data)
        if record["format"] != FORMAT:
            return Verification(problems=[f"the format is not {FORMAT}"])
        stream = UUID(record["stream"])
        rows = [
            (
                {key: entry[key] for key in ("seq", "kind", "actor", "at", "body", "act_id")} | {"stream": str(stream)},
                entry["prev"],
                entry["digest"],
                {key: (v["salt"], canonical(v["value"]).decode()) for key, v in entry["values"].items()},
            )
            for entry in record["entries"]
        ]
        return _check(stream, rows)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Verification(problems=["the file is not a record"])


def opened(entry: dict[str, Any]) -> dict[str, Any]:
    """The body of an exported entry with its opened values put back; a closed value reads None."""

    def put_back(item: Any) -> Any:
        if isinstance(item, dict):
            if set(item) == {"$"}:
                found = entry["values"].get(item["$"])
                return found["value"] if found else None
            return {key: put_back(value) for key, value in item.items()}
        if isinstance(item, list):
            return [put_back(value) for value in item]
        return item

    return dict(put_back({"actor": entry["actor"], "body": entry["body"]}))


__all__ = [
    "FORMAT", "Opened", "Personal", "Value", "Verification", "commitment", "export", "fields_of", "genesis", "head",
    "link", "opened", "public", "seal_values", "spell", "verify", "verify_export",
]  # fmt: skip
