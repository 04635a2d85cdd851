"""Character folding over a batch of lines, each output character tied to the raw text it came from.

A batch is a few flat arrays: the code points of all lines one after another and where each line ends.
Beside each code point of the result stand the start and end of the raw characters it came from, counted
within its line; spacing works on the same arrays, and the offset map is read off them at the end.

Belongs here: the walk that carries out the rules on characters and places, reading and writing Polars
columns without Python strings, nodes of offset maps. Does not belong here: which character becomes
which (`pipeline.normalization.rules`), half-spaces that were lost (`pipeline.normalization.spacing`).
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from pipeline.normalization.rules import BY_NAME, PERSIAN, PROFILES, RULES, character_table
from pipeline.text.characters import ARABIC_LETTER_CLASS

# Classes of characters, as the kernels see them.
OTHER_CHAR: Final = 0
LETTER: Final = 1
"""A letter of the Arabic script."""
MARK: Final = 2
DIGIT: Final = 3
SPACE: Final = 4
LATIN: Final = 5
"""A letter of any other script."""
OPENING: Final = 6
CLOSING: Final = 7

_OPENING_MARKS: Final = "«([{"
_CLOSING_MARKS: Final = "»)]}،؛؟!.:,;?"

# Bits of the rules that act on places.
COMPOSITION: Final = 1
KASHIDA: Final = 2
QUOTES: Final = 4
STRAIGHT_QUOTES: Final = 8
ARABIC_YA: Final = 16
HALF_SPACE_SIGNS: Final = 32
HALF_SPACES: Final = 64
PUNCTUATION: Final = 128
ASCII_DIGITS: Final = 256
SPACES: Final = 512

_BITS: Final = {
    "composition": COMPOSITION,
    "kashida": KASHIDA,
    "quotes": QUOTES,
    "straight_quotes": STRAIGHT_QUOTES,
    "arabic_letters": ARABIC_YA,
    "half_space_signs": HALF_SPACE_SIGNS,
    "half_spaces": HALF_SPACES,
    "punctuation_spacing": PUNCTUATION,
    "ascii_digits": ASCII_DIGITS,
    "spaces": SPACES,
}

_BMP: Final = 0x10000
PERSIAN_PROFILE: Final = PROFILES.index(PERSIAN)
DEFAULT_RULES: Final = frozenset(rule.name for rule in RULES if rule.default)
OFFSET_MAP: Final = pl.List(pl.Struct({"normalized": pl.Int32, "raw": pl.Int32}))


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines after folding.

    Attributes:
        chars: Code points of all lines (uint32).
        starts: Per code point, where its raw characters begin in its line (int32).
        ends: Per code point, where they end (int32).
        guarded: Per code point, 1 inside of an address, handle or hashtag (uint8).
        line_ends: Per line, where it ends in `chars` (int64).
        raw_lengths: Per line, the raw code points (int32).
    """

    chars: NDArray[np.uint32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    guarded: NDArray[np.uint8]
    line_ends: NDArray[np.int64]
    raw_lengths: NDArray[np.int32]


@functools.cache
def character_classes() -> NDArray[np.uint8]:
    """Return the class of every code point of the basic plane."""
    import re

    arabic = re.compile(f"[{ARABIC_LETTER_CLASS}]")
    classes = np.zeros(_BMP, np.uint8)
    for code in range(_BMP):
        char = chr(code)
        category = unicodedata.category(char)
        if category[0] == "L":
            classes[code] = LETTER if arabic.match(char) else LATIN
        elif category[0] == "M":
            classes[code] = MARK
        elif category == "Nd":
            classes[code] = DIGIT
        elif category == "Zs" or char == "\t":
            classes[code] = SPACE
    classes[0x0640] = OTHER_CHAR  # the kashida is a letter to Unicode
    for char in _OPENING_MARKS:
        classes[ord(char)] = OPENING
    for char in _CLOSING_MARKS:
        classes[ord(char)] = CLOSING
    return classes


@functools.cache
def _tables(active: frozenset[str]) -> tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.int64]]:
    """The active rules as arrays: per profile and character, length << 24 | place in the pool, or -1."""
    table = np.full((len(PROFILES), _BMP), -1, np.int32)
    flags = np.zeros(len(PROFILES), np.int64)
    pool: list[int] = [0]
    for number, profile in enumerate(PROFILES):
        for char, text in character_table(profile, active).items():
            table[number, ord(char)] = len(text) << 24 | len(pool)
            pool.extend(map(ord, text))
        for name, bit in _BITS.items():
            if name in active and profile in BY_NAME[name].profiles:
                flags[number] |= bit
    return table, np.array(pool, np.uint32), flags


