"""Every benchmark in turn: `python -m benchmarks`, or some of them by name.

Each prints its own tables in Markdown. One that cannot run here (no development data, no way to install a
peer) says so and does not stop the others.
"""

from __future__ import annotations

import argparse
import pkgutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def names() -> list[str]:
    """Return the benchmarks there are, by module name."""
    folder = str(ROOT / "benchmarks")
    return sorted(module.name for module in pkgutil.iter_modules([folder]) if not module.name.startswith("_"))


def main() -> int:
    """Run the benchmarks asked for; 0 where all of them ran."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(names())}; all by default")
    given = parser.parse_args()
    unknown = set(given.names) - set(names())
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    failed = []
    for name in given.names or names():
        print(f"\n## {name}\n", flush=True)
        started = time.monotonic()
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, check=False)
        print(f"\n({time.monotonic() - started:.0f} s)", flush=True)
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"\ndid not run to the end: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
