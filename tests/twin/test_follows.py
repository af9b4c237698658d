"""What calls for a person, the threads they follow, and reading onwards from a message of the past."""

from __future__ import annotations

from twin.people import follows, show
from twin.server import Twin


async def test_only_what_names_somebody_calls_for_them(twin: Twin) -> None:
    ana, ben = twin.person("ana"), twin.person("ben")
    for text in ("hello", "@ben look", "@billing too", "and @channel", "@ana not you"):
        await ana.post("#help", text)

    channel = twin.channel("#help")

    assert follows.mentions(twin.ws, ben.id, channel) == 3
    assert follows.mentions(twin.ws, ana.id, channel) == 0
    assert follows.mentions(twin.ws, twin.person("sam").id, channel) == 0


async def test_somebody_follows_threads_they_take_part_in_until_they_have_read_them(twin: Twin) -> None:
    ana, ben, gil = (twin.person(name) for name in ("ana", "ben", "gil"))
    mine = await ana.post("#help", "who knows?")
    other = await ben.post("#help", "lunch")
    named = await ben.post("#help", "a question")
    await ben.post("#help", "I do", mine)
    await gil.post("#help", "me too", mine)
    await gil.post("#help", "gladly", other)
    await gil.post("#help", "@ana knows", named)

    followed = {one["thread_ts"]: one["unread"] for one in follows.of_person(twin.ws, ana.id)}

    assert followed == {mine: 2, named: 1}
    follows.read(twin.ws, ana.id, twin.channel("#help"), mine)
    assert {one["thread_ts"]: one["unread"] for one in follows.of_person(twin.ws, ana.id)}[mine] == 0
    await ben.post("#help", "one more", mine)
    assert {one["thread_ts"]: one["unread"] for one in follows.of_person(twin.ws, ana.id)}[mine] == 1
    await ana.post("#help", "thanks", mine)
    assert {one["thread_ts"]: one["unread"] for one in follows.of_person(twin.ws, ana.id)}[mine] == 0


async def test_a_page_of_what_follows_a_message(twin: Twin) -> None:
    ana, channel = twin.person("ana"), twin.channel("#help")
    sent = [await ana.post("#help", f"number {number}") for number in range(5)]

    page = show.messages(ana.id, channel, after=sent[1], limit=2)

    assert [one["ts"] for one in page["messages"]] == sent[2:4]
    assert page["has_more"] is True
    assert show.messages(ana.id, channel, after=sent[3], limit=2)["has_more"] is False
