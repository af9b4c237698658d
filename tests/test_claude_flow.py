"""With a key: Claude judges and drafts, and whatever it does, no request waits for it in vain."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agents.claude import ClaudeConfig, ClaudeEngine
from agents.policy import Models
from bot.minds import load_remote
from bot.settings import Settings
from storage.database import Database
from storage.tables import Decision, Draft, Ticket
from tests.claude_server import API_KEY, ClaudeServer, Fails, Hangs, Resets, Says, cites, serving
from tests.test_triage import ASKED
from tests.world import World, buttons_of, policy, text_of, world

JUDGEMENT: dict[str, Any] = {
    "because": "It asks where a past invoice can be downloaded.",
    "category": "billing-invoice",
    "runner_up": None,
    "certainty": "clear",
    "priority": "P3",
    "sentiment": "neutral",
    "language": "en",
    "is_request": True,
    "summary": "Wants the September invoice as a PDF.",
}
JUDGED = Says(json.dumps(JUDGEMENT))
NOT_SO_FAST = {"retry-after-ms": "1"}


@asynccontextmanager
async def asking(server: ClaudeServer, url: str, budget: float = 10.0) -> AsyncIterator[World]:
    """Open a world whose Claude is this server."""
    settings = Settings.read(
        {
            "slack_bot_token": "unused",
            "slack_app_token": "unused",
            "anthropic_api_key": API_KEY,
            "anthropic_base_url": server.base_url,
        }
    )
    chosen = policy().model_copy(update={"models": Models(daily_budget_usd=budget)})
    db = Database(url)
    async with world(url, remote=load_remote(settings, chosen, db)) as opened:
        yield opened
    await db.close()


@pytest.fixture
async def claude() -> AsyncIterator[ClaudeServer]:
    """A loopback server that speaks Claude's wire format."""
    async with serving() as server:
        yield server


async def test_claude_judges_and_drafts_and_the_card_says_so(claude: ClaudeServer, empty_url: str) -> None:
    async with asking(claude, empty_url) as world:
        article = world.mind.local.search(ASKED, "customer")[0]
        source = f"kb://{article.article}"
        claude.then(JUDGED)
        claude.then(
            Says(
                [
                    {
                        "type": "text",
                        "text": article.text.split(". ")[0] + ".",
                        "citations": [cites(0, source, 0, 1)],
                    }
                ]
            )
        )
        await world.person("greta").post("#customer-support", ASKED)
        await world.settle()

        card = await world.card_of()
        assert "says Claude" in text_of(card)
        assert JUDGEMENT["because"] in text_of(card)
        spent = {decision.engine for decision in await world.rows(Decision) if decision.dollars > 0}
        assert spent == {"claude"}
        assert len(claude.bodies) == 2


@pytest.mark.parametrize(
    "deed",
    [
        Fails(529, headers=NOT_SO_FAST),
        Fails(401),
        Fails(400),
        Resets(),
        Says("", stop_reason="refusal"),
        Says(json.dumps(JUDGEMENT)[:40], stop_reason="max_tokens"),
    ],
    ids=[
        "overloaded",
        "key refused",
        "malformed",
        "cut off",
        "refused",
        "truncated",
    ],
)
async def test_when_claude_gives_no_answer_the_local_engine_does_and_the_card_says_why(
    claude: ClaudeServer, empty_url: str, deed: Fails | Resets | Says
) -> None:
    claude.always(deed)
    async with asking(claude, empty_url) as world:
        await world.person("greta").post("#customer-support", ASKED)
        await world.settle()

        card = await world.card_of()
        assert "says the local model" in text_of(card)
        assert ":warning:" in text_of(card)
        assert "Claude" in text_of(card)
        assert "approve_draft" in buttons_of(card)
        [draft] = await world.rows(Draft)
        assert draft.engine == "local"


@pytest.mark.parametrize("said", [json.dumps(JUDGEMENT | {"category": "gardening"}), "Lovely weather."])
async def test_what_claude_says_beside_the_form_is_not_used_and_the_card_says_so(
    claude: ClaudeServer, empty_url: str, said: str
) -> None:
    claude.then(Says(said))
    claude.always(Fails(529, headers=NOT_SO_FAST))
    async with asking(claude, empty_url) as world:
        await world.person("greta").post("#customer-support", ASKED)
        await world.settle()

        card = await world.card_of()
        assert ":warning: Claude's judgement did not fit the form" in text_of(card)
        assert "says the local model" in text_of(card)
        assert (await world.ticket()).category == "billing-invoice"


