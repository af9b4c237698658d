"""What the stand-in for Claude's service does besides single messages: batches, and being reached through a cloud.

A batch is worked on until the test lets it end; its answers come in another order than the questions, as they may.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.claude_server import (
    API_KEY,
    API_VERSION,
    MODELS,
    USAGE,
    ClaudeServer,
    Deed,
    Says,
    do,
    door,
    error,
    listening,
    message_json,
    what_is_wrong,
)

IN_BATCH = {**USAGE, "service_tier": "batch"}
VERTEX_VERSION = API_VERSION  # in the body, because the path has taken the place of the header


@dataclass
class Batch:
    """A batch, and what became of its questions: JSON results by the question's id."""

    requests: list[dict[str, Any]]
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: bool = False

    def succeed(self, id: str, says: Says) -> None:
        """Answer a question."""
        self.results[id] = {"type": "succeeded", "message": message_json(says, self.requests[0]["params"])}

    def fail(self, id: str, kind: str, fault: str = "api_error") -> None:
        """Leave a question without an answer: errored, canceled or expired."""
        told = {"type": "error", "error": {"type": fault, "message": "scripted"}, "request_id": "req_1"}
        self.results[id] = {"type": kind} | ({"error": told} if kind == "errored" else {})


class Services(ClaudeServer):
    """A server that also takes batches, and speaks as the clouds do."""

    def __init__(self) -> None:
        """Start without batches."""
        super().__init__()
        self.batches: dict[str, Batch] = {}
        self.batches_deed: Deed | None = None
        self.results_at = ""  # another address for the answers of batches
        self.paths: list[str] = []

    def routes(self, app: web.Application) -> None:
        """Add what this server answers to."""
        super().routes(app)
        app.router.add_post("/v1/messages/batches", self.on_batch)
        app.router.add_get("/v1/messages/batches/{batch}", self.on_look)
        app.router.add_get("/v1/messages/batches/{batch}/results", self.on_results)
        app.router.add_delete("/v1/messages/batches/{batch}", self.on_delete)
        app.router.add_post("/v1/messages/count_tokens", self.on_count)
        app.router.add_post("/projects/{rest:.+}", self.on_vertex)

    async def on_batch(self, request: web.Request) -> web.StreamResponse:
        """Take a batch, unless one of its requests is at fault."""
        body = await request.json()
        self.headers.append(dict(request.headers))
        self.bodies.append(body)
        self._asked.set()
        if (refused := door(request)) is not None:
            return refused
        if self.batches_deed is not None:
            return await do(request, self.batches_deed, {})
        for one in body["requests"]:
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", one["custom_id"]):
                return error(400, "custom_id")
            if one["params"].get("model") not in MODELS or (wrong := what_is_wrong(one["params"])):
                return error(400, wrong or "model")
        id = f"msgbatch_{len(self.batches) + 1}"
        self.batches[id] = Batch(body["requests"])
        return web.json_response(self._described(id))

    async def on_look(self, request: web.Request) -> web.StreamResponse:
        """Say how far a batch is."""
        if (refused := door(request)) is not None:
            return refused
        if self.batches_deed is not None:
            return await do(request, self.batches_deed, {})
        id = request.match_info["batch"]
        return web.json_response(self._described(id)) if id in self.batches else error(404, "batch")

    async def on_results(self, request: web.Request) -> web.StreamResponse:
        """Give the answers, last question first."""
        if (refused := door(request)) is not None:
            return refused
        batch = self.batches[request.match_info["batch"]]
        lines = [{"custom_id": id, "result": result} for id, result in reversed(batch.results.items())]
        return web.Response(
            text="".join(json.dumps(line) + "\n" for line in lines), content_type="application/x-jsonl"
        )

    async def on_delete(self, request: web.Request) -> web.StreamResponse:
        """Forget a batch that has ended."""
        if (refused := door(request)) is not None:
            return refused
        id = request.match_info["batch"]
        if id not in self.batches:
            return error(404, "batch")
        if not self.batches[id].ended:
            return error(400, "batch is in progress")
        del self.batches[id]
        return web.json_response({"id": id, "type": "message_batch_deleted"})

    async def on_count(self, request: web.Request) -> web.StreamResponse:
        """Count tokens, for nothing."""
        body = await request.json()
        if (refused := door(request)) is not None:
            return refused
        known = any(model in body["model"] for model in MODELS)
        return web.json_response({"input_tokens": 8}) if known else error(404, "model")

    async def on_vertex(self, request: web.Request) -> web.StreamResponse:
        """Answer as Google's service does: the model is in the path, the version in the body."""
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        body = await request.json()
        self.bodies.append(body)
        if request.headers.get("Authorization") != f"Bearer {API_KEY}":
            return error(401, "token")
        if body.pop("anthropic_version", None) != VERTEX_VERSION:
            return error(400, "anthropic_version")
        if request.path.endswith("count-tokens:rawPredict"):
            return web.json_response({"input_tokens": 8})
        if "model" in body:
            return error(400, "model: extra inputs are not permitted")
        return await do(request, self.next_for(body), body)

    def _described(self, id: str) -> Mapping[str, Any]:
        batch = self.batches[id]
        ended = "2026-11-24T05:00:00Z" if batch.ended else None
        counts = dict.fromkeys(("canceled", "errored", "expired", "processing", "succeeded"), 0)
        here = f"{self.results_at or self.base_url}/v1/messages/batches/{id}/results"
        return {
            "id": id,
            "type": "message_batch",
            "processing_status": "ended" if batch.ended else "in_progress",
            "request_counts": counts | {"processing": len(batch.requests)},
            "created_at": "2026-11-24T03:00:00Z",
            "expires_at": "2026-11-25T03:00:00Z",
            "ended_at": ended,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": here if batch.ended else None,
        }


@asynccontextmanager
async def services() -> AsyncIterator[Services]:
    """Run the whole service on a free loopback port for the length of a block."""
    server = Services()
    async with listening(server):
        yield server
