"""The stage's function on frames.

Belongs here: settings, choosing each segment's profile, putting the steps together. Does not belong
here: the steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from pipeline.normalization.rules import ARABIC, BY_NAME, NEUTRAL, OTHER, OTHER_LANGUAGES, PERSIAN, PROFILES, RULES

VERSION: Final = "8"
"""Raised with every change of a rule, table or model: rows made with another version are stale."""

_DEFAULT: Final = frozenset(rule.name for rule in RULES if rule.default)


@dataclass(frozen=True, slots=True)
class NormalizationSettings:
    """What to do.

    Attributes:
        without: Names of rules (`rules.RULES`) to switch off.
        also: Names of rules that are off by default to switch on.
    """

    without: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a name that is no rule.

        Raises:
            ValueError: If there is one.
        """
        unknown = (self.without | self.also) - set(BY_NAME)
        if unknown:
            raise ValueError(
                f"no normalisation rule is named {', '.join(sorted(unknown))}; there are {', '.join(BY_NAME)}"
            )

    @property
    def active(self) -> frozenset[str]:
        """Names of the rules that act."""
        return (_DEFAULT | self.also) - self.without


DEFAULT_SETTINGS: Final = NormalizationSettings()


def normalize(
    segments: pl.DataFrame,
    evidence: pl.DataFrame | None = None,
    settings: NormalizationSettings = DEFAULT_SETTINGS,
) -> pl.DataFrame:
    """Return each segment's normalised text and its offset map.

    Args:
        segments: Columns ``document_id``, ``position``, ``text``, ``language``; other columns are
            ignored. All segments of a document belong into one call.
        evidence: The warehouse's spelling evidence; None where there is none.
        settings: Which rules act.

    Returns:
        One row per segment, in the given order: ``document_id``, ``position``, ``normalized_text``,
        ``offset_map``. Pure: the same rows in, the same rows out.
    """
    frame = segments.select(
        "document_id", "position", pl.col("text").cast(pl.String).fill_null(""), pl.col("language").cast(pl.String)
    )
    parts = [_normalize(part, evidence, settings) for part in _chunks(frame)]
    return pl.concat(parts) if parts else _normalize(frame, evidence, settings)


_CHUNK_BYTES: Final = 500_000
"""Text of one step: what is held beside the text is some twenty times as much."""


def _chunks(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut a frame between documents; a frame whose documents do not lie together is one chunk."""
    if frame.is_empty():
        return
    sizes = frame.get_column("text").str.len_bytes()
    if (
        int(sizes.sum()) <= _CHUNK_BYTES
        or int(frame.get_column("document_id").rle_id()[-1]) + 1 != frame.get_column("document_id").n_unique()
    ):
        yield frame
        return
    numbered = frame.with_columns((sizes.cum_sum() // _CHUNK_BYTES).alias("chunk"))
    numbered = numbered.with_columns(pl.col("chunk").first().over("document_id"))
    yield from numbered.partition_by("chunk", maintain_order=True, include_key=False)


def _normalize(frame: pl.DataFrame, evidence: pl.DataFrame | None, settings: NormalizationSettings) -> pl.DataFrame:
    # Numba takes half a second to import: only runs that normalise something pay for it.
    from pipeline.normalization import folding, spacing
    from pipeline.normalization.lexicon import hash_table, model

    active = settings.active
    profiles = _profiles(frame.get_column("language"))
    batch = folding.fold(frame.get_column("text"), profiles, active)
    persian = profiles == PROFILES.index(PERSIAN)
    if persian.any() and active & {"glued", "split"}:
        documents = frame.get_column("document_id").rank("dense").cast(pl.Int32).to_numpy() - np.int32(1)
        spellings = (
            _NO_SPELLINGS if evidence is None else evidence.select("glued", "mask").unique("glued", maintain_order=True)
        )
        batch = spacing.restore(
            batch, persian, documents, model(), hash_table(spellings["glued"], spellings["mask"]),
            glued="glued" in active, split="split" in active,
        )  # fmt: skip
    normalized, maps = folding.columns(batch)
    return frame.select("document_id", "position").with_columns(normalized, maps)


_NO_SPELLINGS: Final = pl.DataFrame(schema={"glued": pl.String, "mask": pl.UInt32})


def _profiles(languages: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """The number of each language's profile."""
    numbers = dict.fromkeys(OTHER_LANGUAGES, PROFILES.index(OTHER))
    numbers |= {PERSIAN: PROFILES.index(PERSIAN), ARABIC: PROFILES.index(ARABIC)}
    replaced = (
        languages.cast(pl.String)
        .fill_null("und")
        .replace_strict(numbers, default=PROFILES.index(NEUTRAL), return_dtype=pl.Int8)
    )
    return replaced.to_numpy()
