"""How tables and rows look in the Dagster UI.

Belongs here: metadata made from declarations and frames. Does not belong here: anything that computes rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import dagster as dg
import polars as pl

from pipeline.schema import Table

RIGHT_TO_LEFT: Final = "\u2067"
FIRST_STRONG: Final = "\u2068"
END: Final = "\u2069"
PREVIEW_ROWS: Final = 5
CELL_LENGTH: Final = 60


def column_schema(table: Table) -> dg.TableSchema:
    """Return a table's declaration as Dagster shows it."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                c.name, c.type, c.comment, dg.TableColumnConstraints(nullable=c.nullable, unique=table.key == (c.name,))
            )
            for c in table.columns
        ]
    )


def column_lineage(table: Table, keys: Mapping[str, dg.AssetKey]) -> dg.TableColumnLineage:
    """Return where a table's columns come from, among the assets in `keys` (by `schema.table`)."""
    deps = {
        c.name: [
            dg.TableColumnDep(keys[source.rpartition(".")[0]], source.rpartition(".")[2])
            for source in c.sources
            if source.rpartition(".")[0] in keys
        ]
        for c in table.columns
    }
    return dg.TableColumnLineage({name: found for name, found in deps.items() if found})


def preview(frame: pl.DataFrame, rows: int = PREVIEW_ROWS) -> str:
    """Return the first rows as a Markdown table in which Persian and Arabic stand in the right order.

    Each cell is isolated (U+2068 ... U+2069, U+2067 where it begins in Arabic script), so that no cell turns
    its neighbours round.
    """
    head = frame.head(rows)
    if head.is_empty():
        return "*no rows*"
    lines = ["| " + " | ".join(head.columns) + " |", "|" + "---|" * head.width]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in head.iter_rows()]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    short = text if len(text) <= CELL_LENGTH else text[: CELL_LENGTH - 1] + "…"
    clean = " ".join(short.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    for mark in "*_`[]":
        clean = clean.replace(mark, "\\" + mark)
    letters = [c for c in clean if c.isalpha()]
    right = bool(letters) and "\u0600" <= letters[0] <= "\u08ff"
    return f"{RIGHT_TO_LEFT if right else FIRST_STRONG}{clean}{END}"


def table_metadata(table: Table, rows: int, head: pl.DataFrame) -> dict[str, Any]:
    """Return the metadata of one materialised table."""
    return {
        "dagster/row_count": rows,
        "dagster/table_name": table.full_name,
        "preview": dg.MetadataValue.md(preview(head)),
    }
