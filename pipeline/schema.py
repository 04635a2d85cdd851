"""Every table of Khabar, declared once.

From these declarations come the DuckDB DDL and comments, the Polars schemas, Dagster's column
schema and lineage, one blocking check per table, `meta.columns`, `meta.column_lineage` and the
reference page in `docs/`. A column's type or description is written nowhere else.

Belongs here: what tables there are, their columns, keys, comments and what each column comes from.
Does not belong here: how rows are made (the stages), stored (`pipeline.warehouse`) or published
(`pipeline.publishing`).

Two kinds of tables:

- **published** tables (schemas `news`, `search`, `meta`) are what readers open;
- **warehouse** tables (one schema per stage) are what stages write and remember between runs.

Times are UTC. Hashes are lower-case SHA-256 hex. Offsets are Unicode code points, 0-based,
end-exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

CONTRACT_VERSION: Final = "1.0.0"
"""Semantic version of the published tables: major when a name or meaning goes, minor when one comes."""

OFFSET_MAP_TYPE: Final = 'STRUCT("normalized" INTEGER, raw INTEGER)[]'

_POLARS: Final[Mapping[str, pl.DataType]] = {
    "VARCHAR": pl.String(),
    "BOOLEAN": pl.Boolean(),
    "INTEGER": pl.Int32(),
    "BIGINT": pl.Int64(),
    "UBIGINT": pl.UInt64(),
    "FLOAT": pl.Float32(),
    "DOUBLE": pl.Float64(),
    "DATE": pl.Date(),
    "TIMESTAMP": pl.Datetime("us"),
    "BLOB": pl.Binary(),
    OFFSET_MAP_TYPE: pl.List(pl.Struct({"normalized": pl.Int32, "raw": pl.Int32})),
    "VARCHAR[]": pl.List(pl.String),
    "UBIGINT[]": pl.List(pl.UInt64),
    "INTEGER[]": pl.List(pl.Int32),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: The column's name.
        type: Its DuckDB type, one of those known to this module.
        comment: One sentence for the reader of the table.
        nullable: Whether NULL is a value of it.
        sources: `schema.table.column` names that its values come from.
        values: The only values it may hold, where there are few.
    """

    name: str
    type: str
    comment: str
    nullable: bool = False
    sources: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def polars_type(self) -> pl.DataType:
        """Return the Polars type that holds this column."""
        return _POLARS[self.type]


@dataclass(frozen=True, slots=True)
class Reference:
    """Values of `columns` must stand in `to_columns` of the table `to_table`, or be NULL."""

    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        schema: Its schema.
        name: Its name.
        comment: What one row is.
        columns: Its columns, in order.
        key: The columns that name a row.
        references: What must hold between it and other tables.
        rules: Further conditions each row must meet, as SQL, by the sentence that says them.
        order: The columns by which its rows are published: what is read together lies together.
    """

    schema: str
    name: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a declaration that cannot be right.

        Raises:
            ValueError: If a key or order column does not exist, a name stands twice, or a type is unknown.
        """
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.full_name} names a column twice")
        for name in (*self.key, *self.order):
            if name not in names:
                raise ValueError(f"{self.full_name} has no column {name}")
        for column in self.columns:
            if column.type not in _POLARS:
                raise ValueError(f"{self.full_name}.{column.name}: unknown type {column.type}")

    @property
    def full_name(self) -> str:
        """`schema.name`."""
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises:
            KeyError: If there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.full_name} has no column {name}")

    def polars_schema(self) -> pl.Schema:
        """Return the Polars schema of the table's rows."""
        return pl.Schema({column.name: column.polars_type() for column in self.columns})

    def frame(self, rows: object = None) -> pl.DataFrame:
        """Return `rows` (dicts or tuples, none by default) as a frame of this table's schema."""
        return pl.DataFrame(rows, schema=self.polars_schema(), orient="row")  # type: ignore[arg-type]

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return `frame` with this table's columns in order and types; absent nullable ones are NULL.

        Raises:
            ValueError: If the frame lacks a column that may not be NULL, or has one too many.
        """
        unknown = set(frame.columns) - set(self.column_names)
        if unknown:
            raise ValueError(f"{self.full_name} has no column {', '.join(sorted(unknown))}")
        missing = [c.name for c in self.columns if c.name not in frame.columns and not c.nullable]
        if missing:
            raise ValueError(f"rows for {self.full_name} lack {', '.join(missing)}")
        return frame.select(
            (pl.col(c.name) if c.name in frame.columns else pl.lit(None)).cast(c.polars_type()).alias(c.name)
            for c in self.columns
        )

    def ddl(self, *, catalog: str | None = None, keyed: bool = True) -> str:
        """Return `CREATE TABLE`, in `catalog` if one is named; `keyed` with an index that holds the key."""
        lines = [f'  "{c.name}" {c.type}{"" if c.nullable else " NOT NULL"}' for c in self.columns]
        if self.key and keyed:
            lines.append("  PRIMARY KEY (" + ", ".join(f'"{name}"' for name in self.key) + ")")
        return f"CREATE TABLE IF NOT EXISTS {self.qualified(catalog)} (\n" + ",\n".join(lines) + "\n)"

    def comments(self, *, catalog: str | None = None) -> Iterator[str]:
        """Yield one `COMMENT ON` statement for the table and each column."""
        yield f"COMMENT ON TABLE {self.qualified(catalog)} IS {_literal(self.comment)}"
        for c in self.columns:
            yield f'COMMENT ON COLUMN {self.qualified(catalog)}."{c.name}" IS {_literal(c.comment)}'

    def qualified(self, catalog: str | None = None) -> str:
        """Return the table's name for SQL, in `catalog` if one is named."""
        return f"{catalog}.{self.full_name}" if catalog else self.full_name


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _c(name: str, type_: str, comment: str, *sources: str, null: bool = False, values: tuple[str, ...] = ()) -> Column:
    return Column(name, type_, comment, null, sources, values)


