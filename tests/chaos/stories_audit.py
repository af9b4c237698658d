"""A story of an audit that differs from what was decided, and for which Claude is asked as well.

An auditor says of a request that it is something else, and then lets nothing be learnt from that; and makes a request
of what was taken for talk. Claude's answers come after the result, so that it is brought up to date. When a process
died while it asked Claude, the result says that nobody knows whether Claude was asked, and Claude is not asked again.
"""

from __future__ import annotations

import asyncio
import re

from sqlmodel import select

from agents.words import Outcome
from storage.tables import Request
from tests.chaos.scene import Effect, Scene
from tests.chaos.stream import key_of
from tests.test_audit_opinion import answers
from tests.world import buttons_of, policy, text_of
from twin.words import Json

_ASKED = "A recipient asks us to erase his personal data, can you delete it from your system as well?"
_TALK = "there is cake in the kitchen on the second floor"
_MEANT = "feature-request"  # what the auditor takes either for
_AUDITOR = "oliver"  # who does nothing else in a window, and has a hand in no request
_LOOK = 0.1


async def differed(scene: Scene) -> None:
    """Audit, differ twice, take one of them back, make a request of talk, and hear what Claude says."""
    asked, talk = await scene.ask_in_words(_ASKED), await scene.ask_in_words(_TALK)
    await scene.until(lambda: scene.card(asked))
    await _is_taken_for_talk(scene, talk)
    await begin(scene)
    while _case(scene):
        await _judge(scene, asked, talk)
    await scene.until(lambda: scene.keyed("audit result:"))
    await scene.until(lambda: _is_told(scene), lambda: _answer(scene))


async def _judge(scene: Scene, asked: str, talk: str) -> None:
    """Judge the case that is shown; of other stories' nobody can tell what they are."""
    said, at = _case(scene), _at(scene)
    if _ASKED in said:
        await _differ(scene)
        await scene.until(lambda: "Learnt from" in scene.text(asked))
        await _press(scene, "audit_undo", lambda: "Nothing is learnt" in text_of(_window(scene)))
    elif _TALK in said:
        await _differ(scene)
        await _press(scene, "audit_make_request", lambda: scene.card(talk))
        await scene.until(lambda: "audit_make_request" not in buttons_of(_window(scene)))
    else:
        await _press(scene, "audit_cannot_tell", lambda: _at(scene) != at)


async def _is_taken_for_talk(scene: Scene, ts: str) -> None:
    """Wait until it is known that a message asks for nothing, which nobody sees."""
    outcome: str | None = None
    while outcome is None:
        await asyncio.sleep(_LOOK)
        async with scene.fleet.host.db.begin() as session:
            outcome = (await session.exec(select(Request.outcome).where(Request.ts == ts))).first()
    assert outcome == Outcome.NOT_A_REQUEST


async def begin(scene: Scene) -> None:
    """Draw a sample, and open the window with its first case."""
    oliver = scene.person(_AUDITOR)
    draw = lambda: oliver.command("#front-desk", "/signalbox audit now")  # noqa: E731
    await scene.insist(_AUDITOR, lambda: _invitation(scene), draw)

    async def open_window() -> None:
        asked = _invitation(scene)
        if asked and not oliver.views():
            await oliver.click(asked, "begin_audit")
            await oliver.modal(timeout=3)

    await scene.until(oliver.views, open_window)


def _invitation(scene: Scene) -> Json | None:
    """Return the message that asks for verdicts; its number says how often somebody died while the sample was drawn."""
    return next((one for one in scene.messages() if re.fullmatch(r"audit:\d+:oliver", key_of(one))), None)


def _window(scene: Scene) -> Json:
    return scene.person(_AUDITOR).views()[-1]


def _case(scene: Scene) -> str:
    """Return what was asked, apart from what the window says of the case before; empty when none is left."""
    return text_of({"blocks": [one for one in _window(scene)["blocks"] if one["type"] == "rich_text"]})


def _at(scene: Scene) -> str:
    """Return the number of the case that is shown, which is another after each verdict."""
    return str(_window(scene)["private_metadata"]).split(":")[1]


async def _differ(scene: Scene) -> None:
    """Say that the case is something else."""
    oliver, at = scene.person(_AUDITOR), _at(scene)
    described = policy().categories[_MEANT].description
    # What is chosen stays chosen, also where the window was drawn anew meanwhile and no longer describes it.
    choose = lambda: oliver.choose(_window(scene), "audit_kind", _MEANT)  # noqa: E731
    await scene.until(lambda: described in text_of(_window(scene)), choose)
    await _press(scene, "audit_priority:P4", lambda: _at(scene) != at)


async def _press(scene: Scene, action: str, is_so: Effect) -> None:
    oliver = scene.person(_AUDITOR)
    await scene.insist(_AUDITOR, is_so, lambda: oliver.click(_window(scene), action))


async def _answer(scene: Scene) -> None:
    """Let Claude answer what it was asked, and be done."""
    assert scene.claude is not None
    for batch in scene.claude.batches.values():
        if not batch.ended:
            answers(batch, lambda said: {"category": "data-export", "is_request": _ASKED in said})


def _is_told(scene: Scene) -> bool:
    said = scene.says(scene.keyed("audit result:"))
    return "agreed with the auditors" in said or "It is not asked again" in said


STORIES = (differed,)
