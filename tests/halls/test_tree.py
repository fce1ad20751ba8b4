import pytest
from django.test import TestCase

from sessions.halls.models import Node
from sessions.halls.tree import add_node
from sessions.record.acts import Refused


class Tree(TestCase):
    def setUp(self) -> None:
        self.district = add_node(None, Node.Kind.DISTRICT, "桥西区")
        self.street = add_node(self.district, Node.Kind.STREET, " 永兴街  街道 ")

    def test_paths_end_with_the_node_itself(self) -> None:
        assert self.district.path == f"/{self.district.pk}/"
        assert self.street.path == f"/{self.district.pk}/{self.street.pk}/"
        assert Node.objects.get(pk=self.street.pk).path == self.street.path
        assert self.street.name == "永兴街 街道"

    def test_a_node_is_made_once(self) -> None:
        assert add_node(self.district, Node.Kind.STREET, "永兴街 街道") == self.street
        assert add_node(None, Node.Kind.DISTRICT, "桥西区") == self.district

    def test_kinds_hang_where_they_belong(self) -> None:
        for parent, kind in (
            (self.district, "district"),
            (self.street, "unit"),
            (self.street, "street"),
            (None, "unit"),
        ):
            with pytest.raises(Refused, match=r"node\.misplaced"):
                add_node(parent, kind, "x")
        for name in ("", "  ", "x" * 81):
            with pytest.raises(Refused, match=r"node\.nameless"):
                add_node(self.street, Node.Kind.COMMUNITY, name)

    def test_a_node_never_moves_but_may_be_renamed(self) -> None:
        other = add_node(None, Node.Kind.DISTRICT, "桥东区")
        self.street.parent = other
        with pytest.raises(TypeError):
            self.street.save()
        self.street.refresh_from_db()
        self.street.path = "/"
        with pytest.raises(TypeError):
            self.street.save()
        self.street.refresh_from_db()
        self.street.name = "永安街街道"
        self.street.save()
        assert Node.objects.get(pk=self.street.pk).name == "永安街街道"

    def test_a_node_made_without_add_node_has_its_path_all_the_same(self) -> None:
        node = Node.objects.create(parent=self.street, kind=Node.Kind.COMMUNITY, name="福苑里社区", path="/666/")
        assert Node.objects.get(pk=node.pk).path == f"{self.street.path}{node.pk}/"
