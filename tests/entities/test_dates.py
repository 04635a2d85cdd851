"""Dates in running text: values in three calendars, spans in the raw text, and what must not be taken for a date."""

import hashlib
import json
import re
import tarfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.entities import dates
from pipeline.entities.dates import find_dates
from pipeline.entities.dates.values import Found, Meaning, Year
from pipeline.schema import DATES
from pipeline.text.calendars import fold, weekday_names
from pipeline.text.offsets import Edit, OffsetMap
from tests.corpus import dates as corpus
from tests.corpus import parstdex
from tests.development_data import development_data
from tests.entities.frames import dated
from tests.entities.scoring import judge

GATE = json.loads((Path(__file__).parent / "gate-dates.json").read_text(encoding="utf-8"))


def found(text: str, language: str = "fa", published: date | None = None) -> list[tuple[object, ...]]:
    return (
        find_dates(dated((text, language, published)))
        .select("surface", "calendar", "start_on", "end_on", "precision", "is_relative")
        .rows()
    )


def score(name: str) -> tuple[int, int, int, list[str]]:
    """Rows right, rows expected, rows too many, and what is wrong in words."""
    cases = corpus.read(name)
    rows = find_dates(dated(*((case.text, case.language, case.published_on) for case in cases)))
    by_case: dict[str, list[tuple[object, ...]]] = {}
    for row in rows.iter_rows(named=True):
        told = (row["surface"], *(row[name] for name in ("calendar", "start_on", "end_on", "precision", "is_relative")))
        by_case.setdefault(row["document_id"], []).append(told)
    return judge(cases, by_case)


@pytest.mark.parametrize("name", ["dates.tsv", "dates-held.tsv", "dates-fresh.tsv"])
def test_hand_made_dates(name: str) -> None:
    """Guards against a row in news.dates that names another day than the text does."""
    right, expected, extra, wrong = score(name)
    assert right >= GATE[name]["right"], "\n".join(wrong)
    assert extra <= GATE[name]["extra"], "\n".join(wrong)
    assert right / expected >= 0.98


def test_there_are_enough_of_them() -> None:
    cases = [*corpus.read("dates.tsv"), *corpus.read("dates-held.tsv")]
    rows = [row for case in cases for row in case.expected]
    assert len(rows) >= 300
    assert {row.calendar for row in rows} == {"gregorian", "jalali", "hijri"}
    assert {case.language for case in cases} == {"fa", "ar"}


def test_two_calendars_side_by_side_are_two_rows() -> None:
    rows = found("جمعه ۱۵ بهمن ۱۴۰۰ / ۴ فوریه ۲۰۲۲")
    assert [(row[1], row[2], row[3]) for row in rows] == [
        ("jalali", date(2022, 2, 4), date(2022, 2, 4)),
        ("gregorian", date(2022, 2, 4), date(2022, 2, 4)),
    ]


def test_the_calendar_beside_gives_the_year() -> None:
    rows = found("۱۵ بهمن (۴ فوریه ۲۰۲۲)", published=date(2024, 6, 1))
    assert [row[2] for row in rows] == [date(2022, 2, 4)] * 2
    assert not any(row[5] for row in rows)


@pytest.mark.parametrize(
    "text",
    ["۳۰ فوریه ۲۰۲۰", "۳۱ مهر ۱۴۰۰", "۰ مهر ۱۴۰۰", "۳۰ اسفند ۱۴۰۰", "30/02/2020", "32/13/2020", "سال ۵۰۰ قبل از میلاد"],
)
def test_what_does_not_exist_has_no_value(text: str) -> None:
    for row in found(text, published=date(2022, 1, 1)):
        assert row[2] is None
        assert row[3] is None


def test_without_a_day_of_publication_what_is_relative_is_open() -> None:
    rows = found("دیروز و هفته آینده و ۱۵ مهر و ۱۵ مهر ۱۴۰۰")
    assert [(row[2], row[5]) for row in rows] == [(None, True)] * 3 + [(date(2021, 10, 7), False)]


def test_weekdays_follow_the_tense() -> None:
    day = date(2022, 2, 10)
    assert found("عقد الاجتماع يوم الاثنين.", "ar", day)[0][2] == date(2022, 2, 7)
    assert found("من المقرر أن يعقد الاجتماع يوم الاثنين.", "ar", day)[0][2] == date(2022, 2, 14)
    assert found("جلسه روز دوشنبه برگزار شد.", "fa", day)[0][2] == date(2022, 2, 7)
    assert found("جلسه روز دوشنبه برگزار خواهد شد.", "fa", day)[0][2] == date(2022, 2, 14)


def test_verbs_of_a_caption_tell_no_time() -> None:
    """Guards against a picture of Monday that is dated to come, because captions speak in the present."""
    text = ("يلتقي المنتخبان يوم الاثنين.", "ar", date(2022, 2, 10))
    assert find_dates(dated(text))["start_on"].to_list() == [date(2022, 2, 14)]
    assert find_dates(dated(text, kind="caption"))["start_on"].to_list() == [date(2022, 2, 7)]


