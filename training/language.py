"""Train the language classifier: `python -m training.language` writes `seeds/models/language/model.npz`.

Reads the development data (`KHABAR_DEVELOPMENT_DATA`, by default `../shared/data` beside the checkout), the
locale names of CLDR through Babel, and the texts written for this in `seeds/models/language/written/`. Lines
are split into train, tune and test by a hash of the document or aligned sentence they come from, so that
translations of one sentence never stand on both sides. From each training line many samples are drawn (the
whole, its first words, windows, single words) and mistreated the way scraped text is: half-spaces lost or
spaced, ي ك for ی ک, hamza seats dropped, digits of another kind, words glued together.

Belongs here: reading the corpora, the split, drawing samples, fitting weights and calibration.
Does not belong here: the n-grams and scoring (`pipeline.language`), figures against peers
(`benchmarks.language`).
"""

from __future__ import annotations

import argparse
import ast
import csv
import gzip
import hashlib
import html
import io
import json
import os
import random
import re
import tarfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from pipeline.language import features, model
from pipeline.seeds import SEEDS

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = Path(os.environ.get("KHABAR_DEVELOPMENT_DATA", ROOT.parent / "shared" / "data"))
WRITTEN: Final = SEEDS / "models" / "language" / "written"
SEED: Final = 20261120


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a corpus: its label, where it comes from, and what it must not be parted from."""

    label: str
    source: str
    group: str
    text: str

    @property
    def part(self) -> str:
        """`train` (80 %), `tune` (8 %) or `test` (12 %)."""
        share = int.from_bytes(hashlib.blake2b(self.group.encode(), digest_size=4).digest(), "big") % 100
        return "train" if share < 80 else "tune" if share < 88 else "test"


_SENTENCE: Final = re.compile(r"(?<=[.!?؟۔])\s+|\n+")
_LETTER: Final = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff]")


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE.split(text):
        if len(_LETTER.findall(sentence)) >= 2:
            yield " ".join(sentence.split(" ")[:60]).strip()


def _blocks(label: str, source: str, lines: Iterable[str], block: int = 40) -> Iterator[Line]:
    """Lines of a file without document marks: neighbours stay on one side of the split."""
    for number, line in enumerate(lines):
        for text in _sentences(line):
            yield Line(label, source, f"{source}-{number // block}", text)


def _tico(code: str, label: str) -> Iterator[Line]:
    name = f"all.en-{code}.tmx"
    xml = zipfile.ZipFile(DATA / "lid" / "tico19" / f"{name}.zip").read(name).decode()
    pattern = rf'<tu tuid="([^"]+)".*?<tuv xml:lang="{code}">\s*<seg>(.*?)</seg>'
    for unit, text in re.findall(pattern, xml, re.DOTALL):
        # Sentences of one article share the part of the id before the colon; splitting by sentence keeps all topics.
        yield Line(label, f"tico-{code}", f"tico-{unit}", " ".join(html.unescape(text).split()))


def _tokens(path: Path, separator: str | None, *, word: int = 0) -> Iterator[str]:
    words: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            words.append(line.rsplit(separator, 1)[word] if separator else line.split()[word])
        elif words:
            yield " ".join(words)
            words = []
    if words:
        yield " ".join(words)


def _archive(label: str, source: str, path: Path, *, trec: bool) -> Iterator[Line]:
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            if not member.isfile():
                continue
            text = archive.extractfile(member).read().decode("utf-8", "replace")  # type: ignore[union-attr]
            if trec:
                text = "\n".join(html.unescape(t) for t in re.findall(r"<(?:TITLE|TEXT)>(.*?)</", text, re.DOTALL))
            for sentence in _sentences(text):
                yield Line(label, source, member.name, sentence)


def _records(label: str, source: str, paths: Iterable[Path]) -> Iterator[Line]:
    for path in paths:
        for number, record in enumerate(json.loads(gzip.decompress(path.read_bytes()))):
            paragraphs = record.get("paragraphs") or "[]"
            if isinstance(paragraphs, str):
                paragraphs = ast.literal_eval(paragraphs)
            # One article's footnotes are verses in Arabic, numbered [iv] and so on.
            paragraphs = [text for text in paragraphs if not re.match(r"\[[ivxl]+\]", text)]
            text = "\n".join([record["title"], record.get("abstract") or "", record.get("content") or "", *paragraphs])
            for sentence in _sentences(text):
                yield Line(label, source, f"{path.name}-{number}", sentence)


def read_corpus() -> list[Line]:
    """Return every line of the development data there is to train, tune and test on.

    Sources that `UNSEEN` names are never trained on; they measure how the model does on other text.
    """
    lid, news, ner = DATA / "lid", DATA / "news", DATA / "ner"
    lines: list[Line] = []
    for code, label in (("fa", "fa"), ("prs", "fa-AF"), ("ar", "ar"), ("ur", "ur"), ("ps", "ps"), ("ckb", "ckb")):
        lines += _tico(code, label)
    for name, label in (
        ("Arabic_arb", "ar"), ("Persian_fas", "fa"), ("Urdu_urd", "ur"), ("Gilaki_glk-wiki-20221201", "glk"),
        ("Kashmiri_ks-wiki-20221201", "ks"), ("Balochi_bal", "bal"), ("Gorani_hac", "hac"), ("Torwali_trw", "trw"),
        ("Brahui_brh", "brh"),
    ):  # fmt: skip
        texts = (lid / "persoarabic" / f"{name}.txt").read_text("utf-8").splitlines()
        lines += _blocks(label, f"persoarabic-{label}", texts, 40 if len(texts) > 2000 else 10)
    for name, label in (("ug_udt-ud-train", "ug"), ("sd_isra-ud-train", "sd")):
        texts = (lid / "ud" / f"{name}.txt").read_text("utf-8").splitlines()
        lines += _blocks(label, f"ud-{label}", texts, 8 if label == "ug" else 1)
    lines += _archive("fa", "isna", news / "fa-isna.tar.gz", trec=False)
    lines += _archive("ar", "antcorpus", news / "ar-antcorpus.tar.gz", trec=True)
    lines += _records("fa", "fars", sorted(news.glob("fa-fars-news-*.json.gz")))
    lines += _records("fa", "varzesh3", sorted(news.glob("fa-varzesh3-*.json.gz")))
    lines += _records("ar", "saudinewsnet", sorted(news.glob("ar-saudinewsnet-*.json.gz")))
    lines += _blocks("fa", "perdt", (DATA / "zwnj" / "perdt-train.txt").read_text("utf-8").splitlines())
    lines += _blocks("fa", "parstwiner", _tokens(ner / "fa" / "parstwiner-train.txt", None))
    lines += _blocks("fa", "peyma", _tokens(ner / "fa" / "peyma-dev.txt", "|"))
    lines += _blocks("ar", "wojood", _tokens(ner / "ar" / "wojood-sample-train.txt", None))
    lines += _blocks("ar", "anercorp", _tokens(ner / "ar" / "anercorp-train.txt", None))
    for path in sorted((ner / "ar" / "aqmar").glob("*.txt")):
        lines += (Line("ar", "aqmar", path.name, text) for row in _tokens(path, None) for text in _sentences(row))
    for path in sorted((news / "fa-irani-isna").glob("*.csv")):
        for number, row in enumerate(csv.reader(io.StringIO(path.read_text("utf-8")))):
            for text in _sentences("\n".join(row)):
                if len(text.split()) > 3:
                    lines.append(Line("fa", "irani-isna", f"{path.name}-{number}", text))
    return lines


UNSEEN: Final = ("peyma", "anercorp", "irani-isna")

OUTSIDE: Final = ("hac", "trw", "brh")
"""Languages of the corpus that Khabar does not name: they teach the classifier to say `und`."""

CALIBRATING: Final = ("trw", "brh")
"""Those left out in turn to see how languages never met look. Gorani is so near to Sorani that a model without
it says `ckb`, as sure as of Sorani itself: it would hide how sure the shipped model, which knows it, can be."""


def _class(label: str) -> str:
    return "fa" if label == "fa-AF" else "und" if label in OUTSIDE else label


_YA_KAF: Final = str.maketrans("یک", "يك")
_FARSI_YA_KAF: Final = str.maketrans("يىك", "ییک")
_SEATS: Final = str.maketrans("أإآٱؤئ", "ااااوی")
_MARKS: Final = re.compile(r"[\u064b-\u065f\u0670]")
_DIGITS: Final = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")


def mistreat(text: str, label: str, rng: random.Random) -> str:
    """Return `text` the way scraped text may come: spelled by another keyboard, half-spaces lost, glued."""
    if rng.random() < (0.08 if label == "ar" else 0.25):
        text = text.translate(_FARSI_YA_KAF if label == "ar" else _YA_KAF)
    if "\u200c" in text and (roll := rng.random()) < 0.3:
        text = text.replace("\u200c", "" if roll < 0.2 else " ")
    if rng.random() < 0.1:
        text = text.translate(_SEATS)
    if rng.random() < 0.15:
        text = _MARKS.sub("", text)
    if rng.random() < 0.1 and " " in text:
        words = text.split(" ")
        place = rng.randrange(len(words) - 1)
        words[place : place + 2] = [words[place] + words[place + 1]]
        text = " ".join(words)
    if rng.random() < 0.1:
        number = "".join(rng.choice(_DIGITS[rng.randrange(3)]) for _ in range(rng.randint(1, 4)))
        text = f"{number} {text}" if rng.random() < 0.5 else f"{text} {number}"
    return text


def draw(text: str, rng: random.Random, shortest: int) -> str:
    """Return the whole line, its first words, some words out of it or one word, of at least `shortest` words."""
    roll = rng.random()
    if roll < 0.35:
        return text
    words = text.split()
    if roll < 0.5:
        return " ".join(words[: max(shortest, rng.randint(1, 4))])
    size = max(shortest, 1 if roll < 0.67 else rng.randint(2, 12))
    start = rng.randint(0, max(0, len(words) - size))
    return " ".join(words[start : start + size])


def insert(text: str, name: str, rng: random.Random) -> str:
    """Return `text` with `name` put between two of its words."""
    words = text.split()
    words.insert(rng.randint(0, len(words)), name)
    return " ".join(words)


def invent(words: list[str], rng: random.Random) -> str:
    """Return text of a language that does not exist, made of real words.

    Either the letters of many words are exchanged, turned about or shuffled, or many words get endings of
    the language's own, the way languages borrow from Arabic and Persian. It teaches the classifier that
    known letters in unknown order are no evidence, and known words among unknown ones little.
    """
    share = rng.uniform(0.7, 1.0)
    letters = sorted({c for word in words for c in word if _LETTER.match(c)})
    if not letters:
        return " ".join(words)
    exchanged = dict(zip(letters, rng.sample(letters, len(letters)), strict=True))
    endings = ["".join(rng.choices(letters, k=rng.randint(2, 3))) for _ in range(rng.randint(2, 5))]
    style = rng.choices(range(4), (3, 2, 3, 1))[0]

    def change(word: str) -> str:
        if rng.random() > share:
            return word
        if style == 0:  # the rhythm of words stays, their spelling goes
            return "".join(exchanged.get(c, c) for c in word)
        if style == 1:
            return word[::-1]
        if style == 2:
            return "".join(rng.sample(word, len(word)))
        return word + rng.choice(endings)

    return " ".join(map(change, words))


def read_locales() -> list[Line]:
    """Return the names of languages, territories, currencies, months and days that CLDR has, one line each."""
    from babel import Locale

    codes = {
        "fa": "fa", "ar": "ar", "ur": "ur", "ps": "ps", "ckb": "ckb", "sd": "sd", "ug": "ug", "ks": "ks",
        "mzn": "mzn", "bal": "bal", "bgn": "und", "trw": "und", "kk_Arab": "und", "ms_Arab": "und", "lrc": "und",
    }  # fmt: skip
    lines = []
    for code, label in codes.items():
        locale: Any = Locale.parse(code)
        names = [*locale.languages.values(), *locale.territories.values(), *locale.currencies.values()]
        for width in (*locale.months["format"].values(), *locale.days["format"].values()):
            names += width.values()
        own = {name for name in names if len(_LETTER.findall(name)) >= 3 and not re.search("[A-Za-z]", name)}
        lines += [Line(label, f"cldr-{code}", f"cldr-{code}-{name}", name) for name in sorted(own)]
    return lines


def read_written() -> list[Line]:
    """Return the sentences written for this model, a file per language."""
    lines = []
    for path in sorted(WRITTEN.glob("*.txt")):
        for number, text in enumerate(path.read_text("utf-8").splitlines()):
            if text and not text.startswith("#"):
                lines.append(Line(path.stem.partition("_")[0], f"written-{path.stem}", f"{path.name}-{number}", text))
    return lines


SAMPLES: Final = {
    "fa": 260, "ar": 260, "ur": 160, "ps": 110, "ckb": 90, "sd": 60, "ug": 70, "azb": 20, "glk": 50, "mzn": 10,
    "ks": 60, "bal": 50, "und": 90,
}  # fmt: skip
"""Thousands of samples an epoch: more for the languages Khabar is about, so that what could be either is theirs."""

INVENTED: Final = 12
"""Thousands of samples an epoch of languages that do not exist, less those drawn from short lines."""

FEWEST_INVENTED: Final = 5
"""Words of an invented text: fewer are too often a name that Persian or Arabic wrote down by its sound."""

SHORTEST: Final = {"glk": 3, "mzn": 4, "azb": 3, "bal": 3, "ks": 3, "hac": 2, "trw": 3, "brh": 3, "und": 3}
"""Fewest words of a sample: alone, most words of these are also words of their great neighbours."""

SHARES: Final = {
    "tico": 3.0, "persoarabic-fa": 1.5, "persoarabic-ar": 1.5, "written": 0.6, "cldr": 0.15, "aqmar": 0.5, "wojood": 0.2,
}  # fmt: skip
"""How often a source is drawn from, among those of its language; 1 where not named. By source or its first part."""


def _share(source: str) -> float:
    return SHARES.get(source, SHARES.get(source.partition("-")[0], 1.0))


def samples(lines: list[Line], rng: random.Random, *, per_thousand: int = 1000) -> tuple[list[str], list[int]]:
    """Draw the samples of one epoch.

    Returns:
        Texts in random order, and the number of each one's class in `model.LANGUAGES`.
    """
    by_class: dict[str, dict[str, list[Line]]] = {}
    for line in lines:
        if line.source == "names":
            continue
        by_class.setdefault(_class(line.label), {}).setdefault(line.source, []).append(line)
    names = [line.text for line in lines if line.source == "names"]
    drawn: list[tuple[str, int]] = []
    for label, sources in by_class.items():
        count = SAMPLES[label] * per_thousand
        weights = [_share(source) for source in sources]
        for source, weight in zip(sources, weights, strict=True):
            rows = sources[source]
            for _ in range(round(count * weight / sum(weights))):
                line = rows[int(rng.random() * len(rows))]
                text = draw(line.text, rng, SHORTEST.get(line.label, 1))
                if label == "fa" and names and rng.random() < 0.15:
                    text = insert(text, rng.choice(names), rng)
                text = mistreat(text, label, rng)
                drawn.append((text, model.LANGUAGES.index(label)))
    for _ in range(INVENTED * per_thousand):
        words = rng.choice(lines).text.split()
        if len(words) > FEWEST_INVENTED:
            start = rng.randint(0, len(words) - FEWEST_INVENTED)
            words = words[start : start + rng.randint(FEWEST_INVENTED, 20)]
            drawn.append((invent(words, rng), model.UNDETERMINED))
    rng.shuffle(drawn)
    return [text for text, _ in drawn], [label for _, label in drawn]


@njit(cache=True, fastmath=True)  # type: ignore[misc]
def _epoch(
    data: Any, offsets: Any, kinds: Any, signs: Any, labels: Any, weights: Any, history: Any, sign_weights: Any,
    bias: Any, first: int, last: int, rate: float, dropout: float, decay: float,
) -> float:  # fmt: skip
    """One pass of stochastic gradient descent with a learning rate per row (Adagrad), dropping n-grams at random."""
    rows = np.empty(8192 + features.SLACK, np.int32)
    seen = np.zeros(len(sign_weights), np.uint8)
    columns = last - first
    evidence = np.zeros(columns, np.float32)
    loss = 0.0
    for line in range(len(labels)):
        seen[:] = 0
        written, _, _, _ = features.extract(data, offsets[line], offsets[line + 1], kinds, signs, rows, 8192, seen)
        kept = 0
        for i in range(written):
            if np.random.random() >= dropout:
                rows[kept] = rows[i]
                kept += 1
        if not kept:
            continue
        factor = np.float32(1.0 / np.sqrt(kept))
        evidence[:] = 0
        for i in range(kept):
            for c in range(columns):
                evidence[c] += weights[rows[i], first + c]
        for c in range(columns):
            evidence[c] = evidence[c] * factor + bias[first + c]
            for s in range(len(seen)):
                if seen[s]:
                    evidence[c] += sign_weights[s, first + c]
        if columns > 1:
            top = evidence.max()
            total = np.float32(0)
            for c in range(columns):
                evidence[c] = np.exp(evidence[c] - top)
                total += evidence[c]
            for c in range(columns):
                evidence[c] /= total
            loss -= np.log(max(evidence[labels[line]], 1e-9))
            evidence[labels[line]] -= 1
        else:
            p = 1 / (1 + np.exp(-evidence[0]))
            loss -= np.log(max(p if labels[line] else 1 - p, 1e-9))
            evidence[0] = p - labels[line]
        square = np.float32(0)
        for c in range(columns):
            square += evidence[c] * evidence[c]
        step = factor * factor * square
        for i in range(kept):
            row = rows[i]
            history[row] += step
            pace = rate / np.sqrt(history[row] + 1e-4)
            for c in range(columns):
                w = weights[row, first + c]
                weights[row, first + c] = w - pace * (factor * evidence[c] + decay * w)
        for c in range(columns):
            bias[first + c] -= 0.002 * rate * evidence[c]
            for s in range(len(seen)):
                if seen[s]:
                    sign_weights[s, first + c] -= 0.002 * rate * evidence[c]
    return loss / len(labels)


@njit  # type: ignore[misc]
def _seed(number: int) -> None:
    np.random.seed(number)


class Weights:
    """Weights while they are learned."""

    def __init__(self) -> None:
        """Start from nothing."""
        self.weights = np.zeros((features.BUCKETS, model.COLUMNS), np.float32)
        self.history = np.zeros(features.BUCKETS, np.float32)
        self.signs = np.zeros((len(features.SIGNS), model.COLUMNS), np.float32)
        self.bias = np.zeros(model.COLUMNS, np.float32)

    def fit(self, texts: list[str], labels: list[int], first: int, last: int, rate: float, dropout: float) -> float:
        """Learn the columns from `first` to before `last` from one epoch's samples; return the mean loss."""
        data, offsets = features.prepare(pl.Series(texts))
        kinds, signs = features.tables()
        return _epoch(
            data, offsets, kinds, signs, np.array(labels), self.weights, self.history, self.signs, self.bias,
            first, last, rate, dropout, 1e-6,
        )  # fmt: skip

    def quantised(self) -> tuple[NDArray[np.int8], float]:
        """Return the weights as whole numbers of eight bits, the largest in ten thousand cut, and what one stands for."""
        scale = float(np.quantile(np.abs(self.weights), 0.9999)) / 127
        return np.clip(np.round(self.weights / scale), -127, 127).astype(np.int8), scale

    def model(self) -> model.Model:
        """Return the model that scores with the quantised weights, not yet calibrated."""
        weights, scale = self.quantised()
        return model.Model(
            model.pack(weights), scale, self.signs, self.bias, np.zeros((len(model.LENGTHS), len(model.LEADS)))
        )