SEGMENT_KINDS: Final = ("title", "lead", "heading", "paragraph", "caption", "byline", "metadata", "boilerplate")
LABELS: Final = ("PER", "ORG", "LOC")
CALENDARS: Final = ("gregorian", "jalali", "hijri")
PRECISIONS: Final = ("day", "month", "season", "year", "decade", "range")
FILE_STATES: Final = ("parsed", "rejected", "deleted")
PAIR_KINDS: Final = ("exact", "near", "contained")

_DOCUMENT: Final = Reference(("document_id",), "news.documents", ("document_id",))
_SEGMENT: Final = Reference(("document_id", "position"), "news.segments", ("document_id", "position"))
_SPAN_RULE: Final = ("a span begins before it ends", "start_char >= 0 and start_char < end_char")


def _place(text_source: str = "news.documents.text") -> tuple[Column, ...]:
    """The columns that say where in a document something stands."""
    return (
        _c("document_id", "VARCHAR", "The document it stands in", "news.documents.document_id"),
        _c("position", "INTEGER", "The segment it stands in: news.segments.position", "news.segments.position"),
        _c("start_char", "INTEGER", "Where it begins in news.documents.text, in code points from 0", "news.segments.start_char", "news.segments.offset_map"),
        _c("end_char", "INTEGER", "Where it ends in news.documents.text, exclusive", "news.segments.start_char", "news.segments.offset_map"),
        _c("surface", "VARCHAR", "The raw text there, as it came: substr(text, start_char + 1, end_char - start_char)", text_source),
    )  # fmt: skip


FILES: Final = Table(
    "news", "files", "One row per input file; an archive's member is archive.zip!member",
    (
        _c("file_id", "VARCHAR", "Identifies the file while its path stays"),
        _c("path", "VARCHAR", "Relative to the input folder, with / between folders"),
        _c("content_hash", "VARCHAR", "SHA-256 of the bytes; NULL where they could not be read", null=True),
        _c("size_bytes", "BIGINT", "Size in bytes"),
        _c("format", "VARCHAR", "What the content was read as (text, html, json, jsonl, ...); NULL where it could not be told", null=True),
        _c("encoding", "VARCHAR", "The character encoding decided on and its ground; NULL where none was needed or found", null=True),
        _c("state", "VARCHAR", "parsed, rejected or deleted (no longer in the folder)", values=FILE_STATES),
        _c("reason", "VARCHAR", "Why it was rejected, in words; NULL otherwise", null=True),
        _c("document_count", "INTEGER", "Documents it gave", "news.documents.document_id"),
        _c("first_seen_at", "TIMESTAMP", "When a run first met it"),
        _c("last_seen_at", "TIMESTAMP", "When this row last changed"),
        _c("run_id", "VARCHAR", "The run that last changed the row", "meta.runs.run_id"),
    ),
    key=("file_id",), order=("path",),
)  # fmt: skip

REJECTS: Final = Table(
    "news", "rejects", "One row per record, or whole file, that could not be read",
    (
        _c("path", "VARCHAR", "The file, as in news.files.path", "news.files.path"),
        _c("record", "INTEGER", "The record's 0-based place in its file; NULL for a whole file", null=True),
        _c("reason", "VARCHAR", "What was wrong and where, in words"),
        _c("run_id", "VARCHAR", "The run that met it", "meta.runs.run_id"),
    ),
    key=(), references=(Reference(("path",), "news.files", ("path",)),), order=("path", "record"),
)  # fmt: skip

DOCUMENTS: Final = Table(
    "news", "documents", "One row per article",
    (
        _c("document_id", "VARCHAR", "Identifies the article while its path and record stay", "news.files.path"),
        _c("file_id", "VARCHAR", "The file it came from", "news.files.file_id"),
        _c("path", "VARCHAR", "The file's path", "news.files.path"),
        _c("record", "INTEGER", "0-based place in its file, rejected records counted; in WARC among response records"),
        _c("content_hash", "VARCHAR", "SHA-256 of its text and given fields: changes when the article does"),
        _c("text", "VARCHAR", "The decoded text as it came, boilerplate and all; for HTML the visible text in order; for a record its title, lead and body joined by newline"),
        _c("title", "VARCHAR", "Headline, as it came", "news.segments.text", null=True),
        _c("lead", "VARCHAR", "Summary set apart from the body, as it came", "news.segments.text", null=True),
        _c("body", "VARCHAR", "Article paragraphs and headings only, joined by newline; empty where there are none", "news.segments.text"),
        _c("source", "VARCHAR", "Publisher", null=True),
        _c("agency", "VARCHAR", "Wire agency it credits", null=True),
        _c("author", "VARCHAR", "Who signed it", null=True),
        _c("url", "VARCHAR", "Where it was published", null=True),
        _c("external_id", "VARCHAR", "The publisher's own number for it", null=True),
        _c("category", "VARCHAR", "The publisher's own section or category", null=True),
        _c("tags", "VARCHAR[]", "The publisher's own tags", null=True),
        _c("published_on", "DATE", "Day of publication in the zone the source states", null=True),
        _c("published_at", "TIMESTAMP", "Moment of publication in UTC, where a time is known", null=True),
        _c("language", "VARCHAR", "ISO 639 code of the article's language; und where no decision is honest", "news.segments.language"),
        _c("language_confidence", "FLOAT", "Calibrated probability that language is right, 0 to 1", "news.segments.language_confidence"),
        _c("is_mixed", "BOOLEAN", "Whether a second language holds a real share of the article", "news.segments.language"),
        _c("dialect", "VARCHAR", "fa-AF where a Persian article is Dari beyond doubt, else NULL", "news.segments.language", null=True),
        _c("normalized_title", "VARCHAR", "The title, normalised", "news.segments.normalized_text", null=True),
        _c("normalized_body", "VARCHAR", "The body, normalised", "news.segments.normalized_text"),
        _c("duplicate_of", "VARCHAR", "document_id of the kept copy; NULL for kept documents", "news.duplicates.duplicate_of", null=True),
        _c("duplicate_cluster_id", "VARCHAR", "The cluster of copies it belongs to, the kept one too; NULL outside clusters", "news.duplicates.cluster_id", null=True),
        _c("story_id", "VARCHAR", "The story it belongs to; a copy has its kept copy's", "news.stories.story_id"),
        _c("run_id", "VARCHAR", "The run that read it", "meta.runs.run_id"),
    ),
    key=("document_id",),
    references=(
        Reference(("file_id",), "news.files", ("file_id",)),
        Reference(("duplicate_of",), "news.documents", ("document_id",)),
        Reference(("story_id",), "news.stories", ("story_id",)),
    ),
    rules=(("a copy is not its own kept copy", "duplicate_of is distinct from document_id"),),
    order=("path", "record"),
)  # fmt: skip

