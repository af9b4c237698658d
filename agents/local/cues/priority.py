"""How urgent a request is, and why, starting from what policy says of its category.

The card shows the priority with its reason. Shouting alone never makes a P1: what counts is what stands
still, for how many people and by when. A customer's tier is one reason among others, and never lowers
anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.words import Priority, Sentiment

_ORDER = (Priority.P1, Priority.P2, Priority.P3, Priority.P4)

DOWN = re.compile(
    r"\b(?:(?:is|are|was|went|gone|goes|been|be|completely|totally|seems|keeps going) down|down (?:for|"
    r"since|again|right now)|down ?\?|(?:everything|all|system|site) down\b|"
    r"outage|offline|unreachable|unavailable|not reachable|(?:total |complete )?standstill|stopped working|"
    r"not? (?:respond|load)(?:s|ing)?|times? out|timing out|timeouts?|50[0234]\b|service unavailable|"
    r"nothing works|(?:error|white) pages?|stays white|bad gateway|gateway errors?|"
    r"everything (?:fails|errors|is broken|stopped)|all (?:requests|calls|labels) (?:fail|are failing)|"
    r"errors? out|(?:not|isn't|aren't|stopped) working for (?:any|all|the whole|everyone|everybody)|"
    r"(?:can't|cannot|can not|cant|unable to|(?:nobody|no one|none of (?:us|them|the \d+ \w+))"
    r"(?: (?:here|(?:at|in|from|on) (?:\w+ ){0,2}\w+))? can) "
    r"(?:print|ship|log ?in|sign in|work|reach|connect|create|use|access)|"
    r"ausgefallen|störung|geht nichts|caíd[oa]|en panne)",
    re.IGNORECASE,
)
EVERYBODY = re.compile(
    r"\b(?:all (?:of )?(?:our |the )?(?:\w+ )?(?:users|stores|warehouses|sites|colleagues|teams?|offices?|"
    r"customers|shops|regions|people|requests|accounts|staff)|"
    r"every(?:body|one|thing| (?:user|request|store|warehouse|site|label|customer|order))|nobody|no one|"
    r"no-one|none of (?:us|our|them|the)|"
    r"(?:the |our |your )?(?:whole|entire) (?:\w+ )?(?:company|site|team|warehouse|office|department|shift|"
    r"dispatch|service|platform|floor|organi[sz]ation)|"
    r"company[- ]wide|for any(?:one|body| of us)|in all regions|all of us|across (?:all|the)|"
    r"total(?:ly)?|nothing works|production|"
    r"alle|niemand|keiner|todos|nadie|tout le monde|personne)\b",
    re.IGNORECASE,
)
_DANGER = re.compile(
    r"\b(?:hacked|data (?:breach|leak|loss)|breach(?:ed)?|ransomware|malware|(?:account|key|token|password|"
    r"credentials?) (?:was |were |has been |got |is |may be )?"
    r"(?:leaked|stolen|compromised|exposed|published)|(?:leaked|stolen|exposed|pushed|published|"
    r"posted) (?:\w+ ){0,3}(?:key|token|password|credentials?|secret)|"
    r"(?:see|sees|seeing|shows?|showing) (?:us )?(?:another|other|someone else's|somebody else's|"
    r"a different) (?:customer|company|account)\w*|"
    r"(?:typed|entered|gave) (?:\w+ ){0,3}(?:password|credentials)|(?:laptop|phone|notebook|"
    r"device)\b.{0,30}\b(?:stolen|was stolen)|"
    r"stole my|unauthori[sz]ed (?:access|login)|"
    r"(?:someone|somebody|stranger) (?:else )?(?:has )?(?:logged|is logged|logs|got) in)",
    re.IGNORECASE,
)
_BLOCKED = re.compile(
    r"\b(?:blocked|blocking|stuck|stand(?:ing|s)? still|can(?:'t|not| not) (?:work|ship|continue|"
    r"do anything|start)|losing (?:money|orders|customers|sales)|"
    r"locked out|no salary|salary (?:still )?(?:has|have|did|is|was)(?:n't| not)|not been paid|"
    r"(?:weren't|wasn't|have not been|haven't been) paid|suspended|"
    r"lost (?:all|our) data|trucks?|(?:drivers?|people|packers) (?:is|are) waiting|"
    r"waiting (?:at|in front)|blockiert|gesperrt|bloquead[oa])\b",
    re.IGNORECASE,
)
_SOON = re.compile(
    r"\b(?:(?:by|before|until|till|due) (?:today|tonight|noon|midday|lunch|end of (?:the )?(?:working )?(?:day|"
    r"business)|close of business|eod|cob|this (?:afternoon|evening)|\d{1,2}(?::\d\d)? ?(?:am|pm|h\b|o'clock|uhr)|"
    r"\d{1,2}:\d\d)|"
    r"(?:in|within) (?:the next )?(?:(?:a few|one|two|three|an|half an|\d{1,2}) (?:hours?|minutes?|mins?)|"
    r"a moment)|"
    r"(?:needed|need (?:it|this|that|them)|required|due|starts?|deadline(?: is)?|leave|flight(?: is)?|"
    r"ships?|audit|presentation) (?:\w+ ){0,3}(?:today|tonight|this (?:morning|afternoon|evening)|"
    r"right now|immediately|now)|"
    r"heute noch|bis heute|hoy mismo|aujourd'hui même)\b",
    re.IGNORECASE,
)
_URGENT = re.compile(
    r"\b(?:urgent(?:ly)?|asap|a\.s\.a\.p|as soon as possible|emergency|immediately|right away|right now|"
    r"time[- ]critical|business[- ]critical|critical|high priority|"
    r"top priority|dringend|sofort|eilt|urgente|urgence|d'urgence)\b",
    re.IGNORECASE,
)
_CALM = re.compile(
    r"\b(?:no (?:rush|hurry|urgency)|not urgent|isn't urgent|nothing urgent|low priority|whenever (?:you|"
    r"it)|when(?:ever)? you (?:have|find|get) (?:a |the |some )?(?:time|moment|minute|chance)|"
    r"take your time|can wait|not (?:a )?(?:priority|critical)|some ?(?:day|time)|nice to have|"
    r"keine eile|nicht dringend|sin prisa|pas urgent)\b",
    re.IGNORECASE,
)
SUPPOSED = re.compile(
    r"\b(?:what (?:happens|would happen|if)|in case (?:of|that|we|the)|if (?:i|we|someone|somebody|a|my|"
    r"our|the) (?:\w+ ){0,4}(?:lost|lose|loses|stolen|leaked?|hacked|down)|"
    r"suppose|hypothetical\w*|last (?:week|month|year|quarter)|root cause|post[- ]?mortem|sla for|credit for|"
    r"how do you (?:handle|deal))\b",
    re.IGNORECASE,
)
OVER = re.compile(
    r"\b(?:works? again|is back|are back|was fixed|is fixed|resolved|solved|recovered)\b", re.IGNORECASE
)
_NOT_URGENT = re.compile(
    r"\b(?:not|isn't|nothing|no|nicht)\s+(?:that |so |really |very )?(?:urgent|dringend|critical)\b",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(\d{1,5}|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|dozens?|hundreds?|"
    r"thousands?)(?: of)? (?:of our |of my |our |other |different )?(?:us\b|people|users|colleagues|employees|"
    r"packers|drivers|customers|stores|shops|warehouses|agents|orders|parcels|shipments|members of staff|staff)\b",
    re.IGNORECASE,
)
_TEAM = re.compile(r"\b(?:team|group|crew|shift|office|department) of (\d{1,5})\b", re.IGNORECASE)
_MANY = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
    "dozen": 24, "hundred": 100, "thousand": 1000,
}  # fmt: skip
_SHUT_OUT = re.compile(r"\blocked out\b", re.IGNORECASE)
ENOUGH_PEOPLE = 20


@dataclass(frozen=True)
class Urgency:
    """A priority with the reason a card can show."""

    priority: Priority
    because: str


def urgency_of(
    text: str, default: Priority, sentiment: Sentiment, tier: str | None, is_strange: bool = False
) -> Urgency:
    """Return the priority of a plain text whose category has this default; `tier` is the account's plan, if known.

    `is_strange` says that it reads like nothing known: then the category is a guess, and lends nobody its P1.
    """
    supposed = SUPPOSED.search(text) is not None or OVER.search(text) is not None
    affected = people_affected(text)
    if not supposed:
        if match := _DANGER.search(text):
            return _at_least(
                Priority.P2 if default in (Priority.P3, Priority.P4) else default,
                default,
                f"“{match[0]}” is a danger to data or money",
            )
        down, everybody = DOWN.search(text), EVERYBODY.search(text)
        if affected >= ENOUGH_PEOPLE:
            down = down or _SHUT_OUT.search(text)  # one who is locked out has forgotten a password
        if (
            down
            and (everybody or affected >= ENOUGH_PEOPLE)
            and default in (Priority.P1, Priority.P2, Priority.P3)
        ):
            whom = everybody[0].strip() if everybody else f"{affected} affected"
            # A fault for many is an outage even where the category calls for less, but only the product's own
            # categories can bring the house down: a how-to question stays one.
            return _at_least(Priority.P1, default, f"“{down[0].strip()}” for many (“{whom}”)")
    usual = "That is usual for this kind of request."
    if is_strange and default is Priority.P1:
        default = Priority.P2
        usual = "No P1, because it reads like no known request of this kind."
    raised, reasons = 0, []
    if not supposed and (match := _BLOCKED.search(text)):
        raised, reasons = 1, [f"work is held up (“{match[0]}”)"]
    if match := _SOON.search(text):
        raised, reasons = 1, [*reasons, f"a deadline is near (“{match[0]}”)"]
    if affected >= ENOUGH_PEOPLE and DOWN.search(text):
        raised, reasons = 1, [*reasons, f"{affected} are affected"]
    if (match := _URGENT.search(text)) and not _NOT_URGENT.search(text):
        raised, reasons = 1, [*reasons, f"the requester says “{match[0]}”"]
    if tier is not None and tier.lower() == "enterprise" and sentiment is Sentiment.ANGRY:
        raised, reasons = 1, [*reasons, "an enterprise customer is angry"]
    if raised:
        # Words can raise by one step and never to P1: that takes something down for many, or the category
        # itself.
        step = max(1, _ORDER.index(default) - 1) if default is not Priority.P1 else 0
        return _at_least(_ORDER[step], default, " and ".join(reasons[:2]))
    if (match := _CALM.search(text)) and default is not Priority.P1:
        return Urgency(_ORDER[min(3, _ORDER.index(default) + 1)], f"The requester says “{match[0]}”.")
    return Urgency(default, usual)


def people_affected(text: str) -> int:
    """Return the largest number of people, shops or orders a text speaks of; 0 when it names none."""
    found = [*_PEOPLE.findall(text), *_TEAM.findall(text)]
    return max(
        (int(each) if each.isdigit() else _MANY[each.lower().rstrip("s")] for each in found), default=0
    )


def _at_least(wanted: Priority, default: Priority, reason: str) -> Urgency:
    chosen = min(wanted, default, key=_ORDER.index)
    reason = reason[:1].upper() + reason[1:]
    return Urgency(
        chosen, f"{reason}." if chosen is not default else f"{reason}, and this kind is {default} anyway."
    )
