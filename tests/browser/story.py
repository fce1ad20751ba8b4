"""The story of one small meeting, state by state: shared by `test_screens`, which measures every screen (`looks`), and
`screens`, which takes its picture.

A state is reached by acts through the public doors, once, in order; `Story.reach` goes on to it from where it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from .hall import SmallHall
from .people import Person, Phone, Staff

WALL, CONSOLE, DESK, PHONE, PUBLIC = "wall", "console", "desk", "phone", "public"
SIZES = {WALL: (1920, 1080), CONSOLE: (1366, 768), DESK: (1024, 768), PHONE: (390, 844), PUBLIC: (1280, 800)}
"""Audience → width and height it is made for, in CSS pixels."""

XIA, ZHANG, LI = "夏玉珍", "张秀英", "李国庆"  # at their phones
HAN, CHEN, SUN, TANG = "韩建国", "陈玉梅", "孙晓燕", "唐丽"  # Han, Chen, Sun are helped at the desk; Tang is a tenant


@dataclass(frozen=True)
class Look:
    """One screen in one state.

    state     the state of the story in which it is looked at
    audience  wall, console, desk, phone, public: the size of the screen, and what is measured
    name      what it shows, beside the state
    who       whose browser: "staff", "stranger", or the name on a slip
    open      opens it, from whatever that browser shows
    """

    state: str
    audience: str
    name: str
    who: str
    open: Callable[[Story, Page], object]

    @property
    def title(self) -> str:
        """The name of its test and of its pictures."""
        return f"{self.audience}-{self.state}" + (f"-{self.name}" if self.name else "")


class Story:
    """The meeting, the people in it, and how far it has come."""

    def __init__(self, browser: Browser, hall: SmallHall) -> None:
        self.browser, self.hall = browser, hall
        self.staff = Staff(browser, hall)
        self.people: dict[str, Person] = {"staff": self.staff, "stranger": Person(browser, hall)}
        self.state = ""

    def reach(self, state: str) -> None:
        """Go on to a state; it must not lie behind."""
        names = list(STATES)
        now = names.index(self.state) if self.state else -1
        if names.index(state) < now:
            raise ValueError(f"the meeting is past {state} already")
        for name in names[now + 1 : names.index(state) + 1]:
            STATES[name](self)
            self.state = name

    def show(self, look: Look, language: str = "zh-hans", size: str = "", width: int = 0, height: int = 0) -> Page:
        """The page of a look, freshly opened, once its script runs and its fonts are there."""
        self.reach(look.state)
        person = self.people[look.who]
        person.look(language, size)
        wide, high = SIZES[look.audience]
        person.page.set_viewport_size({"width": width or wide, "height": height or high})
        look.open(self, person.page)
        person.page.evaluate("document.fonts.ready")
        return person.page

    def room(self, rest: str) -> str:
        return self.hall.room + rest

    def seat(self, name: str) -> str:
        """The id of a person's seat."""
        return str(self.hall.told["seats"][name]["id"])

    def phone(self, name: str) -> Phone:
        """A person's phone; at first use it checks in."""
        if name not in self.people:
            phone = self.people[name] = Phone(self.browser, self.hall, name)
            phone.check_in()
        found = self.people[name]
        assert isinstance(found, Phone)
        return found

    def arrive(self, *names: str, channel: str = "desk") -> None:
        for name in names:
            self.staff.act("presence.arrive_for", seat=self.seat(name), channel=channel)

    def faults(self) -> list[str]:
        """What went wrong in any of the browsers' scripts."""
        return [f"{who}: {fault}" for who, person in self.people.items() for fault in person.faults]

    def document(self, kind: str) -> str:
        """The address of a published document, read off the documents page."""
        lines = self.staff.context.request.get(self.room("documents/")).text()
        addresses = [each.split('"')[0] for each in lines.split('href="/archive/')[1:]]
        pages = sorted({each for each in addresses if each.rstrip("/").isdecimal()})
        return f"/archive/{pages[0 if kind == 'minutes' else -1]}"

    def close(self) -> None:
        for person in self.people.values():
            person.context.close()


