"""One line that says what a message is about, in the requester's own words.

The card is headed by it. It is cut from the message, never written anew, so it cannot claim what was not
said.
"""

from __future__ import annotations

import re

from agents.local.cues.text import plain, sentences, without_emoji

LONGEST = 120

_GREETING = re.compile(
    r"^(?:(?:hi|hiya|hey|hello|dear|good (?:morning|afternoon|evening)|morning|greetings|hallo|moin|servus|"
    r"guten (?:tag|morgen)|"
    r"hola|buenos días|buenas|bonjour|ciao|buongiorno|hej|olá|thanks|thank you|sorry)\b"
    r"(?:\s+(?:all|everyone|everybody|team|there|folks|guys|support|zusammen|a todos|à tous|in advance|"
    r"to bother(?: you)?|"
    r"[A-ZÀ-Þ][\wà-þ]+(?:\s+(?:team|support|crew))?)\b)?"
    r"\s*[,.!:;)(–-]+\s*|(?:hi|hey|hello|hallo|hola)\s+(?=(?:how|where|what|when|can|could|is|are|we|i|"
    r"our|my|do|does|the)\b))",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:quick question|a quick question|question|just a question|one question|short question|"
    r"i have a question|"
    r"hope you(?:'re| are) (?:well|all well|doing well)|hope all is well|i hope this finds you well|help|"
    r"please help|urgent|fyi|"
    r"not sure (?:if )?this is the right (?:channel|place))\s*[:,.!–-]+\s*",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^(?:thanks|thank you|thx|cheers|many thanks|best|best regards|kind regards|regards|br|danke|"
    r"gracias|merci)\b"
    r".{0,40}$",
    re.IGNORECASE,
)


def summary_of(text: str) -> str:
    """Return at most 120 characters: the first sentence that says something, without its greeting."""
    for sentence in sentences(without_emoji(plain(text))):
        said = without_greeting(sentence)
        if len(re.findall(r"\w+", said)) >= 3 and not _CLOSING.match(said):
            return _shortened(said)
    rest = without_greeting(" ".join(without_emoji(plain(text)).split()))
    return _shortened(rest) if rest else "(no text)"


def without_greeting(sentence: str) -> str:
    """Take greetings and fillers off the front, as often as they come."""
    while True:
        shorter = _FILLER.sub("", _GREETING.sub("", sentence, count=1), count=1).strip()
        if shorter == sentence:
            break
        sentence = shorter
    return sentence[:1].upper() + sentence[1:]


def _shortened(said: str) -> str:
    if len(said) <= LONGEST:
        return said
    cut = said[: LONGEST - 1]
    # A cut inside a word reads as another word; without a space to cut at there is nothing to lose.
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut[60:] else cut}…"
