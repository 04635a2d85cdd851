"""What a document's tags are does not depend on which others stand in the batch, to the last bit.

A matrix product in floating point adds in another order for another shape of matrix, so a confidence would move in
its last digit from one batch to another, and a rerun after a change would not give the tables of a run from scratch.
"""

import polars as pl
import pytest

from pipeline.entities.tagger import predict
from tests.faults.harness import AR, FA, PLACES


def frame(language: str, documents: int) -> pl.DataFrame:
    text = FA if language == "fa" else AR
    rows = [
        (f"{i:04}", position, "paragraph", language, line)
        for i in range(documents)
        for position, line in enumerate(
            text.format(i=i, place=PLACES[i % len(PLACES)] * (1 + i % 3), n=i * 7, d=1 + i % 28).splitlines()
            * (1 + i % 5)
        )
        if line
    ]
    names = ["document_id", "position", "kind", "language", "normalized_text"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("position").cast(pl.Int32))


@pytest.mark.parametrize("language", ["fa", "ar"])
def test_a_documents_tags_are_the_same_in_every_batch(language: str) -> None:
    segments = frame(language, 120)
    whole = predict(segments)
    assert whole.height > 100
    for size in (1, 7, 50):
        for first in (0, 3, 61):
            chosen = [f"{i:04}" for i in range(first, first + size)]
            part = predict(segments.filter(pl.col("document_id").is_in(chosen)))
            assert part.equals(whole.filter(pl.col("document_id").is_in(chosen)))
