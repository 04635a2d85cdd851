"""Exact matching of many names in many texts at once, robust to spelling and to what is glued on.

The texts of a batch become one array of folded letters with word boundaries; a polynomial prefix hash
makes the hash of any stretch of it a matter of one subtraction (Karp and Rabin 1987). Names live in an
open-addressing hash table, and so does every word-wise beginning of a name: a word that begins no name
costs one lookup. Spellings meet because both sides are folded with the table of `pipeline.text.matching`.

Belongs here: folding, words, hashes, the scan, back-mapping of spans. Does not belong here: what the
names mean (`gazetteer`), which of the found names to believe (`guards`, `agreement`).

Boundaries of a match, all decided on the folded text:

- it begins where a word begins, or in Arabic after the proclitics و ف ب ل ك (two at most, as in وبـ);
  after ل the article's alef is written off (للعراق), so ل followed by the name without its alef matches
  and begins at the second ل;
- it ends where a word ends, at a half-space before a Persian ending (پوتین‌ها), or in Persian before an
  ending glued on: ها، های after any name, the ezafe ی after ا or و (اوبامای);
- where the name has a boundary between two words the text may have a space, a half-space, a hyphen or,
  if the name was registered so, nothing (جینپینگ).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit

from pipeline.text.characters import COMBINING, INVISIBLE, TATWEEL, ZWNJ
from pipeline.text.matching import fold_table

MAX_WORDS: Final = 9
"""Longest name, in words."""
FA: Final = 1
AR: Final = 2

_DELETED: Final = 0
_BREAK: Final = 1
_HARD: Final = 2
_HALF: Final = 3
_MARK: Final = 4
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)


def _letters(text: str) -> list[int]:
    return [ord(char) for char in text]


# Folded forms: ي is ی, ك is ک.
_WAW, _FA, _BA, _LAM, _KAF, _ALEF, _YA, _HA = _letters("وفبلکایه")

_SUFFIXES: Final = (
    "ها", "های", "هایی", "هایش", "هایشان", "هایم", "ی", "ای", "اش", "ام", "ات", "اند", "ایم", "اید", "ست",
    "است", "شان", "مان", "تان", "را", "هم", "تر", "ان", "گونه",
)  # fmt: skip
"""What may follow a name behind a half-space without being part of a compound with it."""
_PREFIXES: Final = ("به", "از", "در", "با", "که", "و", "بر", "تا", "نا", "هم", "ضد", "سوی", "برای", "گفته", "علیه")
"""What a name may follow behind a half-space: a preposition written close, no compound's first half."""


