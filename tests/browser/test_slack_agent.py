"""Talking with an app that is an agent: prompts, what it is doing, an answer as it is written, stop, and history."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.harbor import agent_seed, harbor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_conversation_with_an_agent(chromium: Browser, tmp_path: Path) -> None:
    async with harbor(chromium, "agent", agent_seed(tmp_path)) as place:
        dm, web = place.twin.dm("ana"), place.web
        ana = await place.sits("ana", dm.id)
        page = ana.page
        assert (await place.told("app_home_opened"))["tab"] == "messages"
        prompts = [{"title": "What is overdue?", "message": "Show me what is overdue"}]
        await web.assistant_threads_setSuggestedPrompts(
            channel_id=dm.id, thread_ts="", title="How can I help?", prompts=prompts
        )
        await page.get_by_test_id("prompt").click()

        asked = await place.told("message")
        assert asked["text"] == "Show me what is overdue"
        thread = asked["ts"]
        session = {"channel_id": dm.id, "thread_ts": thread}
        await web.api_call(
            "agents.sessions.setStatus", json={**session, "status": "processing", "title": "Overdue"}
        )
        words = ["Reading the queues…"]
        await web.assistant_threads_setStatus(**session, status="is thinking…", loading_messages=words)
        await expect(page.get_by_test_id("agent-title")).to_have_text("Overdue")
        await expect(page.get_by_test_id("agent-status")).to_contain_text("Reading the queues…")

        chunks = [
            {"type": "plan_update", "title": "Looking"},
            {"type": "task_update", "id": "1", "title": "Read the queues", "status": "in_progress"},
            {"type": "markdown_text", "text": "There are **two**"},
        ]
        stream = await web.api_call(
            "chat.startStream",
            json={"channel": dm.id, "thread_ts": thread, "chunks": chunks, "task_display_mode": "plan"},
        )
        answer = ana.messages.last
        await expect(answer.locator("strong").filter(has_text="two")).to_be_visible()
        await expect(answer.get_by_test_id("task")).to_have_attribute("data-status", "in_progress")
        await expect(answer.locator(".stream-mark")).to_be_visible()
        await ana.picture("1-streaming")
        more = [
            {"type": "task_update", "id": "1", "title": "Read the queues", "status": "complete"},
            {"type": "markdown_text", "text": " overdue requests."},
        ]
        await web.api_call("chat.appendStream", json={"channel": dm.id, "ts": stream["ts"], "chunks": more})
        await expect(answer).to_contain_text("There are two overdue requests.")
        await expect(answer.get_by_test_id("task")).to_have_attribute("data-status", "complete")

        await page.get_by_test_id("agent-stop").click()

        assert (await place.told("agent_session_stopped"))["streaming_message_ts"] == [stream["ts"]]
        await expect(answer.locator(".stream-mark")).to_have_count(0)
        await page.get_by_test_id("agent-new").click()
        await expect(page.get_by_test_id("prompt")).to_be_visible()
        await page.get_by_test_id("tab-history").click()
        await page.get_by_text("Overdue", exact=True).click()
        await expect(ana.messages.last).to_contain_text("overdue requests")

        await page.locator('.sidebar [data-channel="help"]').click()
        await page.get_by_test_id("ask-agent").click()
        await expect(page.get_by_test_id("agent-side").get_by_test_id("prompt")).to_be_visible()
        await page.locator('.sidebar [data-channel="general"]').click()
        assert (await place.told("app_context_changed"))["user"] == place.person("ana").id
        await ana.picture("2-beside")
