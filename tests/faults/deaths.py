"""A run that dies at a given moment of its publication: `python -m tests.faults.deaths "half a copy"`.

The process kills itself with SIGKILL, so nothing is flushed, closed or rolled back. The file is built upon the last one
however much has changed.

Belongs here: the moments. Does not belong here: what is to hold afterwards (`test_faults`, `kills`).
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from assets.running import run_once
from pipeline import publishing, search
from pipeline.publishing import Snapshot


def die(*_: Any, **__: Any) -> Any:
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def half_a_copy(source: Path, target: Path) -> None:
    """Copy half of a file, then die."""
    content = source.read_bytes()
    target.write_bytes(content[: len(content) // 2])
    die()


def main(moment: str) -> int:
    """Run until `moment`."""
    publishing.REBUILT_FROM = 100.0  # type: ignore[misc]
    if moment == "half a copy":
        publishing.copy_file = half_a_copy
    elif moment == "rows deleted":
        fill = Snapshot._fill

        def fill_some(snapshot: Snapshot, table: publishing.Table, select: str) -> None:
            # The first table's rows are deleted and written, the second's only deleted.
            if table is publishing.BY_DOCUMENT[1]:
                die()
            fill(snapshot, table, select)

        Snapshot._fill = fill_some  # type: ignore[method-assign]
    elif moment == "rows written":
        search.UPDATES = (*search.UPDATES, "COMMIT", "CHECKPOINT {catalog}", "BEGIN")  # type: ignore[misc]
        Snapshot.run = die  # type: ignore[method-assign]
    elif moment == "checked":
        os.replace = die  # type: ignore[assignment]
    elif moment == "replaced":
        Snapshot._remember = die  # type: ignore[method-assign]
    return run_once()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
