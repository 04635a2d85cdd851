"""The match form of many texts at once, by table.

`pipeline.text.matching.match_form` says what the match form is. It folds character by character, so its
answer for each character alone makes a table, and one compiled pass over the bytes gives the same forms
several times as fast. A test holds the two equal. What it writes is in UTF-16: see `kernels`.

Belongs here: that table and pass, and the paragraphs it meets on its way. Does not belong here: what is
folded.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.text import matching

SIGMA: Final = 0x3A3
"""The one letter whose lower case depends on what follows it."""
TABLE_SIZE: Final = 0x20000
"""Code points the table knows: the first two planes. Texts with others take the slow way."""


@dataclass(frozen=True, slots=True)
class Forms:
    """Match forms, laid out as Arrow lays out strings, and the paragraphs of the texts they are of.

    Attributes:
        data: UTF-16 units of all forms.
        offsets: Where each begins, and where the last ends.
        words: Words of each.
        paragraph_text: For each paragraph that is long enough the number of its text.
        paragraph_line: Its 0-based line among the text's lines.
        paragraph_words: Words of its match form.
        paragraph_hash: A 64-bit hash of its match form.
    """

    data: npt.NDArray[np.uint16]
    offsets: npt.NDArray[np.int64]
    words: npt.NDArray[np.int32]
    paragraph_text: npt.NDArray[np.int64]
    paragraph_line: npt.NDArray[np.int64]
    paragraph_words: npt.NDArray[np.int64]
    paragraph_hash: npt.NDArray[np.uint64]


def buffers(texts: pl.Series) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the UTF-8 bytes of a String series without nulls, and where each text begins and the last ends."""
    import pyarrow as pa

    array = texts.to_arrow().cast(pa.large_string())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    _, offsets, data = array.buffers()
    if not len(array) or data is None:
        return np.zeros(0, np.uint8), np.zeros(len(array) + 1, np.int64)
    starts = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data, np.uint8), starts


def fold(texts: pl.Series, paragraph_words: int) -> Forms:
    """Return the match forms of a String series; null counts as empty.

    Args:
        texts: The series.
        paragraph_words: Paragraphs of fewer words are left out.
    """
    texts = texts.fill_null("")
    forms, odd = _fold(texts, paragraph_words)
    return _fold(_fold_slowly(texts, pl.Series(odd)), paragraph_words)[0] if odd.any() else forms


def _fold(texts: pl.Series, paragraph_words: int) -> tuple[Forms, npt.NDArray[np.bool_]]:
    from pipeline.deduplication import kernels

    data, offsets = buffers(texts)
    room = int(offsets[-1] - offsets[0]) + 64
    while True:
        out = np.empty(room, np.uint16)
        filled, starts, words, paragraphs, odd = kernels.fold(data, offsets, *_table(), out, paragraph_words)
        if filled >= 0:
            text, line, count, hashes = paragraphs.T
            return Forms(out[:filled], starts, words, text, line, count, hashes.view(np.uint64)), odd
        room *= 4


def _fold_slowly(texts: pl.Series, odd: pl.Series) -> pl.Series:
    """Put match forms in the place of odd texts, line by line, so that paragraphs stay paragraphs."""
    given = pl.DataFrame({"text": texts, "odd": odd}).with_row_index("number")
    folded = (
        given.filter("odd")
        .select("number", pl.col("text").str.split("\n"))
        .explode("text")
        .with_columns(matching.match_form(pl.col("text")).alias("folded"))
        .group_by("number")
        .agg(pl.col("folded").str.join("\n"))
    )
    return (
        given.join(folded, on="number", how="left", maintain_order="left")
        .select(pl.coalesce("folded", "text"))
        .to_series()
    )


@functools.cache
def _table() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.uint16]]:
    """Return the table in the three parts that `kernels.fold` takes."""
    from pipeline.deduplication import kernels

    codes = [c for c in range(TABLE_SIZE) if not 0xD800 <= c <= 0xDFFF]
    # Between letters, so that a character that is no part of a word shows as a space.
    folds = pl.select(pl.Series("text", [f"x{chr(c)}x" for c in codes])).select(
        matching.match_form(pl.col("text")).str.slice(1).str.head(-1)
    )
    single = np.zeros(TABLE_SIZE, np.int32)
    starts, phrases = [0], list[int]()
    for code, form in zip(codes, folds.to_series(), strict=True):
        units = np.frombuffer(form.encode("utf-16-le"), "<u2").tolist()
        if len(units) == 1:
            single[code] = units[0]
        elif units:
            single[code] = -len(starts)
            phrases += units
            starts.append(len(phrases))
    single[ord("\n")] = kernels.LINE
    single[SIGMA] = kernels.ODD
    return single, np.array(starts, np.int64), np.array(phrases, np.uint16)
