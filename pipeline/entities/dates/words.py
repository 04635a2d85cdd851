"""The words of dates in Persian and Arabic, and what each can mean to the grammar.

Belongs here: the vocabulary. Does not belong here: how words join (`grammar`), months' and weekdays' names and
number words (`pipeline.text.calendars`, `pipeline.text.numbers`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pipeline.entities.expressions import CORE, EDGE, Vocabulary, with_proclitics
from pipeline.text import numbers
from pipeline.text.calendars import GREGORIAN, HIJRI, JALALI, fold, month_names, weekday_names

_DAY, _WEEK, _MONTH, _YEAR, _DECADE, _CENTURY = "day", "week", "month", "year", "decade", "century"

_AMBIGUOUS_MONTHS: Final = frozenset(
    map(
        fold,
        (
            *(
                "تیر",
                "مهر",
                "آذر",
                "دی",
                "بهمن",
                "مه",
                "می",
                "مارس",
                "آب",
                "اب",
                "ماي",
                "جوان",
                "جون",
                "اوت",
                "أوت",
                "مارچ",
            ),
            *("حمل", "ثور", "جوزا", "سرطان", "اسد", "سنبله", "میزان", "عقرب", "قوس", "جدی", "دلو", "حوت"),
            *(
                "وری",
                "غویی",
                "غبرګولی",
                "چنګاښ",
                "زمری",
                "وږی",
                "تله",
                "لړم",
                "لیندی",
                "مرغومی",
                "سلواغه",
                "کب",
                "محرم",
                "صفر",
                "رجب",
                "شعبان",
                "رمضان",
                "شوال",
                "آبان",
            ),
            *("خرداد", "اسفند", "اسپند", "امرداد", "نيسان", "أيار", "تموز", "شباط", "march", "may"),
        ),
    )
)
"""Months whose name is also a word or a person's name: alone, without day, year or ماه, they are no date."""

NAME_ONLY: Final = frozenset(map(fold, ("نيسان", "أيار", "تموز", "شباط", "آبان", "خرداد", "اسفند", "رمضان", "شعبان")))
"""Ambiguous months that count after a preposition that fits a month."""

_SEASONS: Final = {
    **dict.fromkeys(map(fold, ("بهار", "ربيع", "الربيع")), 1),
    **dict.fromkeys(map(fold, ("تابستان", "صيف", "الصيف")), 2),
    **dict.fromkeys(map(fold, ("پاییز", "پائیز", "خريف", "الخريف")), 3),
    **dict.fromkeys(map(fold, ("زمستان", "شتاء", "الشتاء")), 4),
}