def clean(lines: list[Line], *, per_thousand: int) -> list[Line]:
    """Return `lines` without those of the small languages that are rather in a great one.

    Encyclopedias of small languages quote and list in Persian, Arabic and Urdu. Each half of the lines
    is judged by a model learned from the other half; lines of under four words go in any case. The titles
    of the Gilaki one, names of the Caspian coast for the most part, stay as source `names`: they are put
    into Persian sentences, to teach that such a name alone is no Gilaki.
    """
    doubtful = [line for line in lines if line.source in DOUBTFUL]
    kept = [line for line in lines if line.source not in DOUBTFUL]
    kept += [
        Line("fa", "names", line.group, line.text)
        for line in doubtful
        if line.label == "glk" and len(line.text.split()) <= 3 and _PERSIAN_ONLY.fullmatch(line.text)
    ]
    for half in (0, 1):
        halves = [line for line in lines if line.source not in DOUBTFUL or _half(line) == half]
        judge = learn(halves, epochs=1, per_thousand=per_thousand).model()
        rows = [line for line in doubtful if _half(line) != half and len(line.text.split()) > 3]
        found = model.evidence(model.score(pl.Series([line.text for line in rows]), judge), judge)
        own = found[np.arange(len(rows)), [model.LANGUAGES.index(_class(line.label)) for line in rows]]
        great = found[:, [model.LANGUAGES.index(label) for label in ("fa", "ar", "ur")]].max(axis=1)
        kept += [line for line, stays in zip(rows, own > great + 0.5, strict=True) if stays]
    stayed = sum(line.source in DOUBTFUL for line in kept)
    print(f"{len(doubtful) - stayed} of {len(doubtful)} doubtful lines dropped")
    return kept


