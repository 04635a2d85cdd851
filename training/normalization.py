"""Learn the half-space models and word tables of `pipeline.normalization` and write them as a seed.

``python -m training.normalization --data DATA [--out seeds/models/normalization]``

Learned from: running text of the Persian Dependency Treebank (PerDT), whose half-spaces are edited; news
articles of ISNA, Fars and Varzesh3 that write theirs with care (half-spaces in at least 4 words of 100, few split
suffixes); hazm's word list, verbs and conjugation; shekar's list of compounds (`sources/compounds.txt` beside the
model); verbs that hazm lacks (`VERBS`). What a word's own sentence or article contributes to the counts is left out when
the models learn from it (five folds), so that they learn how far to trust the counts.

Belongs here: reading the training text, counting, learning, writing the model card. Does not belong here: what
a feature is (`pipeline.normalization.features`) and how text is walked over at run time.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tarfile
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numba import njit

from pipeline.normalization import NormalizationSettings, features, lexicon, normalize
from pipeline.text.characters import ARABIC_LETTER_CLASS, ZWNJ

FOLDS: Final = 5
HELD_OUT: Final = 10
"""One ISNA article in so many is held out of training, by the CRC of its name."""
FOLD_ONLY: Final = NormalizationSettings(without=frozenset({"glued", "split"}))

_MARKS: Final = re.compile("[\u0610-\u061a\u064b-\u065f\u0670]")
_TOKEN: Final = re.compile(f"[{ARABIC_LETTER_CLASS}]+|{ZWNJ}| +|[^{ARABIC_LETTER_CLASS}{ZWNJ} ]+")
_LETTERS: Final = re.compile(f"[{ARABIC_LETTER_CLASS}]")
_CARELESS: Final = re.compile(r"(?<!\w)ن?می |\w های? ")

BREAK, SPACE, JOINED = 0, 1, 2


def folded(texts: list[str]) -> list[str]:
    """Return each Persian text with its characters folded, half-spaces as they are."""
    frame = pl.DataFrame({"document_id": [str(i) for i in range(len(texts))], "text": texts})
    frame = frame.with_columns(pl.lit(0, pl.Int32).alias("position"), pl.lit("fa").alias("language"))
    return normalize(frame, settings=FOLD_ONLY).get_column("normalized_text").to_list()


def pieces(text: str) -> Iterator[tuple[str, int]]:
    """Yield each run of letters of a text and what parts it from the one before: BREAK, SPACE or JOINED."""
    parting = BREAK
    open_ = False
    for token in _TOKEN.findall(_MARKS.sub("", text)):
        if token == ZWNJ:
            parting, open_ = (JOINED if open_ else BREAK), False
        elif token[0] == " ":
            parting, open_ = (SPACE if open_ else BREAK), False
        elif _LETTERS.match(token):
            yield token, BREAK if open_ else parting
            parting, open_ = BREAK, True
        else:
            parting, open_ = BREAK, False


def read_perdt(path: Path) -> list[str]:
    """Return the sentences of a PerDT file, folded."""
    return folded(path.read_text(encoding="utf-8").splitlines())


def read_isna(path: Path, *, held_out: bool) -> list[str]:
    """Return ISNA articles that write their half-spaces, folded: the held-out ones, or all others."""
    texts = {}
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and (zlib.crc32(member.name.encode()) % HELD_OUT == 0) == held_out:
                file = archive.extractfile(member)
                if file is not None:
                    texts[member.name] = file.read().decode("utf-8", "replace")
    return [text for text in folded([texts[name] for name in sorted(texts)]) if is_careful(text)]


def read_json_news(paths: list[Path]) -> list[str]:
    """Return the articles of Fars and Varzesh3 files that write their half-spaces, folded."""
    texts = []
    for path in paths:
        with gzip.open(path) as file:
            for article in json.load(file):
                parts = [article.get("title"), article.get("abstract"), *(article.get("paragraphs") or [])]
                texts.append("\n".join(str(part) for part in parts if part))
    return [text for text in folded(texts) if is_careful(text)]


def is_careful(text: str) -> bool:
    """Say whether a text writes its half-spaces."""
    words = text.count(" ") + text.count("\n") + 1
    half_spaces = text.count(ZWNJ)
    return words > 50 and half_spaces > 0.04 * words and len(_CARELESS.findall(text)) <= 0.03 * half_spaces


@dataclass
class Corpus:
    """Pieces of all texts as flat arrays, by ids into `names`."""

    names: list[str] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    piece: list[int] = field(default_factory=list)
    parting: list[int] = field(default_factory=list)
    fold: list[int] = field(default_factory=list)
    source: list[int] = field(default_factory=list)

    def id(self, name: str) -> int:
        """Return the id of a string."""
        number = self.ids.get(name)
        if number is None:
            number = self.ids[name] = len(self.names)
            self.names.append(name)
        return number

    def add(self, texts: Iterable[str], source: int) -> None:
        """Add texts of one source; each text is in one fold."""
        for number, text in enumerate(texts):
            for piece, parting in pieces(text):
                self.piece.append(self.id(piece))
                self.parting.append(parting)
                self.fold.append(number % FOLDS)
                self.source.append(source)


SOURCES: Final = Path(__file__).resolve().parent.parent / "seeds" / "models" / "normalization" / "sources"

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


def hash_strings(names: list[str]) -> np.ndarray:
    """Return the hash of each string, as the models' lexicon has it."""
    return lexicon.hash_strings(pl.Series(names, dtype=pl.String))