SEGMENTS: Final = Table(
    "news", "segments", "The parts of a document, in order, not overlapping",
    (
        _c("document_id", "VARCHAR", "The document", "news.documents.document_id"),
        _c("position", "INTEGER", "0-based place among the document's segments"),
        _c("kind", "VARCHAR", "title, lead, heading, paragraph, caption, byline, metadata or boilerplate", "news.documents.text", values=SEGMENT_KINDS),
        _c("start_char", "INTEGER", "Where it begins in news.documents.text, in code points from 0", "news.documents.text"),
        _c("end_char", "INTEGER", "Where it ends in news.documents.text, exclusive", "news.documents.text"),
        _c("text", "VARCHAR", "The raw text there: substr(documents.text, start_char + 1, end_char - start_char)", "news.documents.text"),
        _c("language", "VARCHAR", "ISO 639 code of its language; und where no decision is honest", "news.segments.text"),
        _c("language_confidence", "FLOAT", "Calibrated probability that language is right, 0 to 1", "news.segments.text"),
        _c("normalized_text", "VARCHAR", "What people read and tag: half-spaces given back, characters of one kind", "news.segments.text", "news.segments.language"),
        _c("offset_map", OFFSET_MAP_TYPE, "Nodes that answer offsets of normalized_text to offsets of text", "news.segments.text", "news.segments.language"),
    ),
    key=("document_id", "position"), references=(_DOCUMENT,),
    rules=(
        _SPAN_RULE,
        ("text has the length of its span", "length(text) = end_char - start_char"),
        ("offset_map starts at (0, 0)", "offset_map[1].normalized = 0 and offset_map[1].raw = 0"),
        ("offset_map ends at the two lengths", "offset_map[-1].normalized = length(normalized_text) and offset_map[-1].raw = length(text)"),
    ),
    order=("document_id", "position"),
)  # fmt: skip

DUPLICATES: Final = Table(
    "news", "duplicates", "One row per document that is a copy of another",
    (
        _c("document_id", "VARCHAR", "The copy", "news.documents.document_id"),
        _c("duplicate_of", "VARCHAR", "The kept copy", "news.documents.document_id"),
        _c("cluster_id", "VARCHAR", "The cluster both belong to", "news.duplicate_pairs.document_a", "news.duplicate_pairs.document_b"),
        _c("kind", "VARCHAR", "exact, near or contained", "news.duplicate_pairs.kind", values=PAIR_KINDS),
        _c("similarity", "DOUBLE", "1 for exact, Jaccard for near, share of the smaller text for contained; to duplicate_of or along the weakest link of its path in duplicate_pairs", "news.duplicate_pairs.similarity"),
    ),
    key=("document_id",),
    references=(_DOCUMENT, Reference(("duplicate_of",), "news.documents", ("document_id",))),
    rules=(("similarity lies in (0, 1]", "similarity > 0 and similarity <= 1"),),
    order=("cluster_id", "document_id"),
)  # fmt: skip

DUPLICATE_PAIRS: Final = Table(
    "news", "duplicate_pairs", "Every verified pair that made a cluster",
    (
        _c("document_a", "VARCHAR", "The pair's document of the smaller id", "news.documents.document_id"),
        _c("document_b", "VARCHAR", "The pair's document of the larger id", "news.documents.document_id"),
        _c("kind", "VARCHAR", "exact, near or contained", "news.documents.body", values=PAIR_KINDS),
        _c("similarity", "DOUBLE", "1 for exact, Jaccard for near, share of the smaller text for contained", "news.documents.body"),
        _c("run_id", "VARCHAR", "The run that verified it", "meta.runs.run_id"),
    ),
    key=("document_a", "document_b"),
    references=(
        Reference(("document_a",), "news.documents", ("document_id",)),
        Reference(("document_b",), "news.documents", ("document_id",)),
    ),
    rules=(("document_a comes before document_b", "document_a < document_b"),
           ("similarity lies in (0, 1]", "similarity > 0 and similarity <= 1")),
    order=("document_a", "document_b"),
)  # fmt: skip

MENTIONS: Final = Table(
    "news", "mentions", "Mentions of persons, organisations and places in the article's text",
    (
        _c("mention_id", "VARCHAR", "Identifies the mention while its document, place and label stay", "news.segments.text"),
        *_place(),
        _c("label", "VARCHAR", "PER, ORG or LOC", "news.segments.normalized_text", values=LABELS),
        _c("entity_id", "VARCHAR", "What it links to; NULL where not linked", "news.entities.entity_id", null=True),
        _c("confidence", "FLOAT", "Probability that span, label and link are right, 0 to 1", "news.segments.normalized_text"),
        _c("method", "VARCHAR", "What found it: gazetteer, tagger, ...", "news.segments.normalized_text"),
    ),
    key=("mention_id",),
    references=(_SEGMENT, Reference(("entity_id",), "news.entities", ("entity_id",))),
    rules=(_SPAN_RULE, ("surface has the length of its span", "length(surface) = end_char - start_char")),
    order=("document_id", "start_char"),
)  # fmt: skip

