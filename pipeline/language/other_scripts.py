"""Lines in other scripts than the Arabic: left to CLD2, Google's Compact Language Detector 2.

CLD2 (Apache-2.0, through `pycld2`) knows over eighty languages and says when it is not sure. Persian
and Arabic in Latin letters (Finglish, Arabizi) it does not know: its guesses there are African and
Turkic languages of few words, so a language outside of `QUOTED` needs a longer line.

Belongs here: calling CLD2 and reading its answer. Does not belong here: Arabic script
(`pipeline.language.model`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

QUOTED: Final = frozenset(
    {
        "bg", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "hy", "it", "ja", "ka", "ko", "nl",
        "no", "pl", "pt", "ro", "ru", "sr", "sv", "th", "tr", "uk", "zh",
    }
)  # fmt: skip
"""What Persian and Arabic news quotes as it stands, so that a short line of it is believed."""

LONG: Final = 80
"""From so many characters on CLD2 is believed for any language."""

_CODES: Final = {"iw": "he", "jw": "jv", "in": "id", "mo": "ro", "sh": "sr", "zh-Hant": "zh", "tl": "fil", "nb": "no"}
_NO_TEXT: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]|(?:https?://|www\.)\S+|\S+@\S+"
)
_MOST: Final = 4000
_ARABIC_SCRIPT: Final = frozenset({"fa", "ar", "ur", "ps", "ckb", "sd", "ug", "un"})

UNSURE: Final = 0.5
"""Confidence in an `und` that only says that CLD2 is not sure."""
SHORT_CONFIDENCE: Final = 0.97
LONG_CONFIDENCE: Final = 0.999
"""Measured on the English and Kurmanji lines of TICO-19: what CLD2 decided on long lines was always right in
English, on three words in 998 of 1,000; of Kurmanji, which it does not know, it called 2 to 5 lines in 100 something."""


def detect(lines: Iterable[str]) -> list[tuple[str, float]]:
    """Return each line's language and the confidence in it: `und` where CLD2 is not sure.

    Only the first 4,000 characters of a line are read. URLs and e-mail addresses are in no language.
    """
    import pycld2  # type: ignore[import-untyped]  # only where a text needs it

    found = []
    for line in lines:
        text = _NO_TEXT.sub(" ", line[:_MOST]).strip()
        try:
            reliable, _, details = pycld2.detect(text)
        except (pycld2.error, ValueError):  # characters that CLD2 refuses
            found.append(("und", UNSURE))
            continue
        _, code, percent, _ = details[0]
        code = _CODES.get(code, code)
        if not reliable or percent < 80 or not 2 <= len(code) <= 3 or code in _ARABIC_SCRIPT:
            found.append(("und", UNSURE))
        elif len(text) >= LONG:
            found.append((code, LONG_CONFIDENCE))
        elif code in QUOTED:
            found.append((code, SHORT_CONFIDENCE))
        else:
            found.append(("und", UNSURE))
    return found
