"""The language of documents, from those of their segments.

Segments vote with their letters; what no segment is sure of alone is decided on all of them
together. Dari is told per document, since single lines of it seldom differ from the Persian of Iran.

Belongs here: what segments count, votes, mixture, dialect. Does not belong here: single lines
(`pipeline.language.lines`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from pipeline.language import lines, model

MIXED_SHARE: Final = 0.15
"""A document is mixed where languages other than its own hold this share of its letters, or more."""

MIXED_CONFIDENCE: Final = 0.9
"""A segment of lower confidence is no sign of mixture."""

DARI_EVIDENCE: Final = 3.0
"""From this on a Persian document counts as Dari: its logarithm of odds."""

_LAST: Final = {"metadata": 1, "boilerplate": 2}
"""Kinds that count only where a document holds nothing better, and in which order."""


def detect(segments: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """See `pipeline.language.detect`."""
    found = lines.classify(segments["text"])
    frame = segments.select("document_id", "position").with_columns(
        found.languages.alias("language"),
        found.confidences.alias("language_confidence"),
        letters=pl.Series(found.scored.letters + found.scored.foreign),
        unsure=pl.Series(found.unsure),
        rank=segments["kind"].replace_strict(_LAST, default=0, return_dtype=pl.Int8),
        row=pl.int_range(len(segments), dtype=pl.Int64),
    )
    names = frame.select("document_id").unique(maintain_order=True).with_row_index("document")
    frame = frame.join(names, on="document_id", how="left", maintain_order="left")
    best = pl.col("rank").filter(pl.col("letters") > 0).min().over("document")
    counted = frame.filter((pl.col("letters") > 0) & (pl.col("rank") == best)).sort("document", "row")

    # Votes: a language's share of the letters on which there is a decision.
    votes = (
        counted.filter(~pl.col("unsure"))
        .group_by("document", "language")
        .agg(
            (pl.col("letters") * pl.col("language_confidence")).sum().alias("weight"),
            pl.col("letters").filter(pl.col("language_confidence") >= MIXED_CONFIDENCE).sum().alias("sure"),
        )
        .with_columns(
            share=pl.col("weight") / pl.col("weight").sum().over("document"),
            other=(pl.col("sure").sum().over("document") - pl.col("sure")) / pl.col("sure").sum().over("document"),
        )
        .sort("document", "share", "language", descending=[False, True, False])
        .unique("document", keep="first", maintain_order=True)
        .select("document", pl.col("language").alias("voted"), "share", "other")
    )

    # Together: the evidence of what the document's own language and the unsure segments hold.
    together = counted.join(votes, on="document", how="left", maintain_order="left").filter(
        pl.col("unsure") | (pl.col("language") == pl.col("voted"))
    )
    weights = model.load()
    starts = together.select(pl.col("document").rle_id().diff().fill_null(1) != 0).to_series().arg_true().to_numpy()
    pooled = found.scored.take(together["row"].to_numpy()).pool(starts.astype(np.int64))
    language, confidence, _ = lines.answer(pooled, weights)
    dari = model.evidence(pooled, weights)[:, model.DARI] >= DARI_EVIDENCE
    decided = pl.DataFrame(
        {
            "document": together["document"].gather(starts),
            "pooled": language,
            "pooled_confidence": confidence,
            "dari": dari,
            "script": lines.in_arabic_script(pooled),
        }
    )
    loudest = together.group_by("document").agg(pl.col("language_confidence").cast(pl.Float64).max().alias("loudest"))
    documents = (
        names.join(votes, on="document", how="left")
        .join(decided, on="document", how="left")
        .join(loudest, on="document", how="left")
        .sort("document")
        .with_columns(language=pl.coalesce("voted", pl.when("script").then("pooled"), pl.lit("und")))
        .with_columns(
            pl.when(pl.col("script") & (pl.col("language") == pl.col("pooled")))
            .then("pooled_confidence")
            .otherwise("loudest")
            .alias("sure")
        )
        .select(
            "document",
            "document_id",
            "language",
            (pl.col("sure").fill_null(1.0) * pl.col("share").fill_null(1.0))
            .clip(0, 1)
            .cast(pl.Float32)
            .alias("language_confidence"),
            (pl.col("other").fill_nan(None).fill_null(0.0) >= MIXED_SHARE).alias("is_mixed"),
            ((pl.col("language") == "fa") & pl.col("dari").fill_null(value=False)).alias("dari"),
        )
    )
    return _segments(frame, found, documents), documents.select(
        "document_id",
        "language",
        "language_confidence",
        "is_mixed",
        pl.when(pl.col("dari")).then(pl.lit("fa-AF")).alias("dialect"),
    )


def _segments(frame: pl.DataFrame, found: lines.Lines, documents: pl.DataFrame) -> pl.DataFrame:
    """Return the segments' languages, now that those of their documents can be expected of them.

    A short line of words that several languages have is in its document's language; a line that is
    clearly in another one stays so.
    """
    document = frame.join(
        documents.select("document", pl.col("language").alias("expected"), "dari"),
        on="document",
        how="left",
        maintain_order="left",
    )
    expected = document["expected"].replace_strict(
        {code: number for number, code in enumerate(model.LANGUAGES[:-1])}, default=-1, return_dtype=pl.Int64
    )
    decided = pl.Series(lines.in_arabic_script(found.scored), dtype=pl.Boolean)
    language, confidence, _ = lines.answer(found.scored, model.load(), expected.to_numpy())
    return (
        document.select(
            "document_id",
            "position",
            pl.when(decided).then(language).otherwise("language").alias("language"),
            pl.when(decided)
            .then(pl.Series(confidence, dtype=pl.Float32))
            .otherwise("language_confidence")
            .alias("language_confidence"),
            pl.col("dari"),
        )
        .with_columns(pl.when(pl.col("dari") & (pl.col("language") == "fa")).then(pl.lit("fa-AF")).alias("dialect"))
        .drop("dari")
    )
