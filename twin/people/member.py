"""What a person does with conversations, people and the agent, for tests and demos: the half of Person beyond messages.

`await ana.dm("ben")`, `await ana.create("#plans")`, `await ana.invite("#plans", "ben")`. Each method is the deed the
page sends, so that both are refused alike and taken down alike.
"""

from __future__ import annotations

import asyncio
from typing import Any

from twin import search
from twin.people.acts_conversations import DEEDS
from twin.words import Json
from twin.workspace import Workspace


class Member:
    """Somebody of the workspace. Channels are given as `#name` or id, people as handle or id."""

    ws: Workspace
    id: str

    async def dm(self, *others: str) -> str:
        """Open the direct conversation with somebody, or with a group. Returns its id, which can be posted in."""
        return str((await self._do("dm", users=list(others)))["channel"])

    async def close_dm(self, channel: str) -> None:
        """Take a direct message off one's list until something is said in it."""
        await self._do("close_dm", channel=channel)

    async def create(self, name: str, *, is_private: bool = False) -> str:
        """Make a channel. Returns its id."""
        return str((await self._do("create", name=name, is_private=is_private))["channel"])

    async def invite(self, channel: str, *users: str) -> None:
        """Add people, or the app, to a channel."""
        await self._do("invite", channel=channel, users=list(users))

    async def kick(self, channel: str, user: str) -> None:
        """Take somebody, or the app, out of a channel."""
        await self._do("kick", channel=channel, user=user)

    async def rename(self, channel: str, name: str) -> None:
        """Give a channel another name."""
        await self._do("rename", channel=channel, name=name)

    async def topic(self, channel: str, text: str) -> None:
        """Give a conversation a topic."""
        await self._do("topic", channel=channel, text=text)

    async def purpose(self, channel: str, text: str) -> None:
        """Give a conversation a description."""
        await self._do("purpose", channel=channel, text=text)

    async def archive(self, channel: str) -> None:
        """Archive a channel."""
        await self._do("archive", channel=channel)

    async def unarchive(self, channel: str) -> None:
        """Bring an archived channel back."""
        await self._do("unarchive", channel=channel)

    async def pin(self, channel: str, ts: str) -> None:
        """Pin a message to its channel."""
        await self._do("pin", channel=channel, ts=ts)

    async def unpin(self, channel: str, ts: str) -> None:
        """Take a pin off a message."""
        await self._do("unpin", channel=channel, ts=ts)

    async def mark_unread(self, channel: str, ts: str) -> None:
        """Mark a conversation as unread from this message on."""
        await self._do("unread", channel=channel, ts=ts)

    async def change_profile(self, **changed: str) -> None:
        """Change one's own profile: title, display_name, real_name, status_text, status_emoji, …"""
        await self._do("profile", **changed)

    async def open_agent(self, looking_at: str | None = None) -> str:
        """Open the agent's pane, while looking at a channel. Returns the new thread's ts, empty for `agent_view`."""
        said = {} if looking_at is None else {"channel": looking_at}
        return str((await self._do("agent_open", **said)).get("thread_ts", ""))

    async def look_at(self, channel: str) -> None:
        """Turn to another channel while the agent's pane is open."""
        await self._do("agent_context", channel_id=channel)

    async def stop_agent(self, channel: str, thread_ts: str) -> None:
        """Press stop while the app is at work in a thread."""
        await self._do("agent_stop", channel=channel, thread_ts=thread_ts)

    async def run_function(self, callback_id: str, **inputs: Any) -> str:
        """Run one of the app's workflow steps. Returns the id of the run; Slackbot tells the outcome."""
        return str((await self._do("run_function", callback_id=callback_id, inputs=inputs))["execution_id"])

    async def install_app(self) -> None:
        """Install the app again after it was taken out."""
        await self._do("install")

    async def uninstall_app(self) -> None:
        """Take the app out of the workspace."""
        await self._do("uninstall")

    def search(self, typed: str, limit: int = search.LIMIT) -> list[Json]:
        """Return the messages a search shows this person, newest first."""
        found = search.find(self.ws, self.id, search.read(self.ws, self.id, typed))
        return [hit.message for hit, _ in zip(found, range(limit), strict=False)]

    async def _do(self, deed: str, **said: Any) -> Json:
        with self.ws.host.recorder.deed(self.ws, self.id, deed, said) as taken:
            answer = taken.made = await DEEDS[deed](self.ws, self.id, said)
        await asyncio.sleep(0)
        return answer
