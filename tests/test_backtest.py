"""A backtest: a change is replayed over the team's own past, told in the terminal and in Slack, and opens the gate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agents.backtest import Evidence, Result, Verdict
from agents.claude_requests import fingerprint, prompt_file
from agents.engines import Local
from agents.policy import Policy
from agents.words import Article
from bot.backtest import Backtester, NothingThere
from bot.backtest_change import CannotBacktest, Change
from bot.backtest_gate import LEAST, NotBacktested, must_be_backtested
from bot.backtest_table import show
from bot.engine import utc_now
from bot.minds import load_local
from bot.policy import PolicyError
from bot.running import CannotStart, start
from bot.settings import Settings
from storage import requests, tickets
from storage.database import Database
from storage.reviews import Backtest
from storage.tables import Decision, Ticket
from tests.claude_server import API_KEY, Fails, Says, serving
from tests.test_claude_flow import JUDGEMENT
from tests.test_triage import ASKED
from tests.world import COMPANY, World, engines, links_of, mentions_of, text_of

pytestmark = pytest.mark.slow

ALSO = "where do i download our october invoice as a pdf?"
RULE = """
[[routes]]
name = "invoices to platform"
when = 'category == "billing-invoice"'
queue = "platform"
because = "Tried out."
"""
MODEL, PROMPT = "claude-haiku-5-5", fingerprint(prompt_file("triage").read_bytes())
TITLES = {"billing": "Billing", "platform": "Platform"}


def taught(models: Path, policy: Policy, articles: Sequence[Article]) -> Local:
    """Return the engine that all tests share."""
    return engines().local


@dataclass
class Operator:
    """Somebody at a terminal who says yes or no, and what they were told."""

    world: World
    says: bool = True
    key: str = ""
    address: str = ""
    model: str = MODEL
    told: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """Return the world's settings, with a key if there is one."""
        more = {"anthropic_api_key": self.key, "anthropic_base_url": self.address}
        return self.world.bot.settings.model_copy(update=more)

    def backtester(self, db: Database, load: object = taught) -> Backtester:
        """Return a backtester on the world's database."""

        def approve(question: str) -> bool:
            self.asked.append(question)
            return self.says

        policy = self.world.bot.policy
        policy = policy.model_copy(update={"models": policy.models.model_copy(update={"triage": self.model})})
        now = self.world.clock.now
        return Backtester(self.settings, policy, db, now, approve, self.told.append, load, by="ana")  # type: ignore[arg-type]

    async def run(
        self, change: Change, since: str = "30d", limit: int = 0, load: object = taught, post: str = ""
    ) -> Result:
        """Run a backtest over a connection of its own, and post it if a channel is given."""
        db = Database(self.world.database_url)
        try:
            tester = self.backtester(db, load)
            result = await tester.run(change, since, limit)
            if post:
                self.told.append(await tester.post(result, post))
            return result
        finally:
            await db.close()


def changed_policy(folder: Path, more: str = RULE, **replaced: str) -> Path:
    """Write the company's policy with something added, or some words replaced."""
    text = (COMPANY / "signalbox.toml").read_text(encoding="utf-8")
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    # Rules are taken in order, so a tried one goes before all others.
    text = text.replace("[[routes]]", f"{more.strip()}\n\n[[routes]]", 1) if more else text
    file = folder / "new.toml"
    file.write_text(text, encoding="utf-8")
    return file


async def past(world: World) -> None:
    """Make a small past: T-1 is put right by a person, T-2 is resolved where it was, T-3 is still open."""
    for asked in (ASKED, ALSO, "how do i invite a colleague to our workspace?"):
        await world.person("greta").post("#customer-support", asked)
        await world.settle()
        world.clock.advance(timedelta(minutes=1))
    ana = world.person("ana")
    await ana.click(await world.card_of(1), "reroute_ticket")
    await ana.modal()
    await ana.submit({"queue": "platform", "category": "billing-invoice", "priority": "P3", "why": ""})
    await world.settle()
    await ana.click(await world.card_of(2), "resolve_ticket")
    await world.settle()