ENTITIES: Final = Table(
    "news", "entities", "What mentions link to: one row per person, organisation or place in either language",
    (
        _c("entity_id", "VARCHAR", "The Wikidata id where there is one, else an id of Khabar's own"),
        _c("label", "VARCHAR", "PER, ORG or LOC", values=LABELS),
        _c("name_en", "VARCHAR", "Name in English", null=True),
        _c("name_fa", "VARCHAR", "Name in Persian", null=True),
        _c("name_ar", "VARCHAR", "Name in Arabic", null=True),
        _c("wikidata_id", "VARCHAR", "Wikidata id; NULL for entities known from the texts alone", null=True),
        _c("mention_count", "BIGINT", "Mentions that link to it", "news.mentions.entity_id"),
        _c("document_count", "BIGINT", "Documents that mention it", "news.mentions.document_id"),
    ),
    key=("entity_id",), order=("entity_id",),
)  # fmt: skip

DATES: Final = Table(
    "news", "dates", "Dates and spans of time named in the article's text, in three calendars",
    (
        *_place(),
        _c("calendar", "VARCHAR", "gregorian, jalali or hijri: the calendar it is told in", "news.segments.normalized_text", values=CALENDARS),
        _c("start_on", "DATE", "First day, Gregorian; NULL where it cannot be resolved or does not exist", "news.segments.normalized_text", "news.documents.published_on", null=True),
        _c("end_on", "DATE", "Last day, inclusive", "news.segments.normalized_text", "news.documents.published_on", null=True),
        _c("precision", "VARCHAR", "day, month, season, year, decade or range", "news.segments.normalized_text", values=PRECISIONS),
        _c("is_relative", "BOOLEAN", "Whether its value depends on the day of publication", "news.segments.normalized_text"),
    ),
    key=("document_id", "start_char", "end_char"), references=(_SEGMENT,),
    rules=(_SPAN_RULE, ("surface has the length of its span", "length(surface) = end_char - start_char"),
           ("both days or neither", "(start_on is null) = (end_on is null)"),
           ("start_on is not after end_on", "start_on is null or start_on <= end_on")),
    order=("document_id", "start_char"),
)  # fmt: skip

QUANTITIES: Final = Table(
    "news", "quantities", "Amounts of money and percentages named in the article's text",
    (
        *_place(),
        _c("kind", "VARCHAR", "money or percent", "news.segments.normalized_text", values=("money", "percent")),
        _c("value", "DOUBLE", "The amount, in units; tomans are given in rials", "news.segments.normalized_text"),
        _c("unit", "VARCHAR", "ISO 4217 code, or %", "news.segments.normalized_text"),
    ),
    # A range gives one row per end; both ends may share one span.
    key=("document_id", "start_char", "end_char", "value"), references=(_SEGMENT,),
    rules=(_SPAN_RULE, ("surface has the length of its span", "length(surface) = end_char - start_char")),
    order=("document_id", "start_char", "value"),
)  # fmt: skip

STORIES: Final = Table(
    "news", "stories", "Documents that report the same event, in any language; every kept document is in exactly one story",
    (
        _c("story_id", "VARCHAR", "The story"),
        _c("document_id", "VARCHAR", "A kept document", "news.documents.document_id"),
        _c("similarity", "DOUBLE", "How alike it is to the story's first document, 0 to 1; 1 for that one", "news.documents.normalized_body", "news.mentions.entity_id", "news.documents.published_on"),
    ),
    key=("document_id",), references=(_DOCUMENT,), order=("story_id", "document_id"),
)  # fmt: skip

_REPEATED_PARAGRAPHS: Final = (
    _c("paragraph_id", "UBIGINT", "64-bit hash of the paragraph's match form"),
    _c("text", "VARCHAR", "The paragraph as it stands in its first article", "news.documents.body"),
    _c("word_count", "INTEGER", "Its words"),
    _c("document_count", "BIGINT", "Documents it stands in", "news.documents.body"),
    _c("article_count", "BIGINT", "The same with copies of one article counted once", "news.documents.body", "news.duplicates.duplicate_of"),
    _c("first_document_id", "VARCHAR", "The first document it stands in", "news.documents.document_id"),
    _c("first_on", "DATE", "The first day (UTC) on which it was published", "news.documents.published_at", "news.documents.published_on", null=True),
    _c("last_on", "DATE", "The last day (UTC) on which it was published", "news.documents.published_at", "news.documents.published_on", null=True),
)  # fmt: skip
REPEATED_PARAGRAPHS: Final = Table(
    "news", "repeated_paragraphs", "Paragraphs that stand in three or more articles which are no copies of each other",
    _REPEATED_PARAGRAPHS, key=("paragraph_id",),
    references=(Reference(("first_document_id",), "news.documents", ("document_id",)),), order=("paragraph_id",),
)  # fmt: skip

PUBLISHED: Final[tuple[Table, ...]] = (
    FILES, REJECTS, DOCUMENTS, SEGMENTS, DUPLICATES, DUPLICATE_PAIRS,
    REPEATED_PARAGRAPHS, MENTIONS, ENTITIES, DATES, QUANTITIES, STORIES,
)  # fmt: skip
"""The tables of the contract, and those added to it, in the order in which their rows are made."""

# --- meta: lineage and the contract itself ---------------------------------------------------------------

RUNS: Final = Table(
    "meta", "runs", "One row per run and asset that had something to do",
    (
        _c("run_id", "VARCHAR", "The run"),
        _c("asset", "VARCHAR", "The asset"),
        _c("stage_version", "VARCHAR", "Version of the stage's code and models"),
        _c("rows_read", "BIGINT", "Documents (files, for parsing) it worked on"),
        _c("rows_written", "BIGINT", "Rows it wrote"),
        _c("rows_skipped", "BIGINT", "Documents (files, for parsing) that were up to date"),
        _c("started_at", "TIMESTAMP", "When it began, UTC"),
        _c("ended_at", "TIMESTAMP", "When it ended, UTC"),
    ),
    key=("run_id", "asset"), order=("started_at", "asset"),
)  # fmt: skip

