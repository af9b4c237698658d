"""Stories away from tickets: Home, commands, alerts about customers, and the wrong places to ask."""

from __future__ import annotations

from typing import Any

from tests.chaos.scene import Scene
from tests.chaos.stories_audit import begin
from tests.chaos.stream import CHANNEL
from tests.world import buttons_of, text_of
from twin.people.person import Person


async def asked_elsewhere(scene: Scene) -> None:
    """Call the bot where it takes no requests, and write to it alone."""
    twin, marek = scene.fleet.host.twin, scene.person("marek")
    await marek.post("#team-billing", f"<@{twin.bot_user_id}> can you help me?")
    await marek.post("@signalbox", "where is my invoice?")


async def at_home(scene: Scene) -> None:
    """Open the Home of somebody who answers and of somebody who asks, and draw it again."""
    for handle in ("ana", "greta"):
        await scene.until(lambda h=handle: _home(scene, h), scene.person(handle).home)  # type: ignore[misc]
    seen = _home(scene, "ana")
    assert seen is not None
    again = lambda: scene.person("ana").click(seen, "refresh_home")  # noqa: E731
    await scene.insist("ana", lambda: _home(scene, "ana") != seen, again)


def _home(scene: Scene, handle: str) -> dict[str, Any] | None:
    return scene.fleet.host.twin.ws.views.home(scene.person(handle).id)


async def commanded(scene: Scene) -> None:
    """Ask for figures and queues."""
    marek = scene.person("marek")
    for asked in ("queue", "queue platform", "metrics 30d", "summary", "health"):
        before = len(marek.whispers("#team-billing"))
        await scene.insist(
            "marek",
            lambda n=before: len(marek.whispers("#team-billing")) > n,  # type: ignore[misc]
            lambda a=asked: marek.command("#team-billing", f"/signalbox {a}"),  # type: ignore[misc]
        )


async def refused(scene: Scene) -> None:
    """A customer asks for what only the staff may see."""
    await scene.insist(
        "greta",
        lambda: scene.heard("greta", CHANNEL, "Only people"),
        lambda: scene.person("greta").command(f"#{CHANNEL}", "/signalbox queue"),
    )


async def alerted(scene: Scene) -> None:
    """Acknowledge an alert, as whoever it is given to."""
    await scene.until(lambda: _alert(scene))
    post = _alert(scene)
    assert post is not None
    await scene.press(
        *("ana", "", "ack_alert", lambda: "ack_alert" not in buttons_of(_as_now(scene, post))),
        on=lambda: post,
    )


def _alert(scene: Scene) -> dict[str, Any] | None:
    channel = scene.fleet.host.twin.channel("customer-health")
    return next((post for post in channel.messages if "ack_alert" in buttons_of(post)), None)


def _as_now(scene: Scene, post: dict[str, Any]) -> dict[str, Any]:
    return next(message for message in scene.messages() if message["ts"] == post["ts"])


async def audited(scene: Scene) -> None:
    """Draw a sample, and look at all of it; whoever cannot tell what something is teaches nothing."""
    oliver, ts = (
        scene.person("oliver"),
        await scene.ask("Where do I find our invoices of last year?", "paulo"),
    )
    await scene.until(lambda: scene.card(ts))
    await begin(scene)
    while "Everything is judged" not in (before := _window(oliver)):
        view = oliver.views()[-1]
        await scene.insist(
            "oliver",
            lambda was=before: _window(oliver) != was,  # type: ignore[misc]
            lambda shown=view: oliver.click(shown, "audit_cannot_tell"),  # type: ignore[misc]
        )
    await scene.until(lambda: scene.keyed("audit result:"))


def _window(person: Person) -> str:
    return text_of(person.views()[-1]) if person.views() else ""


STORIES = (asked_elsewhere, at_home, commanded, refused, alerted, audited)
