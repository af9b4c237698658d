"""What the tests of the Claude engine share: a request, a judgement of it, and a world with a service, a
clock and a purse.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents.claude import ClaudeConfig, ClaudeEngine
from agents.words import (
    Account,
    Category,
    Example,
    Fact,
    Facts,
    Missing,
    Passage,
    Priority,
    SimilarTicket,
    Trust,
)
from tests import claude_server
from tests.claude_server import Says
from tests.claude_services import Services, services

PROMPTS = Path(__file__).parent.parent / "agents" / "prompts"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BILLING = Category(
    "billing", "Billing", "Invoices, VAT and payments.", ("My invoice is wrong",), "finance", Priority.P3
)
ACCESS = Category("access", "Access", "Sign-in and permissions.", (), "it", Priority.P2)
CATEGORIES = (BILLING, ACCESS)
EXAMPLES = (Example("We were charged twice", "billing"),)
PASSAGES = (
    Passage(
        "vat",
        "Changing a VAT number",
        "https://kb.example/vat",
        "Steps",
        "Open Settings. Choose Billing.",
        0.9,
    ),
    Passage(
        "refunds", "Refunds", "https://kb.example/refunds", "", "A refund takes up to 10 working days.", 0.7
    ),
)
FACTS = Facts(
    text="The VAT number is wrong, @Anna Berg said you can help",
    people=("Anna Berg",),
    channel="C01HELP",
    requester="U0REQUESTER",
    trust=Trust.MEMBER,
    now=NOW,
    account=Account("acc_1", "Northwind", "gold", "retail", "U09OWNER"),
    known=(Fact("open invoices", "2", "billing", NOW),),
    missing=(Missing("crm", "timed out"),),
    thread=("hello",),
    similar=(SimilarTicket(7, "VAT id wrong", "billing", "Fixed it.", 0.8),),
    files=("invoice.pdf",),
)
JUDGEMENT: dict[str, Any] = {
    "because": "The message names a VAT number on an invoice.",
    "category": "billing",
    "runner_up": "access",
    "certainty": "clear",
    "priority": "P3",
    "sentiment": "neutral",
    "language": "en",
    "is_request": True,
    "summary": "Correct the VAT number on an invoice.",
    "parts": [],
}
GOOD = Says(json.dumps(JUDGEMENT))
SHORT = {"retry-after-ms": "1"}


@dataclass
class World:
    """A service, a clock and a purse that the test moves by hand, and engines between them."""

    server: Services
    stack: AsyncExitStack
    seconds: float = 1000.0
    spent: float = 0.0

    def engine(self, **changes: Any) -> ClaudeEngine:
        """Make an engine; keyword arguments change its config."""
        config = replace(CONFIG, base_url=self.server.base_url)
        engine = ClaudeEngine(replace(config, **changes), self._spent_today, lambda: self.seconds)
        self.stack.push_async_callback(engine.aclose)
        return engine

    async def _spent_today(self) -> float:
        return self.spent


CONFIG = ClaudeConfig(
    api_key=claude_server.API_KEY,
    base_url="http://127.0.0.1:9",
    triage_model="claude-haiku-5-5",
    draft_model="claude-sonnet-5-5",
    daily_budget_usd=5.0,
    max_retries=0,
    breaker_failures=3,
    breaker_cooldown=60.0,
    pseudonym_key="test",
)


@asynccontextmanager
async def opened() -> AsyncIterator[World]:
    """Run a service for the length of a block."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(services())
        yield World(server, stack)


async def judge(engine: ClaudeEngine) -> Any:
    """Ask for the standard opinion."""
    return await engine.opinion(FACTS, CATEGORIES, EXAMPLES)
