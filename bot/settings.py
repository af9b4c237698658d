"""Settings from the environment: secrets and addresses, nothing that a team would want to discuss.

An operator who forgot something is told every missing name at once. Only this module reads the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_NO_WAY_IN = (
    "not set; see .env.example for where to find it, or set SLACK_SIGNING_SECRET for deliveries by HTTP"
)


class SettingsError(Exception):
    """The environment is not complete; the message names each variable and what it is for."""


class Settings(BaseSettings):
    """Everything that differs between installations. `.env.example` says which of these must be set."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, populate_by_name=True)

    slack_bot_token: str = Field(min_length=1)
    # One of these two: the secret brings deliveries by HTTP, the token by Socket Mode. Given both, the token wins.
    slack_signing_secret: str = ""
    slack_app_token: str = Field("", validate_default=True)
    http_host: str = Field("127.0.0.1", alias="SIGNALBOX_HTTP_HOST")
    http_port: int = Field(3000, ge=0, le=65535, alias="SIGNALBOX_HTTP_PORT")
    slack_api_url: str = "https://slack.com/api/"
    database_url: str = Field("sqlite:///signalbox.sqlite", alias="SIGNALBOX_DATABASE_URL")
    policy: Path = Field(Path("signalbox.toml"), alias="SIGNALBOX_POLICY")
    models: Path = Field(Path("build"), alias="SIGNALBOX_MODELS")  # the local model, made by `make model`
    log_format: Literal["text", "json"] = Field("text", alias="SIGNALBOX_LOG_FORMAT")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", alias="SIGNALBOX_LOG_LEVEL")
    # Slack permits about one message per second and channel; 0 switches our own pacing off.
    posts_per_second: float = Field(1.0, ge=0.0, alias="SIGNALBOX_POSTS_PER_SECOND")
    # Go live with a triage prompt or model that no backtest covers.
    force_change: bool = Field(False, alias="SIGNALBOX_FORCE_CHANGE")
    # For tests that end the process at a named instant; see bot/killpoints.py.
    die_at: str = Field("", alias="SIGNALBOX_DIE_AT")
    anthropic_api_key: str = ""
    anthropic_base_url: str = "https://api.anthropic.com"
    # How Claude is reached: with a key of its own, or through a company's cloud. The names are those that the clouds'
    # own tools use, so that what is set for these serves us too.
    claude: Literal["direct", "bedrock", "vertex"] = Field("direct", alias="SIGNALBOX_CLAUDE")
    aws_region: str = Field("", alias="AWS_REGION", validate_default=True)
    bedrock_key: str = Field("", alias="AWS_BEARER_TOKEN_BEDROCK")
    bedrock_url: str = Field("", alias="ANTHROPIC_BEDROCK_MANTLE_BASE_URL")
    vertex_project: str = Field("", alias="ANTHROPIC_VERTEX_PROJECT_ID", validate_default=True)
    vertex_region: str = Field("", alias="CLOUD_ML_REGION", validate_default=True)
    vertex_url: str = Field("", alias="ANTHROPIC_VERTEX_BASE_URL")

    @property
    def is_http(self) -> bool:
        """Whether Slack brings deliveries to us by HTTP, rather than over a connection that we hold open."""
        return not self.slack_app_token

    @property
    def opens_port(self) -> bool:
        """Whether there is an HTTP server: for Slack's deliveries, or because somebody named a port to look at."""
        return self.is_http or "http_port" in self.model_fields_set

    @field_validator("slack_bot_token", "slack_signing_secret", "slack_app_token", mode="before")
    @classmethod
    def _leave_out_the_example(cls, given: object) -> object:
        """Take what `.env.example` has in place of a secret for none."""
        value = given.strip() if isinstance(given, str) else given
        return "" if value in ("xoxb-", "xapp-") else value

    @field_validator("slack_app_token")
    @classmethod
    def _one_way_in(cls, token: str, info: ValidationInfo) -> str:
        if not token and not info.data.get("slack_signing_secret"):
            raise ValueError(_NO_WAY_IN)
        return token

    @field_validator("aws_region")
    @classmethod
    def _bedrock_is_somewhere(cls, region: str, info: ValidationInfo) -> str:
        if info.data.get("claude") == "bedrock" and not region:
            raise ValueError("not set; SIGNALBOX_CLAUDE=bedrock needs the AWS region, such as us-east-1")
        return region

    @field_validator("vertex_project", "vertex_region")
    @classmethod
    def _vertex_is_somewhere(cls, given: str, info: ValidationInfo) -> str:
        if info.data.get("claude") == "vertex" and not given:
            what = (
                "the Google Cloud project" if info.field_name == "vertex_project" else "a region, or global"
            )
            raise ValueError(f"not set; SIGNALBOX_CLAUDE=vertex needs {what}")
        return given

    @classmethod
    def read(cls, more: Mapping[str, object] | None = None) -> Settings:
        """Read the environment and `.env`; `more` overrides both. Raises SettingsError naming all that is wrong."""
        try:
            return cls(**(more or {}))  # type: ignore[arg-type]
        except ValidationError as wrong:
            lines = [f"{_variable(cls, str(error['loc'][0]))}: {_hint(error)}" for error in wrong.errors()]
            raise SettingsError("\n".join(lines)) from None


def _variable(settings: type[Settings], name: str) -> str:
    """Return the name of the variable that an operator sets."""
    field = settings.model_fields.get(name)
    return (field.alias if field and field.alias else name).upper()


def _hint(error: object) -> str:
    assert isinstance(error, dict)
    if error["type"] in ("missing", "string_too_short"):
        return "not set; see .env.example for where to find it"
    return str(error["msg"]).removeprefix("Value error, ")


def in_ci() -> bool:
    """Say whether this runs on a build server, where progress bars are noise."""
    return bool(os.environ.get("CI"))
