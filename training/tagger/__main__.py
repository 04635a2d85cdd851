"""Train the tagger: ``python -m training.tagger fa`` and ``... ar`` write `seeds/models/tagger/<language>.npz`.

Needs PyTorch, which the project does not lock: ``uv run --group training --with torch==2.13.0 python -m
training.tagger fa``. Data is found as in the tests (`KHABAR_DEVELOPMENT_DATA`). Each step leaves its result in
the work folder and is not done again while that stands; one core takes about an hour and a half per language.

1. `words`: counts, names known as such, word vectors, clusters, gazetteer phrases.
2. `linear`: the first pass; for the main set also cross-validated in five parts, so that the evidence that the
   network learns from is as good as it will be on new text.
3. `teacher`: the network on the marked sets.
4. `silver`: raw news, labelled by the teacher and the linear model together.
5. `student`: the teacher trained further on marked sets and silver together.
6. `model`: the file, and its figures on what was held back.

``--share 0.02`` does all of it on a fiftieth of the sentences and the news, in a few minutes: to see that every step
runs on what the one before it left, not for a model to use. It needs a work folder and an output folder of its own.
"""

from __future__ import annotations

import argparse
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.entities.tagger.model import (
    LABELS,
    TAGS,
    Model,
    Words,
    best_tags,
    document_evidence,
    marginals,
)
from pipeline.entities.tagger.tokens import Tokens, tokenize
from pipeline.seeds import SEEDS
from training.tagger import corpora, linear, recurrent, words

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("KHABAR_DEVELOPMENT_DATA", ROOT.parent / "shared" / "data"))
MAIN = {"fa": "peyma", "ar": "anercorp"}

SETS = {
    "fa": {"peyma": (0, 1.0, 1.0), "glued": (0, 0.7, 0.25), "parstwiner": (1, 0.5, 0.25)},
    "ar": {"anercorp": (0, 1.0, 1.0), "wojood": (1, 0.7, 0.7), "aqmar": (2, 0.4, 0.5)},
}
"""For each set the network's output layer, its weight in the loss and the share of it in an epoch."""

VECTOR_EPOCHS = {"fa": 8, "ar": 6}
TEACHER_EPOCHS = {"fa": 10, "ar": 12}
STUDENT_EPOCHS = {"fa": 4, "ar": 3}
SILVER_TOKENS = 1_000_000
SILVER_SHARE = {"fa": 0.3, "ar": 0.4}
MIXTURE = {"fa": (0.2, 0.8, 0.0), "ar": (0.1, 0.9, 0.0)}
"""Shares of the linear model and the network in the scores, and what is added for `O`."""
FOLDS = 5


def part(model: Model, marked: corpora.Marked) -> linear.Part:
    """Return marked texts as tokens with tags."""
    tokens = tokenize(marked.texts)
    tags = np.zeros(len(tokens), np.uint8)
    edges = np.searchsorted(tokens.segment, np.arange(len(marked.texts) + 1))
    for segment, spans in enumerate(marked.spans):
        own = slice(edges[segment], edges[segment + 1])
        start, end = tokens.start[own] - tokens.offsets[segment], tokens.end[own] - tokens.offsets[segment]
        for first, last, label in spans:
            inside = edges[segment] + np.flatnonzero((start < last) & (end > first))
            # A name cut by a sentence's end (initials with full stops) is two.
            for run in np.split(inside, np.flatnonzero(np.diff(tokens.sentence[inside])) + 1):
                if not len(run):
                    continue
                base = 1 + 4 * LABELS.index(label)
                tags[run] = base + 1
                tags[run[0]], tags[run[-1]] = base, base + 2
                if len(run) == 1:
                    tags[run[0]] = base + 3
    return linear.Part(tokens, model.read(tokens), tags, _edges(tokens))


def _edges(tokens: Tokens) -> NDArray[np.int64]:
    return np.flatnonzero(np.diff(tokens.sentence, prepend=-1, append=-1))


