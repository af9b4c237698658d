"""People, the bot and user groups as Slack's user objects.

People see the names, titles and time zones of the seed. Deliberately without pictures: the page draws
initials.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from twin.seed import Seed, SeedGroup, SeedPerson
from twin.words import Json

SLACKBOT = "USLACKBOT"


def person(one: SeedPerson, seed: Seed, now: datetime) -> Json:
    """Build the user object of a person."""
    zone = now.astimezone(ZoneInfo(one.tz))
    first, _, last = one.name.partition(" ")
    is_stranger = one.team != seed.id
    user: Json = {
        "id": one.id,
        "team_id": one.team,
        "name": one.handle,
        "deleted": False,
        "color": one.color,
        "real_name": one.name,
        "tz": one.tz,
        "tz_label": zone.tzname() or one.tz,
        "tz_offset": int((zone.utcoffset() or ZoneInfo("UTC").utcoffset(now) or now - now).total_seconds()),
        "profile": {
            "title": one.title,
            "phone": "",
            "skype": "",
            "real_name": one.name,
            "real_name_normalized": one.name,
            "display_name": one.handle,
            "display_name_normalized": one.handle,
            "status_text": "",
            "status_emoji": "",
            "status_emoji_display_info": [],
            "status_expiration": 0,
            "avatar_hash": f"g{one.id[1:].lower()}",
            "email": one.email,
            "first_name": first,
            "last_name": last,
            **_images(one.id),
            "status_text_canonical": "",
            "team": one.team,
        },
        "is_admin": one.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": one.is_guest,
        "is_ultra_restricted": one.is_single,
        "is_bot": False,
        "is_app_user": False,
        "updated": int(now.timestamp()),
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }
    if (org := seed.enterprise) is not None and not is_stranger:
        user["enterprise_user"] = {
            "id": one.id,
            "enterprise_id": org.id,
            "enterprise_name": org.name,
            "is_admin": False,
            "is_owner": False,
            "teams": [seed.id],
        }
    if is_stranger:
        for unknown in ("is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted"):
            del user[unknown]  # Slack does not tell these of people from another workspace
    return user


def slackbot(seed: Seed) -> Json:
    """Build the user object of Slackbot, who is in every workspace and, by Slack's account, no bot."""
    return {
        "id": SLACKBOT,
        "team_id": seed.id,
        "name": "slackbot",
        "deleted": False,
        "color": "757575",
        "real_name": "Slackbot",
        "tz": "America/Los_Angeles",
        "tz_label": "Pacific Standard Time",
        "tz_offset": -28800,
        "profile": {
            "title": "",
            "phone": "",
            "skype": "",
            "real_name": "Slackbot",
            "real_name_normalized": "Slackbot",
            "display_name": "Slackbot",
            "display_name_normalized": "Slackbot",
            "status_text": "",
            "status_emoji": "",
            "status_emoji_display_info": [],
            "status_expiration": 0,
            "avatar_hash": "sv41d8cd98f0",
            "always_active": True,
            "first_name": "slackbot",
            "last_name": "",
            **_images(SLACKBOT),
            "status_text_canonical": "",
            "team": seed.id,
        },
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": 0,
        "is_email_confirmed": False,
        "who_can_share_contact_card": "EVERYONE",
    }


def bot(seed: Seed, now: datetime) -> Json:
    """Build the user object of the app's bot."""
    app = seed.app
    name = app.manifest.bot_name
    return {
        "id": app.user_id,
        "team_id": seed.id,
        "name": app.bot_user,
        "deleted": False,
        "color": "e7392d",
        "real_name": name,
        "tz": "America/Los_Angeles",
        "tz_label": "Pacific Standard Time",
        "tz_offset": -28800,
        "profile": {
            "title": "",
            "phone": "",
            "skype": "",
            "real_name": name,
            "real_name_normalized": name,
            "display_name": "",
            "display_name_normalized": "",
            "status_text": "",
            "status_emoji": "",
            "status_emoji_display_info": [],
            "status_expiration": 0,
            "avatar_hash": f"g{app.user_id[1:].lower()}",
            "api_app_id": app.id,
            "always_active": False,
            "bot_id": app.bot_id,
            "first_name": name,
            "last_name": "",
            **_images(app.user_id),
            "status_text_canonical": "",
            "team": seed.id,
        },
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": True,
        "is_app_user": False,
        "updated": int(now.timestamp()),
        "is_email_confirmed": False,
        "who_can_share_contact_card": "EVERYONE",
    }


def bot_profile(seed: Seed, since: int) -> Json:
    """Build the bot_profile Slack puts on every message of a bot."""
    app = seed.app
    return {
        "id": app.bot_id,
        "deleted": False,
        "name": app.name,
        "updated": since,
        "app_id": app.id,
        "icons": bot_icons(app.bot_id),
        "team_id": seed.id,
    }


def bot_icons(bot_id: str) -> Json:
    """Return the addresses of the app's icon."""
    return {f"image_{size}": f"https://avatars.example.com/{bot_id}_{size}.png" for size in (36, 48, 72)}


def usergroup(one: SeedGroup, seed: Seed, users: list[str], since: int) -> Json:
    """Build the usergroup object."""
    creator = seed.people[0].id
    return {
        "id": one.id,
        "team_id": seed.id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": one.name,
        "description": "",
        "handle": one.handle,
        "is_external": False,
        "date_create": since,
        "date_update": since,
        "date_delete": 0,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": creator,
        "updated_by": creator,
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
        "users": users,
        "user_count": len(users),
        "channel_count": 0,
    }


def _images(user_id: str) -> Json:
    sizes = (24, 32, 48, 72, 192, 512)
    return {f"image_{size}": f"https://avatars.example.com/{user_id}_{size}.png" for size in sizes}
