"""The stage's memory: a DuckDB connection with the tables of the schema `deduplication`.

Belongs here: making the tables, and keeping signatures true to the documents present.
Does not belong here: pairs (`linking`), clusters (`clustering`), opening the database.
"""

from __future__ import annotations

import duckdb
import polars as pl

from pipeline import schema
from pipeline.deduplication.signatures import Signatures
from pipeline.frames import registered


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the stage's tables where they are not: for tests and benchmarks; the warehouse makes its own."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS deduplication")
    for table in schema.DEDUPLICATION:
        connection.execute(table.ddl())


def count(connection: duckdb.DuckDBPyConnection, table: str, condition: str = "true") -> int:
    """Return how many rows of a table meet a condition."""
    return int(connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchall()[0][0])


def remember(connection: duckdb.DuckDBPyConnection, signatures: Signatures) -> None:
    """Put these signatures in the place of what was remembered of their documents.

    Call it inside a transaction, once per batch. Pairs follow in `link`.
    """
    with registered(
        connection,
        _documents=signatures.documents,
        _texts=signatures.texts,
        _paragraphs=signatures.paragraphs,
    ):
        _let_go(connection, "_documents")
        for sql in (
            "INSERT INTO deduplication.documents SELECT document_id, text_id, moment FROM _documents",
            "INSERT INTO deduplication.touched SELECT text_id FROM _documents WHERE text_id IS NOT NULL",
            "INSERT INTO deduplication.paragraphs SELECT document_id, position, paragraph_id, word_count FROM _paragraphs",
            "INSERT INTO deduplication.texts "
            "SELECT text_id, word_count, letter_count, probe_count, 0, false, fingerprints "
            "FROM _texts ANTI JOIN deduplication.texts USING (text_id)",
        ):
            connection.execute(sql)


def forget(connection: duckdb.DuckDBPyConnection, document_ids: pl.Series) -> None:
    """Forget documents that are no more. Call it inside a transaction; their pairs go in `link`."""
    with registered(connection, _gone=pl.DataFrame({"document_id": document_ids})):
        _let_go(connection, "_gone")


def _let_go(connection: duckdb.DuckDBPyConnection, documents: str) -> None:
    """Delete what is remembered of the documents of a table, and note that their texts' clusters are open."""
    known = connection.sql(
        f"SELECT document_id, text_id FROM deduplication.documents WHERE document_id IN (SELECT document_id FROM {documents})"
    ).pl()
    # A first run would read all there is once per batch, to delete nothing.
    if known.is_empty():
        return
    with registered(connection, _known=known):
        for sql in (
            "INSERT INTO deduplication.touched SELECT text_id FROM _known WHERE text_id IS NOT NULL",
            "INSERT INTO deduplication.forgotten SELECT document_id FROM _known",
            "INSERT INTO deduplication.open_paragraphs "
            "SELECT DISTINCT paragraph_id FROM deduplication.paragraphs SEMI JOIN _known USING (document_id)",
            "DELETE FROM deduplication.documents WHERE document_id IN (SELECT document_id FROM _known)",
            "DELETE FROM deduplication.paragraphs WHERE document_id IN (SELECT document_id FROM _known)",
        ):
            connection.execute(sql)
