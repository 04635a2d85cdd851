"""What an expression of time means, and the days it names once the day of publication is known.

Belongs here: meanings and their resolution. Does not belong here: reading words (`grammar`), conversion between
calendars (`pipeline.text.calendars`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from pipeline.text.calendars import GREGORIAN, from_gregorian, month_length, month_span, to_gregorian, year_span

DAY: Final = "day"
WEEK: Final = "week"
MONTH: Final = "month"
YEAR: Final = "year"


class Year(NamedTuple):
    """Which year: a number, an offset from the year of publication, or the nearest one that fits.

    Attributes:
        kind: `number`, `offset`, `near` (value -1: the last one, 0: the nearest, 1: the next, 2: the nearest that is
            not long past) or `unknown`.
        value: The number or offset.
    """

    kind: str
    value: int = 0


NEAR: Final = Year("near")
COMING: Final = Year("near", 2)
"""Of a sentence that speaks of what is to come. What is past by less than `_JUST_PAST` days stays: a notice may be
printed late, and the tense be read wrongly, sooner than a month that has just ended be announced for next year."""
UNKNOWN: Final = Year("unknown")


class Meaning(NamedTuple):
    """What an expression says, whenever it was written.

    Attributes:
        kind: Which rule resolves it: a method `_<kind>` of `_RULES`.
        calendar: The calendar it is told in.
        precision: As in `news.dates.precision`.
        args: What the rule needs.
    """

    kind: str
    calendar: str
    precision: str
    args: tuple[Any, ...] = ()

    @property
    def is_relative(self) -> bool:
        """Whether its value depends on the day of publication."""
        if self.kind in ("offset", "window", "weekday", "weekday_of_week", "named_day"):
            return True
        return any(
            (isinstance(arg, Year) and arg.kind in ("offset", "near")) or (isinstance(arg, Meaning) and arg.is_relative)
            for arg in self.args
        )


class Found(NamedTuple):
    """One expression of a run: its place in the run and its meaning.

    `guard` names a look at the text around that may refuse it or give it a direction.
    """

    start: int
    end: int
    meaning: Meaning
    guard: str = ""


_Span = tuple[date, date] | None
_JUST_PAST: Final = 60
_LATE: Final = 3
"""By how many days a dispatch may be printed late."""


def resolve(meaning: Meaning, published_on: date | None) -> _Span:
    """Return the first and last day of a meaning, None where it has none or cannot be known."""
    if published_on is None and meaning.is_relative:
        return None
    try:
        return _RULES[meaning.kind](meaning, published_on or date.min)
    except (OverflowError, ValueError):  # past the years that a date can hold
        return None


def _near(spans: Callable[[int], _Span], around: int, published: date, direction: int) -> _Span:
    best: _Span = None
    best_distance = 0
    for year in (around - 1, around, around + 1):
        span = spans(year)
        if span is None:
            continue
        first, last = span
        if (direction < 0 and first > published) or (direction == 1 and last < published):
            continue
        if direction == 2 and (published - last).days > _JUST_PAST:
            continue
        distance = 0 if first <= published <= last else min(abs((first - published).days), abs((last - published).days))
        if best is None or distance < best_distance:
            best, best_distance = span, distance
    return best


def _in_year(year: Year, calendar: str, published: date, spans: Callable[[int], _Span]) -> _Span:
    if year.kind == "number":
        return spans(year.value)
    today = from_gregorian(calendar, published)
    if year.kind == "unknown" or today is None:
        return None
    if year.kind == "offset":
        return spans(today[0] + year.value)
    return _near(spans, today[0], published, year.value)


def _resolve_day(meaning: Meaning, published: date) -> _Span:
    year, month, day = meaning.args[:3]
    calendar = meaning.calendar

    def spans(number: int) -> _Span:
        found = to_gregorian(calendar, number, month, day)
        return (found, found) if found else None

    return _in_year(year, calendar, published, spans)


def _part_of_month(calendar: str, year: int, month: int, part: int) -> _Span:
    last = month_length(calendar, year, month)
    days = {0: (1, last), 1: (1, 10), 2: (11, 20), 3: (21, last), 4: (1, 15), 5: (16, last)}
    if part >= 10:  # weeks of a month
        week = part - 10
        first, until = (7 * week + 1, 7 * week + 7) if week < 3 else (22, last) if week == 3 else (last - 6, last)
    else:
        first, until = days[part]
    start, end = to_gregorian(calendar, year, month, first), to_gregorian(calendar, year, month, until)
    return (start, end) if start and end else None


def _resolve_month(meaning: Meaning, published: date) -> _Span:
    year, month, part = meaning.args
    return _in_year(
        year, meaning.calendar, published, lambda number: _part_of_month(meaning.calendar, number, month, part)
    )


def _season_span(calendar: str, year: int, season: int) -> _Span:
    if calendar == GREGORIAN:
        first, last = (
            month_span(calendar, year, 3 * season),
            month_span(calendar, year + (season == 4), (3 * season + 1) % 12 + 1),
        )
    else:
        first, last = month_span(calendar, year, 3 * season - 2), month_span(calendar, year, 3 * season)
    return (first[0], last[1]) if first and last else None


def _resolve_edge(meaning: Meaning, published: date) -> _Span:
    inner, side = meaning.args
    span = _RULES[inner.kind](inner, published)
    return (span[side], span[side]) if span else None


def _resolve_season(meaning: Meaning, published: date) -> _Span:
    year, season = meaning.args
    return _in_year(year, meaning.calendar, published, lambda number: _season_span(meaning.calendar, number, season))


def _resolve_year(meaning: Meaning, published: date) -> _Span:
    return _in_year(meaning.args[0], meaning.calendar, published, lambda number: year_span(meaning.calendar, number))


def _resolve_months_of_year(meaning: Meaning, published: date) -> _Span:
    year, first, last = meaning.args

    def spans(number: int) -> _Span:
        start, end = month_span(meaning.calendar, number, first), month_span(meaning.calendar, number, last)
        return (start[0], end[1]) if start and end else None

    return _in_year(year, meaning.calendar, published, spans)


def _resolve_years(meaning: Meaning, _: date) -> _Span:
    first, last = meaning.args
    start, end = year_span(meaning.calendar, first), year_span(meaning.calendar, last)
    return (start[0], end[1]) if start and end else None


def _week_start(day: date) -> date:
    """Saturday, with which the week begins in Iran and most Arab countries (CLDR weekData)."""
    return day - timedelta(days=(day.weekday() - 5) % 7)


def _shift_months(calendar: str, day: date, months: int) -> tuple[int, int, int] | None:
    today = from_gregorian(calendar, day)
    if today is None:
        return None
    index = today[0] * 12 + today[1] - 1 + months
    return index // 12, index % 12 + 1, today[2]


def _resolve_offset(meaning: Meaning, published: date) -> _Span:
    unit, count = meaning.args[:2]
    part = meaning.args[2] if len(meaning.args) > 2 else 0
    calendar = meaning.calendar
    if unit == DAY:
        day = published + timedelta(days=count)
        return day, day
    if unit == WEEK:
        start = _week_start(published) + timedelta(weeks=count)
        return start, start + timedelta(days=6)
    shifted = _shift_months(calendar, published, count * (12 if unit == YEAR else 1))
    if shifted is None:
        return None
    if unit == MONTH:
        return _part_of_month(calendar, shifted[0], shifted[1], part)
    return year_span(calendar, shifted[0])


def _resolve_day_of_month(meaning: Meaning, published: date) -> _Span:
    months, day = meaning.args[0].value, meaning.args[1]
    shifted = _shift_months(meaning.calendar, published, months)
    found = to_gregorian(meaning.calendar, shifted[0], shifted[1], day) if shifted else None
    return (found, found) if found else None


def _resolve_window(meaning: Meaning, published: date) -> _Span:
    unit, count, direction = meaning.args
    if unit in (DAY, WEEK):
        days = timedelta(days=count * (7 if unit == WEEK else 1))
        one = timedelta(days=1)
        return (published - days, published - one) if direction < 0 else (published + one, published + days)
    shifted = _shift_months(meaning.calendar, published, direction * count * (12 if unit == YEAR else 1))
    if shifted is None:
        return None
    year, month, day = shifted
    other = to_gregorian(meaning.calendar, year, month, min(day, month_length(meaning.calendar, year, month)))
    if other is None:
        return None
    return (other, published) if direction < 0 else (published, other)


def _resolve_weekday(meaning: Meaning, published: date) -> _Span:
    weekday, direction = meaning.args
    back = (published.weekday() - weekday) % 7
    if direction == -2:  # strictly before: الماضي
        day = published - timedelta(days=back or 7)
    elif direction == 2:  # strictly after: المقبل
        day = published + timedelta(days=(7 - back) if back else 7)
    elif direction == 1:
        day = published + timedelta(days=(7 - back) % 7)
    else:
        day = published - timedelta(days=back)
    return day, day


def _resolve_named_day(meaning: Meaning, published: date) -> _Span:
    """«امروز شنبه», "أمس الثلاثاء": a day told twice.

    Where the two disagree the dispatch was written up to `_LATE` days before it was printed, and its weekday tells
    when; a weekday further off is taken for an error.
    """
    offset, weekday = meaning.args
    day = published + timedelta(days=offset)
    back = (day.weekday() - weekday) % 7
    if back <= _LATE:
        day -= timedelta(days=back)
    return day, day


def _resolve_weekday_of_week(meaning: Meaning, published: date) -> _Span:
    weekday, weeks = meaning.args
    day = _week_start(published) + timedelta(weeks=weeks, days=(weekday - 5) % 7)
    return day, day


def _resolve_range(meaning: Meaning, published: date) -> _Span:
    first, last = meaning.args
    start, end = _RULES[first.kind](first, published), _RULES[last.kind](last, published)
    if start is None or end is None:
        return None
    if first.kind == last.kind == "weekday":  # the days of one week: the one that is told first leads
        if last.args[1] > 0:
            days = (last.args[0] - first.args[0]) % 7
            return start[0], start[0] + timedelta(days=days)
        return end[0] - timedelta(days=(last.args[0] - first.args[0]) % 7), end[0]
    if start[0] > end[1] and first.is_relative and last.is_relative and first.kind in ("day", "month"):
        # each end took the year nearest to it: December to February
        earlier = first._replace(args=(Year("number", 0), *first.args[1:]))
        told = from_gregorian(first.calendar, end[1])
        for back in (0, 1):
            if told is None:
                break
            candidate = _RULES[first.kind](
                earlier._replace(args=(Year("number", told[0] - back), *first.args[1:])), published
            )
            if candidate and candidate[0] <= end[1]:
                return candidate[0], end[1]
    return (start[0], end[1]) if start[0] <= end[1] else None


def _resolve_nothing(_: Meaning, __: date) -> _Span:
    return None


_RULES: Final[dict[str, Callable[[Meaning, date], _Span]]] = {
    "day": _resolve_day,
    "month": _resolve_month,
    "edge": _resolve_edge,
    "season": _resolve_season,
    "year": _resolve_year,
    "months_of_year": _resolve_months_of_year,
    "years": _resolve_years,
    "offset": _resolve_offset,
    "day_of_month": _resolve_day_of_month,
    "window": _resolve_window,
    "weekday": _resolve_weekday,
    "named_day": _resolve_named_day,
    "weekday_of_week": _resolve_weekday_of_week,
    "range": _resolve_range,
    "nothing": _resolve_nothing,
}
