"""How far Signalbox may go by itself.

People see it as a draft with buttons, or as no draft at all where a category is only watched. Policy sets a ceiling
for every category; going further than a suggestion has to be earned by audited decisions, and as long as there
are none, nothing is sent without a person.
"""

from __future__ import annotations

from agents.words import Autonomy

LONGEST_DRAFT = 3000  # characters; also the most that fits the edit window

_ORDER = (Autonomy.SHADOW, Autonomy.SUGGEST, Autonomy.ACT)


def granted(ceiling: Autonomy, earned: Autonomy = Autonomy.SUGGEST) -> Autonomy:
    """Return the lower of what policy allows and what evidence has earned."""
    return min(ceiling, earned, key=_ORDER.index)
