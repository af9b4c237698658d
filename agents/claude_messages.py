"""What comes back from Claude: a message, sorted by why it stopped, priced, and read.

Nobody in Slack sees a message itself, only the opinion or draft that it becomes, or the sentence that says why there is
none. What is deliberately not done: nothing here imports the SDK, so a message is taken for what it says it is; whether
it is one at all was looked at before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from agents import claude_judgement, prices
from agents.claude_answers import Answer, Receipt, Why, stopped
from agents.claude_drafts import Cited, Span
from agents.words import Category, Opinion, Usage

ENGINE = "claude"


def sorted_out(message: Any, model: str, fingerprint: str, took: float) -> Answer[Any]:
    """Sort a message by its stop reason, and work out what it cost whatever that reason was. `took` is
    milliseconds.
    """
    tokens = prices.tokens(message.usage.to_dict())
    dollars = prices.cost(model, tokens)
    usage = Usage(ENGINE, model, fingerprint, took, tokens.prompt, tokens.output, float(dollars))
    stop = str(message.stop_reason)
    wire_usage = message.usage.to_json(indent=None)
    request_id = getattr(message, "_request_id", None) or ""  # a message of a batch has none
    receipt = Receipt(request_id, stop, wire_usage, dollars, prices.PRICE_TABLE)
    about = message.stop_details.category if message.stop_details else None
    why = stopped(stop, about)
    return Answer(None if why else message, why, usage, receipt)


def spans(message: Any) -> list[Span]:
    """Return the text of an answer with what it cites; thoughts and anything else are left out."""
    return [
        Span(
            block.text,
            tuple(
                Cited(c.search_result_index, c.source, c.start_block_index, c.end_block_index)
                for c in block.citations or ()
                if c.type == "search_result_location"
            ),
        )
        for block in message.content
        if block.type == "text"
    ]


def opinion(answer: Answer[Any], categories: Sequence[Category]) -> Answer[Opinion]:
    """Read the filled form out of a message, and check it against what could be chosen."""
    if answer.value is None:
        return Answer(None, answer.why, answer.usage, answer.receipt)
    text = "".join(span.text for span in spans(answer.value))
    try:
        judgement = claude_judgement.form(categories).model_validate_json(text)
    except ValidationError as wrong:
        places = ", ".join(sorted({str(e["loc"][0]) if e["loc"] else "the whole" for e in wrong.errors()}))
        why = Why("invalid", f"Claude's judgement did not fit the form ({places}).")
        return Answer(None, why, answer.usage, answer.receipt)
    return Answer(claude_judgement.opinion(judgement), None, answer.usage, answer.receipt)
