"""Every input a modal can have, filled in by hand, and every block a message can show."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.harbor import harbor, picture, upload
from tests.browser.window import PHONE
from tests.twin import forms

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Json = dict[str, Any]
SURE = {
    "title": forms.plain("Sure?"),
    "text": forms.plain("It cannot be undone."),
    "confirm": forms.plain("Do it"),
    "deny": forms.plain("Stop"),
}
OPTIONS = [forms.option("alpha"), forms.option("beta")]


def ask(action_id: str, kind: str, **more: Any) -> Json:
    """An optional input of a kind, whose block has the same name."""
    return forms.ask(action_id, {"type": kind, "action_id": action_id, **more}, optional=True)


EVERYTHING = forms.modal(
    {"type": "alert", "level": "warning", "text": forms.plain("Mind the gap")},
    ask("rich", "rich_text_input"),
    ask("file", "file_input", filetypes=["png"], max_files=1),
    ask("moment", "datetimepicker"),
    ask("day", "datepicker"),
    ask("hour", "timepicker"),
    ask("boxes", "checkboxes", options=OPTIONS),
    ask("radios", "radio_buttons", options=OPTIONS),
    ask("number", "number_input", is_decimal_allowed=False),
    ask("mail", "email_text_input"),
    ask("address", "url_text_input"),
    ask("many", "multi_static_select", options=OPTIONS),
    ask("people", "multi_users_select"),
    ask("place", "conversations_select"),
    ask("channel", "channels_select"),
    ask("from_app", "multi_external_select", min_query_length=1),
)


async def test_every_input_says_what_was_put_in(chromium: Browser) -> None:
    async with harbor(chromium, "forms") as place:
        ana = await place.sits("ana")
        await place.opens("ana", EVERYTHING)
        page, modal = ana.page, ana.modal
        rich = modal.locator('[data-action-id="rich"]')
        await rich.click()
        await page.keyboard.type("Paid ")
        await page.keyboard.press("Control+b")
        await page.keyboard.type("twice")
        await page.keyboard.press("Control+b")
        await page.keyboard.type(" :tada: says @ben")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Control+Shift+8")
        await page.keyboard.type("one")
        await page.keyboard.press("Enter")
        await page.keyboard.type("two")
        wrong = upload("a.pdf", b"%PDF")
        await page.get_by_test_id("file-input").set_input_files([wrong])
        await expect(modal).to_contain_text("a.pdf is not one of: png.")
        right = upload("a.png", picture(9, 9, 1, 2, 3))
        await page.get_by_test_id("file-input").set_input_files([right])
        await expect(page.get_by_test_id("added-file")).to_contain_text("a.png")
        await modal.locator('input[data-action-id="moment"]').fill("2026-12-24T18:30")
        await modal.locator('input[data-action-id="day"]').fill("2026-12-24")
        await modal.locator('input[data-action-id="hour"]').fill("18:30")
        for option in ("alpha", "beta"):
            await modal.locator(f'input[type=checkbox][data-option-value="{option}"]').check()
        await modal.locator('input[type=radio][data-option-value="beta"]').check()
        await modal.locator('input[data-action-id="number"]').fill("1.5")
        await modal.locator('input[data-action-id="mail"]').fill("nobody")
        await modal.locator('input[data-action-id="address"]').fill("https://example.com/")
        await ana.choose("many", "beta")
        await page.keyboard.press("Escape")
        await ana.choose("people", place.person("ben").id)
        await page.keyboard.press("Escape")
        await ana.choose("place", place.twin.channel("#team-billing").id)
        await ana.choose("channel", place.twin.channel("#help").id)
        place.app.answer = {"options": [forms.option("offered")]}
        await modal.locator('[role=combobox][data-action-id="from_app"]').click()
        await page.get_by_test_id("select-search").fill("off")
        await page.locator('[role=option][data-option-value="offered"]').click()
        await page.keyboard.press("Escape")
        place.app.answer = None

        await ana.submit()
        await expect(page.get_by_test_id("input-error")).to_have_count(2)
        await ana.picture("1-errors")
        await modal.locator('input[data-action-id="number"]').fill("15")
        await modal.locator('input[data-action-id="mail"]').fill("ana@example.com")
        await ana.submit()

        await expect(modal).to_have_count(0)
        view = (await place.told("view_submission"))["view"]
        said = {key: entry[key] for key, entry in view["state"]["values"].items()}
        assert said["rich"]["rich_text_value"]["elements"] == [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Paid "},
                    {"type": "text", "text": "twice", "style": {"bold": True}},
                    {"type": "text", "text": " "},
                    {"type": "emoji", "name": "tada"},
                    {"type": "text", "text": " says "},
                    {"type": "user", "user_id": place.person("ben").id},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "indent": 0,
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": word}]}
                    for word in ("one", "two")
                ],
            },
        ]
        assert [file["name"] for file in said["file"]["files"]] == ["a.png"]
        assert said["moment"]["selected_date_time"] == 1798137000  # Lisbon is on UTC in winter
        assert (said["day"]["selected_date"], said["hour"]["selected_time"]) == ("2026-12-24", "18:30")
        assert [option["value"] for option in said["boxes"]["selected_options"]] == ["alpha", "beta"]
        assert said["radios"]["selected_option"]["value"] == "beta"
        assert (said["number"]["value"], said["mail"]["value"]) == ("15", "ana@example.com")
        assert [option["value"] for option in said["many"]["selected_options"]] == ["beta"]
        assert said["people"]["selected_users"] == [place.person("ben").id]
        assert said["place"]["selected_conversation"] == place.twin.channel("#team-billing").id
        assert said["channel"]["selected_channel"] == place.twin.channel("#help").id
        assert [option["value"] for option in said["from_app"]["selected_options"]] == ["offered"]


def chart(kind: str) -> Json:
    """A chart of two series over three days."""
    series = [
        {
            "name": name,
            "data": [{"label": day, "value": value} for day, value in zip("MTW", values, strict=True)],
        }
        for name, values in (("Billing", (12, 19, 7)), ("Platform", (5, -3, 13)))
    ]
    axes = {"categories": list("MTW"), "x_label": "Day", "y_label": "Requests"}
    body = {"type": kind, "series": series, "axis_config": axes}
    if kind == "pie":
        body = {"type": "pie", "segments": [{"label": "One", "value": 3}, {"label": "Two", "value": 1}]}
    return {"type": "data_visualization", "title": f"A {kind} chart", "chart": body}


def row(*cells: str | int) -> list[Json]:
    """A row of a table."""
    return [
        {"type": "raw_number", "value": one} if isinstance(one, int) else {"type": "raw_text", "text": one}
        for one in cells
    ]


async def test_every_block_is_drawn(chromium: Browser) -> None:
    async with harbor(chromium, "blocks") as place:
        here = place.twin.channel("#help").id
        lists = "1. one\n   - nested\n- [x] done"
        text = f"# Summary\n\nThe **cause**:\n\n{lists}\n\n| a | b |\n|---|--:|\n| x | 1 |\n\n```\ncode\n```"
        task = {"type": "task_card", "task_id": "1", "title": "Read", "status": "complete"}
        video = {
            "type": "video",
            "title": forms.plain("How it works"),
            "alt_text": "A desk",
            "thumbnail_url": "https://example.com/t.png",
            "video_url": "https://example.com/v",
        }
        card = {"type": "card", "title": forms.plain("A card"), "body": forms.plain("in words")}
        accounts = [row("Account", "Score"), *(row(f"Account {number}", 100 - number) for number in range(7))]
        inside = [forms.section("inside")]
        contents: list[list[Json]] = [
            [chart("bar"), chart("line")],
            [chart("area"), chart("pie")],
            [{"type": "data_table", "caption": "Accounts", "page_size": 3, "rows": accounts}],
            [{"type": "markdown", "text": text}],
            [{"type": "plan", "title": "Looking", "tasks": [task]}, video],
            [
                {"type": "carousel", "elements": [card, card]},
                {
                    "type": "container",
                    "title": forms.plain("Fold"),
                    "is_collapsible": True,
                    "child_blocks": inside,
                },
            ],
            [forms.section("Last", accessory=forms.button("delete", confirm=SURE, style="danger"))],
        ]
        for blocks in contents:
            await place.web.chat_postMessage(channel=here, text="see", blocks=blocks)
        for dark, size in ((False, (1280, 2400)), (True, PHONE)):
            ana = await place.sits("ana", dark=dark, size=size)
            page = ana.page
            await expect(page.get_by_test_id("chart")).to_have_count(4)
            await expect(page.locator(".unknown")).to_have_count(0)
            await expect(page.locator(".chart-bar rect[fill]")).to_have_count(6)
            await expect(page.locator(".markdown table td").last).to_have_text("1")
            assert await ana.overflow(ana.messages.last) == []
            await ana.picture(f"1-{size[0]}")
        table = page.get_by_test_id("data-table")
        await table.get_by_role("button", name="Score").click()
        await expect(table.locator("tbody td").first).to_have_text("Account 6")
        await table.get_by_label("Search this table").fill("account 2")
        await expect(table.locator("tbody tr")).to_have_count(1)
        await page.get_by_role("button", name="Collapse").click()
        await expect(page.get_by_text("inside", exact=True)).to_have_count(0)
        button = page.locator('[data-action-id="delete"]')
        await button.click()
        await page.get_by_test_id("confirm-deny").click()
        await button.click()
        await expect(page.get_by_test_id("confirm")).to_contain_text("It cannot be undone.")
        await page.get_by_test_id("confirm-ok").click()
        pressed = await place.told("block_actions")
        assert pressed["actions"][0]["action_id"] == "delete"
        sent = [
            one["payload"] for one in place.app.envelopes if one["payload"].get("type") == "block_actions"
        ]
        assert len(sent) == 1, "a refused question presses nothing"
