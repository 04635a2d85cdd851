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
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from pipeline.language import features, model
from pipeline.seeds import SEEDS
from training.language_neighbours import ALPHABETS, arabic, mazandarani

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = Path(os.environ.get("KHABAR_DEVELOPMENT_DATA", ROOT.parent / "shared" / "data"))
WRITTEN: Final = SEEDS / "models" / "language" / "written"
COLLECTED: Final = SEEDS / "models" / "language" / "collected"
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
_LETTER: Final = re.compile(r"[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff]")
_NO_LETTER: Final = re.compile(f"[^{_LETTER.pattern[1:-1]}\\s]+")


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
    rng = random.Random(SEED)
    lines += (replace(line, text=arabic(line.text, "kmr", rng)) for line in _tico("ku", "kmr"))
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


UNSEEN: Final = ("peyma", "anercorp", "irani-isna", "udhr-ha")

OUTSIDE: Final = (
    "hac", "trw", "brh", "pnb", "skr", "ms", "ota", "uz", "kk", "ky", "tk", "kmr", "bgn", "lrc", "ha",
)  # fmt: skip
"""Languages that Khabar does not name: they teach the classifier to say `und`."""

NEVER_MET: Final = ("ha",)
"""The one of them that it is never taught."""

LEFT_OUT: Final = (("trw", "pnb", "tk", "ky"), ("brh", "skr", "ms", "uz", "kmr"))
"""Those left out in turn to see how languages never met look, far ones and near ones in each group. Gorani is not:
it is so near to Sorani that a model without it says `ckb`, as sure as of Sorani itself, and would hide how sure
the shipped model, which knows it, can be."""


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
        "mzn": "mzn", "bal": "bal", "bgn": "bgn", "trw": "trw", "kk_Arab": "kk", "ms_Arab": "ms", "lrc": "lrc",
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
                lines.append(
                    Line(path.stem.removeprefix("und_"), f"written-{path.stem}", f"{path.name}-{number}", text)
                )
    return lines


