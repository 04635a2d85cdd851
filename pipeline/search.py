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

from pipeline import schema
from pipeline.schema import Table
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


SELECTS: Final[dict[Table, str]] = {
    schema.SEARCH_DOCUMENTS: """
        SELECT CAST(row_number() OVER (ORDER BY d.document_id) AS INTEGER) AS document, d.document_id,
               CAST(coalesce(sum(t.count), 0) AS INTEGER) AS length
        FROM {catalog}.news.documents AS d LEFT JOIN indexing.terms AS t USING (document_id)
        WHERE d.duplicate_of IS NULL
        GROUP BY d.document_id
    """,
    schema.SEARCH_WORDS: """
        SELECT word, CAST(row_number() OVER (ORDER BY word) AS INTEGER) AS number,
               CAST(count(*) AS INTEGER) AS document_count
        FROM indexing.terms JOIN {catalog}.search.documents USING (document_id)
        GROUP BY word
    """,
    schema.SEARCH_POSTINGS: """
        SELECT w.number, d.document, t.count
        FROM indexing.terms AS t
        JOIN {catalog}.search.documents AS d USING (document_id)
        JOIN {catalog}.search.words AS w USING (word)
    """,
}
"""How the index is made of the words of all kept documents, in this order."""

UPDATES: Final = (
    # What the documents in `_changed` had goes ...
    """
    CREATE OR REPLACE TEMP TABLE _former AS
    SELECT document, document_id FROM {catalog}.search.documents WHERE document_id IN (SELECT document_id FROM _changed)
    """,
    """
    CREATE OR REPLACE TEMP TABLE _counts AS
    SELECT number, -count(*) AS change FROM {catalog}.search.postings
    WHERE document IN (SELECT document FROM _former) GROUP BY number
    """,
    "DELETE FROM {catalog}.search.postings WHERE document IN (SELECT document FROM _former)",
    "DELETE FROM {catalog}.search.documents WHERE document IN (SELECT document FROM _former)",
    # ... and what they have now comes. Numbers once given stay; new ones follow the last.
    """
    CREATE OR REPLACE TEMP TABLE _terms AS
    SELECT t.document_id, t.word, t.count FROM indexing.terms AS t
    SEMI JOIN (SELECT document_id FROM {catalog}.news.documents
               WHERE duplicate_of IS NULL AND document_id IN (SELECT document_id FROM _changed)) USING (document_id)
    """,
    """
    INSERT INTO {catalog}.search.documents
    SELECT CAST(coalesce(last.document, 0) + row_number() OVER (ORDER BY d.document_id) AS INTEGER), d.document_id,
           CAST(coalesce(any_value(t.length), 0) AS INTEGER)
    FROM {catalog}.news.documents AS d
    LEFT JOIN (SELECT document_id, sum(count) AS length FROM _terms GROUP BY document_id) AS t USING (document_id)
    CROSS JOIN (SELECT max(document) AS document FROM {catalog}.search.documents) AS last
    WHERE d.duplicate_of IS NULL AND d.document_id IN (SELECT document_id FROM _changed)
    GROUP BY d.document_id, last.document
    """,
    """
    INSERT INTO {catalog}.search.words
    SELECT word, CAST(coalesce(last.number, 0) + row_number() OVER (ORDER BY word) AS INTEGER), 0
    FROM (SELECT DISTINCT word FROM _terms ANTI JOIN {catalog}.search.words USING (word)) AS new
    CROSS JOIN (SELECT max(number) AS number FROM {catalog}.search.words) AS last
    """,
    """
    CREATE OR REPLACE TEMP TABLE _numbered AS
    SELECT w.number, d.document, t.count
    FROM _terms AS t
    JOIN {catalog}.search.documents AS d USING (document_id)
    JOIN {catalog}.search.words AS w USING (word)
    """,
    "INSERT INTO {catalog}.search.postings (number, document, count) FROM _numbered ORDER BY number, document",
    "INSERT INTO _counts SELECT number, count(*) FROM _numbered GROUP BY number",
    """
    UPDATE {catalog}.search.words AS w SET document_count = w.document_count + c.change
    FROM (SELECT number, CAST(sum(change) AS INTEGER) AS change FROM _counts GROUP BY number HAVING sum(change) <> 0) AS c
    WHERE w.number = c.number
    """,
    "DELETE FROM {catalog}.search.words WHERE document_count = 0",
    "DROP TABLE _former",
    "DROP TABLE _counts",
    "DROP TABLE _terms",
    "DROP TABLE _numbered",
)
"""How an index is brought up to date with the documents in the temporary table `_changed`, some of which may be gone."""


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
