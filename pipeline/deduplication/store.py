"""The stage's memory: a DuckDB connection with the tables of the schema `deduplication`.

Belongs here: the SQL that keeps signatures, finds candidates and writes pairs and clusters.
Does not belong here: comparing texts (`verification`), deciding clusters (`clusters`), opening the database.

Which pairs of texts are compared is a property of the two texts alone (`_CANDIDATES`), so it does not
depend on when either came. One exception keeps templates from costs that grow with the square of their
number: of texts whose probes are shared by more than `CROWD` texts (a price list of every day), each is
compared with a few of the earliest only. Which texts these are depends on all others, so pairs between
them are decided anew in every run.
"""

# ruff: noqa: S608 - SQL is put together from this package's own names, never from data.

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import duckdb
import polars as pl

from pipeline import schema
from pipeline.deduplication import clusters, verification
from pipeline.deduplication.clusters import Thresholds
from pipeline.deduplication.signatures import Signatures

CROWD: Final = 64
"""A fingerprint of more texts than this is common: it finds no candidates."""
HUBS: Final = 4
"""Texts of a crowd that each of the others is compared with: the earliest."""

REPEATED: Final = 3
"""A paragraph is repeated from this many articles on, copies of one article counted once."""

Progress = Callable[[int, int], None]
"""Told how many of how many texts are done."""


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the stage's tables where they are not: for tests and benchmarks; the warehouse makes its own."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS deduplication")
    for table in schema.DEDUPLICATION:
        connection.execute(table.ddl())


@contextmanager
def _registered(connection: duckdb.DuckDBPyConnection, **frames: pl.DataFrame) -> Iterator[None]:
    for name, frame in frames.items():
        connection.register(name, frame.to_arrow())
    try:
        yield
    finally:
        for name in frames:
            connection.unregister(name)


def remember(connection: duckdb.DuckDBPyConnection, signatures: Signatures) -> None:
    """Put these signatures in the place of what was remembered of their documents.

    Call it inside a transaction, once per batch. Pairs follow in `link`.
    """
    with _registered(
        connection,
        _documents=signatures.documents,
        _texts=signatures.texts,
        _fingerprints=signatures.fingerprints,
        _paragraphs=signatures.paragraphs,
    ):
        for table in ("documents", "paragraphs"):
            connection.execute(
                f"DELETE FROM deduplication.{table} WHERE document_id IN (SELECT document_id FROM _documents)"
            )
        connection.execute("INSERT INTO deduplication.documents SELECT document_id, text_id, moment FROM _documents")
        connection.execute(
            "INSERT INTO deduplication.paragraphs SELECT document_id, position, paragraph_id, word_count FROM _paragraphs"
        )
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE _new_texts AS "
            "SELECT * FROM _texts ANTI JOIN deduplication.texts USING (text_id)"
        )
        connection.execute(
            "INSERT INTO deduplication.texts "
            "SELECT text_id, word_count, letter_count, needed_probes, false, false FROM _new_texts"
        )
        connection.execute(
            "INSERT INTO deduplication.fingerprints "
            "SELECT text_id, fingerprint, is_probe FROM _fingerprints SEMI JOIN _new_texts USING (text_id)"
        )
        connection.execute("DROP TABLE _new_texts")


def forget(connection: duckdb.DuckDBPyConnection, document_ids: pl.Series) -> None:
    """Forget documents that are no more. Call it inside a transaction; their pairs go in `link`."""
    with _registered(connection, _gone=pl.DataFrame({"document_id": document_ids})):
        for table in ("documents", "paragraphs"):
            connection.execute(
                f"DELETE FROM deduplication.{table} WHERE document_id IN (SELECT document_id FROM _gone)"
            )


