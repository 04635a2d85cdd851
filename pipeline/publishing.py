"""The snapshot that readers open: `khabar.duckdb`, replaced whole and atomically.

Belongs here: filling the published tables from the warehouse, checking them, and the replacement.
Does not belong here: what a table is (`pipeline.schema`) and what a stage computes.

A snapshot is made in a temporary file beside its target, checked there, and moved over the target. It begins as
a copy of the target, in which the rows of documents that changed are replaced; or empty, where there is nothing to build
upon or too much has changed (`Snapshot`). Both ways end with the same rows.

Whoever has the old file open goes on reading the old one; whoever opens anew sees the new one; nobody
sees half of one. The file is written in DuckDB's storage version 1.2, so that DuckDB 1.2 and later,
and the tools built on them, can read it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from pipeline import schema, search
from pipeline.frames import replace_differing
from pipeline.schema import Table
from pipeline.text.offsets import MACROS
from pipeline.warehouse import Warehouse

log = logging.getLogger(__name__)

FILE_NAME: Final = "khabar.duckdb"
TEMPORARY_SUFFIX: Final = ".building"
STORAGE_VERSION: Final = "v1.2.0"
BLOCK_BYTES: Final = 65_536
"""A quarter of DuckDB's own: many small columns fill many blocks a little. 10,161 articles take 71 MB instead of 79."""
CATALOG: Final = "snapshot"
STAGE: Final = "published"
"""The name under which the warehouse remembers what of each document the published file holds."""
CHANGED: Final = "document_id IN (SELECT document_id FROM _changed)"

# What each published table is filled with. Columns are matched by name; what a SELECT gives and the
# table does not declare, or the reverse, is an error when the snapshot is built. `{these}` is the condition that
# says which documents are written: all, or those that changed.
SELECTS: Final[dict[str, str]] = {
    "news.files": "SELECT * EXCLUDE (input_path) FROM parsing.files",
    "news.rejects": "SELECT * EXCLUDE (input_path) FROM parsing.rejects",
    "news.segments": """
        SELECT s.*, l.language, l.language_confidence, n.normalized_text, n.offset_map
        FROM (FROM articles.full_segments WHERE {these}) AS s
        JOIN (FROM language.segments WHERE {these}) AS l USING (document_id, position)
        JOIN (FROM normalization.segments WHERE {these}) AS n USING (document_id, position)
    """,
    "news.duplicates": "SELECT * FROM deduplication.duplicates",
    "news.duplicate_pairs": "SELECT * FROM deduplication.duplicate_pairs",
    "news.repeated_paragraphs": "SELECT * FROM deduplication.repeated_paragraphs",
    "news.mentions": "SELECT * FROM entities.linked_mentions WHERE {these}",
    "news.entities": "SELECT * FROM entities.entities",
    "news.dates": "SELECT * FROM entities.dates WHERE {these}",
    "news.quantities": "SELECT * FROM entities.quantities WHERE {these}",
    "news.stories": "SELECT * FROM stories.stories",
    # After segments, duplicates and stories, which it reads from the snapshot itself.
    "news.documents": f"""
        WITH parts AS (
            SELECT
                document_id,
                string_agg(normalized_text, chr(10) ORDER BY position)
                    FILTER (kind IN ('paragraph', 'heading')) AS normalized_body,
                arg_min(normalized_text, position) FILTER (kind = 'title') AS normalized_title
            FROM {CATALOG}.news.segments
            WHERE {{these}}
            GROUP BY document_id
        ),
        cluster AS (
            SELECT document_id, duplicate_of, cluster_id FROM {CATALOG}.news.duplicates
            UNION
            SELECT duplicate_of, NULL, cluster_id FROM {CATALOG}.news.duplicates
        )
        SELECT
            d.* EXCLUDE (input_path, fingerprint, title, lead), a.title, a.lead, a.body,
            l.language, l.language_confidence, l.is_mixed, l.dialect,
            coalesce(p.normalized_title, a.title) AS normalized_title,
            coalesce(p.normalized_body, '') AS normalized_body,
            c.duplicate_of, c.cluster_id AS duplicate_cluster_id,
            s.story_id
        FROM parsing.documents AS d
        JOIN articles.documents AS a USING (document_id)
        JOIN language.documents AS l USING (document_id)
        LEFT JOIN parts AS p USING (document_id)
        LEFT JOIN cluster AS c USING (document_id)
        LEFT JOIN {CATALOG}.news.stories AS s ON s.document_id = coalesce(c.duplicate_of, d.document_id)
        WHERE d.{{these}}
    """,
    "meta.runs": "SELECT * FROM meta.runs",
}