_PERSIAN: Final[dict[str, dict[str, Any]]] = {
    "سال": {"unit": _YEAR}, "سالهای": {"unit": _YEAR, "plural": True}, "سالها": {"unit": _YEAR, "plural": True},
    "ماه": {"unit": _MONTH}, "ماههای": {"unit": _MONTH, "plural": True}, "ماهه": {"months": True},
    "روز": {"unit": _DAY}, "روزهای": {"unit": _DAY, "plural": True}, "شب": {"night": True},
    "هفته": {"unit": _WEEK}, "هفتههای": {"unit": _WEEK, "plural": True},
    "دهه": {"unit": _DECADE}, "دهههای": {"unit": _DECADE, "plural": True},
    "قرن": {"unit": _CENTURY}, "سده": {"unit": _CENTURY}, "فصل": {"season_word": True},
    "های": {"suffix": True}, "ها": {"suffix": True}, "ی": {"suffix": True},
    "امسال": {"year_offset": 0}, "پارسال": {"year_offset": -1}, "پیرارسال": {"year_offset": -2},
    "امروز": {"day_offset": 0}, "امروزه": {}, "امشب": {"day_offset": 0}, "دیروز": {"day_offset": -1},
    "دیشب": {"day_offset": -1}, "پریروز": {"day_offset": -2}, "پریشب": {"day_offset": -2}, "فردا": {"day_offset": 1},
    "فرداشب": {"day_offset": 1}, "پسفردا": {"day_offset": 2},
    "گذشته": {"adjective": -1, "window": -1}, "پیش": {"adjective": -1, "ago": -1}, "قبل": {"adjective": -1, "ago": -1, "before": True},
    "اخیر": {"window": -1}, "پیشین": {"adjective": -1}, "قبلی": {"adjective": -1},
    "آینده": {"adjective": 1, "window": 1}, "آتی": {"adjective": 1, "window": 1}, "بعد": {"adjective": 1},
    "دیگر": {"ago": 1}, "جاری": {"adjective": 0}, "کنونی": {"adjective": 0}, "فعلی": {"adjective": 0},
    "این": {"this": True}, "همین": {"this": True}, "همان": {"anaphor": True}, "آن": {"anaphor": True},
    "اوایل": {"part": 1}, "ابتدای": {"part": 1}, "آغاز": {"part": 1}, "اواسط": {"part": 2}, "میانه": {"part": 2},
    "اواخر": {"part": 3}, "پایان": {"part": 3}, "انتهای": {"part": 3}, "اوائل": {"part": 1}, "میانههای": {"part": 2},
    "نیمه": {"half_of": True, "part": 2}, "سهماهه": {"quarter": True}, "نیم": {"fraction": 0.5}, "نصف": {"fraction": 0.5},
    "تا": {"to": True}, "الی": {"to": True}, "لغایت": {"to": True}, "از": {"from": True}, "بین": {"between": True},
    "مابین": {"between": True}, "و": {"and": True}, "برابر": {"equals": True}, "معادل": {"equals": True},
    "مصادف": {"equals": True}, "مطابق": {"equals": True}, "با": {"equals": True},
    "آخر": {"last": True}, "پایانی": {"last": True}, "ام": {"ordinal_suffix": True},
    "میلادی": {"era": GREGORIAN}, "شمسی": {"era": JALALI}, "خورشیدی": {"era": JALALI}, "قمری": {"era": HIJRI},
    "هجری": {"era": "hijra"}, "ش": {"era": JALALI, "letter": True}, "ق": {"era": HIJRI, "letter": True}, "ه": {"era": "hijra", "letter": True},
    "آخرین": {"edge": True}, "واپسین": {"edge": True}, "نخست": {"edge": True},
    "اولین": {"ord": 1, "of_days": True}, "نخستین": {"ord": 1, "of_days": True},
    "مبارک": {"suffix": True}, "چند": {"vague": True}, "چندین": {"vague": True}, "یکی": {"vague": True},
}  # fmt: skip

