"""Three calendars and the time stamps written in them: what a page says about when it was published.

Days of the Jalali (solar hijri), Hijri (lunar, Umm al-Qura) and Gregorian calendars become Gregorian days; the
months' names in Persian, Dari, Arabic of every region, and English are listed once; a line that holds one date,
perhaps with a time, a zone and the same day in a second calendar, becomes a `Timestamp`.

Belongs here: conversion, names of months and weekdays, reading a line that is a time stamp. Does not belong here:
finding dates in running text (`pipeline.entities`), deciding which line of a page holds the stamp
(`pipeline.parsing`).

Sources: Jalali new years from `persiantools`, Hijri months from `hijridate` (Umm al-Qura, 1343 to 1500 AH).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.text.characters import ZWNJ
from pipeline.text.matching import fold_table

GREGORIAN: Final = "gregorian"
JALALI: Final = "jalali"
HIJRI: Final = "hijri"

# --- Conversion -------------------------------------------------------------------------------------------------

_JALALI_YEARS: Final = (1, 2500)
_JALALI_BEFORE_MONTH: Final = (0, 31, 62, 93, 124, 155, 186, 216, 246, 276, 306, 336)


def to_gregorian(calendar: str, year: int, month: int, day: int) -> date | None:
    """Return the Gregorian day of a day in `calendar`, or None where it does not exist.

    Args:
        calendar: `gregorian`, `jalali` or `hijri`.
        year: Its year; Jalali 1 to 2500, Hijri 1343 to 1500 (what the Umm al-Qura tables hold).
        month: Its month, 1 to 12.
        day: Its day of the month.

    Raises:
        ValueError: If there is no such calendar.
    """
    length = month_length(calendar, year, month)
    if not 1 <= day <= length:
        return None
    if calendar == GREGORIAN:
        return date(year, month, day)
    if calendar == JALALI:
        return date.fromordinal(_jalali_new_year(year) + _JALALI_BEFORE_MONTH[month - 1] + day - 1)
    return date.fromordinal(_hijri_month_starts()[(year - _hijri_first_year()) * 12 + month - 1] + day - 1)


def month_length(calendar: str, year: int, month: int) -> int:
    """Return how many days a month has, 0 where the month does not exist or is not known.

    Raises:
        ValueError: If there is no such calendar.
    """
    if calendar not in (GREGORIAN, JALALI, HIJRI):
        raise ValueError(f"no calendar {calendar!r}: use {GREGORIAN}, {JALALI} or {HIJRI}")
    if not 1 <= month <= 12:
        return 0
    if calendar == GREGORIAN:
        if not 1 <= year <= 9999:
            return 0
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap and month == 2 else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    if calendar == JALALI:
        if not _JALALI_YEARS[0] <= year <= _JALALI_YEARS[1]:
            return 0
        if month < 12:
            return 31 if month < 7 else 30
        return _jalali_new_year(year + 1) - _jalali_new_year(year) - 336
    starts = _hijri_month_starts()
    index = (year - _hijri_first_year()) * 12 + month - 1
    return starts[index + 1] - starts[index] if 0 <= index < len(starts) - 1 else 0


def month_span(calendar: str, year: int, month: int) -> tuple[date, date] | None:
    """Return the first and last Gregorian day of a month, or None where it does not exist."""
    first = to_gregorian(calendar, year, month, 1)
    return (first, first + timedelta(days=month_length(calendar, year, month) - 1)) if first else None


def year_span(calendar: str, year: int) -> tuple[date, date] | None:
    """Return the first and last Gregorian day of a year, or None where it does not exist."""
    first, last = month_span(calendar, year, 1), month_span(calendar, year, 12)
    return (first[0], last[1]) if first and last else None


@functools.lru_cache(maxsize=65536)
def from_gregorian(calendar: str, day: date) -> tuple[int, int, int] | None:
    """Return year, month and day of a Gregorian day in `calendar`, or None where the calendar's tables end.

    Raises:
        ValueError: If there is no such calendar.
    """
    if calendar == GREGORIAN:
        return day.year, day.month, day.day
    ordinal = day.toordinal()
    if calendar == JALALI:
        year = day.year - 621
        if not _JALALI_YEARS[0] < year <= _JALALI_YEARS[1]:
            return None
        if ordinal < _jalali_new_year(year):
            year -= 1
        in_year = ordinal - _jalali_new_year(year)
        month = in_year // 31 if in_year < 186 else 6 + (in_year - 186) // 30
        return year, month + 1, in_year - _JALALI_BEFORE_MONTH[month] + 1
    if calendar == HIJRI:
        starts = _hijri_month_starts()
        if not starts[0] <= ordinal < starts[-1]:
            return None
        index = int((ordinal - starts[0]) / 29.53)
        while starts[index] > ordinal:
            index -= 1
        while starts[index + 1] <= ordinal:
            index += 1
        return _hijri_first_year() + index // 12, index % 12 + 1, ordinal - starts[index] + 1
    raise ValueError(f"no calendar {calendar!r}: use {GREGORIAN}, {JALALI} or {HIJRI}")


@functools.cache
def _jalali_new_year(year: int) -> int:
    from persiantools.jdatetime import JalaliDate

    return int(JalaliDate(year, 1, 1).to_gregorian().toordinal())  # type: ignore[no-untyped-call]


@functools.cache
def _hijri_first_year() -> int:
    from hijridate import ummalqura

    return int(ummalqura.HIJRI_RANGE[0][0])


@functools.cache
def _hijri_month_starts() -> tuple[int, ...]:
    """Ordinals of the first days of the months from the table's first year on, one past the last included."""
    from hijridate import Hijri, ummalqura

    (first, _, _), (last, _, _) = ummalqura.HIJRI_RANGE
    starts = [Hijri(y, m, 1).to_gregorian().toordinal() for y in range(first, last + 1) for m in range(1, 13)]
    return (*starts, starts[-1] + Hijri(last, 12, 1).month_length())


