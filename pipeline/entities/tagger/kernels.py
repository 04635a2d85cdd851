"""Compiled inner loops of the tagger: tokens, word features, emissions, Viterbi.

Belongs here: functions on arrays, compiled by numba, without text, frames or files.
Does not belong here: what the features mean to a model's reader (`docs/tagger.md`), loading a model
(`model`), frames (`predict`). Importing this module costs numba's import: import it inside functions.

A token is a run of letters (with their marks) or of digits, or one other visible character. Spaces and
the half-space part tokens alike, so a text whose half-spaces were typed as spaces gives the same tokens.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: SIM102, SIM109, SIM113
# Arguments and results are arrays whose types numba infers; loops are written out for its compiler.

from __future__ import annotations

import numpy as np
from numba import njit

SPACE, LETTER, MARK, DIGIT, SYMBOL, IGNORED = range(6)
SEGMENT_END = np.uint32(0x110000)
SENTENCE_TOKENS = 250
CLITICS = 7

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_M1 = np.uint64(0xFF51AFD7ED558CCD)
_M2 = np.uint64(0xC4CEB9FE1A85EC53)
_S = np.uint64(33)


@njit(cache=True, inline="always")
def mix(a, b):
    """Return a 64-bit hash of two integers (the finaliser of MurmurHash3)."""
    h = np.uint64(a) ^ (np.uint64(b) * np.uint64(0x9E3779B97F4A7C15))
    h ^= h >> _S
    h *= _M1
    h ^= h >> _S
    h *= _M2
    h ^= h >> _S
    return h


@njit(cache=True, inline="always")
def _class(code, classes):
    return classes[code] if code < 65536 else (SPACE if code >= 0x110000 else SYMBOL)


@njit(cache=True)
def tokenize(codes, classes, folds, out_start, out_end, out_kind, out_sentence):
    """Find tokens in `codes`, segments parted by `SEGMENT_END`. Return how many.

    Writes code point places, the kind and a sentence number for each token.
    """
    n = len(codes)
    count = 0
    sentence = 0
    in_sentence = 0
    i = 0
    while i < n:
        code = codes[i]
        if code >= 0x110000:
            sentence += 1
            in_sentence = 0
            i += 1
            continue
        kind = _class(code, classes)
        if kind == SPACE or kind == IGNORED:
            i += 1
            continue
        start = i
        i += 1
        if kind == MARK:
            kind = SYMBOL
        elif kind == LETTER:
            while i < n:
                k = _class(codes[i], classes)
                if k == LETTER or k == MARK or k == IGNORED:
                    i += 1
                else:
                    break
            # A run of kashidas is a dash.
            only = True
            for j in range(start, i):
                if folds[codes[j]] != 0:
                    only = False
                    break
            if only:
                kind = SYMBOL
        elif kind == DIGIT:
            while i < n and _class(codes[i], classes) == DIGIT:
                i += 1
        out_start[count] = start
        end = i
        while end > start + 1 and _class(codes[end - 1], classes) == IGNORED:
            end -= 1
        out_end[count] = end
        out_kind[count] = kind
        out_sentence[count] = sentence
        count += 1
        in_sentence += 1
        stop = False
        if kind == SYMBOL and (code == 46 or code == 33 or code == 63 or code == 0x61F or code == 0x6D4):
            if i >= n or codes[i] >= 0x110000 or _class(codes[i], classes) == SPACE:
                stop = True
        if stop or in_sentence >= SENTENCE_TOKENS:
            sentence += 1
            in_sentence = 0
    return count


@njit(cache=True)
def fold(codes, start, end, folds, buffer):
    """Write the folded letters of one token to `buffer`; return their number (at most its length)."""
    m = 0
    limit = len(buffer)
    for j in range(start, end):
        code = codes[j]
        c = folds[code] if code < 65536 else np.uint16(0xFFFD)
        if c != 0 and m < limit:
            buffer[m] = c
            m += 1
    if m == 0 and end > start:
        code = codes[start]
        buffer[0] = code if code < 65536 else 0xFFFD
        m = 1
    return m


@njit(cache=True, inline="always")
def hash_word(buffer, first, m):
    """Return the hash of ``buffer[first:m]``."""
    h = _SEED
    for j in range(first, m):
        h = (h ^ np.uint64(buffer[j])) * _PRIME
    return mix(h, 1)


@njit(cache=True, inline="always")
def find(key, slots_key, slots_value):
    """Return the value of `key` in an open-addressing table, or -1."""
    mask = np.uint64(len(slots_key) - 1)
    at = key & mask
    while True:
        stored = slots_key[at]
        if stored == key:
            return slots_value[at]
        if stored == 0:
            return -1
        at = (at + np.uint64(1)) & mask


@njit(cache=True)
def build_table(keys, size):
    """Return the slots of an open-addressing table that maps each of `keys` to its index."""
    slots_key = np.zeros(size, np.uint64)
    slots_value = np.full(size, -1, np.int32)
    mask = np.uint64(size - 1)
    for i in range(len(keys)):
        at = keys[i] & mask
        while slots_key[at] != 0 and slots_key[at] != keys[i]:
            at = (at + np.uint64(1)) & mask
        slots_key[at] = keys[i]
        slots_value[at] = i
    return slots_key, slots_value


@njit(cache=True, inline="always")
def _is_one(c):
    return c == 0x648 or c == 0x641 or c == 0x628 or c == 0x644 or c == 0x6A9


@njit(cache=True, inline="always")
def _evidence(key, vocabulary_key, vocabulary_value, counts, whole_trusted):
    """Weigh what remains of a word without its clitic; names known as such weigh more."""
    at = find(key, vocabulary_key, vocabulary_value)
    if at < 0:
        return np.float32(0)
    count = counts[at]
    if count < 0:
        return -count if whole_trusted else np.float32(10) - np.float32(20) * count
    return np.float32(0) if whole_trusted else count


@njit(cache=True)
def clitic_of(buffer, m, vocabulary_key, vocabulary_value, counts):
    """Say how the word begins: (clitic kind, letters of the clitic, whether ``ال`` was shortened to ``ل``).

    Kinds: 0 none, 1 و, 2 ف, 3 ب, 4 ل, 5 ك, 6 a conjunction and a preposition. What is left must be a known
    word and more frequent than the whole. A negative count marks a name known as such (a gazetteer has it):
    it is split only if what is left is one too.
    """
    if m < 4:
        return 0, 0, False
    whole = find(hash_word(buffer, 0, m), vocabulary_key, vocabulary_value)
    best = counts[whole] if whole >= 0 else np.float32(0)
    trusted = best < 0
    best = max(abs(best), np.float32(1.5))
    kind = 0
    letters = 0
    short = False
    first = 0
    conjunction = False
    for step in range(2):
        c = buffer[first]
        if step == 0:
            conjunction = c == 0x648 or c == 0x641
        elif not (conjunction and (c == 0x628 or c == 0x644 or c == 0x6A9)):
            break
        if not _is_one(c) or m - first < 4:
            break
        single = 1 if c == 0x648 else 2 if c == 0x641 else 3 if c == 0x628 else 4 if c == 0x644 else 5
        weight = _evidence(hash_word(buffer, first + 1, m), vocabulary_key, vocabulary_value, counts, trusted)
        if weight > best:
            best = weight
            letters = first + 1
            short = False
            kind = 6 if step == 1 else single
        if c == 0x644 and buffer[first + 1] == 0x644:
            buffer[first] = 0x627
            weight = _evidence(hash_word(buffer, first, m), vocabulary_key, vocabulary_value, counts, trusted)
            buffer[first] = c
            if weight > best:
                best = weight
                letters = first + 1
                short = True
                kind = 6 if step == 1 else 4
        first += 1
    return kind, letters, short


CHARACTER_FEATURES = 14  # word, 1-5 first and 1-5 last letters, form, clitic, length


@njit(cache=True)
def word_types(
    codes,
    starts,
    ends,
    kinds,
    folds,
    clitics,
    vocabulary_key,
    vocabulary_value,
    counts,
    columns,
    types,
    skipped,
    features,
):
    """Give each token its word type and write each type's features.

    A type is a folded word and its clitic; type 0 is what lies outside of a sentence.
    Writes `types` (per token), `skipped` (letters of the text that a clitic takes) and `features`
    (per type; 0 for absent). Returns the number of types, at most ``len(features)``.
    """
    n = len(starts)
    size = 16
    while size < 2 * n + 2:
        size *= 2
    slots_key = np.zeros(size, np.uint64)
    slots_value = np.zeros(size, np.int32)
    mask = np.uint64(size - 1)
    buffer = np.zeros(64, np.uint16)
    count = 1
    features[0, :] = 0
    features[0, 0] = mix(1, 7)
    for t in range(n):
        m = fold(codes, starts[t], ends[t], folds, buffer)
        clitic = 0
        first = 0
        short = False
        if clitics and kinds[t] == LETTER:
            clitic, first, short = clitic_of(buffer, m, vocabulary_key, vocabulary_value, counts)
        if kinds[t] == DIGIT:
            for j in range(m):
                buffer[j] = 48
            if m > 5:
                m = 5
        keep = first - 1 if short else first
        if short:
            buffer[keep] = 0x627
            first = keep
        word = hash_word(buffer, first, m)
        key = mix(word, 100 + clitic)
        if key == 0:
            key = np.uint64(1)
        at = key & mask
        while slots_key[at] != 0 and slots_key[at] != key:
            at = (at + np.uint64(1)) & mask
        # How far the clitic reaches in the text: as many letters, and the marks between them.
        taken = 0
        if clitic:
            letters = keep + 1 if short else keep
            seen = 0
            j = starts[t]
            while j < ends[t] and seen < letters:
                if folds[codes[j]] != 0:
                    seen += 1
                j += 1
            while j < ends[t] and folds[codes[j]] == 0:
                j += 1
            taken = j - starts[t]
        skipped[t] = taken
        if slots_key[at] == key:
            types[t] = slots_value[at]
            continue
        slots_key[at] = key
        slots_value[at] = count
        types[t] = count
        row = features[count]
        row[:] = 0
        row[0] = mix(word, 2)
        length = m - first
        if kinds[t] == LETTER:
            h = _SEED
            for j in range(5):
                if j < length:
                    h = (h ^ np.uint64(buffer[first + j])) * _PRIME
                    row[1 + j] = mix(h, 10 + j)
            h = _SEED
            for j in range(5):
                if j < length:
                    h = (h ^ np.uint64(buffer[m - 1 - j])) * _PRIME
                    row[6 + j] = mix(h, 20 + j)
        latin = 1 if buffer[first] < 0x250 else 0
        row[11] = mix(kinds[t] * 2 + latin, 30)
        row[12] = mix(clitic, 31)
        row[13] = mix(min(length, 9), 32)
        known = find(word, vocabulary_key, vocabulary_value)
        if known >= 0:
            for c in range(columns.shape[1]):
                if columns[known, c] != 0:
                    row[CHARACTER_FEATURES + c] = mix(columns[known, c], 50 + c)
        else:
            row[CHARACTER_FEATURES] = mix(0, 49)
        count += 1
    return count


PHRASE_TYPES = 6
CONTEXT_FEATURES = 48
REACH = 3


@njit(cache=True)
def mark_phrases(features, types, sentences, phrase_key, phrase_value, phrase_bits, marks):
    """Mark the longest gazetteer phrases of each type.

    `phrase_bits` holds bit 0 for the beginning of a longer phrase and bits 1.. for each type that ends there.
    `marks` gets four bits per type and token: single, first, inner, last.
    """
    n = len(types)
    until = np.zeros(PHRASE_TYPES, np.int64)
    longest = np.zeros(PHRASE_TYPES, np.int64)
    marks[:] = 0
    for t in range(n):
        longest[:] = 0
        h = np.uint64(0)
        some = False
        for k in range(8):
            if t + k >= n or sentences[t + k] != sentences[t]:
                break
            h = mix(h, features[types[t + k], 0])
            at = find(h, phrase_key, phrase_value)
            if at < 0:
                break
            bits = phrase_bits[at]
            for p in range(PHRASE_TYPES):
                if bits >> (p + 1) & 1:
                    longest[p] = k + 1
                    some = True
            if not bits & 1:
                break
        if not some:
            continue
        for p in range(PHRASE_TYPES):
            if longest[p] and until[p] <= t:
                until[p] = t + longest[p]
                if longest[p] == 1:
                    marks[t] |= np.uint32(1) << np.uint32(4 * p)
                else:
                    for k in range(longest[p]):
                        bit = 1 if k == 0 else (3 if k == longest[p] - 1 else 2)
                        marks[t + k] |= np.uint32(1) << np.uint32(4 * p + bit)


@njit(cache=True, inline="always")
def context_features(t, first, last, types, features, marks, out):
    """Write the features of token `t` that hang on more than one word; return their number.

    The sentence is ``first <= t < last``.
    """
    here = types[t]
    before = types[t - 1] if t > first else 0
    after = types[t + 1] if t + 1 < last else 0
    before2 = types[t - 2] if t - 1 > first else 0
    after2 = types[t + 2] if t + 2 < last else 0
    w, a, b = features[here, 0], features[before, 0], features[after, 0]
    a2, b2 = features[before2, 0], features[after2, 0]
    m = 0
    out[m] = mix(mix(a, w), 200)
    m += 1
    out[m] = mix(mix(w, b), 201)
    m += 1
    out[m] = mix(mix(a, b), 202)
    m += 1
    out[m] = mix(mix(a2, a), 203)
    m += 1
    out[m] = mix(mix(b, b2), 204)
    m += 1
    for c in range(2):
        f = CHARACTER_FEATURES + c
        cw, ca, cb = features[here, f], features[before, f], features[after, f]
        ca2, cb2 = features[before2, f], features[after2, f]
        out[m] = mix(mix(ca, cw), 210 + c)
        m += 1
        out[m] = mix(mix(cw, cb), 220 + c)
        m += 1
        out[m] = mix(mix(ca2, ca), 230 + c)
        m += 1
        out[m] = mix(mix(cb, cb2), 240 + c)
        m += 1
        if c == 0:
            out[m] = mix(mix(ca, cw), mix(cb, 250))
            m += 1
    out[m] = mix(mix(a, features[here, 8]), 260)
    m += 1
    out[m] = mix(mix(features[here, 8], b), 261)
    m += 1
    out[m] = mix(mix(features[before, 12], features[here, CHARACTER_FEATURES]), 262)
    m += 1
    for d in range(-1, 2):
        if t + d < first or t + d >= last:
            continue
        bits = marks[t + d]
        if bits:
            out[m] = mix(bits, 300 + d)
            m += 1
            for p in range(PHRASE_TYPES):
                four = bits >> np.uint32(4 * p) & np.uint32(15)
                if four:
                    out[m] = mix(four * 8 + p, 310 + d)
                    m += 1
    return m


@njit(cache=True)
def all_features(types, sentences, features, reach, marks, out):
    """Write every feature of every token (training); 0 for absent."""
    n = len(types)
    width = features.shape[1]
    more = np.zeros(CONTEXT_FEATURES, np.uint64)
    first = 0
    for t in range(n):
        if sentences[t] != sentences[first]:
            first = t
        if t == first:
            last = t
            while last < n and sentences[last] == sentences[first]:
                last += 1
        m = 0
        for d in range(-REACH, REACH + 1):
            kind = types[t + d] if first <= t + d < last else 0
            for f in range(width):
                if abs(d) <= reach[f]:
                    v = features[kind, f]
                    if v:
                        out[t, m] = mix(v, 1000 + d)
                    m += 1
        k = context_features(t, first, last, types, features, marks, more)
        for j in range(k):
            out[t, m + j] = more[j]


@njit(cache=True, fastmath=True)
def type_emissions(features, reach, keys, values, weights, out):
    """Sum each word type's weights for each distance: ``out[type, REACH + d, label]``."""
    labels = weights.shape[1]
    for t in range(len(features)):
        for d in range(-REACH, REACH + 1):
            row = out[t, REACH + d]
            row[:] = 0
            for f in range(features.shape[1]):
                if abs(d) <= reach[f] and features[t, f]:
                    at = find(mix(features[t, f], 1000 + d), keys, values)
                    if at >= 0:
                        for y in range(labels):
                            row[y] += weights[at, y]


