"""With a key Claude judges an audit's cases too, in one batch, and its doubts are worth a second look."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.minds import load_remote
from bot.settings import Settings
from handlers import audit, audit_opinion
from storage.database import Database
from storage.reviews import Audit, AuditCase
from storage.tables import Decision
from tests.claude_server import API_KEY, Fails, Raw, Resets, Says
from tests.claude_services import IN_BATCH, Batch, Services, services
from tests.flows import Straight
from tests.test_audit import (
    INVOICE,
    OUTAGE,
    SLOT,
    TALK,
    ask,
    begin,
    ended,
    judge_by_words,
    results,
    shown,
    weekly,
)
from tests.test_claude_flow import JUDGEMENT
from tests.world import World, links_of, policy, text_of, world

pytestmark = pytest.mark.slow

NO = {"is_request": False}


@asynccontextmanager
async def asking(server: Services, url: str, budget: float = 100.0) -> AsyncIterator[World]:
    """Open a world that was judged by the local engine and has a key for this Claude now."""
    settings = Settings.read(
        {
            "slack_bot_token": "unused",
            "slack_app_token": "unused",
            "anthropic_api_key": API_KEY,
            "anthropic_base_url": server.base_url,
        }
    )
    models = policy().models.model_copy(update={"daily_budget_usd": budget})
    db = Database(url)
    remote = load_remote(settings, policy().model_copy(update={"models": models}), db)
    server.always(Says("Lovely weather."))
    async with world(url, remote=remote) as opened:
        yield opened
    await db.close()


@pytest.fixture
async def claude() -> AsyncIterator[Services]:
    """A loopback service that takes batches."""
    async with services() as server:
        yield server


async def drawn(world: World) -> None:
    """Let a sample be drawn, and Claude be asked."""
    await ask(world)
    await weekly(world)
    await asked(world)


async def asked(world: World) -> None:
    """Wait until it is known whether Claude was asked."""
    async with asyncio.timeout(30):
        while True:
            if all(row.second not in ("", "sending") for row in await world.rows(Audit)):
                return
            await asyncio.sleep(0.01)


def answers(batch: Batch, says: Callable[[str], dict[str, Any]]) -> None:
    """Let Claude answer each question of a batch by its words, and be done."""
    for one in batch.requests:
        told = JUDGEMENT | says(json.dumps(one["params"]["messages"]))
        batch.succeed(one["custom_id"], Says(json.dumps(told), usage=IN_BATCH))
    batch.ended = True


async def look(world: World) -> None:
    """Let the answers be looked for."""
    await audit_opinion.read(world.bot.desk, Straight(), 1)


def by_words(said: str) -> dict[str, Any]:
    """Judge as the local engine does, but take an outage for a bug."""
    if INVOICE in said:
        return {"category": "billing-invoice"}
    return {"category": "bug-report"} if OUTAGE in said else {"category": "how-to", **NO}


async def test_what_claude_doubts_is_worth_a_second_look(claude: Services, empty_url: str) -> None:
    async with asking(claude, empty_url) as world:
        await drawn(world)
        [batch] = claude.batches.values()
        assert len(batch.requests) == 3
        mei = await begin(world)
        before = shown(mei)
        answers(batch, by_words)
        await look(world)
        await mei.close()
        await begin(world)
        # Whoever judges later knows nothing of it.
        assert shown(mei) == before

        await judge_by_words(
            world, mei, {INVOICE: "billing-invoice", OUTAGE: "outage", TALK: "no_request"}, "P1"
        )

        result = await ended(world)
        assert "agreed with the auditors in 2 of 3" in text_of(result)
        assert "disagreed with 1 that the auditor agreed with" in text_of(result)
        [doubted] = [case for case in await world.rows(AuditCase) if case.second == "bug-report"]
        ticket = await world.ticket(doubted.ticket_id or 0)
        assert ticket.card_link in links_of(result)
        assert claude.batches == {}  # nothing of it stays with the service


async def test_the_question_holds_nothing_of_what_was_decided(claude: Services, empty_url: str) -> None:
    async with asking(claude, empty_url) as world:
        await ask(world)
        await world.person("jonas").click(await world.card_of(1), "reroute_ticket")
        await world.settle()
        await world.person("jonas").submit({"queue": "platform", "category": "bug-report"})
        await world.settle()
        await weekly(world)
        await asked(world)

        [batch] = claude.batches.values()
        fresh = [one["params"]["messages"][0]["content"][-1]["text"] for one in batch.requests]
        assert all("<examples>\n[]" in said for said in fresh)
        assert not any("T-1" in said or "Greta" in said for said in fresh)
        assert {one["params"]["model"] for one in batch.requests} == {"claude-opus-5-5"}


async def test_what_it_costs_is_booked_before_and_put_right_after(claude: Services, empty_url: str) -> None:
    async with asking(claude, empty_url) as world:
        await drawn(world)
        [before] = [row for row in await world.rows(Decision) if row.kind == "audit"]
        assert before.dollars > 0.01

        answers(next(iter(claude.batches.values())), by_words)
        await look(world)

        [after] = [row for row in await world.rows(Decision) if row.kind == "audit"]
        assert after.dollars == pytest.approx(3 * (900 * 4 + 2000 * 0.2 + 250 * 20) / 2e6)
        assert (after.engine, after.model, after.tokens_out) == ("claude", "claude-opus-5-5", 750)
        assert before.dollars > after.dollars


async def test_an_opinion_that_comes_after_the_result_is_added_to_it(
    claude: Services, empty_url: str
) -> None:
    async with asking(claude, empty_url) as world:
        await drawn(world)
        mei = await begin(world)
        await judge_by_words(world, mei, {INVOICE: "billing-invoice", OUTAGE: "outage", TALK: "no_request"})
        assert "It has not come yet" in text_of(await ended(world))

        answers(next(iter(claude.batches.values())), by_words)
        world.clock.advance(timedelta(minutes=5) - timedelta(minutes=world.clock.now().minute % 5))
        await audit.sweep(world.bot.desk, Straight(), world.clock.now().isoformat())
        await world.twin.until(lambda: "agreed with the auditors" in text_of(results(world)[0]))

        assert len(results(world)) == 1


@pytest.mark.parametrize(
    "deed", [Fails(529), Resets(), Raw(b"<html>")], ids=["overloaded", "cut off", "stranger"]
)
async def test_an_audit_goes_on_without_a_claude_that_does_not_answer(
    claude: Services, empty_url: str, deed: Any
) -> None:
    async with asking(claude, empty_url) as world:
        claude.batches_deed = deed
        await drawn(world)
        mei = await begin(world)

        await judge_by_words(world, mei, {INVOICE: "billing-invoice", OUTAGE: "outage", TALK: "no_request"})

        said = text_of(await ended(world))
        assert "3 of 3 verdicts agree" in said
        assert "Second opinion" in said
        assert "agreed with the auditors" not in said
        [row] = await world.rows(Audit)
        assert row.second == "none"
        assert row.second_why in said


async def test_a_batch_over_the_budget_is_not_sent_and_the_result_says_so(
    claude: Services, empty_url: str
) -> None:
    async with asking(claude, empty_url, budget=0.001) as world:
        await drawn(world)
        await audit.end(world.bot.desk, Straight(), 1)

        assert claude.batches == {}
        [row] = await world.rows(Audit)
        assert "budget for Claude is used up" in row.second_why


async def nothing(flow: str, key: str, *args: Any) -> None:
    """Begin no flow."""


async def cut_off_after_sending(world: World) -> Straight:
    """Let a sample be drawn, and the process die when it has asked Claude; return the flow that asked."""
    await ask(world)
    await audit.weekly(replace(world.bot.desk, start=nothing), Straight(), SLOT)
    run = Straight(dies_after="send")
    with pytest.raises(Exception, match="send"):
        await audit_opinion.ask(world.bot.desk, run, 1)
    return run


async def test_when_nobody_knows_whether_a_batch_was_sent_it_is_not_sent_again(
    claude: Services, empty_url: str
) -> None:
    async with asking(claude, empty_url) as world:
        run = await cut_off_after_sending(world)

        await audit_opinion.ask(world.bot.desk, run, 1)

        assert len(claude.batches) == 1
        [row] = await world.rows(Audit)
        assert row.second == "none"
        assert "nobody knows whether Claude was asked" in row.second_why


async def test_a_result_that_was_posted_before_it_is_known_whether_claude_was_asked_says_so_then(
    claude: Services, empty_url: str
) -> None:
    async with asking(claude, empty_url) as world:
        run = await cut_off_after_sending(world)
        mei = await begin(world)
        await judge_by_words(world, mei, {INVOICE: "billing-invoice", OUTAGE: "outage", TALK: "no_request"})
        assert "Claude is being asked" in text_of(await ended(world))

        await audit_opinion.ask(world.bot.desk, run, 1)

        assert "nobody knows whether Claude was asked" in text_of(results(world)[0])
        assert len(results(world)) == 1


async def test_a_batch_that_was_sent_is_not_sent_again_when_its_id_was_kept(
    claude: Services, empty_url: str
) -> None:
    async with asking(claude, empty_url) as world:
        await ask(world)
        await audit.weekly(replace(world.bot.desk, start=nothing), Straight(), SLOT)
        run = Straight(dies_after="book")
        with pytest.raises(Exception, match="book"):
            await audit_opinion.ask(world.bot.desk, run, 1)

        await audit_opinion.ask(world.bot.desk, run, 1)

        assert len(claude.batches) == 1
        [row] = await world.rows(Audit)
        assert (row.second, row.batch) == ("asked", next(iter(claude.batches)))
        assert len([one for one in await world.rows(Decision) if one.kind == "audit"]) == 1


@pytest.mark.parametrize("dies_after", ["look", "keep", "discard", "result"])
async def test_whoever_dies_while_answers_are_kept_keeps_them_once(
    claude: Services, empty_url: str, dies_after: str
) -> None:
    async with asking(claude, empty_url) as world:
        await drawn(world)
        answers(next(iter(claude.batches.values())), by_words)
        run = Straight(dies_after=dies_after)
        with pytest.raises(Exception, match=dies_after):
            await audit_opinion.read(world.bot.desk, run, 1)

        await audit_opinion.read(world.bot.desk, run, 1)
        await look(world)

        assert {case.second for case in await world.rows(AuditCase)} == {
            "billing-invoice",
            "bug-report",
            "talk",
        }
        [row] = await world.rows(Audit)
        assert row.second == "came"


@pytest.mark.parametrize("dies_after", ["look", "keep", "discard", "result"])
async def test_whoever_dies_while_late_answers_are_kept_leaves_the_result_to_be_brought_up_to_date(
    claude: Services, empty_url: str, dies_after: str
) -> None:
    async with asking(claude, empty_url) as world:
        await drawn(world)
        mei = await begin(world)
        await judge_by_words(world, mei, {INVOICE: "billing-invoice", OUTAGE: "outage", TALK: "no_request"})
        await ended(world)
        answers(next(iter(claude.batches.values())), by_words)
        run = Straight(dies_after=dies_after)
        with pytest.raises(Exception, match=dies_after):
            await audit_opinion.read(world.bot.desk, run, 1)

        await audit_opinion.read(world.bot.desk, run, 1)

        assert "agreed with the auditors" in text_of(results(world)[0])
        assert claude.batches == {}


async def test_a_batch_that_never_ends_is_given_up_after_a_day(claude: Services, empty_url: str) -> None:
    async with asking(claude, empty_url) as world:
        await drawn(world)
        await look(world)
        [row] = await world.rows(Audit)
        assert row.second == "asked"
        world.clock.advance(timedelta(hours=27))

        await look(world)

        [row] = await world.rows(Audit)
        assert (row.second, row.second_why) == ("none", "Claude did not answer within a day.")


async def test_what_claude_could_not_judge_is_counted(claude: Services, empty_url: str) -> None:
    async with asking(claude, empty_url) as world:
        await drawn(world)
        batch = next(iter(claude.batches.values()))
        answers(batch, by_words)
        batch.fail(batch.requests[0]["custom_id"], "expired")
        await look(world)
        mei = await begin(world)
        await judge_by_words(world, mei, {INVOICE: "billing-invoice", OUTAGE: "outage", TALK: "no_request"})

        assert "1 without an answer: The batch ran out of time" in text_of(await ended(world))


async def test_without_a_key_nobody_is_asked_and_the_result_says_nothing_of_it(world: World) -> None:
    await ask(world)
    await weekly(world)
    await audit.end(world.bot.desk, Straight(), 1)

    [result] = results(world)
    assert "Second opinion" not in text_of(result)
