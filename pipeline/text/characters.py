"""Named characters and character classes of the Arabic script.

Belongs here: code points and classes that two or more stages name.
Does not belong here: rules that change text (`pipeline.text.matching`, `pipeline.normalization`).

Source of the classes: The Unicode Standard 15, blocks Arabic, Arabic Supplement, Arabic Extended-A,
Arabic Presentation Forms-A and -B, General Punctuation.
"""

from __future__ import annotations

from typing import Final

ZWNJ: Final = "\u200c"
"""Zero width non-joiner, the Persian half-space (نیم‌فاصله)."""
ZWJ: Final = "\u200d"
TATWEEL: Final = "\u0640"
"""Kashida: stretches a word, and in some papers stands for a dash."""
HAMZA_ABOVE: Final = "\u0654"
SUPERSCRIPT_ALEF: Final = "\u0670"
NBSP: Final = "\u00a0"
BOM: Final = "\ufeff"

BIDI_MARKS: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks that steer the direction of a line and carry no letter."""
INVISIBLE: Final = BIDI_MARKS + ZWNJ + ZWJ + BOM + "\u00ad\u200b\u2060"
"""Everything of no width that news text holds, the half-space included."""

VOCALISATION: Final = "".join(map(chr, [*range(0x064B, 0x0654), *range(0x0656, 0x0660), 0x0670]))
"""Tanwin, short vowels, shadda, sukun and small signs: no hamza, no madda."""
COMBINING: Final = "".join(
    map(
        chr,
        [
            *range(0x0610, 0x061B),
            *range(0x064B, 0x0660),
            0x0670,
            *range(0x06D6, 0x06DD),
            *range(0x06DF, 0x06E5),
            0x06E7,
            0x06E8,
            *range(0x06EA, 0x06EE),
            *range(0x08D3, 0x08E2),
            *range(0x08E3, 0x0900),
        ],
    )
)
"""Every combining sign of the Arabic script, hamza and madda above included."""

PERSIAN_DIGITS: Final = "۰۱۲۳۴۵۶۷۸۹"
ARABIC_INDIC_DIGITS: Final = "٠١٢٣٤٥٦٧٨٩"
ASCII_DIGITS: Final = "0123456789"
TO_ASCII_DIGITS: Final = str.maketrans(PERSIAN_DIGITS + ARABIC_INDIC_DIGITS, ASCII_DIGITS * 2)
"""For `str.translate`: digits of all three kinds to ASCII, one to one, so offsets stay."""

ARABIC_LETTER_CLASS: Final = (
    r"\u0620-\u063f\u0641-\u064a\u066e-\u066f\u0671-\u06d3\u06d5\u06ee-\u06ef\u06fa-\u06fc\u06ff"
    r"\u0750-\u077f\u08a0-\u08c9\ufb50-\ufdc7\ufdf0-\ufdfb\ufe70-\ufefc"
)
"""Inside of a regular expression's brackets: letters of the Arabic script, no signs, no digits."""
WORD_CLASS: Final = r"\p{L}\p{M}\p{N}\x{200c}\x{200d}_"
"""Inside of a Rust regular expression's brackets (Polars): what a word is made of."""


def replace_surrogates(text: str) -> str:
    """Return `text` with every unpaired surrogate as U+FFFD, storable as UTF-8.

    The length stays, so offsets stay. Python alone can hold such a string: JSON escapes of half a
    pair and broken decoders make them.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text
