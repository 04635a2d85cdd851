"""Parsing beside its peers: `python -m benchmarks.parsing`.

Prints, in Markdown and from one run on one core: megabytes of plain text a second; pages a second beside
trafilatura; for every page how many half-spaces of the article each keeps, and the day of publication each finds
(htmldate too). With `--limits`: time and memory for 100,000 tiny files, and for one line of a gigabyte. Seconds are CPU time, so that a busy machine slows all
alike. The peers live in an environment of their own, `benchmarks/peers/parsing`, which `uv` sets up on the first call.

Belongs here: running all on the same files and printing. Does not belong here: the gates (`tests/parsing`), the
peers' calls (`benchmarks/peers/parsing/extract.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl

from pipeline import parsing
from tests.development_data import DEVELOPMENT_DATA
from tests.parsing.corpus import PARTS, marked

PEERS: Final = Path(__file__).resolve().parent / "peers" / "parsing"
PUBLISHED: Final = {
    "1641304459": "2020-06-22", "1691196862": "2020-08-24", "1784190729": "2020-12-01", "1806793639": "2020-12-25",
    "arabic_article": "2013-08-28", "test_cnn_arabic": "2013-08-04",
    "page-fa-agency": "2021-02-03", "page-ar-breaks": "2020-06-11", "page-ar-wordpress": "2022-04-05",
    "page-ar-author": "2021-06-01", "page-fa-microdata": "2019-08-11", "page-ar-modern": "2022-10-03",
    "page-fa-form": "2020-06-23", "page-ar-live": "2023-02-09",
    "page-fa-item": "2022-10-11", "page-fa-broadcaster": "2023-11-05", "page-fa-wsw": "2022-05-14", "page-fa-drupal-dari": "2022-02-16",
    "page-fa-table": "2023-10-25", "page-fa-interview": "2018-05-28", "page-fa-mobile": "2018-02-24", "page-fa-provincial": "2023-09-21",
    "page-fa-react": "2022-07-02", "page-ar-jazeera-like": "2023-06-20", "page-ar-daily": "2022-09-14", "page-ar-drupal-paper": "2021-04-22",
    "page-ar-agency": "2009-11-03", "page-ar-liveblog": "2022-11-12", "page-ar-blogger": "2011-05-09", "page-ar-gulf": "2023-05-14",
    "page-ar-amp": "2023-09-01",
}  # fmt: skip
"""The day each page itself says; pages that say none are absent."""


def timed(files: list[tuple[Path, str]], repeats: int) -> tuple[list[parsing.Parsed], float]:
    """Return the batches and the least CPU seconds of `repeats` readings of all files."""
    list(parsing.read_many(files[:20]))
    best = float("inf")
    for _ in range(repeats):
        started = time.process_time()
        batches = list(parsing.read_many(files))
        best = min(best, time.process_time() - started)
    return batches, best


def text_speed(folder: Path, repeats: int) -> str:
    """Return one line on the ISNA articles as plain text files."""
    with tarfile.open(DEVELOPMENT_DATA / "news" / "fa-isna.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    files = [(path, str(path.relative_to(folder))) for path in sorted(folder.rglob("*.txt"))]
    size = sum(path.stat().st_size for path, _ in files)
    _, seconds = timed(files, repeats)
    return f"{len(files)} plain text files, {size / 1e6:.1f} MB: {size / 1e6 / seconds:.1f} MB/s, {len(files) / seconds:.0f} files/s"


def limits(folder: Path, files: int, line_bytes: int) -> None:
    """Print time and the process's peak memory for very many tiny files and for one endless line, plain and as a record."""
    tiny = folder / "tiny"
    for i in range(files):
        if i % 1000 == 0:
            (tiny / str(i // 1000)).mkdir(parents=True)
        (tiny / str(i // 1000) / f"{i}.txt").write_text(f"خبر شماره {i}\nاین خبر کوتاه شماره {i} است.\n", "utf-8")
    named = ((path, str(path.relative_to(tiny))) for path in tiny.rglob("*.txt"))
    started = time.process_time()
    read = sum(batch.documents.height for batch in parsing.read_many(named))
    print(f"{read} of {files} tiny files: {time.process_time() - started:.1f} s, peak {peak()} MB")
    piece = "خبر ".encode() * (1 << 18)
    for name, head, tail in (
        ("line.txt", b"", b""),
        ("line.jsonl", b'{"title": "a", "text": "b"}\n{"title": "', b'"}\n{"title": "c", "text": "d"}\n'),
        ("line.csv", b"title,text\na,b\n", b"\nc,d\n"),
    ):
        path = folder / name
        with path.open("wb") as out:
            out.write(head)
            for _ in range(line_bytes // len(piece)):
                out.write(piece)
            out.write(tail)
        started = time.process_time()
        batches = list(parsing.read(path, name))
        seconds = time.process_time() - started
        reasons = [reason for batch in batches for reason in batch.rejects["reason"]]
        documents = sum(batch.documents.height for batch in batches)
        print(f"{name}, a line of {line_bytes / 1e9:.1f} GB: {documents} documents, {reasons}, {seconds:.1f} s, peak {peak()} MB")  # fmt: skip
        path.unlink()


def peak() -> int:
    """Return the most memory this process has held so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def pages() -> dict[str, str]:
    """Return the pages by name: the development data's and the hand-marked ones."""
    found = {
        path.stem: path.read_text("utf-8", "replace") for path in sorted((DEVELOPMENT_DATA / "html").glob("*.html"))
    }
    found |= {entry.name: entry.content for part in PARTS for entry in marked(part) if entry.is_page}
    return found


def peer(markup: list[str], repeats: int, python: list[str]) -> dict[str, Any]:
    """Return the peers' answers and seconds."""
    asked = json.dumps({"pages": markup, "repeats": repeats})
    done = subprocess.run([*python, str(PEERS / "extract.py")], input=asked, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--python", nargs="+", help="a Python that has the peers, instead of uv's environment")
    parser.add_argument("--alone", action="store_true", help="without peers")
    parser.add_argument("--limits", action="store_true", help="only what very many and very large files cost")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--line-bytes", type=int, default=1_000_000_000)
    options = parser.parse_args()
    if options.limits:
        print("## Parsing at its limits\n")
        with tempfile.TemporaryDirectory() as scratch:
            limits(Path(scratch), options.files, options.line_bytes)
        return
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    python = options.python or [uv, "run", "--quiet", "--project", str(PEERS), "python"]

    print("## Parsing\n")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        print(text_speed(folder / "text", options.repeats))
        named = pages()
        real = [name for name in named if not name.startswith("page-")]
        files = []
        for name, markup in named.items():
            path = folder / f"{name}.html"
            path.write_text(markup, "utf-8")
            files.append((path, path.name))
        batches, _ = timed(files, 1)
        _, seconds = timed([file for file in files if Path(file[1]).stem in real] * 10, options.repeats)
        speed = len(real) * 10 / seconds
        documents = {
            row["path"].removesuffix(".html"): row for batch in batches for row in batch.documents.iter_rows(named=True)
        }
    if options.alone:
        print(f"{len(real)} real pages: {speed:.0f} pages/s")
        return
    answers = peer([named[name] for name in real], options.repeats, python)
    peer_speed = len(real) * options.repeats / answers["seconds"]
    print(
        f"\n{len(real)} real pages: {speed:.0f} pages/s; trafilatura {peer_speed:.0f} pages/s: {speed / peer_speed:.1f} times\n"
    )
    answers = peer(list(named.values()), 1, python)
    rows = []
    for (name, markup), answer in zip(named.items(), answers["answers"], strict=True):
        document = documents[name]
        body = document["body"]
        rows.append(
            {
                "page": name,
                "published": PUBLISHED.get(name, "(none)"),
                "khabar": str(document["published_on"] or "(none)"),
                "trafilatura": str(answer["trafilatura_date"] or "(none)"),
                "htmldate": str(answer["htmldate"] or "(none)"),
                "half-spaces, khabar": body.count("\u200c"),
                "half-spaces, trafilatura": answer["text"].count("\u200c"),
                "half-spaces on the page": markup.count("\u200c") + markup.count("&zwnj;"),
            }
        )
    frame = pl.DataFrame(rows)
    print("| " + " | ".join(frame.columns) + " |\n|" + " --- |" * frame.width)
    for row in frame.rows():
        print("| " + " | ".join(map(str, row)) + " |")
    for name in ("khabar", "trafilatura", "htmldate"):
        print(f"\nday right, {name}: {(frame[name] == frame['published']).sum()} of {frame.height}", end="")
    print()


if __name__ == "__main__":
    main()