# --- Names ------------------------------------------------------------------------------------------------------

_GREGORIAN_MONTHS: Final = (
    ("ژانویه", "جنوری", "يناير", "كانون الثاني", "جانفي", "january", "jan"),
    ("فوریه", "فبروری", "فروری", "فبراير", "شباط", "فيفري", "february", "feb"),
    ("مارس", "مارچ", "آذار", "march", "mar"),
    ("آوریل", "آپریل", "اپریل", "أبريل", "إبريل", "نيسان", "أفريل", "april", "apr"),
    ("مه", "می", "مئی", "مايو", "أيار", "ماي", "may"),
    ("ژوئن", "ژون", "جون", "يونيو", "يونيه", "حزيران", "جوان", "june", "jun"),
    ("ژوئیه", "ژوییه", "جولای", "جولائی", "يوليو", "يوليه", "تموز", "جويلية", "يوليوز", "july", "jul"),
    ("اوت", "آگوست", "اگست", "آگست", "أغسطس", "اغسطس", "آب", "أوت", "غشت", "august", "aug"),
    ("سپتامبر", "سپتمبر", "ستمبر", "سبتمبر", "أيلول", "شتنبر", "september", "sept", "sep"),
    ("اکتبر", "اکتوبر", "أكتوبر", "تشرين الأول", "تشرين أول", "october", "oct"),
    ("نوامبر", "نومبر", "نوفمبر", "تشرين الثاني", "تشرين ثاني", "تشرين ثان", "نونبر", "november", "nov"),
    ("دسامبر", "دسمبر", "ديسمبر", "كانون الأول", "كانون أول", "دجنبر", "december", "dec"),
)
_JALALI_MONTHS: Final = (
    ("فروردین", "حمل", "وری"),
    ("اردیبهشت", "اردی‌بهشت", "ثور", "غویی"),
    ("خرداد", "جوزا", "غبرګولی"),
    ("تیر", "سرطان", "چنګاښ"),
    ("مرداد", "امرداد", "اسد", "زمری"),
    ("شهریور", "سنبله", "وږی"),
    ("مهر", "میزان", "تله"),
    ("آبان", "عقرب", "لړم"),
    ("آذر", "قوس", "لیندۍ"),
    ("دی", "جدی", "مرغومی"),
    ("بهمن", "دلو", "سلواغه"),
    ("اسفند", "اسپند", "حوت", "کب"),
)
_HIJRI_MONTHS: Final = (
    ("محرم", "محرم الحرام"),
    ("صفر", "صفر المظفر"),
    ("ربیع‌الاول", "ربيع الأول", "ربیع‌الاولی", "ربيع أول"),
    ("ربیع‌الثانی", "ربيع الآخر", "ربيع الثاني", "ربيع آخر", "ربيع ثاني", "ربيع ثان"),
    ("جمادی‌الاول", "جمادى الأولى", "جمادي الأول", "جمادى أولى"),
    ("جمادی‌الثانی", "جمادى الآخرة", "جمادى الثانية", "جمادی‌الآخر", "جمادی‌الاخری", "جمادی‌الثانیه"),
    ("رجب", "رجب المرجب"),
    ("شعبان", "شعبان المعظم"),
    ("رمضان", "رمضان المبارك"),
    ("شوال", "شوال المكرم"),
    ("ذی‌القعده", "ذیقعده", "ذي القعدة", "ذو القعدة", "ذوالقعدة", "ذی‌قعده"),
    ("ذی‌الحجه", "ذیحجه", "ذي الحجة", "ذو الحجة", "ذوالحجة", "ذی‌حجه"),
)
_AFGHAN_MONTHS: Final = (
    *("حمل", "ثور", "جوزا", "سرطان", "اسد", "سنبله", "میزان", "عقرب", "قوس", "جدی", "دلو", "حوت"),
    *("وری", "غویی", "غبرګولی", "چنګاښ", "زمری", "وږی", "تله", "لړم", "لیندۍ", "مرغومی", "سلواغه", "کب"),
)
_WEEKDAYS: Final = (
    ("دوشنبه", "الاثنين", "الإثنين", "اثنين", "monday", "mon"),
    ("سه‌شنبه", "سشنبه", "الثلاثاء", "ثلاثاء", "tuesday", "tue"),
    ("چهارشنبه", "چارشنبه", "الأربعاء", "أربعاء", "wednesday", "wed"),
    ("پنجشنبه", "پنج‌شنبه", "الخميس", "خميس", "thursday", "thu"),
    ("جمعه", "آدینه", "الجمعة", "جمعة", "friday", "fri"),
    ("شنبه", "السبت", "سبت", "saturday", "sat"),
    ("یکشنبه", "یک‌شنبه", "الأحد", "أحد", "sunday", "sun"),
)


