"""What was otherwise in a replay, in sentences a developer reads at the end of it."""

from __future__ import annotations

from typing import Any

from twin.host import Host
from twin.recording.plain import changes, plain
from twin.recording.tape import Deed, Did, Step
from twin.words import Json

_SAID = 80  # characters of a text that are quoted
_SHOWN = 12  # changes of one call that are listed


def between(host: Host, found: list[tuple[Did, Did]], missing: list[Did], extra: list[Did]) -> list[Json]:
    """Return one entry for each call that is missing, new, or says something else; in the recorded order."""
    told = [_changed(host, old, new) for old, new in found if plain(old.args) != plain(new.args)]
    told += [_one(host, did, "missing", "is missing") for did in missing]
    told.sort(key=lambda one: int(one["n"]))
    return told + [_one(host, did, "extra", "is new") for did in extra]


def of_deed(deed: Deed, became: str, say: str) -> Json:
    """Say that a deed worked before and not now, or the other way round."""
    was = f"was refused ({deed.refused})" if deed.refused else "worked"
    now = f"is refused ({became}: {say})" if became else "works"
    return {
        "kind": "deed",
        "n": deed.n,
        "method": deed.deed,
        "path": f"{deed.who}: {deed.deed}",
        "before": deed.refused or "ok",
        "after": became or "ok",
        "say": f"{deed.n}. {deed.who}: {deed.deed} {was}, and now {now}.",
    }


def of_step(step: Step) -> Json:
    """Say that time could not be put forward as it was before."""
    say = f"{step.n}. The clock was put forward by {step.seconds:g} s; this twin's clock is not its own to move."
    return {"kind": "clock", "n": step.n, "method": "clock", "say": say}


def of_submit(deed: Deed, became: str) -> Json:
    """Say that the app answered a submitted modal otherwise."""
    before, after = deed.made.get("response_action", "") or "close", became or "close"
    return {
        "kind": "deed",
        "n": deed.n,
        "method": deed.deed,
        "path": "response_action",
        "before": before,
        "after": after,
        "say": f"{deed.n}. {deed.who}: the app answered the form with {before!r}, and now with {after!r}.",
    }


def _changed(host: Host, old: Did, new: Did) -> Json:
    found = changes(plain(old.args), plain(new.args))
    first = found[0]
    where = f"{first['path']} was {_quoted(first['before'])} and is {_quoted(first['after'])}"
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return {
        **_one(host, old, "changed", f"is otherwise: {where}{more}"),
        **first,
        "changes": found[:_SHOWN],
    }


def _one(host: Host, did: Did, kind: str, say: str) -> Json:
    where = _where(host, did)
    said = _said(did.args)
    head = f"{did.n}. {did.method}" if kind != "extra" else did.method
    return {
        "kind": kind,
        "n": did.n,
        "method": did.method,
        "where": where,
        "args": plain(did.args),
        **({kind: True} if kind != "changed" else {}),
        "say": f"{head}{f' in {where}' if where else ''}{f' {said}' if said else ''} {say}.",
    }


def _where(host: Host, did: Did) -> str:
    ws = host.workspaces.get(did.team, host.first)
    name = str(did.made.get("channel") or did.args.get("channel") or "")
    channel = ws.find_channel(name) if name else None
    if channel is None:
        return name
    place = "the direct conversation" if channel.is_im else f"#{channel.name}"
    return f"a thread of {place}" if did.args.get("thread_ts") else place


def _said(args: Json) -> str:
    view = args.get("view") or {}
    title = (view.get("title") or {}).get("text", "") if isinstance(view, dict) else ""
    return _quoted(args.get("text") or title or args.get("name")) if args.get("text") or title else ""


def _quoted(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return f"“{text if len(text) <= _SAID else text[: _SAID - 1] + '…'}”"
