"""Many reruns in one process with random changes between them: nothing may grow.

Belongs here: the soak and its account. Does not belong here: faults (`kills`, `test_faults`).

    python -m tests.faults.soak --runs 300
"""

import argparse
import gc
import os
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import psutil

from assets import home
from assets.automation import JOB_NAME
from assets.definitions import build_definitions
from tests.faults.harness import write_article, write_corpus

QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
WARM_UP = 20
"""Runs before the first figures: caches fill, kernels load, free blocks of the databases settle."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run left behind.

    Attributes:
        seconds: How long it took.
        pace: The same as a multiple of `yardstick`, timed before and after it: a machine that others use is now fast,
            now slow, and ten minutes tell of it more than of the run.
        memory: Resident bytes of the process after it.
        files: Open file descriptors after it.
        warehouse: Bytes of the warehouse after its checkpoint.
        published: Bytes of the published file.
    """

    seconds: float
    pace: float
    memory: int
    files: int
    warehouse: int
    published: int


def yardstick() -> float:
    """Return the seconds that a fixed piece of work takes, a tenth or so: Python, DuckDB and Polars, as in a run."""
    started = time.monotonic()
    words = [f"{number * 7919 % 10007:x}" for number in range(120_000)]
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + len(word)
    pl.DataFrame({"word": words}).group_by("word").len().sort("word")
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("SELECT sum(hash(i::VARCHAR) % 1000) FROM range(600_000) AS t(i) GROUP BY i % 1000").fetchall()
    return time.monotonic() - started


def soak(folder: Path, runs: int, *, documents: int = 150, seed: int = 0) -> list[Figures]:
    """Run `runs` times; before each, some files come, change and go, their number staying about the same."""
    chance = random.Random(seed)
    source, data = folder / "input", folder / "data"
    write_corpus(source, documents, seed)
    process = psutil.Process()
    figures = []
    with home.instance(data) as instance:
        unit = yardstick()
        for number in range(runs):
            # Few enough of all that most publications build upon the one before, some write all rows.
            for _ in range(3):
                write_article(source, chance.randrange(documents), chance)
            files = sorted(source.rglob("*.txt"))
            chance.choice(files).unlink()
            changed = chance.choice(files)
            if changed.exists():
                changed.write_text(changed.read_text() + f"{chance.random()}\n")
            started = time.monotonic()
            definitions = build_definitions(input=str(source), data=str(data), workers=1)
            result = definitions.resolve_job_def(JOB_NAME).execute_in_process(
                instance=instance, raise_on_error=True, run_config=QUIET
            )
            assert result.success
            seconds = time.monotonic() - started
            gc.collect()
            before, unit = unit, yardstick()
            figures.append(
                Figures(
                    seconds,
                    2 * seconds / (before + unit),
                    process.memory_info().rss,
                    process.num_fds(),
                    (data / "warehouse" / "warehouse.duckdb").stat().st_size,
                    (data / "khabar.duckdb").stat().st_size,
                )
            )
            if (number + 1) % 10 == 0:
                last = figures[-1]
                print(
                    f"{number + 1:4} {last.seconds:6.2f} s {last.pace:6.1f} units  {last.memory / 1e6:7.1f} MB  {last.files:3} files  "
                    f"warehouse {last.warehouse / 1e6:6.2f} MB  published {last.published / 1e6:6.2f} MB",
                    flush=True,
                )
    return figures


def growth(figures: list[Figures]) -> dict[str, float]:
    """Return by how much each figure grew from the first tenth after the warm-up to the last tenth.

    Medians are compared, of run time those of `pace`; but of the published file the largest sizes: it is built upon until a tenth of the documents has
    been replaced and then written whole, so its size goes up and down, and a median says at which point of that it was met.
    """
    steady = figures[min(WARM_UP, len(figures) // 3) :]
    tenth = max(len(steady) // 10, min(len(steady) // 2, 5))
    names = ("pace", "memory", "files", "warehouse", "published")
    grown = {}
    for name in names:
        of = max if name == "published" else statistics.median
        first = of([getattr(f, name) for f in steady[:tenth]])
        last = of([getattr(f, name) for f in steady[-tenth:]])
        grown[name] = last / first - 1
    return grown


def main() -> int:
    """Run the soak and return 0 where nothing grew by more than a tenth."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--documents", type=int, default=150)
    given = parser.parse_args()
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        grown = growth(soak(Path(folder), given.runs, documents=given.documents))
    for name, share in grown.items():
        print(f"{name:10} {share:+.1%}")
    return 0 if all(share <= 0.10 for share in grown.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