@functools.cache
def _fold_table() -> dict[int, str]:
    table = {ord(char): folded for char, folded in fold_table().items()}
    table |= dict.fromkeys(map(ord, f"{ZWNJ}\u00a0\u2002\u2003\u2009\u202f\t\r\n"), " ")
    table |= dict.fromkeys(map(ord, "‐‑‒–—―−"), "-") | dict.fromkeys(map(ord, "⁄∕／"), "/")
    table |= {ord("٫"): ".", ord("："): ":", ord("٬"): ",", ord("،"): ",", ord("؍"): "/"}
    return table


def fold(text: str) -> str:
    """Return `text` as the names and patterns of this module are written.

    The match form's letters and ASCII digits, with punctuation kept, half-spaces and odd spaces as a space, and
    every dash and slash as the ASCII one. The length may change.
    """
    return text.translate(_fold_table()).lower()


@functools.cache
def month_names() -> dict[str, tuple[str, int]]:
    """Return the months' names as `fold` writes them: name to (calendar, month 1 to 12)."""
    tables = ((GREGORIAN, _GREGORIAN_MONTHS), (JALALI, _JALALI_MONTHS), (HIJRI, _HIJRI_MONTHS))
    return {
        fold(name): (calendar, number)
        for calendar, months in tables
        for number, names in enumerate(months, 1)
        for name in names
    }


