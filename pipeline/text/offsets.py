"""Offset maps: which place of the raw text each place of an edited text came from.

Belongs here: building, joining and reading maps. Does not belong here: deciding what to edit
(`pipeline.normalization`).

A map is a list of nodes ``(normalized, raw)``, as in the column ``news.segments.offset_map``: the
first is (0, 0), the last holds the two lengths, neither side falls. Between neighbours at equal
distance characters answer one to one; any other stretch is one edit, whose start answers its start
and whose end its end.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.text.spans import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``raw[start:end]`` by `replacement`. `rule` names why."""

    start: int
    end: int
    replacement: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Nodes of the map as two equally long tuples of code point offsets."""

    normalized: tuple[int, ...]
    raw: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse what is no map.

        Raises:
            ValueError: If the first node is not (0, 0), or a side falls, or the sides differ in length.
        """
        if len(self.normalized) != len(self.raw) or not self.normalized:
            raise ValueError("an offset map needs as many raw as normalized offsets, at least one")
        if self.normalized[0] or self.raw[0]:
            raise ValueError(f"an offset map starts at (0, 0), not {(self.normalized[0], self.raw[0])}")
        for side in (self.normalized, self.raw):
            if any(a > b for a, b in itertools.pairwise(side)):
                raise ValueError("an offset map's sides never fall")

    @classmethod
    def identity(cls, length: int) -> OffsetMap:
        """Return the map of a text of `length` code points onto itself."""
        return cls((0, length), (0, length)) if length else cls((0,), (0,))

    @classmethod
    def from_edits(cls, raw_length: int, edits: Iterable[Edit]) -> OffsetMap:
        """Return the map that `edits`, in order and not overlapping, make of a raw text.

        An edit that keeps the length is one to one and leaves no node.

        Raises:
            ValueError: If an edit overlaps the one before it or ends past the text.
        """
        nodes = [(0, 0)]
        raw_at = normalized_at = 0
        for edit in edits:
            if edit.start < raw_at or edit.end > raw_length or edit.end < edit.start:
                raise ValueError(f"edit {edit} overlaps the one before it or leaves the text of {raw_length}")
            start = normalized_at + edit.start - raw_at
            end = start + len(edit.replacement)
            raw_at, normalized_at = edit.end, end
            if end - start != edit.end - edit.start:
                nodes += [(start, edit.start), (end, edit.end)]
        nodes.append((normalized_at + raw_length - raw_at, raw_length))
        return cls.from_nodes(nodes)

    @classmethod
    def from_nodes(cls, nodes: Iterable[tuple[int, int]]) -> OffsetMap:
        """Return the map of these ``(normalized, raw)`` nodes, without the nodes that say nothing.

        A deletion beside an insertion is one replacement: apart, neither would have a place of its own.
        """
        kept: list[tuple[int, int]] = []
        for node in nodes:
            if kept and node == kept[-1]:
                continue
            while len(kept) >= 2:
                (n0, r0), (n1, r1) = kept[-2:]
                straight = n1 - n0 == r1 - r0 and node[0] - n1 == node[1] - r1
                replaced = (n0 == n1 and r1 == node[1]) or (r0 == r1 and n1 == node[0])
                if not straight and not replaced:
                    break
                kept.pop()
            kept.append(node)
        return cls(tuple(n for n, _ in kept), tuple(r for _, r in kept))

    def nodes(self) -> list[dict[str, int]]:
        """Return the nodes as the column ``offset_map`` holds them."""
        return [{"normalized": n, "raw": r} for n, r in zip(self.normalized, self.raw, strict=True)]

    def to_raw(self, span: Span) -> Span:
        """Return the raw span of a normalized one: the smallest that holds all it came from."""
        return _map_span(span, self.normalized, self.raw)

    def to_normalized(self, span: Span) -> Span:
        """Return the normalized span of a raw one: the smallest that holds all that came of it."""
        return _map_span(span, self.raw, self.normalized)

    def then(self, later: OffsetMap) -> OffsetMap:
        """Return the map of two steps: this one raw to middle, `later` middle to final.

        `later` has the middle text on its raw side. An edit of one step that touches an edit of the
        other becomes one edit that covers both.
        """
        nodes = [(0, 0)]
        for n, middle in zip(later.normalized, later.raw, strict=True):
            start = _map_point(middle, self.normalized, self.raw, end=False)
            end = _map_point(middle, self.normalized, self.raw, end=True)
            nodes += [(n, min(start, end)), (n, max(start, end))]
        for middle, r in zip(self.normalized, self.raw, strict=True):
            start = _map_point(middle, later.raw, later.normalized, end=False)
            end = _map_point(middle, later.raw, later.normalized, end=True)
            nodes += [(min(start, end), r), (max(start, end), r)]
        nodes.sort()
        # Inside an edit of the other step two nodes can cross: the running maximum joins them.
        highest = 0
        level: list[tuple[int, int]] = []
        for n, r in nodes:
            highest = max(highest, r)
            level.append((n, highest))
        return OffsetMap.from_nodes(level)


MACROS: Final = (
    """create or replace macro raw_start(offset_map, place) as (
    select case when low.normalized = place or high is null or high.normalized - low.normalized <> high.raw - low.raw
                then low.raw else low.raw + place - low.normalized end
    from (select arg_max(node, number) filter (node.normalized <= place) as low,
                 arg_min(node, number) filter (node.normalized > place) as high
          from (select unnest(offset_map) as node, generate_subscripts(offset_map, 1) as number)))""",
    """create or replace macro raw_end(offset_map, place) as (
    select case when high.normalized = place or low is null or high.normalized - low.normalized <> high.raw - low.raw
                then high.raw else low.raw + place - low.normalized end
    from (select arg_max(node, number) filter (node.normalized < place) as low,
                 arg_min(node, number) filter (node.normalized >= place) as high
          from (select unnest(offset_map) as node, generate_subscripts(offset_map, 1) as number)))""",
)
"""DuckDB macros on the column ``offset_map``: where in a segment's raw ``text`` a span of its ``normalized_text``
begins and ends, as `OffsetMap.to_raw` has it; without lambdas, whose syntax DuckDB 1.2 and 2.0 do not share. NULL where the offset lies outside of the text. For a span of
``[a, b)``, ``substr(text, raw_start(offset_map, a) + 1, raw_end(offset_map, b) - raw_start(offset_map, a))``."""


def _map_point(at: int, source: Sequence[int], target: Sequence[int], *, end: bool) -> int:
    if end:  # the leftmost node at this place, and inside an edit its end
        i = bisect_left(source, at)
        if i < len(source) and source[i] == at:
            return target[i]
        if i == 0 or i == len(source):
            raise ValueError(f"offset {at} lies outside of the mapped text of {source[-1]}")
        same = source[i] - source[i - 1] == target[i] - target[i - 1]
        return target[i - 1] + at - source[i - 1] if same else target[i]
    i = bisect_right(source, at) - 1
    if i < 0 or at > source[-1]:
        raise ValueError(f"offset {at} lies outside of the mapped text of {source[-1]}")
    if source[i] == at:
        return target[i]
    same = source[i + 1] - source[i] == target[i + 1] - target[i]
    return target[i] + at - source[i] if same else target[i]


def _map_span(span: Span, source: Sequence[int], target: Sequence[int]) -> Span:
    start = _map_point(span.start, source, target, end=False)
    if span.start == span.end:
        return Span(start, start)
    # An empty target (all of it deleted) has start and end on opposite sides of the deletion.
    end = _map_point(span.end, source, target, end=True)
    return Span(start, end) if start <= end else Span(end, end)
