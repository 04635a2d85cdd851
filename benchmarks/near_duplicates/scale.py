"""How deduplication grows: `python -m benchmarks.near_duplicates.scale [--large 1000000]`.

Makes articles of made-up words whose frequencies fall as those of a language do, in paragraphs, a third of them
with an edited copy, and prints for `--small` and for `--large` of them CPU seconds step by step and the peak
memory of a process that does nothing else; how time grows from one to the other; and what adding 1% to the
smaller costs beside the full run, in the median of three times. All steps count: signatures, database, pairs, clusters, standing paragraphs.

Belongs here: making the articles, and measuring. Does not belong here: how well copies are found
(`benchmarks.near_duplicates`).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline import deduplication

BATCH = 2000
ADDITIONS = 3
"""How often 1% is added: the median counts, for one alone takes so little time that its neighbours on the machine show."""
NONE = pl.Series(dtype=pl.String)
"""All articles are new, and the caller knows it, as the asset does."""
LETTERS = list("ابپتجچحخدرزسشعفقکگلمنوهی")


def articles(count: int, seed: int = 1) -> Iterator[pl.DataFrame]:
    """Yield batches of articles: `document_id`, `body`, `published_on`, `published_at`."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, 9, 60_000)
    vocabulary = np.array(["".join(rng.choice(LETTERS, n)) for n in lengths])
    ranks = np.arange(1, len(vocabulary) + 1)
    shares = np.cumsum(1 / (ranks + 2.7))
    shares /= shares[-1]
    made = 0
    while made < count:
        bodies: list[str] = []
        while len(bodies) < min(BATCH, count - made):
            words = vocabulary[np.searchsorted(shares, rng.random(int(rng.integers(60, 320))))]
            bodies.append(body(words))
            if rng.random() < 1 / 3:
                words = words.copy()
                words[rng.integers(0, len(words), max(1, len(words) // 60))] = "ویرایش"
                bodies.append(body(words[: int(len(words) * rng.uniform(0.85, 1))]))
        bodies = bodies[: count - made]
        numbers = np.arange(made, made + len(bodies))
        yield pl.DataFrame({"number": numbers, "body": bodies}).select(
            pl.format("d{}", "number").alias("document_id"),
            "body",
            pl.lit(None, pl.Date).alias("published_on"),
            pl.lit(None, pl.Datetime("us")).alias("published_at"),
        )
        made += len(bodies)


def body(words: npt.NDArray[np.str_]) -> str:
    """Return the words in paragraphs of forty."""
    return "\n".join(" ".join(words[i : i + 40]) for i in range(0, len(words), 40))


def update(con: duckdb.DuckDBPyConnection, first: int, last: int) -> dict[str, float]:
    """Deduplicate the articles of these row numbers, the last excluded, and say what it cost."""
    cpu, wall = time.process_time(), time.perf_counter()
    for start in range(first, last, BATCH):
        batch = con.sql(f"SELECT * FROM articles WHERE rowid >= {start} AND rowid < {min(start + BATCH, last)}").pl()
        con.execute("BEGIN")
        deduplication.remember(con, deduplication.sign(batch), NONE)
        con.execute("COMMIT")
    linking = time.process_time()
    con.execute("BEGIN")
    deduplication.link(con, "SELECT document_id, body FROM articles")
    clustering = time.process_time()
    copies = deduplication.cluster(con, "scale")
    counting = time.process_time()
    deduplication.count_paragraphs(con, "SELECT document_id, body FROM articles")
    con.execute("COMMIT")
    ended = time.process_time()
    return {
        "documents": last - first, "copies": copies, "cpu": ended - cpu, "wall": time.perf_counter() - wall,
        "sign": linking - cpu, "link": clustering - linking, "cluster": counting - clustering,
        "paragraphs": ended - counting,
    }  # fmt: skip


def measure(path: str, extra: int) -> None:
    """Deduplicate the articles of a database but the last `ADDITIONS * extra`, then those by turns; print what each cost."""
    warm = duckdb.connect()  # compiles, or loads what is compiled, before the clock starts
    deduplication.create_tables(warm)
    warm.register("_few", next(articles(200)).to_arrow())
    warm.execute("CREATE TABLE articles AS SELECT * FROM _few")
    for first, last in ((0, 190), (190, 200)):
        update(warm, first, last)
    warm.close()
    con = duckdb.connect(path, config={"threads": 1, "memory_limit": "1500MB"})
    deduplication.create_tables(con)
    total = int(con.execute("SELECT count(*) FROM articles").fetchall()[0][0])
    first = total - ADDITIONS * extra
    answer = [update(con, 0, first)]
    if extra:
        answer += [update(con, start, start + extra) for start in range(first, total, extra)]
    con.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"steps": answer, "peak_gib": peak}))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--measure", nargs=2, metavar=("DATABASE", "EXTRA"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure[0], int(arguments.measure[1]))
        return
    seconds = []
    print("| documents | copies | CPU s | sign | link | cluster | paragraphs | peak GiB |")
    print("|---|---|---|---|---|---|---|---|")
    for count, extra in ((arguments.small, arguments.small // 100), (arguments.large, 0)):
        if not count:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scale.duckdb"
            con = duckdb.connect(str(path))
            con.execute(
                "CREATE TABLE articles (document_id VARCHAR, body VARCHAR, published_on DATE, published_at TIMESTAMP)"
            )
            for batch in articles(count + ADDITIONS * extra):
                con.register("_batch", batch.to_arrow())
                con.execute("INSERT INTO articles SELECT * FROM _batch")
            con.close()
            command = [sys.executable, "-m", "benchmarks.near_duplicates.scale", "--measure", str(path), str(extra)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            measured = json.loads(done.stdout)
        for step in measured["steps"]:
            parts = " | ".join(f"{step[name]:.2f}" for name in ("cpu", "sign", "link", "cluster", "paragraphs"))
            print(f"| {step['documents']:,} | {step['copies']:,} | {parts} | {measured['peak_gib']:.2f} |", flush=True)
        seconds.append((count, measured["steps"][0]["cpu"]))
        if extra:
            full, *more = (step["cpu"] for step in measured["steps"])
            shares = " ".join(f"{cpu / full:.1%}" for cpu in more)
            print(
                f"\nAdding {extra:,} to {count:,} costs {statistics.median(more) / full:.1%} of the full run "
                f"(one after the other: {shares}).\n",
                flush=True,
            )
    if len(seconds) == 2:
        (small, before), (large, after) = seconds
        print(f"\nFrom {small:,} to {large:,} documents CPU time grows {after / before:.2f}-fold.")


if __name__ == "__main__":
    main()
