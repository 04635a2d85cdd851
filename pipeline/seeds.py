"""Where the shipped seeds lie: sample articles, the gazetteer, trained models.

Belongs here: finding them. Does not belong here: reading any of them (each stage reads its own).
"""

from __future__ import annotations

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
