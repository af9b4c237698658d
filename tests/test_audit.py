"""Once a week people judge what was decided without them, blind, and what they say counts, teaches and is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from agents import audit as rules
from agents.words import Status
from bot import tidying
from handlers import audit
from storage import evidence
from storage.reviews import Audit, AuditCase
from storage.tables import Correction, Request, Ticket
from tests.flows import Straight
from tests.presses import failures, told, under
from tests.test_triage import ASKED
from tests.world import TUESDAY, World, buttons_of, links_of, mentions_of, policy, text_of
from twin.people.person import Person
from twin.words import Json

pytestmark = pytest.mark.slow

SLOT = (TUESDAY + timedelta(hours=1)).isoformat()
INVOICE, OUTAGE, TALK = (
    ASKED,
    "Your API answers with error 500 for all our shops since 8:40",
    "have a nice weekend all",
)
THREE = (INVOICE, OUTAGE, TALK)


async def ask(world: World, texts: Sequence[str] = THREE) -> list[str]:
    """Let customers post these, and time pass; return where."""
    people = ("greta", "paulo", "victor", "bruno")
    posted = []
    for n, text in enumerate(texts):
        posted.append(await world.person(people[n % len(people)]).post("#customer-support", text))
        await world.settle()
    world.clock.advance(timedelta(hours=1))
    return posted


async def weekly(world: World, slot: str = SLOT, run: Straight | None = None) -> None:
    """Let the week's sample be drawn."""
    await audit.weekly(world.bot.desk, run or Straight(), slot)


async def drawn(world: World, texts: Sequence[str] = THREE) -> None:
    """Let people ask, and the sample be drawn."""
    await ask(world, texts)
    await weekly(world)


def invitation(world: World, handle: str = "mei") -> Json:
    """Return what an auditor was asked last."""
    return [message for message in world.direct(handle) if "Blind audit" in message["text"]][-1]


async def begin(world: World, handle: str = "mei") -> Person:
    """Let an auditor begin; return them."""
    who = world.person(handle)
    await who.click(invitation(world, handle), "begin_audit")
    await world.settle()
    return who


def shown(who: Person) -> str:
    """Return everything that an auditor's window says."""
    return text_of(who.views()[-1])


async def judge(world: World, who: Person, kind: str, priority: str = "P3") -> None:
    """Say what the shown case is."""
    view = who.views()[-1]
    if kind in ("no_request", "cannot_tell"):
        await who.click(view, f"audit_{kind}")
    else:
        await who.choose(view, "audit_kind", kind)
        await world.settle()
        await who.click(who.views()[-1], f"audit_priority:{priority}")
    await world.settle()


async def judge_by_words(world: World, who: Person, said: dict[str, str], priority: str = "P3") -> None:
    """Judge what is left, each case by the beginning of what was asked."""
    while text := next((text for text in said if text in shown(who)), None):
        before = len([row for row in await world.rows(AuditCase) if row.verdict])
        await judge(world, who, said[text], priority)
        assert len([row for row in await world.rows(AuditCase) if row.verdict]) == before + 1


RIGHT = {INVOICE: "billing-invoice", OUTAGE: "outage", TALK: "no_request"}


def results(world: World) -> list[Json]:
    """Return what was posted of audits."""
    return [card for card in world.cards("front-desk") if "Blind audit" in card["text"]]


async def ended(world: World) -> Json:
    """Wait until the result is posted and everybody knows; return it."""
    found = await world.twin.until(lambda: results(world))
    await world.twin.until(lambda: not any(buttons_of(invitation(world, one)) for one in ("mei", "oliver")))
    return found[-1]


async def case_of(world: World, text: str) -> AuditCase:
    """Return the case of what was asked in these words."""
    [request] = [row for row in await world.rows(Request) if row.text == text]
    [case] = [row for row in await world.rows(AuditCase) if row.request_id == request.id]
    return case


