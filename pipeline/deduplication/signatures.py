"""Signatures: what is remembered of a text so that later texts can find it.

Belongs here: the pure step from bodies to signatures, run in a process pool.
Does not belong here: comparing (`candidates`, `verification`), the database.

A *text* is one match form, however many documents have it.
Fingerprints are winnowed grams of its letters with the spaces left out, so that a half-space that became
a space changes none. The smallest of them are its probes: the bottom-k sketch by which it looks for
texts that hold it or are like it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.deduplication import folding
from pipeline.text import matching

VERSION: Final = f"3+match{matching.VERSION}"
"""Signatures made with another version do not compare."""

SHORTEST_WORDS: Final = 20
"""Texts of fewer words are copies only when identical on the match form."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """What `sign` gives.

    Attributes:
        documents: `document_id`, `text_id` (NULL where the body has no word), `moment` (of publication,
            NULL where unknown). One row per document.
        texts: `text_id`, `word_count`, `letter_count`, `probe_count`, `fingerprints` (a list of Int32, the
            probes first). One row per distinct text.
        paragraphs: `document_id`, `position` (of the line among the body's lines), `paragraph_id`,
            `word_count`. One row per paragraph of at least `PARAGRAPH_WORDS` words.
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
    from pipeline.deduplication import kernels

    forms = folding.fold(documents["body"], PARAGRAPH_WORDS)
    ids = text_ids(forms)
    signed = documents.select(
        "document_id",
        ids,
        pl.coalesce(
            pl.col("published_at").cast(pl.Datetime("us")), pl.col("published_on").cast(pl.Datetime("us"))
        ).alias("moment"),
    )
    # Each distinct text once, where it is first met.
    first = ids.is_first_distinct() & ids.is_not_null()
    flat, starts, probes = kernels.fingerprint(
        forms.data, forms.offsets, first.to_numpy() & (forms.words >= SHORTEST_WORDS)
    )
    texts = pl.DataFrame(
        {
            "text_id": ids,
            "word_count": forms.words,
            # All but the spaces.
            "letter_count": (np.diff(forms.offsets) - np.maximum(forms.words - 1, 0)).astype(np.int32),
            "probe_count": probes,
            "fingerprints": _lists(flat, starts),
        }
    ).filter(first)
    paragraphs = pl.DataFrame(
        {
            "document_id": documents["document_id"].gather(forms.paragraph_text),
            "position": forms.paragraph_line.astype(np.int32),
            "paragraph_id": forms.paragraph_hash,
            "word_count": forms.paragraph_words.astype(np.int32),
        }
    )
    return Signatures(signed, texts, paragraphs)


def _lists(flat: npt.NDArray[np.int32], starts: npt.NDArray[np.int64]) -> pl.Series:
    """Return the series whose lists are the stretches of `flat` that begin at `starts`."""
    import pyarrow as pa

    lists = pa.LargeListArray.from_arrays(pa.array(starts), pa.array(flat))
    return pl.Series("fingerprints", lists, dtype=pl.List(pl.Int32))


def text_ids(forms: folding.Forms) -> pl.Series:
    """Return the name of each match form: 64 bits of the SHA-256 of it and VERSION, NULL for empty ones.

    Two of a million texts share a name with a chance of three in a hundred million. With another version
    every text has another name, so nothing remembered of it is taken for today's.
    """
    data = forms.data.astype("<u2", copy=False).data  # a memoryview: hashing copies nothing
    start = sha256(VERSION.encode())
    digests = bytearray()
    for a, b in itertools.pairwise(forms.offsets.tolist()):
        digest = start.copy()
        digest.update(data[a:b])
        digests += digest.digest()[:8]
    names = pl.Series("text_id", np.frombuffer(bytes(digests), np.dtype("<u8")), dtype=pl.UInt64)
    return names.set(pl.Series(np.diff(forms.offsets) == 0), None)


def needed_probes(probes: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return of how many probes a text must find in a larger one for the two to be compared.

    Of two texts at the default thresholds the larger holds at least 0.65 of the smaller's grams. The
    bound leaves three standard deviations of a binomial draw, and is never under 1.
    """
    share = 0.65
    bound = np.floor(share * probes - 3.0 * np.sqrt(share * (1 - share) * probes))
    needed: npt.NDArray[np.int32] = np.maximum(bound, 1).astype(np.int32)
    return needed
