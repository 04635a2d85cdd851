"""What a look of the sensor for new files costs: `python -m benchmarks.sensor [--files 1000000]`.

Makes empty files in folders of a thousand, looks at them as the sensor does once a minute, and prints seconds by the
clock, processor seconds and memory of the second look, beside a look that asks every file for its size and time.

Belongs here: timing `assets.automation.glance`. Does not belong here: what starts a run.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from assets import automation

FOLDER_FILES = 1_000


def make(folder: Path, files: int) -> None:
    """Make empty files, a thousand to a folder."""
    for start in range(0, files, FOLDER_FILES):
        place = folder / f"{start // FOLDER_FILES:05}"
        place.mkdir(parents=True)
        for number in range(start, min(start + FOLDER_FILES, files)):
            (place / f"{number:07}.txt").touch()


def look(folder: Path, looked_at: int) -> tuple[float, float, str]:
    """Look once; return seconds by the clock, processor seconds, and what was seen."""
    wall, cpu = time.monotonic(), time.process_time()
    seen = automation.glance(folder, folder / "data", looked_at=looked_at)
    return time.monotonic() - wall, time.process_time() - cpu, seen


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sensor", description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1_000_000)
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        make(folder, given.files)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for name, limit in (("as the sensor looks", automation.FILES_LOOKED_AT), ("asking each file", given.files)):
            first, second = look(folder, limit), look(folder, limit)
            if first[2] != second[2]:
                print("two looks at an unchanged folder differ", file=sys.stderr)
                return 1
            held = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            rows.append(f"| {name} | {second[0]:.2f} | {second[1]:.2f} | {held:.1f} |")
    print(f"{given.files:,} files in folders of {FOLDER_FILES:,}\n")
    print("| look | seconds | CPU seconds | MB more than before |\n|---|---|---|---|")
    print("\n".join(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
