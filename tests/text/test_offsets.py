"""Offset maps guard against entity spans that point beside the word once text was edited."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.offsets import MACROS, Edit, OffsetMap
from pipeline.text.spans import Span, drop_overlaps


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str, OffsetMap]:
    """A raw text, what edits made of it, and the map."""
    raw = draw(st.text(alphabet="ابپتمی‌ .", max_size=20))
    cuts = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    edits = [
        Edit(start, end, draw(st.text(alphabet="xy", max_size=3)))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    out, at = "", 0
    for edit in edits:
        out += raw[at : edit.start] + edit.replacement
        at = edit.end
    return raw, out + raw[at:], OffsetMap.from_edits(len(raw), edits)


@given(edited())
def test_map_keeps_the_contract(case: tuple[str, str, OffsetMap]) -> None:
    raw, out, offsets = case
    nodes = offsets.nodes()
    assert nodes[0] == {"normalized": 0, "raw": 0}
    assert nodes[-1] == {"normalized": len(out), "raw": len(raw)}


@given(edited(), st.data())
def test_there_and_back_gives_the_same_raw_span(case: tuple[str, str, OffsetMap], data: st.DataObject) -> None:
    _, out, offsets = case
    start = data.draw(st.integers(0, len(out)))
    raw = offsets.to_raw(Span(start, data.draw(st.integers(start, len(out)))))
    back = offsets.to_normalized(raw)
    if raw.start < raw.end and back.start < back.end:
        assert offsets.to_raw(back) == raw


@given(edited(), st.data())
def test_sql_macros_agree_with_python(case: tuple[str, str, OffsetMap], data: st.DataObject) -> None:
    _, out, offsets = case
    start = data.draw(st.integers(0, len(out)))
    end = data.draw(st.integers(start, len(out)))
    if start == end:
        return
    nodes = (
        "["
        + ", ".join(f"{{'normalized': {n}, 'raw': {r}}}" for n, r in zip(offsets.normalized, offsets.raw, strict=True))
        + "]"
    )
    row = CONNECTION.execute(f"select raw_start({nodes}, {start}), raw_end({nodes}, {end})").fetchone()
    expected = offsets.to_raw(Span(start, end))
    if expected.start < expected.end:
        assert row == tuple(expected)


CONNECTION = duckdb.connect()
for macro in MACROS:
    CONNECTION.execute(macro)


def test_two_steps_are_one_map() -> None:
    # «كتابهاي» -> «کتابهای» -> «کتاب‌های», and one space dropped before.
    first = OffsetMap.from_edits(9, [Edit(0, 2, " ")])
    second = OffsetMap.from_edits(8, [Edit(5, 5, "\u200c")])
    both = first.then(second)
    assert both.to_raw(Span(1, 5)) == Span(2, 6)
    assert both.to_raw(Span(6, 9)) == Span(6, 9)


def test_what_is_no_map_is_refused() -> None:
    with pytest.raises(ValueError, match="starts at"):
        OffsetMap((1,), (0,))
    with pytest.raises(ValueError, match="never fall"):
        OffsetMap((0, 3, 2), (0, 1, 2))
    with pytest.raises(ValueError, match="overlaps"):
        OffsetMap.from_edits(4, [Edit(0, 3, ""), Edit(2, 4, "")])


def test_overlapping_spans_leave_the_heavier() -> None:
    assert drop_overlaps([(Span(0, 5), 0.4), (Span(3, 8), 0.9), (Span(9, 12), 0.1)]) == [1, 2]
