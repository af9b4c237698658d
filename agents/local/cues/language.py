"""Which language a message is written in, guessed from its script and its most common small words.

The card shows it and a reply may follow it. A message of one or two words usually stays "und": it is better
not to know than to greet an Italian in Spanish.
"""

from __future__ import annotations

import re

# Small words that carry grammar, chosen to be frequent in one language and rare in the others.
_SMALL_WORDS: dict[str, str] = {
    "en": (
        "the and is are you we our to of for it this that with have has can could how what when where "
        "why not my from was do does did please thanks your be will would need i'm it's don't hi "
        "hello on in at there been any get an if they since which i or but by as still out up after "
        "before who anyone everyone someone good all now just also so more "
        "than then here only very some about into over these those them he she his her me no yes if let us "
        "again were had did does"
    ),
    "de": (
        "der die das und ist nicht wir ich sie es ein eine einen den dem des mit für auf von zu im "
        "haben hat wie was wann wo warum kann können bitte danke unsere unser mir uns auch noch seit "
        "wird werden bei aus nach hallo keine kein sind aber oder wenn dass über zum zur guten morgen "
        "vielen"
    ),
    "fr": (
        "le la les des une est et nous vous je pas ne que qui dans pour avec sur notre votre mon ce "
        "cette sont avons avez comment quand où pourquoi merci bonjour au aux du plus être fait "
        "depuis mais ou peut svp s'il j'ai c'est n'est puis-je pouvez"
    ),
    "es": (
        "el los las una es y nosotros que de en para con por nuestro nuestra mi no está están hemos "
        "tenemos puedo pueden cómo cuándo dónde qué gracias hola desde pero del al se su lo como más "
        "sin ya hay favor buenos días puede necesito tengo"
    ),
    "it": (
        "il lo gli della dello degli che è e di per con non nostro nostra sono abbiamo come quando "
        "dove perché grazie ciao buongiorno questo questa dal alla nella possiamo posso anche più ma "
        "mi ci si ho fattura vorrei un una del"
    ),
    "pt": (
        "os as um uma é e não nós que de em para com por nosso nossa meu minha está estão temos como "
        "quando onde porquê obrigado obrigada olá desde mas do da dos das ao se sua mais sem já há "
        "favor bom dia posso você preciso"
    ),
    "nl": (
        "de het een en is niet wij ik je jullie we van voor met op te dat deze dit onze mijn hebben "
        "heeft hoe wat wanneer waar waarom kan kunnen alstublieft bedankt hallo maar ook nog sinds "
        "wordt bij uit naar geen zijn er graag goedemorgen"
    ),
    "sv": (
        "det och är inte vi jag ni en ett som för med på av att har kan hur vad när var varför tack "
        "hej vår våra min men också sedan blir från till om eller den där här ingen"
    ),
    "pl": (
        "i w na nie jest są że się z do to jak co kiedy gdzie dlaczego proszę dziękuję dzień dobry "
        "nasz nasza mój od po za ale już czy mamy możemy mogę jestem"
    ),
}
_SMALL = {code: frozenset(words.split()) for code, words in _SMALL_WORDS.items()}

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30FF]")),
    ("ko", re.compile(r"[\uAC00-\uD7AF]")),
    ("zh", re.compile(r"[\u4E00-\u9FFF]")),
    ("ru", re.compile(r"[\u0400-\u04FF]")),
    ("ar", re.compile(r"[\u0600-\u06FF]")),
    ("he", re.compile(r"[\u0590-\u05FF]")),
    ("el", re.compile(r"[\u0370-\u03FF]")),
    ("hi", re.compile(r"[\u0900-\u097F]")),
    ("th", re.compile(r"[\u0E00-\u0E7F]")),
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of a plain text's language, or "und" when it cannot be told."""
    letters = sum(character.isalpha() for character in text)
    if not letters:
        return "und"
    for code, script in _SCRIPTS:
        if len(script.findall(text)) * 3 >= letters:
            return code
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    counts = {code: sum(word in small for word in words) for code, small in _SMALL.items()}
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    (best, most), (_, second) = ranked[0], ranked[1]
    # One shared word ("no", "de", "an") proves nothing; a lead over the next language does.
    if most >= 2 and most > second:
        return best
    if most == 1 and second == 0 and len(words) <= 4:
        return best
    return "und"


def small_words(language: str) -> frozenset[str]:
    """Return the small words of a language, which carry grammar rather than meaning; none for an unknown one."""
    return _SMALL.get(language, frozenset())