BY_DOCUMENT: Final = (schema.SEGMENTS, schema.MENTIONS, schema.DATES, schema.QUANTITIES, schema.DOCUMENTS)
"""Tables whose rows of a document are written anew when anything about it changes, in the order of writing."""
COMPARED: Final = (
    schema.FILES, schema.DUPLICATES, schema.DUPLICATE_PAIRS, schema.REPEATED_PARAGRAPHS, schema.ENTITIES,
    schema.STORIES, schema.RUNS,
)  # fmt: skip
"""Tables of narrow rows that are compared with the former snapshot's, row by row, and written where they differ."""
REBUILT_FROM: Final = 0.1
"""Share of documents written anew since the last whole build from which on the next build is whole: rows that are no
more leave room behind, and readers like rows in order."""

# What a document's rows are made of, told by what each stage last made of it. The fingerprint of a stage stands for
# those before it.
DUE: Final = """
    SELECT d.document_id, concat_ws(' ', d.run_id, i.fingerprint, e.fingerprint, l.fingerprint, c.duplicate_of, m.cluster_id,
        s.story_id) AS input
    FROM parsing.documents AS d
    JOIN (FROM state.results WHERE stage = 'indexing') AS i USING (document_id)
    JOIN (FROM state.results WHERE stage = 'entities') AS e USING (document_id)
    JOIN (FROM state.results WHERE stage = 'links') AS l USING (document_id)
    LEFT JOIN deduplication.duplicates AS c USING (document_id)
    LEFT JOIN deduplication.clusters AS m USING (document_id)
    LEFT JOIN stories.stories AS s ON s.document_id = coalesce(c.duplicate_of, d.document_id)
"""


def _version() -> str:
    """Return a text that moves with every declaration and query that shapes the published file."""
    tables = (*schema.PUBLISHED, *schema.SEARCH, *schema.META)
    said = [repr(table) for table in tables] + [
        *SELECTS.values(),
        *search.SELECTS.values(),
        search.SEARCH_MACRO,
        *MACROS,
    ]
    said += [STORAGE_VERSION, str(BLOCK_BYTES), DUE]
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:16]


VERSION: Final = _version()
"""A file made with another version is not built upon."""


