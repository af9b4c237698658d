"""The demo company holds together: every name points to something, and nothing is told in two ways."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from agents.policy import Policy
from agents.words import Priority
from bot import policy as policies
from examples import make_data
from sources.knowledge import load_articles
from twin import seed

EXAMPLES = Path(__file__).parent.parent / "examples"
DATA = EXAMPLES / "data"
CUSTOMER_CHANNEL = "customer-support"


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def policy() -> Policy:
    return policies.load(EXAMPLES / "signalbox.toml")


@pytest.fixture(scope="module")
def workspace() -> dict[str, Any]:
    return _toml("workspace.toml")


@pytest.fixture(scope="module")
def people(workspace: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {person["handle"]: person for person in workspace["people"]}


@pytest.fixture(scope="module")
def members(workspace: dict[str, Any]) -> dict[str, set[str]]:
    return {channel["name"]: set(channel["members"]) for channel in workspace["channels"]}


def test_data_is_made_again_byte_for_byte() -> None:
    for name, content in make_data.tables(make_data.TODAY).items():
        assert (DATA / name).read_bytes() == content, f"{name} differs; run python -m examples.make_data"


def test_data_can_be_made_for_another_day() -> None:
    made = make_data.tables(date(2027, 3, 1))
    days = [line.split(b",")[1] for line in made["usage.csv"].splitlines()[1:]]
    assert (min(days), max(days)) == (b"2026-11-01", b"2027-02-28")


def test_data_stays_small() -> None:
    assert sum(file.stat().st_size for file in DATA.iterdir()) < 4_000_000
    assert len(_rows("accounts.csv")) == 300


def test_twin_accepts_the_workspace() -> None:
    found = seed.load(EXAMPLES / "workspace.toml")
    assert len(found.people) >= 24


def test_policy_names_only_people_and_channels_of_the_workspace(
    policy: Policy, people: dict[str, Any], members: dict[str, set[str]]
) -> None:
    assert policy.people() <= people.keys()
    assert policy.channels() <= members.keys()


def test_bot_is_in_every_channel_that_policy_names(policy: Policy, workspace: dict[str, Any]) -> None:
    assert policy.channels() <= {channel["name"] for channel in workspace["channels"] if channel["bot"]}


def test_those_who_answer_a_queue_can_see_its_channel(policy: Policy, members: dict[str, set[str]]) -> None:
    for name, queue in policy.queues.items():
        named = {*queue.owners, *queue.approvers, *queue.escalate_to}
        named |= {rule.owner for rule in policy.routes if rule.queue == name and rule.owner}
        assert named <= members[queue.channel], (
            f"{name}: {named - members[queue.channel]} cannot see the cards"
        )


def test_customers_see_only_the_shared_channel(people: dict[str, Any], members: dict[str, set[str]]) -> None:
    staff = {handle for handle, one in people.items() if one["email"].endswith("@fernhaul.example.com")}
    assert len(staff) >= 12
    assert len(people) - len(staff) >= 12
    for channel, inside in members.items():
        if channel != CUSTOMER_CHANNEL:
            assert inside <= staff
    assert people.keys() - staff <= members[CUSTOMER_CHANNEL]


def test_workspace_has_a_guest_and_two_strangers(people: dict[str, Any]) -> None:
    assert sum(bool(person.get("is_guest")) for person in people.values()) == 1
    assert len({person["team"] for person in people.values() if "team" in person}) == 2


def test_customers_people_are_contacts_of_an_account(people: dict[str, Any]) -> None:
    accounts = {row["id"]: row for row in _rows("accounts.csv")}
    contacts = {row["email"]: row for row in _rows("contacts.csv")}
    for person in people.values():
        if person["email"].endswith("@fernhaul.example.com"):
            continue
        contact = contacts[person["email"]]
        account = accounts[contact["account_id"]]
        assert contact["name"] == person["name"]
        assert account["name"] in person["title"]
        assert person["email"].endswith("@" + account["domain"])


def test_rows_point_to_accounts_and_accounts_to_people(people: dict[str, Any]) -> None:
    accounts = _rows("accounts.csv")
    known = {row["id"] for row in accounts}
    assert len(known) == len(accounts)
    assert {row["owner"] for row in accounts} <= people.keys()
    for name in ("usage.csv", "invoices.csv", "contacts.csv", "deals.csv"):
        assert {row["account_id"] for row in _rows(name)} <= known
    for name in ("invoices.csv", "deals.csv", "incidents.csv"):
        ids = [row["id"] for row in _rows(name)]
        assert len(set(ids)) == len(ids)
    assert {row["tier"] for row in accounts} == {"free", "starter", "business", "enterprise"}
    assert {row["status"] for row in _rows("invoices.csv")} == {"paid", "open", "failed", "refunded"}


def test_every_address_is_reserved_for_examples() -> None:
    allowed = re.compile(r"(^|[.@])example\.(com|org|net)$|\.example$")
    found = 0
    for file in (*EXAMPLES.rglob("*.md"), *EXAMPLES.glob("*.toml"), *DATA.glob("*.csv")):
        text = file.read_text(encoding="utf-8")
        for address in re.findall(r"(?:https?://|@)([a-z0-9-]+(?:\.[a-z0-9-]+)+)", text, re.IGNORECASE):
            found += 1
            assert allowed.search(address), f"{file.name}: {address}"
    assert found > 300


def test_policy_covers_the_work(policy: Policy) -> None:
    assert set(policy.queues) == {"billing", "platform", "it", "people", "sales", "front-desk"}
    assert len(policy.categories) >= 18
    assert len(set(policy.triage.chatter_examples)) == len(policy.triage.chatter_examples) >= 60
    for name, category in policy.categories.items():
        assert 8 <= len(set(category.examples)) == len(category.examples) <= 12, name


def test_articles_are_of_the_promised_kind(policy: Policy) -> None:
    articles = load_articles(EXAMPLES / "knowledge")
    assert len(articles) >= 44
    for article in articles:
        text = (EXAMPLES / "knowledge" / f"{article.id}.md").read_text(encoding="utf-8")
        _, front, body = text.split("+++", 2)
        assert set(tomllib.loads(front)["categories"]) <= policy.categories.keys(), article.id
        assert 3 <= body.count("\n## ") <= 6, article.id
        assert 150 <= len(body.split()) <= 400, article.id


def test_every_category_has_an_article_its_people_may_be_shown(policy: Policy) -> None:
    told = set[tuple[str, str]]()
    for file in (EXAMPLES / "knowledge").glob("*.md"):
        front = tomllib.loads(file.read_text(encoding="utf-8").split("+++", 2)[1])
        audiences = ("customer", "employee") if front["audience"] == "all" else (front["audience"],)
        told |= {(audience, category) for audience in audiences for category in front["categories"]}
    for channel in policy.request_channels.values():
        assert {(channel.audience, category) for category in channel.categories} <= told


def test_articles_agree_with_policy(policy: Policy) -> None:
    def article(name: str) -> str:
        return (EXAMPLES / "knowledge" / f"{name}.md").read_text(encoding="utf-8")

    refunds = next(rule for rule in policy.routes if rule.name == "large-refunds")
    assert "amount > 500.0" in refunds.when
    assert "above 500 USD are approved by the billing lead" in article("refund-policy")
    expenses = next(rule for rule in policy.routes if rule.name == "large-expenses")
    assert "amount > 1000.0" in expenses.when
    assert "above 1,000 EUR are approved by Leila" in article("people-expense-claims")
    quotes = next(rule for rule in policy.routes if rule.name == "large-quotes")
    assert "amount >= 50000.0" in quotes.when
    assert "50,000 USD a year and more are approved by David" in article("sales-quotes-and-discounts")

    times = article("support-hours-and-response-times")
    spoken = {"P1": (900, "15 minutes"), "P2": (3600, "1 hour"), "P3": (4 * 3600, "4 business hours")}
    for priority, (seconds, words) in spoken.items():
        promise = policy.slas["standard"].promise(Priority(priority))
        assert promise.respond.total_seconds() == seconds
        assert f"- {priority}: {words}" in times


def _cases() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = _toml("golden.toml")["case"]
    return cases


def test_golden_cases_are_labelled_within_policy(policy: Policy, members: dict[str, set[str]]) -> None:
    cases = _cases()
    assert len(cases) >= 300
    assert len({case["id"] for case in cases}) == len(cases)
    for case in cases:
        expect = case["expect"]
        plain = {"id", "channel", "person", "text", "expect", "grade", "why"}
        assert plain <= case.keys() <= plain | {"pair", "language", "hostile"}, case["id"]
        assert case["person"] in members[case["channel"]], case["id"]
        assert case["grade"] in ("must", "should", "gap"), case["id"]
        assert ("category" in expect) == expect["is_request"], case["id"]
        if expect["is_request"]:
            assert expect["category"] in policy.request_channels[case["channel"]].categories, case["id"]
            assert expect.get("priority", "P3") in list(Priority), case["id"]


def test_golden_cases_cover_every_category_and_chatter_everywhere(policy: Policy) -> None:
    cases = _cases()
    by_category = Counter(case["expect"].get("category") for case in cases)
    assert all(by_category[name] >= 4 for name in policy.categories)
    chatter = {case["channel"] for case in cases if not case["expect"]["is_request"]}
    assert chatter == policy.request_channels.keys()


def test_pairs_of_golden_cases_name_each_other() -> None:
    cases = {case["id"]: case for case in _cases()}
    pairs = [
        (case, other) for case in cases.values() for other in re.findall(r"pair of (\S+?)\.", case["why"])
    ]
    assert len(pairs) >= 20
    for case, other in pairs:
        assert cases[other]["expect"] != case["expect"], case["id"]


def test_demo_is_told_in_order_by_people_who_are_there(policy: Policy, members: dict[str, set[str]]) -> None:
    messages = _toml("demo.toml")["message"]
    assert len(messages) >= 40
    times = [message["at"] for message in messages]
    assert times == sorted(times)
    assert [time <= 70 for time in times] == [True] * 29 + [False] * (len(messages) - 29)
    assert {message["channel"] for message in messages} == policy.request_channels.keys()
    for place, message in enumerate(messages):
        assert message["person"] in members[message["channel"]], message["text"]
        if "thread_of" in message:
            first = messages[message["thread_of"]]
            assert message["thread_of"] < place
            assert "thread_of" not in first
            assert (first["channel"], first["person"]) == (message["channel"], message["person"])


def _texts(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield every text an engine may learn from or be asked about, with the part it belongs to."""
    for category in policy.categories.values():
        yield from (("policy", text) for text in category.examples)
    yield from (("policy", text) for text in policy.triage.chatter_examples)
    yield from (("demo", message["text"]) for message in _toml("demo.toml")["message"])
    yield from (("golden", case["text"]) for case in _cases())


def test_policy_demo_and_golden_cases_share_no_message(policy: Policy) -> None:
    seen = [(part, text, frozenset(re.findall(r"\w+", text.lower()))) for part, text in _texts(policy)]
    alike = [
        (text, other)
        for (part, text, words), (other_part, other, other_words) in combinations(seen, 2)
        if part != other_part and len(words & other_words) >= 0.6 * max(1, len(words | other_words))
    ]
    assert alike == []
