"""A tour of everything that people do, in a workspace whose bot may die at any point of it.

Each story is told with requests of its own and ends when its effect is to be seen. Messages, edits and deletions are
made once, because Slack brings them again by itself; a press or a command that shows no effect is made again.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from storage.tables import Request, Ticket, TicketEvent
from tests.chaos.fleet import Fleet
from tests.chaos.stream import CHANNEL, THANKS, key_of
from tests.world import buttons_of, text_of
from twin.parcels import Delivery, Unanswered
from twin.people.person import Person
from twin.words import Refused

BILLING = "hey! where can i find the invoice from september? my accountant wants the pdf"
HOW_TO = "How can I add a second warehouse address?"
OUTAGE = "Nothing works, the whole site gives 502 since 10 minutes"
VAGUE = "This is strange, can you have a look?"
CHATTER = "good morning everyone"
_AGAIN = 3.0  # seconds after which somebody who sees no effect tries again
_LOOK = 0.1

Effect = Callable[[], Any]
Do = Callable[[], Awaitable[Any]]


@dataclass
class Tour:
    """One walk through all stories; `asked` are the ts of each story's requests."""

    fleet: Fleet
    asked: dict[str, list[str]] = field(default_factory=dict)
    told: int = 0

    async def walk(self) -> None:
        """Tell every story at once, and wait until nothing is left to do."""
        stories = (
            self.answered,
            self.resolved,
            self.claimed,
            self.rerouted,
            self.reworded_draft,
            self.rejected,
            self.written,
            self.reworded,
            self.reworded_talk,
            self.withdrawn,
            self.made,
            self.placed,
            self.dismissed,
            self.answered_by_hand,
            self.followed_up,
            self.asked_elsewhere,
            self.at_home,
            self.commanded,
            self.refused,
            self.alerted,
        )
        async with asyncio.TaskGroup() as together:
            for story in stories:
                together.create_task(story())
        await self.fleet.settle(600)

    async def answered(self) -> None:
        """Approve, a thumb, thanks, and then it was not over."""
        ts = await self._ask("answered", BILLING)
        await self._press("marek", ts, "approve_draft", lambda: self._said(ts, "reply:"))
        greta = self._person("greta")
        [reply] = self._said(ts, "reply:")
        heard = self._heard("greta", CHANNEL, "good to know")
        await self._press(
            "greta",
            ts,
            "reply_feedback",
            lambda: self._heard("greta", CHANNEL, "good to know") > heard,
            on=lambda: reply,
            value=f"{self._number(ts)}:good",
        )
        await greta.post(f"#{CHANNEL}", THANKS, ts)
        await self._until(lambda: "Resolved by" in self._text(ts))
        await greta.post(f"#{CHANNEL}", "No, the file cannot be opened. Please send it again.", ts)
        await self._until(lambda: "resolve_ticket" in self._buttons(ts))

    async def resolved(self) -> None:
        """Resolve, and reopen by the requester's button."""
        ts = await self._ask("resolved", BILLING)
        await self._press("ana", ts, "resolve_ticket", lambda: self._said(ts, "resolved:"))
        await self._until(lambda: "Resolved by" in self._text(ts))
        await self._press(
            "greta",
            ts,
            "reopen_ticket",
            lambda: "resolve_ticket" in self._buttons(ts),
            on=lambda: self._said(ts, "resolved:")[0],
        )

    async def claimed(self) -> None:
        """Claim."""
        ts = await self._ask("claimed", BILLING)
        await self._press("ana", ts, "claim_ticket", lambda: "(claimed)" in self._text(ts))

    async def rerouted(self) -> None:
        """Reroute to another team."""
        ts = await self._ask("rerouted", BILLING)
        moved = {"queue": "platform", "category": "bug-report"}
        await self._fill("jonas", ts, "reroute_ticket", moved, lambda: self._is_in(ts, "team-platform"))

    async def reworded_draft(self) -> None:
        """Send a draft in a person's own wording."""
        ts = await self._ask("reworded draft", BILLING)
        words = {"text": "It is under Settings, in Billing."}
        await self._fill("marek", ts, "edit_draft", words, lambda: self._said(ts, "reply:"))

    async def rejected(self) -> None:
        """Turn a draft down."""
        ts = await self._ask("rejected", HOW_TO)
        reason = {"reason": "tone"}
        await self._until(lambda: "approve_draft" in self._buttons(ts))
        await self._fill("mei", ts, "reject_draft", reason, lambda: "approve_draft" not in self._buttons(ts))

    async def written(self) -> None:
        """Answer in a person's own words."""
        ts = await self._ask("written", HOW_TO)
        words = {"text": "I have added it for you."}
        await self._fill("hannah", ts, "reply_ticket", words, lambda: self._said(ts, "reply:"))

    async def reworded(self) -> None:
        """Edit a request until it is for another team."""
        ts = await self._ask("reworded", BILLING)
        await self._until(lambda: "approve_draft" in self._buttons(ts))
        await self._person("greta").edit(f"#{CHANNEL}", ts, OUTAGE)
        await self._until(lambda: self._is_in(ts, "team-platform"))

    async def reworded_talk(self) -> None:
        """Edit talk into a request."""
        ts = await self._ask("reworded talk", CHATTER)
        await self._person("greta").edit(f"#{CHANNEL}", ts, BILLING)
        await self._until(lambda: self._card(ts))

    async def withdrawn(self) -> None:
        """Delete a request."""
        ts = await self._ask("withdrawn", BILLING)
        await self._until(lambda: "approve_draft" in self._buttons(ts))
        card = self._card(ts)
        assert card is not None
        await self._person("greta").delete(f"#{CHANNEL}", ts)
        await self._until(lambda: "deleted their message" in text_of(self._now(card)))

    async def made(self) -> None:
        """Make a request of talk."""
        ts = await self._ask("made", CHATTER)
        mei = self._person("mei")
        use = lambda: mei.message_shortcut(f"#{CHANNEL}", ts, "make_request")  # noqa: E731
        await self._until(lambda: self._card(ts), use)

    async def placed(self) -> None:
        """Say which of the two candidates a held request is."""
        ts = await self._ask("placed", VAGUE)
        await self._until(lambda: "take_candidate:0" in self._buttons(ts))
        await self._press("mei", ts, "take_candidate:0", lambda: "take_candidate:0" not in self._buttons(ts))

    async def dismissed(self) -> None:
        """Say that a held request is none."""
        ts = await self._ask("dismissed", VAGUE)
        await self._press("mei", ts, "not_a_request", lambda: "Marked as no request" in self._text(ts))

    async def answered_by_hand(self) -> None:
        """A colleague answers in the thread."""
        ts = await self._ask("answered by hand", BILLING)
        await self._until(lambda: "approve_draft" in self._buttons(ts))
        await self._person("marek").post(f"#{CHANNEL}", "It is under Settings, in Billing.", ts)
        await self._until(lambda: "approve_draft" not in self._buttons(ts))

    async def followed_up(self) -> None:
        """The requester adds something before anybody has answered."""
        ts = await self._ask("followed up", BILLING)
        await self._until(lambda: "approve_draft" in self._buttons(ts))
        await self._person("greta").post(f"#{CHANNEL}", "And the one from August is missing as well.", ts)

    async def asked_elsewhere(self) -> None:
        """Call the bot where it takes no requests, and write to it alone."""
        twin, marek = self.fleet.host.twin, self._person("marek")
        await marek.post("#team-billing", f"<@{twin.bot_user_id}> can you help me?")
        await marek.post("@signalbox", "where is my invoice?")

    async def at_home(self) -> None:
        """Open the Home of somebody who answers and of somebody who asks, and draw it again."""
        for handle in ("ana", "greta"):
            await self._until(lambda: False, self._person(handle).home, tries=3)
        view = self.fleet.host.twin.ws.views.home(self._person("ana").id)
        if view is not None:
            await self._until(lambda: False, lambda: self._person("ana").click(view, "refresh_home"), tries=1)

    async def commanded(self) -> None:
        """Ask for figures and queues."""
        marek = self._person("marek")
        for asked in ("queue", "queue platform", "metrics 30d", "summary", "health"):
            before = len(marek.whispers("#team-billing"))
            await self._until(
                lambda n=before: len(marek.whispers("#team-billing")) > n,  # type: ignore[misc]
                lambda a=asked: marek.command("#team-billing", f"/signalbox {a}"),  # type: ignore[misc]
            )

    async def refused(self) -> None:
        """A customer asks for what only the staff may see."""
        heard = self._heard("greta", CHANNEL, "Only people")
        await self._until(
            lambda: self._heard("greta", CHANNEL, "Only people") > heard,
            lambda: self._person("greta").command(f"#{CHANNEL}", "/signalbox queue"),
        )

    async def alerted(self) -> None:
        """Acknowledge an alert, as whoever it is given to."""
        channel = self.fleet.host.twin.channel("customer-health")

        def waiting() -> list[dict[str, Any]]:
            return [post for post in channel.messages if "ack_alert" in buttons_of(post)]

        await self._until(waiting, tries=10)
        if found := waiting():
            post = found[0]
            await self._until(
                lambda: "ack_alert" not in buttons_of(self._now(post)),
                lambda: self._person("ana").click(post, "ack_alert"),
            )

    async def audits(self) -> dict[str, Counter[str]]:
        """Return what is written down about the requests of each story."""
        channel = self.fleet.host.twin.channel(CHANNEL)
        found = {}
        async with self.fleet.host.db.begin() as session:
            for story, asked in self.asked.items():
                query = (
                    select(TicketEvent.what)
                    .join(Ticket, col(Ticket.id) == col(TicketEvent.ticket_id))
                    .join(Request, col(Request.id) == col(Ticket.request_id))
                    .where(col(Request.channel) == channel.id, col(Request.ts).in_(asked))
                )
                found[story] = Counter(await session.exec(query))
        return found

    async def _ask(self, story: str, text: str) -> str:
        # The same words of the same person twice would be one request.
        self.told += 1
        ts = await self._person("greta").post(f"#{CHANNEL}", f"{text} ({self.told})")
        self.asked.setdefault(story, []).append(ts)
        return ts

    async def _until(self, is_so: Effect, do: Do | None = None, tries: int = 1000) -> None:
        """Wait for an effect, and do this again while there is none."""
        loop = asyncio.get_running_loop()
        for _ in range(tries):
            if is_so():
                return
            if do:
                with suppress(Refused, TimeoutError, Unanswered, AttributeError):
                    await do()
            until = loop.time() + _AGAIN
            while loop.time() < until:
                if is_so():
                    return
                await asyncio.sleep(_LOOK)

    async def _press(
        self,
        handle: str,
        ts: str,
        action: str,
        is_so: Effect,
        on: Callable[[], dict[str, Any] | None] | None = None,
        value: str | None = None,
    ) -> None:
        """Press, and again only when Slack says that the press did not arrive; what arrived has its effect."""
        person, pressed = self._person(handle), list[Delivery]()

        async def press() -> None:
            if pressed and any(one.outcome in ("acked", "waiting") for one in pressed[-1].attempts):
                return
            where = on() if on else self._card(ts)
            if where:
                await person.click(where, action, value=value)
                log = self.fleet.host.twin.ws.courier.log
                pressed.append(next(one for one in reversed(log) if _is_press(one, person.id, action)))

        await self._until(is_so, press)

    async def _fill(self, handle: str, ts: str, action: str, values: dict[str, str], is_so: Effect) -> None:
        person = self._person(handle)

        async def fill() -> None:
            card = self._card(ts)
            if not person.views() and card and action in buttons_of(card):
                await person.click(card, action)
                await person.modal(timeout=_AGAIN)
            if person.views():
                await person.submit(values)

        await self._until(is_so, fill)

    def _person(self, handle: str) -> Person:
        return self.fleet.host.twin.person(handle)

    def _said(self, ts: str, prefix: str) -> list[dict[str, Any]]:
        """Return our messages in a request's thread whose key begins like this."""
        thread = self.fleet.host.twin.channel(CHANNEL).thread(ts)
        return [message for message in thread if key_of(message).startswith(prefix)]

    def _number(self, ts: str) -> str:
        """Return the number that a request was given, as the line in its thread says; empty while there is none."""
        lines = self._said(ts, "line:")
        return key_of(lines[0]).removeprefix("line:") if lines else ""

    def _card(self, ts: str) -> dict[str, Any] | None:
        """Return the card of a request, wherever it is now."""
        if not (number := self._number(ts)):
            return None
        cards = [
            message
            for channel in self.fleet.host.twin.ws.channels.values()
            for message in channel.messages
            if re.match(rf"card:{number}:", key_of(message)) and message["text"].startswith(f"T-{number} ")
        ]
        return max(cards, key=lambda card: str(card["ts"]), default=None)

    def _now(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return a message as it looks now."""
        ws = self.fleet.host.twin.ws
        channel = ws.channels[ws.homes[message["ts"]]]
        return next(one for one in channel.messages if one["ts"] == message["ts"])

    def _text(self, ts: str) -> str:
        card = self._card(ts)
        return text_of(card) if card else ""

    def _buttons(self, ts: str) -> list[str]:
        card = self._card(ts)
        return buttons_of(card) if card else []

    def _is_in(self, ts: str, channel: str) -> bool:
        card, place = self._card(ts), self.fleet.host.twin.channel(channel)
        return card is not None and any(message["ts"] == card["ts"] for message in place.messages)

    def _heard(self, handle: str, channel: str, words: str) -> int:
        """Return how often somebody was whispered something with these words."""
        return sum(words in text_of(one) for one in self._person(handle).whispers(f"#{channel}"))


def _is_press(delivery: Delivery, person: str, action: str) -> bool:
    """Say whether something that Slack delivered is this person's press of this button."""
    payload = delivery.payload
    pressed = [one["action_id"] for one in payload.get("actions", [])]
    return delivery.kind == "interactive" and payload["user"]["id"] == person and action in pressed