_ARABIC: Final[dict[str, dict[str, Any]]] = {
    "عام": {"unit": _YEAR}, "العام": {"unit": _YEAR, "definite": True}, "سنة": {"unit": _YEAR}, "السنة": {"unit": _YEAR, "definite": True},
    "أعوام": {"unit": _YEAR, "plural": True}, "الأعوام": {"unit": _YEAR, "plural": True, "definite": True}, "سنوات": {"unit": _YEAR, "plural": True},
    "السنوات": {"unit": _YEAR, "plural": True, "definite": True}, "سنين": {"unit": _YEAR, "plural": True}, "عاما": {"unit": _YEAR, "counted": True},
    "عامي": {"unit": _YEAR, "plural": True, "construct": True}, "سنتي": {"unit": _YEAR, "plural": True, "construct": True}, "عامين": {"dual": _YEAR}, "العامين": {"dual": _YEAR, "definite": True}, "سنتين": {"dual": _YEAR}, "السنتين": {"dual": _YEAR, "definite": True},
    "شهر": {"unit": _MONTH}, "الشهر": {"unit": _MONTH, "definite": True}, "أشهر": {"unit": _MONTH, "plural": True}, "الأشهر": {"unit": _MONTH, "plural": True, "definite": True},
    "شهور": {"unit": _MONTH, "plural": True}, "الشهور": {"unit": _MONTH, "plural": True, "definite": True}, "شهرا": {"unit": _MONTH, "counted": True},
    "شهرين": {"dual": _MONTH}, "الشهرين": {"dual": _MONTH, "definite": True}, "شهري": {"unit": _MONTH, "plural": True, "construct": True},
    "يوم": {"unit": _DAY}, "أيام": {"unit": _DAY, "plural": True}, "الأيام": {"unit": _DAY, "plural": True, "definite": True}, "يوما": {"unit": _DAY, "counted": True},
    "يومين": {"dual": _DAY}, "اليومين": {"dual": _DAY, "definite": True}, "يومي": {"unit": _DAY, "plural": True, "construct": True},
    "اليوم": {"day_offset": 0, "the_day": True}, "أمس": {"day_offset": -1}, "الأمس": {"day_offset": -1}, "البارحة": {"day_offset": -1}, "غدا": {"day_offset": 1},
    "غد": {"day_offset": 1}, "الغد": {"day_offset": 1}, "الليلة": {"night": True, "definite": True, "day_offset": 0},
    "أسبوع": {"unit": _WEEK}, "الأسبوع": {"unit": _WEEK, "definite": True}, "أسابيع": {"unit": _WEEK, "plural": True}, "الأسابيع": {"unit": _WEEK, "plural": True, "definite": True},
    "أسبوعا": {"unit": _WEEK, "counted": True}, "أسبوعين": {"dual": _WEEK}, "الأسبوعين": {"dual": _WEEK, "definite": True},
    "عقد": {"unit": _DECADE}, "العقد": {"unit": _DECADE, "definite": True}, "القرن": {"unit": _CENTURY, "definite": True},
    "فصل": {"season_word": True},
    "عشرينيات": {"decade": 20}, "ثلاثينيات": {"decade": 30}, "أربعينيات": {"decade": 40}, "خمسينيات": {"decade": 50},
    "ستينيات": {"decade": 60}, "سبعينيات": {"decade": 70}, "ثمانينيات": {"decade": 80}, "تسعينيات": {"decade": 90},
    "عشرينات": {"decade": 20}, "ثلاثينات": {"decade": 30}, "أربعينات": {"decade": 40}, "خمسينات": {"decade": 50},
    "ستينات": {"decade": 60}, "سبعينات": {"decade": 70}, "ثمانينات": {"decade": 80}, "تسعينات": {"decade": 90},
    "الماضي": {"adjective": -1, "window": -1}, "الماضية": {"adjective": -1, "window": -1}, "الماضيين": {"adjective": -1, "window": -1}, "الماضيتين": {"adjective": -1, "window": -1},
    "الفارط": {"adjective": -1, "window": -1}, "الفارطة": {"adjective": -1, "window": -1}, "الفارطين": {"adjective": -1, "window": -1},
    "الفائت": {"adjective": -1, "window": -1}, "الفائتة": {"adjective": -1, "window": -1}, "المنصرم": {"adjective": -1, "window": -1}, "المنصرمة": {"adjective": -1, "window": -1},
    "المنصرمين": {"adjective": -1, "window": -1}, "الأخيرة": {"window": -1}, "الأخيرين": {"window": -1}, "المنقضي": {"adjective": -1}, "المنقضية": {"adjective": -1},
    "الجاري": {"adjective": 0}, "الجارية": {"adjective": 0}, "الحالي": {"adjective": 0}, "الحالية": {"adjective": 0},
    "المقبل": {"adjective": 1, "window": 1}, "المقبلة": {"adjective": 1, "window": 1}, "القادم": {"adjective": 1, "window": 1}, "القادمة": {"adjective": 1, "window": 1},
    "المقبلين": {"adjective": 1, "window": 1}, "القادمين": {"adjective": 1, "window": 1}, "الآتي": {"adjective": 1}, "التالي": {"anaphor_after": True}, "التالية": {"anaphor_after": True},
    "هذا": {"this": True}, "هذه": {"this": True}, "ذلك": {"anaphor": True}, "تلك": {"anaphor": True}, "نفس": {"anaphor": True},
    "نفسه": {"anaphor_after": True}, "ذاته": {"anaphor_after": True}, "نفسها": {"anaphor_after": True}, "ذاتها": {"anaphor_after": True},
    "أوائل": {"part": 1}, "مطلع": {"part": 1}, "بداية": {"part": 1}, "مستهل": {"part": 1}, "غرة": {"first_day": True},
    "منتصف": {"part": 2}, "أواسط": {"part": 2}, "وسط": {"part": 2}, "أواخر": {"part": 3}, "نهاية": {"part": 3}, "ختام": {"part": 3}, "آخر": {"part": 3},
    "النصف": {"half_of": True}, "الربع": {"quarter": True}, "ربع": {"quarter": True},
    "إلى": {"to": True}, "حتى": {"to": True}, "ولغاية": {"to": True}, "لغاية": {"to": True}, "من": {"of": True, "from": True}, "بين": {"between": True},
    "ما": {}, "في": {"in": True}, "وفي": {"in": True}, "الموافق": {"equals": True}, "الموافقة": {"equals": True}, "قبل": {"before": True, "ago": -1, "adjective": -1}, "منذ": {"before": True, "since": True},
    "خلال": {"during": True}, "الأخير": {"last": True}, "ميلادية": {"era": GREGORIAN}, "ميلادي": {"era": GREGORIAN}, "م": {"era": GREGORIAN, "letter": True}, "الميلادي": {"era": GREGORIAN}, "الميلادية": {"era": GREGORIAN},
    "هجرية": {"era": HIJRI}, "للهجرة": {"era": HIJRI}, "الهجري": {"era": HIJRI}, "الهجرية": {"era": HIJRI}, "هجري": {"era": "hijra"}, "هـ": {"era": "hijra", "letter": True}, "الميلاد": {"christ": True}, "میلاد": {"christ": True},
    "المبارك": {"suffix": True}, "المعظم": {"suffix": True}, "الـ": {"article": True}, "ال": {"article": True},
    "عدة": {"vague": True}, "بضعة": {"vague": True}, "أول": {"first": True}, "الحرام": {"suffix": True},
}  # fmt: skip

