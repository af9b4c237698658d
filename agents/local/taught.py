"""What corrections have taught this process, on top of what policy teaches.

People notice that the very next message of the same meaning goes where they have put the last one. A lesson counts at
once by nearness; within seconds the classifier is fitted anew with it, so that it also counts for messages that are
less alike. What is forgotten is forgotten at once: until the next fit, policy's own classifier judges.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.learning import NEAR, Lesson, Near, Recalled, standing
from agents.local import classifier
from agents.local.classifier import Classifier
from agents.local.cues.text import plain
from agents.local.embedding import Embeds
from agents.local.features import Floats
from agents.local.graph import WIDTH
from agents.words import Category, Example


@dataclass(frozen=True)
class _Known:
    """The lessons that teach, with a vector each, shape (lessons, 384)."""

    lessons: tuple[Lesson, ...]
    vectors: Floats
    by_text: dict[str, Lesson]


_NOTHING = _Known((), np.empty((0, WIDTH), dtype=np.float32), {})


class Taught:
    """The lessons of one engine, and the classifier that was fitted with them. Safe to share between threads."""

    def __init__(self, embedder: Embeds, wide: Embeds | None = None) -> None:
        self._embedder = embedder
        self._wide = wide
        self._known = _NOTHING
        self._vectors: dict[str, Floats] = {}
        self._all: tuple[Lesson, ...] = ()
        self._near: list[Near] = []  # the pairs among all of them that mean nearly the same
        self._lock = threading.Lock()
        self._fitting = threading.Lock()
        self._fitted: tuple[Lesson, ...] = ()
        self._among: tuple[Category, ...] = ()  # the categories that are judged among, if not policy's own
        self._fitted_among: tuple[Category, ...] = ()
        self.judge: Classifier | None = None
        self.abroad: Classifier | None = None  # the same for other languages than English

    def learn(self, lessons: Sequence[Lesson]) -> list[Near]:
        """Let these be all that is known, and return those among them that contradict each other. A few
        milliseconds for each lesson that is new."""
        with self._lock:
            said = {lesson.id: plain(lesson.text) for lesson in lessons}
            vectors = {text: self._vectors.get(text) for text in said.values()}
            fresh = [text for text, vector in vectors.items() if vector is None]
            for text, vector in zip(fresh, self._embedder.embed_kept(fresh) if fresh else (), strict=True):
                vectors[text] = vector
            self._vectors = {text: vector for text, vector in vectors.items() if vector is not None}
            rows = [self._vectors[said[lesson.id]] for lesson in lessons]
            matrix = np.stack(rows) if rows else _NOTHING.vectors
            known = set(self._all)
            new = [place for place, lesson in enumerate(lessons) if lesson not in known]
            still = set(lessons)
            self._near = [pair for pair in self._near if pair.one in still and pair.other in still]
            self._near += _pairs(lessons, matrix, new)
            self._all = tuple(lessons)
            taught, conflicts = standing(lessons, self._near)
            keep = {lesson.id for lesson in taught}
            places = [place for place, lesson in enumerate(lessons) if lesson.id in keep]
            self._known = _Known(tuple(taught), matrix[places], {said[one.id]: one for one in taught})
            if set(self._fitted) - set(taught):
                self._fitted, self._fitted_among, self.judge, self.abroad = (), (), None, None
            return conflicts

    def choose_among(self, categories: tuple[Category, ...]) -> None:
        """Let these be the categories to judge among from the next fit on; none for policy's own."""
        with self._lock:
            self._among = categories

    def examples(self) -> list[Example]:
        """Return the messages of which people have said what category they are."""
        return [Example(one.text, one.category) for one in self._known.lessons if one.category]

    @property
    def is_behind(self) -> bool:
        """Whether there are lessons or categories that the classifier was not fitted with yet."""
        return self._known.lessons != self._fitted or self._among != self._fitted_among

    def refit(self, categories: Sequence[Category], chatter: Sequence[str]) -> None:
        """Fit the classifier with all lessons, among these categories unless others were chosen. Takes seconds; who
        judges meanwhile is not held up."""
        with self._fitting:
            with self._lock:
                known, among = self._known, self._among
            examples = [Example(one.text, one.category) for one in known.lessons if one.category]
            talk = [*chatter, *(one.text for one in known.lessons if not one.is_request)]
            is_needed = known.lessons or among
            judge, abroad = (
                classifier.fit(among or categories, examples, talk, each) if each and is_needed else None
                for each in (self._embedder, self._wide)
            )
            with self._lock:
                # What was forgotten meanwhile may not come back with the fit.
                if not set(known.lessons) - set(self._known.lessons):
                    self.judge, self.abroad = judge, abroad
                    self._fitted, self._fitted_among = known.lessons, among

    def recall(self, text: str, k: int) -> list[Recalled]:
        """Return at most k lessons, the nearest first."""
        known = self._known
        if not known.lessons:
            return []
        likeness = known.vectors @ self._embedder.embed([plain(text)])[0]
        order = np.argsort(-likeness, kind="stable")[:k]
        return [Recalled(known.lessons[place], float(min(1.0, likeness[place]))) for place in order]

    def of(self, said: str) -> Lesson | None:
        """Return the lesson with this very text, as `plain` gives it."""
        return self._known.by_text.get(said)


def _pairs(lessons: Sequence[Lesson], vectors: Floats, new: Sequence[int]) -> list[Near]:
    """Return each pair of lessons that mean nearly the same and of which at least one is new (places)."""
    found, fresh = [], set(new)
    for begin in range(0, len(new), 512):
        rows = new[begin : begin + 512]
        for at, column in np.argwhere(vectors[rows] @ vectors.T >= NEAR):
            row = rows[at]
            if row < column or (row > column and column not in fresh):
                found.append(Near(lessons[row], lessons[column]))
    return found
