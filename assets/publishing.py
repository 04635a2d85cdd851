"""The published tables, their checks and the file that readers open, as assets.

Belongs here: showing `pipeline.publishing` to Dagster. Does not belong here: what is published or checked.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import dagster as dg
import duckdb

from assets.previews import table_metadata
from assets.resources import Workspace
from assets.specs import OWNERS, key, table_spec
from pipeline import publishing, schema
from pipeline.publishing import CheckResult

TABLES: Final = (*schema.PUBLISHED, *schema.SEARCH)
DATABASE: Final = dg.AssetKey(["published", "khabar"])

# The schedule is daily: half a day late is worth a look, a day and a half is a failure.
FRESHNESS: Final = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=30))

# Which stage tables each published table is made of.
DEPS: Final = {
    schema.FILES: (schema.PARSED_FILES,),
    schema.REJECTS: (schema.PARSED_REJECTS,),
    schema.DOCUMENTS: (schema.PARSED_DOCUMENTS, schema.ARTICLE_DOCUMENTS, schema.LANGUAGE_DOCUMENTS),
    schema.SEGMENTS: (
        schema.PARSED_SEGMENTS,
        schema.ARTICLE_SEGMENTS,
        schema.LANGUAGE_SEGMENTS,
        schema.NORMALIZED_SEGMENTS,
    ),
    schema.DUPLICATES: (schema.CLUSTERED_DUPLICATES,),
    schema.DUPLICATE_PAIRS: (schema.CLUSTERED_PAIRS,),
    schema.REPEATED_PARAGRAPHS: (schema.COUNTED_PARAGRAPHS,),
    schema.MENTIONS: (schema.TAGGED_MENTIONS, schema.LINKED_NAMES),
    schema.ENTITIES: (schema.LINKED_ENTITIES,),
    schema.DATES: (schema.TAGGED_DATES,),
    schema.QUANTITIES: (schema.TAGGED_QUANTITIES,),
    schema.STORIES: (schema.GROUPED_STORIES,),
    schema.SEARCH_DOCUMENTS: (schema.SEARCH_TERMS, schema.CLUSTERED_DUPLICATES),
    schema.SEARCH_WORDS: (schema.SEARCH_TERMS,),
    schema.SEARCH_POSTINGS: (schema.SEARCH_TERMS,),
}

CHECKS: Final = publishing.checks()


@dg.multi_asset(
    name="tables",
    specs=[
        table_spec(
            table, group=table.schema, version=schema.CONTRACT_VERSION, deps=[key(source) for source in DEPS[table]]
        )
        for table in TABLES
    ],
    check_specs=[
        dg.AssetCheckSpec(check.name, asset=key(check.table), description=check.description, blocking=True)
        for check in CHECKS
    ],
)
def tables(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[Any]:
    """Build the tables of the contract in a file of their own, and check them there."""
    warehouse, snapshot = workspace.warehouse, workspace.snapshot
    if snapshot.is_current():
        context.log.info("nothing has changed since the last publication: %s stays as it is", snapshot.target)
        with duckdb.connect(str(snapshot.target), read_only=True) as con:
            for table in TABLES:
                rows = con.execute(f"SELECT count(*) FROM {table.full_name}").fetchall()[0][0]
                head = con.sql(f"SELECT * FROM {table.full_name} LIMIT 5").pl()
                metadata = {**table_metadata(table, rows, head), "unchanged": True}
                yield dg.MaterializeResult(asset_key=key(table), metadata=metadata)
        for check in CHECKS:
            yield dg.AssetCheckResult(
                passed=True, asset_key=key(check.table), check_name=check.name,
                description="held when the unchanged snapshot was published",
            )  # fmt: skip
        return
    started = time.monotonic()
    warehouse.record_runs()
    counts = snapshot.build()
    how = f"all rows, since {snapshot.whole}" if snapshot.whole else "the rows of changed documents"
    context.log.info("built %s in %.1f s: %s", snapshot.path.name, time.monotonic() - started, how)
    for table in TABLES:
        yield dg.MaterializeResult(
            asset_key=key(table), metadata=table_metadata(table, counts[table.full_name], snapshot.head(table, 5))
        )
    for check in CHECKS:
        result = snapshot.run(check)
        workspace.check_results.append(result)
        if not result.passed:
            context.log.error("%s", result)
        yield dg.AssetCheckResult(
            passed=result.passed,
            asset_key=key(check.table),
            check_name=check.name,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={
                "failing_rows": result.failing_rows,
                "broken": "; ".join(s for s, _ in result.broken) or "nothing",
            },
        )


@dg.asset(
    key=DATABASE,
    group_name="published",
    owners=OWNERS,
    kinds={"duckdb"},
    code_version=schema.CONTRACT_VERSION,
    deps=[key(table) for table in TABLES],
    freshness_policy=FRESHNESS,
    description="The DuckDB file that readers open: every published table of one good run, replaced atomically.",
)
def khabar(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult[Any]:
    """Move the checked snapshot over the published file."""
    snapshot, results = workspace.snapshot, workspace.check_results
    if not results:
        return dg.MaterializeResult(metadata={"unchanged": True, "path": dg.MetadataValue.path(snapshot.target)})
    target = snapshot.publish(list[CheckResult](results))
    context.log.info("published %s", target)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(target),
            "size_bytes": target.stat().st_size,
            "checks_passed": len(results),
            "written": snapshot.whole or "the rows of changed documents",
        }
    )
