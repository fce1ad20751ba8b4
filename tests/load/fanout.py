"""What one change costs to tell everybody: the hub against Channels' own group_send, on the same daphne, in one run.

    python -m tests.load.fanout [--phones 1000] [--rounds 5]

Read the ratios; seconds differ between machines.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from statistics import median

from .client import Page, cpu_seconds, now, open_pages, percentile, post, server

BASELINE = "stock group_send"
VARIANTS = {
    BASELINE: ("stock", "stock"),
    "hub, plain ASGI send": ("plain", "hub"),
    "hub, daphne's line": ("hub", "hub"),
}


async def measure(port: int, pid: int, way: str, fire: str, phones: int, rounds: int) -> tuple[float, float, float]:
    """(CPU seconds per 1,000 deliveries, median and last arrival in ms) of one variant."""
    arrivals: list[float] = []
    everybody = asyncio.Event()

    def heard(page: Page, text: bytes) -> None:
        if b'"parts"' in text[:64]:
            arrivals.append(now())
            if len(arrivals) == phones:
                everybody.set()

    async def all_heard() -> None:
        await asyncio.wait_for(everybody.wait(), 120)
        everybody.clear()

    pages = await open_pages(port, f"/ws/{way}/", phones, heard)
    if way != "stock":
        for page in pages:
            page.send(json.dumps({"have": 0, "device": "x"}))
        await all_heard()
        arrivals.clear()
    await asyncio.sleep(3)  # what the opening left to do
    middle, last, cost = [], [], []
    for _ in range(rounds):
        before, start = cpu_seconds(pid), now()
        await post(port, f"/fire/{fire}/")
        await all_heard()
        middle.append((percentile(arrivals, 0.5) - start) * 1000)
        last.append((max(arrivals) - start) * 1000)
        arrivals.clear()
        await asyncio.sleep(1)
        cost.append((cpu_seconds(pid) - before) * 1000 / phones)
    for page in pages:
        page.close()
    await asyncio.gather(*(page.closed.wait() for page in pages))
    return sum(cost) / rounds, median(middle), median(last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phones", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    found = {}
    for name, (way, fire) in VARIANTS.items():
        with server() as (port, pid):
            found[name] = asyncio.run(measure(port, pid, way, fire, given.phones, given.rounds))
    print(f"{given.phones} phones, {given.rounds} broadcasts of 1.5 KB\n")
    print(f"{'way':24} {'CPU-s / 1000':>13} {'of stock':>9} {'median ms':>10} {'last ms':>8} {'of stock':>9}")
    base = found[BASELINE]
    for name, (cost, middle, last) in found.items():
        print(f"{name:24} {cost:13.4f} {cost / base[0]:9.3f} {middle:10.0f} {last:8.0f} {last / base[2]:9.3f}")


if __name__ == "__main__":
    main()
