"""Dates and spans of time in running text, in three calendars and two languages.

A run of date words (`pipeline.entities.expressions`) is read by a recursive-descent grammar into a `Meaning`: what
the words say, apart from when they were written. A meaning and a day of publication give two Gregorian days.
Distinct runs are read once, so that the grammar costs little however large the corpus.

Belongs here: finding the dates of a frame of segments, and the looks at the text around that decide what the words
alone leave open. Does not belong here: conversion between calendars and time stamps (`pipeline.text.calendars`),
amounts (`pipeline.entities.quantities`).

How the words are understood, where newsrooms leave it open, is written down in `docs/dates-and-amounts.md`.
"""

from __future__ import annotations

import functools
import re
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from pipeline.entities.dates.grammar import read
from pipeline.entities.dates.values import Found, Meaning, resolve
from pipeline.entities.dates.words import words
from pipeline.entities.expressions import slices, to_raw_offsets
from pipeline.schema import DATES
from pipeline.text.calendars import fold

_read = functools.lru_cache(maxsize=200_000)(read)
_resolve = functools.lru_cache(maxsize=200_000)(resolve)


def find_dates(segments: pl.DataFrame) -> pl.DataFrame:
    """Return the dates that segments name, one row each.

    Args:
        segments: Columns `document_id, position, kind, language, text, start_char, normalized_text, offset_map` as
            in `news.segments`, and `published_on`, the document's (Date, nullable). Boilerplate is left out.

    Returns:
        Rows of `news.dates`, in the order of the segments; offsets are code points of `news.documents.text`.
    """
    kept = segments.filter((pl.col("kind") != "boilerplate") & (pl.col("normalized_text").str.len_bytes() > 0))
    texts = kept["normalized_text"].to_list()
    languages = kept["language"].to_list()
    days = kept["published_on"].to_list()
    runs = words().vocabulary.runs(texts)

    rows: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    calendars: list[str] = []
    precisions: list[str] = []
    firsts: list[date | None] = []
    lasts: list[date | None] = []
    relative: list[bool] = []
    for row, run_start, run in zip(runs.text.tolist(), runs.start.tolist(), runs.words, strict=True):
        for found in _read(run, languages[row] or ""):
            meaning: Meaning | None = found.meaning
            if found.guard:
                meaning = _look_around(found, texts[row], run_start + found.start, run_start + found.end)
                if meaning is None:
                    continue
            assert meaning is not None  # noqa: S101
            span = _resolve(meaning, days[row])
            rows.append(row)
            starts.append(run_start + found.start)
            ends.append(run_start + found.end)
            calendars.append(meaning.calendar)
            precisions.append(meaning.precision)
            firsts.append(span[0] if span else None)
            lasts.append(span[1] if span else None)
            relative.append(meaning.is_relative)
    where = np.asarray(rows, dtype=np.int64)
    raw_start, raw_end = to_raw_offsets(
        kept["offset_map"], where, np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)
    )
    found_rows = kept.select("document_id", "position", "start_char")[where]
    return DATES.conform(
        found_rows.with_columns(
            pl.Series("from", raw_start, dtype=pl.Int64),
            pl.Series("until", raw_end, dtype=pl.Int64),
            pl.Series("surface", slices(kept["text"], where, raw_start, raw_end), dtype=pl.String),
            pl.Series("calendar", calendars, dtype=pl.String),
            pl.Series("start_on", firsts, dtype=pl.Date),
            pl.Series("end_on", lasts, dtype=pl.Date),
            pl.Series("precision", precisions, dtype=pl.String),
            pl.Series("is_relative", relative, dtype=pl.Boolean),
        )
        .filter(pl.col("until") > pl.col("from"))
        .select(
            "document_id",
            "position",
            (pl.col("start_char") + pl.col("from")).alias("start_char"),
            (pl.col("start_char") + pl.col("until")).alias("end_char"),
            "surface",
            "calendar",
            "start_on",
            "end_on",
            "precision",
            "is_relative",
        )
        .unique(["document_id", "start_char", "end_char"], keep="first", maintain_order=True)
    )


# --- The text around --------------------------------------------------------------------------------------------

_SENTENCE_END: Final = re.compile(r"[.!؟?؛;\n]")
_WORD_BEFORE: Final = re.compile(r"([^\W\d_][^\s،,()«»\"'.:؛]*)[\s«\"'(\u200c]*$")
_WORD_AFTER: Final = re.compile(r"^[\s»\"')\u200c]*([^\W_][^\s،,()«»\"'.:؛]*)")
_MARK_BEFORE: Final = re.compile(r"([^\w\s])\s*$")
_MARK_AFTER: Final = re.compile(r"^\s*([^\w\s])")

