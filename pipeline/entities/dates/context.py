"""The looks at the text around an expression that decide what its own words leave open.

A run of date words is read apart from its sentence, so that each distinct run is read once. Where that is not
enough the grammar leaves a guard on what it found; this module takes it up: is «بهمن ۱۵» here a square, اليوم a
newspaper, 2018 a year or a count, a bare weekday past or to come?

Belongs here: guards. Does not belong here: the grammar (`grammar`), resolution (`values`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from pipeline.entities.dates.tense import FUTURE, tense
from pipeline.entities.dates.values import COMING, NEAR, Found, Meaning
from pipeline.text.calendars import GREGORIAN, fold
from pipeline.text.characters import TO_ASCII_DIGITS, ZWNJ

_WIDTH: Final = 40


class _Around(NamedTuple):
    """What stands around an expression: the texts, and the folded words right before and after."""

    text: str
    start: int
    end: int
    arabic: bool
    tensed: bool
    before: str
    after: str
    word_before: str
    word_after: str


def look_around(found: Found, text: str, start: int, end: int, *, arabic: bool, tensed: bool) -> Meaning | None:
    """Return the meaning that the text around leaves: the same, one with a direction, or None where it is no date.

    Args:
        found: An expression that has a guard.
        text: The normalised text it stands in.
        start: Where it begins in `text`.
        end: Where it ends.
        arabic: Whether the text is Arabic.
        tensed: Whether its verbs tell when; those of a caption are in the present, whenever the picture was taken.
    """
    before, after = text[max(0, start - _WIDTH) : start], text[end : end + _WIDTH]
    match = _WORD_BEFORE.search(before)
    word_before = fold(match.group(1)) if match else ""
    if word_before not in _KNOWN:
        bare = _PROCLITICS.sub("", word_before, count=1)
        stripped = (word_before[1:] if word_before[:1] in ("و", "ب", "ل", "ف", "ک") else "", bare)
        word_before = next((word for word in stripped if word in _KNOWN), word_before)
    match = _WORD_AFTER.search(after)
    word_after = fold(match.group(1)) if match else ""
    around = _Around(text, start, end, arabic, tensed, before, after, word_before, word_after)
    meaning = _GUARDS[found.guard](found.meaning, around)
    return meaning if meaning is None else _towards(meaning, around)


def _towards(meaning: Meaning, around: _Around) -> Meaning:
    """Give a day or month without a year the direction of the sentence's tense, where it speaks of what is to come."""
    if meaning.kind not in ("day", "month") or meaning.args[0] != NEAR:
        return meaning
    if not _is_to_come(around, around.arabic):
        return meaning
    return meaning._replace(args=(COMING, *meaning.args[1:]))


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split())


_WORD_BEFORE: Final = re.compile(r"([^\W\d_][^\s،,()«»\"'.:؛]*)[\s«\"'(\u200c]*$")
_WORD_AFTER: Final = re.compile(r"^[\s»\"')\u200c]*([^\W_][^\s،,()«»\"'.:؛]*)")
_PROCLITICS: Final = re.compile(r"^و?[بلفک]?")

