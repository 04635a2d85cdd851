"""Growing the trees that look again at words in doubt, on sentences that the word model has not seen.

The treebank is parted into ten; each part is held back once, everything is counted and learned anew from the rest, and the
part's words are decided. What the trees learn from is thus as uncertain as new text is.

Belongs here: holding back, growing. Does not belong here: what the trees see (`pipeline.normalization.doubts`).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from sklearn.ensemble import ExtraTreesClassifier

from pipeline.normalization import doubts, features
from training.normalization import neighbours
from training.normalization.corpus import Corpus, Words
from training.normalization.tables import Tables
from training.normalization.words import decode_words, examples, train_words, word_context

PARTS: Final = 10
TREES: Final = 100
LEAF: Final = 5
"""Words that a leaf holds at least."""
TRIED: Final = 0.4
"""Share of the columns that a split is chosen from."""


@dataclass
class Decided:
    """Words of held-back text and what was decided of them.

    Attributes:
        gold: Per word its cutting.
        mask: The best cutting with a cut.
        margin: By how much the word model prefers it to no cut.
        columns: What the trees see of the words in doubt, by row of `in_doubt`.
        in_doubt: Words in doubt.
        unreachable: Half-spaces of words that are too short or too long for the model.
    """

    gold: np.ndarray
    mask: np.ndarray
    margin: np.ndarray
    columns: np.ndarray
    in_doubt: np.ndarray
    unreachable: int

    def errors(self, forest: doubts.Forest | None = None) -> tuple[int, int]:
        """Half-spaces missed and wrongly given, with the trees' second look or without it."""
        margin = self.margin.copy()
        if forest is not None:
            margin[self.in_doubt] = [doubts.odds(forest, row) for row in self.columns]
        decided = np.where(margin > 0, self.mask, 0).astype(np.uint32)
        missed, added = (
            sum(int(x).bit_count() for x in wrong.tolist()) for wrong in (self.gold & ~decided, decided & ~self.gold)
        )
        return missed + self.unreachable, added


def parts(sentences: int) -> list[list[int]]:
    """Return the sentences' numbers, parted by chance, always the same way."""
    order = list(range(sentences))
    random.Random(7).shuffle(order)
    size = sentences // PARTS
    return [sorted(order[size * k : size * (k + 1) if k < PARTS - 1 else sentences]) for k in range(PARTS)]


@njit(cache=True)
def _views(flat: Any, starts: Any, lengths: Any, masks: Any, margins: Any, known: Any) -> Any:
    out = np.empty((starts.size, doubts.COLUMNS), np.float32)
    for e in range(starts.size):
        letters = flat[starts[e] : starts[e] + lengths[e]]
        doubts.word_view(letters, lengths[e], masks[e], margins[e], known, out[e])
    return out


def decide(
    sentences: Iterable[str], known: features.Lexicon, word_weights: np.ndarray, neighbour_weights: np.ndarray
) -> Decided:
    """Decide every word of sentences, as if they had lost their half-spaces."""
    corpus = Corpus()
    corpus.add(sentences, 0)
    text = Words(corpus)
    context = word_context(text, known)
    neighbours.fill(context, text, known, neighbour_weights)
    lengths = np.array([len(name) for name in text.names])[text.word]
    fits = (lengths >= 3) & (lengths <= features.LONGEST)
    e = examples(text, np.flatnonzero(fits), context, np.ones(int(fits.sum())))
    masks = np.zeros(e.starts.size, np.uint32)
    margins = np.zeros(e.starts.size)
    weights = word_weights.astype(np.float16).astype(np.float32)
    decode_words(e.flat, e.starts, e.lengths, e.context, known, weights, masks, margins)
    d = np.flatnonzero(np.abs(margins) < doubts.DOUBT)
    alone = np.zeros(d.size, np.uint32)
    margins_alone = np.zeros(d.size)
    nothing = np.zeros((d.size, e.context.shape[1]), np.uint64)
    decode_words(e.flat, e.starts[d], e.lengths[d], nothing, known, weights, alone, margins_alone)
    shown = np.where(alone == masks[d], margins_alone, margins[d])
    columns = _views(e.flat, e.starts[d], e.lengths[d], masks[d], shown, known)
    unreachable = sum(int(m).bit_count() for m in text.mask[~fits].tolist())
    return Decided(e.gold, masks, margins, columns, d, unreachable)


def held_back(treebank: list[str], news: list[str], classes: dict[str, int], seed: int) -> list[Decided]:
    """Return each part of the treebank as decided by what was learned from the others and from news."""
    found = []
    for number, part in enumerate(parts(len(treebank))):
        apart = set(part)
        corpus = Corpus()
        corpus.add([sentence for i, sentence in enumerate(treebank) if i not in apart], 0)
        corpus.add(news, 1)
        tables = Tables(corpus, classes)
        weights = train_words(tables, 5, seed), neighbours.train_neighbours(tables, seed)
        found.append(decide([treebank[i] for i in part], tables.lexicon(), *weights))
        print(f"part {number + 1} of {PARTS}: {sum(found[-1].errors())} errors", flush=True)
    return found


def grow(decided: Iterable[Decided], seed: int) -> doubts.Forest:
    """Grow the trees: of the words in doubt, which were cut (at one of the places where the model would cut them)?"""
    kept = list(decided)
    columns = np.concatenate([d.columns for d in kept])
    cut = np.concatenate([(d.gold & d.mask)[d.in_doubt] != 0 for d in kept])
    trees = ExtraTreesClassifier(TREES, min_samples_leaf=LEAF, max_features=TRIED, random_state=seed).fit(columns, cut)
    roots, asked, thresholds, children, shares = [], [], [], [], []
    for tree in (estimator.tree_ for estimator in trees.estimators_):
        roots.append(len(asked))
        # Nodes in the order in which the two children of one stand side by side.
        order = [0]
        for node in order:
            if tree.children_left[node] >= 0:
                order += [tree.children_left[node], tree.children_right[node]]
        place = {node: roots[-1] + i for i, node in enumerate(order)}
        for node in order:
            inner = tree.children_left[node] >= 0
            asked.append(tree.feature[node] if inner else -1)
            thresholds.append(tree.threshold[node] if inner else 0.0)
            children.append(place[tree.children_left[node]] if inner else 0)
            counts = tree.value[node][0]
            shares.append(counts[1] / counts.sum())
    return doubts.Forest(
        np.array(roots, np.int32), np.array(asked, np.int8), np.array(thresholds, np.float32),
        np.array(children, np.int32), np.array(shares, np.float32),
    )  # fmt: skip
