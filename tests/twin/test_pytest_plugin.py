"""The fixtures for tests of somebody else's app, and the package that brings them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from twin.admin.api import Workshop
from twin.clock import SteppedClock
from twin.host import Host
from twin.manifest import EVENT_SCOPES
from twin.server import Twin
from twin.starter.seed import starter
from twin.threaded import TwinServer
from twin.webapi.dispatch import METHODS

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "twin"
MANUAL = ROOT / "docs" / "twin.md"
RED = """
def test_nobody_answers(slack_twin_server):
    slack_twin_server.person("ana").post("#general", "is anybody there?")
    assert len(slack_twin_server.messages("#general")) == 2
"""


def test_an_app_without_asyncio_is_tested_without_asyncio(slack_twin_server: TwinServer) -> None:
    server = slack_twin_server
    app = App(client=WebClient(token=server.bot_token, base_url=server.api_url))

    @app.message("hi")
    def hello(say: object) -> None:
        assert callable(say)
        say("hello!")

    handler = SocketModeHandler(app, server.app_token)
    handler.connect()  # type: ignore[no-untyped-call]
    server.connected()
    server.person("ana").post("#general", "hi")
    answer = server.until(lambda: next((m for m in server.messages("#general") if "bot_id" in m), None))

    assert answer["text"] == "hello!"
    assert "chat.postMessage {" in server.story()
    with pytest.raises(RuntimeError, match="do nothing"):
        server.until(lambda: server.person("ana").post("#general", "no"))
    handler.close()  # type: ignore[no-untyped-call]


@pytest.mark.twin(manifest="manifest.yml", limits=True, now="2026-11-23T09:00:00+00:00")
async def test_a_marker_says_which_app_and_when(slack_twin: Twin, slack_clock: SteppedClock) -> None:
    web = AsyncWebClient(token=slack_twin.bot_token, base_url=slack_twin.api_url)
    assert (await web.auth_test())["user"] == "signalbox"
    assert slack_twin.limits.enabled
    assert slack_clock.now() == datetime(2026, 11, 23, 9, tzinfo=UTC)
    ts = await slack_twin.person("ben").post("@signalbox", "hello")
    await slack_twin.advance(60)
    assert float(await slack_twin.person("ben").post("#general", "later")) - float(ts) == pytest.approx(
        60, abs=1
    )


@pytest.mark.twin(seed="workspace.toml")
def test_a_marker_says_which_workspace(slack_twin_server: TwinServer) -> None:
    assert slack_twin_server.person("gil").handle == "gil"
    assert slack_twin_server.workspace("Harbor").seed.domain == "harbor"


async def test_without_a_marker_there_is_a_workspace_and_time_goes_on(slack_twin: Twin) -> None:
    assert [person.handle for person in slack_twin.ws.seed.people] == ["ana", "ben"]
    assert abs((slack_twin.host.clock.now() - datetime.now(UTC)).total_seconds()) < 5


def test_the_app_of_those_who_bring_none_may_do_everything() -> None:
    needed = {scope for method in METHODS.values() for scope in method.scopes}
    assert needed | {scope for scopes in EVENT_SCOPES.values() for scope in scopes} <= set(
        starter().app.manifest.scopes
    )
    named = starter({"display_information": {"name": "Ana"}}).app
    assert (named.name, named.bot_user) == ("Ana", "ana-app")


def test_the_package_names_every_folder() -> None:
    packed = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {
        file.parent.relative_to(PACKAGE.parent)
        for file in PACKAGE.glob("**/*.py")
        if "page" not in file.parts
    }
    assert sorted(packed) == sorted(".".join(folder.parts) for folder in folders)


def of_the_manual(words: str) -> str:
    """Return the Python in the manual that has these words, so that what people copy is what is tried here."""
    found: list[str] = re.findall(r"```python\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    return next(code for code in found if words in code)


async def test_the_manual_names_every_address_of_the_admin_api() -> None:
    router = web.UrlDispatcher()
    Workshop(Host(SteppedClock(), "A0")).add_to(router)
    manual, routes = MANUAL.read_text(), [route for route in router.routes() if route.method != "HEAD"]
    assert len(routes) == 15
    for route in routes:
        path = str(route.resource.canonical if route.resource else "").removeprefix("/twin/admin/")
        assert f"`{route.method} {path}`" in manual


@pytest.mark.process
def test_the_package_alone_brings_the_command_and_the_fixtures(tmp_path: Path) -> None:
    source, wheels, room, empty = (tmp_path / name for name in ("twin", "wheels", "room", "empty"))
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("node_modules", "__pycache__", "src"))
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(wheels),
    ]
    subprocess.run([*build, str(source)], check=True, cwd=tmp_path)
    venv.create(room, with_pip=False)
    python = room / "bin" / "python"
    found = sysconfig.get_paths(vars={"base": str(room), "platbase": str(room)})["purelib"]
    (Path(found) / "others.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    wheel = next(wheels.glob("signalbox_twin-*.whl"))
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, str(wheel)], check=True)
    empty.mkdir()
    (empty / "test_green.py").write_text(of_the_manual("def test_"))
    (empty / "test_red.py").write_text(RED)

    def run(*command: str | Path) -> tuple[int, str]:
        env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PYTHON"))}
        done = subprocess.run([*command], cwd=empty, env=env, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    code, said = run(python, "-m", "pytest", "test_green.py")
    assert code == 0 and "1 passed" in said, said
    code, said = run(python, "-m", "pytest", "test_red.py")
    assert code == 1 and "- Slack twin -" in said, said
    assert "0 connections, idle: False" in said and "told message {" in said
    code, said = run(room / "bin" / "twin", "--replay", "nothing.jsonl")
    assert (code, said.partition(" (")[0]) == (2, "nothing.jsonl: the recording cannot be read")
    code, said = run(python, "-c", "import twin; print(twin.__file__)")
    assert str(room) in said