_BUCKETS: Final = np.array([0, 1, 2, 4, 10, 40, 200], np.int64)
"""Bucket b of a count is the last whose floor the count reaches; 7 from 1000."""


def buckets(counts: np.ndarray) -> np.ndarray:
    """Return the bucket 0..7 of each count."""
    out = np.searchsorted(_BUCKETS, counts, side="right") - 1
    out[counts >= 1000] = 7
    return out.astype(np.uint8)


class Tables:
    """Counts by fold, from which the lexicon of all folds but one, or of all, is made."""

    def __init__(self, corpus: Corpus) -> None:
        piece = np.array(corpus.piece, np.int64)
        parting = np.array(corpus.parting, np.int8)
        fold = np.array(corpus.fold, np.int8)
        source = np.array(corpus.source, np.int8)
        begins = parting != JOINED
        ends = np.append(begins[1:], True)
        self.word_start = np.flatnonzero(begins)
        self.word_end = np.flatnonzero(ends) + 1
        cuttings, frequency, bits = dictionary_words()

        # Words written as one, and their cuttings.
        glued: list[str] = []
        masks: list[int] = []
        names = corpus.names
        for low, high in zip(self.word_start.tolist(), self.word_end.tolist(), strict=True):
            if high == low + 1:
                glued.append(names[corpus.piece[low]])
                masks.append(0)
                continue
            parts = [names[p] for p in corpus.piece[low:high]]
            at, mask = 0, 0
            for part in parts[:-1]:
                at += len(part)
                mask |= 1 << (at - 1) if at <= features.LONGEST else 0
            glued.append("".join(parts))
            masks.append(mask)
        word_ids: dict[str, int] = {}
        entry_ids: dict[tuple[int, int], int] = {}
        entries = np.empty(len(glued), np.int64)
        self.word = np.empty(len(glued), np.int64)
        for i, (name, mask) in enumerate(zip(glued, masks, strict=True)):
            word = word_ids.setdefault(name, len(word_ids))
            self.word[i] = word
            entries[i] = entry_ids.setdefault((word, mask), len(entry_ids))
        for name, several in cuttings.items():
            word = word_ids.setdefault(name, len(word_ids))
            for mask in sorted(several):
                entry_ids.setdefault((word, mask), len(entry_ids))
        self.words = list(word_ids)
        self.mask = np.array(masks, np.uint32)
        self.word_fold = fold[self.word_start]
        self.word_source = source[self.word_start]
        by_word = sorted(entry_ids, key=lambda e: (e[0], e[1]))
        order = np.empty(len(by_word), np.int64)
        for place, entry in enumerate(by_word):
            order[entry_ids[entry]] = place
        entries = order[entries]
        self.entry_mask = np.array([m for _, m in by_word], np.uint32)
        entry_word = np.array([w for w, _ in by_word], np.int64)
        self.word_starts = np.searchsorted(entry_word, np.arange(len(word_ids) + 1)).astype(np.int32)
        self.entry_counts = np.zeros((FOLDS, len(by_word), features.SOURCES), np.int64)
        np.add.at(self.entry_counts, (self.word_fold, entries, self.word_source), 1)
        self.entry_listed = np.array([m in cuttings.get(self.words[w], ()) for w, m in by_word], np.int64)

        # Pieces by the place they stand in.
        length = self.word_end - self.word_start
        place = np.full(piece.size, 2, np.int8)
        place[self.word_start] = 1
        place[self.word_end - 1] = 3
        place[self.word_start[length == 1]] = 0
        for name in [*frequency, *bits]:
            corpus.id(name)
        self.names = corpus.names
        self.piece_counts = np.zeros((FOLDS, len(corpus.names), 4), np.int64)
        np.add.at(self.piece_counts, (fold, piece, place), 1)
        self.piece_bits = np.array([(frequency.get(name, 0), bits.get(name, 0)) for name in corpus.names], np.uint8)

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
        pieces_ = np.concatenate([buckets(piece_counts), self.piece_bits], axis=1)
        counts = self.entry_counts[keep].sum(0)
        counts[:, 2] = self.entry_listed
        return features.Lexicon(
            *features.build_table(self.piece_hashes), pieces_,
            *features.build_table(self.word_hashes), self.word_starts, self.entry_mask, counts.astype(np.int32),
            *features.build_table(self.pair_hashes), self.pair_counts[keep].sum(0).astype(np.int32),
        )  # fmt: skip


