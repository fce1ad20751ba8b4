"""Everybody votes in the same instant: the consumer and scribe against Channels as its tutorial shows it, in one run.

    python -m tests.load.ballots [--phones 1000]

Both write the same entries, chained and durable, and answer after COMMIT. The baseline writes one transaction per
ballot on Channels' shared thread. Acknowledged must equal written, or the run fails.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import uuid

from .client import Page, cpu_seconds, now, open_pages, percentile, post, server

BASELINE = "stock consumer"
VARIANTS = {BASELINE: "stock", "lean consumer, scribe": "hub"}


async def measure(port: int, pid: int, way: str, phones: int) -> tuple[float, float, float, float]:
    """(ballots per second, p50 and p99 of the answer in ms, CPU ms per ballot) of one variant."""
    sent: dict[int, float] = {}
    took: list[float] = []
    everybody = asyncio.Event()

    def heard(page: Page, text: bytes) -> None:
        if text.startswith(b'{"act"') and json.loads(text)["ok"]:
            took.append((now() - sent[id(page)]) * 1000)
            if len(took) == phones:
                everybody.set()

    pages = await open_pages(port, f"/ws/{way}/", phones, heard)
    await asyncio.sleep(3)
    before, start = cpu_seconds(pid), now()
    for page in pages:
        sent[id(page)] = now()
        page.send(json.dumps({"do": "bench.cast", "id": uuid.uuid4().hex, "with": {"choice": "for"}}))
    await asyncio.wait_for(everybody.wait(), 300)
    seconds, cpu = now() - start, cpu_seconds(pid) - before
    written = int(await post(port, "/count/"))
    if written != phones:
        raise SystemExit(f"{phones} acknowledged, {written} written")
    for page in pages:
        page.close()
    return phones / seconds, percentile(took, 0.5), percentile(took, 0.99), cpu * 1000 / phones


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phones", type=int, default=1000)
    given = parser.parse_args()
    found = {}
    for name, way in VARIANTS.items():
        with server() as (port, pid):
            found[name] = asyncio.run(measure(port, pid, way, given.phones))
    print(f"{given.phones} ballots at once\n")
    print(f"{'way':24} {'ballots/s':>10} {'of stock':>9} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms each':>12}")
    base = found[BASELINE]
    for name, (rate, middle, slow, cost) in found.items():
        print(f"{name:24} {rate:10.0f} {rate / base[0]:9.1f} {middle:8.0f} {slow:8.0f} {cost:12.2f}")


if __name__ == "__main__":
    main()