_PERSIAN_ONLY: Final = re.compile(r"[ \u200cآابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیيك]+")
DOUBTFUL: Final = tuple(f"persoarabic-{label}" for label in ("glk", "ks", "bal", "hac", "trw", "brh"))


def _half(line: Line) -> int:
    return hashlib.blake2b(line.group.encode(), digest_size=1, key=b"half").digest()[0] % 2


def learn(lines: list[Line], *, epochs: int, per_thousand: int, dialect: bool = False) -> Weights:
    """Return weights learned from the training part of `lines`."""
    rng = random.Random(SEED)
    _seed(SEED)
    train = [line for line in lines if line.part == "train" and line.source not in UNSEEN]
    learned = Weights()
    for epoch in range(epochs):
        started = time.perf_counter()
        texts, labels = samples(train, rng, per_thousand=per_thousand)
        loss = learned.fit(texts, labels, 0, len(model.LANGUAGES), 0.3 * (1 - 0.8 * epoch / epochs), 0.15)
        print(f"epoch {epoch + 1}: {len(texts)} samples, loss {loss:.4f}, {time.perf_counter() - started:.0f} s")
    if dialect:
        learned.history[:] = 0
        persian = [line for line in train if _class(line.label) == "fa" and line.source != "names"]
        for epoch in range(2):
            texts, labels = dialect_samples(persian, rng, per_thousand=per_thousand)
            loss = learned.fit(texts, labels, model.DARI, model.DARI + 1, 0.3 * (1 - 0.4 * epoch), 0.3)
            print(f"dialect, epoch {epoch + 1}: {len(texts)} samples, loss {loss:.4f}")
    return learned


