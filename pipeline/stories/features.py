"""Features: what an article is about, in few numbers.

Belongs here: the pure step from an article to its words. Does not belong here: comparing (`grouping`).

News is written as an inverted pyramid: the headline, the lead and the head of the body say what happened;
what follows is background that other events share. Numbers are taken from the whole article: they are
few, and say the same in any language.
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

ARABIC_HEAD: Final = r"^(?:[وفبک]?ال|لل)(\p{L}{3,})$"
"""Article, with a proclitic before it or not, in the match form. After light10 (Larkey, Ballesteros and
Connell, 2007), like the endings below."""
ARABIC_TAIL: Final = r"^(\p{L}{3,}?)(?:یات|یه|ات|ون|ین|ان|ه|ی)$"
PERSIAN_TAIL: Final = r"^(\p{L}{3,}?)(?:هایی|های|ها|ترین|تر|ی)$"


def describe(documents: pl.DataFrame) -> pl.DataFrame:
    """Describe articles by the stems of their head's words, and their numbers.

    Args:
        documents: `document_id`, `language`, `title`, `lead`, `body` (Strings; title and lead may be NULL).

    Returns:
        `document_id`, `term` (UInt64: hash of a stem or number), `is_number`, `count`. An article without
        a word has no row.
    """
    given = documents.select(
        "document_id",
        "language",
        matching.match_form(pl.col("title").fill_null("")).str.split(" ").alias("title"),
        matching.match_form(pl.concat_str("lead", "body", separator="\n", ignore_nulls=True).fill_null(""))
        .str.split(" ")
        .alias("text"),
    )
    words = pl.concat(
        [
            _words(given, pl.col("title"), TITLE_WEIGHT),
            _words(given, pl.col("text").list.head(HEAD_WORDS), 1),
            _words(given, pl.col("text").list.gather_every(1, HEAD_WORDS), 1).filter(_is_number),
        ]
    )
    return (
        words.filter(_is_number | (pl.col("word").str.len_chars() > 2))
        .with_columns(_is_number.alias("is_number"), stem(pl.col("word"), pl.col("language")))
        .group_by("document_id", "word", "is_number", maintain_order=True)
        .agg(pl.col("count").sum().cast(pl.Int32))
        .select("document_id", hashes(pl.col("word")).alias("term"), "is_number", "count")
    )


_is_number: Final = pl.col("word").str.contains(r"^\d+$")


def stem(word: pl.Expr, language: pl.Expr) -> pl.Expr:
    """Return the expression that takes from a match form's word what its grammar adds, by language."""
    return (
        pl.when(language == "ar")
        .then(word.str.replace(ARABIC_HEAD, "$1").str.replace(ARABIC_TAIL, "$1"))
        .when(language == "fa")
        .then(word.str.replace(PERSIAN_TAIL, "$1"))
        .otherwise(word)
    )


def hashes(words: pl.Expr) -> pl.Expr:
    """Return the expression that gives the first 64 bits of each word's SHA-256."""
    return words.map_batches(_hashes, return_dtype=pl.UInt64)


def _words(given: pl.DataFrame, words: pl.Expr, count: int) -> pl.DataFrame:
    return (
        given.select("document_id", "language", words.alias("word"))
        .explode("word")
        .filter(pl.col("word").is_not_null() & (pl.col("word") != ""))
        .with_columns(pl.lit(count).alias("count"))
    )


def _hashes(words: pl.Series) -> pl.Series:
    distinct = words.unique()
    digests = b"".join(hashlib.sha256(word.encode()).digest()[:8] for word in distinct)
    table = pl.DataFrame({"word": distinct, "hash": np.frombuffer(digests, np.dtype("<u8"))})
    return words.to_frame("word").join(table, on="word", how="left", maintain_order="left")["hash"]
