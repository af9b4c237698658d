"""Several workspaces in one twin, an organisation of Enterprise Grid, and how an app gets installed."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from tests.twin.busy_installs import consent
from tests.twin.listener import Listener
from tests.twin.samples import apart, known_samples
from twin.channels import Channel
from twin.host import check_together
from twin.seed import Seed, SeedEnterprise, SeedError
from twin.server import Twin

ORG = SeedEnterprise("E0HARBOR", "Harbor Group", "harbor-group")


def second(seed: Seed, **app: Any) -> Seed:
    """A workspace of another company in which the same app is installed."""
    people = tuple(
        dataclasses.replace(one, id=f"U0TWO{one.handle.upper()}", team="T0TWO")
        for one in seed.people
        if one.team == seed.id and one.handle != "gil"
    )
    channels = tuple(
        dataclasses.replace(one, id=f"C0TWO{at}", members=("ana", "ben"))
        for at, one in enumerate(seed.channels)
    )
    own = {"bot_token": "xoxb-two", "user_id": "U0TWOBOT", "bot_id": "B0TWOBOT"} | app
    return dataclasses.replace(
        seed,
        id="T0TWO",
        name="Quay",
        domain="quay",
        app=dataclasses.replace(seed.app, **own),
        people=people,
        channels=channels,
        usergroups=(),
        messages=(),
    )


def in_quay(twin: Twin) -> Channel:
    """The second workspace's #help."""
    found = twin.workspace("quay").find_channel("help")
    assert found is not None
    return found


@pytest.fixture
async def both(seed: Seed) -> AsyncIterator[Twin]:
    running = await Twin.start([seed, second(seed)])
    yield running
    await running.stop()


async def test_one_app_hears_of_both_workspaces_over_one_connection(both: Twin, seed: Seed) -> None:
    listener = await Listener.open(both)
    await both.person("ana").post("#help", "from Harbor")
    await both.person("ana", "quay").post("#help", "from Quay")
    await both.idle()
    heard = [(one["payload"]["team_id"], one["payload"]["event"]["text"]) for one in listener.envelopes]
    assert heard == [(seed.id, "from Harbor"), ("T0TWO", "from Quay")]
    bots = [one["payload"]["authorizations"][0]["user_id"] for one in listener.envelopes]
    assert bots == [both.bot_user_id, "U0TWOBOT"]
    await listener.close()


async def test_each_token_speaks_in_its_own_workspace(both: Twin, seed: Seed) -> None:
    quay = AsyncWebClient(token="xoxb-two", base_url=both.api_url)
    assert (await quay.auth_test())["team_id"] == "T0TWO"
    await quay.chat_postMessage(channel="#help", text="hello, Quay")
    assert [one["text"] for one in in_quay(both).messages] == ["hello, Quay"]
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await quay.chat_postMessage(channel=both.channel("#help").id, text="hello, Harbor")
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await AsyncWebClient(token="xoxb-three", base_url=both.api_url).auth_test()


async def test_people_see_their_own_workspace_on_the_page(both: Twin) -> None:
    async with aiohttp.ClientSession() as page, page.get(f"{both.url}/twin/state?as=U0TWOANA") as answer:
        state = await answer.json()
    assert state["workspace"]["name"] == "Quay"
    assert [one["name"] for one in state["workspaces"]] == ["Harbor", "Quay"]
    assert {(one["handle"], one["workspace"]) for one in state["people"]} >= {
        ("ana", "Harbor"),
        ("ana", "Quay"),
    }


async def test_files_of_two_workspaces_do_not_mix(both: Twin) -> None:
    await both.person("ana").upload("#help", "a.txt", b"harbor")
    await both.person("ana", "quay").upload("#help", "a.txt", b"quay")
    shown = in_quay(both).messages[-1]["files"][0]
    head = {"Authorization": "Bearer xoxb-two"}
    async with aiohttp.ClientSession(headers=head) as app, app.get(shown["url_private"]) as answer:
        assert await answer.read() == b"quay"