@functools.cache
def weekday_names() -> dict[str, int]:
    """Return the weekdays' names as `fold` writes them: name to 0 (Monday) to 6."""
    return {fold(name): number for number, names in enumerate(_WEEKDAYS) for name in names}


def names_pattern(names: Iterator[str] | list[str]) -> str:
    """Return the alternatives of a regular expression for folded names, longest first, spaces optional."""
    ordered = sorted(set(names), key=lambda name: (-len(name), name))
    return "|".join(re.escape(name).replace(r"\ ", " ?").replace(" ", " ?").replace(" ??", " ?") for name in ordered)


def calendar_of_year(year: int) -> str | None:
    """Return the calendar that a bare year of four digits is told in by newsrooms, or None for no plausible one.

    Years 1200 to 1420 are Jalali (1821 to 2042), 1421 to 1500 Hijri (2000 to 2077), 1700 to 2199 Gregorian. A
    year of the common era before 1700 is in the news only with words that say so.
    """
    if 1200 <= year <= 1420:
        return JALALI
    if 1421 <= year <= 1500:
        return HIJRI
    return GREGORIAN if 1700 <= year <= 2199 else None


# --- Time stamps ------------------------------------------------------------------------------------------------


class Timestamp(NamedTuple):
    """When something was published.

    Attributes:
        published_on: The Gregorian day as written, in the zone the text speaks of.
        published_at: The moment in UTC, naive; None where the text gives no time of day or no zone is known.
    """

    published_on: date
    published_at: datetime | None


class _Found(NamedTuple):
    start: int
    end: int
    calendar: str
    day: date | None
    is_afghan: bool


_MAX_LENGTH: Final = 400
"""A line that is a time stamp is short; of a longer text only the beginning is read."""

