"""Learning the word model: which cutting of a word is right, given its letters, the tables and its neighbours.

Belongs here: which words are learned from, and how. Does not belong here: features (`pipeline.normalization.features`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit

from pipeline.normalization import features
from training.normalization import neighbours
from training.normalization.averaging import Average
from training.normalization.corpus import FOLDS, Words, hash_strings
from training.normalization.tables import Tables


@njit(cache=True)
def _train_words(
    flat: Any,
    starts: Any,
    lengths: Any,
    gold: Any,
    context: Any,
    example_weight: Any,
    order: Any,
    tables: Any,
    weights: Any,
    squares: Any,
    rate: float,
) -> float:
    """One pass of AdaGrad over words: maximise the log-probability of the gold cutting."""
    n_max = features.LONGEST + 1
    piece_out = np.empty((n_max, n_max, features.PIECE_FEATURES), np.int32)
    cut_out = np.empty((n_max, features.CUT_FEATURES), np.int32)
    scores = np.empty((n_max, n_max), np.float64)
    alpha = np.empty(n_max)
    beta = np.empty(n_max)
    loss = 0.0
    for e in order:
        n = lengths[e]
        letters = flat[starts[e] : starts[e] + n]
        features.word_features(letters, n, context[e], tables, piece_out, cut_out)
        features.word_scores(n, weights, piece_out, cut_out, scores)
        alpha[0] = 0.0
        for j in range(1, n + 1):
            top = -1e30
            for i in range(j):
                top = max(top, alpha[i] + scores[i, j])
            total = 0.0
            for i in range(j):
                total += np.exp(alpha[i] + scores[i, j] - top)
            alpha[j] = top + np.log(total)
        beta[n] = 0.0
        for i in range(n - 1, -1, -1):
            top = -1e30
            for j in range(i + 1, n + 1):
                top = max(top, scores[i, j] + beta[j])
            total = 0.0
            for j in range(i + 1, n + 1):
                total += np.exp(scores[i, j] + beta[j] - top)
            beta[i] = top + np.log(total)
        z = alpha[n]
        mask = gold[e]
        gold_score = 0.0
        last = 0
        for j in range(1, n + 1):
            at_cut = j == n or (mask >> np.uint32(j - 1)) & np.uint32(1)
            cut_gradient = 0.0
            if at_cut:
                gold_score += scores[last, j]
            for i in range(j):
                p = np.exp(alpha[i] + scores[i, j] + beta[j] - z)
                is_gold = at_cut and i == last
                g = (1.0 if is_gold else 0.0) - p
                cut_gradient += g
                if abs(g) < 1e-4:
                    continue
                g *= example_weight[e]
                for m in range(features.PIECE_FEATURES):
                    k = piece_out[i, j, m]
                    if k < 0:
                        break
                    squares[k] += g * g
                    weights[k] += rate * g / np.sqrt(squares[k])
            if j < n and abs(cut_gradient) >= 1e-4:
                g = cut_gradient * example_weight[e]
                for m in range(features.CUT_FEATURES):
                    k = cut_out[j, m]
                    if k < 0:
                        break
                    squares[k] += g * g
                    weights[k] += rate * g / np.sqrt(squares[k])
            if at_cut:
                last = j
        loss += example_weight[e] * (z - gold_score)
    return loss


@njit(cache=True)
def decode_words(
    flat: Any, starts: Any, lengths: Any, context: Any, tables: Any, weights: Any, masks: Any, margins: Any
) -> None:
    """Fill the best cutting with a cut of every word, and by how much it beats no cut."""
    n_max = features.LONGEST + 1
    piece_out = np.empty((n_max, n_max, features.PIECE_FEATURES), np.int32)
    cut_out = np.empty((n_max, features.CUT_FEATURES), np.int32)
    scores = np.empty((n_max, n_max), np.float64)
    for e in range(starts.size):
        n = lengths[e]
        features.word_features(flat[starts[e] : starts[e] + n], n, context[e], tables, piece_out, cut_out)
        features.word_scores(n, weights, piece_out, cut_out, scores)
        masks[e], margins[e] = features.best_cutting(n, scores)


@dataclass
class WordExamples:
    """Words to learn from: letters in one array, and for each word its gold cutting and its neighbours."""

    flat: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    gold: np.ndarray
    context: np.ndarray
    weight: np.ndarray


def word_context(text: Words, known: features.Lexicon) -> np.ndarray:
    """Return the numbers of context of every word of a text, but for the neighbours' say: see `features.word_features`."""
    names = hash_strings(text.names)
    rows = np.array([features.find(known.piece_keys, known.piece_rows, name) for name in names], np.int64)
    bits = np.where(rows >= 0, known.pieces[rows, 5], 0)[text.word]
    last_two = hash_strings([w[-2:] for w in text.names])[text.word]
    spaced_after = np.append(text.spaced[1:], False)

    def before(values: np.ndarray) -> np.ndarray:
        return np.where(text.spaced, np.append(values[:1], values[:-1]), 0).astype(np.uint64)

    def after(values: np.ndarray) -> np.ndarray:
        return np.where(spaced_after, np.append(values[1:], values[:1]), 0).astype(np.uint64)

    hashes = names[text.word]
    pairs = [side(values) for values in (hashes, last_two, bits) for side in (before, after)]
    return np.stack([*pairs, np.zeros(text.word.size, np.uint64)], axis=1)