@dataclass(frozen=True, slots=True)
class Check:
    """Conditions on a published table that stand or fall together.

    Attributes:
        name: Short name, unique within its table.
        table: The table it holds.
        sentences: What must be true.
        sql: Gives one row: for each sentence, how many rows break it. `{catalog}` stands for the snapshot, `{these}` for the
            condition that a row's document was written just now (what was not has been checked before), `{texts}` for
            `document_id` and `text` of those documents.
    """

    name: str
    table: Table
    sentences: tuple[str, ...]
    sql: str

    @property
    def description(self) -> str:
        """Everything it holds the table to."""
        return "; ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check on one snapshot.

    Attributes:
        check: The check.
        broken: Each sentence that does not hold, with the number of rows that break it.
    """

    check: Check
    broken: tuple[tuple[str, int], ...]

    @property
    def passed(self) -> bool:
        """Whether no row broke it."""
        return not self.broken

    @property
    def failing_rows(self) -> int:
        """How many rows break it; one that breaks two sentences counts twice."""
        return sum(rows for _, rows in self.broken)

    def __str__(self) -> str:
        """Say what is broken, for a log."""
        said = "; ".join(f"{rows:,} rows break «{sentence}»" for sentence, rows in self.broken)
        return f"{self.check.table.full_name}: {said or 'holds'}"


def schema_check(table: Table) -> Check:
    """Return the one check that holds a table to all its declaration says of single rows and keys."""
    name, these = table.qualified("{catalog}"), _these(table)
    filled = [c.name for c in table.columns if not c.nullable]
    rules: list[tuple[str, str]] = []
    for column in table.columns:
        if column.values:
            listed = ", ".join(f"'{value}'" for value in column.values)
            rules.append((f"{column.name} is one of {', '.join(column.values)}", f'"{column.name}" IN ({listed})'))
    rules += list(table.rules)
    # Each of its own, for DuckDB knows of most columns that no value is missing, and reads nothing; rules in one look.
    counted = {f"{c} is filled": f'(SELECT count(*) FROM {name} WHERE {these} AND "{c}" IS NULL)' for c in filled}
    if table.key:
        key = ", ".join(f'"{column}"' for column in table.key)
        counted[f"{', '.join(table.key)} names one row"] = (
            f"(SELECT count(*) - count(DISTINCT ({key})) FROM {name} WHERE {_these(table, table.key)})"
        )
    counted |= {sentence: f"count(*) FILTER (NOT ({rule}))" for sentence, rule in rules}
    look = f"FROM {name} WHERE {these}" if rules else ""
    return Check("schema", table, tuple(counted), f"SELECT {', '.join(counted.values())} {look}")


def _these(table: Table, columns: tuple[str, ...] = ("document_id",)) -> str:
    """Return the condition on the rows to look at, where only documents written just now can break it."""
    return "{these}" if table in BY_DOCUMENT and "document_id" in columns else "true"


def reference_checks(table: Table) -> Iterator[Check]:
    """Yield a check per reference of a table: what it names must be there."""
    for reference in table.references:
        source, target = table.qualified("{catalog}"), "{catalog}." + reference.to_table
        on = " AND ".join(
            f'source."{a}" = target."{b}"' for a, b in zip(reference.columns, reference.to_columns, strict=True)
        )
        filled = " AND ".join(f'source."{a}" IS NOT NULL' for a in reference.columns)
        yield Check(
            "references_" + "_".join((*reference.columns, "in", reference.to_table.split(".")[1])),
            table,
            (f"every {', '.join(reference.columns)} stands in {reference.to_table}",),
            f"SELECT count(*) FROM {source} AS source ANTI JOIN {target} AS target ON {on} "
            f"WHERE {_these(table, reference.columns)} AND {filled}",
        )


def _contract_checks() -> Iterator[Check]:
    """Yield what the contract promises between tables, beyond references."""

    def check(name: str, table: Table, sentence: str, sql: str) -> Check:
        return Check(name, table, (sentence,), sql)

    yield check(
        "text_is_its_slice", schema.SEGMENTS, "a segment's text is its slice of the document's text",
        "SELECT count(*) FROM (FROM {catalog}.news.segments WHERE {these}) AS s JOIN {texts} AS d USING (document_id) "
        "WHERE s.text <> substr(d.text, s.start_char + 1, s.end_char - s.start_char)",
    )  # fmt: skip
    yield check(
        "in_order", schema.SEGMENTS, "segments stand in order and do not overlap",
        "SELECT count(*) FROM (SELECT start_char < lag(end_char) OVER (PARTITION BY document_id ORDER BY position) AS bad "
        "FROM {catalog}.news.segments WHERE {these}) WHERE bad",
    )  # fmt: skip
    for table in (schema.MENTIONS, schema.DATES, schema.QUANTITIES):
        yield check(
            "surface_is_its_slice", table, "a surface is its slice of the document's text",
            f"SELECT count(*) FROM (FROM {table.qualified('{catalog}')} WHERE {{these}}) AS m "
            "JOIN {texts} AS d USING (document_id) "
            "WHERE m.surface <> substr(d.text, m.start_char + 1, m.end_char - m.start_char)",
        )  # fmt: skip
    yield check(
        "no_overlap", schema.MENTIONS, "mentions do not overlap",
        "SELECT count(*) FROM (SELECT start_char < lag(end_char) OVER (PARTITION BY document_id ORDER BY start_char) AS bad "
        "FROM {catalog}.news.mentions WHERE {these}) WHERE bad",
    )  # fmt: skip
    yield check(
        "one_story_each", schema.STORIES, "every kept document is in a story and no copy is",
        "SELECT count(*) FROM {catalog}.news.documents AS d LEFT JOIN {catalog}.news.stories AS s USING (document_id) "
        "WHERE (d.duplicate_of IS NULL) <> (s.document_id IS NOT NULL)",
    )  # fmt: skip
    yield check(
        "kept_is_no_copy", schema.DUPLICATES, "a kept copy is itself no copy",
        "SELECT count(*) FROM {catalog}.news.duplicates AS a JOIN {catalog}.news.duplicates AS b "
        "ON a.duplicate_of = b.document_id",
    )  # fmt: skip


def checks() -> list[Check]:
    """Return every check of the published tables, in the order of the tables."""
    every = [schema_check(table) for table in schema.PUBLISHED]
    every += [check for table in schema.PUBLISHED for check in reference_checks(table)]
    every += _contract_checks()
    order = {table.full_name: i for i, table in enumerate(schema.PUBLISHED)}
    return sorted(every, key=lambda check: order[check.table.full_name])


class Snapshot:
    """One attempt at a published file: made beside it, checked, then moved over it or thrown away.

    Where the published file is of this warehouse's making, it is copied, and only the rows of documents that
    changed since are written; else, or where much has changed, all rows are.

    Attributes:
        warehouse: Where rows come from.
        target: The published file.
        path: The file in the making.
        whole: Why all rows were written, None where only those that changed were.
    """

    def __init__(self, warehouse: Warehouse, target: Path) -> None:
        self.warehouse = warehouse
        self.target = target
        self.path = target.with_name(f".{target.name}{TEMPORARY_SUFFIX}")
        self.whole: str | None = None
        self._attached = False
        self._replaced = 0

    def is_current(self) -> bool:
        """Say whether the published file holds all that the warehouse does, as it would be published today."""
        known = self.warehouse.connection.execute("SELECT version FROM state.published").fetchall()
        return self.target.exists() and not self.warehouse.changed() and known == [(VERSION,)]

    def build(self) -> dict[str, int]:
        """Write every published table into the temporary file; return rows by table name."""
        self.discard()
        con = self.warehouse.connection
        stale = self.warehouse.stale(STAGE, VERSION, DUE)
        with self.warehouse.registered("_stale", stale):
            con.execute("CREATE OR REPLACE TEMP TABLE _due AS FROM _stale")
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE _absent AS SELECT document_id FROM state.results WHERE stage = '{STAGE}' "
            "AND document_id NOT IN (SELECT document_id FROM parsing.documents)"
        )
        con.execute("CREATE OR REPLACE TEMP TABLE _changed AS SELECT document_id FROM _due UNION ALL FROM _absent")
        changed = self.warehouse.count("SELECT count(*) FROM _changed")
        documents = self.warehouse.count("SELECT count(*) FROM parsing.documents")
        self.whole = self._reason_for_all(changed, documents)
        # Left to itself DuckDB keeps most text uncompressed: four times the size on disk.
        con.execute("SET force_compression = 'zstd'")
        try:
            if self.whole is None:
                try:
                    self._update()
                    self._replaced += changed
                except duckdb.Error as error:
                    log.warning("the published file cannot be built upon (%s): all is written anew", error)
                    self.whole = "the published file cannot be built upon"
            if self.whole is not None:
                log.info("all rows are written: %s", self.whole)
                self.discard()
                self._write_all()
                self._replaced = 0
        except BaseException:
            # At once: on a full disk nobody could even note the failure while the unfinished file takes the room.
            self.discard()
            raise
        finally:
            con.execute("SET force_compression = 'auto'")
        return {t.full_name: self.count(t) for t in (*schema.PUBLISHED, *schema.SEARCH, schema.RUNS)}

    def _reason_for_all(self, changed: int, documents: int) -> str | None:
        """Return why the published file cannot be built upon, None where it can; note what was replaced in it so far."""
        if not self.target.exists():
            return "there is no published file"
        known = self.warehouse.connection.execute("SELECT run_id, version, replaced FROM state.published").fetchall()
        if not known:
            return "the published file is not of this warehouse's making"
        run_id, version, self._replaced = known[0]
        if version != VERSION:
            return "what is published has changed"
        if self._replaced + changed > REBUILT_FROM * documents:
            return f"{self._replaced + changed:,} of {documents:,} documents have changed since all was written"
        try:
            with duckdb.connect(str(self.target), read_only=True) as con:
                published = con.execute("SELECT run_id FROM meta.contract").fetchall()
        except duckdb.Error as error:
            return f"the published file cannot be read ({str(error).splitlines()[0]})"
        return None if published == [(run_id,)] else "the published file is not the one last published"

    def _attach(self, options: str = "") -> None:
        con = self.warehouse.connection
        con.execute(f"ATTACH '{_quoted(self.path)}' AS {CATALOG} {options}")
        self._attached = True

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """Write all or nothing: each statement of its own would wait for the disk."""
        con = self.warehouse.connection
        con.execute("BEGIN")
        try:
            yield
            con.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                con.execute("ROLLBACK")
            raise

    def _write_all(self) -> None:
        con = self.warehouse.connection
        self._attach(f"(STORAGE_VERSION '{STORAGE_VERSION}', BLOCK_SIZE {BLOCK_BYTES})")
        with self._transaction():
            for name in ("news", "search", "meta"):
                con.execute(f"CREATE SCHEMA {CATALOG}.{name}")
            tables = {t.full_name: t for t in (*schema.PUBLISHED, *schema.SEARCH, *schema.META)}
            for table in tables.values():
                # No index: keys are held by checks, and an index is written whole at every change of a row.
                con.execute(table.ddl(catalog=CATALOG, keyed=False))
                for comment in table.comments(catalog=CATALOG):
                    con.execute(comment)
            for name, select in SELECTS.items():
                self._fill(tables[name], select.replace("{these}", "document_id IS NOT NULL"))
            for table, select in search.SELECTS.items():
                self._fill(table, select.format(catalog=CATALOG))
            con.execute(f"USE {CATALOG}")
            try:
                for macro in (search.SEARCH_MACRO, *MACROS):
                    con.execute(macro)
            finally:
                con.execute("USE warehouse.main")

    def _update(self) -> None:
        con = self.warehouse.connection
        copy_file(self.target, self.path)
        self._attach()
        with self._transaction():
            for table in COMPARED:
                self._write_differing(table)
            con.execute(f"DELETE FROM {schema.REJECTS.qualified(CATALOG)}")
            self._fill(schema.REJECTS, SELECTS[schema.REJECTS.full_name])
            for table in BY_DOCUMENT:
                con.execute(f"DELETE FROM {table.qualified(CATALOG)} WHERE {CHANGED}")
                self._fill(table, SELECTS[table.full_name].replace("{these}", CHANGED))
            for statement in search.UPDATES:
                con.execute(statement.format(catalog=CATALOG))
            con.execute(
                "CREATE OR REPLACE TEMP TABLE _changed_texts AS "
                f"SELECT document_id, text FROM {schema.DOCUMENTS.qualified(CATALOG)} WHERE {CHANGED}"
            )

    def _write_differing(self, table: Table) -> None:
        con = self.warehouse.connection
        names = ", ".join(f'"{column}"' for column in table.column_names)
        con.execute(f"CREATE OR REPLACE TEMP TABLE _new AS SELECT {names} FROM ({SELECTS[table.full_name]})")
        replace_differing(con, table.qualified(CATALOG), table.column_names, "_new")
        con.execute("DROP TABLE _new")

    def _fill(self, table: Table, select: str) -> None:
        names = ", ".join(f'"{name}"' for name in table.column_names)
        order = f" ORDER BY {', '.join(table.order)}" if table.order else ""
        self.warehouse.connection.execute(
            f"INSERT INTO {table.qualified(CATALOG)} ({names}) SELECT {names} FROM ({select}){order}"
        )

    def count(self, table: Table) -> int:
        """Return how many rows a table of the snapshot has."""
        return self.warehouse.count(f"SELECT count(*) FROM {table.qualified(CATALOG)}")

    def run(self, check: Check) -> CheckResult:
        """Return the outcome of a check on the snapshot."""
        whole = self.whole is not None
        stand_for = {
            "{catalog}": CATALOG,
            "{these}": "true" if whole else CHANGED,
            "{texts}": schema.DOCUMENTS.qualified(CATALOG) if whole else "_changed_texts",
        }
        sql = check.sql
        for name, meant in stand_for.items():
            sql = sql.replace(name, meant)
        counted = zip(check.sentences, self.warehouse.connection.execute(sql).fetchall()[0], strict=True)
        result = CheckResult(check, tuple((sentence, rows) for sentence, rows in counted if rows))
        if not result.passed:
            # Should the fault lie in what was built upon, the next build is free of it.
            self.warehouse.connection.execute("DELETE FROM state.published")
        return result

    def head(self, table: Table, rows: int) -> pl.DataFrame:
        """Return the first rows of a table of the snapshot."""
        return self.warehouse.frame(f"SELECT * FROM {table.qualified(CATALOG)} LIMIT {rows:d}")

    def publish(self, results: list[CheckResult]) -> Path:
        """Add `meta`, close the file, move it over the target and note what it holds.

        Raises:
            ValueError: If a check failed: nothing is published then.
        """
        failed = [r.check for r in results if not r.passed]
        if failed:
            raise ValueError("not published: " + ", ".join(f"{c.table.full_name} {c.name}" for c in failed))
        self._describe(results)
        con = self.warehouse.connection
        con.execute(f"CHECKPOINT {CATALOG}")
        self._detach()
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(self.path, self.target)
        _sync_folder(self.target.parent)
        self._remember()
        return self.target

    def _remember(self) -> None:
        """Note what the published file holds. A run killed before this finds another file than it knows: all is written."""
        warehouse = self.warehouse
        due = warehouse.frame("FROM _due")
        gone = warehouse.frame("FROM _absent")
        with self._transaction():
            warehouse.forget(STAGE, gone)
            warehouse.remember(STAGE, due)
            warehouse.connection.execute("DELETE FROM state.published")
            warehouse.connection.execute(
                "INSERT INTO state.published VALUES (?, ?, ?)", [warehouse.run_id, VERSION, self._replaced]
            )
            warehouse.mark_published()

    def _describe(self, results: list[CheckResult]) -> None:
        con = self.warehouse.connection
        now = datetime.now(UTC).replace(tzinfo=None)
        run = self.warehouse.run_id
        described = (*schema.PUBLISHED, *schema.SEARCH, *schema.META)
        counts = {t.full_name: self.count(t) for t in (*schema.PUBLISHED, *schema.SEARCH, schema.RUNS)}
        columns = [
            (t.name, t.schema, c.name, i, c.type, c.nullable, c.comment)
            for t in described
            for i, c in enumerate(t.columns)
        ]
        lineage = sorted(
            {(t.name, c.name, *source.split(".")[1:]) for t in described for c in t.columns for source in c.sources}
        )
        outcome = [
            (r.check.name, r.check.table.name, r.check.table.schema, r.check.description, r.passed, r.failing_rows, run)
            for r in results
        ]
        rows: dict[Table, list[tuple[object, ...]]] = {
            schema.META_COLUMNS: [*columns],
            schema.COLUMN_LINEAGE: [*lineage],
            schema.META_CHECKS: [*outcome],
            schema.META_CONTRACT: [(schema.CONTRACT_VERSION, run, now)],
        }
        con.execute("BEGIN")
        own = {t.full_name: len(r) for t, r in rows.items()} | {schema.META_TABLES.full_name: len(described)}
        rows[schema.META_TABLES] = [
            (t.name, t.schema, t.comment, list(t.key), (counts | own)[t.full_name]) for t in described
        ]
        for table, values in rows.items():
            frame = table.frame(values)
            con.execute(f"DELETE FROM {table.qualified(CATALOG)}")
            with self.warehouse.registered("_meta", frame):
                self._fill(table, "SELECT * FROM _meta")
        con.execute("COMMIT")

    def _detach(self) -> None:
        if self._attached:
            self.warehouse.connection.execute("USE warehouse.main")
            self.warehouse.connection.execute(f"DETACH {CATALOG}")
            self._attached = False

    def discard(self) -> None:
        """Throw the temporary file away, if there is one."""
        with contextlib.suppress(duckdb.Error):
            self._detach()
        for path in (self.path, self.path.with_name(self.path.name + ".wal")):
            path.unlink(missing_ok=True)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file's bytes; where the file system shares blocks between copies, in no time and no room."""
    with source.open("rb") as given, target.open("wb") as made:
        left = os.fstat(given.fileno()).st_size
        try:
            while left > 0 and (done := os.copy_file_range(given.fileno(), made.fileno(), left)):
                left -= done
        except (AttributeError, OSError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise
            log.debug("copying by hand: %s", error)
            left = -1
        if left:
            given.seek(0)
            made.seek(0)
            shutil.copyfileobj(given, made, 1 << 20)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _sync_folder(folder: Path) -> None:
    """Make the replacement itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