def test_workspaces_of_different_apps_are_refused_together(seed: Seed) -> None:
    with pytest.raises(SeedError, match="app_token"):
        check_together([seed, second(seed, app_token="xapp-other")])
    with pytest.raises(SeedError, match="bot_token must differ"):
        check_together([seed, second(seed, bot_token=seed.app.bot_token)])
    with pytest.raises(SeedError, match="same id"):
        check_together([seed, seed])


async def test_on_enterprise_grid_payloads_have_the_shapes_of_slacks_samples(seed: Seed) -> None:
    grid = dataclasses.replace(seed, enterprise=ORG, app=dataclasses.replace(seed.app, org_install=True))
    twin = await Twin.start(grid)
    listener = await Listener.open(twin)
    ana = twin.person("ana")
    await ana.post("#help", "hello")
    await ana.command("#help", "/signalbox x")
    await ana.global_shortcut("new_ticket")
    await twin.idle()
    event, command, shortcut = (one["payload"] for one in listener.envelopes)
    known = known_samples()
    whole, _ = apart(event)
    differences = [
        *known.envelope.differences({**whole, "event": {}}),
        # The samples of shortcuts are from a plain workspace; clicks show the organisation.
        *known.payloads["shortcut"].differences({**shortcut, "enterprise": None}),
        *known.payloads["block_actions"].keys["enterprise"].differences(shortcut["enterprise"]),
        *known.payloads["slash_commands"].differences({**command, "is_enterprise_install": True}),
    ]
    assert differences == []
    assert event["enterprise_id"] == event["context_enterprise_id"] == ORG.id
    assert event["authorizations"][0] == {
        "enterprise_id": ORG.id,
        "team_id": None,
        "user_id": twin.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": True,
    }
    assert command["enterprise_name"] == shortcut["enterprise"]["name"] == ORG.name
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    assert (await web.auth_test())["is_enterprise_install"] is True
    assert (await web.users_info(user=ana.id))["user"]["enterprise_user"]["enterprise_id"] == ORG.id
    await listener.close()
    await twin.stop()


async def test_a_token_of_the_whole_organisation_finds_the_workspace_by_what_is_named(seed: Seed) -> None:
    one = dataclasses.replace(seed, enterprise=ORG, app=dataclasses.replace(seed.app, org_install=True))
    two = second(one, bot_token=seed.app.bot_token)
    twin = await Twin.start([one, two])
    web = AsyncWebClient(token=twin.bot_token, base_url=twin.api_url)
    assert (await web.conversations_info(channel="C0TWO0"))["channel"]["context_team_id"] == "T0TWO"
    listed = await web.conversations_list(team_id="T0TWO")
    assert {channel["context_team_id"] for channel in listed["channels"]} == {"T0TWO"}
    assert [team["id"] for team in (await web.api_call("auth.teams.list"))["teams"]] == [seed.id, "T0TWO"]
    await twin.stop()