def spans(tokens: Tokens, read: Words, tags: NDArray[np.uint8]) -> list[set[tuple[int, int, str]]]:
    """Return the spans of each segment that `tags` hold, proclitics outside."""
    from pipeline.entities.tagger import kernels

    out: list[set[tuple[int, int, str]]] = [set() for _ in range(len(tokens.offsets) - 1)]
    ones = np.ones((len(tags), len(TAGS)), np.float32)
    for first, last, label, _ in zip(*kernels.spans(tags, tokens.sentence, ones), strict=True):
        segment = tokens.segment[first]
        base = tokens.offsets[segment]
        span = (int(tokens.start[first] + read.skipped[first] - base), int(tokens.end[last] - base), LABELS[label])
        out[segment].add(span)
    return out


def figures(model: Model, marked: corpora.Marked) -> dict[str, tuple[float, float, float]]:
    """Return precision, recall and F1 by label and over all, exact boundaries, gold proclitics taken off."""
    own = part(model, marked)
    documents = np.zeros(len(marked.texts), np.int64)
    found = spans(
        own.tokens, own.words, best_tags(model.scores(own.tokens, own.words, documents), own.tokens, model.transitions)
    )
    skipped = {
        (int(s), int(a - own.tokens.offsets[s])): int(k)
        for s, a, k in zip(own.tokens.segment, own.tokens.start, own.words.skipped, strict=True)
    }
    gold = [
        {(first + min(skipped.get((i, first), 0), last - first - 1), last, label) for first, last, label in spans_}
        for i, spans_ in enumerate(marked.spans)
    ]
    out = {}
    for label in ("all", *LABELS):
        right = total = given = 0
        for a, b in zip(gold, found, strict=True):
            one, two = ({span for span in spans_ if label in ("all", span[2])} for spans_ in (a, b))
            right, total, given = right + len(one & two), total + len(one), given + len(two)
        precision, recall = right / max(1, given), right / max(1, total)
        out[label] = (precision, recall, 2 * precision * recall / max(1e-9, precision + recall))
    return out