@njit(cache=True, fastmath=True)
def emissions(types, sentences, features, marks, table, keys, values, weights, out):
    """Sum each token's weights per label."""
    n = len(types)
    labels = weights.shape[1]
    more = np.zeros(CONTEXT_FEATURES, np.uint64)
    first = 0
    last = 0
    for t in range(n):
        if t == last:
            first = t
            while last < n and sentences[last] == sentences[first]:
                last += 1
        row = out[t]
        row[:] = 0
        for d in range(-REACH, REACH + 1):
            kind = types[t + d] if first <= t + d < last else 0
            for y in range(labels):
                row[y] += table[kind, REACH + d, y]
        k = context_features(t, first, last, types, features, marks, more)
        for j in range(k):
            at = find(more[j], keys, values)
            if at >= 0:
                for y in range(labels):
                    row[y] += weights[at, y]


@njit(cache=True, fastmath=True)
def viterbi(scores, sentences, transitions, best):
    """Write each token's label on the best path of its sentence.

    `transitions` has one more row and column than there are labels, for a sentence's start and end.
    """
    n, labels = scores.shape
    longest = SENTENCE_TOKENS + 1
    back = np.zeros((longest, labels), np.uint8)
    now = np.zeros(labels, np.float32)
    then = np.zeros(labels, np.float32)
    first = 0
    while first < n:
        last = first
        while last < n and sentences[last] == sentences[first]:
            last += 1
        for y in range(labels):
            now[y] = scores[first, y] + transitions[labels, y]
        for t in range(first + 1, last):
            for y in range(labels):
                top = np.float32(-1e30)
                arg = 0
                for x in range(labels):
                    s = now[x] + transitions[x, y]
                    if s > top:
                        top = s
                        arg = x
                then[y] = top + scores[t, y]
                back[t - first, y] = arg
            now, then = then, now
        top = np.float32(-1e30)
        arg = 0
        for y in range(labels):
            s = now[y] + transitions[y, labels]
            if s > top:
                top = s
                arg = y
        for t in range(last - 1, first - 1, -1):
            best[t] = arg
            arg = back[t - first, arg]
        first = last


