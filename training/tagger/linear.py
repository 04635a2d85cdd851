"""The linear-chain conditional random field: the first pass, and a second opinion beside the network.

Belongs here: its training. Does not belong here: its features (`pipeline.entities.tagger.kernels`).

Trained by stochastic gradients with AdaGrad steps (Duchi, Hazan and Singer, 2011) on sentences. Half of
all features are dropped at random at each step, so that rare ones that a test text will not have (the
name itself) do not silence those it will have (Sutton, Sindelar and McCallum, 2006).
"""

# Inside of numba only the legacy generator can be seeded once and drawn from in a loop.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.entities.tagger import kernels
from pipeline.entities.tagger.model import TAGS, Words, allowed_transitions
from pipeline.entities.tagger.tokens import Tokens

EPOCHS = 4
RATE = 0.1
DROP = 0.5
LEAST = 2
"""A feature seen fewer times is left out."""
PRUNE = 0.02
"""A feature whose weights all stay under this is left out of the model."""

REACH = np.array([3, 1, 1, 2, 2, 1, 1, 1, 2, 2, 1, 1, 2, 1, 3, 2, 2, 2], np.int8)
"""How far to either side each feature of a word is looked at, in the order of `kernels.word_types`: the word,
1-5 first and 1-5 last letters, form, clitic, length, the clusters."""


@dataclass
class Part:
    """Some training sentences as numbers.

    Attributes:
        tokens: Their tokens.
        words: Their words.
        tags: Each token's place in `TAGS`.
        edges: Where each sentence begins; the last entry is the number of tokens.
    """

    tokens: Tokens
    words: Words
    tags: NDArray[np.uint8]
    edges: NDArray[np.int64]


@njit(cache=True, fastmath=True)
def _epoch(
    order,
    first,
    last,
    pointers,
    index,
    tags,
    scale,
    weights,
    squares,
    transitions,
    transition_squares,
    rate,
    drop,
    seed,
):  # type: ignore[no-untyped-def]
    np.random.seed(seed)
    labels = weights.shape[1]
    longest = kernels.SENTENCE_TOKENS + 1
    e = np.zeros((longest, labels), np.float32)
    alpha = np.zeros((longest, labels), np.float64)
    beta = np.zeros((longest, labels), np.float64)
    gradient = np.zeros((labels + 1, labels + 1), np.float64)
    keep = np.zeros(longest * 200, np.uint8)
    rescale = np.float32(1 / (1 - drop))
    for s in order:
        a, b = first[s], last[s]
        n = b - a
        base = pointers[a]
        for t in range(n):
            row = e[t]
            row[:] = 0
            for p in range(pointers[a + t], pointers[a + t + 1]):
                keep[p - base] = np.random.random() >= drop
                if keep[p - base]:
                    for y in range(labels):
                        row[y] += weights[index[p], y]
            top = row.max() * rescale
            for y in range(labels):
                row[y] = np.exp(row[y] * rescale - top)
        step = np.exp(transitions)
        for t in range(n):
            for y in range(labels):
                v = step[labels, y]
                if t:
                    v = 0.0
                    for x in range(labels):
                        v += alpha[t - 1, x] * step[x, y]
                alpha[t, y] = v * e[t, y]
            alpha[t] /= alpha[t].sum()
        for y in range(labels):
            beta[n - 1, y] = step[y, labels]
        for t in range(n - 2, -1, -1):
            for x in range(labels):
                v = 0.0
                for y in range(labels):
                    v += step[x, y] * e[t + 1, y] * beta[t + 1, y]
                beta[t, x] = v
            beta[t] /= beta[t].sum()
        gradient[:] = 0
        for t in range(n):
            gold = tags[a + t]
            if t + 1 < n:
                z = 0.0
                for x in range(labels):
                    for y in range(labels):
                        z += alpha[t, x] * step[x, y] * e[t + 1, y] * beta[t + 1, y]
                for x in range(labels):
                    for y in range(labels):
                        gradient[x, y] -= alpha[t, x] * step[x, y] * e[t + 1, y] * beta[t + 1, y] / z
                gradient[gold, tags[a + t + 1]] += 1
            total = 0.0
            for y in range(labels):
                total += alpha[t, y] * beta[t, y]
            wrong = False
            for y in range(labels):
                p = alpha[t, y] * beta[t, y] / total
                beta[t, y] = ((1.0 if y == gold else 0.0) - p) * scale[s]
                wrong |= abs(beta[t, y]) > 1e-3
                if t == 0:
                    gradient[labels, y] -= p
                if t == n - 1:
                    gradient[y, labels] -= p
            if t == 0:
                gradient[labels, gold] += 1
            if t == n - 1:
                gradient[gold, labels] += 1
            if not wrong:
                continue
            for p in range(pointers[a + t], pointers[a + t + 1]):
                if keep[p - base]:
                    i = index[p]
                    for y in range(labels):
                        d = beta[t, y] * rescale
                        squares[i, y] += d * d
                        weights[i, y] += rate * d / np.sqrt(squares[i, y])
        for x in range(labels + 1):
            for y in range(labels + 1):
                if transitions[x, y] > -50 and gradient[x, y] != 0:
                    d = gradient[x, y] * scale[s]
                    transition_squares[x, y] += d * d
                    transitions[x, y] += rate * d / np.sqrt(transition_squares[x, y])


