"""What keeps the house in order, beyond what the import contract says."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from agents.policy import Policy

ROOT = Path(__file__).parent.parent
PARTS = ("agents", "bot", "handlers", "sources", "storage", "twin")


def modules(*parts: str) -> Iterator[Path]:
    for part in parts or PARTS:
        yield from (file for file in (ROOT / part).rglob("*.py") if "node_modules" not in file.parts)


def uses(file: Path, pattern: str) -> bool:
    """Say whether a module's code (not its strings and comments) matches a pattern."""
    return re.search(pattern, _code(file)) is not None


@cache
def _code(file: Path) -> str:
    return ast.unparse(_bare(ast.parse(file.read_text(encoding="utf-8"))))


def _bare(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return tree


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"\b(import|from) anthropic", {"agents/claude.py"}),
        (r"\bos\.environ|\bos\.getenv", {"bot/settings.py"}),
        (r"\bdatetime\.now\(|\butcnow\(", {"bot/engine.py", "twin/clock.py"}),
        (r"\bunittest|\bmock\b", set()),
        (r"\btemperature=|tool_runner|messages\.parse", set()),
    ],
)
def test_some_things_are_used_in_one_place_only(pattern: str, allowed: set[str]) -> None:
    found = {str(file.relative_to(ROOT)) for file in modules() if uses(file, pattern)}

    assert found <= allowed


def test_the_clock_is_read_where_the_desk_is_built() -> None:
    assert uses(ROOT / "bot/engine.py", r"datetime\.now\(")  # or the test above would prove nothing


@pytest.mark.parametrize("file", list(modules()), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_opens_by_saying_what_it_is(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))

    assert not tree.body or ast.get_docstring(tree) or "versions" in file.parts


def test_importing_the_bot_is_cheap_and_does_nothing() -> None:
    for file in modules("agents", "handlers", "storage", "sources"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
            assert not called or "migrations" in file.parts, f"{file}: something happens at import"


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _keys(part)


def test_the_manual_names_every_key_of_the_policy() -> None:
    manual = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")

    assert [key for key in _keys(Policy) if key not in manual] == []


def test_the_example_environment_names_every_setting() -> None:
    settings = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    names = re.findall(r'alias="(\w+)"', settings)
    assert len(names) > 4
    assert [name for name in names if name not in example] == []


def test_the_manifest_is_what_slack_accepts(data: Path) -> None:
    schema = json.loads((data / "slack" / "manifest.schema.2.0.0.json").read_text(encoding="utf-8"))
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))

    jsonschema.validate(manifest, schema)


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "STYLE.md",
        *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").glob("*.md"))),
    ],
)
def test_links_between_pages_lead_somewhere(name: str) -> None:
    page = ROOT / name
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []
