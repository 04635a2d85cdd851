"""Clustering: what readers see, kept true to the compared pairs.

Belongs here: reading the pairs that are open, writing what differs. Does not belong here: the rules
(`clusters`).

What a text's cluster is depends on the texts that pairs join it to, directly or over others, and on
nothing else. So only components with a text that was touched since the last call are decided anew.
"""

from __future__ import annotations

import dataclasses
import json

import duckdb
import numpy as np
import polars as pl

from pipeline.deduplication import clusters
from pipeline.deduplication.clusters import Thresholds
from pipeline.deduplication.tables import registered


def cluster(connection: duckdb.DuckDBPyConnection, run_id: str, thresholds: Thresholds | None = None) -> int:
    """Bring the clusters up to date with the compared pairs and write what differs from before.

    Call it inside a transaction, after `link`; with other thresholds than the last time all clusters are
    decided anew, from the stored pairs alone.

    Args:
        connection: Holds the stage's tables.
        run_id: The run on whose behalf rows are written.
        thresholds: What counts as near and contained.

    Returns:
        How many documents are copies.
    """
    con = connection
    thresholds = thresholds or Thresholds()
    asked = json.dumps(dataclasses.asdict(thresholds), sort_keys=True)
    pairs = con.sql("SELECT * FROM deduplication.pairs").pl()
    texts = None
    if con.execute("SELECT thresholds FROM deduplication.clustered").fetchall() == [(asked,)]:
        texts = _open_texts(pairs, con.sql("SELECT DISTINCT text_id FROM deduplication.touched").pl()["text_id"])
        pairs = pairs.filter(pl.col("text_a").is_in(texts.implode()))
    _write(con, run_id, _decide(con, pairs, texts, thresholds), texts)
    con.execute("DELETE FROM deduplication.touched")
    con.execute("DELETE FROM deduplication.clustered")
    con.execute("INSERT INTO deduplication.clustered VALUES (?)", [asked])
    return int(con.execute("SELECT count(*) FROM deduplication.duplicates").fetchall()[0][0])


def _open_texts(pairs: pl.DataFrame, touched: pl.Series) -> pl.Series:
    """Return the touched texts and all that pairs join to them, directly or over others."""
    from pipeline.deduplication import kernels

    ends = np.concatenate([pairs["text_a"].to_numpy(), pairs["text_b"].to_numpy()])
    names, numbers = np.unique(ends, return_inverse=True)
    components = kernels.components(numbers[: pairs.height], numbers[pairs.height :], len(names))
    is_open = np.zeros(len(names), np.bool_)
    is_open[components[np.isin(names, touched.to_numpy())]] = True
    joined = pl.Series("text_id", names[is_open[components]], dtype=pl.UInt64)
    return pl.concat([joined, touched]).unique()


def _decide(
    con: duckdb.DuckDBPyConnection, pairs: pl.DataFrame, texts: pl.Series | None, thresholds: Thresholds
) -> clusters.Clusters:
    """Return the clusters of these texts, of all if None."""
    wanted = pl.DataFrame({"text_id": pl.Series([], dtype=pl.UInt64) if texts is None else texts})
    paired = pl.concat([pairs["text_a"], pairs["text_b"].alias("text_a")]).unique().to_frame("text_id")
    with registered(con, _wanted=wanted, _paired=paired):
        documents = con.sql(
            f"""
            SELECT d.document_id, d.text_id, d.moment, t.letter_count
            FROM deduplication.documents AS d JOIN deduplication.texts AS t USING (text_id)
            WHERE {"true" if texts is None else "d.text_id IN (SELECT text_id FROM _wanted)"}
            AND (d.text_id IN (SELECT text_id FROM _paired) OR d.text_id IN (
                SELECT text_id FROM deduplication.documents
                WHERE {"true" if texts is None else "text_id IN (SELECT text_id FROM _wanted)"}
                GROUP BY text_id HAVING count(*) > 1))
            """
        ).pl()
    before = con.sql("SELECT document_id, cluster_id FROM deduplication.clusters").pl()
    return clusters.cluster(documents, pairs, before, thresholds)


def _write(con: duckdb.DuckDBPyConnection, run_id: str, made: clusters.Clusters, texts: pl.Series | None) -> None:
    """Write what differs from before in the clusters of these texts."""
    # A document that has gone, or has another text now, is in none of these texts: its former rows are stale.
    stale = "true"
    if texts is not None:
        with registered(con, _wanted=texts.to_frame("text_id")):
            con.execute(
                """
                CREATE OR REPLACE TEMP TABLE _closed AS
                SELECT document_id FROM deduplication.documents
                WHERE text_id IS NOT NULL AND text_id NOT IN (SELECT text_id FROM _wanted)
                """
            )
        stale = "{} NOT IN (SELECT document_id FROM _closed)"
    with registered(con, _duplicates=made.duplicates, _pairs=made.pairs, _members=made.members, _merges=made.merges):
        for table, source, frame, document in (
            ("duplicates", "_duplicates", made.duplicates, "t.document_id"),
            ("clusters", "_members", made.members, "t.document_id"),
            ("duplicate_pairs", "_pairs", made.pairs, "t.document_a"),
        ):
            names = ", ".join(frame.columns)
            run = table == "duplicate_pairs"
            con.execute(
                f"DELETE FROM deduplication.{table} WHERE rowid IN (SELECT t.rowid FROM deduplication.{table} AS t "
                f"ANTI JOIN {source} USING ({names}) WHERE {stale.format(document)})"
            )
            con.execute(
                f"INSERT INTO deduplication.{table} ({names}{', run_id' if run else ''}) "
                f"SELECT {names}{', ?' if run else ''} FROM {source} ANTI JOIN deduplication.{table} USING ({names})",
                [run_id] if run else [],
            )
        con.execute("INSERT INTO deduplication.merges SELECT cluster_id, merged_into, ? FROM _merges", [run_id])
    con.execute("DROP TABLE IF EXISTS _closed")
