"""When a message is several requests: what it is cut into, and what the pieces have to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.local.cues.pieces import lead_of, pieces
from agents.parts import MOST, MOST_PIECES, Apart, Judged, Piece, named, parts


def cut(text: str) -> list[str]:
    """Return the words of each piece."""
    return [text[piece.start : piece.end].strip() for piece in pieces(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two things:\n1) fix the page\n2) send the invoice", ["fix the page", "send the invoice"]),
        ("- fix the page\n- send the invoice\nThanks!", ["fix the page", "send the invoice"]),
        ("Hi!\na) fix the page\n   it is white\nb) send it", ["fix the page\n   it is white", "send it"]),
        ("Please 1) fix the page 2) send the invoice", ["fix the page", "send the invoice"]),
        ("Fix the page. Also, send the invoice.", ["Fix the page.", "Also, send the invoice."]),
        ("Fix the page.\n\nSend the invoice.", ["Fix the page.", "Send the invoice."]),
        ("Fix it. Another thing: send the invoice.", ["Fix it.", "Another thing: send the invoice."]),
        ("Bitte beheben. Außerdem fehlt die Rechnung.", ["Bitte beheben.", "Außerdem fehlt die Rechnung."]),
        ("Fix the page. Send the invoice.", ["Fix the page. Send the invoice."]),
        # Numbers that do not count up are no list.
        ("2) fix the page\n4) send the invoice", ["2) fix the page\n4) send the invoice"]),
        # What asks around a list makes its items details.
        ("Can you fix this?\n1) open it\n2) close it", ["Can you fix this?\n1) open it\n2) close it"]),
        (
            "Look:\n- it is white\n- it is slow\nCan you help?",
            ["Look:\n- it is white\n- it is slow\nCan you help?"],
        ),
    ],
)
def test_a_message_is_cut_where_it_says_so(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@pytest.mark.parametrize(
    ("before", "lead"),
    [
        ("For Northmoor:\n1. ", "For Northmoor:"),
        ("Hi, two questions:\n1) ", ""),
        ("Hello all,\n- ", ""),
        ("", ""),
        ("About order 4711 - ", "About order 4711"),
    ],
)
def test_what_stands_before_the_first_part_is_kept_unless_it_only_greets(before: str, lead: str) -> None:
    assert lead_of(before) == lead


SURE = Judged(True, 0.95, "invoice", 0.95)
OTHER = Judged(True, 0.95, "bug", 0.95)
MESSAGE = "a" * 10 + "b" * 10 + "c" * 10


def three(apart: Apart, *judged: Judged, leans: bool = False) -> list[str]:
    """Return the parts of a message of as many pieces."""
    made = [Piece(n * 10, n * 10 + 10, apart, leans and n > 0) for n in range(len(judged))]
    return [said[0] for said in parts(MESSAGE, made, judged)]


@pytest.mark.parametrize("apart", Apart)
def test_two_clear_requests_of_different_kinds_are_two(apart: Apart) -> None:
    assert three(apart, SURE, OTHER) == ["a", "b"]


@pytest.mark.parametrize("apart", Apart)
@pytest.mark.parametrize(
    "unclear",
    [Judged(True, 0.95, "bug", 0.4), Judged(True, 0.4, "bug", 0.95), Judged(True, 0.95, "invoice", 0.95)],
    ids=["what kind", "whether at all", "the same kind"],
)
def test_whatever_is_not_clearly_another_request_leaves_the_message_whole(
    apart: Apart, unclear: Judged
) -> None:
    assert three(apart, SURE, unclear) == []


def test_what_asks_for_nothing_belongs_to_what_stands_before_it_and_ends_a_list() -> None:
    talk = Judged(False, 0.1, "bug", 0.9)
    assert three(Apart.ADDED, SURE, talk, OTHER) == ["a", "c"]
    assert three(Apart.LISTED, SURE, talk, OTHER) == []
    assert three(Apart.ADDED, talk, SURE, talk) == []


def test_what_goes_on_about_the_same_is_no_part() -> None:
    assert three(Apart.ADDED, SURE, OTHER, leans=True) == []


@pytest.mark.parametrize(
    ("added", "leans"),
    [
        ("Also, will we get a credit for that?", True),
        ("Also who pays for this?", True),
        ("Plus I would like a report about those.", True),
        ("Also we lost two orders because of that!!", True),
        ("Also, can somebody reset my password? I am locked out of that.", False),
        ("Also my card reader is dead, who can help with that?", False),
        ("Also I need a list of all invoices from this year.", False),
        ("Also, what is the fee for that new carrier?", False),
    ],
)
def test_what_is_about_the_thing_before_it_goes_on_about_it(added: str, leans: bool) -> None:
    """Only a single clause: in a longer one the word may stand for something that was named in it."""
    found = pieces(f"Everything is down for us since 9. {added}")

    assert [piece.leans for piece in found] == [False, leans]


def test_items_of_one_kind_are_apart_only_when_each_names_things_of_its_own() -> None:
    one, two = (Judged(True, 0.95, "invoice", 0.95, (name,)) for name in ("FH-1", "FH-2"))
    assert three(Apart.LISTED, one, two) == ["a", "b"]
    assert three(Apart.LISTED, one, one) == []
    assert three(Apart.LISTED, one, SURE) == []


def test_the_plainer_a_piece_is_set_apart_the_less_sure_its_kind_has_to_be() -> None:
    half = Judged(True, 0.9, "bug", 0.65)
    assert three(Apart.ADDED, SURE, half) == []
    assert three(Apart.ANNOUNCED, SURE, half) == ["a", "b"]
    assert three(Apart.LISTED, SURE, half) == ["a", "b"]


@pytest.mark.parametrize("count", [MOST + 1, MOST_PIECES + 1, 200])
def test_more_parts_than_anybody_would_follow_are_one_message(count: int) -> None:
    made = [Piece(n, n + 1, Apart.LISTED) for n in range(count)]
    assert parts("x" * count, made, [Judged(True, 1.0, str(n), 1.0) for n in range(count)]) == []


def test_the_same_words_twice_are_no_two_requests() -> None:
    made = [Piece(0, 5, Apart.LISTED), Piece(6, 11, Apart.LISTED)]
    assert parts("again AGAIN", made, [SURE, OTHER]) == []


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        (("fix the page", "send the invoice"), ["fix the page", "send the invoice"]),
        ((" fix the page ", "send the invoice\n"), ["fix the page", "send the invoice"]),
        (("fix the page",), []),
        (("send the invoice", "fix the page"), []),
        (("fix the page", "pay me now"), []),
        (("fix the page", "the page and send"), []),
        (("fix", "send the invoice"), []),
        (("please fix the page", "fix the page and send"), []),
    ],
)
def test_what_a_model_names_has_to_be_stretches_of_the_message_in_order(
    spans: tuple[str, ...], found: list[str]
) -> None:
    assert named("please fix the page and send the invoice", spans) == found


@given(st.text(max_size=400))
def test_pieces_lie_in_the_message_one_after_the_other(text: str) -> None:
    end = 0
    for piece in pieces(text):
        assert end <= piece.start < piece.end <= len(text)
        end = piece.end


@given(
    st.lists(
        st.sampled_from(["- fix it please", "1) send it", "2) and this?", "also, why", "", "hi"]),
        max_size=300,
    )
)
def test_however_a_message_is_built_there_are_few_pieces_in_a_list(lines: list[str]) -> None:
    found = pieces("\n".join(lines))
    assert sum(piece.apart == Apart.LISTED for piece in found) <= MOST_PIECES
