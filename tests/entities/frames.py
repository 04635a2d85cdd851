"""Frames of segments as the stage gets them, made from plain text."""

import polars as pl

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
