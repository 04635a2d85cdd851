"""What the half-space model sees of a word and of a space, as numbers of a hashed weight vector.

Two log-linear models share one lexicon. The *word model* is a semi-Markov conditional random field
(Sarawagi and Cohen, NIPS 2004): a word written as one is cut into pieces, each piece and each cut is
scored, and the best cutting wins; no cut at all is one of them. The *space model* is a logistic
regression that says whether a space between two pieces stands for a half-space.

Belongs here: hashing, the lexicon's layout, feature functions and scoring of one word or space; training
and running use these same functions, so they cannot disagree. Does not belong here: where words are in
a text and what is done about them (`pipeline.normalization.spacing`), learning weights (`training`).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

WEIGHTS: Final = 1 << 20
"""Size of each weight vector."""
LONGEST: Final = 31
"""Letters of the longest word that is looked at; a cutting is a bit per gap in 32 bits."""
PIECE_FEATURES: Final = 16
CUT_FEATURES: Final = 64
SPACE_FEATURES: Final = 64
GLANCE_FEATURES: Final = 5
"""Of these, how many need no look at the neighbours: see `space_glance`."""
SOURCES: Final = 3
"""Sources of evidence on whole words: the treebank's text, the news text, the dictionary."""


class Lexicon(NamedTuple):
    """Word tables as arrays.

    Attributes:
        piece_keys: Open-addressing hash table of pieces' hashes; 0 is empty.
        piece_rows: Beside each key its row of `pieces`.
        pieces: Per piece, buckets (0..7) of how often it was seen whole, first, in the middle, last; of its
            frequency in the dictionary; its part-of-speech bits; and its class among words that stand in like places, 0
            where it has none (uint8, seven columns).
        word_keys: Hash table of words written as one.
        word_rows: Beside each key its row of `word_starts`.
        word_starts: Per word, where its cuttings start.
        masks: Per cutting, bit k set where a half-space follows letter k (uint32).
        counts: Per cutting, how often each source has it.
        pair_keys: Hash table of pairs of pieces that some source joins by a half-space.
        pair_rows: Beside each key its row of `pairs`.
        pairs: Per pair, times joined and times apart in each of the two text sources (int32, four columns).
    """

    piece_keys: NDArray[np.uint64]
    piece_rows: NDArray[np.int32]
    pieces: NDArray[np.uint8]
    word_keys: NDArray[np.uint64]
    word_rows: NDArray[np.int32]
    word_starts: NDArray[np.int32]
    masks: NDArray[np.uint32]
    counts: NDArray[np.int32]
    pair_keys: NDArray[np.uint64]
    pair_rows: NDArray[np.int32]
    pairs: NDArray[np.int32]


_SEED: Final = np.uint64(0x243F6A8885A308D3)
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)
_MASK: Final = np.uint64(WEIGHTS - 1)


@njit(cache=True, inline="always", nogil=True)
def mix(state: Any, value: Any) -> Any:
    """Fold a value into a 64-bit hash."""
    x = (np.uint64(state) ^ np.uint64(value)) * _GOLDEN
    x ^= x >> _HALF
    x *= _MIX
    return x ^ (x >> _HALF)


@njit(cache=True, nogil=True)
def hash_letters(letters: NDArray[np.uint32], low: int, high: int) -> Any:
    """Hash of letters[low:high]; never 0."""
    state = _SEED
    for i in range(low, high):
        state = mix(state, letters[i])
    return state | np.uint64(1)


@njit(cache=True, nogil=True)
def find(keys: NDArray[np.uint64], rows: NDArray[np.int32], key: Any) -> int:
    """Row of a key in an open-addressing table, or -1."""
    mask = np.uint64(keys.size - 1)
    at = (key >> np.uint64(7)) & mask
    while True:
        k = keys[at]
        if k == key:
            return int(rows[at])
        if k == np.uint64(0):
            return -1
        at = (at + np.uint64(1)) & mask


@njit(cache=True, nogil=True)
def build_table(keys: NDArray[np.uint64]) -> Any:
    """Open-addressing table over distinct keys; row i is the i-th key."""
    size = 16
    while size < keys.size * 2:
        size *= 2
    table = np.zeros(size, np.uint64)
    rows = np.full(size, -1, np.int32)
    mask = np.uint64(size - 1)
    for i in range(keys.size):
        at = (keys[i] >> np.uint64(7)) & mask
        while table[at] != np.uint64(0):
            at = (at + np.uint64(1)) & mask
        table[at] = keys[i]
        rows[at] = i
    return table, rows


