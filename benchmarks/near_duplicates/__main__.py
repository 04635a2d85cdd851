"""Khabar, datatrove, text-dedup and rensa on newsroom edits: `python -m benchmarks.near_duplicates`.

    python -m benchmarks.near_duplicates [TEXTS.parquet ...] [--column body] [--texts 3000] [--seed 1]

Takes texts from the column of Parquet files (by default the development data's newspapers), leaves out those
that overlap with another, makes documents of them with `benchmarks.near_duplicates.edits` and prints, in
Markdown: recall by edit and strength, precision, F1 and documents a CPU second of each system, all in one
run, on one core. The peers live in an environment of their own, `benchmarks/peers/near_duplicates`.

A system has found a copy if it put it into one cluster with the text it was made from. Precision is over
all pairs of documents that a system put into one cluster.

Speed is given twice. *documents/CPU s* counts all a system does from texts in memory to clusters: Khabar writes its database,
compares every pair in full and decides clusters; rensa compares signatures. *to candidates* stops where there are candidates
to compare: rensa has signatures and has asked its index for each; Khabar has match forms, paragraphs, fingerprints, all of
them written to its database, and the pairs that are due. Like for like is `rensa`, which hashes 4-word shingles as
Khabar does. `rensa_words` hashes single words, a quarter of the letters and another question: two articles of one subject
share their words. `rensa_page` is what a user of rensa's own page runs: single words, its streaming deduplicator, an answer of
which documents to keep.

Belongs here: running all on the same documents, and counting. Does not belong here: the edits.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any, Final
from unittest import mock

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import duckdb
import polars as pl

from benchmarks.near_duplicates.edits import documents, language
from pipeline import deduplication
from pipeline.deduplication import linking, verification
from pipeline.text.matching import match_form

PEERS: Final = Path(__file__).resolve().parent.parent / "peers" / "near_duplicates"
NAMES: Final = ("datatrove", "text_dedup", "rensa", "rensa_words", "rensa_page")
DATA: Final = Path(os.environ.get("KHABAR_DEVELOPMENT_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def development_texts() -> list[str]:
    """Return the articles of the development data, Persian and Arabic by turns."""
    arabic = [
        record["content"]
        for path in sorted(DATA.glob("news/ar-saudinewsnet-*.json.gz"))
        for record in json.loads(gzip.decompress(path.read_bytes()))
    ]
    persian = [
        "\n".join(record["paragraphs"])
        for path in sorted(DATA.glob("news/fa-fars-*.json.gz"))
        for record in json.loads(gzip.decompress(path.read_bytes()))
    ]
    with tarfile.open(DATA / "news" / "fa-isna.tar.gz") as archive:
        persian += [
            file.read().decode("utf-8", "replace")
            for member in archive
            if member.isfile() and (file := archive.extractfile(member)) is not None
        ]
    count = min(len(arabic), len(persian))
    step = max(1, len(arabic) // count), max(1, len(persian) // count)
    return [text for pair in zip(arabic[:: step[0]], persian[:: step[1]], strict=False) for text in pair]


def unrelated(texts: list[str]) -> list[str]:
    """Return the texts of forty words or more that share less than a tenth of their shingles with any before."""
    frame = (
        pl.DataFrame({"text": texts}).with_row_index("n").with_columns(words=match_form(pl.col("text")).str.split(" "))
    )
    frame = frame.filter(pl.col("words").list.len() >= 40)
    shingles = frame.explode("words").select(
        "n", s=pl.concat_str([pl.col("words").shift(-i).over("n") for i in range(4)], separator=" ")
    )
    shingles = shingles.drop_nulls().unique()
    # A shingle of very many texts says nothing of any two.
    rare = shingles.filter(pl.len().over("s").is_between(2, 50))
    pairs = rare.join(rare, on="s").filter(pl.col("n") < pl.col("n_right")).group_by("n", "n_right").len("shared")
    sizes = shingles.group_by("n").len("size")
    related = (
        pairs.join(sizes, on="n")
        .join(sizes, left_on="n_right", right_on="n")
        .filter(pl.col("shared") * 10 >= pl.min_horizontal("size", "size_right"))
    )
    return frame.join(related, left_on="n", right_on="n_right", how="anti")["text"].to_list()


def khabar(given: pl.DataFrame) -> tuple[pl.DataFrame, float, float]:
    """Return Khabar's clusters and the CPU seconds they took, writing to a database on disk."""
    frame = given.with_row_index("document").select(
        pl.col("document").cast(pl.String).alias("document_id"),
        "body",
        # A text is published before its copies, which decides whom a cluster is gathered around.
        pl.when(pl.col("edit") == "").then(pl.date(2023, 1, 1)).otherwise(pl.date(2023, 1, 2)).alias("published_on"),
        pl.lit(None, pl.Datetime("us")).alias("published_at"),
    )
    with tempfile.TemporaryDirectory() as folder:
        con = duckdb.connect(f"{folder}/bench.duckdb", config={"threads": 1})
        deduplication.create_tables(con)
        con.register("bodies", frame.to_arrow())
        verifying = 0.0
        verify = verification.verify

        def timed(*arguments: Any) -> None:
            nonlocal verifying
            begun = time.process_time()
            verify(*arguments)
            verifying += time.process_time() - begun

        started = time.process_time()
        for batch in frame.iter_slices(2000):
            signatures = deduplication.sign(batch)
            con.execute("BEGIN")
            deduplication.remember(con, signatures, batch["document_id"].clear())  # all are new, as the asset knows
            con.execute("COMMIT")
        con.execute("BEGIN")
        with mock.patch.object(verification, "verify", timed):
            deduplication.link(con, "SELECT document_id, body FROM bodies")
        linked = time.process_time()
        deduplication.cluster(con, "bench")
        con.execute("COMMIT")
        seconds = time.process_time() - started
        found = con.sql(
            "SELECT document_id::BIGINT AS document, cluster_id AS cluster FROM deduplication.clusters"
        ).pl()
        con.close()
    return found, seconds, linked - started - verifying


