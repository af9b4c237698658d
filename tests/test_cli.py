"""The command line: what an operator reads when something is missing, wrong, or simply works."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from aiohttp import web

from storage.database import Database
from tests.process import Ended, Launcher, Process, environment, host, launcher
from tests.test_triage import ASKED
from tests.world import COMPANY, ROOT
from twin.server import Twin

_STOPS_WITHIN = 10.0

pytestmark = pytest.mark.process


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[Launcher]:
    """Somebody at a command line in an empty folder, with nothing set."""
    async with launcher(tmp_path / "operator") as opened:
        yield opened


@pytest.fixture
async def twin() -> AsyncIterator[Twin]:
    """The demo company's workspace."""
    started = await Twin.start(COMPANY / "workspace.toml")
    yield started
    await started.stop()


@pytest.fixture
def env(twin: Twin, tmp_path: Path) -> dict[str, str]:
    """A complete environment."""
    return environment(twin, f"sqlite:///{tmp_path}/signalbox.sqlite")


def explained(ended: Ended, *words: str) -> None:
    """Hold that it gave up with these words on standard error and no traceback."""
    assert ended.code == 2, ended.err
    for word in words:
        assert word in ended.err
    assert "Traceback" not in ended.err + ended.out
    assert 'File "' not in ended.err + ended.out


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


async def test_every_missing_variable_is_named_at_once(operator: Launcher) -> None:
    ended = await operator.run("run")

    explained(ended, "SLACK_BOT_TOKEN: not set", "SLACK_APP_TOKEN: not set", ".env.example")


async def test_a_setting_that_makes_no_sense_is_named_beside_the_missing_ones(operator: Launcher) -> None:
    ended = await operator.run("run", env={"SIGNALBOX_LOG_FORMAT": "yaml", "SLACK_BOT_TOKEN": "xoxb-1"})

    explained(ended, "SLACK_APP_TOKEN: not set", "SIGNALBOX_LOG_FORMAT: ", "'text' or 'json'")