_ZONES: Final = {
    **dict.fromkeys(("z", "utc", "gmt", "ut", "غرینتش", "غرنیتش", "جرینتش", "گرینویچ", "جرینیتش"), "UTC"),
    **dict.fromkeys(("تهران", "طهران", "ایران", "irst"), "Asia/Tehran"),
    **dict.fromkeys(("کابل", "افغانستان"), "Asia/Kabul"),
    **dict.fromkeys(("مکه", "مکه المکرمه", "السعودیه", "الریاض", "المملکه", "ksa", "ast"), "Asia/Riyadh"),
    **dict.fromkeys(("ابو ظبی", "ابوظبی", "الامارات", "دبی"), "Asia/Dubai"),
    **dict.fromkeys(("القاهره", "مصر"), "Africa/Cairo"),
    **dict.fromkeys(("القدس", "فلسطین", "غزه"), "Asia/Hebron"),
    **dict.fromkeys(("بیروت", "لبنان"), "Asia/Beirut"),
    **dict.fromkeys(("دمشق", "سوریا"), "Asia/Damascus"),
    **dict.fromkeys(("بغداد", "العراق"), "Asia/Baghdad"),
    **dict.fromkeys(("عمان", "الاردن"), "Asia/Amman"),
    **dict.fromkeys(("الدوحه", "قطر"), "Asia/Qatar"),
    **dict.fromkeys(("الکویت",), "Asia/Kuwait"),
    **dict.fromkeys(("تونس",), "Africa/Tunis"),
    **dict.fromkeys(("الجزایر",), "Africa/Algiers"),
    **dict.fromkeys(("موسکو", "مسکو"), "Europe/Moscow"),
    **dict.fromkeys(("لندن", "bst"), "Europe/London"),
    **dict.fromkeys(("باریس", "پاریس", "cet", "cest"), "Europe/Paris"),
    **dict.fromkeys(("est", "edt", "et", "نیویورک", "واشنطن", "واشنگتن"), "America/New_York"),
    **dict.fromkeys(("cst", "cdt"), "America/Chicago"),
    **dict.fromkeys(("mst", "mdt"), "America/Denver"),
    **dict.fromkeys(("pst", "pdt"), "America/Los_Angeles"),
}
"""Zones named in time stamps (folded); «عمان» beside a time is Jordan's capital."""


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    month = f"(?:{names_pattern(list(month_names()))})"
    word_end = r"(?![^\W\d_])"
    era = (
        r"(?: ?(?P<{0}>هجری شمسی|هجری خورشیدی|خورشیدی|شمسی|ه ?\.? ?ش|هجری قمری|هجری|هجریه|قمری|ه ?\.? ?ق|هه|ه|"
        r"میلادی|میلادیه|ش|ق|م)\b\.?)?"
    )
    dates = re.compile(
        # 2020-02-18, 1399/02/29; a time may follow at once, so only a digit may not
        rf"(?<!\d)(?<!\d[/.-])(?P<y1>\d{{4}}) ?(?P<s1>[-/.]) ?(?P<m1>\d{{1,2}}) ?(?P=s1) ?(?P<d1>\d{{1,2}})(?![/.-]?\d){era.format('e1')}"
        # 18/02/2020, 29-02-1399, 15.9.1444
        rf"|(?<!\d)(?<!\d[/.-])(?P<d2>\d{{1,2}}) ?(?P<s2>[-/.]) ?(?P<m2>\d{{1,2}}) ?(?P=s2) ?(?P<y2>\d{{4}})(?![/.-]?\d){era.format('e2')}"
        # 99/02/29: a first part past 31 can only be the year
        rf"|(?<![\d/.-])(?P<y3>3[2-9]|[4-9]\d)/(?P<m3>\d{{1,2}})/(?P<d3>\d{{1,2}})(?![/.-]?\d)"
        # 20200218, 20200218T1005
        r"|(?<!\d)(?P<y4>1[34]\d\d|19\d\d|20\d\d)(?P<m4>0[1-9]|1[0-2])(?P<d4>0[1-9]|[12]\d|3[01])(?!\d)"
        # 15 شباط 2021, 15 شباط/فبراير 2021, 18 Feb 2020, ١٥ رمضان ١٤٤٤ هـ
        rf"|(?<!\d)(?P<d5>\d{{1,2}})(?:st|nd|rd|th|ام|م)?[ ,/.-]{{0,2}}(?:(?:من|شهر|ماه|of) )*(?P<n5>{month})"
        rf"(?: ?[(/-] ?{month} ?\)?| ?ماه)?[ ,/.-]{{0,3}}(?:(?:سنه|عام|سال|من) )*(?P<y5>\d{{4}}(?!\d)|\d{{2}}(?![\d:]))"
        rf"{era.format('e5')}"
        # February 18, 2020, Tue Feb 18 10:05:00 2020
        rf"|(?<![^\W\d_])(?P<n6>{month})[ ,.]{{1,2}}(?P<d6>\d{{1,2}})(?:st|nd|rd|th)?(?P<t6> \d\d?:\d\d(?::\d\d)?)?"
        rf"[ ,]{{1,3}}(?P<y6>\d{{4}})(?!\d){era.format('e6')}"
    )
    zone = f"(?P<zone>{names_pattern(list(_ZONES))}){word_end}"
    time = re.compile(
        r"(?<!\d)(?<!\d[:.])(?<![+-])(?P<h>[01]?\d|2[0-3]) ?: ?(?P<mi>[0-5]\d)(?: ?: ?(?P<s>[0-5]\d)(?:[.,]\d{1,9})?)?(?![\d:])"
        rf"(?: ?(?P<half>صباحا|صباح|بامداد|قبل از ظهر|ق\.? ?ظ|a\.?m|ص|مساا?|ظهرا|عصرا|عصر|لیلا|شب|بعد ?از ?ظهر|ب\.? ?ظ|p\.?m|م){word_end}\.?)?"
        rf"[ ,(]{{0,3}}(?:(?:به وقت|بتوقیت|توقیت|به ساعت) )?(?:{zone})?"
        r"(?P<offset> ?[+-](?:0\d|1[0-4]|\d)(?::?[0-5]\d)?(?!\d))?"
    )
    compact = re.compile(r"t?(?P<h>[01]\d|2[0-3])(?P<mi>[0-5]\d)(?P<s>[0-5]\d)?(?P<zone>z)?(?P<offset>[+-]\d\d:?\d\d)?")
    weekday = re.compile(rf"(?<![^\W\d_])(?:{names_pattern(list(weekday_names()))}){word_end}")
    return dates, time, compact, weekday


