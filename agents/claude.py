"""The engine that asks Claude: what a message is, and what could be answered.

A person sees its judgement and drafts on the card, with the engine's name, or one sentence that says why
Claude was not asked or did not answer; then the local engine speaks instead. An outage is an answer here
and never an exception. What is deliberately not done: no streaming, no tools, no agent loop, and no long
waiting (our own queue owns that). Only a request that the service calls malformed raises, because that is a
fault of ours and would otherwise hide as an outage for ever.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from agents import claude_clouds, claude_drafts, claude_facts, claude_judgement, prices
from agents import claude_messages as messages
from agents import claude_requests as requests
from agents.aliases import Aliases
from agents.claude_answers import Answer, ClaudeConfig, MalformedRequest, Receipt, Why
from agents.claude_batches import Batches
from agents.claude_breaker import Admitted, Breaker, Held
from agents.claude_check import Finding, judge_model
from agents.claude_clouds import Bedrock, Cloud, Vertex
from agents.claude_drafts import Draft, Unfit
from agents.claude_outages import PATIENCE, STRANGER, Outage, outage, retry_after
from agents.words import Category, Example, Facts, Opinion, Passage, Reply, Usage

if TYPE_CHECKING:
    import anthropic
    import anthropic.types as wire

__all__ = ["Answer", "ClaudeConfig", "ClaudeEngine", "Finding", "MalformedRequest", "Receipt", "Why"]

_OUR_FAULT = (400, 413, 422)
T = TypeVar("T")
Ask = Callable[[Any], Awaitable[T]]  # is given how long one attempt may take
Fits = Callable[[object], bool]


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
        if config.cloud:
            if lacks := claude_clouds.lacking(config.cloud, _has):
                raise ValueError(lacks)
        elif not config.api_key or not config.base_url:
            raise ValueError("Claude needs an API key and an address.")
        if min(config.triage_deadline, config.draft_deadline) <= 0 or config.max_retries < 0:
            raise ValueError("Claude's deadlines must be above zero, and its retries must not be negative.")
        for model in (config.triage_model, config.draft_model, config.audit_model):
            prices.rates(model, prompt=0)
        self._config = config
        self._spent_today = spent_today
        self._now = now
        self._triage = requests.prompt("triage", config.triage_prompt)
        self._reply = requests.prompt("reply")
        self._breaker = Breaker(config.breaker_failures, config.breaker_cooldown)
        self._reserved = Decimal(0)
        self._client = _client(config)
        self._faults = _credential_faults(config.cloud)
        # None where Claude is reached through a cloud.
        self.batches = None if config.cloud else Batches(config, self, self._client, self._triage.fingerprint)

    async def opinion(
        self, facts: Facts, categories: Sequence[Category], examples: Sequence[Example]
    ) -> Answer[Opinion]:
        """Judge one message. Raises MalformedRequest, and ValueError if there is no category to choose
        from.
        """
        aliases = Aliases(facts.people)
        body = self.judging(self._config.triage_model, facts, categories, examples, aliases)
        answer = messages.opinion(
            await self._ask(self._triage, body, self._config.triage_deadline), categories
        )
        if answer.value is None:
            return answer
        summary, because = aliases.restore(answer.value.summary), aliases.restore(answer.value.because)
        return replace(answer, value=replace(answer.value, summary=summary, because=because))

    def judging(
        self,
        model: str,
        facts: Facts,
        categories: Sequence[Category],
        examples: Sequence[Example],
        aliases: Aliases | None = None,
    ) -> dict[str, Any]:
        """Return the body of a call that asks this model for a judgement."""
        import anthropic

        schema = anthropic.transform_schema(claude_judgement.form(categories))
        output = {"effort": "low", "format": {"type": "json_schema", "schema": schema}}
        turn = claude_facts.triage_turn(facts, categories, examples, aliases)
        return requests.body(self._config, self._triage, model, facts.requester, turn, output)

    async def reply(self, facts: Facts, passages: Sequence[Passage]) -> Answer[Reply]:
        """Draft an answer from the passages; without any, nobody is asked and the reply is empty. Raises
        MalformedRequest.
        """
        readable = [p for p in passages if claude_drafts.sentences(p.text)]
        if not readable:
            unspent = Usage(messages.ENGINE, self._config.draft_model, self._reply.fingerprint, 0.0)
            return Answer(Reply("", (), False, "No article was found for this.", unspent), None, unspent)
        aliases = Aliases(facts.people)
        turn = claude_facts.reply_turn(facts, claude_drafts.search_results(readable), aliases)
        model, output = self._config.draft_model, {"effort": "low"}
        # A schema cannot be combined with citations.
        body = requests.body(self._config, self._reply, model, facts.requester, turn, output)
        answer = await self._ask(self._reply, body, self._config.draft_deadline)
        if answer.value is None or answer.usage is None:
            return Answer(None, answer.why, answer.usage, answer.receipt)
        try:
            draft: Draft = claude_drafts.read(messages.spans(answer.value), readable)
        except Unfit as unfit:
            return Answer(None, Why("invalid", str(unfit)), answer.usage, answer.receipt)
        text, because = aliases.restore(draft.text), aliases.restore(draft.because)
        reply = Reply(text, draft.citations, draft.grounded, because, answer.usage)
        return Answer(reply, None, answer.usage, answer.receipt)

    async def self_check(self) -> tuple[Finding, ...]:
        """Ask the service whether it knows our models and what they can do. Costs nothing; outages are
        findings.
        """
        findings: list[Finding] = []
        for model, needed in requests.needs(self._config).items():
            info = await self._describe(model)
            findings += [info] if isinstance(info, Finding) else judge_model(model, info, needed)
        return tuple(findings)

    async def aclose(self) -> None:
        """Close the connections to the service."""
        await self._client.close()

    async def _ask(
        self, prompt: requests.Prompt, body: dict[str, Any], deadline: float
    ) -> Answer[wire.Message]:
        """Make one call through the breaker and the budget door, and sort what comes back."""
        model = body["model"]
        ceiling = prices.ceiling(model, requests.size(body), body["max_tokens"])
        called = await self.within_budget(
            lambda patience: self._client.messages.create(**body, timeout=patience),
            _is_message,
            model,
            deadline,
            ceiling,
        )
        if isinstance(called, Why):
            return Answer(None, called, None)
        result, took = called
        if isinstance(result, Outage):
            attempts = 1 + self._config.max_retries
            most = Usage(messages.ENGINE, model, prompt.fingerprint, took, dollars=float(ceiling * attempts))
            return Answer(None, Why("unavailable", result.detail), most if result.maybe_billed else None)
        return messages.sorted_out(result, model, prompt.fingerprint, took)

    async def within_budget(
        self, ask: Ask[T], fits: Fits, model: str, deadline: float, ceiling: Decimal
    ) -> tuple[T | Outage, float] | Why:
        """Do what may cost up to `ceiling` dollars; return what came of it and the milliseconds it took, or why it
        was not done."""
        spent = Decimal(str(await self._spent_today()))
        if (over := self._over_budget(spent, ceiling)) is not None:
            return over
        admitted = self._breaker.admit(self._now())
        if isinstance(admitted, Held):
            return Why("unavailable", _resting(admitted))
        # Calls under way are not in the day's books yet, so each one holds what it may cost until it is done.
        self._reserved += ceiling
        began = self._now()
        try:
            result = await self._call(ask, fits, model, deadline, admitted)
        finally:
            self._reserved -= ceiling
        return result, (self._now() - began) * 1000

    def _over_budget(self, spent: Decimal, ceiling: Decimal) -> Why | None:
        budget = Decimal(str(self._config.daily_budget_usd))
        if spent + self._reserved + ceiling <= budget:
            return None
        return Why("over_budget", f"Today's budget for Claude is used up (${spent:.2f} of ${budget:.2f}).")

    async def _call(
        self, ask: Ask[T], fits: Fits, model: str, deadline: float, admitted: Admitted
    ) -> T | Outage:
        """Ask and report to the breaker. Raises MalformedRequest."""
        reported = False
        try:
            result = await self.reach(ask, fits, model, deadline)
            reported = True
            if isinstance(result, Outage):
                self._breaker.failed(admitted, self._now(), result.at_once, result.rest)
            else:
                self._breaker.succeeded(admitted)
            return result
        except MalformedRequest:
            reported = True
            self._breaker.succeeded(admitted)
            raise
        finally:
            if not reported:
                self._breaker.abandoned(admitted)

    async def reach(self, ask: Ask[T], fits: Fits, model: str, deadline: float) -> T | Outage:
        """Ask with a deadline (seconds), and turn what goes wrong into words, also an answer that does not fit.
        Raises MalformedRequest.
        """
        import anthropic
        import httpx2

        # One hung attempt must leave time for the next one within the deadline.
        patience = httpx2.Timeout(deadline * 0.6, connect=min(5.0, deadline))
        try:
            async with asyncio.timeout(deadline):
                answered = await ask(patience)
        except TimeoutError:
            return Outage(f"Claude did not answer within {deadline:g} seconds.", maybe_billed=True)
        except anthropic.APIConnectionError as failed:
            unsent = isinstance(failed.__cause__, (httpx2.ConnectError, httpx2.ConnectTimeout))
            return Outage(_unreachable(failed), maybe_billed=not unsent)
        except httpx2.HTTPError:
            return Outage("Claude could not be reached.", maybe_billed=True)
        except anthropic.APIStatusError as failed:
            if failed.status_code in _OUR_FAULT:
                said = f"{failed.status_code}, {failed.error_code or failed.type}, id {failed.request_id}"
                raise MalformedRequest(
                    f"Claude rejected our request ({said}): {failed.api_message}"
                ) from failed
            return self._outage(failed, model)
        except json.JSONDecodeError:
            return STRANGER
        except self._faults:
            return _no_credentials(self._config.cloud)
        return answered if fits(answered) else STRANGER

    def _outage(self, failed: anthropic.APIStatusError, model: str) -> Outage:
        headers, credentials = failed.response.headers, "credentials" if self._config.cloud else "API key"
        return outage(
            failed.status_code, failed.type or "", failed.error_code or "", headers, model, credentials
        )

    async def _describe(self, model: str) -> dict[str, object] | Finding:
        """Fetch what the service says of a model, or the finding that it could not be asked."""
        import anthropic

        cloud, client = self._config.cloud, self._client
        address = cloud.address if cloud else self._config.base_url
        stranger = Finding("error", f"Something other than Claude answers at {address}.")
        hello = {"role": "user", "content": "hello"}
        try:
            async with asyncio.timeout(self._config.triage_deadline):
                if isinstance(client, anthropic.AsyncAnthropic):
                    info = await client.models.retrieve(model)
                else:  # which does not describe its models, but counts tokens for nothing
                    counted: Any = await client.messages.count_tokens(model=model, messages=[hello])  # type: ignore[list-item]
        except TimeoutError:
            return Finding("error", f"Claude did not answer within {self._config.triage_deadline:g} seconds.")
        except anthropic.APIConnectionError as failed:
            return Finding("error", f"{_unreachable(failed)} The address is {address}.")
        except anthropic.APIStatusError as failed:
            return Finding("error", self._outage(failed, model).detail)
        except json.JSONDecodeError:
            return stranger
        except self._faults:
            return Finding("error", _no_credentials(cloud).detail)
        if cloud:
            fine = isinstance(getattr(counted, "input_tokens", None), int)
            return Finding("ok", f"{model} answers on {cloud.name}.") if fine else stranger
        return info.to_dict(mode="json") if isinstance(info, anthropic.types.ModelInfo) else stranger


def _client(
    config: ClaudeConfig,
) -> anthropic.AsyncAnthropic | anthropic.AsyncAnthropicBedrockMantle | anthropic.AsyncAnthropicVertex:
    import anthropic

    async def impatient(request: Any, call_next: Callable[[Any], Awaitable[Any]]) -> Any:
        # The SDK sleeps for whatever Retry-After says, an hour included, so a long one must end the call
        # instead.
        response = await call_next(request)
        headers = response.http_response.headers
        if retry_after(headers) > PATIENCE:
            headers["x-should-retry"] = "false"
        return response

    # No address is left to the SDK, so that an inherited variable cannot send our credentials elsewhere.
    more: Any = {"max_retries": config.max_retries, "open_telemetry": False, "middleware": [impatient]}
    match config.cloud:
        case Bedrock() as cloud:
            return anthropic.AsyncAnthropicBedrockMantle(
                aws_region=cloud.region, api_key=cloud.api_key or None, base_url=cloud.address, **more
            )
        case Vertex() as cloud:
            return anthropic.AsyncAnthropicVertex(
                project_id=cloud.project,
                region=cloud.region,
                access_token=cloud.access_token or None,
                base_url=cloud.address,
                **more,
            )
    return anthropic.AsyncAnthropic(api_key=config.api_key, base_url=config.base_url, **more)


def _has(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _credential_faults(cloud: Cloud | None) -> tuple[type[Exception], ...]:
    """Return what a cloud's own packages raise when they find no credentials."""
    if cloud is None:
        return ()
    package, name = (
        ("botocore.exceptions", "BotoCoreError")
        if isinstance(cloud, Bedrock)
        else ("google.auth.exceptions", "GoogleAuthError")
    )
    found = (getattr(importlib.import_module(package), name),) if _has(package) else ()
    return (RuntimeError, *found)


def _no_credentials(cloud: Cloud | None) -> Outage:
    where = cloud.name if cloud else "its service"
    return Outage(f"There are no credentials for Claude on {where}, or they have run out.", at_once=True)


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


def _unreachable(failed: anthropic.APIConnectionError) -> str:
    import anthropic

    late = isinstance(failed, anthropic.APITimeoutError)
    return "Claude did not answer in time." if late else "Claude could not be reached."


def _resting(held: Held) -> str:
    if held.seconds <= 0:
        return "Claude has been failing and is being tried with another request right now."
    return f"Claude has been failing and is left alone for another {held.seconds:.0f} seconds."
