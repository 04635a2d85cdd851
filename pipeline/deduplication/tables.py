"""The stage's memory: a DuckDB connection with the tables of the schema `deduplication`.

Belongs here: making the tables, and keeping signatures true to the documents present.
Does not belong here: pairs (`linking`), clusters (`clustering`), opening the database.
"""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl

from pipeline import schema
from pipeline.deduplication.signatures import Signatures


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the stage's tables where they are not: for tests and benchmarks; the warehouse makes its own."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS deduplication")
    for table in schema.DEDUPLICATION:
        connection.execute(table.ddl())


def count(connection: duckdb.DuckDBPyConnection, table: str, condition: str = "true") -> int:
    """Return how many rows of a table meet a condition."""
    return int(connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchall()[0][0])


def remember(connection: duckdb.DuckDBPyConnection, signatures: Signatures, former: pl.Series | None = None) -> None:
    """Put these signatures in the place of what was remembered of their documents.

    Call it inside a transaction, once per batch. Pairs follow in `link`.

    Args:
        connection: Holds the stage's tables.
        signatures: Of a batch of documents.
        former: `document_id` of those of the batch that may have been remembered before, for a caller who knows;
            None to look all of them up.
    """
    forget(connection, signatures.documents["document_id"] if former is None else former)
    first, first_text = connection.execute(
        "SELECT coalesce((SELECT max(number) FROM deduplication.documents), -1) + 1, "
        "coalesce((SELECT max(number) FROM deduplication.texts), -1) + 1"
    ).fetchall()[0]
    _documents = signatures.documents.with_row_index("number", first)
    _texts = signatures.texts.with_row_index("number", first_text)
    _paragraphs = signatures.paragraphs
    new = connection.execute(
        "INSERT INTO deduplication.texts "
        "SELECT number, text_id, word_count, letter_count, probe_count, 0, false, len(fingerprints) "
        "FROM _texts ANTI JOIN deduplication.texts USING (text_id) RETURNING number"
    ).fetchnumpy()["number"]
    if len(new) < _texts.height:
        _texts = _texts.filter(pl.col("number").is_in(np.asarray(new)))
    # Flat, for a list is read four times as slowly.
    _fingerprints = _texts.select("number", "fingerprints").explode("fingerprints", empty_as_null=False)
    for sql in (
        "INSERT INTO deduplication.documents SELECT number, document_id, text_id, letter_count, moment FROM _documents",
        "INSERT INTO deduplication.touched SELECT text_id FROM _documents WHERE text_id IS NOT NULL",
        f"INSERT INTO deduplication.paragraphs SELECT {first} + row, position, paragraph_id, word_count FROM _paragraphs",
        "INSERT INTO deduplication.fingerprints SELECT number, fingerprints FROM _fingerprints",
    ):
        connection.execute(sql)


def forget(connection: duckdb.DuckDBPyConnection, document_ids: pl.Series) -> None:
    """Forget documents that are no more. Call it inside a transaction; their pairs go in `link`."""
    if document_ids.is_empty():
        return
    _gone = document_ids.to_frame("document_id")
    _known = connection.sql(
        "SELECT number, text_id FROM deduplication.documents WHERE document_id IN (SELECT document_id FROM _gone)"
    ).pl()
    # A first run would read all there is once per batch, to delete nothing.
    if _known.is_empty():
        return
    for sql in (
        "INSERT INTO deduplication.touched SELECT text_id FROM _known WHERE text_id IS NOT NULL",
        "INSERT INTO deduplication.forgotten SELECT number FROM _known",
        "INSERT INTO deduplication.open_paragraphs "
        "SELECT DISTINCT paragraph_id FROM deduplication.paragraphs SEMI JOIN _known USING (number)",
        "DELETE FROM deduplication.documents WHERE number IN (SELECT number FROM _known)",
        "DELETE FROM deduplication.paragraphs WHERE number IN (SELECT number FROM _known)",
    ):
        connection.execute(sql)
