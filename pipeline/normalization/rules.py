"""The declared rules of normalisation: every change a normalised text may show, by name and language.

A rule either maps characters (its table stands here) or acts on places (its condition is told here and
carried out by `pipeline.normalization.folding` or `pipeline.normalization.spacing`). Each can be
switched off by name; `docs/normalisation.md` lists them with examples.

Belongs here: rules, their tables, which language has which. Does not belong here: the code that walks
over text, word tables, models.

Sources: The Unicode Standard 15 (Arabic, Arabic Presentation Forms-A and -B, General Punctuation);
ISIRI 6219 (Persian information interchange) for the letters of Persian.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.text.characters import (
    ARABIC_INDIC_DIGITS,
    ASCII_DIGITS,
    BIDI_MARKS,
    BOM,
    PERSIAN_DIGITS,
)

PERSIAN: Final = "fa"
ARABIC: Final = "ar"
OTHER: Final = "other"
"""Languages of Arabic script with letters of their own: Urdu, Pashto, Sindhi, Uyghur, Kurdish, ..."""
NEUTRAL: Final = "neutral"
"""Everything else, undecided text included."""

PROFILES: Final = (NEUTRAL, PERSIAN, ARABIC, OTHER)
OTHER_LANGUAGES: Final = frozenset(
    {"ur", "ps", "sd", "ug", "ckb", "ku", "azb", "glk", "mzn", "lrc", "bal", "ks", "pnb", "hac"}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One named kind of change.

    Attributes:
        name: What switches it off in `NormalizationSettings.without`.
        says: What it does, in one sentence.
        profiles: Which languages' texts it touches: of fa, ar, other, neutral.
        table: The characters it maps; empty for a rule that acts on places.
        default: Whether it acts unless switched on or off.
    """

    name: str
    says: str
    profiles: tuple[str, ...]
    table: Mapping[str, str] = field(default_factory=dict)
    default: bool = True


def _presentation_forms() -> dict[str, str]:
    """Presentation forms to the letters they show (NFKC), sentence-long ligatures left alone."""
    table = {}
    for code in [*range(0xFB50, 0xFDFC), *range(0xFE70, 0xFEFD)]:
        char = chr(code)
        if unicodedata.category(char) != "Lo" or (code >= 0xFDF0 and code <= 0xFDFB and code != 0xFDF2):
            continue
        # Forms of a sign carry the space or the kashida that they are drawn on.
        plain = unicodedata.normalize("NFKC", char).replace(" ", "").replace("\u0640", "")
        if plain != char:
            table[char] = plain
    return table


_EVERYWHERE: Final = (PERSIAN, ARABIC, OTHER, NEUTRAL)
_CONTROLS: Final = "".join(
    chr(code) for code in [*range(0x20), *range(0x7F, 0xA0)] if chr(code) not in "\t\n\x0b\x0c\r\x85"
)
_SPACES: Final = "\t\x0b\x0c\r\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

