"""`signalbox check`: is everything in place, and if not, what exactly is to be done?

An operator reads one line per thing that was tried, each failure with a hint. Nothing is posted or changed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import DBAPIError

from agents.claude_answers import ClaudeConfig
from agents.local.abroad import is_made
from agents.policy import AuditPolicy, Policy
from bot import policy as policy_file
from bot.app import accounts
from bot.minds import claude_config
from bot.running import error_of, not_slack
from bot.settings import Settings, SettingsError
from bot.web import PATH, CannotListen, take
from sources.accounts import SourceUnavailable
from sources.knowledge import load_articles
from storage import adoptions
from storage.database import Database

MANIFEST = Path(__file__).parent.parent / "manifest.yml"


@dataclass(frozen=True)
class Finding:
    """One thing that was tried."""

    fine: bool
    what: str
    hint: str = ""


async def examine(show: Callable[[Finding], None]) -> bool:
    """Try everything, telling each finding as it comes; say whether all was fine."""
    all_fine = True
    async for finding in _findings():
        show(finding)
        all_fine = all_fine and finding.fine
    return all_fine


async def _findings() -> AsyncIterator[Finding]:
    try:
        settings = Settings.read()
    except SettingsError as wrong:
        yield Finding(False, "settings", str(wrong))
        return
    yield Finding(True, "settings")
    try:
        policy = policy_file.load(settings.policy)
    except policy_file.PolicyError as wrong:
        yield Finding(False, f"policy {settings.policy.name}", str(wrong))
        return
    yield Finding(True, f"policy: {len(policy.categories)} categories, {len(policy.queues)} queues")
    if policy.audit:
        yield Finding(True, _audit(policy, policy.audit))
    async for finding in _adopted(settings, policy):
        yield finding
    async for finding in _sources(policy, settings.policy.parent):
        yield finding
    has_model = is_made(settings.models)
    yield Finding(has_model, "local model", "" if has_model else "make it with `make model`")
    async for finding in _slack(settings, policy):
        yield finding
    config = claude_config(settings, policy)
    if config:
        async for finding in _claude(config):
            yield finding
    else:
        yield Finding(True, "Claude: no key set, so the local engine works alone")


def _audit(policy: Policy, audit: AuditPolicy) -> str:
    who = ", ".join(audit.people) if audit.people else f"the staff in #{audit.channel}"
    zone = audit.timezone or policy.company.timezone
    return (
        f"audit: {audit.cases} decisions a week by {who}, drawn {audit.weekday} at {audit.hour}:00 ({zone})"
    )


async def _adopted(settings: Settings, policy: Policy) -> AsyncIterator[Finding]:
    """Name the categories that stand by a button, as far as the database can be asked."""
    db = Database(settings.database_url)
    try:
        if not _is_there(db):
            return
        async with db.begin() as session:
            standing = await adoptions.standing(session)
    except (DBAPIError, OSError):
        return  # it was never used by this version, or is away, of which `signalbox doctor` says more
    finally:
        await db.close()
    for one in standing:
        where = "which has it now" if one.name in policy.categories else "which does not have it yet"
        yield Finding(
            True,
            f"adopted category {one.name}: {one.title}, with {one.queue}; beside {settings.policy.name}, {where}",
        )


def _is_there(db: Database) -> bool:
    """Say whether there is a database that can be opened without making an empty one."""
    return not db.is_sqlite or Path(str(db.url.database)).exists()


async def _sources(policy: Policy, base: Path) -> AsyncIterator[Finding]:
    if policy.sources.knowledge:
        try:
            articles = load_articles(
                base / policy.sources.knowledge.folder, policy.sources.knowledge.base_url
            )
            yield Finding(True, f"knowledge: {len(articles)} articles")
        except (OSError, ValueError) as wrong:
            yield Finding(False, "knowledge", str(wrong))
    source = accounts(policy, base)
    if source is None:
        return
    try:
        yield Finding(True, f"accounts: {len(await source.records())}")
    except SourceUnavailable as wrong:
        yield Finding(False, "accounts", str(wrong))


async def _slack(settings: Settings, policy: Policy) -> AsyncIterator[Finding]:
    web = AsyncWebClient(token=settings.slack_bot_token, base_url=settings.slack_api_url)
    token = "SLACK_BOT_TOKEN"
    try:
        me = await web.auth_test()
        yield Finding(True, f"bot token: {me['user']} in {me['team']}")
        granted = set(str(me.headers.get("x-oauth-scopes", "")).replace(" ", "").split(","))
        asked = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["oauth_config"]["scopes"]["bot"]
        lacking = sorted(set(asked) - granted)
        yield Finding(
            not lacking,
            "scopes",
            f"missing {', '.join(lacking)}: install the app again from manifest.yml" if lacking else "",
        )
        if settings.is_http:
            yield await _http(settings)
        else:
            token = "SLACK_APP_TOKEN"
            await web.apps_connections_open(app_token=settings.slack_app_token)
            token = "SLACK_BOT_TOKEN"
            yield Finding(True, "app token: Socket Mode can be opened")
        async for finding in _places(web, policy):
            yield finding
    except SlackApiError as wrong:
        error = error_of(wrong)
        yield Finding(
            False,
            "Slack",
            f"it answers {error}; check {token}, .env.example says where to find it"
            if error
            else not_slack(settings),
        )
    except (aiohttp.ClientError, TimeoutError):
        yield Finding(False, "Slack", f"no answer at {settings.slack_api_url}")


async def _http(settings: Settings) -> Finding:
    """Check that Slack can be heard at the address for deliveries; whether its Request URL leads there, it keeps to
    itself."""
    address = f"http://{settings.http_host}:{settings.http_port}"
    what = f"deliveries by HTTP: at {address}{PATH}, where Slack's Request URL has to lead"
    try:
        take(settings.http_host, settings.http_port).close()
    except CannotListen as wrong:
        with suppress(aiohttp.ClientError, TimeoutError, ValueError):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as web:
                async with web.get(f"{address}/healthz") as answer:
                    if answer.status == 200 and await answer.json() == {"ok": True}:
                        return Finding(True, f"{what} (a Signalbox is listening)")
        return Finding(False, "deliveries by HTTP", str(wrong))
    return Finding(True, what)


async def _places(web: AsyncWebClient, policy: Policy) -> AsyncIterator[Finding]:
    """Check that every channel and person of policy exists and that we are where we have to be."""
    channels: dict[str, bool] = {}
    async for page in await web.conversations_list(types="public_channel,private_channel", limit=200):
        channels |= {channel["name"]: bool(channel.get("is_member")) for channel in page["channels"]}
    for name in sorted(policy.channels()):
        if name not in channels:
            yield Finding(False, f"#{name}", "no such channel, or a private one we were not invited to")
        else:
            hint = "" if channels[name] else "invite the app: /invite @Signalbox"
            yield Finding(channels[name], f"#{name}", hint)
    handles: set[str] = set()
    async for page in await web.users_list(limit=200):
        for member in page["members"]:
            handles |= {member.get("name", ""), (member.get("profile") or {}).get("email", "")}
    auditors = policy.audit.people if policy.audit else ()
    for handle in sorted({*policy.people(), *auditors} - handles):
        yield Finding(False, f"@{handle}", "policy names this person, but the workspace has nobody so called")


async def _claude(config: ClaudeConfig) -> AsyncIterator[Finding]:
    from agents.claude import ClaudeEngine

    async def nothing() -> float:
        return 0.0

    try:
        engine = ClaudeEngine(config, nothing, lambda: 0.0)
    except ValueError as wrong:
        yield Finding(False, "Claude", str(wrong))
        return
    for found in await engine.self_check():
        yield Finding(found.level != "error", f"Claude: {found.sentence}")
    await engine.aclose()
