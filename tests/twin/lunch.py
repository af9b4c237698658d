"""One conversation that any app can be put through, in whatever language it is written.

Somebody says "lunch", presses the button of the answer, fills in the window, gives a command and opens Home; the app
has to answer each time as people expect it to.
"""

from __future__ import annotations

from typing import Any

from twin.server import Twin

Json = dict[str, Any]


async def lunch_is_ordered(twin: Twin) -> None:
    """Talk to the app as ana. Raises AssertionError or TimeoutError when it does not answer as it should."""
    ana = twin.person("ana")
    channel = twin.channel("#help")
    ts = await ana.post("#help", "Is it time for lunch?")
    card = await twin.until(lambda: next(iter(channel.replies(ts)), None))
    assert card["blocks"][0]["text"]["text"] == f"Lunch, <@{ana.id}>?"

    await ana.click(card, "order")
    view = await ana.modal()
    assert view["title"]["text"] == "Lunch"
    assert await ana.submit({"dish": "nothing"}) == {"dish": "You have to eat."}
    assert await ana.submit({"dish": "Soup"}) == {}
    said = f"Soup for <@{ana.id}>, today"
    await twin.until(lambda: (channel.get(card["ts"]) or {}).get("text") == said)
    assert ana.views() == []

    await ana.command("#help", "/signalbox hello there")
    [whisper] = await twin.until(lambda: ana.whispers("#help"))
    assert whisper["text"] == "You said hello there."

    home = await ana.home()
    assert home["blocks"][0]["text"]["text"] == "Welcome"
    await twin.idle()
    assert list(twin.undelivered) == []
