import csv
import io
import json
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from sessions.halls import acts, reads
from sessions.halls.access import staff_actor
from sessions.halls.models import Household, Node, Person, Role, Seat, Tie
from sessions.halls.register import compare
from sessions.halls.seats import make_seats
from sessions.halls.tree import add_node
from sessions.record import chain
from sessions.record.acts import Answer, Office, Refused
from sessions.record.models import Entry, Stream
from sessions.record.scribe import perform

from .town import AREA_X100, COLUMNS, ROWS, Town, csv_bytes, user, xlsx_bytes


def statuses(town: Town, data: bytes) -> dict[str, str]:
    resolved = acts.prepare_roster(data, town.estate)
    comparison = compare(resolved.prepared, reads.register_of(town.estate))
    return {str(change.household.door): change.status for change in comparison.changes}


def owners(door: str) -> set[str]:
    building, unit, room = door.split("-")
    ties = Tie.objects.filter(
        household__building=building, household__unit=unit, household__room=room, role=Tie.Role.OWNER
    )
    return {str(tie.person) for tie in ties.select_related("person")}


def with_row(number: int, **new: str) -> list[tuple[str, ...]]:
    """ROWS with some cells of one row changed, by column name."""
    changed = [list(row) for row in ROWS]
    for column, text in new.items():
        changed[number][next(i for i, name in enumerate(COLUMNS) if name.startswith(column))] = text
    return [tuple(row) for row in changed]


