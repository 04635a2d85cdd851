"""Standing paragraphs: what articles that are no copies of each other share all the same.

Belongs here: counting them. Does not belong here: finding paragraphs in a body (`folding`).
"""

from __future__ import annotations

from typing import Final

import duckdb
import polars as pl

from pipeline.deduplication.tables import count

REPEATED: Final = 3
"""A paragraph is repeated from this many articles on, copies of one article counted once."""


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
    asked = con.execute("SELECT count(*), count(paragraph_id) FROM deduplication.open_paragraphs").fetchall()[0]
    if asked == (0, 0):
        return count(con, "deduplication.repeated_paragraphs")
    # NULL stands for all paragraphs.
    is_open = (
        "true" if asked[0] > asked[1] else "paragraph_id IN (SELECT paragraph_id FROM deduplication.open_paragraphs)"
    )
    con.execute(f"DELETE FROM deduplication.repeated_paragraphs WHERE {is_open}")
    often = con.sql(
        f"SELECT paragraph_id FROM deduplication.paragraphs WHERE {is_open} "
        f"GROUP BY paragraph_id HAVING count(*) >= {REPEATED}"
    ).pl()
    if often.height:
        _count_again(con, bodies, often)
    con.execute("DELETE FROM deduplication.open_paragraphs")
    return count(con, "deduplication.repeated_paragraphs")


def _count_again(con: duckdb.DuckDBPyConnection, bodies: str, _often: pl.DataFrame) -> None:
    """Insert what holds of the paragraphs of `_often` that stand in articles enough."""
    con.execute(
        f"""
        INSERT INTO deduplication.repeated_paragraphs
        WITH counted AS (
            SELECT p.paragraph_id, any_value(p.word_count) AS word_count,
                count(DISTINCT d.document_id) AS document_count,
                count(DISTINCT coalesce(c.duplicate_of, d.document_id)) AS article_count,
                min((coalesce(d.moment, 'infinity'), d.document_id, p.position)) AS place,
                min(d.moment)::DATE AS first_on, max(d.moment)::DATE AS last_on
            FROM deduplication.paragraphs AS p SEMI JOIN _often USING (paragraph_id)
            JOIN deduplication.documents AS d USING (number)
            LEFT JOIN deduplication.duplicates AS c USING (document_id)
            GROUP BY p.paragraph_id
            HAVING article_count >= {REPEATED}
        )
        SELECT paragraph_id, string_split(b.body, chr(10))[place[3] + 1], word_count, document_count, article_count,
            place[2], first_on, last_on
        FROM counted JOIN ({bodies}) AS b ON b.document_id = place[2]
        """
    )
