"""Learning the space model: which space stands for a half-space.

Belongs here: the places learned from, and how. Does not belong here: features (`pipeline.normalization.features`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from pipeline.normalization import features
from training.normalization.averaging import Average
from training.normalization.corpus import BREAK, FOLDS
from training.normalization.tables import Tables


@njit(cache=True)
def _space_features(
    flat: Any, starts: Any, piece: Any, parting: Any, i: int, left: Any, right: Any, tables: Any, out: Any, joint: Any
) -> int:
    """Features of what parts piece i - 1 from piece i of the corpus."""
    a, b = piece[i - 1], piece[i]
    features.side_view(flat, starts[a], starts[a + 1], left)
    features.side_view(flat, starts[b], starts[b + 1], right)
    before = np.uint64(0)
    after = np.uint64(0)
    if i >= 2 and parting[i - 1] != 0:
        before = features.hash_letters(flat, starts[piece[i - 2]], starts[piece[i - 2] + 1])
    if i + 1 < piece.size and parting[i + 1] != 0:
        after = features.hash_letters(flat, starts[piece[i + 1]], starts[piece[i + 1] + 1])
    la = starts[a + 1] - starts[a]
    lb = starts[b + 1] - starts[b]
    joint[:la] = flat[starts[a] : starts[a + 1]]
    joint[la : la + lb] = flat[starts[b] : starts[b + 1]]
    both = features.hash_letters(joint, 0, la + lb)
    return features.space_features(left, right, before, after, both, tables, out)


@njit(cache=True)
def _train_spaces(
    flat: Any,
    starts: Any,
    piece: Any,
    parting: Any,
    order: Any,
    tables: Any,
    weights: Any,
    squares: Any,
    rate: float,
) -> float:
    """One pass of AdaGrad over the places between pieces: was there a half-space?"""
    left = np.zeros(7, np.uint64)
    right = np.zeros(7, np.uint64)
    out = np.empty(features.SPACE_FEATURES, np.int32)
    joint = np.empty(1 << 16, np.uint32)
    loss = 0.0
    for i in order:
        m = _space_features(flat, starts, piece, parting, i, left, right, tables, out, joint)
        x = 0.0
        for k in range(m):
            x += weights[out[k]]
        p = 1.0 / (1.0 + np.exp(-x))
        gold = 1.0 if parting[i] == 2 else 0.0
        g = gold - p
        loss -= np.log(max(p if gold else 1.0 - p, 1e-12))
        if abs(g) < 1e-4:
            continue
        for k in range(m):
            squares[out[k]] += g * g
            weights[out[k]] += rate * g / np.sqrt(squares[out[k]])
    return loss


def train_spaces(tables: Tables, epochs: int, seed: int, rate: float = 0.2) -> np.ndarray:
    """Return the weights of the space model, learned from the treebank alone: news writes many half-spaces as spaces."""
    rng = np.random.default_rng(seed)
    lengths = np.array([len(name) for name in tables.names])
    flat = np.frombuffer("".join(tables.names).encode("utf-32-le"), np.uint32)
    starts = np.append(0, np.cumsum(lengths))
    weights = np.zeros(features.WEIGHTS, np.float32)
    squares = np.full(features.WEIGHTS, 1.0, np.float32)
    places = np.flatnonzero((tables.parting != BREAK) & (tables.source == 0))
    parts = [(places[tables.fold[places] == fold], tables.lexicon(without=fold)) for fold in range(FOLDS)]
    average = Average(weights)
    for epoch in range(epochs):
        loss = 0.0
        for part, known in parts:
            loss += _train_spaces(flat, starts, tables.piece, tables.parting, rng.permutation(part),
                                  known, weights, squares, rate / (1 + 0.3 * epoch))  # fmt: skip
            average.add(epoch)
        print(f"spaces, pass {epoch + 1}: loss {loss:.0f} over {places.size} places", flush=True)
    return average.mean()