_PLACES: Final = _folded(
    "خیابان میدان بلوار ورزشگاه شهرک شهر مدرسه تیپ لشکر پادگان بیمارستان دانشگاه سالن پل"
    " شارع نهج ساحة جسر ملعب ميدان قصر مطار استاد مستشفى قوى تحالف فريق حزب تيار حركة جماعة جمعية مؤسسة"
)
"""What is named after a day: «میدان ۱۵ خرداد», "قوى 14 آذار"."""
_RECURRING: Final = _folded("شهر هر كل اولین دومین سومین چهارمین آخرین ايام أيام روزهای")
"""Before a weekday: it is none in particular, or the city of Dushanbe."""
_WEEKDAY_ENDINGS: Final = _folded("ها های هایی ی ای ای‌ها شب ست اش")
"""What is written onto a weekday's name with a half-space and leaves it a weekday."""
_WEEKLY: Final = re.compile(r"[^.؛]{0,30}?(?:من كل [أا]سبوع|هر هفته)")
_PRAYER: Final = re.compile(r"(?:نماز|امام|ائمه|ائمۀ|ائمهٔ|خطیب|خطبه|صلاة|خطبة|خطيب|إمام)[^.،؛]{0,25}$")
"""«نماز عبادی سیاسی جمعه»: the Friday of prayers is no day."""
_NAMED_TODAY: Final = _folded("عين المصري روسيا صحيفة جريدة قناة موقع وطن ذلك هذا في")
"""Before "today": a newspaper, a channel, or "per day"."""
_BROADCASTERS: Final = _folded("رادیو راديو")
"""Before "tomorrow": a station that is called so."""
_NOT_TODAY_AFTER: Final = _folded(
    "السابع التالي الأول الثاني الأخير الموعود نفسه ذاته العالمي الوطني الدولي التي الذي"
    " الثالث الرابع الخامس السادس الثامن التاسع العاشر الحادي الواحد"
)
_MANY: Final = _folded("هزاران صدها دهها ها آلاف مئات عشرات")
_VERB_STEM: Final = re.compile(
    r"^(?:شو|کن|گیر|رس|باش|ده|توان|خواه|رو|آی|ای|گوی|گو|گذر|پرداز|پذیر|یاب|بین|دان|گرد|مان|بر|خور|ساز|نویس|خوان|زن|افزای|کوش|دار|بخش|کش|شد|کرد|گرفت|رسید"
    r"|داد|رفت|گفت|فرست|طلب|انداز|پوش|امد|خواست|توانست|پذیرفت|پرداخت|یافت|دانست|ماند|برد|خورد|ساخت|نوشت|زد|داشت|بخشید|کشید)(?:م|ی|د|یم|ید|ند|ست)?$"
)
"""What may follow the prefix می written apart: «می شود»; then it is no May."""
_COUNTED_NOUN: Final = re.compile(
    r"^[\s\u200c]*(?:[٪%]|(?:نفر|تن|تومان|ریال|دلار|یورو|کیلومتر|کیلو|متر|هکتار|واحد|واحدی|مورد|دستگاه|میلیون|میلیارد|هزار|درصد|نسخه|قدم|بشکه|مگاوات|صفحه|خانوار"
    r"|شخص|شخصا|شخصًا|قتيل|جريح|طن|كلم|كيلومتر|دولار|دولارا|يورو|دينار|ريال|درهم|جنيه|ليرة|مليون|مليار|بليون|ألف|جندي|عنصر|وحدة|حالة|فرد|عامل|لاجئ|مقاتل|سيارة|منزل"
    r"|برميل|ميغاواط|نقطة|إصابة|وفاة|قرية|بالمئة|بالمائة|في المئة|في المائة)(?![^\W\d_]))"
)
"""What a number of four digits counts, where it is no year."""
_YEAR_BEFORE: Final = _folded(
    "در از تا سال و پایان ابتدای اوایل اواخر آغاز بعد قبل متولد متوفی مصوب جهانی المپیک لیگ نوبل جمهوری مقدماتی کریسمس نوروز انتخابات"
    " کنوانسیون قانون انقلاب افق دوره آسیا برزیل روسیه ریو توکیو پکن لندن پاریس یورو"
    " عام سنة منذ في حتى من إلى بحلول خلال موسم مونديال المونديال كأس العالم الأمم أفريقيا آسيا أوروبا أولمبياد مواليد ثورة رؤية أجندة مؤتمر"
    " أوائل أواخر بداية نهاية مطلع منتصف قطر البرازيل روسيا حرب نكبة النكبة نكسة النكسة انتفاضة حدود أراضي اتفاق اتفاقية هزيمة معاهدة دستور قانون انقلاب"
    " مجزرة أزمة جنگ پیمان قرارداد کودتای بحران معاهده توافق زلزله"
)
"""Before a bare year."""
_MONTH_BEFORE: Final = _folded("في در منذ از تا حتى خلال إلى من طی بداية نهاية منتصف أواخر أوائل اواخر اوایل")
"""Before a month whose name is a word too."""
_KNOWN: Final = _PLACES | _BROADCASTERS | _RECURRING | _NAMED_TODAY | _YEAR_BEFORE | _MONTH_BEFORE


def _weekday(meaning: Meaning, around: _Around) -> Meaning | None:
    if around.word_before in _RECURRING or _PRAYER.search(around.before):
        return None
    if around.word_after.startswith(("سوری", "بازار")) or _WEEKLY.match(around.after):
        return None
    if around.text[around.start : around.end] == "الاثنين" and around.word_before in ("مع", "بین", "کلا", "احد"):
        return None  # the two
    if _is_name(around):
        return None
    # a weekday's name tells the language even where the segment's is not known
    if not _is_to_come(around, around.arabic or meaning.calendar == GREGORIAN):
        return meaning
    if meaning.kind == "weekday":
        return meaning._replace(args=(meaning.args[0], 1))
    if any(end.args[1] for end in meaning.args):
        return meaning  # "بين الأحد والاثنين الماضيين" has its direction
    return meaning._replace(args=tuple(end._replace(args=(end.args[0], 1)) for end in meaning.args))


