"""Verification: candidates become pairs only after their texts have been compared, shingle by shingle.

Belongs here: reading the texts of candidates and measuring what they share.
Does not belong here: finding candidates (`linking`), deciding what is near (`clusters`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.deduplication import folding

FLOOR: Final = 0.5
"""Pairs less alike than this by every measure are not stored: no threshold may lie below."""

BATCH_LETTERS: Final = 64_000_000
"""Letters of the texts compared at a time: bounds memory at about ten bytes each."""

SCHEMA: Final = {
    "text_a": pl.UInt64,
    "text_b": pl.UInt64,
    "word_jaccard": pl.Float64,
    "letter_jaccard": pl.Float64,
    "word_containment": pl.Float64,
    "letter_containment": pl.Float64,
}


def verify(
    connection: duckdb.DuckDBPyConnection,
    bodies: str,
    due: pl.DataFrame,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Compare pairs of texts and store those alike enough.

    Args:
        connection: Holds the stage's tables.
        bodies: As for `linking.link`.
        due: `text_a` (the smaller), `text_b`, `a_letters`, `b_letters` of pairs that are not stored, and `came`: where
            the earlier of the two stands in the order in which texts came.
        progress: Told how many of how many pairs are done.
    """
    done = 0
    for batch in _batches(due):
        _verified = compare(batch, _bodies(connection, bodies, batch))
        connection.execute("INSERT INTO deduplication.pairs SELECT * FROM _verified")
        done += batch.height
        if progress is not None:
            progress(done, due.height)


def _batches(due: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the pairs in batches of bounded text; pairs that share texts stand together.

    Batches follow the order in which texts came, and so lie together in the database: each reads a part of all bodies,
    where pairs in any order would read all of them once per batch.
    """
    if due.is_empty():
        return
    if sum(int(due[name].cast(pl.Int64).sum()) for name in ("a_letters", "b_letters")) <= BATCH_LETTERS:
        yield due
        return
    names, numbers = np.unique(
        np.concatenate([due["text_a"].to_numpy(), due["text_b"].to_numpy()]), return_inverse=True
    )
    first, second = numbers[: due.height], numbers[due.height :]
    components = _components(first, second, len(names))
    due = (
        due.with_columns(pl.Series("component", components[first]))
        .with_columns(pl.col("came").min().over("component"))
        .sort("came", "component", "text_a", "text_b")
    )
    # A text counts where it is first met; the estimate errs on the high side for texts met again.
    letters = pl.col("b_letters") + pl.when(pl.col("text_a").is_first_distinct()).then("a_letters").otherwise(0)
    seen = pl.when(pl.col("text_b").is_first_distinct()).then(letters).otherwise(letters - pl.col("b_letters"))
    total = due.select(seen.cast(pl.Int64).cum_sum() // BATCH_LETTERS).to_series()
    for _, batch in due.group_by(total.alias("batch"), maintain_order=True):
        yield batch.select("text_a", "text_b")


def _components(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    from pipeline.deduplication import gathering

    answer: npt.NDArray[np.int64] = gathering.components(first, second, count)
    return answer


def _bodies(con: duckdb.DuckDBPyConnection, bodies: str, batch: pl.DataFrame) -> pl.DataFrame:
    """Return `text_id` and `body` of the texts of a batch of pairs, one body of each."""
    _wanted = pl.concat([batch["text_a"], batch["text_b"].alias("text_a")]).unique().to_frame("text_id")
    frame: pl.DataFrame = con.sql(
        f"""
        SELECT w.text_id, b.body
        FROM (SELECT text_id, min(document_id) AS document_id
              FROM deduplication.documents SEMI JOIN _wanted USING (text_id) GROUP BY text_id) AS w
        JOIN ({bodies}) AS b USING (document_id)
        """
    ).pl()
    return frame


def compare(pairs: pl.DataFrame, bodies: pl.DataFrame) -> pl.DataFrame:
    """Measure pairs of texts.

    Args:
        pairs: `text_a` (the smaller), `text_b`.
        bodies: `text_id` and `body` of every text in `pairs`.

    Returns:
        The pairs alike enough to be stored, with the columns of `deduplication.pairs`.
    """
    from pipeline.deduplication import kernels

    if pairs.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    texts = bodies.select("text_id").with_row_index("number").with_columns(pl.col("number").cast(pl.Int64))
    units, ends = folding.fold(bodies["body"])
    numbered = (
        pairs.select("text_a", "text_b")
        .join(texts.select(text_a="text_id", a="number"), on="text_a")
        .join(texts.select(text_b="text_id", b="number"), on="text_b")
        .sort("b", "a")
    )
    # The larger text's sets are laid out once for all that may be in it.
    counts = kernels.overlaps(units, ends, numbered["b"].to_numpy(), numbered["a"].to_numpy())
    b_words, a_words, words, b_letters, a_letters, letters = counts.T
    measured = numbered.select("text_a", "text_b").with_columns(
        pl.Series("word_jaccard", words / (a_words + b_words - words)),
        pl.Series("letter_jaccard", letters / (a_letters + b_letters - letters)),
        pl.Series("word_containment", words / np.minimum(a_words, b_words)),
        pl.Series("letter_containment", letters / np.minimum(a_letters, b_letters)),
    )
    return measured.filter(pl.max_horizontal("word_containment", "letter_containment") >= FLOOR).select(*SCHEMA)