def dialect_samples(lines: list[Line], rng: random.Random, *, per_thousand: int) -> tuple[list[str], list[int]]:
    """Draw samples of Dari (1) and of the Persian of Iran (0), the translations of one text equally often."""
    by_source: dict[str, list[Line]] = {}
    for line in lines:
        by_source.setdefault(line.source, []).append(line)
    drawn = []
    for source, rows in by_source.items():
        dari = rows[0].label == "fa-AF"
        count = {"tico-prs": 60, "tico-fa": 60}.get(source, 15 if dari else 8)
        for _ in range(count * per_thousand):
            line = rows[int(rng.random() * len(rows))]
            drawn.append((mistreat(draw(line.text, rng, 3), "fa", rng), int(dari)))
    rng.shuffle(drawn)
    return [text for text, _ in drawn], [label for _, label in drawn]


def variants(text: str, rng: random.Random) -> dict[str, str]:
    """Return the forms of a sentence that quality is told for; a single word has at least three letters."""
    words = text.split()
    long = [word for word in words if len(_LETTER.findall(word)) >= 3]
    forms = {
        "sentence": text,
        "no half-space": text.replace("\u200c", ""),
        "ي ك": text.translate(_YA_KAF),
        "three words": " ".join(words[:3]),
    }
    return forms | ({"one word": rng.choice(long)} if long else {})


