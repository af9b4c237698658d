"""Other languages: the encoder against numbers of its own package, and requests that reach the right team."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.local import abroad
from agents.local.abroad import Abroad
from agents.local.embedding import ModelMissing
from agents.local.pieces_of_words import UNKNOWN, Vocabulary
from agents.words import Example
from tests.local_world import engine, facts, models, policy

# The first eight dimensions as the package itself computes them, with code that shares none with ours.
REFERENCE = {
    "Where do I find the invoice for October?": (
        (-0.04091, 0.00199, -0.01031, 0.03182, -0.09168, 0.03933, -0.08342, -0.0386)
    ),
    "Wo finde ich die Rechnung für Oktober?": (
        (-0.00149, 0.0356, 0.00023, 0.04298, -0.08309, 0.02337, -0.06666, -0.02679)
    ),
    "¿Dónde encuentro la factura de octubre?": (
        (-0.04547, -0.00634, 0.03043, 0.01688, -0.08544, 0.04109, -0.05776, -0.01425)
    ),
    "Danke, das hat geholfen!": ((-0.06414, -0.01852, -0.02091, 0.05453, -0.10984, -0.039, 0.01349, 0.01222)),
}


@pytest.fixture(scope="module")
def encoder() -> Abroad:
    return Abroad.load(models())


def test_vectors_equal_the_reference(encoder: Abroad) -> None:
    found = encoder.embed(list(REFERENCE))

    assert np.abs(found[:, :8] - np.array(list(REFERENCE.values()))).max() < 2e-5


def test_what_means_the_same_is_close_in_every_language(encoder: Abroad) -> None:
    english, german, spanish, thanks = encoder.embed(list(REFERENCE))

    assert min(english @ german, english @ spanish) > 0.8 > english @ thanks + 0.2


def test_any_text_has_a_vector_of_unit_length(encoder: Abroad) -> None:
    found = encoder.embed(["", "x", "\ud83d half an emoji", "Wort " * 3000, "\u0e2a\u0e27\u0e31\u0e2a"])

    assert found.shape == (5, 512)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert encoder.embed([]).shape == (0, 512)


def test_without_the_encoder_it_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"agents\.local\.graph"):
        Abroad.load(tmp_path)


def test_making_the_encoder_again_changes_nothing() -> None:
    assert abroad.make(models()) is False


WORDS = Vocabulary.of(["<unk>", "▁", "▁fa", "ktur", "a", "▁a", "▁fakt"], [0, -3, -4, -4, -3, -3.5, -9])


def test_the_likeliest_row_of_pieces_is_taken() -> None:
    assert WORDS.ids("faktur a") == [2, 3, 5]
    assert WORDS.ids("  a\n a ") == [5, 5]
    assert WORDS.ids("a?") == [5, UNKNOWN]
    assert WORDS.ids("") == [UNKNOWN]


@given(st.text(max_size=60))
def test_any_text_is_cut_into_known_pieces(text: str) -> None:
    assert all(0 <= each < 7 for each in WORDS.ids(text))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        (
            "Guten Tag, wo finde ich die Rechnung vom September? Ich brauche sie für die Buchhaltung.",
            "billing-invoice",
        ),
        ("Bonjour, je ne peux plus me connecter, mon mot de passe ne marche pas", "account-access"),
        ("Buongiorno, come posso aggiungere un secondo magazzino?", "how-to"),
    ],
)
def test_a_request_in_another_language_is_of_the_kind_its_english_examples_are(
    text: str, category: str
) -> None:
    judged = engine().opinion(facts(text), policy().categories_of("customer-support"))

    assert judged.is_request
    assert judged.category == category


@pytest.mark.parametrize(
    "text", ["How do I connect our shop?", "Report stolen parcel", "Withdrawal pending meaning?"]
)
def test_english_is_judged_as_without_the_encoder(text: str) -> None:
    """Also where it is too short to be told for English."""
    alone = engine().judge
    assert alone is not None
    names = [each.name for each in policy().categories_of("customer-support")]

    judged = engine().opinion(facts(text), policy().categories_of("customer-support"))

    assert judged.confidence == alone.judge(text, names).confidence


def test_what_is_taught_in_english_counts_in_other_languages() -> None:
    """After the next fit, not at once: a lesson counts at once by MiniLM's likeness, which is English."""
    asked = engine()
    german = facts("Unser Logo auf der Paketverfolgung ist unscharf, bitte tauschen")
    categories = policy().categories_of("customer-support")
    lessons = [
        Example(text, "feature-request")
        for text in (
            "Our logo on the tracking page is blurred, please swap it",
            "the logo of our shop looks blurry in tracking, can you replace it",
            "Please exchange the blurred company logo on the tracking page",
        )
    ]
    every = [policy().category(name) for name in policy().categories]

    before = asked.opinion(german, categories)
    after = asked.fitted(every, lessons, policy().triage.chatter_examples).opinion(german, categories)

    assert (before.category, after.category) != ("feature-request", before.category)
    assert after.category == "feature-request"
