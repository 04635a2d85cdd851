"""The language of lines, each by itself.

Belongs here: which lines the classifier decides on, which CLD2, which nobody; distinct lines once.
Does not belong here: weights (`pipeline.language.model`), documents (`pipeline.language.documents`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.language import model, other_scripts

FEWEST_LETTERS: Final = 2
"""A line of fewer letters is in no language."""

LEAST_CONFIDENCE: Final = 0.4
"""Below it a line of Arabic script is `und`: something else is as likely."""

LEAST_CONFIDENCE_LONG: Final = 0.6
"""The same from `LONG` letters on: so long a line in a known language leaves less doubt."""

LONG: Final = 20

LEAST_CONFIDENCE_GREAT: Final = 0.64
"""The same for Persian and Arabic in a short line of two words or more: where other languages are taken for them is what spoils a corpus."""

GREAT: Final = 2
"""Persian and Arabic stand first in `model.LANGUAGES`."""

MOST_CONFIDENCE_AMID_LATIN: Final = 0.9
"""Confidence in the language of few words of Arabic script among more of another script, at most."""

_CODES: Final = pl.Series("language", [*model.LANGUAGES], dtype=pl.String)


class Lines(NamedTuple):
    """Answers per line.

    Attributes:
        languages: Codes, `und` where there is no answer.
        confidences: Probability that the language is right.
        scored: What the classifier found.
        unsure: Whether `und` says only that the line is too short or too common to tell.
    """

    languages: pl.Series
    confidences: pl.Series
    scored: model.Scored
    unsure: NDArray[np.bool_]


def in_arabic_script(scored: model.Scored) -> NDArray[np.bool_]:
    """Say of each line whether its Arabic-script letters decide: names and terms in Latin letters often stand among them."""
    return (scored.letters >= FEWEST_LETTERS) & (2 * scored.letters >= scored.foreign)


def answer(
    scored: model.Scored, weights: model.Model, expected: NDArray[np.int64] | None = None
) -> tuple[pl.Series, NDArray[np.float64], NDArray[np.bool_]]:
    """Return language, confidence and `unsure` by the classifier alone, for lines in Arabic script or of no letters.

    `expected` is as in `model.decide`.
    """
    likely, confidence = model.decide(scored, weights, expected)
    empty = scored.letters + scored.foreign == 0
    least = np.where(scored.letters < LONG, LEAST_CONFIDENCE, LEAST_CONFIDENCE_LONG)
    least = np.where((scored.letters < LONG) & (scored.words > 1) & (likely < GREAT), LEAST_CONFIDENCE_GREAT, least)
    unsure = (confidence < least) | (scored.letters < FEWEST_LETTERS)
    likely[unsure] = model.UNDETERMINED
    confidence = np.where(unsure, 1 - confidence, confidence)
    # That a line of no letter is in no language is certain; that one letter is in none is a rule.
    confidence[scored.letters < FEWEST_LETTERS] = 1.0
    return _CODES.gather(likely), confidence, unsure | empty


def classify(texts: pl.Series) -> Lines:
    """Return the language of each text; equal texts are looked at once."""
    frame = texts.cast(pl.String).fill_null("").alias("text").to_frame()
    distinct = frame.unique(maintain_order=True)
    number = frame.join(distinct.with_row_index("line"), on="text", how="left", maintain_order="left")[
        "line"
    ].to_numpy()
    lines = distinct["text"]

    weights = model.load()
    scored = model.score(lines, weights)
    languages, confidence, unsure = answer(scored, weights)
    elsewhere = np.flatnonzero((scored.foreign >= FEWEST_LETTERS) & ~in_arabic_script(scored))
    if len(elsewhere):
        found = other_scripts.detect(lines.gather(elsewhere))
        told = np.array([code != "und" for code, _ in found])
        # A Persian line of Latin names and few words of its own is in no language of CLD2's: its own words decide.
        few = scored.letters[elsewhere] >= FEWEST_LETTERS
        confidence[elsewhere[~told & few]] = np.minimum(confidence[elsewhere[~told & few]], MOST_CONFIDENCE_AMID_LATIN)
        takes = told | ~few
        theirs = [answer for answer, taken in zip(found, takes, strict=True) if taken]
        languages = languages.scatter(elsewhere[takes], [code for code, _ in theirs])
        confidence[elsewhere[takes]] = [sure for _, sure in theirs]
        unsure[elsewhere[takes]] = [code == "und" for code, _ in theirs]
    order = number.astype(np.int64)
    return Lines(
        languages.gather(order),
        pl.Series("language_confidence", confidence[order], dtype=pl.Float32),
        scored.take(order),
        unsure[order],
    )
