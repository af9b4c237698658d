"""The workspace file: what it makes, and how it complains."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.twin.conftest import HERE
from twin.manifest import ManifestError
from twin.seed import Seed, SeedError, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("workspace.toml", "manifest.yml"):
        shutil.copy(HERE / name, tmp_path / name)
    return tmp_path


def test_the_same_file_makes_the_same_ids(seed: Seed) -> None:
    again = load(HERE / "workspace.toml")
    assert again == seed
    people, channels = [one.id for one in seed.people], [one.id for one in seed.channels]
    ids = [*people, *channels, *[one.id for one in seed.usergroups], seed.app.bot_id]
    assert "".join(one[0] for one in ids) == "UUUU" + "CCCCC" + "S" + "B"
    assert len(set(ids)) == len(ids)


def test_everyone_means_all_people_and_a_team_of_its_own_makes_a_stranger(seed: Seed) -> None:
    general = next(one for one in seed.channels if one.name == "general")
    assert general.members == ("ana", "ben", "gil", "sam")
    assert [one.handle for one in seed.people if one.team != seed.id] == ["sam"]


@pytest.mark.parametrize(
    ("old", "new", "say"),
    [
        ('title = "Support lead"', 'titel = "Support lead"', "unknown key 'titel'. Did you mean 'title'?"),
        (
            'members = ["ana", "ben", "gil"]',
            'members = ["anna"]',
            "'anna' is not in this workspace. Did you mean 'ana'",
        ),
        ('tz = "Europe/Lisbon"', 'tz = "Europe/Lisboa"', "'Europe/Lisboa' is not a known time zone"),
        ('name = "help"', 'name = "general"', "general is there twice"),
        ('name = "help"', 'name = "Help Desk"', "must be lower case"),
        ('bot_token = "xoxb-twin-test"', 'bot_token = "secret"', "bot_token must start with xoxb-"),
        ('channel = "help"', 'channel = "halp"', "Did you mean 'help'?"),
        ("is_admin = true", 'is_admin = "yes"', "is_admin must be true or false"),
        ('id = "T0HARBOR01"', "", "id is missing"),
        ("[app]", "[application]", "the table [app] is missing"),
        ('members = ["ana", "sam"]', "members = 3", "members must be a list of handles or"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_a_hint(folder: Path, old: str, new: str, say: str) -> None:
    file = folder / "workspace.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SeedError) as problem:
        load(file)
    assert say in str(problem.value)
    assert str(file) in str(problem.value)


@pytest.mark.parametrize(
    ("old", "new", "say"),
    [
        ("      - reactions:read\n", "", "'reaction_added' needs the bot scope reactions:read"),
        ("      - file_shared\n", "      - star_added\n", "cannot send the event 'star_added'"),
        ("    - command: /signalbox", "    - command: signalbox", "starting with a slash"),
        ("      callback_id: make_ticket\n", "", "has no callback_id"),
        ("  name: Signalbox\n", "", "display_information.name is missing"),
        ("settings:", "settings: [", "not valid YAML"),
    ],
)
def test_a_mistake_in_the_manifest_is_named(folder: Path, old: str, new: str, say: str) -> None:
    file = folder / "manifest.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ManifestError, match=r"manifest\.yml") as problem:
        load(folder / "workspace.toml")
    assert say in str(problem.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="cannot be read"):
        load(tmp_path / "nothing.toml")
