"""Word classes, and learning what the words around say of an ending that is spelt alike.

A word's class is that of words which stand between the same words: positive pointwise mutual information with the
common words one and two places away, the first singular vectors of that matrix (Levy and Goldberg, NIPS 2014), k-means.

Belongs here: both. Does not belong here: features (`pipeline.normalization.neighbours`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np
from numba import njit
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import svds
from sklearn.cluster import MiniBatchKMeans

from pipeline.normalization import features, neighbours
from training.normalization.averaging import Average
from training.normalization.corpus import FOLDS, Words
from training.normalization.tables import Tables

CLASSES: Final = 250
SEEN: Final = 4
"""Times a word must have been seen to have a class."""
NEAR: Final = 4000
"""So many of the commonest words are what others stand beside."""
DIMENSIONS: Final = 100
COMMON: Final = 20_000
"""The classes are found among so many of the commonest words; the others join the nearest."""

PASSES: Final = 6
RATE: Final = 0.2
NEWS_WEIGHT: Final = 0.5
SHRINK: Final = 0.002


def word_classes(text: Words) -> dict[str, int]:
    """Return the class (1 to CLASSES) of each word that was seen often enough."""
    times = Counter(text.word.tolist())
    kept = [word for word, count in times.most_common() if count >= SEEN]
    place = np.full(len(text.names) + 1, -1, np.int64)
    place[kept] = np.arange(len(kept))
    # What signs part does not stand side by side.
    gaps = np.flatnonzero(~text.spaced)
    row = place[np.insert(text.word, gaps, len(text.names))]
    rows, columns = [], []
    for slot, step in enumerate((-2, -1, 1, 2)):
        a, b = row[max(0, -step) : row.size - max(0, step)], row[max(0, step) : row.size - max(0, -step)]
        both = (a >= 0) & (b >= 0) & (b < NEAR)
        rows.append(a[both])
        columns.append(b[both] + slot * NEAR)
    at = np.concatenate(rows), np.concatenate(columns)
    pairs = coo_matrix((np.ones(at[0].size), at), shape=(len(kept), 4 * NEAR))
    pairs.sum_duplicates()
    of_word = np.bincount(pairs.row, pairs.data, len(kept))
    of_near = np.bincount(pairs.col, pairs.data, 4 * NEAR) ** 0.75
    of_near *= of_word.sum() / of_near.sum()
    information = np.log(pairs.data * of_word.sum() / (of_word[pairs.row] * of_near[pairs.col]))
    positive = information > 0
    matrix = coo_matrix((information[positive], (pairs.row[positive], pairs.col[positive])), shape=pairs.shape).tocsr()
    vectors, strength, _ = svds(matrix, k=DIMENSIONS, random_state=0)
    vectors = vectors * np.sqrt(strength)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    means = MiniBatchKMeans(CLASSES, random_state=0, batch_size=4096, n_init=3, max_iter=60).fit(vectors[:COMMON])
    return {text.names[word]: int(group) + 1 for word, group in zip(kept, means.predict(vectors), strict=True)}


def _two_ways(text: Words) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places of words that end in های; which of them are cut as ‌های alone, which as ه‌ای alone."""
    lengths = np.array([len(name) for name in text.names])
    ends = np.array([name.endswith("های") for name in text.names]) & (lengths > 3) & (lengths <= features.LONGEST)
    places = np.flatnonzero(ends[text.word])
    length = lengths[text.word[places]].astype(np.uint32)
    plural = (text.mask[places] >> (length - 4) & 1).astype(bool)
    indefinite = (text.mask[places] >> (length - 3) & 1).astype(bool)
    return places, plural & ~indefinite, indefinite & ~plural


@njit(cache=True)
def _train(
    letters: Any, follows: Any, low: Any, high: Any, gold: Any, weight: Any, order: Any, known: Any, weights: Any,
    squares: Any, rate: float,
) -> None:  # fmt: skip
    """One pass of AdaGrad over words that end alike: maximise the log-probability of the ending."""
    seen = np.zeros((2 * neighbours.REACH, 4), np.uint64)
    out = np.empty(neighbours.FEATURES, np.uint64)
    for e in order:
        neighbours.look(letters, follows, low[e], high[e], 0, known, seen)
        m = neighbours.neighbour_features(seen, out)
        x = 0.0
        for k in range(m):
            x += weights[out[k]]
        g = (gold[e] - 1.0 / (1.0 + np.exp(-x))) * weight[e]
        for k in range(m):
            squares[out[k]] += g * g
            weights[out[k]] += rate * (g - SHRINK * weights[out[k]]) / np.sqrt(squares[out[k]])


@njit(cache=True)
def _buckets(letters: Any, follows: Any, low: Any, high: Any, known: Any, weights: Any) -> Any:
    seen = np.zeros((2 * neighbours.REACH, 4), np.uint64)
    out = np.empty(neighbours.FEATURES, np.uint64)
    found = np.zeros(low.size, np.uint64)
    for e in range(low.size):
        neighbours.look(letters, follows, low[e], high[e], 0, known, seen)
        found[e] = neighbours.bucket(neighbours.odds(seen, weights, out))
    return found


def train_neighbours(tables: Tables, seed: int, without: int | None = None) -> np.ndarray:
    """Return the weights of the neighbours' say, learned from all folds but `without`."""
    text = tables.text
    places, plural, indefinite = _two_ways(text)
    taken = (plural | indefinite) & (text.fold[places] != without)
    places, gold = places[taken], indefinite[taken].astype(np.float64)
    low = text.first[places]
    high = np.append(text.first, text.letters.size)[places + 1]
    weight = np.where(text.source[places] == 0, 1.0, NEWS_WEIGHT)
    rng = np.random.default_rng(seed)
    weights = np.zeros(neighbours.WEIGHTS, np.float32)
    squares = np.ones(neighbours.WEIGHTS, np.float32)
    average = Average(weights)
    known = tables.lexicon()
    for turn in range(PASSES):
        _train(text.letters, text.follows, low, high, gold, weight, rng.permutation(places.size), known, weights, squares,
               RATE)  # fmt: skip
        average.add(turn)
    return average.mean()


def fill(
    context: np.ndarray, text: Words, known: features.Lexicon, weights: np.ndarray, fold: int | None = None
) -> None:
    """Write what the neighbours say into the context (`words.word_context`) of a text, or of one of its folds."""
    places, _, _ = _two_ways(text)
    if fold is not None:
        places = places[text.fold[places] == fold]
    high = np.append(text.first, text.letters.size)[places + 1]
    context[places, 6] = _buckets(text.letters, text.follows, text.first[places], high, known, weights)


def fill_by_fold(context: np.ndarray, text: Words, tables: Tables, seed: int) -> None:
    """Write into each fold's context what was learned from the others, so that it is as good as on new text."""
    for fold in range(FOLDS):
        fill(context, text, tables.lexicon(), train_neighbours(tables, seed, without=fold), fold)
