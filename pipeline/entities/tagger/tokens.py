"""Segments to tokens: the arrays that every other part of the tagger works on.

Belongs here: the tables of characters (class, folded form), text to code points, tokens with their
places. Does not belong here: the loops themselves (`kernels`), what a model knows of a word (`model`).

Folding is that of the match form (`pipeline.text.matching`), one character to at most one, so that either
keyboard's ya and kaf, hamza seats and vocalisation never part two spellings of one word.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.text.characters import ZWNJ, replace_surrogates
from pipeline.text.matching import fold_table


def table_size(count: int) -> int:
    """Return the size of an open-addressing table for `count` keys: a power of two, at most half full."""
    return max(16, 1 << (2 * count + 1).bit_length())


@functools.cache
def character_tables() -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Return class and folded code (0 for none) of each code point below 65,536."""
    from pipeline.entities.tagger import kernels

    classes = np.full(65536, kernels.SYMBOL, np.uint8)
    folds = np.arange(65536, dtype=np.int64).astype(np.uint16)
    table = fold_table()
    for code in range(65536):
        char = chr(code)
        category = unicodedata.category(char)
        if category[0] == "L":
            classes[code] = kernels.LETTER
            folds[code] = min(ord(char.lower()[0]), 65535)
        elif category[0] == "M":
            classes[code], folds[code] = kernels.MARK, 0
        elif category == "Nd":
            classes[code] = kernels.DIGIT
        elif category[0] == "Z" or category == "Cc" or char in (ZWNJ, "\u200b"):
            classes[code] = kernels.SPACE
        elif category == "Cf":
            classes[code], folds[code] = kernels.IGNORED, 0
        folded = table.get(char)
        if folded is not None:
            folds[code] = ord(folded[0]) if folded else 0
    return classes, folds


@dataclass(slots=True)
class Tokens:
    """Tokens of some segments, as equally long arrays.

    Attributes:
        codes: Code points of all segments, each followed by `kernels.SEGMENT_END`.
        offsets: Where each segment starts in `codes`, and where the last ends; one more than segments.
        start: Where each token starts in `codes`.
        end: Where it ends, exclusive.
        kind: Its kind, one of the classes in `kernels`.
        sentence: A number that rises from sentence to sentence; a segment's end ends its sentence.
        segment: Its segment.
    """

    codes: NDArray[np.uint32]
    offsets: NDArray[np.int64]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    kind: NDArray[np.uint8]
    sentence: NDArray[np.int32]
    segment: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)


def tokenize(texts: Sequence[str]) -> Tokens:
    """Return the tokens of `texts`, one segment each."""
    from pipeline.entities.tagger import kernels

    # Joined text is encoded at once; the joints, found by length, then become segment ends.
    lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
    offsets = np.concatenate([[0], np.cumsum(lengths + 1)])
    joined = "\n".join(texts) + "\n" if len(texts) else ""
    codes = np.frombuffer(replace_surrogates(joined).encode("utf-32-le"), np.uint32).copy()
    codes[offsets[1:] - 1] = kernels.SEGMENT_END
    arrays: list[Any] = [np.empty(len(codes), dtype) for dtype in (np.int32, np.int32, np.uint8, np.int32)]
    count = kernels.tokenize(codes, *character_tables(), *arrays)
    start, end, kind, sentence = (array[:count] for array in arrays)
    segment = np.searchsorted(offsets, start, side="right") - 1
    return Tokens(codes, offsets, start, end, kind, sentence, segment)
