"""Finds the sections of the knowledge base that answer a question, and past tickets that asked much the same.

A person sees the result as the sources under a draft. Words and meaning are searched together, because a
product name must match by letter and a question seldom uses the article's words. Who may be shown an article
is checked here, before anything is ranked. Nothing is looked up anywhere but in memory.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.local.cues.language import small_words
from agents.local.cues.text import plain
from agents.local.embedding import Embeds
from agents.local.features import Floats, Integers, words_of
from agents.local.linear import Scale
from agents.words import Article, Passage

AUDIENCES = ("customer", "employee")

# How a match becomes a score: slopes for meaning (the section), meaning (its heading) and the share of the question's
# words found. Fitted, then rounded, on 83 questions with and 51 without an answer in the demo company's articles. They
# were written with the articles' headings in sight, so another knowledge base may want other numbers.
SCORES = Scale((10.0, 3.5, 7.5), -7.7)

# What it says for an article that it was written for the judged kind of request, and against it that it was written
# for others, on the scale of SCORES. Rounded by hand: enough to decide between near equals, too little to make an
# answer of what is none.
FOR_THIS_KIND, FOR_OTHERS = 1.0, -1.5

_SATURATION = 1.2  # how soon repeating a word stops to count (k1 of BM25)
_LENGTH = 0.5  # how much long sections are held back (b of BM25)
_PER_ARTICLE = 2


@dataclass(frozen=True)
class Words:
    """Which sections hold a word, and how often in relation to their length."""

    sections: Integers
    weights: Floats


@dataclass(frozen=True)
class Index:
    """The searchable sections of all articles. Immutable; new articles make a new one."""

    embedder: Embeds
    passages: tuple[Passage, ...]
    audiences: tuple[str, ...]  # one a passage
    categories: tuple[tuple[str, ...], ...]  # one a passage
    bodies: Floats  # (sections, 384)
    headings: Floats  # (sections, 384)
    words: dict[str, Words]

    @classmethod
    def build(cls, articles: Sequence[Article], embedder: Embeds) -> Index:
        """Split articles into sections and make them searchable; about 10 ms a section that was never seen before."""
        found = [(article, section) for article in articles for section in article.sections]
        passages = tuple(
            Passage(article.id, article.title, article.url, section.heading, section.text, 0.0)
            for article, section in found
        )
        named = [_named(passage) for passage in passages]
        vectors = embedder.embed_kept(
            [*(f"{name} {p.text}" for name, p in zip(named, passages, strict=True)), *named]
        )
        return cls(
            embedder,
            passages,
            tuple(article.audience for article, _ in found),
            tuple(article.categories for article, _ in found),
            vectors[: len(passages)],
            vectors[len(passages) :],
            _postings([stems(f"{name} {name} {p.text}") for name, p in zip(named, passages, strict=True)]),
        )

    def search(self, query: str, audience: str, k: int = 5, category: str = "") -> list[Passage]:
        """Return at most k passages that this audience may be shown, best first, with scores between 0 and 1.

        `category` is what the request was judged to be about; empty when nobody knows. Raises ValueError for an
        audience other than "customer" or "employee".
        """
        if audience not in AUDIENCES:
            raise ValueError(f"An audience is one of {', '.join(AUDIENCES)}, not {audience!r}.")
        said = plain(query)
        allowed = np.array([each in (audience, "all") for each in self.audiences], dtype=bool)
        if not said or not allowed.any():
            return []
        vector = self.embedder.embed([said])[0]
        covered = self._covered(stems(said))
        grounds = np.column_stack([self.bodies @ vector, self.headings @ vector, covered])
        scores = np.where(allowed, SCORES.probability(grounds, self._meant_for(category)), -1.0)
        found: list[Passage] = []
        taken: Counter[str] = Counter()
        for place in np.argsort(-scores, kind="stable"):
            passage = self.passages[place]
            if scores[place] < 0.0 or len(found) == k:
                break
            if taken[passage.article] == _PER_ARTICLE:
                continue
            taken[passage.article] += 1
            found.append(
                Passage(
                    passage.article,
                    passage.title,
                    passage.url,
                    passage.heading,
                    passage.text,
                    float(scores[place]),
                )
            )
        return found

    def _meant_for(self, category: str) -> Floats:
        """Return, for every section, what the kinds of request its article was written for say for it."""
        said = [
            0.0 if not category or not kinds else FOR_THIS_KIND if category in kinds else FOR_OTHERS
            for kinds in self.categories
        ]
        return np.array(said, dtype=np.float32)

    def _covered(self, asked: Sequence[str]) -> Floats:
        """Return, for every section, the share of the question's words it holds, rare words counting more.

        This is BM25 divided by the most it could reach, so that it can be compared between questions; a word
        that no article knows counts as rare and missed.
        """
        count = len(self.passages)
        reached = np.zeros(count, dtype=np.float32)
        most = 0.0
        for word in dict.fromkeys(asked):
            known = self.words.get(word)
            holders = len(known.sections) if known else 0
            rarity = math.log(1.0 + (count - holders + 0.5) / (holders + 0.5))
            most += rarity
            if known:
                reached[known.sections] += rarity * known.weights
        return reached / most if most else reached


def stems(text: str) -> list[str]:
    """Return the words of a text that carry meaning, without the endings of English grammar."""
    small = small_words("en")
    return [_stem(word) for word in words_of(text) if word not in small and (len(word) > 1 or word.isdigit())]


def _stem(word: str) -> str:
    word = re.sub(r"['’]s?$", "", word)
    if not word.isascii() or not word.isalpha():
        return word
    for ending, least, instead in (
        ("ations", 4, "ate"), ("ation", 4, "ate"), ("ings", 4, ""), ("ing", 4, ""), ("ied", 3, "y"),
        ("ies", 3, "y"), ("ments", 4, ""), ("ment", 4, ""), ("ed", 4, ""), ("es", 4, ""), ("s", 3, ""),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            word = word[: -len(ending)] + instead
            break
    # "cancelling" and "cancel", "invoice" and "invoic(ing)" must meet.
    return re.sub(r"([^aeious])\1$", r"\1", word).removesuffix("e") if len(word) > 4 else word


def _named(passage: Passage) -> str:
    return f"{passage.title}. {passage.heading}." if passage.heading != passage.title else f"{passage.title}."


def _postings(sections: Sequence[Sequence[str]]) -> dict[str, Words]:
    mean = sum(map(len, sections)) / max(1, len(sections)) or 1.0
    held: dict[str, list[tuple[int, float]]] = {}
    for number, words in enumerate(sections):
        slack = _SATURATION * (1 - _LENGTH + _LENGTH * len(words) / mean)
        for word, times in Counter(words).items():
            held.setdefault(word, []).append((number, times / (times + slack)))
    return {
        word: Words(np.array([n for n, _ in pairs], np.int64), np.array([w for _, w in pairs], np.float32))
        for word, pairs in held.items()
    }
