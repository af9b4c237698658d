"""Work Objects: the things of another system that an app describes in metadata, shown as a card under a message.

People see the thing's title, where it comes from and its fields. Deliberately not done: the details that Slack opens
beside the conversation (`entity_details_requested`), editing, and icons.
"""

from __future__ import annotations

from typing import Any

from twin.words import Json, SlackError

MOST = 10


def check(value: Any) -> list[Json]:
    """Refuse what are no entities. Returns them."""
    if not isinstance(value, list) or not value or len(value) > MOST:
        raise SlackError("invalid_metadata_format")
    for one in value:
        if not isinstance(one, dict):
            raise SlackError("invalid_metadata_format")
        reference, payload = one.get("external_ref"), one.get("entity_payload")
        is_shaped = isinstance(reference, dict) and bool(reference.get("id")) and isinstance(payload, dict)
        if not is_shaped or not _title(one) or not one.get("entity_type") or not one.get("url"):
            raise SlackError("invalid_metadata_schema")
    return value


def cards(metadata: Json) -> list[Json]:
    """Say the entities of a message's metadata as attachments."""
    return [card(one) for one in metadata.get("entities", [])]


def card(entity: Json) -> Json:
    """Say one entity as an attachment."""
    attributes = entity["entity_payload"]["attributes"]
    name = attributes.get("product_name")
    return {
        "title": _title(entity),
        "title_link": entity["url"],
        "fallback": _title(entity),
        "from_url": entity.get("app_unfurl_url") or entity["url"],
        **({"footer": name} if name else {}),
        "fields": list(_fields(entity["entity_payload"])),
    }


def _title(entity: Json) -> str:
    payload = entity.get("entity_payload")
    attributes = payload.get("attributes") if isinstance(payload, dict) else None
    title = attributes.get("title") if isinstance(attributes, dict) else None
    said = title.get("text") if isinstance(title, dict) else None
    return said if isinstance(said, str) else ""


def _fields(payload: Json) -> list[Json]:
    known = payload.get("fields") or {}
    named = [(key, one) for key, one in known.items() if isinstance(one, dict)]
    named += [
        (str(one.get("key", "")), one) for one in payload.get("custom_fields") or [] if isinstance(one, dict)
    ]
    order = payload.get("display_order") or []
    named.sort(key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
    shown = []
    for key, one in named:
        value = _value(one)
        if value:
            label = one.get("label") or key.replace("_", " ").capitalize()
            shown.append({"title": label, "value": value, "short": not one.get("long", False)})
    return shown


def _value(field: Json) -> str:
    user = field.get("user")
    if isinstance(user, dict):
        return f"<@{user['user_id']}>" if user.get("user_id") else str(user.get("text", ""))
    value = field.get("value")
    if value is None or isinstance(value, (list, dict)):
        return ""
    return f"<{field['link']}|{value}>" if field.get("link") else str(value)
