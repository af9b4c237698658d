"""Signs that something is down for many at this moment, or that an outage is only spoken of.

People report an outage as a claim ("nobody can print"), as a question ("is it down for anybody else?") and in words
that a single fault has as well ("the whole site shows an error page"). And they ask about downtime that is planned,
supposed or over, for which nobody should be woken. The classifier weighs these signs beside the meaning; they decide
nothing alone.
"""

from __future__ import annotations

import re

from agents.local.cues.priority import DOWN, ENOUGH_PEOPLE, EVERYBODY, OVER, SUPPOSED, people_affected

_ASKED = re.compile(
    r"\b(?:(?:is|are|was|were) (?:(?:the|your|our|this|it|everything|all|you)\b ?)?(?:[\w.'-]+ ){0,3}?"
    r"(?:down|offline|unreachable|unavailable|dead)\b(?! (?:to|in|on|the|from|at|as|payment)\b)(?:[^.!\n]*\?|\W*$)|"
    r"is there (?:an?|any|some) (?:\w+ )?(?:outage|incident|disruption|downtime|service (?:problem|issue)|"
    r"(?:problem|issue|trouble) (?:on|at) your (?:side|end))\b|"
    r"(?:are you|is \w+) (?:\w+ )?having (?:an |any |some )?(?:outage|incident|downtime|trouble|issues|problems)\b|"
    r"is (?:it|this) (?:just|only) (?:me|us|here)\b|or is it (?:just|only) (?:me|us)\b|"
    r"(?:down|fail(?:s|ing)?|broken|gone|dead|not (?:working|loading)) for (?:any|every)(?:one|body) else\b)",
    re.IGNORECASE,
)
_SPOKEN_OF = re.compile(
    r"\b(?:outages?|incidents?|downtimes?|down|offline|unavailable|unreachable|disruptions?)\b", re.IGNORECASE
)
_PLANNED = re.compile(
    r"\b(?:planned|scheduled|maintenance|upcoming|announced|(?:next|coming) (?:week|month|weekend|quarter|"
    r"\w+day)|tomorrow|will (?:there|it|the|you|your|we)\b|going to be|how (?:often|long (?:is|was|are))|"
    r"in advance|history|past|credit|compensat\w+|sla|uptime|"
    r"(?:were|was) (?:\w+ )?(?:down|offline) (?:\w+ ){0,4}(?:on|in|last|yesterday))\b",
    re.IGNORECASE,
)
# Where others are fine it is no outage, whoever is told of besides.
_OTHERS_FINE = re.compile(
    r"\b(?:every(?:body|one|thing) else|all (?:the )?others?|the others?|(?:every|all) other \w+|other (?:\w+ )?"
    r"(?:users|colleagues|pages|carriers|countries)|the rest|"
    r"single \w+|(?:only|just) (?:for )?(?:me|one|my|mine))\b[^.!?\n]{0,40}?\b(?:fine|works?|working|"
    r"ok(?:ay)?|prints?|normal(?:ly)?|can\b(?! ?not))|\bonly (?:for )?(?:me|one (?:of us|user|person))\b",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"\b(?:right now|at the moment|currently|since|nobody here|(?:this|today'?s?) (?:morning|afternoon)|minutes|"
    r"just (?:now|went)|still|again)\b",
    re.IGNORECASE,
)


def outage_sign(text: str) -> int:
    """Return 1 where a plain text tells of something that is down for many now or asks whether it is, -1 where an
    outage is only spoken of (planned, supposed, over, or others are fine), and 0 where it says nothing of the kind."""
    is_many = EVERYBODY.search(text) is not None or people_affected(text) >= ENOUGH_PEOPLE
    tells = is_many and DOWN.search(text) is not None
    if _OTHERS_FINE.search(text):
        return -1
    if _SPOKEN_OF.search(text) and (_PLANNED.search(text) or SUPPOSED.search(text) or OVER.search(text)):
        return 1 if tells and _NOW.search(text) and not OVER.search(text) else -1
    return 1 if tells or _ASKED.search(text) else 0
