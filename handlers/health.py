"""Account health: every working day, alerts on accounts that are slipping away, each with an owner and a
deadline.

People see at most five cards a day in one channel, the worst first and the rest named in the last line, and press
Acknowledge or Dismiss. One change of an account is brought up once. Nobody but the account's owner is mentioned,
and nothing is written to any other system.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from sqlmodel.ext.asyncio.session import AsyncSession

from agents.health import Signal, newest_day, signals
from agents.hours import Hours
from agents.policy import HealthCadence, Policy
from handlers.cards import health as cards
from handlers.cards.text import escape, when
from handlers.desk import Desk, Run
from handlers.errors import Misplaced, Refusal
from handlers.presses import is_second_press, number, person, place, presser
from sources.accounts import SourceUnavailable
from storage import alerts
from storage.alerts import ACKNOWLEDGED, DISMISSED, Verdict, post_key

MOST = 5  # alerts in one run; more would not be read
_LISTED = 20  # signals for whoever asks; Slack allows 50 blocks


def register(app: AsyncApp) -> None:
    """List what this file answers to."""
    app.action(cards.ACK_ALERT)(on_acknowledge)
    app.action(cards.DISMISS_ALERT)(on_dismiss)


async def on_acknowledge(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Note who looks after it."""
    await _decided(body, action, desk, run, ACKNOWLEDGED)


async def on_dismiss(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run) -> None:
    """Note who says that it is nothing."""
    await _decided(body, action, desk, run, DISMISSED)


async def _decided(body: dict[str, Any], action: dict[str, Any], desk: Desk, run: Run, said: str) -> None:
    id, by = number(action.get("value")), await presser(body, desk, run)
    await run.commit("verdict", desk, _give_verdict, id, said, by)
    channel, ts, _ = place(body)
    await run.repeat("show", _show, desk, id, channel, ts)


async def _give_verdict(desk: Desk, session: AsyncSession, id: int, said: str, by: str) -> None:
    """Keep the verdict. Raises Refusal for whoever may not give one, or was not first."""
    handle = desk.directory.handle_of(by)
    alerted = await alerts.get(session, id)
    if alerted is None:
        raise Refusal("This alert no longer exists.")
    if not handle or (not desk.policy.is_staff(handle) and handle != alerted.signal.owner):
        raise Refusal("Only the account's owner and people who answer requests can do this.")
    first = await alerts.give_verdict(session, id, said, by, desk.now())
    if first is None or ((first.by, first.said) == (by, said) and is_second_press(first.at, desk.now())):
        return
    if first.by == by:
        raise Refusal(f"You have already {first.said} this alert ({when(first.at)}).")
    name = escape(desk.directory.name_of(first.by))
    raise Refusal(f"{name} has already {first.said} this alert ({when(first.at)}).")


async def _show(desk: Desk, id: int, channel: str, ts: str) -> None:
    async with desk.db.begin() as session:
        alerted = await alerts.get(session, id)
    assert alerted is not None
    said = _said(desk, alerted.verdict) if alerted.verdict else ""
    text, blocks = cards.alert(id, alerted.signal, _owner(desk, alerted.signal), desk.now(), said)
    await desk.slack.update(channel, ts, text, blocks)


def _said(desk: Desk, verdict: Verdict) -> str:
    mark = ":eyes:" if verdict.said == ACKNOWLEDGED else ":no_entry_sign:"
    return f"{mark} {verdict.said.capitalize()} by {person(verdict.by)} · {when(verdict.at)}"


def _owner(desk: Desk, signal: Signal) -> str:
    return desk.directory.mention(signal.owner) if signal.owner else "no owner"


async def scan(desk: Desk, run: Run, slot: str) -> None:
    """Look at every account and post an alert for each change nobody was told of; `slot` names the occasion."""
    cadence = desk.policy.cadences.account_health
    if cadence is None or desk.accounts is None:
        return
    ids, rest, wrong = await run.step("find", _find, desk)
    if wrong:
        await run.step("say that it failed", _say_failed, desk, cadence, slot, wrong)
    for id in ids:
        await run.step(f"alert {id}", _alert, desk, cadence, id)
    if rest:
        await run.step("name the rest", _name_rest, desk, cadence, slot, rest)


async def _find(desk: Desk) -> tuple[tuple[int, ...], tuple[str, ...], str]:
    """Claim new alerts; return their ids, the accounts that did not fit, and why nothing could be read if so."""
    try:
        found = await current(desk)
    except SourceUnavailable as wrong:
        return (), (), str(wrong)
    async with desk.db.begin() as session:
        claimed = await alerts.claim(session, found, MOST, desk.now())
    return claimed.ids, claimed.rest, ""


async def current(desk: Desk) -> list[Signal]:
    """Return every signal there is right now, the worst first. Raises SourceUnavailable."""
    cadence = desk.policy.cadences.account_health
    if cadence is None or desk.accounts is None:
        raise SourceUnavailable("no customer data or no health cadence is set up")
    records = await desk.accounts.records()
    as_of = newest_day(records)
    if as_of is None:
        raise SourceUnavailable("there is no usage of any account")
    hours_of = _hours_of(desk.policy)
    # The sums over every account take long enough to hold up everybody else's clicks.
    return await asyncio.to_thread(signals, records, as_of, cadence, hours_of, desk.now())


def _hours_of(policy: Policy) -> Callable[[str], Hours]:
    """Return the hours by owner: those of their own team, or else of the people who place what is unclear."""

    def hours_of(owner: str) -> Hours:
        team = next((queue for queue in policy.queues.values() if owner in queue.owners), policy.hold)
        return policy.hours[policy.slas[team.sla].hours]

    return hours_of


def _channel(desk: Desk, cadence: HealthCadence) -> str:
    channel = desk.directory.channel_id(cadence.channel)
    if channel is None:
        raise Misplaced(f"there is no channel #{cadence.channel} that we can see")
    return channel


async def _alert(desk: Desk, cadence: HealthCadence, id: int) -> None:
    async with desk.db.begin() as session:
        alerted = await alerts.get(session, id)
    assert alerted is not None
    text, blocks = cards.alert(id, alerted.signal, _owner(desk, alerted.signal), desk.now())
    await desk.slack.post(post_key(id), _channel(desk, cadence), text, blocks)


async def _name_rest(desk: Desk, cadence: HealthCadence, slot: str, accounts: tuple[str, ...]) -> None:
    text, blocks = cards.rest_line(accounts)
    await desk.slack.post(f"health:{slot}:rest", _channel(desk, cadence), text, blocks)


async def _say_failed(desk: Desk, cadence: HealthCadence, slot: str, why: str) -> None:
    text, blocks = cards.failed_line(why)
    await desk.slack.post(f"health:{slot}:failed", _channel(desk, cadence), text, blocks)


async def listed(desk: Desk) -> tuple[str, list[dict[str, Any]]]:
    """Return the current signals for somebody who asks. Raises Refusal when they cannot be known."""
    try:
        found = await current(desk)
    except SourceUnavailable as wrong:
        raise Refusal(f"Account health cannot be told now: {wrong}.") from wrong
    owned = [
        (signal, desk.directory.mention(signal.owner) if signal.owner else "no owner") for signal in found
    ]
    return cards.signals(owned, _LISTED)
