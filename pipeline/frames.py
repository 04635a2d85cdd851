"""Frames lent to a DuckDB connection, and tables made to hold what a frame or a query gives.

SQL also reads a frame by the name of a Python variable in the function that runs it (names that begin with an underscore
here): half the cost, which counts where a rerun takes a tenth of a second. `registered` is for statements that run
elsewhere.

Belongs here: letting SQL read a frame by a name for a while, reading a column, and writing only what differs. Does not
belong here: any one table or query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, **frames: pl.DataFrame) -> Iterator[None]:
    """Let SQL read frames by their names for a while."""
    for name, frame in frames.items():
        connection.register(name, frame.to_arrow())
    try:
        yield
    finally:
        for name in frames:
            connection.unregister(name)


def column(connection: duckdb.DuckDBPyConnection, sql: str) -> npt.NDArray[Any]:
    """Return the one column of numbers that a query of tables gives, none of them NULL: at half the cost of a frame."""
    (values,) = connection.execute(sql).fetchnumpy().values()
    return np.asarray(values)


def replace_differing(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], rows: str) -> None:
    """Make a table hold the rows of another relation, deleting and inserting only those that differ.

    Args:
        connection: Holds both.
        table: Full name of the table.
        columns: All its columns.
        rows: Name of the relation, which has them too.
    """
    names = ", ".join(f'"{column}"' for column in columns)
    same = " AND ".join(f'new."{column}" IS NOT DISTINCT FROM old."{column}"' for column in columns)
    connection.execute(
        f"DELETE FROM {table} WHERE rowid IN (SELECT old.rowid FROM {table} AS old ANTI JOIN {rows} AS new ON {same})"
    )
    connection.execute(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows} AS new ANTI JOIN {table} AS old ON {same}"
    )
