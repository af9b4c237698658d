"""The engine that asks Claude: what a message is, and what could be answered.

A person sees its judgement and drafts on the card, with the engine's name, or one sentence that says why
Claude was not asked or did not answer; then the local engine speaks instead. An outage is an answer here
and never an exception. What is deliberately not done: no streaming, no tools, no agent loop, and no long
waiting (our own queue owns that). Only a request that the service calls malformed raises, because that is a
fault of ours and would otherwise hide as an outage for ever.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from agents import claude_drafts, claude_facts, claude_judgement, prices
from agents.claude_answers import Answer, ClaudeConfig, MalformedRequest, Receipt, Why, stopped
from agents.claude_breaker import Admitted, Breaker, Held
from agents.claude_check import Finding, judge_model
from agents.claude_drafts import Cited, Draft, Span, Unfit
from agents.claude_outages import PATIENCE, Outage, outage, retry_after
from agents.words import Category, Example, Facts, Opinion, Passage, Reply, Usage

if TYPE_CHECKING:
    import anthropic
    import anthropic.types as wire

__all__ = ["Answer", "ClaudeConfig", "ClaudeEngine", "Finding", "MalformedRequest", "Receipt", "Why"]

ENGINE = "claude"
_OUR_FAULT = (400, 413, 422)
_STRANGER = Outage("Something other than Claude answered at its address.")
_OUTPUT_LIMITS = {"triage": 1024, "reply": 1500}
# Room for the thoughts of a model that cannot be told not to think.
_THINKING_ROOM = 4096
_THINKING_OFF: Mapping[str, str] = {"claude-haiku-5-5": "disabled", "claude-sonnet-5-5": "between_tools"}


@dataclass(frozen=True)
class _Prompt:
    name: Literal["triage", "reply"]
    text: str
    fingerprint: str


class ClaudeEngine:
    """Asks Claude. Make one for the process, and close it with `aclose`."""

    def __init__(
        self, config: ClaudeConfig, spent_today: Callable[[], Awaitable[float]], now: Callable[[], float]
    ) -> None:
        """Load the SDK (which takes seconds) and check the config.

        `spent_today` returns the dollars of all decisions recorded today; `now` returns monotonic seconds.
        Raises ValueError for a config that cannot work, and prices.UnknownModel for a model without a
        price.
        """
        if not config.api_key or not config.base_url:
            raise ValueError("Claude needs an API key and an address.")
        if min(config.triage_deadline, config.draft_deadline) <= 0 or config.max_retries < 0:
            raise ValueError("Claude's deadlines must be above zero, and its retries must not be negative.")
        for model in (config.triage_model, config.draft_model):
            prices.rates(model, prompt=0)
        self._config = config
        self._spent_today = spent_today
        self._now = now
        self._triage = _prompt("triage", config.triage_prompt)
        self._reply = _prompt("reply")
        self._breaker = Breaker(config.breaker_failures, config.breaker_cooldown)
        self._reserved = Decimal(0)
        self._client = _client(config)

    async def opinion(
        self, facts: Facts, categories: Sequence[Category], examples: Sequence[Example]
    ) -> Answer[Opinion]:
        """Judge one message. Raises MalformedRequest, and ValueError if there is no category to choose
        from.
        """
        import anthropic

        form = claude_judgement.form(categories)
        schema = anthropic.transform_schema(form)
        answer = await self._ask(
            self._triage,
            self._config.triage_model,
            self._config.triage_deadline,
            facts.requester,
            claude_facts.triage_turn(facts, categories, examples),
            {"effort": "low", "format": {"type": "json_schema", "schema": schema}},
        )
        if answer.value is None:
            return Answer(None, answer.why, answer.usage, answer.receipt)
        text = "".join(span.text for span in _spans(answer.value))
        try:
            judgement = form.model_validate_json(text)
        except ValidationError as wrong:
            places = ", ".join(
                sorted({str(e["loc"][0]) if e["loc"] else "the whole" for e in wrong.errors()})
            )
            why = Why("invalid", f"Claude's judgement did not fit the form ({places}).")
            return Answer(None, why, answer.usage, answer.receipt)
        return Answer(claude_judgement.opinion(judgement), None, answer.usage, answer.receipt)

    async def reply(self, facts: Facts, passages: Sequence[Passage]) -> Answer[Reply]:
        """Draft an answer from the passages; without any, nobody is asked and the reply is empty. Raises
        MalformedRequest.
        """
        readable = [p for p in passages if claude_drafts.sentences(p.text)]
        if not readable:
            unspent = Usage(ENGINE, self._config.draft_model, self._reply.fingerprint, 0.0)
            return Answer(Reply("", (), False, "No article was found for this.", unspent), None, unspent)
        answer = await self._ask(
            self._reply,
            self._config.draft_model,
            self._config.draft_deadline,
            facts.requester,
            claude_facts.reply_turn(facts, claude_drafts.search_results(readable)),
            {"effort": "low"},  # a schema cannot be combined with citations
        )
        if answer.value is None or answer.usage is None:
            return Answer(None, answer.why, answer.usage, answer.receipt)
        try:
            draft: Draft = claude_drafts.read(_spans(answer.value), readable)
        except Unfit as unfit:
            return Answer(None, Why("invalid", str(unfit)), answer.usage, answer.receipt)
        reply = Reply(draft.text, draft.citations, draft.grounded, draft.because, answer.usage)
        return Answer(reply, None, answer.usage, answer.receipt)

    async def self_check(self) -> tuple[Finding, ...]:
        """Ask the service whether it knows our models and what they can do. Costs nothing; outages are
        findings.
        """
        needs: dict[str, dict[str, str]] = {}
        for model, ability, words in (
            (self._config.triage_model, "structured_outputs", "structured output"),
            (self._config.draft_model, "citations", "citations"),
        ):
            off = _THINKING_OFF.get(model)
            thinking = {f"thinking.types.{off}": f"thinking set to {off}"} if off else {}
            needs[model] = needs.get(model, {}) | {ability: words, "effort.low": "low effort"} | thinking
        findings: list[Finding] = []
        for model, needed in needs.items():
            info = await self._describe(model)
            findings += [info] if isinstance(info, Finding) else judge_model(model, info, needed)
        return tuple(findings)

    async def aclose(self) -> None:
        """Close the connections to the service."""
        await self._client.close()

    async def _ask(
        self,
        prompt: _Prompt,
        model: str,
        deadline: float,
        requester: str,
        turn: Sequence[claude_facts.Block],
        output: Mapping[str, object],
    ) -> Answer[wire.Message]:
        """Make one call through the breaker and the budget door, and sort what comes back."""
        body = self._body(prompt, model, requester, turn, output)
        size = len(json.dumps(body, ensure_ascii=False).encode())
        ceiling = prices.ceiling(model, size, body["max_tokens"])
        spent = Decimal(str(await self._spent_today()))
        if (over := self._over_budget(spent, ceiling)) is not None:
            return Answer(None, over, None)
        admitted = self._breaker.admit(self._now())
        if isinstance(admitted, Held):
            return Answer(None, Why("unavailable", _resting(admitted)), None)
        # Calls under way are not in the day's books yet, so each one holds what it may cost until it is done.
        self._reserved += ceiling
        began = self._now()
        try:
            result = await self._call(body, deadline, admitted)
        finally:
            self._reserved -= ceiling
        took = (self._now() - began) * 1000
        if isinstance(result, Outage):
            attempts = 1 + self._config.max_retries
            most = Usage(ENGINE, model, prompt.fingerprint, took, dollars=float(ceiling * attempts))
            return Answer(None, Why("unavailable", result.detail), most if result.maybe_billed else None)
        return _sorted(result, model, prompt.fingerprint, took)

    def _over_budget(self, spent: Decimal, ceiling: Decimal) -> Why | None:
        budget = Decimal(str(self._config.daily_budget_usd))
        if spent + self._reserved + ceiling <= budget:
            return None
        return Why("over_budget", f"Today's budget for Claude is used up (${spent:.2f} of ${budget:.2f}).")

    def _body(
        self,
        prompt: _Prompt,
        model: str,
        requester: str,
        turn: Sequence[claude_facts.Block],
        output: Mapping[str, object],
    ) -> dict[str, Any]:
        off = _THINKING_OFF.get(model)
        limit = _OUTPUT_LIMITS[prompt.name]
        body: dict[str, Any] = {
            "model": model,
            "max_tokens": limit if off else limit + _THINKING_ROOM,
            "system": [{"type": "text", "text": prompt.text, "cache_control": dict(claude_facts.CACHE_1H)}],
            "messages": [{"role": "user", "content": list(turn)}],
            "output_config": dict(output),
            "metadata": {"user_id": _pseudonym(self._config, requester)},
        }
        return body | {"thinking": {"type": off}} if off else body

    async def _call(self, body: dict[str, Any], deadline: float, admitted: Admitted) -> wire.Message | Outage:
        """Send a body and report to the breaker. Raises MalformedRequest."""
        import anthropic

        reported = False
        try:
            result = await self._send(body, deadline)
            reported = True
            if isinstance(result, Outage):
                self._breaker.failed(admitted, self._now(), result.at_once, result.rest)
            else:
                self._breaker.succeeded(admitted)
            return result
        except anthropic.APIStatusError as wrong:
            reported = True
            self._breaker.succeeded(admitted)
            said = f"{wrong.status_code}, {wrong.error_code or wrong.type}, id {wrong.request_id}"
            raise MalformedRequest(f"Claude rejected our request ({said}): {wrong.api_message}") from wrong
        finally:
            if not reported:
                self._breaker.abandoned(admitted)

    async def _send(self, body: dict[str, Any], deadline: float) -> wire.Message | Outage:
        import anthropic
        import httpx2

        # One hung attempt must leave time for the next one within the deadline.
        patience = httpx2.Timeout(deadline * 0.6, connect=min(5.0, deadline))
        try:
            async with asyncio.timeout(deadline):
                message = await self._client.messages.create(**body, timeout=patience)
        except TimeoutError:
            return Outage(f"Claude did not answer within {deadline:g} seconds.", maybe_billed=True)
        except anthropic.APIConnectionError as failed:
            unsent = isinstance(failed.__cause__, (httpx2.ConnectError, httpx2.ConnectTimeout))
            return Outage(_unreachable(failed), maybe_billed=not unsent)
        except anthropic.APIStatusError as failed:
            if failed.status_code in _OUR_FAULT:
                raise
            return _outage(failed, body["model"])
        except json.JSONDecodeError:
            return _STRANGER
        return message if _is_message(message) else _STRANGER

    async def _describe(self, model: str) -> dict[str, object] | Finding:
        """Fetch what the service says of a model, or the finding that it could not be asked."""
        import anthropic

        stranger = Finding("error", f"Something other than Claude answers at {self._config.base_url}.")
        try:
            async with asyncio.timeout(self._config.triage_deadline):
                info = await self._client.models.retrieve(model)
        except TimeoutError:
            return Finding("error", f"Claude did not answer within {self._config.triage_deadline:g} seconds.")
        except anthropic.APIConnectionError as failed:
            return Finding("error", f"{_unreachable(failed)} The address is {self._config.base_url}.")
        except anthropic.APIStatusError as failed:
            return Finding("error", _outage(failed, model).detail)
        except json.JSONDecodeError:
            return stranger
        return info.to_dict(mode="json") if isinstance(info, anthropic.types.ModelInfo) else stranger


def _client(config: ClaudeConfig) -> anthropic.AsyncAnthropic:
    import anthropic

    async def impatient(request: Any, call_next: Callable[[Any], Awaitable[Any]]) -> Any:
        # The SDK sleeps for whatever Retry-After says, an hour included, so a long one must end the call
        # instead.
        response = await call_next(request)
        headers = response.http_response.headers
        if retry_after(headers) > PATIENCE:
            headers["x-should-retry"] = "false"
        return response

    return anthropic.AsyncAnthropic(
        api_key=config.api_key,
        base_url=config.base_url,  # explicit, so that an inherited variable cannot send the key elsewhere
        max_retries=config.max_retries,
        open_telemetry=False,
        middleware=[impatient],
    )


def fingerprint(prompt: bytes) -> str:
    """Return the fingerprint of a prompt, which is kept with every decision that it led to."""
    return hashlib.sha256(prompt).hexdigest()[:8]


def prompt_file(name: Literal["triage", "reply"]) -> Path:
    """Return the file of a prompt."""
    return Path(__file__).parent / "prompts" / f"{name}.md"


def _prompt(name: Literal["triage", "reply"], instead: str = "") -> _Prompt:
    raw = instead.encode() or prompt_file(name).read_bytes()
    return _Prompt(name, raw.decode(), fingerprint(raw))


def _pseudonym(config: ClaudeConfig, requester: str) -> str:
    key = (
        config.pseudonym_key or hashlib.sha256(b"requester pseudonyms" + config.api_key.encode()).hexdigest()
    )
    return hmac.new(key.encode(), requester.encode(), hashlib.sha256).hexdigest()[:32]


def _is_message(message: object) -> bool:
    """The SDK does not validate replies, so a proxy's page of HTML or half a message can arrive as if it
    were one.
    """
    import anthropic

    return (
        isinstance(message, anthropic.types.Message)
        and isinstance(getattr(message, "usage", None), anthropic.types.Usage)
        and isinstance(getattr(message, "content", None), list)
    )


def _sorted(message: wire.Message, model: str, fingerprint: str, took: float) -> Answer[wire.Message]:
    """Sort a message by its stop reason, and work out what it cost whatever that reason was."""
    tokens = prices.tokens(message.usage.to_dict())
    dollars = prices.cost(model, tokens)
    usage = Usage(ENGINE, model, fingerprint, took, tokens.prompt, tokens.output, float(dollars))
    stop = str(message.stop_reason)
    wire_usage = message.usage.to_json(indent=None)
    receipt = Receipt(message._request_id or "", stop, wire_usage, dollars, prices.PRICE_TABLE)
    about = message.stop_details.category if message.stop_details else None
    why = stopped(stop, about)
    return Answer(None if why else message, why, usage, receipt)


def _spans(message: wire.Message) -> list[Span]:
    """Return the text of an answer with what it cites; thoughts and anything else are left out."""
    return [
        Span(
            block.text,
            tuple(
                Cited(c.search_result_index, c.source, c.start_block_index, c.end_block_index)
                for c in block.citations or ()
                if c.type == "search_result_location"
            ),
        )
        for block in message.content
        if block.type == "text"
    ]


def _outage(failed: anthropic.APIStatusError, model: str) -> Outage:
    return outage(
        failed.status_code, failed.type or "", failed.error_code or "", failed.response.headers, model
    )


def _unreachable(failed: anthropic.APIConnectionError) -> str:
    import anthropic

    late = isinstance(failed, anthropic.APITimeoutError)
    return "Claude did not answer in time." if late else "Claude could not be reached."


def _resting(held: Held) -> str:
    if held.seconds <= 0:
        return "Claude has been failing and is being tried with another request right now."
    return f"Claude has been failing and is left alone for another {held.seconds:.0f} seconds."
