"""The stage: files in, frames out.

Belongs here: asking for a file's members, format and articles, and collecting rows in batches. Does not
belong here: anything about one format (`pipeline.parsing.readers`) or about lines (`pipeline.parsing.segmentation`).
"""

from __future__ import annotations

import hashlib
import importlib
import os
import pathlib
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, NamedTuple, cast

import numpy as np
import polars as pl

from pipeline.parsing import formats, metadata, segmentation
from pipeline.parsing.articles import Article, Hint, Reject, Rejected, refuse
from pipeline.parsing.containers import BROKEN, Budget, Member, Stream, describe, members
from pipeline.parsing.settings import CONFIGURATION_NAME, ParsingSettings, configured, read_configuration
from pipeline.parsing.sources import Source
from pipeline.schema import DOCUMENTS, FILES, REJECTS, SEGMENTS, Table
from pipeline.text.characters import replace_surrogates

FILE_COLUMNS: Final = (
    "file_id",
    "path",
    "content_hash",
    "size_bytes",
    "format",
    "encoding",
    "state",
    "reason",
    "document_count",
)
DOCUMENT_COLUMNS: Final = (
    "document_id", "file_id", "path", "record", "content_hash", "text", "title", "lead", "body", "source", "agency",
    "author", "url", "external_id", "category", "tags", "published_on", "published_at",
)  # fmt: skip
SEGMENT_COLUMNS: Final = ("document_id", "position", "kind", "start_char", "end_char", "text")
REJECT_COLUMNS: Final = ("path", "record", "reason")

_READERS: Final = {"text": "plain", "html": "html", "json": "json", "jsonl": "json", "csv": "tables", "tsv": "tables", "xml": "xml", "warc": "warc", "parquet": "parquet"}  # fmt: skip
_WHOLE: Final = ("text", "html")
"""Formats whose file is one article: cut short, it is rejected."""


class Parsed(NamedTuple):
    """A batch of rows, with the columns of the tables of `pipeline.schema` that parsing fills.

    Attributes:
        files: `news.files` without times and run: file_id, path, content_hash, size_bytes, format, encoding,
            state, reason, document_count. A file's row comes in the last batch that holds rows of it.
        documents: `news.documents`: document_id, file_id, path, record, content_hash, text, title, lead, body,
            source, agency, author, url, external_id, category, tags, published_on, published_at.
        segments: `news.segments`: document_id, position, kind, start_char, end_char, text.
        rejects: `news.rejects`: path, record, reason.
    """

    files: pl.DataFrame
    documents: pl.DataFrame
    segments: pl.DataFrame
    rejects: pl.DataFrame


def _schema(table: Table, columns: Iterable[str]) -> pl.Schema:
    return pl.Schema({name: table.column(name).polars_type() for name in columns})


FILE_SCHEMA: Final = _schema(FILES, FILE_COLUMNS)
DOCUMENT_SCHEMA: Final = _schema(DOCUMENTS, DOCUMENT_COLUMNS)
SEGMENT_SCHEMA: Final = _schema(SEGMENTS, SEGMENT_COLUMNS)
REJECT_SCHEMA: Final = _schema(REJECTS, REJECT_COLUMNS)


def read(path: pathlib.Path, relative_path: str, settings: ParsingSettings | None = None) -> Iterator[Parsed]:
    """Read one file of the input folder.

    Args:
        path: The file.
        relative_path: Its path relative to the input folder, with / between folders.
        settings: Limits; what a `khabar.toml` of its folders says is added to them.

    Yields:
        One batch or more, bounded in rows and bytes. An archive gives one row of files per member. Bad input,
        unreadable files included, is rejected with a reason; nothing is raised.
    """
    yield from read_many([(path, relative_path)], settings)


def read_many(files: Iterable[tuple[pathlib.Path, str]], settings: ParsingSettings | None = None) -> Iterator[Parsed]:
    """Read files into common batches: what `read` gives, at less cost where they are small.

    Args:
        files: Each file and its path relative to the input folder.
        settings: As for `read`.

    Yields:
        Batches in the order of the files. A file of many articles spans several batches; its row is in its last.
    """
    base = settings or ParsingSettings()
    rows = _Rows()
    folders: dict[str, ParsingSettings] = {}
    for path, relative_path in files:
        folder = os.path.dirname(path)
        if folder not in folders:
            folders[folder] = configured(path, relative_path, base)
        for _ in _file(path, relative_path, folders[folder], rows):
            if len(rows.articles) >= base.batch_documents or rows.bytes >= base.batch_bytes:
                yield rows.flush()
        if rows.files_pending >= base.batch_documents:
            yield rows.flush()
    if not rows.is_empty():
        yield rows.flush()


