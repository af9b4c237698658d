"""Which changes of an account alert, and which do not, as tables of usage and invoices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from agents import health
from agents.health import Band, Kind, Signal
from agents.hours import Hours
from agents.policy import HealthCadence
from agents.words import Account

AS_OF = date(2026, 11, 19)
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday
OFFICE = Hours.parse(
    {day: ["09:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
)
LIMITS = HealthCadence(cron="0 9 * * *", timezone="UTC", channel="health")


@dataclass(frozen=True)
class Day:
    day: date
    active_users: int
    shipments: int


@dataclass(frozen=True)
class Bill:
    issued: date
    due: date
    amount: float
    currency: str
    status: str


@dataclass(frozen=True)
class Record:
    account: Account
    mrr: float
    renewal: date
    usage: Sequence[Day]
    invoices: Sequence[Bill] = ()


def use(volume: Callable[[int], float], days: int = 120, weekend: float = 0.2) -> list[Day]:
    """Return usage by day; `volume` is a working day's shipments as a function of days ago (0 is the newest)."""
    made = []
    for ago in range(days - 1, -1, -1):
        day = AS_OF - timedelta(days=ago)
        share = weekend if day.weekday() >= 5 else 1.0
        made.append(Day(day, 10, round(volume(ago) * share)))
    return made


def account(
    usage: Sequence[Day],
    invoices: Sequence[Bill] = (),
    *,
    id: str = "a1",
    tier: str = "business",
    mrr: float = 500,
    renews_in: int = 200,
) -> Record:
    owner = Account(id, "Larch Tools", tier, "retail", "rafael")
    return Record(owner, mrr, AS_OF + timedelta(days=renews_in), usage, invoices)


def found(*records: Record, limits: HealthCadence = LIMITS) -> list[Signal]:
    return health.signals(records, AS_OF, limits, lambda owner: OFFICE, NOW)


def step(to: float, since: int) -> Callable[[int], float]:
    return lambda ago: 100 * to if ago < since else 100


def bill(days_ago: int, status: str = "failed", amount: float = 290) -> Bill:
    issued = AS_OF - timedelta(days=days_ago)
    return Bill(issued, issued, amount, "USD", status)


@pytest.mark.parametrize(
    ("name", "usage", "alerts"),
    [
        ("steady use", use(lambda ago: 100), False),
        ("a fall just above the threshold", use(step(0.55, 14)), True),
        ("a fall just below the threshold", use(step(0.65, 14)), False),
        ("use that ended altogether", use(step(0.0, 10)), True),
        ("use that ended, with no rows since", [d for d in use(step(0.0, 14)) if d.shipments], True),
        ("growth", use(step(1.8, 14)), False),
        ("a slow decline that is no sudden fall", use(lambda ago: 55 + 45 * ago / 120), False),
        ("the end of a one-off peak", use(lambda ago: 240 if 14 <= ago < 28 else 100), False),
        ("an account that is too young", use(step(0.2, 10), days=30), False),
        (
            "an account too small for chance to be told from change",
            use(lambda ago: ago >= 14 or ago % 2),
            False,
        ),
        ("one quiet weekend more", use(lambda ago: 0 if ago in (0, 1, 6) else 100), False),
        ("a level it has been at for two months", use(step(0.3, 60)), False),
        ("three shut days", use(lambda ago: 0 if 10 <= ago < 13 else 100), False),
    ],
)
def test_a_fall_in_use_alerts_only_when_it_is_one(name: str, usage: list[Day], alerts: bool) -> None:
    assert [signal.kind for signal in found(account(usage))] == ([Kind.USAGE_DROP] if alerts else []), name


def busy_one_week_in_four(ago: int) -> float:
    return 240 if (ago - 14) % 28 < 7 else 40


def dipped_and_came_back(ago: int) -> float:
    return 40 if ago < 14 or 56 <= ago < 70 else 100


def dipped_before_but_less(ago: int) -> float:
    return 10 if ago < 14 else 55 if 56 <= ago < 70 else 100


def fell_in_two_steps(ago: int) -> float:
    return 30 if ago < 14 else 60 if ago < 60 else 150


@pytest.mark.parametrize(
    ("volume", "alerts"),
    [
        (busy_one_week_in_four, False),
        (dipped_and_came_back, False),
        (dipped_before_but_less, True),
        (fell_in_two_steps, True),
    ],
)
def test_a_dip_that_is_this_accounts_habit_does_not_alert(
    volume: Callable[[int], float], alerts: bool
) -> None:
    assert bool(found(account(use(volume)))) is alerts


def test_a_dip_that_everybody_shows_does_not_alert() -> None:
    everybody = [account(use(step(0.5, 14)), id=f"a{n}") for n in range(30)]
    assert found(*everybody) == []


def test_an_account_that_falls_deeper_than_everybody_alerts_and_says_so() -> None:
    everybody = [account(use(step(0.7, 14)), id=f"a{n}") for n in range(30)]
    signals = found(*everybody, account(use(step(0.2, 14)), id="worse"))
    assert [signal.account_id for signal in signals] == ["worse"]
    assert "The middle account is down 30%." in signals[0].evidence


def test_evidence_has_the_numbers_and_the_window() -> None:
    (signal,) = found(account(use(step(0.5, 14))))
    assert signal.window == "2026-11-06/2026-11-19"
    assert signal.evidence == "Shipments down 50%: 540 in 14 days, usually about 1,080."


