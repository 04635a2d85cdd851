"""Conversion of three calendars, and time stamps as newsrooms write them."""

# ruff: noqa: DTZ001 - times are naive UTC by contract

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.calendars import (
    Timestamp,
    calendar_of_year,
    from_gregorian,
    month_length,
    month_span,
    parse_timestamp,
    to_gregorian,
    year_span,
)

DAYS = st.dates(date(1925, 1, 1), date(2076, 12, 31))


@pytest.mark.parametrize(
    ("calendar", "year", "month", "day", "expected"),
    [
        ("jalali", 1400, 11, 15, date(2022, 2, 4)),
        ("jalali", 1399, 12, 30, date(2021, 3, 20)),  # a leap year
        ("jalali", 1400, 12, 30, None),
        ("jalali", 1400, 7, 31, None),
        ("jalali", 1400, 6, 31, date(2021, 9, 22)),
        ("jalali", 0, 1, 1, None),
        ("jalali", 1357, 11, 22, date(1979, 2, 11)),
        ("hijri", 1444, 9, 15, date(2023, 4, 6)),
        ("hijri", 1444, 10, 1, date(2023, 4, 21)),
        ("hijri", 1445, 9, 31, None),
        ("hijri", 1324, 6, 14, None),  # before the Umm al-Qura tables
        ("gregorian", 2020, 2, 29, date(2020, 2, 29)),
        ("gregorian", 2021, 2, 29, None),
        ("gregorian", 2020, 2, 30, None),
        ("gregorian", 0, 1, 1, None),
        ("gregorian", 2020, 13, 1, None),
        ("gregorian", 2020, 1, 0, None),
    ],
)
def test_days_and_what_is_no_day(calendar: str, year: int, month: int, day: int, expected: date | None) -> None:
    assert to_gregorian(calendar, year, month, day) == expected


@settings(deadline=None)
@given(DAYS, st.sampled_from(["gregorian", "jalali", "hijri"]))
def test_there_and_back(day: date, calendar: str) -> None:
    told = from_gregorian(calendar, day)
    assert told is not None
    assert to_gregorian(calendar, *told) == day
    assert told[2] <= month_length(calendar, *told[:2])


@settings(deadline=None)
@given(DAYS)
def test_agrees_with_the_libraries_it_stands_on(day: date) -> None:
    from hijridate import Gregorian
    from persiantools.jdatetime import JalaliDate

    jalali, hijri = JalaliDate(day), Gregorian.fromdate(day).to_hijri()
    assert from_gregorian("jalali", day) == (jalali.year, jalali.month, jalali.day)
    assert from_gregorian("hijri", day) == (hijri.year, hijri.month, hijri.day)


@settings(deadline=None)
@given(st.text(max_size=4), st.integers(-(10**6), 10**6), st.integers(-100, 100), st.integers(-100, 100))
def test_an_unknown_calendar_is_said_so_and_no_number_raises(name: str, year: int, month: int, day: int) -> None:
    with pytest.raises(ValueError, match="no calendar"):
        to_gregorian(name, year, month, day)
    for calendar in ("gregorian", "jalali", "hijri"):
        to_gregorian(calendar, year, month, day)


