"""What a team does to its tickets teaches how far judgements are relied on, and everybody can read it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from agents.confidence import Fit, fit_from
from agents.words import Certainty, Signals, Status
from handlers import confidence
from storage import requests, tickets
from storage.evidence import FIT
from storage.tables import Decision, Ticket, TicketEvent
from tests.flows import Crash, Straight
from tests.test_metrics import told
from tests.test_triage import ASKED
from tests.world import World, text_of


async def learnt(world: World) -> Fit:
    """Let the night come, and return what the local engine's judgements taught."""
    await confidence.refit(world.bot.desk, Straight(), "2026-11-25T02:40:00+00:00")
    return await newest(world)


async def newest(world: World) -> Fit:
    """Return what was learnt of the local engine's judgements last."""
    fits = [row for row in await world.rows(Decision) if row.kind == FIT and row.engine == "local"]
    found = fit_from(fits[-1].answer)
    assert found is not None
    return found


async def history_of(world: World, rights: int, wrongs: int, sure: float) -> None:
    """Write down judged tickets as a team leaves them: resolved untouched, or moved by a person."""
    basis = next(row.answer["basis"] for row in await world.rows(Decision) if row.answer.get("basis"))
    async with world.bot.db.begin() as session:
        for n in range(rights + wrongs):
            request = await requests.keep(
                session,
                team="T1",
                channel="C1",
                ts=f"{n}.5",
                requester="U1",
                text="x",
                files=(),
                now=world.clock.now(),
            )
            ticket = await tickets.open_for(session, request, world.clock.now())
            ticket.category, ticket.queue, ticket.status = "billing-invoice", "billing", Status.RESOLVED
            session.add(ticket)
            if n >= rights:
                await tickets.correct(
                    session, ticket, "category", "billing-refund", "U2", "", world.clock.now()
                )
                ticket.category = "billing-refund"
            signals = Signals("local", Certainty.CLEAR, sure, 0.0, 0, 0)
            session.add(
                Decision(
                    kind="triage",
                    ticket_id=ticket.id,
                    inputs_digest="x",
                    answer={
                        "category": "billing-invoice",
                        "held": False,
                        "signals": asdict(signals),
                        "basis": basis,
                    },
                    engine="local",
                    model="minilm",
                    at=world.clock.now(),
                )
            )


async def test_a_judgement_keeps_what_its_confidence_was_made_of(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    [row] = [each for each in await world.rows(Decision) if each.kind == "triage" and each.ticket_id]
    assert row.answer["signals"]["engine"] == "local"
    assert round(row.answer["signals"]["alone"], 4) == row.answer["confidence"]
    assert len(row.answer["basis"]) == 12


async def test_until_there_is_evidence_only_policys_floor_decides(any_world: World) -> None:
    world = any_world
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    found = await learnt(world)

    assert found.threshold == 0.0
    assert not found.is_proven
    assert "0 of its judgements are known" in found.because


async def test_a_category_that_keeps_failing_is_held_from_the_next_request_on(any_world: World) -> None:
    world = any_world
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    sure = (await world.ticket()).confidence
    await history_of(world, rights=45, wrongs=35, sure=min(sure + 0.001, 0.999))

    found = await learnt(world)
    await world.person("paulo").post("#customer-support", ASKED)
    await world.settle()

    assert found.threshold > sure
    newest = max(await world.rows(Ticket), key=lambda ticket: ticket.id or 0)
    assert newest.held
    assert "Held for a person" in text_of(await world.card_of(newest.id or 0))


async def test_a_night_that_is_cut_off_and_begun_again_teaches_the_same(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    await history_of(world, rights=45, wrongs=35, sure=0.9)
    once = await learnt(world)

    run = Straight(dies_after="refit")
    with pytest.raises(Crash):
        await confidence.refit(world.bot.desk, run, "2026-11-26T02:40:00+00:00")
    await confidence.refit(world.bot.desk, run, "2026-11-26T02:40:00+00:00")

    assert await newest(world) == once


async def test_who_asks_for_proof_has_everything_held_until_decisions_have_given_it(world: World) -> None:
    policy = world.bot.policy
    triage = policy.triage.model_copy(update={"until_proven": "hold"})
    await world.restart(policy=policy.model_copy(update={"triage": triage}))
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()

    first = await world.ticket()
    assert first.held
    said = text_of(await world.card_of(first.id or 0))
    assert "have not proven yet that 95% of them are right" in said

    await history_of(world, rights=100, wrongs=0, sure=0.9)
    found = await learnt(world)
    await world.person("paulo").post("#customer-support", ASKED)
    await world.settle()

    assert found.is_proven
    newest = max(await world.rows(Ticket), key=lambda ticket: ticket.id or 0)
    assert not newest.held


async def test_metrics_say_from_which_confidence_on_nobody_is_asked_and_why(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    await history_of(world, rights=100, wrongs=0, sure=0.9)
    await learnt(world)

    said = await told(world, "mei", "/signalbox metrics")

    assert "The local model: From 60% on, 100 of 100 judgements were right: at least 97%" in said


async def test_a_changed_policy_starts_again_from_the_floor(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.settle()
    await history_of(world, rights=100, wrongs=0, sure=0.9)
    before = await learnt(world)

    policy = world.bot.policy
    kind = policy.categories["billing-refund"].model_copy(update={"description": "Only money back."})
    changed = policy.model_copy(update={"categories": {**policy.categories, "billing-refund": kind}})
    await world.restart(policy=changed)
    await world.person("paulo").post("#customer-support", ASKED)
    await world.settle()
    after = await learnt(world)

    assert before.is_proven
    assert not after.is_proven
    assert after.basis != before.basis


async def test_placing_what_was_held_is_evidence_and_resolving_what_was_routed_too(world: World) -> None:
    await world.person("greta").post("#customer-support", ASKED)
    await world.person("paulo").post("#customer-support", "This is strange, can you have a look?")
    await world.settle()
    held = next(ticket for ticket in await world.rows(Ticket) if ticket.held)
    routed = next(ticket for ticket in await world.rows(Ticket) if not ticket.held)

    card = await world.card_of(held.id or 0)
    await world.person("mei").click(card, _candidate(card, held.category))
    await world.person(routed.owner).click(await world.card_of(routed.id or 0), "resolve_ticket")
    await world.settle()

    assert "2 of its judgements are known" in (await learnt(world)).because
    assert {event.what for event in await world.rows(TicketEvent)} >= {"rerouted", "resolved"}


def _candidate(card: dict[str, Any], category: str) -> str:
    return next(
        str(element["action_id"])
        for block in card["blocks"]
        for element in block.get("elements", [])
        if str(element.get("value", "")).endswith(f":{category}")
    )
