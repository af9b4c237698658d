"""Drafting: find what the knowledge base says, write a grounded reply, and check it before anybody sees it.

People see a draft with its sources, or one honest line saying why there is none.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, replace

from agents.autonomy import LONGEST_DRAFT
from agents.claude_drafts import leads_somewhere
from agents.engines import Engines
from agents.words import Facts, Passage, Reply, Usage

_PASSAGES = 5  # sections of articles that a reply may be written from
_ADDRESS = re.compile(r"https?://|www\.|<[@#!]|@(here|channel|everyone)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Drafted:
    """A reply fit to be shown (text may be empty), and what was spent on it."""

    reply: Reply
    usage: tuple[Usage, ...]


async def draft(facts: Facts, category: str, audience: str, engines: Engines, name: str) -> Drafted:
    """Return a checked draft for a request; `name` is how the requester is greeted, empty for not at all."""
    started = time.perf_counter()
    passages = await asyncio.to_thread(engines.local.search, _question(facts), audience, _PASSAGES, category)
    spent: tuple[Usage, ...] = ()
    reply: Reply | None = None
    if engines.remote is not None and passages:
        answer = await engines.remote.reply(facts, passages)
        reply = answer.value
        spent = (answer.usage,) if answer.usage else ()
    if reply is None:
        reply = await asyncio.to_thread(engines.local.reply, facts, passages)
        usage = replace(reply.usage, milliseconds=(time.perf_counter() - started) * 1000)
        reply = replace(reply, usage=usage)
        spent = (*spent, usage)
    return Drafted(_greeted(checked(reply, passages), name), spent)


def _question(facts: Facts) -> str:
    """Return what to look for: the request, and in a conversation the newest message of its thread too."""
    return "\n".join([facts.text, *facts.thread[-1:]])


def checked(reply: Reply, passages: list[Passage]) -> Reply:
    """Return the reply if it may be shown, or an empty one that says why not."""
    shown = {passage.article for passage in passages}
    if not reply.text.strip():
        return reply
    if not reply.grounded or not reply.citations:
        return _withheld(reply, "No draft: nothing in the knowledge base backs an answer.")
    if any(citation.article not in shown for citation in reply.citations):
        return _withheld(reply, "No draft: it cited an article that was not looked up.")
    if _ADDRESS.search(reply.text):
        return _withheld(reply, "No draft: it contained a link or a mention, which only people may send.")
    if len(reply.text) > LONGEST_DRAFT:
        return _withheld(reply, "No draft: the answer came out too long to be useful.")
    return reply


def _withheld(reply: Reply, because: str) -> Reply:
    return replace(reply, text="", citations=(), grounded=False, because=because)


def _greeted(reply: Reply, name: str) -> Reply:
    # People choose their names themselves, and a reply neither calls anybody nor leads anywhere.
    if _ADDRESS.search(name) or leads_somewhere(name):
        return reply
    return replace(reply, text=f"Hi {name},\n\n{reply.text}") if reply.text and name else reply