@njit(cache=True, inline="always", nogil=True)
def _put(out: Any, n: int, template: int, a: Any, b: Any) -> int:
    out[n] = np.int32(mix(mix(np.uint64(template * 2654435761 + 97), a), b) & _MASK)
    return n + 1


@njit(cache=True, nogil=True)
def _share(part: int, whole: int) -> int:
    """Bucket of a share: 0 none, 1 to a tenth, 2 to a half, 3 to nine tenths, 4 nearly, 5 all; 6 unknown."""
    if whole == 0:
        return 6
    if part == 0:
        return 0
    if part == whole:
        return 5
    if part * 10 <= whole:
        return 1
    if part * 2 <= whole:
        return 2
    return 3 if part * 10 <= whole * 9 else 4


@njit(cache=True, nogil=True)
def _many(count: int) -> int:
    if count >= 10:
        return 4
    if count >= 4:
        return 3
    return min(2, count)


@njit(cache=True, nogil=True)
def piece_view(lexicon: Lexicon, key: Any, out: Any) -> bool:
    """Fill out[0:6] with the piece's buckets and bits; say whether the tables have it."""
    row = find(lexicon.piece_keys, lexicon.piece_rows, key)
    for k in range(6):
        out[k] = lexicon.pieces[row, k] if row >= 0 else 0
    return bool(row >= 0)


@njit(cache=True, nogil=True)
def _is_known(info: Any) -> bool:
    """Whether some text has the piece at any place of a word."""
    return bool(info[0] or info[1] or info[2] or info[3])


@njit(cache=True, nogil=True)
def _stems(letters: NDArray[np.uint32], n: int, lexicon: Lexicon, told: NDArray[np.int64], ends: Any) -> None:
    """Fill what the longest known word that letters[:n] begin with says of each cut within it.

    A word that no table has is often a known one with an ending: زیست‌شناسم is cut as زیست‌شناس is.

    Args:
        letters: The word.
        n: Its letters.
        lexicon: The word tables.
        told: For the cut before each letter: 0 where no such word is known; else bucket of how often that word stands
            uncut, buckets of how often the treebank and the news cut it there, whether the dictionary does.
        ends: Where that word ends.
    """
    info = np.zeros(6, np.int64)
    cuts = np.zeros((SOURCES, n), np.int64)
    for j in range(3, n):
        key = hash_letters(letters, 0, j)
        piece_view(lexicon, key, info)
        uncut = info[0]
        row = find(lexicon.word_keys, lexicon.word_rows, key)
        cuts[:] = 0
        if row >= 0:
            for e in range(lexicon.word_starts[row], lexicon.word_starts[row + 1]):
                if lexicon.masks[e] == np.uint32(0):
                    if uncut == 0 and lexicon.counts[e, 2]:
                        uncut = 8  # in no text, but in the dictionary
                    continue
                for s in range(SOURCES):
                    count = lexicon.counts[e, s]
                    if count:
                        for k in range(1, j):
                            if lexicon.masks[e] >> np.uint32(k - 1) & np.uint32(1):
                                cuts[s, k] += count
        if uncut or cuts.any():
            for k in range(1, j):
                told[k] = ((uncut * 5 + _many(cuts[0, k])) * 5 + _many(cuts[1, k])) * 2 + min(1, cuts[2, k]) + 1
                ends[k] = j