class Steps:
    """The steps of one language and their results in the work folder."""

    def __init__(self, language: str, work: Path, sitting: float, share: float = 1.0) -> None:
        self.language, self.work, self.sitting, self.share = language, work, sitting, share
        self.train, self.dev = corpora.named(DATA, language)
        if share < 1:
            self.train = {name: marked.first(share) for name, marked in self.train.items()}
        work.mkdir(parents=True, exist_ok=True)

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """Return the result `name` from the work folder, or make it."""
        path = self.work / f"{self.language}.{name}.pickle"
        if not path.exists():
            print(f"{self.language}: {name}", flush=True)
            made = make()
            path.with_suffix(".part").write_bytes(pickle.dumps(made, protocol=5))
            path.with_suffix(".part").rename(path)
        return pickle.loads(path.read_bytes())

    def raw(self) -> list[list[str]]:
        """Return the raw news."""
        return self.kept("raw", lambda: corpora.raw(DATA, self.language)[:: round(1 / self.share)])

    def words(self) -> dict[str, NDArray[Any]]:
        """Return what is known of words before labels."""
        return self.kept("words", self._words)

    def _words(self) -> dict[str, NDArray[Any]]:
        gazetteers = DATA / "gazetteers"
        texts = [line for document in self.raw() for line in document]
        texts += [text for marked in self.train.values() for text in marked.texts]
        tokens = tokenize(texts)
        trusted: set[str] = set()
        if self.language == "ar":
            firsts = [
                text[a:b].split()[0]
                for m in self.train.values()
                for text, own in zip(m.texts, m.spans, strict=True)
                for a, b, _ in own
            ]
            trusted = words.trusted_names(gazetteers, firsts)
        out = words.vocabulary(tokens, trusted)
        out |= words.vectors(tokens, Model(out, self.language), VECTOR_EPOCHS[self.language])
        out["network_letters"] = recurrent.letters(texts[:20_000])
        out |= words.clusters(out)
        return out | words.phrases(gazetteers, Model(out, self.language))

    def parts(self) -> dict[str, linear.Part]:
        """Return the training sets as tokens with tags."""
        model = Model(self.words(), self.language)
        return {name: part(model, marked) for name, marked in self.train.items()}

    def linear(self) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32]]:
        """Return the linear model, and its cross-validated probabilities on the main set."""
        return self.kept("linear", self._linear)

    def _linear(self) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32]]:
        parts = self.parts()
        main = parts[MAIN[self.language]]
        count = len(main.edges) - 1
        fold = np.arange(count) * FOLDS // count
        probabilities = np.zeros((len(main.tokens), len(TAGS)), np.float32)
        for k in range(FOLDS):
            model = Model(self.words() | linear.fit([(main, 1.0, fold != k)]), self.language)
            scored = marginals(model.first_scores(main.tokens, main.words), main.tokens, model.first_transitions)
            own = np.repeat(fold == k, np.diff(main.edges))
            probabilities[own] = scored[own]
        both = [(main, 1.0, None)] + ([(parts["glued"], 0.5, None)] if "glued" in parts else [])
        return linear.fit(both), probabilities

    def network_parts(self) -> list[tuple[recurrent.Inputs, int, float, float]]:
        """Return the training sets as the network's inputs."""
        known = self.words()
        parts = self.parts()
        _, probabilities = self.linear()
        out = []
        for name, (head, weight, share) in SETS[self.language].items():
            own = parts[name]
            evidence = np.zeros((len(own.tokens), 2 * len(LABELS)), np.float32)
            if name == MAIN[self.language]:
                # Where documents end is not marked: pieces of 8 to 60 sentences stand for them.
                rng = np.random.default_rng(0)
                sizes = rng.integers(8, 60, len(own.tokens.offsets))
                documents = np.repeat(np.arange(len(sizes)), sizes)[: len(own.tokens.offsets) - 1]
                evidence = document_evidence(own.tokens, own.words, probabilities, documents)
            out.append((recurrent.inputs(own, evidence, known), head, weight, share))
        return out

    def net(self) -> recurrent.Tagger:
        """Return an untrained network."""
        known = self.words()
        vectors = known["vectors"]
        start = np.concatenate([np.zeros((1, vectors.shape[1]), np.float32), vectors]) / vectors.std() * 0.5
        torch.manual_seed(1)
        return recurrent.Tagger(
            start.astype(np.float32),
            len(known["network_letters"]),
            1 + max(h for h, _, _ in SETS[self.language].values()),
        )

    def fitted(self, name: str, parts: Callable[[], Any], epochs: int, begin: Any = None, **more: Any) -> Any:
        """Return the weights of a network trained on `parts`, beginning with those that `begin` gives."""

        def make() -> Any:
            net = self.net()
            if begin is not None:
                net.load_state_dict(begin())
            recurrent.fit(
                net, parts(), epochs, self.work / f"{self.language}.{name}.pause", sitting=self.sitting, **more
            )
            return net.state_dict()

        return self.kept(name, make)

    def teacher(self) -> Any:
        """Return the weights of the network trained on the marked sets."""
        return self.fitted("teacher", self.network_parts, TEACHER_EPOCHS[self.language])

    def model(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return the entries of a model with these weights."""
        known = self.words()
        net = self.net()
        net.load_state_dict(state)
        own = {name: value for name, value in known.items() if name != "vectors"}
        return (
            own
            | self.linear()[0]
            | recurrent.arrays(net, known)
            | {"mixture": np.array(MIXTURE[self.language], np.float32)}
        )

    def silver(self) -> Any:
        """Return raw news as labelled by the teacher, and its evidence."""
        return self.kept("silver", self._silver)

    def _silver(self) -> tuple[linear.Part, NDArray[np.float32]]:
        model = Model(self.model(self.teacher()), self.language)
        rng = np.random.default_rng(0)
        raw = self.raw()
        texts: list[str] = []
        documents: list[int] = []
        size = 0
        for number in rng.permutation(len(raw)):
            texts += raw[number]
            documents += [int(number)] * len(raw[number])
            size += sum(len(text) for text in raw[number])
            if size > self.share * SILVER_TOKENS * 5.5:
                break
        tokens = tokenize(texts)
        read = model.read(tokens)
        numbers = np.cumsum(np.diff(documents, prepend=documents[0]) != 0)
        scores = model.scores(tokens, read, numbers)
        tags = best_tags(scores, tokens, model.transitions)
        sure = marginals(scores, tokens, model.transitions)[np.arange(len(tags)), tags]
        first = model.first_scores(tokens, read)
        evidence = document_evidence(tokens, read, marginals(first, tokens, model.first_transitions), numbers)
        # Sentences that the teacher is unsure of teach its doubts; those without a name teach little.
        edges = _edges(tokens)
        lowest = np.minimum.reduceat(sure, edges[:-1])
        named = np.maximum.reduceat(tags, edges[:-1]) > 0
        good = (lowest > 0.6) & (named | (rng.random(len(lowest)) < 0.15)) & (np.diff(edges) > 3)
        chosen = np.repeat(good, np.diff(edges))
        part_ = linear.Part(
            _subset(tokens, chosen), _subset_words(read, chosen), tags[chosen], _edges(_subset(tokens, chosen))
        )
        return part_, evidence[chosen]

    def student(self) -> Any:
        """Return the weights of the network trained further with raw news."""

        def parts() -> Any:
            silver, evidence = self.silver()
            print(f"silver: {len(silver.tokens)} tokens", flush=True)
            own = recurrent.inputs(silver, evidence, self.words())
            marked = [
                (data, head, weight, share if share == 1 else 0.3 * share)
                for data, head, weight, share in self.network_parts()
            ]
            return [*marked, (own, 0, 0.8, SILVER_SHARE[self.language])]

        return self.fitted("student", parts, STUDENT_EPOCHS[self.language], self.teacher, seed=2, rate=1e-3)

    def write(self, state: Any, path: Path) -> None:
        """Write the model and print its figures."""
        arrays = self.model(state)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **arrays)
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
        model = Model(arrays, self.language)
        for name, marked in self.dev.items():
            shown = ", ".join(
                f"{k} {100 * p:.2f}/{100 * r:.2f}/{100 * f:.2f}" for k, (p, r, f) in figures(model, marked).items()
            )
            print(f"{name}: {shown}", flush=True)


def _subset(tokens: Tokens, chosen: NDArray[np.bool_]) -> Tokens:
    return Tokens(
        tokens.codes, tokens.offsets, tokens.start[chosen], tokens.end[chosen], tokens.kind[chosen],
        tokens.sentence[chosen], tokens.segment[chosen],
    )  # fmt: skip


def _subset_words(read: Words, chosen: NDArray[np.bool_]) -> Words:
    return Words(read.type[chosen], read.skipped[chosen], read.features, read.marks[chosen])


def main() -> None:
    """Run the steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=("fa", "ar"))
    parser.add_argument("--until", choices=("words", "linear", "teacher", "student"), default="student")
    parser.add_argument("--work", type=Path, default=ROOT / "data" / "training" / "tagger")
    parser.add_argument("--out", type=Path, default=SEEDS / "models" / "tagger")
    parser.add_argument(
        "--sitting", type=float, default=1e9, help="seconds of network training before a pause (exit code 75)"
    )
    parser.add_argument("--share", type=float, default=1.0, help="share of sentences and news to run every step on")
    given = parser.parse_args()
    if given.share < 1 and given.out == parser.get_default("out"):
        parser.error("--share makes a model for no use: name an --out (and a --work) of its own")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    steps = Steps(given.language, given.work, given.sitting, given.share)
    try:
        result = getattr(steps, given.until)()
    except recurrent.PausedError:
        raise SystemExit(75) from None
    if given.until in ("teacher", "student"):
        steps.write(result, given.out / f"{given.language}.npz")


if __name__ == "__main__":
    main()