@functools.cache
def _fold_arrays() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return what each code point below U+10000 folds to (first and second code) or its class."""
    import polars as pl

    frame = pl.DataFrame({"char": [chr(c) if not 0xD800 <= c < 0xE000 else " " for c in range(0x10000)]})
    word = frame.select(pl.col("char").str.contains(r"^[\p{L}\p{N}]$")).to_series().to_numpy()
    first = np.full(0x10000, _HARD, np.uint32)
    second = np.zeros(0x10000, np.uint32)
    lower = [char.lower() for char in frame["char"].to_list()]
    for code in np.flatnonzero(word):
        first[code] = ord(lower[code][0])
    for char in " \t\u00a0\u2002\u2003\u2009\u202f-\u2010\u2011_":
        first[ord(char)] = _BREAK
    for char, folded in fold_table().items():
        first[ord(char)] = ord(folded[0]) if folded else _MARK
        if len(folded) > 1:
            second[ord(char)] = ord(folded[1])
    for char in COMBINING:
        first[ord(char)] = _MARK
    for char in INVISIBLE:
        first[ord(char)] = _DELETED
    first[ord(TATWEEL)] = _DELETED
    first[ord(ZWNJ)] = _HALF
    return first, second


@functools.lru_cache(maxsize=200_000)
def fold_name(name: str) -> str:
    """Return the folded letters of `name`, its words apart by one space: what two spellings share."""
    first, second = _fold_arrays()
    out: list[str] = []
    for char in name:
        code = ord(char)
        folded = int(first[code]) if code < 0x10000 else _HARD
        if folded in (_DELETED, _MARK):
            continue
        if folded in (_BREAK, _HARD, _HALF):
            if out and out[-1] != " ":
                out.append(" ")
            continue
        out.append(chr(folded))
        if code < 0x10000 and second[code]:
            out.append(chr(int(second[code])))
    return "".join(out).strip()


@njit(cache=True, inline="always")
def _mix(value):  # type: ignore[no-untyped-def]
    value ^= value >> np.uint64(31)
    value *= np.uint64(0x7FB5D329728EA185)
    value ^= value >> np.uint64(27)
    value *= np.uint64(0x81DADEF4BC2DD44D)
    value ^= value >> np.uint64(33)
    return value


@njit(cache=True)
def _hash_strings(codes, starts, ends):  # type: ignore[no-untyped-def]
    out = np.zeros(len(starts), np.uint64)
    for i in range(len(starts)):
        h = np.uint64(0)
        for j in range(starts[i], ends[i]):
            code = np.uint64(codes[j])
            if code == np.uint64(32):
                code = np.uint64(1)
            h = h * _BASE + code
        out[i] = h
    return out


@njit(cache=True)
def _fill(keys, groups, flags, new_keys, new_groups, new_flags, mask):  # type: ignore[no-untyped-def]
    """Insert keys: a group of -1 marks a mere beginning. Flags of equal keys are joined."""
    for i in range(len(new_keys)):
        key = new_keys[i]
        slot = _mix(key) & mask
        while keys[slot] != np.uint64(0) and keys[slot] != key:
            slot = (slot + np.uint64(1)) & mask
        if keys[slot] == np.uint64(0):
            keys[slot] = key
            groups[slot] = -1
            flags[slot] = 0
        if new_groups[i] >= 0:
            groups[slot] = new_groups[i]
        flags[slot] |= new_flags[i]


@njit(cache=True, inline="always")
def _find(keys, key, mask):  # type: ignore[no-untyped-def]
    slot = _mix(key) & mask
    while keys[slot] != np.uint64(0):
        if keys[slot] == key:
            return np.int64(slot)
        slot = (slot + np.uint64(1)) & mask
    return np.int64(-1)


@dataclass(frozen=True, slots=True)
class NameTable:
    """Names as a hash table: a group of names that fold alike answers to one number."""

    keys: npt.NDArray[np.uint64]
    groups: npt.NDArray[np.int32]
    flags: npt.NDArray[np.uint8]

    @classmethod
    def build(cls, names: list[str], groups: npt.NDArray[np.int32], languages: npt.NDArray[np.uint8]) -> NameTable:
        """Return the table of folded `names`, each of a group and of languages (`FA` | `AR`).

        Flags of a slot: bits 1 and 2 the languages of its names, bit 4: a longer name begins so, bits 16 and
        32 the languages of that longer one.
        """
        prefix_of: dict[str, int] = {}
        for name, language in zip(names, languages.tolist(), strict=True):
            at = name.find(" ")
            while at >= 0:
                prefix_of[name[:at]] = prefix_of.get(name[:at], 0) | language
                at = name.find(" ", at + 1)
        name_hashes, prefix_hashes = hash_names(names), hash_names(list(prefix_of))
        size = 1 << max(10, int(2 * (len(names) + len(prefix_of)) - 1).bit_length())
        keys = np.zeros(size, np.uint64)
        slots = np.full(size, -1, np.int32)
        flags = np.zeros(size, np.uint8)
        mask = np.uint64(size - 1)
        _fill(keys, slots, flags, name_hashes, groups.astype(np.int32), languages.astype(np.uint8), mask)
        prefix_flags = np.fromiter((4 | language << 4 for language in prefix_of.values()), np.uint8, len(prefix_of))
        _fill(keys, slots, flags, prefix_hashes, np.full(len(prefix_of), -1, np.int32), prefix_flags, mask)
        return cls(keys, slots, flags)


def hash_names(names: list[str]) -> npt.NDArray[np.uint64]:
    """Return the hash of each folded name, never 0."""
    lengths = np.fromiter((len(name) for name in names), np.int64, len(names))
    ends = np.cumsum(lengths)
    codes = np.frombuffer("".join(names).encode("utf-32-le"), np.uint32)
    hashes: npt.NDArray[np.uint64] = _hash_strings(codes, ends - lengths, ends)
    return np.where(hashes == 0, np.uint64(1), hashes)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch of texts, in order.

    Attributes:
        text: Index of the text each word stands in.
        start: Where it begins in that text, in code points.
        end: Where it ends, with its combining signs.
        gap: What stands before it: 0 the text's start or a hard boundary, 1 space or hyphen, 2 a half-space.
        first: Index of its first folded letter in `letters`.
        last: Index behind its last folded letter.
        letters: Folded letters of all words.
        letter_start: Where each letter begins in its text.
        letter_end: Where it ends.
        prefix: Prefix hashes of `letters`.
        hash: Hash of each word.
    """

    text: npt.NDArray[np.int32]
    start: npt.NDArray[np.int32]
    end: npt.NDArray[np.int32]
    gap: npt.NDArray[np.uint8]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    letters: npt.NDArray[np.uint32]
    letter_start: npt.NDArray[np.int32]
    letter_end: npt.NDArray[np.int32]
    prefix: npt.NDArray[np.uint64]
    hash: npt.NDArray[np.uint64]