async def test_what_is_pressed_in_one_window_happens_in_its_order(world: World) -> None:
    await drawn(world)
    mei = await begin(world)
    before = shown(mei)
    slow = world.twin.faults.add("views.update", "hang")

    await mei.click(mei.views()[-1], "audit_cannot_tell")
    await world.twin.until(lambda: slow.hits)
    await mei.click(mei.views()[-1], "audit_no_request")
    await world.twin.until(lambda: world.twin.ws.courier.is_idle)
    await asyncio.sleep(0.3)  # in which it would be done if it waited for nothing
    waits = shown(mei)
    slow.release()
    await world.settle()

    assert waits == before
    assert shown(mei) != before
    assert sorted(case.verdict for case in await world.rows(AuditCase)) == ["", "", "cannot tell"]


async def test_each_auditor_is_asked_once_and_sees_nothing_of_what_was_decided(any_world: World) -> None:
    world = any_world
    await drawn(world)

    for handle in ("mei", "oliver"):
        [asked] = [m for m in world.direct(handle) if m.get("bot_id")]
        assert "3 of 3 decisions" in text_of(asked)
        assert buttons_of(asked) == ["begin_audit"]
    mei = await begin(world)

    seen = json.dumps(mei.views()[-1])
    assert any(text in seen for text in THREE)
    assert "0 of 3 judged" in seen
    assert not any(said in seen for said in ("T-1", "T-2", "sure", "the local model", "Decided", "decided:"))
    first = await case_of(world, next(text for text in THREE if text in seen))
    assert "initial_option" not in seen
    assert first.verdict == ""


async def test_a_customer_is_shown_for_talk_as_well_so_that_it_gives_nothing_away(world: World) -> None:
    await drawn(world, [TALK])
    mei = await begin(world)

    assert "Halden Outfitters" in shown(mei)


async def test_what_must_not_travel_is_hidden_from_auditors_too(world: World) -> None:
    await drawn(world, ["Where can I find the invoice that I paid with card 4242 4242 4242 4242?"])
    mei = await begin(world)

    assert "[card hidden]" in shown(mei)
    assert "4242" not in shown(mei)


async def test_after_the_verdict_it_is_shown_what_had_been_decided_and_why(any_world: World) -> None:
    world = any_world
    await drawn(world, [INVOICE])
    mei = await begin(world)

    await judge(world, mei, "billing-invoice")

    ticket = await world.ticket(1)
    assert "As it was decided" in shown(mei)
    assert "Invoice question, P3" in shown(mei)
    assert ticket.because.split(".")[0] in shown(mei)
    assert any(ticket.card_link in str(block) for block in mei.views()[-1]["blocks"])
    assert await world.rows(Correction) == []
    case = await case_of(world, INVOICE)
    assert (case.verdict, case.said, case.said_priority, case.by) == (
        "given",
        "billing-invoice",
        "P3",
        mei.id,
    )


async def test_choosing_a_kind_shows_what_policy_says_of_it(world: World) -> None:
    await drawn(world, [INVOICE])
    mei = await begin(world)

    await mei.choose(mei.views()[-1], "audit_kind", "billing-refund")
    await world.settle()

    assert policy().categories["billing-refund"].description in shown(mei)


async def test_a_priority_without_a_kind_is_no_verdict(world: World) -> None:
    await drawn(world, [INVOICE])
    mei = await begin(world)

    await mei.click(mei.views()[-1], "audit_priority:P3")
    await world.settle()

    assert "Choose what it is first" in shown(mei)
    assert (await case_of(world, INVOICE)).verdict == ""
    await judge(world, mei, "billing-invoice")
    assert (await case_of(world, INVOICE)).verdict == "given"


async def test_a_verdict_that_differs_is_a_correction_that_teaches_and_moves_no_ticket(
    any_world: World,
) -> None:
    world = any_world
    await drawn(world, [INVOICE])
    before = await world.ticket(1)
    mei = await begin(world)

    await judge(world, mei, "payment-failed", "P2")

    said = [(row.field, row.was, row.should_be, row.by) for row in await world.rows(Correction)]
    assert said == [
        ("category", "billing-invoice", "payment-failed", mei.id),
        ("priority", "P3", "P2", mei.id),
    ]
    after = await world.ticket(1)
    assert (after.category, after.queue, after.status) == (before.category, before.queue, before.status)
    assert "You differ" in shown(mei)
    assert "Learnt from Mei Tanaka" in text_of(await world.card_of(1))
    # The next one of the same meaning goes where she has said.
    await world.person("paulo").post("#customer-support", f"{INVOICE} please")
    await world.settle()
    assert (await world.ticket(2)).category == "payment-failed"


