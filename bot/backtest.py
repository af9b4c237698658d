"""`signalbox backtest`: a changed rule, prompt or model over the team's own past, before it goes live.

An operator is told first what it will cost, then reads what would go elsewhere and whether that is better. The past
comes from the database; Slack is asked for the names of channels and people only. What is spent counts against the
day's budget. Nothing about a ticket is changed, and no text of a message reaches the log.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import aiohttp
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import DBAPIError

from agents import backtest
from agents.adopted import merged
from agents.backtest import Outcome, Result
from agents.claude_requests import fingerprint
from agents.engines import Local
from agents.local.abroad import is_made
from agents.policy import Policy
from agents.words import Article, Triage
from bot import backtest_replay as replay
from bot.backtest_change import CannotBacktest, Change, applied, cost, of_policy, prompt_of, taught
from bot.backtest_replay import Asked, Paying, Sorted
from bot.cards_behind import client, quiet_desk
from bot.minds import load_local, load_remote
from bot.settings import Settings
from handlers.cards.backtest import posted
from handlers.desk import Desk
from handlers.errors import Declined, Misplaced, Unavailable
from storage import adoptions, backtests, decisions
from storage.database import Database
from storage.reviews import Backtest

Load = Callable[[Path, Policy, Sequence[Article]], Local]


class NothingThere(Exception):
    """There is no past to replay; the message says since when."""


@dataclass
class Backtester:
    """Replays one change. `approve` is asked before money is spent, `tell` is told what is going on."""

    settings: Settings
    policy: Policy
    db: Database
    now: Callable[[], datetime]
    approve: Callable[[str], bool]
    tell: Callable[[str], None]
    load: Load = load_local
    by: str = ""

    async def run(self, change: Change, since: str, limit: int = 0) -> Result:
        """Return what the change would have done. Raises CannotBacktest, NothingThere, and PolicyError for a file."""
        begun = time.monotonic()
        changed = applied(change, since, self.settings, self.policy)
        self._must_be_there()
        await self._open()
        async with self.db.begin() as session:
            # What was adopted with a button is judged by as well, before and after the change.
            adopted = await adoptions.standing(session)
            self.policy, changed = merged(self.policy, adopted), merged(changed, adopted)
            cases = await backtests.past(session, self.now() - backtest.since(since), limit)
            said = await backtests.corrections(session, [case.ticket.id or 0 for case in cases])
        if not cases:
            raise NothingThere(f"Nothing was judged in the last {since}, so there is nothing to replay.")
        policies = self.policy, changed
        routing: Sequence[Policy] = policies[:1]
        if change.kind == "policy":
            routing = policies if taught(self.policy) == taught(changed) else ()
        made = await replay.gathered(await self.desk(), cases, said, policies, routing)
        if not made.asked:
            raise NothingThere(f"None of {len(cases)} past requests can be replayed: {_why(made.left_out)}.")
        if change.kind == "policy":
            result = await self._policy(change, changed, made, said)
        else:
            result = await self._claude(change, changed, made, said)
        result = replace(result, since=since, left_out=dict(made.left_out), seconds=time.monotonic() - begun)
        await self._keep(result)
        return result

    def _must_be_there(self) -> None:
        if self.load is load_local and not is_made(self.settings.models):
            raise CannotBacktest(
                f"the local model is not in {self.settings.models}; make it with `make model`, "
                "or set SIGNALBOX_MODELS"
            )
        # Opening a file that is not there would make an empty one.
        if self.db.is_sqlite and not Path(str(self.db.url.database)).exists():
            raise CannotBacktest(f"there is no database at {self.db.url.database}; has the bot ever run?")

    async def _open(self) -> None:
        try:
            await self.db.migrate()
        except DBAPIError as wrong:
            raise CannotBacktest(
                f"the database cannot be used ({type(wrong).__name__}): check SIGNALBOX_DATABASE_URL"
            ) from None

    async def desk(self) -> Desk:
        """Return a desk that knows the workspace's names. Raises CannotBacktest when Slack does not tell them."""
        web = client(self.settings)
        try:
            return await quiet_desk(self.settings, self.policy, self.db, self.now, web, "backtest")
        except (SlackApiError, Declined, Unavailable, aiohttp.ClientError, TimeoutError):
            raise CannotBacktest(
                "Slack does not say what its channels are called; `signalbox check` says more"
            ) from None

    async def _policy(
        self, change: Change, changed: Policy, made: Sorted, said: dict[int, dict[str, str]]
    ) -> Result:
        asked, notes = made.asked, []
        if taught(self.policy) == taught(changed):
            way = "What was judged at the time was routed again, by the rules before and after the change."
            before = after = [replay.kept(each.case) for each in asked]
            if unsure := sum("judged" not in each.case.answer for each in asked):
                notes.append(
                    f"For {unsure} older requests only the final priority was kept, so a rule that raised it "
                    "then still counts."
                )
        else:
            way = (
                "The categories, or what is told of them, changed: the local engine judged every request "
                "before and after. Claude was not asked."
            )
            self.tell("The local engine is taught both policies.")
            before = await self._by_local(self.policy, asked)
            after = await self._by_local(changed, asked)
        if self.policy.models.triage != changed.models.triage:
            notes.append("It names another triage model too; that is tried with --change model.")
        outcomes = [
            (replay.routed(old, each.facts, self.policy), replay.routed(new, each.facts, changed))
            for each, old, new in zip(asked, before, after, strict=True)
        ]
        replayed = _compared(asked, outcomes, said)
        after_file = of_policy(change.policy or self.settings.policy, change.floor)
        return Result(
            *("policy", of_policy(self.settings.policy), after_file, way, ""),
            summary=backtest.summarise(replayed),
            notes=tuple(notes),
        )

    async def _by_local(self, policy: Policy, asked: Sequence[Asked]) -> list[Triage]:
        local = await asyncio.to_thread(self.load, self.settings.models, policy, ())
        return await replay.by_local(local, asked, policy)

    async def _claude(
        self, change: Change, changed: Policy, made: Sorted, said: dict[int, dict[str, str]]
    ) -> Result:
        prompt, model = prompt_of(change), changed.models.triage
        await self._agree_on_cost(prompt, changed, made.asked)
        local = await asyncio.to_thread(self.load, self.settings.models, changed, ())
        engine = await asyncio.to_thread(load_remote, self.settings, changed, self.db, None, prompt.decode())
        assert engine is not None
        claude = Paying(engine, self.db, self.now)
        judged = await replay.by_claude(local, claude, made.asked, changed)
        answered = [(each, triage) for each, triage in zip(made.asked, judged, strict=True) if triage]
        if missing := len(judged) - len(answered):
            made.left_out["Claude did not answer"] += missing
        if not answered:
            raise CannotBacktest(
                f"Claude answered none of {len(judged)} questions. {claude.over_budget}".strip()
            )
        outcomes = [
            (
                replay.routed(replay.kept(each.case), each.facts, self.policy),
                replay.routed(triage, each.facts, changed),
            )
            for each, triage in answered
        ]
        asked = [each for each, _ in answered]
        judges = Counter(each.case.judge or "the local engine" for each in asked)
        way = (
            "Before: as it was judged at the time, by "
            + ", ".join(f"{judge} ({count})" for judge, count in judges.most_common())
            + ". After: as Claude judges now. Both are routed by the rules of today."
        )
        return Result(
            *(change.kind, judges.most_common(1)[0][0], f"{fingerprint(prompt)} {model}", way, ""),
            summary=backtest.summarise(_compared(asked, outcomes, said)),
            notes=(f"It ended early: {claude.over_budget}",) if claude.over_budget else (),
            calls=claude.calls,
            dollars=claude.dollars,
        )

    async def _agree_on_cost(self, prompt: bytes, policy: Policy, asked: Sequence[Asked]) -> None:
        """Say what it will cost, and go on only if the budget allows it and somebody agrees."""
        about, most = cost(prompt, policy, asked)
        today = self.now().replace(hour=0, minute=0, second=0, microsecond=0)
        async with self.db.begin() as session:
            left = policy.models.daily_budget_usd - await decisions.dollars_since(session, today)
        said = (
            f"{len(asked)} calls of {policy.models.triage}: about ${about:.4f}, at most ${most:.4f}. "
            f"Left of today's budget: ${max(left, 0):.2f}."
        )
        self.tell(said)
        if about > left:
            raise CannotBacktest(
                f"That is more than is left of today's budget (${max(left, 0):.2f}), which the bot needs too: "
                "replay fewer with --limit, or raise daily_budget_usd."
            )
        if not self.approve("Ask Claude?"):
            raise CannotBacktest("Nothing was asked. With --yes it goes on without a question.")

    async def _keep(self, result: Result) -> None:
        found = result.summary
        counts = (found.by_corrections, found.by_what_was_left)
        row = Backtest(
            kind=result.kind,
            before=result.before,
            after=result.after,
            replayed=found.replayed,
            changed=found.changed,
            better=sum(count.better for count in counts),
            worse=sum(count.worse for count in counts),
            dollars=result.dollars,
            by=self.by,
            at=self.now(),
        )
        async with self.db.begin() as session:
            backtests.keep(session, row)

    async def post(self, result: Result, channel: str = "") -> str:
        """Post a result in a channel (that of held requests if none is named) and return the post's address.

        The same result is posted once in a channel, however often it is found. Raises CannotBacktest.
        """
        name = channel.removeprefix("#") or self.policy.hold.channel
        desk = await self.desk()
        place = desk.directory.channel_id(name)
        if place is None:
            raise CannotBacktest(f"I cannot see a channel #{name}; invite me there, or name another")
        titles = {queue: about.title for queue, about in self.policy.queues.items()}
        text, blocks = posted(result, titles)
        try:
            ts = await desk.slack.post(f"backtest:{result.digest}:{place}", place, text, blocks)
        except Misplaced:
            raise CannotBacktest(
                f"I cannot post in #{name}; invite me there, or name another channel"
            ) from None
        except (Declined, Unavailable):
            raise CannotBacktest("Slack did not take the post; run it again in a minute") from None
        return desk.slack.permalink(place, ts)


def _compared(
    asked: Sequence[Asked], outcomes: Sequence[tuple[Outcome, Outcome]], said: dict[int, dict[str, str]]
) -> list[backtest.Replayed]:
    return [
        replay.compared(each, before, after, said.get(each.case.ticket.id or 0, {}))
        for each, (before, after) in zip(asked, outcomes, strict=True)
    ]


def _why(left_out: Counter[str]) -> str:
    return "; ".join(f"{reason} ({count})" for reason, count in left_out.most_common())
