"""Customer data from files and from a database, and the knowledge base: what is read, and what is refused."""

from __future__ import annotations

import csv
import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert

from agents.words import Account
from sources.account_tables import TABLES
from sources.accounts import AccountSource, SourceUnavailable
from sources.accounts_csv import CsvAccounts
from sources.accounts_sql import SqlAccounts
from sources.knowledge import BadArticle, load_articles

COMPANY = Path(__file__).parent.parent / "examples"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SMALL = {
    "accounts": [
        "a1,Larch Tools,business,retail,290,USD,rafael,2027-01-19,2024-05-01,larch.example.com,12",
        "a2,Mole Shop,starter,food,49.5,EUR,,2026-11-10,2025-02-03,shared.example.com,3",
        "a3,Mole Foods,starter,food,49,EUR,chloe,2026-11-20,2025-03-03,shared.example.com,3",
    ],
    "usage": [f"a1,2026-11-{day:02},5,{20 if day < 6 else 10},0" for day in range(1, 20)]
    + [f"a1,2026-10-{day:02},5,20,0" for day in range(1, 32)],
    "invoices": [
        "i2,a1,2026-11-01,2026-11-01,290.50,USD,failed,,4",
        "i1,a1,2026-10-01,2026-10-01,290,USD,paid,2026-10-01,1",
    ],
    "contacts": ["Pat@elsewhere.example.org,Pat,a2,owner", "old@elsewhere.example.org,Old,gone,owner"],
    "deals": [
        "d1,a1,More seats,proposal,1200,rafael,2026-11-02,2026-12-12",
        "d2,a1,First contract,won,900,rafael,2025-11-02,2025-12-12",
    ],
    "incidents": [
        "n1,Slow labels,labels,2026-11-18T05:36:00Z,,identified,text",
        "n2,Old one,api,2026-10-18T05:36:00Z,2026-10-18T06:36:00Z,resolved,text",
    ],
}


def write(folder: Path, tables: dict[str, list[str]] = SMALL) -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(
            "\n".join([",".join(TABLES[name]), *rows]) + "\n", encoding="utf-8"
        )
    return folder


def write_sql(path: Path, folder: Path) -> str:
    """Load a folder of CSV files into a database, every column as text."""
    url = f"sqlite:///{path}"
    engine = create_engine(url)
    metadata = MetaData()
    with engine.begin() as connection:
        for name, columns in TABLES.items():
            if not (file := folder / f"{name}.csv").exists():
                continue
            table = Table(name, metadata, *(Column(column, String) for column in columns))
            table.create(connection)
            with file.open(encoding="utf-8", newline="") as rows:
                connection.execute(insert(table), list(csv.DictReader(rows)))
    engine.dispose()
    return url


@pytest.fixture(params=["csv", "sql"])
async def small(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AccountSource]:
    """The same few accounts, from each kind of source in turn."""
    folder = write(tmp_path / "data")
    if request.param == "csv":
        yield CsvAccounts(folder, ["larch-own.example.com"])
        return
    source = SqlAccounts(write_sql(tmp_path / "crm.sqlite", folder), ["larch-own.example.com"])
    yield source
    await source.aclose()


@pytest.mark.parametrize(
    ("email", "account"),
    [
        ("pat@elsewhere.example.org", "a2"),
        ("  PAT@Elsewhere.Example.Org ", "a2"),
        ("anyone@larch.example.com", "a1"),
        ("anyone@LARCH.example.com", "a1"),
        ("anyone@sub.larch.example.com", None),
        ("anyone@shared.example.com", None),  # two accounts have it
        ("old@elsewhere.example.org", None),  # a contact of an account that is gone
        ("somebody@gmail.com", None),
        ("nobody", None),
        ("@larch.example.com", None),
        ("", None),
    ],
)
async def test_a_person_belongs_to_an_account(small: AccountSource, email: str, account: str | None) -> None:
    found = await small.account_of(email)
    assert (found.id if found else None) == account


@pytest.mark.parametrize("domain", ["gmail.com", "fernhaul.example.com"])
async def test_free_mail_and_our_own_domain_never_name_an_account(tmp_path: Path, domain: str) -> None:
    row = f"a1,Larch Tools,business,retail,290,USD,rafael,2027-01-19,2024-05-01,{domain},12"
    source = CsvAccounts(write(tmp_path / "data", {"accounts": [row]}), ["Fernhaul.example.com"])
    assert await source.account_of(f"someone@{domain}") is None


