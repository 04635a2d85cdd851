"""Names the gazetteer does not know: which of them, in whatever spelling and language, are one name.

Belongs here: how alike two names sound and which join. Does not belong here: who mentions them.
"""

from __future__ import annotations

import hashlib

import polars as pl

from pipeline.schema import LINKED_MERGES


def join_names(names: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `names` with the local entity of each, and why names were joined.

    Args:
        names: `label`, `language`, `name` (folded) and any further columns, a row per distinct name.

    Returns:
        The frame with `entity_id`, and rows of `entities.merges`.
    """
    ids = [local_id(label, name) for label, name in names.select("label", "name").iter_rows()]
    return names.with_columns(pl.Series("entity_id", ids, pl.String)), LINKED_MERGES.frame()


def local_id(label: str, name: str) -> str:
    """Return the id of the local entity called `name`: the same in every run."""
    return "kh-" + hashlib.sha256(f"{label}\t{name}".encode()).hexdigest()[:16]
