"""Two hubs of two processes on a real Redis: each hears the other's pokes."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer

from sessions.live.hub import REREAD, Hub
from sessions.live.pictures import WALL, Pictures
from sessions.live.room import Socket

from .stage import Here, Line, Screens


@pytest.mark.redis
def test_two_hubs_hear_each_other(redis_url: str) -> None:
    asyncio.run(asyncio.wait_for(_two_hubs(redis_url), 30))


async def _two_hubs(redis_url: str) -> None:
    from uuid import uuid4

    prefix, stream, screens = f"hall-{secrets.token_hex(6)}", uuid4(), Screens()

    async def pause(seconds: float) -> None:
        await (asyncio.Event().wait() if seconds == REREAD else asyncio.sleep(0.01))  # nothing heals by re-reading

    layers = [RedisPubSubChannelLayer(hosts=[redis_url], prefix=prefix) for _ in range(2)]
    hubs = [Hub(Pictures(screens), layer=layer, frames=Here(), people=Here(), pause=pause) for layer in layers]
    lines = [Line(), Line()]
    for hub, line in zip(hubs, lines, strict=True):
        socket = Socket(stream, WALL, "en", line)
        hub.enter(socket)
        hub.greet(socket, 0)
    try:
        for teller, hearer in ((0, 1), (1, 0)):
            await _told(hubs[teller], lines[hearer], screens, stream)
    finally:
        for hub, layer in zip(hubs, layers, strict=True):
            await hub.stop()
            await layer.flush()


async def _told(teller: Hub, line: Line, screens: Screens, stream: Any) -> None:
    """Commit until the other hub's page shows one (the first may come before it has joined the group)."""
    for turnout in range(1, 200):
        line.got.clear()
        line.arrived.clear()
        screens.commit(turnout=f"{id(teller)} {turnout}")
        teller.told(stream, screens.revision)
        try:
            await asyncio.wait_for(line.arrived.wait(), 0.5)
        except TimeoutError:
            continue
        if any(str(id(teller)) in message["parts"].get("turnout", "") for message in line.got):
            return
    raise AssertionError("no poke arrived")