async def test_facts_have_values_sources_and_the_newest_date_of_their_table(small: AccountSource) -> None:
    account = await small.account_of("anyone@larch.example.com")
    assert account == Account("a1", "Larch Tools", "business", "retail", "rafael")
    facts = {fact.name: fact for fact in await small.facts(account, NOW)}
    assert {name: fact.value for name, fact in facts.items()} == {
        "Plan": "business, retail",
        "Revenue": "290 USD a month",
        "Renewal": "19 Jan 2027 (60 days away)",
        "Account owner": "rafael",
        "Billing": "1 failed; last invoice 290.50 USD, failed",
        "Usage": "shipments \u221250%, active users unchanged (last 14 days against the 28 before)",
        "Open deals": "More seats (proposal, 1,200 USD, closes 12 Dec 2026)",
        "Active incident": "Slow labels (labels), since 18 Nov 2026 05:36 UTC",
    }
    assert facts["Usage"].as_of == datetime(2026, 11, 19, tzinfo=UTC)
    assert facts["Plan"].as_of == datetime(2025, 3, 3, tzinfo=UTC)
    assert facts["Billing"].as_of == datetime(2026, 11, 1, tzinfo=UTC)
    assert facts["Active incident"].as_of == datetime(2026, 11, 18, tzinfo=UTC)
    assert {fact.source.replace("table ", "").replace(".csv", "") for fact in facts.values()} == {
        "accounts", "invoices", "usage", "deals", "incidents"
    }  # fmt: skip


async def test_a_renewal_may_be_past_or_today(small: AccountSource) -> None:
    values = []
    for id in ("a2", "a3"):
        facts = await small.facts(Account(id, "", "", "", ""), NOW)
        values += [fact.value for fact in facts if fact.name == "Renewal"]
    assert values == ["10 Nov 2026 (10 days ago)", "20 Nov 2026 (today)"]


async def test_records_hold_every_account_with_its_history_in_order(small: AccountSource) -> None:
    records = await small.records()
    assert [record.account.id for record in records] == ["a1", "a2", "a3"]
    assert [invoice.id for invoice in records[0].invoices] == ["i1", "i2"]
    days = [use.day for use in records[0].usage]
    assert days == sorted(days) and len(days) == 50 and days[-1] == date(2026, 11, 19)
    assert records[1].usage == ()


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        ("accounts", "a9,,business,x,1,USD,r,2027-01-01,2024-01-01,d,1", "accounts.csv:2: 'name' is empty"),
        (
            "accounts",
            "a9,N,business,x,much,USD,r,2027-01-01,2024-01-01,d,1",
            "accounts.csv:2: 'mrr' should be a number, but is 'much'",
        ),
        (
            "accounts",
            "a9,N,business,x,1,USD,r,1 January,2024-01-01,d,1",
            "accounts.csv:2: 'renewal_date' should be a date like \"2026-11-20\", but is '1 January'",
        ),
        (
            "accounts",
            "a9,N,business,x,nan,USD,r,2027-01-01,2024-01-01,d,1",
            "accounts.csv:2: 'mrr' should be",
        ),
        ("accounts", "a9,N,business", "accounts.csv:2: fewer cells than the first line has columns"),
        (
            "accounts",
            "a9,N,business,x,1,USD,r,2027-01-01,2024-01-01,d,1,extra",
            "accounts.csv:2: more cells than the first line has columns",
        ),
        ("usage", "a1,2026-11-31,1,1,1", "usage.csv:2: 'date' should be a date"),
        ("usage", "a1,2026-11-01,1,,1", "usage.csv:2: 'shipments' should be a whole number, but is ''"),
        ("invoices", "i1,a1,2026-11-01,2026-11-01,1,USD,,,1", "invoices.csv:2: 'status' is empty"),
        ("incidents", "n1,T,c,yesterday,,open,s", "incidents.csv:2: 'started' should be a time like"),
    ],
)
async def test_a_bad_row_is_named_with_file_and_line(tmp_path: Path, table: str, row: str, said: str) -> None:
    source = CsvAccounts(write(tmp_path / "data", SMALL | {table: [row]}))
    with pytest.raises(SourceUnavailable) as wrong:
        await source.account_of("anyone@larch.example.com")
    assert str(wrong.value).startswith(said)


