from typing import Any

from django.test import TestCase
from django.urls import reverse

from sessions.halls.acts import import_roster
from sessions.halls.models import Hall, Household, Node, Person, Role
from sessions.record.models import Entry

from .town import Town, csv_bytes, user


class Administrators(TestCase):
    def setUp(self) -> None:
        self.town = Town()
        self.client.cookies["hall_language"] = "en"
        self.client.force_login(user("root", is_superuser=True, is_staff=True))

    def page(self, model: str, view: str, *args: Any) -> str:
        return reverse(f"admin:halls_{model}_{view}", args=args)

    def test_nodes_are_added_where_they_belong(self) -> None:
        add = self.page("node", "add")
        data = {"parent": self.town.estate.pk, "kind": "building", "name": "3 号楼"}
        assert self.client.post(add, data).status_code == 302
        node = Node.objects.get(name="3 号楼")
        assert node.path == f"{self.town.estate.path}{node.pk}/"
        wrong = self.client.post(add, data | {"kind": "district"})
        assert "cannot stand there" in wrong.content.decode()
        renamed = self.client.post(
            self.page("node", "change", node.pk), {"name": "三号楼", "parent": self.town.street.pk}
        )
        assert renamed.status_code == 302
        node.refresh_from_db()
        assert (node.name, node.parent) == ("三号楼", self.town.estate)

    def test_halls_are_founded_through_the_act(self) -> None:
        data = {"node": self.town.community.pk, "name": "小板凳议事屋", "short": "小板凳", "slogan": ""}
        assert self.client.post(self.page("hall", "add"), data).status_code == 302
        hall = Hall.objects.get(name="小板凳议事屋")
        assert Entry.objects.get(stream=hall.office_id).kind == "hall.founded"
        assert self.client.post(self.page("hall", "add"), data).status_code == 200  # the form says it exists
        assert Hall.objects.filter(name="小板凳议事屋").count() == 1

    def test_roles_are_given_and_ended_through_acts(self) -> None:
        person = user("qinlang")
        data = {"user": person.pk, "node": self.town.estate.pk, "kind": "operator", "office": "网格员"}
        assert self.client.post(self.page("role", "add"), data).status_code == 302
        role = Role.objects.get(user=person)
        assert self.client.post(self.page("role", "delete", role.pk), {"post": "yes"}).status_code == 302
        assert not Role.objects.filter(user=person).exists()
        kinds = Entry.objects.filter(stream=self.town.hall.office_id).order_by("seq").values_list("kind", flat=True)
        assert list(kinds) == ["hall.founded", "staff.appointed", "staff.dismissed"]

    def test_a_role_far_from_any_hall_is_refused_in_words(self) -> None:
        far = Node.objects.create(kind="district", name="远")
        data = {"user": user("x").pk, "node": far.pk, "kind": "overseer", "office": ""}
        assert "Please found the hall first." in self.client.post(self.page("role", "add"), data).content.decode()

    def test_a_role_on_a_street_stands_in_the_account_of_a_hall_below(self) -> None:
        data = {"user": user("x").pk, "node": self.town.street.pk, "kind": "overseer", "office": ""}
        assert self.client.post(self.page("role", "add"), data).status_code == 302
        assert Entry.objects.get(kind="staff.appointed").stream_id == self.town.hall.office_id

    def test_an_account_that_is_closed_meanwhile_is_refused_in_words(self) -> None:
        closed = user("closed", is_active=False)
        data = {"user": closed.pk, "node": self.town.estate.pk, "kind": "desk", "office": ""}
        answer = self.client.post(self.page("role", "add"), data, follow=True)
        assert "This account does not exist or is closed." in answer.content.decode()
        assert not Role.objects.filter(user=closed).exists()

    def test_the_roster_is_only_to_look_at(self) -> None:
        import_roster(self.town.hall, csv_bytes())
        for model, row in (("household", Household.objects.first()), ("person", Person.objects.first())):
            assert row is not None
            assert self.client.get(self.page(model, "changelist")).status_code == 200
            assert self.client.get(self.page(model, "change", row.pk)).status_code == 200
            assert self.client.post(self.page(model, "change", row.pk), {"name": "x"}).status_code == 403
            assert self.client.get(self.page(model, "add")).status_code == 403
            assert self.client.post(self.page(model, "delete", row.pk), {"post": "yes"}).status_code == 403

    def test_every_list_opens(self) -> None:
        for model in ("node", "hall", "venue", "role", "household", "person"):
            assert self.client.get(self.page(model, "changelist")).status_code == 200
            if model not in ("household", "person"):
                assert self.client.get(self.page(model, "add")).status_code == 200

    def test_staff_without_administration_have_no_way_in(self) -> None:
        self.client.force_login(self.town.secretary)
        assert self.client.get(self.page("role", "add")).status_code == 302