_VERB_STEM: Final = re.compile(
    r"^(?:شو|کن|گیر|رس|باش|ده|توان|خواه|رو|آی|ای|گوی|گو|گذر|پرداز|پذیر|یاب|بین|دان|گرد|مان|بر|خور|ساز|نویس|خوان|زن|افزای|کوش|دار|بخش|کش|شد|کرد|گرفت|رسید"
    r"|داد|رفت|گفت|فرست|طلب|انداز|پوش|امد|خواست|توانست|پذیرفت|پرداخت|یافت|دانست|ماند|برد|خورد|ساخت|نوشت|زد|داشت|بخشید|کشید)(?:م|ی|د|یم|ید|ند|ست)?$"
)
"""What may follow the prefix می written apart: «می شود»; then it is no May."""

_FUTURE: Final = re.compile(
    r"(?:^|[\s\u200c])(?:خواهد|خواهند|خواهیم|خواهم|قرار است|قراراست|در نظر دارد|سوف|من المقرر|المقرر|من المنتظر|المنتظر|المرتقب|المزمع|من المتوقع"
    r"|و?س[یيتنأ](?:عقد|قام|بدأ|شهد|جري|جرى|تم|كون|زور|صل|صدر|لتقي|جتمع|نطلق|توجه|غادر|ستقبل|ستضيف|لعب|واجه|خوض|حل|نظم|فتتح|شارك|عود|لقي|علن|بحث|ناقش|قدم|كشف|ترأس|ستمر|ستأنف|دخل|بث|عرض|طلق|حتفل|قيم|ضم|صوت|حدد|نتخب|توافد|دلي)\w*)(?=[\s\u200c،,.]|$)"
)

_NOT_A_DAY_BEFORE: Final = frozenset(
    fold(word)
    for word in (
        "نماز امام خطیب خطبه دعای ائمه صلاة خطبة خطيب إمام خطباء شهر مدرسه قوى تحالف فريق حزب خیابان میدان بلوار ورزشگاه شهرک"
        " قصر مطار استاد مستشفى شارع ساحة جسر ملعب ميدان تیپ لشکر پادگان بیمارستان جمعية حركة مؤسسة دانشگاه بازار تيار جماعة نمازهای خطبه‌های میدانِ"
    ).split()
)
_TODAY_IS_A_NAME: Final = frozenset(
    fold(word)
    for word in "عين برنامج المصري روسيا مصر سوريا ليبيا صحيفة جريدة قناة موقع الأردن لبنان العراق المغرب فلسطين إيران وطن ذلك هذا".split()
)
_COUNTED_NOUN: Final = re.compile(
    r"^[\s\u200c]*(?:نفر|تن|تومان|ریال|دلار|یورو|کیلومتر|متر|هکتار|واحد|مورد|دستگاه|میلیون|میلیارد|هزار|درصد|شخص|شخصا|شخصًا|قتيل|طن|متر|كلم|كيلومتر"
    r"|دولار|يورو|دينار|ريال|درهم|جنيه|ليرة|مليون|مليار|ألف|جندي|عنصر|وحدة|٪|%|بليون|حالة|فرد|عامل|لاجئ|مقاتل|کیلو|تُن|نسخه|سي|سی|قدم|جريح|سيارة|منزل|برميل|بشکه|مگاوات|ميغاواط|صفحه|خانوار|نقطة|واحدی)"
)
_YEAR_BEFORE: Final = frozenset(
    fold(word)
    for word in (
        "در از تا سال عام منذ في حتى بعد قبل بحلول قبل‌از مند خلال موسم مونديال المونديال جام‌جهانی جهانی المپیک أولمبياد نوبل مصوب"
        " متولد متوفی مواليد يورو یورو ۲۰ أوائل أواخر دوره سنة لعام انتخابات کنوانسیون قانون انقلاب ثورة العالم آسیا أفريقيا الأمم أوروبا"
        " جمهوری مقدماتی کریسمس نوروز برزیل روسیه قطر البرازيل روسيا ریو توکیو پکن لندن پاریس كأس لیگ چشم‌انداز افق رؤية أجندة مؤتمر من إلى عامي ازسال درسال و"
    ).split()
)


_CONTEXT_WORDS: Final = _NOT_A_DAY_BEFORE | _TODAY_IS_A_NAME | _YEAR_BEFORE | {"خلال", "طی", "بدایه", "نهایه"}


