"""The match form of many texts at once, by table.

`pipeline.text.matching.match_form` says what the match form is. It folds character by character, so its
answer for each character alone makes a table, and one compiled pass over the bytes gives the same forms
several times as fast. A test holds the two equal.

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

TABLE_SIZE: Final = 0x20000
"""Code points the table knows: the first two planes. Texts with others take the slow way."""


@dataclass(frozen=True, slots=True)
class Forms:
    """Match forms, laid out as Arrow lays out strings, and the paragraphs of the texts they are of.

    Attributes:
        data: UTF-8 bytes of all forms.
        offsets: Where each begins, and where the last ends.
        paragraph_text: For each paragraph with a word the number of its text.
        paragraph_line: Its 0-based line among the text's lines.
        paragraph_hash: A 64-bit hash of its match form.
        paragraph_words: Words of its match form.
    """

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    paragraph_text: npt.NDArray[np.int64]
    paragraph_line: npt.NDArray[np.int32]
    paragraph_hash: npt.NDArray[np.uint64]
    paragraph_words: npt.NDArray[np.int32]


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


def fold(texts: pl.Series) -> Forms:
    """Return the match forms of a String series; null counts as empty."""
    from pipeline.deduplication import kernels

    texts = texts.fill_null("")
    odd = texts.str.contains(r"[\x{20000}-\x{10FFFF}Σ]")
    if odd.any():
        # Line by line, so that the pass below meets the same paragraphs; it leaves match forms as they are.
        slow = pl.DataFrame({"text": texts, "odd": odd}).with_row_index("number").filter("odd")
        lines = slow.select("number", pl.col("text").str.split("\n")).explode("text")
        done = (
            lines.with_columns(matching.match_form(pl.col("text")))
            .group_by("number", maintain_order=True)
            .agg(pl.col("text").str.join("\n"))
        )
        texts = texts.to_frame("text").with_row_index("number").join(done, on="number", how="left", maintain_order="left", suffix="_done").select(pl.coalesce("text_done", "text")).to_series()  # fmt: skip
    return Forms(*kernels.fold(*buffers(texts), *_table()))


@functools.cache
def _table() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Return for each code point where its fold begins in the bytes beside, and those bytes.

    A fold ends where the next begins. Empty: deleted. One space: not part of a word. Surrogates, which no
    string of Polars holds, are deleted.
    """
    codes = [c for c in range(TABLE_SIZE) if not 0xD800 <= c <= 0xDFFF]
    # Between letters, so that a character that is no part of a word shows as a space.
    framed = pl.DataFrame({"code": codes, "text": [f"x{chr(c)}x" for c in codes]}).select(
        "code", matching.match_form(pl.col("text")).str.slice(1).str.head(-1).alias("fold")
    )
    folds = [b""] * TABLE_SIZE
    for code, form in framed.iter_rows():
        folds[code] = form.encode()
    starts = np.zeros(TABLE_SIZE + 1, np.uint32)
    np.cumsum([len(form) for form in folds], out=starts[1:])
    return starts, np.frombuffer(b"".join(folds), np.uint8)