@pytest.mark.parametrize(
    ("printed", "meant"),
    [(date(2022, 2, 8), 8), (date(2022, 2, 9), 8), (date(2022, 2, 11), 8), (date(2022, 2, 12), 12)],
)
def test_a_weekday_beside_today_wins_where_the_paper_is_late(printed: date, meant: int) -> None:
    for text, language in (("غادرت السفينة اليوم الثلاثاء.", "ar"), ("کشتی امروز (سه‌شنبه) حرکت کرد.", "fa")):
        assert [row[2] for row in found(text, language, printed)] == [date(2022, 2, meant)]


def test_a_month_of_a_plan_is_the_coming_one_unless_it_is_just_past() -> None:
    text = "کارخانه اوایل دی گشوده می‌شود."
    assert found(text, "fa", date(2021, 6, 14))[0][2] == date(2021, 12, 22)
    assert found("کارخانه اوایل دی گشوده شد.", "fa", date(2021, 6, 14))[0][2] == date(2020, 12, 21)
    assert found(text, "fa", date(2022, 2, 10))[0][2] == date(2021, 12, 22)


@pytest.mark.parametrize(
    "meaning",
    [
        Meaning("year", "bce", "year", (Year("number", 500),)),
        Meaning("range", "gregorian", "range", (Meaning("years", "gregorian", "range", (2020, 2020)),) * 2),
        Meaning("years", "gregorian", "range", (2022, 2020)),
    ],
)
def test_no_reading_of_the_grammar_makes_a_row_that_does_not_hold(
    meaning: Meaning, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards against a run that stops at the check of the published table."""
    monkeypatch.setattr(dates, "_read", lambda run, language: [Found(0, len(run), meaning)] * 2)
    rows = find_dates(dated(("2020", "ar", None)))
    assert rows.height == (meaning.calendar == "gregorian")
    for row in rows.iter_rows(named=True):
        assert row["start_on"] is None or row["start_on"] <= row["end_on"]


def test_spans_are_places_of_the_raw_text() -> None:
    """Guards against rows that point beside their date where normalisation moved characters."""
    raw = "به گزارش  خبرنگار ، سهشنبه ۱۵ بهمن   ۱۴۰۰ پایان"
    edits = [Edit(8, 10, " "), Edit(17, 19, "،"), Edit(22, 22, "\u200c"), Edit(34, 37, " ")]
    normalized = "به گزارش خبرنگار، سه\u200cشنبه ۱۵ بهمن ۱۴۰۰ پایان"
    frame = dated((raw, "fa", None)).with_columns(
        pl.Series("normalized_text", [normalized]),
        pl.Series(
            "offset_map",
            [OffsetMap.from_edits(len(raw), edits).nodes()],
            dtype=pl.List(pl.Struct({"normalized": pl.Int32, "raw": pl.Int32})),
        ),
        start_char=pl.lit(100),
    )
    row = find_dates(frame).row(0, named=True)
    assert row["surface"] == "سهشنبه ۱۵ بهمن   ۱۴۰۰"
    assert (row["start_char"], row["end_char"]) == (100 + raw.index("سه"), 100 + raw.index(" پایان"))


def test_a_proclitic_is_left_out() -> None:
    rows = found("وبالعام الماضي وللعام 2021 وفي والخميس", "ar", date(2022, 2, 10))
    assert [row[0] for row in rows] == ["العام الماضي", "لعام 2021", "الخميس"]


def test_boilerplate_is_left_out_and_every_other_kind_is_read() -> None:
    text = ("۱۵ بهمن ۱۴۰۰", "fa", None)
    assert find_dates(dated(text, kind="boilerplate")).height == 0
    for kind in ("title", "lead", "heading", "paragraph", "caption", "byline", "metadata"):
        assert find_dates(dated(text, kind=kind)).height == 1


def test_nothing_in_gives_the_empty_table() -> None:
    empty = find_dates(dated(("متن بدون تاریخ", "fa", None)).clear())
    assert empty.schema == DATES.polars_schema()
    assert find_dates(dated(("", "fa", None))).height == 0


def test_the_rows_do_not_depend_on_how_they_are_batched() -> None:
    cases = corpus.read("dates.tsv")
    frame = dated(*((case.text, case.language, case.published_on) for case in cases))
    together = find_dates(frame)
    apart = pl.concat([find_dates(frame[i : i + 7]) for i in range(0, frame.height, 7)])
    assert together.equals(apart)


def test_one_sentence_of_five_megabytes() -> None:
    text = "۱۵ بهمن ۱۴۰۰ و " * 350_000
    rows = find_dates(dated((text, "fa", None)))
    assert rows.height >= 340_000
    assert set(rows["start_on"].to_list()) >= {date(2022, 2, 4)}
    assert find_dates(dated(("۱ و " * 500_000, "fa", None))).height == 0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*"۰۱۲۳456٧٨9/-.،()هم", "بهمن", "سال", "ماه", "روز", "هفته", "تا", "از", "و", "گذشته", "آینده", "قبل", "من", "يوم", "الخميس", "الماضي",
             "شباط", "رمضان", "هـ", "عام", "2020", "۱۴۰۰", "۱۳", "دو", "سه", "شنبه", "بعد", "بين", "إلى", "أيام", "الثلاثة", "الأول", "نیمه", "دهه", "قرن", "\u200c", "الميلاد", "میلاد", "ق", "م", "عاما", "سنة", "غرة", "القرن"]
        ),
        max_size=14,
    ),
    st.sampled_from(["fa", "ar", "und"]),
    st.one_of(st.none(), st.dates()),
)  # fmt: skip
def test_any_order_of_date_words_makes_rows_that_hold(words: list[str], language: str, published: date | None) -> None:
    text = " ".join(words)
    rows = find_dates(dated((text, language, published)))
    end = 0
    for row in rows.iter_rows(named=True):
        assert text[row["start_char"] : row["end_char"]] == row["surface"] != ""
        assert row["start_char"] >= end
        end = row["end_char"]
        assert (row["start_on"] is None) == (row["end_on"] is None)
        assert row["start_on"] is None or row["start_on"] <= row["end_on"]
        assert row["calendar"] in ("gregorian", "jalali", "hijri")
        assert row["precision"] in ("day", "month", "season", "year", "decade", "range")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    text = text.encode("utf-8", "replace").decode("utf-8")
    find_dates(dated((text, "fa", date(2022, 2, 10))))


@settings(deadline=None)
@given(st.dates(date(1930, 1, 1), date(2039, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    from persiantools.jdatetime import JalaliDate

    jalali = JalaliDate(day)
    months = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split()
    rows = found(f"{jalali.day} {months[jalali.month - 1]} {jalali.year}")
    assert [(row[1], row[2], row[3]) for row in rows] == [("jalali", day, day)]


@pytest.mark.gate
def test_spans_on_parstdex() -> None:
    """Spans of the 305 Persian sentences of parstdex; which of them name days, `parstdex.SCOPE` says."""
    path = development_data("dates", "parstdex.json")
    pins = GATE["parstdex"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == pins["sha256"]
    measured = parstdex.figures(path, lambda texts: find_dates(dated(*texts)))
    assert measured["f1 of days"] >= 0.92
    for name in ("f1 of days", "f1 of all", "f1 of exact"):
        assert measured[name] == pytest.approx(pins[name], abs=pins["tolerance"])


@pytest.mark.gate
def test_tense_on_days_of_news_that_tell_weekday_and_date() -> None:
    """Real days near publication that are told twice: with the date taken away, the weekday still means that day."""
    path = development_data("news", "ar-antcorpus.tar.gz")
    pins = GATE["ant weekdays"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == pins["sha256"]
    names = {name: number for name, number in weekday_names().items() if name.startswith("ال")}
    told = re.compile("(?:الأحد|الاحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الاربعاء|الخميس|الجمعة|السبت)")
    lines: dict[tuple[str, str, date | None], None] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is None:
                continue
            page = file.read().decode("utf-8", "replace")
            day = re.search(r"<TIME>(\d{4}-\d\d-\d\d)", page)
            body = re.search(r"<TEXT>(.*)</TEXT>", page, re.DOTALL)
            for line in body.group(1).split("\n") if day and body else ():
                if told.search(line) and re.search(r"\d", line):
                    lines[(line.strip(), "ar", date.fromisoformat(day.group(1)))] = None
    cases = []
    days: list[date] = []
    written = list(lines)
    for row in find_dates(dated(*lines)).filter(pl.col("precision") == "day").iter_rows(named=True):
        text, language, published = written[int(row["document_id"])]
        weekday = told.search(row["surface"])
        if weekday is None or row["start_on"] is None or published is None:
            continue
        if not re.search(r"\d", row["surface"]) or re.search("[أا]مس|اليوم|غد", row["surface"]):
            continue
        right = names[fold(weekday.group())] == row["start_on"].weekday()
        if right and abs((row["start_on"] - published).days) <= 6:
            bare = text[: row["start_char"]] + weekday.group() + text[row["end_char"] :]
            cases.append((bare, language, published, row["start_char"]))
            days.append(row["start_on"])
    rows = find_dates(dated(*(case[:3] for case in cases)))
    met = dict(zip(rows.select("document_id", "start_char").rows(), rows["start_on"], strict=True))
    right_days = sum(met.get((str(n), case[3])) == day for n, (case, day) in enumerate(zip(cases, days, strict=True)))
    assert len(cases) == pins["days"]
    assert right_days / len(cases) == pytest.approx(pins["right"], abs=pins["tolerance"])


def test_scope_of_parstdex_names_spans_by_their_place_only() -> None:
    text = parstdex.SCOPE.read_text(encoding="utf-8")
    assert not re.search(r"[^\x00-\x7f]", text)
