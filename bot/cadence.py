"""Every scheduled job on one screen.

People see the morning summary, the account alerts, what the weekly look for change finds, the weekly sample to judge,
and the escalations that come of these. A job's slot is the time it was due, and that slot is the key of its flow:
restarts and replicas run it once, without anybody being elected for it. After an outage the newest slot is caught up if
it is still within its grace time; older ones are not, because nobody wants five summaries of one morning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

from agents import standup
from agents.policy import Policy
from handlers.desk import Start


@dataclass(frozen=True)
class Job:
    """One cadence: the flow it begins, when, and how late it is still worth doing."""

    name: str
    flow: str
    trigger: CronTrigger
    grace: timedelta

    def due(self, now: datetime) -> datetime | None:
        """Return the newest slot that fell due within the grace time; None when there is none."""
        newest = None
        # Counted in UTC: where the clocks go back, the next moment of a local time can be an hour earlier.
        after = (now - self.grace).astimezone(UTC)
        while (slot := self.trigger.get_next_fire_time(None, after)) and slot <= now:
            if not self._comes_again(slot):
                newest = slot
            after = slot.astimezone(UTC) + timedelta(microseconds=1)
        return newest

    def _comes_again(self, slot: datetime) -> bool:
        """Say whether the clock, put back, shows for the second time what was due at the first.

        What is due in every hour is due in both.
        """
        hour = next(str(field) for field in self.trigger.fields if field.name == "hour")
        return hour != "*" and slot.utcoffset() != slot.replace(fold=0).utcoffset()


def jobs(policy: Policy) -> tuple[Job, ...]:
    """Return every scheduled job of this policy."""
    every_minute = CronTrigger.from_crontab("* * * * *", timezone="UTC")
    at_night = CronTrigger.from_crontab("10 3 * * *", timezone=policy.company.timezone)
    later_at_night = CronTrigger.from_crontab("40 3 * * *", timezone=policy.company.timezone)
    found = [
        Job("sweep", "sweep", every_minute, timedelta(seconds=59)),
        # Who only runs by day tidies in the morning.
        Job("tidy", "tidy", at_night, timedelta(hours=20)),
        Job("confidence", "refit", later_at_night, timedelta(hours=20)),
    ]
    for name, flow, grace in (
        ("morning_summary", "morning", standup.GRACE),
        # What has changed in a week is news for two days.
        ("drift", "drift", timedelta(hours=48)),
        # What slips away today is worth knowing until tonight.
        ("account_health", "scan", timedelta(hours=12)),
    ):
        cadence = getattr(policy.cadences, name)
        if cadence:
            trigger = CronTrigger.from_crontab(cadence.cron, timezone=cadence.timezone)
            found.append(Job(name, flow, trigger, grace))
    if policy.audit:
        zone = policy.audit.timezone or policy.company.timezone
        trigger = CronTrigger.from_crontab(policy.audit.cron, timezone=zone)
        # Whoever has days to judge has time for a sample that comes two days late.
        found.append(Job("audit", "audit", trigger, timedelta(hours=48)))
    return tuple(found)


class Schedule:
    """Begins what is due. Every replica has one, and the slot's key sees to it that only the first of them counts."""

    def __init__(self, jobs: tuple[Job, ...], start: Start) -> None:
        self.jobs = jobs
        self.start = start
        self._begun: dict[str, datetime] = {}

    async def tick(self, now: datetime) -> None:
        """Begin the newest slot of each job that is due, unless this process knows that it was begun."""
        for job in self.jobs:
            slot = job.due(now)
            if slot and self._begun.get(job.name) != slot:
                # In UTC, so that replicas whose time zone data differ still write the same key.
                at = slot.astimezone(UTC).isoformat()
                await self.start(job.flow, f"{job.name}:{at}", at)
                self._begun[job.name] = slot
