"""The few things we do in Slack: post, update, whisper, react, open a modal, publish a Home, look something up.

A person sees each post exactly once. Its key is written down before the call and travels in the message's
metadata; when an earlier try may or may not have reached Slack, the channel is read for that key before anything is
posted again. Posts to one channel, and calls of one method, keep to a pace that Slack permits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from datetime import datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from handlers.errors import Declined, Misplaced, Refusal, TooFast, Unavailable
from handlers.limits import METHODS
from handlers.posting import Blocks, Pace, Posting, Then
from handlers.turns import Turns
from handlers.watch import Unwatched, Watch
from storage.database import Database

EVENT_TYPE = "signalbox_post"

_PASSING = {
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
}
_NO_ENTRY = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "is_inactive",  # as chat.update says it of an archived channel
    "restricted_action",
    "messages_tab_disabled",
}
# An operator can mend these while we run, and until then nothing may be given up.
_LOCKED_OUT = {
    "token_revoked",
    "token_expired",
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "org_login_required",
    "ekm_access_denied",
    "accesslimited",
    "team_access_not_granted",
}
_NO_THREAD = {"thread_not_found", "message_not_found"}
_LATE = {"expired_trigger_id", "trigger_expired", "invalid_trigger_id"}


class Slack:
    """Slack, as far as we use it."""

    def __init__(
        self,
        web: AsyncWebClient,
        db: Database,
        now: Callable[[], datetime],
        pace: Pace,
        may_post: Callable[[], None],
        name: str,
        waiting: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
        watch: Watch | None = None,
    ) -> None:
        self.web = web
        self.pace = pace
        self.watch = watch or Unwatched()
        self.may_post = may_post  # raises when this process may have been replaced by another
        self.waiting = waiting  # entered while Slack is being waited for
        self.bot_user = ""
        self.home = ""  # the workspace's address, with a slash at its end
        self.posting = Posting(db, now, pace, may_post, name, waiting, self, turns=Turns(waiting))

    async def post(
        self,
        key: str,
        channel: str,
        text: str,
        blocks: Blocks | None = None,
        thread_ts: str = "",
        then: Then | None = None,
    ) -> str:
        """Post one message under this key and return its ts; the same key never makes a second message.

        `then(session, ts)` changes rows in the same commit that keeps the ts, so that the two are never apart.
        """
        message = {
            "channel": channel,
            "text": text,
            "blocks": blocks,
            "thread_ts": thread_ts or None,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        return await self.posting.post(key, message, then)

    async def send(self, message: dict[str, Any]) -> str:
        """Post a message and return its ts. Raises TooFast when Slack wants a pause first."""
        answer = await self._once(self.web.chat_postMessage, **message)
        self.watch.posted(message["metadata"]["event_payload"]["key"])
        return str(answer["ts"])

    async def seek(self, key: str, channel: str, thread_ts: str, oldest: str) -> str | None:
        """Return the ts of our message with this key in a channel or thread, if it is there."""
        if channel.startswith(("U", "W")):
            # Slack takes a person for the place of a post, but not for the place of a history.
            channel = await self.direct(channel)
        look = self.web.conversations_replies if thread_ts else self.web.conversations_history
        where: dict[str, Any] = {"ts": thread_ts} if thread_ts else {}
        cursor = None
        while True:
            try:
                page = await self._call(
                    look,
                    channel=channel,
                    oldest=oldest,
                    limit=200,
                    cursor=cursor,
                    include_all_metadata=True,
                    **where,
                )
            except Declined as wrong:
                if not thread_ts or wrong.code not in _NO_THREAD:
                    raise
                # What is posted in a thread that is gone stands in the channel itself.
                return await self.seek(key, channel, "", oldest)
            for message in page["messages"]:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("key") == key and message.get("bot_id"):
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None

    async def renew(self, message: dict[str, Any], ts: str) -> None:
        """Let a message that is there say what this one says; one that can no longer be changed stays as it is."""
        channel = message["channel"]
        if channel.startswith(("U", "W")):
            channel = await self.direct(channel)
        with suppress(Misplaced, Declined):
            await self.update(channel, ts, message["text"], message["blocks"])

    async def update(self, channel: str, ts: str, text: str, blocks: Blocks | None) -> bool:
        """Replace a message of ours; False when it is no longer there."""
        try:
            await self._call(self.web.chat_update, channel=channel, ts=ts, text=text, blocks=blocks)
        except Declined as wrong:
            if wrong.code in ("message_not_found", "cant_update_message"):
                return False
            raise
        return True

    async def whisper(
        self, channel: str, person: str, text: str, blocks: Blocks | None = None, thread_ts: str = ""
    ) -> None:
        """Show a person something that only they can see."""
        await self._call(
            self.web.chat_postEphemeral,
            channel=channel,
            user=person,
            text=text,
            blocks=blocks,
            thread_ts=thread_ts or None,
        )

    async def answer(self, response_url: str, text: str, blocks: Blocks | None = None) -> None:
        """Answer a slash command or a click for the person's eyes only, wherever they are.

        Raises Declined when the address no longer works; it does so for half an hour.
        """
        webhook = AsyncWebhookClient(response_url, session=self.web.session, retry_handlers=[])
        try:
            answer = await webhook.send(
                text=text, blocks=blocks, response_type="ephemeral", replace_original=False
            )
        except (aiohttp.ClientError, TimeoutError) as wrong:
            raise Unavailable(f"slack response_url: {type(wrong).__name__}") from wrong
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unavailable(f"slack response_url: {answer.status_code}")
        if answer.status_code >= 400:
            raise Declined("response_url", str(answer.status_code))

    async def react(self, channel: str, ts: str, name: str) -> None:
        """Put a reaction on a message; it is fine when it is there already, or the message or its channel is gone."""
        try:
            await self._call(self.web.reactions_add, channel=channel, timestamp=ts, name=name)
        except Misplaced:
            return
        except Declined as wrong:
            if wrong.code not in ("already_reacted", "message_not_found", "thread_locked"):
                raise

    async def open_modal(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Open a modal. Raises Refusal when the click is too old for Slack to allow it."""
        try:
            await self._call(self.web.views_open, trigger_id=trigger_id, view=view)
        except Declined as wrong:
            if wrong.code == "exchanged_trigger_id":
                return  # an earlier try of ours has opened it, and the answer was lost
            if wrong.code in _LATE:
                raise Refusal("That took too long to open. Please press the button again.") from wrong
            raise

    async def update_modal(self, view_id: str, view: dict[str, Any], hash: str = "") -> bool:
        """Replace an open modal; False when it was closed, or is another by now than that of this `hash`."""
        try:
            await self._call(self.web.views_update, view_id=view_id, view=view, hash=hash or None)
        except Declined as wrong:
            if wrong.code in ("not_found", "hash_conflict"):
                return False
            raise
        return True

    async def direct(self, person: str) -> str:
        """Return the id of our conversation with one person, in which a post can be found and changed later."""
        opened = await self._call(self.web.conversations_open, users=person)
        return str(opened["channel"]["id"])

    async def publish_home(self, person: str, view: dict[str, Any]) -> None:
        """Publish a person's App Home."""
        await self._call(self.web.views_publish, user_id=person, view=view)

    def permalink(self, channel: str, ts: str) -> str:
        """Return the address of a message that is not a reply, as Slack itself builds it, without asking for it."""
        return f"{self.home}archives/{channel}/p{ts.replace('.', '')}"

    async def message(self, channel: str, ts: str) -> dict[str, Any] | None:
        """Return a message that is not a reply; None when it is gone."""
        page = await self._call(
            self.web.conversations_history, channel=channel, latest=ts, oldest=ts, inclusive=True, limit=1
        )
        return next((message for message in page["messages"] if message["ts"] == ts), None)

    async def thread(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """Return a thread's messages, oldest first; empty when it is gone, or closed to us."""
        try:
            answer = await self._call(self.web.conversations_replies, channel=channel, ts=ts, limit=200)
        except Misplaced:
            return []
        except Declined as wrong:
            if wrong.code in _NO_THREAD:
                return []
            raise
        return list(answer["messages"])

    async def users(self) -> list[dict[str, Any]]:
        """Return every member of the workspace."""
        return await self._pages(self.web.users_list, "members")

    async def user(self, id: str) -> dict[str, Any]:
        """Return one member, who may belong to another workspace."""
        answer = await self._call(self.web.users_info, user=id)
        return dict(answer["user"])

    async def channels(self) -> list[dict[str, Any]]:
        """Return every channel that we can see."""
        return await self._pages(
            self.web.conversations_list,
            "channels",
            types="public_channel,private_channel",
            exclude_archived=True,
        )

    async def _pages(
        self, call: Callable[..., Awaitable[Any]], name: str, **args: Any
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = await self._call(call, limit=200, cursor=cursor, **args)
            found.extend(page[name])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return found

    async def _call(self, method: Callable[..., Awaitable[Any]], **args: Any) -> Any:
        """Make one call when it is its turn, and again as often as Slack asks for a pause first."""
        name = method.__name__
        limit = METHODS.get(name)
        while True:
            if limit:
                await self.pace.turn(name, limit)
            if name == "chat_update":
                self.may_post()  # now, because another may have drawn something newer while we waited
            try:
                return await self._once(method, **args)
            except TooFast as wrong:
                if limit:
                    await self.pace.hold(name, limit, wrong.seconds)
                async with self.waiting():
                    await asyncio.sleep(wrong.seconds)

    async def _once(self, method: Callable[..., Awaitable[Any]], **args: Any) -> Any:
        """Make one call; say Unavailable for what may pass, Misplaced for where we may not go, Declined for else."""
        with self.watch.call(method.__name__):
            return await self._try(method, **args)

    async def _try(self, method: Callable[..., Awaitable[Any]], **args: Any) -> Any:
        try:
            async with self.waiting():
                return await method(**args)
        except SlackApiError as wrong:
            answer = wrong.response
            if not isinstance(answer, AsyncSlackResponse) or not isinstance(answer.data, dict):
                raise Unavailable(f"slack {method.__name__}: an answer that is not JSON") from wrong
            error = answer.data.get("error", "")
            if answer.status_code == 429:
                pause = answer.headers.get("Retry-After", "")
                raise TooFast(f"slack {method.__name__}", float(pause) if pause.isdigit() else 1.0) from wrong
            if not error or error in _PASSING | _LOCKED_OUT or answer.status_code >= 500:
                # Without a word of Slack's it was not Slack that answered.
                raise Unavailable(f"slack {method.__name__}: {error or answer.status_code}") from wrong
            if error in _NO_ENTRY:
                raise Misplaced(f"slack {method.__name__} in {args.get('channel')}: {error}") from wrong
            raise Declined(method.__name__, error) from wrong
        except (TimeoutError, aiohttp.ClientError, SlackClientError) as wrong:
            raise Unavailable(f"slack {method.__name__}: {type(wrong).__name__}") from wrong
