"""One small meeting from the open door to the verified file, in five browsers: a facilitator at the console with the
wall, a second one at the desk, and three phones of which one runs no script. What they see must be one and the same."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from .hall import SmallHall
from .people import PATIENCE, Phone, Staff
from .story import CHEN, HAN, LI, SIZES, WALL, XIA, ZHANG

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

HEADS, AREA = ["3", "1", "1"], ["324.37", "56.77", "76.35"]  # for, against, abstaining; m²: see tests.build.FLATS
QUESTION = "电梯夜里坏了谁来修？"


class Line:
    """The network of one phone, which can be cut and mended."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.down = False
        self._open: list[WebSocketRoute] = []
        phone.page.route_web_socket(re.compile("/ws/"), self._asked)

    def _asked(self, socket: WebSocketRoute) -> None:
        if self.down:
            socket.close()
        else:
            socket.connect_to_server()
            self._open.append(socket)

    def cut(self) -> None:
        self.down = True
        self.phone.context.set_offline(True)
        while self._open:
            self._open.pop().close()

    def mend(self) -> None:
        self.down = False
        self.phone.context.set_offline(False)


class Room:
    """Everybody's browser."""

    def __init__(self, browser: Browser, hall: SmallHall) -> None:
        self.hall = hall
        self.chair, self.second = Staff(browser, hall), Staff(browser, hall, user=1)
        self.a, self.b = Phone(browser, hall, XIA), Phone(browser, hall, ZHANG)
        self.c = Phone(browser, hall, LI, java_script_enabled=False)
        self.line = Line(self.b)
        self.people = [self.chair, self.second, self.a, self.b, self.c]
        self.console, self.desk, self.wall = self.chair.page, self.second.page, self.chair.new_page()
        self.wall.set_viewport_size({"width": SIZES[WALL][0], "height": SIZES[WALL][1]})
        self.console.goto(f"{hall.room}console/")
        self.wall.goto(f"{hall.room}wall/")

    def press(self, act: str, *, twice: bool = False) -> None:
        """Press the console's button of an act; twice, as impatient people do."""
        button = self.console.locator(f'.acts form[data-act="{act}"] button').first
        button.dblclick() if twice else button.click()

    def at_desk(self, name: str) -> None:
        self.desk.goto(f"{self.hall.room}desk/?seat={self.hall.told['seats'][name]['id']}")

    def close(self) -> None:
        for person in self.people:
            person.context.close()


@pytest.fixture
def room(browser: Browser, hall: SmallHall) -> Iterator[Room]:
    room = Room(browser, hall)
    yield room
    faults = [fault for person in room.people for fault in person.faults]
    room.close()
    assert faults == []


def test_a_small_meeting(room: Room, tmp_path: Path) -> None:
    _everybody_comes_in(room)
    _the_item_is_opened(room)
    _one_asks_and_is_called(room)
    _a_remark_goes_to_the_wall(room)
    _ballots_open(room)
    _ballots_are_cast(room)
    sentence = _the_result_is_one(room)
    digest = _the_meeting_is_closed(room)
    _documents_say_the_same(room, sentence, digest, tmp_path)


def _everybody_comes_in(room: Room) -> None:
    room.press("meeting.open_check_in", twice=True)
    expect(room.console.locator('.acts form[data-act="meeting.begin"]')).to_be_visible()
    for phone in (room.a, room.b, room.c):
        phone.check_in()
    expect(room.wall.locator(".arrived b")).to_have_text("3")
    room.at_desk(HAN)
    room.desk.click('form:has([value="presence.arrive_for"]) button >> nth=0')
    expect(room.wall.locator(".arrived b")).to_have_text("4")
    for name in (CHEN, "林小雨"):
        room.second.act("presence.arrive_for", seat=room.hall.told["seats"][name]["id"], channel="desk")
    expect(room.wall.locator(".arrived b")).to_have_text("6")


def _the_item_is_opened(room: Room) -> None:
    room.press("meeting.begin", twice=True)
    expect(room.wall.locator("#stage")).to_contain_text("可以开会")
    room.press("meeting.quorum")
    expect(room.console.locator("#answer")).to_contain_text("6")
    room.press("item.start")
    for page in (room.wall, room.a.page, room.b.page, room.console):
        expect(page.locator("h1, b", has_text="引进物业服务与收费标准").first).to_be_visible()
    room.c.page.reload()
    expect(room.c.page.locator("#now h1")).to_have_text("引进物业服务与收费标准")


