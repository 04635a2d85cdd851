"""The stage's function on frames.

Belongs here: settings, choosing each segment's profile, putting the steps together. Does not belong
here: the steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from pipeline.normalization.rules import ARABIC, BY_NAME, NEUTRAL, OTHER, OTHER_LANGUAGES, PERSIAN, PROFILES, RULES

VERSION: Final = "1"
"""Raised with every change of a rule, table or model: rows made with another version are stale."""

_OFFSET_MAP: Final = pl.List(pl.Struct({"normalized": pl.Int32, "raw": pl.Int32}))
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
            raise ValueError(f"no normalisation rule is named {', '.join(sorted(unknown))}; there are {', '.join(BY_NAME)}")

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
    from pipeline.normalization import folding

    _ = evidence
    texts = segments.get_column("text").cast(pl.String).fill_null("")
    active = settings.active
    batch = folding.fold(texts, _profiles(segments.get_column("language")), active)
    normalized, maps = folding.columns(batch)
    return segments.select("document_id", "position").with_columns(normalized, maps)


def _profiles(languages: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """The number of each language's profile."""
    numbers = dict.fromkeys(OTHER_LANGUAGES, PROFILES.index(OTHER))
    numbers |= {PERSIAN: PROFILES.index(PERSIAN), ARABIC: PROFILES.index(ARABIC)}
    replaced = languages.cast(pl.String).fill_null("und").replace_strict(
        numbers, default=PROFILES.index(NEUTRAL), return_dtype=pl.Int8
    )
    return replaced.to_numpy()
