"""A source of facts is gone, half written, down or slow: the card comes all the same and names what is missing."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from agents.words import Account
from sources.accounts_csv import CsvAccounts
from sources.accounts_sql import SqlAccounts
from tests.faults import answered, ask, failures
from tests.process import host
from tests.test_triage import ASKED
from tests.world import COMPANY, World, buttons_of, text_of

pytestmark = pytest.mark.slow

_OWN = ("fernhaul.example.com",)


def look_in(world: World, source: CsvAccounts | SqlAccounts) -> None:
    """Let the bot look up customers in this source from now on."""
    world.bot.desk = replace(world.bot.desk, accounts=source)
    world.bot.receipts.desk = world.bot.desk


def half(folder: Path) -> None:
    """Leave accounts.csv as it is while somebody is still writing it: cut off in the middle of a line."""
    file = folder / "accounts.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: text.rindex(",")], encoding="utf-8")


def gone(folder: Path) -> None:
    """Take accounts.csv away."""
    (folder / "accounts.csv").unlink()


@pytest.mark.parametrize(("happens", "named"), [(gone, "accounts.csv is not there"), (half, "accounts.csv:")])
async def test_a_file_of_customers_that_is_gone_or_half_written_is_named_and_read_again_when_it_is_back(
    world: World, tmp_path: Path, happens: Callable[[Path], None], named: str
) -> None:
    folder = tmp_path / "accounts"
    shutil.copytree(COMPANY / "data", folder)
    look_in(world, CsvAccounts(folder, _OWN))
    happens(folder)

    without = await answered(world)
    shutil.copy(COMPANY / "data" / "accounts.csv", folder)
    again = await answered(world)

    assert named in text_of(await without.card())
    assert (await without.ticket()).missing != []
    assert (await again.ticket()).missing == []
    assert (await again.ticket()).account_name
    assert await failures(world) == []


async def test_a_customer_database_that_is_down_is_named_without_its_address(world: World) -> None:
    look_in(world, SqlAccounts("postgresql://nobody:secret@127.0.0.1:1/crm", _OWN))

    asked = await answered(world)

    said = text_of(await asked.card())
    assert "customer data" in said
    assert "secret" not in said and "127.0.0.1" not in said
    assert len(asked.lines()) == 1


async def test_customers_are_read_at_the_start_so_that_no_request_waits_for_the_first_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for: list[str] = []
    look = CsvAccounts.account_of

    async def noted(self: CsvAccounts, email: str) -> Account | None:
        asked_for.append(email)
        return await look(self, email)

    monkeypatch.setattr(CsvAccounts, "account_of", noted)
    await world.restart()

    assert len(asked_for) == 1


async def test_a_customer_database_that_does_not_answer_holds_up_no_card_for_long(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "crm.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as crm:
        crm.execute("CREATE TABLE accounts (id TEXT)")
        # Whoever reads now waits until this is over.
        crm.execute("PRAGMA locking_mode=EXCLUSIVE")
        crm.execute("BEGIN EXCLUSIVE")
        look_in(world, SqlAccounts(f"sqlite:///{file}", _OWN))
        began = time.monotonic()
        posted = [await ask(world, f"Where is the invoice of month {n}?") for n in range(12)]
        await world.twin.until(lambda: len(world.cards("team-billing")) == 12)
        took = time.monotonic() - began
        crm.execute("ROLLBACK")
    await world.settle()

    # The patience with a source is two seconds; a second request must not wait for the first one's.
    assert took < 5
    for asked in posted:
        assert "no answer within" in text_of(await asked.card())
    assert await failures(world) == []


@pytest.mark.process
async def test_without_its_knowledge_folder_the_bot_says_so_and_does_not_start(tmp_path: Path) -> None:
    company = tmp_path / "company"
    shutil.copytree(COMPANY, company)
    shutil.rmtree(company / "knowledge")
    async with host(
        tmp_path / "bot", f"sqlite:///{tmp_path}/signalbox.sqlite", company / "signalbox.toml"
    ) as hosted:
        ended = await hosted.launcher.run("run")

    assert ended.code == 2
    assert "knowledge: there is no such folder of articles" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.process
async def test_a_knowledge_folder_that_goes_away_while_the_bot_runs_takes_nothing_from_it(
    tmp_path: Path,
) -> None:
    company = tmp_path / "company"
    shutil.copytree(COMPANY, company)
    async with host(
        tmp_path / "bot", f"sqlite:///{tmp_path}/signalbox.sqlite", company / "signalbox.toml"
    ) as hosted:
        await hosted.start()
        await hosted.twin.person("greta").post("#customer-support", ASKED)
        await hosted.settle()
        shutil.rmtree(company / "knowledge")
        await hosted.twin.person("victor").post("#customer-support", ASKED)
        await hosted.settle()

        cards = list(hosted.twin.channel("team-billing").messages)

    assert ["approve_draft" in buttons_of(card) for card in cards] == [True, True]
