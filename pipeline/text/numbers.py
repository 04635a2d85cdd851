"""Numbers in Persian and Arabic, in digits and in words.

Belongs here: the vocabulary of number words of both languages and the arithmetic that joins them («بیست و پنج»,
"خمسة وعشرون", «۲ میلیون و ۵۰۰ هزار», "مليون ونصف المليون"). Does not belong here: what is counted
(`pipeline.entities`).

Words are written as `pipeline.text.calendars.fold` writes them.
"""

from __future__ import annotations

import functools
from typing import Final

from pipeline.text.calendars import fold

_PERSIAN_UNITS: Final = "صفر یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده"
_PERSIAN_TENS: Final = "بیست سی چهل پنجاه شصت هفتاد هشتاد نود"
_PERSIAN_HUNDREDS: Final = "صد دویست سیصد چهارصد پانصد ششصد هفتصد هشتصد نهصد"
_PERSIAN_ORDINALS: Final = "یکم دوم سوم چهارم پنجم ششم هفتم هشتم نهم دهم یازدهم دوازدهم سیزدهم چهاردهم پانزدهم شانزدهم هفدهم هجدهم نوزدهم بیستم"

_ARABIC_UNITS: Final = (
    ("صفر",),
    ("واحد", "واحدة", "أحد", "إحدى"),
    ("اثنان", "اثنين", "اثنتان", "اثنتين", "اثنا", "اثني", "اثنتا", "اثنتي"),
    ("ثلاثة", "ثلاث"),
    ("أربعة", "أربع"),
    ("خمسة", "خمس"),
    ("ستة", "ست"),
    ("سبعة", "سبع"),
    ("ثمانية", "ثماني", "ثمان"),
    ("تسعة", "تسع"),
    ("عشرة", "عشر"),
)
_ARABIC_TENS: Final = ("عشر", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع")
_ARABIC_ORDINALS: Final = (
    ("الأول", "الأولى", "أول", "أولى"),
    ("الثاني", "الثانية", "ثاني", "ثان"),
    ("الثالث", "الثالثة", "ثالث"),
    ("الرابع", "الرابعة", "رابع"),
    ("الخامس", "الخامسة", "خامس"),
    ("السادس", "السادسة", "سادس"),
    ("السابع", "السابعة", "سابع"),
    ("الثامن", "الثامنة", "ثامن"),
    ("التاسع", "التاسعة", "تاسع"),
    ("العاشر", "العاشرة", "عاشر"),
)

SCALES: Final[dict[str, float]] = {
    **dict.fromkeys(map(fold, ("هزار", "ألف", "ألفا", "آلاف", "الألف", "الآلاف")), 1e3),
    **dict.fromkeys(
        map(fold, ("میلیون", "مليون", "ملیون", "مليونا", "ملايين", "المليون", "الملايين")), 1e6
    ),
    **dict.fromkeys(
        map(fold, ("میلیارد", "ملیارد", "بلیون", "مليار", "مليارا", "مليارات", "المليار", "بليون", "بلايين", "بيليون")), 1e9
    ),
    **dict.fromkeys(
        map(fold, ("تریلیون", "تريليون", "تريليونا", "تريليونات", "ترليون", "ترليونات", "تیلیارد", "التريليون")), 1e12
    ),
}  # fmt: skip
"""Words that multiply what stands before them. بلیون is a thousand million, as newsrooms of both languages use it."""

PLURAL_SCALES: Final = frozenset(
    map(fold, ("آلاف", "الآلاف", "ملايين", "الملايين", "مليارات", "بلايين", "تريليونات", "ترليونات"))
)
"""Scales that say how many only after a number: "آلاف الدولارات" is no amount."""

DUAL_SCALES: Final[dict[str, float]] = {
    **dict.fromkeys(map(fold, ("ألفان", "ألفين", "ألفا", "ألفي")), 2e3),
    **dict.fromkeys(map(fold, ("مليونان", "مليونين", "مليوني")), 2e6),
    **dict.fromkeys(map(fold, ("ملياران", "مليارين", "ملياري")), 2e9),
    **dict.fromkeys(map(fold, ("تريليونان", "تريليونين", "تريليوني")), 2e12),
}
"""Arabic duals: two thousand, two million. "ألفا" is a thousand (accusative) after a number, two thousand alone."""

FRACTIONS: Final[dict[str, float]] = {
    **dict.fromkeys(map(fold, ("نیم", "نصف", "النصف")), 0.5),
    **dict.fromkeys(map(fold, ("ربع",)), 0.25),
    **dict.fromkeys(map(fold, ("ثلث",)), 1 / 3),
}


@functools.cache
def cardinals() -> dict[str, int]:
    """Return number words below a thousand: folded word to value. "عشر" after a unit makes eleven to nineteen."""
    words: dict[str, int] = {}
    words.update({word: value for value, word in enumerate(_PERSIAN_UNITS.split())})
    words.update({word: 20 + 10 * i for i, word in enumerate(_PERSIAN_TENS.split())})
    words.update({word: 100 + 100 * i for i, word in enumerate(_PERSIAN_HUNDREDS.split())})
    words |= {"یه": 1, "شیش": 6, "هیجده": 18, "هژده": 18, "یکصد": 100, "پونصد": 500, "شونزده": 16, "پونزده": 15}
    for value, forms in enumerate(_ARABIC_UNITS):
        words.update({fold(form): value for form in forms})
    for i, stem in enumerate(_ARABIC_TENS):
        words.update({fold(stem + ending): 20 + 10 * i for ending in ("ون", "ين")})
    for hundred in ("مئة", "مائة", "مية"):
        words[fold(hundred)] = 100
        for value in range(3, 10):
            for unit in _ARABIC_UNITS[value]:
                if not unit.endswith("ة"):
                    words[fold(unit.replace("ثماني", "ثمان") + hundred)] = 100 * value
                    words[fold(unit + hundred)] = 100 * value
    for dual in ("مئتان", "مئتين", "مئتا", "مئتي", "مائتان", "مائتين", "مائتا", "مائتي"):
        words[fold(dual)] = 200
    return words


@functools.cache
def ordinals() -> dict[str, int]:
    """Return ordinal words up to twenty, and the tens: folded word to value."""
    words = {word: value for value, word in enumerate(_PERSIAN_ORDINALS.split(), 1)}
    words |= {"اول": 1, "نخست": 1, "سیم": 30, "سیام": 30, "هیجدهم": 18, "چهلم": 40, "پنجاهم": 50, "شصتم": 60}
    for value, forms in enumerate(_ARABIC_ORDINALS, 1):
        words.update({fold(form): value for form in forms})
    words |= {fold("الحادي"): 1, fold("الحادية"): 1, fold("الواحد"): 1, fold("حادي"): 1}
    for i, stem in enumerate(_ARABIC_TENS[:2]):
        words.update({fold("ال" + stem + ending): 20 + 10 * i for ending in ("ون", "ين")})
    return words


@functools.cache
def arabic_words() -> frozenset[str]:
    """Return the number words that are Arabic: those before which و ف ب ل ك may be written."""
    persian = {*_PERSIAN_UNITS.split(), *_PERSIAN_TENS.split(), *_PERSIAN_HUNDREDS.split(), *_PERSIAN_ORDINALS.split()}
    persian |= {*"یه شیش هیجده هژده یکصد پونصد شونزده پونزده اول نخست سیم سیام هیجدهم چهلم پنجاهم شصتم".split()}
    persian |= {*map(fold, ("هزار", "میلیون", "میلیارد", "ملیارد", "ملیون", "نیم"))} - {fold("مليون")}
    words = {*cardinals(), *ordinals(), *SCALES, *DUAL_SCALES, *FRACTIONS}
    shared = {fold(word) for word in ("أول", "مليون")}
    return frozenset(word for word in words if (word not in persian or word in shared))


def is_teen_ending(word: str) -> bool:
    """Say whether a folded word makes a ten more of the Arabic unit before it: "خمسة عشر"."""
    return word in ("عشر", "عشره")


class Accumulator:
    """Joins the parts of one number, in the order in which they are spoken.

    A part is refused, and the number ends before it, where it cannot belong: «پنج و شش» are two numbers.
    """

    __slots__ = ("_additive", "_current", "_floor", "_parts", "_pending_fraction", "_unit_last")

    def __init__(self) -> None:
        self._parts: list[tuple[float, float]] = []  # (value, scale) of what a scale word has closed
        self._current: float | None = None
        self._floor: float = float("inf")  # what is added next must be smaller: the last part's power of ten
        self._unit_last = False
        self._pending_fraction: float | None = None
        self._additive = False

    def add_digits(self, value: float) -> bool:
        """Take a number written in digits; only at the start or after a scale word."""
        if self._current is not None or self._pending_fraction is not None:
            return False
        if self._parts and not (0 < value < self._parts[-1][1]):
            return False
        self._current, self._floor, self._unit_last = value, 0, False
        return True

    def add_word(self, value: int, *, joined: bool) -> bool:
        """Take a number word; `joined` says whether an "and" stands before it."""
        if self._pending_fraction is not None:
            return False
        if self._current is None:
            if self._parts and (not joined or value >= self._parts[-1][1]):
                return False
            self._current = value
        elif not joined:
            # ثلاث مئة; anything else of two bare words is two numbers
            if not (value == 100 and self._unit_last and 2 < self._current < 10):
                return False
            self._current *= 100
        elif self._unit_last and value % 10 == 0 and 20 <= value < 100 and self._current % 10 and self._floor > 0:
            self._current += value  # Arabic says the unit first: خمسة وعشرون
            self._unit_last, self._floor = False, 0
            return True
        elif value < self._floor and value > 0:
            self._current += value
        else:
            return False
        self._floor = 1 if value < 20 else 10 if value < 100 else 100
        self._unit_last = 0 < value < 10
        return True

    def add_teen(self) -> bool:
        """Take "عشر" after a unit."""
        if self._current is None or not self._unit_last:
            return False
        self._current += 10
        self._unit_last, self._floor = False, 0
        return True

    def add_fraction(self, value: float, *, joined: bool) -> bool:
        """Take a half or a quarter: alone before a scale, or joined after a number."""
        if self._pending_fraction is not None or (self._current is None and self._parts and not joined):
            return False
        if self._current is not None:
            if not joined:
                return False
            self._current += value
            self._floor, self._unit_last = 0, False
            return True
        self._pending_fraction = value
        return True

    def add_scale(self, scale: float, *, joined: bool, dual: bool = False) -> bool:
        """Take هزار, مليون and the like; `dual` for "مليونين"."""
        if dual:
            if self._current is not None or self._pending_fraction is not None:
                return False
            if self._parts and (not joined or scale / 2 >= self._parts[-1][1]):
                return False
            self._parts.append((scale, scale / 2))
            return True
        base: float | None = self._current
        if self._pending_fraction is not None:
            base = self._pending_fraction
        smaller = [part for part in self._parts if part[1] < scale]
        if joined and base is None and self._parts and scale >= self._parts[-1][1]:
            return False
        again = self._parts and not smaller and self._pending_fraction is None
        if again and base is not None and scale >= self._parts[-1][1]:
            return False  # مليون وخمسة ملايين
        if base is None and not smaller:
            if self._parts and not joined:
                return False
            base = 1.0
        if self._pending_fraction is not None and smaller:
            return False
        thousands_of = base is None and not joined and self._parts and self._parts[-1][1] == 1e3 and scale >= 1e9
        if smaller and any(part[1] != 1e3 for part in smaller) and not thousands_of:
            # only thousands are counted by a larger scale (هزار و ۲۰۰ میلیارد), or all up to them (۵ میلیون و ۹۰۴ هزار میلیارد)
            return False
        del self._parts[len(self._parts) - len(smaller) :]
        self._parts.append((((base or 0.0) + sum(value for value, _ in smaller)) * scale, scale))
        self._current = self._pending_fraction = None
        self._floor, self._unit_last = float("inf"), False
        return True

    @property
    def value(self) -> float | None:
        """What the parts so far make, None where there is no part."""
        if not self._parts and self._current is None and self._pending_fraction is None:
            return None
        total = sum(value for value, _ in self._parts) + (self._current or 0.0)
        if self._pending_fraction is not None:  # مليون ونصف: half of the scale just named
            total += self._pending_fraction * (self._parts[-1][1] if self._parts else 1.0)
        return total
