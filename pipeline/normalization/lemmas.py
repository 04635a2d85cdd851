"""Lemmas and stems for search: never for the text people read.

Persian lemmas are hazm's (dictionary, verbs and conjugation: کتاب‌ها is کتاب, می‌روند is رفت#رو). Arabic words are
stemmed lightly, by a table of our own after light10 (Larkey, Ballesteros and Connell, *Light Stemming for
Arabic Information Retrieval*, 2007), which no root analysis has been shown to beat in retrieval.

Belongs here: one word to one lemma or stem, cached. Does not belong here: the match form
(`pipeline.text.matching`), words that are not yet normalised.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Final

from pipeline.text.characters import COMBINING, TATWEEL, ZWNJ

_PREFIXES: Final = ("وال", "بال", "كال", "فال", "ال", "لل")
"""Article and proclitics, as light10 has them, the longest first; و alone goes before them."""
_SUFFIXES: Final = ("ها", "ان", "ات", "ون", "ين", "يه", "ية", "ه", "ة", "ي")
_FOLDS: Final = str.maketrans(
    {**dict.fromkeys(COMBINING + TATWEEL, ""), "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي"}
)


@functools.cache
def _lemmatizer() -> Any:
    # hazm takes two seconds and 300 MB to load, so only who asks for Persian lemmas pays for it.
    from hazm import Lemmatizer

    return Lemmatizer()


@functools.lru_cache(maxsize=1 << 18)
def _lemma(word: str) -> str:
    lemma: str = _lemmatizer().lemmatize(word) or word
    if ZWNJ in word and lemma == word:
        # A name or a word that hazm does not know, with an ending that it does.
        stem, _, ending = word.rpartition(ZWNJ)
        if ending in _ENDINGS:
            return _lemma(stem)
    return lemma


_ENDINGS: Final = frozenset(
    "ها های هایی هایم هایت هایش هایمان هایتان هایشان ام ات اش مان تان شان ای اند ایم اید تر ترین ترها ترین‌ها".split()
)


def lemmatize(words: Sequence[str]) -> list[str]:
    """Return hazm's lemma of each normalised Persian word.

    A verb's lemma is its past and present stem joined by ``#``; a word that hazm does not know is its own
    lemma, without its inflectional ending where a half-space shows it. The first call loads hazm.
    """
    return [_lemma(word) if word else "" for word in words]


@functools.lru_cache(maxsize=1 << 18)
def _light_stem(word: str) -> str:
    stem = word.translate(_FOLDS)
    if stem.startswith("و") and len(stem) >= 4:
        stem = stem[1:]
    for prefix in _PREFIXES:
        if stem.startswith(prefix) and len(stem) - len(prefix) >= 2:
            stem = stem[len(prefix) :]
            break
    for suffix in _SUFFIXES:
        if stem.endswith(suffix) and len(stem) - len(suffix) >= 2:
            stem = stem[: -len(suffix)]
    return stem


def light_stem(words: Sequence[str]) -> list[str]:
    """Return the light stem of each Arabic word: article, proclitics and common endings off, alef forms folded."""
    return [_light_stem(word) for word in words]
