"""Search and replies over the demo company's articles: what is found, who may see it, and what is said."""

from __future__ import annotations

import pytest

from agents.local.replies import GOOD_ENOUGH, draft, units_of
from agents.local.retrieval import Index, stems
from agents.words import Article, Passage, Reply, Section
from tests.local_world import embedder, engine, facts

CUSTOMER, EMPLOYEE = "customer", "employee"


def test_of_two_near_equals_the_one_written_for_the_judged_kind_of_request_comes_first() -> None:
    question = "We need every shipment of the last year with its tracking events, the page stops early."
    unjudged = engine().search(question, CUSTOMER)

    exporting = engine().search(question, CUSTOMER, category="data-export")

    assert exporting[0].article == "export-your-data"
    assert exporting[0].score > {p.article: p.score for p in unjudged}["export-your-data"]


@pytest.mark.parametrize(
    ("question", "audience", "article"),
    [
        ("where do I download our invoices", CUSTOMER, "invoices-find-and-download"),
        ("put our purchase order number on the bills", CUSTOMER, "invoices-correct-details"),
        ("payment fails with 3DS_AUTH_REQUIRED", CUSTOMER, "failed-payments"),
        ("we get 429 too many requests", CUSTOMER, "api-rate-limits"),
        ("how do I void a label I printed by mistake", CUSTOMER, "void-a-label"),
        ("the owner of our account left the company", CUSTOMER, "transfer-account-ownership"),
        ("lost phone with the authenticator app", CUSTOMER, "two-factor-authentication"),
        ("webhook arrives twice", CUSTOMER, "webhooks"),
        ("what happens to our data after we cancel", CUSTOMER, "after-a-subscription-ends"),
        ("vpn keeps dropping", EMPLOYEE, "it-vpn-ferngate"),
        ("my laptop was stolen", EMPLOYEE, "it-lost-device-or-data"),
        ("guest wifi password", EMPLOYEE, "it-office-network"),
        ("carry over vacation days into next year", EMPLOYEE, "people-annual-leave"),
        ("lost receipt for a taxi", EMPLOYEE, "people-expense-claims"),
        ("can we accept net 60", EMPLOYEE, "sales-contract-terms"),
        ("who can approve a 15% discount", EMPLOYEE, "sales-quotes-and-discounts"),
    ],
)
def test_the_right_article_comes_first_and_is_good_enough(question: str, audience: str, article: str) -> None:
    best = engine().search(question, audience)[0]

    assert best.article == article
    assert best.score >= GOOD_ENOUGH


@pytest.mark.parametrize(
    ("question", "audience"),
    [
        ("what is the weather in Berlin tomorrow", CUSTOMER),
        ("do you ship live animals", CUSTOMER),
        ("can we sponsor your conference", CUSTOMER),
        ("please add dark mode", CUSTOMER),
        ("can I bring my dog to the office", EMPLOYEE),
        ("the coffee machine is leaking", EMPLOYEE),
        ("when is the summer party", EMPLOYEE),
        ("", EMPLOYEE),
    ],
)
def test_a_question_without_an_answer_gets_no_reply(question: str, audience: str) -> None:
    reply = engine().reply(facts(question), engine().search(question, audience))

    assert reply.text == ""
    assert not reply.grounded
    assert reply.citations == ()
    assert reply.because.startswith("No draft")


def test_a_customer_is_never_shown_what_is_for_employees() -> None:
    asked = "how many vacation days, guest wifi password, discount approval, SOC 2 report"
    audiences = dict(zip((p.article for p in searchable().passages), searchable().audiences, strict=True))

    for audience in (CUSTOMER, EMPLOYEE):
        found = engine().search(asked, audience, k=50)
        assert len(found) == 50
        assert {audiences[passage.article] for passage in found} <= {audience, "all"}


def test_an_unknown_audience_is_refused() -> None:
    with pytest.raises(ValueError, match="audience"):
        engine().search("invoices", "everyone")


