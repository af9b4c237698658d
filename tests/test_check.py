"""`signalbox check`: one line per thing that was tried, and for each failure what to do."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.check import Finding, examine
from tests.process import environment, launcher
from tests.world import COMPANY, ROOT
from twin.people import deeds
from twin.server import Twin


@pytest.fixture
async def twin() -> AsyncIterator[Twin]:
    """The demo company's workspace."""
    started = await Twin.start(COMPANY / "workspace.toml")
    yield started
    await started.stop()


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A copy of the demo company's folder, to break."""
    copied = tmp_path / "company"
    shutil.copytree(COMPANY, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


class Checked:
    """What a check found."""

    def __init__(self, findings: list[Finding], is_fine: bool) -> None:
        self.findings = findings
        self.is_fine = is_fine

    @property
    def failed(self) -> dict[str, str]:
        """The hints of what failed, by what was tried."""
        return {finding.what: finding.hint for finding in self.findings if not finding.fine}


async def checked(monkeypatch: pytest.MonkeyPatch, twin: Twin, company: Path, **env: str) -> Checked:
    """Check this company in this workspace; `env` replaces single variables."""
    monkeypatch.chdir(company)
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    given = environment(twin, f"sqlite:///{company}/signalbox.sqlite", company / "signalbox.toml")
    for name, value in {**given, **env}.items():
        monkeypatch.setenv(name, value)
    findings: list[Finding] = []
    is_fine = await examine(findings.append)
    return Checked(findings, is_fine)


def changed(company: Path, old: str, new: str) -> None:
    """Write something else into the policy."""
    policy = company / "signalbox.toml"
    text = policy.read_text(encoding="utf-8")
    assert old in text
    policy.write_text(text.replace(old, new), encoding="utf-8")


async def test_a_good_set_up_passes_and_every_thing_tried_is_named(
    monkeypatch: pytest.MonkeyPatch, twin: Twin, company: Path
) -> None:
    found = await checked(monkeypatch, twin, company)

    assert found.failed == {}
    assert found.is_fine
    tried = "\n".join(finding.what for finding in found.findings)
    for what in ("settings", "policy", "knowledge", "accounts", "local model", "bot token", "scopes"):
        assert what in tried
    assert {"#customer-support", "#team-billing", "#ops-morning"} <= set(tried.splitlines())


async def test_nothing_is_posted_or_changed_by_a_check(
    monkeypatch: pytest.MonkeyPatch, twin: Twin, company: Path
) -> None:
    await checked(monkeypatch, twin, company)

    assert {call.method for call in twin.calls} <= {
        "auth.test",
        "apps.connections.open",
        "conversations.list",
        "users.list",
    }
    assert not (company / "signalbox.sqlite").exists()


async def test_missing_settings_end_the_check_with_every_name(
    monkeypatch: pytest.MonkeyPatch, twin: Twin, company: Path
) -> None:
    found = await checked(monkeypatch, twin, company, SLACK_BOT_TOKEN="", SLACK_APP_TOKEN="")

    assert not found.is_fine
    assert "SLACK_BOT_TOKEN" in found.failed["settings"]
    assert "SLACK_APP_TOKEN" in found.failed["settings"]


async def test_a_missing_scope_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, company: Path
) -> None:
    manifest = (ROOT / "manifest.yml").read_text(encoding="utf-8")
    assert "- reactions:write\n" in manifest
    less = [line for line in manifest.splitlines(keepends=True) if "- reactions:write\n" not in line]
    (tmp_path / "manifest.yml").write_text("".join(less), encoding="utf-8")
    twin = await Twin.start(company / "workspace.toml")
    try:
        found = await checked(monkeypatch, twin, company)
    finally:
        await twin.stop()

    assert list(found.failed) == ["scopes"]
    assert "reactions:write" in found.failed["scopes"]
    assert "install the app again" in found.failed["scopes"]


async def test_a_channel_that_we_are_not_in_is_named_with_the_invitation(
    monkeypatch: pytest.MonkeyPatch, twin: Twin, company: Path
) -> None:
    deeds.leave(twin.ws, twin.bot_user_id, twin.channel("team-billing"))

    found = await checked(monkeypatch, twin, company)

    assert list(found.failed) == ["#team-billing"]
    assert "/invite" in found.failed["#team-billing"]


async def test_a_channel_and_a_person_that_do_not_exist_are_named(
    monkeypatch: pytest.MonkeyPatch, twin: Twin, company: Path
) -> None:
    changed(company, 'channel = "ops-morning"', 'channel = "ops-evening"')
    changed(company, 'escalate_to = ["mei"]', 'escalate_to = ["nobody-we-know"]')

    found = await checked(monkeypatch, twin, company)

    assert set(found.failed) == {"#ops-evening", "@nobody-we-know"}
    assert "no such channel" in found.failed["#ops-evening"]


async def test_missing_knowledge_data_and_model_are_all_named_at_once(
    monkeypatch: pytest.MonkeyPatch, twin: Twin, company: Path
) -> None:
    shutil.rmtree(company / "knowledge")
    shutil.rmtree(company / "data")

    found = await checked(monkeypatch, twin, company, SIGNALBOX_MODELS=str(company / "nowhere"))

    assert {"knowledge", "accounts", "local model"} == set(found.failed)
    assert all(found.failed.values())
    assert "make model" in found.failed["local model"]


async def test_a_mistake_in_the_policy_is_told_with_its_line(
    monkeypatch: pytest.MonkeyPatch, twin: Twin, company: Path
) -> None:
    changed(company, 'sla = "platform"', 'sla = "platfrom"')

    found = await checked(monkeypatch, twin, company)

    [hint] = found.failed.values()
    assert "signalbox.toml:" in hint
    assert "did you mean 'platform'?" in hint


@pytest.mark.parametrize("token", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
async def test_a_wrong_token_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch, twin: Twin, company: Path, token: str
) -> None:
    found = await checked(monkeypatch, twin, company, **{token: "xoxb-of-another-app"})

    [hint] = found.failed.values()
    assert "invalid_auth" in hint
    assert token in hint


async def test_slack_that_does_not_answer_is_told_with_its_address(
    monkeypatch: pytest.MonkeyPatch, company: Path
) -> None:
    twin = await Twin.start(COMPANY / "workspace.toml")
    address = twin.api_url
    await twin.stop()

    found = await checked(monkeypatch, twin, company)

    assert "no answer" in found.failed["Slack"]
    assert address in found.failed["Slack"]


async def test_an_address_that_is_not_slacks_is_told(
    monkeypatch: pytest.MonkeyPatch, twin: Twin, company: Path
) -> None:
    found = await checked(monkeypatch, twin, company, SLACK_API_URL=f"{twin.url}/files/none/")

    assert "not Slack" in found.failed["Slack"]


@pytest.mark.process
async def test_the_command_prints_each_finding_and_says_by_its_exit_code_whether_all_is_well(
    tmp_path: Path, twin: Twin
) -> None:
    env = environment(twin, f"sqlite:///{tmp_path}/signalbox.sqlite")
    async with launcher(tmp_path / "operator", env) as operator:
        fine = await operator.launch("check")
        wrong = await operator.launch("check", env={"SIGNALBOX_MODELS": "[nowhere]"})
        well, ill = await asyncio.gather(fine.ended(), wrong.ended())

    assert (well.code, ill.code) == (0, 1)
    assert "FAIL" not in well.out
    assert "ok   settings" in well.out
    assert "FAIL local model" in ill.out
    assert "make model" in ill.out
    assert "Traceback" not in well.err + ill.err
