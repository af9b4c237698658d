"""Setting the bot up for deliveries by HTTP: what an operator reads when something is missing, taken or ambiguous."""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.check import Finding, examine
from bot.running import CannotStart, start
from bot.settings import Settings, SettingsError
from bot.web import take
from tests.http_mode import Sender
from tests.process import environment, launcher
from tests.test_triage import ASKED
from tests.test_web import survived
from tests.world import COMPANY, policy, text_of
from twin.server import Twin

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def settings(twin: Twin, folder: Path, **more: object) -> Settings:
    """Return the settings of a bot in this workspace."""
    return Settings.read(
        {
            "slack_bot_token": twin.bot_token,
            "slack_app_token": "",
            "slack_signing_secret": twin.signing_secret,
            "slack_api_url": twin.api_url,
            "database_url": f"sqlite:///{folder}/signalbox.sqlite",
            "policy": COMPANY / "signalbox.toml",
            **more,
        }
    )


@pytest.fixture
async def twin() -> AsyncIterator[Twin]:
    """The demo company's workspace."""
    started = await Twin.start(COMPANY / "workspace.toml")
    yield started
    await started.stop()


async def test_a_taken_port_is_told_before_anything_is_begun(twin: Twin, tmp_path: Path) -> None:
    port = int(twin.url.rpartition(":")[2])

    with pytest.raises(CannotStart, match=rf"127\.0\.0\.1:{port} .*SIGNALBOX_HTTP_PORT"):
        await start(settings(twin, tmp_path, http_port=port), policy())
    with pytest.raises(CannotStart, match="SIGNALBOX_HTTP_HOST"):
        await start(settings(twin, tmp_path, http_host="no-such-host.invalid"), policy())

    assert not [call for call in twin.calls if call.method != "auth.test"]


async def test_a_start_at_which_slack_cannot_say_who_we_are_says_so_and_begins_nothing(
    twin: Twin, tmp_path: Path
) -> None:
    cannot_say = twin.faults.add("auth.test", "error", times=0)

    with pytest.raises(CannotStart, match=r"Slack refuses the connection \(internal_error\)"):
        await start(settings(twin, tmp_path), policy())

    assert cannot_say.hits == 1
    assert {call.method for call in twin.calls} == {"auth.test"}


async def test_a_token_in_place_of_the_secret_is_recognised(twin: Twin, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="Basic Information"):
        await start(settings(twin, tmp_path, slack_signing_secret=twin.app_token), policy())


def test_one_of_the_two_ways_in_has_to_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def read(**given: str) -> Settings:
        return Settings.read({"slack_bot_token": "xoxb-1", **given})

    with pytest.raises(SettingsError, match=r"SLACK_APP_TOKEN: not set.*SLACK_SIGNING_SECRET"):
        read()
    with pytest.raises(SettingsError, match="SLACK_APP_TOKEN: not set"):
        read(slack_app_token="xapp-", slack_signing_secret=" ")
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN: not set"):
        read(slack_bot_token="xoxb-", slack_signing_secret=SECRET)
    assert read(slack_app_token="xapp-", slack_signing_secret=SECRET).is_http
    assert not read(slack_app_token="xapp-1").is_http
    assert not read(slack_app_token="xapp-1", slack_signing_secret=SECRET).is_http


async def test_with_both_set_socket_mode_is_used_and_the_log_says_so(twin: Twin, tmp_path: Path) -> None:
    with capture_logs() as logs:
        bot = await start(settings(twin, tmp_path, slack_app_token=twin.app_token), policy())
        await twin.connected()
        await bot.stop()

    [said] = [line for line in logs if line["event"] == "Socket Mode is used"]
    assert "SLACK_SIGNING_SECRET" in said["because"]
    assert bot.http is None


async def test_a_check_of_http_says_where_slack_has_to_post(
    monkeypatch: pytest.MonkeyPatch, twin: Twin, tmp_path: Path
) -> None:
    async def checked(**env: str) -> dict[str, Finding]:
        given = environment(twin, f"sqlite:///{tmp_path}/signalbox.sqlite")
        by_http = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": twin.signing_secret}
        for name, value in {**given, **by_http, "SIGNALBOX_HTTP_PORT": "0", **env}.items():
            monkeypatch.setenv(name, value)
        found: list[Finding] = []
        await examine(found.append)
        return {finding.what: finding for finding in found}

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    fine = await checked()
    taken = await checked(SIGNALBOX_HTTP_PORT=twin.url.rpartition(":")[2])

    assert all(finding.fine for finding in fine.values())
    [way_in] = [what for what in fine if what.startswith("deliveries by HTTP")]
    assert "/slack/events" in way_in
    assert not any(call.method == "apps.connections.open" for call in twin.calls)
    [wrong] = [finding for finding in taken.values() if not finding.fine]
    assert "SIGNALBOX_HTTP_PORT" in wrong.hint


@pytest.mark.process
async def test_the_process_outlives_whatever_is_posted_to_it_and_ends_when_it_is_told_to(
    twin: Twin, tmp_path: Path
) -> None:
    port = _free_port()
    env = {
        **environment(twin, f"sqlite:///{tmp_path}/signalbox.sqlite"),
        "SLACK_APP_TOKEN": "",
        "SLACK_SIGNING_SECRET": twin.signing_secret,
        "SIGNALBOX_HTTP_PORT": str(port),
        "SIGNALBOX_LOG_FORMAT": "json",
    }
    url = f"http://127.0.0.1:{port}"
    async with launcher(tmp_path / "operator", env) as operator, aiohttp.ClientSession() as web:
        bot = await operator.launch("run")
        await bot.said("awaiting deliveries by HTTP")
        async with web.get(url + "/healthz") as healthy:
            assert await healthy.json() == {"ok": True}
        sender = Sender(web, url + "/slack/events", twin.signing_secret, _now)
        assert (await sender.send({"type": "url_verification", "challenge": "c"})).status == 200
        await survived(sender)

        # It still works, and not only answers.
        await twin.use_request_url(sender.url)
        await twin.person("greta").post("#customer-support", ASKED)
        [card] = await twin.until(
            lambda: [one for one in twin.channel("#team-billing").messages if one.get("bot_id")], timeout=60
        )
        assert ASKED in text_of(card)
        await twin.idle()

        bot.send(signal.SIGTERM)
        ended = await bot.ended()

    assert ended.code == 0, ended.err
    said = [json.loads(line)["event"] for line in ended.err.splitlines()]
    assert (
        "delivery failed" in said
    )  # what had the form of a delivery and was none, with its traceback in one line
    assert ended.out == ""


def _now() -> datetime:
    return datetime.now(UTC)


def _free_port() -> int:
    with take("127.0.0.1", 0) as opened:
        port: int = opened.getsockname()[1]
        return port