@njit(cache=True)
def _train_words(
    flat: Any,
    starts: Any,
    lengths: Any,
    gold: Any,
    context: Any,
    example_weight: Any,
    order: Any,
    tables: Any,
    weights: Any,
    squares: Any,
    rate: float,
) -> float:
    """One pass of AdaGrad over words: maximise the log-probability of the gold cutting."""
    n_max = features.LONGEST + 1
    piece_out = np.empty((n_max, n_max, features.PIECE_FEATURES), np.int32)
    cut_out = np.empty((n_max, features.CUT_FEATURES), np.int32)
    scores = np.empty((n_max, n_max), np.float64)
    alpha = np.empty(n_max)
    beta = np.empty(n_max)
    loss = 0.0
    for e in order:
        n = lengths[e]
        letters = flat[starts[e] : starts[e] + n]
        features.word_features(letters, n, context[e], tables, piece_out, cut_out)
        features.word_scores(n, weights, piece_out, cut_out, scores)
        alpha[0] = 0.0
        for j in range(1, n + 1):
            top = -1e30
            for i in range(j):
                top = max(top, alpha[i] + scores[i, j])
            total = 0.0
            for i in range(j):
                total += np.exp(alpha[i] + scores[i, j] - top)
            alpha[j] = top + np.log(total)
        beta[n] = 0.0
        for i in range(n - 1, -1, -1):
            top = -1e30
            for j in range(i + 1, n + 1):
                top = max(top, scores[i, j] + beta[j])
            total = 0.0
            for j in range(i + 1, n + 1):
                total += np.exp(scores[i, j] + beta[j] - top)
            beta[i] = top + np.log(total)
        z = alpha[n]
        mask = gold[e]
        gold_score = 0.0
        last = 0
        for j in range(1, n + 1):
            at_cut = j == n or (mask >> np.uint32(j - 1)) & np.uint32(1)
            cut_gradient = 0.0
            if at_cut:
                gold_score += scores[last, j]
            for i in range(j):
                p = np.exp(alpha[i] + scores[i, j] + beta[j] - z)
                is_gold = at_cut and i == last
                g = (1.0 if is_gold else 0.0) - p
                cut_gradient += g
                if abs(g) < 1e-4:
                    continue
                g *= example_weight[e]
                for m in range(features.PIECE_FEATURES):
                    k = piece_out[i, j, m]
                    if k < 0:
                        break
                    squares[k] += g * g
                    weights[k] += rate * g / np.sqrt(squares[k])
            if j < n and abs(cut_gradient) >= 1e-4:
                g = cut_gradient * example_weight[e]
                for m in range(features.CUT_FEATURES):
                    k = cut_out[j, m]
                    if k < 0:
                        break
                    squares[k] += g * g
                    weights[k] += rate * g / np.sqrt(squares[k])
            if at_cut:
                last = j
        loss += example_weight[e] * (z - gold_score)
    return loss


