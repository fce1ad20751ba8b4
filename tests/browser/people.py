"""People before a hall: each has a browser of their own, with its cookies; staff sign in, residents show a slip."""

from __future__ import annotations

import itertools
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from .hall import SmallHall

PATIENCE = 20_000  # ms; a busy machine with two cores needs some
_numbers = itertools.count(1)


class Person:
    """A browser of one person. Script errors and refusals by the content security policy are kept in `faults`."""

    def __init__(self, browser: Browser, hall: SmallHall, **options: Any) -> None:
        self.hall = hall
        self.context: BrowserContext = browser.new_context(base_url=hall.url, timezone_id="Asia/Shanghai", **options)
        self.context.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        self.page: Page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console",
            lambda said: self.faults.append(said.text) if "Content Security Policy" in said.text else None,
        )
        return page

    def look(self, language: str = "zh-hans", size: str = "") -> None:
        """Choose language and size of letters ("" the page's default), as the buttons on the page would."""
        cookies = [{"name": "hall_language", "value": language, "url": self.hall.url}]
        self.context.clear_cookies(name="hall_size")
        if size:
            cookies.append({"name": "hall_size", "value": size, "url": self.hall.url})
        self.context.add_cookies(cookies)  # type: ignore[arg-type]

    def _post(self, path: str, fields: dict[str, str]) -> dict[str, Any]:
        said = self.context.request.post(path, form=fields, headers={"Accept": "application/json"})
        answer: dict[str, Any] = said.json()
        assert answer["ok"], (fields, answer)
        return answer


class Staff(Person):
    """Someone of the hall's staff, signed in on the sign-in page."""

    def __init__(self, browser: Browser, hall: SmallHall, user: int = 0, **options: Any) -> None:
        super().__init__(browser, hall, **options)
        self.page.goto("/office/sign-in/")
        self.page.fill("[name=username]", hall.told["users"][user])
        self.page.fill("[name=password]", hall.told["password"])
        self.page.click("main button[type=submit]")
        self.page.wait_for_url("**/office/")

    def act(self, name: str, **fields: Any) -> dict[str, Any]:
        """An act by the form door; it must succeed."""
        token = next(each["value"] for each in self.context.cookies() if each["name"] == "csrftoken")
        told = {key: str(value) for key, value in fields.items()}
        known = {"act": name, "act_id": f"browser-{next(_numbers):06d}", "csrfmiddlewaretoken": token}
        return self._post(f"{self.hall.room}do", known | told)


class Phone(Person):
    """The phone of a person with a slip."""

    def __init__(self, browser: Browser, hall: SmallHall, name: str, **options: Any) -> None:
        options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True} | options
        super().__init__(browser, hall, **options)
        self.name = name
        self.seat = ""  # the path of its page, once it is checked in

    def check_in(self) -> None:
        """Two taps: the code is scanned, and "that is me"."""
        self.page.goto(self.hall.slip(self.name))
        self.page.tap(".bar form button")
        self.page.wait_for_url("**/s/*/")
        self.seat = self.page.url.removeprefix(self.hall.url)

    def act(self, name: str, **fields: Any) -> dict[str, Any]:
        """An act by the form door; it must succeed."""
        told = {key: str(value) for key, value in fields.items()}
        return self._post(f"{self.seat}do", {"act": name, "act_id": f"browser-{next(_numbers):06d}"} | told)