def _one_asks_and_is_called(room: Room) -> None:
    phone = room.a.page
    phone.tap("#bar a")
    phone.tap("button[value=question]")
    expect(phone.locator("#me")).to_contain_text("下一个是您")
    expect(room.console.locator("#queue")).to_contain_text(XIA)
    room.console.keyboard.press("n")
    expect(room.wall.locator(".speaker")).to_contain_text("夏*珍")
    expect(phone.locator("#me .who")).to_contain_text("您的发言时间")
    for page in (room.wall, phone):  # the clock runs
        expect(page.locator(".clock time").first).not_to_have_text("2:00")
    assert abs(_seconds(room.wall) - _seconds(phone)) <= 1
    phone.tap('form[data-act="floor.end"] button')
    expect(room.wall.locator(".clock")).to_have_count(0)


def _seconds(page: Page) -> int:
    minutes, seconds = (page.locator(".clock time").first.text_content() or "").split(":")
    return int(minutes) * 60 + int(seconds)


def _a_remark_goes_to_the_wall(room: Room) -> None:
    room.b.page.fill("#words", QUESTION)
    room.b.page.tap("#say form > button")
    expect(room.b.page.locator("#me")).to_contain_text(QUESTION)
    expect(room.b.page.locator("#words")).to_have_value("")
    second = room.second.page
    second.goto(f"{room.hall.room}console/")
    second.click('#remarks form[data-act="remark.show"] button')
    expect(room.a.page.locator("#remarks")).to_contain_text(QUESTION)
    expect(room.console.locator("#remarks")).to_contain_text(QUESTION)
    second.click('#remarks form[data-act="remark.put_on_wall"] button')
    expect(room.wall.locator(".quote")).to_have_text(QUESTION)
    second.click('#remarks form[data-act="remark.clear_wall"] button')
    expect(room.wall.locator(".quote")).to_have_count(0)
    room.press("motion.show")
    expect(room.wall.locator(".motion")).to_contain_text("先试用一年")
    expect(room.a.page.locator("#now .motion")).to_contain_text("先试用一年")


def _ballots_open(room: Room) -> None:
    """By itself on a phone at rest; offered to someone who writes, whose words stay."""
    room.b.page.tap("#words")
    room.b.page.keyboard.type("还有一句")
    room.press("vote.open", twice=True)
    expect(room.a.page.locator("#now[data-ballot='1-1'] button[value=for]")).to_be_visible()
    expect(room.b.page.locator("[data-offer]")).to_be_visible()
    expect(room.b.page.locator("#now[data-ballot]")).to_have_count(0)
    room.b.page.tap("[data-offer] a")
    expect(room.b.page.locator("#now[data-ballot='1-1']")).to_be_visible()
    expect(room.b.page.locator("[data-offer]")).to_be_hidden()
    expect(room.b.page.locator("#words")).to_have_value("还有一句")


def _ballots_are_cast(room: Room) -> None:
    _one_changes_the_choice(room)
    _one_loses_the_network(room)
    _one_has_no_script(room)
    _one_forgets_its_cookie(room)
    room.at_desk(HAN)
    room.desk.click("a[href*='do=vote']")
    room.desk.click(".choice[value=for]")
    expect(room.desk.locator(".aloud")).to_contain_text("赞成")
    room.desk.locator(".panel form button[type=submit]").first.click()
    expect(room.desk.locator(".status")).to_contain_text("已计入")
    expect(room.wall.locator(".turnout b")).to_have_text("4")
    room.at_desk(CHEN)
    room.desk.click("a[href*='do=vote']")
    room.desk.click(".choice[value=abstain]")
    room.desk.locator(".panel form button[type=submit]").first.dblclick()
    expect(room.wall.locator(".turnout b")).to_have_text("5")


def _one_changes_the_choice(room: Room) -> None:
    phone = room.a.page
    phone.tap("#now button[value=against]")
    expect(phone.locator("#sheet .said")).to_have_text("反对")
    phone.dblclick("#sheet [data-yes]")
    expect(phone.locator("#me .said")).to_have_text("反对")
    expect(phone.locator("#me .done")).to_contain_text("已计入")
    phone.tap("#me .change summary")
    phone.tap("#me .change button[value=for]")
    phone.tap("#sheet [data-yes]")
    expect(phone.locator("#me .said")).to_have_text("赞成")
    expect(room.wall.locator(".turnout b")).to_have_text("1")


