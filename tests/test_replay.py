"""`signalbox replay`: real files into the local workspace, and a table of what became of each message."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlmodel import select

from agents.words import Outcome
from bot.replay import Fate, follow, post, replay_file, table
from bot.replay_files import Line, ReplayError, read
from storage.tables import Request, Ticket
from tests.process import launcher
from tests.test_triage import ASKED
from tests.world import World

REPORT = "The weight on the label shows 0.00 kg although the order has 2.4 kg. Happens since this morning"
THANKS = "thank you so much, got it!"
UNCLEAR = "This is strange, can you have a look?"


def written(folder: Path, name: str, text: str | bytes) -> Path:
    """Write a file and return its path."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return file


def day(*texts: str, **more: Any) -> str:
    """Write one day of a Slack export."""
    return json.dumps(
        [
            {"type": "message", "user": "U1", "ts": f"{n}.1", "text": text, **more}
            for n, text in enumerate(texts)
        ]
    )


def test_a_csv_file_is_read_with_labels_and_people(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", 'text,category,person\n"one, two",billing,greta\n"three\nfour",,\n')

    assert read(file) == [Line("one, two", "billing", "greta"), Line("three\nfour")]


def test_a_csv_file_that_excel_saved_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "\ufefftext,intent\r\nhällo,leave\r\n")

    assert read(file) == [Line("hällo", "leave")]


def test_a_jsonl_file_is_read_with_either_name_of_the_text(tmp_path: Path) -> None:
    rows = [{"text": "one", "label": "x"}, {"utterance": "two", "intent": "y"}, {"text": "three"}]
    file = written(tmp_path, "a.jsonl", "\n\n".join(json.dumps(row) for row in rows))

    assert read(file) == [Line("one", "x"), Line("two", "y"), Line("three")]


def test_a_day_of_an_export_keeps_what_people_posted_themselves(tmp_path: Path) -> None:
    messages = [
        {"type": "message", "user": "U1", "ts": "1.1", "text": "a request"},
        {"type": "message", "user": "U1", "ts": "2.1", "thread_ts": "2.1", "text": "one with a thread"},
        {"type": "message", "user": "U1", "ts": "3.1", "thread_ts": "2.1", "text": "a reply"},
        {"type": "message", "subtype": "channel_join", "user": "U2", "ts": "4.1", "text": "joined"},
        {"type": "message", "bot_id": "B1", "ts": "5.1", "text": "a bot"},
        {"type": "message", "user": "U1", "ts": "6.1", "text": ""},
    ]
    file = written(tmp_path, "2026-11-24.json", json.dumps(messages))

    assert [line.text for line in read(file)] == ["a request", "one with a thread"]


def test_the_folder_of_an_export_is_read_day_by_day_without_its_lists(tmp_path: Path) -> None:
    written(tmp_path, "export/users.json", '[{"id": "U1", "name": "greta"}]')
    written(tmp_path, "export/channels.json", "[]")
    written(tmp_path, "export/support/2026-11-25.json", day("second"))
    written(tmp_path, "export/support/2026-11-24.json", day("first"))

    assert [line.text for line in read(tmp_path / "export")] == ["first", "second"]


def test_the_folder_of_one_channel_is_read_too(tmp_path: Path) -> None:
    written(tmp_path, "support/2026-11-25.json", day("second"))
    written(tmp_path, "support/2026-11-24.json", day("first"))

    assert [line.text for line in read(tmp_path / "support")] == ["first", "second"]


def test_lines_without_a_word_are_left_out(tmp_path: Path) -> None:
    assert read(written(tmp_path, "a.csv", "text,label\none,\n   ,x\n\n,y\ntwo,\n")) == [
        Line("one"),
        Line("two"),
    ]
    assert read(written(tmp_path, "a.jsonl", '{"text": " "}\n{"text": "one"}')) == [Line("one")]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "message,label\nhello,x\n", "a.csv:1: "),
        ("a.csv", "", "a.csv:1: "),
        ("a.csv", "label,text\nx,one\ny\n", "a.csv:3: this line has fewer columns"),
        ("a.csv", 'text\none\n"two"x\n', "a.csv:3: not CSV"),
        ("a.csv", b"text\none\ntw\xff\n", "a.csv:3: not UTF-8"),
        ("a.jsonl", '{"text": "one"}\n\n{"text": \n', "a.jsonl:3: not JSON"),
        ("a.jsonl", '{"text": "one"}\n["two"]\n', "a.jsonl:2: "),
        ("a.jsonl", '{"text": 5}\n', "a.jsonl:1: "),
        ("a.jsonl", b'{"text": "one"}\n{"text": "\xff"}\n', "a.jsonl:2: not UTF-8"),
        ("a.json", '[\n{"type": "message",}\n]', "a.json:2: not JSON"),
        ("a.json", '{"ok": true}', "a.json:1: "),
        ("a.json", '["hello"]', "a.json:1: "),
        ("a.parquet", "PAR1", "a.parquet: give a .csv, .jsonl or .json file"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_line(
    tmp_path: Path, name: str, text: str | bytes, says: str
) -> None:
    with pytest.raises(ReplayError) as refused:
        read(written(tmp_path, name, text))

    assert str(refused.value).startswith(says)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="there is no such file"):
        read(tmp_path / "nowhere.csv")


async def replayed(world: World, file: Path, *, channel: str = "customer-support", limit: int = 0) -> str:
    """Replay a file as fast as it goes, and return what was printed."""
    console = Console(record=True, width=100, force_terminal=False, quiet=False, file=None)
    with console.capture() as printed:
        await replay_file(file, channel, 0, limit, world.twin.url, world.database_url, console)
    return printed.get()


