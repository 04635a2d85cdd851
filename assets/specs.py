"""Asset specs made from table declarations: key, description, owner, kinds, column schema and lineage.

Belongs here: what every asset of Khabar has in common. Does not belong here: any one asset.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import dagster as dg

from assets.previews import column_lineage, column_schema
from pipeline import schema
from pipeline.schema import Table

OWNERS: Final = ["team:khabar"]


def key(table: Table) -> dg.AssetKey:
    """Return the asset key of a table: its schema and its name."""
    return dg.AssetKey([table.schema, table.name])


def _every_key() -> dict[str, dg.AssetKey]:
    every = (*schema.WAREHOUSE, *schema.PUBLISHED, *schema.SEARCH, *schema.META)
    return {table.full_name: key(table) for table in every}


def table_spec(
    table: Table, *, group: str, version: str, deps: Sequence[dg.AssetKey] = (), kinds: set[str] | None = None
) -> dg.AssetSpec:
    """Return the spec of one table as an asset."""
    return dg.AssetSpec(
        key(table),
        deps=list(deps),
        description=table.comment + ".",
        group_name=group,
        code_version=version,
        owners=OWNERS,
        kinds={"duckdb", *(kinds or set())},
        metadata={
            "dagster/column_schema": column_schema(table),
            "dagster/column_lineage": column_lineage(table, _every_key()),
            "dagster/table_name": table.full_name,
        },
    )


def stage_specs(
    tables: Sequence[Table],
    *,
    version: str,
    deps: Sequence[dg.AssetKey] = (),
    kinds: set[str] | None = None,
) -> list[dg.AssetSpec]:
    """Return the specs of a stage's tables, grouped under the stage's name."""
    return [table_spec(table, group=table.schema, version=version, deps=deps, kinds=kinds) for table in tables]
