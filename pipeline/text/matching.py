"""The match form: what deduplication and search compare.

Two spellings of one Persian or Arabic text have one match form: half-spaces, vocalisation, hamza
seats, alef forms, ya and kaf of either keyboard, ta marbuta, digits, presentation forms, kashida,
case and punctuation are folded away; words stay apart by one space. The match form is for
comparing, never for reading, and has no offset map.

Belongs here: the one declared table and its renderings for Polars and SQL, which give the same
answer. Does not belong here: the normalised text (`pipeline.normalization`), stemming.

The folding follows what Arabic retrieval uses (alef forms, ya, ta marbuta: Larkey, Ballesteros and
Connell, SIGIR 2002) and extends it to the letters of the Persian keyboard.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable
from typing import Final

import polars as pl

from pipeline.text.characters import (
    ARABIC_INDIC_DIGITS,
    ASCII_DIGITS,
    BIDI_MARKS,
    BOM,
    COMBINING,
    PERSIAN_DIGITS,
    TATWEEL,
    ZWJ,
    ZWNJ,
    replace_surrogates,
)

VERSION: Final = "2"
"""Raised with every change of the table: keys made with another version do not compare."""

LETTER_FOLDS: Final[dict[str, str]] = {
    "آ": "ا", "أ": "ا", "إ": "ا", "ٱ": "ا", "ٲ": "ا", "ٳ": "ا",
    "ؤ": "و", "ئ": "ی", "ي": "ی", "ى": "ی", "ے": "ی", "ۓ": "ی", "ې": "ی", "ۍ": "ی", "ێ": "ی",
    "ك": "ک", "ڪ": "ک", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ۂ": "ه", "ۃ": "ه", "ھ": "ه", "ە": "ه",
}  # fmt: skip
"""One letter to one letter."""

DIGIT_FOLDS: Final = dict(zip(PERSIAN_DIGITS + ARABIC_INDIC_DIGITS, ASCII_DIGITS * 2, strict=True))

DELETED: Final = "ء" + COMBINING + TATWEEL + ZWNJ + ZWJ + BIDI_MARKS + BOM + "\u00ad\u200b\u2060"
"""What leaves no trace in the match form."""

NOT_A_WORD: Final = r"[^\p{L}\p{M}\p{N}]+"
"""What becomes one space, in the syntax that Polars' and DuckDB's regular expressions share."""

_NOT_ONE_SPACE: Final = r"[^\p{L}\p{M}\p{N} ][^\p{L}\p{M}\p{N}]*| [^\p{L}\p{M}\p{N}]+"
"""`NOT_A_WORD` less the single space, which is most of its matches and would be replaced by itself."""

_LAST_CASED: Final = 0x1E921
"""The last code point whose lower case is another (Adlam)."""


@functools.cache
def fold_table() -> dict[str, str]:
    """Return the whole table, presentation forms included: a character to its folded string."""
    table = dict.fromkeys(DELETED, "") | DIGIT_FOLDS | LETTER_FOLDS
    for code in [*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD)]:
        char = chr(code)
        plain = unicodedata.normalize("NFKC", char)
        if plain != char and unicodedata.category(char) == "Lo":
            table[char] = "".join(table.get(c, c) for c in plain)
    return table


@functools.cache
def _fold_and_lower_table() -> dict[str, str]:
    # Lower case costs nothing in the table that is gone through anyway; as a pass of its own, as much as the table.
    letters = (chr(code) for code in range(_LAST_CASED + 1) if not 0xD800 <= code <= 0xDFFF)
    return {letter: letter.lower() for letter in letters if letter.lower() != letter} | fold_table()


def match_form(expr: pl.Expr) -> pl.Expr:
    """Return the expression that gives the match form of a String expression.

    Folded words, one space between them, none at the ends; null stays null.
    """
    return expr.str.replace_many(_fold_and_lower_table()).str.replace_all(_NOT_ONE_SPACE, " ").str.strip_chars(" ")


def match_forms(texts: Iterable[str]) -> list[str]:
    """Return the match form of each text. Call it once on many texts, not many times on one."""
    frame = pl.DataFrame({"text": [replace_surrogates(text) for text in texts]}, schema={"text": pl.String})
    return frame.select(match_form(pl.col("text"))).to_series().to_list()


def match_form_sql(expression: str) -> str:
    """Return the DuckDB SQL expression that gives the match form of the SQL expression `expression`.

    Agrees with `match_form` on every text of Arabic script, digits and ASCII.
    """
    table = fold_table()
    many = {char: folded for char, folded in table.items() if len(folded) > 1}
    one = {char: folded for char, folded in table.items() if len(folded) == 1}
    # DuckDB's translate() deletes the characters for which the second list has no partner.
    source = "".join(one) + "".join(char for char, folded in table.items() if not folded)
    sql = expression
    for char, folded in many.items():
        if "\ufef5" <= char <= "\ufefc" or char == "\ufdf2":  # lam-alef and Allah; the others no one types
            sql = f"replace({sql}, '{char}', '{folded}')"
    return f"trim(regexp_replace(lower(translate({sql}, '{source}', '{''.join(one.values())}')), '{NOT_A_WORD}', ' ', 'g'))"