def peer(name: str, source: Path, folder: Path, python: list[str]) -> tuple[pl.DataFrame, float, float | None]:
    """Return a peer's clusters, the CPU seconds they took, and those until the candidates, where it says so."""
    done = subprocess.run(
        [*python, str(PEERS / "find.py"), name, str(source), str(folder)], capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return pl.read_parquet(folder / f"{name}.parquet"), said["seconds"], said["candidates"]


def score(given: pl.DataFrame, found: pl.DataFrame) -> tuple[pl.DataFrame, float]:
    """Return for each copy whether it was found, and the precision over all pairs within clusters."""
    rows = given.with_row_index("document").select("base", "edit", "strength", pl.col("document").cast(pl.Int64))
    clustered = rows.join(found.select(pl.col("document").cast(pl.Int64), "cluster"), on="document", how="left")
    originals = clustered.filter(pl.col("edit") == "").select("base", original="cluster")
    copies = (
        clustered.filter(~pl.col("edit").is_in(["", "one_number"]))
        .join(originals, on="base")
        .select("edit", "strength", found=(pl.col("cluster") == pl.col("original")).fill_null(False))
    )
    sizes = clustered.drop_nulls("cluster").group_by("cluster").agg(pl.len().alias("n"))
    same = clustered.drop_nulls("cluster").group_by("cluster", "base").agg(pl.len().alias("n"))

    def pairs(counts: pl.DataFrame) -> int:
        return int(counts.select((pl.col("n").cast(pl.Int64) * (pl.col("n") - 1) // 2).sum()).item())

    return copies, pairs(same) / max(1, pairs(sizes))


def table(frame: pl.DataFrame) -> str:
    """Return a frame as a Markdown table."""
    rows = [frame.columns, ["---"] * len(frame.columns)]
    rows += [["" if v is None else f"{v:.3f}" if isinstance(v, float) else str(v) for v in row] for row in frame.rows()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--column", default="body")
    parser.add_argument("--texts", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", nargs="*", default=NAMES, choices=NAMES)
    parser.add_argument("--python", nargs="+", help="the peers' interpreter, if not by uv")
    arguments = parser.parse_args()
    if arguments.files:
        texts = pl.concat([pl.read_parquet(path, columns=[arguments.column]) for path in arguments.files])
        bodies = texts[arguments.column].drop_nulls().to_list()
    elif DATA.exists():
        bodies = development_texts()
    else:
        sys.exit(f"no texts given and none at {DATA}: name Parquet files, or set KHABAR_DEVELOPMENT_DATA")
    base = unrelated(bodies)[: arguments.texts]
    given = pl.DataFrame(
        [(d.body, d.base, d.edit, d.strength, language(d.body)) for d in documents(base, arguments.seed)],
        schema=["body", "base", "edit", "strength", "language"],
        orient="row",
    )
    # Compiles, or loads what is compiled, as the peers' own libraries are before their clocks start: a crowd of editions
    # of one text asks for every kernel.
    crowd = given.head(1).join(pl.DataFrame({"n": range(2 * linking.CROWD)}), how="cross")
    editions = crowd.with_columns(body=pl.format("{} {}", "body", "n")).drop("n")
    khabar(pl.concat([given.head(50), editions]))
    python = arguments.python or [
        shutil.which("uv") or str(Path(sys.executable).with_name("uv")), "run", "--project", str(PEERS), "python",
    ]  # fmt: skip
    results: dict[str, tuple[pl.DataFrame, float, float | None]] = {"khabar": khabar(given)}
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "documents.parquet"
        given.write_parquet(source)
        for system in arguments.peers:
            results[system] = peer(system, source, Path(name), python)

    print(f"\n{given.height} documents of {len(base)} texts, {given['body'].str.len_bytes().sum() / 1e6:.1f} MB\n")
    summary, recalls = [], None
    for system, (found, seconds, candidates) in results.items():
        copies, precision = score(given, found)
        recall = float(copies["found"].mean())  # type: ignore[arg-type]
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        to_candidates = given.height / candidates if candidates else None
        summary.append((system, precision, recall, f1, given.height / seconds, to_candidates, seconds))
        by_edit = copies.group_by("edit", "strength").agg(
            pl.len().alias("copies"), pl.col("found").mean().alias(system)
        )
        recalls = by_edit if recalls is None else recalls.join(by_edit.drop("copies"), on=["edit", "strength"])
    print(
        table(
            pl.DataFrame(
                summary,
                schema=[
                    "system",
                    "precision",
                    "recall",
                    "F1",
                    "documents/CPU s",
                    "to candidates, documents/CPU s",
                    "CPU s",
                ],
                orient="row",
            )
        )
    )
    print("\nRecall by edit and strength\n")
    assert recalls is not None
    print(table(recalls.sort("edit", "strength")))


if __name__ == "__main__":
    main()
