"""Who and where: nodes, halls, venues, households, people, seats, staff roles. Areas are integers of 0.01 ㎡."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from sessions.record.models import Stream


class Node(models.Model):
    """A place in the organisation tree 区/街道/社区/小区/楼栋/单元 or a grid 网格.

    `path` is "/1/4/9/" with the node's own id last, so that all below a node is one prefix.
    """

    class Kind(models.TextChoices):
        DISTRICT = "district", _("District")
        STREET = "street", _("Street")
        COMMUNITY = "community", _("Community")
        ESTATE = "estate", _("Estate")
        BUILDING = "building", _("Building")
        UNIT = "unit", _("Unit")
        GRID = "grid", _("Grid")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=200, db_index=True, editable=False, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parent", "kind", "name"], name="node_once_below_parent")]

    def __str__(self) -> str:
        return self.name


class Hall(models.Model):
    """A residents' council hall 居民议事厅; it hangs on any node of the tree."""

    node = models.ForeignKey(Node, models.PROTECT, related_name="halls")
    office = models.OneToOneField(Stream, models.PROTECT, related_name="hall")  # what happens outside meetings
    name = models.CharField(max_length=60)  # 楼门议事厅
    short = models.CharField(max_length=30)  # stands in document numbers: 福苑里议纪〔2026〕47号
    slogan = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "name"], name="hall_once_per_node")]

    def __str__(self) -> str:
        return self.name


class Venue(models.Model):
    """A venue 场地 of a hall."""

    hall = models.ForeignKey(Hall, models.PROTECT, related_name="venues")
    name = models.CharField(max_length=60)
    place = models.CharField(max_length=120, blank=True)
    seats = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hall", "name"], name="venue_once_per_hall")]

    def __str__(self) -> str:
        return self.name


class Household(models.Model):
    """A household 户: one flat of an estate, its door "1-2-301" (building-unit-room) and its floor area."""

    node = models.ForeignKey(Node, models.PROTECT, related_name="households")
    building = models.CharField(max_length=10)
    unit = models.CharField(max_length=10, blank=True)
    room = models.CharField(max_length=10)
    area_x100 = models.PositiveIntegerField()  # 0.01 ㎡
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node", "building", "unit", "room"], name="household_once_per_door")
        ]

    def __str__(self) -> str:
        return self.door

    @property
    def door(self) -> str:
        """The full door number: staff and the household itself only."""
        return "-".join(part for part in (self.building, self.unit, self.room) if part)


class Person(models.Model):
    """A person 居民 of a hall's roster. An owner may be unnamed ("业主,待核"): `name` is then empty."""

    node = models.ForeignKey(Node, models.PROTECT, related_name="people")
    name = models.CharField(max_length=60, blank=True)
    phone_last4 = models.CharField(max_length=4, blank=True)
    organisation = models.CharField(max_length=80, blank=True)  # the owner a representative stands for

    def __str__(self) -> str:
        return self.name or "业主,待核"


class Tie(models.Model):
    """How a person belongs to a household: owner 产权人 or resident 居住人. One person may be both, or own several."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        RESIDENT = "resident", _("Resident")

    household = models.ForeignKey(Household, models.PROTECT, related_name="ties")
    person = models.ForeignKey(Person, models.PROTECT, related_name="ties")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["household", "person", "role"], name="tie_once")]

    def __str__(self) -> str:
        return f"{self.person} {self.role} {self.household}"


class Seat(models.Model):
    """A seat 席位: one person's place in one meeting (`stream`), carried by a token in the link.

    The link finds the seat; acting also needs the device key given at check-in (`device` is its sha256). Guests 来宾
    and officials 列席 have no household and never a vote.
    """

    class Standing(models.TextChoices):
        RESIDENT = "resident", _("Resident")
        OFFICIAL = "official", _("In attendance")
        GUEST = "guest", _("Guest")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stream = models.ForeignKey(Stream, models.PROTECT, related_name="seats")
    standing = models.CharField(max_length=10, choices=Standing.choices)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="seats")
    household = models.ForeignKey(Household, models.PROTECT, null=True, blank=True, related_name="seats")
    name = models.CharField(max_length=60, blank=True)  # as on the day; officials: in full
    office = models.CharField(max_length=80, blank=True)  # 街道物业科 …
    issue = models.PositiveIntegerField(default=1)  # raised when a slip is issued anew: the old one is void
    code = models.CharField(max_length=64)  # keyed hash of the eight digits
    device = models.CharField(max_length=64, blank=True)
    device_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "code"], name="seat_code_once_per_meeting"),
            models.UniqueConstraint(fields=["stream", "person", "household"], name="seat_once_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.standing} {self.id}"


class Role(models.Model):
    """A staff role held on a node; it reaches what hangs below that node."""

    class Kind(models.TextChoices):
        DIRECTOR = "director", _("Community director")  # 社区书记/主任
        FACILITATOR = "facilitator", _("Facilitator")  # 主持人
        OPERATOR = "operator", _("Second operator")  # 场控
        SECRETARY = "secretary", _("Secretary")  # 书记员
        DESK = "desk", _("Desk helper")  # 签到台
        SCRUTINEER = "scrutineer", _("Scrutineer")  # 监票人
        OVERSEER = "overseer", _("Overseer")  # 街道、区

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="hall_roles")
    node = models.ForeignKey(Node, models.PROTECT, related_name="roles")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    office = models.CharField(max_length=80, blank=True)  # as printed beside the name

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "node", "kind"], name="role_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.kind} {self.node}"
