"""Normalisation beside its peers: `python -m benchmarks.normalization`.

Prints, in Markdown: how well Khabar, hazm and parsivar give back half-spaces that were deleted or turned into
spaces, how many they add to text that is in order, what they leave of addresses, numbers and dates, their speed (on
text as it is, and on text that has lost all its half-spaces) and memory, all in one run, each in a process of its own
on one core. Nobody but Khabar says where in the raw text a character came from. ``--arabic`` prints instead what each
rule changes in 2,000 Arabic news articles (ANT).

Belongs here: running all on the same text and printing. Does not belong here: pinned quality (the gates).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.text.characters import ZWNJ

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks" / "peers" / "normalization"
DATA = Path(os.environ.get("KHABAR_DEVELOPMENT_DATA", ROOT.parent / "shared" / "data"))

FRAGILE = (
    "نشانی https://www.example.com/a_b?q=1&n=12 است",
    "به info@example.com بنویسید",
    "ساعت 12:30 روز 1403/05/12",
    "نسبت 3.14 و 1,250,000",
    "خانهٔ پدری",
    "تهران ـ مشهد",
)
"""What a normaliser must leave as it is, digit shapes aside."""

KHABAR = """
import json, resource, sys, time
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
texts = json.load(sys.stdin)
import polars as pl
frame = lambda t: pl.DataFrame({"document_id": [str(i) for i in range(len(t))], "text": t}).with_columns(
    pl.lit(0, pl.Int32).alias("position"), pl.lit("fa").alias("language"))
given = frame(texts)
before = peak()
started = time.process_time()
from pipeline.normalization import normalize
normalize(frame(["سلام بر شما"]))
loaded = time.process_time()
seconds = []
for _ in range(3):
    begun = time.process_time()
    out = normalize(given)
    seconds.append(time.process_time() - begun)
held = peak() - before
json.dump({"texts": out["normalized_text"].to_list(), "seconds": min(seconds), "load_seconds": loaded - started,
           "megabytes": held}, sys.stdout)
"""


def run(name: str, texts: list[str], peers: list[str]) -> dict[str, Any]:
    """Normalise texts by one system in a process of its own."""
    command = [sys.executable, "-c", KHABAR] if name == "khabar" else [*peers, str(PEERS / "normalize.py"), name]
    one_core = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    done = subprocess.run(
        command,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | one_core,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"{name} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no message'}"
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def half_spaces(text: str) -> tuple[str, set[int]]:
    """A text's letters, and where among them half-spaces stand."""
    letters, places = [], set()
    for char in text:
        if char == ZWNJ:
            places.add(len(letters))
        elif char.isalpha():
            letters.append(char)
    return "".join(letters), places


def score(gold: list[str], out: list[str]) -> tuple[float, float]:
    """F1 over gaps between letters, and half-spaces added per word of the texts whose letters were kept."""
    right = found = wanted = words = added = 0
    for g, o in zip(gold, out, strict=True):
        letters, a = half_spaces(g)
        kept, b = half_spaces(o)
        if letters != kept:
            wanted += len(a)  # letters were changed: nothing of it counts as right
            continue
        right, found, wanted = right + len(a & b), found + len(b), wanted + len(a)
        words, added = words + len(g.split()), added + len(b - a)
    return 2 * right / max(found + wanted, 1), added / max(words, 1)


