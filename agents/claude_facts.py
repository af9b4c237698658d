"""What Claude is told: the facts of one request, as tagged data that nobody can break out of.

Nobody in Slack sees this text, but everything they write passes through here on its way to the model. It is
written as JSON inside tags, with the characters that tags are made of escaped, so a message that contains a
closing tag stays a message. Invisible characters are dropped, people become `person_1` as policy says, and things
that look like keys, passwords or card numbers never leave. What is deliberately not done: no attempt to
recognise hostile instructions. A fence is a hint to the model; the control is that its answer is checked and carries no
authority.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from agents.aliases import Aliases
from agents.privacy import masked
from agents.words import Category, Example, Facts

Block = dict[str, object]

CACHE_1H: Mapping[str, str] = {"type": "ephemeral", "ttl": "1h"}

_TEXT_LIMIT = 8_000
_THREAD_LIMIT = 20
_LINE_LIMIT = 1_500
_SHORT_LIMIT = 400
_LIST_LIMIT = 40
_EXAMPLES_PER_CATEGORY = 5

# Letters by their Unicode class, yet drawn as nothing; text can be smuggled in them past a reader's eye.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
_LINE_BREAKS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\x85": "\n"}


def plain(text: str) -> str:
    """Drop every character that a reader cannot see: controls, bidi marks, tag characters, variation
    selectors.
    """
    for line_break, newline in _LINE_BREAKS.items():
        text = text.replace(line_break, newline)
    return "".join(c for c in text if c in "\n\t" or not _is_invisible(c))


def triage_turn(
    facts: Facts, categories: Sequence[Category], examples: Sequence[Example], aliases: Aliases | None = None
) -> list[Block]:
    """Write the user turn that asks for a judgement: the categories, cached, then what is new with this
    request. Who people are is told by `aliases`.
    """
    alias = _cleaning(aliases or Aliases(facts.people))
    policy = [
        {
            "name": c.name,
            "title": plain(c.title),
            "description": plain(c.description),
            "usual_priority": c.priority.value,
            "examples": [_clip(masked(plain(e)), _SHORT_LIMIT) for e in c.examples[:_EXAMPLES_PER_CATEGORY]],
        }
        for c in categories
    ]
    judged = [{"text": _clip(alias(e.text), _LINE_LIMIT)} | _verdict(e) for e in examples[:_LIST_LIMIT]]
    fresh = (
        fence("examples", judged)
        + "\n"
        + fence("facts", _known(facts, alias))
        + "\n"
        + fence("request", _asked(facts, alias))
    )
    return [
        # The categories change only with policy, so they are worth a cache entry of their own after the
        # prompt's.
        {"type": "text", "text": fence("categories", policy), "cache_control": dict(CACHE_1H)},
        {"type": "text", "text": fresh},
    ]


def _verdict(example: Example) -> dict[str, object]:
    """Return what is known of an example: its category, or only whether anybody was asked for anything."""
    return {"category": example.category} if example.category else {"is_request": example.is_request}


def reply_turn(facts: Facts, sources: Sequence[Block], aliases: Aliases | None = None) -> list[Block]:
    """Write the user turn that asks for a draft: the sources to quote from, then the request and its thread.

    Account facts are left out: a draft may only say what a source says, and what is not sent cannot leak.
    """
    return [
        *sources,
        {
            "type": "text",
            "text": fence("request", _asked(facts, _cleaning(aliases or Aliases(facts.people)))),
        },
    ]


def fence(tag: str, value: object) -> str:
    """Write a value as JSON between tags. No text inside can close the tag or open another."""
    text = json.dumps(value, ensure_ascii=False)
    for character, escape in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        text = text.replace(character, escape)
    return f"<{tag}>\n{text}\n</{tag}>"


def _known(facts: Facts, alias: Callable[[str], str]) -> dict[str, object]:
    account = facts.account
    return {
        "now": facts.now.isoformat(timespec="minutes"),
        "requester_trust": facts.trust.value,
        "account": account
        and {"name": alias(account.name), "tier": alias(account.tier), "segment": alias(account.segment)},
        "known": [
            {
                "name": alias(f.name),
                "value": _clip(alias(f.value), _SHORT_LIMIT),
                "source": alias(f.source),
                "as_of": f.as_of.isoformat(timespec="minutes"),
            }
            for f in facts.known[:_LIST_LIMIT]
        ],
        "could_not_be_asked": [alias(m.source) for m in facts.missing[:_LIST_LIMIT]],
        "similar_past_requests": [
            {"text": _clip(alias(s.text), _SHORT_LIMIT), "category": s.category} for s in facts.similar[:5]
        ],
    }


def _asked(facts: Facts, alias: Callable[[str], str]) -> dict[str, object]:
    return {
        "text": _clip(alias(facts.text), _TEXT_LIMIT),
        "files": [_clip(alias(name), _SHORT_LIMIT) for name in facts.files[:_LIST_LIMIT]],
        "earlier_in_thread": [_clip(alias(line), _LINE_LIMIT) for line in facts.thread[-_THREAD_LIMIT:]],
    }


def _cleaning(aliases: Aliases) -> Callable[[str], str]:
    """Return what every text goes through: nothing invisible, nothing secret, and people by their aliases."""
    return lambda text: aliases.hide(plain(text))


def _clip(text: str, limit: int) -> str:
    """Keep the beginning and the end of a long text: greetings and logs sit in the middle more often than
    the ask.
    """
    if len(text) <= limit:
        return text
    head, tail = limit * 3 // 4, limit // 4
    return f"{text[:head]}\n[{len(text) - head - tail} characters left out]\n{text[-tail:]}"


def _is_invisible(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0100 <= code <= 0xE01EF
        or 0x180B <= code <= 0x180F
        or character in _BLANK_LETTERS
    )
