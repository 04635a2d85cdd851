"""The normalisation stage as assets. Belongs here: what it is given and where it writes; not what it changes."""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.batches import DocumentStage, results, run_stage, table_stage
from assets.resources import Workspace
from assets.specs import key, stage_specs
from pipeline import normalization, schema

SHOWN: Final = (schema.SPELLINGS,)
TABLES: Final = (schema.NORMALIZED_SEGMENTS,)

GIVEN: Final = """
    SELECT s.document_id, s.position, s.text, l.language
    FROM parsing.segments AS s JOIN language.segments AS l USING (document_id, position)
    WHERE s.document_id IN (SELECT document_id FROM _batch) ORDER BY s.document_id, s.position
"""


def show(segments: pl.DataFrame) -> Sequence[pl.DataFrame]:
    """Call the face that says what a document shows of names. Runs in a worker process."""
    return (normalization.spelling_evidence(segments),)


def work(segments: pl.DataFrame, evidence: pl.DataFrame) -> Sequence[pl.DataFrame]:
    """Call the stage's face. Runs in a worker process."""
    return (normalization.normalize(segments, evidence),)


SPELLINGS: Final = table_stage(
    name="spellings",
    version=normalization.VERSION,
    due="SELECT document_id, fingerprint AS input FROM state.results WHERE stage = 'language'",
    given=GIVEN,
    work=show,
    tables=SHOWN,
)


def normalizing(evidence: pl.DataFrame) -> DocumentStage[Sequence[pl.DataFrame]]:
    """Return the stage as it is while the documents together show this of names.

    A document is stale when it changed, or when the evidence on a name that it glues did.
    """
    concerns = normalization.CONCERNS_SQL.format(
        spellings=schema.SPELLINGS.full_name, evidence=schema.SPELLING_EVIDENCE.full_name
    )
    return table_stage(
        name="normalization",
        version=normalization.VERSION,
        due=f"""
            SELECT r.document_id, concat_ws(' ', r.fingerprint, c.spellings) AS input
            FROM state.results AS r LEFT JOIN ({concerns}) AS c USING (document_id) WHERE r.stage = 'language'
        """,
        given=GIVEN,
        work=partial(work, evidence=evidence),
        tables=TABLES,
    )


@dg.multi_asset(
    name="normalize",
    specs=stage_specs(
        (*SHOWN, schema.SPELLING_EVIDENCE, *TABLES),
        version=normalization.VERSION,
        deps=[key(schema.LANGUAGE_SEGMENTS)],
        kinds={"python"},
    ),
)
def normalize(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Normalise every segment that is new or changed, with the way back to its raw text."""
    started = time.monotonic()
    warehouse = workspace.warehouse
    with warehouse.step("spellings", normalization.VERSION) as shown:
        run_stage(context, workspace, SPELLINGS, shown)
        rests = warehouse.rests("spelling_evidence", normalization.VERSION)
        due = None if rests else warehouse.due_whole("spelling_evidence", normalization.VERSION, ["spellings"])
        if due:
            counted = warehouse.frame(normalization.EVIDENCE_SQL.format(spellings=schema.SPELLINGS.full_name))
            with warehouse.transaction():
                shown.written += warehouse.replace_all(schema.SPELLING_EVIDENCE, counted)
                warehouse.remember_whole("spelling_evidence", due)
    evidence = warehouse.frame("SELECT glued, mask FROM normalization.evidence ORDER BY glued")
    with warehouse.step("normalization", normalization.VERSION) as step:
        run_stage(context, workspace, normalizing(evidence), step)
    yield from results(context, workspace, (*SHOWN, schema.SPELLING_EVIDENCE, *TABLES), step, started)
