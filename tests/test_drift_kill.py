"""The weekly look and an adoption, with the process killed at the worst moments of both."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from storage.reviews import Adoption, Finding
from tests.chaos.fleet import calm_policy
from tests.process import Host, host
from tests.test_drift_rules import CLAIMS

pytestmark = [pytest.mark.process, pytest.mark.slow]


def cards(host: Host) -> list[dict[str, Any]]:
    """Return what was proposed."""
    return [m for m in host.twin.channel("front-desk").messages if "A new kind" in m.get("text", "")]


async def dies_at(host: Host, point: str) -> None:
    """Start a bot that dies when it reaches this point, and wait for that."""
    host.launcher.env = {**host.launcher.env, "SIGNALBOX_DIE_AT": f"{point}:1"}
    await host.start()


async def dead(host: Host) -> None:
    """Wait until the bot has died as it should."""
    assert host.bot is not None
    assert (await host.bot.ended(90)).code == -signal.SIGKILL
    await host.twin.until(lambda: not host.twin.connections)


async def test_whatever_dies_in_between_there_is_one_alert_one_category_and_one_reply(
    tmp_path: Path,
) -> None:
    (tmp_path / "company").mkdir()
    policy = calm_policy(tmp_path / "company", cron="* * * * *")
    async with host(tmp_path / "bot", f"sqlite:///{tmp_path}/signalbox.sqlite", policy) as hosted:
        await dies_at(hosted, "handlers.telling.tell: chat.postMessage: before")
        for n, text in enumerate(CLAIMS):
            await hosted.twin.person(("greta", "paulo", "victor")[n % 3]).post("#customer-support", text)
        await dead(hosted)
        await dies_at(hosted, "handlers.telling.tell: chat.postMessage: after")
        await dead(hosted)
        await dies_at(hosted, "handlers.adoption.on_adopted: adopt: done")
        await _told(hosted)

        mei = hosted.twin.person("mei")
        await mei.click(cards(hosted)[0], "adopt_category")
        await mei.modal()
        assert await mei.submit({"title": "Insurance claims"}) == {}
        await dead(hosted)
        await dies_at(hosted, "handlers.adoption._tell: chat.postMessage: after")
        await dead(hosted)
        hosted.launcher.env = {**hosted.launcher.env, "SIGNALBOX_DIE_AT": ""}
        await hosted.start()
        await hosted.settle()

        [alert] = cards(hosted)
        assert "Adopted by" in str(alert["blocks"])
        thread = hosted.twin.channel("front-desk").thread(alert["ts"])
        assert len([message for message in thread if message["ts"] != alert["ts"]]) == 1
        async with hosted.db.begin() as session:
            assert len((await session.exec(select(Adoption))).all()) == 1
            found = (await session.exec(select(Finding))).all()
        assert [row.kind for row in found] == ["cluster"]


async def _told(hosted: Host) -> None:
    """Wait until the row says where the alert stands, so that its buttons can be pressed."""
    async with asyncio.timeout(60):
        while True:
            async with hosted.db.begin() as session:
                rows = (await session.exec(select(Finding))).all()
            if rows and rows[0].ts:
                return
            await asyncio.sleep(0.05)
