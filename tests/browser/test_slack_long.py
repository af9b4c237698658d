"""A channel of ten thousand messages: the page keeps a stretch of it and stays quick."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.harbor import harbor
from twin import messages

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MANY = 10_000
KEPT = 402

# What one reads at the upper edge, and how far from it that stands.
_READING = """() => {
    const box = document.querySelector("[data-testid=messages]");
    const edge = box.getBoundingClientRect().top;
    const one = [...box.querySelectorAll("[data-ts]")].find(m => m.getBoundingClientRect().bottom > edge + 40);
    return [one.dataset.ts, Math.round(one.getBoundingClientRect().top - edge)];
}"""
_PLACE_OF = """ts => {
    const box = document.querySelector("[data-testid=messages]");
    const one = box.querySelector(`[data-ts="${ts}"]`);
    return Math.round(one.getBoundingClientRect().top - box.getBoundingClientRect().top);
}"""
_SLOWEST_KEY = """async () => {
    const field = document.querySelector("[data-testid=composer]");
    const put = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
    const spans = [];
    for (let i = 1; i <= 30; i++) {
        const start = performance.now();
        put.call(field, "x".repeat(i));
        field.dispatchEvent(new Event("input", { bubbles: true }));
        spans.push(performance.now() - start);
        await new Promise(requestAnimationFrame);
    }
    return spans.sort((a, b) => a - b)[Math.floor(spans.length * 0.9)];
}"""


async def test_ten_thousand_messages_stay_quick_and_bounded(chromium: Browser) -> None:
    async with harbor(chromium, "long") as place:
        channel, ben = place.twin.channel("#help"), place.person("ben")
        for number in range(MANY):
            text = f"Message number {number} with *some* words"
            messages.post_as_person(place.twin.ws, channel, ben.id, text, announce=False)
        ana = await place.sits("ana")
        page, scroll = ana.page, ana.page.get_by_test_id("messages")
        await expect(ana.messages.last).to_contain_text(f"number {MANY - 1} ")

        # Further up, what one reads stays where it is when older messages come.
        oldest = await ana.messages.first.get_attribute("data-ts")
        await scroll.evaluate("box => box.scrollTop = 500")
        reading, at = await page.evaluate(_READING)
        await expect(ana.messages.first).not_to_have_attribute("data-ts", oldest or "")
        await page.wait_for_function(f"Math.abs(({_PLACE_OF})('{reading}') - ({at})) < 3")
        for _ in range(12):
            before = await ana.messages.first.get_attribute("data-ts")
            await scroll.evaluate("box => box.scrollTop = 0")
            await expect(ana.messages.first).not_to_have_attribute("data-ts", before or "")
        assert await ana.messages.count() <= KEPT
        assert await page.evaluate(_SLOWEST_KEY) < 50, "typing must not wait for the messages"
        await page.get_by_test_id("composer").fill("")

        # What is said meanwhile does not move somebody who reads further up.
        reading, at = await page.evaluate(_READING)
        for number in range(300):
            await ben.post("#help", f"flood {number}")
        await expect(page.locator('.sidebar [data-channel="help"]')).to_have_attribute("data-channel", "help")
        assert abs(await page.evaluate(_PLACE_OF, reading) - at) < 3
        await page.get_by_test_id("to-newest").click()
        await expect(ana.messages.last).to_contain_text("flood 299")
        assert await ana.messages.count() <= KEPT
        await ana.say("and I as well")
        await page.goto(f"{place.twin.url}/?as=ana&channel=help&message={channel.messages[4321]['ts']}")
        await expect(page.locator(".pointed-at")).to_be_in_viewport()
        await expect(page.locator(".pointed-at")).to_contain_text("number 4320 ")
        await page.get_by_test_id("composer").fill("sent from the past")
        await page.get_by_test_id("composer").press("Enter")
        await expect(ana.messages.last).to_contain_text("sent from the past")
