"""Signatures: what is remembered of a text so that later texts can find it.

Belongs here: the pure step from bodies to signatures, run in a process pool.
Does not belong here: comparing (`candidates`, `verification`), the database.

A *text* is one match form, however many documents have it.
Fingerprints are winnowed grams of its letters with the spaces left out, so that a half-space that became
a space changes none. The smallest of them are its probes: the bottom-k sketch by which it looks for
texts that hold it or are like it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.deduplication import folding
from pipeline.text import matching

VERSION: Final = f"4+match{matching.VERSION}"
"""Signatures made with another version do not compare."""

SHORTEST_WORDS: Final = 20
"""Texts of fewer words are copies only when identical on the match form."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """What `sign` gives.

    Attributes:
        documents: `document_id`, `text_id` (NULL where the body has no word), `letter_count`, `moment` (of
            publication, NULL where unknown). One row per document.
        texts: `text_id`, `word_count`, `letter_count`, `probe_count`, `fingerprints` (a list of Int32, the
            probes first). One row per distinct text.
        paragraphs: `row` (of the document among the documents, from 0 on), `position` (of the line among the body's
            lines), `paragraph_id`, `word_count`. One row per paragraph of at least `PARAGRAPH_WORDS` words.
    """

    documents: pl.DataFrame
    texts: pl.DataFrame
    paragraphs: pl.DataFrame


PARAGRAPH_WORDS: Final = 8
"""Paragraphs of fewer words are not counted as standing paragraphs."""


def sign(documents: pl.DataFrame) -> Signatures:
    """Sign documents.

    Args:
        documents: `document_id` (String), `body` (String), `published_on` (Date), `published_at`
            (Datetime, UTC). Other columns are ignored.

    Returns:
        The signatures; the order of rows follows the documents'.
    """
    made = folding.sign(documents["body"], PARAGRAPH_WORDS, SHORTEST_WORDS, VERSION)
    ids = pl.Series("text_id", made.names).replace(0, None)
    signed = documents.select(
        "document_id",
        ids,
        pl.Series("letter_count", made.letters),
        pl.coalesce(
            pl.col("published_at").cast(pl.Datetime("us")), pl.col("published_on").cast(pl.Datetime("us"))
        ).alias("moment"),
    )
    # Each distinct text once, where it is first met.
    texts = pl.DataFrame(
        {
            "text_id": ids,
            "word_count": made.words,
            "letter_count": made.letters,
            "probe_count": made.probes,
            "fingerprints": _lists(made.fingerprints, made.starts),
        }
    ).filter(made.is_first)
    paragraphs = pl.DataFrame(
        {
            "row": made.paragraph_text,
            "position": made.paragraph_line.astype(np.int32),
            "paragraph_id": made.paragraph_hash,
            "word_count": made.paragraph_words.astype(np.int32),
        }
    )
    return Signatures(signed, texts, paragraphs)


def _lists(flat: npt.NDArray[np.int32], starts: npt.NDArray[np.int64]) -> pl.Series:
    """Return the series whose lists are the stretches of `flat` that begin at `starts`."""
    import pyarrow as pa

    lists = pa.LargeListArray.from_arrays(pa.array(starts), pa.array(flat))
    return pl.Series("fingerprints", lists, dtype=pl.List(pl.Int32))


@functools.cache
def _needed() -> npt.NDArray[np.int32]:
    """Return the bound for every number of probes there may be."""
    from pipeline.deduplication import kernels

    share = 0.65
    probes = np.arange(kernels.PROBES + 1)
    bound = np.floor(share * probes - 3.0 * np.sqrt(share * (1 - share) * probes))
    needed: npt.NDArray[np.int32] = np.maximum(bound, 1).astype(np.int32)
    return needed


def needed_probes(probes: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return of how many probes a text must find in a larger one for the two to be compared.

    Of two texts at the default thresholds the larger holds at least 0.65 of the smaller's grams. The
    bound leaves three standard deviations of a binomial draw, and is never under 1.
    """
    needed: npt.NDArray[np.int32] = _needed()[probes]
    return needed
