"""Training text of the half-space models: reading it, and its pieces as flat arrays.

Belongs here: the sources of text, which of their articles are taken, pieces of words. Does not belong here: counts
(`training.normalization.tables`).
"""

from __future__ import annotations

import gzip
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from pipeline.normalization import NormalizationSettings, features, lexicon, neighbours, normalize
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


def pieces(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Yield each run of letters of a text with what parts it from the one before: BREAK, SPACE or JOINED.

    And the kinds of the sign before it and the sign behind it (`neighbours.sign_kind`), where signs stand there.
    """
    parting = BREAK
    open_ = False
    before = neighbours.EDGE
    last: tuple[str, int, int] | None = None
    behind = 0
    for token in _TOKEN.findall(_MARKS.sub("", text)):
        if token == ZWNJ:
            parting, open_ = (JOINED if open_ else BREAK), False
        elif token[0] == " ":
            parting, open_ = (SPACE if open_ else BREAK), False
        elif _LETTERS.match(token):
            if last is not None:
                yield *last, behind
            parting = BREAK if open_ else parting
            last = (token, parting, (before or neighbours.OTHER) if parting == BREAK else 0)
            parting, open_, before, behind = BREAK, True, 0, 0
        else:
            if not before:
                behind = int(neighbours.sign_kind(ord(token[0])))
            before = int(neighbours.sign_kind(ord(token[-1])))
            parting, open_ = BREAK, False
    if last is not None:
        yield *last, (behind if before else neighbours.EDGE)


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
    """Pieces of all texts as flat lists, by ids into `names`."""

    names: list[str] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    piece: list[int] = field(default_factory=list)
    parting: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
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
            for piece, parting, before, behind in pieces(text):
                self.piece.append(self.id(piece))
                self.parting.append(parting)
                self.before.append(before)
                self.behind.append(behind)
                self.fold.append(number % FOLDS)
                self.source.append(source)


class Words:
    """Every word of a corpus, written as one.

    Attributes:
        names: Distinct words.
        word: Per word its place in `names`.
        mask: Per word its cutting.
        fold: Per word the fold of its text.
        source: Per word its source.
        start: Per word its first piece.
        end: Per word, past its last piece.
        spaced: Per word, whether a space alone parts it from the one before.
        letters: Letters of all words.
        follows: Per letter what stands after it, as `neighbours.look` wants it.
        first: Per word its first letter.
    """

    def __init__(self, corpus: Corpus) -> None:
        piece = np.array(corpus.piece, np.int64)
        parting = np.array(corpus.parting, np.int8)
        begins = parting != JOINED
        self.start = np.flatnonzero(begins)
        self.end = np.flatnonzero(np.append(begins[1:], True)) + 1
        ids: dict[str, int] = {}
        word, masks = [], []
        for low, high in zip(self.start.tolist(), self.end.tolist(), strict=True):
            parts = [corpus.names[p] for p in corpus.piece[low:high]]
            at, mask = 0, 0
            for part in parts[:-1]:
                at += len(part)
                mask |= 1 << (at - 1) if at <= features.LONGEST else 0
            word.append(ids.setdefault("".join(parts), len(ids)))
            masks.append(mask)
        self.names = list(ids)
        self.word = np.array(word, np.int64)
        self.mask = np.array(masks, np.uint32)
        self.fold = np.array(corpus.fold, np.int8)[self.start]
        self.source = np.array(corpus.source, np.int8)[self.start]
        self.spaced = parting[self.start] == SPACE
        lengths = np.array([len(name) for name in corpus.names], np.int64)[piece]
        after = np.cumsum(lengths)
        self.letters = np.frombuffer("".join([corpus.names[p] for p in corpus.piece]).encode("utf-32-le"), np.uint32)
        before = np.append(np.array(corpus.before)[1:], neighbours.EDGE)
        behind = np.array(corpus.behind)
        link = np.append(parting[1:], BREAK)
        # A break may have no sign in it, as two half-spaces in a row.
        signs = neighbours.sign_break(np.where(behind == 0, neighbours.OTHER, behind), before)
        self.follows = np.zeros(self.letters.size, np.uint8)
        self.follows[after - 1] = np.where(link == BREAK, signs, link)
        self.first = (after - lengths)[self.start]


def hash_strings(names: list[str]) -> np.ndarray:
    """Return the hash of each string, as the models' lexicon has it."""
    return lexicon.hash_strings(pl.Series(names, dtype=pl.String))
