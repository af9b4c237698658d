"""Every scheduled job on one screen.

People see the morning summary, the account alerts and the escalations that come of these. A job's slot is the time
it was due, and that slot is the key of its flow: restarts and replicas run it once, and one that was missed while
nobody was running is caught up within its grace time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

from agents.policy import Policy
from handlers.desk import Start


@dataclass(frozen=True)
class Job:
    """One cadence: the flow it begins, when, and how late it is still worth doing."""

    name: str
    flow: str
    trigger: CronTrigger
    grace: timedelta

    def due(self, now: datetime) -> Iterator[datetime]:
        """Yield the slots that fell due within the grace time, oldest first."""
        slot = self.trigger.get_next_fire_time(None, now - self.grace)
        while slot and slot <= now:
            yield slot
            slot = self.trigger.get_next_fire_time(slot, slot + timedelta(microseconds=1))


def jobs(policy: Policy) -> tuple[Job, ...]:
    """Return every scheduled job of this policy."""
    every_minute = CronTrigger.from_crontab("* * * * *", timezone="UTC")
    found = [Job("sweep", "sweep", every_minute, timedelta(seconds=59))]
    for name, flow, grace in (
        ("morning_summary", "morning", timedelta(hours=4)),
        ("account_health", "scan", timedelta(hours=12)),
    ):
        cadence = getattr(policy.cadences, name)
        if cadence:
            trigger = CronTrigger.from_crontab(cadence.cron, timezone=cadence.timezone)
            found.append(Job(name, flow, trigger, grace))
    return tuple(found)


class Schedule:
    """Begins what is due."""

    def __init__(self, jobs: tuple[Job, ...], start: Start, since: datetime) -> None:
        self.jobs = jobs
        self.start = start
        self._begun: dict[str, datetime] = {}
        self.since = since

    async def tick(self, now: datetime) -> None:
        """Begin every slot that fell due and was not begun by this process yet."""
        for job in self.jobs:
            for slot in job.due(now):
                if slot > self._begun.get(job.name, slot - timedelta(seconds=1)):
                    await self.start(job.flow, f"{job.name}:{slot.isoformat()}", slot.isoformat())
                    self._begun[job.name] = slot