@njit(cache=True, nogil=True)
def word_features(
    letters: NDArray[np.uint32],
    n: int,
    context: NDArray[np.uint64],
    lexicon: Lexicon,
    piece_out: NDArray[np.int32],
    cut_out: NDArray[np.int32],
) -> None:
    """Fill the features of every piece and every cut of the word letters[:n].

    Args:
        letters: Letters without combining marks and half-spaces.
        n: Their number, 2 to LONGEST.
        context: Hash of the word before, of the word after; of the last two letters of each; their bits; where the word
            ends in های, the bucket of what its neighbours say (`pipeline.normalization.neighbours`), else 0.
        lexicon: The word tables.
        piece_out: Features of piece (i, j) at [i, j], -1 where there are no more.
        cut_out: Features of the cut before letter k at [k].
    """
    info = np.zeros(6, np.int64)
    whole = np.zeros(6, np.int64)
    word = hash_letters(letters, 0, n)
    piece_view(lexicon, word, whole)
    for i in range(n):
        key = _SEED
        for j in range(i + 1, n + 1):
            key = mix(key, letters[j - 1])
            h = key | np.uint64(1)
            piece_view(lexicon, h, info)
            place = 0 if i == 0 and j == n else (1 if i == 0 else (3 if j == n else 2))
            length = min(j - i, 8)
            pl = place * 16 + length
            f = piece_out[i, j]
            m = 0
            m = _put(f, m, 1, pl, 0)
            m = _put(f, m, 2, place, h if _is_known(info) else np.uint64(0))
            m = _put(f, m, 3, pl, letters[i])
            m = _put(f, m, 4, pl, letters[j - 1])
            if j - i >= 2:
                m = _put(f, m, 5, place, mix(letters[i], letters[i + 1]))
                m = _put(f, m, 6, place, mix(letters[j - 2], letters[j - 1]))
            if j - i >= 3:
                m = _put(f, m, 7, place, hash_letters(letters, j - 3, j))
                m = _put(f, m, 8, place, hash_letters(letters, i, i + 3))
            m = _put(f, m, 9, pl, info[0])
            m = _put(f, m, 10, pl, info[place])
            m = _put(f, m, 11, pl, info[5])
            m = _put(f, m, 12, pl, info[4])
            m = _put(f, m, 13, place, (info[0] * 8 + info[1]) * 64 + info[2] * 8 + info[3])
            m = _put(f, m, 14, pl, info[0] * 4096 + info[4] * 256 + info[5])
            m = _put(f, m, 15, place, whole[0] * 64 + info[0] * 8 + info[place])
            if m < PIECE_FEATURES:
                f[m] = -1
    # Evidence on the whole word.
    row = find(lexicon.word_keys, lexicon.word_rows, word)
    totals = np.zeros(SOURCES, np.int64)
    cuts = np.zeros((SOURCES, n + 1), np.int64)
    if row >= 0:
        for e in range(lexicon.word_starts[row], lexicon.word_starts[row + 1]):
            for s in range(SOURCES):
                count = lexicon.counts[e, s]
                totals[s] += count
                if count:
                    for k in range(1, n):
                        if lexicon.masks[e] >> np.uint32(k - 1) & np.uint32(1):
                            cuts[s, k] += count
    stem = np.zeros(n + 1, np.int64)
    stem_end = np.zeros(n + 1, np.int64)
    _stems(letters, n, lexicon, stem, stem_end)
    left = np.zeros(6, np.int64)
    right = np.zeros(6, np.int64)
    other = np.zeros(6, np.int64)
    for k in range(1, n):
        f = cut_out[k]
        m = 0
        prefix = hash_letters(letters, 0, k)
        rest = hash_letters(letters, k, n)
        piece_view(lexicon, prefix, left)
        piece_view(lexicon, rest, right)
        # Of a piece that no text has only the kind is told: in training, each was seen in its own fold alone.
        if not _is_known(left):
            prefix = np.uint64(0)
        if not _is_known(right):
            rest = np.uint64(0)
        l1 = np.uint64(letters[k - 1])
        r1 = np.uint64(letters[k])
        l2 = mix(l1, letters[k - 2]) if k >= 2 else mix(l1, 0)
        r2 = mix(r1, letters[k + 1]) if k + 1 < n else mix(r1, 0)
        l3 = mix(l2, letters[k - 3]) if k >= 3 else mix(l2, 0)
        r3 = mix(r2, letters[k + 2]) if k + 2 < n else mix(r2, 0)
        l4 = mix(l3, letters[k - 4]) if k >= 4 else mix(l3, 0)
        r4 = mix(r3, letters[k + 3]) if k + 3 < n else mix(r3, 0)
        m = _put(f, m, 20, min(k, 6), min(n - k, 6))
        m = _put(f, m, 21, l1, r1)
        m = _put(f, m, 22, l2, r1)
        m = _put(f, m, 23, l1, r2)
        m = _put(f, m, 24, l2, r2)
        m = _put(f, m, 25, l3, r3)
        m = _put(f, m, 26, l3, r1)
        m = _put(f, m, 27, l1, r3)
        m = _put(f, m, 28, l2, r3)
        m = _put(f, m, 29, l3, r2)
        m = _put(f, m, 30, l4, 0)
        m = _put(f, m, 31, 0, r4)
        m = _put(f, m, 32, l4, r4)
        m = _put(f, m, 33, rest, 0)
        m = _put(f, m, 34, rest, l1)
        m = _put(f, m, 35, rest, l2)
        m = _put(f, m, 36, rest, left[0])
        m = _put(f, m, 37, rest, left[5])
        m = _put(f, m, 38, rest, left[0] * 512 + left[1] * 64 + whole[0] * 8)
        m = _put(f, m, 39, prefix, 0)
        m = _put(f, m, 40, prefix, r1)
        m = _put(f, m, 41, prefix, right[0])
        m = _put(f, m, 42, prefix, right[5])
        m = _put(f, m, 43, left[0] * 8 + right[0], whole[0])
        m = _put(f, m, 44, left[5], right[5])
        m = _put(f, m, 45, left[1] * 8 + right[3], whole[0] * 8 + whole[4])
        m = _put(f, m, 46, mix(left[0] * 8 + left[4], right[0] * 8 + right[4]), mix(min(k, 5), min(n - k, 5)))
        m = _put(f, m, 47, rest, whole[4] * 8 + left[4])
        m = _put(f, m, 48, prefix, whole[4] * 8 + right[4])
        treebank = _share(cuts[0, k], totals[0])
        news = _share(cuts[1, k], totals[1])
        listed = _share(cuts[2, k], totals[2])
        m = _put(f, m, 49, treebank, _many(totals[0]))
        m = _put(f, m, 50, news, _many(totals[1]))
        m = _put(f, m, 51, listed, whole[4])
        m = _put(f, m, 52, treebank * 64 + news * 8 + listed, _many(totals[0]) * 8 + _many(totals[1]))
        m = _put(f, m, 53, rest, treebank * 64 + news * 8 + listed)
        m = _put(f, m, 54, prefix, treebank * 64 + news * 8 + listed)
        m = _put(f, m, 55, rest, context[1])
        m = _put(f, m, 56, rest, context[0])
        m = _put(f, m, 57, mix(word, k), context[1])
        m = _put(f, m, 58, mix(word, k), context[0])
        m = _put(f, m, 59, rest, context[3])
        m = _put(f, m, 60, rest, context[2])
        m = _put(f, m, 61, rest, mix(context[5], 1))
        m = _put(f, m, 62, rest, mix(context[4], 2))
        m = _put(f, m, 63, mix(word, k), mix(context[5], 3))
        m = _put(f, m, 64, mix(word, k), mix(context[4], 4))
        m = _put(f, m, 65, l2, right[5])
        if stem[k]:
            ending = hash_letters(letters, stem_end[k], n)
            shares = treebank * 64 + news * 8 + listed
            m = _put(f, m, 70, stem[k], 0)
            m = _put(f, m, 71, stem[k], min(n - stem_end[k], 5) * 8 + min(stem_end[k] - k, 4))
            m = _put(f, m, 72, stem[k], ending)
            m = _put(f, m, 73, stem[k], shares)
            m = _put(f, m, 74, stem[k], mix(ending, shares))
            m = _put(f, m, 75, stem[k], left[0] * 8 + right[0])
        # A silent ه before the cut, or after it: سوخته‌ای beside سوخت‌های.
        other[:] = 0
        silent = 0
        if letters[k - 1] == 0x647 and k >= 3:
            silent = 1
            piece_view(lexicon, hash_letters(letters, 0, k - 1), other)
        elif letters[k] == 0x647:
            silent = 2
            piece_view(lexicon, hash_letters(letters, 0, k + 1), other)
        if silent:
            if context[6]:
                kind = (min(left[0], 3) * 4 + min(other[0], 3)) * 2 + silent
                m = _put(f, m, 76, silent, context[6])
                m = _put(f, m, 77, kind, context[6])
                m = _put(f, m, 78, (treebank * 64 + news * 8 + listed) * 4 + silent, context[6])
            m = _put(f, m, 66, rest, (left[0] * 8 + other[0]) * 2 + silent)
            m = _put(f, m, 67, rest, mix(left[5] * 8 + left[4], other[5] * 8 + other[4]))
            m = _put(f, m, 68, rest, ((left[0] * 8 + left[1]) * 8 + other[0]) * 8 + other[1])
        if m < CUT_FEATURES:
            f[m] = -1