RULES: Final[tuple[Rule, ...]] = (
    Rule("controls", "Control characters and byte order marks go.", _EVERYWHERE,
         dict.fromkeys(_CONTROLS + BOM, "")),
    Rule("bidi_marks", "Marks that steer the direction of a line go.", _EVERYWHERE, dict.fromkeys(BIDI_MARKS, "")),
    Rule("spaces", "Every kind of space is one plain space; none doubled, none at the ends of a line.", _EVERYWHERE,
         dict.fromkeys(_SPACES, " ")),
    Rule("presentation_forms", "Letters stored by their shape (ﻼ, ﷲ) are the letters they show.",
         (PERSIAN, ARABIC, OTHER), _presentation_forms()),
    Rule("composition", "A letter followed by its hamza or madda sign is the one letter (ا + ٓ is آ).",
         (PERSIAN, ARABIC)),
    Rule("kashida", "A kashida that stretches a word, between two letters, goes; one that stands for a dash or "
         "ends a word stays.", (PERSIAN, ARABIC, OTHER)),
    Rule("persian_letters", "Letters of other keyboards become the Persian ones: ي ى ے ې ۍ ێ are ی, ك ڪ are ک, "
         "ہ ھ ە are ه, ٱ is ا; ۀ is ه with its hamza.", (PERSIAN,),
         {"ي": "ی", "ى": "ی", "ے": "ی", "ې": "ی", "ۍ": "ی", "ێ": "ی", "ك": "ک", "ڪ": "ک", "ہ": "ه", "ھ": "ه",
          "ە": "ه", "ٱ": "ا", "ۀ": "ه\u0654", "ۂ": "ه\u0654", "ۓ": "ئ"}),
    Rule("persian_digits", "Arabic digits (٤٥٦) take their Persian shapes (۴۵۶).", (PERSIAN,),
         dict(zip(ARABIC_INDIC_DIGITS, PERSIAN_DIGITS, strict=True))),
    Rule("ascii_digits", "Digits 0-9 outside of Latin words, numbers with signs and addresses take Persian shapes.",
         (PERSIAN,), dict(zip(ASCII_DIGITS, PERSIAN_DIGITS, strict=True)), default=False),
    Rule("persian_punctuation", "Arabic-script text keeps its own marks: ﹐ is ،, ﹔ and ⁏ are ؛, ﹖ and ⸮ are ؟.",
         (PERSIAN, ARABIC), {"\ufe50": "،", "\ufe54": "؛", "\u204f": "؛", "\ufe56": "؟", "\u2e2e": "؟"}),
    Rule("quotes", "Curly quotes that pair up within a line become « and ».", (PERSIAN,)),
    Rule("straight_quotes", "Straight quotes that pair up within a line become « and ».", (PERSIAN,), default=False),
    Rule("arabic_letters", "Letters of a Persian keyboard become the Arabic ones of the same shape: ک is ك, ی is ي "
         "within a word and ى at its end.", (ARABIC,), {"ک": "ك", "ڪ": "ك"}),
    Rule("arabic_digits", "Digits of a Persian keyboard (۴۵۶) take their Arabic shapes (٤٥٦).", (ARABIC,),
         dict(zip(PERSIAN_DIGITS, ARABIC_INDIC_DIGITS, strict=True))),
    Rule("half_space_signs", "What stands in for a half-space between two letters (U+200B, ¬, soft hyphen) is one; "
         "elsewhere invisible ones go.", (PERSIAN,)),
    Rule("half_spaces", "Half-spaces that part nothing go: doubled, beside a space, at the ends of a word.",
         (PERSIAN, ARABIC)),
    Rule("punctuation_spacing", "No space before a closing mark or after an opening one; one space between a mark and "
         "the word after it. Never inside numbers, dates, addresses and abbreviations.", (PERSIAN,)),
    Rule("glued", "A lost half-space comes back: میشود is می‌شود.", (PERSIAN,)),
    Rule("split", "A space that stands for a half-space becomes one: می شود is می‌شود.", (PERSIAN,)),
)  # fmt: skip
"""Every rule, in the order of the documentation."""

BY_NAME: Final = {rule.name: rule for rule in RULES}


@functools.cache
def character_table(profile: str, active: frozenset[str]) -> dict[str, str]:
    """Return the characters that the `active` rules of one profile map, each to its string.

    Where one rule's result is another rule's character (a presentation form of ي in Persian text), the
    table holds the end of the chain.
    """
    rules = [rule for rule in RULES if rule.name in active and profile in rule.profiles and rule.name != "ascii_digits"]
    one_step: dict[str, str] = {}
    for rule in rules:
        one_step |= rule.table
    table = {}
    for char, first in one_step.items():
        text = first
        for _ in range(4):
            text = "".join(one_step.get(c, c) for c in text)
        table[char] = text
    return table
