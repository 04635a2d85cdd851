"""What readers hand over: articles cut into lines, with what the format itself says about each line.

Belongs here: the values every reader makes and the stage turns into rows. Does not belong here: any
knowledge of one format (`pipeline.parsing.readers`) or of what a line is (`pipeline.parsing.segmentation`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple, NoReturn

from pipeline.text.characters import INVISIBLE

_LINE: Final = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_EDGES: Final = (
    " \t\x1f\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\ufeff\u200b"
)
"""Blanks trimmed from a line's ends. Bidi marks and half-spaces stay: they belong to the line."""
_NOTHING: Final = _EDGES + INVISIBLE


class Hint(IntEnum):
    """What a format says about a line before its shape is looked at."""

    NONE = 0
    """A line of plain text: it may be anything."""
    TITLE = 1
    LEAD = 2
    BODY = 3
    """Of the article's body: title and lead are known from elsewhere."""
    HEADING = 4
    CAPTION = 5
    BYLINE = 6
    METADATA = 7
    BOILERPLATE = 8
    PARAGRAPH = 9
    """Of the body, and surely running text."""
    NEAR = 10
    """Beside the article: furniture, unless its shape says that it tells about the article."""


@dataclass(slots=True)
class Lines:
    """The lines of an article, in columns: a corpus has millions, and an object for each is what reading would wait for.

    Attributes:
        starts: Where each line begins in the article's text.
        ends: Where it ends.
        hints: What the format says of it.
        gaps: Whether a blank line came before it.
    """

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    hints: list[int] = field(default_factory=list)
    gaps: list[bool] = field(default_factory=list)

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self.starts)

    def add(self, start: int, end: int, hint: int, gap: bool) -> None:
        """Add one line."""
        self.starts.append(start)
        self.ends.append(end)
        self.hints.append(hint)
        self.gaps.append(gap)

    def extend(self, other: Lines) -> None:
        """Add the lines of `other`."""
        self.starts += other.starts
        self.ends += other.ends
        self.hints += other.hints
        self.gaps += other.gaps


@dataclass(slots=True)
class Article:
    """One article as its reader found it.

    Attributes:
        record: Its 0-based place in its file.
        text: `news.documents.text`.
        lines: Its lines, in order, not overlapping, none blank.
        given: What the format says of it, by field name as in `pipeline.parsing.field_names.FIELDS`.
        tags: The publisher's tags.
    """

    record: int
    text: str
    lines: Lines
    given: dict[str, str] = field(default_factory=dict)
    tags: list[str] | None = None


class Reject(NamedTuple):
    """A record that could not be read."""

    record: int
    reason: str


class Rejected(Exception):  # noqa: N818 - it is an outcome, not an error of the program
    """The whole file cannot be read; its argument is the reason, in words for the reader of `news.rejects`."""


def refuse(reason: str) -> NoReturn:
    """Reject the whole file.

    Raises:
        Rejected: Always.
    """
    raise Rejected(reason)


_BREAKS: Final = str.maketrans(dict.fromkeys("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " "))


def visible(text: str) -> str:
    """Return a text as one line, without the blanks at its ends; empty where nothing of it is visible."""
    stripped = text.translate(_BREAKS).strip(_EDGES) if not text.isprintable() else text.strip(_EDGES)
    return stripped if stripped and (stripped[0] not in _NOTHING or stripped.strip(_NOTHING)) else ""


def split_lines(text: str, hint: int = Hint.NONE, offset: int = 0) -> Lines:
    """Cut `text` into its lines that hold anything visible, without the blanks at their ends.

    Args:
        text: The text.
        hint: What every line of it is given.
        offset: Where `text` begins in the article's text.
    """
    if _breaks_otherwise(text) or ("\r" in text and text.count("\r") != text.count("\r\n")):
        return _split_any(text, hint, offset)
    starts: list[int] = []
    ends: list[int] = []
    gaps: list[bool] = []
    at = offset
    gap = False
    for raw in text.split("\n"):
        if raw:
            stripped = raw.strip()
            if stripped and (stripped[0] in _NOTHING or stripped[-1] in _EDGES):
                stripped = visible(stripped)
            if stripped:
                size = len(stripped)
                start = at if size == len(raw) else at + raw.index(stripped)
                starts.append(start)
                ends.append(start + size)
                gaps.append(gap)
                gap = False
            else:
                gap = bool(starts)
        else:
            gap = bool(starts)
        at += len(raw) + 1
    return Lines(starts, ends, [int(hint)] * len(starts), gaps)


def _breaks_otherwise(text: str) -> bool:
    # One search a character is a memory scan each, several times as fast as a regular expression over all.
    return (
        "\x0b" in text or "\x0c" in text or "\x1c" in text or "\x1d" in text or "\x1e" in text
        or "\x85" in text or "\u2028" in text or "\u2029" in text
    )  # fmt: skip


def _split_any(text: str, hint: int, offset: int) -> Lines:
    """`split_lines` for texts with line breaks of other kinds than LF and CR LF."""
    lines = Lines()
    last = 0
    for match in _LINE.finditer(text):
        raw = match[0]
        stripped = visible(raw)
        if not stripped:
            continue
        start = match.start() + raw.index(stripped)
        # A gap is a blank line: more than one line break, or CR LF, lies between the two lines.
        between = text[last : match.start()]
        gap = bool(last) and (between.count("\n") or between.count("\r") or 1) > 1
        lines.add(offset + start, offset + start + len(stripped), int(hint), gap)
        last = match.end()
    return lines


def join_fields(
    record: int,
    title: str | None,
    lead: str | None,
    body: list[tuple[str, int]],
    given: dict[str, str],
    tags: list[str] | None,
) -> Article:
    """Make the article of a record: title, lead and body joined by newline.

    Args:
        record: Its place in its file.
        title: Its title, as it came.
        lead: Its lead, as it came.
        body: The body's parts, each with its hint.
        given: What else the record says of it.
        tags: Its tags.
    """
    parts: list[str] = []
    lines = Lines()
    at = 0
    for field_value, field_hint in ((title, Hint.TITLE), (lead, Hint.LEAD)):
        stripped = (field_value or "").strip(_EDGES + "\r\n")
        if stripped and stripped.strip(_NOTHING + "\r\n"):
            lines.add(at, at + len(stripped), int(field_hint), gap=False)
            parts.append(stripped)
            at += len(stripped) + 1
    for part, hint in body:
        value = part.strip("\r\n")
        if value.strip(_EDGES):
            lines.extend(split_lines(value, hint, at))
            parts.append(value)
            at += len(value) + 1
    return Article(record, "\n".join(parts), lines, given, tags)
