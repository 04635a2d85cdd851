"""What bad input costs: `python -m benchmarks.near_duplicates.bad_input [--scale 1.0]`.

Deduplicates, each in a process of its own, inputs that would make time or pairs grow with the square of
documents, or memory with the longest of them: a million identical documents, a million with empty bodies, one
document of fifty megabytes beside an excerpt of it, one repeated word of fifty megabytes beside another such
document, a hundred thousand editions of one template. Prints CPU seconds, peak memory, pairs compared and copies
found, and ends with an error where an answer is not the right one.

Belongs here: making such input, and measuring. Does not belong here: ordinary articles
(`benchmarks.near_duplicates.scale`).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import duckdb
import polars as pl

from benchmarks.near_duplicates.scale import articles
from pipeline import deduplication

BATCH: Final = 2000
BODY: Final = "وزیر امور خارجه در نشست خبری امروز گفت که گفت‌وگوها ادامه دارد و نتیجه آن هفته آینده اعلام می‌شود. " * 6


def frame(names: list[str], bodies: list[str]) -> pl.DataFrame:
    """Return documents as `deduplication.sign` takes them."""
    return pl.DataFrame({"document_id": names, "body": bodies}).with_columns(
        published_on=pl.lit(None, pl.Date), published_at=pl.lit(None, pl.Datetime("us"))
    )


def _same(body: str, count: int) -> Iterator[pl.DataFrame]:
    for start in range(0, count, BATCH):
        names = [f"{i:08d}" for i in range(start, min(start + BATCH, count))]
        yield frame(names, [body] * len(names))


def identical(scale: float) -> Iterator[pl.DataFrame]:
    """A million documents of one text."""
    return _same(BODY, int(1_000_000 * scale))


def empty(scale: float) -> Iterator[pl.DataFrame]:
    """A million documents without a word."""
    return _same("", int(1_000_000 * scale))


def long(scale: float) -> Iterator[pl.DataFrame]:
    """One document of fifty megabytes, and an excerpt out of its middle."""
    size = int(50_000_000 * scale)
    parts: list[str] = []
    held = 0
    for batch in articles(1_000_000, seed=7):
        for body in batch["body"]:
            parts.append(body)
            held += len(body.encode())
            if held >= size:
                break
        if held >= size:
            break
    text = "\n".join(parts)
    middle = len(text) // 2
    yield frame(["excerpt", "long"], [text[middle : middle + 1500], text])


def repeated(scale: float) -> Iterator[pl.DataFrame]:
    """One word for fifty megabytes, and the same word for somewhat less."""
    count = int(50_000_000 * scale) // len("خبر ".encode())
    yield frame(["more", "less"], ["خبر " * count, "خبر " * (count * 9 // 10)])


def template(scale: float) -> Iterator[pl.DataFrame]:
    """A hundred thousand editions of one price list."""
    count = int(100_000 * scale)
    base = next(articles(1, seed=3))["body"][0].replace("\n", " ")
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        yield frame([f"{i:08d}" for i in numbers], [f"{base} قیمت امروز {i} ریال" for i in numbers])


CASES: Final[dict[str, Callable[[float], Iterator[pl.DataFrame]]]] = {
    case.__name__: case for case in (identical, empty, long, repeated, template)
}
"""By name."""


def copies_due(name: str, documents: int) -> int:
    """Return how many copies there are."""
    return 0 if name == "empty" else documents - 1


def measure(name: str, scale: float) -> dict[str, float | int | str]:
    """Deduplicate one case in this process and say what it cost."""
    warm = duckdb.connect()  # compiles, or loads what is compiled
    _deduplicate(warm, iter([next(articles(20))]))
    warm.close()
    con = duckdb.connect(config={"threads": 1, "memory_limit": "1500MB"})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, documents = _deduplicate(con, CASES[name](scale))
    copies, pairs = (
        int(con.execute(f"SELECT count(*) FROM deduplication.{t}").fetchall()[0][0]) for t in ("duplicates", "pairs")
    )
    if copies != copies_due(name, documents):
        raise AssertionError(f"{name}: {copies} copies found, {copies_due(name, documents)} due")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "input": name, "documents": documents, "CPU s": round(seconds, 2), "copies": copies, "pairs compared": pairs,
        "peak GiB": round(peak / 1024**2, 2), "of it before": round(before / 1024**2, 2),
    }  # fmt: skip


def _deduplicate(con: duckdb.DuckDBPyConnection, batches: Iterator[pl.DataFrame]) -> tuple[float, int]:
    deduplication.create_tables(con)
    con.execute("CREATE TABLE bodies (document_id VARCHAR, body VARCHAR)")
    seconds, documents = 0.0, 0
    for batch in batches:
        con.register("_batch", batch.to_arrow())
        con.execute("INSERT INTO bodies SELECT document_id, body FROM _batch")
        con.unregister("_batch")
        started = time.process_time()
        deduplication.remember(con, deduplication.sign(batch))
        seconds += time.process_time() - started
        documents += batch.height
    started = time.process_time()
    deduplication.link(con, "SELECT document_id, body FROM bodies")
    deduplication.cluster(con, "bad input")
    deduplication.count_paragraphs(con, "SELECT document_id, body FROM bodies")
    return seconds + time.process_time() - started, documents


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--measure", choices=list(CASES), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure, arguments.scale)))
        return
    head = ["input", "documents", "CPU s", "copies", "pairs compared", "peak GiB", "of it before"]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for name in arguments.cases:
        command = [sys.executable, "-m", "benchmarks.near_duplicates.bad_input", "--measure", name]
        done = subprocess.run(
            [*command, "--scale", str(arguments.scale)], stdout=subprocess.PIPE, text=True, check=True
        )
        row = json.loads(done.stdout)
        print("| " + " | ".join(str(row[column]) for column in head) + " |", flush=True)


if __name__ == "__main__":
    main()
