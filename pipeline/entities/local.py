"""Names the gazetteer does not know: which of them, in whatever spelling and language, are one name.

Belongs here: how alike a Persian and an Arabic spelling sound and which names join. Does not belong here:
who mentions them (`tagging`), counts (`linking`).

Both languages write foreign names in the same script by ear, each with the letters it has: دنیسوف and
دينيسوف, گوردون and جوردون, چاوز and تشافيز. Two names are compared by a weighted edit distance over
letters (Wagner and Fischer 1974) in which what the two orthographies do to one sound is cheap: vowel
letters come and go, پ is ب, گ is ج or غ, چ is تش, و is ف or ب. Candidates are names whose consonants agree
but for one left out on either side (the deletion neighbourhood of Mor and Fraenkel 1982). Of the
candidates only mutual best ones join, so that a name never joins two that differ.

The outcome is a function of the set of names alone.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import njit

from pipeline.schema import LINKED_MERGES

JOINS_FROM: Final = 0.74
"""How alike, 0 to 1, a Persian and an Arabic name must sound to join; chosen on a quarter of the names of
EveryPolitician, measured on the rest."""

WORDS_FROM: Final = 0.65
"""How alike each word of one must sound to its counterpart, where both names have as many words."""

_SPACED_ASIDE: Final = 0.92
"""Names this much alike are spaced differently at most (محمدرضا, محمد رضا): no use comparing word for word."""

_LETTERS: Final = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی "
_CODE: Final = {letter: code for code, letter in enumerate(_LETTERS, 1)}
_SIZE: Final = len(_LETTERS) + 2

_VOWELS: Final = "اوی"
_ALIKE: Final[tuple[tuple[str, str, float], ...]] = (
    ("ا", "وی", 0.35), ("و", "ی", 0.35), ("ع", "ای", 0.3), ("ه", "ا", 0.35), ("ح", "ه", 0.1), ("خ", "هح", 0.4),
    ("پ", "ب", 0.05), ("پ", "ف", 0.6), ("ف", "و", 0.15), ("ب", "و", 0.35), ("ف", "ب", 0.6), ("ت", "ط", 0.05), ("ت", "ث", 0.2),
    ("ت", "د", 0.4), ("ط", "د", 0.5), ("ث", "سص", 0.1), ("س", "ص", 0.05), ("س", "ز", 0.3), ("س", "ش", 0.5), ("ز", "ذظض", 0.1),
    ("ز", "تث", 0.6), ("ذ", "دث", 0.3), ("د", "ض", 0.2), ("ظ", "ضذ", 0.1), ("ژ", "ج", 0.1), ("ژ", "ز", 0.3), ("ژ", "غ", 0.4),
    ("ژ", "ش", 0.4), ("ج", "گ", 0.05), ("ج", "ی", 0.3), ("ج", "غ", 0.3), ("ج", "خ", 0.5), ("ج", "ه", 0.5), ("گ", "غ", 0.05), ("گ", "ک", 0.2), ("گ", "ق", 0.2),
    ("گ", "خ", 0.5), ("ک", "ق", 0.15), ("ک", "خ", 0.3), ("ک", "غ", 0.4), ("ق", "غ", 0.2), ("چ", "ش", 0.25), ("چ", "ج", 0.25), ("چ", "س", 0.5),
    ("چ", "ک", 0.5), ("س", "ک", 0.6), ("ت", "ش", 0.7), ("و", "ه", 0.6), ("خ", "ر", 0.8), ("ث", "ت", 0.2), ("ز", "س", 0.3), ("ز", "ش", 0.6),
)  # fmt: skip


@functools.cache
def _costs() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return what it costs to put one letter for another and to leave one out."""
    change = np.full((_SIZE, _SIZE), 1.0, np.float32)
    np.fill_diagonal(change, 0.0)
    for letter, others, cost in _ALIKE:
        for other in others:
            a, b = _CODE[letter], _CODE[other]
            change[a, b] = change[b, a] = min(change[a, b], cost)
    leave = np.full(_SIZE, 1.0, np.float32)
    for letter in _VOWELS:
        leave[_CODE[letter]] = 0.25
    for letter, cost in (("ه", 0.4), ("ح", 0.6), ("ع", 0.3), (" ", 0.1), ("ت", 0.8), ("خ", 0.9), ("ج", 0.9)):
        leave[_CODE[letter]] = cost
    return change, leave


_CLASSES: Final = {
    **dict.fromkeys("بپف", 1), **dict.fromkeys("تطدضث", 2), **dict.fromkeys("سصزژشچذظ", 3), **dict.fromkeys("کقگغخ", 4),
    "ل": 5, "ر": 6, "م": 7, "ن": 8,
}  # fmt: skip
"""Coarse sounds of the consonants that neither language drops; ج is too many sounds to be one."""


