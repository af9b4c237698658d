"""The linear models, against facts that hold for any correct one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.local.features import lexical, lexical_rows
from agents.local.heads import FewRows, Learner, NearRows
from agents.local.linear import fit_scale, fit_softmax, fit_temperature, sigmoid, softmax
from tests.local_world import embedder

RANDOM = np.random.default_rng(7)


def test_logistic_regression_finds_the_point_where_its_slope_vanishes() -> None:
    rows = RANDOM.normal(size=(200, 12))
    labels = RANDOM.integers(0, 4, 200)
    weights = RANDOM.uniform(0.5, 2.0, 200)

    coefficients, intercepts = fit_softmax(rows, labels, 4, weights, strength=3.0)

    error = (softmax(rows @ coefficients + intercepts) - np.eye(4)[labels]) * weights[:, None]
    assert np.abs(rows.T @ error + coefficients / 3.0).max() < 0.02
    assert np.abs(error.sum(axis=0)).max() < 0.02


def test_a_calibrator_recovers_the_odds_it_was_drawn_from() -> None:
    scores = RANDOM.normal(size=(20_000, 2))
    truth = RANDOM.random(20_000) < sigmoid(2.0 * scores[:, 0] + 0.5 * scores[:, 1] - 1.0)

    scale = fit_scale(scores, truth, np.ones(20_000))

    assert scale.slopes == pytest.approx((2.0, 0.5), abs=0.1)
    assert scale.intercept == pytest.approx(-1.0, abs=0.1)


def test_a_calibrator_never_holds_evidence_against_itself() -> None:
    scores = RANDOM.normal(size=(500, 2))
    truth = RANDOM.random(500) < sigmoid(2.0 * scores[:, 0] - 1.0 * scores[:, 1])

    assert fit_scale(scores, truth, np.ones(500)).slopes[1] == 0.0


def test_temperature_makes_overconfident_scores_honest() -> None:
    honest = RANDOM.normal(size=(5000, 3)) * 2
    labels = np.array([RANDOM.choice(3, p=row) for row in softmax(honest)])

    assert fit_temperature(honest * 4.0, labels) == pytest.approx(4.0, rel=0.12)


@pytest.mark.parametrize("kind", [FewRows, NearRows])
def test_a_head_scores_a_new_message_as_its_learner_would(kind: Callable[..., Learner]) -> None:
    texts = [
        "invoice is wrong",
        "wrong invoice again",
        "vpn is slow",
        "slow vpn today",
        "new laptop",
        "a laptop please",
    ]
    labels = np.array([0, 0, 1, 1, 2, 2])
    vectors = embedder().embed(texts)
    prepared = kind(vectors, lexical_rows(texts))
    fitted = prepared.fit(np.arange(6), labels, np.ones(6), 3)
    head = prepared.head(fitted)

    scores = np.array(
        [head.scores(vector, *lexical(text)) for vector, text in zip(vectors, texts, strict=True)]
    )

    assert scores == pytest.approx(prepared.scores(fitted, np.arange(6)), abs=1e-3)
    assert scores.argmax(axis=1).tolist() == labels.tolist()


def test_lexical_features_have_unit_length_and_ascending_buckets() -> None:
    for text in ("Invoice FH-2026-104361 is wrong, wrong, wrong", "é", "日本語のテキスト"):
        buckets, values = lexical(text)
        assert np.linalg.norm(values) == pytest.approx(1.0)
        assert (np.diff(buckets) > 0).all()
    assert len(lexical("...")[0]) == 0
