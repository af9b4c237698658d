"""How a backtest looks: a heading, the counts, each queue, and the most telling requests in their own words."""

from __future__ import annotations

from collections.abc import Mapping

from agents.backtest import Count, Outcome, Replayed, Result, Verdict
from handlers.cards.text import Block, context, escape, header, link, literal, section

_MARKS = {
    Verdict.BETTER: ":large_green_circle: better",
    Verdict.WORSE: ":red_circle: worse",
    Verdict.EVEN: "neither better nor worse",
    Verdict.UNKNOWN: "not known which is right",
}


def posted(result: Result, titles: Mapping[str, str]) -> tuple[str, list[Block]]:
    """Return the notification text and the blocks; `titles` names the queues."""
    found = result.summary
    title = f"Backtest of a changed {result.kind}"
    blocks = [
        header(title),
        section("\n".join(escape(line) for line in lines(result))),
        section("\n".join(["*By queue*", *(escape(line) for line in by_queue(result, titles))])),
    ]
    for each in found.examples:
        name = f"T-{each.ticket_id}"
        shown = link(each.link, name) if each.link else name
        blocks.append(section(f"{shown} {escape(difference(each, titles))} · {_MARKS[each.verdict]}"))
        blocks.append(literal(each.text, "rich_text_quote"))
    blocks.append(context(*(escape(text) for text in small_print(result))))
    text = f"{title}: {found.changed} of {found.replayed} past requests would change."
    return text, blocks


def lines(result: Result) -> list[str]:
    """Return what a backtest found, one line each, in plain text."""
    found = result.summary
    said = [
        f"{found.replayed} requests of the last {result.since} replayed: {found.changed} would change "
        f"({_share(found.changed, found.replayed)}; between {found.low:.1%} and {found.high:.1%}).",
        f"To another queue {found.rerouted} · newly held {found.newly_held} · "
        f"newly released {found.newly_released} · other category {found.recategorised} · "
        f"other priority {found.reprioritised}.",
        f"By corrections: {_count(found.by_corrections)}.",
        f"By what was left as it was: {_count(found.by_what_was_left)}.",
    ]
    if found.unknown:
        said.append(f"Of {found.unknown} that would change nobody has said what was right.")
    if found.corrected:
        said.append(
            f"Of {found.corrected} that a person put right, the wrong queue got {found.wrong_before} before "
            f"and {found.wrong_after} after."
        )
    return said


def by_queue(result: Result, titles: Mapping[str, str]) -> list[str]:
    """Return a line for each queue."""
    return [
        f"{titles.get(each.queue, each.queue)}: {each.before}, −{each.leaving}, +{each.arriving} "
        f"({each.better} better, {each.worse} worse)"
        for each in result.summary.queues
    ]


def difference(each: Replayed, titles: Mapping[str, str]) -> str:
    """Say what is different about one request."""
    before, after = each.before, each.after
    parts = []
    if (before.queue, before.held) != (after.queue, after.held):
        parts.append(f"{_place(before, titles)} → {_place(after, titles)}")
    if before.category != after.category:
        parts.append(f"{before.category} → {after.category}")
    if before.priority != after.priority:
        parts.append(f"{before.priority} → {after.priority}")
    return ", ".join(parts)


def small_print(result: Result) -> list[str]:
    """Say how it was done, what was left out, and what it took."""
    said = [result.way, *result.notes]
    if result.left_out:
        told = "; ".join(f"{count} because {reason}" for reason, count in result.left_out.items())
        said.append(f"Left out: {told}.")
    said.append(
        f"Before {result.before}, after {result.after}. {result.calls} calls, ${result.dollars:.4f}, "
        f"{result.seconds:.1f} s. The interval is Wilson's, at 95 %."
    )
    return said


def _place(outcome: Outcome, titles: Mapping[str, str]) -> str:
    return "held for a person" if outcome.held else titles.get(outcome.queue, outcome.queue)


def _count(count: Count) -> str:
    return f"{count.better} better, {count.worse} worse, {count.even} neither"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
