"""How much of what must not travel is found: `python -m benchmarks.evals_privacy`.

Cards, e-mail addresses, phone numbers and account numbers in the marked sentences of presidio-research (MIT); keys,
tokens and passwords in `examples/privacy.toml`, because no public set has any. What is found counts when all of it is
covered; what is covered beside counts against precision. The patterns were written while every second sentence was in
sight, so the figures are of the others.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from agents.privacy import SECRET, Kind, find
from benchmarks.figures import ROOT, Figure, commit, line, record

CASES = ROOT / "examples" / "privacy.toml"
_MARKED = Path("pii") / "generated_large.json"
_KINDS = {
    "CREDIT_CARD": Kind.CARD,
    "PHONE_NUMBER": Kind.PHONE,
    "EMAIL_ADDRESS": Kind.EMAIL,
    "IBAN_CODE": Kind.IBAN,
}
MARKED: Mapping[Kind, str] = {kind: str(kind) for kind in _KINDS.values()}
OURS: Mapping[Kind, str] = dict.fromkeys(SECRET, "secrets")  # any secret is as good as another
Span = tuple[str, int, int]  # kind, start, end
Sentence = tuple[str, list[Span]]


def sentences(path: Path) -> Iterator[Sentence]:
    """Yield every second marked sentence, those that nobody looked at."""
    for number, each in enumerate(json.loads(path.read_text(encoding="utf-8"))):
        if number % 2:
            yield (
                each["full_text"],
                [
                    (_KINDS[span["entity_type"]], int(span["start_position"]), int(span["end_position"]))
                    for span in each["spans"]
                    if span["entity_type"] in _KINDS
                ],
            )


def cases() -> Iterator[Sentence]:
    """Yield our own cases."""
    for case in tomllib.loads(CASES.read_text(encoding="utf-8"))["case"]:
        text = case["text"]
        yield text, [("secrets", text.index(said), text.index(said) + len(said)) for said in case["hidden"]]


def measure(given: Iterable[Sentence], names: Mapping[Kind, str]) -> dict[str, Counter[str]]:
    """Count by name what is marked, what of that was found, what was found at all, and what of that is right."""
    counted = {name: Counter[str]() for name in names.values()}
    for text, marked in given:
        ours = [(names[each.kind], each.start, each.end) for each in find(text) if each.kind in names]
        for name, start, end in marked:
            counted[name]["marked"] += 1
            counted[name]["found"] += any(n == name and s <= start and end <= e for n, s, e in ours)
        for name, start, end in ours:
            counted[name]["said"] += 1
            counted[name]["right"] += any(n == name and s < end and start < e for n, s, e in marked)
    return counted


def figures(counted: Mapping[str, Counter[str]]) -> list[Figure]:
    """Return recall and precision of each kind and of all together."""
    made = []
    for kind, each in counted.items():
        name = kind.replace(" ", "_").replace("-", "")
        made.append(Figure(f"pii.recall.{name}", each["found"] / each["marked"], f"of {each['marked']}"))
        made.append(Figure(f"pii.precision.{name}", each["right"] / each["said"], f"of {each['said']}"))
    total = sum(counted.values(), Counter[str]())
    recall, precision = total["found"] / total["marked"], total["right"] / total["said"]
    made.append(Figure("pii.recall", recall, f"of {total['marked']}", (">=", 0.95), must=True))
    made.append(Figure("pii.precision", precision, f"of {total['said']}", (">=", 0.90), must=True))
    return made


def main() -> int:
    """Print the figures; 1 when one misses its goal."""
    data = Path(os.environ.get("SIGNALBOX_DATA", ROOT.parent / "shared" / "data")) / _MARKED
    counted = measure(cases(), OURS)
    if data.exists():
        counted |= measure(sentences(data), MARKED)
    else:
        print(
            "Only keys, tokens and passwords are measured: the marked sentences are not here (SIGNALBOX_DATA)."
        )
    made = figures(counted)
    for each in made:
        print(line(each))
    record(made, datetime.now(UTC), commit())
    return int(any(each.must and not each.is_met for each in made))


if __name__ == "__main__":
    sys.exit(main())
