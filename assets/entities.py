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

TAGGED: Final = (schema.TAGGED_MENTIONS, schema.TAGGED_DATES, schema.TAGGED_QUANTITIES)
LINKED: Final = (schema.LINKED_NAMES, schema.LINKED_MERGES, schema.LINKED_ENTITIES)


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
        due = warehouse.due_whole("linking", entities.VERSION, ["entities"])
        if due:
            mentions = warehouse.frame(
                "SELECT document_id, label, entity_id, language, name, surface FROM entities.mentions "
                "ORDER BY document_id, start_char"
            )
            linked = entities.link(mentions)
            step.read = mentions.height
            with warehouse.transaction():
                step.written += warehouse.replace_all(schema.LINKED_NAMES, linked.names)
                step.written += warehouse.replace_all(schema.LINKED_MERGES, linked.merges)
                step.written += warehouse.replace_all(schema.LINKED_ENTITIES, linked.entities)
                warehouse.remember_whole("linking", due)
            warehouse.checkpoint()
    yield from results(context, workspace, LINKED, step, started)
