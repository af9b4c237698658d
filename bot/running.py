"""A bot from start to stop: connects, works until it is told to end, and leaves nothing half done."""

from __future__ import annotations

import asyncio
import signal

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import DBAPIError

from agents.policy import Policy
from bot.app import Signalbox
from bot.engine import AlreadyRunning
from bot.settings import Settings
from handlers.errors import Unavailable

log = structlog.get_logger("signalbox")


class CannotStart(Exception):
    """The bot cannot start; the message says what to do."""


async def start(settings: Settings, policy: Policy) -> Signalbox:
    """Return a connected bot. Raises CannotStart in words for an operator."""
    bot = Signalbox(settings, policy)
    try:
        await bot.start()
    except AlreadyRunning as wrong:
        raise CannotStart(str(wrong)) from None
    except SlackApiError as wrong:
        error = wrong.response["error"]
        hint = {
            "invalid_auth": "SLACK_BOT_TOKEN is not valid; copy it from the app's OAuth page",
            "account_inactive": "the app was removed from the workspace; install it again",
            "missing_scope": "a scope is missing; install the app again from manifest.yml",
            "not_allowed_token_type": "the tokens are swapped: SLACK_APP_TOKEN starts with xapp-",
        }.get(error, "run `signalbox check` for more")
        raise CannotStart(f"Slack refuses the connection ({error}): {hint}") from None
    except (aiohttp.ClientError, Unavailable, TimeoutError):
        raise CannotStart(
            f"Slack does not answer at {settings.slack_api_url}; is the network there?"
        ) from None
    except DBAPIError as wrong:
        raise CannotStart(
            f"the database cannot be used ({type(wrong).__name__}): check SIGNALBOX_DATABASE_URL"
        ) from None
    return bot


async def run_until_stopped(settings: Settings, policy: Policy) -> None:
    """Work until SIGINT or SIGTERM."""
    bot = await start(settings, policy)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    log.info("stopping")
    await bot.stop()
