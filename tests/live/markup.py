"""Reading rendered pages: whether the HTML is well formed, and what its forms would send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

from lxml import html as lxml_html
from lxml.html import HtmlElement

from sessions.record import acts

VOID = {"input", "meta", "link", "br", "img", "hr"}
NO_TOKEN = '<input type="hidden" name="csrfmiddlewaretoken" value="">'


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.faults.append(f"<{tag}> has an attribute twice: {names}")
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if "style" in names or any(name.startswith("on") for name in names):
            self.faults.append(f"<{tag}> has inline style or script")
        if tag == "form" and "form" in self.open:
            self.faults.append("a form in a form")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")


def faults(html: str) -> list[str]:
    """What is wrong with a piece of HTML: tags that do not match, ids or attributes twice, inline style or script."""
    balance = _Balance()
    balance.feed(html)
    balance.close()
    twice = sorted({one for one in balance.ids if balance.ids.count(one) > 1})
    left = [f"<{tag}> is not closed" for tag in balance.open]
    return [*balance.faults, *left, *(f"id {one} twice" for one in twice), *(["{{ left over"] if "{{" in html else [])]


def read(html: str) -> HtmlElement:
    """The elements of a piece of HTML."""
    return lxml_html.fragment_fromstring(html, create_parent="div")


def words(html: str) -> str:
    """What a person reads, with single spaces between elements and words."""
    return " ".join(" ".join(read(html).itertext()).split())


def find(html: str, tag: str = "*", **attributes: str) -> list[HtmlElement]:
    """The elements of a tag with these attributes (`class_`: one of its classes; "" for any value), in order."""
    wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}

    def fits(one: HtmlElement, name: str, value: str) -> bool:
        has = one.get(name)
        return has is not None and (not value or value == has or (name == "class" and value in has.split()))

    return [
        one
        for one in read(html).iter()
        if isinstance(one.tag, str) and tag in {"*", one.tag} and all(fits(one, *pair) for pair in wanted.items())
    ]


def keys(html: str) -> list[str]:
    """The keys that press something."""
    return [str(one.get("data-key")) for one in find(html, data_key="")]


def forms(html: str, act: str = "") -> list[HtmlElement]:
    """The forms that send an act, in order; those of one act if it is named."""
    found = [form for form in read(html).iter("form") if form.get("method") == "post"]
    return [form for form in found if not act or _value(form, "act") == act]


def _value(form: HtmlElement, name: str) -> str:
    return str(form.xpath(f'.//input[@name="{name}"]/@value')[0])


NOT_FIELDS = {"act", "act_id", "csrfmiddlewaretoken", "next", "word", "paper"}


def sent(form: HtmlElement, press: int = 0, /, **typed: str) -> dict[str, Any]:
    """The act's fields as a browser would send them, with `typed` written in and the button no. `press` pressed."""
    fields: dict[str, Any] = {}
    for one in form.iter("input", "textarea", "select", "button"):
        name, kind = one.get("name"), one.get("type", "")
        if not name or name in NOT_FIELDS or (kind == "radio" and one.get("checked") is None):
            continue
        if one.tag == "button":
            continue
        if one.tag == "select":
            chosen = one.xpath(".//option[@selected]/@value") or one.xpath("./option/@value")
            fields[name] = str(chosen[0])
        else:
            fields[name] = one.get("value") or (one.text or "" if one.tag == "textarea" else "")
    buttons = [one for one in form.iter("button") if one.get("name")]
    if buttons:
        fields[buttons[press].get("name")] = buttons[press].get("value")
    return fields | typed


def act_faults(html: str, *, live: bool, typed: Mapping[str, str] | None = None) -> Iterable[str]:
    """What is wrong with the forms of a piece: an act nobody declared, fields its form refuses, no token's place."""
    for form in forms(html):
        name = _value(form, "act")
        if form.get("action") != "../do":
            yield f"{name}: goes to {form.get('action')}"
        if name not in acts.declared():
            yield f"{name}: not declared"
            continue
        if (form.get("data-act") == name) != live:
            yield f"{name}: data-act is {form.get('data-act')}"
        written = {key: value for key, value in (typed or {}).items() if form.xpath(f'.//*[@name="{key}"]')}
        _fields, errors = acts.read_form(acts.find(name), sent(form, **written))
        if errors:
            yield f"{name}: {errors}"
    if html.count(NO_TOKEN) != len(forms(html)):
        yield "a form without a place for the token"