async def judged_by_claude(world: World, count: int, prompt: str = "0ld0ld00", model: str = MODEL) -> None:
    """Make a past in which Claude has judged so many requests."""
    channel = world.bot.desk.directory.channel_id("customer-support")
    now = world.clock.now()
    answer: dict[str, Any] = {
        "category": "billing-invoice",
        "runner_up": None,
        "priority": "P3",
        "judged": "P3",
        "sentiment": "neutral",
        "confidence": 0.9,
        "queue": "billing",
        "held": False,
        "rules": [],
    }
    async with world.bot.db.begin() as session:
        for number in range(count):
            request = await requests.keep(
                session,
                team="T1",
                channel=channel or "",
                ts=f"17{number:08d}.0001",
                requester=world.person("greta").id,
                text=f"invoice number {number}, please",
                files=(),
                now=now,
            )
            ticket = await tickets.open_for(session, request, now)
            ticket.queue, ticket.category = "billing", "billing-invoice"
            session.add(ticket)
            session.add(
                Decision(
                    kind="triage",
                    request_id=request.id,
                    ticket_id=ticket.id,
                    inputs_digest="x",
                    answer=answer,
                    engine="claude",
                    model=model,
                    prompt=prompt,
                    tokens_in=900,
                    tokens_out=100,
                    dollars=0.0,
                    at=now,
                )
            )


async def test_a_changed_rule_names_the_tickets_that_move_and_whether_that_is_better(
    any_world: World, tmp_path: Path
) -> None:
    await past(any_world)

    result = await Operator(any_world).run(Change("policy", changed_policy(tmp_path)))

    found = result.summary
    assert (found.replayed, found.changed, found.rerouted) == (3, 2, 2)
    shown = {each.ticket_id: each for each in found.examples}
    assert (shown[1].before.queue, shown[1].after.queue) == ("billing", "platform")
    assert (shown[1].verdict, shown[1].truth.evidence) == (Verdict.BETTER, Evidence.CORRECTED)
    assert (shown[2].verdict, shown[2].truth.evidence) == (Verdict.WORSE, Evidence.LEFT)
    assert 3 not in shown
    assert (found.by_corrections.better, found.by_what_was_left.worse) == (1, 1)
    assert (found.wrong_before, found.wrong_after) == (1, 0)
    assert "judged at the time" in result.way
    [kept] = await any_world.rows(Backtest)
    assert (kept.kind, kept.replayed, kept.changed, kept.better, kept.worse) == ("policy", 3, 2, 1, 1)
    assert (kept.by, kept.dollars) == ("ana", 0.0)


async def test_a_replay_of_no_change_finds_none_and_touches_no_ticket(world: World) -> None:
    await past(world)
    before = [ticket.model_dump() for ticket in await world.rows(Ticket)]

    result = await Operator(world).run(Change("policy", COMPANY / "signalbox.toml"))

    assert result.summary.changed == 0
    assert result.before == result.after
    assert [ticket.model_dump() for ticket in await world.rows(Ticket)] == before


async def test_a_higher_floor_holds_what_a_person_then_places(world: World) -> None:
    await past(world)

    result = await Operator(world).run(Change("policy", floor=1.0))

    assert result.summary.newly_held == result.summary.changed == 3
    [right] = [each for each in result.summary.examples if each.ticket_id == 2]
    assert right.verdict is Verdict.WORSE  # it was answered where it was, and would have waited for a person


async def test_with_changed_categories_one_engine_judges_before_and_after(
    world: World, tmp_path: Path
) -> None:
    await past(world)
    file = changed_policy(tmp_path, "", **{"billing-invoice": "billing-bill"})  # the old one is gone

    result = await Operator(world).run(Change("policy", file), load=load_local)

    assert "local engine judged every request before and after" in result.way
    found = result.summary
    assert (found.replayed, found.recategorised, found.rerouted) == (3, 2, 0)
    assert result.left_out == {}


async def test_what_was_deleted_or_no_request_is_left_out_and_counted(world: World, tmp_path: Path) -> None:
    await past(world)
    greta = world.person("greta")
    ts = await greta.post("#customer-support", "can you send me the invoice for august?")
    await world.settle()
    await greta.delete("#customer-support", ts)
    await world.settle()

    result = await Operator(world).run(Change("policy", changed_policy(tmp_path)))

    assert result.summary.replayed == 3
    assert result.left_out == {"their message was deleted": 1}


async def test_the_result_is_posted_once_however_often_it_is_found(any_world: World, tmp_path: Path) -> None:
    world = any_world
    await past(world)
    await world.person("greta").post("#customer-support", "<!channel> <@U1> where is the invoice of *may*?")
    await world.settle()
    operator, change = Operator(world), Change("policy", changed_policy(tmp_path))

    await operator.run(change, post="#team-platform")
    await operator.run(change, post="#team-platform")

    posts = [each for each in world.cards("team-platform") if each["text"].startswith("Backtest")]
    [posted] = posts
    assert "3 of 4 past requests would change" in posted["text"]
    assert "By corrections: 1 better, 0 worse" in text_of(posted)
    assert ASKED in text_of(posted)
    assert mentions_of(posted) == set()
    assert all("/archives/" in link for link in links_of(posted))
    first, second = [said for said in operator.told if said.startswith("http")]
    assert first == second