def _look_around(found: Found, text: str, start: int, end: int) -> Meaning | None:
    """Return the meaning that the text around leaves: another direction, the same, or None where it is no date."""
    meaning = found.meaning
    guard = found.guard
    before = text[max(0, start - 40) : start]
    after = text[end : end + 40]
    match = _WORD_BEFORE.search(before)
    word_before = fold(match.group(1)) if match else ""
    if word_before not in _CONTEXT_WORDS:
        bare = re.sub(r"^و?[بلفک]?", "", word_before, count=1)
        word_before = next((word for word in (word_before[1:], bare) if word in _CONTEXT_WORDS), word_before)
    match = _WORD_AFTER.search(after)
    word_after = fold(match.group(1)) if match else ""
    if guard in ("weekday", "event", "weak_day", "name", "preposition"):
        bare = word_before.replace("\u200c", "")
        if bare in _NOT_A_DAY_BEFORE:
            return None
    if guard == "weekday":
        if text[start:end] == "الاثنين" and word_before in ("مع", "بین", "کلا", "احد", "هولا"):
            return None
        if word_after.startswith(("سوری", "بازار")) or word_before in (
            "شهر",
            "هر",
            "کل",
            "اولین",
            "دومین",
            "سومین",
            "اخرین",
            "ایام",
        ):
            return None
        if _is_future(text, start, end):
            if meaning.kind == "weekday":
                return meaning._replace(args=(meaning.args[0], 1))
            ends = tuple(end._replace(args=(end.args[0], 1)) for end in meaning.args)
            return meaning._replace(args=ends)
        return meaning
    if guard == "today":
        if (
            word_before in _TODAY_IS_A_NAME
            or word_before == "فی"
            or word_after
            in (
                "السابع",
                "التالی",
                "الاول",
                "الثانی",
                "الاخیر",
                "الموعود",
                "نفسه",
                "ذاته",
                "العالمی",
                "الوطنی",
                "التی",
                "الذی",
            )
        ):
            return None
        if (
            re.match(r"^\s*ال(?:ثال|راب|خام|ساد|ساب|ثام|تاس|عاش|حاد|واحد|يوم)", after)
            or "«" in before[-1:]
            or '"' in before[-1:]
        ):
            return None
        return meaning
    if guard == "tomorrow":
        return (
            None
            if word_after in ("الافضل", "الاخر", "المشرق", "المنشود")
            or word_before in ("تیار", "حزب", "صحیفه", "جریده", "قناه")
            else meaning
        )
    if guard == "short_year":
        return None if _COUNTED_NOUN.match(after) else meaning
    if guard == "yesterday":
        return None if word_after.startswith("الحاجه") else meaning
    if guard == "point":
        return None if word_after in ("من", "از") else meaning
    if guard == "may":
        return None if _VERB_STEM.match(word_after) else meaning
    if guard in ("bare_year", "bare_years"):
        return meaning if _is_bare_year(text, start, end, word_before, guard == "bare_years") else None
    if guard == "weak_day":
        return None
    if guard == "preposition":
        fits = word_before in (
            "فی",
            "در",
            "منذ",
            "از",
            "تا",
            "حتی",
            "خلال",
            "الی",
            "من",
            "طی",
            "بدایه",
            "نهایه",
            "منتصف",
            "اواخر",
            "اوایل",
        )
        return meaning if fits and not re.match(r"^[\s\u200c]*\d", after) else None
    if guard == "no_more":
        return None if word_after in ("دراسی", "الدراسی", "مالی", "المالیه", "الدراسیه", "تحصیلی", "زراعی") else meaning
    return meaning


def _is_future(text: str, start: int, end: int) -> bool:
    """Whether the sentence around speaks of what is to come."""
    left = max(0, start - 120)
    for stop in _SENTENCE_END.finditer(text, left, start):
        left = stop.end()
    stop_after = _SENTENCE_END.search(text, end, end + 160)
    right = stop_after.start() if stop_after else min(len(text), end + 160)
    return _FUTURE.search(text[left:right]) is not None


def _is_bare_year(text: str, start: int, end: int, word_before: str, is_range: bool) -> bool:
    """Whether a number without the word "year" is one: what stands beside it says so."""
    after = text[end : end + 24]
    if _COUNTED_NOUN.match(after):
        return False
    before = text[max(0, start - 3) : start].rstrip()
    if before[-1:] in "(" and after.lstrip()[:1] in ")":
        return True
    if is_range:
        return before[-1:] not in ("+", "/") and after[:1] not in ("/", "-")
    if before[-1:] in ("-", "+", "/", "٫", ".", ":", "#", "$", "€") or after.lstrip()[:1] in ("/", "٪", "%", "+"):
        return False
    match = re.search(r"\d+", text[start:end].translate(_DIGITS))
    year = int(match.group()) if match else 0
    if year == 2000 or not (1300 <= year <= 1410 or 1900 <= year <= 2060):
        return False
    return word_before in _YEAR_BEFORE


_DIGITS: Final = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
