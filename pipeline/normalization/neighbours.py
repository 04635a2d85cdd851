"""Which of two endings the words around call for, where both are spelt alike once the half-space is lost.

«حرفهای» is حرف‌های (words of) or حرفه‌ای (a profession): the plural calls for a noun after it, the indefinite follows «هر»
and «یک» and goes before «که» and «را», whatever the word itself is. A logistic regression over three words on either side
gives the odds; `pipeline.normalization.features` weighs them with what is known of the word.

Belongs here: what is seen of the neighbours, the odds. Does not belong here: the word's own evidence
(`pipeline.normalization.features`), learning (`training.normalization.neighbours`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.normalization import features

WEIGHTS: Final = 1 << 18
"""Size of the weight vector."""
FEATURES: Final = 48
REACH: Final = 3
"""Words looked at on either side."""
BREAK: Final = 3
"""Below it, what stands after a letter is: nothing, a space, a half-space. From it on, signs: see `sign_break`."""
EDGE: Final = 1
DIGIT: Final = 2
OPENING: Final = 3
CLOSING: Final = 4
OTHER: Final = 5
"""Kinds of signs between words; EDGE is the line's begin or end."""
_KINDS: Final = 6
_BITS: Final = np.uint64(WEIGHTS - 1)


@njit(cache=True, nogil=True)
def sign_kind(sign: int) -> int:
    """Kind of a character that is no letter."""
    if 0x30 <= sign <= 0x39 or 0x660 <= sign <= 0x669 or 0x6F0 <= sign <= 0x6F9:
        return DIGIT
    if sign in (0xAB, 0x28, 0x5B, 0x7B, 0x201C, 0x2018):  # « ( [ { “ ‘
        return OPENING
    if sign in (0xBB, 0x29, 0x5D, 0x7D, 0x201D, 0x2019):  # » ) ] } ” ’
        return CLOSING
    return EDGE if sign == 0x0A else OTHER


@njit(cache=True, inline="always", nogil=True)
def sign_break(after: Any, before: Any) -> Any:
    """What stands after a word's last letter: kind of the sign behind it, kind of the sign before the next word."""
    return BREAK + after + _KINDS * before


@njit(cache=True, nogil=True)
def is_two_ways(letters: NDArray[np.uint32], low: int, high: int) -> bool:
    """Whether letters[low:high] end in های, before which something stands."""
    return bool(
        high - low > 3
        and letters[high - 1] == 0x6CC
        and letters[high - 2] == 0x627
        and letters[high - 3] == 0x647
    )  # fmt: skip


@njit(cache=True, nogil=True)
def look(
    letters: NDArray[np.uint32],
    follows: NDArray[np.uint8],
    low: int,
    high: int,
    start: int,
    lexicon: features.Lexicon,
    seen: NDArray[np.uint64],
) -> None:
    """Fill what is seen around the word letters[low:high], each neighbour as if written without half-spaces.

    Args:
        letters: Letters of the lines.
        follows: What stands after each.
        low: The word's first letter.
        high: Past its last.
        start: The line's first letter.
        lexicon: The word tables.
        seen: Row REACH - 1 is the word before, REACH the word after, and so on outwards: hash, hash of the last two
            letters, part-of-speech bits, word class. At a sign its kind stands for the word, and nothing beyond it.
    """
    seen[:] = 0
    a = low
    for row in range(REACH - 1, -1, -1):
        if a == start or follows[a - 1] >= BREAK:
            kind = EDGE if a == start else (follows[a - 1] - BREAK) // _KINDS
            seen[row, 0] = kind
            seen[row, 3] = 256 + kind
            break
        b = a
        a -= 1
        while a > start and (follows[a - 1] == 0 or follows[a - 1] == 2):
            a -= 1
        look_at(letters, a, b, lexicon, seen[row])
    b = high
    for row in range(REACH, 2 * REACH):
        if follows[b - 1] >= BREAK:
            kind = (follows[b - 1] - BREAK) % _KINDS
            seen[row, 0] = kind
            seen[row, 3] = 256 + kind
            break
        a = b
        b += 1
        while follows[b - 1] == 0 or follows[b - 1] == 2:
            b += 1
        look_at(letters, a, b, lexicon, seen[row])


@njit(cache=True, nogil=True)
def look_at(letters: Any, low: int, high: int, lexicon: features.Lexicon, out: Any) -> None:
    """Fill one row of what `look` sees: the word letters[low:high]."""
    key = features.hash_letters(letters, low, high)
    out[0] = key
    out[1] = features.hash_letters(letters, max(low, high - 2), high)
    row = features.find(lexicon.piece_keys, lexicon.piece_rows, key)
    out[2] = lexicon.pieces[row, 5] if row >= 0 else 0
    out[3] = lexicon.pieces[row, 6] if row >= 0 else 0


@njit(cache=True, inline="always", nogil=True)
def _put(out: Any, n: int, a: Any, b: Any) -> int:
    out[n] = features.mix(features.mix(np.uint64(n * 2654435761 + 97), a), b) & _BITS
    return n + 1


@njit(cache=True, nogil=True)
def neighbour_features(seen: NDArray[np.uint64], out: NDArray[np.uint64]) -> int:
    """Fill the features of what `look` saw; return their number."""
    zero = np.uint64(0)
    l3, l2, l1, r1, r2, r3 = seen[0], seen[1], seen[2], seen[3], seen[4], seen[5]
    m = _put(out, 0, zero, zero)
    for word in (l3, l2, l1, r1, r2, r3):
        m = _put(out, m, word[0], zero)
    for word in (l2, l1, r1, r2):
        m = _put(out, m, word[1], zero)
        m = _put(out, m, word[2], zero)
        m = _put(out, m, word[3], zero)
    for a, b in ((l1, r1), (r1, r2), (l2, l1)):
        m = _put(out, m, a[0], b[0])
        m = _put(out, m, a[2], b[2])
        m = _put(out, m, a[3], b[3])
    m = _put(out, m, r1[2], r2[0])
    m = _put(out, m, r1[3], r2[0])
    m = _put(out, m, r1[1], r2[2])
    m = _put(out, m, l1[2], r1[0])
    return _put(out, m, l1[0], r1[2])


@njit(cache=True, nogil=True)
def odds(seen: NDArray[np.uint64], weights: NDArray[np.float32], out: NDArray[np.uint64]) -> float:
    """Log-odds of ه‌ای against ‌های."""
    total = 0.0
    for k in range(neighbour_features(seen, out)):
        total += weights[out[k]]
    return total


@njit(cache=True, nogil=True)
def bucket(log_odds: float) -> Any:
    """Log-odds as one of 17 numbers, from 1."""
    return np.uint64(np.int64(np.rint(min(max(log_odds, -8.0), 8.0))) + 9)