def parse_timestamp(text: str, *, zone: str | tzinfo | None = None, day_first: bool = True) -> Timestamp | None:
    """Return when `text`, a line or field that states a time of publication, says it was.

    Reads ISO 8601, RFC 822 and 1123, Unix seconds and milliseconds, numeric dates of the three calendars (the
    year tells which: 1402 is Jalali and never of the common era), dates with the month's name in Persian, Dari,
    Arabic or English, digits of all kinds, and times with ص/م, صباحا/مساء, ق.ظ/ب.ظ, AM/PM. Where the same day
    stands in two calendars side by side they check each other: a Hijri day may be one off (it depends on the
    sighting of the moon) and yields, a named weekday decides, and otherwise contradicting days give None. Of
    several dates the first counts.

    `published_on` is the day as written. `published_at` needs a time of day and a zone: the one the text names,
    else `zone`, else Asia/Tehran for a Jalali date (Asia/Kabul where the month has its Afghan name), else none is
    known and it is None.

    Args:
        text: The text; only the first 400 characters are read.
        zone: The zone of the source, an IANA name or a tzinfo, for stamps that name none.
        day_first: Whether 05/03/2020 is the fifth of March; 25/03 and 03/25 are read either way.

    Raises:
        ValueError: If `zone` is no zone.
    """
    return _parse(text, _zone(zone) if isinstance(zone, str) else zone, day_first)


@functools.lru_cache(maxsize=16384)
def _parse(text: str, zone: tzinfo | None, day_first: bool) -> Timestamp | None:
    folded = fold(text[:_MAX_LENGTH]).strip()
    if folded.isdecimal() and folded.isascii() and len(folded) in (10, 13):
        moment = datetime(1970, 1, 1) + timedelta(seconds=int(folded[:10]))  # noqa: DTZ001 - naive UTC by contract
        if 1990 <= moment.year <= 2100:
            return Timestamp(moment.date(), moment)
    dates, _, _, _ = _patterns()
    found = [_read_date(match, day_first) for match in dates.finditer(folded)]
    valid = [f for f in found if f.day is not None]
    if not valid:
        return None
    chosen = _choose(folded, valid)
    if chosen is None or chosen.day is None:
        return None
    clock = _clock(folded, valid, chosen)
    if clock is None:
        return Timestamp(chosen.day, None)
    seconds, stated = clock
    local = datetime(chosen.day.year, chosen.day.month, chosen.day.day) + timedelta(seconds=seconds)  # noqa: DTZ001
    where = stated or zone
    if where is None and any(f.is_afghan for f in valid):
        where = _zone("Asia/Kabul")
    elif where is None and any(f.calendar == JALALI for f in valid):
        where = _zone("Asia/Tehran")
    if where is None:
        return Timestamp(chosen.day, None)
    try:
        moment = local.replace(tzinfo=where).astimezone(timezone.utc).replace(tzinfo=None)  # noqa: UP017
    except OverflowError:
        return Timestamp(chosen.day, None)
    return Timestamp(chosen.day, moment)


@functools.cache
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError(f"no time zone {name!r}: give an IANA name such as Asia/Tehran") from error


