"""Stories of faults on both sides: what Slack brings twice or has forgotten, and what our own bugs fail on.

Whoever is told of a fault is told where they look, and what we failed on is done once the bug is mended.
"""

from __future__ import annotations

import re

import aiohttp

from tests.chaos.nursery import STUMBLED_ON
from tests.chaos.scene import Scene
from tests.chaos.stories_tickets import BILLING
from tests.chaos.stream import CHANNEL, key_of

_PROBES = 40


async def brought_twice(scene: Scene) -> None:
    """Slack brings a message twice."""
    scene.fleet.host.twin.deliveries.add("message", "duplicate")
    ts = await scene.ask("My user has only viewer rights but I must be able to create shipments", "bruno")
    await scene.until(lambda: scene.card(ts))


async def paused(scene: Scene) -> None:
    """Slack asks for a pause before it takes a card."""
    scene.fleet.host.twin.faults.add("chat.postMessage", "ratelimit", channel="#team-platform", retry_after=2)
    ts = await scene.ask_in_words("The rate calculator adds the fuel surcharge two times for zone 4")
    await scene.until(lambda: scene.card(ts))


async def forgotten(scene: Scene) -> None:
    """Slack has forgotten where answers go: to a command, to a press that is refused, and to a window."""
    twin = scene.fleet.host.twin
    ts = await scene.ask(BILLING)
    await scene.until(lambda: "approve_draft" in scene.buttons(ts))
    gone = twin.faults.add("response_url", "error", channel="#team-billing", error="expired_url", times=0)
    marek, ana = scene.person("marek"), scene.person("ana")
    await scene.insist(
        "marek",
        lambda: _directly(scene, "marek", "command:"),
        lambda: marek.command("#team-billing", "/signalbox queue"),
    )
    refused = "Only the people of Billing"
    await scene.press("oliver", ts, "approve_draft", lambda: scene.heard("oliver", "team-billing", refused))

    async def open_window() -> None:
        card = scene.card(ts)
        if card and not ana.views():
            await ana.click(card, "reply_ticket")
            await ana.modal(timeout=3)

    await scene.until(ana.views, open_window)
    await scene.press("marek", ts, "resolve_ticket", lambda: scene.said(ts, "resolved:"))
    await scene.insist(
        "ana",
        lambda: _directly(scene, "ana", "tell:"),
        lambda: ana.submit({"text": "It is under Settings, in Billing."}),
    )
    twin.faults.clear(gone.id)


def _directly(scene: Scene, handle: str, prefix: str) -> bool:
    """Say whether somebody was written to alone, under such a key."""
    channel = scene.fleet.host.twin.ws.dm(scene.person(handle).id)
    return any(key_of(message).startswith(prefix) for message in channel.messages)


async def stumbled(scene: Scene) -> None:
    """Our code fails on a message and on a press; an operator lets both run again once it is mended."""
    one = await scene.ask("Two of our people have to become managers in the account", "sofia")
    await scene.until(lambda: "claim_ticket" in scene.buttons(one))
    other = await scene.ask(f"Where do I find {STUMBLED_ON}, in the settings of our account?", "sofia")
    await scene.until(lambda: scene.keyed("failed:"))
    sorry = "Something went wrong on our side"
    await scene.press("hannah", one, "claim_ticket", lambda: scene.heard("hannah", "front-desk", sorry))
    assert scene.bugs is not None
    scene.bugs.unlink()
    launch = scene.fleet.host.launcher.launch

    while not (scene.card(other) and "(claimed)" in scene.text(one)):
        await (await launch("doctor", "--requeue", "all", env={"SIGNALBOX_DIE_AT": ""})).ended(60)
        await scene.rest(20)  # it runs again within a minute


async def watched(scene: Scene) -> None:
    """Something looks again and again whether each process is ready."""
    ready, left = 0, _PROBES
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(3)) as http:
        while left or not ready:
            left = max(0, left - 1)
            for bot in scene.fleet.bots:
                if found := re.search(r"open to be looked at\s+at=(\S+)", bot.err):
                    ready += await _is_ready(http, found[1])
            await scene.rest()


async def _is_ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False  # it has died a moment ago


async def asked_beside(scene: Scene) -> None:
    """One part of a message is asked again in a message of its own, and the first is deleted."""
    second = "The address check marks every street in Antwerp as wrong since today, please fix it."
    words = f"Hi, two questions:\n1) How can we download the address book as an Excel file?\n2) {second}"
    first = await scene.ask_in_words(words, "ellen")
    await scene.until(lambda: "not_separate" in scene.buttons(first))
    again = await scene.ask_in_words(second, "ellen")
    await scene.until(lambda: "not_asked_twice" in scene.buttons(again))
    await scene.person("ellen").delete(f"#{CHANNEL}", first)
    await scene.until(lambda: "claim_ticket" in scene.buttons(again))


async def named(scene: Scene) -> None:
    """A request that was answered, and that somebody else's card names as alike, is deleted."""
    words = "What do I have to enter for the customs tariff number when sending to Norway"
    first = await scene.ask_in_words(words, "victor")
    await scene.until(lambda: "approve_draft" in scene.buttons(first))
    await scene.press("hannah", first, "approve_draft", lambda: scene.said(first, "reply:"))
    await scene.until(lambda: "resolve_ticket" in scene.buttons(first) and "answered" in scene.text(first))
    await scene.rest(15)  # by then each replica knows what another has answered
    alike = await scene.ask_in_words(f"{words}?", "paulo")

    def is_named() -> bool:
        return re.search(rf"\bT-{scene.ticket(first)}\b", scene.text(alike)) is not None

    await scene.until(is_named)
    await scene.person("victor").delete(f"#{CHANNEL}", first)
    await scene.until(lambda: not is_named())


STORIES = (brought_twice, paused, forgotten, stumbled, watched, asked_beside, named)
