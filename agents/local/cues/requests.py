"""Signs that a message asks for something, or that it is only talk between people.

Signalbox stays silent on talk: thanks, greetings, jokes, notes about being away. The signs here are weighed
with the message's meaning by the classifier; only messages without any words at all are decided here alone.
"""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass

from agents.local.cues.text import plain, without_emoji

# Of these languages some signs are known below; of others a request may sound like nothing at all.
LANGUAGES_OF_SIGNS = frozenset({"en", "de", "es", "fr", "it"})

_ASKS = re.compile(
    r"(?:^|[.!,;:]\s|\n|\b(?:hi|hello|hey)\s)(?:how|what|where|when|why|who|which|whose|can|could|may|"
    r"is there|are there|do|does|did|will|would|should|is|are|has|have|any(?:one|body)?|wie|was|wo|wann|"
    r"warum|wer|kann|"
    r"können|gibt es|ist|wird|cómo|qué|dónde|cuándo|por qué|puede|pueden|hay|comment|où|quand|pourquoi|"
    r"est-ce|pouvez|"
    r"come|dove|quando|perché)\b",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"\b(?:please|pls|plz|could you|can you|can we|can i|could we|may i|would you|need|needs|needed|want|"
    r"wants|"
    r"would like|i'd like|we'd like|looking for|request(?:ing)?|requested|help|asking|asks? (?:for|if|"
    r"whether)|"
    r"how (?:do|can|to|does|much|many|long|far)|is it possible|possible to|any way to|is there a way|"
    r"let us know|"
    r"tell me|send me|send us|give me|advise|clarify|explain|fix|suggestion|feature idea|"
    r"it would be (?:great|nice|good)|"
    r"would be (?:great|nice|good)|wish|miss(?:ing)?|bitte|brauche\w*|möchte\w*|hätte\w* gern\w*|"
    r"necesit\w+|quer(?:emos|ría\w*)|quisiera|por favor|besoin|voudr\w+|s'il vous plaît|svp|vorrei|"
    r"vorremmo)\b",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"\b(?:not working|does(?:n't| not|nt) (?:work|load|open|start|connect|arrive|show|let|print|sync)|"
    r"won't|wont|can't|cannot|"
    r"can not|cant|unable|fail(?:s|ed|ing|ure)?|errors?|broken|brok|broke|crash(?:es|ed|ing)?|bug|issue|"
    r"problem|wrong|incorrect|"
    r"stuck|stopped|stops|missing|lost|locked|expired|declined|rejected|denied|down|timeout|time[sd]? out|"
    r"timing out|"
    r"slow|frozen|freezes|blank|empty|twice|duplicate|charged|never (?:arrived|came|received)|no (?:email|"
    r"mail|answer|reply|"
    r"access|response)|still (?:not|no|waiting|pending)|hacked|phishing|suspicious|stolen|leaked|virus|"
    r"funktioniert nicht|geht nicht|fehler|kaputt|falsch|no funciona|ne (?:fonctionne|marche) pas|erreur|"
    r"non funziona|"
    r"[45]\d\d (?:error|fehler)|error [45]\d\d)\b",
    re.IGNORECASE,
)
# An order at the start of a sentence, as people in a hurry write.
_ORDERS = re.compile(
    r"(?:^|[.!;:]\s+|\n\s*|\band\s+|\bpl(?:ea)?se?\s+)(?:add|cancel|change|check|close|confirm|correct|delete|grant|"
    r"install|move|open|order|refund|remove|renew|replace|reset|resend|restore|revoke|send|stop|terminate|unlock|update)"
    r"\s+(?:(?:my|our|me|us|the|this|that|these|those|all|it|an?|\w+ and me)\b)",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(?:thanks|thank you|thx|ty|cheers|much appreciated|danke|dankeschön|gracias|merci|grazie|"
    r"obrigad[oa]|tack|"
    r"bedankt|dziękuj\w+)\b",
    re.IGNORECASE,
)
_SOLVED = re.compile(
    r"\b(?:works? (?:now|again|fine|for me|like)|working (?:now|again)|solved|sorted|resolved|fixed (?:now|"
    r"it|itself)|"
    r"all (?:good|fine|set|clear)|never ?mind|nvm|found it|got it|no longer|came through|went through|"
    r"is back|back up|"
    r"false alarm|please ignore|wrong (?:channel|window|chat|thread)|closing this|nothing (?:to do|urgent|"
    r"else)|"
    r"funktioniert (?:jetzt|wieder)|geht (?:jetzt|wieder)|ya funciona|ça marche)\b",
    re.IGNORECASE,
)
_GREETS = re.compile(
    r"\b(?:good (?:morning|afternoon|evening|night|luck)|happy (?:monday|friday|birthday|new year|"
    r"holidays)|nice (?:weekend|evening|"
    r"work)|have a (?:nice|good|great)|welcome|congrat\w*|well done|see you|bye|guten morgen|"
    r"schönes wochenende|"
    r"buen fin|bon week-end)\b",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:fyi|heads[- ]up|for your information|reminder|just to let you know|please note|minutes of|"
    r"out of office|ooo|on (?:holiday|"
    r"vacation|leave) (?:from|until|till)|back (?:on|at|in)|working from home|wfh|stepping out|leaving early|"
    r"running late|minutes? late|as (?:announced|discussed|agreed)|all-hands|lunch|coffee|cake|drinks|"
    r"football|beers?|"
    r"haha+|lol|rofl|cheers|joining|let's|i'll (?:be|join|check|have|take|send|look)|we'll (?:be|have|"
    r"look)|will do|"
    r"let me (?:check|see))\b",
    re.IGNORECASE,
)

_LACKS = re.compile(
    r"\b(?:not|no|none|never|nobody|nothing|neither|without|missing|isn't|isnt|aren't|wasn't|weren't|"
    r"hasn't|haven't|"
    r"didn't|didnt|doesn't|doesnt|don't|dont|nicht|kein\w*|pas|sin|ningún|non)\b",
    re.IGNORECASE,
)
_FAULTS = re.compile(
    r"\b(?:keeps? (?:on )?\w+ing|by itself|dead|stays? (?:black|white|blank|empty|grey|gray|off)|"
    r"disappear\w*|vanished|"
    r"drops?|dropping|disconnects?|freez\w+|flicker\w*|hangs?|stutters?|loops?|jams?|paper jam|noise|"
    r"overheat\w*|"
    r"forgot|forgotten|overdue|unpaid|overcharged|too (?:high|much|low|slow|late)|lower than|"
    r"higher than|swapped|"
    r"wrongly|unexpected|again(?: and again)?|since (?:this|yesterday|last|the|monday|tuesday|"
    r"wednesday|thursday|"
    r"friday|noon|seit)|nobody here|all down|everything down|system down|left .{0,20}(?:train|taxi|bus|"
    r"bar)|clicked on|"
    r"geht nicht|seit heute|fehlt)\b",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"\b(?:(?:is|are|was|were|has been|have been|been) (?:now )?(?:paid|sent|signed|finished|approved|"
    r"settled|done|closed|over|"
    r"gone|online|in order|complete|completed|delivered|released)|went live|gone out|handed in|(?:no|"
    r"nothing) (?:action|to do|"
    r"needed|is needed)|nothing needed|(?:errors?|problems?|issues?) (?:have|has|are|is) (?:stopped|"
    r"gone)|runs? (?:normally|fine|"
    r"smoothly)|came back|all (?:settled|sorted)|worked for (?:me|us)|helped|that (?:helped|cured)|"
    r"had (?:that|the same)|"
    r"stays? closed|are closed|is closed|away (?:from|until)|until (?:monday|tuesday|wednesday|"
    r"thursday|friday|tomorrow)|"
    r"in the meantime|stands? in|covers? for|looks? after)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Signs:
    """What was seen in a message; the order of the fields is the order of the classifier's inputs."""

    question: bool
    asks: bool
    wants: bool
    trouble: bool
    thanks: bool
    solved: bool
    greets: bool
    tells: bool
    lacks: bool
    faults: bool
    closed: bool
    short: bool
    long: bool

    def as_numbers(self) -> tuple[float, ...]:
        """Return the signs as 0.0 or 1.0."""
        return tuple(float(value) for value in astuple(self))


def signs_of(text: str) -> Signs:
    """Return the signs seen in a plain text."""
    count = len(re.findall(r"\w+", text))
    return Signs(
        question="?" in text,
        asks=_ASKS.search(text) is not None,
        wants=_WANTS.search(text) is not None or _ORDERS.search(text) is not None,
        trouble=_TROUBLE.search(text) is not None,
        thanks=_THANKS.search(text) is not None,
        solved=_SOLVED.search(text) is not None,
        greets=_GREETS.search(text) is not None,
        tells=_TELLS.search(text) is not None,
        lacks=_LACKS.search(text) is not None,
        faults=_FAULTS.search(text) is not None,
        closed=_CLOSED.search(text) is not None,
        short=count <= 3,
        long=count >= 12,
    )


def wordless(text: str) -> str | None:
    """Return why a Slack message cannot be a request (no words: emoji, links or mentions only), or None."""
    said = without_emoji(plain(text))
    if re.search(r"[^\W\d_]", said) or re.search(r"\d{3}", said):
        return None
    if re.search(r"https?://|www\.", text):
        return "It is only a link."
    if re.search(r"\w", said):
        return "It is only a sign of agreement."
    return "It has no words."