async def test_the_line_is_right_behind_cells_with_line_breaks(tmp_path: Path) -> None:
    rows = ['n1,"Two\nlines",c,2026-11-18T05:36:00Z,,open,s', "n2,T,c,never,,open,s"]
    source = CsvAccounts(write(tmp_path / "data", SMALL | {"incidents": rows}))
    with pytest.raises(SourceUnavailable, match=r"^incidents\.csv:4: 'started'"):
        await source.records()


async def test_the_same_day_twice_is_refused(tmp_path: Path) -> None:
    rows = ["a1,2026-11-01,1,1,1", "a1,2026-11-01,1,1,1"]
    source = CsvAccounts(write(tmp_path / "data", SMALL | {"usage": rows}))
    with pytest.raises(SourceUnavailable, match=r"^usage\.csv:3: a second row for a1 on 2026-11-01$"):
        await source.records()


async def test_a_missing_column_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    (folder / "deals.csv").write_text("id,account_id,name\nd1,a1,x\n")
    with pytest.raises(SourceUnavailable, match=r"^deals\.csv:1: there is no column 'stage'$"):
        await CsvAccounts(folder).records()


async def test_text_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    (folder / "deals.csv").write_bytes(",".join(TABLES["deals"]).encode() + b"\nd1,a1,caf\xe9,x,1,r,,\n")
    with pytest.raises(SourceUnavailable, match=r"^deals\.csv: not UTF-8 text"):
        await CsvAccounts(folder).records()


async def test_a_file_that_is_not_there_is_named_and_stops_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    (folder / "deals.csv").unlink()
    (folder / "contacts.csv").unlink()
    source = CsvAccounts(folder)
    account = await source.account_of("anyone@larch.example.com")
    assert account is not None
    facts = {fact.name: fact for fact in await source.facts(account, NOW)}
    assert facts["Open deals"].value == "unknown, deals.csv is not there"
    assert facts["Plan"].value == "business, retail"


@pytest.mark.parametrize(
    ("gone", "said"), [("accounts", "accounts.csv is not there"), ("usage", "usage.csv is not")]
)
async def test_what_health_needs_must_be_there(tmp_path: Path, gone: str, said: str) -> None:
    folder = write(tmp_path / "data")
    (folder / f"{gone}.csv").unlink()
    with pytest.raises(SourceUnavailable, match=said):
        await CsvAccounts(folder).records()


async def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    source = CsvAccounts(folder)
    first = await source.records()
    assert (await source.records())[0] is not None and len(first) == 3
    write(folder, {"accounts": SMALL["accounts"][:1]})
    os.utime(folder / "accounts.csv", ns=(1, 1))
    assert len(await source.records()) == 1


