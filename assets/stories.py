"""The stories stage as assets: words document by document, then documents of one event together.

Belongs here: what the stage is given and when. Does not belong here: what makes two documents one story.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.batches import results, run_stage, table_stage
from assets.resources import Workspace
from assets.specs import key, stage_specs
from pipeline import schema, stories

TABLES: Final = (schema.STORY_TERMS, schema.GROUPED_STORIES)


def work(documents: pl.DataFrame) -> Sequence[pl.DataFrame]:
    """Call the stage's face. Runs in a worker process."""
    return (stories.describe(documents),)


STAGE: Final = table_stage(
    name="story_terms",
    version=stories.VERSION,
    due="SELECT document_id, fingerprint AS input FROM state.results WHERE stage = 'language'",
    given="""
        SELECT document_id, l.language, a.title, a.lead, a.body
        FROM articles.documents AS a JOIN language.documents AS l USING (document_id)
        WHERE document_id IN (SELECT document_id FROM _batch) ORDER BY document_id
    """,
    work=work,
    tables=(schema.STORY_TERMS,),
)

COPIES: Final = "SELECT document_id FROM deduplication.duplicates"


@dg.multi_asset(
    name="group_stories",
    specs=stage_specs(
        TABLES,
        version=stories.VERSION,
        deps=[
            key(schema.ARTICLE_DOCUMENTS),
            key(schema.LANGUAGE_DOCUMENTS),
            key(schema.CLUSTERED_DUPLICATES),
            key(schema.TAGGED_MENTIONS),
            key(schema.LINKED_NAMES),
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
        due = warehouse.due_whole("stories", stories.VERSION, ["story_terms", "clusters", "linking"])
        if due:
            documents = warehouse.frame(
                f"SELECT document_id, l.language, d.published_on, d.published_at "
                f"FROM parsing.documents AS d JOIN language.documents AS l USING (document_id) "
                f"WHERE document_id NOT IN ({COPIES}) ORDER BY document_id"
            )
            terms = warehouse.frame(
                f"SELECT * FROM stories.terms WHERE document_id NOT IN ({COPIES}) ORDER BY document_id, term"
            )
            mentioned = warehouse.frame(
                f"SELECT document_id, entity_id, count(*)::INTEGER AS mention_count "
                f"FROM entities.linked_mentions WHERE entity_id IS NOT NULL AND document_id NOT IN ({COPIES}) "
                f"GROUP BY ALL ORDER BY ALL"
            )
            before = warehouse.frame("SELECT document_id, story_id FROM stories.stories ORDER BY document_id")
            made = stories.group(documents, terms, mentioned, before)
            with warehouse.transaction():
                step.written += warehouse.replace_all(schema.GROUPED_STORIES, made)
                warehouse.remember_whole("stories", due)
            warehouse.checkpoint()
    yield from results(context, workspace, TABLES, step, started)