META_TABLES: Final = Table(
    "meta", "tables", "Every published table",
    (
        _c("table_name", "VARCHAR", "Its name, without its schema"),
        _c("schema_name", "VARCHAR", "Its schema"),
        _c("comment", "VARCHAR", "What one row is"),
        _c("key", "VARCHAR[]", "The columns that name a row; empty where a row has no name"),
        _c("row_count", "BIGINT", "Its rows in this snapshot"),
    ),
    key=("schema_name", "table_name"), order=("schema_name", "table_name"),
)  # fmt: skip

META_COLUMNS: Final = Table(
    "meta", "columns", "Every column of every published table",
    (
        _c("table_name", "VARCHAR", "The table's name, without its schema"),
        _c("schema_name", "VARCHAR", "The table's schema"),
        _c("column_name", "VARCHAR", "The column"),
        _c("position", "INTEGER", "Its 0-based place in the table"),
        _c("data_type", "VARCHAR", "Its DuckDB type"),
        _c("is_nullable", "BOOLEAN", "Whether NULL is a value of it"),
        _c("comment", "VARCHAR", "What it holds"),
    ),
    key=("schema_name", "table_name", "column_name"), order=("schema_name", "table_name", "position"),
)  # fmt: skip

COLUMN_LINEAGE: Final = Table(
    "meta", "column_lineage", "What each published column comes from",
    (
        _c("table_name", "VARCHAR", "The table's name, without its schema"),
        _c("column_name", "VARCHAR", "The column"),
        _c("from_table", "VARCHAR", "Table it comes from, without its schema"),
        _c("from_column", "VARCHAR", "Column it comes from"),
    ),
    key=("table_name", "column_name", "from_table", "from_column"),
    order=("table_name", "column_name", "from_table", "from_column"),
)  # fmt: skip

META_CHECKS: Final = Table(
    "meta", "checks", "The last result of every check of the published tables",
    (
        _c("check_name", "VARCHAR", "The check"),
        _c("table_name", "VARCHAR", "The table it holds, without its schema"),
        _c("schema_name", "VARCHAR", "The table's schema"),
        _c("description", "VARCHAR", "What it holds"),
        _c("passed", "BOOLEAN", "Whether it held"),
        _c("failing_rows", "BIGINT", "Rows that break it"),
        _c("run_id", "VARCHAR", "The run that made this snapshot"),
    ),
    key=("schema_name", "table_name", "check_name"), order=("schema_name", "table_name", "check_name"),
)  # fmt: skip

META_CONTRACT: Final = Table(
    "meta", "contract", "The version of what readers can rely on; one row",
    (
        _c("version", "VARCHAR", "Semantic version of the published tables"),
        _c("run_id", "VARCHAR", "The run that made this snapshot"),
        _c("published_at", "TIMESTAMP", "When this snapshot was made, UTC"),
    ),
    key=("version",),
)  # fmt: skip

META: Final[tuple[Table, ...]] = (RUNS, META_TABLES, META_COLUMNS, COLUMN_LINEAGE, META_CHECKS, META_CONTRACT)
"""The tables that describe the others."""

# --- search: what the macro search(query) reads ----------------------------------------------------------

SEARCH_DOCUMENTS: Final = Table(
    "search", "documents", "Kept documents as search(query) counts them",
    (
        _c("document", "INTEGER", "Its number in search.postings"),
        _c("document_id", "VARCHAR", "The document", "news.documents.document_id"),
        _c("length", "INTEGER", "Words it has, title and lead included", "news.segments.normalized_text"),
    ),
    key=("document",), order=("document",),
)  # fmt: skip

SEARCH_WORDS: Final = Table(
    "search", "words", "Every word of the kept documents, in the match form",
    (
        _c("word", "VARCHAR", "The word's match form", "news.segments.normalized_text"),
        _c("number", "INTEGER", "Its number in search.postings"),
        _c("document_count", "INTEGER", "Kept documents that hold it"),
    ),
    key=("word",), order=("word",),
)  # fmt: skip

SEARCH_POSTINGS: Final = Table(
    "search", "postings", "Which word stands how often in which kept document; words of the title count three times",
    (
        _c("number", "INTEGER", "The word", "search.words.number"),
        _c("document", "INTEGER", "The document", "search.documents.document"),
        _c("count", "INTEGER", "How often", "news.segments.normalized_text"),
    ),
    key=("number", "document"), order=("number", "document"),
)  # fmt: skip

SEARCH: Final[tuple[Table, ...]] = (SEARCH_DOCUMENTS, SEARCH_WORDS, SEARCH_POSTINGS)
"""The inverted index behind the macro search(query)."""

# --- the private warehouse: one schema per stage ---------------------------------------------------------


def _of(table: Table, *names: str) -> tuple[Column, ...]:
    return tuple(table.column(name) for name in names)


STATE_RESULTS: Final = Table(
    "state", "results", "What each stage has made, of what: a document without its row here is stale",
    (
        _c("stage", "VARCHAR", "The stage"),
        _c("document_id", "VARCHAR", "The document"),
        _c("fingerprint", "VARCHAR", "Hash of the stage's version and of what it was given"),
    ),
    key=(),
)  # fmt: skip

STATE_CHANGES: Final = Table(
    "state", "changes", "One row: counts the transactions that changed anything, and which of them was published",
    (
        _c("written", "BIGINT", "Transactions so far"),
        _c("published", "BIGINT", "The count at the last publication"),
    ),
    key=(),
)  # fmt: skip

STATE_STAGES: Final = Table(
    "state", "stages", "The version of every stage at the last publication",
    (
        _c("stage", "VARCHAR", "The stage"),
        _c("version", "VARCHAR", "Its version"),
    ),
    key=(),
)  # fmt: skip

STATE_PUBLISHED: Final = Table(
    "state", "published", "One row: the published file as this warehouse last made it, to be built upon",
    (
        _c("run_id", "VARCHAR", "The run that made it, as meta.contract says"),
        _c("version", "VARCHAR", "Version of the published tables' declarations and queries"),
        _c("replaced", "BIGINT", "Documents written anew in it since all were"),
    ),
    key=(),
)  # fmt: skip

