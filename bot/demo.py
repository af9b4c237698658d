"""The demo: a local Slack with a company in it, and Signalbox at work there.

Whoever types `make demo` opens one address in a browser, watches customers and colleagues post, and can act as any
of them. Everything runs on this machine; nothing is kept from one demo to the next.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tomllib
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console

from bot import policy as policy_file
from bot.app import Signalbox
from bot.running import CannotStart, start, stop
from bot.settings import Settings

FOLDER = Path("build/demo")
DATABASE = f"sqlite:///{FOLDER}/signalbox.sqlite"
_TWIN_SECONDS = 20
_ENDED = "the local workspace ended by itself"


class DemoError(Exception):
    """The demo cannot run; the message says what to do."""


async def show(company: Path, port: int, console: Console, keep_quiet: bool) -> None:
    """Run the demo until it is interrupted. Raises DemoError."""
    seed = _seed(company)
    address = f"http://127.0.0.1:{port}"
    _must_be_free(port)
    twin = await _twin(company, port, address)
    try:
        _fresh()
        settings = Settings.read(
            {
                "slack_bot_token": seed["app"]["bot_token"],
                "slack_app_token": seed["app"]["app_token"],
                "slack_api_url": f"{address}/api/",
                "database_url": DATABASE,
                "policy": company / "signalbox.toml",
                "log_level": "warning",
            }
        )
        bot = await start(settings, policy_file.load(settings.policy))
        try:
            await bot.desk.minds.ready()
            _welcome(console, address)
            if keep_quiet:
                await _gone(twin)
            else:
                async with asyncio.TaskGroup() as together:
                    together.create_task(_talk(company, address, console))
                    together.create_task(_tour(bot))
                    together.create_task(_gone(twin))
        finally:
            await stop(bot)
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    except (CannotStart, policy_file.PolicyError) as wrong:
        raise DemoError(str(wrong)) from None
    finally:
        if twin.returncode is None:
            twin.terminate()
            await twin.wait()


def _seed(company: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((company / "workspace.toml").read_text(encoding="utf-8"))
    except OSError:
        raise DemoError(
            f"there is no workspace.toml in {company}; start the demo from the project's folder"
        ) from None


def _must_be_free(port: int) -> None:
    """Raise DemoError when somebody listens there, who might be another demo and answer in place of ours."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            raise DemoError(f"port {port} is taken; choose another with --port") from None


def _fresh() -> None:
    """Forget the last demo: its messages are gone with the workspace they were posted in."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("signalbox.sqlite*"):
        old.unlink()


async def _twin(company: Path, port: int, address: str) -> asyncio.subprocess.Process:
    """Start the local workspace in a process of its own, and wait until it answers."""
    seed = str(company / "workspace.toml")
    twin = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "twin", "--seed", seed, "--port", str(port)),
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # so that Ctrl-C stops the bot first and the workspace after it
    )
    async with aiohttp.ClientSession() as web:
        for _ in range(_TWIN_SECONDS * 10):
            if twin.returncode is not None:
                raise DemoError(f"the local workspace did not start; is port {port} taken? Try --port.")
            try:
                async with web.get(f"{address}/twin/ready") as answer:
                    if answer.status == 200:
                        return twin
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    twin.kill()
    raise DemoError("the local workspace did not answer in time")


def _welcome(console: Console, address: str) -> None:
    console.print(
        f"\n[bold green]Ready.[/] Open [link={address}]{address}[/link] and look around.\n"
        "Act as anyone with the switch at the bottom left; post in #customer-support or #it-help;\n"
        "see the cards in #team-billing, #team-platform, #team-it; press the buttons.\n"
        "After a minute and a half Mei has a blind audit to begin in her messages with the app.\n"
        "Try [bold]/signalbox help[/]. Stop with Ctrl-C.\n"
    )


async def _tour(bot: Signalbox) -> None:
    """Show what the clock brings: account alerts, the morning summary, and a blind audit of what was decided."""
    for wait, flow in ((25, "scan"), (45, "morning"), (15, "audit")):
        await asyncio.sleep(wait)
        slot = bot.now().isoformat()
        await bot.engine.start(flow, f"demo:{flow}:{slot}", slot)


async def _gone(twin: asyncio.subprocess.Process) -> None:
    await twin.wait()
    raise DemoError(_ENDED)


async def _talk(company: Path, address: str, console: Console) -> None:
    """Post the company's messages at their times."""
    script = tomllib.loads((company / "demo.toml").read_text(encoding="utf-8"))["message"]
    loop = asyncio.get_running_loop()
    began, posted = loop.time(), dict[int, str]()
    order = sorted(range(len(script)), key=lambda number: script[number]["at"])
    async with aiohttp.ClientSession() as web:
        for number in order:
            line = script[number]
            await asyncio.sleep(max(0.0, began + line["at"] - loop.time()))
            deed = {
                "as": line["person"],
                "deed": "post",
                "channel": line["channel"],
                "text": line["text"],
            }
            if "thread_of" in line and line["thread_of"] in posted:
                deed["thread_ts"] = posted[line["thread_of"]]
            try:
                async with web.post(f"{address}/twin/act", json=deed) as answer:
                    said = await answer.json()
            except aiohttp.ClientError:
                raise DemoError(_ENDED) from None
            if not said.get("ok"):
                raise DemoError(f"demo.toml, message {number}: {said.get('say') or said.get('error')}")
            posted[number] = said["ts"]
            console.print(f"[dim]{line['person']:>12} → #{line['channel']}[/]", highlight=False)
    await asyncio.Event().wait()