@njit(cache=True)
def _words(codes, text_starts, first, second):  # type: ignore[no-untyped-def]
    n = len(codes)
    capacity = n + n // 8 + 16
    letters = np.empty(capacity, np.uint32)
    letter_start = np.empty(capacity, np.int32)
    letter_end = np.empty(capacity, np.int32)
    w_text = np.empty(n + 1, np.int32)
    w_gap = np.empty(n + 1, np.uint8)
    w_first = np.empty(n + 1, np.int64)
    w_last = np.empty(n + 1, np.int64)
    k = 0
    w = 0
    for t in range(len(text_starts) - 1):
        base = text_starts[t]
        gap = 0
        inside = False
        for p in range(base, text_starts[t + 1]):
            code = codes[p]
            f = first[code] if code < 65536 else np.uint32(2)
            if f > 4:
                if k + 4 >= capacity:
                    capacity = capacity * 2
                    bigger = np.empty(capacity, np.uint32)
                    bigger[:k] = letters[:k]
                    letters = bigger
                    bigger_start = np.empty(capacity, np.int32)
                    bigger_start[:k] = letter_start[:k]
                    letter_start = bigger_start
                    bigger_end = np.empty(capacity, np.int32)
                    bigger_end[:k] = letter_end[:k]
                    letter_end = bigger_end
                if not inside:
                    # One sign between two words: a break, or a hard boundary that no name spans.
                    letters[k] = np.uint32(2) if gap == 0 else np.uint32(1)
                    letter_start[k] = p - base
                    letter_end[k] = p - base
                    k += 1
                    w_text[w] = t
                    w_gap[w] = gap
                    w_first[w] = k
                    inside = True
                letters[k] = f
                letter_start[k] = p - base
                letter_end[k] = p - base + 1
                k += 1
                if code < 65536 and second[code] != 0:
                    letters[k] = second[code]
                    letter_start[k] = p - base
                    letter_end[k] = p - base + 1
                    k += 1
            elif f == 4:  # a combining sign goes with its letter
                if inside:
                    letter_end[k - 1] = p - base + 1
            elif f == 0:
                # A kashida that stands alone is a dash.
                if not inside and code == 0x640:
                    gap = 0
            else:
                if inside:
                    w_last[w] = k
                    w += 1
                    inside = False
                    gap = 0 if f == 2 else (2 if f == 3 else 1)
                elif f == 2:
                    gap = 0
                elif f == 1 and gap == 2:
                    gap = 1
        if inside:
            w_last[w] = k
            w += 1
    prefix = np.empty(k + 1, np.uint64)
    prefix[0] = np.uint64(0)
    for i in range(k):
        prefix[i + 1] = prefix[i] * _BASE + np.uint64(letters[i])
    return (
        w_text[:w].copy(), w_gap[:w].copy(), w_first[:w].copy(), w_last[:w].copy(),
        letters[:k].copy(), letter_start[:k].copy(), letter_end[:k].copy(), prefix,
    )  # fmt: skip


@njit(cache=True)
def _powers(n):  # type: ignore[no-untyped-def]
    out = np.empty(n, np.uint64)
    out[0] = np.uint64(1)
    for i in range(1, n):
        out[i] = out[i - 1] * _BASE
    return out


_LONGEST: Final = 400
"""Letters of the longest name that is looked up; a longer word is no name."""


@functools.cache
def _power_table() -> npt.NDArray[np.uint64]:
    table: npt.NDArray[np.uint64] = _powers(_LONGEST + 2)
    return table


@njit(cache=True)
def _word_hashes(first, last, prefix, power):  # type: ignore[no-untyped-def]
    out = np.zeros(len(first), np.uint64)
    for i in range(len(first)):
        length = last[i] - first[i]
        if length < len(power):
            out[i] = prefix[last[i]] - prefix[first[i]] * power[length]
    return out


