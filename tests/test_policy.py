"""The policy file: strict, and helpful about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.policy import PolicyError, load

EXAMPLE = Path(__file__).parent.parent / "examples" / "signalbox.toml"


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], str]:
    """Return a function that loads the example with one piece of text replaced, and returns the complaint."""

    def change(old: str, new: str) -> str:
        text = EXAMPLE.read_text(encoding="utf-8")
        assert old in text
        file = tmp_path / "signalbox.toml"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(PolicyError) as refused:
            load(file)
        return str(refused.value)

    return change


def test_the_example_is_accepted() -> None:
    policy = load(EXAMPLE)

    assert len(policy.request_channels) >= 4
    assert len(policy.categories) >= 14


@pytest.mark.parametrize(
    ("old", "new", "place", "hint"),
    [
        ("hold_queue =", "hold_que =", "triage.hold_que", "did you mean 'hold_queue'?"),
        ('assign = "round_robin"', 'assign = "robin"', "assign", "'round_robin'"),
        ('queue = "billing"', 'queue = "biling"', "queue", "did you mean 'billing'?"),
        ('hours = "office"', 'hours = "offices"', "hours", "did you mean 'office'?"),
        ("floor = 0.", "floor = 7.", "triage.floor", "less than or equal to 1"),
        ('cron = "30 8', 'cron = "99 8', "cron", "write it like"),
        ('* * mon-fri"', '* * 1-5"', "cron", 'by name, "mon" or "mon-fri"'),
        ('0 10 * * mon"', '0 10 * * 1"', "cadences.drift.cron", 'by name, "mon" or "mon-fri"'),
        ('0 10 * * mon"', '0 10 * * */2"', "cadences.drift.cron", 'by name, "mon" or "mon-fri"'),
        ('respond = "15m"', 'respond = "15x"', "respond", "write it like"),
    ],
)
def test_a_mistake_is_named_with_its_line_its_place_and_a_hint(
    changed: Callable[[str, str], str], old: str, new: str, place: str, hint: str
) -> None:
    complaint = changed(old, new)

    about = next(line for line in complaint.splitlines() if hint in line)
    line = int(about.split(":")[1])
    altered = EXAMPLE.read_text(encoding="utf-8").replace(old, new, 1).splitlines()
    assert about.startswith("signalbox.toml:")
    assert place in about
    assert new.split("=")[0].strip() in altered[line - 1]


def test_every_mistake_is_named_at_once(changed: Callable[[str, str], str]) -> None:
    complaint = changed("[triage]", "[triage]\ncolour = 1\nshape = 2")

    assert "triage.colour" in complaint
    assert "triage.shape" in complaint


def test_a_route_with_a_typo_is_refused_with_what_it_may_speak_of(changed: Callable[[str, str], str]) -> None:
    complaint = changed("amount >", "amonut >")

    assert "'amonut'" in complaint
    assert "amount" in complaint


def test_a_route_that_cannot_be_parsed_shows_where(changed: Callable[[str, str], str]) -> None:
    complaint = changed("amount >", "amount > >")

    assert "cannot be read" in complaint


def test_text_that_is_not_toml_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "signalbox.toml"
    file.write_text("[company]\nname = \n")

    with pytest.raises(PolicyError, match=r"signalbox\.toml:2: not valid TOML"):
        load(file)


def test_a_missing_file_says_which_variable_points_to_it(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="SIGNALBOX_POLICY"):
        load(tmp_path / "nowhere.toml")