def arabic() -> int:
    """Print what each rule changes in Arabic news: what comes out otherwise where it alone is switched off."""
    path = DATA / "news" / "ar-antcorpus.tar.gz"
    if not path.exists():
        print(f"no development data at {path}: set KHABAR_DEVELOPMENT_DATA")
        return 0
    import polars as pl

    from pipeline.normalization import NormalizationSettings, normalize
    from pipeline.normalization.rules import ARABIC, RULES, character_table
    from pipeline.text.characters import ARABIC_LETTER_CLASS

    texts: list[str] = []
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and len(texts) < 2000:
                texts.append(re.sub("<[^>]*>", " ", file.read().decode("utf-8", "replace")))
    frame = pl.DataFrame({"document_id": [str(i) for i in range(len(texts))], "text": texts}).with_columns(
        pl.lit(0, pl.Int32).alias("position"), pl.lit("ar").alias("language")
    )

    def run_without(*names: str) -> list[str]:
        return normalize(frame, settings=NormalizationSettings(without=frozenset(names)))["normalized_text"].to_list()

    everything = run_without()
    print(
        f"{len(texts)} articles, {sum(map(len, texts))} characters\n\n| rule | articles changed | characters, + | - |"
    )
    print("|---|---|---|---|")
    for rule in (rule for rule in RULES if rule.default and ARABIC in rule.profiles):
        articles, more, fewer = 0, Counter[str](), Counter[str]()
        for a, b in zip(run_without(rule.name), everything, strict=True):
            if a != b:
                articles += 1
                before, after = Counter(a), Counter(b)
                fewer += before - after
                more += after - before
        shown = (", ".join(f"U+{ord(c):04X} {n}" for c, n in sorted(x.items())) for x in (more, fewer))
        print(f"| `{rule.name}` | {articles} | {' | '.join(shown)} |")
    table = character_table(ARABIC, frozenset(rule.name for rule in RULES if rule.default))
    letters = re.compile(f"[^{ARABIC_LETTER_CLASS}\u064b-\u0652]")
    changed = 0
    for raw, out in zip(texts, everything, strict=True):
        expected = "".join(table.get(c, c) for c in raw)
        if "ی" in raw:  # becomes ي or ى by its place in the word
            expected, out = (re.sub("[یيى]", "ي", x) for x in (expected, out))
        changed += letters.sub("", out) != letters.sub("", expected)
    print(f"\nArticles with a letter or vowel sign changed outside the declared table: {changed}")
    return 0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.normalization", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--python", nargs="+", help="a Python that has the peers, instead of uv's environment")
    parser.add_argument("--arabic", action="store_true", help="what each rule changes in Arabic news, and nothing else")
    options = parser.parse_args()
    if options.arabic:
        return arabic()
    path = DATA / "zwnj" / "perdt-dev.txt"
    if not path.exists():
        print(f"no development data at {path}: set KHABAR_DEVELOPMENT_DATA")
        return 0
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    peers = options.python or [uv, "run", "--quiet", "--project", str(PEERS), "python"]
    marks = re.compile("[\u064b-\u0655\u0670]")
    gold = [marks.sub("", line) for line in path.read_text(encoding="utf-8").splitlines()]
    speed = (DATA / "zwnj" / "perdt-train.txt").read_text(encoding="utf-8").splitlines()[:12000]
    lost = [line.replace(ZWNJ, "") for line in speed]
    megabytes, lost_megabytes = (sum(len(line.encode()) for line in lines) / 1e6 for lines in (speed, lost))
    print(
        f"{len(gold)} sentences of PerDT's development part; speed on {megabytes:.1f} MB of its training part, one core.\n"
    )
    print(
        "| system | deleted, F1 | became spaces, F1 | added to text in order, % of words | fragile kept | MB/s | MB/s, all deleted | load, s | MB held |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name in ("khabar", "hazm", "parsivar"):
        try:
            glued = run(name, [g.replace(ZWNJ, "") for g in gold], peers)["texts"]
            split = run(name, [g.replace(ZWNJ, " ") for g in gold], peers)["texts"]
            same = run(name, gold, peers)["texts"]
            fragile = run(name, list(FRAGILE), peers)["texts"]
            timed, timed_lost = run(name, speed, peers), run(name, lost, peers)
        except RuntimeError as error:
            print(f"| {name} | {error} | | | | | | | |")
            continue
        digits = str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789")
        kept = sum(a.translate(digits) == b.translate(digits) for a, b in zip(FRAGILE, fragile, strict=True))
        print(
            f"| {name} | {score(gold, glued)[0]:.3f} | {score(gold, split)[0]:.3f} | {100 * score(gold, same)[1]:.3f} "
            f"| {kept} of {len(FRAGILE)} | {megabytes / timed['seconds']:.2f} | {lost_megabytes / timed_lost['seconds']:.2f} "
            f"| {timed['load_seconds']:.1f} | {timed['megabytes']:.0f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