STATE_TABLES: Final = Table(
    "state", "tables", "The shape in which each warehouse table was made, so that a later Khabar can tell",
    (
        _c("table_name", "VARCHAR", "schema.name"),
        _c("shape", "VARCHAR", "Hash of its declaration"),
    ),
    key=("table_name",),
)  # fmt: skip

INPUT_FILES: Final = Table(
    "parsing", "inputs", "The manifest: every file of the input folder as it was when last read",
    (
        _c("path", "VARCHAR", "Relative to the input folder"),
        _c("size_bytes", "BIGINT", "Size in bytes"),
        _c("mtime_ns", "BIGINT", "Time of last change of content, nanoseconds since 1970"),
        _c("ctime_ns", "BIGINT", "Time of last change of content or permissions, nanoseconds since 1970"),
        _c("content_hash", "VARCHAR", "SHA-256 of the bytes; NULL where they could not be read", null=True),
        _c("version", "VARCHAR", "Version of the parsing stage that read it, settings included"),
    ),
    key=(),
)  # fmt: skip

PARSED_FILES: Final = Table(
    "parsing", "files", "news.files with the input file each row came from",
    (*FILES.columns, _c("input_path", "VARCHAR", "The input file: the archive, for a member")), key=(),
)  # fmt: skip

PARSED_REJECTS: Final = Table(
    "parsing", "rejects", "news.rejects with the input file each row came from",
    (*REJECTS.columns, _c("input_path", "VARCHAR", "The input file: the archive, for a member")), key=(),
)  # fmt: skip

PARSED_DOCUMENTS: Final = Table(
    "parsing", "documents", "Documents as read, before other documents have their say",
    (
        *_of(DOCUMENTS, "document_id", "file_id", "path", "record", "content_hash", "text", "title", "lead", "body", "source", "agency", "author",
             "url", "external_id", "category", "tags", "published_on", "published_at", "run_id"),
        _c("input_path", "VARCHAR", "The input file: the archive, for a member"),
        _c("fingerprint", "VARCHAR", "Hash of everything that was read of it, segments included"),
    ),
    key=(),
)  # fmt: skip

PARSED_SEGMENTS: Final = Table(
    "parsing", "segments", "Segments as read, with the kind their own shape gives them",
    _of(SEGMENTS, "document_id", "position", "kind", "start_char", "end_char", "text"), key=(),
)  # fmt: skip

PARSED_LINES: Final = Table(
    "parsing", "lines", "Evidence about furniture: the lines of every document that may yet be it",
    (
        _c("document_id", "VARCHAR", "The document"),
        _c("position", "INTEGER", "The segment the line is"),
        _c("source_key", "VARCHAR", "Publisher, else host, else folder: whose furniture it would be"),
        _c("line_key", "UBIGINT", "Key of its match form"),
        _c("article_key", "UBIGINT", "Key of the longest paragraph beside it: copies of one article share it"),
        _c("needed", "INTEGER", "In how many articles of a small source it must stand to be furniture"),
    ),
    key=(),
)  # fmt: skip

ARTICLE_DOCUMENTS: Final = Table(
    "articles", "documents", "What is article in a document, once the other documents have had their say",
    _of(DOCUMENTS, "document_id", "title", "lead", "body"), key=(),
)  # fmt: skip

ARTICLE_SEGMENTS: Final = Table(
    "articles", "segments", "The kind each segment has, once the other documents have had their say",
    _of(SEGMENTS, "document_id", "position", "kind"), key=(),
)  # fmt: skip

LANGUAGE_SEGMENTS: Final = Table(
    "language", "segments", "Language of each segment",
    _of(SEGMENTS, "document_id", "position", "language", "language_confidence"), key=(),
)  # fmt: skip

LANGUAGE_DOCUMENTS: Final = Table(
    "language", "documents", "Language of each document",
    _of(DOCUMENTS, "document_id", "language", "language_confidence", "is_mixed", "dialect"), key=(),
)  # fmt: skip

NORMALIZED_SEGMENTS: Final = Table(
    "normalization", "segments", "Normalised text of each segment",
    _of(SEGMENTS, "document_id", "position", "normalized_text", "offset_map"), key=(),
)  # fmt: skip

SPELLINGS: Final = Table(
    "normalization", "spellings", "What each document shows of names that no word table knows",
    (
        _c("document_id", "VARCHAR", "The document", "news.documents.document_id"),
        _c("glued", "VARCHAR", "The name written as one", "news.segments.text"),
        _c("mask", "INTEGER", "0 where the document writes it so; else bit k set where a space or half-space follows letter k + 1", "news.segments.text"),
    ),
    key=(),
)  # fmt: skip

SPELLING_EVIDENCE: Final = Table(
    "normalization", "evidence", "Glued names that get a half-space because the corpus writes them apart elsewhere",
    (
        _c("glued", "VARCHAR", "The name written as one", "normalization.spellings.glued"),
        _c("mask", "INTEGER", "Where it is cut: bit k set where a half-space follows letter k + 1", "normalization.spellings.mask"),
        _c("apart_documents", "INTEGER", "Documents that write it apart there", "normalization.spellings.document_id"),
        _c("joined_documents", "INTEGER", "Documents that write it as one", "normalization.spellings.document_id"),
    ),
    key=(),
)  # fmt: skip

TAGGED_MENTIONS: Final = Table(
    "entities", "mentions", "Mentions as found in each document, before documents are compared",
    (
        *MENTIONS.columns,
        _c("language", "VARCHAR", "Language of the segment"),
        _c("name", "VARCHAR", "What the document calls an entity the gazetteer does not know, in full and folded; NULL where linked or nothing to link by", null=True),
    ),
    key=(),
)  # fmt: skip

LINKED_NAMES: Final = Table(
    "entities", "names", "Names the gazetteer does not know, and the local entity each belongs to",
    (
        _c("label", "VARCHAR", "PER, ORG or LOC", values=LABELS),
        _c("language", "VARCHAR", "Language of the segments it stands in"),
        _c("name", "VARCHAR", "The name, folded"),
        _c("entity_id", "VARCHAR", "The local entity"),
    ),
    key=(),
)  # fmt: skip