def read_names() -> list[Line]:
    """Return lists of names such as squads, casts and bylines, put together by chance.

    Names of all the world's people in Arabic spelling also stand for their Persian spelling: but for ya and kaf it
    is often the same, and always nearer to Persian than to a language outside of the set.
    """
    gazetteers = DATA / "gazetteers"
    with (gazetteers / "wd-arabic-80.tsv").open(encoding="utf-8") as file:
        foreign = ["".join(row.split("\t")[1].split()) for row in file]
    with (gazetteers / "everypolitician.csv").open(encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    given = list(json.loads((gazetteers / "persian-names.json").read_text("utf-8")))
    rng = random.Random(SEED)
    lines = []
    for label in ("fa", "ar"):
        known = [person[f"name_{label}"] for person in people if person[f"name_{label}"]]
        for number in range(6000):
            names = []
            for _ in range(min(1 + int(rng.expovariate(0.35)), 14)):
                roll = rng.random()
                if roll < 0.3:
                    names.append(rng.choice(known))
                elif label == "fa" and roll < 0.45:
                    names.append(rng.choice(given))
                else:
                    name = " ".join(rng.choice(foreign) for _ in range(rng.randint(1, 2)))
                    names.append(name.translate(_FARSI_YA_KAF) if label == "fa" else name)
            text = rng.choice(("، ", "، ", " - ", " و ", "، ")).join(names)
            lines.append(Line(label, f"lists-{label}", f"lists-{number}", text))
    return lines


def read_collected() -> list[Line]:
    """Return the lines of freely licensed texts that lie in the repository, those in other alphabets written in Arabic letters.

    A file is named for its source and its language. Lines of the same place in several translations stay together.
    """
    rng = random.Random(SEED)
    lines = []
    for path in sorted(COLLECTED.glob("*.txt")):
        source, _, code = path.stem.partition("_")
        for number, text in enumerate(path.read_text("utf-8").splitlines()):
            written = arabic(text, code, rng) if code in ALPHABETS else text
            label = "azb" if code == "az" else code
            lines += (Line(label, f"{source}-{code}", f"{source}-{number // 5}", part) for part in _sentences(written))
    return lines


def read_measured() -> list[Line]:
    """Return what `held_back` draws from: the development data, and the collected languages outside of the set."""
    return [*read_corpus(), *(line for line in read_collected() if line.label in OUTSIDE)]


def make_mazandarani(lines: list[Line]) -> list[Line]:
    """Return lines made of the Persian ones of two sources; each stays on the side of the line it is made of."""
    rng = random.Random(SEED)
    persian = [line for line in lines if line.source in ("perdt", "persoarabic-fa")]
    made = [(line, mazandarani(line.text, rng)) for line in rng.sample(persian, min(20_000, len(persian)))]
    return [Line("mzn", "made-mzn", line.group, text) for line, text in made if text]


SAMPLES: Final = {
    "fa": 260, "ar": 260, "ur": 160, "ps": 110, "ckb": 90, "sd": 60, "ug": 70, "azb": 40, "glk": 50, "mzn": 40,
    "ks": 60, "bal": 50, "und": 140,
}  # fmt: skip
"""Thousands of samples an epoch: more for the languages Khabar is about, so that what could be either is theirs."""

INVENTED: Final = 28
"""Thousands of samples an epoch of languages that do not exist, less those drawn from short lines."""

FEWEST_INVENTED: Final = 3
"""Words of an invented text: fewer are too often a name that Persian or Arabic wrote down by its sound."""

SHORTEST: Final = {"glk": 3, "mzn": 4, "azb": 3, "bal": 3, "ks": 3, "hac": 2, **dict.fromkeys(OUTSIDE[1:], 3)}
"""Fewest words of a sample: alone, most words of these are also words of their great neighbours."""

SHARES: Final = {
    "tico": 3.0, "persoarabic-fa": 1.5, "persoarabic-ar": 1.5, "written": 0.6, "cldr": 0.15, "aqmar": 0.5, "wojood": 0.2,
    "written-azb": 1.5, "written-mzn": 1.5, "made-mzn": 2.0, "udhr": 0.3, "django": 0.3, "lists": 0.4, "tico-kmr": 1.0, "tico-ku": 1.0,
}  # fmt: skip
"""How often a source is drawn from, among those of its language; 1 where not named. By source or its first part."""


def _share(source: str) -> float:
    return SHARES.get(source, SHARES.get(source.partition("-")[0], 1.0))


SHORT: Final = {
    "fa": 700, "ar": 700, "ur": 450, "ps": 260, "ckb": 240, "sd": 80, "ug": 160, "azb": 15, "glk": 60, "mzn": 10,
    "ks": 60, "bal": 50, "und": 200,
}  # fmt: skip
"""Thousands of samples an epoch of one, two or three words in a row, as frequent as the text has them."""

_SHORT_SIZES: Final = (0.5, 0.2, 0.3)
"""Shares of one, two and three words."""

_MOST_TOKENS: Final = 2_000_000


class Running(NamedTuple):
    """The words of a source, one after the other, and for each the place of the last one of its line."""

    label: str
    words: pl.Series
    last: NDArray[np.int64]


def running(lines: list[Line]) -> Running:
    """Return the words of `lines`, which are of one source."""
    frame = pl.DataFrame({"text": [line.text for line in lines]}).with_row_index("line")
    frame = frame.with_columns(pl.col("text").str.split(" ")).explode("text").filter(pl.col("text") != "")
    frame = frame.with_row_index("place").with_columns(last=pl.col("place").max().over("line"))
    frame = frame.head(_MOST_TOKENS)
    last = np.minimum(frame["last"].to_numpy().astype(np.int64), len(frame) - 1)
    return Running(lines[0].label, frame["text"], last)


def short(source: Running, count: int, shortest: int, chance: np.random.Generator) -> pl.Series:
    """Return `count` samples of one to three words of `source`, fewer where some have no two letters, mistreated."""
    size = np.maximum(chance.choice([1, 2, 3], count, p=_SHORT_SIZES), shortest)
    start = chance.integers(0, len(source.last), count)
    last = source.last[start]
    texts = source.words.gather(start)
    for further in range(1, max(3, shortest)):
        more = (size > further) & (start + further <= last)
        tail = source.words.gather(np.minimum(start + further, last))
        texts = pl.select(pl.when(pl.Series(more)).then(texts + " " + tail).otherwise(texts)).to_series()
    great = source.label in ("fa", "fa-AF", "ar")
    frame = texts.alias("text").to_frame().with_columns(roll=pl.Series(chance.random(count)))
    arabic_keys = pl.col("text").str.replace_many(["ی", "ک"], ["ي", "ك"])
    persian_keys = pl.col("text").str.replace_many(["ي", "ى", "ك"], ["ی", "ی", "ک"])
    keys = persian_keys if source.label == "ar" else arabic_keys
    share = 0.06 if source.label == "ar" else 0.15 if great else 0.08
    seats = pl.col("text").str.replace_many(list("أإآٱؤئ"), list("ااااوی"))
    texts = frame.select(
        pl.when(pl.col("roll") < share)
        .then(keys)
        .when(pl.col("roll") < share + 0.04)
        .then(seats)
        .when(pl.col("roll") < share + 0.1)
        .then(pl.col("text").str.replace_all("[\u064b-\u065f\u0670\u200c]", ""))
        .otherwise("text")
    ).to_series()
    return texts.filter(texts.str.count_matches(_LETTER.pattern) >= 2)


class Material(NamedTuple):
    """The training lines, by class and source, as text and as running words."""

    lines: dict[str, dict[str, list[Line]]]
    words: dict[str, dict[str, Running]]
    names: list[str]


def material(lines: list[Line]) -> Material:
    """Return the training part of `lines`, put in order."""
    by_class: dict[str, dict[str, list[Line]]] = {}
    train = [line for line in lines if line.part == "train" and line.source not in UNSEEN]
    for line in train:
        if line.source != "names" and line.label not in NEVER_MET:
            by_class.setdefault(_class(line.label), {}).setdefault(line.source, []).append(line)
    words = {
        label: {source: running(rows) for source, rows in sources.items() if not source.startswith("cldr")}
        for label, sources in by_class.items()
    }
    return Material(by_class, words, [line.text for line in train if line.source == "names"])


def samples(given: Material, rng: random.Random, *, per_thousand: int = 1000) -> tuple[pl.Series, NDArray[np.int64]]:
    """Draw the samples of one epoch.

    Returns:
        Texts in random order, and the number of each one's class in `model.LANGUAGES`.
    """
    texts: list[str] = []
    labels: list[int] = []
    for label, sources in given.lines.items():
        count = SAMPLES[label] * per_thousand
        weights = [_share(source) for source in sources]
        before = len(texts)
        for source, weight in zip(sources, weights, strict=True):
            rows = sources[source]
            for _ in range(round(count * weight / sum(weights))):
                line = rows[int(rng.random() * len(rows))]
                text = draw(line.text, rng, SHORTEST.get(line.label, 1))
                if label == "fa" and given.names and rng.random() < 0.15:
                    text = insert(text, rng.choice(given.names), rng)
                texts.append(mistreat(text, label, rng))
        labels += [model.LANGUAGES.index(label)] * (len(texts) - before)
    pool = [line.text for sources in given.lines.values() for rows in sources.values() for line in rows]
    for _ in range(INVENTED * per_thousand):
        words = rng.choice(pool).split()
        if len(words) > FEWEST_INVENTED:
            start = rng.randint(0, len(words) - FEWEST_INVENTED)
            size = FEWEST_INVENTED + min(int(rng.expovariate(0.15)), 20)
            texts.append(invent(words[start : start + size], rng))
            labels.append(model.UNDETERMINED)
    series = [pl.Series(texts, dtype=pl.String)]
    numbers = [np.array(labels, np.int64)]
    chance = np.random.default_rng(rng.getrandbits(64))
    for label, of_class in given.words.items():
        total = sum(_share(source) for source in of_class)
        for source, words_of in of_class.items():
            count = round(SHORT[label] * per_thousand * _share(source) / total)
            series.append(short(words_of, count, SHORTEST.get(words_of.label, 1), chance))
            numbers.append(np.full(len(series[-1]), model.LANGUAGES.index(label), np.int64))
    order = chance.permutation(sum(map(len, numbers)))
    return pl.concat([part.alias("text") for part in series]).gather(order), np.concatenate(numbers)[order]


_ALONE: Final = np.array(model.LENGTHS_ALONE)
_MORE: Final = np.array(model.LENGTHS)


@njit(cache=True, fastmath=True)  # type: ignore[misc]
def _epoch(
    data: Any, offsets: Any, kinds: Any, signs: Any, labels: Any, weights: Any, history: Any, sign_weights: Any,
    bias: Any, met: Any, first: int, last: int, rate: float, dropout: float, decay: float,
) -> float:  # fmt: skip
    """One pass of stochastic gradient descent with a learning rate per row (Adagrad), dropping n-grams at random."""
    rows = np.empty(8192 + features.SLACK, np.int32)
    seen = np.zeros(sign_weights.shape[1], np.uint8)
    columns = last - first
    evidence = np.zeros(columns, np.float32)
    loss = 0.0
    for line in range(len(labels)):
        seen[:] = 0
        written, words, letters, _, _ = features.extract(
            data, offsets[line], offsets[line + 1], kinds, signs, rows, 8192, seen
        )
        of = 0
        if words <= 1:
            while of + 1 < len(_ALONE) and letters >= _ALONE[of + 1]:
                of += 1
        else:
            while of + 1 < len(_MORE) and letters >= _MORE[of + 1]:
                of += 1
            of += len(_ALONE)
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
            evidence[c] = evidence[c] * factor + bias[of, first + c]
            for s in range(len(seen)):
                if seen[s]:
                    evidence[c] += sign_weights[of, s, first + c]
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
        for s in range(len(seen) + 1):  # the last one is the bias
            if s == len(seen) or seen[s]:
                met[of, s] += square
                pace = 0.3 * rate / np.sqrt(met[of, s] + 1)
                for c in range(columns):
                    if s == len(seen):
                        bias[of, first + c] -= pace * evidence[c]
                    else:
                        sign_weights[of, s, first + c] -= pace * evidence[c]
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
        self.signs = np.zeros((model.CLASSES, len(features.SIGNS), model.COLUMNS), np.float32)
        self.bias = np.zeros((model.CLASSES, model.COLUMNS), np.float32)
        self.met = np.zeros((model.CLASSES, len(features.SIGNS) + 1), np.float32)

    def fit(
        self, texts: pl.Series, labels: NDArray[np.int64], first: int, last: int, rate: float, dropout: float
    ) -> float:
        """Learn the columns from `first` to before `last` from one epoch's samples; return the mean loss."""
        data, offsets = features.prepare(texts)
        kinds, signs = features.tables()
        return _epoch(
            data, offsets, kinds, signs, labels, self.weights, self.history, self.signs, self.bias, self.met,
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
            model.pack(weights), scale, self.signs, self.bias, np.zeros((model.CLASSES, len(model.LEADS)))
        )


def clean(lines: list[Line], course: Course, *, per_thousand: int) -> list[Line]:
    """Return `lines` without those of the small languages that are rather in a great one.

    Encyclopedias of small languages quote and list in Persian, Arabic and Urdu. Each half of the lines
    is judged by a model learned from the other half; lines of under four words go in any case. The titles
    of the Gilaki one, names of the Caspian coast for the most part, stay as source `names`: they are put
    into Persian sentences, to teach that such a name alone is no Gilaki. Of the great languages' training lines
    those go that are rather in another of them: quotations. Lines to tune and test on stay as they are.
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
        judge = course.learn(f"judge-{half}", halves, epochs=1, per_thousand=per_thousand).model()
        rows = [line for line in doubtful if _half(line) != half and len(line.text.split()) > 3]
        found = model.evidence(model.score(pl.Series([line.text for line in rows]), judge), judge)
        own = found[np.arange(len(rows)), [model.LANGUAGES.index(_class(line.label)) for line in rows]]
        great = found[:, [model.LANGUAGES.index(label) for label in ("fa", "ar", "ur")]].max(axis=1)
        kept += [line for line, stays in zip(rows, own > great + 0.5, strict=True) if stays]
    stayed = sum(line.source in DOUBTFUL for line in kept)
    print(f"{len(doubtful) - stayed} of {len(doubtful)} doubtful lines dropped")
    # Persian text quotes verses and traditions in Arabic, and a newspaper its foreign column.
    great = [line for line in kept if line.label in ("fa", "ar", "ur") and line.part == "train"]
    found = model.evidence(model.score(pl.Series([line.text for line in great]), judge), judge)
    own = found[np.arange(len(great)), [model.LANGUAGES.index(line.label) for line in great]]
    quoted = {id(line) for line, is_so in zip(great, found[:, :3].max(axis=1) > own + 0.5, strict=True) if is_so}
    print(f"{len(quoted)} of {len(great)} training lines dropped as quotations in another language")
    return [line for line in kept if id(line) not in quoted]


_PERSIAN_ONLY: Final = re.compile(r"[ \u200cآابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیيك]+")
DOUBTFUL: Final = tuple(f"persoarabic-{label}" for label in ("glk", "ks", "bal", "hac", "trw", "brh"))


def _half(line: Line) -> int:
    return hashlib.blake2b(line.group.encode(), digest_size=1, key=b"half").digest()[0] % 2


class UnfinishedError(Exception):
    """Time is up; what is learned so far is kept."""


class Course:
    """Learning in pieces: what is learned is kept in a folder after every epoch, and taken up from there."""

    def __init__(self, folder: Path, *, minutes: float) -> None:
        """Keep states in `folder`; begin no epoch after so many minutes."""
        self.folder = folder
        self.until = time.monotonic() + 60 * minutes
        folder.mkdir(parents=True, exist_ok=True)

    def learn(self, name: str, lines: list[Line], *, epochs: int, per_thousand: int, dialect: bool = False) -> Weights:
        """Return weights learned from the training part of `lines`.

        Raises:
            UnfinishedError: When the minutes are over.
        """
        learned = Weights()
        path = self.folder / f"{name}.npz"
        done = 0
        if path.exists():
            with np.load(path) as kept:
                done = int(kept["done"])
                for array in ("weights", "history", "signs", "bias", "met"):
                    setattr(learned, array, kept[array])
        total = epochs + (2 if dialect else 0)
        given = material(lines) if done < total else None
        for epoch in range(done, total):
            if time.monotonic() > self.until:
                raise UnfinishedError
            assert given is not None
            started = time.perf_counter()
            rng = random.Random(SEED + epoch)
            _seed(SEED + epoch)
            if epoch < epochs:
                texts, labels = samples(given, rng, per_thousand=per_thousand)
                rate = 0.3 * (1 - 0.85 * epoch / epochs)
                loss = learned.fit(texts, labels, 0, len(model.LANGUAGES), rate, 0.15)
            else:
                if epoch == epochs:
                    learned.history[:] = 0
                    learned.met[:] = 0
                texts, labels = dialect_samples(given.lines["fa"], rng, per_thousand=min(per_thousand, 400))
                loss = learned.fit(texts, labels, model.DARI, model.DARI + 1, 0.3 * (1 - 0.4 * (epoch - epochs)), 0.3)
            print(
                f"{name}, epoch {epoch + 1} of {total}: {len(texts)} samples, loss {loss:.4f}, "
                f"{time.perf_counter() - started:.0f} s",
                flush=True,
            )
            arrays = {array: getattr(learned, array) for array in ("weights", "history", "signs", "bias", "met")}
            np.savez(path.with_suffix(".part.npz"), done=epoch + 1, **arrays)
            path.with_suffix(".part.npz").replace(path)
        return learned


def dialect_samples(
    by_source: dict[str, list[Line]], rng: random.Random, *, per_thousand: int
) -> tuple[pl.Series, NDArray[np.int64]]:
    """Draw samples of Dari (1) and of the Persian of Iran (0), the translations of one text equally often."""
    drawn = []
    for source, rows in by_source.items():
        dari = rows[0].label == "fa-AF"
        count = {"tico-prs": 60, "tico-fa": 60, "udhr-fa": 15}.get(source, 15 if dari else 8)
        for _ in range(count * per_thousand):
            line = rows[int(rng.random() * len(rows))]
            drawn.append((mistreat(draw(line.text, rng, 3), "fa", rng), int(dari)))
    rng.shuffle(drawn)
    return pl.Series([text for text, _ in drawn]), np.array([label for _, label in drawn])


def variants(text: str, rng: random.Random) -> dict[str, str]:
    """Return the forms of a sentence that quality is told for.

    The single word is any of the sentence's of at least three letters: a running word, so a frequent one is
    likely, and as it stands there, even where other languages have it too.
    """
    words = text.split()
    long = [word for word in words if len(_LETTER.findall(word)) >= 3]
    forms = {
        "sentence": text,
        "no half-space": text.replace("\u200c", ""),
        "ي ك": text.translate(_YA_KAF),
        "three words": " ".join(words[: _third_word(words)]),
    }
    return forms | ({"one word": rng.choice(long)} if long else {})


def _third_word(words: list[str]) -> int:
    """Return how many of `words` to take for three words in Arabic script: dashes, digits and Latin words do not count."""
    places = [place for place, word in enumerate(words, 1) if _LETTER.search(word)]
    return places[min(2, len(places) - 1)] if places else 3


def _ends(text: str) -> tuple[str, str]:
    """Return the letters of the first eight words of a line, and those of the last eight."""
    words = _NO_LETTER.sub("", text.translate(_FARSI_YA_KAF)).split()
    return " ".join(words[:8]), " ".join(words[-8:])


def held_back(lines: list[Line], *, most: int = 2000) -> pl.DataFrame:
    """Return the sentences that measure quality, in all their forms.

    A sentence has at least four words and fifteen letters; at most `most` are drawn from each source, the
    unseen ones included. One that begins or ends with the same eight words as a training sentence is left out:
    agencies' reports and rewrites of them stand in several papers.

    Returns:
        source, label (what Khabar is to say), form, text.
    """
    rng = random.Random(SEED)
    trained = {end for line in lines if line.part == "train" and line.source not in UNSEEN for end in _ends(line.text)}
    by_source: dict[str, list[Line]] = {}
    for line in lines:
        if (line.part != "test" and line.source not in UNSEEN) or not trained.isdisjoint(_ends(line.text)):
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
    or more those right, on sources whose own labels are clean enough to tell; of the languages outside
    of the set those not called Persian or Arabic, as a mean over sources; and of `documents` the right ones.
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
    for form in ("sentence", "no half-space", "ي ك", "three words", "one word"):
        sure = told.filter(pl.col("form") == form, pl.col("confidence") >= SURE, ~pl.col("source").is_in(DOUBTFUL))
        figures[f"right where confidence >= {SURE}, {form}"] = 100 * sure.select(pl.col("right").mean()).item()
        if form != "one word":  # nothing tells a word that two languages share
            outside = told.filter(pl.col("form") == form, pl.col("label") == "und")
            called = outside.group_by("source").agg(pl.col("said").is_in(["fa", "ar"]).mean())
            figures[f"outside, not fa or ar, {form}"] = 100 * (1 - called["said"].mean())
    whole = documents(held)
    for label, rate in whole.group_by("label").agg(pl.col("right").mean()).sort("label").iter_rows():
        figures[f"{label}, document"] = rate
    iranian = whole.filter(pl.col("label") == "fa", pl.col("source") != "tico-prs")
    figures["Persian of Iran not told to be Dari, document"] = 100 - iranian["Dari"].mean()
    figures["Dari told, document"] = whole.filter(pl.col("source") == "tico-prs")["Dari"].mean()
    return {name: round(figure, 2) for name, figure in figures.items()}


def documents(held: pl.DataFrame) -> pl.DataFrame:
    """Return what becomes of documents of four of the sentences in a frame of `held_back`: a title and three paragraphs.

    Returns:
        Per label and source: documents, and how many of 100 are right, called Persian or Arabic, mixed, and Dari.
    """
    from pipeline.language import detect

    place = pl.int_range(pl.len()).over("source")
    segments = held.filter(pl.col("form") == "sentence").select(
        "source",
        "label",
        "text",
        document_id=pl.col("source") + "-" + (place // 4).cast(pl.String),
        position=(place % 4).cast(pl.Int32),
        kind=pl.when(place % 4 == 0).then(pl.lit("title")).otherwise(pl.lit("paragraph")),
    )
    told = detect(segments.select("document_id", "position", "kind", "text")).documents
    told = segments.unique("document_id", maintain_order=True).join(told, on="document_id", maintain_order="left")
    return (
        told.group_by("label", "source")
        .agg(
            pl.len().alias("documents"),
            (100 * (pl.col("language") == pl.col("label")).mean()).alias("right"),
            (100 * pl.col("language").is_in(["fa", "ar"]).mean()).alias("fa or ar"),
            (100 * pl.col("is_mixed").mean()).alias("mixed"),
            (100 * pl.col("dialect").is_not_null().mean()).alias("Dari"),
        )
        .sort("label", "source")
    )


def calibrate(
    learned: model.Model, lines: list[Line], left_out: dict[tuple[str, ...], model.Model]
) -> NDArray[np.float64]:
    """Return the confidences of `learned`, as `model.Model` keeps them.

    They are counted on tuning lines in all their forms and on languages outside of the set, each scored by
    a model that has not seen that language: `left_out` has that model by the languages it lacks.
    """
    rng = random.Random(SEED)
    known: list[tuple[str, int]] = []
    by_source: dict[str, list[Line]] = {}
    for line in lines:
        if line.part == "tune" and line.source not in (*UNSEEN, "names") and not line.source.startswith("cldr"):
            by_source.setdefault(line.source, []).append(line)
    for rows in by_source.values():
        great = rows[0].label in ("fa", "ar", "fa-AF")
        for line in rng.sample(rows, min(len(rows), 2000 if great else 300)):
            shortest = SHORTEST.get(line.label, 1)
            known += (
                (form, model.LANGUAGES.index(_class(line.label)))
                for form in variants(line.text, rng).values()
                if len(form.split()) >= min(shortest, len(line.text.split()))
            )
    sets = [(learned, known)]
    for labels, other in left_out.items():
        for label in labels:
            rows = [line for line in lines if line.label == label and not line.source.startswith("cldr")]
            rows = rng.sample(rows, min(300, len(rows)))
            texts = [form for line in rows for form in variants(line.text, rng).values()]
            sets.append((other, [(text, model.UNDETERMINED) for text in texts]))
    leads, classes, right, weight = [], [], [], []
    for scorer, cases in sets:
        scored = model.score(pl.Series([text for text, _ in cases]), scorer)
        found = model.evidence(scored, scorer)
        use = scored.letters >= 2
        leads.append(model.lead(found)[use])
        classes.append(model.length_class(scored.letters, scored.words)[use])
        right.append((found[:, : len(model.LANGUAGES)].argmax(axis=1) == [label for _, label in cases])[use])
        never_met = np.where(scored.words[use] >= 3, NEVER_MET_WEIGHT, NEVER_MET_WEIGHT_SHORT)
        weight.append(np.ones(use.sum()) if scorer is learned else never_met)
    x, y, w, of = (np.concatenate(part) for part in (leads, right, weight, classes))
    print(f"calibration on {len(y)} lines, {y.mean():.4f} right")
    table = np.array([confidences(x[of == c], y[of == c], w[of == c]) for c in range(model.CLASSES)])
    with np.printoptions(linewidth=200, suppress=True):
        print(table.round(3))
    return table


NEVER_MET_WEIGHT: Final = 0.2
"""What a line of a language never met counts beside one of a known language, in calibration."""

NEVER_MET_WEIGHT_SHORT: Final = 0.04
"""The same for one or two words: nothing tells a word that two languages share."""

SURE: Final = 0.95
SURELY_RIGHT: Final = 0.9993
"""Of the answers of confidence `SURE` or more at least this share must be right, on every length of line."""


def confidences(leads: NDArray[Any], right: NDArray[Any], weight: NDArray[Any]) -> NDArray[np.float64]:
    """Return the confidence at each of `model.LEADS`.

    It is how often lines of that lead were right, but under `SURE` until those of that lead and more are nearly all.
    """
    kept = monotone(leads, right, weight)
    knots = np.array(model.LEADS)
    for place in range(len(knots)):
        from_here = leads >= knots[max(place - 1, 0)]  # between this knot and the one before, confidence rises to it
        total = weight[from_here].sum()
        wrong = (weight * ~right)[from_here].sum()
        if total >= 300 and wrong / total <= 1 - SURELY_RIGHT:
            break
        kept[place] = min(kept[place], SURE - 0.005)
    return kept


def report_never_met(labels: tuple[str, ...], judge: model.Model, lines: list[Line]) -> None:
    """Print what `judge`, which has never met the languages `labels`, says of their sentences and first words."""
    from pipeline.language.lines import answer

    rng = random.Random(SEED)
    for label in labels:
        rows = [line for line in lines if line.label == label and not line.source.startswith("cldr")]
        rows = [line for line in rows if len(line.text.split()) >= 4]
        for form in ("sentence", "three words"):
            texts = [variants(line.text, rng)[form] for line in rng.sample(rows, min(500, len(rows)))]
            said, _, _ = answer(model.score(pl.Series(texts), judge), judge)
            share = 100 * (1 - said.is_in(["fa", "ar"]).cast(pl.Float64).to_numpy().mean())
            print(f"{label}, never met, {form}: {share:.1f} in 100 of {len(texts)} not called Persian or Arabic")


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
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--scale", type=int, default=1000, help="samples an epoch, as so many a thousand of SAMPLES")
    parser.add_argument("--output", type=Path, default=SEEDS / "models" / "language" / "model.npz")
    parser.add_argument("--state", type=Path, help="where learning is kept between epochs; by default it is not")
    parser.add_argument(
        "--minutes", type=float, default=1e9, help="begin no epoch after so many; call again with --state"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as nowhere:
        course = Course(options.state or Path(nowhere), minutes=options.minutes)
        try:
            learn_all(course, options.epochs, options.scale, options.output)
        except UnfinishedError:
            print(f"time is up: the same command goes on from {options.state}")


EPOCHS: Final = 4


def learn_all(course: Course, epochs: int, per_thousand: int, output: Path) -> None:
    """Learn the model and those without some languages, calibrate, and write `output`."""
    given = [*read_corpus(), *read_written(), *read_locales(), *read_names(), *read_collected()]
    given += make_mazandarani(given)
    lines = clean(given, course, per_thousand=per_thousand // 5)
    learned = course.learn("all", lines, epochs=epochs, per_thousand=per_thousand, dialect=True)
    left_out = {}
    for labels in (*LEFT_OUT, ("hac",)):
        rest = [line for line in lines if line.label not in labels]
        name = "without-" + "-".join(labels)
        left_out[labels] = course.learn(name, rest, epochs=1, per_thousand=per_thousand // 2).model()
    weights, scale = learned.quantised()
    calibration = calibrate(learned.model(), lines, {labels: left_out[labels] for labels in LEFT_OUT})
    for labels, other in left_out.items():
        report_never_met(labels, other._replace(calibration=calibration), lines)
    np.savez_compressed(
        output, weights=weights, scale=scale, signs=learned.signs, bias=learned.bias, calibration=calibration
    )
    print(f"{output}: {output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