_PHRASES: Final[dict[str, dict[str, Any]]] = {
    "أمس الأول": {"day_offset": -2}, "أول أمس": {"day_offset": -2}, "أول من أمس": {"day_offset": -2}, "بعد غد": {"day_offset": 2},
    "الأمس الأول": {"day_offset": -2}, "پس فردا": {"day_offset": 2}, "پری روز": {"day_offset": -2}, "فردا شب": {"day_offset": 1},
    "سه ماهه": {"quarter": True, "card": 3, "then": {"unit": _MONTH}}, "سه ماه": {"quarter": True, "card": 3, "then": {"unit": _MONTH}},
    "رأس السنة": {}, "پیش رو": {"adjective": 1, "window": 1}, "پیش روی": {"adjective": 1, "window": 1},
}  # fmt: skip

_EDGE_WORDS: Final = frozenset(
    map(
        fold,
        (
            *("و", "تا", "الی", "لغایت", "از", "برابر", "معادل", "مصادف", "مطابق", "با"),
            *("ی", "إلى", "حتى", "من", "ما", "في", "وفي", "الموافق", "الموافقة", "ال", "الـ", "خلال"),
            *("لغاية", "ولغاية", "نیم"),
        ),
    )
)
_CORE_SENSES: Final = frozenset(
    {"month", "weekday", "unit", "season", "year_offset", "day_offset", "dual", "decade", "quarter", "months"}
)


FOREIGN: Final[dict[str, frozenset[str]]] = {
    "ar": frozenset(
        "سال سالهای سالها ماه ماههای روز روزهای شب فردا امروز دیروز دیشب امشب پریروز آینده اینده گذشته پیش دیگر این آن ان همین هفته قرن"
        " بهار تابستان پاییز زمستان با از تا".split()
    )
    | frozenset(
        map(
            fold,
            "ابان آبان دی تیر مهر حمل ثور جوزا سرطان اسد سنبله ميزان میزان عقرب قوس جدي جدی دلو حوت وری غویی غبرګولی چنګاښ زمری وږی تله لړم ليندی لیندی مرغومی سلواغه کب".split(),
        )
    ),
    "fa": frozenset(map(fold, "عام شهر يوم سنة غد غدا أمس الشهر أيام من عقد آخر وسط بداية شهري يومي شهرا".split())),
}
"""Words of one language that are other words in the other: شهر is a city in Persian, فردا an individual in Arabic; no
month of Afghanistan stands in Arabic news, where حمل and سرطان are common words."""


class Words(NamedTuple):
    """The vocabulary, as tokens and runs look it up.

    Attributes:
        spellings: Every spelling to word, joined و, proclitic and senses.
        phrases: Words that together are one token, to its senses.
        vocabulary: What finds the runs.
    """

    spellings: dict[str, tuple[str, bool, str, Mapping[str, Any]]]
    phrases: dict[tuple[str, ...], dict[str, Any]]
    vocabulary: Vocabulary


