"""The match form of many texts at once, by table.

`pipeline.text.matching.match_form` says what the match form is. It folds character by character, so its
answer for each character alone makes a table, and one compiled pass over the bytes gives the same forms
several times as fast. A test holds the two equal. What it writes is in UTF-16: see `kernels`.

Belongs here: that table and pass, and what is made of the forms and the paragraphs met on its way. Does not belong
here: what is folded.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.text import matching

SIGMA: Final = 0x3A3
"""The one letter whose lower case depends on what follows it."""
TABLE_SIZE: Final = 0x20000
"""Code points the table knows: the first two planes. Texts with others take the slow way."""


Mask = npt.NDArray[np.bool_]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Signed:
    """Signatures of match forms, and the paragraphs of the texts they are of.

    Attributes:
        names: A 64-bit hash of each form and the version, 0 for one without a word.
        words: Words of each.
        letters: Letters and digits of each.
        is_first: Whether it is the first of its name.
        probes: How many probes each has.
        fingerprints: Of all forms that are first and long enough, each one's probes first.
        starts: Where each one's begin, and where the last's end.
        paragraph_text: For each paragraph that is long enough the number of its text.
        paragraph_line: Its 0-based line among the text's lines.
        paragraph_words: Words of its match form.
        paragraph_hash: A 64-bit hash of its match form.
    """

    names: npt.NDArray[np.uint64]
    words: npt.NDArray[np.int32]
    letters: npt.NDArray[np.int32]
    is_first: Mask
    probes: npt.NDArray[np.int32]
    fingerprints: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
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


def fold(texts: pl.Series) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]:
    """Return the match forms of a String series, laid out as Arrow lays out strings; null counts as empty.

    Returns:
        UTF-16 units of all forms; where each begins, and where the last ends.
    """
    from pipeline.deduplication import kernels

    def folded(texts: pl.Series) -> tuple[tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]], Mask]:
        units, ends, odd = kernels.fold(*buffers(texts), *_table())
        return (units, ends), odd

    return _with_odd(texts, folded)


def sign(texts: pl.Series, paragraph_words: int, shortest: int, version: str) -> Signed:
    """Return the signatures of the match forms of a String series; null counts as empty.

    Args:
        texts: The series.
        paragraph_words: Paragraphs of fewer words are left out.
        shortest: Texts of fewer words have no fingerprints.
        version: Names made with another one differ.
    """
    from pipeline.deduplication import kernels

    seed = np.frombuffer(sha256(version.encode()).digest()[:8], np.dtype("<u8"))[0]

    def signed(texts: pl.Series) -> tuple[Signed, Mask]:
        names, words, letters, is_first, probes, fingerprints, starts, paragraphs, odd = kernels.sign(
            *buffers(texts), *_table(), paragraph_words, shortest, seed
        )
        text, line, count, hashes = paragraphs.T
        made = Signed(
            names, words, letters, is_first, probes, fingerprints, starts, text, line, count, hashes.view(np.uint64)
        )
        return made, odd

    return _with_odd(texts, signed)


def _with_odd(texts: pl.Series, work: Callable[[pl.Series], tuple[Made, Mask]]) -> Made:
    """Return what is made of texts; of all of them again where some are odd, these in their match form."""
    texts = texts.fill_null("")
    made, odd = work(texts)
    return work(_fold_slowly(texts, pl.Series(odd)))[0] if odd.any() else made


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
