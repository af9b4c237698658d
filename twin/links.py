"""Links to the app's own domains: what the app hears when a person posts or types one (`link_shared`).

People see a preview under their message a moment later, if the app gives one with chat.unfurl. The app hears of links
wherever they are posted, also in conversations it is not in. Deliberately not done: Slack's own previews of other
pages, which would need the network; and links in the app's own messages, of which Slack tells it nothing either.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from twin import events, richtext
from twin.channels import Channel
from twin.previews import Shared, unfurl_id
from twin.words import Json
from twin.workspace import Workspace


def posted(ws: Workspace, channel: Channel, message: Json, *, before: Json | None = None) -> None:
    """Tell the app of the links in a person's message; `before` is the message as it was, after an edit."""
    manifest = ws.seed.app.manifest
    if not manifest.unfurl_domains or "link_shared" not in manifest.events or "bot_id" in message:
        return
    known = _urls(before) if before is not None else []
    links = _links(ws, [url for url in _urls(message) if url not in known])
    if not links:
        return
    id, urls = unfurl_id(channel.id, message["ts"]), [one["url"] for one in links]
    old = ws.links.get(id)
    ws.links[id] = Shared(message["user"], [*(old.urls if old else []), *urls], channel.id, message["ts"])
    event: Json = {
        "type": "link_shared",
        "user": message["user"],
        "channel": channel.id,
        "message_ts": message["ts"],
        **({"thread_ts": message["thread_ts"]} if message.get("thread_ts") else {}),
        "links": links,
        "unfurl_id": id,
        "source": "conversations_history",
        "is_bot_user_member": ws.bot in channel.members,
        "event_ts": ws.ts(),
    }
    events.about_channel(ws, channel, event)


def typed(ws: Workspace, user: str, text: str) -> str | None:
    """Tell the app of the links in what a person is typing. Returns the unfurl id; None when there is none."""
    _, elements = richtext.from_typing(text, lambda name: None)
    links = _links(ws, _urls({"blocks": [{"type": "rich_text", "elements": elements}]}))
    if not links:
        return None
    id = unfurl_id(user, ws.ts())
    ws.links[id] = Shared(user, [one["url"] for one in links])
    event: Json = {
        "type": "link_shared",
        "user": user,
        "channel": "COMPOSER",
        "message_ts": id,
        "links": links,
        "unfurl_id": id,
        "source": "composer",
        "is_bot_user_member": True,
        "event_ts": ws.ts(),
    }
    events.to_app(ws, event)
    return id


def previewed(ws: Workspace, message: Json) -> list[Json]:
    """Return the previews an app made of a message's links while its author was typing them."""
    urls = _urls(message) if ws.links else []
    if not urls:
        return []
    made: dict[str, Json] = {}
    for shared in ws.links.values():
        if shared.user == message["user"] and not shared.channel:
            made |= {url: card for url, card in shared.previews.items() if url in urls}
    return [{**card, "id": at} for at, card in enumerate(made.values(), start=1)]


def domain_of(ws: Workspace, url: str) -> str | None:
    """Return which of the app's domains a link belongs to; its subdomains count."""
    host = (urlsplit(url).hostname or "").lower()
    domains = ws.seed.app.manifest.unfurl_domains
    return next((one for one in domains if host == one or host.endswith(f".{one}")), None)


def _links(ws: Workspace, urls: list[str]) -> list[Json]:
    found = [(url, domain_of(ws, url)) for url in dict.fromkeys(urls)]
    return [{"domain": domain, "url": url} for url, domain in found if domain is not None]


def _urls(message: Json) -> list[str]:
    def walk(elements: list[Json]) -> list[str]:
        found: list[str] = []
        for one in elements:
            if one.get("type") == "link":
                found.append(one["url"])
            found += walk(one.get("elements", []))
        return found

    return walk([block for block in message.get("blocks", []) if block["type"] == "rich_text"])
