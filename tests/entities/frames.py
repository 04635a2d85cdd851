"""Frames of segments as the stage gets them, made from plain text."""

import duckdb
import polars as pl

from pipeline import schema
from pipeline.entities import link
from pipeline.entities.linking import create_tables
from pipeline.schema import SEGMENTS

COLUMNS = ("document_id", "position", "kind", "language", "text", "start_char", "normalized_text", "offset_map")


def segments(*documents: tuple[str, str, str], kind: str = "paragraph") -> pl.DataFrame:
    """Return the segments of documents given as id, language and text: one a line, normalised as it stands."""
    rows = []
    for document_id, language, text in documents:
        at = 0
        for position, line in enumerate(text.split("\n")):
            size = len(line)
            nodes = (
                [{"normalized": 0, "raw": 0}, {"normalized": size, "raw": size}]
                if size
                else [{"normalized": 0, "raw": 0}]
            )
            rows.append((document_id, position, kind, language, line, at, line, nodes))
            at += size + 1
    schema = SEGMENTS.polars_schema()
    return pl.DataFrame(rows, schema={name: schema[name] for name in COLUMNS}, orient="row")


def linked(mentions: pl.DataFrame) -> pl.DataFrame:
    """Return the entities of the documents of `mentions`, linked from scratch in a database of their own."""
    with duckdb.connect() as con:
        create_tables(con)
        rows = schema.TAGGED_MENTIONS.conform(mentions)
        con.register("_rows", rows.to_arrow())
        con.execute("INSERT INTO entities.mentions BY NAME FROM _rows")
        link(con, rows.select("document_id").unique(), rows.select("document_id").clear())
        return con.sql("FROM entities.entities ORDER BY entity_id").pl()
