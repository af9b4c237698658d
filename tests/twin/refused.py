"""What Slack answers to a call that must be refused."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from twin.words import Json


async def refusal(call: Any) -> Json:
    """Await a call that must be refused, and return Slack's answer."""
    with pytest.raises(SlackApiError) as problem:
        await call
    answer = problem.value.response.data
    assert isinstance(answer, dict) and answer["ok"] is False
    return answer


async def code(call: Any) -> str:
    """Await a call that must be refused, and return Slack's code."""
    return str((await refusal(call))["error"])
