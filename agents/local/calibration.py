"""Makes the classifier's numbers honest: what share is right, and what does not belong anywhere.

What a person sees of it is fewer confident mistakes. Scores are read off messages that were held back from
learning. Because real channels carry messages of no known category, some are put on purpose among those held
back: the examples of categories that were left out of learning, and the team's own chatter. Thresholds chosen
without them break on real traffic. No threshold is chosen here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.local.features import Floats
from agents.local.heads import MANY, Learner
from agents.local.linear import Labels, Matrix, Scale, energy, fit_scale, fit_temperature, logit, softmax

FOLDS = 5
# The share of messages without a known category that confidence is prepared for, until held and audited messages
# tell the true share. Those put among the held-back ones are harder than most that people post, so a tenth of them
# prepares for more: on a stream of known messages only, confidence comes out three to five points too low.
OUTSIDE = 0.10
# With fewer held-back messages than this, a fitted calibrator would only repeat their accidents.
ENOUGH = 30


@dataclass(frozen=True)
class Calibration:
    """How raw scores become probabilities."""

    temperature: float
    fits: Scale  # over energy and closeness
    rights: Scale  # over the log odds of the best category's share and of the fit

    def fit(self, scores: Matrix, closeness: float) -> float:
        """Return the probability that a message with these scores (categories,) belongs to any of them."""
        return float(self.fits.probability(np.array([energy(scores / self.temperature), closeness])))

    def confidence(self, scores: Matrix, fit: float) -> float:
        """Return the probability that the best of these scores (categories,) belongs to the right category."""
        grounds = grounds_of(scores[None] / self.temperature, np.array([fit]))
        return float(self.rights.probability(grounds)[0])


CAUTIOUS = Calibration(0.6, Scale((0.0, 8.0), -3.2), Scale((0.6, 0.4), -0.4))


@dataclass(frozen=True)
class HeldBack:
    """The fit of messages that were not learnt from: known ones, ones of left-out categories, and chatter."""

    known: Labels  # rows
    known_fit: Matrix
    left_out: Labels  # rows
    left_out_fit: Matrix
    talk_fit: Matrix


@dataclass(frozen=True)
class Cases:
    """Held-back messages as they would be judged somewhere: scores (cases, categories), minus infinity where
    a category is not allowed or was not learnt, and the cosine to the closest example that is."""

    rows: Labels
    scores: Matrix
    closeness: Matrix

    def __len__(self) -> int:
        return len(self.rows)

    def strength(self, temperature: float) -> Matrix:
        """Return energy and closeness side by side."""
        return np.column_stack([energy(self.scores / temperature), self.closeness])


def calibrate(
    prepared: Learner,
    vectors: Floats,
    labels: Labels,
    weights: Matrix,
    count: int,
    places: Sequence[Labels],
    talk_scores: Matrix,
    talk_vectors: Floats,
) -> tuple[Calibration, HeldBack]:
    """Fit the calibration by cross-validation.

    The first `count` rows are messages, the rest descriptions, which are learnt from but not judged. `places`
    lists the categories allowed in each place where messages are posted. `talk_scores` (chatter, categories)
    comes from the final model, which never saw the chatter.
    """
    known, left_out = _held_back(prepared, vectors, labels, weights, count)
    near = closest_by_category(talk_vectors, vectors[:count], labels[:count], talk_scores.shape[1])
    talk = Cases(np.arange(len(talk_scores)), talk_scores, near)
    own, foreign = _placed(known, labels, places)
    strangers = [
        part
        for part in (_placed(left_out, labels, places)[0], foreign, _everywhere(talk, places))
        if len(part)
    ]
    if len(own) < ENOUGH or sum(map(len, strangers)) < ENOUGH:
        unsure = _everywhere(talk, [np.arange(talk_scores.shape[1])])
        return CAUTIOUS, HeldBack(
            known.rows, np.full(len(known), 0.5), np.empty(0, np.intp), np.empty(0), _fits(CAUTIOUS, unsure)
        )

    temperature = fit_temperature(own.scores, labels[own.rows])
    strengths = [part.strength(temperature) for part in (own, *strangers)]
    inside = np.concatenate([np.ones(len(own), dtype=bool), np.zeros(sum(map(len, strangers)), dtype=bool)])
    evenly = [_shared(1.0, len(own)), *(_shared(1.0 / len(strangers), len(part)) for part in strangers)]
    fits = fit_scale(np.concatenate(strengths), inside, np.concatenate(evenly))

    right = np.concatenate([own.scores.argmax(axis=1) == labels[own.rows], inside[len(own) :]])
    scores = np.concatenate([part.scores for part in (own, *strangers)])
    grounds = grounds_of(scores / temperature, fits.probability(np.concatenate(strengths)))
    as_met = [
        _shared(1.0 - OUTSIDE, len(own)),
        *(_shared(OUTSIDE / len(strangers), len(part)) for part in strangers),
    ]
    calibration = Calibration(temperature, fits, fit_scale(grounds, right, np.concatenate(as_met)))

    anywhere = [np.arange(talk_scores.shape[1])]
    known_anywhere, left_anywhere = _placed(known, labels, anywhere)[0], _everywhere(left_out, anywhere)
    talk_anywhere = _everywhere(talk, anywhere)
    return calibration, HeldBack(
        known_anywhere.rows,
        _fits(calibration, known_anywhere),
        left_anywhere.rows,
        _fits(calibration, left_anywhere),
        _fits(calibration, talk_anywhere),
    )


def grounds_of(scores: Matrix, fit: Matrix) -> Matrix:
    """Return what confidence is read from: the log odds of the best category's share and of the fit.

    `scores` has shape (messages, categories). Where only one category is possible its share is always 1 and says
    nothing; whether it is right is then the same question as whether the message belongs at all.
    """
    share = softmax(scores).max(axis=1)
    is_alone = np.isfinite(scores).sum(axis=1) == 1
    return np.column_stack([logit(np.where(is_alone, fit, share)), logit(fit)])


def closest_by_category(vectors: Floats, known: Floats, labels: Labels, categories: int) -> Matrix:
    """Return the cosine of each vector to the closest known one of each category; -1 where there is none."""
    found = np.full((len(vectors), categories), -1.0)
    order = np.argsort(labels, kind="stable")
    if not len(order):
        return found
    present, begins = np.unique(labels[order], return_index=True)
    for begin in range(0, len(vectors), 512):
        likeness = vectors[begin : begin + 512] @ known[order].T
        found[begin : begin + 512, present] = np.maximum.reduceat(likeness, begins, axis=1)
    return found


def _held_back(
    prepared: Learner, vectors: Floats, labels: Labels, weights: Matrix, count: int
) -> tuple[Cases, Cases]:
    """Return messages judged by models that did not learn them, and by models that did not learn their
    category.

    Closeness has one column a category here.
    """
    random = np.random.default_rng(0)
    rows = np.arange(len(labels))
    categories = int(labels.max()) + 1
    few = len(labels) < MANY

    def judged(train: Labels, fold: Labels) -> Cases:
        learnt, renamed = np.unique(labels[train], return_inverse=True)
        scores = np.full((len(fold), categories), -np.inf)
        scores[:, learnt] = prepared.scores(prepared.fit(train, renamed, weights[train], len(learnt)), fold)
        seen = train[train < count]
        return Cases(
            fold, scores, closest_by_category(vectors[fold], vectors[seen], labels[seen], categories)
        )

    known = [judged(np.setdiff1d(rows, fold), fold) for fold in _folds(labels[:count], random, few)]
    left_out = []
    for group in _groups(categories, random, few):
        inside = np.isin(labels, group)
        if inside[:count].any():
            left_out.append(judged(rows[~inside], np.flatnonzero(inside[:count])))
    return _stacked(known, categories), _stacked(left_out, categories)


def _stacked(parts: Sequence[Cases], categories: int) -> Cases:
    none = np.empty((0, categories))
    return Cases(
        np.concatenate([np.empty(0, np.intp), *(part.rows for part in parts)]),
        np.concatenate([none, *(part.scores for part in parts)]),
        np.concatenate([none, *(part.closeness for part in parts)]),
    )


def _placed(cases: Cases, labels: Labels, places: Sequence[Labels]) -> tuple[Cases, Cases]:
    """Return the cases as met in each place that allows their category, and in each that does not."""
    at_home, abroad = [], []
    for place in places:
        home = np.isin(labels[cases.rows], place)
        at_home.append(_within(cases, place, home))
        abroad.append(_within(cases, place, ~home))
    return _joined(at_home), _joined(abroad)


def _everywhere(cases: Cases, places: Sequence[Labels]) -> Cases:
    return _joined([_within(cases, place, np.ones(len(cases), dtype=bool)) for place in places])


def _within(cases: Cases, place: Labels, chosen: npt.NDArray[np.bool_]) -> Cases:
    """Keep the chosen cases, judged among the categories of a place; those that nothing learnt could claim
    are left out."""
    scores = np.full_like(cases.scores[chosen], -np.inf)
    scores[:, place] = cases.scores[chosen][:, place]
    possible = np.isfinite(scores).any(axis=1)
    near = cases.closeness[chosen][:, place].max(axis=1, initial=-1.0)
    return Cases(cases.rows[chosen][possible], scores[possible], near[possible])


def _joined(parts: Sequence[Cases]) -> Cases:
    return Cases(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.closeness for part in parts]),
    )


def _fits(calibration: Calibration, cases: Cases) -> Matrix:
    return calibration.fits.probability(cases.strength(calibration.temperature))


def _folds(labels: Labels, random: np.random.Generator, few: bool) -> list[Labels]:
    """Split messages into folds that each hold their share of every category; only one fold is used when many."""
    folds = FOLDS if few else 6
    turn = np.empty(len(labels), dtype=np.intp)
    start = 0
    for label in np.unique(labels):
        own = random.permutation(np.flatnonzero(labels == label))
        # Each category begins where the last one ended, so that categories of one example do not share a
        # fold.
        turn[own] = (start + np.arange(len(own))) % folds
        start += len(own)
    found = [np.flatnonzero(turn == fold) for fold in range(folds if few else 1)]
    return [fold for fold in found if len(fold)]


def _groups(categories: int, random: np.random.Generator, few: bool) -> list[Labels]:
    """Split categories into groups to leave out; only one tenth of them is left out when messages are many."""
    if categories < 3:
        return []
    mixed = random.permutation(categories)
    if not few:
        return [mixed[: max(1, categories // 10)]]
    return [mixed[part :: min(FOLDS, categories)] for part in range(min(FOLDS, categories))]


def _shared(total: float, count: int) -> Matrix:
    """Return `count` equal weights that add up to `total` of a thousand, whatever the count."""
    return np.full(count, 1000.0 * total / max(1, count))
