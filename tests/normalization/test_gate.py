"""Measured quality, pinned: half-spaces on edited text, and Arabic text letter by letter."""

import gzip
import hashlib
import json
import re
import tarfile
from pathlib import Path

import polars as pl
import pytest

from pipeline.normalization import normalize
from pipeline.normalization.rules import ARABIC, RULES, character_table
from pipeline.text.characters import ARABIC_LETTER_CLASS, ZWNJ
from tests.development_data import development_data
from training.normalization.corpus import folded, is_careful, read_isna

PINS = json.loads((Path(__file__).parent / "gate.json").read_text(encoding="utf-8"))
pytestmark = pytest.mark.gate


def run(texts: list[str], language: str = "fa", *, apart: bool = False) -> list[str]:
    """Normalise texts as segments of one document, or each as a document of its own."""
    position = pl.int_range(pl.len(), dtype=pl.Int32)
    frame = pl.DataFrame({"text": texts}).with_columns(
        (position if apart else pl.lit(0)).cast(pl.String).alias("document_id"),
        position.alias("position"),
        pl.lit(language).alias("language"),
    )
    return normalize(frame)["normalized_text"].to_list()


def half_spaces(text: str) -> set[int]:
    """Places of half-spaces, counted in characters that are neither space nor half-space."""
    places, at = set(), 0
    for char in text:
        if char == ZWNJ:
            places.add(at)
        elif char != " ":
            at += 1
    return places


def f1(gold: list[str], written: list[str], *, apart: bool = False) -> float:
    right = found = wanted = 0
    for g, out in zip(gold, run(written, apart=apart), strict=True):
        a, b = half_spaces(g), half_spaces(out)
        right, found, wanted = right + len(a & b), found + len(b), wanted + len(a)
    return 2 * right / (found + wanted)


def wrong_insertions(gold: list[str], *, apart: bool = False) -> float:
    """Half-spaces added to text that is in order, per word."""
    added = sum(len(half_spaces(out) - half_spaces(g)) for g, out in zip(gold, run(gold, apart=apart), strict=True))
    return added / sum(len(g.split()) for g in gold)


def perdt() -> list[str]:
    path = development_data("zwnj", "perdt-dev.txt")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == PINS["perdt-dev"]["sha256"]
    return folded(path.read_text(encoding="utf-8").splitlines())


def fars() -> list[str]:
    path = development_data("news", "fa-fars-news-1.json.gz")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == PINS["fars-1"]["sha256"]
    with gzip.open(path) as file:
        articles = json.load(file)
    texts = folded(
        [
            "\n".join([a.get("title") or "", a.get("abstract") or "", *map(str, a.get("paragraphs") or [])])
            for a in articles
        ]
    )
    return [text for text in texts if is_careful(text)]


def isna() -> list[str]:
    path = development_data("news", "fa-isna.tar.gz")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == PINS["isna-tenth"]["sha256"]
    return read_isna(path, held_out=True)


SETS = {"perdt-dev": perdt, "fars-1": fars, "isna-tenth": isna}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("apart", [False, True])
def test_half_spaces(name: str, apart: bool) -> None:
    gold = SETS[name]()
    pin = PINS[name]["apart" if apart else "together"]
    tolerance = PINS["tolerance"]
    assert f1(gold, [g.replace(ZWNJ, "") for g in gold], apart=apart) >= pin["glued_f1"] - tolerance
    assert f1(gold, [g.replace(ZWNJ, " ") for g in gold], apart=apart) >= pin["split_f1"] - tolerance
    assert wrong_insertions(gold, apart=apart) <= pin["wrong_insertions_per_word"] + tolerance / 10


def test_arabic_letters_change_by_the_declared_table_alone() -> None:
    with tarfile.open(development_data("news", "ar-antcorpus.tar.gz")) as archive:
        texts = []
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None:
                texts.append(re.sub("<[^>]*>", " ", file.read().decode("utf-8", "replace")))
            if len(texts) == 2000:
                break
    table = character_table(ARABIC, frozenset(rule.name for rule in RULES if rule.default))
    letters = re.compile(f"[^{ARABIC_LETTER_CLASS}\u064b-\u0652]")
    for raw, out in zip(texts, run(texts, "ar"), strict=True):
        expected = "".join(table.get(c, c) for c in raw)
        if "ی" in raw:  # by shape: checked in test_folding
            expected, out = (re.sub("[یيى]", "ي", x) for x in (expected, out))
        assert letters.sub("", out) == letters.sub("", expected)