@njit(cache=True)
def _decode_words(
    flat: Any, starts: Any, lengths: Any, context: Any, tables: Any, weights: Any, masks: Any, margins: Any
) -> None:
    n_max = features.LONGEST + 1
    piece_out = np.empty((n_max, n_max, features.PIECE_FEATURES), np.int32)
    cut_out = np.empty((n_max, features.CUT_FEATURES), np.int32)
    scores = np.empty((n_max, n_max), np.float64)
    for e in range(starts.size):
        n = lengths[e]
        features.word_features(flat[starts[e] : starts[e] + n], n, context[e], tables, piece_out, cut_out)
        features.word_scores(n, weights, piece_out, cut_out, scores)
        masks[e], margins[e] = features.best_cutting(n, scores)


@dataclass
class WordExamples:
    """Words to learn from: letters in one array, and for each word its gold cutting and its neighbours."""

    flat: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    gold: np.ndarray
    context: np.ndarray
    weight: np.ndarray


def word_context(tables: Tables, bits: np.ndarray) -> np.ndarray:
    """Return the six numbers of context of every word of the corpus: see `features.word_features`."""
    hashes = tables.word_hashes[tables.word]
    last_two = hash_strings([w[-2:] for w in tables.words])[tables.word]
    linked_before = tables.parting[tables.word_start] == SPACE
    linked_after = np.append(linked_before[1:], False)

    def before(values: np.ndarray) -> np.ndarray:
        return np.where(linked_before, np.append(values[:1], values[:-1]), 0).astype(np.uint64)

    def after(values: np.ndarray) -> np.ndarray:
        return np.where(linked_after, np.append(values[1:], values[:1]), 0).astype(np.uint64)

    word_bits = bits[tables.word]
    return np.stack(
        [before(hashes), after(hashes), before(last_two), after(last_two), before(word_bits), after(word_bits)], axis=1
    )


def word_bits(tables: Tables) -> np.ndarray:
    """Return hazm's bits of every word written as one."""
    ids = {name: i for i, name in enumerate(tables.names)}
    return np.array([tables.piece_bits[ids[w], 1] if w in ids else 0 for w in tables.words], np.uint64)


def examples(tables: Tables, chosen: np.ndarray, context: np.ndarray, weight: np.ndarray) -> WordExamples:
    """Return the chosen words (places in `tables.word`) as examples."""
    names = [tables.words[w] for w in tables.word[chosen]]
    lengths = np.array([len(name) for name in names], np.int64)
    return WordExamples(
        np.frombuffer("".join(names).encode("utf-32-le"), np.uint32),
        np.cumsum(lengths) - lengths, lengths, tables.mask[chosen], np.ascontiguousarray(context[chosen]), weight,
    )  # fmt: skip


NEWS_WEIGHT: Final = 0.05
"""What a word of news counts, which writes half-spaces with less care than the treebank."""
TWO_WAYS_WEIGHT: Final = 0.3
TWO_WAYS_TAKEN: Final = 30
"""What one counts that is cut in two ways, and how many places of it are taken of each fold: حرف‌های and حرفه‌ای are told
apart by their neighbours, whoever wrote them."""


