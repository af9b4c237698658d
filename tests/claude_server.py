"""A loopback stand-in for Claude's service that speaks its wire format and is strict about it.

Tests script what it does next, by default it answers well; a request that the real service would reject
with 400 is rejected here too, so a test of the engine is a test of the bytes it sends. What is deliberately
not done: no streaming and no intelligence: what it says is what the test scripted. Batches and clouds are in
`claude_services.py`.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

API_KEY = "loopback-key"
API_VERSION = "2026-10-21"
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
USAGE: dict[str, Any] = {
    "input_tokens": 900,
    "output_tokens": 250,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 2000,
    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
    "service_tier": "standard",
    "inference_geo": "global",
}
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_SCHEMA_WORDS = {"type", "properties", "required", "additionalProperties", "enum", "const", "anyOf"} | {
    "items",
    "title",
    "description",
}


@dataclass(frozen=True)
class Says:
    """A message. `blocks` may be plain text or content blocks as they travel on the wire."""

    blocks: str | Sequence[Mapping[str, Any]]
    stop_reason: str = "end_turn"
    stop_details: Mapping[str, Any] | None = None
    usage: Mapping[str, Any] = field(default_factory=lambda: USAGE)


@dataclass(frozen=True)
class Fails:
    """An error status, with the headers and the error code that come with it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    error_code: str | None = None


@dataclass(frozen=True)
class Raw:
    """Bytes that are no message, from something that is not Claude."""

    body: bytes
    content_type: str = "text/html"


@dataclass(frozen=True)
class Resets:
    """The connection is closed before anything is answered."""


@dataclass(frozen=True)
class Cuts:
    """The connection is closed in the middle of a good answer."""


@dataclass(frozen=True)
class Hangs:
    """No answer until the test sets `let_go`, and then `then`."""

    let_go: asyncio.Event
    then: Says = field(default_factory=lambda: Says("{}"))


Deed = Says | Fails | Raw | Resets | Cuts | Hangs


def cites(position: int, source: str, start: int, end: int, quote: str = "") -> dict[str, Any]:
    """Write a citation of a search result as the service does."""
    return {
        "type": "search_result_location",
        "search_result_index": position,
        "source": source,
        "title": "",
        "cited_text": quote,
        "start_block_index": start,
        "end_block_index": end,
    }


def model_info(
    model: str, lifecycle: str = "active", retires_at: str | None = None, **lacks: bool
) -> dict[str, Any]:
    """Describe a model as the service does; `structured_outputs=False` takes that ability away."""
    yes, no = {"supported": True}, {"supported": False}
    off = {"claude-haiku-5-5": ("disabled",), "claude-sonnet-5-5": ("between_tools",)}.get(model, ())
    efforts = dict.fromkeys(("low", "medium", "high", "xhigh", "max"), yes)
    types = {
        t: yes if t == "adaptive" or t in off else no
        for t in ("adaptive", "between_tools", "disabled", "enabled")
    }
    able = dict.fromkeys(("batch", "citations", "structured_outputs", "image_input", "pdf_input"), yes)
    return {
        "type": "model",
        "id": model,
        "display_name": model,
        "created_at": "2026-10-07T00:00:00Z",
        "lifecycle": lifecycle,
        "retires_at": retires_at,
        "capabilities": able
        | {"effort": {"supported": True} | efforts, "thinking": {"supported": True, "types": types}}
        | {name: {"supported": value} for name, value in lacks.items()},
    }


class ClaudeServer:
    """What was asked, and what will be answered."""

    def __init__(self) -> None:
        """Start with an empty script and all models as they are."""
        self.base_url = ""
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.models: dict[str, dict[str, Any]] = {m: model_info(m) for m in MODELS}
        self.models_deed: Deed | None = None
        self._script: deque[Deed] = deque()
        self._standing: Deed | Callable[[dict[str, Any]], Deed] | None = None
        self._asked = asyncio.Event()

    def then(self, *deeds: Deed) -> None:
        """Add to the script; each deed serves one request."""
        self._script.extend(deeds)

    def always(self, deed: Deed | Callable[[dict[str, Any]], Deed]) -> None:
        """Do this whenever the script is empty, or what this makes of a request."""
        self._standing = deed

    async def asked(self) -> None:
        """Wait until the next request has arrived."""
        await self._asked.wait()
        self._asked.clear()

    def asked_clear(self) -> None:
        """Forget requests that have arrived, so that `asked` waits for a new one."""
        self._asked.clear()

    async def on_message(self, request: web.Request) -> web.StreamResponse:
        """Answer POST /v1/messages by the script, unless the request itself is at fault."""
        self.headers.append(dict(request.headers))
        body = await request.json()
        self.bodies.append(body)
        self._asked.set()
        if (refused := door(request)) is not None:
            return refused
        if body.get("model") not in MODELS:
            return error(404, f"model: {body.get('model')}")
        if (wrong := what_is_wrong(body)) is not None:
            return error(400, wrong)
        return await do(request, self.next_for(body), body)

    def next_for(self, body: dict[str, Any]) -> Deed:
        """Return what is done about this request."""
        deed = self._script.popleft() if self._script else self._standing
        assert deed is not None, "The test did not say what the service does."
        return deed(body) if callable(deed) else deed

    async def on_model(self, request: web.Request) -> web.StreamResponse:
        """Answer GET /v1/models/{id}."""
        if (refused := door(request)) is not None:
            return refused
        if self.models_deed is not None:
            return await do(request, self.models_deed, {})
        info = self.models.get(request.match_info["model"])
        return web.json_response(info) if info else error(404, "model not found")

    def routes(self, app: web.Application) -> None:
        """Add what this server answers to."""
        app.router.add_post("/v1/messages", self.on_message)
        app.router.add_get("/v1/models/{model}", self.on_model)


