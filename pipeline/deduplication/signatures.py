"""Signatures: what is remembered of a text so that later texts can find it.

Belongs here: the pure step from bodies to signatures, run in a process pool.
Does not belong here: comparing (`candidates`, `verification`), the database.

A *text* is one match form, however many documents have it. Its identity is the SHA-256 of the match form.
Fingerprints are winnowed grams of its letters with the spaces left out, so that a half-space that became
a space changes none. The smallest of them are its probes: the bottom-k sketch by which it looks for
texts that hold it or are like it.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.text import matching

VERSION: Final = f"1+match{matching.VERSION}"
"""Signatures made with another version do not compare."""

SHORTEST_WORDS: Final = 20
"""Texts of fewer words are copies only when identical on the match form."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """What `sign` gives.

    Attributes:
        documents: `document_id`, `text_id` (NULL where the body has no word), `moment` (of publication,
            NULL where unknown). One row per document.
        texts: `text_id`, `word_count`, `letter_count`, `needed_probes`. One row per distinct text.
        fingerprints: `text_id`, `fingerprint`, `is_probe`.
        paragraphs: `document_id`, `position` (of the line among the body's lines), `paragraph_id`,
            `word_count`. One row per paragraph of at least `PARAGRAPH_WORDS` words.
    """

    documents: pl.DataFrame
    texts: pl.DataFrame
    fingerprints: pl.DataFrame
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
    moment = pl.coalesce(
        pl.col("published_at").cast(pl.Datetime("us")), pl.col("published_on").cast(pl.Datetime("us"))
    ).alias("moment")
    given = documents.select(
        "document_id", moment, matching.match_form(pl.col("body").fill_null("")).alias("form")
    ).with_columns(identities(pl.col("form")).alias("text_id"))
    texts = given.filter(pl.col("text_id").is_not_null()).unique("text_id", keep="first", maintain_order=True)
    facts, fingerprints = _fingerprints(texts["text_id"], texts["form"])
    return Signatures(
        documents=given.select("document_id", "text_id", "moment"),
        texts=facts,
        fingerprints=fingerprints,
        paragraphs=_paragraphs(documents),
    )


def identities(form: pl.Expr) -> pl.Expr:
    """Return the expression that names match forms: the first 64 bits of their SHA-256, NULL for empty ones.

    Two of a million texts share a name with a chance of three in a hundred million.
    """
    return form.map_batches(_identities, return_dtype=pl.UInt64)


def _identities(forms: pl.Series) -> pl.Series:
    digests = b"".join(hashlib.sha256(form.encode()).digest()[:8] for form in forms)
    names = pl.Series(np.frombuffer(digests, np.dtype("<u8")), dtype=pl.UInt64)
    return pl.select(pl.when(forms != "").then(names)).to_series()


def buffers(forms: pl.Series) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the UTF-8 bytes of a String series without nulls, and where each text begins and the last ends."""
    import pyarrow as pa

    array = forms.to_arrow().cast(pa.large_string())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    _, offsets, data = array.buffers()
    if not len(array) or data is None:
        return np.zeros(1, np.uint8), np.zeros(len(array) + 1, np.int64)
    starts = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data, np.uint8), starts


def needed_probes(probes: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Return of how many probes a text must find in a larger one for the two to be compared.

    Of two texts at the default thresholds the larger holds at least 0.65 of the smaller's grams. The
    bound leaves three standard deviations of a binomial draw, and is never under 1.
    """
    share = 0.65
    bound = np.floor(share * probes - 3.0 * np.sqrt(share * (1 - share) * probes))
    needed: npt.NDArray[np.int32] = np.maximum(bound, 1).astype(np.int32)
    return needed


def _fingerprints(text_ids: pl.Series, forms: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    from pipeline.deduplication import kernels

    values, starts, words, letters = kernels.fingerprint(*buffers(forms), SHORTEST_WORDS)
    counts = np.diff(starts)
    ids = text_ids.to_numpy()
    rank = np.arange(len(values)) - np.repeat(starts[:-1], counts)
    facts = pl.DataFrame(
        {
            "text_id": ids,
            "word_count": words,
            "letter_count": letters,
            "needed_probes": needed_probes(np.minimum(counts, kernels.PROBES)),
        },
        schema={"text_id": pl.UInt64, "word_count": pl.Int32, "letter_count": pl.Int32, "needed_probes": pl.Int32},
    )
    prints = pl.DataFrame(
        {"text_id": np.repeat(ids, counts), "fingerprint": values, "is_probe": rank < kernels.PROBES},
        schema={"text_id": pl.UInt64, "fingerprint": pl.Int32, "is_probe": pl.Boolean},
    )
    return facts, prints


def _paragraphs(documents: pl.DataFrame) -> pl.DataFrame:
    return (
        documents.lazy()
        .select("document_id", pl.col("body").fill_null("").str.split("\n").alias("line"))
        .with_columns(pl.int_ranges(pl.col("line").list.len()).alias("position"))
        .explode("line", "position")
        .select(
            "document_id",
            pl.col("position").cast(pl.Int32),
            matching.match_form(pl.col("line").fill_null("")).alias("form"),
        )
        .with_columns((pl.col("form").str.count_matches(" ", literal=True) + 1).cast(pl.Int32).alias("word_count"))
        .filter(pl.col("word_count") >= PARAGRAPH_WORDS)
        .with_columns(identities(pl.col("form")).alias("paragraph_id"))
        .select("document_id", "position", "paragraph_id", "word_count")
        .collect()
    )


def join(parts: list[Signatures]) -> Signatures:
    """Return the signatures of several batches as one."""
    return Signatures(
        *(
            pl.concat(frames)
            for frames in itertools.zip_longest(*((p.documents, p.texts, p.fingerprints, p.paragraphs) for p in parts))
        )
    )
