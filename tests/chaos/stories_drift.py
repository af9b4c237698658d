"""Stories of what no category fits: those who place requests adopt a kind of their own, write it down, or wait.

Each kind is asked for by five people, as many as it takes, so that a look comes too early or sees all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos.scene import Scene
from tests.chaos.stream import CHANNEL

_PEOPLE = ("greta", "paulo", "victor", "bruno", "sofia")
_CLAIMS = (
    "The carrier damaged our shipment, we want to claim the insurance",
    "insurance claim for lost parcel SH-88123, what documents do you need",
    "Two pallets arrived broken, who handles the damage claim with the carrier?",
    "What does the carrier need from us for an insurance claim on a damaged shipment?",
    "Where do we file an insurance claim for a damaged shipment?",
)
_BATTERIES = (
    "Are lithium batteries allowed in air parcels?",
    "Do you accept dangerous goods such as lithium batteries?",
    "May lithium batteries travel by air?",
    "Which carriers take lithium batteries?",
    "Which box is right for a parcel with lithium batteries?",
)
_FORKLIFTS = (
    "Do you rent out forklifts for the day?",
    "We need to hire a forklift for our warehouse, do you offer that?",
    "Who rents out a forklift near our warehouse?",
    "Is there a forklift that we could rent for our warehouse?",
    "Where can we hire a forklift with a driver?",
)


async def adopted(scene: Scene) -> None:
    """Adopt what is proposed, and remove it again."""
    await _ask(scene, _CLAIMS)
    alert = partial(_alert, scene, "Insurance claim")
    values = {"title": "Insurance claims", "queue": "billing"}
    await scene.fill("mei", "", "adopt_category", values, partial(_shows, scene, alert, "Adopted by"), alert)
    await scene.until(lambda: _lines(scene, alert))
    await scene.press("mei", "", "remove_category", partial(_shows, scene, alert, "Removed by"), alert)


async def written_down(scene: Scene) -> None:
    """Adopt what is proposed, delete one of its requests, and write the kind into the policy file.

    Then each process is started anew, and until all are, only some of them know what is in the file.
    """
    asked = await _ask(scene, _BATTERIES)
    alert = partial(_alert, scene, "Lithium batterie")
    values = {"title": "Lithium batteries", "queue": "platform"}
    await scene.fill(
        "hannah", "", "adopt_category", values, partial(_shows, scene, alert, "Adopted by"), alert
    )
    await scene.until(lambda: _lines(scene, alert))
    gone = _BATTERIES[0]
    assert _shows(scene, alert, gone) and gone in _lines(scene, alert)
    await scene.person(_PEOPLE[0]).delete(f"#{CHANNEL}", asked[0])
    await scene.until(lambda: not _shows(scene, alert, gone) and gone not in _lines(scene, alert))
    _write_down(Path(scene.fleet.host.launcher.env["SIGNALBOX_POLICY"]), _lines(scene, alert))
    await scene.fleet.start_anew()
    await scene.until(partial(_shows, scene, alert, "the policy file has it"))


async def left(scene: Scene) -> None:
    """Leave what is proposed as it is."""
    await _ask(scene, _FORKLIFTS)
    alert = partial(_alert, scene, "Forklift and rent")
    await scene.press("mei", "", "not_now", partial(_shows, scene, alert, "Not now, said"), alert)


async def _ask(scene: Scene, texts: Sequence[str]) -> list[str]:
    """Let each of these be asked by somebody else; return their ts."""
    return [await scene.ask_in_words(text, by) for text, by in zip(texts, _PEOPLE, strict=True)]


def _alert(scene: Scene, title: str) -> dict[str, Any] | None:
    """Return what is proposed under this title, as it looks now."""
    said = f"A new kind of request? {title}"
    return next((message for message in scene.messages() if message.get("text") == said), None)


def _shows(scene: Scene, alert: Callable[[], dict[str, Any] | None], words: str) -> bool:
    return words in scene.says(alert())


def _lines(scene: Scene, alert: Callable[[], dict[str, Any] | None]) -> str:
    """Return the lines for the policy file below an alert; empty while there are none."""
    for message in scene.below(alert(), "adopted:"):
        for block in message["blocks"]:
            if block["type"] == "rich_text":
                return str(block["elements"][0]["elements"][0]["text"])
    return ""


def _write_down(file: Path, lines: str) -> None:
    """Do what these lines say: put them into the policy file, and name the category where it is asked for."""
    told = re.match(r'# Add (".*") to `categories` of (\[.*\]), ', lines)
    assert told is not None
    [name, place] = told.groups()
    head = re.escape(place) + r"\n(?:[^\[].*\n)*?categories = \["
    said, many = re.subn(head, rf"\g<0>\n  {name},", file.read_text(encoding="utf-8"))
    assert many == 1
    # In one go, because a process may start and read it at any moment.
    new = file.with_suffix(".new")
    new.write_text(f"{said}\n{lines}\n", encoding="utf-8")
    new.replace(file)


STORIES = (adopted, written_down, left)
