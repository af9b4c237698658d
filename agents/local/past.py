"""The past tickets that a message is compared with: the similar ones below a card."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

from agents.local.neighbours import Neighbours
from agents.words import SimilarTicket


class Past:
    """The past tickets this process knows, shared by an engine and those made from it."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._tickets: dict[int, SimilarTicket] = {}
        self._lock = threading.Lock()

    def remember(self, ticket: SimilarTicket) -> None:
        """Add a ticket, or replace what is known of it."""
        self._neighbours.add(ticket.ticket_id, ticket.text)
        with self._lock:
            self._tickets[ticket.ticket_id] = ticket

    def remember_all(self, tickets: Iterable[SimilarTicket]) -> None:
        """Add those tickets that are not known as they are, with vectors from the disk where there are any."""
        with self._lock:
            known = {one.ticket_id: one for one in tickets if self._tickets.get(one.ticket_id) != one}
        self._neighbours.add_all({number: ticket.text for number, ticket in known.items()})
        with self._lock:
            self._tickets.update(known)

    def forget(self, ticket_id: int) -> None:
        """Drop a ticket, as when its message was deleted; an unknown one is no error."""
        self._neighbours.remove(ticket_id)
        with self._lock:
            self._tickets.pop(ticket_id, None)

    def similar(self, text: str, k: int) -> list[SimilarTicket]:
        """Return at most k tickets with their likeness, the most alike first."""
        found = self._neighbours.nearest(text, k)
        with self._lock:
            return [
                replace(self._tickets[each.ticket_id], score=each.score)
                for each in found
                if each.ticket_id in self._tickets
            ]
