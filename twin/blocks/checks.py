"""Small pieces that checks of Block Kit are put together from.

An app's developer sees Slack's own kind of sentence: what is wrong, and a JSON pointer to where. Deliberately
unaware of any block: this knows only objects, lists and text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from twin.words import Json


@dataclass
class Problems:
    """What was found wrong so far, and where one is looking. `surface` is message, modal or home."""

    surface: str
    found: list[str] = field(default_factory=list)
    focused: list[str] = field(default_factory=list)
    action_ids: dict[str, str] = field(default_factory=dict)

    def add(self, say: str, at: str) -> None:
        self.found.append(f"{say} [json-pointer:{at}]")


Check = Callable[[Any, str, Problems], None]


def string(most: int, least: int = 1) -> Check:
    """A plain string of limited length."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add("must provide a string", at)
        elif len(value) > most:
            problems.add(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            problems.add(f"must be more than {least - 1} characters", at)

    return check


def matching(pattern: str, say: str) -> Check:
    """A string of a certain form, such as a date."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            problems.add(say, at)

    return check


def one_of(*values: Any) -> Check:
    """One value of a fixed set."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if value not in values:
            problems.add("must be a valid enum value", at)

    return check


def boolean(value: Any, at: str, problems: Problems) -> None:
    """True or false."""
    if not isinstance(value, bool):
        problems.add("must provide a boolean", at)


def anything(value: Any, at: str, problems: Problems) -> None:
    """Not looked at."""


def integer(least: int, most: int) -> Check:
    """A whole number in a range."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            problems.add("must provide an integer", at)
        elif not least <= value <= most:
            problems.add(f"must be between {least} and {most}", at)

    return check


def number(value: Any, at: str, problems: Problems) -> None:
    """Any number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        problems.add("must provide a number", at)


def each(item: Check, most: int, least: int = 1) -> Check:
    """A list whose items all pass a check."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.add("must provide an array", at)
            return
        if len(value) > most:
            problems.add(f"no more than {most} items allowed", at)
        if len(value) < least:
            problems.add(f"no fewer than {least} items allowed", at)
        for index, one in enumerate(value):
            item(one, f"{at}/{index}", problems)

    return check


def thing(
    required: Mapping[str, Check],
    optional: Mapping[str, Check] | None = None,
    rule: Check | None = None,
) -> Check:
    """An object with known keys only; `rule` looks at the whole of it afterwards."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", at)
            return
        for key in required:
            if key not in value:
                problems.add(f"missing required field: {key}", at)
        for key, inside in value.items():
            if key not in known:
                problems.add(f"invalid additional property: {key}", at)
            elif inside is None and key not in required:
                continue  # Slack reads null as absent
            else:
                known[key](inside, f"{at}/{key}", problems)
        if rule is not None:
            rule(value, at, problems)

    return check


def by_type(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says which check it must pass."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", at)
        elif "type" not in value:
            problems.add("missing required field: type", at)
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            problems.add(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            kinds[value["type"]](value, at, problems)

    return check


def exactly_one(*keys: str) -> Check:
    """A rule: one and only one of these keys is there."""

    def rule(value: Json, at: str, problems: Problems) -> None:
        there = [key for key in keys if value.get(key) is not None]
        if not there:
            problems.add(f"must define either `{'` or `'.join(keys)}`", at)
        elif len(there) > 1:
            problems.add(f"must define only one of `{'`, `'.join(keys)}`", at)

    return rule


def at_least_one(*keys: str) -> Check:
    """A rule: one or more of these keys is there."""

    def rule(value: Json, at: str, problems: Problems) -> None:
        if not any(value.get(key) for key in keys):
            problems.add(f"must define either `{'` or `'.join(keys)}`", at)

    return rule


def rules(*checks: Check) -> Check:
    """Several rules, one after the other."""

    def rule(value: Any, at: str, problems: Problems) -> None:
        for check in checks:
            check(value, at, problems)

    return rule