async def test_when_claude_is_slow_the_local_engine_answers_in_time_and_the_card_says_so(
    claude: ClaudeServer, empty_url: str
) -> None:
    claude.always(Hangs(asyncio.Event()))
    config = ClaudeConfig(
        api_key=API_KEY,
        base_url=claude.base_url,
        triage_model="claude-haiku-5-5",
        draft_model="claude-sonnet-5-5",
        daily_budget_usd=10.0,
        triage_deadline=0.2,
        draft_deadline=0.2,
        max_retries=0,
    )

    async def nothing() -> float:
        return 0.0

    slow = ClaudeEngine(config, nothing, lambda: 0.0)
    async with world(empty_url, remote=slow) as opened:
        await opened.person("greta").post("#customer-support", ASKED)
        await opened.settle()

        card = await opened.card_of()
        assert ":warning: Claude did not answer" in text_of(card)
        assert "says the local model" in text_of(card)
        assert "approve_draft" in buttons_of(card)
    await slow.aclose()


async def test_what_claude_says_and_what_the_local_engine_says_are_kept_apart_to_learn_from(
    claude: ClaudeServer, empty_url: str
) -> None:
    claude.then(JUDGED)
    claude.always(Fails(529, headers=NOT_SO_FAST))
    async with asking(claude, empty_url) as world:
        await world.person("greta").post("#customer-support", ASKED)
        await world.settle()

        [row] = [row for row in await world.rows(Decision) if row.kind == "triage" and row.engine == "claude"]
        signals = row.answer["signals"]
        assert (signals["engine"], signals["certainty"], signals["alone"]) == ("claude", "clear", 0.93)
        assert signals["second"] > 0
        assert row.answer["confidence"] > 0.93


async def test_what_claude_says_without_a_source_is_not_shown(claude: ClaudeServer, empty_url: str) -> None:
    claude.then(JUDGED, Says("Your invoice is in the blue cupboard."))
    async with asking(claude, empty_url) as world:
        await world.person("greta").post("#customer-support", ASKED)
        await world.settle()

        card = await world.card_of()
        assert "blue cupboard" not in str(card)
        assert "No draft" in text_of(card)
        assert "approve_draft" not in buttons_of(card)


async def test_over_budget_nobody_is_asked(claude: ClaudeServer, empty_url: str) -> None:
    async with asking(claude, empty_url, budget=0.0) as world:
        await world.person("greta").post("#customer-support", ASKED)
        await world.settle()

        assert claude.bodies == []
        assert "budget" in text_of(await world.card_of())


async def test_what_a_person_called_no_request_reaches_claude_when_it_is_asked_whether_the_next_is_one(
    claude: ClaudeServer, empty_url: str
) -> None:
    claude.always(Says(json.dumps(JUDGEMENT | {"is_request": False})))
    async with asking(claude, empty_url) as world:
        ts = await world.person("greta").post("#customer-support", "have a nice weekend all")
        await world.settle()
        # Made a request by mistake, and put right.
        await world.person("mei").message_shortcut("#customer-support", ts, "make_request")
        await world.settle()
        await world.person("mei").click(await world.card_of(1), "not_a_request")
        await world.settle()
        claude.bodies.clear()

        await world.person("paulo").post("#customer-support", "have a great weekend everybody")
        await world.settle()

        [asked] = claude.bodies
        told = asked["messages"][0]["content"][-1]["text"]
        assert '{"text": "have a nice weekend all", "is_request": false}' in told
        assert "weekend" not in json.dumps(asked["system"])  # which is the same for every question
        assert len(await world.rows(Ticket)) == 1


async def test_a_lesson_that_was_undone_or_whose_message_is_gone_is_not_told_to_claude(
    claude: ClaudeServer, empty_url: str
) -> None:
    claude.always(Says(json.dumps(JUDGEMENT | {"is_request": False})))
    async with asking(claude, empty_url) as world:
        ts = await world.person("greta").post("#customer-support", "Can you tell me more?")
        await world.settle()
        await world.person("mei").click(await world.card_of(1), "not_a_request")
        await world.settle()
        await world.person("greta").delete("#customer-support", ts)
        await world.settle()
        claude.bodies.clear()

        await world.person("paulo").post("#customer-support", "can you tell me more please?")
        await world.settle()

        assert claude.bodies
        assert not any("Can you tell me more?" in json.dumps(body) for body in claude.bodies)