@njit(cache=True, fastmath=True)
def marginals(scores, sentences, transitions, out):
    """Write each token's label probabilities (forward-backward, scaled)."""
    n, labels = scores.shape
    step = np.exp(transitions[:labels, :labels]).astype(np.float32)
    start = np.exp(transitions[labels, :labels]).astype(np.float32)
    stop = np.exp(transitions[:labels, labels]).astype(np.float32)
    e = np.zeros((SENTENCE_TOKENS + 1, labels), np.float32)
    beta = np.zeros(labels, np.float32)
    new = np.zeros(labels, np.float32)
    first = 0
    while first < n:
        last = first
        while last < n and sentences[last] == sentences[first]:
            last += 1
        for t in range(first, last):
            top = scores[t, 0]
            for y in range(1, labels):
                top = max(top, scores[t, y])
            total = np.float32(0)
            for y in range(labels):
                e[t - first, y] = np.exp(scores[t, y] - top)
            if t == first:
                for y in range(labels):
                    out[t, y] = e[0, y] * start[y]
            else:
                out[t, :] = 0
                for x in range(labels):
                    p = out[t - 1, x]
                    if p > 0:
                        for y in range(labels):
                            out[t, y] += p * step[x, y]
                for y in range(labels):
                    out[t, y] *= e[t - first, y]
            for y in range(labels):
                total += out[t, y]
            for y in range(labels):
                out[t, y] /= total
        for y in range(labels):
            beta[y] = stop[y]
        for t in range(last - 1, first - 1, -1):
            total = np.float32(0)
            if t < last - 1:
                top = np.float32(0)
                for x in range(labels):
                    s = np.float32(0)
                    for y in range(labels):
                        s += step[x, y] * e[t + 1 - first, y] * beta[y]
                    new[x] = s
                    top = max(top, s)
                for x in range(labels):
                    beta[x] = new[x] / top
            for y in range(labels):
                total += out[t, y] * beta[y]
            # `out` must keep the forward value for the step before: only this token's is overwritten.
            for y in range(labels):
                out[t, y] = out[t, y] * beta[y] / total
        first = last


