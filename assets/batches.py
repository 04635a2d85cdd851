"""How a stage that works document by document goes through what is stale.

Belongs here: cutting the stale documents into batches, calling the stage's face in the workers, writing
each batch with its fingerprints in one transaction, and telling how it goes.
Does not belong here: what a stage does, or SQL of any one stage.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.progress import Progress
from assets.resources import Workspace
from pipeline.schema import Table
from pipeline.warehouse import Step, Warehouse

BATCH_DOCUMENTS: Final = 2_000
BATCH_CHARACTERS: Final = 4_000_000
"""A batch ends at whichever comes first: small enough to lose without regret, large enough to vectorise."""


@dataclass(frozen=True, slots=True)
class DocumentStage:
    """A stage whose result for a document depends on that document alone, as the assets run it.

    Attributes:
        name: The stage's name in `state.results`.
        version: The stage's version: code, models and settings.
        due: SQL of `document_id` and `input`, all that the stage is given told by a hash or a fingerprint.
        given: SQL of the frame the face takes, for the documents in `_batch`.
        work: The face: a frame to one frame per table. Module-level, for it runs in worker processes.
        tables: The warehouse tables it writes, in the order of the frames.
    """

    name: str
    version: str
    due: str
    given: str
    work: Callable[[pl.DataFrame], Sequence[pl.DataFrame]]
    tables: Sequence[Table]


def run_stage(context: dg.AssetExecutionContext, workspace: Workspace, stage: DocumentStage) -> Step:
    """Bring a stage up to date and return the account of it."""
    warehouse = workspace.warehouse
    with warehouse.step(stage.name, stage.version) as step:
        forgotten = warehouse.forget_absent(stage.name, stage.tables)
        stale = warehouse.stale(stage.name, stage.version, stage.due)
        everything = int(str(warehouse.value("SELECT count(*) FROM parsing.documents")))
        step.read, step.skipped = stale.height, everything - stale.height
        progress = Progress(stage.name, stale.height, "documents", context.log.info)
        batches = list(cut(warehouse, stale))
        frames = (_given(warehouse, stage, batch) for batch in batches)
        for batch, made in zip(batches, workspace.pool.map(stage.work, frames), strict=True):
            with warehouse.transaction():
                step.written += warehouse.replace_documents(list(zip(stage.tables, made, strict=True)), batch)
                warehouse.remember(stage.name, batch)
            progress.advance(batch.height)
        if stale.height or forgotten:
            warehouse.checkpoint()
        progress.end()
    return step


def cut(warehouse: Warehouse, stale: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the stale documents in batches of bounded text."""
    if stale.is_empty():
        return
    with warehouse.registered("_stale", stale):
        sized = warehouse.frame(
            "SELECT s.document_id, s.fingerprint, length(d.text) AS size FROM _stale AS s "
            "JOIN parsing.documents AS d USING (document_id) ORDER BY d.path, d.record"
        )
    number = pl.max_horizontal(
        pl.int_range(pl.len()) // BATCH_DOCUMENTS,
        # A document belongs to the batch in which it begins.
        (pl.col("size").cum_sum() - pl.col("size")) // BATCH_CHARACTERS,
    )
    for _, batch in sized.group_by(number.alias("number"), maintain_order=True):
        yield batch.select("document_id", "fingerprint")


def _given(warehouse: Warehouse, stage: DocumentStage, batch: pl.DataFrame) -> pl.DataFrame:
    with warehouse.registered("_batch", batch.select("document_id")):
        return warehouse.frame(stage.given)


def results(
    context: dg.AssetExecutionContext, workspace: Workspace, tables: Sequence[Table], step: Step, started: float
) -> Iterator[dg.MaterializeResult[Any]]:
    """Yield one materialisation per table a stage writes, with what an operator wants to know of it."""
    from assets.previews import table_metadata

    warehouse = workspace.warehouse
    for table in tables:
        rows = int(str(warehouse.value(f"SELECT count(*) FROM {table.full_name}")))  # noqa: S608
        head = warehouse.frame(f"SELECT * FROM {table.full_name} LIMIT 5")  # noqa: S608
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey([table.schema, table.name]),
            metadata={
                **table_metadata(table, rows, head),
                "documents_in": step.read,
                "documents_skipped": step.skipped,
                "rows_written": step.written,
                "seconds": round(time.monotonic() - started, 3),
            },
        )
    context.log.info(
        "%s: %d worked on, %d up to date, %d rows written in %.1f s",
        step.asset, step.read, step.skipped, step.written, time.monotonic() - started,
    )  # fmt: skip
