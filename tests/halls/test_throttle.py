from unittest import mock

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.test import RequestFactory, SimpleTestCase
from django.utils.translation import override

from sessions.halls import throttle
from sessions.halls.throttle import Throttle


class Throttling(SimpleTestCase):
    def setUp(self) -> None:
        cache.clear()
        self.addCleanup(cache.clear)
        self.slow = Throttle("sample", limit=3, window_seconds=60)

    def test_so_many_and_no_more(self) -> None:
        assert [self.slow.allow("a") for _ in range(5)] == [True, True, True, False, False]
        assert self.slow.allow("b")
        assert Throttle("other", 3, 60).allow("a")

    def test_it_says_how_long_to_wait(self) -> None:
        assert self.slow.retry_after("a") == 0
        for _ in range(3):
            assert not self.slow.full("a")
            self.slow.allow("a")
        assert self.slow.full("a")
        assert 1 <= self.slow.retry_after("a") <= 60

    def test_the_window_ends(self) -> None:
        for _ in range(4):
            self.slow.allow("a")
        with mock.patch("time.time", return_value=throttle.time.time() + 61):
            assert self.slow.retry_after("a") == 0
            assert self.slow.allow("a")

    def test_a_right_try_is_forgotten(self) -> None:
        for _ in range(3):
            self.slow.allow("a")
        self.slow.give_back("a")
        assert self.slow.allow("a")
        assert not self.slow.allow("a")
        self.slow.clear("a")
        assert self.slow.allow("a")
        self.slow.give_back("never seen")

    def test_the_cache_holds_no_name(self) -> None:
        self.slow.allow("张秀英")
        assert not any("张秀英" in key for key in cache._cache)  # type: ignore[attr-defined]

    def test_the_address_of_a_request(self) -> None:
        assert throttle.address(RequestFactory().get("/", REMOTE_ADDR="10.0.0.7")) == "10.0.0.7"

    def test_the_page_says_how_long_to_wait(self) -> None:
        request = RequestFactory().get("/")
        request.user = AnonymousUser()
        with override("en"):
            page = throttle.too_many(request, 61)
        assert (page.status_code, page["Retry-After"]) == (429, "61")
        assert "Too many tries. Please wait 2 minutes, then try again." in page.content.decode()
