"""The engine that is always there: it judges messages, finds knowledge and writes grounded replies on this
machine.

People see its judgement on every card: as the only one where no key for Claude is set or Claude is out, as
the second opinion otherwise. It needs no network, no key and no graphics card. It sets no threshold and sends
nothing; what to do with an opinion is decided by rules elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agents import parts as several
from agents.learning import Lesson, Near, Recalled, deciding, told, trust
from agents.local import classifier, replies
from agents.local.abroad import Both
from agents.local.classifier import Classifier, Judgement
from agents.local.cues.ids import mentioned
from agents.local.cues.language import language_of
from agents.local.cues.outages import outage_sign
from agents.local.cues.pieces import pieces
from agents.local.cues.priority import urgency_of
from agents.local.cues.requests import signs_of, wordless
from agents.local.cues.sentiment import sentiment_of
from agents.local.cues.summary import summary_of
from agents.local.cues.text import plain
from agents.local.embedding import CachedEmbedder, Embedder, Vectors
from agents.local.explain import because_of
from agents.local.neighbours import Neighbours
from agents.local.past import Past
from agents.local.retrieval import Index
from agents.local.taught import Taught
from agents.parts import MOST_PIECES
from agents.words import (
    Article,
    Category,
    Certainty,
    Example,
    Facts,
    Opinion,
    Passage,
    Reply,
    Sentiment,
    SimilarTicket,
)

# From these confidences on an opinion is called clear or likely; in between two categories may well be
# confused.
CLEAR = 0.85
LIKELY = 0.6
# From this probability on a message is held for a person where a lesson says that its like was no request.
_SURELY = 0.9
# Below this fit a message looks more like one from elsewhere than like one of the team's.
_STRANGE = 0.5
_RECALLED = 24  # lessons that are looked at for one message


class NotFitted(RuntimeError):
    """The engine was asked for something it was not given the material for."""


@dataclass(frozen=True, repr=False)  # written out, all that it learnt would take half a second
class LocalEngine:
    """An engine with what it was given so far; `fitted` and `with_articles` return new ones. Calls take
    milliseconds of computing, so run them in a thread; any number may run at once."""

    embedder: CachedEmbedder
    past: Past
    taught: Taught
    judge: Classifier | None = None
    wide: CachedEmbedder | None = None  # what other languages than English are judged by
    abroad: Classifier | None = None
    index: Index | None = None
    basis: tuple[tuple[Category, ...], tuple[str, ...]] = (
        (),
        (),
    )  # what policy teaches: categories and chatter

    @classmethod
    def load(cls, model_folder: Path, cache_folder: Path) -> LocalEngine:
        """Load the embedding graph from `model_folder`; vectors of lasting texts are kept in `cache_folder`.

        Raises ModelMissing when the graph was not made yet.
        """
        near = Embedder.load(model_folder)
        embedder = CachedEmbedder(near, cache_folder)
        wide = CachedEmbedder(Both.load(near, model_folder), cache_folder)
        return cls(embedder, Past(Neighbours(embedder)), Taught(embedder, wide), wide=wide)

    def fitted(
        self, categories: Sequence[Category], examples: Sequence[Example], chatter: Sequence[str]
    ) -> LocalEngine:
        """Return an engine that judges by these categories, examples and chatter, and has no lessons yet. Raises
        ValueError without a category."""
        return replace(
            self,
            judge=classifier.fit(categories, examples, chatter, self.embedder),
            abroad=classifier.fit(categories, examples, chatter, self.wide) if self.wide else None,
            taught=Taught(self.embedder, self.wide),
            basis=(tuple(categories), tuple(chatter)),
        )

    def with_articles(self, articles: Sequence[Article]) -> LocalEngine:
        """Return an engine that answers from these articles."""
        return replace(self, index=Index.build(articles, self.embedder))

    def opinion(self, facts: Facts, categories: Sequence[Category]) -> Opinion:
        """Judge one message among the categories that its channel allows.

        Raises NotFitted before `fitted`, and ValueError when none of the categories was learnt.
        """
        if self.judge is None:
            raise NotFitted("This engine has learnt no categories yet.")
        said = plain(facts.text)
        judged, decided = self._judged(facts.text, [category.name for category in categories])
        category = next(each for each in categories if each.name == judged.category)
        empty = wordless(facts.text)
        # A screenshot without a word is a question to somebody, but no guess about it deserves confidence.
        is_only_files = empty is not None and bool(facts.files)
        is_request = is_only_files or (empty is None and judged.request >= 0.5)
        if decided is not None:
            is_request = decided.is_request
        confidence = 0.0 if is_only_files else judged.confidence
        sentiment = sentiment_of(said)
        tier = facts.account.tier if facts.account else None
        is_strange = decided is None and judged.fit < _STRANGE and outage_sign(said) <= 0
        urgency = urgency_of(said, category.priority, sentiment, tier, is_strange)
        priority = urgency.priority
        if decided is not None and decided.priority is not None:
            priority = decided.priority
        because = self._because(judged, decided, categories, facts.text)
        if is_only_files:
            because = "There is a file but no words, so a person should look at it."
        elif not is_request and decided is None:
            because = empty or "Reads like talk between people: nobody is asked for anything."
        elif priority is urgency.priority is not category.priority:
            because = f"{because} {urgency.because}"
        return Opinion(
            is_request=is_request,
            category=judged.category,
            runner_up=judged.runner_up,
            priority=priority,
            sentiment=sentiment,
            language=language_of(said),
            confidence=confidence,
            fit=judged.fit,
            certainty=certainty_of(confidence),
            summary=summary_of(facts.text),
            because=because,
        )

    def _judged(self, text: str, allowed: list[str]) -> tuple[Judgement, Lesson | None]:
        """Judge a message, and name the lesson that decided about it, if one did."""
        judged = self._judge_of(text).judge(text, allowed)
        recalled = deciding(self.taught.recall(text, _RECALLED), allowed)
        if recalled is None:
            return judged, None
        lesson, score = recalled.lesson, recalled.score
        if judged.closeness > score and judged.category != lesson.verdict:
            return judged, None  # something that is known as well is nearer
        if not lesson.is_request:
            if judged.request >= _SURELY:
                # One person's word about one message is not enough to lose what reads like a request to everybody.
                return replace(judged, confidence=0.0), lesson
            return replace(judged, request=1 - trust(score)), lesson
        if not lesson.category:
            return judged, lesson
        was_right = judged.category == lesson.category
        return replace(
            judged,
            category=lesson.category,
            runner_up=judged.runner_up if was_right else judged.category,
            confidence=max(judged.confidence, trust(score)) if was_right else trust(score),
            request=max(judged.request, trust(score)),
            nearest=lesson.text,
            closeness=score,
        ), lesson

    def _judge_of(self, text: str) -> Classifier:
        """Return what judges a message: MiniLM alone, which is better at English, unless another language is plain."""
        home, abroad = self.judge, self.abroad
        if self.taught.judge is not None:
            home, abroad = self.taught.judge, self.taught.abroad
        assert home is not None
        return home if abroad is None or language_of(plain(text)) in ("en", "und") else abroad

    def _because(
        self, judged: Judgement, decided: Lesson | None, categories: Sequence[Category], text: str
    ) -> str:
        if decided is not None:
            return told(decided)
        # A person's request is named and not quoted, because its author may still delete it.
        if lesson := self.taught.of(judged.nearest):
            return f"Reads like T-{lesson.ticket_id}."
        return because_of(self._judge_of(text), judged, categories, text)

    def learn(self, lessons: Sequence[Lesson]) -> list[Near]:
        """Let these be all that corrections teach, from the next message on; return those that contradict each
        other, of which neither teaches."""
        return self.taught.learn(lessons)

    @property
    def is_behind(self) -> bool:
        """Whether `refit` would take in something new."""
        return self.taught.is_behind

    def refit(self) -> None:
        """Fit the classifier anew with all lessons, which takes seconds; messages are judged meanwhile."""
        self.taught.refit(*self.basis)

    def judge_among(self, categories: Sequence[Category]) -> None:
        """Let these be the categories that are judged among from the next `refit` on, in place of policy's own."""
        wanted = tuple(categories)
        self.taught.choose_among(wanted if wanted != self.basis[0] else ())

    def tried_among(self, categories: Sequence[Category]) -> LocalEngine:
        """Return an engine that judges among these, by everything that is known, to see what it would say. Takes as
        long as a `refit`."""
        return self.fitted(categories, self.taught.examples(), self.basis[1])

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of unit length for what each text means, shape (texts, 384)."""
        return self.embedder.embed([plain(text) for text in texts])

    def recall(self, text: str) -> list[Recalled]:
        """Return the lessons that are nearest to a message, the nearest first."""
        return self.taught.recall(text, _RECALLED) if text.strip() else []

    def search(self, query: str, audience: str, k: int = 5, category: str = "") -> list[Passage]:
        """Return at most k passages that this audience ("customer" or "employee") may be shown, best first; those
        written for the judged category come before others that are as good."""
        return self.index.search(query, audience, k, category) if self.index is not None else []

    def reply(self, facts: Facts, passages: Sequence[Passage]) -> Reply:
        """Return a reply in the passages' own sentences, or an empty one that says why there is none."""
        return replies.draft(facts, passages, self.embedder)

    def remember(self, ticket: SimilarTicket) -> None:
        """Add a past ticket to those that `similar` finds."""
        self.past.remember(ticket)

    def remember_all(self, tickets: Iterable[SimilarTicket]) -> None:
        """Add the past tickets a process starts with: quicker than one by one, but still off the event loop."""
        self.past.remember_all(tickets)

    def forget(self, ticket_id: int) -> None:
        """Drop a past ticket."""
        self.past.forget(ticket_id)

    def similar(self, text: str, k: int = 3) -> list[SimilarTicket]:
        """Return at most k past tickets that asked much the same, with their likeness as score."""
        return self.past.similar(text, k)

    def likeness(self, text: str, others: Sequence[str]) -> list[float]:
        """Return how alike each of these texts is to one, as a cosine."""
        vectors = self.embedder.embed([plain(text), *map(plain, others)])
        return [float(each) for each in vectors[1:] @ vectors[0]]

    def parts(self, text: str, categories: Sequence[Category]) -> list[str]:
        """Return the words of each request in a message that holds several of different kinds; none where it is one
        request, or none. Raises NotFitted before `fitted`."""
        if self.judge is None:
            raise NotFitted("This engine has learnt no categories yet.")
        cut = pieces(text)
        # Most messages end here, before anything is computed.
        if not 2 <= len(cut) <= MOST_PIECES or sum(_asks(text[one.start : one.end]) for one in cut) < 2:
            return []
        allowed = [category.name for category in categories]
        return several.parts(text, cut, [self._piece(text[one.start : one.end], allowed) for one in cut])

    def _piece(self, text: str, allowed: list[str]) -> several.Judged:
        judged, decided = self._judged(text, allowed)
        is_request = decided is None or decided.is_request
        named = mentioned(plain(text))
        return several.Judged(
            _asks(text) and is_request, judged.request, judged.category, judged.confidence, named
        )

    def is_thanks(self, text: str) -> bool:
        """Say whether a reply in a thread only thanks or agrees, so that nobody needs to answer it."""
        return is_thanks(text)


