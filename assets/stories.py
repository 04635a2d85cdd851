"""The stories stage as assets: vectors document by document, then documents of one event together.

Belongs here: what the stage is given and when. Does not belong here: what makes two documents one story.
"""

import time
from collections.abc import Iterator
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.batches import DocumentStage, results, run_stage
from assets.resources import Workspace
from assets.specs import key, stage_specs
from pipeline import schema, stories
from pipeline.warehouse import Step, Warehouse

TABLES: Final = schema.STORIES_MEMORY


def write(warehouse: Warehouse, made: pl.DataFrame, batch: pl.DataFrame) -> int:
    """Put the vectors of a batch in the place of the former ones."""
    with warehouse.registered("_batch", batch.select("document_id")):
        documents = warehouse.frame(
            "SELECT document_id, l.language, d.published_on, d.published_at FROM parsing.documents AS d "
            "JOIN language.documents AS l USING (document_id) SEMI JOIN _batch USING (document_id)"
        )
    return stories.remember(warehouse.connection, made, documents, batch.filter(~pl.col("is_new")))


def forget(warehouse: Warehouse, gone: pl.DataFrame) -> None:
    """Let go of documents that are no more."""
    stories.forget(warehouse.connection, gone)


STAGE: Final = DocumentStage(
    name="story_vectors",
    version=stories.VERSION,
    due="""
        SELECT document_id, concat_ws(' ', r.fingerprint, l.fingerprint, d.published_on, d.published_at) AS input
        FROM (FROM state.results WHERE stage = 'language') AS r
        JOIN (FROM state.results WHERE stage = 'links') AS l USING (document_id)
        JOIN parsing.documents AS d USING (document_id)
    """,
    given="""
        SELECT document_id, l.language, a.title, a.lead, a.body, coalesce(e.entities, []) AS entities
        FROM articles.documents AS a JOIN language.documents AS l USING (document_id)
        LEFT JOIN (
            SELECT document_id, flatten(list(list_resize([entity_id], mention_count, entity_id) ORDER BY entity_id)) AS entities
            FROM entities.links SEMI JOIN _batch USING (document_id) GROUP BY document_id
        ) AS e USING (document_id)
        WHERE document_id IN (SELECT document_id FROM _batch) ORDER BY document_id
    """,
    work=stories.describe,
    write=write,
    forget=forget,
)

KEPT: Final = """
    SELECT r.document_id, r.fingerprint AS input
    FROM (FROM state.results WHERE stage = 'story_vectors') AS r
    ANTI JOIN deduplication.duplicates AS c USING (document_id)
"""
"""The documents that stories are made of, and all that a story takes of each."""


@dg.multi_asset(
    name="group_stories",
    specs=stage_specs(
        TABLES,
        version=stories.VERSION,
        deps=[
            key(schema.ARTICLE_DOCUMENTS),
            key(schema.LANGUAGE_DOCUMENTS),
            key(schema.CLUSTERED_DUPLICATES),
            key(schema.ENTITY_LINKS),
        ],
        kinds={"python"},
    ),
)
def group_stories(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Put the documents that report one event together, whatever their language."""
    started = time.monotonic()
    warehouse = workspace.warehouse
    with warehouse.step("stories", stories.VERSION) as step:
        run_stage(context, workspace, STAGE, step)
        if not warehouse.rests("stories", stories.VERSION):
            _group(warehouse, step)
    yield from results(context, workspace, TABLES, step, started)


def _group(warehouse: Warehouse, step: Step) -> None:
    stale = warehouse.stale("stories", stories.VERSION, KEPT)
    gone = warehouse.frame(
        f"SELECT document_id FROM state.results WHERE stage = 'stories' "
        f"AND document_id NOT IN (SELECT document_id FROM ({KEPT})) ORDER BY document_id"
    )
    if stale.is_empty() and gone.is_empty():
        return
    with warehouse.registered("_stale", stale):
        fresh = warehouse.frame(
            "SELECT document_id, l.language, d.published_on, d.published_at "
            "FROM parsing.documents AS d JOIN language.documents AS l USING (document_id) "
            "SEMI JOIN _stale USING (document_id) ORDER BY document_id"
        )
    with warehouse.transaction():
        step.written += stories.gather(warehouse.connection, fresh, gone)
        warehouse.remember("stories", stale)
        warehouse.forget("stories", gone)
    warehouse.checkpoint(stale.height + gone.height)
