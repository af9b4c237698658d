"""Reading `signalbox.toml`: strict, and with an answer to "where is the mistake and what should I write?".

An operator sees one line per mistake, `signalbox.toml:42: queues.billing.sla: …`, before anything is connected.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apscheduler.triggers.cron import CronTrigger
from pydantic import ValidationError

from agents.policy import AuditPolicy, Policy

Path_ = tuple[str | int, ...]


class PolicyError(Exception):
    """The policy cannot be used; each line says file, line, place and a hint."""


@dataclass(frozen=True)
class Mistake:
    place: Path_
    hint: str


def load(path: Path) -> Policy:
    """Return the policy in this file. Raises PolicyError naming every mistake that can be found in one pass."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as wrong:
        raise PolicyError(f"{path}: {wrong.strerror}; set SIGNALBOX_POLICY to your signalbox.toml") from None
    except UnicodeDecodeError:
        raise PolicyError(f"{path}: not UTF-8 text; save it again as UTF-8") from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        found = re.search(r"at line (\d+)", str(wrong))
        line = found.group(1) if found else "1"
        raise PolicyError(f"{path.name}:{line}: not valid TOML: {wrong}") from None
    try:
        policy = Policy.model_validate(table)
    except ValidationError as wrong:
        raise _refusal(path, text, [_mistake(error) for error in wrong.errors()]) from None
    if mistakes := list(_dangling(policy)):
        raise _refusal(path, text, mistakes)
    return policy


def _refusal(path: Path, text: str, mistakes: Iterable[Mistake]) -> PolicyError:
    lines = [
        f"{path.name}:{line_of(text, mistake.place)}: {'.'.join(map(str, mistake.place))}: {mistake.hint}"
        for mistake in mistakes
    ]
    return PolicyError("\n".join(lines))


def _mistake(error: Any) -> Mistake:
    place: Path_ = tuple(error["loc"])
    match error["type"]:
        case "extra_forbidden":
            return Mistake(place, "unknown key" + _nearest(str(place[-1]), _known_keys(place[:-1])))
        case "missing":
            return Mistake(place, "missing; it has to be given")
        case "value_error":
            return Mistake(place, str(error["ctx"]["error"]))
        case _:
            message = error["msg"]
            return Mistake(place, message[:1].lower() + message[1:])


def _known_keys(place: Path_) -> list[str]:
    """Return the keys that policy knows at this place, by walking the model along it."""
    model: Any = Policy
    for step in place:
        fields = getattr(model, "model_fields", None)
        if fields is None:
            return []
        annotation = fields[step].annotation if step in fields else None
        options = [annotation, *getattr(annotation, "__args__", ())]
        model = next((option for option in options if hasattr(option, "model_fields")), model)
    return list(getattr(model, "model_fields", ()))


def _nearest(name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    close = difflib.get_close_matches(name, known, 1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known are {', '.join(known)}" if known else ""


def _dangling(policy: Policy) -> Iterator[Mistake]:
    """Yield every name that points to nothing, and every rule that can never work."""

    def check(place: Path_, name: str, known: Iterable[str], what: str) -> Iterator[Mistake]:
        if name not in known:
            yield Mistake(place, f"there is no {what} {name!r}" + _nearest(name, known))

    for name, sla in policy.slas.items():
        yield from check(("slas", name, "hours"), sla.hours, policy.hours, "hours table")
    for name, queue in policy.queues.items():
        yield from check(("queues", name, "sla"), queue.sla, policy.slas, "SLA")
        if queue.channel in policy.request_channels:
            yield Mistake(
                ("queues", name, "channel"), f"{queue.channel!r} is a request channel; cards need another"
            )
    for name, channel in policy.request_channels.items():
        for category in channel.categories:
            yield from check(
                ("request_channels", name, "categories"), category, policy.categories, "category"
            )
    used = {category for channel in policy.request_channels.values() for category in channel.categories}
    for name, kind in policy.categories.items():
        yield from check(("categories", name, "queue"), kind.queue, policy.queues, "queue")
        if name not in used:
            yield Mistake(("categories", name), "no request channel lists it, so it can never be chosen")
    for number, rule in enumerate(policy.routes):
        if rule.queue:
            yield from check(("routes", number, "queue"), rule.queue, policy.queues, "queue")
    yield from check(("triage", "hold_queue"), policy.triage.hold_queue, policy.queues, "queue")
    for name in policy.incidents.categories:
        yield from check(("incidents", "categories"), name, policy.categories, "category")
    drift, hold = policy.cadences.drift, policy.queues.get(policy.triage.hold_queue)
    if drift and drift.channel in policy.request_channels:
        yield Mistake(
            ("cadences", "drift", "channel"),
            f"{drift.channel!r} is a request channel; what is found there would be read by those who ask",
        )
    if drift and drift.owner and hold:
        yield from check(("cadences", "drift", "owner"), drift.owner, hold.owners, "owner of the hold queue")
    if policy.audit:
        yield from _audit(policy, policy.audit, check)
    for name in ("morning_summary", "drift", "account_health"):
        cadence = getattr(policy.cadences, name)
        if cadence:
            yield from _cron(("cadences", name, "cron"), cadence.cron, cadence.timezone)


def _audit(
    policy: Policy, audit: AuditPolicy, check: Callable[[Path_, str, Iterable[str], str], Iterator[Mistake]]
) -> Iterator[Mistake]:
    for name in audit.request_channels:
        yield from check(("audit", "request_channels"), name, policy.request_channels, "request channel")
    if audit.channel in policy.request_channels:
        yield Mistake(
            ("audit", "channel"),
            f"{audit.channel!r} is a request channel; whoever asks there would read what was judged wrongly",
        )
    yield from _cron(("audit", "timezone"), audit.cron, audit.timezone or policy.company.timezone)


def _cron(place: Path_, cron: str, timezone: str) -> Iterator[Mistake]:
    fields = cron.split()
    if len(fields) == 5 and re.search(r"\d", fields[4]):
        # Crontabs count from Sunday, the scheduler from Monday: `1` would silently be Tuesday.
        hint = f'{fields[4]!r} can be read as different weekdays; write them by name, "mon" or "mon-fri"'
        yield Mistake(place, hint)
        return
    try:
        CronTrigger.from_crontab(cron, timezone=timezone)
    except (ValueError, KeyError) as wrong:
        yield Mistake(
            place, f'{cron!r} in {timezone!r} is not a schedule ({wrong}); write it like "30 8 * * mon-fri"'
        )


def line_of(text: str, place: Path_) -> int:
    """Return the line on which this place stands, or the nearest one above it that exists (1 if none)."""
    best, matched = 1, 0
    header: Path_ = ()
    counts: dict[Path_, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if found := re.match(r"\[\[(.+?)\]\]", stripped):
            name = _keys(found.group(1))
            counts[name] = counts.get(name, -1) + 1
            header = (*name, counts[name])
        elif found := re.match(r"\[(.+?)\]", stripped):
            header = _keys(found.group(1))
        elif found := re.match(r"([\w.\-\"']+)\s*=", stripped):
            here = (*header, *_keys(found.group(1)))
            if here == place[: len(here)] and len(here) > matched:
                best, matched = number, len(here)
            continue
        else:
            continue
        if header == place[: len(header)] and len(header) > matched:
            best, matched = number, len(header)
    return best


def _keys(dotted: str) -> Path_:
    return tuple(key.strip().strip("\"'") for key in dotted.split("."))
