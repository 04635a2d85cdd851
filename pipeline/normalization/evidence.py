"""Spelling evidence: how the corpus itself writes the names that no word table knows.

A glued name (جینپینگ) that stands as two words elsewhere in the corpus («جین پینگ») gets its half-space. Each
document contributes what it alone shows (`spelling_evidence`); the warehouse adds documents up
(`EVIDENCE_SQL`), and the sum is what `normalize` is given. A document's contribution depends on nothing but
its text, and the sum on nothing but the contributions, so runs in any order and in any number of steps
agree once every document has been normalised with what the last sum says of its names (`CONCERNS_SQL`).

Belongs here: what a document contributes, how contributions add up, which documents a change touches.
Does not belong here: storing any of it (`pipeline.warehouse`), using it (`pipeline.normalization.spacing`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

SHORTEST: Final = 5
"""Letters of the shortest name that is looked for: shorter ones meet by chance."""
_RARE: Final = 5
"""A piece of this bucket or above (40 times in the word tables) is an everyday word, never half of a name."""

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

CONCERNS_SQL: Final = """
select shown.document_id, string_agg(shown.glued || ':' || evidence.mask, ' ' order by shown.glued) as spellings
from {spellings} as shown join {evidence} as evidence using (glued)
where shown.mask = 0 group by shown.document_id
"""
"""All that a document's normalised text takes from the table `{evidence}`: part of what it was made of, so that a
document is stale when, and only when, the evidence on a name that it glues has changed."""


def spelling_evidence(segments: pl.DataFrame) -> pl.DataFrame:
    """Return what each document shows of names that no word table knows.

    Args:
        segments: Columns ``document_id``, ``text``, ``language``; only Persian ones count.

    Returns:
        Distinct rows ``document_id``, ``glued`` (the name written as one), ``mask`` (Int32; 0 where the document
        writes it so, else bit k set where a half-space or space follows letter k + 1).
    """
    persian = segments.filter(pl.col("language") == "fa").select(
        "document_id", pl.col("text").cast(pl.String).fill_null("")
    )
    schema = {"document_id": pl.String, "glued": pl.String, "mask": pl.Int32}
    if persian.is_empty():
        return pl.DataFrame(schema=schema)
    from pipeline.normalization import folding, spacing
    from pipeline.normalization.lexicon import model

    profiles = np.full(persian.height, folding.PERSIAN_PROFILE, np.int8)
    batch = folding.fold(persian.get_column("text"), profiles, folding.DEFAULT_RULES)
    letters, places = spacing.rare_names(batch, model(), SHORTEST, _RARE)
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
        .join(
            persian.select("document_id").with_row_index("line").with_columns(pl.col("line").cast(pl.Int64)), on="line"
        )
        .select("document_id", "glued", pl.col("mask").cast(pl.Int32))
        .unique(maintain_order=True)
        .sort("document_id", "glued", "mask")
    )