async def test_a_bolt_app_is_installed_through_the_consent_page_and_answers_in_both(
    seed: Seed, tmp_path: Any
) -> None:
    fresh = dataclasses.replace(seed, app=dataclasses.replace(seed.app, installed=False))
    twin = await Twin.start([fresh, second(fresh)])
    store = FileInstallationStore(base_dir=str(tmp_path / "installs"), client_id=seed.app.client_id)
    back = "http://127.0.0.1:3000/slack/oauth_redirect"
    settings = AsyncOAuthSettings(
        client_id=seed.app.client_id,
        client_secret=seed.app.client_secret,
        scopes=["chat:write", "commands"],
        redirect_uri=back,
        authorization_url=f"{twin.url}/oauth/v2/authorize",
        installation_store=store,
        state_store=FileOAuthStateStore(expiration_seconds=600, base_dir=str(tmp_path / "states")),
    )
    app = AsyncApp(
        signing_secret=seed.app.signing_secret,
        client=AsyncWebClient(base_url=twin.api_url),
        oauth_settings=settings,
    )

    @app.event("message")
    async def answer(event: dict[str, Any], say: Any) -> None:
        await say(text="here I am", thread_ts=event["ts"])

    assert app.oauth_flow is not None
    handler = AsyncSocketModeHandler(app, twin.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await twin.connected()
    for team in (seed.id, "T0TWO"):
        url = await app.oauth_flow.build_authorize_url("state", AsyncBoltRequest(body=""))
        async with aiohttp.ClientSession() as browser, browser.get(url) as page:
            assert "Signalbox" in await page.text() and page.status == 200
        code = (await consent(twin, team))["code"]
        installation = await app.oauth_flow.run_installation(code)
        assert installation is not None and installation.team_id == team
        await store.async_save(installation)
    for name in ("harbor", "quay"):
        ana = twin.person("ana", name)
        ts = await ana.post("#help", "anybody here?")
        channel = twin.channel("#help") if name == "harbor" else in_quay(twin)
        heard = await twin.until(partial(channel.replies, ts))
        assert heard[0]["text"] == "here I am"
    await handler.close_async()  # type: ignore[no-untyped-call]
    await twin.stop()


async def test_a_code_works_once_and_only_with_the_right_secret(twin: Twin) -> None:
    app = twin.ws.seed.app
    web = AsyncWebClient(base_url=twin.api_url)
    right = {"client_id": app.client_id, "client_secret": app.client_secret}
    code = (await consent(twin))["code"]
    with pytest.raises(SlackApiError, match="bad_client_secret"):
        await web.oauth_v2_access(code=code, **{**right, "client_secret": "guess"})
    with pytest.raises(SlackApiError, match="bad_redirect_uri"):
        await web.oauth_v2_access(code=code, **right, redirect_uri="http://127.0.0.1:9/else")
    granted = await web.oauth_v2_access(code=code, **right)
    assert granted["access_token"] == twin.bot_token and granted["scope"] == "chat:write,commands"
    with pytest.raises(SlackApiError, match="code_already_used"):
        await web.oauth_v2_access(code=code, **right)
    assert await consent(twin, answer="cancel") == {"error": "access_denied", "state": "s1"}


async def test_the_consent_page_refuses_what_slack_would_and_escapes_what_it_shows(twin: Twin) -> None:
    app = twin.ws.seed.app
    good = {
        "client_id": app.client_id,
        "scope": "chat:write",
        "redirect_uri": "http://localhost:1/x",
        "state": "<b>",
    }
    async with aiohttp.ClientSession() as browser:

        async def shown(**change: str) -> tuple[int, str]:
            async with browser.get(f"{twin.url}/oauth/v2/authorize", params={**good, **change}) as page:
                return page.status, await page.text()

        status, text = await shown()
        assert (
            status == 200 and "chat:write" in text and "<b>&lt;" not in text and 'value="&lt;b&gt;"' in text
        )
        assert (await shown(client_id="1.2"))[0] == 400
        assert "does not list" in (await shown(scope="admin"))[1]
        assert "on this machine" in (await shown(redirect_uri="https://example.com/x"))[1]


async def test_an_app_that_was_taken_out_hears_nothing_more_and_its_token_is_worth_nothing(
    twin: Twin, web: AsyncWebClient
) -> None:
    listener = await Listener.open(twin)
    await web.api_call("auth.revoke")
    with pytest.raises(SlackApiError, match="token_revoked"):
        await web.auth_test()
    await twin.person("ana").post("#help", "still there?")
    await twin.idle()
    kinds = [one["payload"]["event"]["type"] for one in listener.envelopes]
    assert kinds == ["tokens_revoked", "app_uninstalled"]
    app = twin.ws.seed.app
    code = (await consent(twin))["code"]
    granted = await AsyncWebClient(base_url=twin.api_url).oauth_v2_access(
        code=code, client_id=app.client_id, client_secret=app.client_secret
    )
    again = AsyncWebClient(token=granted["access_token"], base_url=twin.api_url)
    assert granted["access_token"] != twin.bot_token and (await again.auth_test())["ok"]
    await listener.close()
