"""What `signalbox check` says about the models that Signalbox is told to use.

A person sees one sentence for each model: that it is fine, when it will be switched off, or what it cannot
do. What is deliberately not done: no model is asked to write anything, so a check costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Finding:
    """One line of `signalbox check`."""

    level: Literal["ok", "warning", "error"]
    sentence: str


def judge_model(model: str, info: Mapping[str, Any], needs: Mapping[str, str]) -> tuple[Finding, ...]:
    """Compare what the service says of a model with what we need of it; one finding says so if all is well.

    `info` is the service's description as it came over the wire. `needs` maps the place of an ability in
    it, such as "effort.low", to words for it.
    """
    can = {place: _supported(info.get("capabilities"), place) for place in needs}
    findings = [
        Finding("error", f"{model} cannot do {needs[place]}, which Signalbox needs.")
        for place, answer in can.items()
        if answer is False
    ]
    unsaid = [needs[place] for place, answer in can.items() if answer is None]
    if unsaid:
        findings.append(
            Finding("warning", f"The service does not say whether {model} can do {', '.join(unsaid)}.")
        )
    match info.get("lifecycle"):
        case "active":
            pass
        case "retired":
            findings.append(Finding("error", f"{model} has been switched off. Choose another model."))
        case lifecycle:
            day = str(info.get("retires_at") or "")[:10]
            until = f" and is due to be switched off on {day}" if day else ""
            findings.append(
                Finding("warning", f"{model} is {lifecycle or 'of unknown age'}{until}. Plan to replace it.")
            )
    return tuple(findings) or (Finding("ok", f"{model} is active and can do all that Signalbox needs."),)


def _supported(capabilities: object, place: str) -> bool | None:
    """Find an ability by its place; None if the service says nothing about it."""
    found = capabilities
    for name in place.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    answer = found.get("supported") if isinstance(found, Mapping) else None
    return answer if isinstance(answer, bool) else None