def held_back(lines: list[Line], *, most: int = 2000) -> pl.DataFrame:
    """Return the sentences that measure quality, in all their forms.

    A sentence has at least four words and fifteen letters; at most `most` are drawn from each source, the
    unseen ones included.

    Returns:
        source, label (what Khabar is to say), form, text.
    """
    rng = random.Random(SEED)
    by_source: dict[str, list[Line]] = {}
    for line in lines:
        if line.part != "test" and line.source not in UNSEEN:
            continue
        if len(line.text.split()) >= 4 and len(_LETTER.findall(line.text)) >= 15:
            by_source.setdefault(line.source, []).append(line)
    rows = [
        (source, _class(line.label), form, text)
        for source, of_source in sorted(by_source.items())
        for line in rng.sample(of_source, min(most, len(of_source)))
        for form, text in variants(line.text, rng).items()
    ]
    return pl.DataFrame(rows, schema=["source", "label", "form", "text"], orient="row")


def quality(held: pl.DataFrame) -> dict[str, float]:
    """Return Khabar's figures on a frame of `held_back`, in 100.

    Per language and form the right answers, as a mean over sources; of the answers of confidence 0.95
    or more those right, on sources whose own labels are clean enough to tell; and of the languages outside
    of the set the sentences not called Persian or Arabic.
    """
    from pipeline.language import classify

    labels, confidences = classify(held["text"])
    told = held.with_columns(labels.alias("said"), confidences.alias("confidence"))
    told = told.with_columns(right=pl.col("said") == pl.col("label"))
    rates = (
        told.filter(pl.col("label") != "und")
        .group_by("label", "form", "source")
        .agg(pl.col("right").mean())
        .group_by("label", "form")
        .agg(100 * pl.col("right").mean())
        .sort("label", "form")
    )
    figures = {f"{label}, {form}": rate for label, form, rate in rates.iter_rows()}
    for form in ("sentence", "three words"):
        sure = told.filter(pl.col("form") == form, pl.col("confidence") >= 0.95, ~pl.col("source").is_in(DOUBTFUL))
        figures[f"right where confidence >= 0.95, {form}"] = 100 * sure.select(pl.col("right").mean()).item()
        outside = told.filter(pl.col("form") == form, pl.col("label") == "und")
        figures[f"outside, not fa or ar, {form}"] = 100 * (
            1 - outside.select(pl.col("said").is_in(["fa", "ar"]).mean()).item()
        )
    return {name: round(figure, 2) for name, figure in figures.items()}