def _is_to_come(around: _Around, arabic: bool) -> bool:
    return around.tensed and tense(around.text, around.start, around.end, arabic=arabic) == FUTURE


def _is_name(around: _Around) -> bool:
    """«شنبه‌زاده» is a surname, «در دوشنبه و سمرقند» a city."""
    if around.after[:1] == ZWNJ and around.after[1:2].isalpha() and around.word_after not in _WEEKDAY_ENDINGS:
        return True
    if around.text[around.start : around.end] != "دوشنبه":
        return False
    return around.word_before == "در" or around.word_after.startswith("پایتخت")


def _today(meaning: Meaning, around: _Around) -> Meaning | None:
    if around.word_before in _NAMED_TODAY or around.word_after in _NOT_TODAY_AFTER:
        return None
    return None if around.before[-1:] in ("«", '"', "“") and around.after[:1] in ("»", '"', "”") else meaning


def _tomorrow(meaning: Meaning, around: _Around) -> Meaning | None:
    if (
        around.word_after in ("الافضل", "المشرق", "المنشود")
        or around.word_before in _PLACES | _NAMED_TODAY | _BROADCASTERS
    ):
        return None
    return meaning


def _yesterday(meaning: Meaning, around: _Around) -> Meaning | None:
    return None if around.word_after.startswith("الحاجه") else meaning  # in dire need


def _event(meaning: Meaning, around: _Around) -> Meaning | None:
    if around.word_before in _PLACES:
        return None
    shots = around.text[around.start : around.end].endswith("تیر") and around.word_after in ("هوایی", "خلاص", "مستقیم")
    return None if shots else meaning


def _may(meaning: Meaning, around: _Around) -> Meaning | None:
    return None if _VERB_STEM.match(around.word_after) else _event(meaning, around)


def _preposition(meaning: Meaning, around: _Around) -> Meaning | None:
    fits = around.word_before in _MONTH_BEFORE and not re.match(r"^[\s\u200c]*\d", around.after)
    return meaning if fits else None


def _point(meaning: Meaning, around: _Around) -> Meaning | None:
    return None if around.word_after in ("من", "از") else meaning  # a week before something


def _unit(meaning: Meaning, around: _Around) -> Meaning | None:
    return None if around.word_before in _MANY else meaning  # «هزاران سال گذشته»


def _short_year(meaning: Meaning, around: _Around) -> Meaning | None:
    return None if _COUNTED_NOUN.match(around.after) else meaning


def _year_to_date(meaning: Meaning, around: _Around) -> Meaning | None:
    return None if around.word_after in _folded("دراسی الدراسي مالی المالية الدراسية تحصیلی زراعی") else meaning


def _bare_year(meaning: Meaning, around: _Around) -> Meaning | None:
    if _is_count(around):
        return None
    before, after = around.before[-3:].rstrip(), around.after.lstrip()
    if before[-1:] == "(" and after[:1] == ")":
        return meaning
    if before[-1:] in tuple("-+/٫.:#$€") or after[:1] in tuple("/٪%+"):
        return None
    match = re.search(r"\d+", around.text[around.start : around.end].translate(TO_ASCII_DIGITS))
    year = int(match.group()) if match else 0
    if year == 2000 or not (1300 <= year <= 1410 or 1900 <= year <= 2060):
        return None
    return meaning if around.word_before in _YEAR_BEFORE else None


def _bare_years(meaning: Meaning, around: _Around) -> Meaning | None:
    if _is_count(around) or around.before[-1:] in ("+", "/") or around.after[:1] in ("/", "-"):
        return None
    return meaning


def _is_count(around: _Around) -> bool:
    return _COUNTED_NOUN.match(around.after) is not None or re.match(r"[.,٫٬/]\d", around.after) is not None


_GUARDS: Final[dict[str, Callable[[Meaning, _Around], Meaning | None]]] = {
    "weekday": _weekday,
    "today": _today,
    "tomorrow": _tomorrow,
    "radio": lambda meaning, around: None if around.word_before in _BROADCASTERS else meaning,
    "yesterday": _yesterday,
    "event": _event,
    "name": _event,
    "near": lambda meaning, _: meaning,
    "may": _may,
    "weak": lambda _, __: None,
    "preposition": _preposition,
    "point": _point,
    "unit": _unit,
    "short_year": _short_year,
    "year_to_date": _year_to_date,
    "bare_year": _bare_year,
    "bare_years": _bare_years,
}
