"""Slack's Web API goes wrong: whatever it does, a person sees a delay at most, and each thing once."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from agents.words import Status
from bot import flow_rows
from storage.tables import Receipt
from tests.faults import answered, ask, failures, gateway, impatient
from tests.replicas import becomes
from tests.test_restart import quiet
from tests.world import World, buttons_of, text_of
from tests.world import world as open_world
from twin.faults import Fault

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

_SOON = 0.3  # seconds after which the bot gives up waiting for Slack in these tests


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(module_url: str) -> AsyncIterator[World]:
    """One world for all of these: each test has requests of its own in it."""
    async with open_world(module_url) as opened:
        yield opened


@pytest.fixture
def world(shared: World) -> World:
    """The shared world, in which nothing is wrong yet."""
    shared.twin.faults.clear()
    shared.bot.slack.posting.settling = 0
    return shared


async def released_when_given_up(world: World, fault: Fault) -> None:
    """Let Slack do what it was asked to, after the bot has stopped waiting and before it looks what came of it."""
    world.bot.slack.posting.settling = 0.5
    with capture_logs() as logs:
        await world.twin.until(lambda: any(line["event"] == "step waits" for line in logs))
    fault.release()


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "reactions.add"])
@pytest.mark.parametrize("kind", ["ratelimit", "drop_answer", "http500", "error", "hang"])
async def test_a_request_has_one_card_one_line_and_one_reaction_whatever_slack_does(
    world: World, method: str, kind: str
) -> None:
    fault = world.twin.faults.add(method, kind)  # type: ignore[arg-type]

    async with impatient(world, _SOON):
        asked = await ask(world)
        await world.twin.until(lambda: fault.hits == 1)
        if kind == "hang":
            await released_when_given_up(world, fault)
        await world.settle()

    card = await asked.card()
    assert "approve_draft" in buttons_of(card)
    assert len(asked.lines()) == 1
    assert asked.seen_by_us() == ["eyes"]
    assert await failures(world) == []


async def test_the_pause_that_slack_asks_for_is_kept_and_is_the_channels_own(world: World) -> None:
    fault = world.twin.faults.add("chat.postMessage", "ratelimit", channel="#team-billing", retry_after=3)
    began, calls = time.monotonic(), len(world.twin.calls)
    asked = await ask(world)
    await world.twin.until(lambda: fault.hits == 1)
    before = len(world.cards("team-billing"))

    await world.person("greta").post("#customer-support", "This is strange, can you have a look?")
    await world.twin.until(lambda: world.cards("front-desk"))
    assert len(world.cards("team-billing")) == before  # the other channel did not wait for this one
    await world.settle()

    assert time.monotonic() - began >= 3
    await asked.card()
    posts = [
        call.response.get("error")
        for call in list(world.twin.calls)[calls:]
        if call.method == "chat.postMessage" and call.args["channel"] == world.twin.channel("team-billing").id
    ]
    assert posts == ["ratelimited", None]  # nothing was tried during the pause


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (502, "<html>Bad gateway</html>", "text/html"),
        (404, "<html>No such page</html>", "text/html"),
        (200, "<html>Please log in to the network</html>", "text/html"),
        (503, "upstream connect error", "text/plain"),
        (200, "<html>", "application/json"),
        (200, "", "application/json"),
        (200, "[]", "application/json"),
    ],
    ids=["502", "404", "log in", "plain text", "not JSON", "empty", "no object"],
)
async def test_an_answer_that_is_not_slacks_is_waited_out(
    world: World, status: int, body: str, content_type: str
) -> None:
    async with gateway(world) as between:
        between.status, between.body, between.content_type = status, body, content_type
        asked = await ask(world)
        await world.twin.until(lambda: between.asked >= 2)
    await world.settle()

    await asked.card()
    assert len(asked.lines()) == 1
    assert await failures(world) == []


@pytest.mark.parametrize("kind", ["drop_answer", "http500", "error", "ratelimit", "hang"])
async def test_a_window_opens_once_or_the_person_is_asked_to_press_again(world: World, kind: str) -> None:
    asked = await answered(world)
    marek = world.person("marek")
    said = len(world.direct("marek")) + len(marek.whispers("#team-billing"))
    fault = world.twin.faults.add("views.open", kind)  # type: ignore[arg-type]

    async with impatient(world, _SOON):
        await marek.click(await asked.card(), "edit_draft")
        await world.twin.until(lambda: fault.hits == 1)
        if kind == "hang":
            await released_when_given_up(world, fault)
        await world.settle()

    await marek.modal()
    assert len(marek.views()) == 1
    assert len(world.direct("marek")) + len(marek.whispers("#team-billing")) == said
    await marek.submit({"text": f"It is under Settings ({kind})."})
    await world.settle()
    assert sum(kind in text_of(line) for line in asked.lines()) == 1
    assert await failures(world) == []


async def test_a_window_for_which_slack_took_too_long_is_explained(world: World) -> None:
    asked = await answered(world)
    marek = world.person("marek")
    fault = world.twin.faults.add("views.open", "http500")
    await marek.click(await asked.card(), "edit_draft")
    await world.twin.until(lambda: fault.hits == 1)
    world.clock.advance(timedelta(seconds=4))
    await world.settle()

    assert "press the button again" in text_of(marek.whispers("#team-billing")[-1])
    assert await failures(world) == []


@pytest.mark.parametrize("kind", ["http500", "error", "ratelimit", "hang", "drop_answer"])
async def test_a_whisper_arrives_and_comes_again_only_when_its_answer_was_lost(
    world: World, kind: str
) -> None:
    asked = await answered(world)
    greta = world.person("greta")
    before = len(greta.whispers("#customer-support"))
    fault = world.twin.faults.add("chat.postEphemeral", kind)  # type: ignore[arg-type]
    await world.person("marek").click(await asked.card(), "approve_draft")
    await world.settle()
    reply = asked.lines()[-1]

    async with impatient(world, _SOON):
        await greta.click(reply, "reply_feedback", value=f"{(await asked.ticket()).id}:good")
        await world.twin.until(lambda: fault.hits == 1)
        if kind == "hang":
            await released_when_given_up(world, fault)
        await world.settle()

    # Slack cannot be asked whether somebody has seen a whisper.
    told = greta.whispers("#customer-support")[before:]
    assert len(told) == (2 if kind in ("drop_answer", "hang") else 1)
    assert all("Thank you" in text_of(one) for one in told)
    assert await failures(world) == []


async def commanded(world: World, url: str, number: int) -> None:
    """Type a command, whose answer belongs to this address."""
    await world.person("marek").command("#team-billing", "/signalbox help")
    await world.settle()
    typed = [receipt for receipt in await world.rows(Receipt) if receipt.kind == "command"][-1]
    body = {**typed.body, "response_url": url, "trigger_id": f"{number}.{typed.body['trigger_id']}"}
    world.twin.ws.courier.send_once("slash_commands", body, wants_answer=False)


@pytest.mark.parametrize("statuses", [(500, 503), (429,), (200,)], ids=["500", "429", "well"])
async def test_the_answer_to_a_command_arrives_once_at_its_response_url(
    world: World, statuses: tuple[int, ...]
) -> None:
    async with gateway(world) as between:
        between.statuses[:] = statuses
        between.status, between.body = 200, "ok"
        world.bot.web.base_url = world.twin.api_url  # only the response_url is elsewhere
        await commanded(world, between.url, statuses[0])
        await world.settle()

        assert between.asked == len(statuses) + (statuses[-1] != 200)
    assert await failures(world) == []


async def test_the_answer_to_a_command_whose_response_url_has_expired_comes_as_a_direct_message(
    world: World,
) -> None:
    async with gateway(world) as between:
        between.status, between.body = 404, '{"ok": false, "error": "expired_url"}'
        world.bot.web.base_url = world.twin.api_url
        await commanded(world, between.url, 404)
        await world.settle()
        assert between.asked == 1

    [told] = world.direct("marek")
    assert "/signalbox" in text_of(told)
    assert await failures(world) == []


@pytest.mark.parametrize("kind", ["ratelimit", "drop_answer", "http500", "error", "hang"])
async def test_the_reply_reaches_the_requester_once_whatever_slack_does(world: World, kind: str) -> None:
    asked = await answered(world)
    fault = world.twin.faults.add("chat.postMessage", kind, channel="#customer-support")  # type: ignore[arg-type]

    async with impatient(world, _SOON):
        await world.person("marek").click(await asked.card(), "approve_draft")
        await world.twin.until(lambda: fault.hits == 1)
        if kind == "hang":
            await released_when_given_up(world, fault)
        await world.settle()

    assert len(asked.lines()) == 2
    assert (await asked.ticket()).status == Status.ANSWERED
    assert "Sent, approved by" in text_of(await asked.card())


async def pending(world: World, flow: str) -> int:
    """Return how many flows whose key begins like this have not ended."""
    async with world.bot.db.begin() as session:
        return sum(each.key.startswith(f"{flow}:") for each in await flow_rows.pending(session))


async def pass_by(world: World, minutes: int) -> int:
    """Let minutes pass, each with its sweep; return how many flows were sending at most."""
    most = 0
    for _ in range(minutes):
        world.clock.advance(timedelta(minutes=1))
        await world.bot.schedule.tick(world.clock.now())
        await becomes(lambda: pending(world, "sweep"), 0)
        most = max(most, await pending(world, "deliver"))
    return most


async def test_a_reply_that_slack_keeps_waiting_for_half_an_hour_piles_up_no_work(world: World) -> None:
    asked = await answered(world)
    hanging = world.twin.faults.add("chat.postMessage", "hang", channel="#customer-support", times=0)

    async with impatient(world, 60):
        await world.person("marek").click(await asked.card(), "approve_draft")
        await world.twin.until(lambda: hanging.hits == 1)
        assert await pass_by(world, 30) == 1
        calls = len(world.twin.calls)
        world.twin.faults.clear()
        await world.settle()
        await quiet(world)

    assert len(asked.lines()) == 2
    card = await asked.card()
    assert "Sent, approved by" in text_of(card)
    drawn = [
        call
        for call in list(world.twin.calls)[calls:]
        if call.method == "chat.update" and call.args["ts"] == card["ts"]
    ]
    assert len(drawn) == 1  # by the press or by the sweep, whichever noted that it was sent
    assert await failures(world) == []
