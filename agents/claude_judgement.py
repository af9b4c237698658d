"""The form that Claude fills in for a triage, and how its words become an opinion.

A person sees the result on the card: the summary, the category and the reason. The form is made at run
time, because the categories that may be chosen are those that policy allows in the channel. What is
deliberately not done: the model is not asked for a number between 0 and 1, since models rate their guesses
too high; it says a word, and the word has a prior that is combined with the local engine's opinion
elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from agents.claude_drafts import without_links
from agents.claude_facts import plain
from agents.words import Category, Certainty, Opinion, Priority, Sentiment

PRIOR = {Certainty.CLEAR: 0.93, Certainty.LIKELY: 0.75, Certainty.UNSURE: 0.40}

_SUMMARY_LIMIT = 120
_BECAUSE_LIMIT = 400


def _visible(text: str) -> str:
    """Clean a text, and refuse one that has nothing left to read."""
    if not plain(text).strip():
        raise ValueError("There is nothing to read in this text.")
    return plain(text).strip()


_Written = Annotated[str, AfterValidator(_visible)]
_CERTAINTIES = Literal["clear", "likely", "unsure"]
_PRIORITIES = Literal["P1", "P2", "P3", "P4"]
_SENTIMENTS = Literal["angry", "worried", "neutral", "pleased"]


class Judgement(BaseModel):
    """The form, in the order in which it is written: the reason comes before the choice it has to support."""

    model_config = ConfigDict(extra="forbid")

    because: _Written = Field(description="The evidence, in one or two sentences, before the choice.")
    category: str
    runner_up: str | None
    certainty: _CERTAINTIES
    priority: _PRIORITIES
    sentiment: _SENTIMENTS
    language: str = Field(description="ISO 639-1 code of the message, or und.")
    is_request: bool
    summary: _Written = Field(description="What is wanted, in at most 120 characters of English.")
    parts: list[str] = Field(
        default_factory=list,  # an answer to the question of an earlier version has none
        description="The exact words of each of several independent requests; else empty.",
    )


def form(categories: Sequence[Category]) -> type[Judgement]:
    """Make the form that offers exactly these categories. Raises ValueError if there are none or two share
    a name.
    """
    names = tuple(c.name for c in categories)
    if not names or len(set(names)) != len(names):
        raise ValueError("A triage needs at least one category, and each name only once.")
    # `Literal[names]` cannot be written where the names are only known at run time.
    choice: Any = Literal.__getitem__(names)
    return create_model(
        "Judgement", __base__=Judgement, category=(choice, ...), runner_up=(choice | None, ...)
    )


def opinion(judgement: Judgement) -> Opinion:
    """Turn a filled form into an opinion; its free text is cut to size and can neither link nor mention."""
    certainty = Certainty(judgement.certainty)
    return Opinion(
        is_request=judgement.is_request,
        category=judgement.category,
        runner_up=judgement.runner_up if judgement.runner_up != judgement.category else None,
        priority=Priority(judgement.priority),
        sentiment=Sentiment(judgement.sentiment),
        language=_language(judgement.language),
        confidence=PRIOR[certainty],
        fit=PRIOR[certainty] if certainty is Certainty.UNSURE else 1.0,
        certainty=certainty,
        summary=_line(judgement.summary, _SUMMARY_LIMIT),
        because=_line(judgement.because, _BECAUSE_LIMIT),
        # Whether they are the message's own words is looked at where the message is known.
        parts=tuple(judgement.parts),
    )


def _language(code: str) -> str:
    """Read "de-AT" as "de". A code we cannot read costs us the language and not the whole judgement."""
    found = re.match(r"\s*([A-Za-z]{2})(?![A-Za-z])", code)
    return found[1].lower() if found else "und"


def _line(text: str, limit: int) -> str:
    line = " ".join(without_links(plain(text)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