async def test_an_open_ticket_can_be_rerouted_from_the_window(world: World) -> None:
    await drawn(world, [INVOICE])
    mei = await begin(world)
    await judge(world, mei, "bug-report")

    await mei.click(mei.views()[-1], "reroute_ticket")
    await world.settle()
    await mei.submit({"queue": "platform", "category": "bug-report"})
    await world.settle()

    assert (await world.ticket(1)).queue == "platform"
    assert "You differ" in shown(mei)


async def test_a_closed_ticket_offers_no_reroute(world: World) -> None:
    await ask(world, [INVOICE])
    await world.person("marek").click(await world.card_of(1), "resolve_ticket")
    await world.settle()
    await weekly(world)
    mei = await begin(world)

    await judge(world, mei, "bug-report")

    assert "reroute_ticket" not in buttons_of(mei.views()[-1])
    assert (await world.ticket(1)).status == Status.RESOLVED


async def test_what_a_verdict_taught_is_forgotten_with_one_press(any_world: World) -> None:
    world = any_world
    await drawn(world, [INVOICE])
    world.clock.step = timedelta(microseconds=1)  # as a real one does
    mei = await begin(world)
    await judge(world, mei, "payment-failed", "P2")

    await mei.click(mei.views()[-1], "audit_undo")
    await world.settle()

    assert all(row.undone_by == mei.id for row in await world.rows(Correction))
    assert "Nothing is learnt from this" in shown(mei)
    assert "audit_undo" not in buttons_of(mei.views()[-1])
    assert "Learnt from" not in text_of(await world.card_of(1))
    assert (await case_of(world, INVOICE)).said == "payment-failed"


async def test_talk_that_was_a_request_teaches_and_can_be_made_one(any_world: World) -> None:
    world = any_world
    await drawn(world, [TALK])
    mei = await begin(world)
    assert await world.rows(Ticket) == []

    await judge(world, mei, "how-to", "P4")

    said = {(row.field, row.was, row.should_be) for row in await world.rows(Correction)}
    assert said == {("is_request", "no", "yes"), ("category", "", "how-to")}
    [ticket] = await world.rows(Ticket)
    assert (ticket.status, ticket.queue, ticket.card_ts) == (Status.WITHDRAWN, "", "")
    assert "it was decided: No request" in shown(mei)
    await mei.click(mei.views()[-1], "audit_make_request")
    await world.settle()
    made = await world.ticket(ticket.id or 0)
    assert (made.category, made.status) == ("how-to", Status.ROUTED)
    assert made.card_link in json.dumps(mei.views()[-1])
    assert "audit_make_request" not in buttons_of(mei.views()[-1])


async def test_what_an_auditor_has_said_counts_when_another_replica_makes_the_request(world: World) -> None:
    await drawn(world, [TALK])
    mei = await begin(world)
    await judge(world, mei, "how-to", "P4")
    # As another replica, which has not heard of it yet.
    (await world.bot.desk.minds.ready()).local.learn([])

    await mei.click(mei.views()[-1], "audit_make_request")
    await world.settle()

    made = await world.ticket(1)
    assert (made.category, made.status, made.held) == ("how-to", Status.ROUTED, False)


async def test_a_request_that_is_none_teaches_that(any_world: World) -> None:
    world = any_world
    await drawn(world, [INVOICE])
    mei = await begin(world)

    await judge(world, mei, "no_request")

    assert [(row.field, row.was, row.should_be) for row in await world.rows(Correction)] == [
        ("is_request", "yes", "no")
    ]
    assert (await world.ticket(1)).status == Status.ROUTED


