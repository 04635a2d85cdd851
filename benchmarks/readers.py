"""Which DuckDB reads the published file: every minor version since 1.2, each in an environment of its own.

    python -m benchmarks.readers [FILE]

Belongs here: opening, counting and searching with older readers. Does not belong here: what is in the file.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

VERSIONS = ("1.2.0", "1.2.2", "1.3.2", "1.4.4", "1.5.0", "2.0.0")
ASK = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
documents = con.execute("SELECT count(*) FROM news.documents").fetchall()[0][0]
found = con.execute("SELECT count(*) FROM search('ایران العراق')").fetchall()[0][0]
mapped = con.execute("SELECT count(raw_start(offset_map, 1)) FROM (SELECT offset_map FROM news.segments WHERE length(normalized_text) > 2 LIMIT 50)").fetchall()[0][0]
comments = con.execute("SELECT count(*) FROM duckdb_columns() WHERE comment IS NOT NULL").fetchall()[0][0]
print(f"{documents} documents, {found} found, {mapped} mapped, {comments} comments")
"""


def main() -> int:
    """Print what each version reads; 0 where all read the same."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readers", description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=Path("data/khabar.duckdb"))
    given = parser.parse_args()
    if not given.file.exists():
        parser.error(f"there is no {given.file}: run `make run` first")
    answers = set()
    print("| DuckDB | reads |\n|---|---|")
    for version in VERSIONS:
        done = subprocess.run(
            [sys.executable, "-m", "uv", "run", "--quiet", "--no-project", "--with", f"duckdb=={version}", "python", "-c", ASK, str(given.file)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = done.stdout.strip() or "cannot: " + (done.stderr.strip().splitlines() or ["?"])[-1]
        answers.add(said)
        print(f"| {version} | {said} |", flush=True)
    return 0 if len(answers) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
