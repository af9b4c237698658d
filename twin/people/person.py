"""A person of the workspace, for tests and demos.

`ana = twin.person("ana"); await ana.post("#help", "hello")`.

Whatever a Person does, others see exactly as if it had been done in the page. Deliberately thin: every deed
is in deeds.py and touch.py, and refuses what Slack would refuse with `Refused`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from twin.channels import Channel
from twin.people import deeds, inputs, state, touch
from twin.people.member import Member
from twin.recording import tape
from twin.recording.does import does
from twin.words import Json, Refused
from twin.workspace import Workspace

if TYPE_CHECKING:
    from twin.server import Twin


class Person(Member):
    """Somebody who acts. Channels are given as `#name`, id, or `@bot` for the direct conversation with the

    App.
    """

    def __init__(self, twin: Twin, ws: Workspace, user: str) -> None:
        self._twin = twin
        self._ws = ws
        self.ws = ws
        self.id = user
        self.handle: str = ws.users[user]["name"]

    @does("post")
    async def post(
        self, channel: str, text: str, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> str:
        """Post a message as typed. Returns its ts; the app hears of it a moment later."""
        stored = deeds.post(
            self._ws, self.id, self._where(channel), text, thread_ts=thread_ts, broadcast=broadcast
        )
        await asyncio.sleep(0)
        ts: str = stored["ts"]
        return ts

    @does("edit")
    async def edit(self, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        deeds.edit(self._ws, self.id, self._where(channel), ts, text)
        await asyncio.sleep(0)

    @does("delete")
    async def delete(self, channel: str, ts: str) -> None:
        """Delete one's own message (or any, as an admin)."""
        deeds.delete(self._ws, self.id, self._where(channel), ts)
        await asyncio.sleep(0)

    @does("react")
    async def react(self, channel: str, ts: str, name: str) -> None:
        """Add a reaction."""
        deeds.react(self._ws, self.id, self._where(channel), ts, name)
        await asyncio.sleep(0)

    @does("unreact")
    async def unreact(self, channel: str, ts: str, name: str) -> None:
        """Take a reaction away."""
        deeds.react(self._ws, self.id, self._where(channel), ts, name, add=False)
        await asyncio.sleep(0)

    async def upload(
        self, channel: str, name: str, data: bytes, *, text: str = "", thread_ts: str | None = None
    ) -> str:
        """Upload one file with some text. Returns the message's ts."""
        args = tape.uploaded(
            self.ws.host, {"channel": channel, "text": text, "thread_ts": thread_ts or ""}, [(name, data)]
        )
        with self.ws.host.recorder.deed(self.ws, self.id, "upload", args) as taken:
            stored = deeds.upload(
                self._ws, self.id, self._where(channel), [(name, data)], text=text, thread_ts=thread_ts
            )
            taken.made = {"ts": stored["ts"], "files": [one["id"] for one in stored["files"]]}
        await asyncio.sleep(0)
        ts: str = stored["ts"]
        return ts

    @does("join")
    async def join(self, channel: str) -> None:
        """Join a public channel."""
        deeds.join(self._ws, self.id, self._where(channel))
        await asyncio.sleep(0)

    @does("leave")
    async def leave(self, channel: str) -> None:
        """Leave a channel."""
        deeds.leave(self._ws, self.id, self._where(channel))
        await asyncio.sleep(0)

    async def click(
        self, where: Json, action_id: str, *, value: str | None = None, block_id: str = ""
    ) -> None:
        """Press a button in a message or a view, as that dictionary shows it (however stale it is).

        Several buttons with one action_id are told apart by `value` or `block_id`. Raises Refused when the
        button is not there or not visible to this person.
        """
        block, element = touch.find(where.get("blocks", []), action_id, block_id=block_id, value=value)
        await self._act(where, block, element, touch.pressed(element, value))

    async def choose(self, where: Json, action_id: str, value: object, *, block_id: str = "") -> None:
        """Choose from a menu (also overflow, users, channels, pickers) in a message or a view.

        Options are found by value or text, people and channels by id or name; menus for many take a list.
        """
        block, element = touch.find(where.get("blocks", []), action_id, block_id=block_id)
        await self._act(where, block, element, touch.chosen(self._ws, element, value))

    async def type(self, view: Json, action_id: str, text: str, *, enter: bool = False) -> None:
        """Type into an input of a view; the app hears of it only where the input dispatches actions."""
        block, element = touch.find(view["blocks"], action_id)
        value, trigger = touch.chosen(self._ws, element, text), "enter" if enter else "character"
        entry = {"type": element["type"], "action_id": action_id, "block_id": block["block_id"]}
        args = {"view_id": view["id"], "action": {**entry, **value, "trigger": trigger}}
        with self.ws.host.recorder.deed(self.ws, self.id, "action", args):
            touch.on_view(self._ws, self.id, view, block, element, value, trigger)
        await asyncio.sleep(0)

    async def attach(self, name: str, data: bytes) -> str:
        """Upload a file for a form. Returns its id, which `submit` and `choose` take for a file_input."""
        args = tape.uploaded(self.ws.host, {"view_id": self.views()[-1]["id"]}, [(name, data)])
        with self.ws.host.recorder.deed(self.ws, self.id, "upload", args) as taken:
            kept = inputs.keep_files(self._ws, self.id, [(name, data)])[0]
            taken.made = {"files": [kept.id]}
        await asyncio.sleep(0)
        return kept.id

    async def suggestions(self, where: Json, action_id: str, typed: str) -> list[Json]:
        """Type into a menu whose options the app provides, and return the options it offers."""
        block, element = touch.find(where.get("blocks", []), action_id)
        channel = None if _is_view(where) else self._channel_of(where)
        found = await touch.options(self._ws, self.id, where, channel, block, element, typed)
        groups = [one for group in found["option_groups"] for one in group["options"]]
        return [*found["options"], *groups]

    async def modal(self, timeout: float = 10) -> Json:
        """Wait until a modal is open for this person, and return the top one."""
        return await self._twin.until(lambda: self.views()[-1] if self.views() else None, timeout=timeout)

    def views(self) -> list[Json]:
        """Return the open modals, the top one last."""
        return self._ws.views.stack(self.id)

    async def submit(self, values: Mapping[str, object] | None = None) -> dict[str, str]:
        """Fill inputs of the top modal (by action_id or block_id) and submit it.

        Returns a sentence for each block that was refused, by the app or already by Slack; empty when it went
        through.
        """
        stack = self.views()
        if not stack:
            raise Refused("no_modal", f"No modal is open for {self.handle}.")
        view = stack[-1]
        filled: Json = view["state"]["values"]
        for name, value in (values or {}).items():
            block, element = _input(view, name)
            entry = {"type": element["type"], **touch.chosen(self._ws, element, value)}
            filled = state.with_value(filled, block["block_id"], element["action_id"], entry)
        args = {"view_id": view["id"], "values": filled}
        with self.ws.host.recorder.deed(self.ws, self.id, "submit", args) as taken:
            what, errors = await touch.submit(self._ws, self.id, view["id"], filled)
            taken.made = {"response_action": what} if what else {}
        return errors

    @does("close")
    async def close(self) -> None:
        """Close the top modal."""
        touch.close(self._ws, self.id)
        await asyncio.sleep(0)

    @does("command", typed="text")
    async def command(self, channel: str, typed: str) -> None:
        """Type a slash command, such as `/signalbox metrics`, into a channel."""
        deeds.command(self._ws, self.id, self._where(channel), typed)
        await asyncio.sleep(0)

    @does("message_shortcut")
    async def message_shortcut(self, channel: str, ts: str, callback_id: str) -> None:
        """Use one of the app's shortcuts on a message."""
        deeds.message_shortcut(self._ws, self.id, self._where(channel), ts, callback_id)
        await asyncio.sleep(0)

    @does("global_shortcut")
    async def global_shortcut(self, callback_id: str) -> None:
        """Use one of the app's global shortcuts."""
        deeds.global_shortcut(self._ws, self.id, callback_id)
        await asyncio.sleep(0)

    async def home(self, timeout: float = 10) -> Json:
        """Open the app's Home and wait for the view the app publishes in answer."""
        before = self._ws.views.home(self.id)
        with self.ws.host.recorder.deed(self.ws, self.id, "home", {}):
            deeds.open_home(self._ws, self.id)

        def published() -> Json | None:
            view = self._ws.views.home(self.id)
            is_new = view is not None and (before is None or view["hash"] != before["hash"])
            return view if is_new else None

        return await self._twin.until(published, timeout=timeout)

    def whispers(self, channel: str) -> list[Json]:
        """Return the ephemeral messages on this person's screen, oldest first."""
        return self._where(channel).whispers(self.id)

    async def _act(self, where: Json, block: Json, element: Json, value: Json) -> None:
        with self.ws.host.recorder.deed(
            self.ws, self.id, "action", tape.pressed(self.ws, where, block, element, value)
        ):
            if _is_view(where):
                touch.on_view(self._ws, self.id, where, block, element, value)
            else:
                touch.on_message(self._ws, self.id, self._channel_of(where), where, block, element, value)
        await asyncio.sleep(0)

    def _where(self, channel: str) -> Channel:
        return deeds.where(self._ws, self.id, channel)

    def _channel_of(self, message: Json) -> Channel:
        channel_id = self._ws.homes.get(message.get("ts", ""), "")
        if channel_id not in self._ws.channels:
            raise Refused("message_not_found", "This is not a message of this workspace.")
        return self._ws.channels[channel_id]


def _is_view(where: Json) -> bool:
    return where.get("type") in ("modal", "home")


def _input(view: Json, name: str) -> tuple[Json, Json]:
    """Find an input by action_id or block_id."""
    for block, element in state.elements(view["blocks"]):
        if name in (element.get("action_id"), block["block_id"]) and element["type"] in state.VALUE_KEYS:
            return block, element
    there = [
        f"{one['action_id']} (in {block['block_id']})"
        for block, one in state.elements(view["blocks"])
        if one["type"] in state.VALUE_KEYS
    ]
    raise Refused("input_not_found", f"The modal has no input {name!r}, only: {', '.join(there) or 'none'}.")