def _one_loses_the_network(room: Room) -> None:
    """A ballot is never left in doubt: not counted without the network, counted once when it is back."""
    phone = room.b.page
    room.line.cut()
    expect(phone.locator("#link")).not_to_have_text("已连接")
    phone.tap("#now button[value=for]")
    phone.tap("#sheet [data-yes]")
    expect(phone.locator("#now [data-vote-state]")).to_contain_text("未计入")
    room.line.mend()
    expect(phone.locator("#link")).to_have_text("已连接")
    phone.tap("#now button[value=for]")
    phone.tap("#sheet [data-yes]")
    expect(phone.locator("#me .said")).to_have_text("赞成")
    expect(room.wall.locator(".turnout b")).to_have_text("2")


def _one_has_no_script(room: Room) -> None:
    phone = room.c.page
    phone.reload()
    phone.click("#now button[value=against]")
    expect(phone.locator(".said")).to_have_text("反对")
    phone.dblclick('form:has([value="vote.cast"]) button')
    expect(phone.locator("#me .said")).to_have_text("反对")
    expect(room.wall.locator(".turnout b")).to_have_text("3")


def _one_forgets_its_cookie(room: Room) -> None:
    """A WebView that loses its cookies still is the phone of its seat: the script keeps the key."""
    phone = room.b.page
    room.b.context.clear_cookies(name=re.compile("^seat_"))
    phone.route("**/frame?have=*", lambda route: route.continue_(url=f"{route.request.url.partition('?')[0]}?have=0"))
    with phone.expect_response("**/frame?have=*") as asked:
        phone.evaluate("window.Hall.refresh()")
    mine = asked.value.json()["me"]
    assert "已计入" in mine
    assert "另一部手机" not in mine


def _the_result_is_one(room: Room) -> str:
    """Close and reveal; the sentence of the result."""
    room.press("vote.close", twice=True)  # everybody here has voted, so it asks nothing
    expect(room.wall.locator("#stage")).to_contain_text("核对")
    expect(room.a.page.locator("#now")).to_contain_text("核对")
    room.press("vote.reveal", twice=True)
    expect(room.wall.locator(".verdict")).to_have_text("通过")
    cells = [_figure(text) for text in room.wall.locator(".counts td:not([colspan])").all_text_contents()]
    assert cells == [*HEADS, *AREA]
    sentence = _plain(room.wall.locator(".why").text_content())
    room.c.page.reload()
    for page in (room.a.page, room.b.page, room.c.page):
        expect(page.locator("#now .verdict")).to_have_text("通过")
        assert [_figure(text) for text in page.locator("#now .count dd").all_text_contents()] == [*HEADS, *AREA]
        assert sentence in _plain(page.locator("#now").text_content())
    assert sentence in _plain(room.console.locator("#now").text_content())
    return sentence


def _figure(text: str) -> str:
    return re.sub(r"[^\d.]", "", text)


def _plain(text: str | None) -> str:
    return "".join((text or "").split())


def _the_meeting_is_closed(room: Room) -> str:
    """The word is typed; the digest of the record stands on the wall."""
    room.press("item.end")
    expect(room.wall.locator("#stage")).to_contain_text("可以开会")
    room.console.goto(f"{room.hall.room}console/?ask=close-meeting")
    room.console.fill("[name=word]", "散会")
    room.console.click("button[form=close]")
    expect(room.wall.locator("#stage")).to_contain_text("谢谢大家")
    for page in (room.a.page, room.b.page):
        expect(page.locator("#now")).to_contain_text("谢谢")
    digest = _plain(room.wall.locator(".digest code").text_content())
    assert len(digest) == 64
    return digest


def _documents_say_the_same(room: Room, sentence: str, digest: str, place: Path) -> None:
    page = room.console
    page.goto(f"{room.hall.room}documents/")
    for _each in ("minutes", "resolution"):
        with page.expect_navigation():
            page.locator("form:has([name=kind]) button").first.click()
    expect(page.locator(".badge-good")).to_have_count(2)
    reader = room.c.page  # a stranger to the office, without a script
    addresses = [link.get_attribute("href") or "" for link in page.locator("main a.btn-main").all()]
    assert len(addresses) == 2
    for address in addresses:
        reader.goto(address)
        shown = _plain(reader.locator("main").text_content())
        file = place / "document.pdf"
        file.write_bytes(reader.context.request.get(f"{address}file.pdf").body())
        printed = _plain(subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout)
        code = _plain(reader.locator("dd.num b").text_content())
        for words in (sentence, digest, code):
            assert words in shown, (address, words)
            assert words in printed, (address, words)
        for figure in AREA:
            assert figure in shown
            assert figure in printed
        _is_genuine(reader, file)


def _is_genuine(page: Page, file: Path) -> None:
    page.goto("/verify/")
    page.set_input_files("[name=file]", file)
    page.click("form[enctype] button")
    expect(page.locator(".answerbox")).to_contain_text("真实有效")
