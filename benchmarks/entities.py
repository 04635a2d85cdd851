"""Tagging and linking: quality on the development data and speed, part by part: `python -m benchmarks.entities`.

Prints, in Markdown: what `tests/entities/gate.json` pins, measured now; span F1 of the whole chain on marked text
written to files, by set and by how many sentences stand in a file; tokens a second of the gazetteer alone (beside a
plain Python scan over the same forms), of the whole stage in one process and in two, and of joining names. With
`chain` or `speed` as argument only that part.

Belongs here: running and printing. Does not belong here: the measures (`tests.entities.measures`), the
statistical tagger beside its peers (`benchmarks.tagger`).
"""

from __future__ import annotations

import functools
import multiprocessing
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.entities import find_dates, find_quantities, tag
from pipeline.entities.gazetteer import load
from pipeline.entities.matching import AR, FA, find_names, fold_name, words_of
from tests.development_data import DEVELOPMENT_DATA
from tests.entities import chain
from tests.entities.frames import segments
from tests.entities.tagger.scoring import MAIN, aqmar, data
from tests.entities.test_gate import figures
from training.tagger import corpora


@functools.cache
def _news(language: str) -> list[str]:
    return ["\n".join(lines) for lines in corpora.raw(DEVELOPMENT_DATA, language)]


def articles(language: str, tokens: int, seed: int = 1) -> pl.DataFrame:
    """Return segments of real articles of about that many tokens, other ones for another seed."""
    texts = _news(language)
    documents: list[tuple[str, str, str]] = []
    count = 0
    for number in random.Random(seed).sample(range(len(texts)), len(texts)):
        documents.append((f"{len(documents):06}", language, texts[number]))
        count += len(texts[number].split())
        if count >= tokens:
            break
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
    wanted = sys.argv[1:] or ["figures", "chain", "speed"]
    if "figures" in wanted:
        print("| figure | now |\n|---|---|")
        for name, figure in figures().items():
            print(f"| {name} | {figure:.4f} |")
    if "chain" in wanted:
        chain_figures()
    if "speed" in wanted:
        speed()


def speed() -> None:
    """Print tokens a second of the gazetteer alone and of the whole stage."""
    gazetteer = load()
    forms = set(pl.concat([pl.read_parquet(p) for p in _forms()])["form"].to_list())
    print(f"\n{len(gazetteer.entities):,} entities, {len(forms):,} forms\n")
    print("| language | tokens | gazetteer scan, tokens/s | plain Python scan | times |")
    print("|---|---|---|---|---|")
    for language, flag in (("fa", FA), ("ar", AR)):
        frame = articles(language, 200_000)
        texts = frame["normalized_text"].to_list()
        tokens = sum(len(text.split()) for text in texts)
        flags = np.full(len(texts), flag, np.uint8)
        find_names(words_of(texts[:50]), flags[:50], gazetteer.table)
        started = time.perf_counter()
        find_names(words_of(texts), flags, gazetteer.table)
        scan = time.perf_counter() - started
        started = time.perf_counter()
        python_scan(texts[: len(texts) // 10], forms)
        plain = 10 * (time.perf_counter() - started)
        print(f"| {language} | {tokens:,} | {tokens / scan:,.0f} | {tokens / plain:,.0f} | {plain / scan:.0f} |")
    stage()


def chain_figures() -> None:
    """Print span F1 of the whole chain on every set, in files of ten sentences and in one file."""
    sets = {language: data(language)[1] for language in MAIN}
    runs: list[tuple[str, int, dict[str, corpora.Marked]]] = [
        ("", 10, {"peyma": sets["fa"]["peyma"], "anercorp": sets["ar"]["anercorp"]}),
        (", half-spaces glued", 10, {"peyma": sets["fa"]["glued"]}),
        ("", 100_000, {"peyma": sets["fa"]["peyma"], "anercorp": sets["ar"]["anercorp"]}),
        (
            "",
            10,
            {
                "parstwiner": sets["fa"]["parstwiner"],
                "wojood": sets["ar"]["wojood"],
                "aqmar (trained on)": aqmar(),
            },
        ),
    ]
    print(
        "\n| whole chain on | sentences a file | precision | recall | F1 | PER | ORG | LOC |\n|---|---|---|---|---|---|---|---|"
    )
    for note, per_file, measured in runs:
        with tempfile.TemporaryDirectory() as folder:
            found = chain.figures(measured, Path(folder) / "work", per_file)
        for name, figure in found.items():
            shown = " | ".join(f"{figure[k]:.2f}" for k in ("precision", "recall", "f1", "PER", "ORG", "LOC"))
            print(f"| {name}{note} | {'all' if per_file > 1000 else per_file} | {shown} |", flush=True)


def whole(frame: pl.DataFrame) -> tuple[int, float]:
    """Run the stage on a batch; return mentions and CPU seconds. Runs in a worker process, too."""
    started = time.process_time()
    mentions = tag(frame).height
    find_dates(frame)
    find_quantities(frame)
    return mentions, time.process_time() - started


def stage() -> None:
    """Print tokens a second of the whole stage (mentions, dates and amounts), in one process and in two."""
    print(
        "\n| language | tokens | whole stage, one process, tokens/s | by CPU time | two processes, tokens/s |\n|---|---|---|---|---|"
    )
    day = pl.lit(date(2019, 2, 20)).alias("published_on")
    for language in MAIN:
        batches = [articles(language, 100_000, seed).with_columns(day) for seed in range(8)]
        tokens = sum(len(text.split()) for batch in batches for text in batch["normalized_text"])
        whole(batches[0])
        started = time.perf_counter()
        cpu = sum(whole(batch)[1] for batch in batches)
        one = time.perf_counter() - started
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
            list(pool.map(whole, batches[:1] * 4))
            started = time.perf_counter()
            list(pool.map(whole, batches))
            two = time.perf_counter() - started
        print(
            f"| {language} | {tokens:,} | {tokens / one:,.0f} | {tokens / cpu:,.0f} | {tokens / two:,.0f} |", flush=True
        )


def _forms() -> list[str]:
    from pipeline.entities.gazetteer import FILES
    from pipeline.seeds import seed

    return [str(seed("gazetteer", f"{name}-forms.parquet")) for name in FILES]


if __name__ == "__main__":
    main()
