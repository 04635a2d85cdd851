"""Language detection beside its peers, on lines not trained on: `python -m benchmarks.language`.

Prints, in Markdown: the share of right answers per language and form of a sentence for Khabar, pycld2,
fastText's lid.176 and lingua, all in one run on one core; sentences a second; Khabar's confusion matrix
and how its confidence holds; what it says of languages it was not taught. The peers live in an
environment of their own, `benchmarks/peers/language`, which `uv` sets up on the first call.

Belongs here: running all on the same lines and printing. Does not belong here: the lines and the split
(`training.language`), the peers' calls (`benchmarks/peers/language/detect.py`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.language import classify
from training import language as training

PEERS: Final = Path(__file__).resolve().parent / "peers" / "language"
NAMES: Final = ("pycld2", "lid.176", "lingua")
SAME: Final = {"ku": "ckb", "prs": "fa"}
"""Codes of peers that mean what Khabar calls otherwise."""


def khabar(texts: list[str]) -> tuple[list[str], float]:
    """Return Khabar's labels and the seconds they took, each text new to it."""
    classify(texts[:50])
    series = pl.Series(texts)
    started = time.perf_counter()
    labels, _ = classify(series)
    return labels.to_list(), time.perf_counter() - started


def peer(name: str, texts: list[str], python: list[str]) -> tuple[list[str], float]:
    """Return a peer's labels and the seconds they took."""
    done = subprocess.run(
        [*python, str(PEERS / "detect.py"), name], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    return [SAME.get(label, label) for label in answer["labels"]], answer["seconds"]


def table(frame: pl.DataFrame) -> str:
    """Return a frame as a Markdown table."""
    rows = [frame.columns, ["---"] * len(frame.columns)]
    rows += [["" if v is None else f"{v:.2f}" if isinstance(v, float) else str(v) for v in row] for row in frame.rows()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=500, help="sentences per source")
    parser.add_argument("--python", nargs="+", help="a Python that has the peers, instead of uv's environment")
    parser.add_argument("--alone", action="store_true", help="without peers")
    options = parser.parse_args()
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    python = options.python or [uv, "run", "--quiet", "--project", str(PEERS), "python"]

    lines = training.read_measured()
    frame = training.held_back(lines, most=options.most)
    texts = frame["text"].to_list()
    sentences = frame.filter(pl.col("form") == "sentence")
    alone, confidences = classify(texts)
    speeds = {"khabar": khabar(sentences["text"].to_list())[1]}
    frame = frame.with_columns(alone.alias("khabar"), confidences.alias("confidence"))
    for name in () if options.alone else NAMES:
        labels, _ = peer(name, texts, python)
        frame = frame.with_columns(pl.Series(name, labels))
        speeds[name] = peer(name, sentences["text"].to_list(), python)[1]
    tools = list(speeds)

    known = frame.filter(pl.col("label") != "und")
    by_source = known.group_by("label", "source", "form").agg(
        pl.len().alias("lines"), *((100 * (pl.col(tool) == pl.col("label")).mean()).alias(tool) for tool in tools)
    )
    print("## Right answers in 100, mean over sources\n")
    print(
        table(
            by_source.group_by("form", "label")
            .agg(pl.col("lines").sum(), *(pl.col(tool).mean() for tool in tools))
            .sort("form", "label")
        )
    )
    print("\n## Khabar per source: right answers in 100\n")
    forms = ["sentence", "no half-space", "ي ك", "three words", "one word"]
    print(
        table(
            by_source.pivot("form", index=["label", "source"], values="khabar")
            .select("label", "source", *forms)
            .sort("label", "source")
        )
    )
    print("\n## Languages outside of the set: not called Persian or Arabic, in 100\n")
    outside = frame.filter(pl.col("label") == "und", pl.col("form").is_in(["sentence", "three words"]))
    print(
        table(
            outside.group_by("source", "form")
            .agg(
                pl.len().alias("lines"),
                *((100 * (~pl.col(tool).is_in(["fa", "ar"])).mean()).alias(tool) for tool in tools),
            )
            .sort("source", "form")
        )
    )
    print("\n## Khabar's confusion matrix on sentences (rows: what it is; columns: what was said)\n")
    matrix = frame.filter(pl.col("form") == "sentence").group_by("label", "khabar").len()
    print(table(matrix.pivot("khabar", index="label", values="len", sort_columns=True).sort("label")))
    print("\n## Confidence: of the answers in each band, how many are right\n")
    clean = frame.filter(~pl.col("source").is_in(training.DOUBTFUL))
    edges = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99]
    bands = clean.with_columns(
        band="from "
        + pl.Series(edges).gather(pl.Series(edges).search_sorted(clean["confidence"], "right") - 1).cast(pl.String),
        right=pl.col("khabar") == pl.col("label"),
    )
    print(
        table(
            bands.group_by("band")
            .agg(
                pl.len().alias("lines"),
                (100 * pl.col("confidence").mean()).alias("mean confidence"),
                (100 * pl.col("right").mean()).alias("right in 100"),
            )
            .sort("mean confidence")
        )
    )
    print("\nOf those of 0.95 or more, by form:\n")
    print(
        table(
            bands.group_by("form", maintain_order=True).agg(
                (100 * (pl.col("confidence") >= 0.95).mean()).alias("in 100 lines"),
                (100 * pl.col("right").filter(pl.col("confidence") >= 0.95).mean()).alias("right in 100"),
            )
        )
    )
    print("\n## Documents of four sentences, in 100 (tico-prs is Dari, the other Persian of Iran)\n")
    print(table(training.documents(frame)))
    print("\n## Sentences a second, one core\n")
    count = len(sentences)
    rows = [(tool, round(count / seconds), seconds / speeds["khabar"]) for tool, seconds in speeds.items()]
    print(table(pl.DataFrame(rows, schema=["tool", "sentences a second", "time, Khabar = 1"], orient="row")))


if __name__ == "__main__":
    main()