@njit(cache=True)
def spans(tags, sentences, probabilities):
    """Return first and last token, label and confidence of each span that `tags` (BIOES) hold.

    The confidence is the smallest probability among the span's tokens.
    """
    n = len(tags)
    first = np.empty(n, np.int64)
    last = np.empty(n, np.int64)
    label = np.empty(n, np.int64)
    confidence = np.empty(n, np.float32)
    count = 0
    t = 0
    while t < n:
        if tags[t] == 0:
            t += 1
            continue
        start = t
        kind = (tags[t] - 1) // 4
        low = probabilities[t, tags[t]]
        while (tags[t] - 1) % 4 < 2 and t + 1 < n and sentences[t + 1] == sentences[start]:
            t += 1
            low = min(low, probabilities[t, tags[t]])
        first[count] = start
        last[count] = t
        label[count] = kind
        confidence[count] = low
        count += 1
        t += 1
    return first[:count], last[:count], label[:count], confidence[:count]


@njit(cache=True)
def document_evidence(order, group, probabilities, out):
    """Write what the first pass thought of the same word elsewhere in its document.

    `order` sorts the tokens by `group`, a number for document and word. `out` gets, for each label, the
    highest and the mean probability among the other tokens of the group.
    """
    n = len(order)
    labels = out.shape[1] // 2
    i = 0
    while i < n:
        j = i
        g = group[order[i]]
        while j < n and group[order[j]] == g:
            j += 1
        m = j - i
        for c in range(labels):
            best = np.float32(-1)
            second = np.float32(-1)
            at = -1
            total = np.float32(0)
            for k in range(i, j):
                v = np.float32(0)
                for y in range(1 + 4 * c, 5 + 4 * c):
                    v += probabilities[order[k], y]
                out[order[k], labels + c] = v
                total += v
                if v > best:
                    second = best
                    best = v
                    at = order[k]
                elif v > second:
                    second = v
            for k in range(i, j):
                t = order[k]
                if m == 1:
                    out[t, c] = 0
                    out[t, labels + c] = 0
                else:
                    out[t, c] = second if t == at else best
                    out[t, labels + c] = (total - out[t, labels + c]) / np.float32(m - 1)
                    # Next to nothing is nothing: common words cost no time.
                    if out[t, c] < 0.01:
                        out[t, c] = 0
                    if out[t, labels + c] < 0.01:
                        out[t, labels + c] = 0
        i = j


