"""A trained model: what it knows of words, its two opinions, and tokens to label scores.

Belongs here: loading `seeds/models/tagger/<language>.npz`, scores and labels of tokens.
Does not belong here: loops (`kernels`), the network's arithmetic (`network`), frames (`predict`),
training (`training/tagger`).

A linear model reads the text first. What it thought of a word elsewhere in the document is evidence for the
network, which reads it second; the weighted sum of both scores decides.
"""

# mypy: disable-error-code="call-arg"
# numba is untyped: mypy takes its compiled functions for something else.

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.entities.tagger.network import Network
from pipeline.entities.tagger.tokens import Tokens, character_tables, table_size
from pipeline.seeds import seed

LABELS: Final = ("PER", "ORG", "LOC")
TAGS: Final = ("O", *(f"{place}-{label}" for label in LABELS for place in "BIES"))
"""Begin, inner, end and single tokens of each label (BIOES), and outside."""

EVIDENCE_SENTENCES: Final = 40
"""Within how many sentences of a document the same word counts as evidence: long documents change subject."""


def allowed_transitions() -> NDArray[np.bool_]:
    """Return which tag may follow which; the last row and column are a sentence's start and end."""
    count = len(TAGS)
    closed = np.array([tag[0] in "OES" for tag in TAGS])
    opening = np.array([tag[0] in "OBS" for tag in TAGS])
    out = np.zeros((count + 1, count + 1), bool)
    out[:count, :count] = closed[:, None] & opening[None, :]
    for i, tag in enumerate(TAGS):
        for j, after in enumerate(TAGS):
            if tag[0] in "BI" and after[0] in "IE" and tag[2:] == after[2:]:
                out[i, j] = True
    out[count, :count] = opening
    out[:count, count] = closed
    return out


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
        arrays: What `training/tagger` wrote. While a model grows there, the later parts may be missing.
        language: `fa` or `ar`: in Arabic a word's proclitic is set apart.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], language: str) -> None:
        from pipeline.entities.tagger import kernels

        self.language = language
        self.counts = arrays["word_count"].astype(np.float32)
        self.columns = arrays.get("word_columns", np.zeros((len(self.counts), 0), np.uint16))
        self.words = kernels.build_table(arrays["word_key"], table_size(len(arrays["word_key"])))
        keys = arrays.get("phrase_key", np.ones(1, np.uint64))
        self.phrase_bits = arrays.get("phrase_bits", np.zeros(1, np.uint8))
        self.phrases = kernels.build_table(keys, table_size(len(keys)))
        if "feature_key" in arrays:
            self.reach = arrays["reach"]
            self.features = kernels.build_table(arrays["feature_key"], table_size(len(arrays["feature_key"])))
            self.weights = arrays["feature_weight"].astype(np.float32) * arrays["weight_scale"].astype(np.float32)
            self.first_transitions = arrays["transitions"].astype(np.float32)
        self.network: Network | None = None
        if "feature_key" in arrays and "mixture" not in arrays:
            self.outside, self.transitions = np.float32(0), self.first_transitions
        if "mixture" in arrays:
            self.network = Network(arrays)
            of_linear, of_network, outside = arrays["mixture"].astype(np.float32)
            self.shares = of_linear, of_network
            self.outside = outside
            self.transitions = of_linear * self.first_transitions + of_network * arrays["network_transitions"]
            self.transitions[~allowed_transitions()] = -1e4

    @classmethod
    def load(cls, path: Path, language: str) -> Model:
        """Return the model in the file `path`."""
        with np.load(path, allow_pickle=False) as stored:
            return cls({name: stored[name] for name in stored.files}, language)

    def read(self, tokens: Tokens, *, clitics: bool = True) -> Words:
        """Look up what the model knows of each token; without `clitics`, words stay whole."""
        from pipeline.entities.tagger import kernels

        count = len(tokens)
        types, skipped = np.zeros(count, np.int32), np.zeros(count, np.int16)
        features = np.empty((count + 1, kernels.CHARACTER_FEATURES + self.columns.shape[1]), np.uint64)
        distinct = kernels.word_types(
            tokens.codes, tokens.start, tokens.end, tokens.kind, character_tables()[1],
            clitics and self.language == "ar", *self.words, self.counts, self.columns, types, skipped, features,
        )  # fmt: skip
        marks = np.zeros(count, np.uint32)
        kernels.mark_phrases(features, types, tokens.sentence, *self.phrases, self.phrase_bits, marks)
        return Words(types, skipped, features[:distinct].copy(), marks)

    def first_scores(self, tokens: Tokens, words: Words) -> NDArray[np.float32]:
        """Return the linear model's score of each token for each tag of `TAGS`."""
        from pipeline.entities.tagger import kernels

        table = np.empty((len(words.features), 2 * kernels.REACH + 1, len(TAGS)), np.float32)
        kernels.type_emissions(words.features, self.reach, *self.features, self.weights, table)
        scores = np.empty((len(tokens), len(TAGS)), np.float32)
        kernels.emissions(
            words.type, tokens.sentence, words.features, words.marks, table, *self.features, self.weights, scores
        )
        return scores

    def scores(self, tokens: Tokens, words: Words, documents: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return each token's score for each tag of `TAGS`.

        Args:
            tokens: The tokens.
            words: Their words.
            documents: Each segment's document, as a number that never falls.
        """
        first = self.first_scores(tokens, words)
        if self.network is None:
            return first
        probabilities = marginals(first, tokens, self.first_transitions)
        evidence = document_evidence(tokens, words, probabilities, documents)
        second = self.network.scores(tokens, words.type, words.skipped, words.features, words.marks, evidence)
        of_linear, of_network = self.shares
        scores: NDArray[np.float32] = of_linear * first + of_network * second
        scores[:, 0] += self.outside
        return scores


def document_evidence(
    tokens: Tokens, words: Words, probabilities: NDArray[np.float32], documents: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return what `probabilities` say of the same word elsewhere in its document: highest and mean, by label.

    Only `EVIDENCE_SENTENCES` sentences count together. `documents` numbers each segment's document.
    """
    from pipeline.entities.tagger import kernels

    out = np.zeros((len(tokens), 2 * len(LABELS)), np.float32)
    if not len(tokens):
        return out
    document = documents[tokens.segment]
    fresh = np.flatnonzero(np.diff(document, prepend=-1))
    since = tokens.sentence - np.repeat(tokens.sentence[fresh], np.diff(fresh, append=len(tokens)))
    block = np.cumsum(np.diff(document, prepend=document[0]) + np.diff(since // EVIDENCE_SENTENCES, prepend=0) != 0)
    # One word is one type for each of its proclitics: evidence is by word.
    _, word = np.unique(words.features[:, 0], return_inverse=True)
    group = block * (int(word.max()) + 1) + word[words.type]
    kernels.document_evidence(np.argsort(group, kind="stable"), group, probabilities, out)
    return out


def best_tags(scores: NDArray[np.float32], tokens: Tokens, transitions: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return each token's place in `TAGS` on the best path of its sentence."""
    from pipeline.entities.tagger import kernels

    best = np.zeros(len(tokens), np.uint8)
    kernels.viterbi(scores, tokens.sentence, transitions, best)
    return best


def marginals(scores: NDArray[np.float32], tokens: Tokens, transitions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each token's probability of each tag, given its sentence."""
    from pipeline.entities.tagger import kernels

    out = np.empty_like(scores)
    kernels.marginals(scores, tokens.sentence, transitions, out)
    return out


@functools.cache
def load(language: str) -> Model:
    """Return the shipped model of `language`, loaded once per process."""
    return Model.load(seed("models", "tagger", f"{language}.npz"), language)