@functools.cache
def words() -> Words:
    """Return the vocabulary, built once."""
    senses: dict[str, dict[str, Any]] = {}
    arabic: set[str] = set()

    def put(word: str, more: Mapping[str, Any], *, is_arabic: bool = False) -> None:
        word = fold(word).strip()
        senses.setdefault(word, {}).update(more)
        if is_arabic:
            arabic.add(word)

    arabic_numbers = numbers.arabic_words()
    for word, value in numbers.cardinals().items():
        put(word, {"card": value}, is_arabic=word in arabic_numbers)
    for word in ("ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"):
        for form in (word, word[:-1]):
            put("ال" + form, {"card": numbers.cardinals()[fold(word)]}, is_arabic=True)
    for word, value in numbers.ordinals().items():
        put(word, {"ord": value}, is_arabic=word in arabic_numbers)
        if word not in arabic_numbers:
            put(word + "ین", {"ord": value, "of_days": True})
    for scale in ("هزار", "ألف", "ألفين", "ألفا"):
        put(scale, {"scale": 2e3 if scale == "ألفين" else 1e3}, is_arabic=scale != "هزار")
    phrases: dict[tuple[str, ...], dict[str, Any]] = {}
    for name, (calendar, number) in month_names().items():
        if name.endswith("ا"):
            put(name + "ی", {"month": (calendar, number), "ambiguous": name in _AMBIGUOUS_MONTHS})  # «جوزای ۱۳۹۸»
        parts = tuple(name.split())
        meaning: dict[str, Any] = {"month": (calendar, number)}
        if name in _AMBIGUOUS_MONTHS:
            meaning["ambiguous"] = True
        if len(parts) > 1:
            phrases[parts] = meaning
            glued = "".join(parts)
            put(glued, meaning, is_arabic=True)
        if len(parts) == 1:
            put(name, meaning, is_arabic=name not in _shortwords())
        if calendar == JALALI and len(parts) == 1:
            put(name + "ماه", {"month": (calendar, number), "said": True})
        for part in parts[:-1] if len(parts) > 1 else ():
            put(part, {"head": True}, is_arabic=True)
        for part in parts[1:]:
            put(part, {})
    for name, number in weekday_names().items():
        if name.isascii():
            continue
        parts = tuple(name.split())
        if len(parts) > 1:
            phrases[parts] = {"weekday": number}
            for part in parts:
                put(part, {})
        elif name.startswith("ال") or name.endswith("شنبه") or name in ("جمعه", "ادینه"):
            put(name, {"weekday": number}, is_arabic=name.startswith("ال"))
        else:
            put(name, {"bare_weekday": number}, is_arabic=True)
    for n, unit in enumerate(("دو", "سه", "چهار", "پنج", "یک")):
        phrases[(unit, "شنبه")] = {"weekday": (0, 1, 2, 3, 6)[n]}
    for name, number in _SEASONS.items():
        put(name, {"season": number}, is_arabic=name not in ("بهار", "تابستان", "پاییز", "پاییز", "زمستان"))
    for word, more in _PERSIAN.items():
        put(word, more, is_arabic=word == "نصف")
    for word, more in _ARABIC.items():
        put(word, more, is_arabic=len(word) > 2 or word == "من")
        if "decade" in more:
            put("ال" + word, more, is_arabic=True)
    for phrase, more in _PHRASES.items():
        parts = tuple(fold(part) for part in phrase.split())
        phrases[parts] = dict(more)
        for part in parts:
            put(part, {})
    # «بیست‌ویکم»: Persian writes its "and" onto what follows only inside of numbers
    persian_numbers = {*numbers.cardinals(), *numbers.ordinals()} - arabic_numbers
    after_dar = {word for word in senses if {"month", "unit"} & senses[word].keys()} - arabic | {"سال", "ژوین", "مارس"}
    for name in after_dar:
        senses.setdefault("در" + name, {**senses[name], "glued": 2})
    spellings = with_proclitics(senses, arabic, only_and={fold("آب"), fold("أوت"), fold("ماي")} | persian_numbers)
    flags = {
        spelling: (CORE if _CORE_SENSES & entry[3].keys() and "letter" not in entry[3] else 0)
        | (EDGE if entry[0] in _EDGE_WORDS else 0)
        for spelling, entry in spellings.items()
    }
    for words_of, meaning in phrases.items():
        flags.setdefault(words_of[0], 0)
        if "month" in meaning:
            for spelling, entry in spellings.items():
                if entry[0] == words_of[0] and "card" not in entry[3]:
                    flags[spelling] |= CORE
    return Words(spellings, phrases, Vocabulary(flags, years=True))


def _shortwords() -> frozenset[str]:
    """Month names so short that a proclitic before them makes another word: باب, لمه."""
    return frozenset(name for name in month_names() if len(name) <= 3)