def _read_date(match: re.Match[str], day_first: bool) -> _Found:
    groups = match.groupdict()
    form = next(i for i in "123456" if groups.get("y" + i))
    year, day = int(groups["y" + form]), int(groups["d" + form])
    era = (groups.get("e" + form) or "").replace(" ", "").replace(".", "")
    afghan = False
    if form in "56":
        name = groups["n" + form]
        calendar, month = _month(name)
        afghan = name in _afghan_names()
        if len(groups["y" + form]) == 2:
            # RFC 822 has years of two digits, and so have Persian stamps; elsewhere they are hours or days
            english = name.isascii()
            if calendar == JALALI:
                year += 1400 if year < 20 else 1300
            elif english:
                year += 2000 if year < 70 else 1900
            else:
                year = 0
        elif calendar_of_year(year) != calendar and not (calendar == HIJRI and 1343 <= year <= 1420):
            year = 0
    else:
        month = int(groups["m" + form])
        if form == "3":
            year, calendar = 1300 + year, JALALI
        else:
            calendar = calendar_of_year(year) or ""
            if calendar == JALALI and era in ("ق", "هق", "قمری", "هجریقمری", "هه", "ه", "هجری", "هجریه"):
                calendar = HIJRI
            elif calendar == HIJRI and era in ("ش", "هش", "شمسی", "هجریشمسی", "خورشیدی", "هجریخورشیدی"):
                calendar = JALALI
        if (form == "2" and month > 12) or (form == "2" and not day_first and day <= 12 and calendar == GREGORIAN):
            day, month = month, day
    day_found = to_gregorian(calendar, year, month, day) if calendar and year else None
    end = match.end() if form != "6" or not groups["t6"] else match.start("t6")
    return _Found(match.start(), end, calendar, day_found, afghan)


@functools.cache
def _month(name: str) -> tuple[str, int]:
    names = month_names()
    if name in names:
        return names[name]
    glued = name.replace(" ", "")
    return next(value for known, value in names.items() if known.replace(" ", "") == glued)


@functools.cache
def _afghan_names() -> frozenset[str]:
    return frozenset(map(fold, _AFGHAN_MONTHS))


def _choose(folded: str, found: list[_Found]) -> _Found | None:
    first = found[0]
    other = next((f for f in found[1:] if f.calendar != first.calendar), None)
    if other is None or other.day is None or first.day is None or other.day == first.day:
        return first
    days = {
        weekday_names()[name.group()] for name in _patterns()[3].finditer(folded) if name.group() in weekday_names()
    }
    by_weekday = [f for f in (first, other) if f.day is not None and f.day.weekday() in days]
    if len(by_weekday) == 1:
        return by_weekday[0]
    if HIJRI in (first.calendar, other.calendar) and abs((first.day - other.day).days) == 1:
        return other if first.calendar == HIJRI else first
    return None


def _clock(folded: str, found: list[_Found], chosen: _Found) -> tuple[int, tzinfo | None] | None:
    """Seconds since midnight and the zone that the text names, of the time nearest after the date."""
    _, time, compact, _ = _patterns()
    match = compact.match(folded, chosen.end) if folded[chosen.end - 1 : chosen.end].isdigit() else None
    if match is None:
        masked = folded
        for f in found:
            masked = masked[: f.start] + "\n" * (f.end - f.start) + masked[f.end :]
        times = list(time.finditer(masked))
        match = next((t for t in times if t.start() >= chosen.end), times[-1] if times else None)
    if match is None:
        return None
    groups = match.groupdict()
    hour = int(groups["h"])
    half = groups.get("half")
    if half and hour <= 12:
        morning = half.startswith(("ص", "با", "قبل", "ق", "a"))
        if half in ("شب", "لیلا") and (hour < 6 or hour == 12):
            morning = True
        if half == "ظهرا" and hour in (11, 12):
            morning = hour == 11
        hour = hour % 12 + (0 if morning else 12)
    seconds = hour * 3600 + int(groups["mi"]) * 60 + int(groups["s"] or 0)
    offset = (groups.get("offset") or "").replace(" ", "").replace(":", "")
    if offset:
        digits = offset[1:]
        hours, minutes = (int(digits[:2]), int(digits[2:])) if len(digits) == 4 else (int(digits), 0)
        sign = -1 if offset[0] == "-" else 1
        return seconds, timezone(sign * timedelta(hours=hours, minutes=minutes))
    name = groups.get("zone")
    return seconds, _zone(_ZONES.get(name) or _ZONES[name.replace(" ", "")]) if name else None
