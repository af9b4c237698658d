"""Whatever the bot sends to Slack is what Slack's own types and rules allow, on a day on which it sends everything.

Three opinions that are not ours: the TypeScript types of Slack's JavaScript packages, its Python models, and the rules
of its documentation that neither of them knows. What the twin answers is held against Slack's types of answers.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from tests.node import rules
from tests.node.bad import BAD_ANSWERS, BAD_CALLS, GOOD_CALLS
from tests.node.programs import need_node
from tests.node.scenario import functions_of, seen_running, whole_day
from tests.node.typescript import Source, compiled
from tests.world import ROOT, World
from tests.world import world as open_world

pytestmark = pytest.mark.node
in_one_loop = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
CARDS = ROOT / "handlers" / "cards"
OUT = ROOT / "build" / "outgoing"
# Asked by the SDK when it connects.
CONNECTS = {"apps.connections.open"}
# Slack's own apps send it and Slack stores it, but no page of its documentation promises anything to others. Nothing
# of ours relies on it: a post is found again by its metadata.
UNDOCUMENTED: dict[str, set[str]] = {}
# Slack sends these too; its types were gathered from samples that happened to lack them.
LACKING = {
    "conversations.history": {"source_team", "user_profile", "user_team"},
    "conversations.replies": {"client_msg_id", "source_team", "user_profile", "user_team"},
    "users.list": {"is_stranger"},
    "users.info": {"is_stranger"},
    "chat.update": {"parent_user_id", "thread_ts"},
}


class Call(Protocol):
    """A recorded Web API call."""

    @property
    def n(self) -> int: ...
    @property
    def method(self) -> str: ...
    @property
    def args(self) -> Json: ...
    @property
    def response(self) -> Json: ...


@dataclass
class Day:
    """What the bot sent and was answered on a day on which everything happened."""

    calls: list[Call]
    whispers: list[Json]  # most of these went to addresses that are no Web API methods
    ran: set[tuple[str, str]]


@pytest.fixture(scope="module")
def node() -> str:
    """A Node.js with the compiler and Slack's types."""
    return need_node("typescript", "@slack/types", "@slack/web-api")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(node: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Day]:
    """The whole day, lived through once for all tests."""
    folder = tmp_path_factory.mktemp("outgoing")
    (folder / "empty").mkdir()
    async with open_world(f"sqlite:///{folder}/signalbox.sqlite") as world:
        with seen_running(CARDS) as ran:
            await whole_day(world, folder / "empty")
        yield Day(list(world.twin.calls), list(_whispers(world)), ran)


def _whispers(world: World) -> Iterator[Json]:
    for channel in world.twin.ws.channels.values():
        for user in world.twin.ws.users:
            yield from channel.whispers(user)


def used() -> set[str]:
    """Return the Web API methods that the bot's code names."""
    files = [*(ROOT / "handlers").rglob("*.py"), *(ROOT / "bot").rglob("*.py")]
    said = "\n".join(file.read_text(encoding="utf-8") for file in files)
    names = set(re.findall(r"\bweb\.([a-z]+_[A-Za-z_]+)\b", said))
    return {name.replace("_", ".") for name in names if hasattr(AsyncWebClient, name)}


def where(call: Call) -> str:
    """Say which call it is, so that whoever reads a fault can find it."""
    view = call.args.get("view")
    about = (
        view.get("callback_id") or view.get("type") if isinstance(view, dict) else call.args.get("text", "")
    )
    return f"{call.method} ({call.n}, {str(about)[:40]!r})"


def without(body: Any, names: set[str]) -> Any:
    """Return a body without these keys, however deep they are."""
    if isinstance(body, dict):
        return {key: without(value, names) for key, value in body.items() if key not in names}
    return [without(one, names) for one in body] if isinstance(body, list) else body


def broken_rules(args: Json) -> list[str]:
    """Return which rules the blocks or the view of a call break."""
    found = rules.of_view(args["view"]) if "view" in args else []
    return found + rules.of_blocks(args.get("blocks") or [], "message")


@in_one_loop
async def test_the_day_holds_every_method_and_every_card(day: Day) -> None:
    assert {call.method for call in day.calls} == used() | CONNECTS
    assert functions_of(CARDS) - day.ran == set()


@in_one_loop
async def test_everything_the_bot_sends_is_what_slacks_types_allow(day: Day, node: str) -> None:
    source = Source()
    for call in day.calls:
        source.request(where(call), call.method, without(call.args, UNDOCUMENTED.get(call.method, set())))
    for n, message in enumerate(day.whispers):
        source.message(f"whisper {n} {message['text'][:40]!r}", message.get("blocks", []))

    faults = await compiled(source, OUT / "sent", node)

    assert "\n".join(map(str, faults)) == ""


@in_one_loop
async def test_everything_the_bot_sends_keeps_slacks_rules(day: Day) -> None:
    broken = [f"{where(call)}: {problem}" for call in day.calls for problem in broken_rules(call.args)]
    for message in day.whispers:
        broken += [f"{message['text'][:40]}: {one}" for one in broken_rules(message)]

    assert "\n".join(broken) == ""


@in_one_loop
async def test_everything_the_twin_answers_has_slacks_types(day: Day, node: str) -> None:
    source = Source()
    for call in day.calls:
        source.answer(where(call), call.method, without(call.response, LACKING.get(call.method, set())))

    faults = await compiled(source, OUT / "answered", node)

    assert "\n".join(map(str, faults)) == ""


@in_one_loop
async def test_a_bad_call_or_answer_is_found(node: str) -> None:
    source = Source()
    for name, (method, args) in (BAD_CALLS | GOOD_CALLS).items():
        source.request(name, method, args)
    for name, (method, body) in BAD_ANSWERS.items():
        source.answer(name, method, body)

    faults = await compiled(source, OUT / "bad", node)

    found = {fault.where for fault in faults}
    found |= {name for name, (_, args) in (BAD_CALLS | GOOD_CALLS).items() if broken_rules(args)}
    assert found == set(BAD_CALLS) | set(BAD_ANSWERS)


def test_a_fault_says_which_call_and_where_in_it(tmp_path: Path) -> None:
    source = Source()
    source.request("the first", "chat.postMessage", {"channel": "C1", "text": 7})
    line = next(n for n, place in source.places.items() if place == ("the first", "/text"))

    [fault] = source.faults([f"said.ts({line},1): error TS2322: Type 'number' is wrong.", "  It really is."])

    assert str(fault) == "the first at /text: Type 'number' is wrong. (TS2322)"
    with pytest.raises(AssertionError, match="of the file itself"):
        source.faults(["said.ts(1,1): error TS2307: Cannot find module."])
    with pytest.raises(AssertionError, match="the compiler said"):
        source.faults(["error TS5058: The specified path does not exist."])
