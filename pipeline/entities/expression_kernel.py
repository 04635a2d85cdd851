"""The compiled pass of `pipeline.entities.expressions`.

Belongs here: the one loop over code points. Does not belong here: what the words mean.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

_LETTER, _DIGIT, _IGNORED, _SPACE, _PUNCTUATION, _CORE_SYMBOL, _POINT = 1, 2, 3, 4, 5, 6, 7


@njit(cache=True, nogil=True)
def find_runs(
    codes: npt.NDArray[np.uint32],
    classes: npt.NDArray[np.uint8],
    folded: npt.NDArray[np.uint32],
    keys: npt.NDArray[np.uint64],
    flags: npt.NDArray[np.uint8],
    years: bool,
    max_words: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where runs of known words and numbers begin and end that hold a telling word.

    `codes` ends with a character of no class (a line feed). A run ends at an unknown word, at any mark but those
    of class punctuation or a point inside of a word, and after `max_words` words.
    """
    n = codes.shape[0]
    mask = np.uint64(keys.shape[0] - 1)
    starts = np.empty(1024, dtype=np.int64)
    ends = np.empty(1024, dtype=np.int64)
    count = 0
    run_start = -1
    run_end = -1
    words = 0
    core = False
    i = 0
    while i < n:
        code = int(codes[i])
        kind = int(classes[code]) if code < 65536 else 0
        close = False
        if kind == _LETTER:
            begin = i
            value = np.uint64(0xCBF29CE484222325)
            while i < n:
                code = int(codes[i])
                if code >= 65536:
                    break
                kind = int(classes[code])
                if kind == _LETTER:
                    code = int(folded[code])
                    if 65 <= code <= 90:
                        code += 32
                    if code:
                        value = (value ^ np.uint64(code)) * np.uint64(0x100000001B3)
                elif kind != _IGNORED:
                    break
                i += 1
            slot = value & mask
            known = -1
            while keys[slot]:
                if keys[slot] == value:
                    known = int(flags[slot])
                    break
                slot = (slot + np.uint64(1)) & mask
            if known < 0:
                close = True
            else:
                words += 1
                if not known & 2:
                    if run_start < 0:
                        run_start = begin
                    run_end = i
                if known & 1:
                    core = True
                    if run_start < 0:
                        run_start = begin
                    run_end = i
        elif kind == _DIGIT:
            begin = i
            number = 0
            while i < n and codes[i] < 65536 and classes[codes[i]] == _DIGIT:
                code = int(codes[i])
                if code >= 1776:
                    digit = code - 1776
                elif code >= 1632:
                    digit = code - 1632
                else:
                    digit = code - 48
                if number < 100000000:
                    number = number * 10 + digit
                i += 1
            words += 1
            if run_start < 0:
                run_start = begin
            run_end = i
            if years and (
                (i - begin == 4 and (1200 <= number <= 1500 or 1700 <= number <= 2199))
                or (i + 1 < n and i - begin <= 2 and (codes[i] == 47 or codes[i] == 46 or codes[i] == 92))
            ):
                core = True
        elif kind == _CORE_SYMBOL:
            core = True
            if run_start < 0:
                run_start = i
            i += 1
            run_end = i
        elif kind == _POINT:
            following = int(codes[i + 1]) if i + 1 < n else 10
            close = following >= 65536 or not (classes[following] == _LETTER or classes[following] == _DIGIT)
            # 1395 . 8 . 19, as tokenised text has it
            if close and following == 32 and i >= 2 and i + 2 < n and codes[i - 1] == 32:
                before, after = codes[i - 2], codes[i + 2]
                close = not (
                    before < 65536 and after < 65536 and classes[before] == _DIGIT and classes[after] == _DIGIT
                )
            i += 1
        elif kind == _PUNCTUATION:
            # a bracket that closes belongs to the number in it
            if (code == 41 or code == 93) and run_end >= 0 and i - run_end <= 1:
                run_end = i + 1
            i += 1
        elif kind in (_SPACE, _IGNORED):
            i += 1
        else:
            close = True
            i += 1
        if close or words >= max_words:
            if core and run_start >= 0:
                if count == starts.shape[0]:
                    starts = np.concatenate((starts, np.empty(count, dtype=np.int64)))
                    ends = np.concatenate((ends, np.empty(count, dtype=np.int64)))
                starts[count] = run_start
                ends[count] = run_end
                count += 1
            run_start = -1
            run_end = -1
            words = 0
            core = False
    return starts[:count], ends[:count]
