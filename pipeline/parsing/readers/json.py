"""JSON: one record, an array of records, records by their ids, or one record a line.

Belongs here: cutting records out of the text, piece by piece. Does not belong here: what their names mean
(`pipeline.parsing.fields`).

An array and lines are streamed: memory holds one record and one piece of the file. Records that came whole
are kept, whatever comes after.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipeline.parsing.articles import Article, Reject, Rejected
from pipeline.parsing.field_names import WRAPPERS, field_of, known_names
from pipeline.parsing.fields import article_from_record
from pipeline.parsing.settings import ParsingSettings
from pipeline.parsing.sources import Source

_BLANK: Final = re.compile(r"[\s\ufeff\x00]*")
_BLANK_OR_COMMA: Final = re.compile(r"[\s,]*")
_ESCAPED: Final = re.compile("[\udc80-\udcff]")
_LIST_NAMES: Final = ("articles", "items", "data", "results", "documents", "docs", "records", "news", "entries", "posts", "rows", "hits", "response", "feed", "channel", "stories", "list", "edges", "nodes")  # fmt: skip
_HELD: Final = re.compile(rf'"(?:{"|".join(_LIST_NAMES)})"\s*:\s*\[(?=\s*\{{)')
"""Where the list of records begins in an object that holds it."""
_DECODER: Final = json.JSONDecoder(strict=False)


def read(source: Source, settings: ParsingSettings) -> Iterator[Article | Reject]:
    """Yield the file's articles, record by record.

    Raises:
        Rejected: If it is one document that is cut short or broken, or holds nothing of a known shape.
    """
    chunks = source.text_chunks()
    buffer = ""
    for chunk in chunks:
        buffer = (buffer + chunk).lstrip(" \t\r\n\ufeff")
        if buffer:
            break
    if buffer.startswith("["):
        yield from _array(buffer[1:], chunks, settings)
        return
    yield from _values(buffer, chunks, settings)


def _record(number: int, value: Any, raw: str, settings: ParsingSettings) -> Article | Reject:
    bad = _ESCAPED.search(raw)
    if bad:
        return Reject(
            number, f"invalid UTF-8 (byte 0x{ord(bad[0]) - 0xDC00:02x} at character {bad.start()} of the record)"
        )
    if isinstance(value, Mapping):
        return article_from_record(number, value, settings)
    if isinstance(value, str) and len(value) > 40:
        return article_from_record(number, {"text": value}, settings)
    return Reject(number, f"not an article: the record is a {_kind(value)}, not an object")


def _kind(value: Any) -> str:
    names = {list: "list", str: "text", int: "number", float: "number", bool: "truth value", type(None): "null"}
    return names.get(type(value), "value")


def _array(buffer: str, chunks: Iterator[str], settings: ParsingSettings) -> Iterator[Article | Reject]:
    number = 0
    at = 0
    wanted = 0
    ended = False
    while True:
        at = _BLANK_OR_COMMA.match(buffer, at).end()  # type: ignore[union-attr]
        if at >= len(buffer) or len(buffer) - at < wanted:
            more = "" if ended else next(chunks, None)
            if more is None or ended:
                if at >= len(buffer):
                    yield Reject(number, "the file ends before the array does: what was to follow is lost")
                    return
                ended = True
                wanted = 0
            else:
                buffer, at = buffer[at:] + more, 0
                continue
        if buffer[at] == "]":
            return
        try:
            value, end = _DECODER.raw_decode(buffer, at)
        except (ValueError, RecursionError) as error:
            if isinstance(error, RecursionError) or not ended:
                size = len(buffer) - at
                if isinstance(error, RecursionError) or size > settings.max_document_bytes:
                    yield Reject(number, "nested too deeply" if isinstance(error, RecursionError) else f"a record of more than {settings.max_document_bytes >> 20} MiB, or a broken one: the rest of the file is not read")  # fmt: skip
                    return
                if _is_cut(error, buffer):
                    wanted = max(size * 2, size + 1)
                    continue
            yield Reject(number, f"{'cut short' if _is_cut(error, buffer) else 'broken JSON'}: {_words(error)}")
            # Go on where the next record seems to begin.
            following = re.compile(r"\}\s*,\s*(?=\{)").search(buffer, at + 1)
            if following is None:
                return
            at = following.end()
            number += 1
            continue
        wanted = 0
        if end >= len(buffer) and not ended and not isinstance(value, Mapping | list | str):
            wanted = len(buffer) - at + 1
            continue  # a number may go on
        yield _record(number, value, buffer[at:end], settings)
        number += 1
        at = end
        if at > 1 << 20:
            buffer, at = buffer[at:], 0


def _is_cut(error: Exception, buffer: str) -> bool:
    """Whether decoding failed because the text ended, not because it is wrong."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    rest = buffer[error.pos :]
    if error.msg.startswith("Unterminated string"):
        return True
    return not rest.strip() or (len(rest) < 8 and error.msg.startswith(("Expecting", "Invalid \\")))


