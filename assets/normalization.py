"""The normalisation stage as assets. Belongs here: what it is given and where it writes; not what it changes."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.batches import results, run_stage, table_stage
from assets.resources import Workspace
from assets.specs import key, stage_specs
from pipeline import normalization, schema

TABLES: Final = (schema.NORMALIZED_SEGMENTS,)


def work(segments: pl.DataFrame) -> Sequence[pl.DataFrame]:
    """Call the stage's face. Runs in a worker process."""
    return (normalization.normalize(segments),)


STAGE: Final = table_stage(
    name="normalization",
    version=normalization.VERSION,
    due="SELECT document_id, fingerprint AS input FROM state.results WHERE stage = 'language'",
    given="""
        SELECT s.document_id, s.position, s.text, l.language
        FROM parsing.segments AS s JOIN language.segments AS l USING (document_id, position)
        WHERE s.document_id IN (SELECT document_id FROM _batch) ORDER BY s.document_id, s.position
    """,
    work=work,
    tables=TABLES,
)


@dg.multi_asset(
    name="normalize",
    specs=stage_specs(TABLES, version=normalization.VERSION, deps=[key(schema.LANGUAGE_SEGMENTS)], kinds={"python"}),
)
def normalize(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Normalise every segment that is new or changed, with the way back to its raw text."""
    started = time.monotonic()
    with workspace.warehouse.step(STAGE.name, STAGE.version) as step:
        run_stage(context, workspace, STAGE, step)
    yield from results(context, workspace, TABLES, step, started)
