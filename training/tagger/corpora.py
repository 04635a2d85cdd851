"""The training sets and raw news, as texts with spans.

Belongs here: file formats, what each set's labels become. Does not belong here: tokens.

Labels that become ours: PER and PERS are PER; ORG and POG (political groups) are ORG; LOC, GPE
(geopolitical) and FAC (buildings) are LOC. Everything else (dates, money, nationalities, events, MISC) is no name.
A token of PEYMA with a space inside, where a half-space belongs, is written with that space.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LABELS = {"PER": "PER", "PERS": "PER", "ORG": "ORG", "POG": "ORG", "LOC": "LOC", "GPE": "LOC", "FAC": "LOC"}

Sentence = list[tuple[str, str]]


@dataclass
class Marked:
    """Texts, one sentence each, and the ``(start, end, label)`` code point spans in each."""

    texts: list[str] = field(default_factory=list)
    spans: list[list[tuple[int, int, str]]] = field(default_factory=list)

    def first(self, share: float) -> Marked:
        """Return the first texts, that share of them and one at least."""
        count = max(1, round(share * len(self.texts)))
        return Marked(self.texts[:count], self.spans[:count])


def read(path: Path, separator: str | None) -> Iterator[Sentence]:
    """Yield the sentences of a file of one token and tag a line, tokens with tags; Wojood's separator is None."""
    sentence: Sentence = []
    for line in path.read_text("utf-8").split("\n"):
        parts = line.rsplit(separator, 1) if separator else line.split()
        if not line.strip() or parts[0] == "$#$":
            if sentence:
                yield sentence
            sentence = []
            continue
        tag = parts[-1].replace("_", "-") if len(parts) > 1 else "O"
        if separator is None:  # Wojood: several nested tags; the first of ours counts
            tag = next((tag for tag in parts[1:] if tag[2:] in LABELS), "O")
        sentence.append((parts[0], tag))
    if sentence:
        yield sentence


def mark(sentences: Iterator[Sentence] | list[Sentence], *, glued: bool = False) -> Marked:
    """Join each sentence's tokens by spaces; with `glued`, spaces inside of a token go."""
    out = Marked()
    for sentence in sentences:
        at = 0
        parts: list[str] = []
        spans: list[tuple[int, int, str]] = []
        open_label = None
        for token, tag in sentence:
            word = token.replace(" ", "") if glued else token
            at += 1 if parts else 0
            start, at = at, at + len(word)
            parts.append(word)
            label = LABELS.get(tag[2:])
            if label and tag[0] != "B" and open_label == label:
                spans[-1] = (spans[-1][0], at, label)
            elif label:
                spans.append((start, at, label))
            open_label = label
        out.texts.append(" ".join(parts))
        out.spans.append(spans)
    return out


def held_back(sentences: list[Sentence]) -> tuple[list[Sentence], list[Sentence]]:
    """Return the first nine tenths and the last tenth, by document order."""
    cut = len(sentences) - len(sentences) // 10
    return sentences[:cut], sentences[cut:]


def named(root: Path, language: str) -> tuple[dict[str, Marked], dict[str, Marked]]:
    """Return the sets to train on and those to measure on, by name; `root` is the data folder."""
    ner = root / "ner" / language
    if language == "fa":
        train = list(read(ner / "peyma-train.txt", "|"))
        seen = {" ".join(word for word, _ in sentence) for sentence in train}
        dev = [s for s in read(ner / "peyma-dev.txt", "|") if " ".join(word for word, _ in s) not in seen]
        with_spaces = [s for s in train if any(" " in word for word, _ in s)]
        return (
            {
                "peyma": mark(train),
                "glued": mark(with_spaces, glued=True),
                "parstwiner": mark(read(ner / "parstwiner-train.txt", "\t")),
            },
            {
                "peyma": mark(dev),
                "glued": mark(dev, glued=True),
                "parstwiner": mark(read(ner / "parstwiner-dev.txt", "\t")),
            },
        )
    train, dev = held_back(list(read(ner / "anercorp-train.txt", " ")))
    aqmar = [s for path in sorted((ner / "aqmar").glob("*.txt")) for s in read(path, " ")]
    return (
        {
            "anercorp": mark(train),
            "wojood": mark(read(ner / "wojood-sample-train.txt", None)),
            "aqmar": mark(aqmar),
        },
        {"anercorp": mark(dev), "wojood": mark(read(ner / "wojood-sample-val.txt", None))},
    )


def _records(path: Path) -> list[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        text = stream.read()
    try:
        return list(json.loads(text))
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def _tagged(text: str, tag: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    return found[1] if found else ""


def _documents(root: Path, language: str) -> Iterator[list[str]]:
    news = root / "news"
    with tarfile.open(news / ("fa-isna.tar.gz" if language == "fa" else "ar-antcorpus.tar.gz")) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is None:
                continue
            text = file.read().decode("utf-8", "replace")
            if language == "fa":
                yield text.split("\n")
            else:
                yield [
                    _tagged(text, "TITLE"),
                    *_tagged(text, "ABSTRACT").split("\n"),
                    *_tagged(text, "TEXT").split("\n"),
                ]
    if language == "ar":
        for path in sorted(news.glob("ar-saudinewsnet-*.json.gz")):
            for record in _records(path):
                yield [str(record.get("title") or ""), *str(record.get("content") or "").split("\n")]
        return
    for path in sorted([*news.glob("fa-fars-*.json.gz"), *news.glob("fa-varzesh3-*.json.gz")]):
        for record in _records(path):
            paragraphs = record.get("paragraphs") or []
            lines = paragraphs.split("\n") if isinstance(paragraphs, str) else [str(p) for p in paragraphs]  # type: ignore[attr-defined]
            yield [str(record.get("title") or ""), str(record.get("abstract") or ""), *lines]
    for path in sorted((news / "fa-irani-isna").glob("*.csv")):
        with path.open(encoding="utf-8-sig") as stream:
            for row in csv.DictReader(stream):
                yield [row["title"], *row["content"].split("\n")]
    sentences = (root / "zwnj" / "perdt-train.txt").read_text("utf-8").split("\n")
    for at in range(0, len(sentences), 20):
        yield sentences[at : at + 20]


def raw(root: Path, language: str) -> list[list[str]]:
    """Return the raw news of a language, paragraphs by document, long ones once."""
    seen: set[str] = set()
    out = []
    for document in _documents(root, language):
        kept = []
        for line in document:
            text = " ".join(re.sub(r"<[^>]{1,200}>", " ", line).split())
            if len(text) > 3 and text not in seen:
                if len(text) > 40:
                    seen.add(text)
                kept.append(text)
        if kept:
            out.append(kept)
    return out