async def test_a_channel_that_i_cannot_see_is_named(world: World, tmp_path: Path) -> None:
    await past(world)

    with pytest.raises(CannotBacktest, match="cannot see a channel #nowhere"):
        await Operator(world).run(Change("policy", changed_policy(tmp_path)), post="#nowhere")


async def test_the_terminal_shows_counts_queues_and_examples_and_reads_no_markup(
    world: World, tmp_path: Path
) -> None:
    await past(world)
    await world.person("greta").post("#customer-support", "where is the [bold red]invoice[/] of june?")
    await world.settle()
    result = await Operator(world).run(Change("policy", changed_policy(tmp_path)))
    console = Console(width=160, record=True, quiet=False, file=StringIO())

    show(result, TITLES, console)

    said = console.export_text()
    assert "4 requests of the last 30d replayed: 3 would change" in said
    assert "Billing → Platform" in said
    assert "T-1" in said and "better" in said and "worse" in said
    assert "[bold red]invoice[/]" in said
    assert "The interval is Wilson's" in said


@pytest.mark.parametrize(
    ("change", "since", "says"),
    [
        (Change("policy", floor=0.7), "30x", "--since: '30x' is not a span of time"),
        (Change("colour"), "30d", "--change: 'colour' is not one of policy, prompt, model"),
        (Change("policy"), "30d", "needs --policy FILE"),
        (Change("policy", floor=1.5), "30d", "not between 0 and 1"),
        (Change("policy", floor=0.5, model="x"), "30d", "one thing at a time"),
        (Change("prompt"), "30d", "set ANTHROPIC_API_KEY"),
        (Change("model", model="claude-opus-5-5"), "30d", "set ANTHROPIC_API_KEY"),
    ],
)
async def test_what_cannot_be_replayed_is_said_in_a_sentence(
    world: World, change: Change, since: str, says: str
) -> None:
    with pytest.raises(CannotBacktest) as refused:
        await Operator(world).run(change, since)
    assert says in str(refused.value)


async def test_a_mistake_in_the_changed_policy_is_named_with_its_line(world: World, tmp_path: Path) -> None:
    file = changed_policy(tmp_path, RULE.replace('"platform"', '"platfrom"'))

    with pytest.raises(PolicyError, match=r"new\.toml:\d+: routes\.0\.queue: .*did you mean 'platform'"):
        await Operator(world).run(Change("policy", file))
    with pytest.raises(PolicyError, match=r"nowhere\.toml: No such file"):
        await Operator(world).run(Change("policy", tmp_path / "nowhere.toml"))


async def test_without_a_past_there_is_nothing_to_replay(world: World) -> None:
    with pytest.raises(NothingThere, match="Nothing was judged in the last 7d"):
        await Operator(world).run(Change("policy", floor=0.7), "7d")


async def test_another_prompt_is_asked_for_what_it_costs_and_told_apart_by_its_fingerprint(
    any_world: World, tmp_path: Path
) -> None:
    await past(any_world)
    file = tmp_path / "triage.md"
    file.write_text("Judge the request by other rules.", encoding="utf-8")
    async with serving() as claude:
        for category in ("bug-report", "billing-invoice", "how-to"):
            claude.then(Says(json.dumps({**JUDGEMENT, "category": category})))
        operator = Operator(any_world, key=API_KEY, address=claude.base_url)
        result = await operator.run(Change("prompt", prompt=file))
        bodies = claude.bodies

    assert len(bodies) == result.calls == 3
    assert {body["system"][0]["text"] for body in bodies} == {"Judge the request by other rules."}
    assert operator.told[0].startswith("3 calls of claude-haiku-5-5: about $0.00")
    assert operator.asked == ["Ask Claude?"]
    assert result.after == f"{fingerprint(file.read_bytes())} {MODEL}"
    assert result.dollars > 0
    spent = [row for row in await any_world.rows(Decision) if row.kind == "backtest"]
    assert sum(row.dollars for row in spent) == pytest.approx(result.dollars)
    [kept] = await any_world.rows(Backtest)
    assert kept.dollars == pytest.approx(result.dollars)


async def test_another_model_is_asked_and_one_without_a_price_is_refused(world: World) -> None:
    await past(world)
    async with serving() as claude:
        claude.always(Says(json.dumps(JUDGEMENT)))
        operator = Operator(world, key=API_KEY, address=claude.base_url)
        result = await operator.run(Change("model", model="claude-sonnet-5-5"), limit=2)
        assert {body["model"] for body in claude.bodies} == {"claude-sonnet-5-5"}
        with pytest.raises(CannotBacktest, match="no price for the model 'claude-nobody'"):
            await operator.run(Change("model", model="claude-nobody"))

    assert result.summary.replayed == result.calls == 2
    assert result.after == f"{PROMPT} claude-sonnet-5-5"