def _file(path: pathlib.Path, relative_path: str, settings: ParsingSettings, rows: _Rows) -> Iterator[None]:
    relative_path = replace_surrogates(relative_path)
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            rows.rejected(relative_path, None, "not a regular file")
            return
        size = status.st_size
        raw = open(path, "rb", buffering=0)  # noqa: SIM115 - as above; closed below
    except (OSError, ValueError) as error:
        rows.rejected(relative_path, None, describe(error))
        return
    with raw:
        origin = Stream(cast(BinaryIO, raw), size)
        budget = Budget(settings)
        if relative_path.endswith(CONFIGURATION_NAME) and path.name == CONFIGURATION_NAME:
            _configuration(relative_path, origin, rows)
            return
        for member in members(relative_path, origin, settings, budget):
            if member.stream is None or member.reason is not None:
                if member.origin is not None:
                    member.origin.drain()
                rows.rejected(member.path, member.origin, member.reason or "cannot be read")
                continue
            yield from _member(member, settings, rows)


def _configuration(path: str, origin: Stream, rows: _Rows) -> None:
    try:
        read_configuration(origin.read(1 << 20).decode("utf-8-sig"))
    except (Rejected, UnicodeDecodeError) as error:
        rows.rejected(path, origin, str(error))
        return
    rows.file(path, origin, "configuration", None, 0)


def _member(member: Member, settings: ParsingSettings, rows: _Rows) -> Iterator[None]:
    """Read one file, or one member of an archive, whatever comes."""
    stream = cast(Stream, member.stream)
    origin = member.origin or stream
    source: Source | None = None
    kind: str | None = None
    count = next_record = 0
    reason: str | None = None
    waiting: list[Article | Reject] = []
    try:
        source = Source(member.path, stream, settings)
        if not source.head:
            refuse(source.failure or "empty: holds no byte")
        kind = _format(source)
        reader = importlib.import_module(f"pipeline.parsing.readers.{_READERS[kind]}")
        for found in reader.read(source, settings):
            if kind in _WHOLE:
                waiting.append(found)  # until it is known that the file came whole
                continue
            next_record = found.record + 1
            if isinstance(found, Reject):
                rows.reject(member.path, found.record, found.reason)
            else:
                rows.article(member.path, found, settings)
                count += 1
            yield
        failure = source.failure or next((s.failure for s in member.failures if s.failure), None)
        if failure:
            if not count:
                refuse(failure)
            rows.reject(member.path, next_record, f"{failure}: what was to follow is lost")
        for found in waiting:
            if isinstance(found, Article):
                rows.article(member.path, found, settings)
                count += 1
        if not count:
            refuse("holds no article: no record of it could be read" if next_record else "holds no article")
    except Rejected as error:
        reason = str(error)
    except RecursionError:
        reason = "nested too deeply"
    except MemoryError:
        reason = "needs more memory than there is"
    except BROKEN as error:
        reason = describe(error)
    failure = next((s.failure for s in (stream, *member.failures) if s.failure), None)
    if reason is not None and failure and kind not in ("json", "jsonl", "csv", "tsv", "xml", "warc"):
        reason = failure
    origin.drain()
    if origin.failure and reason is None and kind in _WHOLE:
        reason = origin.failure
    if reason is None or count:
        if reason is not None:
            rows.reject(member.path, next_record, reason)
        rows.file(member.path, origin, kind, source.encoding_words if source else None, count)
    else:
        rows.rejected(member.path, origin, reason, kind, source.encoding_words if source else None)
    yield


def _format(source: Source) -> str:
    """The format by content; the encoding is decided on the way where the content is text."""
    if source.head.startswith((b"PAR1", b"WARC/")):
        return formats.detect(source.head, None, source.name)
    try:
        text = source.sample(1 << 17)
    except Rejected:
        kind = formats.detect(source.head, None, source.name)
        if kind == "text":
            raise
        return kind
    return formats.detect(source.head, text, source.name)