def examples(text: Words, chosen: np.ndarray, context: np.ndarray, weight: np.ndarray) -> WordExamples:
    """Return the chosen words (places in `text.word`) as examples."""
    names = [text.names[w] for w in text.word[chosen]]
    lengths = np.array([len(name) for name in names], np.int64)
    return WordExamples(
        np.frombuffer("".join(names).encode("utf-32-le"), np.uint32),
        np.cumsum(lengths) - lengths, lengths, text.mask[chosen], np.ascontiguousarray(context[chosen]), weight,
    )  # fmt: skip


NEWS_WEIGHT: Final = 0.05
"""What a word of news counts, which writes half-spaces with less care than the treebank."""
TWO_WAYS_WEIGHT: Final = 0.3
TWO_WAYS_TAKEN: Final = 30
"""What one counts that is cut in two ways, and how many places of it are taken of each fold: حرف‌های and حرفه‌ای are told
apart by their neighbours, whoever wrote them."""


def choose_words(tables: Tables, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the words to learn from, and the weight of each.

    Of the treebank, every ambiguous word is taken, and every other form a few times per fold; of news, every form
    once, and words that are cut in two ways more often.
    """
    text = tables.text
    lengths = np.array([len(w) for w in text.names])[text.word]
    fits = (lengths >= 2) & (lengths <= features.LONGEST)
    totals = tables.entry_counts.sum(0)[:, :2].sum(1)
    ambiguous = np.zeros(len(tables.words), bool)
    two_ways = np.zeros(len(tables.words), bool)
    for word in range(len(tables.words)):
        low, high = tables.word_starts[word], tables.word_starts[word + 1]
        if high - low > 1:
            part = np.sort(totals[low:high])[::-1]
            ambiguous[word] = part[1] >= 2 and part[1] > 0.02 * part[0]
            cut = tables.entry_mask[low:high][(totals[low:high] > 0) & (tables.entry_mask[low:high] > 0)]
            two_ways[word] = cut.size >= 2 and np.bitwise_and.reduce(cut) == 0
    taken: Counter[tuple[int, int, int, int]] = Counter()
    chosen = []
    weight = []
    for i in rng.permutation(np.flatnonzero(fits)).tolist():
        word = int(text.word[i])
        source = int(text.source[i])
        fold = int(text.fold[i]) if source == 0 or ambiguous[word] else 0
        key = (word, int(text.mask[i]), fold, source)
        taken[key] += 1
        is_told_apart = two_ways[word] and text.mask[i] > 0
        if source == 0:
            wanted = ambiguous[word] or taken[key] <= 2
        else:
            wanted = taken[key] <= (TWO_WAYS_TAKEN if is_told_apart else 1)
        if wanted:
            chosen.append(i)
            weight.append(1.0 if source == 0 else TWO_WAYS_WEIGHT if is_told_apart else NEWS_WEIGHT)
    return np.array(chosen), np.array(weight)


def train_words(tables: Tables, epochs: int, seed: int, rate: float = 0.3) -> np.ndarray:
    """Return the weights of the word model."""
    rng = np.random.default_rng(seed)
    text = tables.text
    context = word_context(text, tables.lexicon())
    neighbours.fill_by_fold(context, text, tables, seed)
    chosen, weight = choose_words(tables, rng)
    weights = np.zeros(features.WEIGHTS, np.float32)
    squares = np.full(features.WEIGHTS, 1.0, np.float32)
    parts = []
    for fold in range(FOLDS):
        here = text.fold[chosen] == fold
        parts.append((examples(text, chosen[here], context, weight[here]), tables.lexicon(without=fold)))
    average = Average(weights)
    for epoch in range(epochs):
        loss = 0.0
        for e, known in parts:
            loss += _train_words(e.flat, e.starts, e.lengths, e.gold, e.context, e.weight, rng.permutation(e.starts.size),
                                 known, weights, squares, rate / (1 + 0.3 * epoch))  # fmt: skip
            average.add(epoch)
        print(f"words, pass {epoch + 1}: loss {loss:.0f} over {chosen.size} words", flush=True)
    return average.mean()
