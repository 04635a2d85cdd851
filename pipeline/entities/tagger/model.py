"""A trained model: what it knows of words, its weights, and tokens to label scores.

Belongs here: loading `seeds/models/tagger/<language>.npz`, scores and labels of tokens.
Does not belong here: loops (`kernels`), frames (`predict`), training (`training/tagger.py`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.entities.tagger.tokens import Tokens, character_tables
from pipeline.seeds import seed

LABELS: Final = ("PER", "ORG", "LOC")
TAGS: Final = ("O", *(f"{place}-{label}" for label in LABELS for place in "BIES"))
"""Begin, inner, end and single tokens of each label (BIOES), and outside."""


def table_size(count: int) -> int:
    """Return the size of an open-addressing table for `count` keys."""
    return max(16, 1 << (2 * count + 1).bit_length())


@dataclass(slots=True)
class Words:
    """Word types of some tokens.

    Attributes:
        type: Each token's word type.
        skipped: Letters of the text that its proclitic takes.
        features: Each type's features.
        marks: Gazetteer phrases each token stands in.
    """

    type: NDArray[np.int32]
    skipped: NDArray[np.int16]
    features: NDArray[np.uint64]
    marks: NDArray[np.uint32]


class Model:
    """A model of one language.

    Args:
        arrays: What `training/tagger.py` wrote.
        language: `fa` or `ar`: in Arabic a word's proclitic is set apart.
    """

    def __init__(self, arrays: dict[str, NDArray[Any]], language: str) -> None:
        from pipeline.entities.tagger import kernels

        self.language = language
        self.counts = arrays["word_count"].astype(np.float32)
        self.columns = arrays["word_columns"]
        self.words = kernels.build_table(arrays["word_key"], table_size(len(arrays["word_key"])))
        self.phrase_bits = arrays["phrase_bits"]
        self.phrases = kernels.build_table(arrays["phrase_key"], table_size(len(arrays["phrase_key"])))
        self.reach = arrays["reach"]
        self.features = kernels.build_table(arrays["feature_key"], table_size(len(arrays["feature_key"])))
        self.weights = arrays["feature_weight"].astype(np.float32) * arrays["weight_scale"].astype(np.float32)
        self.transitions = arrays["transitions"].astype(np.float32)

    @classmethod
    def load(cls, path: Path, language: str) -> Model:
        """Return the model in the file `path`."""
        with np.load(path, allow_pickle=False) as stored:
            return cls({name: stored[name] for name in stored.files}, language)

    def read(self, tokens: Tokens) -> Words:
        """Look up what the model knows of each token."""
        from pipeline.entities.tagger import kernels

        count = len(tokens)
        types, skipped = np.zeros(count, np.int32), np.zeros(count, np.int16)
        features = np.empty((count + 1, kernels.CHARACTER_FEATURES + self.columns.shape[1]), np.uint64)
        distinct = kernels.word_types(
            tokens.codes, tokens.start, tokens.end, tokens.kind, character_tables()[1], self.language == "ar",
            *self.words, self.counts, self.columns, types, skipped, features,
        )  # fmt: skip
        marks = np.zeros(count, np.uint32)
        kernels.mark_phrases(features, types, tokens.sentence, *self.phrases, self.phrase_bits, marks)
        return Words(types, skipped, features[:distinct], marks)

    def scores(self, tokens: Tokens, words: Words) -> NDArray[np.float32]:
        """Return each token's score for each tag of `TAGS`."""
        from pipeline.entities.tagger import kernels

        document = np.zeros((len(tokens), 0), np.uint8)
        table = np.empty((len(words.features), 2 * kernels.REACH + 1, len(TAGS)), np.float32)
        kernels.type_emissions(words.features, self.reach, *self.features, self.weights, table)
        scores = np.empty((len(tokens), len(TAGS)), np.float32)
        kernels.emissions(
            words.type, tokens.sentence, words.features, words.marks, document, table, *self.features, self.weights, scores
        )  # fmt: skip
        return scores

    def tag(self, scores: NDArray[np.float32], tokens: Tokens) -> NDArray[np.uint8]:
        """Return each token's place in `TAGS` on the best path of its sentence."""
        from pipeline.entities.tagger import kernels

        best = np.zeros(len(tokens), np.uint8)
        kernels.viterbi(scores, tokens.sentence, self.transitions, best)
        return best

    def probabilities(self, scores: NDArray[np.float32], tokens: Tokens) -> NDArray[np.float32]:
        """Return each token's probability of each tag, given its sentence."""
        from pipeline.entities.tagger import kernels

        out = np.empty_like(scores)
        kernels.marginals(scores, tokens.sentence, self.transitions, out)
        return out


@functools.cache
def load(language: str) -> Model:
    """Return the shipped model of `language`, loaded once per process."""
    return Model.load(seed("models", "tagger", f"{language}.npz"), language)
