"""How the requester sounds: angry, worried, neutral or pleased, from what is said and how it is written.

The card shows it and policy may route by it. It never judges the person, and sarcasm escapes it.
"""

from __future__ import annotations

import re

from agents.words import Sentiment

_ANGRY = re.compile(
    r"\b(?:unacceptable|inacceptable|ridiculous|outrageous|furious|angry|fed up|sick of|sick and tired|"
    r"disgrace\w*|"
    r"terrible|horrible|awful|appalling|worst|useless|incompetent|scandal\w*|pathetic|a joke|not a joke|"
    r"shame\w*|"
    r"had enough|losing patience|lost patience|ran out of patience|out of patience|our lawyers?|"
    r"legal action|sue you|"
    r"rip[- ]?off|scam|fraud(?:ulent)? company|how hard can it be|still no(?:body| one| answer| reply|"
    r" response| reaction)|"
    r"nobody (?:answers|replies|reacts|cares|responds)|no one (?:answers|replies|cares|responds)|"
    r"(?:third|fourth|fifth|3rd|4th|5th|tenth) time|for weeks now|again and again|yet again|wtf|damn|bloody|"
    r"disappointed|disappointing|frechheit|unverschämt|inakzeptabel|unmöglich|sauer|inaceptable|indignante|"
    r"vergogna|scandaleux|honteux)\b",
    re.IGNORECASE,
)
_WORRIED = re.compile(
    r"\b(?:worried|worrying|concerned|concerning|afraid|scared|nervous|anxious|urgent(?:ly)?|asap|"
    r"desperate(?:ly)?|"
    r"panic\w*|critical|emergency|immediately|right now|as soon as possible|hacked|breach(?:ed)?|leaked|"
    r"stolen|suspicious|compromised|losing (?:money|customers|orders)|standing still|at a standstill|"
    r"standstill|"
    r"blocked|stuck|dringend|sofort|besorgt|eilig|urgente|preocupad\w+|inquiet\w*|help!+)\b",
    re.IGNORECASE,
)
_PLEASED = re.compile(
    r"\b(?:love (?:it|the|this|your|how)|great (?:job|work|tool|product|service|support)|awesome|fantastic|"
    r"wonderful|excellent|amazing|"
    r"really (?:like|happy|pleased)|very (?:happy|pleased|satisfied)|happy with|works (?:great|perfectly|"
    r"like a charm)|well done|"
    r"brilliant|perfect|super|thank you so much|many thanks|thanks a lot|vielen dank|muchas gracias|"
    r"merci beaucoup|"
    r"all good now|solved it|kudos)\b",
    re.IGNORECASE,
)
_SHOUTED = re.compile(r"\b[A-Z]{4,}\b(?:\W+\b[A-Z]{3,}\b)+")


def sentiment_of(text: str) -> Sentiment:
    """Return how a plain text sounds."""
    angry = (
        len(_ANGRY.findall(text))
        + (1 if _SHOUTED.search(text) else 0)
        + (1 if re.search(r"[!?]{3,}", text) else 0)
    )
    worried = len(_WORRIED.findall(text))
    # "Thanks in advance" is manners; only praise counts as pleased, and only where nothing else is said.
    pleased = len(_PLEASED.findall(text))
    if re.search(r"!!", text):
        angry += (
            1
            if angry or re.search(r"\b(?:again|still|wrong|charged|never|not)\b", text, re.IGNORECASE)
            else 0
        )
    if angry and angry >= worried:
        return Sentiment.ANGRY
    if worried:
        return Sentiment.WORRIED
    return Sentiment.PLEASED if pleased else Sentiment.NEUTRAL
