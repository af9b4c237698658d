"""How a draft is read: what has no source is marked, and what leads somewhere is dropped."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.claude_drafts import (
    Cited,
    Span,
    Unfit,
    leads_somewhere,
    read,
    search_results,
    sentences,
    without_links,
)
from agents.claude_facts import plain
from agents.words import Passage

VPN = Passage(
    "vpn", "VPN", "https://kb.example/vpn", "Reset", "Open the app. Choose Reset. Wait 5 minutes.", 0.9
)
PAY = Passage("pay/day", "Pay day", "https://kb.example/pay", "", "Salaries are paid on the 25th.", 0.8)
PASSAGES = (VPN, PAY)
RESET = Cited(0, "kb://0/vpn", 0, 2)
WAIT = Cited(0, "kb://0/vpn", 2, 3)
PAID = Cited(1, "kb://1/pay-day", 0, 1)


def test_every_sentence_with_a_source_is_grounded() -> None:
    draft = read(
        [Span("Open the app and choose Reset. ", (RESET,)), Span("Wait 5 minutes.", (WAIT,))], PASSAGES
    )

    assert (draft.text, draft.grounded) == ("Open the app and choose Reset. Wait 5 minutes.", True)
    assert [c.quote for c in draft.citations] == ["Open the app. Choose Reset.", "Wait 5 minutes."]


@pytest.mark.parametrize(
    "spans",
    [
        [Span("To do that, "), Span("open the app.", (RESET,))],
        [
            Span("The steps are:\n1. "),
            Span("Open the app.", (RESET,)),
            Span("\n2. "),
            Span("Choose Reset.", (RESET,)),
        ],
        [Span("- "), Span("Open the app.", (RESET,)), Span("\n\n")],
    ],
)
def test_what_only_joins_sourced_sentences_needs_no_source(spans: list[Span]) -> None:
    assert read(spans, PASSAGES).grounded


@pytest.mark.parametrize(
    ("spans", "because"),
    [
        (
            [Span("Open the app.", (RESET,)), Span(" It always works.")],
            "No source is named for: “It always works.”",
        ),
        ([Span("Your account was closed today.")], "No source is named for"),
        ([Span("Do not "), Span("open the app.", (RESET,))], "No source is named for"),
        ([Span("Open the app.", (RESET,)), Span(" In 2 days")], "No source is named for"),
        ([Span("After 3 hours, "), Span("open the app.", (RESET,))], "No source is named for"),
        ([Span("パスワードは不要です。"), Span("Open the app.", (RESET,))], "No source is named for"),
        ([Span("Wait 15 minutes.", (WAIT,))], "The number 15 is not in the source"),
        ([Span("Open the app.", (Cited(7, "kb://7/x", 0, 1),))], "No source was named."),
        ([Span("Open the app.", (Cited(0, "kb://1/pay-day", 0, 1),))], "No source was named."),
        ([Span("Open the app.", (Cited(0, "kb://0/vpn", 3, 9),))], "No source was named."),
        ([Span("Open the app.", (Cited(-1, "kb://1/pay-day", 0, 1),))], "No source was named."),
    ],
)
def test_a_statement_without_its_source_is_not_grounded(spans: list[Span], because: str) -> None:
    draft = read(spans, PASSAGES)

    assert not draft.grounded
    assert because in draft.because


def test_a_part_that_is_not_covered_is_said_on_the_card_and_not_in_the_reply() -> None:
    draft = read(
        [Span("Salaries are paid on the 25th.", (PAID,)), Span("\nNOT COVERED: bonus dates.")], PASSAGES
    )

    assert draft.text == "Salaries are paid on the 25th."
    assert not draft.grounded
    assert draft.because == "Answered from “Pay day”. The articles do not cover: bonus dates."


@pytest.mark.parametrize("text", ["NO ANSWER", "no answer.", "", "\n\n", "NOT COVERED: all of it"])
def test_no_answer_is_an_empty_reply(text: str) -> None:
    draft = read([Span(text)], PASSAGES)

    assert (draft.text, draft.citations, draft.grounded) == ("", (), False)
    assert draft.because == "The knowledge base does not answer this."


def test_markdown_marks_are_taken_off() -> None:
    draft = read([Span("## Reset\n**Open** the `app`.  \n\n\n\nDone", (RESET,))], PASSAGES)

    assert draft.text == "Reset\nOpen the app.\n\nDone"


LEADS = [
    "https://evil.example/x",
    "HTTP://EVIL",
    "see evil.com for more",
    "see .evil.com",
    "x..evil.com",
    "evil.com/report.csv",
    "report.csv/evil.com",
    "evil\uff0ecom",
    "evil\u3002com",
    "ev\u200bil.com",
    "evil.**com**",
    "`evil`.com",
    "пример.рф",
    "www.evil",
    "mailto:a@b",
    "javascript:alert(1)",
    "[here](evil)",
    "![pic](x)",
    "write to help@evil.example",
    "<!channel>",
    "<!subteam^S1>",
    "&lt;!here&gt;",
    "<@U0ANNA>",
    "<#C0GENERAL>",
    "@here",
    "@anna please",
    "\uff20channel",
    "ask in #general",
    "slack://open",
]


@pytest.mark.parametrize("text", LEADS)
def test_a_draft_that_leads_somewhere_is_dropped(text: str) -> None:
    with pytest.raises(Unfit, match="a link, an address or a mention"):
        read([Span(f"Open the app. {text}", (RESET,))], PASSAGES)


@pytest.mark.parametrize(
    "text",
    [
        "Open report.csv, e.g. in Settings > Billing.",
        "It costs 1.200,50 EUR a month (incl. VAT).",
        "Choose #1 or ticket #123.",
        "Press <Enter> if 3 < 4 & 5 > 4.",
        "Wait ... then go on.",
        "Version 2.12.0 of settings.json: see there",
        "Ratio 3:1, at 10:30 a.m.",
    ],
)
def test_ordinary_text_leads_nowhere(text: str) -> None:
    assert not leads_somewhere(text)
    assert without_links(text) == text


@given(
    st.lists(
        st.sampled_from([*LEADS, "a", ".", "com", "*", "**", "`", "@", "#", "<", "!", "\u200b", "://", " "])
    )
)
@example(["evil", ".", "**", "com"])
def test_nothing_that_is_shown_leads_anywhere(pieces: list[str]) -> None:
    try:
        draft = read([Span(piece, (RESET,)) for piece in pieces], PASSAGES)
    except Unfit:
        return
    assert not leads_somewhere(draft.text)
    assert not leads_somewhere(draft.because.replace("“", "").replace("”", ""))


def test_passages_are_sent_without_links_and_can_be_cited_by_sentence() -> None:
    passage = Passage(
        "a/b", "A", "https://kb.example", "", "Go to https://x.example.\n1. Ask @ops.\n- \n2. Done?", 1.0
    )

    (result,) = search_results([passage])

    assert result["source"] == "kb://0/a-b"
    assert result["content"] == [
        {"type": "text", "text": "Go to [link]"},
        {"type": "text", "text": "Ask [name]"},
        {"type": "text", "text": "Done?"},
    ]


@given(st.text())
def test_a_passage_loses_nothing_but_marks_and_space(text: str) -> None:
    kept = "".join("".join(sentences(text)).split())

    assert all(part.strip() for part in sentences(text))
    assert [c for c in kept if c.isalpha()] == [c for c in plain(text) if c.isalpha()]