@functools.cache
def _class_of() -> npt.NDArray[np.uint8]:
    out = np.zeros(_SIZE, np.uint8)
    for letter, value in _CLASSES.items():
        out[_CODE[letter]] = value
    return out


def _encode(names: list[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    lengths = np.fromiter((len(name) for name in names), np.int64, len(names))
    codes = np.frombuffer("".join(names).encode("utf-32-le"), np.uint32)
    table = np.full(0x10000, _SIZE - 1, np.uint8)
    for letter, code in _CODE.items():
        table[ord(letter)] = code
    return table[np.minimum(codes, 0xFFFF)], np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])


@njit(cache=True)
def _keys(codes, starts, class_of):  # type: ignore[no-untyped-def]
    """Return hashes of each name's consonants, whole and with each one left out: name index and hash."""
    names = np.empty(len(codes) + len(starts), np.int64)
    hashes = np.empty(len(codes) + len(starts), np.uint64)
    count = 0
    skeleton = np.empty(64, np.uint8)
    for i in range(len(starts) - 1):
        size = 0
        for j in range(starts[i], starts[i + 1]):
            c = class_of[codes[j]]
            if c and size < 64 and not (size and skeleton[size - 1] == c):
                skeleton[size] = c
                size += 1
        if size < 2:
            continue
        for left_out in range(-1, size):
            if size < 4 and left_out >= 0:
                break
            h = np.uint64(0)
            for j in range(size):
                if j != left_out:
                    h = h * np.uint64(11) + np.uint64(skeleton[j])
            if count < len(names):
                names[count] = i
                hashes[count] = h
                count += 1
    return names[:count], hashes[:count]


@njit(cache=True)
def _alike(codes, starts, left, right, change, leave):  # type: ignore[no-untyped-def]
    """Return how alike the names of each pair sound, 0 to 1."""
    out = np.zeros(len(left), np.float64)
    row = np.empty(512, np.float64)
    for p in range(len(left)):
        a0, a1 = starts[left[p]], starts[left[p] + 1]
        b0, b1 = starts[right[p]], starts[right[p] + 1]
        m = b1 - b0
        if m >= 510 or a1 - a0 >= 510:
            continue
        row[0] = 0.0
        weight_b = 0.0
        for j in range(m):
            row[j + 1] = row[j] + leave[codes[b0 + j]]
            weight_b += leave[codes[b0 + j]]
        weight_a = 0.0
        for i in range(a0, a1):
            x = codes[i]
            weight_a += leave[x]
            before = row[0]
            row[0] += leave[x]
            for j in range(m):
                y = codes[b0 + j]
                best = before + change[x, y]
                up = row[j + 1] + leave[x]
                if up < best:
                    best = up
                side = row[j] + leave[y]
                if side < best:
                    best = side
                before = row[j + 1]
                row[j + 1] = best
        weight = max(weight_a, weight_b)
        out[p] = 1.0 - row[m] / weight if weight > 0 else 0.0
    return out


@njit(cache=True)
def _pairs(key_names, keys, side, limit):  # type: ignore[no-untyped-def]
    """Return pairs of a Persian and an Arabic name that share a key; keys come sorted."""
    capacity = len(keys) * 4 + 16
    left = np.empty(capacity, np.int64)
    right = np.empty(capacity, np.int64)
    count = 0
    low = 0
    while low < len(keys):
        high = low
        while high < len(keys) and keys[high] == keys[low]:
            high += 1
        if high - low <= limit:
            for i in range(low, high):
                if side[key_names[i]] != 0:
                    continue
                for j in range(low, high):
                    if side[key_names[j]] == 1:
                        if count == capacity:
                            capacity *= 2
                            more = np.empty(capacity, np.int64)
                            more[:count] = left
                            left = more
                            more2 = np.empty(capacity, np.int64)
                            more2[:count] = right
                            right = more2
                        left[count] = key_names[i]
                        right[count] = key_names[j]
                        count += 1
        low = high
    return left[:count], right[:count]


def _words_agree(names: list[str], pairs: pl.DataFrame) -> pl.Series:
    """Say of each pair whether word for word, where both have as many, no two words differ too much."""
    lefts: list[str] = []
    rights: list[str] = []
    owner: list[int] = []
    for i, (a, b, score) in enumerate(pairs.select("left", "right", "score").iter_rows()):
        words, others = names[a].split(" "), names[b].split(" ")
        if len(words) == len(others) and score < _SPACED_ASIDE:
            lefts += words
            rights += others
            owner += [i] * len(words)
    codes, starts = _encode([*lefts, *rights])
    change, leave = _costs()
    size = len(lefts)
    alike = _alike(codes, starts, np.arange(size), np.arange(size, 2 * size), change, leave)
    agree = np.ones(len(pairs), bool)
    agree[np.array(owner, np.int64)[alike < WORDS_FROM]] = False
    return pl.Series(agree)


