"""Gathering what is known before anything is decided.

People see it on the card: each fact with its source, and by name every source that did not answer in time.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from agents.intake import LONGEST, mentions, plain, shorten
from agents.privacy import masked
from agents.words import Account, Fact, Facts, Missing
from handlers.desk import Desk
from handlers.similar import alike
from sources.accounts import ACCOUNT_OWNER, SourceUnavailable
from storage.tables import Request, Ticket

_TOO_YOUNG = (
    10.0  # seconds; in the thread of a younger request there is nothing yet that Slack need be asked for
)
_PATIENCE = 2.0  # seconds for all of a customer's data; a card without it beats a late card


def readable(desk: Desk, text: str) -> str:
    """Return Slack's markup as a person reads it, with cards, keys and passwords hidden."""
    return masked(as_posted(desk, text))


def as_posted(desk: Desk, text: str) -> str:
    """Return Slack's markup as a person reads it, with everything that is in it."""
    return plain(text, desk.directory.name_of, desk.directory.channel_name)


def escape_markup(text: str) -> str:
    """Return readable text as Slack's markup that reads the same."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


async def read(desk: Desk, request: Request) -> Facts:
    """Return what the message itself says, as it reads now."""
    person = await desk.directory.person(request.requester)
    return Facts(
        text=shorten(readable(desk, request.wording), LONGEST),
        channel=desk.directory.channel_name(request.channel),
        requester=person.name,
        trust=person.trust,
        now=desk.now(),
        files=tuple(map(masked, request.files)),
        people=_people(desk, person.name, request.wording),
    )


def _people(desk: Desk, requester: str, text: str) -> tuple[str, ...]:
    """Return whom Claude shall not know by name: whoever asks, and whoever they mention."""
    if not desk.policy.privacy.alias_people:
        return ()
    return tuple(dict.fromkeys([requester, *map(desk.directory.name_of, mentions(text))]))


async def gather(desk: Desk, request: Request, thread: tuple[str, ...] = ()) -> Facts:
    """Return everything known about a request, with what was said in its thread."""
    said = await read(desk, request)
    person = await desk.directory.person(request.requester)
    account, known, missing = await _customer(desk, person.email)
    return replace(
        said,
        account=account,
        known=tuple(known),
        missing=tuple(missing),
        thread=thread,
        similar=await alike(desk, said.text) if said.text else (),
        people=said.people and tuple(dict.fromkeys([*said.people, *_speakers(thread)])),
    )


async def _customer(desk: Desk, email: str) -> tuple[Account | None, list[Fact], list[Missing]]:
    """Look up who this person is to us. A source that fails is named, never silently skipped."""
    if desk.accounts is None or not email:
        return None, [], []
    try:
        async with asyncio.timeout(_PATIENCE):
            account = await desk.accounts.account_of(email)
            known = await desk.accounts.facts(account, desk.now()) if account else []
    except TimeoutError:
        return None, [], [Missing("customer data", f"no answer within {_PATIENCE:g} s")]
    except SourceUnavailable as wrong:
        return None, [], [Missing("customer data", str(wrong))]
    return account, [_by_name(desk, fact) for fact in known], []


def _by_name(desk: Desk, fact: Fact) -> Fact:
    """Return a fact about one of our people with their name in place of their handle."""
    id = desk.directory.id_of(fact.value) if fact.name == ACCOUNT_OWNER else None
    return replace(fact, value=desk.directory.name_of(id)) if id else fact


def _speakers(thread: tuple[str, ...]) -> list[str]:
    """Return who said something in a thread, as `conversation` tells it."""
    return [line.partition(": ")[0] for line in thread]


async def conversation(desk: Desk, ticket: Ticket) -> tuple[str, ...]:
    """Return what was said in the requester's thread after the request, without our own posts."""
    age = desk.now().timestamp() - float(ticket.thread_ts)
    if age < _TOO_YOUNG and ticket.moved_on_ts == ticket.thread_ts:
        return ()
    messages = await desk.slack.thread(ticket.channel, ticket.thread_ts)
    return tuple(
        f"{desk.directory.name_of(message.get('user', ''))}: {readable(desk, message.get('text', ''))}"
        for message in messages
        if message["ts"] != ticket.thread_ts and not message.get("bot_id")
    )
