"""Chooses the confidence from which on messages are handled, so that a promise about a stream is kept, and tells how it
was kept.

Nobody in Slack sees this. What is promised is the share that goes wrong of what is handled, in a stream of which it is
known how many messages belong to no category. Held messages are few, and strange ones fewer, so every share that the
promise rests on is taken at the unfavourable end of an exact interval, and together the intervals are wrong in one case
of twenty. Thresholds are tried from the surest down, and the first that cannot be promised ends the search (learn then
test, A. N. Angelopoulos and others, 2021): so it does not matter how many are tried. How the strange messages of the
stream differ from those that were held is what no bound can know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure

PROMISED = 0.95
RISK = 0.05  # how often a promise may be broken
# Of that risk, the part given to how many strangers are handled: they are the fewest, so their interval is the widest.
_FOR_STRANGERS = 0.8
_STEPS = 200  # thresholds tried at most
_FEWEST = 0.2  # of the known messages; with fewer handled no threshold is tried

Truth = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Held:
    """Messages judged by models that did not learn them. A strange one belongs to no category and is never right.

    `weights` are how much of a message of its own each is: a half for one judged twice by nearly the same model.
    """

    confidence: Scores
    right: Truth
    strange: Truth
    weights: Scores

    @classmethod
    def of(cls, confidence: Scores, right: Truth, strange: Truth | None = None) -> Held:
        """Return messages that each count once; none is strange when nothing is said."""
        nobody = np.zeros(len(confidence), dtype=bool)
        return cls(confidence, right, nobody if strange is None else strange, np.ones(len(confidence)))

    @property
    def known(self) -> Held:
        """The messages that do belong."""
        own = ~self.strange
        return Held(self.confidence[own], self.right[own], self.strange[own], self.weights[own])


def promising(held: Held, share: float, promised: float = PROMISED) -> float:
    """Return the lowest threshold that can be promised for a stream of which this share is strange, infinite for none.

    Raises ValueError when strangers are expected and none was held.
    """
    if share > 0 and not held.strange.any():
        raise ValueError("A stream with strange messages needs held ones to choose by.")
    known = np.sort(held.confidence[~held.strange])[::-1]
    counts = np.unique(np.linspace(_FEWEST * len(known), len(known), _STEPS).astype(int))
    found = float("inf")
    for count in counts[counts > 0]:
        threshold = float(known[count - 1])
        if most_wrong(held, threshold, share) > 1 - promised:
            break
        found = threshold
    return found


def most_wrong(held: Held, threshold: float, share: float) -> float:
    """Return the share that goes wrong at most of what is handled above a threshold, with the risk above."""
    above = held.confidence >= threshold
    own, foreign = ~held.strange, held.strange
    handled = float(held.weights[own & above].sum())
    wrong = float(held.weights[own & above & ~held.right].sum())
    if share <= 0:
        return at_most(wrong, handled, RISK)
    rest = (1 - _FOR_STRANGERS) * RISK / 2
    error = at_most(wrong, handled, rest)
    reach = 1 - at_most(float(held.weights[own & ~above].sum()), float(held.weights[own].sum()), rest)
    taken = at_most(
        float(held.weights[foreign & above].sum()), float(held.weights[foreign].sum()), _FOR_STRANGERS * RISK
    )
    # Of the stream, what is handled of known and of strange messages. All of the latter is wrong.
    of_known, of_strange = (1 - share) * reach, share * taken
    whole = of_known + of_strange
    return (of_known * error + of_strange) / whole if whole else 1.0


def at_most(count: float, whole: float, risk: float) -> float:
    """Return the upper end of the exact interval of a share (C. J. Clopper and E. S. Pearson, 1934)."""
    # Imported here, because the process that measures memory must hold what the engine needs and no more.
    from scipy.stats import beta

    return float(beta.ppf(1 - risk, count + 1, whole - count)) if count < whole else 1.0


def reckless(held: Held, share: float, promised: float = PROMISED) -> float:
    """Return the lowest threshold above which the share itself was kept, as one would choose without bounds."""
    weights = as_met(held, share)
    order = np.argsort(-held.confidence)
    right = np.cumsum(weights[order] * held.right[order]) / np.cumsum(weights[order])
    kept = np.flatnonzero(right >= promised)
    return float(held.confidence[order][kept[-1]]) if len(kept) else float("inf")


def as_met(held: Held, share: float) -> Scores:
    """Return weights by which the strange ones make up this share."""
    strange = float(held.weights[held.strange].sum())
    if not strange:
        return held.weights
    known = float(held.weights[~held.strange].sum())
    return np.where(held.strange, held.weights * share / (1 - share) * known / strange, held.weights)


def covered(
    name: str, held: Held, share: float, scores: Scores, right: Truth, goal: float | None
) -> Iterator[Figure]:
    """Yield the share handled above a threshold that promises at most 5 % deviation, and how the promise was kept."""
    for suffix, choose in (("", promising), ("_reckless", reckless)):
        above = scores >= choose(held, share)
        has_goal = goal is not None and not suffix
        yield Figure(
            f"{name}.coverage{suffix}",
            float(above.mean()),
            "share",
            (">=", goal or 0.0) if has_goal else None,
        )
        yield Figure(
            f"{name}.coverage{suffix}_deviation",
            float(1 - right[above].mean()) if above.any() else 0.0,
            "share",
            ("<=", 0.05) if has_goal else None,
        )


def taken(
    name: str, threshold: float, scores: Scores, right: Truth, weights: Scores, goal: float | None = None
) -> Iterator[Figure]:
    """Yield the share of a weighted stream above a threshold, and the share of it that is wrong, with its goal."""
    above = scores >= threshold
    deviation = float(1 - np.average(right[above], weights=weights[above])) if above.any() else 0.0
    yield Figure(f"{name}coverage", float(weights[above].sum() / weights.sum()), "share")
    yield Figure(f"{name}deviation", deviation, "share", None if goal is None else ("<=", goal))


def calibration_error(confidence: Scores, right: Truth, bins: int = 15) -> float:
    """Return the expected calibration error over bins of equal width."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(confidence[place == each].mean() - right[place == each].mean()) * (place == each).mean()
            for each in np.unique(place)
        )
    )


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """Return how often a message that belongs scores above one that does not."""
    order = np.sort(np.array(outside))
    below = np.searchsorted(order, inside, "left") + np.searchsorted(order, inside, "right")
    return float(below.mean() / 2 / len(order))