@njit(cache=True, nogil=True)
def _decode(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> Any:
    """UTF-8 of an Arrow string column to code points and line ends."""
    lines = offsets.size - 1
    chars = np.empty(offsets[lines] - offsets[0], np.uint32)
    line_ends = np.empty(lines, np.int64)
    n = 0
    for line in range(lines):
        at = offsets[line]
        end = offsets[line + 1]
        while at < end:
            byte = np.uint32(data[at])
            if byte < 0x80:
                chars[n] = byte
                at += 1
            elif byte < 0xE0:
                chars[n] = (byte & np.uint32(0x1F)) << np.uint32(6) | (np.uint32(data[at + 1]) & np.uint32(0x3F))
                at += 2
            elif byte < 0xF0:
                chars[n] = (
                    (byte & np.uint32(0x0F)) << np.uint32(12)
                    | (np.uint32(data[at + 1]) & np.uint32(0x3F)) << np.uint32(6)
                    | (np.uint32(data[at + 2]) & np.uint32(0x3F))
                )
                at += 3
            else:
                chars[n] = (
                    (byte & np.uint32(0x07)) << np.uint32(18)
                    | (np.uint32(data[at + 1]) & np.uint32(0x3F)) << np.uint32(12)
                    | (np.uint32(data[at + 2]) & np.uint32(0x3F)) << np.uint32(6)
                    | (np.uint32(data[at + 3]) & np.uint32(0x3F))
                )
                at += 4
            n += 1
        line_ends[line] = n
    return chars[:n], line_ends


@njit(cache=True, nogil=True)
def _encode(chars: NDArray[np.uint32], line_ends: NDArray[np.int64]) -> Any:
    """Code points to UTF-8 bytes and Arrow offsets."""
    data = np.empty(chars.size * 4, np.uint8)
    offsets = np.zeros(line_ends.size + 1, np.int64)
    n = 0
    at = 0
    for line in range(line_ends.size):
        while at < line_ends[line]:
            c = chars[at]
            if c < 0x80:
                data[n] = c
                n += 1
            elif c < 0x800:
                data[n] = 0xC0 | c >> np.uint32(6)
                data[n + 1] = 0x80 | (c & np.uint32(0x3F))
                n += 2
            elif c < 0x10000:
                data[n] = 0xE0 | c >> np.uint32(12)
                data[n + 1] = 0x80 | (c >> np.uint32(6) & np.uint32(0x3F))
                data[n + 2] = 0x80 | (c & np.uint32(0x3F))
                n += 3
            else:
                data[n] = 0xF0 | c >> np.uint32(18)
                data[n + 1] = 0x80 | (c >> np.uint32(12) & np.uint32(0x3F))
                data[n + 2] = 0x80 | (c >> np.uint32(6) & np.uint32(0x3F))
                data[n + 3] = 0x80 | (c & np.uint32(0x3F))
                n += 4
            at += 1
        offsets[line + 1] = n
    return data[:n], offsets


@njit(cache=True, nogil=True)
def _class(classes: NDArray[np.uint8], char: Any) -> int:
    return int(classes[char]) if char < 0x10000 else 0


@njit(cache=True, nogil=True)
def _is_blank(classes: NDArray[np.uint8], char: Any) -> Any:
    return char < 0x10000 and (classes[char] == 4 or (char >= 0x0A and char <= 0x0D) or char == 0x85)


@njit(cache=True, nogil=True)
def _ascii_letter(char: Any) -> Any:
    return (char >= 0x61 and char <= 0x7A) or (char >= 0x41 and char <= 0x5A)


@njit(cache=True, nogil=True)
def _guard(
    raw: NDArray[np.uint32], low: int, high: int, classes: NDArray[np.uint8], guarded: NDArray[np.uint8]
) -> None:
    """Mark addresses, e-mails, handles and hashtags of one line; 2 marks ASCII digits beside Latin or signs."""
    guarded[low:high] = 0
    start = low
    while start < high:
        if _is_blank(classes, raw[start]):
            start += 1
            continue
        end = start
        has_latin = False
        first_address = -1
        while end < high and not _is_blank(classes, raw[end]):
            c = raw[end]
            if c < 0x10000 and classes[c] == 5:
                has_latin = True
            if first_address < 0:
                if c == 0x3A and end + 2 < high and raw[end + 1] == 0x2F and raw[end + 2] == 0x2F:  # ://
                    first_address = end
                    while first_address > start and _ascii_letter(raw[first_address - 1]):
                        first_address -= 1
                elif (
                    (c == 0x77 or c == 0x57)
                    and end + 3 < high
                    and raw[end + 1] | 0x20 == 0x77
                    and raw[end + 2] | 0x20 == 0x77
                    and raw[end + 3] == 0x2E
                ):  # www.
                    first_address = end
            end += 1
        if first_address >= 0:
            last = end
            while last > first_address and (_class(classes, raw[last - 1]) == 7 or raw[last - 1] == 0x22):
                last -= 1
            guarded[first_address:last] = 1
        i = start
        while i < end:
            c = raw[i]
            if guarded[i] == 0 and c == 0x40:  # @: an e-mail or a handle
                a = i
                while (
                    a > start and raw[a - 1] > 0x20 and raw[a - 1] < 0x7F and raw[a - 1] != 0x28 and raw[a - 1] != 0x22
                ):
                    a -= 1
                b = i + 1
                while b < end and (
                    (raw[b] > 0x20 and raw[b] < 0x7F) or _class(classes, raw[b]) == 1 or _class(classes, raw[b]) == 3
                ):
                    b += 1
                while b > i + 1 and _class(classes, raw[b - 1]) == 7:
                    b -= 1
                if b > i + 1:
                    guarded[a:b] = 1
                    i = b
                    continue
            elif guarded[i] == 0 and c == 0x23:  # a hashtag
                b = i + 1
                while b < end:
                    k = _class(classes, raw[b])
                    if k == 1 or k == 2 or k == 3 or k == 5 or raw[b] == 0x5F or raw[b] == 0x200C or raw[b] == 0x640:
                        b += 1
                    else:
                        break
                if b > i + 1:
                    guarded[i:b] = 1
                    i = b
                    continue
            elif (
                guarded[i] == 0
                and c >= 0x30
                and c <= 0x39
                and (
                    has_latin
                    or (
                        i > start
                        and (raw[i - 1] == 0x2E or raw[i - 1] == 0x2F or raw[i - 1] == 0x2D or raw[i - 1] == 0x3A)
                    )
                    or (
                        i + 1 < end
                        and (raw[i + 1] == 0x2E or raw[i + 1] == 0x2F or raw[i + 1] == 0x2D or raw[i + 1] == 0x3A)
                    )
                )
            ):
                guarded[i] = 2
            i += 1
        start = end


@njit(cache=True, nogil=True)
def _composed(base: Any, sign: Any) -> int:
    if base == 0x627:
        return 0x622 if sign == 0x653 else (0x623 if sign == 0x654 else 0x625)
    if sign == 0x654:
        if base == 0x648:
            return 0x624
        if base == 0x64A or base == 0x6CC:
            return 0x626
    return 0


@njit(cache=True, nogil=True)
def _fold(
    raw: NDArray[np.uint32],
    raw_ends: NDArray[np.int64],
    profiles: NDArray[np.int8],
    table: NDArray[np.int32],
    pool: NDArray[np.uint32],
    flags: NDArray[np.int64],
    classes: NDArray[np.uint8],
) -> Any:
    longest = 0
    at = 0
    size = 0
    for line in range(raw_ends.size):
        longest = max(longest, raw_ends[line] - at)
        at = raw_ends[line]
    for i in range(raw.size):
        size += 1
        if raw[i] < 0x10000:
            for p in range(table.shape[0]):
                t = table[p, raw[i]]
                if t >> 24 > 1:
                    size += (t >> 24) - 1
                    break
            if classes[raw[i]] == 7 or raw[i] == 0xAB:  # a space may come after or before it
                size += 1
    out = np.empty(size, np.uint32)
    out_start = np.empty(size, np.int32)
    out_end = np.empty(size, np.int32)
    out_guard = np.empty(size, np.uint8)
    out_ends = np.empty(raw_ends.size, np.int64)
    guarded = np.zeros(raw.size, np.uint8)
    # One line after its characters are mapped and before its spacing is put right.
    a = np.empty(longest * 5 + 8, np.uint32)
    a_start = np.empty(a.size, np.int32)
    a_end = np.empty(a.size, np.int32)
    a_guard = np.empty(a.size, np.uint8)
    n = 0
    low = 0
    for line in range(raw_ends.size):
        high = raw_ends[line]
        p = profiles[line]
        flag = flags[p]
        _guard(raw, low, high, classes, guarded)
        curly = 0
        straight = 0
        if flag & 12:
            for i in range(low, high):
                if guarded[i] != 1:
                    if raw[i] == 0x201C or raw[i] == 0x201D or raw[i] == 0x201E or raw[i] == 0x201F:
                        curly += 1
                    elif raw[i] == 0x22:
                        straight += 1
        pair_curly = flag & 4 != 0 and curly % 2 == 0
        pair_straight = flag & 8 != 0 and straight % 2 == 0
        curly = 0
        straight = 0
        m = 0
        for i in range(low, high):
            c = raw[i]
            at = i - low
            if guarded[i] == 1 or c >= 0x10000:
                a[m] = c
                a_start[m] = at
                a_end[m] = at + 1
                a_guard[m] = guarded[i] == 1
                m += 1
                continue
            new: Any = np.int64(c)
            if c == 0x640 and flag & 2:  # kashida: between two letters it stretches
                k = m - 1
                while k >= 0 and a[k] < 0x10000 and (classes[a[k]] == 2 or a[k] == 0x200C):
                    k -= 1
                if k >= 0 and a_guard[k] == 0 and a[k] < 0x10000 and classes[a[k]] == 1:
                    j = i + 1
                    while j < high and (
                        raw[j] == 0x640
                        or raw[j] == 0x200C
                        or (flag & 32 and (raw[j] == 0x200B or raw[j] == 0xAD))
                        or (raw[j] < 0x10000 and (classes[raw[j]] == 2 or table[p, raw[j]] >> 24 == 0))
                    ):
                        j += 1
                    if j < high and guarded[j] != 1 and raw[j] < 0x10000 and classes[raw[j]] == 1:
                        continue
            elif c >= 0x653 and c <= 0x655:
                if flag & 1 and m > 0 and a_guard[m - 1] == 0:
                    whole = _composed(a[m - 1], c)
                    if whole:
                        a[m - 1] = whole
                        a_end[m - 1] = at + 1
                        continue
            elif c == 0x6CC and flag & 16:  # the Persian ya in Arabic text, by its shape
                j = i + 1
                while (
                    j < high
                    and raw[j] < 0x10000
                    and (classes[raw[j]] == 2 or raw[j] == 0x640 or table[p, raw[j]] >> 24 == 0)
                ):
                    j += 1
                new = 0x64A if j < high and raw[j] < 0x10000 and classes[raw[j]] == 1 else 0x649
            elif c == 0x201C or c == 0x201D or c == 0x201E or c == 0x201F:
                if pair_curly:
                    new = 0xAB if curly % 2 == 0 else 0xBB
                    curly += 1
            elif c == 0x22:
                if pair_straight:
                    new = 0xAB if straight % 2 == 0 else 0xBB
                    straight += 1
            elif (c == 0x200B or c == 0xAC or c == 0xAD) and flag & 32:
                j = i + 1
                while (
                    j < high
                    and raw[j] < 0x10000
                    and (raw[j] == 0x200B or raw[j] == 0xAC or raw[j] == 0xAD or table[p, raw[j]] >> 24 == 0)
                ):
                    j += 1
                left = (
                    m > 0 and a_guard[m - 1] == 0 and (_class(classes, a[m - 1]) == 1 or _class(classes, a[m - 1]) == 2)
                )
                if left and j < high and guarded[j] != 1 and _class(classes, raw[j]) == 1:
                    new = 0x200C
                elif c != 0xAC:
                    continue
            elif c >= 0x30 and c <= 0x39 and flag & 256 and guarded[i] == 0:
                new = np.int64(c) - 0x30 + 0x6F0
            t = table[p, c]
            if new == np.int64(c) and t >= 0:
                place = t & 0xFFFFFF
                for k in range(t >> 24):
                    a[m] = pool[place + k]
                    a_start[m] = at
                    a_end[m] = at + 1
                    a_guard[m] = 0
                    m += 1
                continue
            a[m] = new
            a_start[m] = at
            a_end[m] = at + 1
            a_guard[m] = 0
            m += 1
        # Half-spaces that join nothing go first, so that what follows sees each character's lasting neighbours.
        if flag & 64:
            kept = 0
            for i in range(m):
                if a[i] == 0x200C and not a_guard[i]:
                    k = _class(classes, a[kept - 1]) if kept else 0
                    left = k == 1 or k == 2 or k == 3 or k == 5 or (kept > 0 and a[kept - 1] == 0xBB)
                    k = _class(classes, a[i + 1]) if i + 1 < m else 0
                    if not left or not (k == 1 or k == 3 or k == 5):
                        continue
                a[kept] = a[i]
                a_start[kept] = a_start[i]
                a_end[kept] = a_end[i]
                a_guard[kept] = a_guard[i]
                kept += 1
            m = kept
        # Spaces and punctuation.
        first = n
        for i in range(m):
            c = a[i]
            if a_guard[i]:
                out[n] = c
                out_start[n] = a_start[i]
                out_end[n] = a_end[i]
                out_guard[n] = 1
                n += 1
                continue
            before = out[n - 1] if n > first else np.uint32(0x0A)
            if c == 0x20 and flag & 512:
                if before == 0x20 or before == 0x0A:
                    continue
                j = i + 1
                while j < m and a[j] == 0x20:
                    j += 1
                if j == m or a[j] == 0x0A:
                    continue
                if flag & 128:
                    if _class(classes, before) == 6 and out_guard[n - 1] == 0:
                        continue
                    if a_guard[j] == 0 and _class(classes, a[j]) == 7 and _drops_space(out, first, n, a, j, m, classes):
                        continue
            elif c == 0xAB and flag & 128 and n > first and out_guard[n - 1] == 0 and _class(classes, before) == 1:
                out[n] = 0x20
                out_start[n] = a_start[i]
                out_end[n] = a_start[i]
                out_guard[n] = 0
                n += 1
            out[n] = c
            out_start[n] = a_start[i]
            out_end[n] = a_end[i]
            out_guard[n] = 0
            n += 1
            if flag & 128 and _class(classes, c) == 7 and _wants_space(out, first, n - 1, a, i, m, classes):
                out[n] = 0x20
                out_start[n] = a_end[i]
                out_end[n] = a_end[i]
                out_guard[n] = 0
                n += 1
        out_ends[line] = n
        low = high
    return out[:n], out_start[:n], out_end[:n], out_guard[:n], out_ends


@njit(cache=True, nogil=True)
def _wants_space(out: Any, first: int, n: int, a: Any, i: int, m: int, classes: NDArray[np.uint8]) -> bool:
    """Whether the mark a[i], which comes after out[first:n], must be parted from a word after it."""
    if i + 1 >= m or _class(classes, a[i + 1]) != 1:
        return False
    c = a[i]
    if c == 0x60C or c == 0x61B or c == 0x61F or c == 0x21:  # comma, semicolon, question, exclamation
        return True
    if c == 0x2E or c == 0x3A:  # full stop, colon: between words, never in abbreviations
        return (
            n - first >= 2
            and _class(classes, out[n - 1]) == 1
            and _class(classes, out[n - 2]) == 1
            and i + 2 < m
            and _class(classes, a[i + 2]) == 1
        )
    return False


@njit(cache=True, nogil=True)
def _drops_space(out: Any, first: int, n: int, a: Any, j: int, m: int, classes: NDArray[np.uint8]) -> bool:
    """Whether the spaces between out[first:n] and the closing mark a[j] go."""
    k = _class(classes, out[n - 1])
    if not (k == 1 or k == 2 or k == 3 or k == 7):
        return False
    c = a[j]
    after = a[j + 1] if j + 1 < m else np.uint32(0x0A)
    if (c == 0x2E or c == 0x3A or c == 0x2C or c == 0x3B) and (after == c or after == 0x29 or after == 0x28):
        return False  # an ellipsis, a face
    if k == 3 and c != 0xBB and c != 0x29 and c != 0x5D and c != 0x7D:
        i = j + 1
        while i < m and a[i] == 0x20:
            i += 1
        if i < m and _class(classes, a[i]) == 3:
            return False  # inside of a number, a score, a date
    kind = _class(classes, after)
    if after == 0x0A or kind == 4 or kind == 7:
        return True
    return _wants_space(out, first, n, a, j, m, classes)


@njit(cache=True, nogil=True)
def _nodes(
    starts: NDArray[np.int32], ends: NDArray[np.int32], line_ends: NDArray[np.int64], raw_lengths: NDArray[np.int32]
) -> Any:
    """Read the offset maps off the characters' raw spans."""
    capacity = line_ends.size * 2 + 16
    at = 0
    last_end = 0
    for line in range(line_ends.size):  # an upper bound: two nodes wherever one to one breaks
        last_end = 0
        for k in range(at, line_ends[line]):
            if starts[k] != last_end or ends[k] != starts[k] + 1:
                capacity += 4
            last_end = ends[k]
        if last_end != raw_lengths[line]:
            capacity += 2
        at = line_ends[line]
    normalized = np.empty(capacity, np.int32)
    raw = np.empty(capacity, np.int32)
    offsets = np.zeros(line_ends.size + 1, np.int64)
    n = 0
    at = 0
    for line in range(line_ends.size):
        first = n
        normalized[n] = 0
        raw[n] = 0
        n += 1
        low = at
        high = line_ends[line]
        expected = 0
        k = low
        while k < high:
            if starts[k] == expected and ends[k] == expected + 1 and (k + 1 == high or starts[k + 1] >= ends[k]):
                expected += 1
                k += 1
                continue
            if starts[k] > expected:  # deleted before this character
                n = _add_node(normalized, raw, first, n, k - low, expected)
                n = _add_node(normalized, raw, first, n, k - low, starts[k])
                expected = starts[k]
                continue
            # An edit: all characters whose raw spans overlap, or an insertion.
            n = _add_node(normalized, raw, first, n, k - low, expected)
            expected = ends[k]
            k += 1
            while k < high and starts[k] < expected:
                expected = max(expected, ends[k])
                k += 1
            n = _add_node(normalized, raw, first, n, k - low, expected)
        n = _add_node(normalized, raw, first, n, high - low, expected)
        n = _add_node(normalized, raw, first, n, high - low, raw_lengths[line])
        offsets[line + 1] = n
        at = high
    return normalized[:n], raw[:n], offsets


@njit(cache=True, nogil=True)
def _add_node(normalized: Any, raw: Any, first: int, n: int, new_normalized: int, new_raw: int) -> int:
    """Append a node unless it is there; drop the one before where it lies between two one-to-one stretches."""
    if normalized[n - 1] == new_normalized and raw[n - 1] == new_raw:
        return n
    if (
        n - first >= 2
        and normalized[n - 1] - normalized[n - 2] == raw[n - 1] - raw[n - 2]
        and new_normalized - normalized[n - 1] == new_raw - raw[n - 1]
    ):
        n -= 1
    normalized[n] = new_normalized
    raw[n] = new_raw
    return n + 1


def code_points(texts: pl.Series) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the code points of all strings one after another, and where each string ends; no nulls."""
    column = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if column.type != pa.large_string():
        column = column.cast(pa.large_string())
    buffers = column.buffers()
    offsets = np.frombuffer(buffers[1], np.int64)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(buffers[2], np.uint8) if buffers[2] is not None else np.zeros(0, np.uint8)
    chars, ends = _decode(data, offsets)
    return chars, ends


def fold(texts: pl.Series, profiles: NDArray[np.int8], active: frozenset[str]) -> Batch:
    """Fold the characters of each text by the active rules of its profile.

    Args:
        texts: Strings, none null.
        profiles: Per text, the number of its profile in `rules.PROFILES`.
        active: Names of the rules that act.
    """
    raw, raw_ends = code_points(texts)
    table, pool, flags = _tables(active)
    chars, starts, ends, guarded, line_ends = _fold(raw, raw_ends, profiles, table, pool, flags, character_classes())
    raw_lengths = np.diff(raw_ends, prepend=0).astype(np.int32)
    return Batch(chars, starts, ends, guarded, line_ends, raw_lengths)


def columns(batch: Batch) -> tuple[pl.Series, pl.Series]:
    """Return a batch as the columns ``normalized_text`` and ``offset_map``."""
    data, offsets = _encode(batch.chars, batch.line_ends)
    length = batch.line_ends.size
    text = pa.Array.from_buffers(pa.large_string(), length, [None, pa.py_buffer(offsets), pa.py_buffer(data)])
    normalized, raw, node_offsets = _nodes(batch.starts, batch.ends, batch.line_ends, batch.raw_lengths)
    nodes = pa.StructArray.from_arrays([pa.array(normalized), pa.array(raw)], names=["normalized", "raw"])
    maps = pa.LargeListArray.from_arrays(pa.array(node_offsets), nodes)
    return (
        pl.Series("normalized_text", pl.from_arrow(text), dtype=pl.String),
        pl.Series("offset_map", pl.from_arrow(maps), dtype=OFFSET_MAP),
    )
