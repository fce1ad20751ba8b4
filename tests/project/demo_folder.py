"""A demo data folder for the tests of this room, with the addresses that only such a folder has."""

from __future__ import annotations

import tempfile
from io import StringIO
from pathlib import Path
from unittest import mock

from django.core.management import call_command
from django.test import TestCase, override_settings
from django.urls import include, path

from project.urls import handler403, handler404  # noqa: F401  (a root of addresses names its error pages)
from project.urls import urlpatterns as real
from sessions.record import clock

urlpatterns = [path("", include("project.demo.urls")), *real]


def load() -> str:
    """Run demo_load; what it says."""
    said = StringIO()
    call_command("demo_load", stdout=said)
    return said.getvalue()


class DemoFolder(TestCase):
    """A demo data folder, with its addresses, for one test."""

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="hall-demo-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "demo.json").write_text('{"demo": true}')
        held = mock.patch.object(clock, "_clock", clock._Clock())
        held.start()
        self.addCleanup(held.stop)
        settings = override_settings(DEMO=True, DATA=self.folder, ROOT_URLCONF=__name__)
        settings.enable()
        self.addCleanup(settings.disable)