async def test_a_policy_that_is_not_there_is_named(operator: Launcher) -> None:
    ended = await operator.run("run", env={"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"})

    explained(ended, "signalbox.toml: No such file", "set SIGNALBOX_POLICY")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('queue = "billing"', 'queue = "biling"', ("'biling'", "did you mean 'billing'?")),
        ("[queues.billing]", "[queues.billing]\ncolour = 1", ("queues.billing.colour: unknown key",)),
        ("[company]", "[company", ("not valid TOML",)),
    ],
    ids=["dangling", "unknown", "not TOML"],
)
async def test_a_mistake_in_the_policy_is_told_with_its_line_and_a_hint(
    operator: Launcher, env: dict[str, str], old: str, new: str, words: tuple[str, ...]
) -> None:
    text = (COMPANY / "signalbox.toml").read_text(encoding="utf-8")
    wrong = operator.folder / "signalbox.toml"
    await asyncio.to_thread(wrong.write_text, text.replace(old, new, 1), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1 + new.count("\n")

    ended = await operator.run("run", env={**env, "SIGNALBOX_POLICY": str(wrong)})

    explained(ended, f"signalbox.toml:{line}: ", *words)


@pytest.mark.parametrize("token", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
async def test_a_wrong_token_says_which_one_and_where_to_find_the_right_one(
    operator: Launcher, env: dict[str, str], token: str
) -> None:
    prefix = "xoxb" if token == "SLACK_BOT_TOKEN" else "xapp"

    ended = await operator.run("run", env={**env, token: f"{prefix}-of-another-app"})

    explained(ended, "invalid_auth", token, "copy it")


async def test_swapped_tokens_are_recognised(operator: Launcher, env: dict[str, str]) -> None:
    swapped = {"SLACK_BOT_TOKEN": env["SLACK_APP_TOKEN"], "SLACK_APP_TOKEN": env["SLACK_BOT_TOKEN"]}

    ended = await operator.run("run", env={**env, **swapped})

    explained(ended, "swapped", "xapp-", "xoxb-")


async def test_slack_that_does_not_answer_is_named_with_its_address(
    operator: Launcher, env: dict[str, str]
) -> None:
    address = f"http://127.0.0.1:{free_port()}/api/"

    ended = await operator.run("run", env={**env, "SLACK_API_URL": address})

    explained(ended, "Slack does not answer", address, "network")


async def test_an_address_that_is_not_slacks_is_named(operator: Launcher, env: dict[str, str]) -> None:
    async def something_else(request: web.Request) -> web.Response:
        return web.Response(text="<html>Welcome to the proxy</html>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", something_else)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    try:
        ended = await operator.run("run", env={**env, "SLACK_API_URL": address})
    finally:
        await runner.cleanup()

    explained(ended, address, "not Slack")


async def test_a_database_that_cannot_be_opened_is_named(operator: Launcher, env: dict[str, str]) -> None:
    nowhere = "sqlite:////dev/null/signalbox.sqlite"

    ended = await operator.run("run", env={**env, "SIGNALBOX_DATABASE_URL": nowhere})

    explained(ended, "SIGNALBOX_DATABASE_URL", "folder")


async def test_a_database_address_that_is_none_is_named(operator: Launcher, env: dict[str, str]) -> None:
    ended = await operator.run("run", env={**env, "SIGNALBOX_DATABASE_URL": "signalbox.sqlite"})

    explained(ended, "SIGNALBOX_DATABASE_URL", "sqlite:///")


async def test_a_second_bot_on_the_same_file_is_refused_and_the_first_works_on(tmp_path: Path) -> None:
    async with host(tmp_path / "bot", f"sqlite:///{tmp_path}/signalbox.sqlite") as hosted:
        first = await hosted.start()

        second = await hosted.launcher.run("run")

        explained(second, "already running", "signalbox.sqlite", "stop it first")
        await hosted.twin.person("greta").post("#customer-support", ASKED)
        await hosted.settle()
        assert first.is_running
        assert len(hosted.twin.channel("team-billing").messages) == 1


async def stopped(process: Process) -> None:
    """Hold that it ends in time, at peace."""
    ended = await process.ended(_STOPS_WITHIN)
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err


async def test_sigterm_in_the_middle_of_a_post_stops_in_time_and_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    async with host(tmp_path / "bot", f"sqlite:///{tmp_path}/signalbox.sqlite") as hosted:
        bot = await hosted.start()
        slow = hosted.twin.faults.add("chat.postMessage", "hang", channel="#team-billing")
        ts = await hosted.twin.person("greta").post("#customer-support", ASKED)
        await hosted.twin.until(lambda: slow.hits == 1, timeout=20)

        bot.send(signal.SIGTERM)
        await stopped(bot)
        slow.release()  # Slack had taken the post, and nobody was there to hear so
        await hosted.twin.until(lambda: hosted.twin.channel("team-billing").messages)
        await hosted.start()
        await hosted.settle()

        assert len(hosted.twin.channel("team-billing").messages) == 1
        assert len(hosted.twin.channel("customer-support").thread(ts)) == 2


async def test_sigterm_while_slack_is_away_stops_in_time(tmp_path: Path) -> None:
    async with host(tmp_path / "bot", f"sqlite:///{tmp_path}/signalbox.sqlite") as hosted:
        bot = await hosted.start()
        away = hosted.twin.faults.add("chat.postMessage", "http500", times=1000)
        await hosted.twin.person("greta").post("#customer-support", ASKED)
        await hosted.twin.until(lambda: away.hits >= 2, timeout=20)

        bot.send(signal.SIGTERM)
        await stopped(bot)
        hosted.twin.faults.clear()
        await hosted.start()
        await hosted.settle()

        assert len(hosted.twin.channel("team-billing").messages) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_during_the_start_ends_it_without_a_word_too_many(
    operator: Launcher, env: dict[str, str], twin: Twin, number: signal.Signals
) -> None:
    slow = twin.faults.add("auth.test", "hang")
    bot = await operator.launch("run", env=env)
    await twin.until(lambda: slow.hits == 1, timeout=30)

    bot.send(number)
    ended = await bot.ended(_STOPS_WITHIN)

    assert ended.code in (0, 130, 143), ended.err
    assert "Traceback" not in ended.err


async def test_help_names_every_command(operator: Launcher) -> None:
    ended = await operator.run("--help")

    assert ended.code == 0
    for command in ("run", "check", "demo", "replay", "doctor", "backup", "restore"):
        assert command in ended.out


def demo_env() -> dict[str, str]:
    """Return what the demo needs when it is started from an empty folder."""
    return {"SIGNALBOX_MODELS": str(ROOT / "build")}


async def test_the_demo_gets_ready_talks_and_leaves_nothing_behind(operator: Launcher) -> None:
    port = free_port()
    demo = await operator.launch(*("demo", "--port", str(port), "--company", str(COMPANY)), env=demo_env())
    await demo.said("Ready.")
    assert f"http://127.0.0.1:{port}" in demo.out
    await demo.said("→ #")
    [workspace] = psutil.Process(demo.running.pid).children(recursive=True)

    demo.send(signal.SIGINT)
    ended = await demo.ended()

    assert ended.code == 0, ended.err
    assert "Stopped." in ended.out
    assert "Traceback" not in ended.err
    assert not workspace.is_running()


async def test_a_demo_whose_workspace_dies_says_so(operator: Launcher) -> None:
    demo = await operator.launch(
        *("demo", "--port", str(free_port()), "--company", str(COMPANY)), env=demo_env()
    )
    await demo.said("Ready.")
    [workspace] = psutil.Process(demo.running.pid).children(recursive=True)

    os.kill(workspace.pid, signal.SIGKILL)

    explained(await demo.ended(), "the local workspace ended by itself")


async def test_a_demo_on_a_taken_port_says_so_and_leaves_the_other_alone(
    operator: Launcher, twin: Twin
) -> None:
    port = twin.url.rpartition(":")[2]
    others = operator.folder / "build" / "demo" / "signalbox.sqlite"
    await asyncio.to_thread(others.parent.mkdir, parents=True)
    await asyncio.to_thread(others.write_text, "the other demo's")

    ended = await operator.run("demo", "--port", port, "--company", str(COMPANY), env=demo_env())

    explained(ended, f"port {port}", "--port")
    assert await asyncio.to_thread(others.read_text) == "the other demo's"


async def test_a_demo_of_no_company_says_so(operator: Launcher) -> None:
    ended = await operator.run("demo", "--company", str(operator.folder))

    explained(ended, "workspace.toml", "project's folder")


async def test_a_backtest_explains_what_it_needs_and_says_when_there_is_no_past(
    operator: Launcher, env: dict[str, str], tmp_path: Path
) -> None:
    explained(await operator.run("backtest", "--change", "prompt", env=env), "set ANTHROPIC_API_KEY")
    explained(await operator.run("backtest", "--change", "policy", "--since", "30x", env=env), "30x", "30d")
    explained(
        await operator.run("backtest", "--change", "policy", "--floor", "0.7", env=env),
        "has the bot ever run",
    )
    database = Database(env["SIGNALBOX_DATABASE_URL"])
    await database.migrate()
    await database.close()
    ended = await operator.run("backtest", "--change", "policy", "--floor", "0.7", env=env)
    assert ended.code == 1
    assert "Nothing was judged in the last 30d" in ended.out
