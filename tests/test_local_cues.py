"""The rules that read a message: amounts, language, tone, urgency, one line of summary."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.local.cues.ids import dates, mentioned
from agents.local.cues.language import language_of
from agents.local.cues.mentions import emails, invoices, largest_amount, money, orders
from agents.local.cues.priority import people_affected, urgency_of
from agents.local.cues.requests import wordless
from agents.local.cues.sentiment import sentiment_of
from agents.local.cues.summary import LONGEST, summary_of
from agents.local.cues.text import plain, sentences
from agents.local.engine import is_thanks
from agents.words import Priority, Sentiment

P1, P2, P3, P4 = Priority.P1, Priority.P2, Priority.P3, Priority.P4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("refund $1,450.50 please", [("1450.50", "USD")]),
        ("1.450,50 EUR statt 1.200 EUR", [("1450.50", "EUR"), ("1200", "EUR")]),
        ("about 86 dollars", [("86", "USD")]),
        ("12k USD a year", [("12000", "USD")]),
        ("USD 500 or 20€ or £7.5", [("500", "USD"), ("20", "EUR"), ("7.5", "GBP")]),
        ("1'200 CHF", [("1200", "CHF")]),
        ("a deal of 2 million euros", [("2000000", "EUR")]),
        ("28 seats, 40 people, net 30, version 2.0", []),
        ("invoice 103921 from 03.11.2026", []),
        ("desk 4-03 eurostar 12", []),
    ],
)
def test_money_needs_a_currency_and_any_way_of_writing_it(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.amount, each.currency) for each in money(text)] == [
        (Decimal(amount), currency) for amount, currency in expected
    ]


def test_what_a_message_names_is_one_line_of_a_card() -> None:
    text = "FH-2026-104361 of 3 Nov has a line of $36, see 2026-11-04 or ask a.b@shop.example.com. FH-2026-104361!"

    assert mentioned(text) == ("FH-2026-104361", "36 USD", "a.b@shop.example.com", "3 Nov", "2026-11-04")
    assert mentioned("Where can I find the invoice of October?") == ()
    assert dates("on the 1st of May 2026, 03.11.2026 and November 5th, in May 12 people") == (
        "1st of May 2026",
        "03.11.2026",
        "November 5th",
        "May 12",
    )
    assert len(mentioned(" ".join(f"FH-2026-1043{n:02}" for n in range(20)))) == 8


def test_the_largest_amount_is_what_a_limit_is_compared_with() -> None:
    assert largest_amount("you took $29.00 and then $2,900.00") == 2900.0
    assert largest_amount("please refund it") == 0.0


def test_numbers_and_addresses_are_found_by_pattern() -> None:
    text = "Invoice FH-2026-103877 and invoice no. 103921, shipment SH-771204, PO-55812, mail ana.b+x@shop.example.com"

    assert invoices(text) == ("FH-2026-103877", "103921")
    assert orders(text) == ("SH-771204", "PO-55812")
    assert emails(text) == ("ana.b+x@shop.example.com",)
    assert invoices("our invoices of 2 customers") == ()
    assert orders("in order to ship 40 parcels") == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where can I download the invoice of last month?", "en"),
        ("Wo finde ich die Rechnung vom letzten Monat?", "de"),
        ("No puedo entrar en mi cuenta, dice que está bloqueada", "es"),
        ("Nous n'avons pas reçu la facture de mars", "fr"),
        ("Non riesco ad accedere, la fattura di marzo è sbagliata", "it"),
        ("Waar kan ik de factuur van vorige maand vinden?", "nl"),
        ("Não consigo aceder à minha conta, o que posso fazer?", "pt"),
        ("請求書はどこにありますか", "ja"),
        ("Где найти счёт за март?", "ru"),
        ("ok", "und"),
        ("FH-2026-103877", "und"),
        ("", "und"),
    ],
)
def test_language_is_guessed_or_left_open(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("This is unacceptable, third time this month!!", Sentiment.ANGRY),
        ("NOBODY CAN PRINT HERE and you do nothing", Sentiment.ANGRY),
        ("We are worried that our key was leaked", Sentiment.WORRIED),
        ("Need this asap please", Sentiment.WORRIED),
        ("Love the new packing screen, great work", Sentiment.PLEASED),
        ("Where is the invoice? Thanks in advance", Sentiment.NEUTRAL),
    ],
)
def test_sentiment(text: str, sentiment: Sentiment) -> None:
    assert sentiment_of(text) is sentiment


@pytest.mark.parametrize(
    ("text", "default", "expected", "tier"),
    [
        # What stands still, and for how many.
        ("The API is down for all our stores", P3, P1, None),
        ("Nobody can log in, the whole company is locked out", P3, P1, None),
        ("The API is down for one of our shops", P3, P3, None),
        ("502 errors, 60 packers are standing around", P2, P1, None),
        ("all 40 of us are locked out", P3, P1, None),
        ("I am locked out, we are 40 people here", P3, P1, None),
        ("Nobody in the office can connect to the VPN", P3, P1, None),
        ("none of the 25 people here can print", P3, P1, None),
        ("The VPN is down for thirty colleagues", P3, P1, None),
        ("the team of 25 can't work", P3, P1, None),
        ("The portal is not working for anybody", P3, P1, None),
        ("both of us cannot log in", P3, P3, None),
        ("I invited 30 colleagues, how do I change their role?", P3, P3, None),
        # Shouting alone never makes a P1.
        ("URGENT!!! I need the invoice ASAP", P3, P2, None),
        ("urgent: wrong logo on the tracking page", P2, P2, None),
        # A deadline.
        ("Can you reset the demo account before 3pm", P3, P2, None),
        ("we need this before close of business", P3, P2, None),
        ("I need it this year", P3, P3, None),
        # Danger to data.
        ("Somebody pushed our API key to a public repository", P3, P2, None),
        ("What happens if my laptop is stolen?", P4, P4, None),
        # Who asks is one reason among others.
        ("This is unacceptable, the export is still wrong", P3, P2, "enterprise"),
        ("This is unacceptable, the export is still wrong", P3, P3, "starter"),
        # Calm words lower by one, but never an outage.
        ("No rush, but could we get dark mode some day", P3, P4, None),
        ("not urgent, nobody can print in any of our warehouses", P1, P1, None),
        ("It was down for everybody last week, can we get a credit for it?", P2, P2, None),
        ("Where do I set the default parcel size?", P4, P4, None),
    ],
)
def test_priority_starts_from_policy_and_moves_for_a_reason(
    text: str, default: Priority, expected: Priority, tier: str | None
) -> None:
    urgency = urgency_of(text, default, sentiment_of(text), tier)

    assert urgency.priority is expected
    assert urgency.because.endswith(".")


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("Which volcano erupts next?", P1, P2),
        ("URGENT, critical, now: which volcano erupts next?", P1, P2),
        # What the words themselves tell stays what it is.
        ("Nobody in the office can connect to the VPN", P1, P1),
        ("Somebody pushed our API key to a public repository", P1, P1),
        ("Which volcano erupts next?", P3, P3),
    ],
)
def test_what_reads_like_nothing_known_has_no_p1_of_its_kind(
    text: str, default: Priority, expected: Priority
) -> None:
    assert urgency_of(text, default, Sentiment.NEUTRAL, None, is_strange=True).priority is expected


def test_people_are_counted() -> None:
    assert people_affected("40 people and 3 users, about two dozen packers") == 40
    assert people_affected("dozens of orders") == 24
    assert people_affected("all 40 of us") == 40
    assert people_affected("forty packers") == 40
    assert people_affected("a shift of 12") == 12
    assert people_affected("room 40") == 0


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Hi team, where can I find the October invoice? We need it.", "Where can I find the October invoice?"),
        ("Hello <@U1>,\n\nhope you are well. Our VAT ID is missing on the last bill.\nThanks\nAna",
         "Our VAT ID is missing on the last bill."),
        ("Good morning! :wave: The *dock* does not charge my laptop", "The dock does not charge my laptop"),
        ("see <https://x.example.com/a|this page> which is blank", "See this page which is blank"),
        ("thanks", "Thanks"),
        (":tada:", "(no text)"),
    ],
)  # fmt: skip
def test_the_summary_is_the_first_sentence_that_says_something(text: str, summary: str) -> None:
    assert summary_of(text) == summary


def test_a_long_summary_is_cut_at_a_word() -> None:
    summary = summary_of("We noticed that " + "every single order with a gift card " * 10)

    assert len(summary) <= LONGEST
    assert summary.endswith("…")
    assert summary[:-1].split()[-1] in {"every", "single", "order", "with", "a", "gift", "card"}


@given(st.text(max_size=400))
def test_no_text_breaks_a_cue(text: str) -> None:
    said = plain(text)

    assert len(summary_of(text)) <= LONGEST
    assert "\n" not in summary_of(text)
    assert largest_amount(said) >= 0.0
    assert len(language_of(said)) in (2, 3)
    assert urgency_of(said, P3, sentiment_of(said), None).priority in Priority
    assert isinstance(is_thanks(text), bool)


def test_markup_is_taken_out_and_its_words_stay() -> None:
    text = (
        "<@U123> see <https://a.example.com|the page>, `code` &amp; *bold* :tada:\n> quoted\nhidden\u200bword"
    )

    assert plain(text) == "see the page , code & bold\nquoted\nhiddenword"


def test_sentences_end_at_stops_but_not_inside_numbers() -> None:
    assert sentences("Version 2.4 fails. It worked before! Why?\nSee e.g. this one.") == [
        "Version 2.4 fails.", "It worked before!", "Why?", "See e.g. this one.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "is_wordless"),
    [(":+1: :tada:", True), ("+1", True), ("<https://a.example.com>", True), ("👍🏽", True), ("", True),
     ("ok", False), ("help", False), ("103921", False)],
)  # fmt: skip
def test_a_message_without_words_is_no_request(text: str, is_wordless: bool) -> None:
    assert (wordless(text) is not None) is is_wordless


@pytest.mark.parametrize(
    "text",
    ["Thanks!", "thank you so much, that solved it", "ok", "Perfect, works now", ":+1:", "great, cheers", "alright",
     "never mind, found it", "Danke, passt", "Awesome!", "works again, no more errors. thanks"],
)  # fmt: skip
def test_thanks_need_no_answer(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    ["Thanks, but it still fails", "thanks! one more question: where is the form", "It is still not there",
     "ok and how?",
     "that did not help", "The error came back", "no", "I have sent the form to Mei", 
     "thanks, could you also send May"],
)  # fmt: skip
def test_a_doubt_or_a_question_is_more_than_thanks(text: str) -> None:
    assert not is_thanks(text)
