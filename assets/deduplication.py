"""The deduplication stage as assets: signatures document by document, then pairs and clusters.

Belongs here: what the stage is given and when. Does not belong here: comparing anything.
"""

import time
from collections.abc import Iterator
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.batches import DocumentStage, results, run_stage
from assets.progress import Progress
from assets.resources import Workspace
from assets.specs import key, stage_specs
from pipeline import deduplication, schema
from pipeline.deduplication import Signatures, Thresholds
from pipeline.warehouse import Warehouse

NAME: Final = "deduplication"
BODIES: Final = "SELECT document_id, body FROM articles.documents"


class DeduplicationConfig(dg.Config):
    """Thresholds; a change makes clusters anew from the stored pairs. See `docs/deduplication.md`.

    Attributes:
        near_words: Jaccard in 4-word shingles from which two texts are near copies.
        near_letters: Jaccard in 9-letter shingles from which they are.
        contained_words: Share of the smaller text's 4-word shingles from which it is contained in the other.
        contained_letters: The same in 9-letter shingles.
    """

    near_words: float = Thresholds().near_words
    near_letters: float = Thresholds().near_letters
    contained_words: float = Thresholds().contained_words
    contained_letters: float = Thresholds().contained_letters


def write(warehouse: Warehouse, made: Signatures, batch: pl.DataFrame) -> int:
    """Put the signatures of a batch in the place of the former ones."""
    deduplication.remember(warehouse.connection, made, batch.filter(~pl.col("is_new"))["document_id"])
    return batch.height


def forget(warehouse: Warehouse, gone: pl.DataFrame) -> None:
    """Let go of documents that are no more."""
    deduplication.forget(warehouse.connection, gone["document_id"])


STAGE: Final = DocumentStage(
    name=NAME,
    version=deduplication.VERSION,
    # Stands for the body and the day, too: hashing every body anew would read all there is.
    due="SELECT document_id, fingerprint AS input FROM state.results WHERE stage = 'articles'",
    given="""
        SELECT document_id, a.body, d.published_on, d.published_at
        FROM articles.documents AS a JOIN parsing.documents AS d USING (document_id)
        WHERE document_id IN (SELECT document_id FROM _batch) ORDER BY document_id
    """,
    work=deduplication.sign,
    write=write,
    forget=forget,
)


@dg.multi_asset(
    name="deduplicate",
    specs=stage_specs(
        schema.DEDUPLICATION, version=deduplication.VERSION, deps=[key(schema.ARTICLE_DOCUMENTS)], kinds={"python"}
    ),
)
def deduplicate(
    context: dg.AssetExecutionContext, config: DeduplicationConfig, workspace: Workspace
) -> Iterator[dg.MaterializeResult[Any]]:
    """Find the copies of every document that is new or changed, and keep the clusters true."""
    started = time.monotonic()
    warehouse = workspace.warehouse
    thresholds = Thresholds(**config.model_dump())
    with warehouse.step(NAME, deduplication.VERSION) as step:
        run_stage(context, workspace, STAGE, step)
        version = f"{deduplication.VERSION} {thresholds}"
        due = None if warehouse.rests("clusters", version) else warehouse.due_whole("clusters", version, [NAME])
        if due:
            progress: Progress | None = None

            def tell(done: int, total: int) -> None:
                nonlocal progress
                progress = progress or Progress("comparing", total, "texts", context.log.info)
                progress.advance(done - progress.done)

            with warehouse.transaction():
                deduplication.link(warehouse.connection, BODIES, progress=tell)
            with warehouse.transaction():
                deduplication.cluster(warehouse.connection, warehouse.run_id, thresholds)
                deduplication.count_paragraphs(warehouse.connection, BODIES)
                warehouse.remember_whole("clusters", due)
            warehouse.checkpoint(step.read)
            if progress is not None:
                progress.end()
    yield from results(context, workspace, schema.DEDUPLICATION, step, started)
