"""How an alert looks: the account, what was measured, who acts by when and how, and two buttons."""

from __future__ import annotations

from collections.abc import Sequence

from agents.health import Band, Kind, Signal
from handlers.cards.text import Block, actions, button, context, escape, header, section, when

ACK_ALERT = "ack_alert"
DISMISS_ALERT = "dismiss_alert"

_TITLES = {
    Kind.USAGE_DROP: "use has fallen",
    Kind.FAILED_PAYMENTS: "payments fail",
    Kind.RENEWAL_DECLINE: "declining before renewal",
}
_MARKS = {Band.AT_RISK: ":red_circle:", Band.WATCH: ":large_yellow_circle:"}


def alert(id: int, signal: Signal, owner: str, verdict: str = "") -> tuple[str, list[Block]]:
    """Return an alert's card. `owner` and `verdict` are mrkdwn; with a verdict the buttons are gone."""
    text = f"{signal.account}: {_TITLES[signal.kind]}"
    blocks = [
        header(text),
        section(
            f"{_MARKS[signal.band]} *{signal.band.capitalize()}* · {owner} · act by *{when(signal.act_by)}*"
        ),
        section(escape(signal.evidence)),
        section(f"*What to do*\n{escape(signal.play)}"),
    ]
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


def more_line(count: int) -> tuple[str, list[Block]]:
    """Return the line that says how many signals did not fit."""
    noun = "signal waits" if count == 1 else "signals wait"
    text = f"{count} more {noun} for the next run. See them all with `/signalbox health`."
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
        head = f"{_MARKS[signal.band]} *{escape(signal.account)}*: {_TITLES[signal.kind]} · {owner}"
        blocks.append(section(f"{head}\n{escape(signal.evidence)}"))
    if len(found) > most:
        blocks.append(context(f"… and {len(found) - most} more"))
    return text, blocks
