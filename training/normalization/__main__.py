"""Learn the half-space models and word tables of `pipeline.normalization` and write them as a seed.

``python -m training.normalization --data DATA [--out seeds/models/normalization]`` (some five minutes on one core)

Learned from: running text of the Persian Dependency Treebank (PerDT), whose half-spaces are edited; news
articles of ISNA, Fars and Varzesh3 that write theirs with care (half-spaces in at least 4 words of 100, few split
suffixes); hazm's word list, verbs and conjugation; shekar's list of compounds (`sources/compounds.txt` beside the
model); verbs that hazm lacks (`VERBS`). What a word's own sentence or article contributes to the counts is left out when
the models learn from it (five folds), so that they learn how far to trust the counts.

``--measure 0 1 2`` writes nothing: it holds the named tenths of the treebank back, one after the other, does all of the
above with the rest, and prints the F1 over gaps on what was held back, without the trees and with them (five minutes each).

Belongs here: the steps in order, writing the files. Does not belong here: the steps themselves.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from pipeline.normalization import doubts, features
from training.normalization.corpus import Corpus, Words, read_isna, read_json_news, read_perdt
from training.normalization.doubts import decide, grow, held_back, parts
from training.normalization.neighbours import train_neighbours, word_classes
from training.normalization.spaces import train_spaces
from training.normalization.tables import Tables, buckets
from training.normalization.words import decode_words, train_words

RUNS: Final = 5
"""The word model is the mean of so many, each trained in another order: what they differ in is chance."""

STAYS_WHOLE: Final = frozenset(
    {"جنابعالی", "بهمن", "بهبود", "میهن", "میزان", "شانگهای", "انتهای", "شینهوا", "ترانسپورت", "سیتیزن"}
)
"""Words that look glued and are not; the first is written both ways, and as one word in news."""

CERTAIN_MARGIN: Final = 5.0
"""Log-odds without context from which a word seen in text needs no model."""


@dataclass
class Learned:
    """What is learned about words: tables and weights (`pipeline.normalization.lexicon.Model`)."""

    tables: Tables
    word_weights: np.ndarray
    neighbour_weights: np.ndarray
    forest: doubts.Forest


def learn(treebank: list[str], news: list[str], seed: int) -> Learned:
    """Learn all but the space model."""
    corpus = Corpus()
    corpus.add(treebank, 0)
    corpus.add(news, 1)
    classes = word_classes(Words(corpus))
    forest = grow(held_back(treebank, news, classes, seed), seed)
    tables = Tables(corpus, classes)
    print(f"{len(corpus.piece)} pieces, {len(tables.words)} words", flush=True)
    runs = [train_words(tables, 5, seed + run) for run in range(RUNS)]
    word_weights = (sum(runs[1:], runs[0]) / RUNS).astype(np.float32)
    return Learned(tables, word_weights, train_neighbours(tables, seed), forest)


def measure(treebank: list[str], news: list[str], tenths: list[int], seed: int) -> None:
    """Print the errors on each named tenth of the treebank, of which nothing that decides knows anything."""
    for tenth in tenths:
        apart = set(parts(len(treebank))[tenth])
        learned = learn([sentence for i, sentence in enumerate(treebank) if i not in apart], news, seed)
        sentences = [treebank[i] for i in sorted(apart)]
        decided = decide(sentences, learned.tables.lexicon(), learned.word_weights, learned.neighbour_weights)
        gold = sum(int(x).bit_count() for x in decided.gold.tolist()) + decided.unreachable
        for name, forest in (("without trees", None), ("with trees", learned.forest)):
            missed, added = decided.errors(forest)
            share = 1 - (missed + added) / (2 * gold + added - missed)
            print(f"tenth {tenth}, {name}: {missed} missed, {added} added of {gold}, F1 {share:.4f}", flush=True)


def write(learned: Learned, space_weights: np.ndarray, out: Path) -> None:
    """Write the seed: words, cuttings of all but those that are certain to be whole, pairs, weights, trees."""
    tables, word_weights = learned.tables, learned.word_weights
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
    decode_words(flat, starts, lengths[fits], np.zeros((fits.size, 7), np.uint64), full, kept_weights, masks, margins)
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
        for name, b, x in zip(tables.names, buckets(whole).tolist(), tables.piece_kinds.tolist(), strict=True)
    }
    columns = ("whole", "first", "middle", "last", "listed", "bits", "class")
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
    for name, weights in (("word", word_weights), ("neighbour", learned.neighbour_weights), ("space", space_weights)):
        places = np.flatnonzero(np.abs(weights) >= 0.01)
        arrays[f"{name}_places"] = np.diff(places, prepend=0).astype(np.int32)
        arrays[f"{name}_values"] = weights[places].astype(np.float16)
    np.savez_compressed(out / "weights.npz", **arrays)
    trees = learned.forest._asdict() | {"shares": learned.forest.shares.astype(np.float16)}
    np.savez_compressed(out / "doubts.npz", **trees)
    print(f"{len(certain)} certain words, {cuttings.height} cuttings of open words, {pairs.height} pairs")


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the development data")
    parser.add_argument("--out", type=Path, default=Path("seeds/models/normalization"))
    parser.add_argument("--measure", type=int, nargs="+", metavar="TENTH", help="hold these back and print the errors")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    begun = time.monotonic()
    treebank = read_perdt(arguments.data / "zwnj" / "perdt-train.txt")
    folder = arguments.data / "news"
    # The first file of Fars is held out.
    files = [*sorted(folder.glob("fa-fars-news-[2-9].json.gz")), *sorted(folder.glob("fa-varzesh3-*.json.gz"))]
    news = read_isna(folder / "fa-isna.tar.gz", held_out=False) + read_json_news(files)
    if arguments.measure:
        measure(treebank, news, arguments.measure, arguments.seed)
        return
    learned = learn(treebank, news, arguments.seed)
    write(learned, train_spaces(learned.tables, 3, arguments.seed), arguments.out)
    print(f"{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