def link(
    connection: duckdb.DuckDBPyConnection,
    bodies: str,
    *,
    progress: Progress | None = None,
    crowd: int = CROWD,
    hubs: int = HUBS,
) -> int:
    """Bring the compared pairs up to date with the texts remembered.

    Call it inside a transaction, after all of `remember` and `forget`.

    Args:
        connection: Holds the stage's tables.
        bodies: SQL that gives `document_id` and `body` of every document remembered, as it was signed.
        progress: Told how many of how many pairs are verified.
        crowd: See `CROWD`.
        hubs: See `HUBS`.

    Returns:
        How many texts came or went since the last call.
    """
    con = connection
    con.execute(
        "CREATE OR REPLACE TEMP TABLE _gone_texts AS "
        "SELECT text_id FROM deduplication.texts ANTI JOIN deduplication.documents USING (text_id)"
    )
    gone = _count(con, "_gone_texts")
    if gone:
        for table, column in (
            ("texts", "text_id"),
            ("fingerprints", "text_id"),
            ("pairs", "text_a"),
            ("pairs", "text_b"),
        ):
            con.execute(f"DELETE FROM deduplication.{table} WHERE {column} IN (SELECT text_id FROM _gone_texts)")
    con.execute("CREATE OR REPLACE TEMP TABLE _fresh AS SELECT text_id FROM deduplication.texts WHERE NOT is_linked")
    fresh = _count(con, "_fresh")
    if gone or fresh:
        _find_templates(con, crowd)
        _find_candidates(con, hubs)
        verification.verify(con, bodies, progress)
        con.execute("UPDATE deduplication.texts SET is_linked = true WHERE NOT is_linked")
        for table in ("_common", "_crowded", "_templates", "_active", "_candidates"):
            con.execute(f"DROP TABLE IF EXISTS {table}")
    con.execute("DROP TABLE _gone_texts")
    con.execute("DROP TABLE _fresh")
    return gone + fresh


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _find_templates(con: duckdb.DuckDBPyConnection, crowd: int) -> None:
    """Make `_common` (fingerprints of a crowd), `_crowded` (texts with such probes), `_templates` and `_active` (texts whose pairs are due)."""
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE _common AS
        SELECT fingerprint FROM deduplication.fingerprints GROUP BY fingerprint HAVING count(*) > {crowd}
        """
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE _crowded AS
        SELECT text_id, count(*) AS common
        FROM deduplication.fingerprints SEMI JOIN _common USING (fingerprint)
        WHERE is_probe GROUP BY text_id
        """
    )
    # A text with fewer common probes than it needs finds every partner by one of its other probes.
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE _templates AS
        SELECT text_id FROM _crowded JOIN deduplication.texts USING (text_id) WHERE common >= needed_probes
        """
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE _active AS
        SELECT text_id FROM _fresh
        UNION SELECT text_id FROM deduplication.texts WHERE is_template
        UNION SELECT text_id FROM _templates
        """
    )
    con.execute(
        """
        UPDATE deduplication.texts SET is_template = NOT is_template
        WHERE is_template IS DISTINCT FROM (text_id IN (SELECT text_id FROM _templates))
        """
    )


def _find_candidates(con: duckdb.DuckDBPyConnection, hubs: int) -> None:
    """Make `_candidates`: pairs of a smaller and a larger text that are due to be compared.

    Drops the pairs of templates that are no more due.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE _candidates AS
        WITH probes AS (
            SELECT f.fingerprint, f.text_id, t.letter_count, t.text_id IN (SELECT text_id FROM _active) AS active,
                -- Common probes are not looked for, so they count as found.
                t.needed_probes - coalesce(c.common, 0) AS needed, c.common IS NOT NULL AS is_asked
            FROM deduplication.fingerprints AS f JOIN deduplication.texts AS t USING (text_id)
            LEFT JOIN _crowded AS c USING (text_id)
            WHERE f.is_probe AND f.fingerprint NOT IN (SELECT fingerprint FROM _common)
        ),
        prints AS (
            SELECT f.fingerprint, f.text_id, t.letter_count, t.text_id IN (SELECT text_id FROM _fresh) AS fresh
            FROM deduplication.fingerprints AS f JOIN deduplication.texts AS t USING (text_id)
        ),
        crowds AS (
            SELECT f.fingerprint, f.text_id, t.letter_count,
                row_number() OVER (PARTITION BY f.fingerprint ORDER BY d.moment, t.letter_count DESC, d.document_id) AS place
            FROM deduplication.fingerprints AS f
            JOIN deduplication.texts AS t USING (text_id)
            JOIN (SELECT text_id, min_by(moment, (coalesce(moment, 'infinity'), document_id)) AS moment,
                         min_by(document_id, (coalesce(moment, 'infinity'), document_id)) AS document_id
                  FROM deduplication.documents SEMI JOIN _templates USING (text_id) GROUP BY text_id) AS d USING (text_id)
            WHERE f.is_probe AND f.fingerprint IN (SELECT fingerprint FROM _common)
        )
        SELECT a.text_id AS text_a, b.text_id AS text_b, any_value(a.is_asked) AS is_asked
        FROM probes AS a JOIN prints AS b USING (fingerprint)
        WHERE (b.letter_count, b.text_id) > (a.letter_count, a.text_id) AND (a.active OR b.fresh)
        GROUP BY a.text_id, b.text_id
        HAVING count(*) >= any_value(a.needed)
        UNION
        SELECT if(x.hub_smaller, x.hub, x.other), if(x.hub_smaller, x.other, x.hub), true
        FROM (SELECT h.text_id AS hub, o.text_id AS other,
                     (h.letter_count, h.text_id) < (o.letter_count, o.text_id) AS hub_smaller
              FROM crowds AS h JOIN crowds AS o USING (fingerprint)
              WHERE h.place <= {hubs} AND h.text_id <> o.text_id) AS x
        """
    )
    con.execute(
        """
        DELETE FROM deduplication.pairs WHERE rowid IN (
            SELECT p.rowid FROM deduplication.pairs AS p ANTI JOIN _candidates USING (text_a, text_b)
            WHERE p.text_a IN (SELECT text_id FROM _active))
        """
    )


