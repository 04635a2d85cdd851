"""The tagger beside python-crfsuite: quality and speed, in one run.

``uv run --group training python -m benchmarks.tagger [--peer]``. Quality: span F1 (exact boundaries and label) on
what no model was trained on. Speed: tokens a second of our face, text to spans, beside python-crfsuite's own
`Tagger.tag` loop on the same features of the linear model, features already made (to its advantage). With
`--peer` a plain CRF (word, affixes, shape, neighbours, gazetteer flags) is trained and measured too.

Belongs here: the comparison. Does not belong here: training our models (`training.tagger`), pinned figures
(`tests/entities/tagger`).
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import itertools

import numpy as np
import pycrfsuite

from pipeline.entities.tagger import kernels, predict
from pipeline.entities.tagger.model import LABELS, TAGS, Model, Words, best_tags, load
from pipeline.entities.tagger.tokens import Tokens, tokenize
from tests.entities.tagger.scoring import MAIN, data, frame, score, spans_of_frame


def crfsuite_items(model: Model, tokens: Tokens, words: Words) -> list[list[list[str]]]:
    """Return the linear model's features as python-crfsuite takes them: strings by token by sentence."""
    width = int((2 * model.reach.astype(int) + 1).sum()) + kernels.CONTEXT_FEATURES
    features = np.zeros((len(tokens), width), np.uint64)
    kernels.all_features(words.type, tokens.sentence, words.features, model.reach, words.marks, features)
    rows = [[f"{value:x}" for value in row[row != 0].tolist()] for row in features]
    edges = np.flatnonzero(np.diff(tokens.sentence, prepend=-1, append=-1))
    return [rows[a:b] for a, b in itertools.pairwise(edges)]


def train_crfsuite(items: list[list[list[str]]], tags: list[list[str]], path: Path, iterations: int) -> None:
    """Train a python-crfsuite model."""
    trainer = pycrfsuite.Trainer(verbose=False)
    for x, y in zip(items, tags, strict=True):
        trainer.append(x, y)
    trainer.set_params({"c1": 0.1, "c2": 0.01, "max_iterations": iterations, "feature.possible_transitions": False})
    trainer.train(str(path))


def speed(language: str, folder: Path) -> None:
    """Print tokens a second of CPU time of our face and of python-crfsuite's loop."""
    marked = data(language)[1][MAIN[language]]
    texts = marked.texts * 8
    model = load(language)
    tokens = tokenize(marked.texts)
    words = model.read(tokens)
    items = crfsuite_items(model, tokens, words)
    edges = np.flatnonzero(np.diff(tokens.sentence, prepend=-1, append=-1))
    best = best_tags(model.scores(tokens, words, np.zeros(len(marked.texts), np.int64)), tokens, model.transitions)
    tags = [[TAGS[tag] for tag in best[a:b]] for a, b in itertools.pairwise(edges)]
    path = folder / f"{language}.crfsuite"
    train_crfsuite(items[:200], tags[:200], path, 10)
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    segments = frame(texts, language)
    predict(segments)
    ours, theirs = [], []
    for _ in range(5):
        started = time.process_time()
        predict(segments)
        ours.append(8 * len(tokens) / (time.process_time() - started))
        started = time.process_time()
        for sentence in items:
            tagger.tag(sentence)
        theirs.append(len(tokens) / (time.process_time() - started))
    a, b = float(np.median(ours)), float(np.median(theirs))
    print(
        f"{language} speed, one core, by CPU time: ours {a:,.0f} tokens/s, python-crfsuite's loop {b:,.0f}: {a / b:.1f} times"
    )


def plain_items(texts: list[str], model: Model) -> tuple[Tokens, Words, list[list[list[str]]]]:
    """Return a plain tagger's features: word, affixes, shape, neighbours and gazetteer flags."""
    tokens = tokenize(texts)
    read = model.read(tokens, clitics=False)
    joined = [
        "".join(map(chr, tokens.codes[a:b])) for a, b in zip(tokens.start.tolist(), tokens.end.tolist(), strict=True)
    ]
    edges = np.flatnonzero(np.diff(tokens.sentence, prepend=-1, append=-1))
    out = []
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        sentence = []
        for t in range(a, b):
            word = joined[t]
            own = [f"w={word}", f"kind={tokens.kind[t]}", f"gazetteer={read.marks[t]}"]
            own += [f"p{k}={word[:k]}" for k in (1, 2, 3)] + [f"s{k}={word[-k:]}" for k in (1, 2, 3)]
            for d in (-2, -1, 1, 2):
                own.append(f"w{d}={joined[t + d]}" if a <= t + d < b else f"w{d}=")
                if a <= t + d < b:
                    own.append(f"g{d}={read.marks[t + d]}")
            sentence.append(own)
        out.append(sentence)
    return tokens, read, out


def peer(language: str, folder: Path) -> None:
    """Train and measure the plain CRF on the same text and gazetteer lists."""
    from training.tagger.__main__ import part

    train, dev = data(language)
    model = load(language)
    own = part(model, train[MAIN[language]])
    _, _, items = plain_items(train[MAIN[language]].texts, model)
    tags = [[TAGS[tag] for tag in own.tags[a:b]] for a, b in zip(own.edges[:-1], own.edges[1:], strict=True)]
    path = folder / f"{language}.plain"
    train_crfsuite(items, tags, path, 60)
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    tokens, read, items = plain_items(dev[MAIN[language]].texts, model)
    best = np.array([TAGS.index(tag) for sentence in items for tag in tagger.tag(sentence)], np.uint8)
    found = corpora_spans(tokens, read, best, len(dev[MAIN[language]].texts))
    print(f"{language} plain CRF on {MAIN[language]}: {score(dev[MAIN[language]], found)}")


def corpora_spans(tokens: Tokens, read: Words, best: np.ndarray, count: int) -> list[set[tuple[int, int, str]]]:
    """Return the spans that tags hold, by segment."""
    out: list[set[tuple[int, int, str]]] = [set() for _ in range(count)]
    ones = np.ones((len(best), len(TAGS)), np.float32)
    for first, last, label, _ in zip(*kernels.spans(best, tokens.sentence, ones), strict=True):
        segment = int(tokens.segment[first])
        base = tokens.offsets[segment]
        out[segment].add(
            (int(tokens.start[first] + read.skipped[first] - base), int(tokens.end[last] - base), LABELS[label])
        )
    return out


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", action="store_true", help="also train and measure a plain CRF (minutes)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for language in ("fa", "ar"):
            for measured, marked in data(language)[1].items():
                print(
                    f"{language} {measured}: {score(marked, spans_of_frame(predict(frame(marked.texts, language)), len(marked.texts)))}"
                )
            if given.peer:
                peer(language, Path(name))
            speed(language, Path(name))


if __name__ == "__main__":
    main()
