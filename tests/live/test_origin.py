"""Which pages may open a socket."""

from __future__ import annotations

import pytest
from channels.testing import WebsocketCommunicator
from django.test import SimpleTestCase

from sessions.live.origin import allowed


@pytest.fixture(autouse=True)
def _hosts(settings: object) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "192.168.1.20", "[::1]", "yishi.example.cn"]  # type: ignore[attr-defined]
    settings.PUBLIC_URL = "https://yishi.example.cn"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://192.168.1.20:8000", "192.168.1.20:8000"),
        ("http://localhost", "localhost"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://yishi.example.cn", "yishi.example.cn"),
        ("https://YISHI.example.cn", "yishi.example.cn"),
        ("https://yishi.example.cn", "127.0.0.1:8001"),  # the public address, through a proxy that changes the Host
    ],
)
def test_own_pages_may(origin: str, host: str) -> None:
    assert allowed(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("", "localhost"),
        ("null", "localhost"),
        ("http://evil.example", "localhost"),
        ("http://evil.example", "evil.example"),
        ("http://localhost.evil.example", "localhost"),
        ("http://localhost:9000", "localhost:8000"),  # another program on this machine
        ("http://yishi.example.cn.", "yishi.example.cn"),
        ("http://evil@localhost", "localhost"),
        ("file://localhost", "localhost"),
        ("http://[::1", "localhost"),
        ("http://localhost/path", "localhost"),
    ],
)
def test_others_may_not(origin: str, host: str) -> None:
    assert not allowed(origin, host)


def test_a_star_admits_nobody(settings: object) -> None:
    settings.ALLOWED_HOSTS = ["*"]  # type: ignore[attr-defined]
    assert not allowed("http://evil.example", "evil.example")


class Application(SimpleTestCase):
    async def test_a_foreign_page_is_refused_before_the_handshake(self) -> None:
        from project.asgi import application

        for headers in ([], [(b"origin", b"http://evil.example"), (b"host", b"localhost")]):
            page = WebsocketCommunicator(application, "/ws/s/x/", headers=headers)
            self.assertEqual(await page.connect(), (False, 4403))

    async def test_an_address_that_is_none_is_refused(self) -> None:
        from project.asgi import application

        page = WebsocketCommunicator(
            application, "/ws/nothing/", headers=[(b"origin", b"http://localhost"), (b"host", b"localhost")]
        )
        self.assertEqual(await page.connect(), (False, 4404))
