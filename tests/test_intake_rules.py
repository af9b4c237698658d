"""Reading events: what is a request, and what never becomes one."""

from __future__ import annotations

from typing import Any

import pytest

from agents.intake import Deleted, Edited, NewMessage, NotOurs, ThreadReply, plain, read, shorten

US = "UBOT"
POSTED = {"type": "message", "channel": "C1", "user": "U1", "text": "help", "ts": "1.1"}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (POSTED, NewMessage),
        ({**POSTED, "subtype": "file_share", "files": [{"name": "a.png"}]}, NewMessage),
        ({**POSTED, "subtype": "me_message"}, NewMessage),
        ({**POSTED, "thread_ts": "1.1"}, NewMessage),
        ({**POSTED, "thread_ts": "1.0"}, ThreadReply),
        ({**POSTED, "thread_ts": "1.0", "subtype": "thread_broadcast"}, ThreadReply),
        ({**POSTED, "bot_id": "B1"}, NotOurs),
        ({**POSTED, "user": US}, NotOurs),
        ({**POSTED, "user": "USLACKBOT"}, NotOurs),
        ({**POSTED, "subtype": "channel_join"}, NotOurs),
        ({**POSTED, "subtype": "channel_topic"}, NotOurs),
        ({"type": "message", "channel": "C1"}, NotOurs),
        ({}, NotOurs),
    ],
)
def test_what_arrived_is_told_apart(event: dict[str, Any], kind: type) -> None:
    assert isinstance(read(event, US), kind)


def test_a_message_that_only_forwards_another_says_what_that_one_said() -> None:
    forwarded = {**POSTED, "text": "", "attachments": [{"text": "where is my invoice?", "fallback": "x"}]}

    assert read(forwarded, US) == NewMessage("C1", "1.1", "U1", "where is my invoice?", ())


def changed(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C1",
        "message": new,
        "previous_message": old,
    }


def test_a_new_wording_is_an_edit() -> None:
    arrival = read(changed({**POSTED, "text": "help!"}, POSTED), US)

    assert arrival == Edited("C1", "1.1", "", "U1", "help!", ())


def test_a_preview_or_a_reply_count_is_no_edit() -> None:
    assert isinstance(read(changed({**POSTED, "reply_count": 1}, POSTED), US), NotOurs)


def test_a_message_with_replies_that_is_deleted_leaves_a_tombstone() -> None:
    tombstone = {**POSTED, "subtype": "tombstone", "thread_ts": "1.1", "text": "This message was deleted."}

    assert read(changed(tombstone, POSTED), US) == Deleted("C1", "1.1", "1.1")


def test_a_deletion_names_the_message() -> None:
    gone = {
        "subtype": "message_deleted",
        "channel": "C1",
        "deleted_ts": "1.1",
        "previous_message": POSTED,
    }

    assert read(gone, US) == Deleted("C1", "1.1", "")


@pytest.mark.parametrize(
    ("marked", "read_as"),
    [
        ("ask <@U1> please", "ask @Ana please"),
        ("see <#C1|help>", "see #help"),
        ("see <#C1>", "see #general"),
        ("<!channel> urgent", "@channel urgent"),
        ("<!subteam^S1|@billing> hello", "@billing hello"),
        ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
        ("<https://example.com|the page>", "the page (https://example.com)"),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ("zero\u200bwidth \u202egnp.exe \x07bell", "zerowidth gnp.exe bell"),
    ],
)
def test_markup_is_read_as_a_person_reads_it(marked: str, read_as: str) -> None:
    assert plain(marked, {"U1": "Ana"}.get, {"C1": "general"}.get) == read_as  # type: ignore[arg-type]


def test_a_long_text_is_cut_at_a_word() -> None:
    assert shorten("one two three", 9) == "one two…"
    assert shorten("one", 9) == "one"
    assert len(shorten("x" * 100, 50)) == 50
