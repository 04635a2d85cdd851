"""Search in plain SQL: the index that the published file carries, and the macro that reads it.

Belongs here: the words of a document as the index counts them, and `search(query)`.
Does not belong here: the match form (`pipeline.text.matching`).

Ranking is Okapi BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond,
2009) with k1 = 1.2, b = 0.75 and the idf that cannot fall below zero. It needs no extension, so any DuckDB
from 1.2 on runs it.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.text import matching
from pipeline.text.matching import match_form, match_form_sql

VERSION: Final = "1." + matching.VERSION
TITLE_WEIGHT: Final = 3
"""How many times a word of the title counts."""
LONGEST_WORD: Final = 64
"""Longer words are cut: nobody searches for them, and a page of base64 would fill the index."""


def index(segments: pl.DataFrame) -> pl.DataFrame:
    """Return the words of documents.

    Args:
        segments: `document_id`, `kind`, `normalized_text`; boilerplate and metadata are passed over.

    Returns:
        `document_id`, `word` (match form), `count`.
    """
    words = (
        segments.filter(~pl.col("kind").is_in(["boilerplate", "metadata"]))
        .select(
            "document_id",
            pl.when(pl.col("kind") == "title").then(TITLE_WEIGHT).otherwise(1).cast(pl.Int32).alias("count"),
            match_form(pl.col("normalized_text")).str.split(" ").alias("word"),
        )
        .explode("word")
        .filter(pl.col("word") != "")
    )
    return (
        words.with_columns(pl.col("word").str.slice(0, LONGEST_WORD))
        .group_by("document_id", "word")
        .agg(pl.col("count").sum())
        .sort("document_id", "word")
    )


SEARCH_MACRO: Final = f"""
CREATE OR REPLACE MACRO search(query) AS TABLE
WITH asked AS (
    SELECT string_split(coalesce({match_form_sql("CAST(query AS VARCHAR)")}, ''), ' ') AS words
),
numbered AS (
    SELECT unnest(words) AS word, generate_subscripts(words, 1) AS place FROM asked
),
-- A half-space typed as a space: two neighbours may be one word of the index.
spellings AS (
    SELECT word FROM numbered
    UNION
    SELECT first.word || second.word FROM numbered AS first JOIN numbered AS second ON second.place = first.place + 1
),
statistics AS (
    SELECT count(*) AS documents, avg(length) AS mean_length FROM search.documents
),
found AS (
    SELECT
        p.document,
        sum(
            ln(1 + (s.documents - w.document_count + 0.5) / (w.document_count + 0.5))
            * p.count * 2.2 / (p.count + 1.2 * (0.25 + 0.75 * d.length / s.mean_length))
        ) AS score
    FROM spellings AS q
    JOIN search.words AS w ON w.word = q.word
    JOIN search.postings AS p ON p.number = w.number
    JOIN search.documents AS d ON d.document = p.document
    CROSS JOIN statistics AS s
    WHERE q.word <> ''
    GROUP BY p.document
)
SELECT n.document_id, f.score, n.language, coalesce(n.normalized_title, n.title) AS title, n.published_on
FROM found AS f
JOIN search.documents AS d ON d.document = f.document
JOIN news.documents AS n ON n.document_id = d.document_id
ORDER BY f.score DESC, n.document_id
"""
