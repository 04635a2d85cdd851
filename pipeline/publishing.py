"""The snapshot that readers open: `khabar.duckdb`, replaced whole and atomically.

Belongs here: filling the published tables from the warehouse, checking them, and the replacement.
Does not belong here: what a table is (`pipeline.schema`) and what a stage computes.

A snapshot is built in a temporary file beside its target, checked there, and moved over the target.
Whoever has the old file open goes on reading the old one; whoever opens anew sees the new one; nobody
sees half of one. The file is written in DuckDB's storage version 1.2, so that DuckDB 1.2 and later,
and the tools built on them, can read it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from pipeline import schema
from pipeline.schema import Table
from pipeline.search import SEARCH_MACRO
from pipeline.text.offsets import MACROS
from pipeline.warehouse import Warehouse

log = logging.getLogger(__name__)

FILE_NAME: Final = "khabar.duckdb"
TEMPORARY_SUFFIX: Final = ".building"
STORAGE_VERSION: Final = "v1.2.0"
BLOCK_BYTES: Final = 65_536
"""A quarter of DuckDB's own: many small columns fill many blocks a little. 10,161 articles take 71 MB instead of 79."""
CATALOG: Final = "snapshot"

# What each published table is filled with. Columns are matched by name; what a SELECT gives and the
# table does not declare, or the reverse, is an error when the snapshot is built.
SELECTS: Final[dict[str, str]] = {
    "news.files": "SELECT * EXCLUDE (input_path) FROM parsing.files",
    "news.rejects": "SELECT * EXCLUDE (input_path) FROM parsing.rejects",
    "news.segments": """
        SELECT s.*, l.language, l.language_confidence, n.normalized_text, n.offset_map
        FROM articles.full_segments AS s
        JOIN language.segments AS l USING (document_id, position)
        JOIN normalization.segments AS n USING (document_id, position)
    """,
    "news.duplicates": "SELECT * FROM deduplication.duplicates",
    "news.duplicate_pairs": "SELECT * FROM deduplication.duplicate_pairs",
    "news.repeated_paragraphs": "SELECT * FROM deduplication.repeated_paragraphs",
    "news.mentions": "SELECT * FROM entities.linked_mentions",
    "news.entities": "SELECT * FROM entities.entities",
    "news.dates": "SELECT * FROM entities.dates",
    "news.quantities": "SELECT * FROM entities.quantities",
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
            GROUP BY document_id
        ),
        cluster AS (
            SELECT document_id, duplicate_of, cluster_id FROM {CATALOG}.news.duplicates
            UNION
            SELECT duplicate_of, NULL, cluster_id FROM {CATALOG}.news.duplicates
        )
        SELECT
            d.* EXCLUDE (input_path, fingerprint, title, lead), a.title, a.lead, a.body,
            l.language, l.language_confidence, l.is_mixed,
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
    """,
    "search.documents": f"""
        SELECT CAST(row_number() OVER (ORDER BY d.document_id) AS INTEGER) AS document, d.document_id,
               CAST(coalesce(sum(t.count), 0) AS INTEGER) AS length
        FROM {CATALOG}.news.documents AS d LEFT JOIN indexing.terms AS t USING (document_id)
        WHERE d.duplicate_of IS NULL
        GROUP BY d.document_id
    """,
    "search.words": f"""
        SELECT word, CAST(row_number() OVER (ORDER BY word) AS INTEGER) AS number,
               CAST(count(*) AS INTEGER) AS document_count
        FROM indexing.terms JOIN {CATALOG}.search.documents USING (document_id)
        GROUP BY word
    """,
    "search.postings": f"""
        SELECT w.number, d.document, t.count
        FROM indexing.terms AS t
        JOIN {CATALOG}.search.documents AS d USING (document_id)
        JOIN {CATALOG}.search.words AS w USING (word)
    """,
    "meta.runs": "SELECT * FROM meta.runs",
}


@dataclass(frozen=True, slots=True)
class Check:
    """Conditions on a published table that stand or fall together.

    Attributes:
        name: Short name, unique within its table.
        table: The table it holds.
        conditions: Each sentence that must be true, with the SQL that counts the rows that break it;
            `{catalog}` stands for the snapshot.
    """

    name: str
    table: Table
    conditions: tuple[tuple[str, str], ...]

    @property
    def description(self) -> str:
        """Everything it holds the table to."""
        return "; ".join(sentence for sentence, _ in self.conditions)


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
    name = table.qualified("{catalog}")
    rules = [(f"{c.name} is filled", f'"{c.name}" IS NOT NULL') for c in table.columns if not c.nullable]
    for column in table.columns:
        if column.values:
            listed = ", ".join(f"'{value}'" for value in column.values)
            rules.append((f"{column.name} is one of {', '.join(column.values)}", f'"{column.name}" IN ({listed})'))
    rules += list(table.rules)
    conditions = [
        (sentence, f"SELECT count(*) FROM {name} WHERE coalesce(NOT ({rule}), false)") for sentence, rule in rules
    ]
    if table.key:
        key = ", ".join(f'"{column}"' for column in table.key)
        conditions.append(
            (
                f"{', '.join(table.key)} names one row",
                f"SELECT count(*) - count(DISTINCT ({key})) FROM {name}",
            )
        )
    return Check("schema", table, tuple(conditions))


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
            (
                (
                    f"every {', '.join(reference.columns)} stands in {reference.to_table}",
                    f"SELECT count(*) FROM {source} AS source ANTI JOIN {target} AS target ON {on} WHERE {filled}",
                ),
            ),
        )


def _contract_checks() -> Iterator[Check]:
    """Yield what the contract promises between tables, beyond references."""

    def check(name: str, table: Table, sentence: str, sql: str) -> Check:
        return Check(name, table, ((sentence, sql),))

    yield check(
        "text_is_its_slice", schema.SEGMENTS, "a segment's text is its slice of the document's text",
        "SELECT count(*) FROM {catalog}.news.segments AS s JOIN {catalog}.news.documents AS d USING (document_id) "
        "WHERE s.text <> substr(d.text, s.start_char + 1, s.end_char - s.start_char)",
    )  # fmt: skip
    yield check(
        "in_order", schema.SEGMENTS, "segments stand in order and do not overlap",
        "SELECT count(*) FROM (SELECT start_char < lag(end_char) OVER (PARTITION BY document_id ORDER BY position) AS bad "
        "FROM {catalog}.news.segments) WHERE bad",
    )  # fmt: skip
    for table in (schema.MENTIONS, schema.DATES, schema.QUANTITIES):
        yield check(
            "surface_is_its_slice", table, "a surface is its slice of the document's text",
            f"SELECT count(*) FROM {table.qualified('{catalog}')} AS m JOIN {{catalog}}.news.documents AS d USING (document_id) "
            "WHERE m.surface <> substr(d.text, m.start_char + 1, m.end_char - m.start_char)",
        )  # fmt: skip
    yield check(
        "no_overlap", schema.MENTIONS, "mentions do not overlap",
        "SELECT count(*) FROM (SELECT start_char < lag(end_char) OVER (PARTITION BY document_id ORDER BY start_char) AS bad "
        "FROM {catalog}.news.mentions) WHERE bad",
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
    """One attempt at a published file: built beside it, checked, then moved over it or thrown away."""

    def __init__(self, warehouse: Warehouse, target: Path) -> None:
        self.warehouse = warehouse
        self.target = target
        self.path = target.with_name(f".{target.name}{TEMPORARY_SUFFIX}")
        self._attached = False

    def build(self) -> dict[str, int]:
        """Write every published table into the temporary file; return rows by table name."""
        self.discard()
        con = self.warehouse.connection
        con.execute(
            f"ATTACH '{_quoted(self.path)}' AS {CATALOG} (STORAGE_VERSION '{STORAGE_VERSION}', BLOCK_SIZE {BLOCK_BYTES})"
        )
        self._attached = True
        # One transaction: each statement of its own would wait for the disk.
        con.execute("BEGIN")
        # Left to itself DuckDB keeps most text uncompressed: four times the size on disk.
        con.execute("SET force_compression = 'zstd'")
        try:
            for name in ("news", "search", "meta"):
                con.execute(f"CREATE SCHEMA {CATALOG}.{name}")
            tables = {t.full_name: t for t in (*schema.PUBLISHED, *schema.SEARCH, schema.RUNS)}
            for table in tables.values():
                # The inverted index is unique as it is made; an index on it would be two fifths of the file.
                con.execute(table.ddl(catalog=CATALOG, keyed=table not in schema.SEARCH))
            for name, select in SELECTS.items():
                self._fill(tables[name], select)
            for table in tables.values():
                for comment in table.comments(catalog=CATALOG):
                    con.execute(comment)
            con.execute(f"USE {CATALOG}")
            try:
                for macro in (SEARCH_MACRO, *MACROS):
                    con.execute(macro)
            finally:
                con.execute("USE warehouse.main")
            con.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                con.execute("ROLLBACK")
            raise
        finally:
            con.execute("SET force_compression = 'auto'")
        return {name: self.count(table) for name, table in tables.items()}

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
        counted = (
            (sentence, self.warehouse.count(sql.replace("{catalog}", CATALOG))) for sentence, sql in check.conditions
        )
        return CheckResult(check, tuple((sentence, rows) for sentence, rows in counted if rows))

    def head(self, table: Table, rows: int) -> pl.DataFrame:
        """Return the first rows of a table of the snapshot."""
        return self.warehouse.frame(f"SELECT * FROM {table.qualified(CATALOG)} LIMIT {rows:d}")

    def publish(self, results: list[CheckResult]) -> Path:
        """Add `meta`, close the file and move it over the target.

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
        return self.target

    def _describe(self, results: list[CheckResult]) -> None:
        con = self.warehouse.connection
        now = datetime.now(UTC).replace(tzinfo=None)
        run = self.warehouse.run_id
        described = (*schema.PUBLISHED, *schema.SEARCH, *schema.META)
        for table in schema.META:
            con.execute(table.ddl(catalog=CATALOG))
            for comment in table.comments(catalog=CATALOG):
                con.execute(comment)
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


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _sync_folder(folder: Path) -> None:
    """Make the replacement itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
