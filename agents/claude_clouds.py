"""Claude by way of a company's own cloud: Amazon Bedrock or Google Vertex, for those who may not call it directly.

People see no difference on a card. What differs is who checks the credentials, where the data stays, and what the
models are called. What is deliberately not done: nothing here reads the environment or imports the SDK, and no
batches are sent through a cloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bedrock:
    """Claude on Amazon Bedrock. Without an API key the usual AWS credentials sign each call."""

    region: str
    api_key: str = field(default="", repr=False)
    base_url: str = ""  # empty means the region's own address

    name = "Amazon Bedrock"

    @property
    def address(self) -> str:
        """Where calls go."""
        return self.base_url or f"https://bedrock-mantle.{self.region}.api.aws/anthropic"


@dataclass(frozen=True)
class Vertex:
    """Claude on Google Vertex. Without an access token Google's default credentials are used and kept fresh."""

    project: str
    region: str
    access_token: str = field(default="", repr=False)
    base_url: str = ""

    name = "Google Vertex"

    @property
    def address(self) -> str:
        """Where calls go."""
        if self.base_url:
            return self.base_url
        match self.region:
            case "global":
                host = "aiplatform.googleapis.com"
            case "us" | "eu":
                host = f"aiplatform.{self.region}.rep.googleapis.com"
            case _:
                host = f"{self.region}-aiplatform.googleapis.com"
        return f"https://{host}/v1"


Cloud = Bedrock | Vertex

_DECORATION = re.compile(r"^(?:[a-z]+\.)?anthropic\.|(?:-\d{8})?(?:-v\d+(?::\d+)?)?$|@[\w-]+$")


def plain_model(model: str) -> str:
    """Return a model's own name: `us.anthropic.claude-haiku-5-5-20261007-v1:0` is `claude-haiku-5-5` on Bedrock, and
    so is `claude-haiku-5-5@20261007` on Vertex."""
    return _DECORATION.sub("", model)


def lacking(cloud: Cloud, has: Callable[[str], bool]) -> str:
    """Say what has to be added before this cloud can be used; empty if nothing has. `has` tells whether a package can
    be imported."""
    if isinstance(cloud, Bedrock):
        if not cloud.region:
            return "Claude on Amazon Bedrock needs a region: set AWS_REGION."
        if not cloud.api_key and not has("boto3"):
            return (
                "Claude on Amazon Bedrock needs either AWS_BEARER_TOKEN_BEDROCK, or the Python package boto3 to sign "
                "calls with AWS credentials, which is not installed."
            )
        return ""
    if not cloud.project or not cloud.region:
        return "Claude on Google Vertex needs ANTHROPIC_VERTEX_PROJECT_ID and CLOUD_ML_REGION."
    if not cloud.access_token and not (has("google.auth") and has("requests")):
        return (
            "Claude on Google Vertex needs the Python packages google-auth and requests, which are not both "
            "installed."
        )
    return ""
