"""Where one message may go over from one request to the next: lists, paragraphs, "also", "another thing".

Nobody sees it by itself; what the pieces are judged to be decides whether a message is taken apart. A list counts only
where nothing around it asks for anything, because a list under a request is its details: steps, symptoms, months.
"""

from __future__ import annotations

import re

from agents.local.cues.requests import signs_of
from agents.local.cues.summary import without_greeting
from agents.local.cues.text import plain
from agents.parts import MOST_PIECES, Apart, Piece

_ITEM = re.compile(
    r"^[ \t]*(?:(?P<dot>[-*•–])|\(?(?P<number>\d{1,2})[.)]|\(?(?P<letter>[a-eA-E])[.)])[ \t]+(?=\S)",
    re.MULTILINE,
)
_MARK_AT_END = re.compile(r"(?:[-*•–]|\(?(?:\d{1,2}|[a-eA-E])[.)])\s*$")
_INLINE = re.compile(r"(?:(?<=\s)|^)\(?(?P<number>\d)\)[ \t]+(?=\S)")
_BREAK = re.compile(r"\n[ \t]*\n\s*|(?<=[.!?…])\s+|\n+")
_ANNOUNCES = re.compile(
    r"\b(?:(?:two|three|four|five|2|3|4|5|a few|several|some|a couple of|couple of)"
    r" (?:quick |short |different |more |small |other )*(?:questions?|things?|requests?|issues?|topics?|points?|asks?)"
    r"|(?:zwei|drei|vier|ein paar|mehrere|einige) (?:\w+ )?(?:Fragen|Dinge|Sachen|Anliegen|Themen|Punkte|Bitten)"
    r"|(?:dos|tres|varias|unas) (?:preguntas|cosas|dudas|peticiones)"
    r"|(?:deux|trois|plusieurs|quelques) (?:questions|choses|demandes|points)"
    r"|(?:due|tre|alcune) (?:domande|cose|richieste))\b",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"(?:(?:and|und|y|et|oh),? )*"
    r"(?:another (?:thing|question|request|issue|topic|point)"
    r"|(?:one|two) (?:more|other|further) (?:things?|questions?|requests?|issues?)"
    r"|on (?:another|a different|a separate) (?:note|topic|subject)"
    r"|(?:second|third) (?:question|thing|request|issue|topic)|(?:second|third)(?:ly)?(?=[,:])"
    r"|while (?:you|we)(?:'re| are) at it|p\.? ?s\.?(?=[ :,])|unrelated(?:ly)?|separately"
    r"|(?:a )?different (?:topic|question|thing)|something else|apart from that|besides that"
    r"|(?:noch )?(?:etwas|was) anderes|noch (?:etwas|eine (?:frage|bitte|sache))|anderes thema|zweite frage|zweitens"
    r"|unabhängig davon|otra (?:cosa|pregunta|duda)|por otro lado|segunda pregunta"
    r"|(?:une )?autre (?:chose|question|point)|rien à voir|deuxième question|par ailleurs|un'altra (?:cosa|domanda))\b",
    re.IGNORECASE,
)
_ALSO = re.compile(
    r"(?:(?:and|oh|plus),? )*"
    r"(?:also|oh,? and|additionally|in addition|furthermore|moreover|by the way|btw|plus|außerdem|zudem|übrigens|además"
    r"|también|por cierto|de plus|aussi|en outre|au fait|inoltre)\b",
    re.IGNORECASE,
)
# What goes on about something that was said before.
_LEANS = re.compile(
    r"[\s,:–-]*"
    r"(?:it|its|it's|this|that|that's|these|those|they|there|he|she|same|the same|if|so|then|otherwise|because|but|or"
    r"|either|after that|wenn|falls|sonst|dann|das|es|dies\w*|sie|si|entonces|eso|esto|sinon|alors|cela|ça)\b",
    re.IGNORECASE,
)
# A single clause that ends with a word for what was said before: "will we get a credit for that?"
_ABOUT_IT = re.compile(
    r"[^,;:.!?\n]*\b(?:for|about|of|because of|due to|from|after|over|with|by|on|against)"
    r" (?:that|this|those|these|all (?:that|this|of (?:that|this)))\W*",
    re.IGNORECASE,
)
# "Please:" says nothing of the items after it; "Please refund:" says what each of them is.
_PLEASE = re.compile(r"\bplease\s*:?\s*$", re.IGNORECASE)
_ABOUT = re.compile(
    r"(?:for|from|about|regarding|concerning|re|on behalf of|für|wegen|para|pour|de)\b", re.IGNORECASE
)
_WHOM = 8  # words that may say for whom or about what all items of a list are
_SHORT_INTRO = 4  # words before a list that ask for nothing, as in "For Northmoor:"


