"""What Slack's own samples show, sorted by where it belongs: events, interactions, answers, messages and views."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.twin import documented_chat, documented_people
from tests.twin.shapes import Shape, data, lines
from twin.words import Json

# Objects that occur in many places; each is compared with all samples of its kind together.
PARTS = {"message": "message", "previous_message": "message", "root": "message", "view": "view"}
LISTS = {"messages": "message", "views": "view"}


@dataclass
class Known:
    """What Slack's samples show, sorted by where it belongs."""

    envelope: Shape
    events: dict[tuple[str, str], Shape]
    payloads: dict[str, Shape]
    captured: dict[str, Shape]
    answers: dict[str, Shape]
    parts: dict[str, Shape]


def known_samples() -> Known:
    samples = {row["sample"]: row["json"] for row in lines("shapes.jsonl")}
    rows = lines("payloads.jsonl")
    responses = json.loads((data() / "web_api_responses.json").read_text(encoding="utf-8"))
    parts: dict[str, Shape] = {"message": Shape(), "view": Shape()}

    def take(sample: Any) -> Any:
        whole, found = apart(sample)
        for kind, part in found:
            parts[kind].learn(part)
        return whole

    envelope = Shape()
    events: dict[tuple[str, str], Shape] = {}
    captured: dict[str, Shape] = {}
    callbacks = [(False, body) for name, body in samples.items() if name.startswith("events/")]
    callbacks += [(True, row["payload"]) for row in rows if row["kind"] == "event_callback"]
    for is_captured, body in callbacks:
        whole = take(body)
        event = whole.get("event", {})
        kind = (event.get("type") or "message", event.get("subtype") or "")
        envelope.learn({**whole, "event": {}})
        if kind[0] == "message":
            parts["message"].learn(event)
        for one in {kind, *_named(body, samples)}:
            events.setdefault(one, Shape()).learn(event)
        if is_captured:
            captured.setdefault(kind[1] or kind[0], Shape()).learn(body)
    payloads: dict[str, Shape] = {}
    for name, body in samples.items():
        if name.startswith("app-backend/"):
            payloads.setdefault(body.get("type", "slash_commands"), Shape()).learn(take(body))
    for row in rows:
        body = row["payload"].get("payload") if row["kind"].startswith("socket:") else row["payload"]
        if row["kind"] in ("slash_command", "socket:slash_commands") and isinstance(body, dict):
            payloads["slash_commands"].learn(take(body))
        elif isinstance(body, dict) and body.get("type") in INTERACTIONS:
            payloads.setdefault(body["type"], Shape()).learn(take(body))
            captured.setdefault(body["type"], Shape()).learn(body)
    answers: dict[str, Shape] = {}
    for name, body in samples.items():
        if name.startswith("api/"):
            answers.setdefault(name[4:-5], Shape()).learn(take(body))
    for method, statuses in responses.items():
        answers.setdefault(method, Shape()).learn(take(statuses["200"]))
    for method, body in documented_chat.ANSWERS.items():
        answers.setdefault(method, Shape()).learn(take(body))
    for method, body in documented_people.ANSWERS.items():
        answers.setdefault(method, Shape()).learn(take(body))
    for name, event in documented_people.EVENTS.items():
        events.setdefault((name, ""), Shape()).learn(event)
    # A user is the same object in a list as alone, but each sample shows other people.
    answers["users.list"].learn({"members": [samples["api/users.info.json"]["user"]]})
    return Known(envelope, events, payloads, captured, answers, parts)


INTERACTIONS = (
    "block_actions",
    "block_suggestion",
    "message_action",
    "shortcut",
    "view_closed",
    "view_submission",
)
# Samples whose blanked event does not name its own subtype.
_FILES = {
    "events/MessageFileSharePayload.json": ("message", "file_share"),
    "events/MessageBotPayload.json": ("message", "bot_message"),
    "events/MessageChangedPayload.json": ("message", "message_changed"),
    "events/MessageDeletedPayload.json": ("message", "message_deleted"),
    "events/MessageThreadBroadcastPayload.json": ("message", "thread_broadcast"),
    "events/MessagePayload.json": ("message", ""),
}


def _named(body: Json, samples: dict[str, Json]) -> set[tuple[str, str]]:
    return {kind for name, kind in _FILES.items() if samples[name] is body}


def apart(value: Any) -> tuple[Any, list[tuple[str, Json]]]:
    """Take objects with a shape of their own out of a value, and everything whose keys are data."""
    parts: list[tuple[str, Json]] = []

    def walk(one: Any, key: str) -> Any:
        if isinstance(one, list):
            if key in LISTS:
                for inside in one:
                    parts.append((LISTS[key], walk(inside, "")))
                return []
            return [] if key == "blocks" else [walk(inside, "") for inside in one]
        if not isinstance(one, dict):
            return one
        if key in ("shares", "state", "event_payload"):  # keyed by ids, or by the app's own words
            return {}
        whole = {name: walk(inside, name) for name, inside in one.items()}
        if key in PARTS:
            parts.append((PARTS[key], whole))
            return {}
        return whole

    return walk(value, ""), parts
