"""The database itself refuses to change what stands in the record: by the model, by SQL, by tricks."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import TestCase

from sessions.record import acts, chain, retention, triggers
from sessions.record.models import Entry, Stream, Value
from sessions.record.scribe import perform

from .sample import Speaker


class AppendOnly(TestCase):
    def setUp(self) -> None:
        self.stream = Stream.objects.create(purpose="meeting")
        perform("sample.say", actor=Speaker("Anna"), stream=self.stream.pk, data={"text": "hi"}, act_id="act-00001")
        self.entry = Entry.objects.get()

    def refused(self, sql: str) -> None:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_the_model_refuses(self) -> None:
        self.entry.kind = "other"
        for attempt in (
            self.entry.save,
            self.entry.delete,
            Entry.objects.all().delete,
            lambda: Entry.objects.update(kind="other"),
        ):
            with pytest.raises(TypeError, match="append-only"):
                attempt()

    def test_sql_is_refused(self) -> None:
        self.refused("UPDATE record_entry SET kind = 'other'")
        self.refused("DELETE FROM record_entry")

    def test_replacing_a_row_is_refused_too(self) -> None:
        if connection.vendor == "sqlite":
            self.refused(
                "INSERT OR REPLACE INTO record_entry (id, stream_id, seq, kind, actor, at, body, act_id, prev, digest) "
                "SELECT id, stream_id, seq, 'other', actor, at, body, act_id, prev, digest FROM record_entry"
            )
        else:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else PostgreSQL refuses for a reason of its own
            self.refused("TRUNCATE record_entry CASCADE")

    def test_a_missing_trigger_is_noticed_and_put_back(self) -> None:
        assert triggers.missing() == []
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "DROP TRIGGER record_entry_no_update"
                + (" ON record_entry" if connection.vendor == "postgresql" else "")
            )
        assert triggers.missing() == ["record_entry_no_update"]
        triggers.install()
        assert triggers.missing() == []
        self.refused("UPDATE record_entry SET kind = 'other'")

    def test_only_retention_removes_a_stream_and_leaves_word_of_it(self) -> None:
        office = Stream.objects.create(purpose="office")
        _, head = chain.head(self.stream)
        gone = self.stream.pk
        written: list[dict[str, object]] = []
        scene = acts.Scene(None, acts.Office(), None, "act-00009", office, lambda **fields: written.append(fields) or 1)  # type: ignore[arg-type,func-returns-value]
        with transaction.atomic():
            retention.erase_stream(scene=scene, stream=self.stream, reason="rehearsal")
        assert not Entry.objects.filter(stream_id=gone).exists()
        assert not Value.objects.exists()
        assert written[0]["body"] == {
            "erased": str(gone),
            "purpose": "meeting",
            "entries": 1,
            "head": head,
            "reason": "rehearsal",
        }
        assert triggers.missing() == []

    def test_erased_values_leave_the_chain_whole(self) -> None:
        digests = list(Value.objects.values_list("digest", flat=True))
        scene = acts.Scene(None, acts.Office(), None, "act-00009", self.stream, lambda **fields: 1)  # type: ignore[arg-type]
        body = retention.erase_values(scene=scene, stream=self.stream, digests=digests, reason="asked by the person")
        assert body["erased"] == len(digests) == 3
        found = chain.verify(self.stream)
        assert (found.sound, found.erased) == (True, 3)