def calibrate(learned: model.Model, lines: list[Line], left_out: dict[str, model.Model]) -> NDArray[np.float64]:
    """Return the confidences of `learned`, as `model.Model` keeps them.

    They are counted on tuning lines in all their forms and on languages outside of the set, each scored by
    a model that has not seen that language: `left_out` has that model by the language's label.
    """
    rng = random.Random(SEED)
    known: list[tuple[str, int]] = []
    by_source: dict[str, list[Line]] = {}
    for line in lines:
        if line.part == "tune" and line.source not in (*UNSEEN, "names") and not line.source.startswith("cldr"):
            by_source.setdefault(line.source, []).append(line)
    for rows in by_source.values():
        great = rows[0].label in ("fa", "ar", "fa-AF")
        for line in rng.sample(rows, min(len(rows), 1500 if great else 300)):
            shortest = SHORTEST.get(line.label, 1)
            known += (
                (form, model.LANGUAGES.index(_class(line.label)))
                for form in variants(line.text, rng).values()
                if len(form.split()) >= min(shortest, len(line.text.split()))
            )
    sets = [(learned, known)]
    for label in CALIBRATING:
        other = left_out[label]
        rows = [line for line in lines if line.label == label]
        texts = [form for line in rng.sample(rows, min(500, len(rows))) for form in variants(line.text, rng).values()]
        sets.append((other, [(text, model.UNDETERMINED) for text in texts]))
    leads, classes, right, weight = [], [], [], []
    for scorer, cases in sets:
        scored = model.score(pl.Series([text for text, _ in cases]), scorer)
        found = model.evidence(scored, scorer)
        use = scored.letters >= 2
        leads.append(model.lead(found)[use])
        classes.append(model.length_class(scored.letters)[use])
        right.append((found[:, : len(model.LANGUAGES)].argmax(axis=1) == [label for _, label in cases])[use])
        weight.append(np.full(use.sum(), 1.0 if scorer is learned else 0.3))
    x, y, w, of = (np.concatenate(part) for part in (leads, right, weight, classes))
    print(f"calibration on {len(y)} lines, {y.mean():.4f} right")
    table = np.array([monotone(x[of == c], y[of == c], w[of == c]) for c in range(len(model.LENGTHS))])
    alone = np.array(model.LENGTHS) < ALONE
    table[alone] = table[alone].clip(max=SUREST_ALONE)
    print(table.round(3))
    return table


