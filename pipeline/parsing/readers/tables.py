"""CSV and TSV: one record a row, its names in the first.

Belongs here: cutting rows. Does not belong here: what the columns' names mean (`pipeline.parsing.fields`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Final

from pipeline.parsing.articles import Article, Reject, Rejected
from pipeline.parsing.fields import article_from_record, known_names
from pipeline.parsing.settings import ParsingSettings
from pipeline.parsing.sources import Source

_ESCAPED: Final = re.compile("[\udc80-\udcff]")


def read(source: Source, settings: ParsingSettings) -> Iterator[Article | Reject]:
    """Yield the file's articles, row by row.

    Raises:
        Rejected: If it has no row.
    """
    chunks = source.text_chunks()
    first = next(chunks, "").lstrip("\ufeff\r\n")
    line = first.split("\n", 1)[0]
    separator = max("\t,;|", key=lambda s: (known_names([n.strip().strip('"') for n in line.split(s)]), line.count(s)))
    csv.field_size_limit(settings.max_document_bytes)
    rows = csv.reader(_lines(first, chunks, settings.max_document_bytes), delimiter=separator, strict=False)
    header: list[str] | None = None
    number = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            if header is None:
                raise Rejected(f"broken CSV: {error}") from error
            yield Reject(number, f"broken CSV: {error}")
            number += 1
            continue
        if not any(cell.strip() for cell in row):
            continue
        if header is None:
            header = [cell.strip() for cell in row]
            if known_names(header):
                continue
            header = [f"column {i + 1}" for i in range(len(row))]
        yield _record(number, header, row, settings)
        number += 1


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
