"""The entities stage as assets: tagging document by document, then linking across all of them.

Belongs here: what the stage is given and where it writes. Does not belong here: finding or linking anything.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.batches import results, run_stage, table_stage
from assets.resources import Workspace
from assets.specs import key, stage_specs
from pipeline import entities, schema
from pipeline.entities.tagger import configured_version
from pipeline.warehouse import Step, Warehouse

TAGGED: Final = (schema.TAGGED_MENTIONS, schema.TAGGED_DATES, schema.TAGGED_QUANTITIES)
LINKED: Final = schema.LINKING


def work(segments: pl.DataFrame) -> Sequence[pl.DataFrame]:
    """Call the stage's faces. Runs in a worker process."""
    return entities.tag(segments), entities.find_dates(segments), entities.find_quantities(segments)


STAGE: Final = table_stage(
    name="entities",
    # A tagger of the user's own, named in the environment, makes other rows.
    version=f"{entities.VERSION} tagger {configured_version()}",
    due="SELECT document_id, fingerprint AS input FROM state.results WHERE stage = 'normalization'",
    given="""
        SELECT s.document_id, s.position, s.kind, l.language, s.text, s.start_char, n.normalized_text, n.offset_map,
               d.published_on, d.source
        FROM articles.full_segments AS s
        JOIN language.segments AS l USING (document_id, position)
        JOIN normalization.segments AS n USING (document_id, position)
        JOIN parsing.documents AS d USING (document_id)
        WHERE s.kind <> 'boilerplate' AND s.document_id IN (SELECT document_id FROM _batch)
        ORDER BY s.document_id, s.position
    """,
    work=work,
    tables=TAGGED,
)


@dg.multi_asset(
    name="tag_entities",
    specs=stage_specs(TAGGED, version=entities.VERSION, deps=[key(schema.NORMALIZED_SEGMENTS)], kinds={"python"}),
)
def tag_entities(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Find mentions, dates and amounts in every document that is new or changed."""
    started = time.monotonic()
    with workspace.warehouse.step(STAGE.name, STAGE.version) as step:
        run_stage(context, workspace, STAGE, step)
    yield from results(context, workspace, TAGGED, step, started)


@dg.multi_asset(
    name="link_entities",
    specs=stage_specs(LINKED, version=entities.VERSION, deps=[key(schema.TAGGED_MENTIONS)], kinds={"python"}),
)
def link_entities(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Join the spellings of one entity across documents and languages, wherever mentions have changed."""
    started = time.monotonic()
    warehouse = workspace.warehouse
    with warehouse.step("linking", entities.VERSION) as step:
        due = "SELECT document_id, fingerprint AS input FROM state.results WHERE stage = 'entities'"
        step.skipped = warehouse.count(f"SELECT count(*) FROM ({due})")
        if not warehouse.rests("linking", entities.VERSION):
            stale, gone = warehouse.stale("linking", entities.VERSION, due), warehouse.absent("linking")
            step.read, step.skipped = stale.height, step.skipped - stale.height
            if stale.height or gone.height:
                _link(warehouse, stale, gone, step)
    yield from results(context, workspace, LINKED, step, started)


def _link(warehouse: Warehouse, stale: pl.DataFrame, gone: pl.DataFrame, step: Step) -> None:
    with warehouse.transaction():
        linked = entities.link(warehouse.connection, stale, gone)
        step.written += linked.height
        warehouse.remember("linking", stale)
        warehouse.remember("links", linked)  # what the stages after this one are made of
        for stage in ("linking", "links"):
            warehouse.forget(stage, gone)
    warehouse.checkpoint(stale.height + gone.height)
