"""chat.unfurl: what an app shows for links to its own domains.

People see a card under the message that has the link, or are asked to connect their account first. Calling it again
for the same link replaces the card. Deliberately not done: the buttons "Not now" and "Never ask me again" below the
request to connect.
"""

from __future__ import annotations

from typing import Any

from twin import compose, links, messages, richtext
from twin.previews import Shared, unfurl_id
from twin.webapi import content, entities
from twin.webapi.calling import Args, Method
from twin.words import Json, SlackError
from twin.workspace import Workspace

SOURCES = ("composer", "conversations_history")


def unfurl(ws: Workspace, args: Args) -> Json:
    cards = {**_unfurls(args), **_entities(args)}
    asks = _asks(args)
    shared = _target(ws, args)
    if not cards and not asks:
        raise SlackError("missing_unfurls")
    for url in cards:
        _check(ws, shared, url)
    app = ws.seed.app
    made = {
        url: {
            **content.attachment(ws, card, f"{shared.ts}/{url}"),
            "fallback": card.get("fallback", "[no preview available]"),
            "from_url": url,
            "app_unfurl_url": url,
            "is_app_unfurl": True,
            "app_id": app.id,
            "bot_id": app.bot_id,
        }
        for url, card in cards.items()
    }
    if not shared.channel:
        shared.previews |= made
    elif made:
        _attach(ws, shared, made)
    if asks and shared.channel:
        _ask(ws, shared, args)
    return {"ok": True}


def _target(ws: Workspace, args: Args) -> Shared:
    """Find the message, or the text being typed, that a call is about."""
    id, source = args.text("unfurl_id"), args.text("source")
    if id or source:
        if not id:
            raise SlackError("missing_unfurl_id")
        if not source:
            raise SlackError("missing_source")
        if source not in SOURCES:
            raise SlackError("invalid_source")
        shared = ws.links.get(id)
        if shared is None or bool(shared.channel) != (source == "conversations_history"):
            raise SlackError("invalid_unfurl_id")
        return shared
    if not args.text("channel"):
        raise SlackError("missing_channel")
    if not args.text("ts"):
        raise SlackError("missing_ts")
    channel, ts = ws.channels.get(args.text("channel")), args.text("ts")
    if channel is None:
        raise SlackError("cannot_find_channel")
    message = channel.get(ts)
    if message is None:
        raise SlackError("cannot_find_message")
    return ws.links.get(unfurl_id(channel.id, ts)) or Shared(message.get("user", ""), [], channel.id, ts)


def _check(ws: Workspace, shared: Shared, url: str) -> None:
    if url in shared.urls:
        return
    message = ws.channels[shared.channel].get(shared.ts) if shared.channel else None
    stands = message is not None and url in richtext.unescape(message.get("text", ""))
    # A link that stands there but that the app was never told of cannot be unfurled either.
    raise SlackError(
        "cannot_unfurl_url" if stands or links.domain_of(ws, url) is None else "cannot_unfurl_message"
    )


def _unfurls(args: Args) -> dict[str, Json]:
    value: Any = args.structure("unfurls", "invalid_unfurls_format")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SlackError("invalid_unfurls_format")
    for at, card in enumerate(value.values()):
        if not isinstance(card, dict):
            raise SlackError("cannot_parse_attachment")
        content.check_attachment(card, at)
    return {richtext.unescape(url): card for url, card in value.items()}


def _entities(args: Args) -> dict[str, Json]:
    value: Any = args.structure("metadata", "invalid_metadata_format")
    if value is None:
        return {}
    if not isinstance(value, dict) or "entities" not in value:
        raise SlackError("invalid_metadata_format")
    checked = entities.check(value["entities"])
    if not all(isinstance(one.get("app_unfurl_url"), str) for one in checked):
        raise SlackError("invalid_metadata_format")
    return {one["app_unfurl_url"]: entities.card(one) for one in checked}


def _asks(args: Args) -> bool:
    told = any(args.text(f"user_auth_{key}") for key in ("message", "url", "blocks"))
    return told or args.flag("user_auth_required")


def _attach(ws: Workspace, shared: Shared, made: dict[str, Json]) -> None:
    channel = ws.channels[shared.channel]
    message = channel.get(shared.ts)
    if message is None:
        raise SlackError("cannot_find_message")
    old = [one for one in message.get("attachments", []) if one.get("from_url") not in made]
    new = {**message, "attachments": content.number([*old, *made.values()])}
    messages.change(ws, channel, new)


def _ask(ws: Workspace, shared: Shared, args: Args) -> None:
    """Whisper to the author of the links that they should connect their account."""
    channel, ts = ws.channels[shared.channel], ws.ts()
    blocks = content.blocks(args, "user_auth_blocks")
    name, url = ws.seed.app.name, args.text("user_auth_url")
    text = args.text("user_auth_message")
    if not text:
        connect = f"<{url}|Connect {name}>" if url else f"Install {name}"
        text = f"{connect} to see previews of its links."
    messages.whisper(ws, channel, shared.user, {"ts": ts, **compose.from_bot(ws, text, blocks, ts)})


METHODS = {"chat.unfurl": Method(unfurl, ("links:write",))}