@njit(cache=True, nogil=True)
def word_scores(
    n: int,
    weights: NDArray[np.float32],
    piece_in: NDArray[np.int32],
    cut_in: NDArray[np.int32],
    scores: NDArray[np.float64],
) -> None:
    """Fill scores[i, j] with the weight of piece (i, j) and of the cut at its end."""
    for j in range(1, n + 1):
        cut = 0.0
        if j < n:
            for m in range(CUT_FEATURES):
                if cut_in[j, m] < 0:
                    break
                cut += weights[cut_in[j, m]]
        for i in range(j):
            total = cut
            for m in range(PIECE_FEATURES):
                if piece_in[i, j, m] < 0:
                    break
                total += weights[piece_in[i, j, m]]
            scores[i, j] = total


@njit(cache=True, nogil=True)
def best_cutting(n: int, scores: NDArray[np.float64]) -> Any:
    """Return the best cutting with at least one cut, as a mask, and by how much it beats no cut."""
    best = np.full(n + 1, -1e30)
    back = np.zeros(n + 1, np.int64)
    best[0] = 0.0
    for j in range(1, n + 1):
        for i in range(j):
            if i == 0 and j == n:
                continue
            value = best[i] + scores[i, j]
            if value > best[j]:
                best[j] = value
                back[j] = i
    mask = np.uint32(0)
    at = back[n]
    while at > 0:
        mask |= np.uint32(1) << np.uint32(at - 1)
        at = back[at]
    return mask, best[n] - scores[0, n]


