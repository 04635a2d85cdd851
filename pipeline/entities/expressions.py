"""Where in a batch of texts an expression of a small vocabulary may stand, at corpus speed.

Most text holds no date and no amount. One compiled pass over the code points of a batch looks every word up in a
vocabulary and gives back the runs of known words and numbers that hold at least one telling word; a grammar then
reads only those runs, each distinct one once.

Belongs here: the vocabulary, the pass, the tokens that grammars read, the way back to raw offsets. Does not
belong here: any grammar (`dates`, `quantities`).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.text.calendars import fold
from pipeline.text.characters import BIDI_MARKS, COMBINING, TATWEEL, ZWJ, ZWNJ
from pipeline.text.matching import fold_table

CORE: Final = 1
"""A word that makes a run worth reading."""
EDGE: Final = 2
"""A word that joins others and neither begins nor ends a run."""

_OTHER, _LETTER, _DIGIT, _IGNORED, _SPACE, _PUNCTUATION, _CORE_SYMBOL, _POINT = range(8)

MAX_RUN_WORDS: Final = 60
"""A run is cut here: no text, however built, makes a grammar read more at once."""

_BATCH_CHARS: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Runs:
    """Places of runs: text `text[i]`, code points `start[i]` to `end[i]`; `words[i]` the run itself."""

    text: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    words: list[str]


class Vocabulary:
    """Words by their folded spelling, with flags, and the symbols that belong to runs.

    Args:
        words: Folded word to flags (`CORE`, `EDGE` or 0).
        core_symbols: Characters that are telling words of their own ($, %).
        years: Whether a number that looks like a year, or stands beside a slash, is a telling word.
    """

    def __init__(self, words: Mapping[str, int], *, core_symbols: str = "", years: bool = False) -> None:
        size = 1 << (len(words) * 4).bit_length()
        self._keys = np.zeros(size, dtype=np.uint64)
        self._flags = np.zeros(size, dtype=np.uint8)
        for word, flags in words.items():
            key = _hash(word)
            slot = key & (size - 1)
            while self._keys[slot]:
                slot = (slot + 1) & (size - 1)
            self._keys[slot] = key
            self._flags[slot] = flags
        self._classes = _character_classes().copy()
        for symbol in core_symbols:
            self._classes[ord(symbol)] = _CORE_SYMBOL
        self._years = years

    def runs(self, texts: list[str]) -> Runs:
        """Return the runs of `texts`, in order."""
        found: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64], list[str]]] = []
        batch: list[str] = []
        size = first = 0
        for index, text in enumerate(texts):
            batch.append(text)
            size += len(text) + 1
            if size >= _BATCH_CHARS or index == len(texts) - 1:
                found.append(self._batch(batch, first))
                batch, size, first = [], 0, index + 1
        if not found:
            empty = np.empty(0, dtype=np.int64)
            return Runs(empty, empty, empty, [])
        return Runs(
            np.concatenate([f[0] for f in found]),
            np.concatenate([f[1] for f in found]),
            np.concatenate([f[2] for f in found]),
            [words for f in found for words in f[3]],
        )

    def _batch(
        self, texts: list[str], first: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64], list[str]]:
        from pipeline.entities.expression_kernel import find_runs

        joined = "\n".join(texts) + "\n"
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        starts, ends = find_runs(
            codes, self._classes, _folded_codes(), self._keys, self._flags, self._years, MAX_RUN_WORDS
        )
        lengths = np.fromiter((len(text) + 1 for text in texts), dtype=np.int64, count=len(texts))
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        owner = np.searchsorted(offsets, starts, side="right") - 1
        # a half-space after the last word stays with it: the می of می‌شود is no May
        words = [
            joined[a : b + 1] if joined[b] == ZWNJ else joined[a:b]
            for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
        ]
        return owner + first, starts - offsets[owner], ends - offsets[owner], words


@functools.cache
def _character_classes() -> npt.NDArray[np.uint8]:
    classes = np.zeros(0x10000, dtype=np.uint8)
    for code in range(0x10000):
        char = chr(code)
        category = unicodedata.category(char)
        if char in COMBINING or char in BIDI_MARKS or char in (TATWEEL, ZWJ):
            classes[code] = _IGNORED
        elif category[0] == "L" or category == "Mn":
            classes[code] = _LETTER
        elif category == "Nd":
            classes[code] = _DIGIT
        elif category == "Zs" or char in (ZWNJ, "\t"):
            classes[code] = _SPACE
    for char in "،,/\\-–—−()«»\"'“”[]٫٬؍":
        classes[ord(char)] = _PUNCTUATION
    classes[ord(".")] = _POINT
    return classes


@functools.cache
def _folded_codes() -> npt.NDArray[np.uint32]:
    """Code point to its folded code point; what folds to nothing or to several letters stands for itself."""
    codes = np.arange(0x10000, dtype=np.uint32)
    for char, folded in fold_table().items():
        if len(folded) == 1 and ord(char) < 0x10000:
            codes[ord(char)] = ord(folded)
    codes[ord("ء")] = 0
    return codes


def _hash(word: str) -> int:
    """FNV-1a over the code points, never 0: what `find_runs` computes as it reads."""
    value = 0xCBF29CE484222325
    for char in word:
        value = ((value ^ ord(char)) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value or 1


# --- Tokens -----------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"(\d+)|([^\W\d_](?:[^\W\d_]|[" + re.escape(COMBINING + BIDI_MARKS + TATWEEL + ZWJ) + r"])*)|(\S)")
_IGNORED_LETTERS: Final = frozenset(COMBINING + BIDI_MARKS + TATWEEL + ZWJ + "ء")


@dataclass(slots=True)
class Token:
    """One word, number or mark of a run.

    Attributes:
        start: Where it begins in the run, an Arabic proclitic left out.
        end: Where it ends.
        word: Its folded spelling without proclitic; the mark itself.
        raw: As it stands in the run.
        senses: What it can mean to the grammar, by the name of the sense.
        number: Its value where it is digits, else None.
        joined: Whether an "and" is written onto it (وعشرون).
        proclitic: The other proclitic written onto it (ب ل ك), or "".
        spaced: Whether a space stands before it.
        half_spaced: Whether a half-space stands after it.
    """

    start: int
    end: int
    word: str
    raw: str
    senses: Mapping[str, Any]
    number: int | None = None
    joined: bool = False
    proclitic: str = ""
    spaced: bool = False
    half_spaced: bool = False


def tokens(run: str, words: Mapping[str, tuple[str, bool, str, Mapping[str, Any]]], language: str = "") -> list[Token]:
    """Split a run into tokens, their senses looked up in `words` (see `with_proclitics`).

    In Persian (`language` is `fa`) nothing is written onto a word but «و» after a half-space: «بسته» is no six.
    """
    found: list[Token] = []
    for match in _TOKEN.finditer(run):
        start, end = match.span()
        raw = match.group()
        token = Token(start, end, raw, raw, {}, spaced=start > 0 and run[start - 1].isspace())
        if match.group(1):
            token.number = int(raw) if len(raw) <= 18 else None
        elif match.group(2):
            folded = fold(raw).strip()
            entry = words.get(folded)
            if entry and language == "fa" and (entry[2] or (entry[1] and not (found and found[-1].half_spaced))):
                entry = None
            if entry is None:
                token.word = folded
            else:
                token.word, token.joined, token.proclitic, token.senses = entry
                glued = int(token.senses.get("glued", 0))
                if glued:
                    token.word = token.word[glued:]
                for _ in range(int(token.joined) + len(token.proclitic) + glued):
                    while run[token.start] in _IGNORED_LETTERS:
                        token.start += 1
                    token.start += 1
        token.half_spaced = end < len(run) and run[end] == ZWNJ
        if raw != ZWNJ and raw not in BIDI_MARKS:
            found.append(token)
    return found


def with_proclitics(
    words: Mapping[str, Mapping[str, Any]], arabic: Iterable[str], *, only_and: Iterable[str] = ()
) -> dict[str, tuple[str, bool, str, Mapping[str, Any]]]:
    """Return every spelling under which the words can stand.

    Args:
        words: Folded word to its senses.
        arabic: Those of them before which Arabic writes و ف ب ل ك.
        only_and: Those so short that only و before them is told apart from another word (باب, لاب).

    Returns:
        Spelling to (word, whether و is written onto it, other proclitic, senses). A word of the vocabulary is
        itself, whatever else it could be taken for.
    """
    entries: dict[str, tuple[str, bool, str, Mapping[str, Any]]] = {}
    for word in arabic:
        senses = words[word]
        for joined in ("", "و"):
            for proclitic in ("", "ف", "ب", "ل", "ک"):
                if joined or proclitic:
                    entries.setdefault(f"{joined}{proclitic}{word}", (word, bool(joined), proclitic, senses))
            if word.startswith("ال"):
                entries.setdefault(f"{joined}ل{word[1:]}", (word, bool(joined), "ل", senses))
    for word in only_and:
        entries.setdefault(f"و{word}", (word, True, "", words[word]))
    for word, senses in words.items():
        entries[word] = (word, False, "", senses)
    return entries


# --- The way back to raw text -----------------------------------------------------------------------------------


def to_raw_offsets(
    maps: pl.Series, rows: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the raw spans of normalized ones, as `pipeline.text.offsets.OffsetMap.to_raw` does one by one.

    Args:
        maps: The column `offset_map`, one map per row.
        rows: The row of each span.
        starts: Where each span begins in its row's normalized text.
        ends: Where it ends; after `starts`.
    """
    if not len(rows):
        return starts, ends
    used, position = np.unique(rows, return_inverse=True)
    chosen = maps.gather(used)
    lengths = chosen.list.len().to_numpy().astype(np.int64)
    first = np.concatenate(([0], np.cumsum(lengths)))[:-1]
    nodes = chosen.explode().struct.unnest()
    normalized = nodes["normalized"].to_numpy().astype(np.int64)
    raw = nodes["raw"].to_numpy().astype(np.int64)
    owner = np.repeat(np.arange(len(used), dtype=np.int64), lengths)
    key = (owner << 32) | normalized
    last = first[position] + lengths[position] - 1
    limit = normalized[last]

    at = np.minimum(starts, limit)
    node = np.searchsorted(key, (position << 32) | at, side="right") - 1
    following = np.minimum(node + 1, last)
    same = (normalized[following] - normalized[node]) == (raw[following] - raw[node])
    raw_start = np.where(same, raw[node] + at - normalized[node], raw[node])

    at = np.minimum(ends, limit)
    node = np.searchsorted(key, (position << 32) | at, side="left")
    before = np.maximum(node - 1, first[position])
    same = (normalized[node] - normalized[before]) == (raw[node] - raw[before])
    exact = normalized[node] == at
    raw_end = np.where(exact | ~same, raw[node], raw[before] + at - normalized[before])
    return np.minimum(raw_start, raw_end), raw_end


def slices(
    texts: pl.Series, rows: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> list[str]:
    """Return `texts[row][start:end]` of each span.

    Python's strings reach any code point at once; in UTF-8 a slice walks there from the beginning, which on one
    sentence of megabytes with a hundred thousand dates never ends.
    """
    if not len(rows):
        return []
    used, position = np.unique(rows, return_inverse=True)
    chosen = texts.gather(used).to_list()
    return [chosen[p][a:b] for p, a, b in zip(position.tolist(), starts.tolist(), ends.tolist(), strict=True)]
