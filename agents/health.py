"""Account health: which customers are slipping away, with numbers, a deadline and what to do.

People see it as an alert that names an account's owner. Only three things alert: a fall in use, payments that
fail, and a decline, sudden or slow, shortly before a renewal. Each is a rule with a threshold from policy; no
model is asked, and no account is scored in secret. Dips that the account has shown before and come back from,
dips that everybody shows (a holiday), and the end of a one-off peak do not alert. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from agents.health_usage import (
    BASELINE_DAYS,
    LONG_AGO,
    Change,
    Day,
    change,
    common_share,
    is_chance,
    is_habit,
    own_share,
)
from agents.hours import WORKDAY, Hours
from agents.policy import HealthCadence
from agents.words import Account


class Bill(Protocol):
    """An invoice; `status` is paid, open, failed or refunded."""

    @property
    def issued(self) -> date: ...
    @property
    def due(self) -> date: ...
    @property
    def amount(self) -> float: ...
    @property
    def currency(self) -> str: ...
    @property
    def status(self) -> str: ...


class Record(Protocol):
    """An account with its history, oldest first."""

    @property
    def account(self) -> Account: ...
    @property
    def mrr(self) -> float: ...
    @property
    def renewal(self) -> date: ...
    @property
    def usage(self) -> Sequence[Day]: ...
    @property
    def invoices(self) -> Sequence[Bill]: ...


class Kind(StrEnum):
    """What was measured."""

    USAGE_DROP = "usage_drop"
    FAILED_PAYMENTS = "failed_payments"
    RENEWAL_DECLINE = "renewal_decline"


class Band(StrEnum):
    """How bad it is."""

    AT_RISK = "at risk"
    WATCH = "watch"


@dataclass(frozen=True)
class Signal:
    """One measured change of one account.

    `window` is the period it stands for ("2026-11-07/2026-11-20"); an earlier alert of the same kind whose
    window ends on or after `same_since` was about the same change. `stake` orders signals, the greatest
    first.
    """

    account_id: str
    account: str
    owner: str
    kind: Kind
    window: str
    same_since: date
    evidence: str
    band: Band
    play: str
    act_by: datetime
    stake: float


PLAYS: Mapping[Kind, str] = {
    Kind.USAGE_DROP: (
        "Call the main contact, ask what changed, and agree on one step that brings the work back."
    ),
    Kind.FAILED_PAYMENTS: (
        "Ask Billing what the bank said, then offer the contact another way to pay before the account is "
        "restricted."
    ),
    Kind.RENEWAL_DECLINE: (
        "Book the renewal talk now and bring these figures; clear up the decline before the price."
    ),
}

PAYMENT_DAYS = 30  # the newest failure must be this young
_UNPAID_DAYS = 92  # failures this old still count if unpaid: a monthly bill cannot fail twice within 30 days
_MONTH = 27  # days after which another failure is another month's
RENEWAL_DAYS = 60
_DEADLINES = {Band.AT_RISK: 1, Band.WATCH: 3}  # working days


def newest_day(records: Sequence[Record]) -> date | None:
    """Return the last day for which any account has usage; None when there is none."""
    return max((record.usage[-1].day for record in records if record.usage), default=None)


def signals(
    records: Sequence[Record],
    as_of: date,
    limits: HealthCadence,
    hours_of: Callable[[str], Hours],
    now: datetime,
) -> list[Signal]:
    """Return every signal on `as_of`, the worst first.

    `hours_of` gives the business hours of an account owner, in which the deadline is counted from `now`.
    """
    recent = [change(record.usage, as_of, limits.window_days) for record in records]
    slow = [change(record.usage, as_of, limits.window_days, LONG_AGO) for record in records]
    common, common_slow = (common_share([one for one in each if one]) for each in (recent, slow))
    found: list[Signal] = []
    for record, fall, decline in zip(records, recent, slow, strict=True):
        context = _Context(record, as_of, limits, hours_of(record.account.owner), now, common)
        share, slow_share = own_share(fall, common), own_share(decline, common_slow)
        if fall and _is_fall(context, fall, share, limits.usage_drop):
            found.append(_usage_drop(context, fall, share))
        elif _is_near(record.renewal, as_of):
            if decline and slow_share >= limits.usage_drop and not is_chance(decline):
                found.append(_renewal_decline(context, decline, slow_share))
            elif fall and _is_fall(context, fall, share, limits.usage_drop / 2):
                found.append(_renewal_decline(context, fall, share))
        failed = _failed(record, as_of)
        if len(failed) >= limits.failed_payments:
            found.append(_failed_payments(context, failed))
    return sorted(
        found, key=lambda signal: (signal.band is not Band.AT_RISK, -signal.stake, signal.account_id)
    )


@dataclass(frozen=True)
class _Context:
    record: Record
    as_of: date
    limits: HealthCadence
    hours: Hours
    now: datetime
    common: float


def _is_fall(context: _Context, fall: Change, share: float, threshold: float) -> bool:
    """Say whether a change is large enough, more than chance, and not a habit of this account."""
    if share < threshold or is_chance(fall):
        return False
    return not is_habit(context.record.usage, fall, context.as_of, context.limits.window_days)


def _signal(
    context: _Context,
    kind: Kind,
    window: tuple[date, date],
    quiet: int,
    evidence: str,
    band: Band,
    stake: float,
) -> Signal:
    account = context.record.account
    return Signal(
        account_id=account.id,
        account=account.name,
        owner=account.owner,
        kind=kind,
        window=f"{window[0].isoformat()}/{window[1].isoformat()}",
        same_since=window[1] - timedelta(days=quiet),
        evidence=evidence,
        band=band,
        play=PLAYS[kind],
        act_by=context.hours.add(context.now, _DEADLINES[band] * WORKDAY),
        stake=stake,
    )


def _window(context: _Context) -> tuple[date, date]:
    return context.as_of - timedelta(days=context.limits.window_days - 1), context.as_of


def _fell(context: _Context, fall: Change) -> str:
    usual = (
        f"about {fall.usual:,.0f} three months before" if fall.is_long else f"usually about {fall.usual:,.0f}"
    )
    said = (
        f"{fall.measure.capitalize()} down {fall.share:.0%}: {fall.actual:,.0f} in "
        f"{context.limits.window_days} days, {usual}."
    )
    if context.common < 0.95 and not fall.is_long:
        said += f" The middle account is down {1 - context.common:.0%}."
    return said


def _renews(context: _Context) -> str:
    renewal = context.record.renewal
    # Usage may be some days old, and whoever reads this counts from today.
    days = (renewal - context.now.astimezone(context.hours.zone).date()).days
    if days > RENEWAL_DAYS or renewal < context.as_of:
        return ""
    if days < 0:
        return f" Renewal was due {short_date(renewal)}."
    if days == 0:
        return " Renews today."
    return f" Renews {renewal.day} {renewal:%b} ({days} {'day' if days == 1 else 'days'})."


def _usage_drop(context: _Context, fall: Change, share: float) -> Signal:
    limits, record = context.limits, context.record
    # Half of the remaining way to nothing: with the default of 40 % this is 70 %.
    is_deep = share >= limits.usage_drop + (1 - limits.usage_drop) / 2
    at_risk = is_deep or _is_near(record.renewal, context.as_of) or record.account.tier == "enterprise"
    at_risk = at_risk and record.mrr > 0
    return _signal(
        context,
        Kind.USAGE_DROP,
        _window(context),
        BASELINE_DAYS + limits.window_days,
        _fell(context, fall) + _renews(context),
        Band.AT_RISK if at_risk else Band.WATCH,
        record.mrr * share,
    )


def _renewal_decline(context: _Context, fall: Change, share: float) -> Signal:
    soon = (context.record.renewal - context.as_of).days <= RENEWAL_DAYS // 2
    return _signal(
        context,
        Kind.RENEWAL_DECLINE,
        _window(context),
        RENEWAL_DAYS,
        _fell(context, fall) + _renews(context),
        Band.AT_RISK if soon else Band.WATCH,
        context.record.mrr * share,
    )


def _failed_payments(context: _Context, failed: Sequence[Bill]) -> Signal:
    record = context.record
    last = failed[-1]
    total = f"{sum(each.amount for each in failed):,.2f} {last.currency}".strip()
    evidence = (
        f"{len(failed)} invoices failed and are unpaid: {total}, the last from {short_date(last.issued)}."
    )
    at_risk = len(failed) > context.limits.failed_payments or _is_near(record.renewal, context.as_of)
    return _signal(
        context,
        Kind.FAILED_PAYMENTS,
        (failed[0].issued, last.issued),
        _MONTH,
        evidence + _renews(context),
        Band.AT_RISK if at_risk else Band.WATCH,
        record.mrr,
    )


def _failed(record: Record, as_of: date) -> list[Bill]:
    """Return the failed invoices of the last quarter, oldest first, if the newest of them is recent."""
    failed = [
        each
        for each in record.invoices
        if each.status == "failed" and as_of - timedelta(days=_UNPAID_DAYS) < each.issued <= as_of
    ]
    recent = failed and failed[-1].issued > as_of - timedelta(days=PAYMENT_DAYS)
    return failed if recent else []


def _is_near(renewal: date, as_of: date) -> bool:
    return 0 <= (renewal - as_of).days <= RENEWAL_DAYS


def short_date(day: date) -> str:
    """Return a date that nobody reads the wrong way round: "20 Nov 2026"."""
    return f"{day.day} {day:%b %Y}"
