"""Frames of segments as the stage gets them, made from plain text."""

from datetime import date

import duckdb
import polars as pl

from pipeline import schema
from pipeline.entities import link
from pipeline.entities.linking import create_tables
from pipeline.schema import SEGMENTS
from pipeline.text.offsets import OffsetMap

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


def dated(*rows: tuple[str, str, date | None], kind: str = "paragraph") -> pl.DataFrame:
    """Return one segment for each text, language and day of publication, normalised as it stands."""
    return pl.DataFrame(
        {
            "document_id": [str(i) for i in range(len(rows))],
            "position": [0] * len(rows),
            "kind": [kind] * len(rows),
            "language": [language for _, language, _ in rows],
            "text": [text for text, _, _ in rows],
            "start_char": [0] * len(rows),
            "normalized_text": [text for text, _, _ in rows],
            "offset_map": [OffsetMap.identity(len(text)).nodes() for text, _, _ in rows],
            "published_on": [day for _, _, day in rows],
        },
        schema_overrides={
            "published_on": pl.Date,
            "offset_map": pl.List(pl.Struct({"normalized": pl.Int32, "raw": pl.Int32})),
        },
    )


def linked(mentions: pl.DataFrame) -> pl.DataFrame:
    """Return the entities of the documents of `mentions`, linked from scratch in a database of their own."""
    with duckdb.connect() as con:
        create_tables(con)
        rows = schema.TAGGED_MENTIONS.conform(mentions)
        con.register("_rows", rows.to_arrow())
        con.execute("INSERT INTO entities.mentions BY NAME FROM _rows")
        link(con, rows.select("document_id").unique(), rows.select("document_id").clear())
        return con.sql("FROM entities.entities ORDER BY entity_id").pl()
