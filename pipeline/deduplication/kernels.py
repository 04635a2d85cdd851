"""Compiled loops over letters: match forms, fingerprints, overlaps.

Texts come in as Arrow lays them out, one buffer of UTF-8 bytes and the offsets at which each begins. A match
form is laid out likewise, in UTF-16 units: a letter of the script is one number, which needs no decoding. It
is folded words with one space between them, so a word ends at a space and no other white space occurs. A
letter past the first plane counts as two.

Belongs here: what must run once per letter. Does not belong here: frames, SQL, decisions; what runs once per
fingerprint (`joining`) or per pair (`gathering`).

Hashes are 64-bit: polynomial over units, finished by the mixer of SplitMix64 (Steele, Lea and Flood,
OOPSLA 2014). They do not depend on the process or the machine.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc, assignment"
# Numba infers these functions' types from their calls.

from __future__ import annotations

import numpy as np
from numba import njit

WORD_SHINGLE = 4
"""Words in a word shingle."""
LETTER_SHINGLE = 9
"""Letters in a letter shingle."""
GRAM = 20
"""Letters in the grams that fingerprints are chosen from: about four words, as a word shingle is."""
WINDOW = 32
"""One fingerprint is chosen of every run of this many grams."""
SHORT_WINDOW = 8
"""The same for short texts, which have few grams to choose from."""
SHORT_LETTERS = 320
"""Texts of fewer letters than this are short."""
PROBES = 16
"""The smallest grams of those chosen by WINDOW, by which a text looks for others: of an excerpt, however
short, the whole has all of these."""
SPACE = 0x20
LINE = -(1 << 30)
"""In the table of folds: the end of a line."""
ODD = -(1 << 30) + 1
"""In the table of folds: a character that is folded the slow way."""

_BASE = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S27 = np.uint64(27)
_S30 = np.uint64(30)
_S31 = np.uint64(31)
_S16 = np.uint64(16)
_S32 = np.uint64(32)
_S48 = np.uint64(48)
_ONE = np.uint64(1)
_LOW32 = np.uint64(0xFFFFFFFF)


@njit(cache=True, inline="always")
def _mix(x):
    x = (x ^ (x >> _S30)) * _M1
    x = (x ^ (x >> _S27)) * _M2
    return x ^ (x >> _S31)


@njit(cache=True)
def _hash(units, start, end):
    """Return a hash of some units: four of them at a time."""
    h = np.uint64(end - start)
    i = start
    while i + 4 <= end:
        four = np.uint64(units[i]) | np.uint64(units[i + 1]) << _S16
        four |= np.uint64(units[i + 2]) << _S32 | np.uint64(units[i + 3]) << _S48
        h = (h ^ four) * _BASE
        h ^= h >> _S32
        i += 4
    while i < end:
        h = (h ^ np.uint64(units[i])) * _BASE
        h ^= h >> _S32
        i += 1
    return _mix(h)


@njit(cache=True)
def _decode(data, i):
    """Return the code point that begins at `i`, and where the next begins."""
    b = np.int64(data[i])
    if b < 0x80:
        return b, i + 1
    if b < 0xE0:
        return (b & 0x1F) << 6 | np.int64(data[i + 1] & 0x3F), i + 2
    c = (b & 0x0F) << 12 | np.int64(data[i + 1] & 0x3F) << 6 | np.int64(data[i + 2] & 0x3F)
    if b < 0xF0:
        return c, i + 3
    return (c & 0x7FFF) << 6 | np.int64(data[i + 3] & 0x3F), i + 4


@njit(cache=True)
def _fold(data, i, end, single, starts, phrases, out, begin, least, paragraphs, held, text):
    """Write the match form of the text `data[i:end]` into `out` from `begin` on.

    Returns:
        `out`, or a longer array in its place; where the form ends; its words; `paragraphs`, likewise, and how
        many it holds; whether the text holds a code point that is odd or past the table.
    """
    at = begin
    if at + (end - i) + 4 > len(out):
        out = _longer(out, at + (end - i) + 4)
    table = len(single)
    paragraph = at
    line = 0
    words = 0
    total = 0
    in_word = np.int64(0)
    odd = False
    while True:
        f = np.int64(LINE)
        # Characters of one and two bytes, nearly all there are, in a loop without branches on what they are: words
        # end where no processor can guess.
        while i + 1 < end:
            b = np.int64(data[i])
            if b >= 0xE0:
                break
            two = np.int64(b >= 0xC0)
            c = b + two * (((b & 0x1F) << 6 | np.int64(data[i + 1] & 0x3F)) - b)
            f = np.int64(single[c])
            if f < 0:
                break
            out[at] = f
            letter = np.int64(f > SPACE)
            stop = np.int64(f == SPACE)
            at += letter | (stop & in_word)
            words += stop & in_word
            in_word = (letter | in_word) & (stop ^ 1)
            i += 1 + two
        if i < end:
            c, i = _decode(data, i)
            f = np.int64(single[c]) if c < table else np.int64(ODD)
            if f > SPACE:
                out[at] = f
                at += 1
                in_word = np.int64(1)
                continue
            if f == SPACE:
                if in_word:
                    out[at] = SPACE
                    at += 1
                    words += 1
                    in_word = np.int64(0)
                continue
            if f == 0:
                continue
            if f == ODD:
                odd = True
                in_word = np.int64(1)
                if c < 0x10000:
                    out[at] = c
                    at += 1
                else:
                    out[at] = 0xD800 + ((c - 0x10000) >> 10)
                    out[at + 1] = 0xDC00 + (c & 0x3FF)
                    at += 2
                continue
            if f != LINE:
                first = starts[-f - 1]
                stop = starts[-f]
                if at + (stop - first) + (end - i) + 4 > len(out):
                    out = _longer(out, at + (stop - first) + (end - i) + 4)
                for j in range(first, stop):
                    out[at] = phrases[j]
                    at += 1
                in_word = np.int64(1)
                continue
        else:
            i += 1
        # The end of a line, or of the text.
        if in_word:
            out[at] = SPACE
            at += 1
            words += 1
            in_word = np.int64(0)
        if words >= least:
            if held == len(paragraphs):
                paragraphs = _twice_as_many(paragraphs)
            paragraphs[held, 0] = text
            paragraphs[held, 1] = line
            paragraphs[held, 2] = words
            paragraphs[held, 3] = np.int64(_hash(out, paragraph, at))
            held += 1
        total += words
        words = 0
        line += 1
        paragraph = at
        if i > end:
            break
    return out, at - np.int64(at > begin), total, paragraphs, held, odd


@njit(cache=True)
def _longer(array, least):
    """Return an array of at least this length that begins as the given one."""
    longer = np.empty(max(2 * len(array), least), array.dtype)
    longer[: len(array)] = array
    return longer


@njit(cache=True)
def _twice_as_many(rows):
    more = np.empty((2 * len(rows), rows.shape[1]), rows.dtype)
    more[: len(rows)] = rows
    return more


@njit(cache=True)
def fold(data, offsets, single, starts, phrases):
    """Write the match forms of texts.

    Args:
        data: UTF-8 bytes of all texts.
        offsets: Where each begins, and where the last ends.
        single: For each code point the one it folds to: 0 where it goes, a space where it ends a word, LINE
            for the end of a line, ODD for a character whose form depends on its neighbours, another negative
            where it folds to more than one unit: then the negative of one more than the phrase's number.
        starts: Where each phrase begins in `phrases`, and where the last ends.
        phrases: UTF-16 units of the phrases.

    Returns:
        Units of all forms; where each begins and the last ends; which texts hold a code point that is odd or
        past the table: their forms may be wrong.
    """
    count = len(offsets) - 1
    # What is not written costs no memory: a few characters fold to whole phrases, then it grows.
    out = np.empty(offsets[count] - offsets[0] + 64, np.uint16)
    ends = np.zeros(count + 1, np.int64)
    odd = np.zeros(count, np.bool_)
    paragraphs = np.empty((1, 4), np.int64)
    for t in range(count):
        out, ends[t + 1], _, paragraphs, _, odd[t] = _fold(
            data, offsets[t], offsets[t + 1], single, starts, phrases, out, ends[t], 1 << 60, paragraphs, 0, t
        )
    return out[: ends[count]], ends, odd


@njit(cache=True)
def _letters(units, start, end, letters):
    """Write the units but spaces; return how many."""
    n = 0
    for i in range(start, end):
        u = units[i]
        letters[n] = u
        n += np.int64(u != SPACE)
    return n


@njit(cache=True)
def _grams(letters, n, k, out):
    """Write the hash of every run of `k` letters, of the whole where it has fewer; return how many."""
    k = min(k, n)
    top = np.uint64(1)
    for _ in range(k):
        top *= _BASE
    h = np.uint64(0)
    for i in range(k):
        h = h * _BASE + np.uint64(letters[i]) + _ONE
    out[0] = _mix(h)
    for i in range(n - k):
        h = h * _BASE + (np.uint64(letters[i + k]) + _ONE - top * (np.uint64(letters[i]) + _ONE))
        out[i + 1] = _mix(h)
    return n - k + 1


@njit(cache=True)
def _choose(grams, g, window, out):
    """Winnow: write the least gram of every run of `window`, each run of equal choices once; return how many.

    Method: Schleimer, Wilkerson and Aiken, SIGMOD 2003. What is chosen of a run does not depend on what
    stands around it, so an excerpt shares fingerprints with the whole.
    """
    window = min(window, g)
    count = 0
    at = np.int64(-1)
    least = np.uint64(0)
    for end in range(window, g + 1):
        start = end - window
        if at < start:
            at = start
            least = grams[start]
            for i in range(start + 1, end):
                v = grams[i]
                lower = v <= least
                at = i if lower else at
                least = v if lower else least
            out[count] = least
            count += 1
        elif grams[end - 1] <= least:
            at = end - 1
            least = grams[at]
            out[count] = least
            count += 1
    return count


@njit(cache=True)
def _least(chosen, count, probes):
    """Write the least distinct ones of what was chosen into `probes`, sorted; return how many."""
    held = 0
    for i in range(count):
        v = chosen[i]
        if held == PROBES and v >= probes[PROBES - 1]:
            continue
        j = held
        while j > 0 and probes[j - 1] > v:
            j -= 1
        if j > 0 and probes[j - 1] == v:
            continue
        if held < PROBES:
            held += 1
        for m in range(held - 1, j, -1):
            probes[m] = probes[m - 1]
        probes[j] = v
    return held


@njit(cache=True)
def _room(n):
    """Return the size of a table that `n` values fill by half at most: a power of two."""
    size = 64
    while size < 2 * n + 2:
        size *= 2
    return size


@njit(cache=True)
def sign(data, offsets, single, starts, phrases, least, shortest, seed):
    """Fold texts, name their match forms and fingerprint each that is new, one text after the other.

    A text's form stands nowhere but in a scratch that the next one takes over, so that it never leaves the
    processor's nearest memory. What WINDOW chooses is among what SHORT_WINDOW does, for the least of a run is
    that of every part it stands in.

    Args:
        data: As for `fold`.
        offsets: The same.
        single: The same.
        starts: The same.
        phrases: The same.
        least: Paragraphs of fewer words are left out.
        shortest: Texts of fewer words have no fingerprints.
        seed: Names are made of it and the form.

    Returns:
        Name, words and letters of each text's form; whether it is the first here; how many probes each has;
        fingerprints as 32-bit numbers, each text's probes first; where each text's begin and the last's end;
        of each paragraph its text, line, words and hash, one row per paragraph; which texts hold a code point
        that is odd or past the table.
    """
    count = len(offsets) - 1
    names = np.zeros(count, np.uint64)
    word_counts = np.zeros(count, np.int32)
    letter_counts = np.zeros(count, np.int32)
    probe_counts = np.zeros(count, np.int32)
    is_first = np.zeros(count, np.bool_)
    odd = np.zeros(count, np.bool_)
    paragraphs = np.empty((4 * count + 64, 4), np.int64)
    held = 0
    known = np.zeros(_room(count), np.uint64)
    units = np.empty(1 << 14, np.uint16)
    letters = np.empty(1 << 14, np.uint16)
    grams = np.empty(1 << 14, np.uint64)
    chosen = np.empty(1 << 14, np.uint64)
    probes = np.empty(PROBES, np.uint64)
    seen = np.zeros(64, np.uint64)
    out = np.empty(64 * count + 1024, np.int32)
    begins = np.zeros(count + 1, np.int64)
    filled = 0
    for t in range(count):
        units, end, words, paragraphs, held, odd[t] = _fold(
            data, offsets[t], offsets[t + 1], single, starts, phrases, units, 0, least, paragraphs, held, t
        )
        begins[t + 1] = filled
        word_counts[t] = words
        if words == 0:
            continue
        name = _name(units, end, seed)
        names[t] = name
        letter_counts[t] = end - words + 1
        is_first[t] = _add(known, name)
        if not is_first[t] or words < shortest:
            continue
        if len(units) > len(letters):
            letters = np.empty(len(units), np.uint16)
            grams = np.empty(len(units), np.uint64)
            chosen = np.empty(len(units), np.uint64)
        n = _letters(units, 0, end, letters)
        g = _grams(letters, n, GRAM, grams)
        c = _choose(grams, g, WINDOW, chosen)
        p = _least(chosen, c, probes)
        if n < SHORT_LETTERS:
            c = _choose(grams, g, SHORT_WINDOW, chosen)
        if filled + p + c > len(out):
            out = _longer(out, filled + p + c)
        size = _room(c)
        if size > len(seen):
            seen = np.zeros(size, np.uint64)
        table = seen[:size]
        for i in range(p + c):
            v = (probes[i] if i < p else chosen[i - p]) & _LOW32
            if _add(table, v | _LOW32 + _ONE):
                out[filled] = np.int32(np.uint32(v))
                filled += 1
        table[:] = 0
        probe_counts[t] = p
        begins[t + 1] = filled
    return names, word_counts, letter_counts, is_first, probe_counts, out[:filled], begins, paragraphs[:held], odd


@njit(cache=True)
def _add(table, value):
    """Put a value into a set of a power of two of places; say whether it is new. Zero stands for no value."""
    mask = np.uint64(len(table) - 1)
    slot = value & mask
    while table[slot] != 0:
        if table[slot] == value:
            return False
        slot = (slot + _ONE) & mask
    table[slot] = value
    return True


@njit(cache=True)
def _name(units, end, seed):
    """Return a name of a match form: 64 bits that are never zero."""
    return max(_mix(_hash(units, 0, end) ^ seed), _ONE)


@njit(cache=True)
def _words(units, start, end, words):
    """Write one hash per word; return how many."""
    w = 0
    h = np.uint64(0)
    for i in range(start, end):
        u = units[i]
        if u == SPACE:
            words[w] = _mix(h)
            w += 1
            h = np.uint64(0)
        else:
            h = (h + np.uint64(u) + _ONE) * _BASE
    if end > start:
        words[w] = _mix(h)
        w += 1
    return w


@njit(cache=True)
def _index(values, start, n, k, hashes, firsts, table):
    """Make an index of the shingles of `values[start : start + n]`.

    Fills `hashes` with one hash per shingle, `firsts` with the first place of an equal shingle, `table` with
    places plus one by hash. Returns how many shingles are distinct.
    """
    mask = np.uint64(len(table) - 1)
    table[:] = 0
    top = np.uint64(1)
    for _ in range(k):
        top *= _BASE
    h = np.uint64(0)
    for i in range(k):
        h = h * _BASE + np.uint64(values[start + i]) + _ONE
    distinct = 0
    for i in range(n - k + 1):
        m = _mix(h)
        hashes[i] = m
        slot = m & mask
        found = table[slot]
        while found != 0 and hashes[found - 1] != m:
            slot = (slot + _ONE) & mask
            found = table[slot]
        if found == 0:
            table[slot] = i + 1
            firsts[i] = i
            distinct += 1
        else:
            firsts[i] = found - 1
        if i + k < n:
            h = h * _BASE + (np.uint64(values[start + i + k]) + _ONE - top * (np.uint64(values[start + i]) + _ONE))
    return distinct


@njit(cache=True)
def _overlap(values, start, n, k, other, other_n, hashes, firsts, table, marks, mark, own):
    """Count the distinct shingles of `values[start : start + n]` that are in an index, and those that are not.

    The index is of the `other_n` values from `other` on. `marks` is as long as they are and holds no `mark`.
    `own` holds zeros, and is left with the shingles that are not in the index.
    """
    mask = np.uint64(len(table) - 1)
    own_mask = np.uint64(len(own) - 1)
    top = np.uint64(1)
    for _ in range(k):
        top *= _BASE
    h = np.uint64(0)
    rolled = np.int64(-2)  # where h stands
    shared = 0
    alone = 0
    p = np.int64(-1)
    j = 0
    while j <= n - k:
        # Where the last shingles were equal, one more equal value makes the next ones equal.
        while p >= 0 and j <= n - k and p + k < other_n and values[start + j + k - 1] == values[other + p + k]:
            p += 1
            j += 1
            q = firsts[p]
            shared += np.int64(marks[q] != mark)
            marks[q] = mark
        if j > n - k:
            break
        if rolled == j - 1:
            h = h * _BASE + (
                np.uint64(values[start + j + k - 1]) + _ONE - top * (np.uint64(values[start + j - 1]) + _ONE)
            )
        else:
            h = np.uint64(0)
            for i in range(k):
                h = h * _BASE + np.uint64(values[start + j + i]) + _ONE
        rolled = j
        m = _mix(h)
        slot = m & mask
        found = table[slot]
        while found != 0 and hashes[found - 1] != m:
            slot = (slot + _ONE) & mask
            found = table[slot]
        p = np.int64(found) - 1
        if p >= 0:
            q = firsts[p]
            shared += np.int64(marks[q] != mark)
            marks[q] = mark
        else:
            m |= _ONE
            slot = m >> _S31 & own_mask
            while own[slot] != 0 and own[slot] != m:
                slot = (slot + _ONE) & own_mask
            alone += np.int64(own[slot] == 0)
            own[slot] = m
        j += 1
    return shared, alone


@njit(cache=True)
def _measure(values, starts, k, first, second, result, column):
    """Fill three columns of `result`: distinct shingles of the first of each pair, of the second, of both."""
    longest = np.int64(0)
    for t in range(len(starts) - 1):
        longest = max(longest, starts[t + 1] - starts[t])
    hashes = np.empty(longest + 1, np.uint64)
    firsts = np.empty(longest + 1, np.int32)
    marks = np.empty(longest + 1, np.int32)
    whole = np.empty(_room(longest), np.int32)
    own = np.zeros(_room(longest), np.uint64)
    loaded = np.int64(-1)
    distinct = 0
    n = np.int64(0)
    size = 64
    for p in range(len(first)):
        a = first[p]
        if a != loaded:
            n = starts[a + 1] - starts[a]
            size = _room(n)
            distinct = _index(values, starts[a], n, min(k, n), hashes, firsts, whole[:size])
            marks[:n] = -1
            loaded = a
        b = second[p]
        m = starts[b + 1] - starts[b]
        own_size = _room(m)
        shared, alone = _overlap(
            values, starts[b], m, min(k, m), starts[a], n, hashes, firsts, whole[:size], marks, p, own[:own_size]
        )
        if alone:
            own[:own_size] = 0
        result[p, column] = distinct
        result[p, column + 1] = shared + alone
        result[p, column + 2] = shared


@njit(cache=True)
def overlaps(units, offsets, first, second):
    """Count what pairs of texts share.

    Args:
        units: UTF-16 units of all match forms.
        offsets: Where each begins, and where the last ends.
        first: For each pair the number of one text. Pairs with the same first text stand together.
        second: For each pair the number of the other.

    Returns:
        An array of one row per pair: distinct word shingles of the first, of the second, of both; the same of
        letter shingles.
    """
    count = len(offsets) - 1
    total = offsets[count] - offsets[0]
    letters = np.empty(total + 1, np.uint16)
    words = np.empty(total // 2 + count + 1, np.uint64)
    letter_starts = np.zeros(count + 1, np.int64)
    word_starts = np.zeros(count + 1, np.int64)
    for t in range(count):
        a = letter_starts[t]
        letter_starts[t + 1] = a + _letters(units, offsets[t], offsets[t + 1], letters[a:])
        b = word_starts[t]
        word_starts[t + 1] = b + _words(units, offsets[t], offsets[t + 1], words[b:])
    result = np.empty((len(first), 6), np.int64)
    _measure(words, word_starts, WORD_SHINGLE, first, second, result, 0)
    _measure(letters, letter_starts, LETTER_SHINGLE, first, second, result, 3)
    return result