def choose_words(tables: Tables, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the words to learn from, and the weight of each.

    Of the treebank, every ambiguous word is taken, and every other form a few times per fold; of news, every form
    once, and words that are cut in two ways more often.
    """
    lengths = np.array([len(w) for w in tables.words])[tables.word]
    fits = (lengths >= 2) & (lengths <= features.LONGEST)
    totals = tables.entry_counts.sum(0)[:, :2].sum(1)
    ambiguous = np.zeros(len(tables.words), bool)
    two_ways = np.zeros(len(tables.words), bool)
    for word in range(len(tables.words)):
        low, high = tables.word_starts[word], tables.word_starts[word + 1]
        if high - low > 1:
            part = np.sort(totals[low:high])[::-1]
            ambiguous[word] = part[1] >= 2 and part[1] > 0.02 * part[0]
            cut = tables.entry_mask[low:high][(totals[low:high] > 0) & (tables.entry_mask[low:high] > 0)]
            two_ways[word] = cut.size >= 2 and np.bitwise_and.reduce(cut) == 0
    taken: Counter[tuple[int, int, int, int]] = Counter()
    chosen = []
    weight = []
    for i in rng.permutation(np.flatnonzero(fits)).tolist():
        word = int(tables.word[i])
        source = int(tables.word_source[i])
        fold = int(tables.word_fold[i]) if source == 0 or ambiguous[word] else 0
        key = (word, int(tables.mask[i]), fold, source)
        taken[key] += 1
        is_told_apart = two_ways[word] and tables.mask[i] > 0
        if source == 0:
            wanted = ambiguous[word] or taken[key] <= 2
        else:
            wanted = taken[key] <= (TWO_WAYS_TAKEN if is_told_apart else 1)
        if wanted:
            chosen.append(i)
            weight.append(1.0 if source == 0 else TWO_WAYS_WEIGHT if is_told_apart else NEWS_WEIGHT)
    return np.array(chosen), np.array(weight)


class Average:
    """Mean of the weights over the later steps of training, which generalises better than the last step's."""

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights
        self.total = np.zeros(weights.size, np.float64)
        self.taken = 0

    def add(self, epoch: int) -> None:
        """Count the weights as they stand, from the second pass on."""
        if epoch >= 1:
            self.total += self.weights
            self.taken += 1

    def mean(self) -> np.ndarray:
        """Return the mean."""
        return (self.total / max(self.taken, 1)).astype(np.float32)


def train_words(tables: Tables, epochs: int, seed: int, rate: float = 0.3) -> np.ndarray:
    """Return the weights of the word model."""
    rng = np.random.default_rng(seed)
    context = word_context(tables, word_bits(tables))
    chosen, weight = choose_words(tables, rng)
    weights = np.zeros(features.WEIGHTS, np.float32)
    squares = np.full(features.WEIGHTS, 1.0, np.float32)
    parts = []
    for fold in range(FOLDS):
        here = tables.word_fold[chosen] == fold
        parts.append((examples(tables, chosen[here], context, weight[here]), tables.lexicon(without=fold)))
    average = Average(weights)
    for epoch in range(epochs):
        loss = 0.0
        for e, known in parts:
            loss += _train_words(e.flat, e.starts, e.lengths, e.gold, e.context, e.weight, rng.permutation(e.starts.size),
                                 known, weights, squares, rate / (1 + 0.3 * epoch))  # fmt: skip
            average.add(epoch)
        print(f"words, pass {epoch + 1}: loss {loss:.0f} over {chosen.size} words", flush=True)
    return average.mean()


@njit(cache=True)
def _space_features(
    flat: Any, starts: Any, piece: Any, parting: Any, i: int, left: Any, right: Any, tables: Any, out: Any, joint: Any
) -> int:
    """Features of what parts piece i - 1 from piece i of the corpus."""
    a, b = piece[i - 1], piece[i]
    _view(flat, starts[a], starts[a + 1], left)
    _view(flat, starts[b], starts[b + 1], right)
    before = np.uint64(0)
    after = np.uint64(0)
    if i >= 2 and parting[i - 1] != 0:
        before = features.hash_letters(flat, starts[piece[i - 2]], starts[piece[i - 2] + 1])
    if i + 1 < piece.size and parting[i + 1] != 0:
        after = features.hash_letters(flat, starts[piece[i + 1]], starts[piece[i + 1] + 1])
    la = starts[a + 1] - starts[a]
    lb = starts[b + 1] - starts[b]
    joint[:la] = flat[starts[a] : starts[a + 1]]
    joint[la : la + lb] = flat[starts[b] : starts[b + 1]]
    both = features.hash_letters(joint, 0, la + lb)
    return features.space_features(left, right, before, after, both, tables, out)


@njit(cache=True)
def _view(letters: Any, low: int, high: int, out: Any) -> None:
    out[0] = features.hash_letters(letters, low, high)
    out[1] = features.hash_letters(letters, high - 1, high)
    out[2] = features.hash_letters(letters, max(low, high - 2), high)
    out[3] = features.hash_letters(letters, max(low, high - 3), high)
    out[4] = features.hash_letters(letters, low, min(high, low + 2))
    out[5] = features.hash_letters(letters, low, min(high, low + 3))
    out[6] = np.uint64(high - low)


@njit(cache=True)
def _train_spaces(
    flat: Any,
    starts: Any,
    piece: Any,
    parting: Any,
    order: Any,
    tables: Any,
    weights: Any,
    squares: Any,
    rate: float,
) -> float:
    """One pass of AdaGrad over the places between pieces: was there a half-space?"""
    left = np.zeros(7, np.uint64)
    right = np.zeros(7, np.uint64)
    out = np.empty(features.SPACE_FEATURES, np.int32)
    joint = np.empty(1 << 16, np.uint32)
    loss = 0.0
    for i in order:
        m = _space_features(flat, starts, piece, parting, i, left, right, tables, out, joint)
        x = 0.0
        for k in range(m):
            x += weights[out[k]]
        p = 1.0 / (1.0 + np.exp(-x))
        gold = 1.0 if parting[i] == 2 else 0.0
        g = gold - p
        loss -= np.log(max(p if gold else 1.0 - p, 1e-12))
        if abs(g) < 1e-4:
            continue
        for k in range(m):
            squares[out[k]] += g * g
            weights[out[k]] += rate * g / np.sqrt(squares[out[k]])
    return loss


def train_spaces(tables: Tables, epochs: int, seed: int, rate: float = 0.2) -> np.ndarray:
    """Return the weights of the space model, learned from the treebank alone: news writes many half-spaces as spaces."""
    rng = np.random.default_rng(seed)
    lengths = np.array([len(name) for name in tables.names])
    flat = np.frombuffer("".join(tables.names).encode("utf-32-le"), np.uint32)
    starts = np.append(0, np.cumsum(lengths))
    weights = np.zeros(features.WEIGHTS, np.float32)
    squares = np.full(features.WEIGHTS, 1.0, np.float32)
    places = np.flatnonzero((tables.parting != BREAK) & (tables.source == 0))
    parts = [(places[tables.fold[places] == fold], tables.lexicon(without=fold)) for fold in range(FOLDS)]
    average = Average(weights)
    for epoch in range(epochs):
        loss = 0.0
        for part, known in parts:
            loss += _train_spaces(flat, starts, tables.piece, tables.parting, rng.permutation(part),
                                  known, weights, squares, rate / (1 + 0.3 * epoch))  # fmt: skip
            average.add(epoch)
        print(f"spaces, pass {epoch + 1}: loss {loss:.0f} over {places.size} places", flush=True)
    return average.mean()


RUNS: Final = 5
"""The word model is the mean of so many, each trained in another order: what they differ in is chance."""

STAYS_WHOLE: Final = frozenset(
    {"جنابعالی", "بهمن", "بهبود", "میهن", "میزان", "شانگهای", "انتهای", "شینهوا", "ترانسپورت", "سیتیزن"}
)
"""Words that look glued and are not; the first is written both ways, and as one word in news."""

CERTAIN_MARGIN: Final = 5.0
"""Log-odds without context from which a word seen in text needs no model."""


def write(tables: Tables, word_weights: np.ndarray, space_weights: np.ndarray, out: Path) -> None:
    """Write the seed: words, cuttings of all but those that are certain to be whole, pairs, weights."""
    full = tables.lexicon()
    counts = tables.entry_counts.sum(0)[:, :2]
    names = tables.words
    lengths = np.array([len(name) for name in names], np.int64)
    fits = np.flatnonzero((lengths >= 3) & (lengths <= features.LONGEST))
    flat = np.frombuffer("".join(names[i] for i in fits.tolist()).encode("utf-32-le"), np.uint32)
    starts = np.cumsum(lengths[fits]) - lengths[fits]
    masks = np.zeros(fits.size, np.uint32)
    margins = np.zeros(fits.size)
    kept_weights = word_weights.astype(np.float16).astype(np.float32)
    _decode_words(flat, starts, lengths[fits], np.zeros((fits.size, 6), np.uint64), full, kept_weights, masks, margins)
    certain: dict[str, int] = dict.fromkeys(sorted(STAYS_WHOLE), 0)
    for place, word in enumerate(fits.tolist()):
        low, high = tables.word_starts[word], tables.word_starts[word + 1]
        if names[word] in STAYS_WHOLE:
            continue
        seen = counts[low:high].sum(1)
        top = int(seen.argmax())
        if seen.sum() == 0 or seen[top] < 0.98 * seen.sum() or abs(margins[place]) < CERTAIN_MARGIN:
            continue
        decided = int(masks[place]) if margins[place] > 0 else 0
        if decided == int(tables.entry_mask[low + top]):
            certain[names[word]] = decided
    whole = tables.piece_counts.sum(0)
    rows = {
        name: (*b, *x)
        for name, b, x in zip(tables.names, buckets(whole).tolist(), tables.piece_bits.tolist(), strict=True)
    }
    columns = ("whole", "first", "middle", "last", "listed", "bits")
    nothing = (0,) * len(columns)
    all_names = sorted({*rows, *certain})
    words = pl.DataFrame(
        {
            "word": all_names,
            "certain": pl.Series([certain.get(name) for name in all_names], dtype=pl.UInt32),
            "is_piece": [name in rows for name in all_names],
            **{
                c: pl.Series([rows.get(name, nothing)[k] for name in all_names], dtype=pl.UInt8)
                for k, c in enumerate(columns)
            },
        }
    )
    open_words = [
        (names[w], w) for w in range(len(names)) if certain.get(names[w], 1) and 3 <= lengths[w] <= features.LONGEST
    ]
    listing = [
        (name, int(tables.entry_mask[e]), int(counts[e, 0]), int(counts[e, 1]), int(tables.entry_listed[e]))
        for name, w in sorted(open_words)
        for e in range(tables.word_starts[w], tables.word_starts[w + 1])
    ]
    cuttings = pl.DataFrame(
        listing, orient="row",
        schema={"word": pl.String, "mask": pl.UInt32, "treebank": pl.Int32, "news": pl.Int32, "dictionary": pl.Int32},
    )  # fmt: skip
    pair_counts = tables.pair_counts.sum(0).tolist()
    pairs = pl.DataFrame(
        [(*n, *c) for n, c in sorted(zip(tables.pair_names, pair_counts, strict=True))], orient="row",
        schema={"left": pl.String, "right": pl.String, "treebank_joined": pl.Int32, "treebank_apart": pl.Int32,
                "news_joined": pl.Int32, "news_apart": pl.Int32},
    )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in (("words", words), ("cuttings", cuttings), ("pairs", pairs)):
        frame.write_parquet(out / f"{name}.parquet", compression="zstd", compression_level=19, statistics=False)
    arrays = {}
    for name, weights in (("word", word_weights), ("space", space_weights)):
        places = np.flatnonzero(np.abs(weights) >= 0.01)
        arrays[f"{name}_places"] = np.diff(places, prepend=0).astype(np.int32)
        arrays[f"{name}_values"] = weights[places].astype(np.float16)
    np.savez_compressed(out / "weights.npz", **arrays)
    print(f"{len(certain)} certain words, {cuttings.height} cuttings of open words, {pairs.height} pairs")


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the development data")
    parser.add_argument("--out", type=Path, default=Path("seeds/models/normalization"))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    begun = time.monotonic()
    corpus = Corpus()
    corpus.add(read_perdt(arguments.data / "zwnj" / "perdt-train.txt"), 0)
    news = arguments.data / "news"
    corpus.add(read_isna(news / "fa-isna.tar.gz", held_out=False), 1)
    # The first file of Fars is held out.
    corpus.add(
        read_json_news([*sorted(news.glob("fa-fars-news-[2-9].json.gz")), *sorted(news.glob("fa-varzesh3-*.json.gz"))]),
        1,
    )
    tables = Tables(corpus)
    print(f"{len(corpus.piece)} pieces, {len(tables.words)} words, {time.monotonic() - begun:.0f} s", flush=True)
    runs = [train_words(tables, 5, arguments.seed + run) for run in range(RUNS)]
    word_weights = (sum(runs[1:], runs[0]) / RUNS).astype(np.float32)
    space_weights = train_spaces(tables, 3, arguments.seed)
    write(tables, word_weights, space_weights, arguments.out)
    print(f"{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
