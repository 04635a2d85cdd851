"""Language of segments and documents: Persian and Arabic told from all their neighbours.

`detect` answers for the segments and documents of a frame, `classify` for plain lines. A hashed
character n-gram classifier of our own decides on lines in Arabic script; lines in other scripts go
to CLD2; a line without letters, too short to tell or in none of the known languages is `und`.

Belongs here: from text to a language and how sure it is. Does not belong here: what later stages do
with it, finding out the encoding (`pipeline.parsing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import polars as pl

__all__ = ["LANGUAGES", "VERSION", "Detected", "classify", "detect"]

VERSION: Final = "3"
"""Raised when the same text may get another answer."""

LANGUAGES: Final = ("fa", "ar", "ur", "ps", "ckb", "sd", "ug", "azb", "glk", "mzn", "ks", "bal")
"""The languages in Arabic script that are told apart; any other one is `und`."""


class Detected(NamedTuple):
    """What `detect` returns.

    Attributes:
        segments: document_id, position, language (String), language_confidence (Float32), dialect
            (String; `fa-AF` for Dari where it can be told, else null): one row per row given, in order.
        documents: document_id, language (String), language_confidence (Float32), is_mixed (Boolean),
            dialect (String, as above): one row per document, in order of first appearance.
    """

    segments: pl.DataFrame
    documents: pl.DataFrame


def detect(segments: pl.DataFrame) -> Detected:
    """Tell the language of each segment and of each document.

    A document's language is that of most letters of its article segments: not of boilerplate, nor of
    metadata unless there is nothing else. It is mixed where a second language holds a real share.

    Args:
        segments: document_id, position, kind, text; any order, any number of documents. A document's
            segments must stand in one call.

    Returns:
        Languages per segment and per document.
    """
    from pipeline.language.documents import detect as detect_documents  # brings numba in, when first needed

    return Detected(*detect_documents(segments))


def classify(texts: Iterable[str | None] | pl.Series) -> tuple[pl.Series, pl.Series]:
    """Tell the language of each text by itself.

    Args:
        texts: Lines of any script and length; None and empty are `und`.

    Returns:
        Labels (String: an ISO 639 code or `und`) and, as long, confidences (Float32): the probability
        that the label is right, from 0 to 1.
    """
    from pipeline.language.lines import classify as classify_lines
    from pipeline.text.characters import replace_surrogates

    if not isinstance(texts, pl.Series):
        clean = [None if text is None else replace_surrogates(text) for text in texts]
        texts = pl.Series("text", clean, dtype=pl.String)
    found = classify_lines(texts)
    return found.languages, found.confidences
