"""Spelling evidence: how the corpus itself writes the names that no word table knows.

A glued name (جینپینگ) that stands as two words elsewhere in the corpus («جین پینگ») gets its half-space. Each
document contributes what it alone shows (`spelling_evidence`); the warehouse adds documents up
(`EVIDENCE_SQL`), and the sum is what `normalize` is given. A document's contribution depends on nothing but
its text, and the sum on nothing but the contributions, so runs in any order and in any number of steps
agree once every document has been normalised with the last sum; `STALE_SQL` names those that were not.

Belongs here: what a document contributes, how contributions add up, which documents a change touches.
Does not belong here: storing any of it (`pipeline.warehouse`), using it (`pipeline.normalization.spacing`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from pipeline.normalization import features as F
from pipeline.normalization import folding
from pipeline.normalization.lexicon import Model, model
from pipeline.normalization.spacing import letters_of

SHORTEST: Final = 5
"""Letters of the shortest name that is looked for: shorter ones meet by chance."""
_RARE: Final = 5
"""A piece of this bucket or above (40 times in the word tables) is an everyday word, never half a name."""

EVIDENCE_SQL: Final = """
with shown as (
    select glued, mask, count(distinct document_id) as documents
    from {spellings} group by glued, mask
)
select apart.glued, arg_max(apart.mask, apart.documents * 4294967296 - apart.mask)::integer as mask,
       max(apart.documents)::integer as apart_documents, any_value(joined.documents)::integer as joined_documents
from shown as apart join shown as joined on joined.glued = apart.glued and joined.mask = 0
where apart.mask > 0 and apart.documents * 10 >= joined.documents
group by apart.glued order by apart.glued
"""
"""Adds up the contributions in the table `{spellings}`: one row per glued name that gets its half-space. The
cutting that most documents show wins; one shown by fewer than a tenth of those that glue it is taken for a slip."""

STALE_SQL: Final = """
select distinct shown.document_id
from {spellings} as shown
join (select glued, mask from {before} full join {after} using (glued, mask)
      where (glued, mask) not in (select (glued, mask) from {before})
         or (glued, mask) not in (select (glued, mask) from {after})) as changed using (glued)
where shown.mask = 0
"""
"""Names the documents that hold a name whose evidence differs between the tables `{before}` and `{after}`."""


@njit(cache=True, nogil=True)  # type: ignore[misc]
def _shown(
    letters: NDArray[np.uint32],
    follows: NDArray[np.uint8],
    ends: NDArray[np.int64],
    lexicon: Any,
    certain_keys: NDArray[np.uint64],
    certain_rows: NDArray[np.int32],
    shortest: int,
    rare: int,
) -> Any:
    """Places of names: line, first letter, where it is cut (0 where written as one), past its last letter."""
    capacity = letters.size + 1
    out = np.empty((capacity, 4), np.int64)
    n = 0
    start = 0
    for line in range(ends.size):
        stop = ends[line]
        low = start
        parted = True  # what stands before is no half-space
        while low < stop:
            high = low + 1
            while follows[high - 1] == 0:
                high += 1
            key = F.hash_letters(letters, low, high)
            row = F.find(lexicon.piece_keys, lexicon.piece_rows, key)
            link = follows[high - 1]
            if (
                parted
                and link != 2
                and high - low >= shortest
                and high - low <= F.LONGEST
                and F.find(certain_keys, certain_rows, key) < 0
                and F.find(lexicon.word_keys, lexicon.word_rows, key) < 0
            ):
                out[n, 0], out[n, 1], out[n, 2], out[n, 3] = line, low, 0, high
                n += 1
            if (link == 1 or link == 2) and high - low >= 2:
                b = high + 1
                while follows[b - 1] == 0:
                    b += 1
                if b - high >= 2 and b - low >= shortest and b - low <= F.LONGEST:
                    other = F.find(lexicon.piece_keys, lexicon.piece_rows, F.hash_letters(letters, high, b))
                    common = (row >= 0 and lexicon.pieces[row, 0] >= rare) or (
                        other >= 0 and lexicon.pieces[other, 0] >= rare
                    )
                    if not common:
                        whole = F.hash_letters(letters, low, b)
                        if (
                            F.find(certain_keys, certain_rows, whole) < 0
                            and F.find(lexicon.word_keys, lexicon.word_rows, whole) < 0
                        ):
                            out[n, 0], out[n, 1], out[n, 2], out[n, 3] = line, low, high, b
                            n += 1
            parted = link != 2
            low = high
        start = stop
    return out[:n]


def spelling_evidence(segments: pl.DataFrame) -> pl.DataFrame:
    """Return what each document shows of names that no word table knows.

    Args:
        segments: Columns ``document_id``, ``text``, ``language``; only Persian ones count.

    Returns:
        Distinct rows ``document_id``, ``glued`` (the name written as one), ``mask`` (Int32; 0 where the document
        writes it so, else bit k set where a half-space or space follows letter k + 1).
    """
    persian = segments.filter(pl.col("language") == "fa").select("document_id", pl.col("text").cast(pl.String).fill_null(""))
    schema = {"document_id": pl.String, "glued": pl.String, "mask": pl.Int32}
    if persian.is_empty():
        return pl.DataFrame(schema=schema)
    known: Model = model()
    profiles = np.full(persian.height, folding.PERSIAN_PROFILE, np.int8)
    batch = folding.fold(persian.get_column("text"), profiles, folding.DEFAULT_RULES)
    letters, follows, ends = letters_of(batch, np.ones(persian.height, np.bool_))
    places = _shown(letters, follows, ends, known.lexicon, known.certain[0], known.certain[1], SHORTEST, _RARE)
    if not len(places):
        return pl.DataFrame(schema=schema)
    text = letters.tobytes().decode("utf-32-le")
    rows = {
        "line": places[:, 0],
        "glued": [text[low:high] for low, high in places[:, [1, 3]].tolist()],
        "mask": np.where(places[:, 2] > 0, np.left_shift(1, np.maximum(places[:, 2] - places[:, 1] - 1, 0)), 0),
    }
    return (
        pl.DataFrame(rows)
        .join(persian.select("document_id").with_row_index("line").with_columns(pl.col("line").cast(pl.Int64)), on="line")
        .select("document_id", "glued", pl.col("mask").cast(pl.Int32))
        .unique(maintain_order=True)
        .sort("document_id", "glued", "mask")
    )
