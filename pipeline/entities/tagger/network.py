"""The recurrent network of a model, run in NumPy and numba without a deep-learning framework.

Belongs here: the arithmetic of the trained network. Does not belong here: its training
(`training/tagger/`), the linear model beside it (`model`).

Speed comes from what is said once per distinct word and not once per token: letters, embedding and the
projection into the LSTM's gates. What is left per token is one small product and the gates, done for
hundreds of sentences of like length at a time.
"""

# mypy: disable-error-code="call-arg"
# numba is untyped: mypy takes its compiled functions for something else.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.entities.tagger.tokens import Tokens, character_tables, table_size

Floats = NDArray[np.float32]
BATCH = 512
"""Sentences that run side by side."""

WEIGHT_GRID = np.float32(2**11)
WORD_GRID = np.float32(2**8)
"""Weights, what is said of words, and hidden states (`kernels.STATE_GRID`) are whole numbers of these parts of one.

Their products then add up in float32 without rounding, so a sum is the same in whatever order a BLAS adds it. It
adds in another order for another shape of matrix or number of threads, and a tag must not depend on which other
documents stood in the batch.
"""


def _on_grid(values: Floats, grid: np.float32) -> Floats:
    rounded: Floats = np.round(values * grid) / grid
    return rounded


class Network:
    """A bidirectional LSTM over words (Huang, Xu and Yu, 2015) with letters (Chiu and Nichols, 2016).

    Args:
        arrays: The entries `network_*` of a model's file.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        from pipeline.entities.tagger import kernels

        def get(name: str) -> Floats:
            return np.ascontiguousarray(arrays[f"network_{name}"], dtype=np.float32)

        keys = arrays["network_word_key"]
        self.words = kernels.build_table(keys, table_size(len(keys)))
        # Row 0 is for words without an embedding.
        self.embeddings = arrays["network_embedding"]
        self.scale = get("embedding_scale")
        self.letters = np.ones(65536, np.int32)
        self.letters[arrays["network_letters"]] = np.arange(2, 2 + len(arrays["network_letters"]))
        self.letter_table, self.letter_bias = get("letter_table"), get("letter_bias")
        self.clitics, self.kinds = get("clitics"), get("kinds")
        self.inputs = _on_grid(get("inputs"), WEIGHT_GRID)  # [direction, inputs, gates]
        self.input_bias = get("input_bias")
        self.recurrent = _on_grid(get("recurrent"), WEIGHT_GRID)  # [direction, hidden, gates]
        self.middle = _on_grid(get("middle"), WEIGHT_GRID)
        self.direct = _on_grid(get("direct"), WEIGHT_GRID)
        self.bias = get("bias")
        self.types_wide = (
            self.embeddings.shape[1] + self.letter_table.shape[2] + self.clitics.shape[1] + self.kinds.shape[1]
        )

    def scores(
        self, tokens: Tokens, types: NDArray[np.int32], skipped: NDArray[np.int16], features: NDArray[np.uint64],
        marks: NDArray[np.uint32], evidence: Floats,
    ) -> Floats:  # fmt: skip
        """Return each token's score for each tag.

        Args:
            tokens: The tokens.
            types: Their word types.
            skipped: Letters that a proclitic takes.
            features: Each type's features; the first names its word, the 13th its clitic.
            marks: Gazetteer phrases, as bits.
            evidence: What the first pass thought of the same words elsewhere in the document.
        """
        from pipeline.entities.tagger import kernels

        count, wide = len(tokens), self.types_wide
        first = np.full(len(features), -1, np.int64)
        first[types[::-1]] = np.arange(count - 1, -1, -1)
        word = np.zeros((len(features), wide), np.float32)
        size = self.embeddings.shape[1]
        rows = np.zeros(len(features), np.int64)
        kernels.look_up(features[:, 0], *self.words, rows)
        word[:, :size] = self.embeddings[rows] * self.scale[rows, None]
        kernels.type_inputs(
            tokens.codes, tokens.start, tokens.end, tokens.kind, skipped, kernels.clitic_kinds(features, types),
            character_tables()[1], first, self.letters, self.letter_table, self.letter_bias, self.clitics, self.kinds,
            word[:, size:],
        )  # fmt: skip
        word = _on_grid(word, WORD_GRID)

        # Sentences of like length run side by side, the longest first.
        edge = np.flatnonzero(np.diff(tokens.sentence, prepend=-1, append=-1))
        starts, lengths = edge[:-1], np.diff(edge)
        order = np.argsort(-lengths, kind="stable")
        starts, lengths = starts[order], lengths[order]
        marked = wide + 4 * kernels.PHRASE_TYPES
        hidden = self.recurrent.shape[1]
        scores = np.tile(self.bias, (count, 1))
        for direction in range(2):
            projected = word @ self.inputs[direction, :wide] + self.input_bias[direction]
            mark_weights, evidence_weights = self.inputs[direction, wide:marked], self.inputs[direction, marked:]
            recurrent = self.recurrent[direction]
            middle = np.ascontiguousarray(self.middle[direction * hidden : (direction + 1) * hidden])
            for at in range(0, len(starts), BATCH):
                begin, length = starts[at : at + BATCH], lengths[at : at + BATCH]
                running = np.searchsorted(-length, -np.arange(length[0]), side="left")
                # Tokens and states lie in the order in which the steps meet them.
                own = np.empty(int(length.sum()), np.int64)
                kernels.side_by_side(begin, length, running, direction == 1, own)
                states = np.empty((len(own), hidden), np.float32)
                before = np.zeros((len(begin), hidden), np.float32)
                c = np.zeros_like(before)
                gates = np.empty((len(begin), 4 * hidden), np.float32)
                done = 0
                for n in running.tolist():
                    np.matmul(before[:n], recurrent, out=gates[:n])
                    before = states[done : done + n]
                    kernels.lstm_step(
                        gates[:n], own[done : done + n], projected, types, marks, mark_weights,
                        evidence, evidence_weights, c, before,
                    )  # fmt: skip
                    done += n
                scores[own] += states @ middle
        kernels.add_direct(
            types, word @ self.direct[:wide], marks, self.direct[wide:marked], evidence, self.direct[marked:], scores
        )
        return scores