@njit(cache=True, fastmath=True)
def type_inputs(
    codes,
    starts,
    ends,
    kinds,
    skipped,
    clitics,
    folds,
    first,
    letters,
    letter_table,
    bias,
    clitic_table,
    kind_table,
    out,
):
    """Write each word type's letters (a convolution of width three, the maximum over places), clitic and kind.

    `first` is a token of each type; `letters` maps folded codes to rows of ``letter_table[3, letters, channels]``.
    Writes to the columns of `out` from its first on.
    """
    channels = letter_table.shape[2]
    ids = np.zeros(64, np.int32)
    buffer = np.zeros(64, np.uint16)
    v = np.zeros(channels, np.float32)
    for k in range(len(first)):
        row = out[k]
        row[:] = 0
        t = first[k]
        if t < 0:
            continue
        m = 0
        for j in range(starts[t] + skipped[t], ends[t]):
            code = codes[j]
            c = folds[code] if code < 65536 else np.uint16(0xFFFD)
            if c != 0:
                if kinds[t] == DIGIT:
                    c = np.uint16(48)
                if m < 64:
                    buffer[m] = c
                    m += 1
                else:  # the end of an endless word counts, its middle does not
                    for q in range(8, 63):
                        buffer[q] = buffer[q + 1]
                    buffer[63] = c
        if kinds[t] == DIGIT and m > 5:
            m = 5
        if m > 16:
            for q in range(8):
                buffer[8 + q] = buffer[m - 8 + q]
            m = 16
        for j in range(m):
            ids[j] = letters[buffer[j]]
        for j in range(m):
            for c in range(channels):
                v[c] = bias[c] + letter_table[1, ids[j], c]
            if j > 0:
                for c in range(channels):
                    v[c] += letter_table[0, ids[j - 1], c]
            if j + 1 < m:
                for c in range(channels):
                    v[c] += letter_table[2, ids[j + 1], c]
            for c in range(channels):
                row[c] = max(row[c], v[c])
        for c in range(clitic_table.shape[1]):
            row[channels + c] = clitic_table[clitics[t], c]
        for c in range(kind_table.shape[1]):
            row[channels + clitic_table.shape[1] + c] = kind_table[kinds[t], c]


