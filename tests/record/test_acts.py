from django.test import TestCase, override_settings

from sessions.record import acts, chain
from sessions.record.acts import Answer
from sessions.record.models import Entry, Stream
from sessions.record.scribe import perform

from .sample import Speaker

ANNA = Speaker("Anna")


class Doing(TestCase):
    """One act after the other through `perform`, with the inline driver."""

    def setUp(self) -> None:
        self.stream = Stream.objects.create(purpose="meeting")

    def say(self, text: str, act_id: str = "act-00001", actor: Speaker = ANNA, name: str = "sample.say") -> Answer:
        return perform(name, actor=actor, stream=self.stream.pk, data={"text": text}, act_id=act_id)

    def rev(self) -> int:
        return Stream.objects.get(pk=self.stream.pk).rev

    def test_an_act_is_one_entry_and_one_rev(self) -> None:
        answer = self.say("hello")
        assert (answer.ok, answer.code, answer.params, answer.rev) == (True, "sample.say.done", {"seq": 1}, 1)
        entry = Entry.objects.get()
        assert (entry.seq, entry.kind, entry.act_id, entry.prev) == (
            1, "sample.said", "act-00001", chain.genesis(self.stream.pk),
        )  # fmt: skip
        assert answer.words("en") == "Heard: place 1."

    def test_the_same_act_again_gets_the_first_answer_and_changes_nothing(self) -> None:
        first, second = self.say("hello"), self.say("hello")
        assert (second.ok, second.params, second.rev, second.again) == (True, first.params, first.rev, True)
        assert Entry.objects.count() == self.rev() == 1

    def test_the_same_id_with_other_content_is_refused_in_words(self) -> None:
        self.say("hello")
        answer = self.say("something else")
        assert (answer.ok, answer.code) == (False, "content_differs")
        assert "other content" in answer.words("en")
        assert Entry.objects.count() == 1

    def test_the_same_id_of_another_actor_is_another_act(self) -> None:
        self.say("hello")
        assert self.say("hello", actor=Speaker("Bob")).params == {"seq": 2}

    def test_a_refusal_leaves_no_entry_and_is_repeated(self) -> None:
        answer = self.say("LOUD")
        assert (answer.ok, answer.code, answer.words("en")) == (False, "sample.too_loud", "Not so loud, Anna.")
        assert Entry.objects.count() == self.rev() == 0
        assert self.say("LOUD").again
        assert self.say("quiet", "act-00002").params == {"seq": 1}

    def test_a_defect_in_a_handler_changes_nothing_and_may_be_tried_again(self) -> None:
        with self.assertLogs("hall.scribe", "ERROR"):
            assert self.say("break").code == "fault"
        assert Entry.objects.count() == 0
        assert self.say("after", "act-00002").ok

    def test_who_has_no_right_is_refused(self) -> None:
        assert self.say("hello", actor=Speaker("Charlie", may=False)).code == "not_allowed"
        assert self.say("hello", actor=Speaker("Dora", may=False), name="sample.count").code == "not_allowed"

    def test_wrong_fields_are_named(self) -> None:
        answer = self.say("x" * 51)
        assert (answer.ok, answer.code, list(answer.errors)) == (False, "invalid", ["text"])
        assert self.say("hello", act_id="short").errors.keys() == {"act_id"}
        assert self.say("hello", act_id="号" * 10).errors.keys() == {"act_id"}

    def test_an_unknown_act_and_a_foreign_stream_are_refused(self) -> None:
        assert self.say("hello", name="sample.shout").code == "unknown_act"
        other = perform("sample.say", actor=ANNA, stream=chain.UUID(int=7), data={"text": "a"}, act_id="act-00001")
        assert other.code == "not_allowed"

    def test_an_act_done_in_bulk_refuses_a_subject_that_is_not_there(self) -> None:
        assert self.say("hello", name="sample.count").params == {"seq": 1}
        assert self.say("LOUD", "act-00002", name="sample.count").code == "sample.too_loud"
        assert self.say("nowhere", "act-00003", name="sample.lost").code == "not_allowed"
        assert self.rev() == 1

    def test_after_the_seal_nothing_follows(self) -> None:
        assert self.say("goodbye").ok
        answer = self.say("one more", "act-00002")
        assert (answer.ok, answer.code) == (False, "sealed")
        assert chain.verify(Stream.objects.get()).entries == 1

    def test_a_guard_stops_and_a_follow_up_joins_in(self) -> None:
        def calm(*, scene: acts.Scene[Stream], text: str) -> None:
            if text == "angry":
                raise acts.NOT_ALLOWED()

        def echo(*, scene: acts.Scene[Stream], text: str) -> None:
            scene.write("sample.echoed", {"length": len(text)})

        acts.guard("sample.say")(calm)
        acts.follow("sample.say")(echo)
        try:
            assert self.say("angry").code == "not_allowed"
            assert self.say("hello", "act-00002").ok
            assert [entry.kind for entry in Entry.objects.order_by("seq")] == ["sample.said", "sample.echoed"]
            assert self.rev() == 1
        finally:
            acts._guards.pop("sample.say")
            acts._follows.pop("sample.say")

    def test_answers_are_worded_in_the_readers_language(self) -> None:
        answer = self.say("hello", actor=Speaker("Charlie", may=False))
        assert answer.words("en").startswith("This is not yours to do.")
        assert any("\u4e00" <= character <= "\u9fff" for character in answer.words("zh-hans"))

    @override_settings(SCRIBE="thread")
    def test_an_act_inside_a_callers_transaction_is_a_defect(self) -> None:
        from sessions.record import scribe

        scribe.stop()
        try:
            with self.assertRaisesMessage(RuntimeError, "never performed inside"):
                self.say("hello")
        finally:
            scribe.stop()
