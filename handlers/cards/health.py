"""How an alert looks: the account, what was measured, who acts by when and how, and two buttons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from agents.health import Band, Kind, Signal, short_date
from handlers.cards.metrics import promised
from handlers.cards.text import Block, actions, button, context, escape, header, section

ACK_ALERT = "ack_alert"
DISMISS_ALERT = "dismiss_alert"

TITLES = {
    Kind.USAGE_DROP: "usage is down",
    Kind.FAILED_PAYMENTS: "payments are failing",
    Kind.RENEWAL_DECLINE: "declining before renewal",
}
_MARKS = {Band.AT_RISK: ":red_circle:", Band.WATCH: ":large_yellow_circle:"}
_NAMED = 20  # accounts in the line for the rest; more would not be read


def alert(id: int, signal: Signal, owner: str, now: datetime, verdict: str = "") -> tuple[str, list[Block]]:
    """Return an alert's card. `owner` and `verdict` are mrkdwn; with a verdict the buttons are gone."""
    text = f"{signal.account}: {TITLES[signal.kind]}"
    deadline = promised("act", signal.act_by, now)
    blocks = [
        header(text),
        section(f"{_MARKS[signal.band]} *{signal.band.capitalize()}* · {owner} · *{deadline}*"),
        section(escape(signal.evidence)),
        section(f"*What to do*\n{escape(signal.play)}"),
    ]
    if signal.kind is not Kind.FAILED_PAYMENTS:
        first, last = (short_date(date.fromisoformat(day)) for day in signal.window.split("/"))
        blocks.append(context(f"Usage from {first} to {last}"))
    if verdict:
        blocks.append(context(verdict))
    else:
        blocks.append(
            actions(
                button("Acknowledge", ACK_ALERT, str(id), "primary"),
                button("Dismiss", DISMISS_ALERT, str(id)),
                block_id="alert",
            )
        )
    return escape(text), blocks


def rest_line(accounts: Sequence[str]) -> tuple[str, list[Block]]:
    """Return the line that names the accounts of the alerts that did not fit."""
    waits = "1 more alert waits" if len(accounts) == 1 else f"{len(accounts)} more alerts wait"
    named = list(dict.fromkeys(accounts))
    names = ", ".join(escape(account) for account in named[:_NAMED])
    if len(named) > _NAMED:
        names += " and others"
    text = f"{waits} for the next run: {names}. See all of them with `/signalbox health`."
    return text, [context(text)]


def failed_line(why: str) -> tuple[str, list[Block]]:
    """Return the line that says that the scan could not be made; `why` comes from the source."""
    text = (
        f":warning: Account health was not checked: {escape(why)}. "
        "Nobody should take this silence for good news."
    )
    return text, [section(text)]


def signals(found: Sequence[tuple[Signal, str]], most: int) -> tuple[str, list[Block]]:
    """Return the current signals as a list, from pairs of signal and owner (mrkdwn)."""
    if not found:
        text = "No account shows a signal."
        return text, [section(text)]
    text = "1 account signal" if len(found) == 1 else f"{len(found)} account signals"
    blocks = [header(text)]
    for signal, owner in found[:most]:
        head = f"{_MARKS[signal.band]} *{escape(signal.account)}*: {TITLES[signal.kind]} · {owner}"
        blocks.append(section(f"{head}\n{escape(signal.evidence)}"))
    if len(found) > most:
        blocks.append(context(f"… and {len(found) - most} more"))
    return text, blocks
