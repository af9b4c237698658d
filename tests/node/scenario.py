"""A day on which the bot does everything it can do in Slack: each method, card, window and Home at least once.

Requesters ask, edit and delete; teams approve, edit, reject, move and resolve; promises are broken, and Slack loses
answers. Nothing is checked here. Whoever needs everything that the bot ever sends lets this day pass and looks at its
calls.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from bot.backtest_change import Change
from handlers import audit, drift, health, sla, standup
from sources.accounts_csv import CsvAccounts
from storage import audits
from storage.tables import Request, Ticket
from tests.flows import Straight
from tests.test_backtest import Operator, changed_policy
from tests.test_drift import ask, history
from tests.test_incidents import REPORTS
from tests.test_triage import asked_anew
from tests.world import World, buttons_of

SUPPORT = "#customer-support"
VAT = "Our VAT ID is missing on the last invoice, please correct it"
UNCLEAR = "This is strange, can you have a look?"


async def whole_day(world: World, empty: Path) -> None:
    """Let everything happen once; `empty` is a folder without customer data."""
    await _morning_after_nothing(world)
    await _drafts(world)
    await _tickets(world)
    await _unclear(world)
    await _elsewhere(world)
    await _lost_answers(world)
    await _outage(world)
    await _disagreement(world)
    await _apart(world)
    await _hidden(world)
    await _tried(world, empty)
    await _health(world, empty)
    await _late(world)
    await _looks(world)
    await _audited(world)
    await _change(world)


async def _morning_after_nothing(world: World) -> None:
    await standup.morning(world.bot.desk, Straight(), world.clock.now().isoformat())
    await _command(world, "mei", "/signalbox metrics")
    await _command(world, "mei", "/signalbox queue")
    for handle in ("oliver", "wendy"):
        await world.person(handle).home()
        await world.settle()


async def _ask(world: World, handle: str, text: str, channel: str = SUPPORT) -> tuple[str, Ticket]:
    """Ask, of a bot that has learnt nothing yet today, and return the ts of the request and its ticket."""
    await world.unlearn()
    ts = await world.person(handle).post(channel, text)
    await world.settle()
    tickets = await world.rows(Ticket)
    [found] = [ticket for ticket in tickets if ticket.thread_ts == ts]
    return ts, found


async def _card(world: World, ticket: Ticket) -> dict[str, Any]:
    assert ticket.id is not None
    return await world.card_of(ticket.id)


async def _press(world: World, handle: str, ticket: Ticket, action: str) -> None:
    await world.person(handle).click(await _card(world, ticket), action)
    await world.settle()


async def _fill(world: World, handle: str, ticket: Ticket, action: str, values: Mapping[str, object]) -> None:
    """Press a button that opens a window, fill it in and submit it."""
    person = world.person(handle)
    await person.click(await _card(world, ticket), action)
    await person.modal()
    await person.submit(values)
    await world.settle()


async def _command(world: World, handle: str, command: str, channel: str = "#front-desk") -> None:
    await world.person(handle).command(channel, command)
    await world.settle()


async def _drafts(world: World) -> None:
    ts, approved = await _ask(world, "greta", asked_anew())
    for handle in ("marek", "ana"):  # the second is told who was first
        await _press(world, handle, approved, "claim_ticket")
    stale = await _card(world, approved)
    for handle in ("marek", "ana"):
        await world.person(handle).click(stale, "approve_draft")
        await world.settle()
    reply = next(said for said in world.thread("customer-support", ts) if "feedback_buttons" in str(said))
    await world.person("greta").click(reply, "reply_feedback", value=f"{approved.id}:good")
    await world.settle()

    _, edited = await _ask(world, "paulo", VAT)
    await _fill(world, "marek", edited, "edit_draft", {"text": "It is under *Settings* <!channel>."})
    _, rejected = await _ask(world, "bruno", "How do I add a VAT ID so that it appears on our invoices?")
    await _fill(world, "ana", rejected, "reject_draft", {"reason": "tone", "more": "Warmer, please"})
    _, by_hand = await _ask(world, "victor", asked_anew())
    await _fill(world, "marek", by_hand, "reply_ticket", {"text": "I have sent it to you by mail."})


async def _tickets(world: World) -> None:
    ts, moved = await _ask(world, "greta", asked_anew())
    values = {"queue": "platform", "category": "bug-report", "priority": "P2", "why": "The page is broken"}
    await _fill(world, "ana", moved, "reroute_ticket", values)
    await _press(world, "ana", moved, "resolve_ticket")
    await world.person("greta").click(world.thread("customer-support", ts)[-1], "reopen_ticket")
    await world.settle()

    ts, reworded = await _ask(world, "paulo", f"Where can I download our invoices? {'It is urgent. ' * 40}")
    await world.person("paulo").edit(SUPPORT, ts, "Where can I download the invoices of last year?")
    await world.settle()
    await _press(world, "ana", reworded, "resolve_ticket")
    ts, _ = await _ask(world, "bruno", "None of our warehouses can print labels, the whole site gives 502")
    ts, _ = await _ask(world, "bruno", asked_anew())
    await world.person("bruno").delete(SUPPORT, ts)
    await world.settle()


async def _unclear(world: World) -> None:
    _, placed = await _ask(world, "greta", UNCLEAR)
    kinds = [placed.category, placed.runner_up]
    categories = world.bot.policy.categories
    number = next(n for n, kind in enumerate(kinds) if categories[kind].queue != "front-desk")
    await _press(world, "mei", placed, f"take_candidate:{number}")
    _, nothing = await _ask(world, "victor", UNCLEAR)
    await _press(world, "mei", nothing, "not_a_request")
    await world.person("greta").upload(SUPPORT, "screenshot.png", b"\x89PNG", text="")
    await world.settle()


async def _elsewhere(world: World) -> None:
    """People talk to the bot where requests do not belong, and strangers ask where they do."""
    await world.person("ana").post("#general", f"<@{world.twin.bot_user_id}> where is my invoice?")
    await world.person("ana").post("@signalbox", "hello?")
    await world.settle()
    ts = await world.person("greta").post(SUPPORT, "good morning everyone")
    await world.settle()
    await world.person("ana").message_shortcut(SUPPORT, ts, "make_request")
    await world.settle()
    world.bot.desk.directory._people.pop(world.person("amir").id, None)  # somebody it has never met
    await world.person("amir").post(SUPPORT, asked_anew())
    await world.settle()


async def _lost_answers(world: World) -> None:
    """Slack takes a post and its answer is lost, in a channel and in a thread; then a channel shuts us out."""
    for channel in ("#team-billing", SUPPORT):
        world.twin.faults.add("chat.postMessage", "drop_answer", channel=channel)
    _, _ = await _ask(world, "greta", asked_anew())
    world.twin.faults.add("chat.postMessage", "error", channel="#team-billing", error="not_in_channel")
    await _ask(world, "greta", asked_anew())


async def _outage(world: World) -> None:
    """Several report one thing, and somebody asks twice."""
    for handle, text in list(REPORTS.items())[:6]:
        await _ask(world, handle, text)
    shown = next(card for card in world.cards("team-platform") if card["text"].startswith("I-"))
    await world.person("jonas").click(shown, "resolve_incident")
    await world.settle()
    text = asked_anew()
    for _ in range(2):
        await _ask(world, "greta", text)


async def _disagreement(world: World) -> None:
    """Two people place the same thing in different places, and one of them is chosen."""
    (_, one), (_, other) = [await _ask(world, handle, asked_anew()) for handle in ("greta", "victor")]
    await _fill(world, "ana", one, "reroute_ticket", {"queue": "platform", "category": "bug-report"})
    await _fill(world, "marek", other, "reroute_ticket", {"queue": "front-desk", "category": "how-to"})
    asked = next(card for card in world.cards("front-desk") if "keep_correction:0" in buttons_of(card))
    await world.person("mei").click(asked, "keep_correction:0")
    await world.settle()


async def _apart(world: World) -> None:
    """One message asks for two things; a part is answered, the message is edited, and the parts are put together."""
    await world.unlearn()
    said = (
        f"For our hall in Lyon:\n1) {asked_anew()}\n2) The order import stops with error 422, please fix it."
    )
    ts = await world.person("greta").post(SUPPORT, said)
    await world.settle()
    one, other = sorted((t for t in await world.rows(Ticket) if t.thread_ts == ts), key=lambda t: t.id or 0)
    await _press(world, "marek", one, "approve_draft")
    await world.person("greta").edit(SUPPORT, ts, said.replace("error 422", "error 500"))
    await world.settle()
    await _press(world, "jonas", other, "not_separate")


async def _hidden(world: World) -> None:
    """Somebody pastes what must not travel, and one of the team looks at it."""
    _, ticket = await _ask(
        world, "greta", "Where can I find the invoice that I paid with card 4242 4242 4242 4242?"
    )
    await _press(world, ticket.owner, ticket, "show_hidden")


async def _tried(world: World, folder: Path) -> None:
    """An operator tries a changed policy and shows what it would change."""
    change = Change("policy", changed_policy(folder))
    await Operator(world).run(change, post="#team-platform")


async def _health(world: World, empty: Path) -> None:
    await health.scan(world.bot.desk, Straight(), "monday")
    cards = world.cards("customer-health")
    await world.person("rafael").click(cards[0], "ack_alert")
    await world.person("david").click(cards[1], "dismiss_alert")
    await world.settle()
    whole = world.bot.desk
    world.bot.desk = replace(whole, accounts=CsvAccounts(empty))
    await health.scan(world.bot.desk, Straight(), "tuesday")
    world.bot.desk = whole


async def _late(world: World) -> None:
    world.clock.advance(timedelta(days=1))
    for ticket in await world.rows(Ticket):
        assert ticket.id is not None
        await sla.escalate(world.bot.desk, Straight(), ticket.id)
    late = world.clock.now() - timedelta(minutes=30)
    await standup.morning(world.bot.desk, Straight(), late.isoformat())
    # A direct message whose answer was lost is looked for where it went.
    await world.bot.desk.slack.seek("tell:nobody", world.person("greta").id, "", "0")


async def _looks(world: World) -> None:
    """Staff and requesters look at Home and ask for figures."""
    for handle in ("ana", "marek", "mei", "greta", "paulo"):
        home = await world.person(handle).home()
        await world.settle()
    await world.person("paulo").click(home, "refresh_home")
    await world.settle()
    for word in ("metrics 30d", "queue", "queue mine", "queue billing", "summary", "health", "metrcs"):
        await _command(world, "ana", f"/signalbox {word}", "#team-billing")
    for word in ("help", "queue"):
        await _command(world, "paulo", f"/signalbox {word}", SUPPORT)
    assert await world.rows(Request)


async def _audited(world: World) -> None:
    """A sample is drawn and judged in every way there is; Claude doubts one of the verdicts."""
    await world.person("paulo").post(SUPPORT, "have a nice *weekend* <!channel>")
    await world.settle()
    await _command(world, "oliver", "/signalbox audit now")
    await _command(world, "oliver", "/signalbox audit")
    oliver = world.person("oliver")
    asked = [message for message in world.direct("oliver") if "Blind audit" in message["text"]][-1]
    await oliver.click(asked, "begin_audit")
    await oliver.modal()
    await oliver.click(oliver.views()[-1], "audit_priority:P1")  # without a kind
    await world.settle()
    for action in ("audit_no_request", "audit_cannot_tell", "audit_priority:P2", "audit_priority:P3"):
        if ":" in action:
            kinds = next(b["accessory"] for b in oliver.views()[-1]["blocks"] if "accessory" in b)["options"]
            await oliver.choose(oliver.views()[-1], "audit_kind", kinds[0]["value"])
            await world.settle()
        await oliver.click(oliver.views()[-1], action)
        await world.settle()
        if "audit_undo" in buttons_of(oliver.views()[-1]):
            await oliver.click(oliver.views()[-1], "audit_undo")
            await world.settle()
    async with world.bot.db.begin() as session:
        rows = [row for row in await audits.cases(session, 1) if row.verdict == "given"]
        for row in rows:
            await audits.second(session, row.id or 0, row.said)
        rows[0].said = rows[0].decided
        session.add(rows[0])
        await audits.second(session, rows[0].id or 0, "outage")
        await audits.opinion_is(session, 1, "came", "1 without an answer: it ran *out* of time.", "b", ("",))
    await audit.end(world.bot.desk, Straight(), 1)
    await _command(world, "oliver", "/signalbox metrics 30d")


async def _change(world: World) -> None:
    """A week in which everything is different, and a new kind of request that is adopted and removed again."""
    await world.unlearn()
    for days in (10, 17, 24):
        await history(world, "billing-invoice", 60, 0, days)
    await history(world, "billing-invoice", 40, 12, sure=0.97)
    await history(world, "outage", 60, sure=0.97)
    posted = await ask(world)
    world.clock.advance(timedelta(hours=1))
    await drift.check(world.bot.desk, Straight(), world.clock.now().isoformat())
    shown = next(card for card in world.cards("front-desk") if "adopt_category" in buttons_of(card))
    mei = world.person("mei")
    await mei.click(shown, "adopt_category")
    await mei.modal()
    await mei.submit({"title": "Insurance claims *<!channel>*"})
    await world.settle()
    await world.person("paulo").delete(SUPPORT, posted[1])
    await world.settle()
    shown = next(card for card in world.cards("front-desk") if card["ts"] == shown["ts"])
    await mei.click(shown, "remove_category")
    await world.settle()


def functions_of(folder: Path) -> set[tuple[str, str]]:
    """Return every function of the Python files in a folder, as file name and function name."""
    return {
        (file.name, node.name)
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@contextmanager
def seen_running(folder: Path) -> Iterator[set[tuple[str, str]]]:
    """Note which functions of the Python files in a folder run meanwhile, as file name and function name."""
    found: set[tuple[str, str]] = set()
    known: dict[CodeType, bool] = {}
    prefix, before = str(folder), sys.gettrace()

    def look(frame: FrameType, event: str, arg: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        if code not in known:
            known[code] = code.co_filename.startswith(prefix)
            if known[code]:
                found.add((Path(code.co_filename).name, code.co_name))
        return None

    sys.settrace(look)
    try:
        yield found
    finally:
        sys.settrace(before)
