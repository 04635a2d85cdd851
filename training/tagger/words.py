"""What is learned about words from raw text and lists: counts, trusted names, vectors, clusters, phrases.

Belongs here: everything a model knows before it has seen a label.
Does not belong here: labels and weights (`linear`, `recurrent`).

Word vectors: skip-gram with negative sampling (Mikolov et al., 2013), with outputs of their own for words to
the left and to the right (Ling et al., 2015).
"""

# Inside of numba only the legacy generator can be seeded once and drawn from in a loop.

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.entities.tagger import kernels
from pipeline.entities.tagger.model import Model
from pipeline.entities.tagger.tokens import Tokens, character_tables, table_size, tokenize

COUNTRY, CITY, TOWN, PERSON, GIVEN, NAME = range(6)
DIMENSIONS = 96
SEED = 1
CLUSTERS = (128, 512, 32, 2000)
"""Sizes; the first two also serve in pairs of neighbours (`kernels.context_features`)."""


def _arabic_script(text: str) -> bool:
    return any("\u0600" <= char <= "\u06ff" for char in text)


def listed_names(gazetteers: Path) -> Iterator[tuple[int, str]]:
    """Yield ``(type, name)`` of every list in the data folder's `gazetteers`, in Arabic script."""
    with gzip.open(gazetteers / "dr5hn-cities.csv.gz", "rt", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            kind = CITY if float(row["population"] or 0) > 100_000 else TOWN
            for name in (row["name_fa"], row["name_ar"], row["native"]):
                if name and _arabic_script(name):
                    yield kind, name
    with gzip.open(gazetteers / "dr5hn-states.csv.gz", "rt", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if _arabic_script(row["native"]):
                yield CITY, row["native"]
    for record in json.loads((gazetteers / "dr5hn-countries.json").read_text("utf-8")):
        for language in ("fa", "ar"):
            if record["translations"].get(language):
                yield COUNTRY, record["translations"][language]
    for record in json.loads((gazetteers / "mledoze-countries.json").read_text("utf-8")):
        for language in ("per", "ara"):
            for name in record["translations"].get(language, {}).values():
                yield COUNTRY, name
    for line in (gazetteers / "rigour-territories.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        for name in (*record["names_strong"], *record["names_weak"]):
            if _arabic_script(name):
                yield COUNTRY, name
    with (gazetteers / "everypolitician.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            for name in (row["name_fa"], row["name_ar"]):
                if name:
                    yield PERSON, name
                    for word in name.replace("\u200c", " ").split():
                        if len(word) > 2:
                            yield NAME, word
    for name in json.loads((gazetteers / "persian-names.json").read_text("utf-8")):
        yield GIVEN, name
    for line in (gazetteers / "wd-arabic-80.tsv").read_text("utf-8").splitlines():
        word = line.split("\t")[1].replace(" ", "")
        if len(word) > 2:
            yield NAME, word


def word_hashes(tokens: Tokens) -> NDArray[np.uint64]:
    """Return the hash of each whole word, its clitic included."""
    out = np.empty(len(tokens), np.uint64)
    _word_hashes(tokens.codes, tokens.start, tokens.end, tokens.kind, character_tables()[1], out)
    return out


@njit(cache=True)
def _word_hashes(codes, starts, ends, kinds, folds, out):  # type: ignore[no-untyped-def]
    buffer = np.zeros(64, np.uint16)
    for t in range(len(starts)):
        m = kernels.fold(codes, starts[t], ends[t], folds, buffer)
        if kinds[t] == kernels.DIGIT:
            for j in range(m):
                buffer[j] = 48
            m = min(m, 5)
        out[t] = kernels.hash_word(buffer, 0, m)


CLITICS = "وفبلک"


def _remains(word: str) -> list[str]:
    """Return what may remain of a folded word without its clitics."""
    out = []
    for cut in (1, 2):
        if len(word) - cut < 3 or word[cut - 1] not in CLITICS or (cut == 2 and word[0] not in "وف"):
            break
        out.append(word[cut:])
        if word[cut - 1 : cut + 1] == "لل":
            out.append("ا" + word[cut:])
    return out


def trusted_names(gazetteers: Path, gold: Iterable[str]) -> set[str]:
    """Return folded words that are names as they stand: their first letter is no clitic.

    Args:
        gazetteers: The folder of lists.
        gold: First words of names in the training sets; one that is a clitic and a name is left out.
    """
    folds = character_tables()[1]

    def fold(word: str) -> str:
        return "".join(chr(code) for code in folds[[min(ord(char), 65535) for char in word]] if code)

    listed = {
        fold(word)
        for kind, name in listed_names(gazetteers)
        for words in [name.replace("\u200c", " ").split()]
        if kind == PERSON or (len(words) == 1 and kind != TOWN)
        for word in words
        if len(word) > 3
    }
    firsts = {fold(word) for word in gold}
    return listed | {
        word
        for word in firsts
        if len(word) > 3 and not any(rest in listed or rest in firsts for rest in _remains(word))
    }


def vocabulary(tokens: Tokens, trusted: set[str]) -> dict[str, NDArray[Any]]:
    """Return `word_key` and `word_count` of the words seen twice or trusted; a trusted word's count is negative."""
    keys, counts = np.unique(word_hashes(tokens), return_counts=True)
    keep = counts > 1
    keys, counts = keys[keep], counts[keep].astype(np.float32)
    names = np.array(
        sorted(int(kernels.hash_word(np.array([ord(c) for c in word], np.uint16), 0, len(word))) for word in trusted),
        np.uint64,
    )
    new = np.setdiff1d(names, keys)
    keys, counts = np.concatenate([keys, new]), np.concatenate([counts, np.zeros(len(new), np.float32)])
    order = np.argsort(keys)
    keys, counts = keys[order], counts[order]
    counts[np.isin(keys, names)] = -counts[np.isin(keys, names)] - 1
    return {"word_key": keys, "word_count": counts}


def phrases(gazetteers: Path, model: Model) -> dict[str, NDArray[Any]]:
    """Return `phrase_key` and `phrase_bits`: every listed name as a path of word hashes."""
    names = sorted(set(listed_names(gazetteers)))
    tokens = tokenize([name for _, name in names])
    words = model.read(tokens, clitics=False)
    heads = words.features[words.type, 0]
    edges = np.searchsorted(tokens.segment, np.arange(len(names) + 1))
    bits: dict[int, int] = {}
    for (kind, _), first, last in zip(names, edges[:-1], edges[1:], strict=True):
        if not 0 < last - first <= 8:
            continue
        at = np.uint64(0)
        for t in range(first, last):
            at = np.uint64(kernels.mix(at, heads[t]))
            bits[int(at)] = bits.get(int(at), 0) | (1 << (kind + 1) if t == last - 1 else 1)
    return {
        "phrase_key": np.array(list(bits), np.uint64),
        "phrase_bits": np.array(list(bits.values()), np.uint8),
    }


@njit(cache=True, fastmath=True)
def _skip_gram(words, segments, kept, table, vectors, outputs, epochs, window, negatives, rate, seed):  # type: ignore[no-untyped-def]
    np.random.seed(seed)
    n, size = len(words), vectors.shape[1]
    line = np.empty(1000, np.int32)
    step = np.zeros(size, np.float32)
    done = 0
    for _ in range(epochs):
        i = 0
        while i < n:
            m = 0
            segment = segments[i]
            while i < n and segments[i] == segment and m < 1000:
                word = words[i]
                if word >= 0 and np.random.random() < kept[word]:
                    line[m] = word
                    m += 1
                i += 1
                done += 1
            now = np.float32(rate * max(1e-3, 1 - done / (n * epochs)))
            for a in range(m):
                word = line[a]
                reach = np.random.randint(1, window + 1)
                for x in range(max(0, a - reach), min(m, a + reach + 1)):
                    if x == a:
                        continue
                    side = 0 if x < a else 1
                    step[:] = 0
                    for k in range(negatives + 1):
                        target = line[x] if k == 0 else table[np.random.randint(len(table))]
                        if k and target == line[x]:
                            continue
                        out = outputs[side, target]
                        dot = np.float32(0)
                        for d in range(size):
                            dot += vectors[word, d] * out[d]
                        guess = np.float32(1) / (np.float32(1) + np.exp(-min(max(dot, np.float32(-8)), np.float32(8))))
                        g = now * (np.float32(1 if k == 0 else 0) - guess)
                        for d in range(size):
                            step[d] += g * out[d]
                            out[d] += g * vectors[word, d]
                    for d in range(size):
                        vectors[word, d] += step[d]


def vectors(tokens: Tokens, model: Model, epochs: int) -> dict[str, NDArray[Any]]:
    """Return `network_word_key` and `vectors` of words seen three times or more, clitics apart."""
    words = model.read(tokens)
    heads = words.features[words.type, 0]
    keys, index, counts = np.unique(heads, return_inverse=True, return_counts=True)
    order = np.flatnonzero(counts >= 3)
    order = order[np.argsort(-counts[order], kind="stable")]
    place = np.full(len(keys), -1, np.int32)
    place[order] = np.arange(len(order))
    count = counts[order].astype(np.float64)
    share = count**0.75 / (count**0.75).sum()
    table = np.repeat(np.arange(len(order)), np.maximum(1, (share * 5_000_000).astype(int))).astype(np.int32)
    bound = 3e-4 * count.sum() / count
    kept = np.minimum(1, np.sqrt(bound) + bound).astype(np.float32)
    rng = np.random.default_rng(SEED)
    size = (len(order), DIMENSIONS)
    out = ((rng.random(size) - 0.5) / DIMENSIONS).astype(np.float32)
    _skip_gram(
        place[index], tokens.segment.astype(np.int32), kept, table, out, np.zeros((2, *size), np.float32),
        epochs, 5, 5, 0.05, SEED,
    )  # fmt: skip
    return {"network_word_key": keys[order], "vectors": out}


def clusters(model_words: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return `word_columns`: for each word of the vocabulary its cluster at each size, 0 for none."""
    from sklearn.cluster import MiniBatchKMeans

    rows = model_words["vectors"]
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found = [
        MiniBatchKMeans(min(size, len(rows)), random_state=0, n_init=3, batch_size=4096, max_iter=60).fit_predict(rows)
        + 1
        for size in CLUSTERS
    ]
    table = kernels.build_table(model_words["network_word_key"], table_size(len(rows)))
    heads = np.array([kernels.mix(key, 2) for key in model_words["word_key"]], np.uint64)
    places = np.zeros(len(heads), np.int64)
    kernels.look_up(heads, *table, places)
    columns = np.concatenate([np.zeros((1, len(CLUSTERS)), np.uint16), np.stack(found, 1).astype(np.uint16)])
    return {"word_columns": columns[places]}