@njit(cache=True, fastmath=True, error_model="numpy")
def _tanh(x):
    # The rational approximation of Eigen and XLA, exact to float32; without a call, so that it vectorises.
    x = min(max(x, np.float32(-7.9)), np.float32(7.9))
    s = x * x
    p = np.float32(-2.76076847742355e-16)
    p = p * s + np.float32(2.00018790482477e-13)
    p = p * s + np.float32(-8.60467152213735e-11)
    p = p * s + np.float32(5.12229709037114e-08)
    p = p * s + np.float32(1.48572235717979e-05)
    p = p * s + np.float32(6.37261928875436e-04)
    p = p * s + np.float32(4.89352455891786e-03)
    q = np.float32(1.19825839466702e-06)
    q = q * s + np.float32(1.18534705686654e-04)
    q = q * s + np.float32(2.26843463243900e-03)
    q = q * s + np.float32(4.89352518554385e-03)
    return x * p / q


STATE_GRID = np.float32(2**9)
"""Hidden states are whole numbers of this part of one: see `pipeline.entities.tagger.network.WEIGHT_GRID`."""


@njit(cache=True)
def side_by_side(starts, lengths, running, backward, out):
    """Write the tokens of some sentences step by step: the first of each, the second of each that has one, ...

    ``running[s]`` sentences, the first ones, have a step `s`. With `backward` each sentence is read from its end.
    """
    i = 0
    for step in range(len(running)):
        for k in range(running[step]):
            out[i] = starts[k] + (lengths[k] - 1 - step if backward else step)
            i += 1


