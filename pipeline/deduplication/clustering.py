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
import numpy.typing as npt
import polars as pl

from pipeline.deduplication import clusters
from pipeline.deduplication.clusters import Thresholds
from pipeline.deduplication.tables import count
from pipeline.frames import column


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
    pairs, documents = _whole(con) if is_whole else _open(con)
    clustered = con.sql("SELECT rowid AS place, number, code FROM deduplication.clusters").pl()
    if is_whole:
        con.execute("INSERT INTO deduplication.open_paragraphs VALUES (NULL)")  # stands for all
        places = clustered["place"].to_numpy()
    else:
        forgotten = column(con, "SELECT number FROM deduplication.forgotten")
        numbers = np.concatenate([documents["number"].to_numpy(), forgotten])
        _numbers = pl.DataFrame({"number": numbers})
        con.execute(
            "INSERT INTO deduplication.open_paragraphs SELECT DISTINCT paragraph_id FROM deduplication.paragraphs "
            "WHERE number IN (SELECT number FROM _numbers)"
        )
        places = clustered["place"].to_numpy()[np.isin(clustered["number"].to_numpy(), numbers)]
    _decide(con, run_id, documents, pairs, thresholds, places, clustered["code"].to_numpy())
    con.execute("DELETE FROM deduplication.touched")
    con.execute("DELETE FROM deduplication.forgotten")
    if is_whole:
        con.execute("DELETE FROM deduplication.clustered")
        con.execute("INSERT INTO deduplication.clustered VALUES (?)", [asked])
    return count(con, "deduplication.duplicates")


def _whole(con: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return all pairs, and the documents whose text is in one or is another document's too, as `clusters` takes them."""
    pairs: pl.DataFrame = con.sql("SELECT * FROM deduplication.pairs").pl()
    _paired = pl.concat([pairs["text_a"], pairs["text_b"].alias("text_a")]).unique().to_frame("text_id")
    documents: pl.DataFrame = con.sql(
        """
        SELECT number, document_id, text_id, moment, letter_count FROM deduplication.documents
        WHERE text_id IN (SELECT text_id FROM _paired)
        OR text_id IN (SELECT text_id FROM deduplication.documents GROUP BY text_id HAVING count(*) > 1)
        """
    ).pl()
    return pairs, documents


def _open(con: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the pairs and the documents of the touched texts and of all that pairs join to them, over others too."""
    from pipeline.deduplication import gathering

    pairs: pl.DataFrame = con.sql("SELECT * FROM deduplication.pairs").pl()
    touched = np.unique(column(con, "SELECT text_id FROM deduplication.touched"))
    texts, is_open = gathering.joined(pairs["text_a"].to_numpy(), pairs["text_b"].to_numpy(), touched)
    _texts = pl.DataFrame({"text_id": texts}, schema={"text_id": pl.UInt64})
    documents: pl.DataFrame = con.sql(
        "SELECT number, document_id, text_id, moment, letter_count FROM deduplication.documents "
        "WHERE text_id IN (SELECT text_id FROM _texts)"
    ).pl()
    return pairs.filter(pl.Series(is_open)), documents


def _decide(
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    documents: pl.DataFrame,
    pairs: pl.DataFrame,
    thresholds: Thresholds,
    places: npt.NDArray[np.int64],
    codes: npt.NDArray[np.uint64],
) -> None:
    """Decide the clusters of documents and write what differs from before.

    Args:
        con: Holds the stage's tables.
        run_id: The run on whose behalf rows are written.
        documents: As for `clusters.cluster`.
        pairs: The same.
        thresholds: The same.
        places: Of the rows of `deduplication.clusters` that do not stand unless they are made again.
        codes: All that are in use.
    """
    from pipeline.deduplication import gathering

    def taken(asked: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        found: npt.NDArray[np.uint64] = gathering.present(asked, codes)
        return found

    before = pl.DataFrame(schema={"place": pl.Int64, "document_id": pl.String, "number": pl.Int64, "code": pl.UInt64})
    if len(places):
        _places = pl.DataFrame({"place": places})
        before = con.sql(
            "SELECT rowid AS place, document_id, number, code FROM deduplication.clusters "
            "WHERE rowid IN (SELECT place FROM _places)"
        ).pl()
    made = clusters.cluster(documents, pairs, before.select("document_id", "code"), taken, thresholds)
    made_pairs = made.pairs.with_columns(pl.lit(run_id).alias("run_id"))
    if before.is_empty():
        _replace(con, "duplicates", before, made.duplicates, [])
        _replace(con, "duplicate_pairs", before, made_pairs, [])
    else:
        # Copies and pairs are among the members: only what members of before have can be stale.
        _before = before.select("document_id")
        for table, document, rows in (
            ("duplicates", "document_id", made.duplicates),
            ("duplicate_pairs", "document_a", made_pairs),
        ):
            names = [name for name in rows.columns if name != "run_id"]
            known = con.sql(
                f"SELECT rowid AS place, {', '.join(names)} FROM deduplication.{table} "
                f"WHERE {document} IN (SELECT document_id FROM _before)"
            ).pl()
            _replace(con, table, known, rows, names)
    _replace(con, "clusters", before, made.members, ["document_id", "number", "code"])
    if made.merges.height:
        _merges = made.merges
        con.execute("INSERT INTO deduplication.merges SELECT cluster_id, merged_into, ? FROM _merges", [run_id])


def _replace(
    con: duckdb.DuckDBPyConnection, table: str, before: pl.DataFrame, made: pl.DataFrame, names: list[str]
) -> None:
    """Delete of the rows `before`, each with its `place`, those not made again in these columns; insert the new ones."""
    _new = made
    if before.height:
        _stale = before.join(made, on=names, how="anti").select("place")
        _new = made.join(before, on=names, how="anti")
        if _stale.height:
            con.execute(f"DELETE FROM deduplication.{table} WHERE rowid IN (SELECT place FROM _stale)")
    if _new.height:
        con.execute(f"INSERT INTO deduplication.{table} ({', '.join(_new.columns)}) SELECT * FROM _new")
