"""The learning benchmark routes by the bot's own rule: nothing before decisions have proven the target."""

from __future__ import annotations

import numpy as np
import pytest

from agents.words import Example
from benchmarks.learning import DAY, simulate
from tests.local_world import engine

THINGS = {
    "invoice": ("invoice", "bill", "receipt"),
    "network": ("vpn", "wifi", "router"),
    "leave": ("vacation", "parental leave", "sick day"),
}
ASKED = ("Where is my {}?", "I have a question about the {}", "The {} is missing", "Please help me with the {}",
         "My {} looks wrong since Monday", "Who takes care of a {}?", "The {} again, as last week", "{} please",
         "Can somebody look at the {}?", "Still waiting for the {}", "No {} for our team", "About that {}: any news?",
         "It is about a {}", "Is the {} done?", "Your {} does not look right", "How do I get a {}?",
         "A {} for Priya", "Our {} has vanished", "What does {} mean?", "One more {}")  # fmt: skip


@pytest.mark.slow  # a fit of the gate and 171 judgements
def test_nothing_is_routed_before_it_is_proven_and_much_is_afterwards() -> None:
    engine()  # sees to it that the graph is there
    messages = [
        Example(a.format(thing), name) for name, own in THINGS.items() for thing in own for a in ASKED
    ]

    stream = simulate(messages, 1)

    assert len(stream.routed) == len(messages) - 9  # three of each category are known beforehand
    assert not any(
        stream.routed[: 2 * DAY - 1]
    )  # ninety decisions without a mistake are the fewest that prove it
    assert np.mean(stream.routed[2 * DAY :]) > 0.3
