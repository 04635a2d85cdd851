"""The whole chain over a folder: documents a second, memory, and what a rerun costs.

    python -m benchmarks.pipeline [FOLDER]

Without a folder it writes its own: 2,000 generated articles. Three runs in processes of their own: from nothing,
with nothing changed, with one file in a hundred changed.

Belongs here: timing runs as an operator sees them. Does not belong here: any one stage.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
WORDS = (
    "دولت مجلس اقتصاد سفر دیدار همکاری کشور رئیس‌جمهور وزیر قرارداد بازار نفت گاز شهر مردم گزارش نشست برنامه توسعه "
    "منطقه سازمان بین‌المللی روابط تجارت صادرات فرهنگ ورزش تیم بازی فصل هفته سال ماه روز گذشته آینده جدید مهم بزرگ"
).split()


def write(folder: Path, documents: int, seed: int = 0) -> None:
    """Write `documents` articles of about 120 words each, in folders of a thousand."""
    chance = random.Random(seed)
    for i in range(documents):
        path = folder / f"{i // 1000:03}" / f"{i:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(article(chance), encoding="utf-8")


def article(chance: random.Random) -> str:
    """Return one article: a headline and four paragraphs."""
    lines = [" ".join(chance.choices(WORDS, k=8))]
    for _ in range(4):
        body = " ".join(chance.choices(WORDS, k=26))
        lines.append(f"وزیر خارجه ایران در تهران گفت {body} {chance.randrange(1000)} میلیون دلار.")
    return "\n\n".join(lines) + "\n"


def run(source: Path, data: Path) -> tuple[float, float, int]:
    """Run once and return seconds, peak memory of the largest process in MB, and the exit status."""
    environment = {**os.environ, "KHABAR_INPUT": str(source), "KHABAR_DATA": str(data)}
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "assets", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    _, errors = process.communicate()
    seconds = time.monotonic() - started
    if process.returncode:
        print(errors[-2000:])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return seconds, peak, process.returncode


def main() -> int:
    """Print the table; 0 where every run succeeded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--documents", type=int, default=2000, help="how many to generate without a folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        source = given.folder or Path(made) / "input"
        if given.folder is None:
            write(source, given.documents)
        data = Path(made) / "data"
        rows = [("from nothing", *run(source, data)), ("nothing changed", *run(source, data))]
        if given.folder is None:
            chance = random.Random(1)
            files = sorted(source.rglob("*.txt"))
            for path in chance.sample(files, max(len(files) // 100, 1)):
                path.write_text(article(chance), encoding="utf-8")
            rows.append(("one in a hundred changed", *run(source, data)))
        if rows[0][3]:
            return 1
        with duckdb.connect(str(data / "khabar.duckdb"), read_only=True) as con:
            (documents, text) = con.execute("SELECT count(*), sum(length(text)) FROM news.documents").fetchall()[0]
        size = (data / "khabar.duckdb").stat().st_size
    print(f"{documents:,} documents, {text / 1e6:,.1f} million characters; published file {size / 1e6:,.1f} MB\n")
    print("| run | seconds | documents/s | largest process, MB |\n|---|---|---|---|")
    for name, seconds, peak, _ in rows:
        print(f"| {name} | {seconds:,.1f} | {documents / seconds:,.0f} | {peak:,.0f} |")
    return max(row[3] for row in rows)


if __name__ == "__main__":
    sys.exit(main())
