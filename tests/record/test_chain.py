import json
from datetime import UTC, datetime

from django.test import TestCase

from sessions.record import chain
from sessions.record.models import Stream, Value
from sessions.record.scribe import perform

from .sample import Speaker


class Chain(TestCase):
    def setUp(self) -> None:
        self.stream = Stream.objects.create(purpose="office")
        for number, text in enumerate(["one", "two", "three"]):
            answer = perform(
                "sample.say",
                actor=Speaker("夏玉珍"),
                stream=self.stream.pk,
                data={"text": text},
                act_id=f"act-0000{number}",
            )
            assert answer.ok

    def test_a_chain_verifies_and_names_its_head(self) -> None:
        found = chain.verify(self.stream)
        assert (found.sound, found.entries, found.erased) == (True, 3, 0)
        assert (3, found.head) == chain.head(self.stream)

    def test_no_personal_value_stands_in_an_entry(self) -> None:
        for entry in self.stream.entries.all():
            assert "夏玉珍" not in entry.actor + entry.body
            assert not {"one", "two", "three"} & set(entry.body.split('"'))

    def test_the_public_copy_opens_public_values_only_and_verifies_alone(self) -> None:
        copy = chain.export(self.stream, archive=False)
        first = chain.opened(copy["entries"][0])
        assert first == {
            "actor": {"role": "speaker", "who": None},
            "body": {"text": None, "length": 3, "first": "o"},
        }
        found = chain.verify_export(json.dumps(copy).encode())
        assert found.sound
        assert found.erased == 6
        assert found.head == chain.head(self.stream)[1]

    def test_the_archive_copy_opens_all(self) -> None:
        copy = chain.export(self.stream, archive=True)
        assert chain.opened(copy["entries"][1])["body"] == {"text": "two", "length": 3, "first": "t"}
        assert chain.verify_export(json.dumps(copy).encode()).erased == 0

    def test_erasing_a_value_does_not_break_the_chain(self) -> None:
        Value.objects.filter(entry__seq=2, public=False).delete()
        found = chain.verify(self.stream)
        assert (found.sound, found.erased) == (True, 2)

    def test_the_same_value_has_another_digest_each_time(self) -> None:
        copy = chain.export(self.stream, archive=True)
        assert len({entry["actor"]["who"]["$"] for entry in copy["entries"]}) == 3

    def test_whatever_is_changed_in_a_copy_is_found(self) -> None:
        copy = chain.export(self.stream, archive=True)

        def spoiled(change: object) -> list[str]:
            again = json.loads(json.dumps(copy))
            change(again)  # type: ignore[operator]
            return chain.verify_export(json.dumps(again).encode()).problems

        assert spoiled(lambda c: c["entries"][1]["body"].update(length=4)) == [
            "entry 2 does not follow from the entry before it"
        ]
        assert spoiled(lambda c: c["entries"][0].update(at="2026-11-19T07:00:00.000Z"))
        assert spoiled(lambda c: c["entries"].pop(1))
        assert spoiled(lambda c: c["entries"].insert(0, c["entries"][0]))
        assert spoiled(lambda c: c["entries"].reverse())
        value = next(iter(copy["entries"][0]["values"]))
        assert spoiled(lambda c: c["entries"][0]["values"][value].update(value="other")) == [
            "entry 1 has a value that is not the one recorded"
        ]
        assert spoiled(lambda c: c.update(stream="00000000-0000-0000-0000-000000000001"))
        assert spoiled(lambda c: c.update(format="other/1")) == ["the format is not yishiting-record/1"]

    def test_a_file_that_is_no_record_is_called_so(self) -> None:
        for data in (b"", b"[]", b"\xff", b"{}", b"null", b"[" * 100_000, b'{"format":"yishiting-record/1"}'):
            assert chain.verify_export(data).problems == ["the file is not a record"]

    def test_times_are_spelled_in_utc_milliseconds(self) -> None:
        assert chain.spell(datetime(2026, 11, 19, 7, 38, 0, 123456, UTC)) == "2026-11-19T07:38:00.123Z"
