"""The words behind `search(query)` as an asset. Belongs here: what is indexed; not how (`pipeline.search`)."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.batches import results, run_stage, table_stage
from assets.resources import Workspace
from assets.specs import key, stage_specs
from pipeline import schema, search

TABLES: Final = (schema.SEARCH_TERMS,)


def work(segments: pl.DataFrame) -> Sequence[pl.DataFrame]:
    """Call the face. Runs in a worker process."""
    return (search.index(segments),)


STAGE: Final = table_stage(
    name="indexing",
    version=search.VERSION,
    due="SELECT document_id, fingerprint AS input FROM state.results WHERE stage = 'normalization'",
    given="""
        SELECT s.document_id, s.kind, n.normalized_text
        FROM articles.full_segments AS s JOIN normalization.segments AS n USING (document_id, position)
        WHERE s.document_id IN (SELECT document_id FROM _batch) ORDER BY s.document_id, s.position
    """,
    work=work,
    tables=TABLES,
)


@dg.multi_asset(
    name="index_words",
    specs=stage_specs(TABLES, version=search.VERSION, deps=[key(schema.NORMALIZED_SEGMENTS)], kinds={"python"}),
)
def index_words(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Count the words of every document that is new or changed."""
    started = time.monotonic()
    with workspace.warehouse.step(STAGE.name, STAGE.version) as step:
        run_stage(context, workspace, STAGE, step)
    yield from results(context, workspace, TABLES, step, started)
