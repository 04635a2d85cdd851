"""The parsing stage as assets: what of the input folder has changed, read and stored.

Belongs here: taking the manifest's changes to the reader and its frames to the warehouse.
Does not belong here: reading any format (`pipeline.parsing`).
"""

import fnmatch
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import dagster as dg
import polars as pl

from assets.batches import results
from assets.progress import Progress
from assets.resources import Workspace
from assets.specs import stage_specs
from pipeline import manifest, parsing, schema
from pipeline.warehouse import Warehouse

STREAMED_BYTES: Final = 16 * 2**20
"""A file larger than this is read batch by batch in the run's own process; smaller ones go to the workers."""
CHUNK_FILES: Final = 1_024
CHUNK_BYTES: Final = 8 * 2**20

TABLES: Final = (
    schema.PARSED_FILES,
    schema.PARSED_REJECTS,
    schema.PARSED_DOCUMENTS,
    schema.PARSED_SEGMENTS,
    schema.PARSED_LINES,
)


class ParsingConfig(dg.Config):
    """What a run may be told about its input.

    Attributes:
        full_refresh: Read every file again and compute every stage anew.
        audit: Compare the hash of every file, not only of those whose size or time has moved.
        path_glob: Only files whose path matches, such as `isna/2024-*`; the others stay as they are.
        limit: At most so many new or changed files; the others wait for the next run.
    """

    full_refresh: bool = False
    audit: bool = False
    path_glob: str = "*"
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _File:
    """An input file to look at."""

    folder: Path
    path: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    version: str
    known_hash: str | None

    @property
    def place(self) -> Path:
        """Where it lies."""
        return manifest.real_path(self.folder, self.path)


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of some input files.

    Attributes:
        inputs: Rows of the manifest for files read to their end.
        touched: Rows of the manifest for files whose bytes are what they were.
        files: Rows of `parsing.files` but for the run's columns.
        rejects: Rows of `parsing.rejects` but for the run.
        documents: Rows of `parsing.documents` but for the run and the fingerprint.
        segments: Rows of `parsing.segments`.
        lines: Rows of `parsing.lines`.
    """

    inputs: pl.DataFrame
    touched: pl.DataFrame
    files: pl.DataFrame
    rejects: pl.DataFrame
    documents: pl.DataFrame
    segments: pl.DataFrame
    lines: pl.DataFrame


@dg.multi_asset(
    name="parse",
    specs=stage_specs(TABLES, version=parsing.VERSION, kinds={"python"}),
    can_subset=False,
)
def parse(
    context: dg.AssetExecutionContext, config: ParsingConfig, workspace: Workspace
) -> Iterator[dg.MaterializeResult[Any]]:
    """Read what is new or changed in the input folder, and let go of what is no longer there."""
    started = time.monotonic()
    warehouse = workspace.warehouse
    with warehouse.step("parsing", parsing.VERSION) as step:
        changes = _changes(workspace, config)
        step.read, step.skipped = changes.candidates.height, changes.unchanged
        progress = Progress("parsing", changes.candidates.height, "files", context.log.info)
        files = [_File(workspace.input_path, *row) for row in changes.candidates.iter_rows()]
        intake = Intake(warehouse)
        for read, count in _read_all(workspace, files):
            step.written += intake.store(read)
            # Looked at, and found to be what was read before.
            step.read -= read.touched.height
            step.skipped += read.touched.height
            progress.advance(count)
        if changes.gone:
            step.written += delete(warehouse, changes.gone)
        warehouse.checkpoint(len(files) + len(changes.gone))
        progress.end()
        step.size = sum(file.size_bytes for file in files)
        step.rejected = warehouse.count("SELECT count(*) FROM parsing.rejects")
    context.log.info("%d files looked at, %d as they were, %d gone", len(files), changes.unchanged, len(changes.gone))
    if not warehouse.value("SELECT count(*) FROM parsing.files WHERE state = 'parsed' AND format <> 'configuration'"):
        raise dg.Failure(
            f"no file of {workspace.input_path} could be read; nothing is published. "
            "The reasons stand in the log and, per file, in parsing.rejects of the warehouse.",
            allow_retries=False,
        )
    yield from results(context, workspace, TABLES, step, started)


def _changes(workspace: Workspace, config: ParsingConfig) -> manifest.Changes:
    warehouse = workspace.warehouse
    if config.full_refresh:
        with warehouse.transaction():
            warehouse.connection.execute("UPDATE parsing.inputs SET version = ''")
            # Emptied, not deleted: a result that is not there says that there are no rows of it either.
            warehouse.connection.execute("UPDATE state.results SET fingerprint = ''")
    walked = manifest.walk(workspace.input_path, without=workspace.data_path)
    found = walked.files
    if found.is_empty():
        raise dg.Failure(
            f"the input folder {workspace.input_path} holds no files; nothing is changed or published. "
            "Set KHABAR_INPUT to a folder of news files.",
            allow_retries=False,
        )
    known = warehouse.frame("SELECT * FROM parsing.inputs")
    if config.audit:
        # A moved time makes every file a candidate; its hash then tells whether it changed.
        known = known.with_columns(pl.lit(0, dtype=pl.Int64).alias("mtime_ns"))
    found = found.with_columns(_versions(workspace.input_path, found["path"]))
    changes = manifest.compare(found, known, walked.unlisted)
    candidates, gone = changes.candidates, changes.gone
    if config.path_glob != "*":
        wanted = [p for p in candidates["path"] if fnmatch.fnmatch(p, config.path_glob)]
        candidates = candidates.filter(pl.col("path").is_in(wanted))
        gone = [p for p in gone if fnmatch.fnmatch(p, config.path_glob)]
    if config.limit is not None:
        candidates = candidates.head(config.limit)
    return manifest.Changes(candidates, gone, changes.unchanged)


def _versions(folder: Path, paths: pl.Series) -> pl.Series:
    """Return what reads each file: the stage's version and the configuration files that hold for it."""
    keys: dict[str, str] = {}
    versions = []
    for path in paths:
        parent = path.rpartition("/")[0]
        if parent not in keys:
            keys[parent] = f"{parsing.VERSION} {parsing.configuration_key(folder / path, path)}".rstrip()
        versions.append(keys[parent])
    return pl.Series("version", versions, dtype=pl.String)


