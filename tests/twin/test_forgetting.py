"""A twin that runs for weeks forgets what is oldest, wherever it was said."""

from __future__ import annotations

import pytest

from twin.recent import Recent
from twin.server import Twin
from twin.words import Refused


def test_what_has_to_make_room_is_handed_back_oldest_first() -> None:
    gone: list[tuple[str, int]] = []
    recent: Recent[str, int] = Recent(2, lambda key, value: gone.append((key, value)))

    for value, key in enumerate("abca"):
        recent[key] = value

    assert list(recent.items()) == [("c", 2), ("a", 3)]
    assert gone == [("a", 0), ("b", 1)]


async def test_the_oldest_message_of_all_channels_makes_room_for_the_newest(twin: Twin) -> None:
    ana = twin.person("ana")
    kept = len(twin.ws.homes)
    first = await ana.post("#help", "the first")
    twin.ws.homes.most = kept + 3
    for n in range(2):
        await ana.post("#general", f"{n}")
    assert twin.channel("#help").get(first) is not None

    for n in range(kept + 1):
        await ana.post("#team-billing", f"{n}")

    assert twin.channel("#help").get(first) is None
    assert [one["text"] for one in twin.channel("#general").messages] == ["0", "1"]
    with pytest.raises(Refused):
        await ana.react("#help", first, "eyes")