async def test_a_file_that_was_bad_is_read_again_when_it_is_mended(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", SMALL | {"usage": ["nonsense"]})
    source = CsvAccounts(folder)
    with pytest.raises(SourceUnavailable):
        await source.records()
    write(folder)
    assert len(await source.records()) == 3


async def test_a_database_that_does_not_answer_is_named_without_its_address(tmp_path: Path) -> None:
    source = SqlAccounts(f"sqlite:///{tmp_path}/no-such-folder/secret.sqlite")
    with pytest.raises(SourceUnavailable) as wrong:
        await source.records()
    assert str(wrong.value) == "the customer database does not answer (OperationalError)"


async def test_a_bad_row_of_a_database_is_named_with_its_table_and_key(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", SMALL | {"usage": ["a1,someday,1,1,1"]})
    with pytest.raises(SourceUnavailable, match=r"^table usage, account_id 'a1': 'date' should be a date"):
        await SqlAccounts(write_sql(tmp_path / "crm.sqlite", folder)).records()


async def test_the_demo_company_is_the_same_from_files_and_from_a_database(tmp_path: Path) -> None:
    files = CsvAccounts(COMPANY / "data")
    database = SqlAccounts(write_sql(tmp_path / "crm.sqlite", COMPANY / "data"))
    assert await files.records() == await database.records()
    for email in ("greta.lindqvist@halden-outfitters.example.com", "new.person@meridian-pharma.example.com"):
        account = await files.account_of(email)
        assert account is not None and account == await database.account_of(email)
        here, there = await files.facts(account, NOW), await database.facts(account, NOW)
        assert [(f.name, f.value, f.as_of) for f in here] == [(f.name, f.value, f.as_of) for f in there]
    await database.aclose()


FRONT = '+++\ntitle = "Void a label"\naudience = "customer"\nupdated = "2026-09-09"\ncategories = ["how-to"]\n+++\n'


def article(tmp_path: Path, text: str, name: str = "void-a-label.md") -> Path:
    folder = tmp_path / "knowledge"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_an_article_becomes_plain_text_with_its_steps_as_lines(tmp_path: Path) -> None:
    body = (
        "\nA label can be\nvoided **once**.\n\n## How to\n\n1. Open [Shipments](https://x.example.com).\n"
        "2. Select `Void`, _not_ snake_case_name.\n   It is final.\n\nThen wait.\n\n## Cost\n\n- nothing\n- ever\n"
    )
    (found,) = load_articles(article(tmp_path, FRONT + body), "https://help.example.org/a/")
    assert (found.id, found.title, found.url) == (
        "void-a-label",
        "Void a label",
        "https://help.example.org/a/void-a-label",
    )
    assert (found.audience, found.updated) == ("customer", "2026-09-09")
    assert [(section.heading, section.text) for section in found.sections] == [
        ("Void a label", "A label can be voided once."),
        (
            "How to",
            "1. Open Shipments.\n2. Select Void, not snake_case_name. It is final.\n\nThen wait.",
        ),
        ("Cost", "- nothing\n- ever"),
    ]


def test_an_article_may_give_its_own_address(tmp_path: Path) -> None:
    front = FRONT.replace("categories", 'url = "https://docs.example.com/void"\ncategories')
    (found,) = load_articles(article(tmp_path, front + "text"))
    assert found.url == "https://docs.example.com/void"


def test_a_heading_inside_code_is_no_heading(tmp_path: Path) -> None:
    (found,) = load_articles(article(tmp_path, FRONT + "## One\n\n```\n## not a heading\n  kept\n```\n"))
    assert [(s.heading, s.text) for s in found.sections] == [("One", "## not a heading\n  kept")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("## No front\n", "void-a-label.md:1: an article starts with a line of +++"),
        ('+++\ntitle = "x"\n', "void-a-label.md:1: the second line of +++ is missing"),
        (FRONT.replace('"customer"', "customer"), "void-a-label.md:3: not valid TOML"),
        (FRONT.replace('"customer"', '"everyone"'), "void-a-label.md:3: 'audience' should be one of"),
        (FRONT.replace("2026-09-09", "September"), "void-a-label.md:4: 'updated' should be a date"),
        (FRONT.replace("title", "titel"), "void-a-label.md:2: unknown key 'titel'"),
        (FRONT.replace('["how-to"]', '"how-to"'), "void-a-label.md:5: 'categories' should be a list"),
        (FRONT, "void-a-label.md:7: the article has no text"),
        (FRONT + "\n## Empty\n\n## Full\n\ntext\n", "void-a-label.md:8: the section 'Empty' is empty"),
        (FRONT + "\ntext\n\n## Empty\n", "void-a-label.md:10: the section 'Empty' is empty"),
        (
            FRONT.replace("categories", 'url = "javascript:x"\ncategories') + "text",
            "void-a-label.md:5: 'url' should be an address",
        ),
    ],
)
def test_an_article_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadArticle) as wrong:
        load_articles(article(tmp_path, text))
    assert str(wrong.value).startswith(said)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadArticle, match="no such folder"):
        load_articles(tmp_path / "nowhere")


def test_every_article_of_the_demo_company_can_be_read() -> None:
    articles = load_articles(COMPANY / "knowledge")
    assert len(articles) == len(list((COMPANY / "knowledge").glob("*.md"))) > 0
    assert not [
        section for a in articles for section in a.sections if "**" in section.text or "](" in section.text
    ]
