"""Plain text: one file is one article, one line one segment.

Belongs here: reading it. Does not belong here: telling its lines apart (`pipeline.parsing.segmentation`).
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.parsing.articles import Article, Reject, Rejected, split_lines
from pipeline.parsing.settings import ParsingSettings
from pipeline.parsing.sources import Source


def read(source: Source, settings: ParsingSettings) -> Iterator[Article | Reject]:
    """Yield the file's one article.

    Raises:
        Rejected: If it holds no letter, or more lines than an article can have.
    """
    text = source.text()
    lines = split_lines(text)
    if not any(map(str.isalpha, text[:4096])) and not any(map(str.isalpha, text)):
        raise Rejected("holds no text: not one letter" if lines else "holds no text: empty or blank")
    if len(lines) > settings.max_lines:
        raise Rejected(f"holds {len(lines)} lines: more than the {settings.max_lines} of one article")
    yield Article(0, text, lines)