def _features(part: Part) -> NDArray[np.uint64]:
    width = int((2 * REACH.astype(int) + 1).sum()) + kernels.CONTEXT_FEATURES
    out = np.zeros((len(part.tokens), width), np.uint64)
    kernels.all_features(part.words.type, part.tokens.sentence, part.words.features, REACH, part.words.marks, out)
    return out


def fit(parts: list[tuple[Part, float, NDArray[np.bool_] | None]], *, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Train on parts, each with a weight and, where not all of it is meant, which sentences.

    Returns:
        `reach`, `feature_key`, `feature_weight`, `weight_scale` and `transitions` of a model.
    """
    keys, pointers, tags, first, last, scale = [], [np.zeros(1, np.int64)], [], [], [], []
    at = 0
    for part, weight, chosen in parts:
        sentences = np.ones(len(part.edges) - 1, bool) if chosen is None else chosen
        lengths = np.diff(part.edges)
        used = np.repeat(sentences, lengths)
        features = _features(part)[used]
        present = features != 0
        keys.append(features[present])
        pointers.append(present.sum(1))
        tags.append(part.tags[used])
        edge = at + np.concatenate([[0], np.cumsum(lengths[sentences])])
        first.append(edge[:-1])
        last.append(edge[1:])
        scale.append(np.full(len(edge) - 1, weight))
        at = int(edge[-1])
    distinct, index, counts = np.unique(np.concatenate(keys), return_inverse=True, return_counts=True)
    often = counts >= LEAST
    place = np.cumsum(often) - 1
    kept = often[index]
    token = np.repeat(np.arange(at), np.concatenate(pointers[1:]))[kept]
    pointer = np.concatenate([[0], np.cumsum(np.bincount(token, minlength=at))])
    weights = np.zeros((int(often.sum()), len(TAGS)), np.float32)
    squares = np.ones_like(weights)
    transitions = np.where(allowed_transitions(), 0.0, -1e4)
    transition_squares = np.ones_like(transitions)
    starts, ends, scales = np.concatenate(first), np.concatenate(last), np.concatenate(scale)
    rng = np.random.default_rng(seed)
    for epoch in range(EPOCHS):
        _epoch(
            rng.permutation(len(starts)), starts, ends, pointer, place[index[kept]].astype(np.int32),
            np.concatenate(tags), scales, weights, squares, transitions, transition_squares,
            RATE * (1 - 0.9 * epoch / EPOCHS), DROP, seed + epoch,
        )  # fmt: skip
    strong = np.abs(weights).max(1) > PRUNE
    unit = np.abs(weights).max() / 127
    return {
        "reach": REACH,
        "feature_key": distinct[often][strong],
        "feature_weight": np.round(weights[strong] / unit).astype(np.int8),
        "weight_scale": np.array(unit, np.float32),
        "transitions": transitions.astype(np.float32),
    }
