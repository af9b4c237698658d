"""Keeps a test part shut until everything that is learnt and chosen is settled.

Nobody in Slack sees this. An evaluation reads its learning part, fits, chooses thresholds, and only then opens the test
part, which shuts the learning part for good: there is no order of calls in which a model or a threshold could have
seen a test message. The file of the test part is not even read before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Learnt = TypeVar("Learnt")
Asked = TypeVar("Asked")


class OutOfOrder(RuntimeError):
    """The test part was read before learning was over, or the learning part afterwards."""


class Study(Generic[Learnt, Asked]):
    """A labelled data set with a door between its parts that is passed once, in one direction."""

    def __init__(self, learn: Callable[[], Learnt], test: Callable[[], Asked]) -> None:
        self._learn = learn
        self._test = test
        self._is_settled = False

    def learn(self) -> Learnt:
        """Return the parts to learn and choose on. Raises OutOfOrder once `settle` was called."""
        if self._is_settled:
            raise OutOfOrder("The test part is open; nothing may be learnt any more.")
        return self._learn()

    def settle(self) -> None:
        """Say that everything is learnt and chosen."""
        self._is_settled = True

    def test(self) -> Asked:
        """Return the test part. Raises OutOfOrder before `settle` was called."""
        if not self._is_settled:
            raise OutOfOrder("The test part stays shut until everything is learnt and chosen.")
        return self._test()
