"""Logs: what an operator finds who searches for one ticket, and one line of JSON per event whatever it says."""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from bot import logs
from storage.tables import Ticket
from tests.test_parts import TWO
from tests.test_triage import ASKED
from tests.world import World

Line = dict[str, Any]
HOSTILE = 'two\nlines\r\n"}{"event": "forged"}\u2028\x1b[31m\0 half \ud83d'


@contextmanager
def lines() -> Iterator[list[Line]]:
    """Keep what is logged, with what the flow at hand is about."""
    kept: list[Line] = []

    def keep(_: Any, __: str, event: Any) -> Any:
        kept.append(dict(event))
        raise structlog.DropEvent

    configured = structlog.get_config()
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, keep],
        wrapper_class=structlog.make_filtering_bound_logger(10),
    )
    try:
        yield kept
    finally:
        structlog.configure(**configured)


def waits(logged: list[Line]) -> list[str]:
    """Return the steps that waited, in their order."""
    return [line["step"] for line in logged if line["event"] == "step waits"]


def of_flows(logged: list[Line]) -> list[Line]:
    """Return the lines that flows logged."""
    return [line for line in logged if "flow" in line]


async def sweep(world: World, span: timedelta) -> str:
    """Let time pass and what is overdue be begun; return the name of that minute."""
    world.clock.advance(span)
    slot = world.clock.now().isoformat()
    await world.bot.engine.perform("sweep", f"sweep:{slot}", slot)
    return slot


async def test_every_log_line_of_a_request_and_of_what_people_press_carries_its_ticket(world: World) -> None:
    faults, marek = world.twin.faults, world.person("marek")
    with lines() as asked:
        faults.add("reactions.add", "http500")
        faults.add("chat.postMessage", "http500")
        faults.add("chat.update", "http500")
        ts = await world.person("greta").post("#customer-support", ASKED)
        await world.settle()
    with lines() as approved:
        old = await world.card_of()
        faults.add("chat.postMessage", "http500")
        await marek.click(old, "approve_draft")
        await world.settle()
    with lines() as refused:
        world.clock.advance(timedelta(minutes=1))
        await marek.click(old, "approve_draft")
        await world.settle()
    with lines() as thanked:
        faults.add("chat.update", "http500")
        await world.person("greta").post("#customer-support", "thanks, that is it!", ts)
        await world.settle()

    assert sorted(waits(asked)) == ["card and line", "card with draft", "eyes"]
    assert waits(approved) == ["send"]
    assert waits(thanked) == ["show"]
    for logged, kind in (
        (asked, "message"),
        (approved, "block_actions"),
        (refused, "block_actions"),
        (thanked, "message"),
    ):
        [done] = [line for line in logged if line["event"] == "delivery done"]
        assert done["kind"] == kind
        assert [line for line in of_flows(logged) if line.get("ticket") != 1] == []
        assert {line["receipt"] for line in of_flows(logged)} == {done["receipt"]}
    assert {line["request"] for line in of_flows(asked)} == {1}
    said = str([line for line in (*asked, *approved, *refused, *thanked) if line["level"] != "debug"])
    assert ASKED[:30] not in said and "thanks" not in said


async def test_log_lines_keep_the_ticket_of_their_flow_also_while_it_shows_other_tickets(
    world: World,
) -> None:
    with lines() as logged:
        world.twin.faults.add("chat.postMessage", "http500", channel="#team-platform")
        world.twin.faults.add("chat.update", "http500", times=3)
        await world.person("greta").post("#customer-support", TWO)
        await world.settle()

    assert len(await world.rows(Ticket)) == 2
    assert len(waits(logged)) > 2
    assert [line for line in of_flows(logged) if line.get("ticket") != 1] == []
    assert logged[-1]["event"] == "delivery done"


