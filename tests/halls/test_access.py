import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import TestCase

from sessions.halls import access, reads
from sessions.halls.access import CHAIR, DESK, OFFICE, access_hall, roles_at
from sessions.halls.models import Node, Role
from sessions.halls.names import masked
from sessions.halls.tree import add_node
from sessions.record.acts import Refused

from .town import Town, user


class Access(TestCase):
    def setUp(self) -> None:
        self.town = Town()

    def may(self, person: object, right: object = OFFICE) -> bool:
        try:
            return access_hall(person, self.town.hall.pk, right) == self.town.hall  # type: ignore[arg-type]
        except Refused:
            return False

    def test_someone_who_may_a_neighbour_and_a_stranger(self) -> None:
        assert self.may(self.town.secretary)
        assert not self.may(self.town.neighbour)
        assert not self.may(self.town.stranger)
        assert not self.may(AnonymousUser())

    def test_a_hall_that_is_not_there_looks_like_one_without_a_right(self) -> None:
        with pytest.raises(Refused) as raised:
            access_hall(self.town.secretary, 9999, OFFICE)
        assert raised.value.code == "not_allowed"

    def test_a_role_reaches_what_hangs_below_it_and_nothing_else(self) -> None:
        place = [self.town.district, self.town.street, self.town.community, self.town.estate]
        for node in place:
            person = user(f"u{node.pk}")
            Role.objects.create(user=person, node=node, kind=Role.Kind.SECRETARY)
            assert self.may(person), node
        building = add_node(self.town.estate, Node.Kind.BUILDING, "1 号楼")
        below = user("below")
        Role.objects.create(user=below, node=building, kind=Role.Kind.SECRETARY)
        assert not self.may(below)
        assert roles_at(below.pk, building) == {"secretary"}
        # /1/3/… is no prefix of /1/30/…: ids are compared whole
        far = add_node(self.town.street, Node.Kind.COMMUNITY, "远方里")
        Node.objects.filter(pk=far.pk).update(path=f"/{self.town.district.pk}/{self.town.street.pk}/{far.pk}9/")
        assert roles_at(self.town.secretary.pk, Node.objects.get(pk=far.pk)) == set()

    def test_a_role_is_only_what_it_says(self) -> None:
        helper = user("helper")
        Role.objects.create(user=helper, node=self.town.estate, kind=Role.Kind.DESK)
        assert self.may(helper, DESK)
        assert not self.may(helper, CHAIR)
        assert not self.may(helper, OFFICE)

    def test_a_closed_account_has_no_roles(self) -> None:
        self.town.secretary.is_active = False
        self.town.secretary.save()
        assert not self.may(self.town.secretary)
        assert reads.halls_of(self.town.secretary) == []

    def test_a_seat_is_never_staff(self) -> None:
        visitor = access.Visitor("k" * 22)
        assert not OFFICE(visitor, self.town.hall)

    def test_my_halls(self) -> None:
        (card,) = reads.halls_of(self.town.secretary)
        assert (card.name, card.place) == ("楼门议事厅", "桥西区 · 永兴街街道 · 福苑里社区 · 福苑里小区")
        assert [card.name for card in reads.halls_of(self.town.neighbour)] == ["东风议事厅"]
        assert reads.halls_of(self.town.stranger) == []
        overseer = user("overseer")
        Role.objects.create(user=overseer, node=self.town.street, kind=Role.Kind.OVERSEER)
        assert {card.name for card in reads.halls_of(overseer)} == {"楼门议事厅", "东风议事厅"}

    def test_staff_of_a_hall(self) -> None:
        (line,) = reads.staff_of(self.town.hall)
        assert (line.name, line.node) == ("白雪", "福苑里社区")


@pytest.mark.parametrize(
    ("name", "shown"), [("", ""), ("王", "*"), ("王军", "王*"), ("夏玉珍", "夏*珍"), ("欧阳志华", "欧**华")]
)
def test_masked_names(name: str, shown: str) -> None:
    assert masked(name) == shown