@njit(cache=True, fastmath=True)
def _add_inputs(gates, tokens, projected, types, marks, mark_weights, evidence, evidence_weights):
    for k in range(len(gates)):
        t = tokens[k]
        g = gates[k]
        p = projected[types[t]]
        for j in range(len(g)):
            g[j] += p[j]
        bits = marks[t]
        b = 0
        while bits:
            if bits & np.uint32(1):
                w = mark_weights[b]
                for j in range(len(g)):
                    g[j] += w[j]
            bits >>= np.uint32(1)
            b += 1
        for e in range(evidence.shape[1]):
            v = evidence[t, e]
            if v != 0:
                w = evidence_weights[e]
                for j in range(len(g)):
                    g[j] += v * w[j]


@njit(cache=True, fastmath=True, error_model="numpy")  # a check for division by zero would keep it from vectorising
def _gates(gates, c, h):
    size = c.shape[1]
    half = np.float32(0.5)
    for k in range(len(gates)):
        g, ck, hk = gates[k], c[k], h[k]
        for j in range(2 * size):
            g[j] = half * _tanh(half * g[j]) + half
        for j in range(2 * size, 3 * size):
            g[j] = _tanh(g[j])
        for j in range(3 * size, 4 * size):
            g[j] = half * _tanh(half * g[j]) + half
        for j in range(size):
            ck[j] = g[size + j] * ck[j] + g[j] * g[2 * size + j]
        for j in range(size):
            hk[j] = np.floor(g[3 * size + j] * _tanh(ck[j]) * STATE_GRID + half) / STATE_GRID


