"""What the local engine can read: the languages of the examples that it was taught with.

People see it on the card of a message in another language: "Written in Spanish; the local model reads only English."
Such a message goes to a person however sure the model is, because its certainty was measured on what it was taught.
Claude reads all of them, so what Claude has judged is not held for its language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from agents.local.cues.language import language_of
from agents.local.cues.requests import LANGUAGES_OF_SIGNS, wordless
from agents.local.cues.text import plain

_TAUGHT = 3  # examples from which a language counts as taught; a policy gives at least so many a category
_UNKNOWN = "und"
NAMES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "sv": "Swedish", "pl": "Polish", "ja": "Japanese", "ko": "Korean", "zh": "Chinese",
    "ru": "Russian", "ar": "Arabic", "he": "Hebrew", "el": "Greek", "hi": "Hindi", "th": "Thai",
}  # fmt: skip


@lru_cache(maxsize=8)
def taught(examples: tuple[str, ...]) -> frozenset[str]:
    """Return the languages (ISO 639-1) that at least three of these examples are written in."""
    counts = Counter(language_of(plain(example)) for example in examples)
    return frozenset(code for code, count in counts.items() if count >= _TAUGHT and code != _UNKNOWN)


def unread(language: str, engine: str, known: frozenset[str]) -> str:
    """Return why nobody should rely on a judgement of a message in this language; empty when one may.

    `engine` is who judged. A language that cannot be told, as in a message of two words, is no reason.
    """
    if engine != "local" or language == _UNKNOWN or language in known or not known:
        return ""
    return f"written in {_name(language)}; the local model reads only {_names(known)}."


def may_ask(text: str, known: frozenset[str]) -> bool:
    """Say whether a message that the local engine takes for talk may be a request that it cannot hear.

    That is so in a language that it was not taught and of which no sign of a request is known either.
    """
    language = language_of(plain(text))
    if language == _UNKNOWN or language in known or language in LANGUAGES_OF_SIGNS:
        return False
    return wordless(text) is None


def _names(codes: Iterable[str]) -> str:
    return " and ".join(sorted(_name(code) for code in codes))


def _name(code: str) -> str:
    return NAMES.get(code, f"another language ({code})")