def pieces(text: str) -> list[Piece]:
    """Return the pieces of a message in which it may ask for different things; none where nothing is set apart."""
    if text.count("\n") > 400:
        return []
    return _list(text) or _stretches(text)


def lead_of(before: str) -> str:
    """Return what stands before the first part of a message, without its mark; empty where it only greets or announces
    a list."""
    said = _MARK_AT_END.sub("", before).strip()
    told = without_greeting(f"{said} " if said else "")
    return "" if _ANNOUNCES.search(said) or not re.search(r"\w", told) else said


def _list(text: str) -> list[Piece]:
    """Return the items of the only list in a text, where all around it is greeting or announcement."""
    found = _lines(text) or _inline(text)
    if not 2 <= len(found) <= MOST_PIECES:
        return []
    before, after = text[: found[0][0]], text[found[-1][2] :]
    if not _introduces(before) or _asks(after):
        return []
    return [Piece(start, end, Apart.LISTED) for _, start, end in found]


def _lines(text: str) -> list[tuple[int, int, int]]:
    """Return where each item's mark and words begin and where it ends, if its marks are of one kind and in order."""
    marks = list(_ITEM.finditer(text))
    if len(marks) < 2 or not _in_order(marks):
        return []
    ends = [mark.start() for mark in marks[1:]]
    line_end = text.find("\n", marks[-1].end())
    ends.append(len(text) if line_end < 0 else line_end)
    return [(mark.start(), mark.end(), end) for mark, end in zip(marks, ends, strict=True)]


def _in_order(marks: list[re.Match[str]]) -> bool:
    if all(mark["dot"] for mark in marks):
        return True
    if all(mark["number"] for mark in marks):
        return [int(mark["number"]) for mark in marks] == list(range(1, len(marks) + 1))
    letters = "".join(mark["letter"] or "?" for mark in marks).casefold()
    return "abcde".startswith(letters)


def _inline(text: str) -> list[tuple[int, int, int]]:
    """Return the items of "1) … 2) …" in running text."""
    marks = list(_INLINE.finditer(text))
    if len(marks) < 2 or [int(mark["number"]) for mark in marks] != list(range(1, len(marks) + 1)):
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [(mark.start(), mark.end(), end) for mark, end in zip(marks, ends, strict=True)]


def _introduces(before: str) -> bool:
    """Say whether what stands before a list only greets or announces it."""
    if _ANNOUNCES.search(before):
        return "?" not in before
    said = plain(before)
    last = re.split(r"(?<=[.!?])\s+|\n", said)[-1] if said else ""
    alone = _PLEASE.sub("", before)
    longest = _WHOM if _ABOUT.match(last) else _SHORT_INTRO
    return len(re.findall(r"\w+", last)) <= longest and not _asks(alone)


def _asks(text: str) -> bool:
    signs = signs_of(plain(text))
    asked = signs.question or signs.wants or signs.trouble or signs.faults or signs.lacks
    return asked and bool(re.search(r"\w", text))


def _stretches(text: str) -> list[Piece]:
    """Cut a text at empty lines and before "also" and its like; after "two things" at every sentence."""
    cuts, start = [0], 0
    kinds = {0: Apart.ADDED}
    announced = _ANNOUNCES.search(text)
    from_here = announced.end() if announced else len(text)
    for found in _BREAK.finditer(text):
        start = found.end()
        is_paragraph = found[0].count("\n") > 1
        if _ANOTHER.match(text, start) or start > from_here:
            kinds[start] = Apart.ANNOUNCED
        elif is_paragraph or _ALSO.match(text, start):
            kinds[start] = Apart.ADDED
        else:
            continue
        cuts.append(start)
    ends = [*cuts[1:], len(text)]
    return [
        Piece(cut, end, kinds[cut], cut > 0 and _leans(text[cut:end]))
        for cut, end in zip(cuts, ends, strict=True)
        if text[cut:end].strip() and not (announced and _only_announces(text[cut:end]))
    ]


def _only_announces(piece: str) -> bool:
    """Say whether a sentence ends with the announcement that more follow, and asks nothing by itself."""
    found = _ANNOUNCES.search(piece)
    return found is not None and "?" not in piece and not re.search(r"\w", piece[found.end() :])


def _leans(piece: str) -> bool:
    another = _ANOTHER.match(piece)
    opened = _ALSO.match(piece) or another
    said = piece[opened.end() :] if opened else piece
    # Who says "another thing" means another one, whatever it ends with.
    return _LEANS.match(said) is not None or (
        not another and _ABOUT_IT.fullmatch(said.lstrip(" ,:–-")) is not None
    )
