"""Says in plain words why a message was judged as it was: the line on the card after "because".

It names an earlier message that reads alike and the words that point the same way. It never quotes more than
a line, and claims nothing that was not part of the judgement.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from agents.local.classifier import Classifier, Judgement
from agents.local.cues.language import small_words
from agents.local.cues.text import plain
from agents.local.features import words_of
from agents.words import Category

# An earlier message less alike than this explains nothing.
ALIKE = 0.45
LONGEST_QUOTE = 60

# Words that can lean to one category by accident of few examples, and would look silly as a reason.
_DULL = re.compile(
    r"last|next|one|two|three|new|old|still|since|today|yesterday|tomorrow|(?:day|week|month|time|year|thing|way)s?"
)


def telling_words(classifier: Classifier, category: str, text: str, most: int = 2) -> list[str]:
    """Return the words of a text that are typical of this category among the known examples, the most telling first."""
    small = small_words("en")
    asked = [
        word
        for word in dict.fromkeys(words_of(plain(text)))
        if word not in small and len(word) > 2 and not _DULL.fullmatch(word)
    ]
    inside: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    for known, label in zip(classifier.texts, classifier.labels, strict=True):
        (inside if classifier.names[label] == category else outside).update(set(words_of(known)) & set(asked))
    own = max(1, sum(classifier.names[label] == category for label in classifier.labels))
    rest = max(1, len(classifier.labels) - own)
    ranked = sorted(asked, key=lambda word: outside[word] / rest - inside[word] / own)
    return [word for word in ranked if inside[word] / own > 2 * outside[word] / rest][:most]


def because_of(
    classifier: Classifier, judgement: Judgement, categories: Sequence[Category], text: str
) -> str:
    """Return one or two sentences for the card."""
    title = next((each.title for each in categories if each.name == judgement.category), judgement.category)
    words = telling_words(classifier, judgement.category, text)
    quoted = " and ".join(f"“{word}”" for word in words)
    verb = "point" if len(words) > 1 else "points"
    if judgement.closeness >= ALIKE:
        said = f"Reads like earlier messages under {title} (“{_cut(judgement.nearest)}”)"
        return f"{said}; {quoted} {verb} the same way." if words else f"{said}."
    if words:
        return f"{quoted} {verb} to {title}, but no earlier message reads quite like it."
    return f"Closest to {title}, but no earlier message reads quite like it."


def _cut(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1].rsplit(' ', 1)[0]}…"
