"""A proposed category is adopted with a button: once, by whoever may, in every replica, and until it is removed."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.adopted import Adopted, merged
from agents.engines import Engines
from agents.local.engine import LocalEngine
from agents.local.neighbours import Neighbours
from agents.local.past import Past
from agents.local.taught import Taught
from agents.policy import Policy
from agents.words import Autonomy, Priority
from bot import check, tidying
from bot.backtest_change import Change
from bot.policy import load
from handlers import adoption, drift
from storage import retention
from storage.reviews import Adoption, Finding
from storage.tables import Ticket
from tests import postgres
from tests.flows import Crash, Straight
from tests.presses import failures, press, told, without_queue
from tests.replicas import becomes, replicas
from tests.test_backtest import Operator
from tests.test_drift import PEOPLE, ask, proposal
from tests.test_drift_rules import CLAIMS
from tests.test_metrics import told as answered
from tests.test_parts import INVOICE
from tests.world import COMPANY, TUESDAY, World, buttons_of, policy, text_of
from tests.world import world as open_world
from twin.words import Json

pytestmark = pytest.mark.slow

NEW = "Our pallet was crushed by the carrier, how do we claim the insurance?"
CLAIM = {"title": "Insurance claims", "description": "Money from an insurer.", "queue": "billing"}


def alert(world: World) -> Json:
    """Return the proposal as it looks now."""
    [found] = [card for card in world.cards("front-desk") if "A new kind" in card["text"]]
    return found


async def adopt(world: World, handle: str = "mei", **fields: str) -> dict[str, str]:
    """Adopt the proposal as a person does, and return what is wrong with what they entered."""
    person = world.person(handle)
    await person.click(alert(world), "adopt_category")
    await person.modal()
    wrong = await person.submit({**CLAIM, **fields})
    await world.settle()
    return wrong


async def adopted(world: World) -> None:
    """Let a category be proposed and adopted, and let the classifier catch up."""
    await proposal(world)
    assert await adopt(world) == {}
    await catch_up(world)


async def catch_up(world: World) -> None:
    """Let seconds pass."""
    await world.bot.learn()
    await world.bot.catch_up()


async def asked_anew(world: World) -> Ticket:
    """Let somebody ask for it once more; return the ticket."""
    await world.person("greta").post("#customer-support", NEW)
    await world.settle()
    return max(await world.rows(Ticket), key=lambda ticket: ticket.id or 0)


def fresh(world: World) -> Engines:
    """Return engines that have learnt nothing yet, as a new process has them."""
    local = world.mind.local
    assert isinstance(local, LocalEngine)
    past, taught = Past(Neighbours(local.embedder)), Taught(local.embedder)
    return replace(world.mind, local=replace(local, past=past, taught=taught))


def snippet(world: World) -> str:
    """Return the lines for the policy file, as they stand below the alert."""
    [reply] = world.thread("front-desk", alert(world)["ts"])
    [block] = [each for each in reply["blocks"] if each["type"] == "rich_text"]
    return str(block["elements"][0]["elements"][0]["text"])


async def test_an_adopted_category_gets_the_next_request_of_its_kind(any_world: World) -> None:
    world = any_world
    await adopted(world)

    ticket = await asked_anew(world)

    assert (ticket.category, ticket.queue, ticket.held) == ("insurance-claims", "billing", False)
    assert ticket.priority == Priority.P3
    assert "Insurance claims" in text_of(await world.card_of(ticket.id or 0))
    assert "recorded only" in ticket.no_draft or "No" in ticket.no_draft
    said = text_of(alert(world))
    assert "Adopted by" in said and "“Insurance claims”, with Billing" in said
    assert buttons_of(alert(world)) == []
    assert "Remove" in said
    assert world.bot.desk.policy.categories["insurance-claims"].autonomy == Autonomy.SHADOW
    assert "insurance-claims" not in world.bot.policy.categories


async def test_claude_may_choose_it_and_is_told_what_it_is(world: World) -> None:
    await adopted(world)

    [kind] = [
        each for each in world.bot.desk.policy.categories_of("customer-support") if "claims" in each.name
    ]

    assert (kind.title, kind.description) == ("Insurance claims", "Money from an insurer.")
    assert CLAIMS[1] in kind.examples
    assert all("claims" not in each.name for each in world.bot.desk.policy.categories_of("it-help"))


async def test_the_window_is_filled_in_and_says_what_would_go_there(world: World) -> None:
    await proposal(world)

    await world.person("mei").click(alert(world), "adopt_category")
    view = await world.person("mei").modal()

    said = text_of(view)
    assert "Of the last 6 requests 6 would go there" in said
    shown = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert shown["title"]["initial_value"] == "Insurance claim"
    assert len(shown["examples"]["initial_value"].splitlines()) == 5
    assert shown["queue"]["initial_option"]["value"] == "front-desk"


@pytest.mark.parametrize(
    ("fields", "where", "what"),
    [
        ({"title": " ?! "}, "title", "in letters"),
        ({"title": "Invoice question"}, "title", "already"),
        ({"title": "billing invoice"}, "title", "already"),
        ({"title": "x" * 61}, "title", "Too long by 1"),
        ({"description": "x" * 501}, "description", "Too long by 1"),
        ({"examples": "one\ntwo\n\none"}, "examples", "At least 3"),
        ({"examples": "\n".join(f"example {n}" for n in range(11))}, "examples", "At most 10"),
        ({"examples": f"one\ntwo\n{'x' * 301}"}, "examples", "Example 3 is longer"),
    ],
)
async def test_what_is_wrong_with_it_is_said_at_the_field_and_the_window_stays(
    shared: World, fields: dict[str, str], where: str, what: str
) -> None:
    wrong = await adopt(shared, **fields)

    assert list(wrong) == [where]
    assert what in wrong[where]
    assert await shared.rows(Adoption) == []
    shared.twin.ws.views.clear(shared.person("mei").id)


@pytest.fixture
async def shared(world: World) -> World:
    """A world with a proposal."""
    await proposal(world)
    return world


async def test_only_owners_of_the_hold_queue_decide(shared: World) -> None:
    for handle in ("ana", "greta", "oliver"):
        for button in ("adopt_category", "not_now"):
            await press(shared, handle, alert(shared), button, 1)
            assert "Only the owners of Front desk can decide this" in told(shared, handle)
        assert shared.person(handle).views() == []

    assert [row.verdict for row in await shared.rows(Finding)] == [""]


async def test_of_two_who_decide_the_first_counts_and_the_second_is_told(any_world: World) -> None:
    world = any_world
    await proposal(world)
    before = dict(alert(world))
    hannah = world.person("hannah")
    await hannah.click(before, "adopt_category")
    await hannah.modal()
    assert await adopt(world, "mei") == {}

    assert await hannah.submit({**CLAIM, "title": "Claims"}) == {}
    await world.settle()
    assert "already adopted by" in told(world, "hannah")
    assert "“Insurance claims”" in told(world, "hannah")
    await press(world, "hannah", before, "not_now", 1)
    assert "already adopted by" in told(world, "hannah")
    await press(world, "hannah", before, "adopt_category", 1)

    assert [row.title for row in await world.rows(Adoption)] == ["Insurance claims"]
    assert len(world.thread("front-desk", alert(world)["ts"])) == 1
    assert await failures(world) == []


async def test_not_now_leaves_everything_as_it_is(shared: World) -> None:
    await press(shared, "mei", alert(shared), "not_now", 1)
    await press(shared, "mei", alert(shared), "not_now", 1)  # pressed twice, meant once
    await press(shared, "hannah", alert(shared), "adopt_category", 1)

    assert "“Not now” was said already by" in told(shared, "hannah")
    assert "Not now, said" in text_of(alert(shared))
    assert buttons_of(alert(shared)) == []
    assert await shared.rows(Adoption) == []


async def test_the_lines_for_the_policy_file_make_the_same_category(shared: World, tmp_path: Path) -> None:
    awkward = 'a "quoted" \\ claim\nümlaut # not a comment\nthird = "x"'
    assert await adopt(shared, examples=awkward) == {}

    said = snippet(shared)

    [made] = tomllib.loads(said)["categories"].items()
    assert made[0] == "insurance-claims"
    assert made[1]["examples"] == awkward.splitlines()
    assert load(with_it(tmp_path, said)).categories["insurance-claims"].queue == "billing"


def with_it(folder: Path, said: str) -> Path:
    """Return a policy file into which somebody has put these lines, as they say."""
    file = folder / "signalbox.toml"
    text = (COMPANY / "signalbox.toml").read_text(encoding="utf-8")
    text = text.replace(
        '"account-access", "data-export",', '"account-access", "data-export", "insurance-claims",', 1
    )
    file.write_text(f"{text}\n{said}\n", encoding="utf-8")
    return file


async def test_once_the_policy_file_has_it_the_file_is_right_and_the_adoption_ends(
    any_world: World, tmp_path: Path
) -> None:
    world = any_world
    await adopted(world)
    by_file = load(with_it(tmp_path, snippet(world).replace('"Insurance claims"', '"Claims of insurers"')))

    await world.restart(policy=by_file)

    async def ended_by() -> str:
        [row] = await world.rows(Adoption)
        return row.ended_by if "policy file has it" in text_of(alert(world)) else ""

    await becomes(ended_by, "policy")
    await catch_up(world)

    assert world.bot.desk.policy.categories["insurance-claims"].title == "Claims of insurers"
    assert world.bot.desk.policy is by_file
    assert "the policy file has it" in text_of(alert(world))
    assert buttons_of(alert(world)) == [] and "accessory" not in str(alert(world)["blocks"][-1])
    [row] = await world.rows(Adoption)
    assert (row.standing, row.ended_by) == (None, "policy")


async def test_a_new_process_knows_what_was_adopted(any_world: World) -> None:
    world = any_world
    await adopted(world)

    world.mind = fresh(world)
    await world.restart()
    assert "insurance-claims" in world.bot.desk.policy.categories  # before anything is delivered
    await world.bot.catch_up()

    assert (await asked_anew(world)).category == "insurance-claims"


async def test_a_removed_category_gets_nothing_more_and_its_tickets_stay(any_world: World) -> None:
    world = any_world
    await adopted(world)
    kept = await asked_anew(world)

    await press(world, "ana", alert(world), "remove_category", 1)
    assert "Only the owners of Front desk" in told(world, "ana")
    await press(world, "mei", alert(world), "remove_category", 1)
    await catch_up(world)
    await world.person("victor").post("#customer-support", f"{NEW} It is urgent.")
    await world.settle()

    newest = max(await world.rows(Ticket), key=lambda ticket: ticket.id or 0)
    assert newest.category != "insurance-claims"
    assert (await world.ticket(kept.id or 0)).category == "insurance-claims"
    assert "Removed by" in text_of(alert(world))
    world.clock.advance(timedelta(minutes=1))
    await press(world, "hannah", alert(world), "remove_category", 1)
    assert "was removed already by" in told(world, "hannah")
    assert world.bot.desk.policy is world.bot.policy


async def test_where_people_put_its_requests_before_no_longer_teaches(world: World) -> None:
    await ask(world)
    for number, category in ((1, "how-to"), (2, "bug-report")):
        hannah = world.person("hannah")
        await hannah.click(await world.card_of(number), "reroute_ticket")
        await hannah.modal()
        await hannah.submit({"queue": "front-desk", "category": category, "priority": "P3", "why": ""})
        await world.settle()
    world.clock.advance(timedelta(hours=1))
    await _check(world)
    assert "People have placed 2 of them" in text_of(alert(world))
    await catch_up(world)
    assert lessons(world) == {"how-to", "bug-report"}

    assert await adopt(world) == {}
    await catch_up(world)

    assert lessons(world) == set()
    assert (await asked_anew(world)).category == "insurance-claims"
    await press(world, "mei", alert(world), "remove_category", 1)
    await catch_up(world)
    assert lessons(world) == {"how-to", "bug-report"}


def lessons(world: World) -> set[str]:
    """Return the categories that corrections teach for what is like this."""
    return {each.lesson.category for each in world.mind.local.recall(CLAIMS[0])} - {""}


async def _check(world: World) -> None:
    await drift.check(world.bot.desk, Straight(), world.clock.now().isoformat())


async def test_a_deleted_request_is_an_example_no_more(world: World) -> None:
    await adopted(world)
    [deleted] = [each for each in world.channel("customer-support") if each["text"] == CLAIMS[1]]
    assert CLAIMS[1] in snippet(world)

    await world.person("paulo").delete("#customer-support", deleted["ts"])
    await world.settle()
    await catch_up(world)

    assert CLAIMS[1] not in snippet(world)
    assert CLAIMS[1] not in world.bot.desk.policy.categories["insurance-claims"].examples
    assert len(world.bot.desk.policy.categories["insurance-claims"].examples) == 4


async def test_a_request_that_was_reworded_before_it_was_deleted_is_an_example_no_more(world: World) -> None:
    await adopted(world)
    [posted] = [each for each in world.channel("customer-support") if each["text"] == CLAIMS[1]]
    for better in ("Who pays for the broken pallet?", "Who pays for a pallet that broke?"):
        await world.person("paulo").edit("#customer-support", posted["ts"], better)
        await world.settle()

    await world.person("paulo").delete("#customer-support", posted["ts"])
    await world.settle()
    await catch_up(world)

    assert CLAIMS[1] not in snippet(world)
    assert CLAIMS[1] not in world.bot.desk.policy.categories["insurance-claims"].examples


async def test_the_second_of_two_requests_in_a_deleted_message_is_an_example_no_more(
    any_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, said = any_world, CLAIMS[0]
    two = f"Hi, two questions:\n1) {INVOICE}\n2) {said}"
    # As an engine takes it apart that is sure of what the local one finds strange.
    monkeypatch.setattr(
        LocalEngine, "parts", lambda self, text, categories: [INVOICE, said] if INVOICE in text else [text]
    )
    await ask(world, [two, *CLAIMS[1:]])
    world.clock.advance(timedelta(hours=1))
    await _check(world)
    assert said in text_of(alert(world))
    assert await adopt(world) == {}
    assert said in snippet(world)
    [posted] = [each for each in world.channel("customer-support") if each["text"] == two]

    await world.person(PEOPLE[0]).delete("#customer-support", posted["ts"])
    await world.settle()

    assert said not in snippet(world)
    assert said not in text_of(alert(world))


async def test_lines_of_long_ago_lose_a_deleted_request_too(any_world: World) -> None:
    world = any_world
    await adopted(world)
    [deleted] = [each for each in world.channel("customer-support") if each["text"] == CLAIMS[1]]
    world.clock.advance(timedelta(days=40))
    await tidying.tidy(world.bot.desk, Straight(), "night")

    await world.person("paulo").delete("#customer-support", deleted["ts"])
    await world.settle()

    assert CLAIMS[1] not in snippet(world)


@pytest.mark.parametrize("step", ["adopt", "show", "tell"])
async def test_a_crash_while_it_is_adopted_adopts_it_once(shared: World, step: str) -> None:
    run, body = Straight(dies_after=step), {"user": {"id": shared.person("mei").id}}
    values = {name: {name: {"value": value}} for name, value in {**CLAIM, "examples": "a\nb\nc"}.items()}
    view: dict[str, Any] = {"private_metadata": "1", "state": {"values": values}}

    with pytest.raises(Crash):
        await adoption.on_adopted(body, view, shared.bot.desk, run)
    await adoption.on_adopted(body, view, shared.bot.desk, run)

    assert len(await shared.rows(Adoption)) == 1
    assert len(shared.thread("front-desk", alert(shared)["ts"])) == 1
    assert "Adopted by" in text_of(alert(shared))


async def test_metrics_name_what_stands_by_a_button_only(world: World) -> None:
    await adopted(world)

    assert "“Insurance claims” was adopted by" in await answered(world, "mei", "/signalbox metrics")


async def test_a_check_names_what_stands_by_a_button_only(world: World, tmp_path: Path) -> None:
    await adopted(world)
    settings = world.bot.settings

    [found] = [each async for each in check._adopted(settings, policy())]
    assert found.fine and "insurance-claims: Insurance claims, with billing" in found.what
    assert "does not have it yet" in found.what

    elsewhere = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/none.sqlite"})
    assert [each async for each in check._adopted(elsewhere, policy())] == []
    assert not (tmp_path / "none.sqlite").exists()


async def test_a_backtest_knows_what_was_adopted(world: World) -> None:
    await adopted(world)
    await asked_anew(world)

    result = await Operator(world).run(Change("policy", floor=0.99))

    assert result.left_out == {}
    assert result.summary.replayed == 7


async def test_findings_are_forgotten_unless_a_category_came_of_them(world: World) -> None:
    await adopted(world)
    async with world.bot.db.begin() as session:
        for about in ("1", "2"):
            session.add(Finding(kind="mix", about=about, until=TUESDAY, queue="it", evidence={}, at=TUESDAY))

    async with world.bot.db.begin() as session:
        assert await retention.findings(session, TUESDAY + timedelta(days=1)) == 1

    assert [row.kind for row in await world.rows(Finding)] == ["cluster", "mix"]


@pytest.mark.slow
async def test_a_replica_judges_by_what_was_adopted_at_another(postgres_server: str) -> None:
    with postgres.database(postgres_server) as address:
        async with open_world(address) as world, replicas(world, 1) as some:
            await proposal(world)
            other = await some.join(mind=fresh(world))
            assert await adopt(world) == {}

            for bot in some.bots:
                await bot.learn()
                assert "insurance-claims" in bot.desk.policy.categories
                local = (await bot.desk.minds.ready()).local
                assert local.is_behind
                await bot.catch_up()
            assert other in some.bots

            await press(world, "hannah", alert(world), "remove_category", 1)
            for bot in some.bots:
                await bot.learn()
                assert bot.desk.policy is policy()


def test_a_category_whose_team_is_gone_goes_to_those_who_place_what_is_unclear() -> None:
    one = Adopted(1, "claims", "Claims", "", "billing", ("customer-support", "gone"), ("a",), "U1", TUESDAY)
    without: Policy = without_queue(policy(), "billing")

    assert merged(without, [one]).categories["claims"].queue == "front-desk"
    assert merged(policy(), [one]).categories["claims"].queue == "billing"
    assert merged(policy(), []) is policy()
