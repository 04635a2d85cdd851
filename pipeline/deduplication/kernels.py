"""Compiled loops over match forms: fingerprints, sets of shingles, overlaps.

All of them read texts the way Arrow lays them out: one buffer of UTF-8 bytes and the offsets at which
each text begins. A match form is folded words with one space between them, so a word ends at a space
byte and no other white space occurs.

Belongs here: what must run once per letter. Does not belong here: frames, SQL, decisions.

Hashes are 64-bit: polynomial over code points, finished by the mixer of SplitMix64 (Steele, Lea and
Flood, OOPSLA 2014). They do not depend on the process or the machine.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
# Numba infers these functions' types from their calls.

from __future__ import annotations

import heapq

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
SIGMA = 0x3A3
"""The one letter whose lower case depends on what follows it."""
PROBES = 16
"""The smallest grams of those chosen by WINDOW, by which a text looks for others: of an excerpt, however
short, the whole has all of these."""

_BASE = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S27 = np.uint64(27)
_S30 = np.uint64(30)
_S31 = np.uint64(31)
_ONE = np.uint64(1)
_LOW32 = np.uint64(0xFFFFFFFF)
_SPACE = np.uint8(0x20)


@njit(cache=True, inline="always")
def _mix(x):
    x = (x ^ (x >> _S30)) * _M1
    x = (x ^ (x >> _S27)) * _M2
    return x ^ (x >> _S31)


@njit(cache=True)
def _decode(data, start, end, letters, words):
    """Fill `letters` with the code points but spaces and `words` with one hash per word; return both counts."""
    n = 0
    w = 0
    h = np.uint64(0)
    in_word = False
    i = start
    while i < end:
        b = data[i]
        if b == _SPACE:
            if in_word:
                words[w] = _mix(h)
                w += 1
                in_word = False
                h = np.uint64(0)
            i += 1
            continue
        if b < 0x80:
            c = np.uint64(b)
            i += 1
        elif b < 0xE0:
            c = np.uint64(((b & 0x1F) << 6) | (data[i + 1] & 0x3F))
            i += 2
        elif b < 0xF0:
            c = np.uint64(((b & 0x0F) << 12) | ((data[i + 1] & 0x3F) << 6) | (data[i + 2] & 0x3F))
            i += 3
        else:
            c = np.uint64(
                ((b & 0x07) << 18) | ((data[i + 1] & 0x3F) << 12) | ((data[i + 2] & 0x3F) << 6) | (data[i + 3] & 0x3F)
            )
            i += 4
        letters[n] = c
        n += 1
        h = (h + c + _ONE) * _BASE
        in_word = True
    if in_word:
        words[w] = _mix(h)
        w += 1
    return n, w


@njit(cache=True)
def fold(data, offsets, single, starts, phrases, out):
    """Write the match forms of texts.

    Args:
        data: UTF-8 bytes of all texts.
        offsets: Where each begins, and where the last ends.
        single: For each code point the one it folds to: 0 where it goes, a space where it ends a word,
            negative where it folds to more than one: then the negative of one more than the phrase's number.
        starts: Where each phrase begins in `phrases`, and where the last ends.
        phrases: Code points of the phrases.
        out: Room for the bytes of the forms. It may not suffice: a few characters fold to whole phrases.

    Returns:
        Bytes of `out` that are filled, negative where they did not suffice; offsets of the forms; of each paragraph with a word its text, line, hash and words; which
        texts hold a code point past the table or a capital sigma: their forms may be wrong.
    """
    count = len(offsets) - 1
    out_offsets = np.zeros(count + 1, np.int64)
    odd = np.zeros(count, np.bool_)
    lines = 0
    for i in range(offsets[0], offsets[count]):
        if data[i] == 10:
            lines += 1
    paragraph_text = np.empty(lines + count, np.int64)
    paragraph_line = np.empty(lines + count, np.int32)
    paragraph_hash = np.empty(lines + count, np.uint64)
    paragraph_words = np.empty(lines + count, np.int32)
    paragraphs = 0
    at = 0
    full = False
    room = len(out) - 1  # a space may come first
    for t in range(count):
        i = offsets[t]
        end = offsets[t + 1]
        begin = at
        gap = False  # whether a space is due before the next letter
        line = 0
        words = 0
        h = np.uint64(0)
        while i <= end:
            if i == end or data[i] == 10:
                if words:
                    paragraph_text[paragraphs] = t
                    paragraph_line[paragraphs] = line
                    paragraph_hash[paragraphs] = _mix(h)
                    paragraph_words[paragraphs] = words
                    paragraphs += 1
                line += 1
                words = 0
                h = np.uint64(0)
                gap = True
                i += 1
                continue
            b = data[i]
            if b < 0x80:
                c = np.int64(b)
                i += 1
            elif b < 0xE0:
                c = (np.int64(b & 0x1F) << 6) | np.int64(data[i + 1] & 0x3F)
                i += 2
            elif b < 0xF0:
                c = (np.int64(b & 0x0F) << 12) | (np.int64(data[i + 1] & 0x3F) << 6) | np.int64(data[i + 2] & 0x3F)
                i += 3
            else:
                c = (
                    (np.int64(b & 0x07) << 18)
                    | (np.int64(data[i + 1] & 0x3F) << 12)
                    | (np.int64(data[i + 2] & 0x3F) << 6)
                    | np.int64(data[i + 3] & 0x3F)
                )
                i += 4
            if c < len(single):
                f = np.int64(single[c])
                if c == SIGMA:
                    odd[t] = True
            else:
                odd[t] = True
                f = c
            if f == 0:
                continue
            if f == 0x20:
                gap = True
                continue
            if gap or words == 0:
                if at > begin:
                    out[at] = _SPACE
                    at += 1
                words += 1
                h = (h + _ONE) * _M1
                gap = False
            if f > 0:
                if at + 4 > room:
                    full = True
                    break
                h = (h + np.uint64(f)) * _BASE
                at = _write(out, at, f)
                continue
            first = starts[-f - 1]
            last = starts[-f]
            if at + 4 * (last - first) > room:
                full = True
                break
            for j in range(first, last):
                h = (h + np.uint64(phrases[j])) * _BASE
                at = _write(out, at, np.int64(phrases[j]))
        if full:
            break
        out_offsets[t + 1] = at
    return (
        -1 if full else at,
        out_offsets,
        paragraph_text[:paragraphs].copy(),
        paragraph_line[:paragraphs].copy(),
        paragraph_hash[:paragraphs].copy(),
        paragraph_words[:paragraphs].copy(),
        odd,
    )


@njit(cache=True, inline="always")
def _write(out, at, c):
    """Write a code point as UTF-8 and return where the next begins."""
    if c < 0x80:
        out[at] = c
        return at + 1
    if c < 0x800:
        out[at] = 0xC0 | (c >> 6)
        out[at + 1] = 0x80 | (c & 0x3F)
        return at + 2
    if c < 0x10000:
        out[at] = 0xE0 | (c >> 12)
        out[at + 1] = 0x80 | ((c >> 6) & 0x3F)
        out[at + 2] = 0x80 | (c & 0x3F)
        return at + 3
    out[at] = 0xF0 | (c >> 18)
    out[at + 1] = 0x80 | ((c >> 12) & 0x3F)
    out[at + 2] = 0x80 | ((c >> 6) & 0x3F)
    out[at + 3] = 0x80 | (c & 0x3F)
    return at + 4


@njit(cache=True)
def _letters(data, start, end, letters):
    """Fill `letters` with the code points but spaces; return how many, and how many words they make."""
    n = 0
    w = 0
    i = start
    while i < end:
        b = data[i]
        if b >= 0xC0 and b < 0xE0:  # the script's own letters, most of all
            letters[n] = np.uint64((np.int64(b & 0x1F) << 6) | np.int64(data[i + 1] & 0x3F))
            n += 1
            i += 2
        elif b == _SPACE:
            w += 1
            i += 1
        elif b < 0x80:
            letters[n] = np.uint64(b)
            n += 1
            i += 1
        elif b < 0xF0:
            letters[n] = np.uint64(
                (np.int64(b & 0x0F) << 12) | (np.int64(data[i + 1] & 0x3F) << 6) | np.int64(data[i + 2] & 0x3F)
            )
            n += 1
            i += 3
        else:
            letters[n] = np.uint64(
                (np.int64(b & 0x07) << 18)
                | (np.int64(data[i + 1] & 0x3F) << 12)
                | (np.int64(data[i + 2] & 0x3F) << 6)
                | np.int64(data[i + 3] & 0x3F)
            )
            n += 1
            i += 4
    return n, w + 1 if n else 0


@njit(cache=True)
def _letter_hashes(letters, n, k, out):
    """Fill `out` with the hash of every run of `k` letters, the whole where it has fewer; return how many."""
    if n == 0:
        return 0
    k = min(k, n)
    top = np.uint64(1)
    for _ in range(k):
        top *= _BASE
    h = np.uint64(0)
    for i in range(k):
        h = h * _BASE + letters[i] + _ONE
    out[0] = _mix(h)
    for i in range(k, n):
        h = h * _BASE + letters[i] + _ONE - top * (letters[i - k] + _ONE)
        out[i - k + 1] = _mix(h)
    return n - k + 1


@njit(cache=True)
def _word_hashes(words, n, out):
    """Fill `out` with the hash of every run of WORD_SHINGLE words, the whole where it has fewer; return how many."""
    if n == 0:
        return 0
    k = min(WORD_SHINGLE, n)
    for i in range(n - k + 1):
        h = np.uint64(0)
        for j in range(i, i + k):
            h = h * _BASE + words[j]
        out[i] = _mix(h)
    return n - k + 1


@njit(cache=True)
def _choose(grams, g, window, out):
    """Winnow: write the least gram of every run of `window` into `out`, each once, sorted; return how many.

    Method: Schleimer, Wilkerson and Aiken, SIGMOD 2003. What is chosen of a run does not depend on what
    stands around it, so an excerpt shares fingerprints with the whole.
    """
    if g == 0:
        return 0
    window = min(window, g)
    count = 0
    at = -1
    for end in range(window, g + 1):
        start = end - window
        if at < start:
            at = start
            for i in range(start + 1, end):
                if grams[i] <= grams[at]:
                    at = i
            out[count] = grams[at]
            count += 1
        elif grams[end - 1] <= grams[at]:
            at = end - 1
            out[count] = grams[at]
            count += 1
    chosen = out[:count]
    chosen.sort()
    kept = 0
    for i in range(count):
        if i == 0 or chosen[i] != chosen[kept - 1]:
            chosen[kept] = chosen[i]
            kept += 1
    return kept


@njit(cache=True)
def _prints(grams, g, n, chosen, probes):
    """Write the fingerprints of a text of `n` letters into `chosen`, its probes into `probes`; return both counts.

    What WINDOW chooses is among what SHORT_WINDOW does, for the least of a run is that of every part it stands in.
    """
    count = _choose(grams, g, WINDOW, chosen)
    asked = min(count, PROBES)
    probes[:asked] = chosen[:asked]
    if n < SHORT_LETTERS:
        count = _choose(grams, g, SHORT_WINDOW, chosen)
    return count, asked


@njit(cache=True)
def _fold32(value):
    # Chosen grams are small numbers: their low half is still uniform.
    return np.int64(value & _LOW32) - np.int64(1 << 31)


@njit(cache=True)
def fingerprint(data, offsets, wanted, shortest):
    """Fingerprint every text.

    Args:
        data: UTF-8 bytes of all match forms.
        offsets: Where each begins, and where the last ends.
        wanted: Which texts to look at.
        shortest: Texts of fewer words get no fingerprint.

    Returns:
        Fingerprints of all texts as 32-bit numbers; which of them are probes; where each text's begin and
        the last's end; probes, words and letters of each.
    """
    count = len(offsets) - 1
    longest = np.int64(0)
    for t in range(count):
        longest = max(longest, offsets[t + 1] - offsets[t])
    letters = np.empty(longest + 1, np.uint64)
    grams = np.empty(longest + 1, np.uint64)
    chosen = np.empty(longest + 1, np.uint64)
    probes = np.empty(PROBES, np.uint64)
    out = np.empty(1024, np.int32)
    is_probe = np.empty(1024, np.bool_)
    probe_counts = np.zeros(count, np.int64)
    starts = np.zeros(count + 1, np.int64)
    word_counts = np.zeros(count, np.int32)
    letter_counts = np.zeros(count, np.int32)
    filled = 0
    for t in range(count):
        starts[t + 1] = filled
        if not wanted[t]:
            continue
        n, w = _letters(data, offsets[t], offsets[t + 1], letters)
        word_counts[t] = w
        letter_counts[t] = n
        if w >= shortest:
            g = _letter_hashes(letters, n, GRAM, grams)
            c, asked = _prints(grams, g, n, chosen, probes)
            while filled + c > len(out):
                wider = np.empty(2 * len(out), np.int32)
                wider[:filled] = out[:filled]
                out = wider
                flags = np.empty(len(wider), np.bool_)
                flags[:filled] = is_probe[:filled]
                is_probe = flags
            p = 0
            for i in range(c):
                out[filled + i] = np.int32(_fold32(chosen[i]))
                is_probe[filled + i] = p < asked and chosen[i] == probes[p]
                p += is_probe[filled + i]
            filled += c
            probe_counts[t] = asked
        starts[t + 1] = filled
    return out[:filled], is_probe[:filled], starts, probe_counts, word_counts, letter_counts


@njit(cache=True)
def _distinct(values, n, table, out, at):
    """Write the distinct ones of the first `n` values from `out[at]` on; return how many.

    `table` holds zeros, is at least twice as long as `n`, a power of two, and is left with zeros. That it
    fits the text keeps this last step cheaper than any search for what is to be cleared.
    """
    mask = np.uint64(len(table) - 1)
    count = 0
    for i in range(n):
        v = values[i] | _ONE  # zero marks an empty place
        slot = v >> np.uint64(7) & mask
        while table[slot] != 0 and table[slot] != v:
            slot = (slot + _ONE) & mask
        if table[slot] == 0:
            table[slot] = v
            out[at + count] = v
            count += 1
    table[:] = 0
    return count


@njit(cache=True)
def _room(n):
    size = 64
    while size < 2 * n + 2:
        size *= 2
    return size


@njit(cache=True)
def _shared(values, start, end, table):
    mask = np.uint64(len(table) - 1)
    count = 0
    for i in range(start, end):
        v = values[i]
        slot = v >> np.uint64(7) & mask
        while table[slot] != 0:
            if table[slot] == v:
                count += 1
                break
            slot = (slot + _ONE) & mask
    return count


@njit(cache=True)
def _fill(values, start, end, table):
    mask = np.uint64(len(table) - 1)
    for i in range(start, end):
        v = values[i]
        slot = v >> np.uint64(7) & mask
        while table[slot] != 0:
            slot = (slot + _ONE) & mask
        table[slot] = v


@njit(cache=True)
def overlaps(data, offsets, first, second, asked):
    """Count what pairs of texts share.

    Args:
        data: UTF-8 bytes of all match forms.
        offsets: Where each begins, and where the last ends.
        first: For each pair the number of one text. Pairs with the same first text stand together.
        second: For each pair the number of the other.
        asked: For each pair whether its probes are to be counted.

    Returns:
        An array of one row per pair: distinct word shingles of the first, of the second, of both; the
        same of letter shingles; where asked, probes of the second that are fingerprints of the first, and
        probes of the second.
    """
    count = len(offsets) - 1
    longest = np.int64(0)
    for t in range(count):
        longest = max(longest, offsets[t + 1] - offsets[t])
    total = offsets[count] - offsets[0]
    letters = np.empty(longest + 1, np.uint64)
    words = np.empty(longest // 2 + 2, np.uint64)
    hashes = np.empty(longest + 1, np.uint64)
    chosen = np.empty(longest + 1, np.uint64)
    table = np.zeros(64, np.uint64)
    word_sets = np.empty(total // 2 + count + 1, np.uint64)
    letter_sets = np.empty(total + 1, np.uint64)
    prints = np.empty(1024, np.uint64)
    word_starts = np.zeros(count + 1, np.int64)
    letter_starts = np.zeros(count + 1, np.int64)
    print_starts = np.zeros(count + 1, np.int64)
    probes = np.zeros((count, PROBES), np.uint64)
    probe_counts = np.zeros(count, np.int64)
    wanted = np.zeros(count, np.bool_)
    for p in range(len(first)):
        if asked[p]:
            wanted[first[p]] = True
            wanted[second[p]] = True
    for t in range(count):
        n, w = _decode(data, offsets[t], offsets[t + 1], letters, words)
        s = _word_hashes(words, w, hashes)
        size = _room(s)
        if size > len(table):
            table = np.zeros(size, np.uint64)
        word_starts[t + 1] = word_starts[t] + _distinct(hashes, s, table[:size], word_sets, word_starts[t])
        s = _letter_hashes(letters, n, LETTER_SHINGLE, hashes)
        size = _room(s)
        if size > len(table):
            table = np.zeros(size, np.uint64)
        letter_starts[t + 1] = letter_starts[t] + _distinct(hashes, s, table[:size], letter_sets, letter_starts[t])
        print_starts[t + 1] = print_starts[t]
        if not wanted[t]:
            continue
        g = _letter_hashes(letters, n, GRAM, hashes)
        c, probe_counts[t] = _prints(hashes, g, n, chosen, probes[t])
        at = print_starts[t]
        while at + c > len(prints):
            wider = np.empty(2 * len(prints), np.uint64)
            wider[:at] = prints[:at]
            prints = wider
        for i in range(c):
            prints[at + i] = chosen[i]
        print_starts[t + 1] = at + c
    result = np.empty((len(first), 8), np.int64)
    word_table = np.zeros(64, np.uint64)
    letter_table = np.zeros(64, np.uint64)
    loaded = np.int64(-1)
    for p in range(len(first)):
        a = first[p]
        b = second[p]
        if a != loaded:
            size = _room(word_starts[a + 1] - word_starts[a])
            word_table = np.zeros(size, np.uint64)
            _fill(word_sets, word_starts[a], word_starts[a + 1], word_table)
            size = _room(letter_starts[a + 1] - letter_starts[a])
            letter_table = np.zeros(size, np.uint64)
            _fill(letter_sets, letter_starts[a], letter_starts[a + 1], letter_table)
            loaded = a
        result[p, 0] = word_starts[a + 1] - word_starts[a]
        result[p, 1] = word_starts[b + 1] - word_starts[b]
        result[p, 2] = _shared(word_sets, word_starts[b], word_starts[b + 1], word_table)
        result[p, 3] = letter_starts[a + 1] - letter_starts[a]
        result[p, 4] = letter_starts[b + 1] - letter_starts[b]
        result[p, 5] = _shared(letter_sets, letter_starts[b], letter_starts[b + 1], letter_table)
        result[p, 6] = 0
        result[p, 7] = 0
        if not asked[p]:
            continue
        # Both lists are sorted, so the shared ones are found in one walk.
        i = 0
        j = print_starts[a]
        common = 0
        while i < probe_counts[b] and j < print_starts[a + 1]:
            if probes[b, i] == prints[j]:
                common += 1
                i += 1
                j += 1
            elif probes[b, i] < prints[j]:
                i += 1
            else:
                j += 1
        result[p, 6] = common
        result[p, 7] = probe_counts[b]
    return result


NEAR = 1
"""In `lead`: the pair is near."""
CONTAINED = 2
"""In `lead`: one of the pair is contained in the other."""


@njit(cache=True)
def _root(parents, x):
    while parents[x] != x:
        parents[x] = parents[parents[x]]
        x = parents[x]
    return x


@njit(cache=True)
def components(first, second, count):
    """Return for each of `count` things the least one it is joined with by pairs of `first` and `second`."""
    parents = np.arange(count)
    for i in range(len(first)):
        _join(parents, first[i], second[i])
    for x in range(count):
        parents[x] = _root(parents, x)
    return parents


@njit(cache=True)
def _join(parents, x, y):
    """Join two groups; return 1 if they were two."""
    one = _root(parents, x)
    two = _root(parents, y)
    if one == two:
        return 0
    parents[max(one, two)] = min(one, two)
    return 1


@njit(cache=True)
def roundups(starts, others, holds, sizes):
    """Say which texts hold two or more texts that have nothing to do with each other.

    Args:
        starts: Where each text's links begin in the arrays of links, and where the last's end.
        others: For each link the other text, rising within each text.
        holds: For each link whether this text is the larger and holds most of the other.
        sizes: Letters of each text.

    Returns:
        A mask of texts.
    """
    count = len(starts) - 1
    answer = np.zeros(count, np.bool_)
    group = np.full(count, -1, np.int64)
    for text in np.argsort(sizes, kind="mergesort"):  # what it holds is smaller, hence decided before it
        held = 0
        for e in range(starts[text], starts[text + 1]):
            if holds[e] and not answer[others[e]]:
                group[others[e]] = others[e]
                held += 1
        groups = held
        if held > 1:
            for e in range(starts[text], starts[text + 1]):
                x = others[e]
                if group[x] < 0:
                    continue
                if starts[x + 1] - starts[x] > starts[text + 1] - starts[text]:
                    # A text with very many links: look its few companions up instead of walking them all.
                    for f in range(starts[text], starts[text + 1]):
                        y = others[f]
                        if y != x and group[y] >= 0:
                            at = starts[x] + np.searchsorted(others[starts[x] : starts[x + 1]], y)
                            if at < starts[x + 1] and others[at] == y:
                                groups -= _join(group, x, y)
                else:
                    for f in range(starts[x], starts[x + 1]):
                        y = others[f]
                        if y != text and group[y] >= 0:
                            groups -= _join(group, x, y)
        answer[text] = groups > 1
        for e in range(starts[text], starts[text + 1]):
            group[others[e]] = -1
    return answer


@njit(cache=True)
def lead(starts, others, kinds, similarities):
    """Gather texts around the first of each cluster.

    Texts are numbered in the order in which they would be kept. The first one free leads; a text joins it
    if the two were compared and a path of links leads from one to the other over texts that joined. So
    no chain carries a text to a leader it has little in common with.

    Args:
        starts: Where each text's compared pairs begin, and where the last's end.
        others: For each pair the other text.
        kinds: NEAR or CONTAINED where the pair is a link, 0 where it was only compared.
        similarities: How alike the two are.

    Returns:
        For each text its leader (itself where it has none), and the kind and the similarity of the pair of
        the two or, where that is no link, of the weakest link on the widest path between them.
    """
    count = len(starts) - 1
    leaders = np.arange(count)
    free = np.ones(count, np.bool_)
    kind = np.zeros(count, np.int8)
    similarity = np.ones(count, np.float64)
    known = np.full(count, -1, np.int64)
    width = np.zeros(count, np.float64)  # weakest link of the widest path to the leader at hand
    weakest = np.zeros(count, np.int8)  # its kind
    for leader in range(count):
        if not free[leader]:
            continue
        free[leader] = False
        heap = [(0.0, np.int64(0))]
        heap.pop()
        for e in range(starts[leader], starts[leader + 1]):
            x = others[e]
            if not free[x]:
                continue
            known[x] = leader
            width[x] = 0.0
            if kinds[e] != 0:
                leaders[x] = leader
                free[x] = False
                kind[x] = kinds[e]
                similarity[x] = similarities[e]
                weakest[x] = kinds[e]
                width[x] = similarities[e]
                heap.append((-similarities[e], x))
        heapq.heapify(heap)
        while len(heap) > 0:
            negative, x = heapq.heappop(heap)
            if -negative < width[x]:
                continue
            if free[x]:
                leaders[x] = leader
                free[x] = False
                kind[x] = weakest[x]
                similarity[x] = width[x]
            for e in range(starts[x], starts[x + 1]):
                y = others[e]
                if kinds[e] == 0 or known[y] != leader:
                    continue
                least = min(width[x], similarities[e])
                if least > width[y]:
                    weakest[y] = kinds[e] if similarities[e] <= width[x] else weakest[x]
                    width[y] = least
                    heapq.heappush(heap, (-least, y))
    return leaders, kind, similarity
