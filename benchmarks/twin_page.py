"""How the local workspace's page feels in a busy channel: opening it, scrolling back, and typing while others write.

Chromium shows a channel of ten thousand messages. Times are taken inside the page, from what a person does to the frame
that shows it; the browser draws without a graphics card, so a desk is faster than this. Where there is no Chromium or
no bundled page, the part says so and measures nothing.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, CDPSession, Page, async_playwright

from benchmarks.figures import percentile
from benchmarks.parts import Findings, Part
from benchmarks.processes import open_twin
from benchmarks.twin_speed import message
from twin.server import PAGE, Twin

MESSAGES = 10_000
CHANNEL = "customer-support"
KEYS, KEYS_A_SECOND = 120, 12
INCOMING_A_SECOND = 20
SCROLL_SECONDS = 60.0
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
_WORDS = (
    "where can i find the invoice from september?",
    "the page of <https://status.example.com|our status> says that all is well, but it is *not*",
    "thanks, that helped :tada:",
    "• printer on the third floor\n• monitor in room `204`\n• my badge, again",
    "Could somebody look at order 4711? The customer has been waiting since Tuesday and asked twice by now.",
    "> we only deliver on weekdays\nis that still true for Norway?",
)

# Each resolves with milliseconds by the page's own clock. A frame is on the screen once the task after it runs.
_OPEN = """async ([id, last]) => {
    const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    const began = performance.now();
    document.querySelector(`[data-testid="sidebar"] [data-channel-id="${id}"]`).click();
    while (true) {
        await painted();
        const list = document.querySelector('[data-testid="messages"]');
        const shown = list?.querySelector(`[data-ts="${last}"]`);
        if (shown && shown.getBoundingClientRect().bottom <= innerHeight) return performance.now() - began;
        if (performance.now() - began > 30000) return null;
    }
}"""
_SCROLL = """async ([first, most]) => {
    const frame = () => new Promise(requestAnimationFrame);
    const list = document.querySelector('[data-testid="messages"]');
    const frames = [], began = performance.now();
    let last = await frame(), seen = new Set();
    while (performance.now() - began < most) {
        for (const one of list.querySelectorAll('[data-ts]')) seen.add(one.dataset.ts);
        if (list.scrollTop === 0 && list.querySelector(`[data-ts="${first}"]`)) break;
        list.scrollTop -= 400;
        const now = await frame();
        frames.push(now - last);
        last = now;
    }
    const isThere = Boolean(list.querySelector(`[data-ts="${first}"]`));
    return { frames, isThere, seen: seen.size, drawn: list.querySelectorAll('[data-ts]').length };
}"""
_WATCH_KEYS = """() => {
    window.keyTimes = [];
    addEventListener('keydown', event => {
        const pressed = event.timeStamp;
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => window.keyTimes.push(performance.now() - pressed);
            channel.port2.postMessage(0);
        });
    }, true);
}"""


async def measure(folder: Path) -> Findings:
    """Measure in Chromium, or say why not."""
    found = Findings()
    program = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if program is None:
        found.notes.append("twin.page_* left out: there is no Chromium here")
        return found
    if not (PAGE / "app.js").is_file():
        found.notes.append("twin.page_* left out: the page is not built; run `make page`")
        return found
    async with open_twin() as twin, _browser(program) as browser:
        stamps = await _fill(twin)
        context = await browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        page = await context.new_page()
        await page.goto(f"{twin.url}/?as=ana&channel=general")
        await page.get_by_test_id("composer").wait_for()
        await _measure(found, twin, page, stamps)
        await context.close()
    return found


@asynccontextmanager
async def _browser(program: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def _fill(twin: Twin) -> list[str]:
    """Write the channel's messages, one in ten with blocks as the app posts them; return every ts."""
    people = [twin.person(name) for name in ("ana", "marek", "mei", "greta", "paulo", "victor")]
    head, stamps = {"Authorization": f"Bearer {twin.bot_token}"}, []
    async with aiohttp.ClientSession(headers=head) as web:
        for n in range(MESSAGES):
            if n % 10 == 4:
                card = message(n) | {"channel": twin.channel(CHANNEL).id}
                async with web.post(f"{twin.api_url}chat.postMessage", json=card) as answer:
                    stamps.append((await answer.json())["ts"])
                continue
            person = people[n // 3 % len(people)]
            stamps.append(await person.post(f"#{CHANNEL}", f"{n}: {_WORDS[n % len(_WORDS)]}"))
            if n % 25 == 0:
                await person.react(f"#{CHANNEL}", stamps[-1], "eyes")
    return stamps


async def _measure(found: Findings, twin: Twin, page: Page, stamps: list[str]) -> None:
    devtools = await page.context.new_cdp_session(page)
    opened = await page.evaluate(_OPEN, [twin.channel(CHANNEL).id, stamps[-1]])
    found.add("twin.page_open_ms", opened if opened is not None else float("inf"), "ms", ("<=", 1000))

    times, came = await _type(twin, page)
    found.add("twin.page_typing_ms", percentile(times, 0.95), "ms", ("<=", 50))
    found.notes.append(
        f"{len(times)} keys while {came:.1f} messages a second came in; median {percentile(times, 0.5):.1f} ms, "
        f"longest {max(times):.0f} ms"
    )

    began, first = time.perf_counter(), twin.channel(CHANNEL).messages[0]["ts"]
    scrolled = await page.evaluate(_SCROLL, [first, SCROLL_SECONDS * 1000])
    frames: list[float] = scrolled["frames"]
    found.add("twin.page_scroll_fps", 1000 * len(frames) / sum(frames), "frames/s", (">=", 30))
    found.add("twin.page_scroll_longest_ms", max(frames), "ms", ("<=", 300))
    reached = "reached the first message" if scrolled["isThere"] else "did not reach the first message"
    found.notes.append(
        f"scrolling back showed {scrolled['seen']} messages in {time.perf_counter() - began:.0f} s and {reached}; "
        f"{scrolled['drawn']} are drawn then, 95% of frames took at most {percentile(frames, 0.95):.0f} ms"
    )
    found.add("twin.page_heap_mb", await _heap(devtools), "MB", ("<=", 150))


async def _type(twin: Twin, page: Page) -> tuple[list[float], float]:
    """Type while others write; return milliseconds from key to paint, and how many messages a second came."""
    composer = page.get_by_test_id("composer")
    await composer.focus()
    await page.evaluate(_WATCH_KEYS)
    began, before = time.perf_counter(), len(twin.channel(CHANNEL).messages)
    writing = asyncio.create_task(_others(twin))
    try:
        words = "the quick brown fox jumps over the lazy dog "
        for n in range(KEYS):
            await page.keyboard.press(f"{words[n % len(words)]}".replace(" ", "Space"))
            await asyncio.sleep(max(0.0, began + (n + 1) / KEYS_A_SECOND - time.perf_counter()))
    finally:
        writing.cancel()
    came = (len(twin.channel(CHANNEL).messages) - before) / (time.perf_counter() - began)
    times: list[float] = await page.evaluate("window.keyTimes")
    assert len(await composer.input_value()) == KEYS, "a key was lost"
    return times, came


async def _others(twin: Twin) -> None:
    """Write steadily until cancelled."""
    people = [twin.person(name) for name in ("marek", "mei", "greta")]
    began, n = time.perf_counter(), 0
    while True:
        await people[n % len(people)].post(f"#{CHANNEL}", f"more {n}: {_WORDS[n % len(_WORDS)]}")
        n += 1
        await asyncio.sleep(max(0.0, began + n / INCOMING_A_SECOND - time.perf_counter()))


async def _heap(devtools: CDPSession) -> float:
    """Return what the page's JavaScript holds after tidying, in millions of bytes."""
    await devtools.send("HeapProfiler.collectGarbage")
    await devtools.send("Performance.enable")
    said: dict[str, Any] = await devtools.send("Performance.getMetrics")
    [used] = [one["value"] for one in said["metrics"] if one["name"] == "JSHeapUsedSize"]
    return float(used) / 1e6


PART = Part("twin page", ("twin.page_",), 150.0, measure)