def cluster(connection: duckdb.DuckDBPyConnection, run_id: str, thresholds: Thresholds | None = None) -> int:
    """Decide the clusters anew from the compared pairs and write what differs from before.

    Call it inside a transaction, after `link`, or alone when thresholds have changed.

    Args:
        connection: Holds the stage's tables.
        run_id: The run on whose behalf rows are written.
        thresholds: What counts as near and contained.

    Returns:
        How many documents are copies.
    """
    con = connection
    documents = con.sql(
        """
        SELECT d.document_id, d.text_id, d.moment, t.letter_count
        FROM deduplication.documents AS d JOIN deduplication.texts AS t USING (text_id)
        WHERE t.text_id IN (
            SELECT text_a FROM deduplication.pairs UNION ALL SELECT text_b FROM deduplication.pairs
            UNION ALL SELECT text_id FROM deduplication.documents GROUP BY text_id HAVING count(*) > 1)
        """
    ).pl()
    pairs = con.sql("SELECT * FROM deduplication.pairs").pl()
    before = con.sql("SELECT * FROM deduplication.clusters").pl()
    made = clusters.cluster(documents, pairs, before, thresholds or Thresholds())
    with _registered(
        con,
        _duplicates=made.duplicates,
        _pairs=made.pairs,
        _members=made.members,
        _merges=made.merges,
    ):
        for table, source, columns in (
            ("duplicates", "_duplicates", made.duplicates.columns),
            ("clusters", "_members", made.members.columns),
            ("duplicate_pairs", "_pairs", made.pairs.columns),
        ):
            names = ", ".join(columns)
            run = ", run_id" if table == "duplicate_pairs" else ""
            value = ", ?" if run else ""
            con.execute(
                f"DELETE FROM deduplication.{table} WHERE rowid IN "
                f"(SELECT t.rowid FROM deduplication.{table} AS t ANTI JOIN {source} USING ({names}))"
            )
            con.execute(
                f"INSERT INTO deduplication.{table} ({names}{run}) SELECT {names}{value} FROM {source} "
                f"ANTI JOIN deduplication.{table} USING ({names})",
                [run_id] if run else [],
            )
        con.execute("INSERT INTO deduplication.merges SELECT cluster_id, merged_into, ? FROM _merges", [run_id])
    return made.duplicates.height


def count_paragraphs(connection: duckdb.DuckDBPyConnection, bodies: str) -> int:
    """Count the paragraphs that stand in articles which are no copies of each other.

    Call it inside a transaction, after `cluster`. Nothing is removed from any text: the table
    `deduplication.repeated_paragraphs` is for analysts.

    Args:
        connection: Holds the stage's tables.
        bodies: As for `link`.

    Returns:
        How many such paragraphs there are.
    """
    con = connection
    con.execute("DELETE FROM deduplication.repeated_paragraphs")
    con.execute(
        f"""
        INSERT INTO deduplication.repeated_paragraphs
        WITH often AS (
            SELECT paragraph_id FROM deduplication.paragraphs GROUP BY paragraph_id HAVING count(*) >= {REPEATED}
        ),
        counted AS (
            SELECT p.paragraph_id, any_value(p.word_count) AS word_count,
                count(DISTINCT p.document_id) AS document_count,
                count(DISTINCT coalesce(c.duplicate_of, p.document_id)) AS article_count,
                min((coalesce(d.moment, 'infinity'), p.document_id, p.position)) AS place,
                min(d.moment)::DATE AS first_on, max(d.moment)::DATE AS last_on
            FROM deduplication.paragraphs AS p SEMI JOIN often USING (paragraph_id)
            JOIN deduplication.documents AS d USING (document_id)
            LEFT JOIN deduplication.duplicates AS c USING (document_id)
            GROUP BY p.paragraph_id
            HAVING article_count >= {REPEATED}
        )
        SELECT paragraph_id, string_split(b.body, chr(10))[place[3] + 1], word_count, document_count, article_count,
            place[2], first_on, last_on
        FROM counted JOIN ({bodies}) AS b ON b.document_id = place[2]
        """
    )
    return _count(con, "deduplication.repeated_paragraphs")
