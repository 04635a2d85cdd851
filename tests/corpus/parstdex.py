"""Date spans on parstdex: 305 Persian sentences with the spans of their time expressions, no values.

parstdex marks clock times, durations and frequencies too, and takes prepositions and clock times into the spans of
days («در تابستان», «شنبه عصر»); `news.dates` has rows for days and spans of days, without what stands before them.
So three figures are told: of the spans that name days, a span counting as found where one of ours overlaps it; of all
spans, counted so; of all spans with exactly their boundaries.

Belongs here: reading the set and the figures. Does not belong here: pins (the gate).
"""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

SCOPE = Path(__file__).parent / "parstdex-scope.json"
"""By kind, the spans that name no day: number of the sentence and of the span in it."""


def figures(path: Path, find: Callable[[list[tuple[str, str, date]]], pl.DataFrame]) -> dict[str, float]:
    """Return recall and F1 of the three countings, and precision.

    Args:
        path: The set, `parstdex.json`.
        find: From texts with language and day of publication to rows of dates; `document_id` is a text's number.
    """
    examples = json.loads(path.read_text(encoding="utf-8"))
    outside = {tuple(span) for spans in json.loads(SCOPE.read_text(encoding="utf-8")).values() for span in spans}
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = find([(example["test_input"], "fa", date(2016, 11, 20)) for example in examples])
    for document_id, start, end in rows.select("document_id", "start_char", "end_char").iter_rows():
        found[int(document_id)].append((start, end))
    spans = [
        (i, n, *span) for i, example in enumerate(examples) for n, span in enumerate(json.loads(example["expected"]))
    ]
    met = {(i, n) for i, n, start, end in spans if any(a < end and start < b for a, b in found[i])}
    exact = {(i, n) for i, n, start, end in spans if (start, end) in found[i]}
    days = {(i, n) for i, n, _, _ in spans} - outside
    right = sum(
        any(i == text and a < end and start < b for i, _, start, end in spans)
        for text, own in found.items()
        for a, b in own
    )
    precision = right / rows.height
    return {
        "precision": precision,
        "spans": len(spans),
        "spans that name days": len(days),
        "recall of days": len(met & days) / len(days),
        "f1 of days": _f1(precision, len(met & days) / len(days)),
        "recall of all": len(met) / len(spans),
        "f1 of all": _f1(precision, len(met) / len(spans)),
        "recall of exact": len(exact) / len(spans),
        "f1 of exact": _f1(len(exact) / rows.height, len(exact) / len(spans)),
    }


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall)
