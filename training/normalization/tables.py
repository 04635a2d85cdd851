"""What is counted over the training text, and hazm's dictionary: from it the models' lexicon is made.

Belongs here: words and pieces with their counts. Does not belong here: what is learned from them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

import numpy as np

from pipeline.normalization import features, lexicon
from pipeline.text.characters import ZWNJ
from training.normalization.corpus import BREAK, FOLDS, JOINED, SPACE, Corpus, Words, folded, hash_strings

SOURCES: Final = Path(__file__).resolve().parents[2] / "seeds" / "models" / "normalization" / "sources"

VERBS: Final = (
    "آمرزید#آمرز پلاسید#پلاس پلکید#پلک پوساند#پوسان پوسید#پوس پوید#پوی پویید#پوی پروراند#پروران تاباند#تابان تابید#تاب "
    "تازاند#تازان تپاند#تپان تراوید#تراو ترشید#ترش چپاند#چپان چراند#چران چرید#چر چشاند#چشان چکاند#چکان چکید#چک چلاند#چلان خروشاند#خروشان "
    "خشکاند#خشکان خمید#خم خیساند#خیسان خیسید#خیس درخشاند#درخشان دمید#دم دوانید#دوان رقصاند#رقصان رنجاند#رنجان رنجید#رنج رهاند#رهان رهید#ره "
    "روفت#روب ساباند#سابان سراند#سران شوراند#شوران شورید#شور غرید#غر غلتاند#غلتان غلتید#غلت فروزاند#فروزان فشاند#فشان کوباند#کوبان کوچاند#کوچان "
    "کوچید#کوچ گرایید#گرا گسلاند#گسلان گنجاند#گنجان لرزاند#لرزان لغزاند#لغزان لمید#لم لولید#لول مکید#مک نکوهید#نکوه نمایاند#نمایان "
    "نوشاند#نوشان وزاند#وزان هراساند#هراسان"
).split()
"""Simple verbs that hazm's list lacks, as past stem # present stem."""


