"""What there is to look at in each state of the story: every screen of every audience, `LOOKS`."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from playwright.sync_api import Page

from .story import CHEN, CONSOLE, DESK, LI, PHONE, PUBLIC, STATES, SUN, TANG, WALL, XIA, ZHANG, Look, Story


def _path(path: str) -> Callable[[Story, Page], object]:
    return lambda story, page: page.goto(path.format(room=story.hall.room, code=story.hall.told["code"]))


def _at_desk(name: str, rest: str = "") -> Callable[[Story, Page], object]:
    return lambda story, page: page.goto(story.room(f"desk/?seat={story.seat(name)}{rest}"))


def _slip(name: str) -> Callable[[Story, Page], object]:
    return lambda story, page: page.goto(story.hall.slip(name))


def _seat(name: str, rest: str = "") -> Callable[[Story, Page], object]:
    return lambda story, page: page.goto(story.phone(name).seat + rest)


def _someone_elses_seat(story: Story, page: Page) -> None:
    page.goto(story.phone(ZHANG).seat)


def _wrong_digits(story: Story, page: Page) -> None:
    page.goto(f"/m/{story.hall.told['code']}/")
    page.fill("[name=digits]", "1234 5678")
    page.click("button[form=enter]")


def _wrong_password(story: Story, page: Page) -> None:
    page.goto("/office/sign-in/")
    page.fill("[name=username]", "nobody")
    page.fill("[name=password]", "not this one")
    page.click("main button[type=submit]")


def _asked_again(story: Story, page: Page) -> None:
    """The sheet that asks once more, over the ballot."""
    page.goto(story.phone(XIA).seat)
    page.click("#now button[value=for]")
    page.wait_for_selector("#sheet")


def _offered(story: Story, page: Page) -> None:
    """The bar that offers a ballot to someone who writes."""
    page.goto(story.phone(XIA).seat)
    page.evaluate("document.querySelector('[data-offer]').hidden = false")


def _confirmed_without_script(story: Story, page: Page) -> None:
    """The page that asks once more on a phone without a script: the form is sent past the script."""
    page.goto(story.phone(ZHANG).seat)
    with page.expect_navigation():
        page.evaluate("""() => {
          const form = document.querySelector('#now form');
          const choice = Object.assign(document.createElement('input'), {name: 'choice', value: 'for'});
          form.appendChild(choice);
          HTMLFormElement.prototype.submit.call(form);
        }""")


def _ballot_at_desk(choice: str = "") -> Callable[[Story, Page], object]:
    def open_(story: Story, page: Page) -> None:
        page.goto(story.room(f"desk/?seat={story.seat(CHEN)}"))
        page.locator("a[href*='do=vote']").first.click()
        if choice:
            page.click(f".choice[value={choice}]")
            page.wait_for_selector(".aloud")

    return open_


def _roster_preview(story: Story, page: Page) -> None:
    page.goto(f"/office/hall/{story.hall.told['hall']}/roster/")
    rows = "房号,建筑面积㎡,姓名,产权人\n1-1-101,74.50,张秀英,\n1-1-102,五十六,李国庆,\n2-2-201,88.10,周明,周明\n"
    file = {"name": "花名册.csv", "mimeType": "text/csv", "buffer": BytesIO(rows.encode()).getvalue()}
    page.set_input_files("[name=file]", [file])  # type: ignore[list-item]
    page.click("main form button[type=submit]")
    page.wait_for_selector("tr.wrong")


def _document(kind: str) -> Callable[[Story, Page], object]:
    return lambda story, page: page.goto(story.document(kind))


def _verified(story: Story, page: Page) -> None:
    address = story.document("minutes")
    file = {"name": "纪要.pdf", "mimeType": "application/pdf"}
    pdf = page.context.request.get(f"{address}file.pdf").body()
    page.goto("/verify/")
    page.set_input_files("[name=file]", [file | {"buffer": pdf}])  # type: ignore[list-item]
    page.click("form[enctype] button")
    page.wait_for_selector(".answerbox")


def _no_such_number(story: Story, page: Page) -> None:
    page.goto("/verify/?number=福苑里议定〔2026〕999号&code=8K4T-2M7X")


def _looks() -> list[Look]:
    looks: list[Look] = []

    def add(state: str, audience: str, name: str, who: str, open_: Callable[[Story, Page], object]) -> None:
        looks.append(Look(state, audience, name, who, open_))

    staff_pages = {audience: _path(f"{{room}}{audience}/") for audience in (WALL, CONSOLE, DESK)}
    first = "convened"
    add(first, PUBLIC, "start", "stranger", _path("/"))
    add(first, PUBLIC, "sign-in-wrong", "stranger", _wrong_password)
    add(first, PUBLIC, "not-found", "stranger", _path("/s/nothing/"))
    add(first, PUBLIC, "archive-empty", "stranger", _path("/archive/"))
    add(first, PUBLIC, "verify", "stranger", _path("/verify/"))
    add(first, PUBLIC, "no-such-number", "stranger", _no_such_number)
    add(first, PUBLIC, "office", "staff", _path("/office/"))
    add(first, PUBLIC, "hall", "staff", lambda story, page: page.goto(f"/office/hall/{story.hall.told['hall']}/"))
    add(first, PUBLIC, "forbidden", "staff", _path("/office/hall/999999/"))
    add(first, PHONE, "join", "stranger", _path("/m/{code}/"))
    add(first, PHONE, "slip", "stranger", _slip("赵大勇"))
    for state in STATES:
        if state not in {"documents", "black"}:
            add(state, CONSOLE, "", "staff", staff_pages[CONSOLE])
        if state != "documents":
            add(state, WALL, "", "staff", staff_pages[WALL])
        if state not in {"convened", "documents", "black", "quorum"}:
            add(state, PHONE, "", XIA, _seat(XIA))
        if state == "checkin":
            add(state, DESK, "", "staff", staff_pages[DESK])
            add(state, DESK, "person", "staff", _at_desk(CHEN))
            add(state, DESK, "search", "staff", _path("{room}desk/?q=2-1"))
            add(state, DESK, "others", "staff", _path("{room}desk/?show=others"))
            add(state, DESK, "official", "staff", _path("{room}desk/?add=1"))
            add(state, DESK, "proxy", "staff", _at_desk(SUN, "&do=proxy"))
            add(state, DESK, "new-slip", "staff", _at_desk(SUN, "&do=slip"))
            add(state, PHONE, "slip-in-use", "stranger", _slip(ZHANG))
            add(state, PHONE, "seat-elsewhere", "stranger", _someone_elses_seat)
            add(state, PHONE, "wrong-digits", "stranger", _wrong_digits)
        if state == "item":
            add(state, PHONE, "speak", ZHANG, _seat(ZHANG, "speak/"))
            add(state, DESK, "speak", "staff", _at_desk(CHEN, "&do=speak"))
            add(state, DESK, "remark", "staff", _at_desk(CHEN, "&do=remark"))
            add(state, CONSOLE, "keys", "staff", _path("{room}console/?ask=keys"))
        if state == "floor":
            add(state, PHONE, "waiting", LI, _seat(LI))
            add(state, CONSOLE, "queue", "staff", _path("{room}console/?ask=queue"))
        if state == "speech":
            add(state, PHONE, "listening", ZHANG, _seat(ZHANG))
        if state == "remark":
            add(state, PHONE, "hidden", LI, _seat(LI))
            add(state, CONSOLE, "remarks", "staff", _path("{room}console/?ask=remarks"))
            add(state, CONSOLE, "hide", "staff", _path("{room}console/?ask=hide&remark=3"))
        if state == "motion":
            add(state, CONSOLE, "add-motion", "staff", _path("{room}console/?ask=motion"))
        if state == "voting":
            add(state, PHONE, "asked", XIA, _asked_again)
            add(state, PHONE, "offer", XIA, _offered)
            add(state, PHONE, "counted", LI, _seat(LI))
            add(state, PHONE, "tenant", TANG, _seat(TANG))
            add(state, DESK, "", "staff", staff_pages[DESK])
            add(state, DESK, "unvoted", "staff", _path("{room}desk/?show=unvoted"))
            add(state, DESK, "person", "staff", _at_desk(CHEN))
            add(state, PHONE, "confirm", ZHANG, _confirmed_without_script)
            add(state, DESK, "ballot", "staff", _ballot_at_desk())
            add(state, DESK, "aloud", "staff", _ballot_at_desk("for"))
            add(state, CONSOLE, "close-vote", "staff", _path("{room}console/?ask=close-vote"))
        if state == "between":
            add(state, CONSOLE, "close-meeting", "staff", _path("{room}console/?ask=close-meeting"))
    last = "documents"
    add("over", PUBLIC, "documents-to-make", "staff", _path("{room}documents/"))
    add(last, PUBLIC, "made", "staff", _path("{room}documents/"))
    add(last, PUBLIC, "archive", "stranger", _path("/archive/"))
    add(last, PUBLIC, "minutes", "stranger", _document("minutes"))
    add(last, PUBLIC, "resolution", "stranger", _document("resolution"))
    add(last, PUBLIC, "verified", "stranger", _verified)
    add(last, PUBLIC, "roster", "staff", lambda s, page: page.goto(f"/office/hall/{s.hall.told['hall']}/roster/"))
    add(last, PUBLIC, "roster-preview", "staff", _roster_preview)
    order = list(STATES)
    return sorted(looks, key=lambda look: order.index(look.state))


LOOKS = _looks()
