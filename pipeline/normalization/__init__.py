"""Normalisation: what people read and tag, with the way back to every raw character.

Khabar knows three forms of a text. The *raw text* is what came and is never changed; the *normalised
text* made here is what people read and taggers tag: characters of one kind, lost half-spaces given
back; the *match form* (`pipeline.text.matching`) is what deduplication and search compare.

Belongs here: the face of the stage. Does not belong here: the rules (`rules`), the walk over
characters (`folding`), half-spaces (`spacing`).
"""

from __future__ import annotations

from pipeline.normalization.evidence import CONCERNS_SQL, EVIDENCE_SQL, spelling_evidence
from pipeline.normalization.face import VERSION, NormalizationSettings, normalize
from pipeline.normalization.lemmas import lemmatize, light_stem

__all__ = [
    "CONCERNS_SQL",
    "EVIDENCE_SQL",
    "VERSION",
    "NormalizationSettings",
    "lemmatize",
    "light_stem",
    "normalize",
    "spelling_evidence",
]
