"""The pages' script in a browser, on the real hub and consumer: what a finger, a field and a lost network do to it."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.load.client import server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


class Hall:
    """A fresh server and a page of it."""

    def __init__(self, port: int, page: Page) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.page = page

    def post(self, path: str, body: Any = "") -> Any:
        request = urllib.request.Request(f"{self.address}{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith("{") else text

    def put(self, part: str, html: str) -> None:
        self.post(f"/put/{part}/", html)

    def said(self, text: str) -> None:
        expect(self.page.locator("#answer")).to_contain_text(text, timeout=20_000)

    def connected(self, word: str = "Connected") -> None:
        expect(self.page.locator("#link")).to_have_text(word, timeout=20_000)


@pytest.fixture
def hall(browser: Browser) -> Iterator[Hall]:
    with server("tests.live.script_server") as (port, _pid):
        context = browser.new_context()
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        hall = Hall(port, page)
        page.goto(f"{hall.address}/page/")
        hall.connected()
        yield hall
        context.close()
        assert faults == []


def _now(inside: str) -> str:
    return f'<section id="now" class="card">{inside}</section>'


BALLOT = (
    '<section id="now" class="card" data-ballot="1-1"><p class="motion">Shall we?</p>'
    '<form method="post" action="/confirm/" data-door="/do" data-act="vote.cast" data-vote="1-1" '
    'data-confirm="Shall we?">'
    '<input type="hidden" name="vote" value="1-1"><input type="hidden" name="mandate" value="7">'
    '<button name="choice" value="for">For</button><button name="choice" value="against">Against</button></form>'
    '<p data-vote-state data-sending="Sending" data-counted="Counted" data-lost="Not counted" hidden></p></section>'
)
MINE = (
    '<section id="me" data-me="voted"><div class="ballot" data-counted="1-1" data-choice="against">'
    '<input type="hidden" name="mandate" value="7"></div></section>'
)


def test_a_part_is_replaced_and_the_focus_of_a_button_stays(hall: Hall) -> None:
    page = hall.page
    hall.put("now", _now('<button id="go">Go</button><p>two</p>'))
    page.focus("#go")
    hall.put("now", _now('<button id="go">Go</button><p>three</p>'))
    expect(page.locator("#now p")).to_have_text("three")
    assert page.evaluate("document.activeElement.id") == "go"


def test_nothing_moves_under_a_finger(hall: Hall) -> None:
    page = hall.page
    page.hover("#now")
    page.mouse.down()
    hall.put("now", _now("<p>two</p>"))
    hall.put("bar", '<section id="bar"><p>new</p></section>')
    page.evaluate("fetch('/frame?have=0')")  # a round through the server, behind the two frames
    assert page.text_content("#now") == "one"
    page.mouse.up()
    expect(page.locator("#now p")).to_have_text("two")
    expect(page.locator("#bar p")).to_have_text("new")


def test_a_part_with_a_field_in_use_waits_for_it(hall: Hall) -> None:
    page = hall.page
    hall.put("now", _now('<input name="end" type="text"><p>two</p>'))
    expect(page.locator("#now p")).to_have_text("two")
    page.fill("[name=end]", "散会")
    hall.put("now", _now('<input name="end" type="text"><p>three</p>'))
    hall.put("bar", '<section id="bar"><p>new</p></section>')
    expect(page.locator("#bar p")).to_have_text("new")
    assert page.text_content("#now p") == "two"
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#now p")).to_have_text("three")
    assert page.input_value("[name=end]") == "散会"


def test_a_ballot_opens_by_itself_and_is_only_offered_to_someone_who_writes(hall: Hall) -> None:
    page = hall.page
    page.fill("textarea", "what I wrote")
    hall.put("now", BALLOT)
    expect(page.locator("[data-offer]")).to_be_visible()
    assert page.text_content("#now") == "one"
    page.click("[data-offer] button")
    expect(page.locator("#now .motion")).to_have_text("Shall we?")
    expect(page.locator("[data-offer]")).to_be_hidden()
    assert page.input_value("textarea") == "what I wrote"
    hall.put("now", _now("<p>one</p>"))
    expect(page.locator("#now")).to_have_text("one")
    hall.put("now", BALLOT)
    expect(page.locator("#now .motion")).to_be_visible()


def test_an_act_goes_by_the_socket_once_however_often_it_is_pressed(hall: Hall) -> None:
    page = hall.page
    page.fill("[name=choice]", "hello")
    page.evaluate("() => { const b = document.querySelector('#write button'); b.click(); b.click(); b.click(); }")
    hall.said("ok")
    assert page.input_value("[name=choice]") == ""
    found = hall.post("/answers/")
    assert (found["written"], found["posts"]) == (1, [])


def test_what_is_wrong_is_said_at_the_field_and_the_text_stays(hall: Hall) -> None:
    page = hall.page
    page.fill("[name=choice]", "far too long a choice")
    page.click("#write button")
    expect(page.locator("#write .error")).to_contain_text("10")
    assert page.input_value("[name=choice]") == "far too long a choice"
    page.reload()
    assert page.input_value("[name=choice]") == "far too long a choice"  # a draft


def test_without_sockets_the_page_is_read_and_acts_by_http(hall: Hall) -> None:
    page = hall.page
    hall.post("/deaf/on")
    expect(page.locator("#link")).not_to_have_text("Connected")
    page.fill("[name=choice]", "hello")
    page.click("#write button")
    hall.said("By the other door")
    (form,) = hall.post("/answers/")["posts"]
    assert (form["act"], form["choice"], form["device"], len(form["act_id"])) == ("bench.cast", "hello", "key-1", 32)
    hall.put("now", _now("<p>polled</p>"))
    expect(page.locator("#now p")).to_have_text("polled", timeout=30_000)
    hall.post("/deaf/off")
    hall.connected()


def test_a_page_that_comes_back_shows_what_it_missed(hall: Hall) -> None:
    page = hall.page
    hall.post("/deaf/on")
    expect(page.locator("#link")).not_to_have_text("Connected")
    hall.put("now", _now("<p>missed</p>"))
    hall.post("/deaf/off")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    hall.connected()
    expect(page.locator("#now p")).to_have_text("missed")


def test_a_ballot_is_asked_once_more_and_never_waits_in_silence(hall: Hall) -> None:
    page = hall.page
    hall.put("now", BALLOT)
    page.click("text=Against")
    expect(page.locator("#sheet .said")).to_have_text("Against")
    expect(page.locator("#sheet .by")).to_have_text("Shall we?")
    page.click("#sheet >> text=No")
    expect(page.locator("#sheet")).to_have_count(0)
    page.route("**/do", lambda route: route.abort())
    hall.post("/deaf/on")
    expect(page.locator("#link")).not_to_have_text("Connected")
    page.click("text=Against")
    page.click("[data-yes]")
    state = page.locator("[data-vote-state]")
    expect(state).to_have_text("Not counted", timeout=20_000)
    hall.put("me", MINE)  # it had arrived after all
    hall.post("/deaf/off")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(state).to_have_text("Counted", timeout=20_000)
    expect(page.locator("#now.is-voted")).to_be_visible()
    assert "is-voted" in (page.get_attribute("body", "class") or "")


def test_keys_press_what_is_visible_unless_someone_writes(hall: Hall) -> None:
    page = hall.page
    page.evaluate(
        "window.pressed = 0; document.getElementById('key').addEventListener('click', () => window.pressed++)"
    )
    page.keyboard.press("n")
    page.fill("[name=choice]", "")
    page.keyboard.press("n")
    assert page.evaluate("window.pressed") == 1
    assert page.input_value("[name=choice]") == "n"


def test_clocks_run_on_the_halls_time(hall: Hall) -> None:
    page = hall.page
    start = page.evaluate("new Date(window.Hall.now() - 95000).toISOString()")
    words = 'data-words="left|soon|over"><time></time></p><p class="clock-word">left</p></div>'
    clock = f'<div class="clockline"><p class="clock" data-clock-start="{start}" data-clock-limit="120" {words}'
    hall.put("now", _now(clock))
    expect(page.locator(".clockline.is-soon .clock-word")).to_have_text("soon")
    old = str(page.evaluate("Math.round(window.Hall.now()) - 300000"))
    hall.put(
        "now", _now(clock.replace(start, old) + '<p data-left="left" data-soon="soon" data-over="over"></p></div>')
    )
    expect(page.locator(".clockline.is-over .clock-word")).to_have_text("over")
    expect(page.locator(".clockline time")).to_have_text("0:00")
