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


def work(segments: pl.DataFrame) -> Sequence[pl.DataFrame]:
    """Call the stage's face. Runs in a worker process."""
    body = (
        segments.filter(pl.col("kind").is_in(["paragraph", "heading"]))
        .group_by("document_id", maintain_order=True)
        .agg(pl.col("text").str.join("\n").alias("body"))
    )
    documents = (
        segments.unique("document_id", maintain_order=True)
        .select("document_id", "title", "lead")
        .join(body, on="document_id", how="left")
        .with_columns(pl.col("body").fill_null(""))
    )
    return documents, segments.select("document_id", "position", "kind")


STAGE: Final = table_stage(
    name="articles",
    version=parsing.VERSION,
    due="SELECT document_id, fingerprint AS input FROM parsing.documents",
    given="""
        SELECT s.document_id, s.position, s.kind, s.text, d.title, d.lead
        FROM parsing.segments AS s JOIN parsing.documents AS d USING (document_id)
        WHERE s.document_id IN (SELECT document_id FROM _batch) ORDER BY s.document_id, s.position
    """,
    work=work,
    tables=TABLES,
)


@dg.multi_asset(
    name="settle",
    specs=stage_specs(
        TABLES, version=parsing.VERSION, deps=[key(schema.PARSED_DOCUMENTS), key(schema.PARSED_SEGMENTS)], kinds={"python"}
    ),
)
def settle(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Decide what is article in every document that is new, changed, or has new evidence about it."""
    started = time.monotonic()
    with workspace.warehouse.step(STAGE.name, STAGE.version) as step:
        run_stage(context, workspace, STAGE, step)
    yield from results(context, workspace, TABLES, step, started)
