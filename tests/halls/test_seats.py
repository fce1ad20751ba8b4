from django.test import TestCase

from sessions.halls.access import digits_of, seat_label, shown_as
from sessions.halls.acts import import_roster
from sessions.halls.models import Seat
from sessions.halls.seats import make_seats
from sessions.record.models import Stream

from .town import ROWS, Town, csv_bytes


class Seats(TestCase):
    def setUp(self) -> None:
        self.town = Town()
        self.stream = Stream.objects.create(purpose="meeting")

    def test_residents_and_named_owners_who_live_in_none_of_the_flats(self) -> None:
        import_roster(self.town.hall, csv_bytes())
        seats = make_seats(self.stream, self.town.estate)
        assert [seat_label(seat) for seat in seats] == [
            "1-1-101 韩建国", "1-1-102 唐丽", "1-1-201 林小雨", "1-1-202 姜立群", "1-1-301 卢晓军", "1-1-301 丁海燕",
            "1-1-302 许家豪", "1-1-302 傅淑芬", "1-1-401 薛婷",
        ]  # fmt: skip
        assert {seat.standing for seat in seats} == {Seat.Standing.RESIDENT}
        assert shown_as(seats[0]) == "韩*国"
        assert Seat.objects.filter(stream=self.stream).count() == 9
        assert len({digits_of(seat) for seat in seats}) == 9

    def test_an_owner_of_two_flats_who_lives_in_neither_has_one_seat(self) -> None:
        rows = [
            ("10-1-101", "60", "甲某", "承租人", "刘大海", "1111", ""),
            ("2-1-101", "60", "乙某", "承租人", "刘大海", "", ""),
        ]
        import_roster(self.town.hall, csv_bytes(rows))
        seats = make_seats(self.stream, self.town.estate)
        assert [seat_label(seat) for seat in seats] == ["2-1-101 乙某", "2-1-101 刘大海", "10-1-101 甲某"]

    def test_again_makes_only_what_is_missing(self) -> None:
        import_roster(self.town.hall, csv_bytes(ROWS[:2]))
        assert len(make_seats(self.stream, self.town.estate)) == 2
        codes = set(Seat.objects.values_list("code", flat=True))
        import_roster(self.town.hall, csv_bytes())
        assert len(make_seats(self.stream, self.town.estate)) == 7
        assert make_seats(self.stream, self.town.estate) == []
        assert codes < set(Seat.objects.values_list("code", flat=True))

    def test_a_hall_of_a_community_seats_all_its_estates(self) -> None:
        import_roster(self.town.hall, csv_bytes())
        assert len(make_seats(self.stream, self.town.community)) == 9
        assert make_seats(Stream.objects.create(purpose="meeting"), self.town.other_community) == []
