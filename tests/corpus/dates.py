"""Reads the hand-made dates: `dates.tsv`, on which the grammar was made, and `dates-held.tsv`, kept apart.

A line is language, day of publication (- for none), text, and the expressions expected in it, in order:
`surface => calendar precision days [rel]`, joined by ` | `. Days are written in any calendar (j, g or h before
them): one day, a first and last day, a month (j1400-07), a year (g2021), or `none`.
"""

from calendar import monthrange
from datetime import date
from pathlib import Path
from typing import NamedTuple

from hijridate import Hijri
from persiantools.jdatetime import JalaliDate

FOLDER = Path(__file__).parent


class Expected(NamedTuple):
    surface: str
    calendar: str
    start_on: date | None
    end_on: date | None
    precision: str
    is_relative: bool


class Case(NamedTuple):
    language: str
    published_on: date | None
    text: str
    expected: tuple[Expected, ...]


def read(name: str) -> list[Case]:
    """Return the cases of a file of this folder."""
    cases = []
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        language, published, text, expected = line.split("\t")
        rows = tuple(_expected(row) for row in expected.split(" | ") if row.strip())
        cases.append(Case(language, None if published == "-" else date.fromisoformat(published), text, rows))
    return cases


def _expected(row: str) -> Expected:
    surface, _, told = row.partition(" => ")
    calendar, precision, days, *relative = told.split()
    first, last = (None, None) if days == "none" else _days(days)
    return Expected(surface.strip(), calendar, first, last, precision, relative == ["rel"])


def _days(days: str) -> tuple[date, date]:
    first, _, last = days.partition("..")
    return _edge(first, last=False), _edge(last or first, last=True)


def _edge(told: str, *, last: bool) -> date:
    calendar, (year, *rest) = told[0], map(int, told[1:].split("-"))
    month = rest[0] if rest else 12 if last else 1
    if len(rest) == 2:
        day = rest[1]
    elif not last:
        day = 1
    elif calendar == "j":
        day = JalaliDate.days_in_month(month, year)
    else:
        day = Hijri(year, month, 1).month_length() if calendar == "h" else monthrange(year, month)[1]
    if calendar == "j":
        return JalaliDate(year, month, day).to_gregorian()
    if calendar == "h":
        return Hijri(year, month, day).to_gregorian()
    return date(year, month, day)
