"""Messages in other languages: never sent to the wrong team, never lost."""

from __future__ import annotations

import tomllib

import pytest

from agents.languages import may_ask, taught, unread
from agents.local.cues.language import language_of
from agents.words import Outcome
from storage.tables import Request
from tests.local_world import policy
from tests.world import COMPANY, World, text_of

FOREIGN = {
    "de": "Bitte schicken Sie mir die Rechnung vom Oktober noch einmal als PDF.",
    "es": "Hola, no puedo entrar en mi cuenta desde ayer, dice que está bloqueada.",
    "fr": "Comment puis-je ajouter une deuxième adresse d'entrepôt ?",
    "it": "Vorrei disdire il contratto alla fine dell'anno.",
    "pt": "Bom dia, a nossa fatura de outubro não chegou. Podem enviar de novo?",
    "nl": "Goedemorgen, hoe kan ik een ophaling voor morgen boeken?",
    "sv": "Hej, vi kan inte logga in sedan i morse. Vad är det för fel?",
    "pl": "Dzień dobry, nie możemy wydrukować etykiet od rana.",
    "ja": "請求書はどこでダウンロードできますか？",
    "ru": "Не могу войти в аккаунт со вчерашнего дня, помогите пожалуйста",
    "zh": "发票在哪里可以下载？",
    "ar": "كيف يمكنني إضافة عنوان مستودع ثان؟",
}


def test_the_languages_of_the_examples_are_what_the_engine_reads() -> None:
    assert policy().languages() == {"en"}
    assert taught(("Wo ist die Rechnung, bitte?", "Wie kann ich das ändern?", "Ich habe es nicht")) == {"de"}
    assert taught(("Wo ist die Rechnung, bitte?",)) == frozenset()


def test_what_was_taught_is_read_and_what_cannot_be_told_is_no_reason() -> None:
    known = frozenset({"en", "de"})
    assert unread("de", "local", known) == ""
    assert unread("und", "local", known) == ""
    assert (
        unread("es", "local", known) == "written in Spanish; the local model reads only English and German."
    )
    assert unread("sw", "local", known).startswith("written in another language (sw)")


@pytest.mark.parametrize(
    ("text", "may"),
    [
        (FOREIGN["pl"], True),
        (FOREIGN["zh"], True),
        ("Wir sind heute alle im Büro, falls jemand einen Kaffee will", False),
        ("we are all here today", False),
        ("👍", False),
    ],
)
def test_talk_in_a_language_without_signs_may_be_a_request(text: str, may: bool) -> None:
    assert may_ask(text, frozenset({"en"})) is may


@pytest.mark.slow
async def test_a_request_in_any_language_is_held_and_says_why(world: World) -> None:
    cases = tomllib.loads((COMPANY / "golden.toml").read_text(encoding="utf-8"))["case"]
    golden = {
        case["text"]
        for case in cases
        if case["channel"] == "customer-support"
        and case["expect"]["is_request"]
        and language_of(case["text"]) not in ("en", "und")
    }
    assert len(golden) >= 3

    for text in sorted(golden | set(FOREIGN.values())):
        await world.person("greta").post("#customer-support", text)
    await world.settle()

    requests = await world.rows(Request)
    assert {request.wording: request.outcome for request in requests} == dict.fromkeys(
        golden | set(FOREIGN.values()), Outcome.HELD
    )
    assert "Held for a person: written in" in text_of(await world.card_of())
