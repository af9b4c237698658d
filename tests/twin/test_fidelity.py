"""Everything the twin sends is compared, key by key, with Slack's own samples.

No key may be there that Slack's samples do not know, and no value may be of another type; exceptions are listed
below with their reason. Keys that every captured payload of a kind has must be there too. Blocks are checked
against the SDK's own models instead, because the samples show every block with the keys of all others.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jsonschema
import pytest
import yaml
from slack_sdk.models.blocks import Block

from tests.twin.busy import Seen, busy_hour
from tests.twin.conftest import HERE
from tests.twin.samples import Known, apart, known_samples
from tests.twin.shapes import data, learned, lines
from twin.blocks.surface import problems_of_message, problems_of_view
from twin.webapi.dispatch import METHODS
from twin.words import Json

# Differences that are right although the samples here do not show them: place (its end), and why.
KNOWN = {
    ".enterprise: null instead of object": "null outside Enterprise Grid, as in captured Socket Mode payloads",
    "authorizations[].enterprise_id: null instead of string": "the same, as in a captured file_share event",
    ".context_enterprise_id: null instead of string": "the same",
    ".channel_actions_ts: null instead of number": "null when there is none (documentation's example)",
    "view.title: null instead of object": "a Home has no title; the official views.publish example has null too",
    ".metadata.event_payload: unknown key": "documented; the samples' values are blanked",
    "slash_commands.is_enterprise_install: string instead of boolean": "a string in every published capture",
    "file_share.event.bot_id: unknown key": "on every message of a bot; the samples show people's uploads",
    "file_share.event.app_id: unknown key": "the same",
    "file_share.event.bot_profile: unknown key": "the same",
    "message.event.streaming_state: unknown key": "seen on the wire; in the answer of chat.stopStream too",
    "file_change.event.event_ts: unknown key": "in every other event",
    ".thumb_480_w: number instead of string": "a number in every published answer; the blanked sample has a string",
    ".thumb_480_h: number instead of string": "the same",
    "files[].image_exif_rotation: unknown key": "in every other description of a picture",
    ".assistant_thread.context.enterprise_id: null instead of string": "the SDK's own type has null too",
    ".user.profile.status_emoji_display_info: unknown key": "in every user that users.info shows",
    ".function_data.inputs: unknown key": "Bolt reads it; the blanked sample leaves it out",
    "block_suggestion.enterprise: unknown key": "in every other interactive payload",
    "block_suggestion.is_enterprise_install: unknown key": "the same",
}
# Keys that every sample of a kind has and the twin leaves out, and why.
LEFT_OUT = {
    "authed_users": "of the time before authorizations, in two captured events only",
    "enterprise_id": "only on Enterprise Grid; a captured event of a plain workspace has none",
    "response_urls": "in one test's view_closed only, not in the documentation or the JSON samples",
}
# Methods of which the data has no sample; their answers follow the documentation of each.
UNSAMPLED = {"auth.teams.list"}


@pytest.fixture(scope="module")
def known() -> Known:
    return known_samples()


@pytest.fixture(scope="module")
def seen() -> Seen:
    return asyncio.run(busy_hour())


def test_every_event_has_the_shape_of_slacks_samples(known: Known, seen: Seen) -> None:
    found: set[str] = set()
    kinds: set[tuple[str, str]] = set()
    for one in seen.envelopes:
        if one["type"] != "events_api":
            continue
        event = one["payload"]["event"]
        kind = (event["type"], event.get("subtype", ""))
        kinds.add(kind)
        name = kind[1] or kind[0]
        whole, parts = apart(one["payload"])
        found |= set(known.envelope.differences({**whole, "event": {}}, "envelope"))
        found |= set(known.events[kind].differences(whole["event"], f"{name}.event"))
        found |= _part_differences(known, parts)
        if name in known.captured:
            found |= {f"{name} misses {key}" for key in known.captured[name].missing(one["payload"])}
    assert _unexplained(found) == []
    assert kinds >= {
        ("message", ""),
        ("message", "message_changed"),
        ("message", "message_deleted"),
        ("message", "thread_broadcast"),
        ("message", "file_share"),
        ("message", "channel_join"),
        ("message", "bot_message"),
        ("app_mention", ""),
        ("app_home_opened", ""),
        ("channel_created", ""),
        ("file_deleted", ""),
        ("file_change", ""),
        ("link_shared", ""),
        ("message", "me_message"),
        ("pin_added", ""),
        ("pin_removed", ""),
        ("reaction_added", ""),
        ("reaction_removed", ""),
        ("file_shared", ""),
        ("member_joined_channel", ""),
        ("member_left_channel", ""),
        ("message", "channel_archive"),
        ("message", "channel_leave"),
        ("message", "channel_name"),
        ("message", "channel_purpose"),
        ("message", "channel_topic"),
        ("message", "channel_unarchive"),
        ("channel_archive", ""),
        ("channel_left", ""),
        ("channel_rename", ""),
        ("channel_shared", ""),
        ("channel_unarchive", ""),
        ("group_archive", ""),
        ("group_left", ""),
        ("group_rename", ""),
        ("group_unarchive", ""),
        ("team_join", ""),
        ("user_change", ""),
        ("user_profile_changed", ""),
        ("user_status_changed", ""),
        ("assistant_thread_started", ""),
        ("assistant_thread_context_changed", ""),
        ("app_context_changed", ""),
        ("agent_session_stopped", ""),
        ("function_executed", ""),
    }


def test_every_interaction_has_the_shape_of_slacks_samples(known: Known, seen: Seen) -> None:
    found: set[str] = set()
    kinds: set[str] = set()
    for one in seen.envelopes:
        if one["type"] == "events_api":
            continue
        kind = one["payload"].get("type", "slash_commands")
        kinds.add(kind)
        whole, parts = apart(one["payload"])
        found |= set(known.payloads[kind].differences(whole, kind))
        found |= _part_differences(known, parts)
        if kind in known.captured:
            found |= {f"{kind} misses {key}" for key in known.captured[kind].missing(one["payload"])}
    assert _unexplained(found) == []
    assert kinds == {
        "block_actions",
        "block_suggestion",
        "message_action",
        "shortcut",
        "slash_commands",
        "view_closed",
        "view_submission",
    }


def test_every_answer_has_the_shape_of_slacks_samples(known: Known, seen: Seen) -> None:
    found: set[str] = set()
    for method, answer in seen.answers:
        if method in UNSAMPLED:
            assert method not in known.answers
            continue
        whole, parts = apart(answer)
        found |= set(known.answers[method].differences(whole, method))
        found |= _part_differences(known, parts)
    assert _unexplained(found) == []
    assert {method for method, _ in seen.answers} == set(METHODS)


def test_every_envelope_has_slacks_fields(seen: Seen) -> None:
    frames = lines("payloads.jsonl")
    for one in seen.envelopes:
        samples = [row["payload"] for row in frames if row["kind"] == f"socket:{one['type']}"]
        extra = {"retry_attempt", "retry_reason"} if one["type"] == "events_api" else set()
        assert set(one) == set(learned(samples).keys) | extra
    hello = next(row["payload"] for row in frames if row["kind"] == "socket:hello")
    assert set(hello) == {"type", "num_connections", "debug_info", "connection_info"}


def test_blocks_the_twin_sends_are_valid_and_known_to_the_sdk(seen: Seen) -> None:
    found = [
        blocks for one in [*seen.envelopes, *(body for _, body in seen.answers)] for blocks in _blocks(one)
    ]
    assert len(found) > 20
    for blocks in found:
        # A view's and a message's blocks differ in what may be there; both must pass one of the two.
        as_view = problems_of_view({"type": "home", "blocks": blocks})
        assert problems_of_message(blocks) == [] or as_view == []
        for block in blocks:
            parsed = Block.parse(block)
            assert parsed is not None
            assert set(block) <= set(parsed.to_dict()) | {"block_id", "optional", "dispatch_action"}


def test_an_unknown_key_and_a_wrong_type_are_found(known: Known) -> None:
    shape = known.events["reaction_added", ""]
    event = {"type": "reaction_added", "user": "U1", "reaction": "eyes", "item": {"type": "message"}}
    assert list(shape.differences(event, "event")) == []
    assert list(shape.differences({**event, "mood": "good"}, "event")) == ["event.mood: unknown key"]
    assert list(shape.differences({**event, "user": 1}, "event")) == ["event.user: number instead of string"]
    assert known.captured["reaction_added"].missing({"event": event}) >= {"event_id", "token"}


def test_the_manifest_of_the_tests_is_valid() -> None:
    schema = json.loads((data() / "manifest.schema.2.0.0.json").read_text(encoding="utf-8"))
    jsonschema.validate(yaml.safe_load((HERE / "manifest.yml").read_text(encoding="utf-8")), schema)


def _unexplained(found: set[str]) -> list[str]:
    left = {one for one in found if not any(one.endswith(end) for end in KNOWN)}
    return sorted(one for one in left if one.partition(" misses ")[2] not in LEFT_OUT)


def _part_differences(known: Known, parts: list[tuple[str, Json]]) -> set[str]:
    return {say for kind, part in parts for say in known.parts[kind].differences(part, kind)}


def _blocks(value: Any) -> list[list[Json]]:
    if isinstance(value, list):
        return [one for inside in value for one in _blocks(inside)]
    if not isinstance(value, dict):
        return []
    here = [value["blocks"]] if value.get("blocks") else []
    return [*here, *(one for key, inside in value.items() if key != "blocks" for one in _blocks(inside))]
