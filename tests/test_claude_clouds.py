"""Claude through Bedrock and Vertex: what goes over the wire, and what an operator reads when something is missing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import pytest_asyncio

from agents.claude_clouds import Bedrock, Cloud, Vertex, lacking, plain_model
from agents.policy import Models
from agents.prices import UnknownModel, rates
from bot.minds import claude_config, load_remote
from bot.settings import Settings, SettingsError
from storage.database import Database
from tests.claude_server import API_KEY, Fails
from tests.claude_world import CATEGORIES, EXAMPLES, FACTS, GOOD, World, judge, opened
from tests.world import policy

NEEDED = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """Run a service for one test."""
    async with opened() as world:
        yield world


def clouds(world: World) -> dict[str, Cloud]:
    """Return each cloud, with its address on the loopback and credentials that are good there."""
    here = world.server.base_url
    return {
        "bedrock": Bedrock("us-east-1", API_KEY, here),
        "vertex": Vertex("shop-1", "europe-west1", API_KEY, here),
    }


@pytest.mark.parametrize("name", ["bedrock", "vertex"])
async def test_a_cloud_is_asked_the_same_question(world: World, name: str) -> None:
    world.server.always(GOOD)
    await judge(world.engine())
    answer = await judge(world.engine(api_key="", cloud=clouds(world)[name]))

    direct, through = world.server.bodies
    assert answer.value is not None
    assert answer.usage.dollars > 0
    assert {k: v for k, v in through.items() if k != "model"} == {
        k: v for k, v in direct.items() if k != "model"
    }
    headers = {key.lower(): value for key, value in world.server.headers[-1].items()}
    assert headers["authorization"] == f"Bearer {API_KEY}"
    assert not {"x-api-key", "traceparent", "anthropic-beta"} & set(headers)


async def test_vertex_has_project_region_and_model_in_the_path(world: World) -> None:
    world.server.then(GOOD)

    await judge(world.engine(cloud=clouds(world)["vertex"], triage_model="claude-haiku-5-5@20261007"))

    model = "claude-haiku-5-5@20261007"
    [path] = world.server.paths
    assert path == f"/projects/shop-1/locations/europe-west1/publishers/anthropic/models/{model}:rawPredict"
    assert world.server.bodies[0]["thinking"] == {"type": "disabled"}


@pytest.mark.parametrize("name", ["bedrock", "vertex"])
async def test_a_cloud_that_refuses_our_credentials_is_an_answer_in_words(world: World, name: str) -> None:
    world.server.always(Fails(401))
    cloud = clouds(world)[name]
    wrong = (
        Bedrock("us-east-1", "wrong", cloud.address)
        if name == "bedrock"
        else Vertex("p", "eu", "wrong", cloud.address)
    )

    answer = await judge(world.engine(cloud=wrong))

    assert answer.why.detail == "Claude refused our credentials."


@pytest.mark.parametrize("name", ["bedrock", "vertex"])
async def test_an_inherited_address_or_key_is_not_used(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("ANTHROPIC_BEDROCK_MANTLE_BASE_URL", "ANTHROPIC_VERTEX_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "someone else's")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "someone else's")
    world.server.then(GOOD)

    assert (await judge(world.engine(cloud=clouds(world)[name]))).value is not None


@pytest.mark.parametrize(("name", "title"), [("bedrock", "Amazon Bedrock"), ("vertex", "Google Vertex")])
async def test_the_self_check_asks_a_cloud_whether_its_models_answer(
    world: World, name: str, title: str
) -> None:
    findings = await world.engine(cloud=clouds(world)[name]).self_check()

    assert [f.sentence for f in findings] == [
        f"claude-haiku-5-5 answers on {title}.",
        f"claude-sonnet-5-5 answers on {title}.",
    ]


@pytest.mark.parametrize(
    ("cloud", "address"),
    [
        (Bedrock("eu-central-1"), "https://bedrock-mantle.eu-central-1.api.aws/anthropic"),
        (Vertex("p", "global"), "https://aiplatform.googleapis.com/v1"),
        (Vertex("p", "eu"), "https://aiplatform.eu.rep.googleapis.com/v1"),
        (Vertex("p", "europe-west1"), "https://europe-west1-aiplatform.googleapis.com/v1"),
        (Vertex("p", "eu", base_url="https://proxy.example"), "https://proxy.example"),
    ],
)
def test_each_cloud_has_its_own_address(cloud: Cloud, address: str) -> None:
    assert cloud.address == address


@pytest.mark.parametrize(
    ("cloud", "installed", "says"),
    [
        (Bedrock("us-east-1", "key"), (), ""),
        (Bedrock("us-east-1"), ("boto3",), ""),
        (Bedrock("us-east-1"), (), "AWS_BEARER_TOKEN_BEDROCK, or the Python package boto3"),
        (Bedrock("", "key"), (), "set AWS_REGION"),
        (Vertex("p", "eu"), ("google.auth", "requests"), ""),
        (Vertex("p", "eu"), ("requests",), "google-auth and requests"),
        (Vertex("", "eu"), ("google.auth", "requests"), "ANTHROPIC_VERTEX_PROJECT_ID and CLOUD_ML_REGION"),
    ],
)
def test_what_a_cloud_lacks_is_said_with_what_to_do(
    cloud: Cloud, installed: tuple[str, ...], says: str
) -> None:
    said = lacking(cloud, lambda package: package in installed)

    assert (says in said) if says else said == ""


@pytest.mark.skipif(find_spec("boto3") is not None, reason="boto3 is installed here")
def test_a_bot_without_the_clouds_package_is_told_at_start(tmp_path: Path) -> None:
    settings = Settings.read({**NEEDED, "claude": "bedrock", "aws_region": "us-east-1"})

    with pytest.raises(ValueError, match="boto3"):
        load_remote(settings, policy(), Database(f"sqlite:///{tmp_path}/x.sqlite"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"claude": "bedrock"}, "AWS_REGION: not set; SIGNALBOX_CLAUDE=bedrock needs the AWS region"),
        ({"claude": "vertex", "vertex_region": "eu"}, "ANTHROPIC_VERTEX_PROJECT_ID: not set"),
        ({"claude": "vertex", "vertex_project": "p"}, "CLOUD_ML_REGION: not set"),
        ({"claude": "azure"}, "SIGNALBOX_CLAUDE: "),
    ],
)
def test_a_missing_setting_is_named_with_what_it_is_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str], says: str
) -> None:
    for name in ("AWS_REGION", "ANTHROPIC_VERTEX_PROJECT_ID", "CLOUD_ML_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingsError, match=says.replace(".", r"\.")):
        Settings.read({**NEEDED, **given})


def test_the_environment_chooses_the_cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "SIGNALBOX_CLAUDE": "bedrock",
        "AWS_REGION": "us-east-1",
        "AWS_BEARER_TOKEN_BEDROCK": "k",
        "ANTHROPIC_API_KEY": "sk-ant-1",
    }.items():
        monkeypatch.setenv(name, value)

    config = claude_config(Settings.read(NEEDED), policy())

    assert config is not None
    assert config.cloud == Bedrock("us-east-1", "k")
    assert config.api_key == ""
    assert "sk-ant" not in repr(config)


def test_without_a_key_or_a_cloud_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ANTHROPIC_API_KEY", "SIGNALBOX_CLAUDE"):
        monkeypatch.delenv(name, raising=False)

    assert claude_config(Settings.read(NEEDED), policy()) is None


@pytest.mark.parametrize(
    "model",
    [
        "claude-haiku-5-5",
        "anthropic.claude-haiku-5-5",
        "us.anthropic.claude-haiku-5-5-20261007-v1:0",
        "claude-haiku-5-5@20261007",
        "claude-haiku-5-5@default",
    ],
)
def test_a_model_keeps_its_price_whatever_a_cloud_calls_it(model: str) -> None:
    assert plain_model(model) == "claude-haiku-5-5"
    assert rates(model, 0) == rates("claude-haiku-5-5", 0)


@pytest.mark.parametrize("model", ["anthropic.claude-2", "meta.llama", "", "claude-haiku-5-5-mini"])
def test_another_model_has_no_price_in_a_cloud_either(model: str) -> None:
    with pytest.raises(UnknownModel):
        rates(model, 0)


async def test_policy_names_the_models_of_the_cloud(world: World) -> None:
    named = Models(triage="us.anthropic.claude-haiku-5-5-20261007-v1:0")
    chosen = policy().model_copy(update={"models": named})
    settings = Settings.read({**NEEDED, "claude": "bedrock", "aws_region": "us-east-1", "bedrock_key": "k"})

    config = claude_config(settings, chosen)

    assert config is not None
    assert config.triage_model == named.triage
    engine = world.engine(cloud=clouds(world)["vertex"], triage_model=named.triage)
    world.server.then(GOOD)
    assert (await engine.opinion(FACTS, CATEGORIES, EXAMPLES)).usage is not None
    assert json.dumps(world.server.bodies[0]).count('"cache_control"') == 2
