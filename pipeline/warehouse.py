"""The private warehouse: one DuckDB file, one writer, and the memory of what has been made of what.

Belongs here: opening and locking it, its tables, transactions, and the question "what is stale".
Does not belong here: what a stage computes, and the file that readers open (`pipeline.publishing`).

A stage's result for a document carries a fingerprint: a hash of the stage's version and of all it was
given. A document whose stored fingerprint differs from the one due is stale. Results and fingerprint
are written in one transaction, so a killed run loses at most the batch in hand.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import duckdb
import polars as pl

from pipeline import schema
from pipeline.frames import registered
from pipeline.schema import Table

log = logging.getLogger(__name__)

FOLDER: Final = "warehouse"
FILE_NAME: Final = "warehouse.duckdb"
LOCK_NAME: Final = "khabar.lock"
CHECKPOINTED_FROM: Final = 5_000
"""Documents that a stage touched from which on the write-ahead log is folded into the file before the next stage."""

VIEWS: Final = (
    # Segments with their final kinds: what every stage after parsing is given.
    """
    CREATE OR REPLACE VIEW articles.full_segments AS
    SELECT p.document_id, p.position, a.kind, p.start_char, p.end_char, p.text
    FROM parsing.segments AS p JOIN articles.segments AS a USING (document_id, position)
    """,
    # Mentions with the entity that the names of all documents together gave them.
    """
    CREATE OR REPLACE VIEW entities.linked_mentions AS
    SELECT m.* EXCLUDE (language, name) REPLACE (coalesce(m.entity_id, n.entity_id) AS entity_id)
    FROM entities.mentions AS m LEFT JOIN entities.names AS n USING (label, language, name)
    """,
)


class WarehouseError(Exception):
    """The warehouse cannot be used; the message says why and what to do."""


class WarehouseLockedError(WarehouseError):
    """Another process writes to this data folder."""


class WarehouseDamagedError(WarehouseError):
    """The warehouse file is not what DuckDB wrote."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a data folder."""

    pid: int
    command: str
    since: str

    def __str__(self) -> str:
        """Name the process as a person would look for it."""
        return f"process {self.pid} ({self.command}), since {self.since}"


