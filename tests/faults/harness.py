"""What fault tests share: a corpus, runs in processes of their own, and comparison of published tables.

Belongs here: starting, killing and comparing. Does not belong here: which faults are tried.
"""

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline import schema

ROOT = Path(__file__).resolve().parent.parent.parent
RUN_COLUMNS = {"run_id", "first_seen_at", "last_seen_at"}
STAGES = (
    "parsing",
    "articles",
    "deduplication",
    "language",
    "normalization",
    "indexing",
    "entities",
    "linking",
    "stories",
    "publishing",
)
"""In the order in which a run comes through them."""

PLACES = ("بغداد", "تهران", "الدوحة", "قاهره", "بیروت", "دمشق", "کابل", "الرياض", "تونس", "مسقط")
FA = (
    "نشست شماره {i} درباره همکاریهای {place}\n\n"
    "شرکتکنندگان نشست شماره {i} در {place} درباره همکاریهای اقتصادی و فرهنگی گفتوگو کردند و بر ادامه رایزنیها تأکید کردند.\n"
    "ارزش قراردادهای امضاشده {n} میلیون دلار است و اجرای آنها از {d} مهر ۱۴۰۲ آغاز میشود.\n"
)
AR = (
    "الاجتماع رقم {i} حول التعاون في {place}\n\n"
    "بحث المشاركون في الاجتماع رقم {i} في {place} سبل تعزيز التعاون الاقتصادي والثقافي واتفقوا على مواصلة المشاورات خلال الأشهر المقبلة.\n"
    "وتبلغ قيمة العقود الموقعة {n} مليون دولار، ومن المقرر أن يبدأ تنفيذها في {d} تشرين الأول 2023.\n"
)


def write_corpus(folder: Path, documents: int, seed: int = 0) -> None:
    """Write `documents` short articles of both languages, some of them copies of others."""
    chance = random.Random(seed)
    for i in range(documents):
        write_article(folder, i, chance)


def write_article(folder: Path, i: int, chance: random.Random) -> Path:
    """Write one article; one in ten is a copy of an earlier one under another name."""
    text = FA if i % 2 else AR
    told = i - 10 if i % 10 == 7 and i >= 10 else i
    path = folder / f"source{i % 4}" / f"{i:05}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    place = PLACES[told % len(PLACES)]
    path.write_text(
        text.format(i=told, place=place, n=100 + told, d=1 + told % 28) + f"{chance.random()}\n" * (i % 50 == 3)
    )
    return path


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run in a process of its own ended."""

    code: int
    output: str
    seconds: float


def environment(folder: Path, data: Path, **more: str) -> Mapping[str, str]:
    """Return the environment in which a run over `folder` into `data` starts."""
    # Hundreds of runs start from nothing: modules are compiled once, even where writing beside them is forbidden.
    allowed = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own = {
        "KHABAR_INPUT": str(folder),
        "KHABAR_DATA": str(data),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "khabar-bytecode"),
    }
    return {**allowed, **own, **more}


FAKETIME = next(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"), None)
"""The library that gives a process another clock; Debian's package libfaketime."""


def start(folder: Path, data: Path, *, back: int = 0, **options: Any) -> subprocess.Popen[str]:
    """Start a run in a process group of its own, its clock set back by some seconds."""
    clock = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME": f"-{back}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": str(Path(__file__).parent / "clock"),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "assets", "run"],
        cwd=ROOT,
        env=environment(folder, data, **(clock if back else {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **options,
    )


def run(folder: Path, data: Path, **options: Any) -> Outcome:
    """Run to the end."""
    started = time.monotonic()
    process = start(folder, data, **options)
    output, _ = process.communicate(timeout=600)
    return Outcome(process.returncode, output, time.monotonic() - started)


def kill_in(stage: str, after: float, folder: Path, data: Path) -> tuple[bool, str]:
    """Start a run and kill it, with SIGKILL and all its processes, `after` seconds into a stage.

    Returns:
        Whether it was still running then, and what it had said.
    """
    before = STAGES[STAGES.index(stage) - 1] if STAGES.index(stage) else None
    reached = re.compile(rf" info +{before}: \d+ worked on") if before else re.compile("^khabar: reading")
    process = start(folder, data)
    said: list[str] = []
    entered = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if reached.search(line):
                entered.set()
        entered.set()

    listener = threading.Thread(target=listen)
    listener.start()
    entered.wait(120)
    time.sleep(after)
    alive = process.poll() is None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        alive = False
    process.wait()
    listener.join()
    return alive, "".join(said)


DEATHS = ("half a copy", "rows deleted", "rows written", "checked", "replaced")
"""Moments of a publication at which a run can die, in their order."""


def die_at(moment: str, folder: Path, data: Path) -> bool:
    """Run until a moment of the publication and die there as by SIGKILL; say whether it was reached."""
    process = subprocess.run(
        [sys.executable, "-m", "tests.faults.deaths", moment],
        cwd=ROOT,
        env=environment(folder, data),
        capture_output=True,
        check=False,
        timeout=600,
    )
    return process.returncode == -signal.SIGKILL


def tables(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every published row, run columns aside, with clusters and stories named by their members."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    named = {"duplicate_cluster_id", "cluster_id", "story_id"}
    with duckdb.connect(str(data / "khabar.duckdb"), read_only=True) as con:
        con.execute(
            "CREATE TEMP TABLE stories AS SELECT story_id, min(document_id) AS name FROM news.documents GROUP BY story_id"
        )
        con.execute(
            "CREATE TEMP TABLE clusters AS SELECT duplicate_cluster_id AS id, min(document_id) AS name "
            "FROM news.documents WHERE duplicate_cluster_id IS NOT NULL GROUP BY 1"
        )
        for table in schema.PUBLISHED:
            names = []
            for c in table.columns:
                if c.name in RUN_COLUMNS:
                    continue
                if c.name in named:
                    kind = "stories" if c.name == "story_id" else "clusters"
                    key = "story_id" if c.name == "story_id" else "id"
                    names.append(f'(SELECT name FROM {kind} WHERE {kind}.{key} = t."{c.name}") AS "{c.name}"')
                else:
                    names.append(f't."{c.name}"')
            found[table.full_name] = con.execute(
                f"SELECT {', '.join(names)} FROM {table.full_name} AS t ORDER BY ALL"
            ).fetchall()
    return found


def differences(ours: dict[str, list[tuple[Any, ...]]], theirs: dict[str, list[tuple[Any, ...]]]) -> dict[str, int]:
    """Return how many rows of each table stand in one and not in the other."""
    counts = {}
    for name in theirs:
        one, other = set(map(repr, ours[name])), set(map(repr, theirs[name]))
        if one != other or len(ours[name]) != len(theirs[name]):
            counts[name] = len(one ^ other) or abs(len(ours[name]) - len(theirs[name]))
    return counts
