"""Linear models in plain NumPy: logistic regression for many categories, and a small calibrator for
probabilities.

Nobody in Slack sees this. It exists so that a process that triages with a few hundred examples never loads
scikit-learn and SciPy, which cost about 100 MB of memory. It is not a general optimiser.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]


def softmax(logits: npt.NDArray[np.floating]) -> Matrix:
    """Return probabilities along the last axis."""
    shifted = np.asarray(logits, dtype=np.float64)
    shifted = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float64)


def energy(logits: npt.NDArray[np.floating]) -> Matrix:
    """Return the soft maximum along the last axis: high when any category claims the message."""
    peak = logits.max(axis=-1)
    return np.asarray(peak + np.log(np.exp(logits - peak[..., None]).sum(axis=-1)), dtype=np.float64)


def sigmoid(value: npt.NDArray[np.floating] | float) -> Matrix:
    """Return the logistic function, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(value, dtype=np.float64))), dtype=np.float64)


def logit(probability: npt.NDArray[np.floating] | float) -> Matrix:
    """Return the log odds of a probability, bounded so that certainty stays a number."""
    bounded = np.clip(np.asarray(probability, dtype=np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(bounded) - np.log1p(-bounded), dtype=np.float64)


def fit_softmax(
    rows: Matrix, labels: Labels, categories: int, weights: Matrix, strength: float = 10.0
) -> tuple[Matrix, Matrix]:
    """Fit multinomial logistic regression; return coefficients (features, categories) and intercepts
    (categories).

    `rows` has shape (messages, features), `weights` counts each message, and `strength` is how much the data
    counts against the pull towards zero (C of the textbooks). A category without a message gets no
    probability to speak of.
    """
    count, width = rows.shape
    target = np.zeros((count, categories))
    target[np.arange(count), labels] = 1.0

    def loss(packed: Matrix) -> tuple[float, Matrix]:
        coefficients = packed[: width * categories].reshape(width, categories)
        logits = rows @ coefficients + packed[width * categories :]
        logits -= logits.max(axis=1, keepdims=True)
        exponentials = np.exp(logits)
        total = exponentials.sum(axis=1, keepdims=True)
        likelihood = float((weights * (np.log(total[:, 0]) - (logits * target).sum(axis=1))).sum())
        error = (exponentials / total - target) * weights[:, None]
        slope = np.concatenate([(rows.T @ error + coefficients / strength).ravel(), error.sum(axis=0)])
        return likelihood + 0.5 * float((coefficients**2).sum()) / strength, slope

    packed = minimise(loss, np.zeros((width + 1) * categories), steps=60)
    return packed[: width * categories].reshape(width, categories), packed[width * categories :]


def minimise(
    loss: Callable[[Matrix], tuple[float, Matrix]], start: Matrix, *, steps: int, tolerance: float = 1e-4
) -> Matrix:
    """Follow a smooth convex loss downhill with limited memory (L-BFGS); return the lowest point found.

    Stops when the slope has fallen to `tolerance` of its first length: calibration and accuracy no longer
    move then.
    """
    point = start
    value, slope = loss(point)
    first = float(np.linalg.norm(slope)) or 1.0
    moves: list[tuple[Matrix, Matrix, float]] = []
    for _ in range(steps):
        if float(np.linalg.norm(slope)) <= tolerance * first:
            break
        direction = -_bent(slope, moves)
        descent = float(direction @ slope)
        length = 1.0 if moves else min(1.0, 1.0 / first)
        while True:
            candidate = point + length * direction
            new_value, new_slope = loss(candidate)
            if new_value <= value + 1e-4 * length * descent:
                break
            length *= 0.5
            if length < 1e-10:
                return point
        move, bend = candidate - point, new_slope - slope
        curvature = float(move @ bend)
        if curvature > 1e-12:
            moves = [*moves[-9:], (move, bend, 1.0 / curvature)]
        point, value, slope = candidate, new_value, new_slope
    return point


def _bent(slope: Matrix, moves: Sequence[tuple[Matrix, Matrix, float]]) -> Matrix:
    """Return the slope multiplied by the inverse curvature that the last moves revealed."""
    bent = slope.copy()
    shares = []
    for move, bend, inverse in reversed(moves):
        share = inverse * float(move @ bent)
        bent -= share * bend
        shares.append(share)
    if moves:
        move, bend, inverse = moves[-1]
        bent *= 1.0 / (inverse * float(bend @ bend))
    for (move, bend, inverse), share in zip(moves, reversed(shares), strict=True):
        bent += (share - inverse * float(bend @ bent)) * move
    return bent


@dataclass(frozen=True)
class Scale:
    """A calibrator: turns a few scores of one message into the probability of one question."""

    slopes: tuple[float, ...]
    intercept: float

    def probability(
        self, scores: npt.NDArray[np.floating], besides: npt.NDArray[np.floating] | float = 0.0
    ) -> Matrix:
        """Return probabilities for scores of shape (..., number of scores); `besides` is evidence on the log-odds
        scale that no slope was fitted for."""
        fitted = np.asarray(scores, dtype=np.float64) @ np.array(self.slopes) + self.intercept
        return sigmoid(fitted + besides)


def fit_scale(scores: Matrix, truth: npt.NDArray[np.bool_], weights: Matrix, *, pull: float = 1e-3) -> Scale:
    """Fit a calibrator on scores (messages, scores) that are known to be true or not, each counted by its
    weight.

    Slopes are held at zero or above, because every score given here speaks for the answer: a negative slope
    would only say that there was too little data to tell.
    """
    active = list(range(scores.shape[1]))
    while True:
        chosen = scores[:, active]
        centre, spread = chosen.mean(axis=0), chosen.std(axis=0) + 1e-9
        rows = (chosen - centre) / spread

        def loss(packed: Matrix, rows: Matrix = rows) -> tuple[float, Matrix]:
            margin = rows @ packed[1:] + packed[0]
            value = float((weights * (np.logaddexp(0.0, margin) - truth * margin)).sum())
            error = weights * (sigmoid(margin) - truth)
            ridge = pull * float(weights.sum())
            slope = np.concatenate([[error.sum()], rows.T @ error + ridge * packed[1:]])
            return value + 0.5 * ridge * float((packed[1:] ** 2).sum()), slope

        packed = minimise(loss, np.zeros(len(active) + 1), steps=100, tolerance=1e-6)
        if active and packed[1:].min() < 0:
            active.pop(int(np.argmin(packed[1:])))
            continue
        slopes = np.zeros(scores.shape[1])
        slopes[active] = packed[1:] / spread
        return Scale(tuple(slopes.tolist()), float(packed[0] - (packed[1:] * centre / spread).sum()))


def fit_temperature(logits: Matrix, labels: Labels) -> float:
    """Return the divisor that makes the softmax of these held-out logits honest (least log loss)."""
    tried = np.exp(np.linspace(np.log(0.02), np.log(20.0), 120))
    rows = np.arange(len(labels))
    losses = [float((energy(logits / divisor) - logits[rows, labels] / divisor).mean()) for divisor in tried]
    return float(tried[int(np.argmin(losses))])