@asynccontextmanager
async def serving() -> AsyncIterator[ClaudeServer]:
    """Run a server on a free loopback port for the length of a block."""
    server = ClaudeServer()
    async with listening(server):
        yield server


@asynccontextmanager
async def listening(server: ClaudeServer) -> AsyncIterator[None]:
    """Let this server listen on a free loopback port for the length of a block."""
    app = web.Application()
    server.routes(app)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()


def what_is_wrong(body: Mapping[str, Any]) -> str | None:
    """Say what the real service would reject in a request body; None if it would accept it."""
    model = body["model"]
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            return f"{name}: no longer supported"
    if not isinstance(body.get("max_tokens"), int) or not body.get("messages"):
        return "max_tokens and messages are required"
    thinking = body.get("thinking", {}).get("type")
    if model != "claude-haiku-5-5" and body.get("tool_choice", {}).get("type") in ("any", "tool"):
        return f"tool_choice: {model} does not support forced tool use"
    if thinking == "disabled" and model != "claude-haiku-5-5":
        return f"thinking: {model} cannot be disabled"
    if thinking == "between_tools" and model == "claude-opus-5-5":
        return f"thinking: {model} is always on"
    schema = (body.get("output_config", {}).get("format") or {}).get("schema")
    blocks = [
        (m["role"], b) for m in body["messages"] if not isinstance(m["content"], str) for b in m["content"]
    ]
    blocks += [("system", b) for b in body.get("system", []) if isinstance(b, dict)]
    return _wrong_blocks(blocks, has_schema=schema is not None) or (_wrong_schema(schema) if schema else None)


def _wrong_blocks(blocks: Sequence[tuple[str, Mapping[str, Any]]], has_schema: bool) -> str | None:
    if sum("cache_control" in block for _, block in blocks) > 4:
        return "A maximum of 4 blocks with cache_control may be provided"
    for role, block in blocks:
        if block["type"] == "document" and role == "assistant":
            return "document blocks are not allowed in an assistant message"
        if block["type"] == "text" and not block["text"].strip():
            return "text content blocks must be non-empty"
        if block["type"] == "text" and block.get("citations") and role == "user":
            return "citations are not allowed in user text"
        if block["type"] == "search_result":
            if not block["content"] or not all(inner["text"].strip() for inner in block["content"]):
                return "search_result content must be non-empty"
            if any(inner.get("citations") for inner in block["content"]):
                return "citations are not allowed inside search_result content"
            if block.get("citations", {}).get("enabled") and has_schema:
                return "citations cannot be combined with structured output"
    return None


def _wrong_schema(schema: Mapping[str, Any]) -> str | None:
    if unknown := set(schema) - _SCHEMA_WORDS:
        return f"output_config.format.schema: unsupported {sorted(unknown)}"
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return "output_config.format.schema: additionalProperties must be false"
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    return next((wrong for s in inner if (wrong := _wrong_schema(s))), None)


def door(request: web.Request) -> web.Response | None:
    """Check who asks and in which version, as the service does before it reads anything."""
    if request.headers.get("Authorization") != f"Bearer {API_KEY}" or "x-api-key" in request.headers:
        return error(401, "invalid bearer token")
    if request.headers.get("anthropic-version") != API_VERSION:
        return error(400, "anthropic-version: unknown version")
    if "anthropic-beta" in request.headers:
        return error(400, "anthropic-beta: no beta is used here")
    return None


async def do(request: web.Request, deed: Deed, body: Mapping[str, Any]) -> web.StreamResponse:
    """Do what the test scripted."""
    match deed:
        case Hangs(let_go, then):
            await let_go.wait()
            return message_of(then, body)
        case Says():
            return message_of(deed, body)
        case Fails(status, headers, error_code):
            return error(status, "scripted", headers, error_code)
        case Raw(content, content_type):
            return web.Response(body=content, content_type=content_type)
        case Resets():
            _drop(request)
            return web.Response()
        case Cuts():
            whole = message_of(Says("{}"), body).body
            assert isinstance(whole, bytes)
            headers = {"Content-Length": str(len(whole)), "Content-Type": "application/json"}
            response = web.StreamResponse(headers=headers)
            await response.prepare(request)
            await response.write(whole[: len(whole) // 2])
            _drop(request)
            return response


def _drop(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()


def message_of(says: Says, body: Mapping[str, Any]) -> web.Response:
    """Answer with a message."""
    return web.Response(
        body=json.dumps(message_json(says, body)).encode(),
        content_type="application/json",
        headers={"request-id": "req_loopback"},
    )


def message_json(says: Says, body: Mapping[str, Any]) -> dict[str, Any]:
    """Write a message as it travels."""
    blocks = [{"type": "text", "text": says.blocks}] if isinstance(says.blocks, str) else list(says.blocks)
    return {
        "id": "msg_loopback",
        "type": "message",
        "role": "assistant",
        "model": body.get("model"),
        "content": blocks,
        "stop_reason": says.stop_reason,
        "stop_details": says.stop_details,
        "stop_sequence": None,
        "usage": dict(says.usage),
    }


def error(
    status: int, message: str, headers: Mapping[str, str] | None = None, error_code: str | None = None
) -> web.Response:
    """Answer with an error as the service does."""
    said: dict[str, Any] = {"type": _ERROR_TYPES.get(status, "api_error"), "message": message}
    if error_code:
        said["details"] = {"error_code": error_code}
    payload = {"type": "error", "error": said, "request_id": "req_loopback"}
    return web.json_response(
        payload, status=status, headers={"request-id": "req_loopback", **(headers or {})}
    )