@njit(cache=True, nogil=True)
def side_view(letters: NDArray[np.uint32], low: int, high: int, out: NDArray[np.uint64]) -> None:
    """Fill out[0:7] with what `space_features` wants to know of the piece letters[low:high] on one side of a space."""
    out[0] = hash_letters(letters, low, high)
    out[1] = hash_letters(letters, high - 1, high)
    out[2] = hash_letters(letters, max(low, high - 2), high)
    out[3] = hash_letters(letters, max(low, high - 3), high)
    out[4] = hash_letters(letters, low, min(high, low + 2))
    out[5] = hash_letters(letters, low, min(high, low + 3))
    out[6] = np.uint64(high - low)


@njit(cache=True, nogil=True)
def space_glance(left: Any, right: Any, both: Any, left_length: Any, lexicon: Lexicon, f: NDArray[np.int32]) -> Any:
    """Fill f[0:GLANCE_FEATURES]: what can be told of the space between two pieces without a look around.

    Args:
        left: Hash of the piece before the space.
        right: Hash of the piece after it.
        both: Hash of the two pieces written as one.
        left_length: Letters of the left piece.
        lexicon: The word tables.
        f: Where the features go.

    Returns:
        Bucket of how large a share of the pair's places the treebank and the news join; bits of the sources that have
        the word that the two would make.
    """
    row = find(lexicon.pair_keys, lexicon.pair_rows, mix(left, right) | np.uint64(1))
    joined = 0
    apart = 0
    joined_news = 0
    apart_news = 0
    if row >= 0:
        joined = lexicon.pairs[row, 0]
        apart = lexicon.pairs[row, 1]
        joined_news = lexicon.pairs[row, 2]
        apart_news = lexicon.pairs[row, 3]
    pair = _share(joined, joined + apart) * 8 + _share(joined_news, joined_news + apart_news)
    many = _many(joined + apart) * 8 + _many(joined_news + apart_news)
    row = find(lexicon.word_keys, lexicon.word_rows, both)
    listed = 0
    if row >= 0:
        for e in range(lexicon.word_starts[row], lexicon.word_starts[row + 1]):
            if lexicon.masks[e] == np.uint32(1) << np.uint32(left_length - np.uint64(1)):
                for s in range(SOURCES):
                    if lexicon.counts[e, s]:
                        listed |= 1 << s
    m = _put(f, 0, 101, left, 0)
    m = _put(f, m, 102, right, 0)
    m = _put(f, m, 103, left, right)
    m = _put(f, m, 113, pair, many)
    _put(f, m, 117, listed * 64 + pair, 0)
    return pair, listed