class Importing(TestCase):
    def setUp(self) -> None:
        self.town = Town()

    def bring(self, data: bytes) -> None:
        acts.import_roster(self.town.hall, data)

    def test_the_roster_is_in(self) -> None:
        self.bring(csv_bytes())
        figures = reads.figures_of(self.town.estate)
        assert (figures.households, figures.area_x100, figures.owners, figures.unnamed, figures.residents) == (
            7, AREA_X100, 6, 1, 6,
        )  # fmt: skip
        han = Person.objects.get(name="韩建国")
        held = Household.objects.filter(ties__person=han, ties__role=Tie.Role.OWNER)
        assert sorted(str(home) for home in held) == ["1-1-101", "1-1-102"]
        assert sum(home.area_x100 for home in held) == 144_27
        assert owners("1-1-201") == {"业主,待核"}
        assert Person.objects.get(name="姜立群").organisation == "市第二毛纺厂留守处"
        assert not Tie.objects.filter(household__room="401", role=Tie.Role.RESIDENT).exists()

    def test_the_same_roster_again_changes_nothing(self) -> None:
        self.bring(csv_bytes())
        before = [list(model.objects.order_by("pk").values()) for model in (Household, Person, Tie)]
        assert set(statuses(self.town, xlsx_bytes()).values()) == {"same"}
        self.bring(xlsx_bytes())
        assert [list(model.objects.order_by("pk").values()) for model in (Household, Person, Tie)] == before

    def test_what_has_changed_is_seen_and_written(self) -> None:
        self.bring(csv_bytes())
        tang = Person.objects.get(name="唐丽")
        data = csv_bytes(with_row(1, 建筑面积="81.33", 手机尾号="7198"))
        assert statuses(self.town, data) == {row[0]: "changed" if row[0] == "1-1-102" else "same" for row in ROWS}
        self.bring(data)
        tang.refresh_from_db()
        assert tang.phone_last4 == "7198"
        assert Household.objects.get(room="102").area_x100 == 81_33

    def test_a_name_put_right_keeps_the_person_and_a_new_person_is_new(self) -> None:
        self.bring(csv_bytes())
        tang = Person.objects.get(name="唐丽")
        self.bring(csv_bytes(with_row(1, 姓名="唐莉")))
        tang.refresh_from_db()
        assert tang.name == "唐莉"
        self.bring(csv_bytes(with_row(1, 姓名="周桂芳", 手机尾号="2574")))
        assert Person.objects.get(name="周桂芳").pk != tang.pk
        assert not Person.objects.filter(pk=tang.pk).exists()

    def test_a_person_who_had_a_seat_stays_for_the_record(self) -> None:
        self.bring(csv_bytes())
        stream = Stream.objects.create(purpose="meeting")
        make_seats(stream, self.town.estate)
        self.bring(csv_bytes(with_row(1, 姓名="周桂芳", 手机尾号="2574")))
        assert Person.objects.filter(name="唐丽", ties=None).exists()
        assert Seat.objects.filter(stream=stream, name="唐丽").exists()

    def test_an_owner_becomes_known(self) -> None:
        self.bring(csv_bytes())
        self.bring(csv_bytes(with_row(2, 产权人="郑雅琴")))
        assert owners("1-1-201") == {"郑雅琴"}
        assert reads.figures_of(self.town.estate).unnamed == 0
        assert not Person.objects.filter(name="").exists()

    def test_one_owner_becomes_two(self) -> None:
        self.bring(csv_bytes())
        self.bring(csv_bytes(with_row(1, 产权人="韩建国(1-1-102)")))
        assert Person.objects.filter(name="韩建国").count() == 2
        assert reads.figures_of(self.town.estate).owners == 7

    def test_the_sale_of_a_flat_leaves_the_seller_his_other_one(self) -> None:
        self.bring(csv_bytes())
        han = Person.objects.get(name="韩建国")
        self.bring(csv_bytes(with_row(0, 姓名="沈长海", 手机尾号="4306")))
        assert owners("1-1-101") == {"沈长海"}
        han.refresh_from_db()
        assert [str(tie.household) for tie in han.ties.select_related("household")] == ["1-1-102"]

    def test_doors_that_are_missing_stay(self) -> None:
        self.bring(csv_bytes())
        part = csv_bytes(ROWS[1:2])
        resolved = acts.prepare_roster(part, self.town.estate)
        register = reads.register_of(self.town.estate)
        assert [str(door) for door in register.without(resolved.doors)] == [
            row[0] for row in ROWS if row[0] != "1-1-102"
        ]
        assert statuses(self.town, part) == {"1-1-102": "same"}  # 韩建国 is known from the roster
        self.bring(part)
        assert Household.objects.count() == 7
        assert reads.figures_of(self.town.estate).owners == 6

    def test_a_household_that_was_closed_comes_back(self) -> None:
        self.bring(csv_bytes())
        Household.objects.filter(room="102").update(active=False)
        assert reads.figures_of(self.town.estate).households == 6
        assert statuses(self.town, csv_bytes())["1-1-102"] == "changed"
        self.bring(csv_bytes())
        assert reads.figures_of(self.town.estate).households == 7

    def test_wrong_rows_wait_and_right_ones_go_in(self) -> None:
        self.bring(csv_bytes(with_row(0, 建筑面积="62,9")))
        assert Household.objects.count() == 6
        assert owners("1-1-102") == {"韩建国"}
        self.bring(csv_bytes())
        assert Household.objects.count() == 7
        assert Person.objects.filter(name="韩建国").count() == 1

    def test_the_record_has_one_entry_with_counts_and_no_names(self) -> None:
        before = Entry.objects.filter(stream=self.town.hall.office_id).count()
        self.bring(csv_bytes())
        entry = Entry.objects.filter(stream=self.town.hall.office_id).order_by("-seq").first()
        assert entry is not None
        assert (entry.kind, entry.seq) == ("roster.imported", before + 1)
        assert json.loads(entry.body) == {
            "place": "福苑里小区", "created": 7, "changed": 0, "unchanged": 0, "households": 7,
            "area_x100": AREA_X100, "owners": 6, "residents": 6,
        }  # fmt: skip
        assert not any(row[2] and row[2] in entry.body + entry.actor for row in ROWS)
        assert not entry.values.exists()
        assert chain.verify(self.town.hall.office).sound

    def test_another_estate_is_left_alone(self) -> None:
        other = add_node(self.town.community, Node.Kind.ESTATE, "杏园")
        acts.import_roster(self.town.hall, csv_bytes())
        resolved = acts.prepare_roster(csv_bytes(), other)
        answer = self.perform(Office(), {"node": other.pk, "rows": resolved.prepared.as_json()})
        assert (answer.ok, answer.code) == (False, "node.unknown")
        assert not Household.objects.filter(node=other).exists()

    def perform(self, actor: Any, data: dict[str, Any], act_id: str = "import-0001") -> Answer:
        return perform("roster.import", actor=actor, stream=self.town.hall.office_id, data=data, act_id=act_id)

    def test_who_may_and_who_may_not(self) -> None:
        rows = acts.prepare_roster(csv_bytes(), self.town.estate).prepared.as_json()
        for person in (self.town.neighbour, self.town.stranger):
            assert self.perform(staff_actor(person), {"rows": rows}).code == "not_allowed"
        helper = user("helper")
        Role.objects.create(user=helper, node=self.town.estate, kind=Role.Kind.DESK)
        assert self.perform(staff_actor(helper), {"rows": rows}).code == "not_allowed"
        assert not Household.objects.exists()
        first = self.perform(staff_actor(self.town.secretary), {"rows": rows})
        again = self.perform(staff_actor(self.town.secretary), {"rows": rows})
        assert first.ok
        assert (again.again, again.params) == (True, first.params)
        assert Entry.objects.filter(kind="roster.imported").count() == 1
        self.town.secretary.is_active = False
        self.town.secretary.save()
        assert self.perform(staff_actor(self.town.secretary), {"rows": rows}, "import-0002").code == "not_allowed"

    def test_rows_from_elsewhere_are_checked_in_every_part(self) -> None:
        good = acts.prepare_roster(csv_bytes(), self.town.estate).prepared.as_json()

        def broken(**household: Any) -> dict[str, Any]:
            return good | {"households": [good["households"][0] | household]}

        for rows in (
            None, "x", 7, [], {}, {"people": [], "households": []}, {"people": 1, "households": 2},
            broken(owners=[99]), broken(owners=[]), broken(owners=["0"]), broken(area_x100=0), broken(area_x100=1.5),
            broken(area_x100="5"), broken(door=["1", "1"]), broken(door=["1", "1", "x" * 11]), broken(door=[1, 1, 1]),
            broken(row=None), good | {"households": [good["households"][0]] * 2},
            good | {"people": [p | {"name": "x" * 61} for p in good["people"]]},
            good | {"people": [p | {"last4": "12345"} for p in good["people"]]},
        ):  # fmt: skip
            assert self.perform(Office(), {"rows": rows}).code == "invalid", rows
        assert not Household.objects.exists()

    def test_five_thousand_rows(self) -> None:
        rows = [
            (
                f"{n // 100 + 1}-{n // 50 % 2 + 1}-{n % 50 + 101}",
                "58.62",
                f"住户{n}",
                "业主",
                "",
                f"{n % 10000:04d}",
                "",
            )
            for n in range(5000)
        ]
        data = xlsx_bytes(rows)
        with CaptureQueriesContext(connection) as asked:  # in bulk, not row by row
            self.bring(data)
        assert len(asked) < 500
        assert reads.figures_of(self.town.estate).households == 5000
        changed = [(door, "58.63", *rest) for door, _, *rest in rows]
        self.bring(xlsx_bytes(changed))
        assert reads.figures_of(self.town.estate).area_x100 == 5000 * 58_63


