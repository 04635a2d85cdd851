"""The statistical tagger: persons, organisations and places that running text names.

Belongs here: names found by trained models in Persian and Arabic segments, and the small interface by
which another tagger takes their place (`plugins`). Does not belong here: the gazetteer, which entity a
name means, what becomes of overlaps between the two (`pipeline.entities`).

A model scores every token from features of the words around it, and the best path through the tags
of a sentence (BIOES) gives the spans. `docs/tagger.md` is the model card.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

VERSION: Final = "1"
"""Raised with every change that can change a span: models, features, tokens."""

LANGUAGES: Final = ("fa", "ar")

SPANS: Final = pl.Schema(
    {
        "document_id": pl.String(),
        "position": pl.Int32(),
        "start": pl.Int32(),
        "end": pl.Int32(),
        "label": pl.String(),
        "confidence": pl.Float32(),
    }
)
"""Columns of a tagger's answer. Places are code points in `normalized_text`."""

__all__ = ["LANGUAGES", "SPANS", "VERSION", "predict"]


def predict(segments: pl.DataFrame) -> pl.DataFrame:
    """Find the names in `segments`.

    Args:
        segments: Columns `document_id`, `position`, `kind`, `language` and `normalized_text`. Rows in
            other languages than Persian (`fa`) and Arabic (`ar`), boilerplate and empty texts give nothing.

    Returns:
        Columns of `SPANS`, in order of document, position and start; spans of a segment do not overlap.
        An Arabic proclitic stands outside of its span. `confidence` is the probability, 0 to 1, that
        a span of this place and label is right.
    """
    frames = [
        _predict(
            segments.filter(
                pl.col("language") == language,
                pl.col("kind") != "boilerplate",
                pl.col("normalized_text").str.len_bytes() > 0,
            ).sort("document_id", "position"),
            language,
        )
        for language in LANGUAGES
    ]
    return pl.concat(frames).sort("document_id", "position", "start")


def _predict(segments: pl.DataFrame, language: str) -> pl.DataFrame:
    if segments.is_empty():
        return pl.DataFrame(schema=SPANS)
    from pipeline.entities.tagger import kernels
    from pipeline.entities.tagger.model import LABELS, load
    from pipeline.entities.tagger.tokens import tokenize

    model = load(language)
    tokens = tokenize(segments["normalized_text"].to_list())
    if not len(tokens):
        return pl.DataFrame(schema=SPANS)
    words = model.read(tokens)
    scores = model.scores(tokens, words)
    tags = model.tag(scores, tokens)
    probabilities = model.probabilities(scores, tokens)
    first, last, label, confidence = kernels.spans(tags, tokens.sentence, probabilities)
    segment = tokens.segment[first]
    base = tokens.offsets[segment]
    return segments.select(
        pl.col("document_id", "position").gather(segment),
        pl.Series("start", tokens.start[first] + words.skipped[first] - base),
        pl.Series("end", tokens.end[last] - base),
        pl.Series("label", np.array(LABELS, dtype=object)[label], dtype=pl.String),
        pl.Series("confidence", confidence),
    ).cast(dict(SPANS))
