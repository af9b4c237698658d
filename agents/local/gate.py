"""Tells requests from talk, so that Signalbox stays silent where nobody asked for anything.

A person sees nothing of it, which is the point. It learns from the team's own chatter beside the examples of
real requests, and weighs what a message means with the signs of asking in it. A request of an unknown kind is
still a request: being strange alone does not silence it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.local.calibration import HeldBack
from agents.local.cues.requests import Signs, signs_of
from agents.local.embedding import Embeds
from agents.local.features import Floats, Integers, lexical_rows
from agents.local.heads import FewRows, Head
from agents.local.linear import Matrix, Scale, fit_scale, logit
from agents.local.smalltalk import REQUESTS, TALK

# How much one sign counts beside an embedding of length 1.
SIGN_WEIGHT = 0.35
# More requests than this teach nothing new about the difference to talk, and cost the cube in time.
MOST_REQUESTS = 600
# Fewer lines of the team's own are accidents, from which no probability can be read.
ENOUGH_TALK = 12


@dataclass(frozen=True)
class Gate:
    """Says how likely a message is a request."""

    head: Head
    scale: Scale

    def probability(
        self, vector: Floats, buckets: Integers, values: Floats, signs: Signs, fit: float
    ) -> float:
        """Return the probability that a message asks for something."""
        scores = self.head.scores(beside(vector[None], [signs])[0], buckets, values)
        return float(self.scale.probability(np.array([scores[1] - scores[0], logit(fit)])))


def fit_gate(texts: Sequence[str], talk: Sequence[str], embedder: Embeds, held: HeldBack) -> Gate:
    """Learn the difference between requests (`texts` of which `held` tells the fit) and the team's `talk`.

    The lines of `smalltalk` are learnt from as well, but the scale of the probability is set by the team's
    own.
    """
    random = np.random.default_rng(0)
    chosen = np.sort(random.permutation(len(held.known))[:MOST_REQUESTS])
    asked = held.known[chosen]
    lines = [*(texts[row] for row in asked), *talk, *REQUESTS, *TALK]
    own = len(asked) + len(talk)
    is_request = np.array(
        [1] * len(asked) + [0] * len(talk) + [1] * len(REQUESTS) + [0] * len(TALK), dtype=bool
    )
    features = beside(embedder.embed_kept(lines), [signs_of(line) for line in lines])
    prepared = FewRows(features, lexical_rows(lines), strength=3.0)
    labels = is_request.astype(np.intp)
    weights = _even(is_request)
    head = prepared.head(prepared.fit(np.arange(len(lines)), labels, weights, 2))

    margin = np.empty(len(lines))
    turn = random.permutation(len(lines)) % 5
    for fold in range(5):
        train, rest = np.flatnonzero(turn != fold), np.flatnonzero(turn == fold)
        margin[rest] = _margin(prepared.scores(prepared.fit(train, labels[train], weights[train], 2), rest))
    if len(talk) < ENOUGH_TALK or len(asked) < ENOUGH_TALK:
        # Too little is known of the team for the fit to mean anything; the margin alone decides.
        return Gate(head, fit_scale(np.column_stack([margin, np.zeros(len(lines))]), is_request, weights))
    fits = np.concatenate([held.known_fit[chosen], held.talk_fit])
    strange = dict(zip(held.left_out.tolist(), held.left_out_fit.tolist(), strict=True))
    again = np.array([number for number, row in enumerate(asked.tolist()) if row in strange], dtype=np.intp)
    # Each request counts a second time with the fit it has when its category is unknown: strange is not
    # silent.
    rows = np.concatenate([np.arange(own), again])
    fits = np.concatenate([fits, [strange[int(asked[number])] for number in again]])
    scale = fit_scale(np.column_stack([margin[rows], logit(fits)]), is_request[rows], _even(is_request[rows]))
    return Gate(head, scale)


def beside(vectors: Floats, signs: Sequence[Signs]) -> Floats:
    """Return the vectors with the signs of asking as further columns."""
    columns = SIGN_WEIGHT * np.array([each.as_numbers() for each in signs], dtype=np.float32)
    return np.concatenate([vectors, columns], axis=1)


def _margin(scores: Matrix) -> Matrix:
    return np.asarray(scores[:, 1] - scores[:, 0], dtype=np.float64)


def _even(is_request: npt.NDArray[np.bool_]) -> Matrix:
    """Return weights by which requests and talk count the same in sum."""
    count = len(is_request)
    asked = int(is_request.sum())
    return np.where(is_request, 0.5 * count / max(1, asked), 0.5 * count / max(1, count - asked))
