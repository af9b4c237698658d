"""A backtest in the terminal: what changes, for which queues, and the requests that tell most."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.backtest import Result, Verdict
from handlers.cards.backtest import difference, lines, small_print

_STYLES = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.EVEN: "", Verdict.UNKNOWN: "dim"}


def show(result: Result, titles: Mapping[str, str], console: Console) -> None:
    """Print a result; `titles` names the queues."""
    for line in lines(result):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(_queues(result, titles))
    if result.summary.examples:
        console.print(_examples(result, titles))
    for line in small_print(result):
        console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)


def _queues(result: Result, titles: Mapping[str, str]) -> Table:
    table = Table("queue", title="By queue", title_justify="left")
    for name in ("before", "leave", "arrive", "better", "worse"):
        table.add_column(name, justify="right")
    for each in result.summary.queues:
        counts = (each.before, each.leaving, each.arriving, each.better, each.worse)
        table.add_row(Text(titles.get(each.queue, each.queue)), *map(str, counts))
    return table


def _examples(result: Result, titles: Mapping[str, str]) -> Table:
    table = Table(title="What tells most", title_justify="left")
    table.add_column("ticket", no_wrap=True)
    table.add_column("request", ratio=2)
    table.add_column("difference", ratio=2)
    table.add_column("verdict", no_wrap=True)
    for each in result.summary.examples:
        style = _STYLES[each.verdict]
        # Text keeps what people wrote from being read as markup.
        cells = (f"T-{each.ticket_id}", each.text, difference(each, titles))
        table.add_row(*map(Text, cells), Text(each.verdict, style=style))
    return table