class DataFolderLock:
    """The one writer's claim on a data folder, given back by the kernel when its process dies."""

    def __init__(self, data: Path) -> None:
        self.path = data / LOCK_NAME
        self._file: IO[str] | None = None

    def acquire(self, wait_seconds: float) -> None:
        """Take the lock, waiting up to `wait_seconds` for another process to end.

        Raises:
            WarehouseLockedError: If another process still holds it then; the message names it.
            WarehouseError: If the data folder cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Opened for appending: the holder's name must survive until the lock is ours.
            file = self.path.open("a+", encoding="utf-8")
        except OSError as error:
            raise WarehouseError(
                f"cannot write to the data folder {self.path.parent}: {error.strerror}. "
                "Mend its permissions or set KHABAR_DATA to a folder that can be written."
            ) from error
        deadline = time.monotonic() + wait_seconds
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = self.holder()
                if time.monotonic() >= deadline:
                    file.close()
                    raise WarehouseLockedError(
                        f"the data folder {self.path.parent} is in use by {holder or 'another process'}. "
                        "Wait for it to end, or stop that process, then run again."
                    ) from None
                if not told:
                    log.warning("waiting for %s to release %s", holder or "another process", self.path.parent)
                    told = True
                time.sleep(0.25)
        file.seek(0)
        file.truncate()
        json.dump(
            {
                "pid": os.getpid(),
                "command": " ".join(sys.argv)[:200],
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            file,
        )
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two processes hold two locks."""
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._file.close()
            self._file = None

    def holder(self) -> Holder | None:
        """Return the process that wrote its name into the lock file, if that can be read."""
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            return Holder(int(said["pid"]), str(said["command"]), str(said["since"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


@dataclass(slots=True)
class Step:
    """What one asset did in one run; becomes a row of `meta.runs` if the run changed anything.

    Attributes:
        asset: The asset.
        version: Its stage's version.
        read: Documents (files, for parsing) it worked on.
        written: Rows it wrote.
        skipped: Documents (files, for parsing) that were up to date.
        rejected: Files and records it could not read.
        size: Bytes (parsing) or characters it worked through.
        started_at: When it began, UTC.
        ended_at: When it ended, UTC.
    """

    asset: str
    version: str
    read: int = 0
    written: int = 0
    skipped: int = 0
    rejected: int = 0
    size: int = 0
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))
    ended_at: datetime | None = None


class Warehouse:
    """The private DuckDB of one data folder. Use it as a context manager: it holds the folder's lock.

    Attributes:
        connection: The open DuckDB connection; `parsing.documents` and the like are its tables.
        run_id: The run on whose behalf rows are written.

    Args:
        data: The data folder.
        run_id: The run on whose behalf rows are written.
        wait_seconds: How long to wait for another process that holds the folder.
        memory_limit: Most memory for data, such as `4GB`; what does not fit is kept in a file beside the warehouse
            for as long. By default DuckDB's own limit, four fifths of the machine's memory.
    """

    def __init__(self, data: Path, run_id: str, *, wait_seconds: float = 0.0, memory_limit: str | None = None) -> None:
        self.data = data
        self.run_id = run_id
        self.path = data / FOLDER / FILE_NAME
        self._wait = wait_seconds
        self._memory_limit = memory_limit
        self._lock = DataFolderLock(data)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._steps: list[Step] = []
        self._versions: dict[str, str] = {}

    # --- opening ---------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Lock the data folder, open the file and bring its tables to today's shape.

        Raises:
            WarehouseLockedError: If another process holds the folder.
            WarehouseDamagedError: If the file cannot be read as a DuckDB database.
            WarehouseError: If the folder cannot be written.
        """
        self._lock.acquire(self._wait)
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file and give the lock back."""
        self.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open connection.

        Raises:
            WarehouseError: If the warehouse is not open.
        """
        if self._connection is None:
            raise WarehouseError("the warehouse is not open: use it as a context manager")
        return self._connection

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # What a killed run left in the write-ahead log may need more blocks than the file has yet.
            replayed = self.path.with_name(self.path.name + ".wal").exists()
            self._connection = duckdb.connect(str(self.path))
        except OSError as error:
            raise WarehouseError(f"cannot make {self.path.parent}: {error.strerror}") from error
        except duckdb.Error as error:
            if not os.access(self.path.parent, os.W_OK):
                raise WarehouseError(
                    f"cannot write to {self.path.parent}: set KHABAR_DATA to a folder that can be written"
                ) from error
            raise self._damaged(str(error).splitlines()[0]) from error
        blocks, free, block_size = self._connection.execute(
            "SELECT total_blocks, free_blocks, block_size FROM pragma_database_size()"
        ).fetchall()[0]
        # Free blocks at the end may never have been written.
        if not replayed and self.path.stat().st_size < (blocks - free) * block_size:
            due = f"{(blocks - free) * block_size:,}"
            raise self._damaged(f"it is {self.path.stat().st_size:,} bytes long and should be at least {due}")
        self.connection.execute("SET preserve_insertion_order = true")
        self.connection.execute("SET TimeZone = 'UTC'")
        if self._memory_limit:
            try:
                self.connection.execute("SET memory_limit = $limit", {"limit": self._memory_limit})
            except duckdb.Error as error:
                raise WarehouseError(
                    f"the memory limit {self._memory_limit!r} is not a size: say it as in 4GB or 800MB (KHABAR_MEMORY)"
                ) from error
        self.connection.execute("BEGIN")
        self._migrate()
        self.connection.execute("COMMIT")

    def _damaged(self, why: str) -> WarehouseDamagedError:
        return WarehouseDamagedError(
            f"the private warehouse {self.path} is damaged: {why}. "
            f"It holds nothing that cannot be made again: delete {self.path} (and {self.path}.wal, if it "
            "is there) and run `make run`; the published file stays as it is until then."
        )

    def close(self) -> None:
        """Checkpoint, close and unlock; safe to call twice."""
        if self._connection is not None:
            try:
                self._connection.execute("CHECKPOINT")
            except duckdb.Error as error:  # a failed transaction or a full disk: the WAL is kept and replayed
                log.warning("no checkpoint at closing: %s", str(error).splitlines()[0])
            self._connection.close()
            self._connection = None
        self._lock.release()

    def _migrate(self) -> None:
        """Make the tables; drop those made in another shape, for they can be made again from the input."""
        con = self.connection
        for name in sorted({table.schema for table in schema.WAREHOUSE}):
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
        con.execute(schema.STATE_TABLES.ddl())
        known = dict(con.execute("SELECT table_name, shape FROM state.tables").fetchall())
        due = {table.full_name: _shape(table) for table in schema.WAREHOUSE}
        moved = {name for name, shape in known.items() if due.get(name) != shape}
        if moved:
            log.info("the shape of %s has changed: all stages are made anew from the input", ", ".join(sorted(moved)))
            # Any stage may have read what has changed, so all memory of results goes with it. Runs stay.
            kept = {schema.STATE_TABLES.full_name, schema.RUNS.full_name} - (moved - {schema.STATE_TABLES.full_name})
            for name in known.keys() - kept:
                con.execute(f"DROP TABLE IF EXISTS {name}")
        for table in schema.WAREHOUSE:
            con.execute(table.ddl())
        for view in VIEWS:
            con.execute(view)
        if moved or not known:
            rows = ", ".join(f"('{name}', '{shape}')" for name, shape in due.items())
            con.execute(f"INSERT OR REPLACE INTO state.tables VALUES {rows}")
        else:
            for name in due.keys() - known.keys():
                con.execute("INSERT INTO state.tables VALUES (?, ?)", [name, due[name]])
        if not con.execute("SELECT count(*) FROM state.changes").fetchall()[0][0]:
            con.execute("INSERT INTO state.changes VALUES (0, -1)")

    # --- reading and writing ---------------------------------------------------------------------

    def frame(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """Return the result of a query as a Polars frame."""
        frame: pl.DataFrame = self.connection.sql(sql, params=list(parameters)).pl()
        return frame

    def value(self, sql: str, parameters: Sequence[object] = ()) -> object:
        """Return the first column of the first row of a query's result, None where there is none."""
        row = self.connection.execute(sql, list(parameters)).fetchall()
        return row[0][0] if row else None

    def count(self, sql: str) -> int:
        """Return the whole number that a query of one row and column gives, 0 for NULL."""
        return int(str(self.value(sql) or 0))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all of a batch or none of it, and count it as a change of the warehouse."""
        con = self.connection
        con.execute("BEGIN")
        try:
            yield
            con.execute("UPDATE state.changes SET written = written + 1")
            con.execute("COMMIT")
        except BaseException:
            try:
                con.execute("ROLLBACK")
            except duckdb.Error:  # the failure itself ended the transaction
                log.debug("nothing to roll back")
            raise

    def insert(self, table: Table, frame: pl.DataFrame) -> int:
        """Append the rows of `frame` to a warehouse table and return how many they are.

        Raises:
            ValueError: If the frame does not fit the table's declaration.
        """
        if frame.is_empty():
            return 0
        rows = table.conform(frame)
        self.connection.register("_rows", rows.to_arrow())
        try:
            names = ", ".join(f'"{name}"' for name in rows.columns)
            self.connection.execute(f"INSERT INTO {table.full_name} ({names}) SELECT {names} FROM _rows")
        finally:
            self.connection.unregister("_rows")
        return rows.height

    @contextmanager
    def registered(self, name: str, frame: pl.DataFrame) -> Iterator[None]:
        """Let SQL read `frame` under `name` for a while."""
        with registered(self.connection, **{name: frame}):
            yield

    # --- what is stale ---------------------------------------------------------------------------

    def rests(self, stage: str, version: str) -> bool:
        """Say whether a stage has nothing to do, without a look at any document.

        So it is where nothing was written since the last publication, and the stage had this version then: a run over
        an unchanged folder costs next to nothing, however much lies in the warehouse.
        """
        self._versions[stage] = version
        if self.changed():
            return False
        return bool(self.value("SELECT count(*) FROM state.stages WHERE stage = ? AND version = ?", [stage, version]))

    def stale(self, stage: str, version: str, due: str) -> pl.DataFrame:
        """Return the documents whose result of `stage` is missing or was made of something else.

        Args:
            stage: The stage's name.
            version: Its version; part of every fingerprint.
            due: SQL that gives `document_id` and `input`: what the stage would be given for it.

        Returns:
            A frame of `document_id`, `fingerprint` and `is_new` (whether the stage has no result of it yet, so that there
            are no rows to delete), in the order of `document_id`.
        """
        return self.frame(
            f"""
            SELECT due.document_id, due.fingerprint, done.fingerprint IS NULL AS is_new
            FROM (SELECT document_id, md5(concat_ws('\x1f', ?, input)) AS fingerprint FROM ({due})) AS due
            LEFT JOIN state.results AS done ON done.stage = ? AND done.document_id = due.document_id
            WHERE done.fingerprint IS DISTINCT FROM due.fingerprint
            ORDER BY due.document_id
            """,
            [version, stage],
        )

    def remember(self, stage: str, results: pl.DataFrame) -> None:
        """Store the fingerprints (`document_id`, `fingerprint`, `is_new` if known) of documents a stage has worked on."""
        former = results.filter(~pl.col("is_new")) if "is_new" in results.columns else results
        if not former.is_empty():
            self.forget(stage, former.select("document_id"))
        with self.registered("_done", results.select("document_id", "fingerprint")):
            self.connection.execute("INSERT INTO state.results SELECT ?, document_id, fingerprint FROM _done", [stage])

    def due_whole(self, stage: str, version: str, upstream: Sequence[str]) -> str | None:
        """Return the fingerprint due for a stage that looks at all documents at once, None if it is up to date.

        Args:
            stage: The stage's name.
            version: Its version.
            upstream: The document stages it reads: it is stale when any result of theirs has moved.
        """
        due = self.value(
            "SELECT md5(concat_ws(chr(31), ?, count(*), bit_xor(md5_number_lower(concat_ws(chr(31), stage, document_id, "
            "fingerprint))))) FROM state.results WHERE list_contains(?, stage)",
            [version, list(upstream)],
        )
        done = self.value("SELECT fingerprint FROM state.results WHERE stage = ? AND document_id = '*'", [stage])
        return None if due == done else str(due)

    def remember_whole(self, stage: str, fingerprint: str) -> None:
        """Store the fingerprint of a stage that looks at all documents at once."""
        self.connection.execute("DELETE FROM state.results WHERE stage = ?", [stage])
        self.connection.execute("INSERT INTO state.results VALUES (?, '*', ?)", [stage, fingerprint])

    def replace_all(self, table: Table, frame: pl.DataFrame) -> int:
        """Put these rows in the place of all rows of a warehouse table; return how many were written."""
        self.connection.execute(f"DELETE FROM {table.full_name}")
        return self.insert(table, frame)

    def replace_documents(self, tables: Sequence[tuple[Table, pl.DataFrame]], documents: pl.DataFrame) -> int:
        """Put new rows in the place of all rows of these documents; return how many were written.

        Where `documents` says `is_new`, those have no rows: a first run would read through all that it has written, once
        per batch, to delete nothing.
        """
        former = documents.filter(~pl.col("is_new")) if "is_new" in documents.columns else documents
        if not former.is_empty():
            with self.registered("_documents", former.select("document_id")):
                for table, _ in tables:
                    self.connection.execute(
                        f"DELETE FROM {table.full_name} WHERE document_id IN (SELECT document_id FROM _documents)"
                    )
        return sum(self.insert(table, frame) for table, frame in tables)

    def absent(self, stage: str) -> pl.DataFrame:
        """Return the `document_id` of documents that a stage has results of and that are no more."""
        return self.frame(
            "SELECT DISTINCT document_id FROM state.results AS r WHERE stage = ? "
            "AND NOT EXISTS (FROM parsing.documents AS d WHERE d.document_id = r.document_id) ORDER BY document_id",
            [stage],
        )

    def forget(self, stage: str, documents: pl.DataFrame) -> None:
        """Remove the fingerprints of these documents, as their rows are removed."""
        with self.registered("_gone", documents):
            self.connection.execute(
                "DELETE FROM state.results WHERE stage = ? AND document_id IN (SELECT document_id FROM _gone)", [stage]
            )

    def checkpoint(self, touched: int) -> None:
        """Fold the write-ahead log into the file where many documents were touched, so that neither grows without bound.

        Where few were, closing does it once for all stages: it costs more than their work.
        """
        if touched >= CHECKPOINTED_FROM:
            self.connection.execute("CHECKPOINT")

    # --- runs ------------------------------------------------------------------------------------

    @contextmanager
    def step(self, asset: str, version: str) -> Iterator[Step]:
        """Keep account of one asset's work; `meta.runs` gets it at publication, if anything changed."""
        step = Step(asset, version)
        yield step
        step.ended_at = datetime.now(UTC).replace(tzinfo=None)
        self._steps.append(step)

    def changed(self) -> bool:
        """Say whether anything was written since the last publication."""
        return bool(self.value("SELECT written <> published FROM state.changes"))

    def record_runs(self) -> None:
        """Store the steps of this run that did something."""
        rows = [
            (self.run_id, s.asset, s.version, s.read, s.written, s.skipped, s.started_at, s.ended_at)
            for s in self._steps
        ]
        self._steps = []
        if rows:
            self.connection.execute("DELETE FROM meta.runs WHERE run_id = ?", [self.run_id])
            self.insert(schema.RUNS, schema.RUNS.frame(rows))

    def mark_published(self) -> None:
        """Note that the published file holds all that has been written so far, and by which versions."""
        self.connection.execute("UPDATE state.changes SET published = written")
        self.connection.execute("DELETE FROM state.stages")
        for row in self._versions.items():
            self.connection.execute("INSERT INTO state.stages VALUES (?, ?)", row)


def _shape(table: Table) -> str:
    said = "\n".join(f"{c.name} {c.type} {c.nullable}" for c in table.columns)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