@pytest.mark.parametrize(
    ("renews_in", "said"),
    [
        (46, " Renews 4 Jan (42 days)."),
        (5, " Renews 24 Nov (1 day)."),
        (4, " Renews today."),
        (2, " Renewal was due 21 Nov 2026."),
        (64, " Renews 22 Jan (60 days)."),
        (65, ""),
    ],
)
def test_a_renewal_that_is_near_is_named_with_the_days_from_today(renews_in: int, said: str) -> None:
    (signal,) = found(account(use(step(0.5, 14)), renews_in=renews_in))
    assert signal.evidence == f"Shipments down 50%: 540 in 14 days, usually about 1,080.{said}"


def test_an_account_that_ships_nothing_is_judged_by_its_people() -> None:
    days = [Day(day.day, 3 if n >= 106 else 20, 0) for n, day in enumerate(use(lambda ago: 0))]
    (signal,) = found(account(days))
    assert signal.evidence.startswith("Active users down 85%")


@pytest.mark.parametrize(
    ("usage", "tier", "mrr", "renews_in", "band"),
    [
        (use(step(0.5, 14)), "business", 500, 200, Band.WATCH),
        (use(step(0.5, 14)), "business", 500, 60, Band.AT_RISK),
        (use(step(0.5, 14)), "business", 500, 61, Band.WATCH),
        (use(step(0.5, 14)), "enterprise", 500, 200, Band.AT_RISK),
        (use(step(0.1, 14)), "business", 500, 200, Band.AT_RISK),
        (use(step(0.1, 14)), "free", 0, 30, Band.WATCH),
    ],
)
def test_the_band_follows_depth_renewal_tier_and_money(
    usage: list[Day], tier: str, mrr: float, renews_in: int, band: Band
) -> None:
    (signal,) = found(account(usage, tier=tier, mrr=mrr, renews_in=renews_in))
    assert signal.band is band


def test_the_deadline_is_in_working_days() -> None:
    watch, at_risk = (found(account(use(step(to, 14))))[0] for to in (0.5, 0.1))
    friday = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    assert at_risk.act_by == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert watch.act_by == datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
    (later,) = health.signals([account(use(step(0.1, 14)))], AS_OF, LIMITS, lambda owner: OFFICE, friday)
    assert later.act_by == datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("share", "renews_in", "kinds"),
    [
        (0.75, 45, [Kind.RENEWAL_DECLINE]),
        (0.75, 90, []),
        (0.75, -1, []),
        (0.85, 45, []),
        (0.5, 45, [Kind.USAGE_DROP]),
    ],
)
def test_a_milder_decline_alerts_only_before_a_renewal(
    share: float, renews_in: int, kinds: list[Kind]
) -> None:
    assert [s.kind for s in found(account(use(step(share, 14)), renews_in=renews_in))] == kinds


def slow(ago: int) -> float:
    return 45 + 55 * min(1.0, ago / 75)


@pytest.mark.parametrize(("renews_in", "kinds"), [(58, [Kind.RENEWAL_DECLINE]), (61, []), (-1, [])])
def test_a_slow_decline_alerts_before_a_renewal(renews_in: int, kinds: list[Kind]) -> None:
    signals = found(account(use(slow), renews_in=renews_in))
    assert [signal.kind for signal in signals] == kinds
    assert all("three months before." in signal.evidence for signal in signals)


@pytest.mark.parametrize(
    ("name", "invoices", "alerts"),
    [
        ("one failure", [bill(18)], False),
        ("two in a row", [bill(49), bill(18)], True),
        ("two, the newest long ago", [bill(80), bill(49)], False),
        ("two, one of them last year", [bill(340), bill(18)], False),
        ("one failed, one paid late", [bill(49, "paid"), bill(18)], False),
        ("open ones are not failed", [bill(49, "open"), bill(18, "open")], False),
    ],
)
def test_payments_alert_when_they_keep_failing(name: str, invoices: list[Bill], alerts: bool) -> None:
    signals = found(account(use(lambda ago: 100), invoices))
    assert [signal.kind for signal in signals] == ([Kind.FAILED_PAYMENTS] if alerts else []), name


def test_failed_payments_say_how_much_is_unpaid() -> None:
    (signal,) = found(account(use(lambda ago: 100), [bill(49, amount=100.5), bill(18, amount=200)]))
    assert signal.evidence == "2 invoices failed and are unpaid: 300.50 USD, the last from 1 Nov 2026."


def test_the_worst_comes_first() -> None:
    signals = found(
        account(use(step(0.5, 14)), id="small", mrr=50),
        account(use(step(0.5, 14)), id="large", mrr=5000),
        account(use(step(0.1, 14)), id="deep", mrr=100),
    )
    assert [signal.account_id for signal in signals] == ["deep", "large", "small"]


def test_thresholds_come_from_policy() -> None:
    strict = LIMITS.model_copy(update={"usage_drop": 0.2, "failed_payments": 1, "window_days": 7})
    signals = found(account(use(step(0.7, 7)), [bill(18)]), limits=strict)
    assert {signal.kind for signal in signals} == {Kind.USAGE_DROP, Kind.FAILED_PAYMENTS}
    assert " in 7 days," in next(s for s in signals if s.kind is Kind.USAGE_DROP).evidence


def test_no_usage_at_all_gives_no_newest_day() -> None:
    assert health.newest_day([account([])]) is None
