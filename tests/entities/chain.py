"""The whole chain on marked text: sentences written to files, `make run`'s own command over them, published mentions.

Belongs here: writing the files, running, holding `news.mentions` against the gold. Does not belong here: the gold
sets (`tests.entities.tagger.scoring`), pins (`test_chain`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb

from tests.entities.tagger.scoring import Spans, score
from training.tagger.corpora import Marked

ROOT = Path(__file__).resolve().parents[2]


def write(marked: Marked, folder: Path, per_file: int) -> None:
    """Write the sentences of a set to text files, a line each and so many to a file, in their order."""
    folder.mkdir(parents=True)
    for number, start in enumerate(range(0, len(marked.texts), per_file)):
        (folder / f"{number:05}.txt").write_text("\n".join(marked.texts[start : start + per_file]) + "\n", "utf-8")


def published(folder: Path, work: Path) -> list[tuple[str, str, int, int, str]]:
    """Run the pipeline over a folder; return path, document text, start, end and label of each published mention."""
    env = os.environ | {"KHABAR_INPUT": str(folder), "KHABAR_DATA": str(work)}
    done = subprocess.run(
        [sys.executable, "-m", "assets", "run"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the run failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    with duckdb.connect(str(work / "khabar.duckdb"), read_only=True) as con:
        return con.execute(
            "SELECT d.path, d.text, m.start_char, m.end_char, m.label FROM news.documents AS d "
            "LEFT JOIN news.mentions AS m USING (document_id)"
        ).fetchall()


def found(sets: Mapping[str, Marked], work: Path, per_file: int = 10) -> dict[str, Spans]:
    """Return what the whole chain finds in each sentence of some sets, all of them in one run.

    Args:
        sets: Name to gold set.
        work: An empty folder for the files and the database.
        per_file: Sentences to a file.

    Raises:
        RuntimeError: If the run fails, or a document's text is not what was written to its file.
    """
    for name, marked in sets.items():
        write(marked, work / "input" / name, per_file)
    out: dict[str, Spans] = {name: [set() for _ in marked.texts] for name, marked in sets.items()}
    for path, text, start, end, label in published(work / "input", work / "data"):
        name, file = path.split("/")
        first = int(file.removesuffix(".txt")) * per_file
        lines = sets[name].texts[first : first + per_file]
        if text.rstrip("\n") != "\n".join(lines).rstrip("\n"):
            raise RuntimeError(f"the text of {path} is not what its file holds")
        if start is None:
            continue
        before = text[:start]
        line = before.count("\n")
        base = before.rfind("\n") + 1
        out[name][first + line].add((start - base, end - base, label))
    return out


def figures(sets: Mapping[str, Marked], work: Path, per_file: int = 10) -> dict[str, dict[str, float]]:
    """Return precision, recall and F1 of the whole chain on each of some sets, in percent."""
    spans = found(sets, work, per_file)
    return {name: score(marked, spans[name]) for name, marked in sets.items()}
