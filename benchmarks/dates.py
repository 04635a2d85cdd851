"""Dates and amounts beside their peer: `python -m benchmarks.dates`.

Prints, in Markdown: how many of the hand-made days (`tests/corpus/dates-held.tsv`) Khabar and dateparser read right,
and how many days each finds where there is none; F1 of spans on parstdex, counted three ways; then tokens a second of Khabar's dates and amounts on real news, the
grammar's memory empty, on one core. dateparser lives in an environment of its own, `benchmarks/peers/dates`, which
`uv` sets up on the first call.

Belongs here: running both on the same text and printing. Does not belong here: pinned quality (the gates).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.entities import find_dates, find_quantities
from tests.corpus import dates as corpus
from tests.corpus import parstdex
from tests.entities.frames import dated

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / "benchmarks" / "peers" / "dates"
DATA = Path(os.environ.get("KHABAR_DEVELOPMENT_DATA", ROOT.parent / "shared" / "data"))


def peer(cases: list[corpus.Case]) -> dict[str, Any] | None:
    """Return the days that dateparser finds in each case and the seconds it took, or None where it cannot run."""
    if shutil.which("uv") is None and not (ROOT / ".venv" / "bin" / "uv").exists():
        return None
    uv = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
    asked = [(c.language, c.published_on.isoformat() if c.published_on else None, c.text) for c in cases]
    done = subprocess.run(
        [uv, "run", "--quiet", "--project", str(PEER), "python", str(PEER / "find.py")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"dateparser did not run: {done.stderr.strip().splitlines()[-1:]}")
        return None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def compare() -> None:
    """Print days right and days too many, Khabar beside dateparser."""
    cases = corpus.read("dates-held.tsv")
    frame = dated(*((case.text, case.language, case.published_on) for case in cases))
    find_dates(frame[:1])
    started = time.perf_counter()
    rows = find_dates(frame)
    seconds = time.perf_counter() - started
    mine: list[list[str]] = [[] for _ in cases]
    for document_id, day in rows.filter(pl.col("precision") == "day").select("document_id", "start_on").iter_rows():
        if day:
            mine[int(document_id)].append(day.isoformat())
    theirs = peer(cases)
    print("| | days right | of | days that no text names | texts a second |\n|---|---|---|---|---|")
    answers = [("Khabar", mine, seconds)]
    if theirs:
        answers.append((f"dateparser {theirs['version']}", theirs["days"], theirs["seconds"]))
    for name, days, took in answers:
        right = total = wrong = 0
        for case, found in zip(cases, days, strict=True):
            left = list(found)
            for row in case.expected:
                if row.precision == "day" and row.start_on:
                    total += 1
                    if row.start_on.isoformat() in left:
                        left.remove(row.start_on.isoformat())
                        right += 1
            spans = [(row.start_on, row.end_on) for row in case.expected if row.start_on and row.end_on]
            wrong += sum(not any(a <= date.fromisoformat(day) <= b for a, b in spans) for day in left)
        print(f"| {name} | {right} | {total} | {wrong} | {len(cases) / took:.0f} |")


def spans() -> None:
    """Print F1 of spans on parstdex, counted three ways."""
    path = DATA / "dates" / "parstdex.json"
    if not path.exists():
        print(f"\nno parstdex at {path}: set KHABAR_DEVELOPMENT_DATA to measure spans")
        return
    told = parstdex.figures(path, lambda texts: find_dates(dated(*texts)))
    print("\n| parstdex | spans | recall | F1 |\n|---|---|---|---|")
    for name, count, key in (
        ("spans that name days, overlapping", told["spans that name days"], "days"),
        ("all spans, clock times and durations too, overlapping", told["spans"], "all"),
        ("all spans, exact boundaries", told["spans"], "exact"),
    ):
        print(f"| {name} | {count:.0f} | {told[f'recall of {key}']:.3f} | {told[f'f1 of {key}']:.3f} |")
    print(f"\nprecision {told['precision']:.3f}")


def speed() -> None:
    """Print tokens a second of one core on Persian and Arabic news, every run of words new to the grammar."""
    archive = DATA / "news" / "fa-isna.tar.gz"
    if not archive.exists():
        print(f"\nno news at {archive}: set KHABAR_DEVELOPMENT_DATA to measure speed")
        return
    print("\n| news | tokens | dates | tokens/s | amounts | tokens/s | both, tokens/s |\n|---|---|---|---|---|---|---|")
    for name, language, limit in (("fa-isna.tar.gz", "fa", 1500), ("ar-antcorpus.tar.gz", "ar", 3000)):
        lines: list[str] = []
        with tarfile.open(DATA / "news" / name) as members:
            for member in [m for m in members if m.isfile()][:limit]:
                content = members.extractfile(member)
                if content:
                    lines += [
                        line.strip() for line in content.read().decode("utf-8", "replace").splitlines() if line.strip()
                    ]
        frame = dated(*((line, language, date(2019, 2, 20)) for line in lines))
        tokens = sum(len(line.split()) for line in lines)
        started = time.process_time()
        dates = find_dates(frame).height
        middle = time.process_time()
        amounts = find_quantities(frame).height
        ended = time.process_time()
        print(
            f"| {name} | {tokens} | {dates} | {tokens / (middle - started):.0f} | {amounts} "
            f"| {tokens / (ended - middle):.0f} | {tokens / (ended - started):.0f} |"
        )


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    compare()
    spans()
    speed()


if __name__ == "__main__":
    sys.exit(main())