def test_scores_fall_and_stay_between_0_and_1() -> None:
    scores = [passage.score for passage in engine().search("how do I export my data", CUSTOMER, k=20)]

    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in scores)


def test_an_article_does_not_crowd_out_the_others() -> None:
    found = [passage.article for passage in engine().search("invoice", CUSTOMER, k=5)]

    assert max(found.count(article) for article in found) <= 2


def test_no_articles_find_nothing() -> None:
    assert Index.build([], embedder()).search("anything", CUSTOMER) == []


def test_grammar_does_not_hide_a_word() -> None:
    assert stems("cancelling the invoices") == stems("canceled invoice")
    assert stems("The printers were printing") == stems("printer prints")


def test_every_sentence_of_a_reply_stands_in_a_cited_article() -> None:
    questions = ["how do I void a label", "which API limit has the Business plan",
                 "is there a way to ship to many recipients",
                 "account locked after too many attempts", "what happens to our data if we cancel"]  # fmt: skip
    for question in questions:
        passages = engine().search(question, CUSTOMER)
        reply = engine().reply(facts(question), passages)

        assert reply.grounded, question
        cited = {citation.article for citation in reply.citations}
        sources = "\n".join(passage.text for passage in passages if passage.article in cited)
        for unit in units_of(reply.text):
            assert unit.text in sources
        assert all(citation.quote in sources for citation in reply.citations)
        assert 1 <= len(units_of(reply.text)) <= 8


def passage(text: str, score: float = 0.9, article: str = "a") -> Passage:
    return Passage(article, f"Title {article}", f"https://help.example.com/{article}", "Heading", text, score)


def written(question: str, *passages: Passage) -> Reply:
    return draft(facts(question), passages, embedder())


def test_steps_come_all_together_in_their_order() -> None:
    steps = "\n".join(f"{number}. Do the thing number {number} with the printer." for number in range(1, 9))

    reply = written(
        "how do I set up the printer", passage(f"The printer is set up like this:\n{steps}\nDone.")
    )

    assert reply.text == f"The printer is set up like this:\n{steps}"


def test_of_a_long_section_the_closest_sentences_are_taken() -> None:
    filler = " ".join(f"The office number {number} was opened long ago." for number in range(8))

    reply = written(
        "when is salary paid", passage(f"{filler} Salary is paid on the 25th of each month. It is public.")
    )

    assert "Salary is paid on the 25th" in reply.text
    assert len(units_of(reply.text)) <= 6


def test_links_are_left_to_people() -> None:
    reply = written(
        "where is the form", passage("The form is at https://forms.example.com today. Print it on paper.")
    )

    assert reply.text == "Print it on paper."
    assert written("where is the form", passage("See https://forms.example.com/x.")).text == ""


def test_a_poor_passage_is_named_but_not_quoted() -> None:
    reply = written("anything", passage("Something else entirely.", score=GOOD_ENOUGH - 0.01))

    assert reply.text == ""
    assert "Title a" in reply.because


def test_another_article_joins_only_as_an_equal() -> None:
    first = passage("Invoices are due after 14 days. Enterprise has 30 days.", 0.9)

    assert len(written("when due", first, passage("Due dates are printed on top.", 0.6, "b")).citations) == 1
    assert len(written("when due", first, passage("Due dates are printed on top.", 0.89, "b")).citations) == 2


def test_new_articles_make_a_new_engine() -> None:
    article = Article(
        "parrots", "Parrots", "https://help.example.com/parrots", "2026-11-01", "all",
        (Section("Feeding", "Feed the lobby parrot two nuts at noon. It swears when it is hungry."),),
    )  # fmt: skip

    other = engine().with_articles([article])

    assert other.search("what does the parrot in the lobby eat", CUSTOMER)[0].article == "parrots"
    assert "parrots" not in {found.article for found in engine().search("lobby parrot", EMPLOYEE, k=50)}


def searchable() -> Index:
    found = engine().index
    assert found is not None
    return found
