"""Signalbox as its next version could be: one migration, one more step at the end of a flow, and one new flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.app import Signalbox
from bot.engine import Flow
from bot.run import DurableRun
from handlers.desk import Desk
from storage import receipts

VERSIONS = Path(__file__).parent / "versions"


class NextSignalbox(Signalbox):
    """The next version."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.db.more_revisions = (VERSIONS,)

    def _flows(self) -> dict[str, Flow]:
        flows = super()._flows()

        async def receive(run: DurableRun, id: int) -> None:
            await flows["receive"](run, id)
            await run.step("mood", self._feel, id)

        async def visit(run: DurableRun, channel: str, ts: str, id: int) -> None:
            await run.repeat("wave", self.desk.slack.react, channel, ts, "wave")
            await run.commit("visit", self.desk, _visit, id)

        return {**flows, "receive": receive, "visit": visit}

    async def _feel(self, id: int) -> None:
        async with self.db.begin() as session:
            receipt = await receipts.get(session, id)
            assert receipt is not None
            connection = await session.connection()
            await connection.execute(
                text("UPDATE ticket SET mood = 'calm' WHERE channel || ':' || thread_ts = :thread"),
                {"thread": receipt.thread},
            )


async def _visit(desk: Desk, session: AsyncSession, id: int) -> None:
    connection = await session.connection()
    await connection.execute(
        text("INSERT INTO visit (receipt_id, at) VALUES (:id, :at)"), {"id": id, "at": desk.now()}
    )
