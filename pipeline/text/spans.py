"""Spans: places in a text, counted in Unicode code points, 0-based, end-exclusive.

Belongs here: the value and its arithmetic. Does not belong here: maps between two texts
(`pipeline.text.offsets`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """`text[start:end]` of some text; counted in code points."""

    start: int
    end: int

    def shift(self, by: int) -> Span:
        """Return the span moved by `by` code points."""
        return Span(self.start + by, self.end + by)

    def overlaps(self, other: Span) -> bool:
        """Say whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end


def drop_overlaps(spans: Iterable[tuple[Span, float]]) -> list[int]:
    """Return the indexes of spans to keep so that none overlap, in text order.

    Higher weight wins, then the longer span, then the earlier one: a deterministic greedy choice.
    """
    indexed = sorted(
        enumerate(spans), key=lambda item: (-item[1][1], item[1][0].start - item[1][0].end, item[1][0].start)
    )
    kept: list[tuple[Span, int]] = []
    for index, (span, _) in indexed:
        if not any(span.overlaps(other) for other, _ in kept):
            kept.append((span, index))
    return [index for _, index in sorted(kept)]
