import base64
import json

from django.core import serializers
from django.test import TestCase, override_settings

from sessions.halls import access
from sessions.halls.acts import import_roster
from sessions.halls.models import Household, Person, Seat, Tie
from sessions.halls.seats import make_seats
from sessions.record.acts import Refused
from sessions.record.models import Answer, Entry, Stream, Value

from .town import Town, csv_bytes


class Tokens(TestCase):
    def setUp(self) -> None:
        self.town = Town()
        import_roster(self.town.hall, csv_bytes())
        self.stream = Stream.objects.create(purpose="meeting")
        self.seats = make_seats(self.stream, self.town.estate)
        self.seat = self.seats[0]

    def refused(self, find: object, *args: object) -> str:
        with self.assertRaises(Refused) as raised:
            find(*args)  # type: ignore[operator]
        return raised.exception.code

    def test_slip_link_and_digits_find_the_seat(self) -> None:
        for seat in self.seats:
            assert access.seat_by_slip(access.slip_token(seat)) == seat
            assert access.seat_by_link(access.link_token(seat)) == seat
            assert access.seat_by_digits(self.stream.pk, access.digits_of(seat)) == seat
        full_width = access.digits_of(self.seat).translate({48 + n: 0xFF10 + n for n in range(10)})
        spaced = f"{full_width[:4]} {full_width[4:]}"
        assert access.seat_by_digits(self.stream.pk, spaced) == self.seat

    def test_a_link_proves_nothing(self) -> None:
        assert self.refused(access.seat_by_slip, access.link_token(self.seat)) == "seat.unknown"
        assert self.refused(access.seat_by_link, access.slip_token(self.seat)) == "seat.unknown"

    def test_forged_tokens(self) -> None:
        token = access.slip_token(self.seat)
        raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        for place in range(len(raw)):
            forged = raw.copy()
            forged[place] ^= 1
            assert (
                self.refused(access.seat_by_slip, base64.urlsafe_b64encode(forged).decode().rstrip("="))
                == "seat.unknown"
            )
        for nonsense in ("", "x", "锁", token[:-2], token + "AA", token * 3, "../../etc", "\x00" * 48, "A" * 48):
            assert self.refused(access.seat_by_slip, nonsense) == "seat.unknown"

    def test_a_slip_issued_anew_makes_the_old_one_void(self) -> None:
        old_slip, old_link, old_digits = (
            access.slip_token(self.seat), access.link_token(self.seat), access.digits_of(self.seat),
        )  # fmt: skip
        self.seat.issue += 1
        access.issue_code(self.seat, set(Seat.objects.filter(stream=self.stream).values_list("code", flat=True)))
        self.seat.save()
        assert self.refused(access.seat_by_slip, old_slip) == "seat.void"
        assert self.refused(access.seat_by_link, old_link) == "seat.void"
        assert self.refused(access.seat_by_digits, self.stream.pk, old_digits) == "seat.code_unknown"
        assert access.seat_by_slip(access.slip_token(self.seat)) == self.seat

    def test_digits_are_of_one_meeting_and_eight(self) -> None:
        other = Stream.objects.create(purpose="meeting")
        digits = access.digits_of(self.seat)
        assert self.refused(access.seat_by_digits, other.pk, digits) == "seat.code_unknown"
        for wrong in ("", digits[:7], digits + "0", f"{(int(digits) + 1) % 10**8:08d}", "八位数字", "²²²²²²²²"):
            assert self.refused(access.seat_by_digits, self.stream.pk, wrong) == "seat.code_unknown"

    def test_printed_slips_survive_a_new_secret_key(self) -> None:
        slip, link, digits = access.slip_token(self.seat), access.link_token(self.seat), access.digits_of(self.seat)
        from django.conf import settings

        with override_settings(SECRET_KEY="a-new-key", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
            assert access.seat_by_slip(slip) == self.seat
            assert access.seat_by_link(link) == self.seat
            assert access.seat_by_digits(self.stream.pk, digits) == self.seat
            assert access.digits_of(self.seat) == digits
            assert access.slip_token(self.seat) != slip
        with override_settings(SECRET_KEY="a-new-key", SECRET_KEY_FALLBACKS=[]):
            assert self.refused(access.seat_by_slip, slip) == "seat.unknown"
            assert self.refused(access.seat_by_digits, self.stream.pk, digits) == "seat.code_unknown"
            assert self.refused(access.digits_of, self.seat) == "seat.void"

    def test_the_tables_hold_neither_tokens_nor_digits_nor_keys(self) -> None:
        key = access.new_device_key()
        Seat.objects.filter(pk=self.seat.pk).update(device=access.device_digest(key))
        rows = [
            row for model in (Seat, Person, Household, Tie, Entry, Value, Answer, Stream) for row in model.objects.all()
        ]
        dump = serializers.serialize("json", rows)
        assert self.seat.code in dump
        secrets = [key]
        for seat in self.seats:
            secrets += [access.slip_token(seat), access.link_token(seat), access.digits_of(seat)]
        texts = set(map(str, _leaves(json.loads(dump))))
        assert not any(secret in text for secret in secrets for text in texts if len(text) != 64)
        assert not texts & set(secrets)

    def test_a_device_key_is_known_only_by_its_digest(self) -> None:
        key = access.new_device_key()
        Seat.objects.filter(pk=self.seat.pk).update(device=access.device_digest(key))
        assert access.seat_actor(self.seat, device_key=key).holds_device()
        assert not access.seat_actor(self.seat, device_key=access.new_device_key()).holds_device()
        assert not access.seat_actor(self.seat).holds_device()
        assert access.device_digest("") == ""


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]