def report_never_met(label: str, judge: model.Model, lines: list[Line]) -> None:
    """Print what `judge`, which has never met the language `label`, says of its sentences and their first words."""
    from pipeline.language.lines import answer

    rng = random.Random(SEED)
    rows = [line for line in lines if line.label == label and line.source in DOUBTFUL]
    for form in ("sentence", "three words"):
        texts = [variants(line.text, rng)[form] for line in rng.sample(rows, min(500, len(rows)))]
        said, _, _ = answer(model.score(pl.Series(texts), judge), judge)
        share = 100 * (1 - said.is_in(["fa", "ar"]).cast(pl.Float64).to_numpy().mean())
        print(f"{label}, never met, {form}: {share:.1f} in 100 of {len(texts)} not called Persian or Arabic")


ALONE: Final = 8
"""Lines of fewer letters are single words for the most part."""

SUREST_ALONE: Final = 0.94
"""No single word is surer: corpora do not show all the languages that have it."""


def monotone(leads: NDArray[Any], right: NDArray[Any], weight: NDArray[Any]) -> NDArray[np.float64]:
    """Return how often lines of each lead in `model.LEADS` were right, never falling with the lead.

    Counted around each of the leads with a tenth of a line more, half right, then pooled where it falls
    (pool adjacent violators: Ayer and others, Annals of Mathematical Statistics 26, 1955).
    """
    knots = np.array(model.LEADS)
    nearest = np.searchsorted((knots[1:] + knots[:-1]) / 2, leads)
    total = np.bincount(nearest, weight, len(knots))
    good = np.bincount(nearest, weight * right, len(knots))
    blocks: list[tuple[float, float, int]] = []
    for count, yes in zip(total + 0.1, good + 0.05, strict=True):
        blocks.append((count, yes, 1))
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][0] >= blocks[-1][1] / blocks[-1][0]:
            (c1, y1, k1), (c2, y2, k2) = blocks[-2:]
            blocks[-2:] = [(c1 + c2, y1 + y2, k1 + k2)]
    return np.repeat([yes / count for count, yes, _ in blocks], [k for _, _, k in blocks])


def main() -> None:
    """Train, calibrate and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--scale", type=int, default=400, help="samples an epoch, as so many a thousand of SAMPLES")
    parser.add_argument("--output", type=Path, default=SEEDS / "models" / "language" / "model.npz")
    options = parser.parse_args()
    lines = clean([*read_corpus(), *read_written(), *read_locales()], per_thousand=options.scale // 2)
    learned = learn(lines, epochs=options.epochs, per_thousand=options.scale, dialect=True)
    left_out = {}
    for label in OUTSIDE:
        print(f"without {label}:")
        rest = [line for line in lines if line.label != label]
        left_out[label] = learn(rest, epochs=1, per_thousand=options.scale).model()
    weights, scale = learned.quantised()
    calibration = calibrate(learned.model(), lines, left_out)
    for label, other in left_out.items():
        report_never_met(label, other._replace(calibration=calibration), lines)
    np.savez_compressed(
        options.output, weights=weights, scale=scale, signs=learned.signs, bias=learned.bias, calibration=calibration
    )
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
