"""The statistical tagger: persons, organisations and places that running text names.

Belongs here: names found by trained models in Persian and Arabic segments, and the small interface by
which another tagger takes their place (`plugins`). Does not belong here: the gazetteer, which entity a
name means, what becomes of overlaps between the two (`pipeline.entities`).

A model scores every token from features of the words around it, and the best path through the tags
of a sentence (BIOES) gives the spans. `docs/tagger.md` is the model card.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pipeline.entities.tagger.model import Words
    from pipeline.entities.tagger.plugins import Found
    from pipeline.entities.tagger.tokens import Tokens

VERSION: Final = "5"
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

LAYOUT_CONFIDENCE: Final = 0.97
"""Of names that a line's layout tells: 49 of 50 were right on the marked sets."""

NOTICED_FROM: Final = 0.05
"""From which probability of being part of a name on a token is noticed."""

NOTICED: Final = pl.Schema({"row": pl.UInt32(), "start": pl.Int32(), "end": pl.Int32()})

__all__ = ["LANGUAGES", "SPANS", "VERSION", "Noticed", "configured_version", "notice", "predict"]


class Noticed(NamedTuple):
    """What `notice` returns.

    Attributes:
        spans: The names, as `predict` returns them.
        tokens: Columns of `NOTICED`: the tokens that may be part of a name, from `NOTICED_FROM` on, by the row of
            the segments given. What a list of names finds elsewhere, the tagger takes for an ordinary word.
        languages: The languages of which `tokens` tells: those that our own models read.
    """

    spans: pl.DataFrame
    tokens: pl.DataFrame
    languages: tuple[str, ...]


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
    return notice(segments).spans


def notice(segments: pl.DataFrame) -> Noticed:
    """Find the names in `segments`, and the tokens that might be part of one. Arguments are those of `predict`."""
    from pipeline.entities.tagger import plugins

    numbered = segments.with_row_index("row")
    answers = [
        _read(
            numbered.filter(
                pl.col("language") == language,
                pl.col("kind") != "boilerplate",
                pl.col("normalized_text").str.len_bytes() > 0,
            ).sort("document_id", "position"),
            language,
        )
        for language in LANGUAGES
    ]
    return Noticed(
        pl.concat([spans for spans, _ in answers]).sort("document_id", "position", "start"),
        pl.concat([tokens for _, tokens in answers]).sort("row", "start"),
        tuple(language for language in LANGUAGES if plugins.specification(language) is None),
    )


def _read(segments: pl.DataFrame, language: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    none = pl.DataFrame(schema=SPANS), pl.DataFrame(schema=NOTICED)
    if segments.is_empty():
        return none
    from pipeline.entities.tagger import kernels, layout, plugins
    from pipeline.entities.tagger.model import LABELS, best_tags, load, marginals
    from pipeline.entities.tagger.tokens import tokenize

    model = load(language)
    tokens = tokenize(segments["normalized_text"].to_list())
    if not len(tokens):
        return none
    words = model.read(tokens)
    named = plugins.specification(language)
    if named is not None:
        return _foreign(segments, plugins.find(named, segments["normalized_text"].to_list()), tokens, words), none[1]
    documents = segments["document_id"].rle_id().to_numpy().astype(np.int64)
    scores = model.scores(tokens, words, documents)
    tags = best_tags(scores, tokens, model.transitions)
    probabilities = marginals(scores, tokens, model.transitions)
    first, last, label, confidence = kernels.spans(tags, tokens.sentence, probabilities)
    kernels.close_quotes(first, last, tokens.codes, tokens.start, tokens.segment)
    segment = tokens.segment[first]
    base = tokens.offsets[segment]
    found = segments.select(
        pl.col("document_id", "position").gather(segment),
        pl.Series("start", tokens.start[first] + words.skipped[first] - base),
        pl.Series("end", tokens.end[last] - base),
        pl.Series("label", np.array(LABELS, dtype=object)[label], dtype=pl.String),
        pl.Series("confidence", confidence),
    ).cast(SPANS)
    possible = np.flatnonzero(probabilities[:, 0] < 1 - NOTICED_FROM)
    base = tokens.offsets[tokens.segment[possible]]
    noticed = pl.DataFrame(
        {
            "row": segments["row"].gather(tokens.segment[possible]),
            "start": tokens.start[possible] - base,
            "end": tokens.end[possible] - base,
        }
    ).cast(NOTICED)
    return _with_layout(found, layout.find(segments, language)), noticed


def _with_layout(found: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Return `found` and the names that lines' layout tells, which go before what they overlap."""
    if told.is_empty():
        return found
    place = ["document_id", "position"]
    both = found.join(told, on=place, suffix="_told").filter(
        pl.col("start") < pl.col("end_told"), pl.col("start_told") < pl.col("end")
    )
    same = (pl.col("start") == pl.col("start_told")) & (pl.col("end") == pl.col("end_told"))
    yields = both.filter(same, pl.col("unless_place"), pl.col("label") == "LOC").select(*place, start="start_told")
    told = told.join(yields, on=[*place, "start"], how="anti")
    covered = both.join(yields, on=[*place, "start"], how="anti").select(*place, "start")
    kept = found.join(covered, on=[*place, "start"], how="anti")
    new = told.drop("unless_place").with_columns(label=pl.lit("ORG"), confidence=pl.lit(LAYOUT_CONFIDENCE))
    return pl.concat([kept, new.cast(SPANS)])


def _foreign(segments: pl.DataFrame, found: list[list[Found]], tokens: Tokens, words: Words) -> pl.DataFrame:
    """Return another tagger's spans as ours; a proclitic at the start of one is left outside."""
    clitics = np.flatnonzero(words.skipped)
    places = (tokens.start[clitics] - tokens.offsets[tokens.segment[clitics]]).tolist()
    skip = dict(
        zip(zip(tokens.segment[clitics].tolist(), places, strict=True), words.skipped[clitics].tolist(), strict=True)
    )
    rows = []
    for segment, names in enumerate(found):
        for name in names:
            start = name.start + skip.get((segment, name.start), 0)
            if start < name.end:
                rows.append((segment, start, name.end, name.label, name.confidence))
    frame = pl.DataFrame(rows, ["segment", "start", "end", "label", "confidence"], orient="row")
    return segments.select(
        pl.col("document_id", "position").gather(frame["segment"].cast(pl.UInt32)), *frame.drop("segment").get_columns()
    ).cast(SPANS)


def configured_version() -> str:
    """Return the version of what `predict` runs here: ours, and the taggers that the environment names instead."""
    from pipeline.entities.tagger import plugins

    named = [
        f"{language}={plugins.specification(language)}" for language in LANGUAGES if plugins.specification(language)
    ]
    return "+".join([VERSION, *named])
