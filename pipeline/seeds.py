"""Where the shipped seeds lie: sample articles, the gazetteer, trained models.

Belongs here: finding them, and telling one edition from another. Does not belong here: reading any of them (each stage reads its own).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

SEEDS: Final = Path(__file__).resolve().parent.parent / "seeds"
"""The folder `seeds` of the checkout."""


def seed(*parts: str) -> Path:
    """Return the path of a seed, such as ``seed("models", "language", "model.npz")``.

    Raises:
        FileNotFoundError: If it is not there.
    """
    path = SEEDS.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: Khabar runs from its checkout; restore it with `git checkout seeds`"
        )
    return path


def fingerprint(*paths: Path) -> str:
    """Return a short text that moves with the names and bytes of these files, and with nothing else."""
    told = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        told.update(f"{path.name}\x1f{len(content)}\x1f".encode() + content)
    return told.hexdigest()[:12]