def count(printed: str, name: str) -> str:
    """Return a row's value in the closing table."""
    found = re.search(rf"{re.escape(name)}\s*[│|┃]\s*(.+?)\s*[│|┃]", printed)
    assert found, f"no {name!r} in\n{printed}"
    return found.group(1)


async def test_the_closing_table_counts_what_really_became_of_each_message(
    world: World, tmp_path: Path
) -> None:
    rows = [(ASKED, "billing-invoice"), (REPORT, "billing-refund"), (THANKS, ""), (UNCLEAR, "")]
    file = written(
        tmp_path, "a.jsonl", "\n".join(json.dumps({"text": text, "label": label}) for text, label in rows)
    )

    printed = await replayed(world, file)

    requests = await world.rows(Request)
    outcomes = Counter(request.outcome for request in requests)
    assert len(requests) == 4
    assert "4 messages" in printed
    assert count(printed, "routed") == str(outcomes[Outcome.ROUTED])
    assert count(printed, "held for a person") == str(outcomes[Outcome.HELD])
    assert count(printed, "not a request") == str(outcomes[Outcome.NOT_A_REQUEST])
    assert outcomes[Outcome.ROUTED] >= 1
    assert outcomes[Outcome.HELD] >= 1
    assert outcomes[Outcome.NOT_A_REQUEST] == 1
    assert "without an outcome" not in printed
    proposed = [
        ticket
        for ticket in await world.rows(Ticket)
        if "approve_draft" in str(world.twin.channel(ticket.card_channel).get(ticket.card_ts))
    ]
    assert count(printed, "drafted") == str(len(proposed))
    assert "1 of 2" in count(printed, "category as labelled")
    assert count(printed, "median time to card").endswith(" s")


async def test_a_limit_posts_no_more_than_that_many(world: World, tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "text\n" + "".join(f"{ASKED} {n}\n" for n in range(5)))

    printed = await replayed(world, file, limit=2)

    assert "2 messages" in printed
    assert len(await world.rows(Request)) == 2


async def test_a_message_is_posted_as_the_person_the_file_names(world: World, tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", f'text,person\n"{ASKED}",victor\n')

    await replayed(world, file)

    [request] = await world.rows(Request)
    assert request.requester == world.person("victor").id


async def test_a_person_whom_nobody_knows_is_told_with_the_message(world: World, tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", f'text,person\n"{ASKED}",nobody-here\n')

    with pytest.raises(ReplayError, match=r"message 1: .*nobody-here"):
        await replayed(world, file)


async def test_an_unknown_channel_is_told_with_those_there_are(world: World, tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "text\nhello\n")

    with pytest.raises(ReplayError, match=r"there is no channel #support; there are .*customer-support"):
        await replayed(world, file, channel="support")


async def test_messages_outside_the_request_channels_are_counted_as_without_an_outcome(
    world: World, tmp_path: Path
) -> None:
    printed = await replayed(world, written(tmp_path, "a.csv", "text\nhello\n"), channel="general")

    assert count(printed, "without an outcome") == "1"


async def test_a_message_that_met_a_bug_is_counted_as_without_an_outcome(world: World) -> None:
    posted = await post([Line(ASKED)], "customer-support", 0, world.twin.url, lambda: None)
    await world.settle()
    async with world.bot.db.begin() as session:
        request = (await session.exec(select(Request))).one()
        request.outcome = None
        session.add(request)

    [fate] = await follow(world.bot.db, posted, lambda done: None)

    assert fate.is_settled
    assert fate.outcome is None


async def test_without_a_workspace_a_bot_or_messages_it_says_what_to_start(
    world: World, tmp_path: Path
) -> None:
    file = written(tmp_path, "a.csv", "text\nhello\n")
    empty = written(tmp_path, "empty.csv", "text\n")
    bare = f"sqlite:///{written(tmp_path, 'bare.sqlite', b'')}"
    gone = f"sqlite:///{tmp_path}/gone.sqlite"
    console, url = Console(quiet=True), world.twin.url

    for replaying, says in (
        (
            replay_file(file, "customer-support", 0, 0, "http://127.0.0.1:9", world.database_url, console),
            "nothing answers",
        ),
        (replay_file(file, "customer-support", 0, 0, url, gone, console), "there is no database"),
        (replay_file(file, "customer-support", 0, 0, url, bare, console), "not a running bot's"),
        (replay_file(file, "customer-support", 0, 0, url, "nonsense", console), "no address of a database"),
        (replay_file(empty, "customer-support", 0, 0, url, world.database_url, console), "no message in it"),
    ):
        with pytest.raises(ReplayError, match=says):
            await replaying
    assert not (tmp_path / "gone.sqlite").exists()
    assert await world.rows(Request) == []


def test_labels_that_never_fit_are_questioned() -> None:
    fate = Fate(Outcome.ROUTED, 1, "billing-invoice", "card_arrival", None, False, True)
    console = Console(width=100)
    with console.capture() as printed:
        console.print(table([fate]))

    assert "none of 1; are the file's labels this policy's categories?" in printed.get()


@pytest.mark.process
async def test_the_command_explains_itself_without_a_traceback(world: World, tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", f'text\n"{ASKED}"\n')
    where = ("--channel", "customer-support", "--twin", world.twin.url, "--database", world.database_url)
    async with launcher(tmp_path / "operator") as operator:
        wrong = await operator.launch("replay", str(tmp_path / "gone.csv"), *where)
        right = await operator.launch("replay", str(file), *where, "--rate", "0")
        failed, done = await wrong.ended(), await right.ended()

    assert (failed.code, done.code) == (2, 0), failed.err + done.err
    assert "there is no such file" in failed.err
    assert count(done.out, "routed") == "1"
    assert "Traceback" not in failed.err + done.err
