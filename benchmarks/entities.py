"""Tagging and linking: quality on the development data and speed, part by part: `python -m benchmarks.entities`.

Prints, in Markdown: what `tests/entities/gate.json` pins, measured now; tokens a second of the gazetteer alone
(beside a plain Python scan over the same forms), of the whole of `tag`, and of joining names.

Belongs here: running and printing. Does not belong here: the measures (`tests.entities.measures`), the
statistical tagger beside its peers (`benchmarks.tagger`).
"""

from __future__ import annotations

import random
import time

import numpy as np
import polars as pl

from pipeline.entities import link, tag
from pipeline.entities.gazetteer import load
from pipeline.entities.matching import AR, FA, find_names, fold_name, words_of
from tests.entities.frames import segments
from tests.entities.measures import gold_rows
from tests.entities.real_articles import article
from tests.entities.test_gate import figures


def articles(language: str, tokens: int) -> pl.DataFrame:
    """Return segments of real articles of about that many tokens, repeated with other ids where they are few."""
    texts = sorted({article(r["file"], r["record"]) for r in gold_rows() if r["language"] == language})
    rng = random.Random(1)
    documents: list[tuple[str, str, str]] = []
    count = 0
    while count < tokens:
        text = rng.choice(texts)
        documents.append((f"{len(documents):06}", language, text))
        count += len(text.split())
    return segments(*documents)


def python_scan(texts: list[str], forms: set[str], longest: int = 6) -> int:
    """Find the same forms the plain way: every run of words looked up in a set."""
    found = 0
    for text in texts:
        words = fold_name(text).split(" ")
        for i in range(len(words)):
            for size in range(longest, 0, -1):
                if " ".join(words[i : i + size]) in forms:
                    found += 1
                    break
    return found


def main() -> None:
    """Print the tables."""
    print("| figure | now |\n|---|---|")
    for name, figure in figures().items():
        print(f"| {name} | {figure:.4f} |")
    gazetteer = load()
    forms = set(pl.concat([pl.read_parquet(p) for p in _forms()])["form"].to_list())
    print(f"\n{len(gazetteer.entities):,} entities, {len(forms):,} forms\n")
    print("| language | tokens | gazetteer scan, tokens/s | plain Python scan | times | `tag` whole, tokens/s |")
    print("|---|---|---|---|---|---|")
    for language, flag in (("fa", FA), ("ar", AR)):
        frame = articles(language, 200_000)
        texts = frame["normalized_text"].to_list()
        tokens = sum(len(text.split()) for text in texts)
        flags = np.full(len(texts), flag, np.uint8)
        find_names(words_of(texts[:50]), flags[:50], gazetteer.table)
        tag(frame.head(50))
        started = time.perf_counter()
        find_names(words_of(texts), flags, gazetteer.table)
        scan = time.perf_counter() - started
        started = time.perf_counter()
        python_scan(texts[: len(texts) // 10], forms)
        plain = 10 * (time.perf_counter() - started)
        started = time.perf_counter()
        mentions = tag(frame)
        whole = time.perf_counter() - started
        print(
            f"| {language} | {tokens:,} | {tokens / scan:,.0f} | {tokens / plain:,.0f} | {plain / scan:.0f} "
            f"| {tokens / whole:,.0f} |"
        )
        started = time.perf_counter()
        link(mentions)
        print(f"\n`link` of {len(mentions):,} mentions: {time.perf_counter() - started:.2f} s\n")


def _forms() -> list[str]:
    from pipeline.entities.gazetteer import FILES
    from pipeline.seeds import seed

    return [str(seed("gazetteer", f"{name}-forms.parquet")) for name in FILES]


if __name__ == "__main__":
    main()
