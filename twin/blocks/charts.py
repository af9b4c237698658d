"""Charts and tables of figures: the data_visualization and data_table blocks, and the cells tables share.

People see a chart or a table they can sort; an app's developer sees which series has a hole. Deliberately not checked:
whether numbers make sense together.
"""

from __future__ import annotations

from typing import Any

from twin.blocks.checks import Check, Problems, by_type, each, number, one_of, string, thing
from twin.blocks.richtext import RICH_TEXT

_RAW_TEXT = thing({"type": one_of("raw_text"), "text": string(3000, 0)})
_RAW_NUMBER = thing({"type": one_of("raw_number"), "value": number}, {"text": string(3000, 0)})
CELL = by_type({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER, "rich_text": RICH_TEXT})

_LABEL = string(20)
_POINT = thing({"label": _LABEL, "value": number})
_AXES = thing({"categories": each(_LABEL, 20)}, {"x_label": string(50, 0), "y_label": string(50, 0)})
_SERIES = thing({"name": _LABEL, "data": each(_POINT, 20)})


def same_width(value: Any, at: str, problems: Problems) -> None:
    """Every row of a data table has as many cells as its header."""
    rows = [row for row in value.get("rows") or [] if isinstance(row, list)]
    if len({len(row) for row in rows}) > 1:
        problems.add("all rows must have the same number of cells", f"{at}/rows")


def plain_header(value: Any, at: str, problems: Problems) -> None:
    """The first row of a data table is a header, which cannot be formatted."""
    rows = value.get("rows")
    if isinstance(rows, list) and rows and isinstance(rows[0], list):
        for index, cell in enumerate(rows[0]):
            if isinstance(cell, dict) and cell.get("type") == "rich_text":
                problems.add("header cells cannot be rich_text", f"{at}/rows/0/{index}")


def _positive(value: Any, at: str, problems: Problems) -> None:
    for index, one in enumerate(value.get("segments") or []):
        figure = one.get("value") if isinstance(one, dict) else None
        if isinstance(figure, (int, float)) and figure <= 0:
            problems.add("must be greater than 0", f"{at}/segments/{index}/value")


def _complete(value: Any, at: str, problems: Problems) -> None:
    """Series have different names, and a figure for every category."""
    series = [one for one in value.get("series") or [] if isinstance(one, dict)]
    names = [one.get("name") for one in series]
    if len(set(map(str, names))) < len(names):
        problems.add("series names must be unique", f"{at}/series")
    axes = value.get("axis_config")
    categories = axes.get("categories") if isinstance(axes, dict) else None
    if not isinstance(categories, list):
        return
    for index, one in enumerate(series):
        labels = [point.get("label") for point in one.get("data") or [] if isinstance(point, dict)]
        if sorted(map(str, labels)) != sorted(map(str, categories)):
            problems.add("must have one point for every category", f"{at}/series/{index}/data")


def _chart(kind: str) -> Check:
    return thing({"type": one_of(kind), "series": each(_SERIES, 12), "axis_config": _AXES}, None, _complete)


CHART = by_type(
    {
        "pie": thing({"type": one_of("pie"), "segments": each(_POINT, 12)}, None, _positive),
        **{kind: _chart(kind) for kind in ("bar", "line", "area")},
    }
)
