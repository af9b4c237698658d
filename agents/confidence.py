"""How sure a judgement is: what Claude says of itself, what the local engine says, and what was right before.

People see one number, "84 % sure", and a request that is held when the number is too low. While little is known the
three are weighed by a cautious formula; once the team has corrected, placed or resolved enough, the weights are fitted
to what proved right, and so is the confidence from which on nobody is asked. Both belong to one model, prompt and set
of categories. After a change of any of these, what was learnt before gives no weight and no permission any more; only
its caution stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from agents.local.linear import Matrix, Scale, fit_scale, logit
from agents.threshold import ENOUGH, NOTHING, choose, lower_bound
from agents.words import Category, Certainty, Example, Facts, Signals, Status, Usage

# A past ticket this close in meaning (cosine) asked the same thing; below it only the topic is shared.
SAME_MEANING = 0.7
# From so many decisions on, of which so many were wrong and as many right, weights can be told from accidents.
_ENOUGH_TO_WEIGH = 150
_ENOUGH_OF_EACH = 10
_FOLDS = 5
# So many of the newest known judgements are learnt from: an engine that learns from corrections is another one later.
NEWEST = 1000
# Raised when the signals change their meaning, so that weights for the old ones are not used for the new.
_MEANING = "1"

# On the scale of log odds, in the order of `_grounds`. A second opinion that agrees counts for a third of what one
# that objects counts against, and so do neighbours: caution costs a click, and a misroute costs a day.
PRIOR = Scale((1.0, 1.0, 3.0, 0.5, 1.5), 0.0)


@dataclass(frozen=True)
class Past:
    """A past judgement: what it went by, and whether it proved right; None while nobody can tell."""

    engine: str
    model: str
    prompt: str
    basis: str
    signals: Signals
    is_right: bool | None


@dataclass(frozen=True)
class Fit:
    """What past judgements of one engine taught.

    `scale` is None while there is too little to weigh the signals by. Below `threshold` a person decides; it is
    above 1 where nothing may be routed, and 0 where it asks for nothing beyond policy's floor.
    """

    basis: str
    scale: Scale | None
    threshold: float
    is_proven: bool
    because: str


@dataclass(frozen=True)
class Experience:
    """The newest fit of each engine, and the fingerprint of the categories that may be chosen now."""

    categories: str = ""
    fits: Mapping[str, Fit] = field(default_factory=dict)
    must_prove: bool = (
        False  # whether everything is held until judgements of the same basis have proven the target
    )

    def basis(self, usage: Usage) -> str:
        """Return the fingerprint of what a judgement with this usage is based on."""
        return _digest(_MEANING, usage.engine, usage.model, usage.prompt, self.categories)

    def confidence(self, signals: Signals, basis: str) -> float:
        """Return the probability that the choice is right."""
        fit = self.fits.get(signals.engine)
        return weighed(signals, fit.scale if fit and fit.basis == basis else None)

    def threshold(self, engine: str, basis: str) -> float:
        """Return the confidence below which a person decides. A threshold of another basis still counts as caution:
        nothing has shown yet that less is due. It is no proof."""
        fit = self.fits.get(engine)
        if self.must_prove and not (fit and fit.is_proven and fit.basis == basis):
            return NOTHING
        return fit.threshold if fit else 0.0


UNKNOWN = Experience()


def categories_of(categories: Sequence[Category]) -> str:
    """Return the fingerprint of what may be chosen, and of how it is described to the engines."""
    return _fingerprint(tuple(categories))


@lru_cache(maxsize=16)  # every request asks for that of its channel's categories
def _fingerprint(categories: tuple[Category, ...]) -> str:
    described = sorted((c.name, c.title, c.description, c.priority.value, *c.examples) for c in categories)
    return _digest(repr(described))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def neighbours(facts: Facts, examples: Sequence[Example]) -> tuple[str, ...]:
    """Return the categories of past messages that meant the same, each message once."""
    said = {" ".join(e.text.casefold().split()): e.category for e in examples if e.category}
    for ticket in facts.similar:
        if ticket.score >= SAME_MEANING and ticket.category:
            said.setdefault(" ".join(ticket.text.casefold().split()), ticket.category)
    return tuple(said.values())


def weighed(signals: Signals, scale: Scale | None) -> float:
    """Return the probability that a choice with these signals is right, by fitted weights or by the cautious ones."""
    if scale is None and signals.engine == "local":
        return signals.alone  # calibrated already, and it has learnt from the same neighbours
    return float((scale or PRIOR).probability(_grounds(signals)))


def _grounds(signals: Signals) -> Matrix:
    """Return (own certainty, assent, objection, alike neighbours, unlike neighbours); each speaks for the choice, so an
    objection is below zero."""
    known = signals.alike + signals.unlike + 1
    return np.array(
        [
            float(logit(signals.alone)),
            max(signals.second, 0.0),
            min(signals.second, 0.0),
            signals.alike / known,
            -signals.unlike / known,
        ]
    )


def is_right(
    category: str, held: bool, now: str, status: Status, corrected: frozenset[str], was_placed: bool
) -> bool | None:
    """Say whether a judgement proved right; None while nobody can tell.

    `category` and `held` are what was judged, `now` is the ticket's category today, `corrected` the fields that
    people changed, and `was_placed` says that a person put the ticket where it is. One that nobody was asked about
    counts as right when its ticket is resolved and nobody changed it.
    """
    if "is_request" in corrected or now != category:
        return False
    if held:
        return True if was_placed else None  # whoever places a held ticket always changes its queue
    if "queue" in corrected:
        return False
    return True if status == Status.RESOLVED else None


def fit(
    past: Sequence[Past],
    basis: str,
    target: float,
    floor: float,
    before: Fit | None,
    must_prove: bool = False,
) -> Fit:
    """Learn from past judgements (the newest first) of one basis; others do not count. `before` is the fit that this
    one replaces; `must_prove` says that nothing may be routed by what is not proven."""
    known = [
        (each.signals, each.is_right) for each in past if each.basis == basis and each.is_right is not None
    ][:NEWEST]
    signals, rights = [s for s, _ in known], [bool(right) for _, right in known]
    if len(known) < ENOUGH:
        caution = before.threshold if before else 0.0
        because = f"{len(known)} of its judgements are known to be right or wrong; {ENOUGH} are needed."
        return Fit(basis, None, caution, False, because)
    scale, confidences = _learnt(signals, np.array(rights))
    chosen = choose(confidences, rights, target, floor, must_prove)
    if chosen.value >= NOTHING and must_prove:
        because = (
            f"{rights.count(True)} of {len(rights)} judgements were right, and from no confidence on do they prove "
            f"{target:.0%}: everything is held."
        )
    elif chosen.value >= NOTHING:
        because = (
            f"{rights.count(False)} of {len(rights)} judgements were wrong, the surest ones not excepted: "
            "everything is held."
        )
    else:
        surely = lower_bound(chosen.right, chosen.routed)
        because = (
            f"From {chosen.value:.0%} on, {chosen.right} of {chosen.routed} judgements were right: at least "
            f"{surely:.0%}, where {target:.0%} are asked for."
        )
    return Fit(basis, scale, chosen.value, chosen.is_proven, because)


def _learnt(
    signals: Sequence[Signals], rights: np.ndarray[Any, np.dtype[np.bool_]]
) -> tuple[Scale | None, list[float]]:
    """Return weights, if they serve better than the cautious ones, and the confidence of every judgement by weights
    that were fitted without it."""
    by_prior = [weighed(each, None) for each in signals]
    if len(rights) < _ENOUGH_TO_WEIGH or min(rights.sum(), (~rights).sum()) < _ENOUGH_OF_EACH:
        return None, by_prior
    rows = np.array([_grounds(each) for each in signals])
    fold = np.arange(len(rights)) % _FOLDS
    apart = np.empty(len(rights))
    for part in range(_FOLDS):
        rest = fold != part
        if rights[rest].all() or not rights[rest].any():
            return None, by_prior
        learnt = fit_scale(rows[rest], rights[rest], np.ones(int(rest.sum())))
        apart[~rest] = learnt.probability(rows[~rest])
    if _surprise(apart, rights) >= _surprise(np.array(by_prior), rights):
        return None, by_prior
    return fit_scale(rows, rights, np.ones(len(rights))), apart.tolist()


def _surprise(confidences: Matrix, rights: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    """Return the log loss."""
    bounded = np.clip(confidences, 1e-6, 1 - 1e-6)
    return float(-np.log(np.where(rights, bounded, 1 - bounded)).mean())


def as_json(value: Signals | Fit) -> dict[str, Any]:
    """Return a value as it is stored."""
    return asdict(value)


def signals_from(stored: Any) -> Signals | None:
    """Read stored signals; None where there are none, or ones of another time."""
    try:
        return Signals(**stored | {"certainty": Certainty(stored["certainty"])})
    except (KeyError, TypeError, ValueError):
        return None


def fit_from(stored: Any) -> Fit | None:
    """Read a stored fit; None where there is none, or one of another time."""
    try:
        scale = stored["scale"]
        read = Scale(tuple(scale["slopes"]), scale["intercept"]) if scale else None
        return Fit(**stored | {"scale": read})
    except (KeyError, TypeError, ValueError):
        return None
