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
    is_whole = con.execute("SELECT thresholds FROM deduplication.clustered").fetchall() != [(asked,)]
    if is_whole:
        pairs = con.sql("SELECT * FROM deduplication.pairs").pl()
        con.execute("CREATE OR REPLACE TEMP VIEW _open_texts AS SELECT text_id FROM deduplication.texts")
        con.execute("CREATE OR REPLACE TEMP VIEW _open AS SELECT document_id FROM deduplication.documents")
    else:
        pairs = _open(con)
    _write(con, run_id, _decide(con, pairs, thresholds), is_whole)
    for table in ("_open", "_open_texts"):
        con.execute(f"DROP {'VIEW' if is_whole else 'TABLE'} {table}")
    con.execute("DELETE FROM deduplication.touched")
    con.execute("DELETE FROM deduplication.forgotten")
    con.execute("DELETE FROM deduplication.clustered")
    con.execute("INSERT INTO deduplication.clustered VALUES (?)", [asked])
    return int(con.execute("SELECT count(*) FROM deduplication.duplicates").fetchall()[0][0])


def _open(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Make `_open_texts` and `_open`; return the pairs of these texts.

    The texts are the touched ones and all that pairs join to them, directly or over others; `_open` are
    their documents and those that were forgotten.
    """
    from pipeline.deduplication import gathering

    pairs = con.sql("SELECT text_a, text_b FROM deduplication.pairs").to_arrow_table()
    touched = con.sql("SELECT DISTINCT text_id FROM deduplication.touched").to_arrow_table()["text_id"].to_numpy()
    joined = gathering.joined(pairs["text_a"].to_numpy(), pairs["text_b"].to_numpy(), touched)
    with registered(con, _joined=pl.DataFrame({"text_id": joined}, schema={"text_id": pl.UInt64})):
        con.execute("CREATE OR REPLACE TEMP TABLE _open_texts AS SELECT text_id FROM _joined")
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE _open AS
        SELECT document_id FROM deduplication.documents WHERE text_id IN (SELECT text_id FROM _open_texts)
        UNION SELECT document_id FROM deduplication.forgotten
        """
    )
    opened: pl.DataFrame = con.sql(
        "SELECT * FROM deduplication.pairs WHERE text_a IN (SELECT text_id FROM _open_texts)"
    ).pl()
    return opened


def _decide(con: duckdb.DuckDBPyConnection, pairs: pl.DataFrame, thresholds: Thresholds) -> clusters.Clusters:
    """Return the clusters of the open texts."""
    paired = pl.concat([pairs["text_a"], pairs["text_b"].alias("text_a")]).unique().to_frame("text_id")
    with registered(con, _paired=paired):
        documents = con.sql(
            """
            WITH open_documents AS (
                SELECT d.document_id, d.text_id, d.moment
                FROM deduplication.documents AS d SEMI JOIN _open_texts USING (text_id)
            )
            SELECT d.document_id, d.text_id, d.moment, t.letter_count
            FROM open_documents AS d JOIN deduplication.texts AS t USING (text_id)
            WHERE d.text_id IN (SELECT text_id FROM _paired)
            OR d.text_id IN (SELECT text_id FROM open_documents GROUP BY text_id HAVING count(*) > 1)
            """
        ).pl()
    before = con.sql(
        "SELECT document_id, cluster_id FROM deduplication.clusters SEMI JOIN _open USING (document_id)"
    ).pl()

    def taken(names: pl.Series) -> pl.Series:
        with registered(con, _names=names.to_frame("cluster_id")):
            found: pl.DataFrame = con.sql(
                "SELECT DISTINCT cluster_id FROM deduplication.clusters SEMI JOIN _names USING (cluster_id)"
            ).pl()
        return found["cluster_id"]

    return clusters.cluster(documents, pairs, before, taken, thresholds)


def _write(con: duckdb.DuckDBPyConnection, run_id: str, made: clusters.Clusters, is_whole: bool) -> None:
    """Write what differs from before in the clusters of the open texts."""
    with registered(con, _duplicates=made.duplicates, _pairs=made.pairs, _members=made.members, _merges=made.merges):
        for table, source, frame, document in (
            ("duplicates", "_duplicates", made.duplicates, "document_id"),
            ("clusters", "_members", made.members, "document_id"),
            ("duplicate_pairs", "_pairs", made.pairs, "document_a"),
        ):
            names = ", ".join(frame.columns)
            run = table == "duplicate_pairs"
            # What was open before is stale unless made again. On a whole run that is every row.
            rows = f"SELECT rowid AS place, {names} FROM deduplication.{table}"
            if not is_whole:
                rows += f" WHERE {document} IN (SELECT document_id FROM _open)"
            con.execute(f"CREATE OR REPLACE TEMP TABLE _before AS {rows}")
            con.execute(
                f"DELETE FROM deduplication.{table} WHERE rowid IN "
                f"(SELECT place FROM _before ANTI JOIN {source} USING ({names}))"
            )
            con.execute(
                f"INSERT INTO deduplication.{table} ({names}{', run_id' if run else ''}) "
                f"SELECT {names}{', ?' if run else ''} FROM {source} ANTI JOIN _before USING ({names})",
                [run_id] if run else [],
            )
        con.execute("DROP TABLE _before")
        con.execute("INSERT INTO deduplication.merges SELECT cluster_id, merged_into, ? FROM _merges", [run_id])
    # NULL stands for all paragraphs.
    con.execute(
        "INSERT INTO deduplication.open_paragraphs "
        + (
            "VALUES (NULL)"
            if is_whole
            else "SELECT DISTINCT paragraph_id FROM deduplication.paragraphs SEMI JOIN _open USING (document_id)"
        )
    )