LINKED_MERGES: Final = Table(
    "entities", "merges", "Why two names are one local entity",
    (
        _c("entity_id", "VARCHAR", "The local entity"),
        _c("label", "VARCHAR", "PER, ORG or LOC", values=LABELS),
        _c("name_a", "VARCHAR", "A name, folded"),
        _c("language_a", "VARCHAR", "Its language"),
        _c("name_b", "VARCHAR", "Another"),
        _c("language_b", "VARCHAR", "Its language"),
        _c("kind", "VARCHAR", "spelling (within a language) or transliteration (across languages)"),
        _c("score", "DOUBLE", "How alike they sound, 0 to 1"),
    ),
    key=(),
)  # fmt: skip

TAGGED_DATES: Final = Table("entities", "dates", DATES.comment, DATES.columns, key=())
TAGGED_QUANTITIES: Final = Table("entities", "quantities", QUANTITIES.comment, QUANTITIES.columns, key=())

ENTITY_LINKS: Final = Table(
    "entities", "links", "Which entities each document links to, and how often it mentions them",
    (
        _c("document_id", "VARCHAR", "The document"),
        _c("entity_id", "VARCHAR", "The entity"),
        _c("mention_count", "INTEGER", "Its mentions in the document"),
    ),
    key=(),
)  # fmt: skip

LINKED_ENTITIES: Final = Table("entities", "entities", ENTITIES.comment, ENTITIES.columns, key=())

LINKING: Final = (LINKED_NAMES, LINKED_MERGES, ENTITY_LINKS, LINKED_ENTITIES)
"""What linking remembers."""

SEARCH_TERMS: Final = Table(
    "indexing", "terms", "Words of each document in the match form",
    (
        _c("document_id", "VARCHAR", "The document"),
        _c("word", "VARCHAR", "The word's match form"),
        _c("count", "INTEGER", "How often, words of the title three times"),
    ),
    key=(),
)  # fmt: skip

# Deduplication: signatures, pairs and clusters remembered between runs.

SIGNED_DOCUMENTS: Final = Table(
    "deduplication", "documents", "Which text each document has, and when it was published",
    (
        _c("number", "BIGINT", "By which the stage's tables know it: rises as documents come, new for a changed one"),
        _c("document_id", "VARCHAR", "The document"),
        _c("text_id", "UBIGINT", "Its text in deduplication.texts; NULL where its body has no word", null=True),
        _c("letter_count", "INTEGER", "Letters and digits of the text", "deduplication.texts.letter_count"),
        _c("moment", "TIMESTAMP", "When it was published, the day's start where only the day is known", null=True),
    ),
    key=(),
)  # fmt: skip

SIGNED_TEXTS: Final = Table(
    "deduplication", "texts", "Distinct match forms of bodies, however many documents have each",
    (
        _c("number", "INTEGER", "By which its fingerprints know it: rises as texts come"),
        _c("text_id", "UBIGINT", "64-bit hash of the match form and the stage's version"),
        _c("word_count", "INTEGER", "Words of the match form"),
        _c("letter_count", "INTEGER", "Letters and digits of the match form"),
        _c("probe_count", "INTEGER", "Of its fingerprints the smallest, by which it looks for others: sixteen at most; 0 for texts under twenty words"),
        _c("common_probes", "INTEGER", "Probes that are in deduplication.common; as many as needed make the text a template, compared with few others"),
        _c("is_linked", "BOOLEAN", "Whether its pairs are in deduplication.pairs"),
        _c("fingerprint_count", "INTEGER", "Its rows in deduplication.fingerprints"),
    ),
    key=(),
)  # fmt: skip

FINGERPRINTS: Final = Table(
    "deduplication", "fingerprints", "Hashes of runs of twenty letters of each text, spaces left out, chosen by winnowing; texts in the order of their numbers, the probes of each first",
    (
        _c("number", "INTEGER", "The text's number", "deduplication.texts.number"),
        _c("fingerprint", "INTEGER", "The fingerprint"),
    ),
    key=(),
)  # fmt: skip

COMPARED_PAIRS: Final = Table(
    "deduplication", "pairs", "Pairs of texts compared and found alike enough to matter at any threshold allowed",
    (
        _c("text_a", "UBIGINT", "The smaller text (fewer letters, then the smaller id)", "deduplication.texts.text_id"),
        _c("text_b", "UBIGINT", "The larger text", "deduplication.texts.text_id"),
        _c("word_jaccard", "DOUBLE", "Jaccard of their sets of 4-word shingles"),
        _c("letter_jaccard", "DOUBLE", "Jaccard of their sets of 9-letter shingles, spaces left out"),
        _c("word_containment", "DOUBLE", "Share of the fewer 4-word shingles that both have"),
        _c("letter_containment", "DOUBLE", "Share of the fewer 9-letter shingles that both have"),
    ),
    key=(),
)  # fmt: skip

COMMON_FINGERPRINTS: Final = Table(
    "deduplication", "common", "Probes that are fingerprints of so many texts that they find no candidates",
    (_c("fingerprint", "INTEGER", "The fingerprint", "deduplication.fingerprints.fingerprint"),), key=(),
)  # fmt: skip

TOUCHED_TEXTS: Final = Table(
    "deduplication", "touched", "Texts whose documents or pairs have changed since clusters were last decided",
    (_c("text_id", "UBIGINT", "The text", "deduplication.texts.text_id"),), key=(),
)  # fmt: skip

FORGOTTEN_DOCUMENTS: Final = Table(
    "deduplication", "forgotten", "Documents that went or changed since clusters were last decided",
    (_c("number", "BIGINT", "The document's number", "deduplication.documents.number"),), key=(),
)  # fmt: skip

OPEN_PARAGRAPHS: Final = Table(
    "deduplication", "open_paragraphs", "Paragraphs whose documents have changed since paragraphs were last counted",
    (_c("paragraph_id", "UBIGINT", "The paragraph; NULL stands for all", "deduplication.paragraphs.paragraph_id", null=True),),
    key=(),
)  # fmt: skip

