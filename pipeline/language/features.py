"""From lines of text to hashed character n-grams: what the classifier sees.

A line is cut into words of Arabic-script letters. Each word, with a mark at both ends, gives its
character n-grams of one to five letters and itself; each is hashed to one of `BUCKETS` rows of the
model. Letters that keyboards and clean-up steps exchange (ي ی ى and ك ک) count as one letter there,
and half-spaces, kashida and vocalisation count as nothing, so that a text gives the same n-grams
however its spelling was mistreated. Which of these forms a line holds is told apart, as `SIGNS`.

Belongs here: the alphabet, the hashing and the kernel both training and scoring run.
Does not belong here: weights and what they say (`pipeline.language.model`).

Hashing of n-grams follows Weinberger et al., "Feature Hashing for Large Scale Multitask Learning"
(ICML 2009); word-bounded n-grams follow Joulin et al., "Bag of Tricks for Efficient Text
Classification" (EACL 2017).
"""

from __future__ import annotations

import functools
import unicodedata
from typing import Any, Final

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from pipeline.text.characters import BIDI_MARKS, BOM, TATWEEL, VOCALISATION, ZWJ, ZWNJ

BUCKET_BITS: Final = 19
BUCKETS: Final = 1 << BUCKET_BITS
LONGEST: Final = 5
"""Length of the longest n-gram."""

SIGNS: Final = ("ي", "ی", "ى", "ك", "ک", "half-space", "٠-٩", "۰-۹", "vocalisation")
"""What a line is asked for beside its n-grams: whether it holds this at least once."""

LETTERS: Final = (
    "اآأإبپتثجچحخدذرزژسشصضطظعغفقکگلمنوؤهةیئء"  # Persian and Arabic; ي ى ٱ ك stand folded
    "ٹڈڑںھہۂۃےۓ"  # Urdu
    "ټځڅډړږښګڼېۍ"  # Pashto
    "ەێۆڵڕڤۊ"  # Sorani, Gorani, Gilaki
    "ڭۇۈۋۅۉ"  # Uyghur, Kazakh, Kyrgyz
    "ڀٻٿٺٽڄڃڇڏڌڊڍڦڪڳڱڻݩ"  # Sindhi, Saraiki
    "ٲٳۄۆؠۏٕٖٔٗٚٛ"  # Kashmiri
    "ۓڎۀڠڽݢۑݨݒݬۮۯڬڮݜݪځݖݸݐڙ"  # Balochi, Jawi, Torwali, Punjabi and others of the neighbourhood
    "ˇ"  # Gilaki's caron, written after its vowel
)
"""The letters that n-grams tell apart; other letters of the script count as one more."""

_FOLDS: Final = {"ي": "ی", "ى": "ی", "ك": "ک", "ٱ": "ا"}

# What `_kinds` says of a code point. From `_FIRST_LETTER` on it is a letter's number.
_GAP: Final = 0
_NOTHING: Final = 1
_FIRST_LETTER: Final = 2
_RARE_LETTER: Final = 127
_FOREIGN: Final = 128

_UNUSUAL: Final = r"[\x{0653}-\x{0655}\x{fb50}-\x{fdff}\x{fe70}-\x{fefc}]"
_EDGE: Final = 1
_LONGEST_WORD: Final = 40
SLACK: Final = (_LONGEST_WORD + 2) * LONGEST + 1
"""How far past `room` a word can write."""
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)


@functools.cache
def letter_numbers() -> dict[str, int]:
    """Return each letter's number in the n-grams."""
    return {letter: _FIRST_LETTER + i for i, letter in enumerate(dict.fromkeys(LETTERS))}


@functools.cache
def tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return two tables over the Basic Multilingual Plane: a code point's kind, and its sign.

    The kind is a gap between words, nothing at all, a letter of another script, or a letter's number;
    the sign is 0 or the number of the sign in `SIGNS`, from 1.
    """
    numbers = letter_numbers()
    if max(numbers.values()) >= _RARE_LETTER:
        raise ValueError(f"{len(numbers)} letters are more than n-grams of {LONGEST} have room for")
    kinds = np.zeros(0x10000, np.uint8)
    signs = np.zeros(0x10000, np.uint8)
    for code in range(0x10000):
        char = chr(code)
        if unicodedata.category(char)[0] not in "LM" or 0xD800 <= code < 0xE000:
            continue
        arabic = (0x0600 <= code < 0x0780 and not 0x0700 <= code < 0x0750) or 0x0870 <= code < 0x0900
        if unicodedata.category(char)[0] == "L":
            kinds[code] = _RARE_LETTER if arabic else _FOREIGN
        else:
            kinds[code] = _NOTHING
    for char in VOCALISATION + TATWEEL + ZWNJ + ZWJ + BIDI_MARKS + BOM + "\u00ad\u200b\u2060":
        kinds[ord(char)] = _NOTHING
    for char, number in numbers.items():
        kinds[ord(char)] = number
    for char, folded in _FOLDS.items():
        kinds[ord(char)] = numbers[folded]
    for number, chars in enumerate(
        ("ي", "ی", "ى", "ك", "ک", ZWNJ, "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", VOCALISATION.replace("\u0670", "")), start=1
    ):
        for char in chars:
            signs[ord(char)] = number
    return kinds, signs


def prepare(lines: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the UTF-8 bytes of `lines`, one after the other, and where each begins and ends.

    Presentation forms and letters typed as letter and hamza are put together first. Null is empty.

    Returns:
        The bytes, and `len(lines) + 1` offsets into them.
    """
    lines = lines.fill_null("")
    unusual = lines.str.contains(_UNUSUAL).arg_true()
    if len(unusual):
        lines = lines.scatter(unusual, lines.gather(unusual).str.normalize("NFKC"))
    array = lines.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, ends, data = array.buffers()
    if data is None or not len(array):
        return np.zeros(1, np.uint8), np.zeros(len(array) + 1, np.int64)
    offsets = np.frombuffer(ends, np.int64, len(array) + 1, array.offset * 8)
    return np.frombuffer(data, np.uint8), offsets