def _words(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    return str(error) or type(error).__name__


def _values(buffer: str, chunks: Iterator[str], settings: ParsingSettings) -> Iterator[Article | Reject]:
    """One object that is the document or holds the records; or one value after another, as a rule one a line."""
    limit = settings.max_document_bytes
    newline = _line_end(buffer, 0)
    while newline < 0:
        more = next(chunks, None)
        if more is None:
            break
        buffer += more
        newline = _line_end(buffer, 0)
        if len(buffer) > limit:
            break
    first = buffer[:newline] if newline >= 0 else buffer
    value, error = _load(first)
    if newline >= 0 and (error is None or not _continues(first, error) or _is_record(buffer, newline + 1)):
        rest = buffer[newline + 1 :].lstrip()
        if rest or next(chunks, None) is not None:
            # More than one line, and the first stands for itself.
            yield from _lines(buffer, chunks, settings)
            return
    for more in chunks:
        buffer += more
        if len(buffer) > limit:
            held = _HELD.search(buffer, 0, 1 << 20)
            if held:
                # Too large to be looked at whole: the list of records in it is read as an array is.
                yield from _array(buffer[held.end() :], chunks, settings)
                return
            raise Rejected(f"one JSON document of more than {limit >> 20} MiB: raise max_document_bytes to read it")
    value, error = _load(buffer)
    if error is None:
        yield from _document(value, buffer, settings)
        return
    # Objects one after another, each over several lines.
    found = list(_concatenated(buffer, settings))
    if len(found) > 1 and isinstance(found[0], Article):
        yield from found
        return
    bad = _ESCAPED.search(buffer)
    raise Rejected(f"JSON document {'cut short' if _is_cut(error, buffer) else 'broken'}: {_words(error)}" + ("; it holds invalid UTF-8" if bad else ""))  # fmt: skip


def _is_record(buffer: str, at: int) -> bool:
    """Whether the next line is a record by itself: then a first line that is none is a damaged one."""
    end = _line_end(buffer, at)
    value, error = _load(buffer[at:end] if end >= 0 else buffer[at:])
    return error is None and isinstance(value, Mapping) and known_names([str(name) for name in value]) >= 1


def _load(text: str) -> tuple[Any, Exception | None]:
    try:
        return json.loads(text, strict=False), None
    except (ValueError, RecursionError) as error:
        return None, error


def _continues(line: str, error: Exception) -> bool:
    """Whether a first line that is no JSON value is the beginning of one over several lines."""
    stripped = line.strip()
    return (
        stripped in ("{", "[")
        or stripped.endswith((",", "{", "[", ":"))
        or (_is_cut(error, line) and not stripped.endswith("}"))
    )


def _line_end(buffer: str, at: int) -> int:
    return buffer.find("\n", at)


def _lines(buffer: str, chunks: Iterator[str], settings: ParsingSettings) -> Iterator[Article | Reject]:
    number = 0
    limit = settings.max_document_bytes
    skipping = False
    while True:
        at = 0
        while (end := buffer.find("\n", at)) >= 0:
            line = buffer[at:end]
            at = end + 1
            if skipping:
                skipping = False
                number += 1
            elif line.strip(" \t\r\ufeff\x00"):
                yield _line(number, line, settings)
                number += 1
        buffer = buffer[at:]
        if len(buffer) > limit and not skipping:
            yield Reject(number, f"a line of more than {limit >> 20} MiB")
            skipping = True
        if skipping:
            buffer = ""
        more = next(chunks, None)
        if more is None:
            break
        buffer += more
    if buffer.strip(" \t\r\ufeff\x00") and not skipping:
        yield _line(number, buffer, settings)


def _line(number: int, line: str, settings: ParsingSettings) -> Article | Reject:
    value, error = _load(line.strip().removesuffix(","))
    if error is not None:
        bad = _ESCAPED.search(line)
        if bad:
            return Reject(
                number, f"invalid UTF-8 (byte 0x{ord(bad[0]) - 0xDC00:02x} at character {bad.start()} of the line)"
            )
        cut = line.lstrip()[:1] in ("{", "[") and _is_cut(error, line)
        return Reject(
            number, f"{'cut short' if cut else 'broken JSON'} (record {number}, counted from 0): {_words(error)}"
        )
    return _record(number, value, line, settings)


def _concatenated(buffer: str, settings: ParsingSettings) -> Iterator[Article | Reject]:
    at = number = 0
    while (at := _BLANK_OR_COMMA.match(buffer, at).end()) < len(buffer):  # type: ignore[union-attr]
        try:
            value, end = _DECODER.raw_decode(buffer, at)
        except (ValueError, RecursionError) as error:
            yield Reject(number, f"{'cut short' if _is_cut(error, buffer) else 'broken JSON'}: {_words(error)}")
            return
        yield _record(number, value, buffer[at:end], settings)
        number += 1
        at = end


def _document(value: Any, raw: str, settings: ParsingSettings) -> Iterator[Article | Reject]:
    records = _records(value, 0)
    if records is None:
        found = _record(0, value, raw, settings)
        if isinstance(found, Reject):
            raise Rejected(found.reason)
        yield found
        return
    clean = "" if _ESCAPED.search(raw) is None else None
    for number, record in enumerate(records):
        text = clean if clean is not None else json.dumps(record, ensure_ascii=False)
        yield _record(number, record, text, settings)


def _records(value: Any, depth: int) -> list[Any] | None:
    """The list of records an object holds, under a usual name or under its own ids; None where it is one itself."""
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping) or depth > 6:
        return None
    names = [str(name) for name in value]
    lists = [
        name for name, inner in value.items()
        if isinstance(inner, list) and inner and all(isinstance(item, Mapping) for item in inner[:5]) and _is_article(inner[0])
    ]  # fmt: skip
    fields = {found[0] for name in names if (found := field_of(name)) and not isinstance(value[name], Mapping)}
    if "body" in fields and "title" in fields and not any(name in _LIST_NAMES for name in lists):
        return None
    for name in sorted(lists, key=lambda n: (n not in _LIST_NAMES, names.index(n))):
        return list(value[name])
    for name in _LIST_NAMES:
        if isinstance(value.get(name), Mapping) and (inner := _records(value[name], depth + 1)) is not None:
            return inner
    mappings = [inner for inner in value.values() if isinstance(inner, Mapping)]
    if len(names) > 1 and len(mappings) == len(names) and all(_is_article(inner) for inner in mappings):
        return mappings
    if not fields & {"title", "body"}:
        # An answer of a service, or a page's own data: the records lie deeper, or the one article does.
        for mapping in mappings:
            if (held := _records(mapping, depth + 1)) is not None:
                return held
            if _is_article(mapping, whole=True):
                return [mapping]
    return None


def _is_article(value: Mapping[str, Any], *, whole: bool = False) -> bool:
    """Whether an object has the names of an article, in itself or in a wrapper; `whole` asks for title and body."""
    inner = next((held for name in WRAPPERS if isinstance(held := value.get(name), Mapping)), value)
    if not whole:
        return max(known_names([str(key) for key in held]) for held in (value, inner)) >= 2
    return {"title", "body"} <= {found[0] for name in inner if (found := field_of(str(name)))}