def dictionary_words() -> tuple[dict[str, set[int]], dict[str, int], dict[str, int]]:
    """Return the words of the dictionaries: as written-as-one to cuttings, their frequency bucket (0..7), their bits.

    The words are hazm's, shekar's compounds and the forms of all verbs; frequencies are hazm's. Bits: 1 noun,
    2 adjective, 4 any other part of speech, 8 form of a verb, 16 past stem, 32 present stem, 64 past participle.
    """
    from hazm import Conjugation
    from hazm.utils import verbs_list, words_list

    cuttings: dict[str, set[int]] = defaultdict(set)
    bucket: dict[str, int] = {}
    bits: dict[str, int] = Counter()

    def add(word: str) -> None:
        parts = word.split(ZWNJ)
        glued, mask, at = "".join(parts), 0, 0
        for part in parts[:-1]:
            at += len(part)
            mask |= 1 << (at - 1)
        if 2 <= len(glued) <= features.LONGEST and all(parts):
            cuttings[glued].add(mask)

    words = [(word, frequency, tags) for word, frequency, tags in words_list()]
    for (_, frequency, tags), clean in zip(words, folded([w for w, _, _ in words]), strict=True):
        add(clean)
        if ZWNJ not in clean:
            bucket[clean] = 1 if frequency == 0 else min(7, 2 + len(str(frequency)) // 2)
            bits[clean] |= (
                (1 if "N" in tags else 0) | (2 if "AJ" in tags else 0) | (0 if {"N", "AJ"} & set(tags) else 4)
            )
    for clean in folded((SOURCES / "compounds.txt").read_text(encoding="utf-8").splitlines()):
        add(clean)
    conjugation = Conjugation()
    for verb in [*verbs_list(), *VERBS]:
        past, _, present = verb.partition("#")
        if past:
            bits[past] |= 16
            bits[past + "ه"] |= 64
        if present:
            bits[present] |= 32
        if not past or not present:
            continue
        for form in conjugation.get_all(verb):
            for token in form.split(" "):
                add(token)
                if ZWNJ not in token:
                    bits[token] |= 8
    return cuttings, bucket, bits


_BUCKETS: Final = np.array([0, 1, 2, 4, 10, 40, 200], np.int64)
"""Bucket b of a count is the last whose floor the count reaches; 7 from 1000."""


def buckets(counts: np.ndarray) -> np.ndarray:
    """Return the bucket 0..7 of each count."""
    out = np.searchsorted(_BUCKETS, counts, side="right") - 1
    out[counts >= 1000] = 7
    return out.astype(np.uint8)


class Tables:
    """Counts by fold, from which the lexicon of all folds but one, or of all, is made.

    Args:
        corpus: The text.
        classes: Word classes by word.
    """

    def __init__(self, corpus: Corpus, classes: dict[str, int]) -> None:
        self.text = text = Words(corpus)
        cuttings, frequency, bits = dictionary_words()

        # Words written as one, and their cuttings.
        word_ids = {name: i for i, name in enumerate(text.names)}
        entry_ids: dict[tuple[int, int], int] = {}
        entries = np.array(
            [
                entry_ids.setdefault(entry, len(entry_ids))
                for entry in zip(text.word.tolist(), text.mask.tolist(), strict=True)
            ]
        )
        for name, several in cuttings.items():
            word = word_ids.setdefault(name, len(word_ids))
            for mask in sorted(several):
                entry_ids.setdefault((word, mask), len(entry_ids))
        self.words = list(word_ids)
        by_word = sorted(entry_ids)
        order = np.empty(len(by_word), np.int64)
        order[[entry_ids[entry] for entry in by_word]] = np.arange(len(by_word))
        self.entry_mask = np.array([m for _, m in by_word], np.uint32)
        entry_word = np.array([w for w, _ in by_word], np.int64)
        self.word_starts = np.searchsorted(entry_word, np.arange(len(word_ids) + 1)).astype(np.int32)
        self.entry_counts = np.zeros((FOLDS, len(by_word), features.SOURCES), np.int64)
        np.add.at(self.entry_counts, (text.fold, order[entries], text.source), 1)
        self.entry_listed = np.array([m in cuttings.get(self.words[w], ()) for w, m in by_word], np.int64)

        # Pieces by the place they stand in.
        piece = np.array(corpus.piece, np.int64)
        parting = np.array(corpus.parting, np.int8)
        fold = np.array(corpus.fold, np.int8)
        source = np.array(corpus.source, np.int8)
        place = np.full(piece.size, 2, np.int8)
        place[text.start] = 1
        place[text.end - 1] = 3
        place[text.start[text.end - text.start == 1]] = 0
        for name in [*frequency, *bits, *classes]:
            corpus.id(name)
        self.names = corpus.names
        self.piece_counts = np.zeros((FOLDS, len(corpus.names), 4), np.int64)
        np.add.at(self.piece_counts, (fold, piece, place), 1)
        self.piece_kinds = np.array(
            [(frequency.get(name, 0), bits.get(name, 0), classes.get(name, 0)) for name in corpus.names], np.uint8
        )

        # Pairs that some text joins.
        left, right = piece[:-1], piece[1:]
        code = left * len(corpus.names) + right
        known = np.unique(code[parting[1:] == JOINED])
        linked = parting[1:] != BREAK
        row = np.searchsorted(known, code)
        row[row == known.size] = 0
        hit = linked & (known[row] == code)
        column = source[1:].astype(np.int64) * 2 + (parting[1:] == SPACE)
        self.pair_counts = np.zeros((FOLDS, known.size, 4), np.int64)
        np.add.at(self.pair_counts, (fold[1:][hit], row[hit], column[hit]), 1)
        hashes = hash_strings(corpus.names)
        self.piece_hashes = hashes
        self.pair_names = [
            (corpus.names[k // len(corpus.names)], corpus.names[k % len(corpus.names)]) for k in known.tolist()
        ]
        self.pair_hashes = lexicon._pair_hashes(hashes[known // len(corpus.names)], hashes[known % len(corpus.names)])
        self.word_hashes = hash_strings(self.words)
        self.piece, self.parting, self.fold, self.source = piece, parting, fold, source

    def lexicon(self, without: int | None = None) -> features.Lexicon:
        """Return the lexicon of all folds but `without`."""
        keep = [f for f in range(FOLDS) if f != without]
        piece_counts = self.piece_counts[keep].sum(0)
        pieces = np.concatenate([buckets(piece_counts), self.piece_kinds], axis=1)
        counts = self.entry_counts[keep].sum(0)
        counts[:, 2] = self.entry_listed
        return features.Lexicon(
            *features.build_table(self.piece_hashes), pieces,
            *features.build_table(self.word_hashes), self.word_starts, self.entry_mask, counts.astype(np.int32),
            *features.build_table(self.pair_hashes), self.pair_counts[keep].sum(0).astype(np.int32),
        )  # fmt: skip