def _read_all(workspace: Workspace, files: list[_File]) -> Iterator[tuple[_Read, int]]:
    small = [file for file in files if file.size_bytes <= STREAMED_BYTES]
    chunks = list(_chunks(small))
    for chunk, read in zip(chunks, workspace.pool.map(read_files, chunks), strict=True):
        yield read, len(chunk)
    for file in files:
        if file.size_bytes > STREAMED_BYTES:
            for read in stream(file):
                yield read, read.inputs.height + read.touched.height


def _chunks(files: list[_File]) -> Iterator[list[_File]]:
    chunk: list[_File] = []
    size = 0
    for file in files:
        if chunk and (len(chunk) >= CHUNK_FILES or size + file.size_bytes > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(file)
        size += file.size_bytes
    if chunk:
        yield chunk


@dataclass(frozen=True, slots=True)
class _Look:
    """An input file as it was when reading it began.

    Attributes:
        file: What to read.
        began_ns: When, nanoseconds since 1970.
        status: What the file was then, None where it was not there.
        found: SHA-256 of its bytes, None where they could not be read.
    """

    file: _File
    began_ns: int
    status: os.stat_result | None
    found: str | None

    @classmethod
    def at(cls, file: _File) -> Self:
        """Look at a file now."""
        began = time.time_ns()
        try:
            return cls(file, began, file.place.stat(), manifest.content_hash(file.place))
        except OSError:
            return cls(file, began, None, None)

    @property
    def is_known(self) -> bool:
        """Whether its bytes are those that were read before."""
        return self.found is not None and self.found == self.file.known_hash

    def row(self, read: dict[str, tuple[str | None, int]]) -> tuple[str, int, int, int, str | None, str]:
        """Return the file's row of the manifest, now that it has been read.

        Without a hash, so that it is read again the next time, where it changed meanwhile.

        Args:
            read: By path the hash and the size of the bytes that were parsed.
        """
        file = self.file
        try:
            after = file.place.stat()
        except OSError:
            after = None
        if self.status is None or after is None:
            return file.path, file.size_bytes, file.mtime_ns, file.ctime_ns, None, file.version
        ctime = manifest.settled(self.status, after, self.began_ns)
        parsed, size = read.get(file.path, (None, -1))
        # A compressed file's bytes as parsed are not those of the file, nor as many.
        is_other = size == self.status.st_size and parsed is not None and parsed != self.found
        found = None if ctime is None or is_other else self.found
        ctime = self.status.st_ctime_ns if ctime is None else ctime
        return file.path, self.status.st_size, self.status.st_mtime_ns, ctime, found, file.version


def read_files(files: list[_File]) -> _Read:
    """Read some files whole. Runs in a worker process."""
    looks = [_Look.at(file) for file in files]
    changed = [look for look in looks if not look.is_known]
    same = [look for look in looks if look.is_known]
    batches = list(parsing.read_many([(look.file.place, look.file.path) for look in changed]))
    return _read(_manifest(changed, batches), _manifest(same, []), batches, {look.file.path for look in changed})


def stream(file: _File) -> Iterator[_Read]:
    """Read one file, batch by batch; its row of the manifest comes with the last batch."""
    look = _Look.at(file)
    nothing = _manifest([], [])
    if look.is_known:
        yield _read(nothing, _manifest([look], []), [], set())
        return
    held: list[parsing.Parsed] = []
    for batch in parsing.read(file.place, file.path):
        if held:
            yield _read(nothing, nothing, held, {file.path})
        held = [batch]
    yield _read(_manifest([look], held), nothing, held, {file.path})


def _manifest(looks: list[_Look], batches: list[parsing.Parsed]) -> pl.DataFrame:
    """Return the rows of the manifest of files whose last batches these are."""
    read = {
        path: (found, size)
        for batch in batches
        for path, found, size in batch.files.select("path", "content_hash", "size_bytes").iter_rows()
    }
    return schema.INPUT_FILES.frame([look.row(read) for look in looks])


def _read(inputs: pl.DataFrame, touched: pl.DataFrame, batches: list[parsing.Parsed], paths: set[str]) -> _Read:
    def joined(name: str, table: schema.Table, absent: tuple[str, ...]) -> pl.DataFrame:
        empty = table.frame().drop(*absent)
        return pl.concat([empty, *(getattr(batch, name).select(empty.columns) for batch in batches)])

    files = joined("files", schema.FILES, ("first_seen_at", "last_seen_at", "run_id"))
    rejects = joined("rejects", schema.REJECTS, ("run_id",))
    documents = joined("documents", schema.PARSED_DOCUMENTS, ("run_id", "input_path", "fingerprint"))
    segments = joined("segments", schema.PARSED_SEGMENTS, ())
    inputs_of = {
        path: _input_of(path, paths) for frame in (files, rejects, documents) for path in frame["path"].unique()
    }
    of = (
        pl.col("path").replace_strict(inputs_of, return_dtype=pl.String).alias("input_path")
        if inputs_of
        else pl.col("path").alias("input_path")
    )
    return _Read(
        inputs,
        touched,
        files.with_columns(of),
        rejects.with_columns(of),
        documents.with_columns(of),
        segments,
        parsing.line_evidence(documents, segments),
    )


def _input_of(path: str, paths: set[str]) -> str:
    """Return the input file that a row's path belongs to: itself, or the archive it is a member of."""
    while path not in paths:
        path, mark, _ = path.rpartition("!")
        if not mark:
            raise ValueError(f"a row came for {path!r}, which was not among the files given to the reader")
    return path


class Intake:
    """Writes what was read, in the place of what was read of the same input files before.

    One transaction per call. A file that comes in several batches leaves the manifest with its first and
    enters it with its last, so a killed run reads it again from the beginning.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self._begun: dict[str, list[str]] = {}  # input files under way, and the file_ids met in them so far

    def store(self, read: _Read) -> int:
        """Write one batch and return how many rows that were."""
        warehouse = self.warehouse
        if read.touched.height:
            # The same bytes under another time: nothing to publish, so no change is counted.
            with warehouse.registered("_touched", read.touched):
                warehouse.connection.execute("DELETE FROM parsing.inputs WHERE path IN (SELECT path FROM _touched)")
            warehouse.insert(schema.INPUT_FILES, read.touched)
        if not (read.inputs.height or read.files.height or read.documents.height or read.rejects.height):
            return 0
        with warehouse.transaction():
            self._forget_former(read)
            run = pl.lit(warehouse.run_id).alias("run_id")
            documents = with_fingerprints(warehouse, read.documents.with_columns(run), read.segments)
            written = warehouse.insert(schema.PARSED_DOCUMENTS, documents)
            written += warehouse.insert(schema.PARSED_SEGMENTS, read.segments)
            warehouse.insert(schema.PARSED_LINES, read.lines)
            written += warehouse.insert(schema.PARSED_REJECTS, read.rejects.with_columns(run))
            written += self._merge_files(read)
            warehouse.insert(schema.INPUT_FILES, read.inputs)
        return written

    def _forget_former(self, read: _Read) -> None:
        paths = set(read.inputs["path"])
        for frame in (read.files, read.documents, read.rejects):
            paths |= set(frame["input_path"])
        fresh = pl.DataFrame({"path": sorted(paths - self._begun.keys())}, schema={"path": pl.String})
        for path in fresh["path"]:
            self._begun[path] = []
        if fresh.height:
            _remove_content(self.warehouse, fresh)

    def _merge_files(self, read: _Read) -> int:
        """Write rows of `parsing.files`; one that says what it said keeps its times and its run."""
        con = self.warehouse.connection
        for path, file_id in read.files.select("input_path", "file_id").iter_rows():
            self._begun[path].append(file_id)
        compared = ("content_hash", "size_bytes", "format", "encoding", "state", "reason", "document_count")
        same = " AND ".join(f"old.{name} IS NOT DISTINCT FROM new.{name}" for name in compared)
        with self.warehouse.registered("_files", read.files):
            con.execute(
                f"""
                CREATE OR REPLACE TEMP TABLE merged AS
                SELECT new.*,
                    coalesce(old.first_seen_at, now()::TIMESTAMP) AS first_seen_at,
                    -- Even where the clock was set back.
                    CASE WHEN {same} THEN old.last_seen_at ELSE greatest(now()::TIMESTAMP, old.last_seen_at) END AS last_seen_at,
                    CASE WHEN {same} THEN old.run_id ELSE ? END AS run_id
                FROM _files AS new LEFT JOIN parsing.files AS old USING (file_id)
                """,
                [self.warehouse.run_id],
            )
        con.execute("DELETE FROM parsing.files WHERE file_id IN (SELECT file_id FROM merged)")
        con.execute("INSERT INTO parsing.files BY NAME SELECT * FROM merged")
        con.execute("DROP TABLE merged")
        finished = [(path, self._begun.pop(path)) for path in read.inputs["path"]]
        met = pl.DataFrame({"file_id": [i for _, ids in finished for i in ids]}, schema={"file_id": pl.String})
        done = pl.DataFrame({"path": [path for path, _ in finished]}, schema={"path": pl.String})
        with self.warehouse.registered("_met", met), self.warehouse.registered("_done", done):
            # Members that an archive no longer holds.
            _mark_deleted(
                self.warehouse,
                "input_path IN (SELECT path FROM _done) AND file_id NOT IN (SELECT file_id FROM _met)",
            )
        return read.files.height


def with_fingerprints(warehouse: Warehouse, documents: pl.DataFrame, segments: pl.DataFrame) -> pl.DataFrame:
    """Return documents with `fingerprint`: it moves when anything that was read of one moves."""
    with warehouse.registered("_documents", documents), warehouse.registered("_segments", segments):
        return warehouse.frame(
            """
            SELECT d.*, md5(concat_ws(chr(31), (SELECT to_json(said) FROM (SELECT d.* EXCLUDE (run_id)) AS said), parts.said)) AS fingerprint
            FROM _documents AS d LEFT JOIN (
                SELECT document_id, string_agg(concat_ws(' ', kind, start_char, end_char), ',' ORDER BY position) AS said
                FROM _segments GROUP BY document_id
            ) AS parts USING (document_id)
            """
        )


def delete(warehouse: Warehouse, gone: list[str]) -> int:
    """Let go of files that are no longer in the input folder; their rows of `files` stay, `deleted`."""
    paths = pl.DataFrame({"path": gone}, schema={"path": pl.String})
    with warehouse.transaction():
        _remove_content(warehouse, paths)
        with warehouse.registered("_gone", paths):
            _mark_deleted(warehouse, "input_path IN (SELECT path FROM _gone)")
    return len(gone)


def _remove_content(warehouse: Warehouse, paths: pl.DataFrame) -> None:
    con = warehouse.connection
    with warehouse.registered("_paths", paths):
        for table in ("segments", "lines"):
            con.execute(
                f"DELETE FROM parsing.{table} WHERE document_id IN (SELECT document_id FROM parsing.documents "
                "WHERE input_path IN (SELECT path FROM _paths))"
            )
        for table, column in (("documents", "input_path"), ("rejects", "input_path"), ("inputs", "path")):
            con.execute(f"DELETE FROM parsing.{table} WHERE {column} IN (SELECT path FROM _paths)")


def _mark_deleted(warehouse: Warehouse, where: str) -> None:
    warehouse.connection.execute(
        "UPDATE parsing.files SET state = 'deleted', reason = NULL, document_count = 0, "
        f"last_seen_at = greatest(now()::TIMESTAMP, last_seen_at), run_id = ? WHERE {where} AND state <> 'deleted'",
        [warehouse.run_id],
    )
