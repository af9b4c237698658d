"""The windows that open from a card: edit a draft, reject it, write a reply, reroute a ticket.

Each keeps the id it is about in `private_metadata`; what it was about is read again when it is submitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.words import Priority
from handlers.cards.reply import LONGEST
from handlers.cards.text import Block, context, escape, literal, option, section

SEND_EDITED = "send_edited"
SEND_WRITTEN = "send_written"
CONFIRM_REJECT = "confirm_reject"
CONFIRM_REROUTE = "confirm_reroute"
CONFIRM_ADOPT = "confirm_adopt"

_CHOICES = 100  # as many as a menu may have
_INPUT_LIMIT = 3000  # Slack's own limit for what a text field can be filled with

REASONS = (
    ("wrong_facts", "The facts are wrong"),
    ("wrong_question", "It answers another question"),
    ("incomplete", "Something is missing"),
    ("tone", "The tone is off"),
    ("needs_person", "A person should answer this"),
)


def _modal(callback: str, title: str, submit: str, about: str, blocks: list[Block]) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": about,
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": submit},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": blocks,
    }


def _input(block_id: str, label: str, element: Block, hint: str = "", optional: bool = False) -> Block:
    made: Block = {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": label},
        "element": {"action_id": block_id, **element},
        "optional": optional,
    }
    return made | ({"hint": {"type": "plain_text", "text": hint}} if hint else {})


def _text(initial: str = "", placeholder: str = "") -> Block:
    made: Block = {"type": "plain_text_input", "multiline": True, "max_length": _INPUT_LIMIT}
    if initial:
        made["initial_value"] = initial[:_INPUT_LIMIT]
    if placeholder:
        made["placeholder"] = {"type": "plain_text", "text": placeholder}
    return made


def as_posted(ticket_id: int, text: str) -> dict[str, Any]:
    """Return the window that shows a request as it stands in Slack, to one person and until they close it."""
    pieces = [text[at : at + _INPUT_LIMIT] for at in range(0, len(text), _INPUT_LIMIT)]
    warning = "Only you see this. Please do not copy it into a channel."
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": f"T-{ticket_id} as posted"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [*(literal(piece, "rich_text_quote") for piece in pieces), context(warning)],
    }


def _select(choices: Sequence[tuple[str, str]], chosen: str) -> Block:
    shown = choices[:_CHOICES]
    made: Block = {"type": "static_select", "options": [option(t, n) for n, t in shown]}
    initial = next((option(t, n) for n, t in shown if n == chosen), None)
    return made | ({"initial_option": initial} if initial else {})


def edit_draft(draft_id: int, text: str, asker: str, asked: str) -> dict[str, Any]:
    """Return the window in which a draft is edited and sent."""
    blocks = [
        section(f"*{escape(asker)}* asked:"),
        literal(asked, "rich_text_quote"),
        _input("text", "Reply", _text(text), "Sent as plain text; the sources are added below it."),
    ]
    return _modal(SEND_EDITED, "Edit reply", "Send", str(draft_id), blocks)


def write_reply(ticket_id: int, asker: str, asked: str) -> dict[str, Any]:
    """Return the window in which a person answers in their own words."""
    hint = f"Posted in {asker}'s thread, with your name."
    blocks = [
        section(f"*{escape(asker)}* asked:"),
        literal(asked, "rich_text_quote"),
        _input("text", "Reply", _text(placeholder="Answer in your own words"), hint),
    ]
    return _modal(SEND_WRITTEN, f"Reply to T-{ticket_id}", "Send", str(ticket_id), blocks)


def reject_draft(draft_id: int) -> dict[str, Any]:
    """Return the window that asks why a draft is no good."""
    choices = {
        "type": "radio_buttons",
        "options": [option(text, value) for value, text in REASONS],
    }
    blocks = [
        _input("reason", "What is wrong with it?", choices),
        _input("more", "Anything to add?", _text(), optional=True),
    ]
    return _modal(CONFIRM_REJECT, "Reject draft", "Reject", str(draft_id), blocks)


def reroute(
    ticket_id: int,
    queues: Sequence[tuple[str, str]],
    categories: Sequence[tuple[str, str]],
    queue: str,
    category: str,
    priority: Priority,
) -> dict[str, Any]:
    """Return the window that moves a ticket; queues and categories are (name, title).

    It keeps where the ticket was when it opened, so that nobody moves what somebody else has moved meanwhile.
    """
    blocks = [
        _input("queue", "Team", _select(queues, queue)),
        _input("category", "What is it about?", _select(categories, category)),
        _input("priority", "Priority", _select([(p.value, p.value) for p in Priority], priority.value)),
        _input(
            "why",
            "Why?",
            _text(placeholder="What gave it away? Signalbox learns from this."),
            optional=True,
        ),
        context("The new team sees all facts. Reply and resolve times start again under its SLA."),
    ]
    about = f"{ticket_id}:{as_placed(queue, category, priority)}"
    return _modal(CONFIRM_REROUTE, f"Reroute T-{ticket_id}", "Move", about, blocks)


def adopt_category(
    finding_id: int,
    title: str,
    description: str,
    queues: Sequence[tuple[str, str]],
    queue: str,
    examples: Sequence[str],
    place: str,
    replayed: str,
) -> dict[str, Any]:
    """Return the window in which a proposed category is put into words; `place` and `replayed` are mrkdwn."""
    name: Block = {"type": "plain_text_input", "initial_value": title}
    blocks = [
        section(f"For requests in {place}. {replayed}"),
        _input("title", "Name", name, "What people read on a card."),
        _input("queue", "Team", _select(queues, queue), "Its deadlines hold."),
        _input(
            "description",
            "What belongs there?",
            _text(description),
            "The engines learn from it. Say also what does not belong.",
            optional=True,
        ),
        _input(
            "examples",
            "Examples, one a line",
            _text("\n".join(examples)),
            "Take out what does not belong, and what nobody should read in a policy.",
        ),
        context("Its drafts are recorded only, until the policy file says more. You can remove it again."),
    ]
    return _modal(CONFIRM_ADOPT, "Adopt a category", "Adopt", str(finding_id), blocks)


def as_placed(queue: str, category: str, priority: Priority) -> str:
    """Return where a ticket is, to be compared with where it is later."""
    return f"{queue}/{category}/{priority.value}"


def check_reply(values: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with a reply's text, by field; empty when nothing is."""
    text = value_of(values, "text")
    if not text.strip():
        return {"text": "Write something first; an empty reply is not sent."}
    if len(text) > LONGEST:
        return {"text": f"Too long by {len(text) - LONGEST} characters."}
    return {}


def entered(view: dict[str, Any]) -> dict[str, Any]:
    """Return what was entered in a submitted window, by field."""
    return dict((view.get("state") or {}).get("values") or {})


def value_of(values: dict[str, Any], block_id: str) -> str:
    """Return what was entered or chosen in a field of a submitted window; empty when nothing was."""
    element = (values.get(block_id) or {}).get(block_id) or {}
    chosen = element.get("selected_option") or {}
    return str(element.get("value") or chosen.get("value") or "")