@njit(cache=True, nogil=True)
def space_features(
    left: NDArray[np.uint64],
    right: NDArray[np.uint64],
    before: Any,
    after: Any,
    both: Any,
    lexicon: Lexicon,
    f: NDArray[np.int32],
) -> int:
    """Fill the features of the space between two pieces; return their number.

    Args:
        left: Of the piece before the space: hash; hashes of its last one, two, three and first two, three letters;
            its length.
        right: The same of the piece after it.
        before: Hash of the piece before the left one, 0 where a mark or an end stands there.
        after: Hash of the piece after the right one.
        both: Hash of the two pieces written as one.
        lexicon: The word tables.
        f: Where the features go.
    """
    a = np.zeros(6, np.int64)
    b = np.zeros(6, np.int64)
    whole = np.zeros(6, np.int64)
    near = np.zeros(6, np.int64)
    far = np.zeros(6, np.int64)
    piece_view(lexicon, left[0], a)
    piece_view(lexicon, right[0], b)
    piece_view(lexicon, both, whole)
    piece_view(lexicon, before, near)
    piece_view(lexicon, after, far)
    pair, listed = space_glance(left[0], right[0], both, left[6], lexicon, f)
    m = GLANCE_FEATURES
    m = _put(f, m, 100, 0, 0)
    m = _put(f, m, 104, left[1], right[0])
    m = _put(f, m, 105, left[2], right[0])
    m = _put(f, m, 106, left[3], right[0])
    m = _put(f, m, 107, left[0], right[4])
    m = _put(f, m, 108, left[0], right[5])
    m = _put(f, m, 109, left[0], right[2])
    m = _put(f, m, 110, left[0], right[1])
    m = _put(f, m, 111, left[2], right[4])
    m = _put(f, m, 112, left[2], right[2])
    m = _put(f, m, 114, pair, mix(right[0], 1))
    m = _put(f, m, 115, pair, mix(left[0], 2))
    m = _put(f, m, 116, listed, whole[0] * 8 + whole[4])
    m = _put(f, m, 118, a[0] * 512 + a[1] * 64 + a[2] * 8 + a[3], b[0] * 512 + b[1] * 64 + b[2] * 8 + b[3])
    m = _put(f, m, 119, a[5], b[5])
    m = _put(f, m, 120, right[0], a[5])
    m = _put(f, m, 121, left[0], b[5])
    m = _put(f, m, 122, right[0], a[0] * 64 + a[1] * 8 + a[3])
    m = _put(f, m, 123, left[0], b[0] * 64 + b[1] * 8 + b[3])
    m = _put(f, m, 124, right[0], after)
    m = _put(f, m, 125, right[0], mix(before, 1))
    m = _put(f, m, 126, left[0], mix(before, 2))
    m = _put(f, m, 127, left[0], mix(after, 3))
    m = _put(f, m, 128, mix(left[0], right[0]), after)
    m = _put(f, m, 129, mix(left[0], right[0]), mix(before, 1))
    m = _put(f, m, 130, right[0], mix(far[5], 4))
    m = _put(f, m, 131, right[0], mix(a[5], far[5]))
    m = _put(f, m, 132, right[0], mix(near[5], mix(a[5], far[5])))
    m = _put(f, m, 133, left[0], mix(near[5], mix(b[5], far[5])))
    m = _put(f, m, 134, mix(left[0], right[0]), mix(near[5], 5))
    m = _put(f, m, 135, mix(left[0], right[0]), mix(far[5], 6))
    m = _put(f, m, 136, right[0], mix(left[2], far[5]))
    m = _put(f, m, 137, mix(right[0], left[1]), after)
    m = _put(f, m, 138, min(left[6], 8), min(right[6], 8))
    m = _put(f, m, 139, a[3], b[1])
    m = _put(f, m, 140, mix(left[6], a[0]), mix(right[6], b[0]))
    m = _put(f, m, 141, mix(right[0], a[4]), a[5])
    m = _put(f, m, 142, mix(left[0], b[4]), b[5])
    m = _put(f, m, 143, whole[0] * 8 + whole[4], pair)
    return _put(f, m, 144, right[0], whole[0] * 8 + whole[4])
