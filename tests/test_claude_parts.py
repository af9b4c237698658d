"""With a key: Claude says which words are a request of their own, and code looks whether the message has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from storage.tables import Decision, Ticket
from tests.claude_server import ClaudeServer, Fails, Says
from tests.test_claude_flow import JUDGEMENT, NOT_SO_FAST, asking, claude
from tests.test_parts import IMPORT, INVOICE
from tests.world import World, text_of

__all__ = ["claude"]
# Nothing in it sets the two apart, so the local engine leaves it whole.
UNANNOUNCED = f"{INVOICE} {IMPORT}"


def judged(*named: str, **more: Any) -> Says:
    """Return a judgement that names these parts."""
    return Says(json.dumps(JUDGEMENT | {"parts": list(named)} | more))


async def ask(world: World, text: str = UNANNOUNCED) -> None:
    """Let Greta post a message."""
    await world.person("greta").post("#customer-support", text)
    await world.settle()


async def test_what_claude_takes_apart_is_judged_part_by_part(claude: ClaudeServer, empty_url: str) -> None:
    claude.then(judged(INVOICE, IMPORT), judged(), judged(category="bug-report"))
    claude.always(Fails(529, headers=NOT_SO_FAST))
    async with asking(claude, empty_url) as world:
        await ask(world)

        assert INVOICE in text_of(await world.card_of(1)) and IMPORT not in text_of(await world.card_of(1))
        assert IMPORT in text_of(await world.card_of(2)) and INVOICE not in text_of(await world.card_of(2))
        tickets = sorted(await world.rows(Ticket), key=lambda ticket: ticket.id or 0)
        assert [ticket.queue for ticket in tickets] == ["billing", "platform"]
        paid = [row for row in await world.rows(Decision) if row.engine == "claude" and row.tokens_out]
        assert sorted(row.kind for row in paid) == ["split", "triage", "triage"]
        assert all(row.dollars > 0 for row in paid)


@pytest.mark.parametrize(
    "named",
    [
        (INVOICE,),
        (INVOICE, "Please refund everything at once."),
        (IMPORT, INVOICE),
        (INVOICE, INVOICE),
        (UNANNOUNCED, IMPORT),
        ("Where can I", "can I download"),
        tuple(UNANNOUNCED.split()[:6]),
        ("", ""),
    ],
    ids=[
        "one",
        "not its words",
        "out of order",
        "twice",
        "one within another",
        "overlapping",
        "six",
        "nothing",
    ],
)
async def test_parts_that_are_not_the_messages_own_words_leave_it_whole(
    claude: ClaudeServer, empty_url: str, named: tuple[str, ...]
) -> None:
    claude.then(judged(*named))
    claude.always(Fails(529, headers=NOT_SO_FAST))
    async with asking(claude, empty_url) as world:
        await ask(world)

        [ticket] = await world.rows(Ticket)
        assert (ticket.engine, ticket.category) == ("claude", "billing-invoice")
        assert UNANNOUNCED in text_of(await world.card_of())


async def test_where_claude_hears_one_request_the_local_engine_takes_nothing_apart(
    claude: ClaudeServer, empty_url: str
) -> None:
    claude.then(judged())
    claude.always(Fails(529, headers=NOT_SO_FAST))
    async with asking(claude, empty_url) as world:
        await ask(world, f"Two questions:\n1) {INVOICE}\n2) {IMPORT}")

        assert len(await world.rows(Ticket)) == 1


async def test_where_claude_does_not_answer_the_local_engine_takes_apart(
    claude: ClaudeServer, empty_url: str
) -> None:
    claude.always(Fails(529, headers=NOT_SO_FAST))
    async with asking(claude, empty_url) as world:
        await ask(world, f"Two questions:\n1) {INVOICE}\n2) {IMPORT}")

        assert len(await world.rows(Ticket)) == 2
