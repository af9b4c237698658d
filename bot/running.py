"""A bot from start to stop: connects, works until it is told to end, and leaves nothing half done."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import threading

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import ArgumentError, DBAPIError

from agents.local.abroad import is_made
from agents.policy import Policy
from bot.app import Signalbox
from bot.backtest_gate import NotBacktested, must_be_backtested
from bot.engine import AlreadyRunning
from bot.minds import LoadedMinds
from bot.settings import Settings
from bot.web import CannotListen
from handlers.errors import Declined, Unavailable
from storage.database import TooNew

log = structlog.get_logger("signalbox")


LONGEST_STOP = 10.0  # seconds from the signal to the end, whatever hangs
_COLLECTS = 20_000, 20, 20  # how much the collector lets pile up, in its own counts
_LAST_START = 2.0  # of these, for a start that is under way


class CannotStart(Exception):
    """The bot cannot start; the message says what to do."""


async def start(settings: Settings, policy: Policy, minds: LoadedMinds | None = None) -> Signalbox:
    """Return a connected bot, with these engines if any are there yet. Raises CannotStart in words for an operator."""
    if not is_made(settings.models):
        raise CannotStart(
            f"the local model is not in {settings.models}; make it with `make model`, or set SIGNALBOX_MODELS"
        )
    await _try_tokens(settings)
    try:
        bot = Signalbox(settings, policy, minds=minds)
        await _ask_the_gate(bot)
        await bot.start()
    except (AlreadyRunning, CannotListen, NotBacktested, TooNew) as wrong:
        raise CannotStart(str(wrong)) from None
    except SlackApiError as wrong:
        raise CannotStart(_refused(settings, error_of(wrong), "SLACK_BOT_TOKEN")) from None
    except Declined as wrong:
        raise CannotStart(_refused(settings, wrong.code, "SLACK_BOT_TOKEN")) from None
    except ArgumentError:
        raise CannotStart(
            "SIGNALBOX_DATABASE_URL is not an address; write sqlite:///signalbox.sqlite or "
            "postgresql://user:password@host/name"
        ) from None
    except OSError as wrong:
        where = f" ({wrong.filename})" if wrong.filename else ""
        raise CannotStart(
            f"the database cannot be used: {wrong.strerror}{where}; check the folder in SIGNALBOX_DATABASE_URL"
        ) from None
    except (aiohttp.ClientError, Unavailable, TimeoutError):
        raise CannotStart(_no_answer(settings)) from None
    except DBAPIError as wrong:
        raise CannotStart(
            f"the database cannot be used ({type(wrong).__name__}): check SIGNALBOX_DATABASE_URL"
        ) from None
    spare_the_collector()
    return bot


def spare_the_collector() -> None:
    """Let the garbage collector look through what requests leave behind, and no more through all that was loaded.

    It would hold up an acknowledgement by many milliseconds each time, and find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTS)


async def _ask_the_gate(bot: Signalbox) -> None:
    """Let a changed triage prompt or model go live only when its effect is known. Raises NotBacktested."""
    await bot.db.migrate()
    try:
        await must_be_backtested(bot.settings, bot.policy, bot.db, bot.now())
    except NotBacktested:
        await bot.db.close()
        raise


async def _try_tokens(settings: Settings) -> None:
    """Use each token once, because the socket client would try a refused one again for ever."""
    if settings.slack_bot_token.startswith("xapp-") or settings.slack_app_token.startswith("xoxb-"):
        raise CannotStart(
            "the tokens are swapped: SLACK_BOT_TOKEN starts with xoxb-, SLACK_APP_TOKEN with xapp-"
        )
    if settings.slack_signing_secret.startswith(("xoxb-", "xapp-")):
        raise CannotStart(
            "SLACK_SIGNING_SECRET holds a token; the secret is on the app's page Basic Information"
        )
    web = AsyncWebClient(token=settings.slack_bot_token, base_url=settings.slack_api_url)
    name = "SLACK_BOT_TOKEN"
    try:
        await web.auth_test()
        name = "SLACK_APP_TOKEN"
        if not settings.is_http:
            await web.apps_connections_open(app_token=settings.slack_app_token)
    except SlackApiError as wrong:
        raise CannotStart(_refused(settings, error_of(wrong), name)) from None
    except (aiohttp.ClientError, TimeoutError):
        raise CannotStart(_no_answer(settings)) from None


