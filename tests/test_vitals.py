"""Vital signs: what `/healthz`, `/readyz` and `/metrics` say of a process."""

from __future__ import annotations

import asyncio
import math
import re
import socket
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from agents.claude_answers import Answer, Why
from agents.words import Usage
from bot.app import Signalbox
from bot.minds import LoadedMinds, LoadingMinds
from bot.pace import OwnBook, Pace
from bot.readiness import Readiness
from bot.settings import Settings
from bot.vitals import Vitals
from handlers.errors import Refusal, Unavailable
from handlers.limits import Limit
from storage.tables import Receipt
from tests import postgres
from tests.claude_server import API_KEY, Fails, serving
from tests.http_mode import http_world
from tests.test_claude_flow import JUDGED
from tests.test_doctor import look
from tests.test_triage import ASKED
from tests.world import TUESDAY, World, policy
from tests.world import world as open_world


@dataclass
class Looked:
    """What somebody sees who looks at a bot."""

    url: str
    web: aiohttp.ClientSession

    async def ready(self) -> tuple[int, list[str], list[str]]:
        """Return the status, the reasons and the notes of `/readyz`."""
        async with self.web.get(self.url + "/readyz") as answer:
            said = await answer.json()
            assert said["ok"] == (answer.status == 200)
            return answer.status, said["reasons"], said["notes"]

    async def figures(self) -> dict[tuple[str, tuple[str, ...]], float]:
        """Return every sample of `/metrics` by its name and the values of its labels."""
        async with self.web.get(self.url + "/metrics") as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("text/plain")
            text = await answer.text()
        return {
            (sample.name, tuple(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


async def restarted(
    world: World, minds: LoadedMinds | LoadingMinds | None = None, **more: object
) -> Signalbox:
    """Start the world's bot again, in Socket Mode, with a port to look at and with what else is set."""
    await world.bot.stop()
    # Read anew and not copied, because what was set is part of the answer.
    settings = Settings.read(
        {**world.bot.settings.model_dump(exclude={"http_port"}), "http_port": free_port(), **more}
    )
    chosen: Any = minds or LoadedMinds(world.mind)
    world.bot = Signalbox(settings, policy(), now=world.clock.now, minds=chosen, keeps_time=False)
    world.bot.slack.posting.settling = 0
    await world.bot.start()
    return world.bot


@pytest.fixture
async def looked(world: World) -> AsyncIterator[Looked]:
    """Somebody who looks at the world's bot, which is in Socket Mode."""
    bot = await restarted(world)
    assert bot.http is not None
    async with aiohttp.ClientSession() as web:
        yield Looked(bot.http.url, web)


async def test_in_socket_mode_there_is_no_server_unless_a_port_was_named(world: World) -> None:
    assert not world.bot.settings.opens_port
    assert world.bot.http is None


async def test_a_bot_that_works_is_alive_and_ready_and_takes_no_deliveries_by_http(
    world: World, looked: Looked
) -> None:
    async with looked.web.get(looked.url + "/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"ok": True})
    assert await looked.ready() == (200, [], [])
    async with looked.web.post(looked.url + "/slack/events", data=b"{}") as answer:
        assert answer.status == 404


async def test_a_bot_that_lost_slack_says_so_and_is_still_alive(world: World, looked: Looked) -> None:
    assert world.bot._socket is not None
    await world.bot._socket.close_async()  # type: ignore[no-untyped-call]

    assert await looked.ready() == (503, ["there is no connection to Slack"], [])
    async with looked.web.get(looked.url + "/healthz") as answer:
        assert answer.status == 200


async def test_a_bot_whose_engines_are_loading_is_not_ready_yet(world: World) -> None:
    minds = LoadingMinds()
    bot = await restarted(world, minds)
    assert bot.http is not None
    async with aiohttp.ClientSession() as web:
        looked = Looked(bot.http.url, web)
        assert await looked.ready() == (503, ["the local model is still loading"], [])

        minds._engines.set_result(world.mind)

        assert (await looked.ready())[0] == 200


async def test_a_bot_that_stops_says_so_from_the_first_moment(world: World, looked: Looked) -> None:
    await world.bot.stop_listening()

    status, reasons, _ = await looked.ready()

    assert status == 503
    assert "this process is stopping" in reasons


@pytest.mark.sqlite
async def test_a_database_that_is_full_makes_a_bot_not_ready_until_there_is_room(
    world: World, looked: Looked
) -> None:
    readiness(world).keeps = 0
    engine, pages = world.bot.db.engine, 1  # fewer than there are, so that nothing can be added

    def limit(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(engine.sync_engine, "connect", limit)
    await engine.dispose()
    assert await looked.ready() == (503, ["the database does not take anything"], [])

    pages = 1_000_000
    await engine.dispose()
    assert await looked.ready() == (200, [], [])


@pytest.mark.sqlite
async def test_a_database_that_hangs_is_asked_by_one_probe_only(world: World, looked: Looked) -> None:
    holder = sqlite3.connect(str(world.bot.db.url.database), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        first, second = await asyncio.gather(looked.ready(), looked.ready())
    finally:
        holder.execute("ROLLBACK")
        holder.close()

    assert first == second == (503, ["the database does not take anything"], [])
    async with asyncio.timeout(10):
        while True:
            if (await looked.ready())[0] == 200:
                return
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_bot_whose_postgresql_is_away_is_alive_and_not_ready_until_it_is_back() -> None:
    with postgres.own() as server:
        async with open_world(server.address) as world, aiohttp.ClientSession() as web:
            bot = await restarted(world)
            assert bot.http is not None
            looked = Looked(bot.http.url, web)
            readiness(world).keeps = 0
            assert await looked.ready() == (200, [], [])

            await asyncio.to_thread(server.stop)  # which must not stop the loop that the bot runs on
            assert await looked.ready() == (503, ["the database does not take anything"], [])
            async with web.get(looked.url + "/healthz") as answer:
                assert answer.status == 200
            figures = await looked.figures()
            for name in ("unfinished", "failed", "oldest_seconds"):
                assert math.isnan(figures[f"signalbox_deliveries_{name}", ()])

            await asyncio.to_thread(server.start)
            async with asyncio.timeout(30):
                while True:
                    if await looked.ready() == (200, [], []):
                        break
                    await asyncio.sleep(0.05)
            assert (await looked.figures())["signalbox_deliveries_unfinished", ()] == 0


def readiness(world: World) -> Readiness:
    """Return what answers for the world's bot."""
    assert world.bot.http is not None and world.bot.http._readiness is not None
    return world.bot.http._readiness


async def test_a_delivery_that_waits_for_long_makes_a_bot_not_ready(world: World, looked: Looked) -> None:
    await stuck(world.bot, world)

    status, reasons, _ = await looked.ready()

    assert status == 503
    assert reasons == ["the oldest of 1 unfinished deliveries waits for 600 s"]


async def test_by_http_an_old_backlog_is_mentioned_and_keeps_no_delivery_away(tmp_path: Path) -> None:
    async with http_world(f"sqlite:///{tmp_path}/signalbox.sqlite") as world:
        await stuck(world.bot, world)
        assert world.bot.http is not None
        async with aiohttp.ClientSession() as web:
            status, reasons, notes = await Looked(world.bot.http.url, web).ready()

    assert (status, reasons) == (200, [])
    assert len(notes) == 1


async def stuck(bot: Signalbox, world: World) -> None:
    """Leave a delivery behind that nobody works on, ten minutes old."""
    then = world.clock.now() - timedelta(minutes=10)
    async with bot.db.begin() as session:
        session.add(Receipt(key="event:old", kind="message", thread="C1:1.1", body={}, received_at=then))


async def test_what_a_request_did_can_be_read_from_the_figures(world: World, looked: Looked) -> None:
    before = await looked.figures()
    assert before["signalbox_deliveries_unfinished", ()] == 0
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()

    figures = await looked.figures()

    assert figures["signalbox_deliveries_total", ("message", "kept")] == 1
    assert figures["signalbox_deliveries_total", ("block_actions", "kept")] == 1
    assert figures["signalbox_deliveries_ended_total", ("block_actions", "done")] == 1
    for kind in ("card", "line", "reply"):
        assert figures["signalbox_posts_total", (kind,)] == 1
    assert figures["signalbox_slack_calls_total", ("chat.postMessage", "ok")] == 3
    assert figures["signalbox_delivery_to_card_seconds_count", ()] == 1
    assert figures["signalbox_step_seconds_count", ("triage",)] == 1
    assert figures["signalbox_flows_running", ("receive",)] == 0
    assert figures["signalbox_deliveries_unfinished", ()] == 0


@pytest.mark.sqlite
async def test_how_long_the_oldest_delivery_waits_and_how_many_were_given_up_can_be_read_from_the_figures(
    world: World, looked: Looked
) -> None:
    readiness(world).keeps = 0

    async def backlog() -> tuple[float, float, float]:
        figures = await looked.figures()
        unfinished, oldest, failed = (
            figures[f"signalbox_deliveries_{name}", ()] for name in ("unfinished", "oldest_seconds", "failed")
        )
        return unfinished, oldest, failed

    assert await backlog() == (0, 0, 0)
    world.twin.faults.add("chat.postMessage", "error", error="msg_too_long", times=1)
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    [given_up] = await world.rows(Receipt)
    assert await backlog() == (0, 0, 1)

    await stuck(world.bot, world)
    world.clock.advance(timedelta(minutes=5))
    assert await backlog() == (1, 900, 1)

    await world.bot.engine.perform("receive", given_up.key, given_up.id)  # until people were called
    await look(world, requeue="all")
    assert await backlog() == (2, 900, 0)


async def test_every_call_to_slack_is_timed_whatever_comes_of_it(world: World, looked: Looked) -> None:
    began = time.monotonic()
    world.twin.faults.add("reactions.add", "ratelimit", times=1, retry_after=0)
    world.twin.faults.add("chat.postMessage", "http500", times=1)
    world.twin.faults.add("chat.update", "error", error="message_not_found", times=1)

    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    figures, elapsed = await looked.figures(), time.monotonic() - began
    calls: dict[str, dict[str, float]] = {}
    for (name, labels), value in figures.items():
        if name == "signalbox_slack_calls_total":
            method, outcome = labels
            calls.setdefault(method, {})[outcome] = value
    assert calls["reactions.add"] == {"too_fast": 1, "ok": 1}
    # The card twice, because Slack said of the first that it is gone.
    assert calls["chat.postMessage"] == {"unavailable": 1, "ok": 3}
    assert calls["chat.update"] == {"declined": 1}
    for method, outcomes in calls.items():
        count = sum(outcomes.values())
        assert figures["signalbox_slack_call_seconds_count", (method,)] == count
        assert figures["signalbox_slack_call_seconds_bucket", ("+Inf", method)] == count
    for method in ("reactions.add", "chat.postMessage", "chat.update"):
        # Not how fast it is, but that these are seconds: a call cannot have taken longer than the test.
        seconds = figures["signalbox_slack_call_seconds_sum", (method,)]
        assert 0 < seconds < elapsed * sum(calls[method].values())


async def test_every_question_to_claude_is_timed_whatever_comes_of_it(world: World) -> None:
    async with serving() as claude:
        claude.then(JUDGED)
        claude.always(Fails(400))
        began = time.monotonic()
        bot = await restarted(
            world, LoadingMinds(), anthropic_api_key=API_KEY, anthropic_base_url=claude.base_url
        )
        assert bot.http is not None
        await world.person("greta").post("#customer-support", ASKED)
        await world.settle()
        async with aiohttp.ClientSession() as web:
            figures = await Looked(bot.http.url, web).figures()
        elapsed = time.monotonic() - began

    outcomes = {
        labels: value for (name, labels), value in figures.items() if name == "signalbox_model_calls_total"
    }
    assert outcomes == {("ok", "opinion"): 1, ("invalid", "reply"): 1}
    for question in ("opinion", "reply"):
        assert figures["signalbox_model_call_seconds_count", (question,)] == 1
        assert figures["signalbox_model_call_seconds_bucket", ("+Inf", question)] == 1
        assert 0 < figures["signalbox_model_call_seconds_sum", (question,)] < elapsed


async def test_what_slack_refuses_is_counted_by_method(world: World, looked: Looked) -> None:
    world.twin.faults.add("reactions.add", "ratelimit", times=1, retry_after=0)
    world.twin.faults.add("chat.postMessage", "http500", times=1)

    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    figures = await looked.figures()
    assert figures["signalbox_slack_too_fast_total", ("reactions.add",)] == 1
    assert figures["signalbox_slack_calls_total", ("chat.postMessage", "unavailable")] == 1
    assert figures["signalbox_step_failures_total", ("card and line", "waits")] == 1


async def test_figures_carry_no_ids_and_no_words_of_people(world: World, looked: Looked) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    labels = {label for _, values in await looked.figures() for label in values}

    assert labels
    strange = [label for label in labels if not re.fullmatch(r"[a-z][A-Za-z_. ]*|\+Inf|[0-9.e+-]+", label)]
    assert strange == []
    assert not any(re.search(r"[A-Z]\w{6,}", label) for label in labels if "." not in label)


def test_the_figures_are_there_while_the_database_is_not() -> None:
    said = Vitals().exposition(None, TUESDAY).decode()

    assert "signalbox_deliveries_unfinished NaN" in said


def test_what_a_model_cost_is_counted_by_model() -> None:
    vitals = Vitals()
    usage = Usage("claude", "claude-haiku-5-5", "ab12", 20.0, tokens_in=900, tokens_out=40, dollars=0.002)
    with vitals.asked("opinion") as answered:
        answered(Answer("an opinion", None, usage))
    with vitals.asked("opinion") as answered:
        answered(Answer(None, Why("over_budget", "Enough for today."), None))

    def value(name: str, **labels: str) -> float | None:
        return vitals.registry.get_sample_value(f"signalbox_{name}", labels)

    assert value("model_calls_total", question="opinion", outcome="ok") == 1
    assert value("model_calls_total", question="opinion", outcome="over_budget") == 1
    assert value("model_tokens_total", model="claude-haiku-5-5", direction="in") == 900
    assert value("model_cost_usd_total", model="claude-haiku-5-5") == pytest.approx(0.002)


async def test_a_refusal_is_no_failure_of_a_step_and_an_outage_is() -> None:
    vitals = Vitals()

    async def fails(wrong: Exception) -> None:
        raise wrong

    for wrong in (Refusal("No."), Unavailable("slack"), KeyError("bug")):
        with pytest.raises(type(wrong)):
            await vitals.tried("approve", fails)(wrong)

    def value(what: str) -> float | None:
        return vitals.registry.get_sample_value(
            "signalbox_step_failures_total", {"step": "approve", "what": what}
        )

    assert (value("waits"), value("bug")) == (1, 1)


async def test_a_step_that_is_done_for_each_of_several_tickets_is_one_step_in_the_figures() -> None:
    vitals = Vitals()

    async def fails() -> None:
        raise KeyError("bug")

    for number in range(3):
        with vitals.step(f"show T-{number}"), vitals.step(f"alert {number}"), pytest.raises(KeyError):
            await vitals.tried(f"draft of T-{number} kept", fails)()

    def value(name: str, **labels: str) -> float | None:
        return vitals.registry.get_sample_value(f"signalbox_{name}", labels)

    assert value("step_seconds_count", step="show one") == value("step_seconds_count", step="alert one") == 3
    assert value("step_failures_total", step="draft of one kept", what="bug") == 3


async def test_waits_for_a_turn_are_counted() -> None:
    vitals = Vitals()
    pace = Pace(64, OwnBook(lambda: 0.0), vitals.paced)

    for _ in range(3):
        await pace.turn("C1", Limit(1, 1.0))

    assert vitals.registry.get_sample_value("signalbox_pace_waits_total") == 2
    assert vitals.registry.get_sample_value("signalbox_pace_wait_seconds_total") == 3 / 64


async def test_a_kind_of_delivery_that_is_no_word_becomes_no_label() -> None:
    vitals = Vitals()

    vitals.delivered("C0123 <script>", True)

    labels = {"kind": "other", "what": "kept"}
    assert vitals.registry.get_sample_value("signalbox_deliveries_total", labels) == 1


async def test_counting_a_request_costs_less_than_a_fifth_of_a_millisecond() -> None:
    vitals = Vitals()

    async def nothing() -> None:
        return None

    async def one_request() -> None:
        vitals.delivered("message", True)
        vitals.arrived(TUESDAY, lambda: TUESDAY)
        with vitals.flow("receive"):
            for name in (
                "read",
                "turn",
                "keep",
                "open",
                "eyes",
                "triage",
                "card and line",
                "draft",
                "finish",
            ):
                with vitals.step(name):
                    await vitals.tried(name, nothing)()
            for method in ("reactions_add", "chat_postMessage", "chat_postMessage", "chat_update"):
                with vitals.call(method):
                    pass
            vitals.posted("card:1:0")
            vitals.posted("line:1")
        vitals.ended("message", "done")

    async def cost(times: int) -> float:
        began = time.process_time()
        for _ in range(times):
            await one_request()
        return (time.process_time() - began) / times

    await cost(50)
    assert min([await cost(100) for _ in range(5)]) < 0.0002