def _spelled(name: str) -> str:
    """Return a folded name as it is compared: چ as in Arabic, the article off, doubled letters once."""
    words = [word.removeprefix("ال") if len(word) > 4 else word for word in name.split(" ")]
    return " ".join(words).replace("چ", "تش").replace("اکس", "کس")


def join_names(names: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `names` with the local entity of each, and why names were joined.

    Args:
        names: `label`, `language`, `name` (folded) and any further columns, a row per distinct three.

    Returns:
        The frame with `entity_id`, and rows of `entities.merges`.
    """
    if names.is_empty():
        return names.with_columns(pl.lit(None).cast(pl.String).alias("entity_id")), LINKED_MERGES.frame()
    ordered = names.sort("label", "name", "language")
    parts = [_join_label(part) for part in ordered.partition_by("label", maintain_order=True)]
    joined = pl.concat([part for part, _ in parts])
    merges = pl.concat([merge for _, merge in parts])
    return joined, merges.sort("entity_id", "name_a", "name_b", "language_a", "language_b")


def _join_label(names: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    label = names["label"][0]
    # Spacing and language aside one spelling is one name.
    closed = names["name"].str.replace_all(" ", "")
    first_of: dict[str, int] = {}
    parent = np.arange(len(names))
    edges: list[tuple[int, int, str, float]] = []
    for i, spelling in enumerate(closed.to_list()):
        j = first_of.setdefault(spelling, i)
        if j != i:
            parent[i] = j
            edges.append((j, i, "spelling", 1.0))
    roots = np.flatnonzero(parent == np.arange(len(names)))
    members: dict[int, set[str]] = {int(root): set() for root in roots}
    languages = names["language"].to_list()
    for i, language in enumerate(languages):
        members[int(parent[i])].add(language)
    # A spelling that both languages have needs no partner of another spelling.
    apart = [root for root in members if len(members[root]) == 1]
    texts = names["name"].to_list()
    side = np.array([0 if "fa" in members[root] else 1 if "ar" in members[root] else 2 for root in apart], np.int8)
    if label == "PER" and len(apart):
        codes, starts = _encode([_spelled(texts[root]) for root in apart])
        key_names, keys = _keys(codes, starts, _class_of())
        order = np.lexsort((key_names, keys))
        left, right = _pairs(key_names[order], keys[order], side, 400)
        pairs = pl.DataFrame({"left": left, "right": right}).unique().sort("left", "right")
        change, leave = _costs()
        scored = pairs.with_columns(
            pl.Series(
                "score", _alike(codes, starts, pairs["left"].to_numpy(), pairs["right"].to_numpy(), change, leave)
            )
        ).filter(pl.col("score") >= JOINS_FROM)
        scored = scored.filter(_words_agree([_spelled(texts[root]) for root in apart], scored))
        joined_to = np.arange(len(names))
        # Mutual best, and by a clear margin: of two equally good partners neither is believed.
        best = scored.with_columns(
            pl.col("score").rank("min", descending=True).over("left").alias("of_left"),
            pl.col("score").rank("min", descending=True).over("right").alias("of_right"),
            (pl.col("score") == pl.col("score").max().over("left")).sum().over("left").alias("ties_left"),
            (pl.col("score") == pl.col("score").max().over("right")).sum().over("right").alias("ties_right"),
        ).filter(
            (pl.col("of_left") == 1)
            & (pl.col("of_right") == 1)
            & (pl.col("ties_left") == 1)
            & (pl.col("ties_right") == 1)
        )
        for a, b, score in best.select("left", "right", "score").iter_rows():
            i, j = sorted((apart[a], apart[b]))
            joined_to[j] = i
            edges.append((i, j, "transliteration", score))
        parent = joined_to[parent]  # mutual best pairs share no name
    root_names = [texts[root] for root in parent.tolist()]
    ids = [local_id(label, name) for name in root_names]
    frame = names.with_columns(pl.Series("entity_id", ids, pl.String))
    merges = LINKED_MERGES.frame(
        [(ids[i], label, texts[i], languages[i], texts[j], languages[j], kind, score) for i, j, kind, score in edges]
    )
    return frame, merges


def local_id(label: str, name: str) -> str:
    """Return the id of the local entity called `name`: the same in every run."""
    return "kh-" + hashlib.sha256(f"{label}\t{name}".encode()).hexdigest()[:16]
