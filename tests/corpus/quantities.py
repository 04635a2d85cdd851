"""Reads the hand-made amounts: `quantities.tsv`, on which the grammar was made, and `quantities-held.tsv`.

A line is language, text, and the amounts expected in it, in order: `surface => value unit`, joined by ` | `. Each
line is a document of its own, so that what a bare dinar is of must be told by the line.
"""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent


class Expected(NamedTuple):
    surface: str
    value: float
    unit: str


class Case(NamedTuple):
    language: str
    text: str
    expected: tuple[Expected, ...]


def read(name: str) -> list[Case]:
    """Return the cases of a file of this folder."""
    cases = []
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        language, text, expected = line.split("\t")
        cases.append(Case(language, text, tuple(_expected(row) for row in expected.split(" | ") if row.strip())))
    return cases


def _expected(row: str) -> Expected:
    surface, _, told = row.partition(" => ")
    value, unit = told.split()
    return Expected(surface.strip(), float(value), unit)
