"""Values written as TypeScript and held against Slack's own types by the compiler.

Whoever runs the tests reads the call, the place inside it and the compiler's sentence. The compiler sees literals only,
so a key that Slack does not know is an error too, except at the top of an answer, where Slack's types let any pass.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.node.programs import HERE, PACKAGES

Json = dict[str, Any]

# `Block` is the type Slack keeps for blocks it has no type of yet; literals are held against the real one instead.
_HEAD = """\
import type { KnownBlock } from "@slack/types";
import type * as web from "@slack/web-api";

type OfType<T extends string> = Extract<KnownBlock, { type: T }>;
/** An argument as it travels in a query, where everything is text. */
type Sent<T> = T extends boolean ? "0" | "1" | "true" | "false" : T extends number ? `${number}` : T;
type Query<T> = { [K in keyof T]: Sent<T[K]> };
/** What an answer of this type may hold; Slack says null for what is not there. */
type Answer<T> = null | (T extends string ? string
    : T extends number | boolean | undefined ? T
    : T extends (infer One)[] ? Answer<One>[]
    : T extends object ? { [K in keyof T]: Answer<T[K]> }
    : T);

"""
_ERROR = re.compile(r"^[^(\s]+\((\d+),\d+\): error (TS\d+): (.*)$")


@dataclass(frozen=True)
class Fault:
    """Something the types do not allow: where it was said, the path inside it, and what is wrong."""

    where: str
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.where} at {self.path or '/'}: {self.what}"


@dataclass
class Source:
    """A TypeScript file in the making, which remembers what each of its lines says."""

    lines: list[str] = field(default_factory=lambda: _HEAD.splitlines())
    places: dict[int, tuple[str, str]] = field(default_factory=dict)
    _count: int = 0

    def request(self, where: str, method: str, args: Json) -> None:
        """Add the arguments of a Web API call, to be held against the method's arguments type."""
        in_query = args != {} and all(isinstance(value, str) for value in args.values())
        kind = f"web.{type_name(method)}Arguments"
        args = {name: _read(name, value) for name, value in args.items()}
        self._value(where, f"Query<{kind}>" if in_query else kind, args)

    def answer(self, where: str, method: str, body: Json) -> None:
        """Add an answer of the Web API, to be held against the method's response type.

        Those types were gathered from samples and mix up what different blocks hold, so blocks are held against the
        types for requests, which say the same more strictly.
        """
        names: dict[str, str] = {}
        for path, blocks in _lists_of_blocks(body):
            for n, block in enumerate(blocks):
                self._block(where, f"{path}/{n}", block)
                names[f"{path}/{n}"] = ""
        self._write(where, f"const v{self._next()}: Answer<web.{type_name(method)}Response> = ", body, names)

    def message(self, where: str, blocks: list[Json]) -> None:
        """Add blocks that were not sent in a Web API call."""
        for n, block in enumerate(blocks):
            self._block(where, f"/blocks/{n}", block)

    def _value(self, where: str, kind: str, value: Json) -> None:
        """Write a value; its blocks are written before it, each with the type of its own kind."""
        names: dict[str, str] = {}
        for path, blocks in _lists_of_blocks(value):
            for n, block in enumerate(blocks):
                names[f"{path}/{n}"] = self._block(where, f"{path}/{n}", block)
        self._write(where, f"const v{self._next()}: {kind} = ", value, names)

    def _block(self, where: str, path: str, block: Json) -> str:
        name = f"b{self._next()}"
        kind = json.dumps(block.get("type", ""))
        self._write(where, f"const {name}: OfType<{kind}> = ", block, {}, path)
        return name

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _write(self, where: str, head: str, value: Any, names: dict[str, str], path: str = "") -> None:
        self._say(head, where, path)
        self._literal(where, value, path, names, ";")

    def _literal(self, where: str, value: Any, path: str, names: dict[str, str], tail: str) -> None:
        if path in names:
            self._say(names[path] and names[path] + tail, where, path)
        elif isinstance(value, dict) and value:
            self._say("{", where, path)
            for key, inside in value.items():
                self._say(f"{json.dumps(key)}:", where, f"{path}/{key}")
                self._literal(where, inside, f"{path}/{key}", names, ",")
            self._say("}" + tail, where, path)
        elif isinstance(value, list) and value:
            self._say("[", where, path)
            for n, inside in enumerate(value):
                self._literal(where, inside, f"{path}/{n}", names, ",")
            self._say("]" + tail, where, path)
        else:
            self._say(json.dumps(value) + tail, where, path)

    def _say(self, text: str, where: str, path: str) -> None:
        self.lines.append(text)
        self.places[len(self.lines)] = (where, path)

    def faults(self, said: Iterable[str]) -> list[Fault]:
        """Return what the compiler's output says about the values. Raises AssertionError for any other complaint."""
        found: dict[Fault, None] = {}
        for row in said:
            match = _ERROR.match(row)
            if match is None:
                assert row.startswith((" ", "\t")) or not row.strip(), f"the compiler said: {row}"
                continue
            line, code, what = int(match[1]), match[2], match[3]
            assert line in self.places, f"line {line} of the file itself is wrong: {code} {what}"
            found[Fault(*self.places[line], f"{what} ({code})")] = None
        return list(found)


def type_name(method: str) -> str:
    """Return the stem of a method's types: ChatPostMessage for chat.postMessage."""
    return "".join(part[0].upper() + part[1:] for part in method.split("."))


def _read(name: str, value: Any) -> Any:
    """Return a structure that was sent as text as what it is."""
    if name in ("blocks", "view", "metadata", "attachments") and isinstance(value, str):
        return json.loads(value)
    return value


def _lists_of_blocks(node: Any, path: str = "") -> Iterator[tuple[str, list[Json]]]:
    """Yield every list of blocks in a body, with its path."""
    if isinstance(node, dict):
        for key, inside in node.items():
            if key == "blocks" and isinstance(inside, list):
                yield f"{path}/blocks", inside
            else:
                yield from _lists_of_blocks(inside, f"{path}/{key}")
    elif isinstance(node, list):
        for n, inside in enumerate(node):
            yield from _lists_of_blocks(inside, f"{path}/{n}")


async def compiled(source: Source, folder: Path, node: str) -> list[Fault]:
    """Write the file into this folder (an absolute path), let the compiler read it, and return what it found."""
    await asyncio.to_thread(_write_project, folder, source)
    compiler = PACKAGES / "typescript" / "bin" / "tsc"
    process = await asyncio.create_subprocess_exec(
        *(node, str(compiler), "--project", str(folder), "--pretty", "false"),
        cwd=HERE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return source.faults(out.decode().splitlines())


def _write_project(folder: Path, source: Source) -> None:
    options = {
        "strict": True,
        "noEmit": True,
        "skipLibCheck": True,
        "target": "es2022",
        "module": "nodenext",
        "moduleDetection": "force",
        "types": ["node"],
        "typeRoots": [str(PACKAGES / "@types")],
        "paths": {f"@slack/{name}": [str(PACKAGES / "@slack" / name)] for name in ("types", "web-api")},
    }
    folder.mkdir(parents=True, exist_ok=True)
    config = {"compilerOptions": options, "files": ["said.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    (folder / "said.ts").write_text("\n".join(source.lines) + "\n", encoding="utf-8")
