"""The workspace before anybody did anything: who works here, which channels exist, which app is installed.

People see the names, topics and members written in `workspace.toml`. Ids follow from the names, so the same
file always makes the same workspace. Deliberately refused: keys nobody reads, names that point nowhere.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from twin import manifest as manifests
from twin.manifest import Manifest
from twin.words import Json, stable_id

COLORS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "235e5b", "84b22f", "db3150", "2b6836")


class SeedError(ValueError):
    """The seed cannot be used; the sentence says where and what to do."""


@dataclass(frozen=True)
class SeedApp:
    """The one app installed in this workspace, and its credentials."""

    id: str
    bot_id: str
    user_id: str
    name: str
    bot_user: str
    bot_token: str
    app_token: str
    signing_secret: str
    manifest: Manifest
    client_id: str
    client_secret: str
    installed: bool
    org_install: bool


@dataclass(frozen=True)
class SeedEnterprise:
    """The organisation a workspace belongs to, on Enterprise Grid."""

    id: str
    name: str
    domain: str


@dataclass(frozen=True)
class SeedPerson:
    """Somebody who can act in the workspace. A `team` of its own makes a stranger from another company."""

    id: str
    handle: str
    name: str
    title: str
    email: str
    tz: str
    is_admin: bool
    is_guest: bool
    team: str
    color: str
    is_single: bool = False  # a guest of one channel only


@dataclass(frozen=True)
class SeedChannel:
    """A channel; members are handles."""

    id: str
    name: str
    topic: str
    purpose: str
    members: tuple[str, ...]
    private: bool
    bot: bool


@dataclass(frozen=True)
class SeedGroup:
    """A user group; members are handles."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class SeedMessage:
    """A message that was there before."""

    channel: str
    person: str
    text: str


@dataclass(frozen=True)
class Seed:
    """A whole workspace, ready to start."""

    id: str
    name: str
    domain: str
    app: SeedApp
    people: tuple[SeedPerson, ...]
    channels: tuple[SeedChannel, ...]
    usergroups: tuple[SeedGroup, ...] = ()
    messages: tuple[SeedMessage, ...] = field(default=())
    enterprise: SeedEnterprise | None = None


def load(path: Path | str) -> Seed:
    """Read a workspace file and the manifest it names.

    Raises SeedError (or ManifestError) with the place and a hint.
    """
    file = Path(path)
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SeedError(f"{file}: the workspace file cannot be read ({problem.strerror}).") from problem
    except tomllib.TOMLDecodeError as problem:
        raise SeedError(f"{file}: not valid TOML: {problem}") from problem
    return _read(raw, file)


def _read(raw: Json, file: Path) -> Seed:
    top = _Table(raw, str(file))
    space = top.table("workspace")
    team, name, domain = space.text("id"), space.text("name"), space.text("domain")
    space.done()
    enterprise = _enterprise(top)
    app = _app(top.table("app"), team, enterprise, file)
    people = tuple(_person(table, team, at) for at, table in enumerate(top.tables("people")))
    handles = [person.handle for person in people]
    _unique(f"{file}: [[people]] handle", [*handles, app.bot_user])
    channels = tuple(_channel(table, team, handles) for table in top.tables("channels"))
    _unique(f"{file}: [[channels]] name", [channel.name for channel in channels])
    groups = tuple(_group(table, team, handles) for table in top.tables("usergroups"))
    _unique(f"{file}: [[usergroups]] handle", [group.handle for group in groups])
    names = [channel.name for channel in channels]
    messages = tuple(_message(table, names, handles) for table in top.tables("messages"))
    top.done()
    if not people or not channels:
        raise SeedError(f"{file}: a workspace needs at least one [[people]] and one [[channels]] table.")
    return Seed(team, name, domain, app, people, channels, groups, messages, enterprise)


def _enterprise(top: _Table) -> SeedEnterprise | None:
    table = top.maybe("enterprise")
    if table is None:
        return None
    found = SeedEnterprise(table.text("id"), table.text("name"), table.text("domain"))
    table.done()
    return found


def _app(table: _Table, team: str, enterprise: SeedEnterprise | None, file: Path) -> SeedApp:
    app_id, name = table.text("id"), table.text("name")
    bot_user = table.text("bot_user").lstrip("@")
    path = file.parent / table.text("manifest")
    bot_token, app_token = table.text("bot_token"), table.text("app_token")
    if not bot_token.startswith("xoxb-"):
        raise SeedError(f"{table.where}: bot_token must start with xoxb-, as every bot token does.")
    if not app_token.startswith("xapp-"):
        raise SeedError(f"{table.where}: app_token must start with xapp-, as every app-level token does.")
    secret = table.text("signing_secret")
    client_id = table.text("client_id", f"1000000000000.{app_id.lower()}")
    client_secret = table.text("client_secret", stable_id("", "client secret", app_id).lower())
    installed, org_install = table.flag("installed", default=True), table.flag("org_install")
    if org_install and enterprise is None:
        raise SeedError(f"{table.where}: org_install needs an [enterprise] table with id, name and domain.")
    table.done()
    home = enterprise.id if enterprise is not None and org_install else team
    return SeedApp(
        id=app_id,
        bot_id=stable_id("B", home, app_id),
        user_id=stable_id("U", home, "bot", bot_user),
        name=name,
        bot_user=bot_user,
        bot_token=bot_token,
        app_token=app_token,
        signing_secret=secret,
        manifest=manifests.load(path),
        client_id=client_id,
        client_secret=client_secret,
        installed=installed,
        org_install=org_install,
    )


def _person(table: _Table, team: str, at: int) -> SeedPerson:
    handle = table.text("handle").lstrip("@")
    zone = table.text("tz", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise SeedError(
            f"{table.where}: tz {zone!r} is not a known time zone, such as Europe/Lisbon."
        ) from problem
    home = table.text("team", team)
    guest = table.text("guest", "")
    if guest not in ("", "multi", "single"):
        raise SeedError(f'{table.where}: guest must be "multi" or "single", found {guest!r}.')
    person = SeedPerson(
        id=stable_id("U", home, handle),
        handle=handle,
        name=table.text("name"),
        title=table.text("title", ""),
        email=table.text("email", f"{handle}@example.com"),
        tz=zone,
        is_admin=table.flag("is_admin"),
        is_guest=table.flag("is_guest") or bool(guest),
        is_single=guest == "single",
        team=home,
        color=table.text("color", COLORS[at % len(COLORS)]).lstrip("#"),
    )
    table.done()
    return person


def _channel(table: _Table, team: str, handles: list[str]) -> SeedChannel:
    name = table.text("name").lstrip("#")
    if name != name.lower() or " " in name or len(name) > 80:
        raise SeedError(
            f"{table.where}: channel name {name!r} must be lower case, without spaces, at most 80."
        )
    channel = SeedChannel(
        id=stable_id("C", team, name),
        name=name,
        topic=table.text("topic", ""),
        purpose=table.text("purpose", ""),
        members=_members(table, handles, everyone=True),
        private=table.flag("private"),
        bot=table.flag("bot", default=True),
    )
    table.done()
    return channel


def _group(table: _Table, team: str, handles: list[str]) -> SeedGroup:
    handle = table.text("handle").lstrip("@")
    group = SeedGroup(
        id=stable_id("S", team, handle),
        handle=handle,
        name=table.text("name", handle),
        members=_members(table, handles, everyone=False),
    )
    table.done()
    return group


def _message(table: _Table, names: list[str], handles: list[str]) -> SeedMessage:
    channel, person = table.text("channel").lstrip("#"), table.text("person").lstrip("@")
    _known(f"{table.where}: channel", channel, names)
    _known(f"{table.where}: person", person, handles)
    message = SeedMessage(channel, person, table.text("text"))
    table.done()
    return message


def _members(table: _Table, handles: list[str], *, everyone: bool) -> tuple[str, ...]:
    value = table.take("members", [])
    if value == "everyone" and everyone:
        return tuple(handles)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        hint = ' or "everyone"' if everyone else ""
        raise SeedError(f"{table.where}: members must be a list of handles{hint}.")
    members = tuple(one.lstrip("@") for one in value)
    for one in members:
        _known(f"{table.where}: member", one, handles)
    return members


def _known(where: str, name: str, names: list[str]) -> None:
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else f" Known: {', '.join(names)}."
        raise SeedError(f"{where} {name!r} is not in this workspace.{hint}")


def _unique(where: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SeedError(f"{where}: {', '.join(twice)} is there twice.")


class _Table:
    """A TOML table read key by key; keys left over at the end are an error with the nearest known key."""

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, dict):
            raise SeedError(f"{where}: must be a table.")
        self._left: Json = dict(raw)
        self._asked: list[str] = []
        self.where = where

    def take(self, key: str, default: Any) -> Any:
        self._asked.append(key)
        return self._left.pop(key, default)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.take(key, default)
        if value is None:
            raise SeedError(f"{self.where}: {key} is missing.")
        if not isinstance(value, str):
            raise SeedError(f"{self.where}: {key} must be text, found {value!r}.")
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise SeedError(f"{self.where}: {key} must be true or false, found {value!r}.")
        return value

    def table(self, key: str) -> _Table:
        if key not in self._left:
            raise SeedError(f"{self.where}: the table [{key}] is missing.")
        return _Table(self.take(key, None), f"{self.where}: [{key}]")

    def maybe(self, key: str) -> _Table | None:
        value = self.take(key, None)
        return None if value is None else _Table(value, f"{self.where}: [{key}]")

    def tables(self, key: str) -> list[_Table]:
        value = self.take(key, [])
        if not isinstance(value, list):
            raise SeedError(f"{self.where}: {key} must be written as [[{key}]].")
        return [_Table(one, f"{self.where}: [[{key}]] number {at}") for at, one in enumerate(value, start=1)]

    def done(self) -> None:
        for key in self._left:
            close = difflib.get_close_matches(key, self._asked, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else f" Known keys: {', '.join(self._asked)}."
            raise SeedError(f"{self.where}: unknown key {key!r}.{hint}")