def _asks(text: str) -> bool:
    """Say whether the words of a piece ask, want or report something."""
    signs = signs_of(plain(text))
    return signs.question or signs.wants or signs.trouble or signs.faults or signs.lacks


def certainty_of(confidence: float) -> Certainty:
    """Return the word for a confidence."""
    if confidence >= CLEAR:
        return Certainty.CLEAR
    return Certainty.LIKELY if confidence >= LIKELY else Certainty.UNSURE


_ONLY_AGREES = re.compile(
    r"(?:ok(?:ay)?|kk?|great|perfect|super|awesome|cool|nice|good|fine|yes|yep|yeah|sure|done|"
    r"understood|noted|alright|"
    r"all right|sounds good|will do|wonderful|excellent|brilliant|prima|genial|parfait|alles klar|"
    r"vale)\b[\s,.!:)]*",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"\b(?:but|however|although|except|still|aber|pero|mais|one more|another|also|yet)\b", re.IGNORECASE
)


def is_thanks(text: str) -> bool:
    """Say whether a message only thanks, agrees or tells that all is well now; any question or doubt makes it more."""
    said = plain(text)
    if wordless(text) is not None:
        return not re.search(r"https?://|\?", text)
    signs = signs_of(said)
    if signs.question or _TURNS.search(said) or sentiment_of(said) in (Sentiment.ANGRY, Sentiment.WORRIED):
        return False
    if (signs.wants or signs.trouble) and not signs.solved:
        return False
    return (
        signs.thanks or signs.solved or _ONLY_AGREES.fullmatch(_ONLY_AGREES.sub("", said) or "ok") is not None
    )