def _refused(settings: Settings, error: str, token: str) -> str:
    """Say why Slack refused, and what is to be done."""
    if not error:
        return not_slack(settings)
    page = "OAuth & Permissions" if token == "SLACK_BOT_TOKEN" else "Basic Information"
    hint = {
        "invalid_auth": f"{token} is not valid; copy it from the app's page {page}",
        "not_authed": f"{token} is not valid; copy it from the app's page {page}",
        "not_allowed_token_type": f"{token} is of the wrong kind; copy it from the app's page {page}",
        "token_revoked": f"{token} was revoked; copy the new one from the app's page {page}",
        "account_inactive": "the app was removed from the workspace; install it again",
        "missing_scope": "a scope is missing; install the app again from manifest.yml",
    }.get(error, "run `signalbox check` for more")
    return f"Slack refuses the connection ({error}): {hint}"


def error_of(wrong: SlackApiError) -> str:
    """Return Slack's code for what is wrong; empty when it was not Slack who answered."""
    data = getattr(wrong.response, "data", wrong.response)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def not_slack(settings: Settings) -> str:
    """Say that somebody else answers at Slack's address."""
    return f"what answers at {settings.slack_api_url} is not Slack; check SLACK_API_URL and the proxy"


def _no_answer(settings: Settings) -> str:
    return f"Slack does not answer at {settings.slack_api_url}; is the network there?"


async def stop(bot: Signalbox) -> None:
    """Stop a bot and leave its work to the next process."""
    # What can no longer be acknowledged is complained about at length, and Slack simply delivers it again.
    logging.getLogger("slack_bolt.AsyncApp").setLevel(logging.CRITICAL)
    await bot.stop()


async def run_until_stopped(settings: Settings, policy: Policy) -> None:
    """Work until SIGINT or SIGTERM, and end within LONGEST_STOP seconds of it, with the whole process if need be.

    Raises CannotStart, also when the engines or the knowledge cannot be loaded.
    """
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    # Not by the loop, which may be what hangs; threads that wait for a database cannot be cancelled either.
    last = threading.Timer(LONGEST_STOP - 1.0, _leave)
    last.daemon = True

    def stop_soon() -> None:
        if not stopped.is_set():
            stopped.set()
            last.start()

    loop.add_signal_handler(signal.SIGTERM, stop_soon)
    bot = await _started(asyncio.create_task(start(settings, policy)), stopped)
    loop.add_signal_handler(signal.SIGINT, stop_soon)
    loading = asyncio.create_task(_loaded(bot))
    loading.add_done_callback(lambda done: stop_soon() if done.cancelled() or done.exception() else None)
    try:
        await stopped.wait()
        log.info("stopping")
    finally:
        await stop(bot)
    # Whoever stops us while the engines are still loading has cancelled that, and there is nothing wrong.
    if loading.done() and not loading.cancelled():
        loading.result()


async def _started(starting: asyncio.Task[Signalbox], stopped: asyncio.Event) -> Signalbox:
    """Return the bot; told to stop meanwhile, give the start a moment, so that what has begun is stopped properly."""
    asked = asyncio.create_task(stopped.wait())
    await asyncio.wait([starting, asked], return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        await asyncio.wait([starting], timeout=_LAST_START)
        if not starting.done():
            raise KeyboardInterrupt
    asked.cancel()
    return starting.result()


def _leave() -> None:
    """End the process as it is: its work is kept, and others find it as they would after a crash."""
    log.error("something hangs, leaving")
    os._exit(1)


async def _loaded(bot: Signalbox) -> None:
    """Wait for the engines; without them every request would wait for ever."""
    try:
        await bot.desk.minds.ready()
    except (OSError, ValueError) as wrong:
        raise CannotStart(f"what the bot has to know cannot be loaded: {wrong}") from None
    spare_the_collector()
