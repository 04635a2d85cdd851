"""The stage's memory: a DuckDB connection with the tables of the schema `stories`.

Belongs here: making the tables, and keeping vectors true to the documents present.
Does not belong here: pairs (`pairs`), stories (`grouping`), opening the database.
"""

from __future__ import annotations

from typing import Final

import duckdb
import polars as pl

from pipeline import schema
from pipeline.frames import registered

UNDATED: Final = -1_000_000
"""The day of a document whose day is unknown: no news is from before the year -700."""

KEY: Final = "md5_number_lower(document_id)"
"""SQL for a document's key: 64 bits, so that millions of rows need no string."""


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the stage's tables where they are not: for tests; the warehouse makes its own."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS stories")
    for table in schema.STORIES_MEMORY:
        connection.execute(table.ddl())


def remember(
    connection: duckdb.DuckDBPyConnection, vectors: pl.DataFrame, documents: pl.DataFrame, former: pl.DataFrame
) -> int:
    """Put vectors in the place of what was remembered of some documents.

    Call it inside a transaction, once per batch. Pairs and stories follow in `gather`.

    Args:
        connection: Holds the stage's tables.
        vectors: What `describe` gave for them.
        documents: `document_id`, `language`, `published_on`, `published_at` of all documents of the batch.
        former: `document_id` of those that may be remembered already.

    Returns:
        How many rows were written.
    """
    forget(connection, former)
    with registered(connection, _documents=documents):
        keyed = connection.sql(
            f"""
            SELECT document_id, {KEY} AS key, coalesce(language, 'und') AS language,
                coalesce(coalesce(published_at::DATE, published_on) - DATE '1970-01-01', {UNDATED})::INTEGER AS day
            FROM _documents
            """
        ).pl()
    rows = vectors.join(keyed, on="document_id", maintain_order="left").select(schema.STORY_VECTORS.column_names)
    with registered(connection, _rows=rows):
        connection.execute("INSERT INTO stories.vectors FROM _rows")
    return vectors.height


def forget(connection: duckdb.DuckDBPyConnection, documents: pl.DataFrame) -> None:
    """Forget the vectors of documents (`document_id`) that are no more. Call it inside a transaction."""
    if not documents.is_empty():  # the table is read through
        with registered(connection, _gone=documents):
            connection.execute(f"DELETE FROM stories.vectors WHERE key IN (SELECT {KEY} FROM _gone)")