@njit(cache=True, inline="always")
def _bucket(key: Any) -> Any:
    return np.int64((np.uint64(key) * _MULTIPLIER) >> np.uint64(64 - BUCKET_BITS))


@njit(cache=True)
def extract(
    data: Any, start: int, end: int, kinds: Any, signs: Any, rows: Any, room: int, seen: Any
) -> tuple[int, int, int, int, int]:
    """Write the buckets of the n-grams of ``data[start:end]`` to `rows`, at most about `room` of them.

    Args:
        data: UTF-8 bytes.
        start: First byte of the line, or where an earlier call stopped.
        end: The byte after the line.
        kinds: First of `tables`.
        signs: Second of `tables`.
        rows: Where buckets go: int32, `SLACK` longer than `room`.
        room: Stop at the first gap between words after so many.
        seen: One flag per sign, set where it is met.

    Returns:
        How many buckets were written, how many words they are of, how many Arabic-script letters and how
        many letters of other scripts were met, and the byte at which it stopped.
    """
    written = 0
    words = 0
    letters = 0
    foreign = 0
    at = start
    key = np.uint64(_EDGE)
    word = np.uint64(0)
    length = 1  # of the word so far, with the mark at its start
    seven = np.uint64(7)
    while at <= end:
        kind = _GAP
        if at < end:
            byte = data[at]
            if byte < 0x80:
                code = np.int64(byte)
                at += 1
            elif byte < 0xE0:
                code = (np.int64(byte & 0x1F) << 6) | np.int64(data[at + 1] & 0x3F)
                at += 2
            elif byte < 0xF0:
                code = (
                    (np.int64(byte & 0x0F) << 12) | (np.int64(data[at + 1] & 0x3F) << 6) | np.int64(data[at + 2] & 0x3F)
                )
                at += 3
            else:
                code = (np.int64(byte & 0x07) << 18) | (np.int64(data[at + 1] & 0x3F) << 12)
                at += 4
                # Ideographs beyond the first plane are letters; emoji, by far the most frequent there, are not.
                if 0x10000 <= code < 0x1E000 or 0x20000 <= code < 0x40000:
                    foreign += 1
                code = np.int64(32)
            kind = kinds[code]
            sign = signs[code]
            if sign:
                seen[sign - 1] = 1
            if kind == _NOTHING:
                continue
            if kind == _FOREIGN:
                foreign += 1
                kind = _GAP
        else:
            at += 1
        if kind >= _FIRST_LETTER:
            letters += 1
            length += 1
            key = (key << seven) | np.uint64(kind)
            word = (word ^ np.uint64(kind)) * _MULTIPLIER
            mask = np.uint64(0)
            for n in range(1, min(length, LONGEST) + 1):
                mask = (mask << seven) | np.uint64(127)
                rows[written] = _bucket((key & mask) | (np.uint64(n) << np.uint64(60)))
                written += 1
            if written < room or length < _LONGEST_WORD:
                continue
            kind = _GAP  # a word without end: cut it here
        if length > 1:
            length += 1
            key = (key << seven) | np.uint64(_EDGE)
            mask = np.uint64(127)
            for n in range(2, min(length, LONGEST) + 1):
                mask = (mask << seven) | np.uint64(127)
                rows[written] = _bucket((key & mask) | (np.uint64(n) << np.uint64(60)))
                written += 1
            rows[written] = _bucket(word ^ (word >> np.uint64(29)))
            written += 1
            words += 1
            key = np.uint64(_EDGE)
            word = np.uint64(0)
            length = 1
            if written >= room:
                return written, words, letters, foreign, at
    return written, words, letters, foreign, at
