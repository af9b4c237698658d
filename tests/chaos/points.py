"""Which kill points the code owes: those of each step, flow, transaction and call to Slack, and those it names itself.

They are read out of the code, so that a new step is owed a death from the moment it is written. A point is named as
`bot/killpoints.py` names it when it is reached.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.world import ROOT

_MOMENTS = {
    "step": ("before", "done", "after"),
    "commit": ("before", "done", "after"),
    "decide": ("before", "thought", "done", "after"),
    "repeat": ("before", "after"),
}
METHODS = {
    "post": "chat.postMessage",
    "update": "chat.update",
    "whisper": "chat.postEphemeral",
    "answer": "response_url",
    "react": "reactions.add",
    "open_modal": "views.open",
    "update_modal": "views.update",
    "direct": "conversations.open",
    "publish_home": "views.publish",
    "message": "conversations.history",
    "thread": "conversations.replies",
    "users": "users.list",
    "user": "users.info",
    "channels": "conversations.list",
}
# These are not `python -m bot run` over Socket Mode: other commands, and the web server of the other road.
_OTHER_PROGRAMS = {
    f"bot/{name}.py"
    for name in (
        *("backtest", "backtest_change", "backtest_replay", "backtest_table", "backup", "cards_behind"),
        *("check", "demo", "doctor", "replay", "replay_files", "web"),
    )
}
_EVERYBODY_S = ("handlers.slack", "handlers.posting")


@dataclass(frozen=True)
class Owed:
    """A kind of point that the code has; met when a name that was reached fits the pattern."""

    name: str
    pattern: re.Pattern[str]

    def is_met(self, met: set[str]) -> bool:
        """Say whether one of these points is it."""
        return any(self.pattern.fullmatch(point) for point in met)


def owed() -> list[Owed]:
    """Return every point that the code owes, in the order of the files."""
    found: list[Owed] = []
    for path in sorted([*ROOT.glob("bot/*.py"), *ROOT.glob("handlers/*.py"), *ROOT.glob("storage/*.py")]):
        if str(path.relative_to(ROOT)) not in _OTHER_PROGRAMS:
            found += _in_file(path)
    return list({each.name: each for each in found}.values())


def _exactly(name: str) -> Owed:
    return Owed(name, re.compile(re.escape(name)))


def _in_file(path: Path) -> Iterator[Owed]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for name, function in _functions(ast.parse(path.read_text(encoding="utf-8")), ""):
        where = f"{module}.{name}"
        if where == "bot.workflows.flows":
            yield from _flows(function)
        for node in _own(function):
            yield from _named(node)
            yield from _steps(where, node)
            yield from _rows(module, name, function, node)
            if module not in _EVERYBODY_S:
                yield from _calls(where, node)


def _functions(tree: ast.AST, inside: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield each function with its qualified name."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{inside}{node.name}", node
            yield from _functions(node, f"{inside}{node.name}.<locals>.")
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{inside}{node.name}.")
        else:
            yield from _functions(node, inside)


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function and not in one of those inside it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node
            yield from _own(node)


def _steps(where: str, node: ast.AST) -> Iterator[Owed]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="run"), attr=verb), args=[what, *_]) if (
            verb in _MOMENTS
        ):
            for moment in _MOMENTS[verb]:
                if isinstance(what, ast.Constant):
                    yield _exactly(f"{where}: {what.value!s}: {moment}")
                elif isinstance(what, ast.JoinedStr):
                    said = [str(p.value) if isinstance(p, ast.Constant) else "*" for p in what.values]
                    name = f"{where}: {''.join(said)}: {moment}"
                    yield Owed(name, re.compile(re.escape(name).replace(r"\*", ".+")))
                else:
                    raise AssertionError(f"{where}, line {node.lineno}: a step needs a name that can be read")


def _named(node: ast.AST) -> Iterator[Owed]:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="_points"), attr="reach"),
            args=[ast.Constant(value=str(name))],
        ):
            yield _exactly(name)


def _flows(function: ast.AST) -> Iterator[Owed]:
    for node in _own(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
            for key in node.value.keys:
                assert isinstance(key, ast.Constant)
                for moment in ("begun", "before", "after"):
                    yield _exactly(f"flow {key.value!s}: {moment}")


def _rows(
    module: str, name: str, function: ast.FunctionDef | ast.AsyncFunctionDef, node: ast.AST
) -> Iterator[Owed]:
    match node:
        case ast.Call(func=ast.Attribute(value=of, attr="begin"), args=[]) if ast.unparse(of).endswith(
            ("db", "_pulse")
        ):
            first = min([function.lineno, *(each.lineno for each in function.decorator_list)])
            line = f"{name}+{node.lineno - first}"
            for moment in ("before", "after"):
                if module in _EVERYBODY_S:
                    # Everybody posts through these, so whoever does stands before them in the name.
                    pattern = re.compile(rf".+ > {re.escape(line)}: rows: {moment}")
                    yield Owed(f"… > {line}: rows: {moment}", pattern)
                else:
                    yield _exactly(f"{module}.{line}: rows: {moment}")


def _calls(where: str, node: ast.AST) -> Iterator[Owed]:
    match node:
        case ast.Attribute(value=of, attr=verb) if verb in METHODS and ast.unparse(of).rpartition(".")[2] in (
            "slack",
            "_slack",
        ):
            for moment in ("before", "after"):
                yield _exactly(f"{where}: {METHODS[verb]}: {moment}")
