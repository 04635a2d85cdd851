"""The whole chain over a folder: documents a second, memory, and what a rerun costs.

    python -m benchmarks.pipeline                        # 2,000 articles of its own
    python -m benchmarks.pipeline FOLDER --times 10      # a folder of text files, and nine variations of each

Six runs in processes of their own. Over a single article with nothing changed, and with another text in it: the two
start-ups, for whoever has anything to do loads the compiled kernels, the gazetteer and the models, however little it is. Then over the
folder from nothing, with nothing changed, with one file in a hundred new, changed or gone, each net of its start-up; what
reruns cost is given as a share of the run from nothing.

Belongs here: timing runs as an operator sees them. Does not belong here: any one stage.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
WORDS = (
    "دولت مجلس اقتصاد سفر دیدار همکاری کشور رئیس‌جمهور وزیر قرارداد بازار نفت گاز شهر مردم گزارش نشست برنامه توسعه "
    "منطقه سازمان بین‌المللی روابط تجارت صادرات فرهنگ ورزش تیم بازی فصل هفته سال ماه روز گذشته آینده جدید مهم بزرگ"
).split()
REPLACED = 0.3
"""Share of words that a variation takes from other articles: too many for it to count as a copy."""
DAYS = 400
"""A variation is dated at most so many days away from its model."""


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


class Variations:
    """Articles made of those of a folder: other words, numbers and dates, markup as it is.

    Which words come in depends on the seed, the file's name and the variation's number alone, so that every
    machine makes the same.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = sorted(path for path in folder.rglob("*") if path.is_file())
        text = " ".join(path.read_text("utf-8", "replace") for path in self.files[:: max(len(self.files) // 2000, 1)])
        # Running words, so that each comes as often as it does in the language.
        self.words = re.findall(r"[\u0621-\u06cc\u200c]{3,}", text)

    def make(self, model: Path, number: int) -> str:
        """Return variation `number` of a file; 0 is the file itself."""
        text = model.read_text("utf-8", "replace")
        if number == 0:
            return text
        key = f"{model.relative_to(self.folder)} {number}"
        chance = random.Random(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))
        days = timedelta(days=chance.randrange(-DAYS, DAYS))

        def word(found: re.Match[str]) -> str:
            return chance.choice(self.words) if chance.random() < REPLACED else found[0]

        def moved(found: re.Match[str]) -> str:
            try:
                return (date.fromisoformat(found[0]) + days).isoformat()
            except ValueError:
                return found[0]

        text = re.sub(r"[\u0621-\u06cc\u200c]{3,}", word, text)
        return re.sub(r"\b(?:19|20)\d\d-\d\d-\d\d\b", moved, text)

    def put(self, target: Path, model: Path, number: int) -> Path:
        """Write a variation into a folder, in a subfolder of its number."""
        path = target / f"{number:02}" / model.relative_to(self.folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.make(model, number), encoding="utf-8")
        return path


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took.

    Attributes:
        seconds: By the clock on the wall.
        cpu: Processor seconds, worker processes included.
        peak: Resident memory of its largest process, in MB.
        code: Its exit status.
    """

    seconds: float
    cpu: float
    peak: float
    code: int


def run(source: Path, data: Path, options: Sequence[str] = ()) -> Cost:
    """Run once, in a process of its own."""
    environment = {**os.environ, "KHABAR_INPUT": str(source), "KHABAR_DATA": str(data)}
    # Modules are compiled once and kept, as they are wherever nothing forbids it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "khabar-bytecode")
    with tempfile.TemporaryFile("w+") as log:
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "assets", "run", *options], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        said = log.read()
        if process.returncode or "KHABAR_BENCHMARK_LOG" in os.environ:
            print(said[-3000:], file=sys.stderr)
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, process.returncode)


def change(source: Path, variations: Variations, times: int, seed: int = 1) -> int:
    """Change one file in a hundred: a third are new, a third hold another text, a third are gone. Return how many."""
    chance = random.Random(seed)
    files = sorted(path for path in source.rglob("*") if path.is_file())
    victims = chance.sample(files, max(len(files) // 100, 3))
    for i, path in enumerate(victims):
        model = chance.choice(variations.files)
        if i % 3 == 0:
            variations.put(source, model, times + seed)
        elif i % 3 == 1:
            path.write_text(variations.make(model, times + seed + 1), encoding="utf-8")
        else:
            path.unlink()
    return len(victims)


def main() -> int:
    """Print the table; 0 where every run succeeded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--documents", type=int, default=2000, help="how many to generate without a folder")
    parser.add_argument("--times", type=int, default=1, help="variations of each file, the file itself counted")
    parser.add_argument("--keep", type=Path, help="work in this folder, leave it, and go on from what is in it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        place = given.keep or Path(made)
        models, source, data = given.folder or place / "models", place / "input", place / "data"
        if given.folder is None and not models.exists():
            write(models, given.documents)
        variations = Variations(models)
        if not source.exists():
            for number in range(given.times):
                for model in variations.files:
                    variations.put(source, model, number)
        single = place / "single"
        shutil.rmtree(single, ignore_errors=True)
        variations.put(single / "input", variations.files[0], 0)
        run(single / "input", single / "data")
        idle = run(single / "input", single / "data")
        variations.put(single / "input", variations.files[0], 0).write_text(variations.make(variations.files[0], 1))
        loading = run(single / "input", single / "data")
        rows = [
            ("start-up: one article, nothing changed", idle, idle),
            ("start-up: one article, changed", loading, loading),
        ]
        if not data.exists():
            rows.append(("from nothing", run(source, data), loading))
        rows.append(("nothing changed", run(source, data), idle))
        count = change(source, variations, given.times, seed=random.randrange(1000) if given.keep else 1)
        rows.append((f"{count:,} files new, changed or gone", run(source, data), loading))
        with duckdb.connect(str(data / "khabar.duckdb"), read_only=True) as con:
            (documents, text) = con.execute("SELECT count(*), sum(length(text)) FROM news.documents").fetchall()[0]
        size = (data / "khabar.duckdb").stat().st_size
    print(f"{documents:,} documents, {text / 1e6:,.1f} million characters; published file {size / 1e6:,.1f} MB\n")
    print("| run | seconds | net of start-up | CPU seconds | net | largest process, MB |\n|---|---|---|---|---|---|")
    for name, cost, start in rows:
        net, net_cpu = cost.seconds - start.seconds, cost.cpu - start.cpu
        print(f"| {name} | {cost.seconds:,.1f} | {net:,.1f} | {cost.cpu:,.1f} | {net_cpu:,.1f} | {cost.peak:,.0f} |")
    whole = next((cost for name, cost, _ in rows if name == "from nothing"), None)
    if whole is not None:
        last = rows[-1][1]
        print(
            f"\nOne file in a hundred costs {(last.seconds - loading.seconds) / (whole.seconds - loading.seconds):.1%} of "
            f"the time and {(last.cpu - loading.cpu) / (whole.cpu - loading.cpu):.1%} of the CPU seconds of the run from "
            f"nothing, net of start-up; {documents / whole.seconds:,.0f} documents a second from nothing."
        )
    return max(cost.code for _, cost, _ in rows)


if __name__ == "__main__":
    sys.exit(main())
