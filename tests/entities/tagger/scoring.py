"""How the tagger is measured: span F1, exact boundaries and label, text in and spans out.

Gold spans of the Arabic sets cover whole tokens, the contract leaves proclitics outside: a gold span is trimmed
where its first word is a proclitic and a word that the set also names without one, or that begins a listed
name. That knows nothing of the tagger's own splitting. `lenient` lets a span's start be on either side of one or
two such letters: what is lost to the difference of conventions shows in the distance between the two figures.
"""

from __future__ import annotations

import functools
from pathlib import Path

import polars as pl

from pipeline.text.matching import match_forms
from tests.development_data import DEVELOPMENT_DATA
from training.tagger.corpora import Marked, named
from training.tagger.words import CITY, COUNTRY, _remains, listed_names

MAIN = {"fa": "peyma", "ar": "anercorp"}
Spans = list[set[tuple[int, int, str]]]


@functools.cache
def data(language: str, root: Path = DEVELOPMENT_DATA) -> tuple[dict[str, Marked], dict[str, Marked]]:
    """Return the sets to train on and to measure on, gold proclitics taken off."""
    train, dev = named(root, language)
    if language == "ar":
        cuts = _cuts(root)
        dev = {name: _without_proclitics(marked, cuts) for name, marked in dev.items()}
    return train, dev


def aqmar(root: Path = DEVELOPMENT_DATA) -> Marked:
    """Return AQMAR, which the Arabic tagger was trained on, gold proclitics taken off."""
    return _without_proclitics(named(root, "ar")[0]["aqmar"], _cuts(root))


def _without_proclitics(marked: Marked, cuts: dict[str, int]) -> Marked:
    spans = [
        [(start + min(cuts[text[start:end].split()[0]], end - start - 1), end, label) for start, end, label in own]
        for text, own in zip(marked.texts, marked.spans, strict=True)
    ]
    return Marked(marked.texts, spans)


@functools.cache
def _cuts(root: Path) -> dict[str, int]:
    """Return for each word that begins an Arabic gold span how many of its letters are a proclitic."""
    train, dev = named(root, "ar")
    firsts = {
        text[start:end].split()[0]
        for marked in (*train.values(), *dev.values())
        for text, spans in zip(marked.texts, marked.spans, strict=True)
        for start, end, _ in spans
    }
    listed: dict[bool, set[str]] = {True: set(), False: set()}
    for kind, name in listed_names(root / "gazetteers"):
        parts = name.replace("\u200c", " ").split()
        if parts:
            listed[kind in (COUNTRY, CITY)].add(parts[0])
    ordered = sorted(firsts)
    forms = dict(zip(ordered, match_forms(ordered), strict=True))
    gold = set(forms.values())
    places, names = (set(match_forms(sorted(listed[place]))) for place in (True, False))
    return {word: _cut(forms[word], gold | places, places | names) for word in ordered}


def _cut(word: str, bare: set[str], whole: set[str]) -> int:
    """Return how many letters of a gold span's first word are a proclitic.

    Args:
        word: Its match form.
        bare: Words that make it one when they are what is left; after و, a listed name does too.
        whole: Words that are names as they stand.
    """
    if word in whole:
        return 0
    for rest in _remains(word):
        if rest in bare or (word[0] == "و" and rest in whole and len(word) == len(rest) + 1):
            return len(word) - len(rest) + (0 if word.endswith(rest) else 1)
    return 0


def frame(texts: list[str], language: str) -> pl.DataFrame:
    """Return texts as the segments of one document."""
    return pl.DataFrame(
        {
            "document_id": ["d"] * len(texts),
            "position": pl.Series(range(len(texts)), dtype=pl.Int32),
            "kind": ["paragraph"] * len(texts),
            "language": [language] * len(texts),
            "normalized_text": texts,
        }
    )


def spans_of_frame(found: pl.DataFrame, count: int) -> Spans:
    """Return the spans of each of `count` segments."""
    out: Spans = [set() for _ in range(count)]
    for row in found.iter_rows(named=True):
        out[row["position"]].add((row["start"], row["end"], row["label"]))
    return out


def score(marked: Marked, found: Spans, *, lenient: bool = False) -> dict[str, float]:
    """Return precision, recall and F1 in percent, and F1 by label."""
    gold = [set(spans) for spans in marked.spans]
    if lenient:
        found = [
            {next((g for g in wanted if g[1:] == span[1:] and abs(g[0] - span[0]) <= 2), span) for span in spans}
            for wanted, spans in zip(gold, found, strict=True)
        ]
    out = {}
    for label in ("", "PER", "ORG", "LOC"):
        pick = [
            ({s for s in a if label in ("", s[2])}, {s for s in b if label in ("", s[2])})
            for a, b in zip(gold, found, strict=True)
        ]
        right, total, given = (sum(map(len, part)) for part in zip(*((a & b, a, b) for a, b in pick), strict=True))
        precision, recall = right / max(1, given), right / max(1, total)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        if label:
            out[label] = round(100 * f1, 2)
        else:
            out |= {"precision": round(100 * precision, 2), "recall": round(100 * recall, 2), "f1": round(100 * f1, 2)}
    return out