# --- the states ------------------------------------------------------------------------------------------
def _convened(story: Story) -> None:
    """As seeded: convened, nobody here."""


def _checkin(story: Story) -> None:
    story.staff.act("meeting.open_check_in")
    for name in (XIA, ZHANG):
        story.phone(name)
    story.arrive(HAN, channel="tablet")


def _few(story: Story) -> None:
    story.staff.act("meeting.begin")


def _quorum(story: Story) -> None:
    story.phone(LI)
    story.phone(TANG)
    story.arrive(CHEN, "林小雨", "雷宏")
    story.staff.act("proxy.register", principal=story.seat(SUN), holder=story.seat(CHEN))
    story.staff.act("meeting.quorum")


def _item(story: Story) -> None:
    story.staff.act("item.start", item=1)


def _floor(story: Story) -> None:
    story.phone(XIA).act("floor.request", kind="question")
    story.phone(LI).act("floor.request", kind="debate", stance="against")
    story.phone(ZHANG).act("floor.request", kind="debate", stance="for")
    story.staff.act("floor.request_for", seat=story.seat(HAN), kind="question", channel="desk")


def _speech(story: Story) -> None:
    story.staff.act("floor.call")


def _remark(story: Story) -> None:
    words = (
        (ZHANG, "question", "三号楼的老人多，物业来了以后，电梯夜里坏了谁来修？要等多久？"),
        (LI, "comment", "物业费可以交，账要每季度贴出来。"),
        (TANG, "question", "租户也要交物业费吗？"),
    )
    for name, kind, text in words:
        story.phone(name).act("remark.post", kind=kind, text=text, signed="1")
    story.staff.act("remark.show", remark=1)
    story.staff.act("remark.hide", remark=2, reason="repeated")
    story.staff.act("remark.put_on_wall", remark=1)


def _motion(story: Story) -> None:
    story.staff.act("remark.clear_wall")
    story.staff.act("floor.end")
    story.staff.act("motion.show", motion="1-1")


def _voting(story: Story) -> None:
    story.staff.act("vote.open", motion="1-1")
    story.phone(LI).act("vote.cast", vote="1-1", mandate=0, choice="against", base=0)


def _counting(story: Story) -> None:
    for name in (XIA, ZHANG):
        story.phone(name).act("vote.cast", vote="1-1", mandate=0, choice="for", base=0)
    for name, choice in ((HAN, "for"), (CHEN, "for"), (CHEN, "abstain")):
        _enter(story, name, choice)
    story.staff.act("vote.close", vote="1-1")


def _enter(story: Story, name: str, choice: str) -> None:
    """The desk enters the next ballot of someone: as its page has it, with the mandate in its links."""
    page = story.staff.context.request.get(story.room(f"desk/?seat={story.seat(name)}")).text()
    mandate = page.split("do=vote&amp;vote=1-1&amp;mandate=")[1].split('"')[0]
    story.staff.act("vote.cast_for", vote="1-1", mandate=mandate, choice=choice, base=0, channel="desk")


def _result(story: Story) -> None:
    story.staff.act("vote.reveal", vote="1-1")


def _black(story: Story) -> None:
    story.staff.act("wall.show", view="black")


def _between(story: Story) -> None:
    story.staff.act("wall.show", view="auto")
    story.staff.act("item.end", item=1)


def _over(story: Story) -> None:
    story.staff.act("meeting.close")


def _documents(story: Story) -> None:
    page = story.staff.page
    for _each in ("minutes", "resolution"):
        page.goto(story.room("documents/"))
        with page.expect_navigation():
            page.locator("form:has([name=kind]) button").first.click()


STATES: dict[str, Callable[[Story], None]] = {
    "convened": _convened,
    "checkin": _checkin,
    "few": _few,
    "quorum": _quorum,
    "item": _item,
    "floor": _floor,
    "speech": _speech,
    "remark": _remark,
    "motion": _motion,
    "voting": _voting,
    "counting": _counting,
    "result": _result,
    "black": _black,
    "between": _between,
    "over": _over,
    "documents": _documents,
}
