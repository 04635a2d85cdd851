"""Features: what an article is about, in few numbers.

Belongs here: the pure step from an article to its words. Does not belong here: comparing (`grouping`).

News is written as an inverted pyramid, so the headline, the lead and the head of the body say what
happened; what follows is background that other events share.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import polars as pl

from pipeline.text import matching

HEAD_WORDS: Final = 120
"""Words of lead and body that are looked at."""
TITLE_WEIGHT: Final = 3
"""Each word of the headline counts as often as this."""

_ARTICLES: Final = r"^(?:[وفبک]?ال|لل)(\p{L}{3,})$"
"""Arabic article, with a proclitic before it or not, in the match form."""


def describe(documents: pl.DataFrame) -> pl.DataFrame:
    """Describe articles by the words of their head.

    Args:
        documents: `document_id`, `language`, `title`, `lead`, `body` (Strings; title and lead may be NULL).

    Returns:
        `document_id`, `term` (UInt64: hash of a word), `is_number`, `count`. Rows follow the documents'
        order. An article without a word has none.
    """
    words = pl.concat(
        [
            _words(documents, pl.col("title"), TITLE_WEIGHT, None),
            _words(documents, pl.concat_str("lead", "body", separator="\n", ignore_nulls=True), 1, HEAD_WORDS),
        ]
    )
    counted = words.group_by("document_id", "word", maintain_order=True).agg(pl.col("count").sum())
    number = pl.col("word").str.contains(r"^\d+$")
    return (
        counted.filter(number | (pl.col("word").str.len_chars() > 2))
        .with_columns(
            number.alias("is_number"), pl.col("word").map_batches(_hashes, return_dtype=pl.UInt64).alias("term")
        )
        .select("document_id", "term", "is_number", pl.col("count").cast(pl.Int32))
    )


def _words(documents: pl.DataFrame, text: pl.Expr, count: int, most: int | None) -> pl.DataFrame:
    words = matching.match_form(text.fill_null("")).str.split(" ")
    if most is not None:
        words = words.list.head(most)
    return (
        documents.select("document_id", "language", words.alias("word"))
        .explode("word")
        .filter(pl.col("word").is_not_null() & (pl.col("word") != ""))
        .select(
            "document_id",
            pl.when(pl.col("language") == "ar")
            .then(pl.col("word").str.replace(_ARTICLES, "$1"))
            .otherwise("word")
            .alias("word"),
            pl.lit(count).alias("count"),
        )
    )


def _hashes(words: pl.Series) -> pl.Series:
    distinct = words.unique()
    digests = b"".join(hashlib.sha256(word.encode()).digest()[:8] for word in distinct)
    table = pl.DataFrame({"word": distinct, "hash": np.frombuffer(digests, np.dtype("<u8"))})
    return words.to_frame("word").join(table, on="word", how="left", maintain_order="left")["hash"]