async def test_of_two_auditors_on_one_case_the_first_counts_and_the_other_is_told(any_world: World) -> None:
    world = any_world
    await drawn(world, [INVOICE])
    mei, oliver = await begin(world), await begin(world, "oliver")
    await oliver.choose(oliver.views()[-1], "audit_kind", "bug-report")
    await world.settle()

    await judge(world, mei, "billing-invoice")
    await oliver.click(oliver.views()[-1], "audit_priority:P1")
    await world.settle()

    assert f"<@{mei.id}> was first with that one" in shown(oliver)
    assert "Invoice question" not in shown(oliver)  # he might still be asked about something alike
    assert (await case_of(world, INVOICE)).by == mei.id
    assert await world.rows(Correction) == []


async def test_a_second_press_on_the_same_verdict_changes_nothing(world: World) -> None:
    await drawn(world, [INVOICE])
    mei = await begin(world)
    await mei.choose(mei.views()[-1], "audit_kind", "bug-report")
    await world.settle()
    view = mei.views()[-1]

    await mei.click(view, "audit_priority:P2")
    await mei.click(view, "audit_priority:P2")
    await world.settle()

    assert len(await world.rows(Correction)) == 2
    assert "You differ" in shown(mei)
    assert await failures(world) == []


async def test_a_window_that_was_open_during_a_restart_goes_on(any_world: World) -> None:
    world = any_world
    await drawn(world)
    mei = await begin(world)

    await world.restart()
    await judge_by_words(world, mei, dict.fromkeys(THREE, "payment-failed"))
    await world.restart()
    before = mei.views()[-1]
    for _ in range(2):
        await mei.click(before, "audit_undo")
        await world.settle()

    assert "Nothing is learnt from this" in shown(mei)
    assert {row.said for row in await world.rows(AuditCase)} == {"payment-failed"}
    assert await failures(world) == []


async def test_nobody_audits_what_they_have_had_a_hand_in(any_world: World) -> None:
    world = any_world
    await ask(world, [INVOICE, OUTAGE])
    await world.person("mei").click(await world.card_of(1), "claim_ticket")
    await world.settle()
    await weekly(world)
    mei, oliver = await begin(world), await begin(world, "oliver")

    await judge_by_words(world, mei, {OUTAGE: "outage"})

    assert "Nothing is left for you. 1 more" in shown(mei)
    await judge_by_words(world, oliver, {INVOICE: "billing-invoice"})
    assert "Everything is judged" in shown(oliver)


async def test_who_handles_a_ticket_while_its_case_is_open_cannot_judge_it_any_more(world: World) -> None:
    await drawn(world, [INVOICE])
    mei = await begin(world)
    await mei.choose(mei.views()[-1], "audit_kind", "bug-report")
    await world.person("mei").click(await world.card_of(1), "claim_ticket")
    await world.settle()

    await mei.click(mei.views()[-1], "audit_priority:P2")
    await world.settle()

    assert "You have had a hand in that one meanwhile" in shown(mei)
    assert (await case_of(world, INVOICE)).verdict == ""


async def test_a_deleted_request_leaves_the_sample_without_counting(any_world: World) -> None:
    world = any_world
    posted = await ask(world, [INVOICE, OUTAGE])
    await weekly(world)
    mei = await begin(world)
    gone, left = (INVOICE, OUTAGE) if INVOICE in shown(mei) else (OUTAGE, INVOICE)
    await mei.choose(mei.views()[-1], "audit_kind", "bug-report")
    await world.settle()
    author = ("greta", "paulo")[(INVOICE, OUTAGE).index(gone)]
    await world.person(author).delete("#customer-support", posted[(INVOICE, OUTAGE).index(gone)])
    await world.settle()

    await mei.click(mei.views()[-1], "audit_priority:P2")
    await world.settle()

    assert "deleted meanwhile" in shown(mei)
    assert left in shown(mei)
    assert gone not in shown(mei)
    await judge_by_words(world, mei, RIGHT)
    result = await ended(world)
    assert "1 of 1 decision" in result["text"]
    assert "1 deleted meanwhile" in text_of(result)


