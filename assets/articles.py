"""What is article in a document, as assets: the parsing stage's second step, after all files are read.

Belongs here: giving the parsing stage the evidence of other documents and storing what it decides.
Does not belong here: the decision (`pipeline.parsing`).
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.batches import results, run_stage, table_stage
from assets.resources import Workspace
from assets.specs import key, stage_specs
from pipeline import parsing, schema

TABLES: Final = (schema.ARTICLE_DOCUMENTS, schema.ARTICLE_SEGMENTS)


# What parsing.REPEATED_SQL names is needed by both queries of the stage, so it is worked out once per run.
REPEATED: Final = "CREATE OR REPLACE TEMP TABLE repeated AS " + parsing.REPEATED_SQL


def work(segments: pl.DataFrame) -> Sequence[pl.DataFrame]:
    """Call the stage's face. Runs in a worker process."""
    settled = parsing.settle(segments)
    return settled.documents, settled.segments


STAGE: Final = table_stage(
    name="articles",
    version=parsing.VERSION,
    # A document is settled anew when it changed, or when the decision about one of its lines did.
    due="""
        SELECT d.document_id, concat_ws(' ', d.fingerprint, r.positions) AS input
        FROM parsing.documents AS d LEFT JOIN (
            SELECT document_id, string_agg(position::VARCHAR, ',' ORDER BY position) AS positions
            FROM repeated GROUP BY document_id
        ) AS r USING (document_id)
    """,
    given="""
        SELECT s.document_id, s.position, s.kind, s.text, d.title, r.position IS NOT NULL AS is_repeated
        FROM parsing.segments AS s
        JOIN parsing.documents AS d USING (document_id)
        LEFT JOIN repeated AS r USING (document_id, position)
        WHERE s.document_id IN (SELECT document_id FROM _batch) ORDER BY s.document_id, s.position
    """,
    work=work,
    tables=TABLES,
)


@dg.multi_asset(
    name="settle",
    specs=stage_specs(
        TABLES,
        version=parsing.VERSION,
        deps=[key(schema.PARSED_DOCUMENTS), key(schema.PARSED_SEGMENTS), key(schema.PARSED_LINES)],
        kinds={"python"},
    ),
)
def settle(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Decide what is article in every document that is new, changed, or has new evidence about it."""
    started = time.monotonic()
    if not workspace.warehouse.rests(STAGE.name, STAGE.version):
        workspace.warehouse.connection.execute(REPEATED)
    with workspace.warehouse.step(STAGE.name, STAGE.version) as step:
        run_stage(context, workspace, STAGE, step)
    yield from results(context, workspace, TABLES, step, started)