@njit(cache=True)
def lstm_step(gates, tokens, projected, types, marks, mark_weights, evidence, evidence_weights, c, h):
    """Do one step of an LSTM for `tokens`, one of each of many sentences.

    `gates` holds ``h @ U`` of the step before, in PyTorch's order of gates (i, f, g, o), and is overwritten; the
    cells `c` are moved on; `h` gets the new hidden states.
    """
    _add_inputs(gates, tokens, projected, types, marks, mark_weights, evidence, evidence_weights)
    _gates(gates, c, h)


@njit(cache=True, fastmath=True)
def add_direct(types, projected, marks, mark_weights, evidence, evidence_weights, out):
    """Add to each token's scores what its own inputs say, past the LSTM."""
    n, labels = out.shape
    for t in range(n):
        row = out[t]
        p = projected[types[t]]
        for y in range(labels):
            row[y] += p[y]
        bits = marks[t]
        b = 0
        while bits:
            if bits & np.uint32(1):
                for y in range(labels):
                    row[y] += mark_weights[b, y]
            bits >>= np.uint32(1)
            b += 1
        for e in range(evidence.shape[1]):
            v = evidence[t, e]
            if v != 0:
                for y in range(labels):
                    row[y] += v * evidence_weights[e, y]


@njit(cache=True)
def look_up(keys, slots_key, slots_value, out):
    """Write 1 + the index of each key, 0 where it is unknown."""
    for i in range(len(keys)):
        out[i] = find(keys[i], slots_key, slots_value) + 1


@njit(cache=True)
def clitic_kinds(features, types):
    """Return each token's kind of clitic."""
    hashes = np.zeros(CLITICS, np.uint64)
    for c in range(CLITICS):
        hashes[c] = mix(c, 31)
    out = np.zeros(len(types), np.uint8)
    for t in range(len(types)):
        h = features[types[t], 12]
        for c in range(1, CLITICS):
            if hashes[c] == h:
                out[t] = c
    return out


@njit(cache=True)
def _opening_of(sign):
    """Return the sign that opens what this one closes: « for », 0 for any that closes nothing."""
    if sign == 0xBB:
        return np.uint32(0xAB)
    if sign == 0x201D:
        return np.uint32(0x201C)
    return np.uint32(40) if sign == 41 else np.uint32(0)


@njit(cache=True)
def _closing_of(sign):
    """Return the sign that closes what this one opens, 0 for any that opens nothing."""
    if sign == 0xAB:
        return np.uint32(0xBB)
    if sign == 0x201C:
        return np.uint32(0x201D)
    return np.uint32(41) if sign == 40 else np.uint32(0)


@njit(cache=True)
def _holds(codes, starts, begin, end, sign):
    """Say whether one of these tokens begins with a sign."""
    found = False
    for t in range(begin, end):
        found = found or codes[starts[t]] == sign
    return found


@njit(cache=True)
def close_quotes(first, last, codes, starts, segments):
    """Move the end of a span that opens a quotation or bracket past the closing sign that stands next to it.

    Changes `first` and `last` in place. Annotators and readers take «شرکت « اپل »» whole; a model now and then leaves
    the sign. Nor does it belong to a span at whose edge it stands without its counterpart.
    """
    for k in range(len(first)):
        while last[k] > first[k]:
            opening = _opening_of(codes[starts[last[k]]])
            if opening == 0 or _holds(codes, starts, first[k], last[k], opening):
                break
            last[k] -= 1
        while last[k] > first[k]:
            closing = _closing_of(codes[starts[first[k]]])
            if closing == 0 or _holds(codes, starts, first[k] + 1, min(last[k] + 2, len(starts)), closing):
                break
            first[k] += 1
        after = last[k] + 1
        if after >= len(starts) or segments[after] != segments[first[k]]:
            continue
        if k + 1 < len(first) and first[k + 1] <= after:
            continue
        sign = codes[starts[after]]
        opening = sign if sign == 34 else _opening_of(sign)
        if opening == 0:
            continue
        opened = 0
        closed = 0
        for t in range(first[k], last[k] + 1):
            opened += codes[starts[t]] == opening
            closed += codes[starts[t]] == sign
        if (sign == 34 and opened % 2 == 1) or (sign != 34 and opened > closed):
            last[k] = after