CLUSTERED: Final = Table(
    "deduplication", "clustered", "One row: what clusters were last decided by",
    (_c("thresholds", "VARCHAR", "The thresholds, as JSON"),), key=(),
)  # fmt: skip

CLUSTERS: Final = Table(
    "deduplication", "clusters", "The cluster of every document in one, as last made: ids live on from here",
    (
        _c("number", "BIGINT", "The document's number", "deduplication.documents.number"),
        _c("document_id", "VARCHAR", "The document"),
        _c("cluster_id", "VARCHAR", "Its cluster"),
        _c("code", "UBIGINT", "The number that cluster_id spells"),
    ),
    key=(),
)  # fmt: skip

CLUSTER_MERGES: Final = Table(
    "deduplication", "merges", "Cluster ids that are no more, and the cluster their documents went to",
    (
        _c("cluster_id", "VARCHAR", "The id that is no more"),
        _c("merged_into", "VARCHAR", "The cluster that took most of its documents", "deduplication.clusters.cluster_id"),
        _c("run_id", "VARCHAR", "The run in which this came to be"),
    ),
    key=(),
)  # fmt: skip

CLUSTERED_DUPLICATES: Final = Table("deduplication", "duplicates", DUPLICATES.comment, DUPLICATES.columns, key=())
CLUSTERED_PAIRS: Final = Table(
    "deduplication", "duplicate_pairs", DUPLICATE_PAIRS.comment, DUPLICATE_PAIRS.columns, key=()
)

SIGNED_PARAGRAPHS: Final = Table(
    "deduplication", "paragraphs", "Paragraphs of eight words or more, by what they say",
    (
        _c("number", "BIGINT", "The document's number", "deduplication.documents.number"),
        _c("position", "INTEGER", "0-based line of news.documents.body"),
        _c("paragraph_id", "UBIGINT", "64-bit hash of the paragraph's match form"),
        _c("word_count", "INTEGER", "Words of the match form"),
    ),
    key=(),
)  # fmt: skip

COUNTED_PARAGRAPHS: Final = Table(
    "deduplication", "repeated_paragraphs", REPEATED_PARAGRAPHS.comment, _REPEATED_PARAGRAPHS, key=(),
)  # fmt: skip

DEDUPLICATION: Final = (
    SIGNED_DOCUMENTS, SIGNED_TEXTS, FINGERPRINTS, SIGNED_PARAGRAPHS, COMPARED_PAIRS, COUNTED_PARAGRAPHS,
    COMMON_FINGERPRINTS, TOUCHED_TEXTS, FORGOTTEN_DOCUMENTS, OPEN_PARAGRAPHS, CLUSTERED,
    CLUSTERS, CLUSTER_MERGES, CLUSTERED_DUPLICATES, CLUSTERED_PAIRS,
)  # fmt: skip
"""What the stage `deduplication` remembers."""

STORY_VECTORS: Final = Table(
    "stories", "vectors", "What each article is about, as two vectors: one to compare within its language, one between languages",
    (
        _c("key", "UBIGINT", "The document: 64 bits of the MD5 of its id"),
        _c("day", "INTEGER", "Days from 1970 to its publication, -1000000 where unknown"),
        _c("language", "VARCHAR", "Its language"),
        _c("feature", "UBIGINT", "First 64 bits of the SHA-256 of a stem, number or entity id"),
        _c("within", "FLOAT", "What it weighs in the vector that compares within a language; squares of a vector sum to one"),
        _c("across", "FLOAT", "What it weighs in the vector that compares between languages"),
        _c("probe_within", "BOOLEAN", "Whether the document looks by it for others of its language"),
        _c("probe_across", "BOOLEAN", "Whether it looks by it for others of another language"),
    ),
    key=(),
)  # fmt: skip

STORY_DOCUMENTS: Final = Table(
    "stories", "documents", "The kept documents that stories are made of",
    (
        _c("key", "UBIGINT", "The document: 64 bits of the MD5 of its id"),
        _c("document_id", "VARCHAR", "The document"),
        _c("language", "VARCHAR", "Its language"),
        _c("day", "INTEGER", "Days from 1970 to its publication, -1000000 where unknown"),
        _c("moment", "TIMESTAMP", "When it was published, the day's start where only the day is known", null=True),
    ),
    key=(),
)  # fmt: skip

STORY_PAIRS: Final = Table(
    "stories", "pairs", "Documents alike enough, and near enough in time, to matter to a story",
    (
        _c("key_a", "UBIGINT", "The document of the smaller key", "stories.documents.key"),
        _c("key_b", "UBIGINT", "The other", "stories.documents.key"),
        _c("similarity", "DOUBLE", "Product of their vectors, 0 to 1", "stories.vectors.within", "stories.vectors.across"),
    ),
    key=(),
)  # fmt: skip

GROUPED_STORIES: Final = Table("stories", "stories", STORIES.comment, STORIES.columns, key=())

STORIES_MEMORY: Final = (STORY_VECTORS, STORY_DOCUMENTS, STORY_PAIRS, GROUPED_STORIES)
"""What the stage `stories` remembers."""

WAREHOUSE: Final[tuple[Table, ...]] = (
    RUNS, STATE_RESULTS, STATE_CHANGES, STATE_STAGES, STATE_PUBLISHED, STATE_TABLES,
    INPUT_FILES, PARSED_FILES, PARSED_REJECTS, PARSED_DOCUMENTS, PARSED_SEGMENTS, PARSED_LINES,
    ARTICLE_DOCUMENTS, ARTICLE_SEGMENTS, LANGUAGE_SEGMENTS, LANGUAGE_DOCUMENTS,
    SPELLINGS, SPELLING_EVIDENCE, NORMALIZED_SEGMENTS,
    TAGGED_MENTIONS, TAGGED_DATES, TAGGED_QUANTITIES, *LINKING, SEARCH_TERMS,
    *DEDUPLICATION, *STORIES_MEMORY,
)  # fmt: skip
"""The tables of the private warehouse that stages write. A stage adds its own here."""