class Founding(TestCase):
    def test_a_hall_is_founded_once(self) -> None:
        town = Town()
        entry = Entry.objects.get(stream=town.hall.office_id, seq=1)
        assert (entry.kind, json.loads(entry.body)["name"]) == ("hall.founded", "楼门议事厅")
        streams = Stream.objects.count()
        with self.assertRaises(Refused) as raised:
            acts.found_hall(node=town.estate, name="楼门议事厅", short="x")
        assert raised.exception.code == "hall.exists"
        with self.assertRaises(Refused) as raised:
            acts.found_hall(node=town.estate, name="新厅", short="x", actor=staff_actor(town.secretary))
        assert raised.exception.code == "not_allowed"
        assert Stream.objects.count() == streams

    def test_the_office_stream_of_a_hall_takes_no_second_hall(self) -> None:
        town = Town()
        data = {"node": town.estate.pk, "name": "二厅", "short": "二"}
        answer = perform("hall.found", actor=Office(), stream=town.hall.office_id, data=data, act_id="found-0002")
        assert answer.code == "not_allowed"


class Staffing(TestCase):
    def setUp(self) -> None:
        self.town = Town()
        self.director = user("menglihua", last_name="孟丽华")
        Role.objects.create(user=self.director, node=self.town.community, kind=Role.Kind.DIRECTOR)
        self.helper = user("qinlang", last_name="秦朗")
        self.count = 0

    def do(self, name: str, actor: Any, **data: Any) -> Answer:
        self.count += 1
        return perform(name, actor=actor, stream=self.town.hall.office_id, data=data, act_id=f"staff-{self.count:04d}")

    def appoint(self, actor: Any, **data: Any) -> Answer:
        return self.do(
            "staff.appoint", actor, **{"user": self.helper.pk, "node": self.town.estate.pk, "kind": "operator"} | data
        )

    def test_the_director_appoints_and_dismisses(self) -> None:
        answer = self.appoint(staff_actor(self.director), office="第三网格网格员")
        assert answer.ok
        role = Role.objects.get(pk=answer.params["role"])
        assert (role.user, role.kind, role.office) == (self.helper, "operator", "第三网格网格员")
        assert self.appoint(staff_actor(self.director), office="第三网格网格员").params == answer.params
        assert Entry.objects.filter(kind="staff.appointed").count() == 1
        assert self.do("staff.dismiss", staff_actor(self.director), role=role.pk).ok
        assert not Role.objects.filter(pk=role.pk).exists()
        assert self.do("staff.dismiss", staff_actor(self.director), role=role.pk).code == "staff.no_role"
        entries = [e["kind"] for e in chain.export(self.town.hall.office, archive=False)["entries"]]
        assert entries == ["hall.founded", "staff.appointed", "staff.dismissed"]

    def test_who_may_not(self) -> None:
        for person in (self.town.secretary, self.town.neighbour, self.town.stranger, self.helper):
            assert self.appoint(staff_actor(person)).code == "not_allowed"

    def test_only_within_the_hall_and_below(self) -> None:
        building = add_node(self.town.estate, Node.Kind.BUILDING, "3 号楼")
        assert self.appoint(staff_actor(self.director), node=building.pk).ok
        for node in (self.town.street, self.town.other_community):
            assert self.appoint(staff_actor(self.director), node=node.pk).code == "node.unknown"
        assert self.appoint(Office(), node=self.town.street.pk, kind="overseer").ok
        assert self.appoint(Office(), node=self.town.other_community.pk).code == "node.unknown"
        assert self.appoint(staff_actor(self.director), user=99999).code == "staff.unknown"
        assert self.appoint(staff_actor(self.director), kind="king").code == "invalid"

    def test_a_system_administrator_may(self) -> None:
        admin = user("root", is_superuser=True)
        assert self.appoint(staff_actor(admin)).ok