def identifier(*parts: str) -> str:
    """Return the id of a file or document: 16 hex digits of SHA-256 over its parts, a line each."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(slots=True)
class _Rows:
    """Rows that wait to be handed over."""

    articles: list[tuple[str, str, Article, ParsingSettings]] = field(default_factory=list)
    files: list[tuple[Any, ...]] = field(default_factory=list)
    rejects: list[tuple[str, int | None, str]] = field(default_factory=list)
    bytes: int = 0

    @property
    def files_pending(self) -> int:
        return len(self.files)

    def is_empty(self) -> bool:
        return not (self.articles or self.files or self.rejects)

    def article(self, path: str, article: Article, settings: ParsingSettings) -> None:
        self.articles.append((path, identifier(path), article, settings))
        self.bytes += len(article.text) * 2

    def reject(self, path: str, record: int | None, reason: str) -> None:
        self.rejects.append((path, record, replace_surrogates(reason)))

    def file(self, path: str, origin: Stream, kind: str | None, encoding: str | None, count: int) -> None:
        self.files.append(
            (identifier(path), path, origin.digest.hexdigest(), origin.count, kind, encoding, "parsed", None, count)
        )

    def rejected(self, path: str, origin: Stream | None, reason: str, kind: str | None = None, encoding: str | None = None) -> None:  # fmt: skip
        reason = replace_surrogates(reason)
        if origin is not None:
            origin.drain()
        known = origin is not None and origin.failure is None
        self.files.append(
            (identifier(path), path, origin.digest.hexdigest() if origin and known else None, origin.count if origin else 0, kind, encoding, "rejected", reason, 0)
        )  # fmt: skip
        self.rejects.append((path, None, reason))

    def flush(self) -> Parsed:
        documents, segments = _frames(self.articles)
        parsed = Parsed(
            pl.DataFrame(self.files, schema=FILE_SCHEMA, orient="row"),
            documents,
            segments,
            pl.DataFrame(self.rejects, schema=REJECT_SCHEMA, orient="row"),
        )
        self.articles, self.files, self.rejects, self.bytes = [], [], [], 0
        return parsed


def _frames(articles: list[tuple[str, str, Article, ParsingSettings]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    if not articles:
        return pl.DataFrame(schema=DOCUMENT_SCHEMA), pl.DataFrame(schema=SEGMENT_SCHEMA)
    texts: list[str] = []
    for _, _, article, _ in articles:
        text = article.text
        texts += [text[start:end] for start, end in zip(article.lines.starts, article.lines.ends, strict=True)]
    series = pl.Series("text", texts, dtype=pl.String)
    found = segmentation.segment([article for _, _, article, _ in articles], series)
    documents: list[tuple[Any, ...]] = []
    encoded: list[bytes] = []
    sizes: list[int] = []
    kinds_of: list[str] = []
    positions: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for (path, file_id, article, settings), (kinds, forms) in zip(articles, found, strict=True):
        size = len(kinds)
        data = article.text.encode("utf-8", "replace")
        documents.append(_document(path, file_id, article, data, settings, kinds, forms, texts[at : at + size]))
        at += size
        encoded.append(data)
        sizes.append(size)
        kinds_of.extend(kinds)
        positions.extend(range(size))
        starts += article.lines.starts
        ends += article.lines.ends
    columns: dict[str, Any] = dict(zip(DOCUMENT_COLUMNS, zip(*documents, strict=True), strict=True))
    columns["text"] = pl.Series(encoded, dtype=pl.Binary).cast(pl.String)
    ids = pl.Series(columns["document_id"]).gather(np.repeat(np.arange(len(sizes)), sizes))
    segments = (ids, positions, kinds_of, starts, ends, series)
    return (
        pl.DataFrame(columns, schema=DOCUMENT_SCHEMA),
        pl.DataFrame(dict(zip(SEGMENT_COLUMNS, segments, strict=True)), schema=SEGMENT_SCHEMA),
    )


def _document(path: str, file_id: str, article: Article, data: bytes, settings: ParsingSettings, kinds: list[str], forms: list[str], texts: list[str]) -> tuple[Any, ...]:  # fmt: skip
    """The row of `documents` of one article, in the order of `DOCUMENT_COLUMNS`."""
    title, lead, body = compose(kinds, texts)
    plain = bool(article.lines) and article.lines.hints[0] == Hint.NONE
    lines = list(zip(kinds, texts, forms, strict=True))
    about = metadata.about(article.given, article.tags, lines, settings, plain=plain)
    digest = hashlib.sha256(data)
    if article.given or article.tags:
        digest.update(repr((sorted(article.given.items()), article.tags)).encode("utf-8", "replace"))
    return (
        identifier(path, str(article.record)), file_id, path, article.record, digest.hexdigest(), article.text,
        title or article.given.get("title") or None, lead, body, *about,
    )  # fmt: skip


def compose(kinds: Iterable[str], texts: Iterable[str]) -> tuple[str | None, str | None, str]:
    """Return title, lead and body of segments: the body is paragraphs and headings, joined by newline."""
    title: list[str] = []
    lead: list[str] = []
    body: list[str] = []
    for kind, text in zip(kinds, texts, strict=True):
        if kind in ("paragraph", "heading"):
            body.append(text)
        elif kind == "title":
            title.append(text)
        elif kind == "lead":
            lead.append(text)
    return "\n".join(title) or None, "\n".join(lead) or None, "\n".join(body)
