"""Documents an app writes, section by section."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.refused import code
from twin.canvases import parts
from twin.server import Twin
from twin.words import Json


def markdown(text: str) -> Json:
    return {"type": "markdown", "markdown": text}


@pytest.fixture
async def canvas(web: AsyncWebClient) -> str:
    """A canvas with a title, two chapters and some text."""
    text = "# Handbook\n\nHello\n\n## One\n\n- a\n- b\n\n## Two\n\n```\nx\n\ny\n```"
    made = await web.canvases_create(title="Handbook", document_content=markdown(text))
    return str(made["canvas_id"])


async def test_a_document_is_changed_section_by_section(twin: Twin, web: AsyncWebClient, canvas: str) -> None:
    async def find(text: str) -> str:
        found = await web.canvases_sections_lookup(canvas_id=canvas, criteria={"contains_text": text})
        return str(found["sections"][0]["id"])

    async def edit(operation: str, **more: Any) -> None:
        await web.canvases_edit(canvas_id=canvas, changes=[{"operation": operation, **more}])

    headings = await web.canvases_sections_lookup(canvas_id=canvas, criteria={"section_types": ["h2"]})
    assert len(headings["sections"]) == 2
    await edit("insert_after", section_id=await find("One"), document_content=markdown("after one"))
    await edit("insert_before", section_id=await find("Two"), document_content=markdown("before two"))
    await edit("replace", section_id=await find("hello"), document_content=markdown("Welcome\n\nto us"))
    await edit("delete", section_id=await find("- a"))
    await edit("insert_at_start", document_content=markdown("top"))
    await edit("insert_at_end", document_content=markdown("bottom"))
    assert twin.ws.canvases[canvas].markdown == (
        "top\n\n# Handbook\n\nWelcome\n\nto us\n\n## One\n\nafter one\n\nbefore two\n\n## Two\n\n"
        "```\nx\n\ny\n```\n\nbottom"
    )
    await edit("rename", title_content=markdown("Manual"))
    shown = (await web.files_info(file=canvas))["file"]
    assert (shown["title"], shown["filetype"], shown["mode"], shown["mimetype"]) == (
        "Manual",
        "quip",
        "quip",
        "application/vnd.slack-docs",
    )
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {twin.bot_token}"}) as session:
        async with session.get(shown["url_private"]) as got:
            assert (await got.text()).startswith("top\n\n# Handbook")
    await edit("replace", document_content=markdown("new"))
    assert twin.ws.canvases[canvas].markdown == "new"


async def test_a_channel_has_one_canvas(twin: Twin, web: AsyncWebClient) -> None:
    here = twin.channel("#help").id
    made = await web.conversations_canvases_create(channel_id=here, document_content=markdown("hi"))
    assert (await web.files_list(channel=here, types="spaces"))["files"][0]["id"] == made["canvas_id"]
    again: Any = {"channel_id": here, "document_content": markdown("")}
    assert await code(web.conversations_canvases_create(**again)) == "channel_canvas_already_exists"
    await web.canvases_delete(canvas_id=made["canvas_id"])
    assert await code(web.canvases_delete(canvas_id=made["canvas_id"])) == "canvas_not_found"
    assert (await web.conversations_canvases_create(**again))["ok"]


async def test_what_slack_refuses(twin: Twin, web: AsyncWebClient, canvas: str) -> None:
    edit, one = web.canvases_edit, {"operation": "insert_at_end", "document_content": markdown("x")}
    assert await code(edit(canvas_id="F0NO", changes=[one])) == "canvas_not_found"
    assert await code(edit(canvas_id=canvas, changes=[one, one])) == "invalid_arguments"
    assert await code(edit(canvas_id=canvas, changes=[{"operation": "fold"}])) == "invalid_arguments"
    gone = {"operation": "delete", "section_id": "temp:C:NO"}
    assert await code(edit(canvas_id=canvas, changes=[gone])) == "canvas_editing_failed"
    assert await code(web.canvases_sections_lookup(canvas_id=canvas, criteria={})) == "invalid_arguments"
    access = web.canvases_access_set
    assert await code(access(canvas_id=canvas, access_level="read")) == "invalid_parameters"
    assert await code(access(canvas_id=canvas, access_level="read", user_ids=["U0NO"])) == "user_not_found"
    assert (await access(canvas_id=canvas, access_level="read", user_ids=[twin.person("ana").id]))["ok"]


def test_sections_are_cut_at_blank_lines_and_headings() -> None:
    assert parts("# a\ntext\nmore\n\n- x\n- y\n# b") == ["# a", "text\nmore", "- x\n- y", "# b"]
    assert parts("") == []