async def test_log_lines_of_what_the_clock_begins_carry_the_ticket_too(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    world.twin.faults.add("chat.postMessage", "error", error="msg_too_long")
    await world.person("marek").click(await world.card_of(), "approve_draft")
    await world.settle()

    with lines() as sent:
        world.twin.faults.add("chat.postMessage", "http500")
        slot = await sweep(world, timedelta(minutes=3))
        await world.bot.engine.perform("deliver", f"deliver:1:{slot}", 1)
    with lines() as escalated:
        world.twin.faults.add("chat.update", "http500")
        world.twin.faults.add("chat.postMessage", "http500")
        slot = await sweep(world, timedelta(days=30))
        await world.bot.engine.perform("escalate", f"escalate:1:{slot}", 1)

    assert waits(sent) == ["send"]
    assert waits(escalated) == ["show", "call"]
    for logged, flow in ((sent, "deliver"), (escalated, "escalate")):
        assert {(line["flow"], line.get("ticket")) for line in logged if line["event"] == "step waits"} == {
            (flow, 1)
        }


@contextmanager
def as_json() -> Iterator[io.StringIO]:
    """Log as a process does that was told to log as JSON; what it writes to its standard error is kept."""
    root, configured, usual = logging.getLogger(), structlog.get_config(), sys.stderr
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()  # as in a process that nobody has configured yet
    sys.stderr = standard_error = io.StringIO()
    try:
        logs.configure("json", "info")
        yield standard_error
    finally:
        sys.stderr = usual
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**configured)


def parsed(written: io.StringIO) -> list[Line]:
    """Return what was written; each line has to be an object of JSON."""
    text = written.getvalue()
    assert text.isascii() and text.endswith("\n")
    found = [json.loads(line) for line in text.removesuffix("\n").split("\n")]
    assert all(isinstance(line, dict) for line in found)
    return found


def test_as_json_every_event_is_one_line_whatever_its_text() -> None:
    log = structlog.get_logger("signalbox.test")
    with as_json() as written, structlog.contextvars.bound_contextvars(ticket=12):
        log.info("nobody to tell", error=HOSTILE, when=timedelta(minutes=1), nested={"a": [HOSTILE]})
        try:
            hidden = "what somebody wrote"
            raise ValueError(HOSTILE)
        except ValueError as wrong:
            log.error("delivery failed", reference="3f9c01ab", exc_info=wrong)
            logging.getLogger("a.library").exception("it said %s", HOSTILE)
            del hidden
        logging.getLogger("a.library").warning(HOSTILE)
        logging.getLogger("a.library").info("this is none of our business")
        warnings.warn(HOSTILE, UserWarning, stacklevel=1)

    told, failed, complained, warned, noted = parsed(written)

    assert (told["event"], told["level"], told["error"]) == ("nobody to tell", "info", HOSTILE)
    assert told["nested"] == {"a": [HOSTILE]}
    for line, event in ((failed, "delivery failed"), (complained, f"it said {HOSTILE}")):
        assert (line["event"], line["level"], line["ticket"]) == (event, "error", 12)
        [trace] = line["exception"]
        assert (trace["exc_type"], trace["exc_value"]) == ("ValueError", HOSTILE)
        assert trace["frames"][-1]["name"] == "test_as_json_every_event_is_one_line_whatever_its_text"
        assert "what somebody wrote" not in str(line)
    assert failed["reference"] == "3f9c01ab"
    assert complained["logger"] == warned["logger"] == "a.library"
    assert (warned["event"], warned["level"]) == (HOSTILE, "warning")
    assert HOSTILE in noted["event"] and noted["logger"] == "py.warnings"
    assert all(datetime.fromisoformat(line["timestamp"]).tzinfo for line in parsed(written))


async def test_as_json_a_bug_in_a_flow_and_what_the_engine_says_of_one_are_a_line_each(world: World) -> None:
    with as_json() as written:
        world.twin.faults.add("chat.postMessage", "error", error="msg_too_long", times=1)
        await world.person("greta").post("#customer-support", ASKED)
        await world.settle()
        with pytest.raises(ValueError, match="isoformat"):
            await world.bot.engine.perform("sweep", "sweep:never", "never")

    said = parsed(written)

    [failed] = [line for line in said if line["event"] == "delivery failed"]
    assert (failed["flow"], failed["ticket"], failed["receipt"]) == ("receive", 1, 1)
    assert failed["exception"][0]["exc_type"] == "Declined"
    [ended] = [line for line in said if line.get("logger") == "dbos"]
    assert ended["exception"][0]["exc_type"] == "ValueError"
