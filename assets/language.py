"""The language stage as assets. Belongs here: what it is given and where it writes; not how it decides."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.batches import results, run_stage, table_stage
from assets.resources import Workspace
from assets.specs import key, stage_specs
from pipeline import language, schema

TABLES: Final = (schema.LANGUAGE_SEGMENTS, schema.LANGUAGE_DOCUMENTS)


def work(segments: pl.DataFrame) -> Sequence[pl.DataFrame]:
    """Call the stage's face. Runs in a worker process."""
    detected = language.detect(segments)
    return (
        detected.segments.select(schema.LANGUAGE_SEGMENTS.column_names),
        detected.documents.select(schema.LANGUAGE_DOCUMENTS.column_names),
    )


STAGE: Final = table_stage(
    name="language",
    version=language.VERSION,
    due="SELECT document_id, fingerprint AS input FROM state.results WHERE stage = 'articles'",
    given="SELECT document_id, position, kind, text FROM articles.full_segments WHERE document_id IN (SELECT document_id FROM _batch) ORDER BY document_id, position",
    work=work,
    tables=TABLES,
)


@dg.multi_asset(
    name="detect_language",
    specs=stage_specs(TABLES, version=language.VERSION, deps=[key(schema.ARTICLE_SEGMENTS)], kinds={"python"}),
)
def detect_language(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Tell the language of every segment and document that is new or changed."""
    started = time.monotonic()
    with workspace.warehouse.step(STAGE.name, STAGE.version) as step:
        run_stage(context, workspace, STAGE, step)
    yield from results(context, workspace, TABLES, step, started)