def words_of(texts: list[str]) -> Words:
    """Return the words of `texts`."""
    lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    one, two = _fold_arrays()
    text, gap, first, last, letters, letter_start, letter_end, prefix = _words(codes, starts, one, two)
    hashes = _word_hashes(first, last, prefix, _power_table())
    empty = np.zeros(0, np.int32)
    return Words(
        text,
        letter_start[first] if len(first) else empty,
        letter_end[last - 1] if len(last) else empty,
        gap, first, last, letters, letter_start, letter_end, prefix, hashes,
    )  # fmt: skip


@functools.cache
def affix_hashes() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return the sorted hashes of what may follow a name behind a half-space, and of what may stand before one."""
    return (
        np.sort(hash_names([fold_name(s) for s in _SUFFIXES])),
        np.sort(hash_names([fold_name(s) for s in _PREFIXES])),
    )


@njit(cache=True, inline="always")
def _among(sorted_hashes, value):  # type: ignore[no-untyped-def]
    at = np.searchsorted(sorted_hashes, value)
    return at < len(sorted_hashes) and sorted_hashes[at] == value


@njit(cache=True)
def _glued_ending(letters, end, size):  # type: ignore[no-untyped-def]
    """Return how many letters at the end of a word may be a Persian ending: the likelier number and another."""
    last, before = letters[end - 1], letters[end - 2]
    if last == _YA and before == _ALEF and size >= 6 and letters[end - 3] == _HA:
        return 3, 1
    if last == _YA and (before == _ALEF or before == _WAW):  # noqa: SIM109 - numba is faster without a tuple
        return 1, 0
    if last == _ALEF and before == _HA and size >= 5:
        return 2, 0
    return 0, 0


@njit(cache=True)
def _scan(  # type: ignore[no-untyped-def]
    w_text, w_gap, w_first, w_last, w_hash, letters, prefix, power, languages, keys, groups, flags, suffixes, prefixes
):
    """Return the names found: group, first and last word, first and last letter, letters stripped before."""
    mask = np.uint64(len(keys) - 1)
    n = len(w_text)
    out = np.empty((n // 4 + 64, 6), np.int64)
    count = 0
    for i in range(n):
        language = languages[w_text[i]]
        if language == 0 or (w_gap[i] == 2 and not _among(prefixes, w_hash[i - 1])):
            continue
        first = w_first[i]
        length = w_last[i] - first
        # How many letters of proclitics may come off: none always, then one, then two.
        strips = 1
        if language & 2 and length >= 4:
            a, b = letters[first], letters[first + 1]
            conjunction = a in (_WAW, _FA)
            if conjunction or a == _BA or a == _LAM or a == _KAF:  # noqa: SIM109
                strips = 2
            if conjunction and length >= 5 and (b == _BA or b == _LAM or b == _KAF):  # noqa: SIM109
                strips = 3
        for strip in range(strips):
            start = first + strip
            after_lam = strip > 0 and letters[start - 1] == _LAM and letters[start] == _LAM
            for elided in range(2 if after_lam else 1):  # 1: with the alef that ل wrote off
                for j in range(i, min(i + MAX_WORDS, n)):
                    if j > i and (w_gap[j] == 0 or w_text[j] != w_text[i]):
                        break
                    end = w_last[j]
                    size = end - start
                    if size >= len(power) - 1:
                        break
                    key = prefix[end] - prefix[start] * power[size]
                    if elided:
                        key += np.uint64(_ALEF) * power[size]
                    slot = _find(keys, key, mask)
                    closed = j + 1 >= n or w_gap[j + 1] != 2 or _among(suffixes, w_hash[j + 1])
                    group = -1
                    cut = 0
                    if closed and slot >= 0 and flags[slot] & language:
                        group = groups[slot]
                    if closed and group < 0 and language & 1 and size >= 4 and not elided:
                        for letters_off in _glued_ending(letters, end, size):
                            if letters_off and group < 0:
                                cut = letters_off
                                short = _find(keys, prefix[end - cut] - prefix[start] * power[size - cut], mask)
                                if short >= 0 and flags[short] & 1 & language:
                                    group = groups[short]
                    if group >= 0:
                        if count == len(out):
                            more = np.empty((2 * count, 6), np.int64)
                            more[:count] = out
                            out = more
                        out[count, 0] = group
                        out[count, 1] = i
                        out[count, 2] = j
                        out[count, 3] = start
                        out[count, 4] = end - cut
                        out[count, 5] = strip
                        count += 1
                    if slot < 0 or flags[slot] & 4 == 0 or (flags[slot] >> 4) & language == 0:
                        break
    return out[:count].copy()


@dataclass(frozen=True, slots=True)
class Hits:
    """Names found, overlapping ones too.

    Attributes:
        group: The group of the name.
        first_word: Index of the word it begins in.
        last_word: Index of the word it ends in.
        text: Index of the text.
        start: Where it begins in the text, in code points.
        end: Where it ends.
        stripped: Letters of proclitics before it in its first word.
    """

    group: npt.NDArray[np.int32]
    first_word: npt.NDArray[np.int32]
    last_word: npt.NDArray[np.int32]
    text: npt.NDArray[np.int32]
    start: npt.NDArray[np.int32]
    end: npt.NDArray[np.int32]
    stripped: npt.NDArray[np.int8]


def find_names(words: Words, languages: npt.NDArray[np.uint8], table: NameTable) -> Hits:
    """Return where the names of `table` stand among `words`.

    Args:
        words: The words of the texts.
        languages: For each text, `FA`, `AR`, both or 0; names of another language are not looked for.
        table: The names.
    """
    suffixes, prefixes = affix_hashes()
    found = _scan(
        words.text, words.gap, words.first, words.last, words.hash, words.letters, words.prefix, _power_table(),
        languages, table.keys, table.groups, table.flags, suffixes, prefixes,
    )  # fmt: skip
    group, first, last, start, end, strip = (np.ascontiguousarray(found[:, i]) for i in range(6))
    if len(group) == 0:
        none = np.zeros(0, np.int32)
        return Hits(none, none, none, none, none, none, np.zeros(0, np.int8))
    return Hits(
        group.astype(np.int32),
        first.astype(np.int32),
        last.astype(np.int32),
        words.text[first],
        words.letter_start[start],
        words.letter_end[end - 1],
        strip.astype(np.int8),
    )


@njit(cache=True)
def _to_raw(texts, points, ends, node_starts, normalized, raw):  # type: ignore[no-untyped-def]
    out = np.empty(len(points), np.int64)
    for i in range(len(points)):
        low = node_starts[texts[i]]
        high = node_starts[texts[i] + 1]
        at = points[i]
        if ends:
            k = low + np.searchsorted(normalized[low:high], at, side="left")
            if k >= high:
                out[i] = raw[high - 1]
            elif normalized[k] == at:
                out[i] = raw[k]
            elif normalized[k] - normalized[k - 1] == raw[k] - raw[k - 1]:
                out[i] = raw[k - 1] + at - normalized[k - 1]
            else:
                out[i] = raw[k]
        else:
            k = low + np.searchsorted(normalized[low:high], at, side="right") - 1
            if normalized[k] == at or k + 1 >= high:
                out[i] = raw[k]
            elif normalized[k + 1] - normalized[k] == raw[k + 1] - raw[k]:
                out[i] = raw[k] + at - normalized[k]
            else:
                out[i] = raw[k]
    return out


@dataclass(frozen=True, slots=True)
class OffsetMaps:
    """The offset maps of a batch of texts as flat arrays (see `pipeline.text.offsets` for their meaning)."""

    starts: npt.NDArray[np.int64]
    normalized: npt.NDArray[np.int64]
    raw: npt.NDArray[np.int64]

    def to_raw(
        self, texts: npt.NDArray[np.int32], starts: npt.NDArray[np.int32], ends: npt.NDArray[np.int32]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the raw span of each normalized one."""
        at = np.asarray(texts, np.int64)
        begin = _to_raw(at, np.asarray(starts, np.int64), False, self.starts, self.normalized, self.raw)
        end = _to_raw(at, np.asarray(ends, np.int64), True, self.starts, self.normalized, self.raw)
        return begin, np.maximum(begin, end)


@njit(cache=True)
def greedy(text, start, end):  # type: ignore[no-untyped-def]
    """Say for spans, in order of preference within each text, which to keep so that none overlap.

    Takes time in the letters of the spans: a text may hold hundreds of thousands of them.
    """
    n = len(text)
    keep = np.zeros(n, np.bool_)
    size = 0
    for i in range(n):
        size = max(size, end[i])
    taken = np.zeros(size, np.bool_)
    low = 0
    while low < n:
        high = low
        while high < n and text[high] == text[low]:
            high += 1
        for i in range(low, high):
            free = True
            for at in range(start[i], end[i]):
                if taken[at]:
                    free = False
                    break
            if free:
                taken[start[i] : end[i]] = True
                keep[i] = True
        for i in range(low, high):
            if keep[i]:
                taken[start[i] : end[i]] = False
        low = high
    return keep