async def test_a_request_that_is_deleted_while_its_window_is_made_is_not_shown(
    any_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = any_world
    posted = await ask(world, [INVOICE, OUTAGE])
    await weekly(world)
    await world.person("greta").delete("#customer-support", posted[0])
    await world.settle()

    async def none_yet(*_: object) -> list[AuditCase]:
        return []

    monkeypatch.setattr("storage.audits.deleted_since", none_yet)
    mei = await begin(world)

    assert OUTAGE in shown(mei)
    await judge_by_words(world, mei, RIGHT)
    assert "1 of 1 decision" in (await ended(world))["text"]


async def test_when_everything_is_judged_the_result_is_posted_once(any_world: World) -> None:
    world = any_world
    await drawn(world)
    mei, oliver = await begin(world), await begin(world, "oliver")
    await judge(world, oliver, "cannot_tell")

    await judge_by_words(world, mei, RIGHT | {OUTAGE: "bug-report"})

    result = await ended(world)
    assert len(results(world)) == 1
    said = text_of(result)
    [untold] = [row for row in await world.rows(AuditCase) if row.verdict == "cannot tell"]
    wrong = 0 if untold.decided == "outage" else 1
    assert f"{2 - wrong} of 2 verdicts agree" in said
    assert "At most 5.0% is promised" in said
    assert "So few verdicts show neither" in said
    assert "1 could not be told" in said
    assert "drawn by chance (seed" in said
    assert mentions_of(result) == {mei.id, oliver.id}
    if wrong:
        assert (await world.ticket(2)).card_link in links_of(result)
    assert not any(text in said for text in THREE)  # no customer's words
    for handle in ("mei", "oliver"):
        assert "Ended" in text_of(invitation(world, handle))
        assert buttons_of(invitation(world, handle)) == []


async def test_when_the_time_is_over_what_was_judged_counts(any_world: World) -> None:
    world = any_world
    await drawn(world)
    mei = await begin(world)
    await judge(world, mei, "cannot_tell")
    view = mei.views()[-1]
    world.clock.advance(timedelta(days=5))
    await audit.sweep(world.bot.desk, Straight(), world.clock.now().isoformat())
    await audit.sweep(world.bot.desk, Straight(), world.clock.now().isoformat())
    await ended(world)

    await mei.click(view, "audit_no_request")
    await world.settle()

    assert "had ended before you pressed" in shown(mei)
    assert "audit_kind" not in json.dumps(mei.views()[-1])
    [result] = results(world)
    assert "none was judged" in text_of(result)
    assert "2 not judged in time" in text_of(result)
    assert len([row for row in await world.rows(AuditCase) if row.verdict]) == 1


async def test_a_sample_is_drawn_again_by_its_seed_and_no_request_is_audited_twice(any_world: World) -> None:
    world = any_world
    chosen = policy().model_copy(update={"audit": policy().audit.model_copy(update={"cases": 2})})  # type: ignore[union-attr]
    under(world, chosen)
    await ask(world, [f"{INVOICE} of {month}" for month in ("May", "June", "July", "August", "March")])
    await weekly(world)

    [row] = await world.rows(Audit)
    first = [case.request_id for case in await world.rows(AuditCase)]
    ids = [request.id or 0 for request in await world.rows(Request)]
    assert row.population == len(ids)
    assert first == rules.drawn(ids, row.seed, 2)
    await audit.end(world.bot.desk, Straight(), row.id or 0)
    await weekly(world, (TUESDAY + timedelta(hours=2)).isoformat())

    later = [case.request_id for case in await world.rows(AuditCase)][2:]
    assert len(later) == 2
    assert not set(later) & set(first)
    assert [audit.population for audit in await world.rows(Audit)] == [len(ids), len(ids) - 2]


async def test_what_was_left_to_a_person_or_asked_twice_is_not_in_the_sample(any_world: World) -> None:
    world = any_world
    await ask(world, ["This is strange, can you have a look?", INVOICE])
    await world.person("paulo").post("#customer-support", INVOICE)
    await world.settle()
    await weekly(world)

    duplicates = [ticket.request_id for ticket in await world.rows(Ticket) if ticket.duplicate_of]
    sample = {case.request_id for case in await world.rows(AuditCase)}
    assert (await world.ticket(1)).held
    assert (await world.ticket(1)).request_id not in sample
    assert not sample & set(duplicates)
    assert (await world.ticket(2)).request_id in sample


async def test_of_talk_that_a_person_made_a_request_of_the_no_is_audited(any_world: World) -> None:
    world = any_world
    [ts] = await ask(world, [TALK])
    await world.person("marek").message_shortcut("#customer-support", ts, "make_request")
    await world.settle()

    await weekly(world)

    assert (await case_of(world, TALK)).decided == "talk"
    mei = await begin(world)
    await judge(world, mei, "how-to")
    assert "audit_make_request" not in buttons_of(mei.views()[-1])


async def test_an_auditor_draws_a_sample_at_once_and_others_may_not(any_world: World) -> None:
    world = any_world
    await ask(world)
    await world.person("marek").command("#team-billing", "/signalbox audit now")
    await world.settle()
    assert "Only those who audit can do this" in told(world, "marek")
    assert await world.rows(Audit) == []

    await world.person("mei").command("#front-desk", "/signalbox audit now")
    await world.settle()

    assert "3 decisions to judge" in told(world, "mei") or "Blind audit" in told(world, "mei")
    [row] = await world.rows(Audit)
    assert row.by == world.person("mei").id
    await world.person("mei").command("#front-desk", "/signalbox audit now")
    await world.settle()
    assert "An audit is open" in told(world, "mei")
    assert len(await world.rows(Audit)) == 1


async def test_of_two_who_draw_a_sample_at_once_one_does_and_the_other_is_told(any_world: World) -> None:
    world = any_world
    await ask(world)
    await asyncio.gather(
        *(world.person(who).command("#front-desk", "/signalbox audit now") for who in ("mei", "oliver"))
    )
    await world.settle()

    assert len(await world.rows(Audit)) == 1
    assert len(await world.rows(AuditCase)) == 3
    assert await failures(world) == []
    here = world.twin.channel("front-desk")
    heard = [one["text"] for who in ("mei", "oliver") for one in here.whispers(world.person(who).id)]
    assert sum("An audit is open" in text for text in heard) == 1


async def test_where_nothing_was_decided_there_is_nothing_to_audit(world: World) -> None:
    await weekly(world)
    assert await world.rows(Audit) == []

    for typed, said in (("audit now", "There is nothing to audit"), ("audit", "No audit is open")):
        await world.person("mei").command("#front-desk", f"/signalbox {typed}")
        await world.settle()
        assert said in told(world, "mei")


async def test_a_channel_audits_where_nobody_is_named(world: World) -> None:
    under(world, policy().model_copy(update={"audit": policy().audit.model_copy(update={"people": ()})}))  # type: ignore[union-attr]
    await drawn(world, [INVOICE])

    [asked] = results(world)
    assert buttons_of(asked) == ["begin_audit"]
    hannah = world.person("hannah")
    await hannah.click(asked, "begin_audit")
    await world.settle()
    await judge(world, hannah, "billing-invoice")
    await world.settle()
    assert (await case_of(world, INVOICE)).by == hannah.id


@pytest.mark.parametrize(
    ("method", "error"),
    [("conversations.open", "user_disabled"), ("chat.postMessage", "messages_tab_disabled")],
)
async def test_who_cannot_be_written_to_alone_is_asked_where_results_are_posted(
    world: World, method: str, error: str
) -> None:
    await ask(world, [INVOICE])
    world.twin.faults.add(method, "error", error=error)

    await weekly(world)

    [asked] = results(world)
    assert buttons_of(asked) == ["begin_audit"]
    assert len(world.direct("mei")) + len(world.direct("oliver")) == 1
    mei = world.person("mei")
    if method == "conversations.open":
        assert f"<@{mei.id}>" in text_of(asked)
    await mei.click(asked, "begin_audit")
    await world.settle()
    await judge(world, mei, "billing-invoice")
    await world.settle()
    assert (await case_of(world, INVOICE)).by == mei.id
    await world.twin.until(lambda: not any(map(buttons_of, results(world))))


async def test_a_new_sample_ends_the_one_before(world: World) -> None:
    await drawn(world, [INVOICE])
    await ask(world, [OUTAGE])
    await weekly(world, (TUESDAY + timedelta(hours=2)).isoformat())

    first, second = await world.rows(Audit)
    assert first.ended_at is not None
    assert second.ended_at is None
    [result] = results(world)
    assert "none was judged" in text_of(result)


async def test_metrics_show_the_decision_quality_of_the_last_audits(any_world: World) -> None:
    world = any_world
    await drawn(world)
    await world.person("mei").command("#front-desk", "/signalbox metrics")
    await world.settle()
    assert "blind audit" not in _metrics(world)
    mei = await begin(world)

    await judge_by_words(world, mei, RIGHT)
    await ended(world)
    await mei.command("#front-desk", "/signalbox metrics")
    await world.settle()

    assert "3 of 3 agreed; too few to say more\nby the last blind audit" in _metrics(world)


def _metrics(world: World) -> str:
    mei = world.person("mei")
    return text_of(mei.whispers("#front-desk")[-1])


@pytest.mark.parametrize("dies_after", ["look", "draw", "accounts", "invite"])
async def test_whoever_dies_while_a_sample_is_drawn_draws_it_once(world: World, dies_after: str) -> None:
    await ask(world)
    run = Straight(dies_after=dies_after)
    with pytest.raises(Exception, match=dies_after):
        await weekly(world, run=run)

    await weekly(world, run=run)

    assert len(await world.rows(Audit)) == 1
    assert len(await world.rows(AuditCase)) == 3
    for handle in ("mei", "oliver"):
        assert len([m for m in world.direct(handle) if m.get("bot_id")]) == 1


@pytest.mark.parametrize("dies_after", ["end 1", "result 1", "invitations 1"])
async def test_whoever_dies_while_an_audit_ends_posts_one_result(world: World, dies_after: str) -> None:
    await drawn(world)
    run = Straight(dies_after=dies_after)
    with pytest.raises(Exception, match=dies_after):
        await audit.end(world.bot.desk, run, 1)

    await audit.end(world.bot.desk, run, 1)

    assert len(results(world)) == 1


async def test_what_was_audited_is_known_to_be_right_or_wrong(any_world: World) -> None:
    world = any_world
    await drawn(world, [INVOICE, OUTAGE])
    mei = await begin(world)
    async with world.bot.db.begin() as session:
        before = await evidence.past(session, TUESDAY - timedelta(days=1))
    assert [one.is_right for one in before] == [None, None]

    await judge_by_words(world, mei, {INVOICE: "billing-invoice", OUTAGE: "bug-report"})

    async with world.bot.db.begin() as session:
        after = await evidence.past(session, TUESDAY - timedelta(days=1))
    assert [one.is_right for one in after] == [False, True]


async def test_an_audit_outlives_its_tickets_and_is_forgotten_with_the_judgements(any_world: World) -> None:
    world = any_world
    await drawn(world, [INVOICE, TALK])
    await world.person("marek").click(await world.card_of(1), "resolve_ticket")
    await world.settle()
    await ask(world, [OUTAGE, f"{TALK} again"])
    await weekly(world, (TUESDAY + timedelta(hours=2)).isoformat())
    kept = world.bot.desk.policy.retention
    chosen = world.bot.desk.policy.model_copy(
        update={"retention": kept.model_copy(update={"tickets_days": 7, "decisions_days": 30})}
    )
    under(world, chosen)

    world.clock.advance(timedelta(days=10))
    await tidying.tidy(world.bot.desk, Straight(), "night")
    cases = await world.rows(AuditCase)
    assert len(cases) == 4
    assert [row.request_id for row in cases if row.audit_id == 1] == [None, None]
    world.clock.advance(timedelta(days=40))
    await tidying.tidy(world.bot.desk, Straight(), "later")

    assert [row.id for row in await world.rows(Audit)] == [2]
    assert {row.audit_id for row in await world.rows(AuditCase)} == {2}