async def test_nothing_is_asked_without_a_yes_or_beyond_the_days_budget(world: World) -> None:
    await past(world)
    async with serving() as claude:
        operator = Operator(world, says=False, key=API_KEY, address=claude.base_url)
        with pytest.raises(CannotBacktest, match="Nothing was asked"):
            await operator.run(Change("prompt"))
        async with world.bot.db.begin() as session:
            session.add(
                Decision(
                    kind="triage",
                    inputs_digest="x",
                    answer={},
                    engine="claude",
                    model=MODEL,
                    dollars=world.bot.policy.models.daily_budget_usd,
                    at=world.clock.now(),
                )
            )
        operator.says = True
        with pytest.raises(CannotBacktest, match="more than is left of today's budget"):
            await operator.run(Change("prompt"))
        assert claude.bodies == []
    assert await world.rows(Backtest) == []


async def test_what_claude_does_not_answer_is_left_out_and_none_at_all_is_an_error(world: World) -> None:
    await past(world)
    async with serving() as claude:
        operator = Operator(world, key=API_KEY, address=claude.base_url)
        claude.then(Says("that is no judgement"))
        claude.always(Says(json.dumps(JUDGEMENT)))
        result = await operator.run(Change("prompt"))
        claude.always(Fails(529, {"retry-after-ms": "1"}))
        with pytest.raises(CannotBacktest, match="answered none of 3"):
            await operator.run(Change("prompt"))

    assert result.summary.replayed == 2
    assert result.left_out == {"Claude did not answer": 1}


async def test_a_changed_prompt_goes_live_after_a_backtest_of_exactly_that(any_world: World) -> None:
    world = any_world
    operator = Operator(world, key=API_KEY, address="http://127.0.0.1:9")
    now, policy, db = world.clock.now(), world.bot.policy, world.bot.db
    await must_be_backtested(operator.settings, policy, db, now)  # there is nothing to replay yet
    await judged_by_claude(world, LEAST)

    with pytest.raises(NotBacktested, match=r"the triage prompt \(0ld0ld00 → .*--change prompt`"):
        await must_be_backtested(operator.settings, policy, db, now)
    await must_be_backtested(world.bot.settings, policy, db, now)  # without a key Claude judges nothing
    async with serving() as claude:
        operator.address = claude.base_url
        claude.always(Says(json.dumps(JUDGEMENT)))
        await operator.run(Change("prompt"), limit=LEAST - 1)
        with pytest.raises(NotBacktested):  # too few to say anything
            await must_be_backtested(operator.settings, policy, db, now)
        await operator.run(Change("prompt"))

    await must_be_backtested(operator.settings, policy, db, now)
    other = policy.model_copy(
        update={"models": policy.models.model_copy(update={"triage": "claude-opus-5-5"})}
    )
    with pytest.raises(NotBacktested, match=r"and model \(claude-haiku-5-5 → claude-opus-5-5\)"):
        await must_be_backtested(operator.settings, other, db, now)
    later = now + timedelta(days=20)
    with pytest.raises(NotBacktested):  # that was long ago, when other things were asked
        await must_be_backtested(operator.settings, policy, db, later)


async def test_a_start_is_refused_in_words_and_passed_by_force_or_by_going_back(world: World) -> None:
    operator = Operator(world, key=API_KEY, address="http://127.0.0.1:9")
    await judged_by_claude(world, LEAST, prompt=PROMPT, model="claude-opus-5-5")
    now, policy, db = world.clock.now(), world.bot.policy, world.bot.db

    with pytest.raises(NotBacktested, match="--change model"):
        await must_be_backtested(operator.settings, policy, db, now)
    forced = operator.settings.model_copy(update={"force_change": True})
    await must_be_backtested(forced, policy, db, now)
    await judged_by_claude(
        world, 1, prompt=PROMPT
    )  # a forced start has judged; what judged before may return
    await must_be_backtested(operator.settings, policy, db, now)


async def test_run_refuses_before_anything_is_connected(world: World) -> None:
    operator = Operator(world, key=API_KEY, address="http://127.0.0.1:9")
    world.clock.at = utc_now()  # the bot that is refused goes by the real clock
    await judged_by_claude(world, LEAST)

    with pytest.raises(CannotStart, match="SIGNALBOX_FORCE_CHANGE=1"):
        await start(operator.settings, world.bot.policy)
