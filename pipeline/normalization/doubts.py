"""A second look at words of which the word model is not sure.

A sum of weights cannot say "joined often in the treebank, unless the right half also ends words of one piece". Extremely
randomised trees (Geurts, Ernst and Wehenkel, Machine Learning 63, 2006) over the model's odds and the counts can. They were
grown on words of sentences that the model had not seen, so they know how far its odds hold; one word of a hundred is in
doubt, and only those are looked at twice.

They are shown the model's odds without the neighbours', so that a word in doubt is spelt alike throughout a text.

Belongs here: what the trees see of a word, running them. Does not belong here: growing them
(`training.normalization.doubts`).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.normalization import features

DOUBT: Final = 3.0
"""Log-odds of the word model up to which a word is in doubt."""
COLUMNS: Final = 36


class Forest(NamedTuple):
    """Trees, their nodes one after another.

    Attributes:
        roots: Per tree its first node (int32).
        columns: Per node the column it asks for, -1 at a leaf (int8).
        thresholds: Per node: up to this value the left child follows, beyond it the right one (float32).
        children: Per node its left child; the right one is the next (int32).
        shares: Per leaf the share of words that were cut (float32).
    """

    roots: NDArray[np.int32]
    columns: NDArray[np.int8]
    thresholds: NDArray[np.float32]
    children: NDArray[np.int32]
    shares: NDArray[np.float32]


@njit(cache=True, nogil=True)
def word_view(
    letters: NDArray[np.uint32],
    n: int,
    mask: Any,
    margin: float,
    lexicon: features.Lexicon,
    out: NDArray[np.float32],
) -> None:
    """Fill out[0:COLUMNS] with what the trees see of the word letters[:n].

    Args:
        letters: The word.
        n: Its letters.
        mask: The best cutting with at least one cut; of its first cut most columns speak.
        margin: By how much the word model prefers it to no cut, no neighbours given.
        lexicon: The word tables.
        out: Where the columns go.
    """
    out[:] = 0.0
    first = 0
    second = n
    cuts = 0
    for k in range(1, n):
        if mask >> np.uint32(k - 1) & np.uint32(1):
            cuts += 1
            if first == 0:
                first = k
            elif second == n:
                second = k
    left = np.zeros(6, np.int64)
    right = np.zeros(6, np.int64)
    left_key = features.hash_letters(letters, 0, first)
    right_key = features.hash_letters(letters, first, second)
    knows_left = features.piece_view(lexicon, left_key, left)
    knows_right = features.piece_view(lexicon, right_key, right)
    out[0] = margin
    out[1] = n
    out[2] = cuts
    out[3] = first
    out[4] = n - first
    out[5] = second - first
    row = features.find(lexicon.pair_keys, lexicon.pair_rows, features.mix(left_key, right_key) | np.uint64(1))
    if row >= 0:
        for k in range(4):
            out[6 + k] = lexicon.pairs[row, k]
    for k in range(6):
        out[10 + k] = left[k]
        out[16 + k] = right[k]
    # Each source on the word itself: with the first cut, without it.
    row = features.find(lexicon.word_keys, lexicon.word_rows, features.hash_letters(letters, 0, n))
    bit = np.uint32(1) << np.uint32(first - 1)
    if row >= 0:
        for e in range(lexicon.word_starts[row], lexicon.word_starts[row + 1]):
            for s in range(features.SOURCES):
                out[(22 if lexicon.masks[e] & bit else 25) + s] += lexicon.counts[e, s]
    # The longest known word that it begins with, and what each source says of the cut there.
    info = np.zeros(6, np.int64)
    for j in range(n - 1, max(first, 2), -1):
        key = features.hash_letters(letters, 0, j)
        features.piece_view(lexicon, key, info)
        known = info[0] > 0
        row = features.find(lexicon.word_keys, lexicon.word_rows, key)
        if row >= 0:
            for e in range(lexicon.word_starts[row], lexicon.word_starts[row + 1]):
                if lexicon.masks[e] & bit:
                    for s in range(features.SOURCES):
                        out[28 + s] += lexicon.counts[e, s]
                        known |= lexicon.counts[e, s] > 0
        if known:
            out[31] = info[0]
            out[32] = n - j
            break
    last = letters[first - 1]
    # Letters that join no next one show no difference between joined and apart: ا د ذ ر ز ژ و آ ء أ ؤ.
    for letter in (0x627, 0x62F, 0x630, 0x631, 0x632, 0x698, 0x648, 0x622, 0x621, 0x623, 0x624):
        if last == letter:
            out[33] = 1.0
    out[34] = 1.0 if last == 0x647 else (2.0 if last == 0x6CC else 0.0)
    out[35] = 1.0 if letters[first] == 0x622 else (2.0 if letters[first] == 0x627 else 0.0)
    if not knows_left:
        out[10] = -1.0
    if not knows_right:
        out[16] = -1.0


@njit(cache=True, nogil=True)
def odds(forest: Forest, columns: NDArray[np.float32]) -> float:
    """Log-odds that the word was cut: those of the mean share over the trees, at most 4.6 either way."""
    total = 0.0
    for root in forest.roots:
        at = root
        while forest.columns[at] >= 0:
            at = forest.children[at] + (1 if columns[forest.columns[at]] > forest.thresholds[at] else 0)
        total += forest.shares[at]
    share = min(max(total / forest.roots.size, 0.01), 0.99)
    return float(np.log(share / (1.0 - share)))
