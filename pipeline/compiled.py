"""Compiled kernels on disk must be of today's source.

Numba keeps a compiled kernel beside its module and compiles anew when that file changes, but not when a file changes whose
functions or constants the kernel calls: after an upgrade an old kernel would go on giving old results, silently. So what
is older than any source of its stage, or of the text foundations, is thrown away when the engine is imported.

Belongs here: throwing away. Does not belong here: kernels. A folder of kernels set by `NUMBA_CACHE_DIR` is left alone:
who sets it keeps it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

ENGINE: Final = Path(__file__).resolve().parent
SHARED: Final = ENGINE / "text"
INDEX: Final = ".nbi"


def forget_stale(engine: Path = ENGINE, shared: Path = SHARED) -> int:
    """Remove the index of each kernel that is older than a source it may depend on; return how many.

    Without its index a kernel is compiled at its next call. Where files cannot be removed, nothing happens: neither can
    kernels be stored there.
    """
    foundations = _newest(shared)
    removed = 0
    for cache in engine.rglob("__pycache__"):
        kernels = list(cache.glob(f"*{INDEX}"))
        if not kernels:
            continue
        stage = engine / cache.relative_to(engine).parts[0]
        changed = max(foundations, _newest(stage))
        for index in kernels:
            with contextlib.suppress(OSError):  # gone, or not ours to remove
                if index.stat().st_mtime < changed:
                    index.unlink()
                    removed += 1
    return removed


def _newest(folder: Path) -> float:
    return max((path.stat().st_mtime for path in folder.rglob("*.py")), default=0.0)