class Demo(TestCase):
    """The hall of the demo: sixty flats, 59 owners."""

    def test_the_demo_roster(self) -> None:
        town = Town()
        data = (settings.BASE_DIR / "project/demo/data/roster.csv").read_bytes()
        resolved = acts.import_roster(town.hall, data)
        assert resolved.faults == []
        figures = reads.figures_of(town.estate)
        assert (figures.households, figures.area_x100, figures.owners, figures.unnamed) == (60, 4565_02, 59, 1)
        owned = Household.objects.filter(ties__person__name="韩建国", ties__role=Tie.Role.OWNER)
        assert sorted(str(home) for home in owned) == ["2-1-101", "2-1-102"]
        assert sum(home.area_x100 for home in owned) == 144_27
        assert owners("1-2-401") == {"业主,待核"}
        assert Person.objects.get(name="姜立群").organisation == "市第二毛纺厂留守处"
        assert len(make_seats(Stream.objects.create(purpose="meeting"), town.estate)) == 60

    def test_the_same_without_the_columns_of_owners(self) -> None:
        town = Town()
        text = (settings.BASE_DIR / "project/demo/data/roster.csv").read_text("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        kept = ("房号", "建筑面积㎡", "姓名", "身份", "手机尾号")
        acts.import_roster(town.hall, csv_bytes([[row[name] for name in kept] for row in rows], kept))
        figures = reads.figures_of(town.estate)
        assert (figures.households, figures.area_x100, figures.owners, figures.unnamed) == (60, 4565_02, 60, 2)
