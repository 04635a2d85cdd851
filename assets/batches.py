"""How a stage that works document by document goes through what is stale.

Belongs here: cutting the stale documents into batches, calling the stage's face in the workers, writing
each batch with its fingerprints in one transaction, and telling how it goes.
Does not belong here: what a stage does, or SQL of any one stage.
"""

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import dagster as dg
import polars as pl

from assets.previews import table_metadata
from assets.progress import Progress
from assets.resources import Workspace
from pipeline.schema import Table
from pipeline.warehouse import Step, Warehouse

Made = TypeVar("Made")

BATCH_DOCUMENTS: Final = 2_000
BATCH_CHARACTERS: Final = 4_000_000
"""A batch ends at whichever comes first: small enough to lose without regret, large enough to vectorise."""


@dataclass(frozen=True, slots=True)
class DocumentStage(Generic[Made]):
    """A stage whose result for a document depends on that document alone, as the assets run it.

    Attributes:
        name: The stage's name in `state.results`.
        version: The stage's version: code, models and settings.
        due: SQL of `document_id` and `input`, all that the stage is given told by a hash or a fingerprint.
        given: SQL of the frame the face takes, for the documents in `_batch`.
        work: The face. Module-level, for it runs in worker processes.
        write: Puts what the face made in the place of the former rows of a batch; returns the rows written.
        forget: Removes the rows of documents that are no more.
    """

    name: str
    version: str
    due: str
    given: str
    work: Callable[[pl.DataFrame], Made]
    write: Callable[[Warehouse, Made, pl.DataFrame], int]
    forget: Callable[[Warehouse, pl.DataFrame], object]


def table_stage(
    *,
    name: str,
    version: str,
    due: str,
    given: str,
    work: Callable[[pl.DataFrame], Sequence[pl.DataFrame]],
    tables: Sequence[Table],
) -> DocumentStage[Sequence[pl.DataFrame]]:
    """Return a stage that makes one frame per table, whose rows carry their `document_id`."""

    def write(warehouse: Warehouse, made: Sequence[pl.DataFrame], batch: pl.DataFrame) -> int:
        return warehouse.replace_documents(list(zip(tables, made, strict=True)), batch)

    def forget(warehouse: Warehouse, gone: pl.DataFrame) -> int:
        return warehouse.replace_documents([(table, table.frame()) for table in tables], gone)

    return DocumentStage(name, version, due, given, work, write, forget)


def run_stage(context: dg.AssetExecutionContext, workspace: Workspace, stage: DocumentStage[Made], step: Step) -> int:
    """Bring a stage up to date, account for it in `step`, and return how many documents it touched."""
    warehouse = workspace.warehouse
    everything = warehouse.count("SELECT count(*) FROM parsing.documents")
    if warehouse.rests(stage.name, stage.version):
        step.skipped = everything
        return 0
    gone = warehouse.absent(stage.name)
    if gone.height:
        with warehouse.transaction():
            stage.forget(warehouse, gone)
            warehouse.forget(stage.name, gone)
    stale = warehouse.stale(stage.name, stage.version, stage.due)
    step.read, step.skipped = stale.height, everything - stale.height
    progress = Progress(stage.name, stale.height, "documents", context.log.info)
    batches = list(cut(warehouse, stale))
    step.size = sum(int(batch["size"].sum()) for batch in batches)
    frames = (_given(warehouse, stage.given, batch) for batch in batches)
    for batch, made in zip(batches, workspace.pool.map(stage.work, frames), strict=True):
        with warehouse.transaction():
            step.written += stage.write(warehouse, made, batch)
            warehouse.remember(stage.name, batch)
        progress.advance(batch.height)
    warehouse.checkpoint(stale.height + gone.height)
    progress.end()
    return stale.height + gone.height


def cut(warehouse: Warehouse, stale: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the stale documents in batches of bounded text."""
    if stale.is_empty():
        return
    with warehouse.registered("_stale", stale):
        sized = warehouse.frame(
            "SELECT s.document_id, s.fingerprint, s.is_new, length(d.text) AS size FROM _stale AS s "
            "JOIN parsing.documents AS d USING (document_id) ORDER BY d.path, d.record"
        )
    number = pl.max_horizontal(
        pl.int_range(pl.len()) // BATCH_DOCUMENTS,
        # A document belongs to the batch in which it begins.
        (pl.col("size").cum_sum() - pl.col("size")) // BATCH_CHARACTERS,
    )
    for _, batch in sized.group_by(number.alias("number"), maintain_order=True):
        yield batch.select("document_id", "fingerprint", "is_new", "size")


def _given(warehouse: Warehouse, sql: str, batch: pl.DataFrame) -> pl.DataFrame:
    with warehouse.registered("_batch", batch.select("document_id")):
        return warehouse.frame(sql)


def results(
    context: dg.AssetExecutionContext, workspace: Workspace, tables: Sequence[Table], step: Step, started: float
) -> Iterator[dg.MaterializeResult[Any]]:
    """Yield one materialisation per table a stage writes, with what an operator wants to know of it."""
    warehouse = workspace.warehouse
    seconds = time.monotonic() - started
    of_the_stage = {
        f"{'files' if step.asset == 'parsing' else 'documents'}_in": step.read,
        "skipped": step.skipped,
        "rejected": step.rejected,
        "rows_written": step.written,
        "seconds": round(seconds, 3),
        "megabytes_per_second": round(step.size / 1e6 / seconds, 3) if seconds else 0.0,
        "peak_memory_mb": round(peak_memory() / 1e6, 1),
    }
    for table in tables:
        rows = warehouse.count(f"SELECT count(*) FROM {table.full_name}")
        head = warehouse.frame(f"SELECT * FROM {table.full_name} LIMIT 5")
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey([table.schema, table.name]),
            metadata={**table_metadata(table, rows, head), **of_the_stage},
        )
    context.log.info(
        "%s: %d worked on, %d up to date, %d rows written in %.1f s",
        step.asset, step.read, step.skipped, step.written, time.monotonic() - started,
    )  # fmt: skip


def peak_memory() -> int:
    """Return the most memory this process, or the largest of its ended workers, has had, in bytes."""
    usage = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(usage) * 1024