@settings(deadline=None)
@given(st.integers(1343, 1499), st.integers(1, 12))
def test_months_and_years_join_without_gap(year: int, month: int) -> None:
    for calendar in ("jalali", "hijri"):
        span, following = (
            month_span(calendar, year, month),
            month_span(calendar, year + month // 12, month % 12 + 1),
        )
        assert span is not None
        assert following is not None
        assert span[1] + timedelta(days=1) == following[0]
        whole, after = year_span(calendar, year), year_span(calendar, year + 1)
        assert whole is not None
        assert after is not None
        assert whole[1] + timedelta(days=1) == after[0]


STAMPS: list[tuple[str, date | None, datetime | None]] = [
    # Jalali: Tehran unless the text says otherwise
    ("دوشنبه ۲۹ اردیبهشت ۱۳۹۹ - ۱۴:۳۲", date(2020, 5, 18), datetime(2020, 5, 18, 10, 2)),
    ("۱۴۰۲/۰۷/۱۵", date(2023, 10, 7), None),
    ("15/07/1402", date(2023, 10, 7), None),
    ("۱۴۰۲-۰۷-۱۵ ۰۸:۰۵:۱۰", date(2023, 10, 7), datetime(2023, 10, 7, 4, 35, 10)),
    ("۹۹/۰۲/۲۹ ساعت ۱۲:۳۰", date(2020, 5, 18), datetime(2020, 5, 18, 8, 0)),
    ("تاریخ انتشار: ۱۵ مرداد ۱۴۰۴ / ۰۳:۲۰", date(2025, 8, 6), datetime(2025, 8, 5, 23, 50)),
    ("۲۹ اردیبهشت‌ماه ۱۳۹۹، ساعت ۲:۳۲ ب.ظ", date(2020, 5, 18), datetime(2020, 5, 18, 10, 2)),
    ("۱۴ آذرماه ۱۴۰۱ ساعت ۸:۱۵ شب", date(2022, 12, 5), datetime(2022, 12, 5, 16, 45)),
    ("۲۹ اردیبهشت ۹۹ ساعت ۸:۰۵", date(2020, 5, 18), datetime(2020, 5, 18, 3, 35)),
    ("۱۴۰۱/۱/۲ ۱۰:۰۰", date(2022, 3, 22), datetime(2022, 3, 22, 5, 30)),  # summer time began that day
    ("۵ ثور ۱۴۰۱ ساعت ۱۰:۲۰", date(2022, 4, 25), datetime(2022, 4, 25, 5, 50)),  # Kabul
    ("۱۲ سنبله ۱۴۰۰", date(2021, 9, 3), None),
    ("۳۱ مهر ۱۴۰۰ - ۱۰:۰۰", None, None),
    # Gregorian, in every naming
    ("2020/02/18 | 10:05 ص", date(2020, 2, 18), None),
    ("2020/02/18 | 10:05 م GMT", date(2020, 2, 18), datetime(2020, 2, 18, 22, 5)),
    ("15 شباط 2021", date(2021, 2, 15), None),
    ("١٥ شباط/فبراير ٢٠٢١", date(2021, 2, 15), None),
    ("الثلاثاء، ١ كانون الأول ٢٠٢٠ ١٢:٠٠ بتوقيت غرينتش", date(2020, 12, 1), datetime(2020, 12, 1, 12, 0)),
    ("السبت 26 ديسمبر 2020 - 5:43 مساءً بتوقيت القاهرة", date(2020, 12, 26), datetime(2020, 12, 26, 15, 43)),
    ("الأربعاء 18 جانفي 2017", date(2017, 1, 18), None),
    ("3 غشت 2022 على الساعة 12:15 بتوقيت غرينتش", date(2022, 8, 3), datetime(2022, 8, 3, 12, 15)),
    ("30 آب، 2019", date(2019, 8, 30), None),
    ("يوليو 3, 2015", date(2015, 7, 3), None),
    ("۴ فوریه ۲۰۲۲", date(2022, 2, 4), None),
    ("۱۲ اگست ۲۰۲۱", date(2021, 8, 12), None),
    ("18.02.2020", date(2020, 2, 18), None),
    ("12/25/2020", date(2020, 12, 25), None),
    ("30/02/2020", None, None),
    ("0000-01-01T00:00:00Z", None, None),
    ("15 فبراير 1402", None, None),
    # machines
    ("2017-01-20T21:43:00+01:00", date(2017, 1, 20), datetime(2017, 1, 20, 20, 43)),
    ("2020-08-24T10:00:00.000Z", date(2020, 8, 24), datetime(2020, 8, 24, 10, 0)),
    ("2020-07-02T23:30:00-0700", date(2020, 7, 2), datetime(2020, 7, 3, 6, 30)),
    ("2020-07-02T10:15:00", date(2020, 7, 2), None),
    ("20200218T100500Z", date(2020, 2, 18), datetime(2020, 2, 18, 10, 5)),
    ("Tue, 18 Feb 2020 10:05:00 GMT", date(2020, 2, 18), datetime(2020, 2, 18, 10, 5)),
    ("Thu, 02 Jul 20 10:15 +0430", date(2020, 7, 2), datetime(2020, 7, 2, 5, 45)),
    ("Tue Feb 18 10:05:00 2020", date(2020, 2, 18), None),
    ("Published 1:02 PM EST, Fri December 25, 2020", date(2020, 12, 25), datetime(2020, 12, 25, 18, 2)),
    ("1593682800", date(2020, 7, 2), datetime(2020, 7, 2, 9, 40)),
    ("1593682800123", date(2020, 7, 2), datetime(2020, 7, 2, 9, 40)),
    # Hijri
    ("١٥ رمضان ١٤٤٤ هـ", date(2023, 4, 6), None),
    ("15/9/1444", date(2023, 4, 6), None),
    ("1410/9/15 هـ", date(1990, 4, 10), None),  # without the sign it would be a Jalali day
    ("24 جمادى الآخرة 1441", date(2020, 2, 18), None),
    ("۲۰ ذیقعده ۱۴۴۲ ه.ق", date(2021, 6, 30), None),
    # two calendars check each other
    ("جمعه ۱۵ بهمن ۱۴۰۰ / ۴ فوریه ۲۰۲۲ ۱۰:۰۰", date(2022, 2, 4), datetime(2022, 2, 4, 6, 30)),
    ("الخميس 15 رمضان 1444هـ الموافق 6 أبريل 2023م", date(2023, 4, 6), None),
    ("الجمعة 15 رمضان 1444هـ الموافق 7 أبريل 2023م", date(2023, 4, 7), None),  # the weekday decides
    ("15 رمضان 1444هـ - 7 أبريل 2023", date(2023, 4, 7), None),  # a moon sighted a day later
    ("۱۵ بهمن ۱۴۰۰ - ۲۴ فوریه ۲۰۲۲", None, None),  # they contradict
    ("۳۱ مهر ۱۴۰۰ / ۴ فوریه ۲۰۲۲", date(2022, 2, 4), None),  # one does not exist
    # nothing
    ("رشد ۲۵٪ بورس", None, None),
    ("۱۲۳۴۵۶۷۸۹۰۱۲", None, None),
    ("", None, None),
]


@pytest.mark.parametrize(("text", "day", "moment"), STAMPS)
def test_stamps(text: str, day: date | None, moment: datetime | None) -> None:
    assert parse_timestamp(text) == (Timestamp(day, moment) if day else None)


def test_a_source_has_a_zone() -> None:
    stamp = parse_timestamp("2020/02/18 | 10:05 ص", zone="Asia/Riyadh")
    assert stamp == (date(2020, 2, 18), datetime(2020, 2, 18, 7, 5))
    explicit = parse_timestamp("2020-02-18T10:05:00Z", zone="Asia/Riyadh")
    assert explicit == (date(2020, 2, 18), datetime(2020, 2, 18, 10, 5))
    with pytest.raises(ValueError, match="no time zone"):
        parse_timestamp("2020-02-18", zone="Asia/Atlantis")


def test_month_first_is_a_choice() -> None:
    assert parse_timestamp("05/03/2020") == (date(2020, 3, 5), None)
    assert parse_timestamp("05/03/2020", day_first=False) == (date(2020, 5, 3), None)


def test_invisible_marks_do_not_hide_a_date() -> None:
    assert parse_timestamp("\u200f۱۴۰۲\u200f/۰۷\u200e/۱۵\u202c") == (date(2023, 10, 7), None)
    assert parse_timestamp("15\u00a0شبـــاط\u00a02021") == (date(2021, 2, 15), None)


@settings(deadline=None)
@given(st.integers(1200, 1420))
def test_a_jalali_year_is_never_of_the_common_era(year: int) -> None:
    for text in (f"{year}/07/15", f"15-07-{year}", f"{year}0715", f"15 مهر {year}"):
        stamp = parse_timestamp(text)
        if stamp is not None:
            assert year + 620 <= stamp.published_on.year <= year + 622
    assert calendar_of_year(year) == "jalali"


@settings(deadline=None)
@given(st.text(alphabet="۰۱۲۳۴۵٦٧٨٩0123456789/-.: صمTZ+ابهمنفوریه", max_size=500))
def test_no_text_raises(text: str) -> None:
    parse_timestamp(text)


@settings(deadline=None)
@given(st.dates(date(1950, 1, 1), date(2070, 1, 1)), st.times())
def test_every_iso_stamp_is_read(day: date, time: datetime) -> None:
    text = f"{day.isoformat()}T{time.hour:02}:{time.minute:02}:{time.second:02}Z"
    assert parse_timestamp(text) == (day, datetime(day.year, day.month, day.day, time.hour, time.minute, time.second))
