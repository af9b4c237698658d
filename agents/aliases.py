"""Other names for people: towards Claude they are `person_1`, their addresses `email_1`, as policy says.

Nobody in Slack sees an alias, because what Claude answers is turned back before it is shown. The list lives as long as
one question and is kept nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.privacy import SECRET, Kind, find, masked

_NAMES = {Kind.EMAIL: "email", Kind.PHONE: "phone", Kind.IBAN: "account_number"}
_ALIAS = re.compile(r"\b(?:person|email|phone|account_number)_\d+\b")
# First names that also begin sentences about something else.
_WORD = re.compile(
    "April|Art|August|Bill|Carol|Chase|Dale|Dawn|Drew|Faith|Frank|Grace|Grant|Heather|Hope|Iris|Ivy|Jack|Joy|June|Lane|"
    "Mark|May|Miles|Pat|Penny|Rob|Rose|Ruby|Sky|Sue|Summer|Victor|Violet|Wade|Will"
)


class Aliases:
    """The aliases of one question. Without people, only secrets are hidden."""

    def __init__(self, people: Sequence[str] = ()) -> None:
        self._given: dict[str, str] = {}  # what stands for it, by what was written
        self._meant: dict[str, str] = {}  # the other way round
        self._is_on = bool(people)
        for name in dict.fromkeys(filter(None, people)):
            alias = self._alias(name, "person")
            first = name.split()[0]
            if first != name and len(first) > 1 and not _WORD.fullmatch(first):
                self._given.setdefault(first, alias)
        names = sorted(self._given, key=len, reverse=True)
        self._people = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)") if names else None

    def hide(self, text: str) -> str:
        """Return a text without secrets, and with aliases in place of the people it is about."""
        if not self._is_on:
            return masked(text)
        for found in reversed(find(text)):
            said = text[found.start : found.end]
            put = f"[{found.kind} hidden]" if found.kind in SECRET else self._alias(said, _NAMES[found.kind])
            text = text[: found.start] + put + text[found.end :]
        return self._people.sub(lambda name: self._given[name[0]], text) if self._people else text

    def restore(self, text: str) -> str:
        """Return a text with those whom the aliases stand for; an alias that was never given stays."""
        return _ALIAS.sub(lambda alias: self._meant.get(alias[0], alias[0]), text)

    def _alias(self, said: str, kind: str) -> str:
        if said not in self._given:
            number = 1 + sum(alias.rpartition("_")[0] == kind for alias in self._meant)
            self._given[said] = f"{kind}_{number}"
            self._meant[f"{kind}_{number}"] = said
        return self._given[said]
