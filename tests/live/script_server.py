"""A page for the tests of the script: parts that the test writes, on the real hub, consumer and scribe.

POST /put/<part>/ writes a part (as JSON text), /answers/ tells how many acts were written, /deaf/ on|off shuts the
sockets, /shut/ closes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from channels.db import database_sync_to_async

from tests.load import server as bench

JS = Path(__file__).resolve().parent.parent.parent / "static/js"
SCRIPTS = ("live", "acts", "clock", "keys")
shown = {"now": '<section id="now" class="card"><p>one</p></section>', "bar": '<section id="bar"></section>'}
mine = {"me": '<section id="me" data-me=""></section>'}
deaf = False
posts: list[dict[str, str]] = []
open_sockets: set[Any] = set()

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>page</title>
<style>.card {{ min-height: 40px }}</style></head>
<body data-ws="/ws/hub/" data-frame="/frame" data-rev="{rev}" data-device-key="seat_abc" data-language="en"
 data-kept="Kept" data-unsent="Not sent"><input type="hidden" name="device" value="key-1" data-device>
<p id="link" data-on="Connected" data-wait="Reconnecting" data-off="Offline"><svg><use></use></svg><span>-</span></p>
<p id="answer" role="status" hidden></p><div data-offer hidden><button type="button">To the ballot</button></div>
<main>{now}{me}<section id="say"><form method="post" action="/do" data-act="bench.cast" id="write">
<textarea name="choice" data-draft></textarea><button>Send</button></form></section></main>{bar}
<button type="button" data-key="N" id="key">next</button>
<template id="confirm"><div class="sheet" role="dialog"><p class="said"></p><p class="by"></p>
<button type="button" data-yes>Yes</button><button type="button">No</button></div></template>
{scripts}</body></html>"""


def _parts(stream: UUID, audience: str, language: str) -> Mapping[str, str]:
    return dict(shown)


def _me(seat: UUID, device: str, language: str) -> str:
    return mine["me"]


bench.screens.parts = _parts  # type: ignore[method-assign]
bench.screens.me = _me  # type: ignore[method-assign]


async def _body(receive: Any) -> str:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body.decode()


def _put(part: str, html: str) -> None:
    (mine if part == "me" else shown)[part] = html
    bench.screens.revision += 1
    bench._hub().told(bench.stream, bench.screens.revision)


async def _page(path: str, query: str, receive: Any) -> tuple[int, str, str]:
    global deaf  # noqa: PLW0603
    if path == "/page/":
        scripts = "".join(f'<script src="/js/{name}.js" defer></script>' for name in SCRIPTS)
        page = PAGE.format(rev=bench.screens.revision, **shown, **mine, scripts=scripts)
        return 200, "text/html", page
    if path.startswith("/js/"):
        return 200, "text/javascript", (JS / Path(path).name).read_text()
    if path.startswith("/put/"):
        _put(path.split("/")[2], json.loads(await _body(receive)))
    elif path.startswith("/deaf/"):
        deaf = path == "/deaf/on"
        for send in list(open_sockets):
            await send({"type": "websocket.close", "code": 4500})
    elif path == "/frame":
        frame = {"rev": bench.screens.revision, "base": 0, "parts": shown, "me": mine["me"]}
        if query == f"have={bench.screens.revision}":
            return 204, "text/plain", ""
        return 200, "application/json", json.dumps(frame)
    elif path == "/do":
        form = {name: values[0] for name, values in parse_qs(await _body(receive)).items()}
        posts.append(form)
        answer = {"act": form["act_id"], "ok": True, "code": "done", "say": "By the other door", "rev": 1, "errors": {}}
        return 200, "application/json", json.dumps(answer)
    elif path == "/answers/":
        return (
            200,
            "application/json",
            json.dumps({"written": await database_sync_to_async(bench._written)(), "posts": posts}),
        )
    return 200, "text/plain", ""


async def application(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        if deaf:
            await send({"type": "websocket.close"})
            return
        open_sockets.add(send)
        try:
            await bench.application(scope, receive, send)
        finally:
            open_sockets.discard(send)
        return
    status, kind, text = await _page(scope["path"], scope["query_string"].decode(), receive)
    head = [(b"content-type", kind.encode() + b"; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": text.encode()})


if __name__ == "__main__":
    bench.main(application)
