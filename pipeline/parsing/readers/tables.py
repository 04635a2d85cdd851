"""CSV and TSV: one record a row, its names in the first.

Belongs here: cutting rows. Does not belong here: what the columns' names mean (`pipeline.parsing.fields`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Final

from pipeline.parsing.articles import Article, Reject, Rejected
from pipeline.parsing.field_names import known_names
from pipeline.parsing.fields import article_from_record
from pipeline.parsing.settings import ParsingSettings
from pipeline.parsing.sources import Source

_REPAIRS: Final = 50
"""How often in a file a quote that is never closed is looked past: each time, what it swallowed is read twice."""
_TOO_LONG: Final = "\udfff"
"""Stands for a line too long to be read; no text holds it."""
_ESCAPED: Final = re.compile("[\udc80-\udcff]")


def read(source: Source, settings: ParsingSettings) -> Iterator[Article | Reject]:
    """Yield the file's articles, row by row.

    Raises:
        Rejected: If it has no row.
    """
    chunks = source.text_chunks()
    first = next(chunks, "").lstrip("\ufeff\r\n")
    line = first.split("\n", 1)[0]
    stated = re.match(r"sep=([\t,;|])\r?\n", first)  # a spreadsheet's own line
    if stated:
        first = first[stated.end() :]
        line = first.split("\n", 1)[0]
    separator = (
        stated[1]
        if stated
        else max("\t,;|", key=lambda s: (known_names([n.strip().strip('"') for n in line.split(s)]), line.count(s)))
    )
    csv.field_size_limit(settings.max_document_bytes)
    lines = _Lines(_lines(first, chunks, settings.max_document_bytes))
    rows = csv.reader(lines, delimiter=separator, strict=True)
    header: list[str] | None = None
    number = repaired = 0
    while True:
        lines.taken.clear()
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            if header is None and len(lines.taken) > 1:
                raise Rejected(f"broken CSV: {error}") from error
            if repaired < _REPAIRS and header and _swallowed(lines.taken, separator, len(header)):
                # A quote that is never closed has swallowed the rows after it: they are read again without it.
                yield Reject(number, "a quote in the row is never closed")
                number += 1
                repaired += 1
                lines.push(lines.taken[1:])
                rows = csv.reader(lines, delimiter=separator, strict=True)
                continue
            # Quotes within quotes: the row is taken as it comes.
            again = list(lines.taken)
            lines.taken.clear()
            lines.push(again)
            try:
                escape = "\\" if any('\\"' in one for one in again) else None
                row = next(csv.reader(lines, delimiter=separator, escapechar=escape, doublequote=escape is None))
            except (csv.Error, StopIteration):
                yield Reject(number, f"broken CSV: {error}")
                number += 1
                row = []
            rows = csv.reader(lines, delimiter=separator, strict=True)
        if not any(cell.strip() for cell in row):
            continue
        if any(_TOO_LONG in cell for cell in row):
            yield Reject(number, f"a row of more than {settings.max_document_bytes >> 20} MiB")
            number += 1
            continue
        if header is None:
            header = [cell.strip() for cell in row]
            if known_names(header):
                continue
            header = [f"column {i + 1}" for i in range(len(row))]
        yield _record(number, header, [_unescaped(cell) for cell in row] if separator == "\t" else row, settings)
        number += 1


_ESCAPES: Final = {"\\n": "\n", "\\t": "\t", "\\r": "", "\\\\": "\\"}


def _unescaped(cell: str) -> str:
    r"""Undo what databases write for line breaks and tabs within a cell; \N is their NULL."""
    if "\\" not in cell:
        return cell
    return "" if cell == "\\N" else re.sub(r"\\[ntr\\]", lambda found: _ESCAPES[found[0]], cell)


def _swallowed(taken: list[str], separator: str, fields: int) -> bool:
    """Whether lines that were read as one row hold another one: its first line's quote is never closed."""
    for line in taken[1:201]:
        try:
            if line.strip() and len(next(csv.reader([line], delimiter=separator, strict=True))) == fields > 1:
                return True
        except (csv.Error, StopIteration):
            continue
    return False


class _Lines:
    """Lines, with those of the current row at hand, to be given again."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.taken.append(line)
        return line

    def push(self, lines: list[str]) -> None:
        """Give `lines` again, before what follows."""
        self._again.extend(reversed(lines))


def _lines(first: str, chunks: Iterator[str], limit: int) -> Iterator[str]:
    buffer = first
    while True:
        lines = buffer.split("\n")
        buffer = lines.pop()
        for line in lines:
            yield line + "\n"
        if len(buffer) > limit:
            # No row is so long: what comes up to the next line break is not read.
            while "\n" not in (more := next(chunks, "\n")):
                pass
            yield _TOO_LONG + "\n"
            buffer = more.split("\n", 1)[1]
            continue
        more = next(chunks, "")
        if not more:
            break
        buffer += more
    if buffer:
        yield buffer


def _record(number: int, header: list[str], row: list[str], settings: ParsingSettings) -> Article | Reject:
    bad = next((match for cell in row if (match := _ESCAPED.search(cell))), None)
    if bad:
        return Reject(number, f"invalid UTF-8 (byte 0x{ord(bad[0]) - 0xDC00:02x} in the row)")
    cells = list(row)
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(header):
        return Reject(number, f"the row has {len(cells)} fields where the first line names {len(header)}")
    return article_from_record(number, dict(zip(header, cells, strict=True)), settings)
