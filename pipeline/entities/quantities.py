"""Amounts of money and percentages in running text, in both languages.

A run of number words, currencies and percent signs (`pipeline.entities.expressions`) is read by a small grammar.
What a bare riyal, dinar, dirham, lira or pound is of is decided by the document: by the currencies that it names in
full and the countries that it speaks of; where that does not decide, the amount is left out rather than invented.

Belongs here: the vocabulary of currencies and percentages, the grammar, the choice of a currency's country. Does not
belong here: number words (`pipeline.text.numbers`), dates (`pipeline.entities.dates`).

Codes are those of ISO 4217; the currencies' and countries' names in both languages follow CLDR and newsroom usage.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from pipeline.entities.expressions import CORE, EDGE, Token, Vocabulary, slices, to_raw_offsets, tokens, with_proclitics
from pipeline.schema import QUANTITIES
from pipeline.text import numbers
from pipeline.text.calendars import fold
from pipeline.text.matching import match_form, match_forms

PERCENT: Final = "%"

# --- Vocabulary -------------------------------------------------------------------------------------------------

_CURRENCIES: Final[dict[str, str]] = {
    "dollar": "دلار دلاری دولار دولارا دولارات الدولار الدولارات دالر دالری",
    "euro": "یورو یورویی يورو اليورو يوروهات أورو الأورو",
    "rial": "ریال ریالی ريال ريالا ريالات الريال الريالات",
    "toman": "تومان تومانی تومن تومنی التومان",
    "hemmat": "همت",
    "dinar": "دینار دیناری دينار دينارا دنانير الدينار",
    "dirham": "درهم درهمی درهما دراهم الدرهم",
    "lira": "لیر لیری لیره ليرة ليرات الليرة لیرهٔ",
    "pound": "پوند پوندی جنيه جنيها جنيهات الجنيه جنيهاً پوندِ پاوند",
    "sterling": "استرلینگ إسترليني الاسترليني استرليني استرلینی إسترلينيا",
    "ruble": "روبل روبلی روبلا روبلات الروبل",
    "yuan": "یوان یوانی يوان يوانا اليوان",
    "yen": "ین ينا ين",
    "franc": "فرانک فرنك فرنكا الفرنك",
    "rupee": "روپیه روپیه‌ای روبية روبيات",
    "won": "وون",
    "shekel": "شیکل شيكل شيقل شيكلا شواكل شیقل",
    "krone": "کرون كرونة كرونا کرونا",
    "peso": "پزو بيزو",
    "manat": "منات مانات",
    "afghani": "افغانی",
    "rand": "راند رند",
    "ouguiya": "أوقية",
    "hryvnia": "گریونا هريفنيا",
    "tenge": "تنگه تينغ",
    "zloty": "زلوتی زلوتي",
    "baht": "بات",
    "somoni": "سامانی سوموني سومونی",
}  # fmt: skip
"""Words for each currency; which country's it is, the words after it or the document say."""

_DUALS: Final[dict[str, str]] = {
    "dollar": "دولارين دولاران", "rial": "ريالين ريالان", "dinar": "دينارين ديناران", "dirham": "درهمين درهمان",
    "pound": "جنيهين جنيهان", "lira": "ليرتين ليرتان",
}  # fmt: skip

_COUNTRIES: Final[dict[str, str]] = {
    "US": "آمریکا امریکا آمریکایی امریکایی أمريكي أميركي أمريكيا أميركيا الأمريكي الأميركي أمريكية أميركية",
    "CA": "کانادا کانادایی كندي كنديا", "AU": "استرالیا استرالیایی أسترالي أستراليا", "SG": "سنگاپور سنغافوري", "HK": "هنگ‌کنگ",
    "NZ": "نیوزیلند نيوزيلندي", "TW": "تایوان تايواني",
    "IR": "ایران ایرانی إيراني إيرانيا إيرانية", "SA": "عربستان سعودی سعودي سعوديا السعودي سعودية", "QA": "قطر قطری قطري قطريا",
    "OM": "عمان عمانی عماني عمانيا", "YE": "یمن یمنی يمني يمنيا", "BR": "برزیل برازيلي برازيليا",
    "KW": "کویت کویتی كويتي كويتيا", "BH": "بحرین بحرینی بحريني بحرينيا", "IQ": "عراق عراقی عراقي عراقيا", "JO": "اردن اردنی أردني أردنيا",
    "DZ": "الجزایر جزائري جزائريا", "TN": "تونس تونسی تونسي تونسيا", "LY": "لیبی لیبیایی ليبي ليبيا", "RS": "صربستان صربي",
    "AE": "امارات اماراتی إماراتي إماراتيا", "MA": "مراکش مراکشی مغربي مغربيا",
    "TR": "ترکیه ترک تركي تركية تركيا", "SY": "سوریه سوری سورية سوري", "LB": "لبنان لبنانی لبنانية لبناني",
    "GB": "انگلیس بریتانیا انگلستان بریتانیایی انگلیسی بريطاني بريطانيا", "EG": "مصر مصری مصري مصريا", "SD": "سودان سودانی سوداني سودانيا",
    "RU": "روسیه روسی روسي", "CN": "چین چینی صيني صينيا", "JP": "ژاپن ژاپنی ياباني يابانيا",
    "CH": "سوئیس سوییس سويسري سويسريا", "IN": "هند هندی هندي هندية", "PK": "پاکستان پاکستانی باكستانية باكستاني", "LK": "سریلانکا سريلانكية",
    "NP": "نپال نيبالية", "ID": "اندونزی إندونيسية", "KR": "کره كوري", "IL": "اسرائیل إسرائيلي إسرائيليا",
    "SE": "سوئد سوئدی سويدية سويدي", "NO": "نروژ نروژی نرويجية", "DK": "دانمارک دانماركية دنماركية", "CZ": "چک تشيكية",
    "MX": "مکزیک مكسيكي", "AR": "آرژانتین أرجنتيني", "CL": "شیلی تشيلي", "CO": "کلمبیا كولومبي", "PH": "فیلیپین فلبيني",
    "AZ": "آذربایجان أذربيجاني", "TM": "ترکمنستان تركماني", "AF": "افغانستان افغانستانی", "ZA": "أفريقي",
    "MR": "موريتانية", "UA": "اوکراین أوكرانية", "KZ": "قزاقستان كازاخستاني", "PL": "لهستان بولندي",
}  # fmt: skip

_OF_COUNTRY: Final[dict[str, dict[str, str]]] = {
    "dollar": {"US": "USD", "CA": "CAD", "AU": "AUD", "SG": "SGD", "HK": "HKD", "NZ": "NZD", "TW": "TWD"},
    "rial": {"IR": "IRR", "SA": "SAR", "QA": "QAR", "OM": "OMR", "YE": "YER", "BR": "BRL"},
    "dinar": {"KW": "KWD", "BH": "BHD", "IQ": "IQD", "JO": "JOD", "DZ": "DZD", "TN": "TND", "LY": "LYD", "RS": "RSD"},
    "dirham": {"AE": "AED", "MA": "MAD"},
    "lira": {"TR": "TRY", "SY": "SYP", "LB": "LBP"},
    "pound": {"GB": "GBP", "EG": "EGP", "SD": "SDG", "LB": "LBP", "SY": "SYP"},
    "franc": {"CH": "CHF"},
    "rupee": {"IN": "INR", "PK": "PKR", "LK": "LKR", "NP": "NPR", "ID": "IDR"},
    "krone": {"SE": "SEK", "NO": "NOK", "DK": "DKK", "CZ": "CZK"},
    "peso": {"MX": "MXN", "AR": "ARS", "CL": "CLP", "CO": "COP", "PH": "PHP"},
    "manat": {"AZ": "AZN", "TM": "TMT"},
    "yuan": {"CN": "CNY"}, "yen": {"JP": "JPY"}, "won": {"KR": "KRW"}, "ruble": {"RU": "RUB"}, "shekel": {"IL": "ILS"},
    "afghani": {"AF": "AFN"}, "rand": {"ZA": "ZAR"}, "ouguiya": {"MR": "MRU"}, "hryvnia": {"UA": "UAH"},
    "tenge": {"KZ": "KZT"}, "zloty": {"PL": "PLN"}, "euro": {}, "toman": {"IR": "IRR"}, "hemmat": {"IR": "IRR"},
    "sterling": {"GB": "GBP"}, "baht": {}, "somoni": {},
}  # fmt: skip
_PLAIN: Final[dict[str, str]] = {
    "dollar": "USD", "euro": "EUR", "toman": "IRR", "hemmat": "IRR", "sterling": "GBP", "ruble": "RUB", "yuan": "CNY", "yen": "JPY",
    "won": "KRW", "shekel": "ILS", "rand": "ZAR", "ouguiya": "MRU", "hryvnia": "UAH", "tenge": "KZT", "zloty": "PLN",
}  # fmt: skip
"""Currencies that need no country."""
_ALSO_NAMES: Final = {"afghani": "AFN", "somoni": "TJS", "rand": "ZAR"}
"""Currencies whose words are adjectives, family names and rounds of boxing, too: amounts from a thousand on."""
_FACTORS: Final = {"toman": 10.0, "hemmat": 1e13}
"""Rials in one; همت is a thousand billion tomans."""
_THREE_PLACES: Final = frozenset({"dinar", "TND", "KWD", "BHD", "JOD", "LYD", "OMR", PERCENT})
"""Units that are counted to three places behind the point."""
_SYMBOLS: Final = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₪": "ILS", "₽": "RUB", "₺": "TRY", "﷼": "rial"}

_EVIDENCE: Final[dict[str, str]] = {
    "SA": "السعوديه السعودي السعوديين الرياض جده عربستان", "QA": "قطر القطري القطريه الدوحه دوحه", "OM": "مسقط العماني العمانيه سلطنه",
    "YE": "اليمن اليمني اليمنيه صنعاء عدن يمن صنعا", "IR": "ايران الايراني الايرانيه طهران تهران", "BR": "البرازيل برزيل",
    "KW": "الكويت الكويتي الكويتيه كويت", "BH": "البحرين البحريني البحرينيه المنامه بحرين", "IQ": "العراق العراقي العراقيه بغداد عراق",
    "JO": "الاردن الاردني الاردنيه اردن", "DZ": "الجزائر الجزائري الجزائريه الجزاير", "TN": "تونس التونسي التونسيه تونسيه سوسه صفاقس", "LY": "ليبيا الليبي الليبيه طرابلس بنغازي",
    "AE": "الامارات الاماراتي الاماراتيه ابوظبي دبي امارات", "MA": "المغرب المغربي المغربيه الرباط مراكش",
    "TR": "تركيا التركي التركيه انقره اسطنبول تركيه استانبول انكارا", "SY": "سوريا سوريه السوري السوريه دمشق حلب", "LB": "لبنان اللبناني اللبنانيه بيروت",
    "EG": "مصر المصري المصريه القاهره", "SD": "السودان السوداني السودانيه الخرطوم سودان خارطوم", "GB": "بريطانيا البريطاني البريطانيه لندن انگليس بريتانيا",
    "IN": "الهند الهندي هند دهلي", "PK": "باكستان پاكستان اسلاماباد اسلام", "ID": "اندونيسيا اندونزي", "CH": "سويسرا سوئيس",
    "SE": "السويد سوئد", "NO": "النرويج نروژ", "DK": "الدنمارك دانمارك", "MX": "المكسيك مكزيك", "AR": "الارجنتين ارژانتين",
    "AZ": "اذربيجان اذربايجان باكو", "TM": "تركمانستان تركمنستان", "AF": "افغانستان كابل",
}  # fmt: skip
"""Words that say a document speaks of a country, for the currencies that several countries share."""


_DECIMALS: Final = {"سوم": 3, "چهارم": 4, "پنجم": 5, "هشتم": 8, "دهم": 10, "صدم": 100, "هزارم": 1000}
"""The parts of one that Persian reads fractions by: «سه‌دهم درصد» is 0.3 per cent, «یک‌چهارم درصد» 0.25."""


_CENTS: Final = {
    **dict.fromkeys(("سنت", "سنتا", "سنتات", "هللة", "هلله", "پنی", "بنس", "بنسا", "قرش", "قرشا"), 100),
    **dict.fromkeys(("فلس", "فلسا", "مليم", "مليما"), 1000),
}
"""What a currency's unit has a hundred or a thousand of."""


class _Words(NamedTuple):
    spellings: dict[str, tuple[str, bool, str, Mapping[str, Any]]]
    vocabulary: Vocabulary


@functools.cache
def _words() -> _Words:
    senses: dict[str, dict[str, Any]] = {}
    core: set[str] = set()

    def put(word: str, **more: Any) -> None:
        senses.setdefault(fold(word).strip(), {}).update(more)

    for word, value in numbers.cardinals().items():
        put(word, card=value)
    for word, scale in numbers.SCALES.items():
        put(word, scale=scale)
    for word, scale in numbers.DUAL_SCALES.items():
        put(word, dual=scale)
    for word, fraction in numbers.FRACTIONS.items():
        put(word, fraction=fraction)
    for currency, spelled in _CURRENCIES.items():
        for word in spelled.split():
            put(word, currency=currency)
            core.add(fold(word).strip())
    for currency, spelled in _DUALS.items():
        for word in spelled.split():
            put(word, currency=currency, two=True)
            core.add(fold(word))
    for country, spelled in _COUNTRIES.items():
        for word in spelled.split():
            put(word, country=country)
    for word in ("درصد", "درصدی", "فیصد", "فیصدی", "بالمئة", "بالمائة", "بالمية", "بالمئه"):
        put(word, percent=True)
        core.add(fold(word))
    core.add("صد")  # «۹۸ در صد»
    for word, part in _DECIMALS.items():
        put(word, decimal=part)
    for word, parts in _CENTS.items():
        put(word, cent=parts)
    for word in ("المئة", "المائة", "المية"):
        put(word, hundred=True, card=100)
        core.add(fold(word))
    for word in ("تا", "الی", "إلى", "حتى", "لغاية"):
        put(word, to=True)
    for word in ("یا", "أو"):
        put(word, either=True)
    for word in ("منفی", "سالب", "ناقص"):
        put(word, minus=True)
    put("و", **{"and": True})
    put("بین", between=True)
    put("من", of=True)
    put("از", of=True)
    put("في", **{"in": True})
    put("فى", **{"in": True})
    put("در", **{"in": True})
    put("ی", suffix=True)
    put("به", to=True)
    for word in ("فاصل", "فاصلة", "ممیز"):
        put(word, point=True)
    number_words = {*numbers.cardinals(), *numbers.SCALES, *numbers.DUAL_SCALES, *numbers.FRACTIONS}
    arabic = (set(senses) - number_words) | (numbers.arabic_words() & set(senses))
    arabic -= {"و", "در", "به", "تا", "یا", "ی", "از", "ین", "وون", "بات", "منات", "همت"}
    arabic = {word for word in arabic if (not set(word) & set("پچژگ") and len(word) > 2) or word == "ست"}
    spellings = with_proclitics(senses, arabic, only_and={*numbers.cardinals(), "نیم"} - arabic)
    edges = {
        fold(word)
        for word in ("و", "تا", "الی", "إلى", "حتى", "لغاية", "یا", "أو", "من", "از", "في", "فى", "در", "به", "ی")
    }
    flags = {
        spelling: (CORE if entry[0] in core else 0) | (EDGE if entry[0] in edges else 0)
        for spelling, entry in spellings.items()
    }
    return _Words(spellings, Vocabulary(flags, core_symbols="%٪" + "".join(_SYMBOLS)))


# --- Grammar ----------------------------------------------------------------------------------------------------


class Quantity(NamedTuple):
    """One amount of a run.

    Attributes:
        start: Where it begins in the run.
        end: Where it ends.
        value: The amount in the unit's currency, tomans already in rials; for a currency not yet decided, as said.
        unit: `%`, an ISO 4217 code, or the currency's name (`rial`) where the document must say which.
        needs_number: Whether the number is a bare scale ("مليون دولار"), refused after "several".
    """

    start: int
    end: int
    value: float
    unit: str
    needs_number: bool = False


class _Amount(NamedTuple):
    end: int
    value: float
    mantissa: float  # the number before its last scale
    scale: float  # its last scale, 1 where it has none
    digits: bool
    bare_scale: bool
    groups: bool  # a point before three digits: 12.500 may be 12,500


class _Unit(NamedTuple):
    end: int
    unit: str
    factor: float
    two: bool = False


_ADJACENT_MARKS: Final = frozenset(",٬،.٫/")
_DASHES: Final = frozenset("-–—−")
_PERCENT_SIGNS: Final = frozenset("%٪")


@functools.lru_cache(maxsize=200_000)
def read(run: str, language: str) -> tuple[Quantity, ...]:
    """Return the amounts of a run, in order. `language` is `fa` or `ar`."""
    return tuple(_Reader(run, language).read())


class _Reader:
    def __init__(self, run: str, language: str) -> None:
        self._run = run
        self._persian = language != "ar"
        self._tokens: list[Token] = tokens(run, _words().spellings, language)
        self._end = len(self._tokens)

    def _sense(self, i: int, name: str) -> Any:
        return self._tokens[i].senses.get(name) if 0 <= i < self._end else None

    def _word(self, i: int) -> str:
        return self._tokens[i].word if 0 <= i < self._end else ""

    def read(self) -> list[Quantity]:
        found: list[Quantity] = []
        i = 0
        while i < self._end:
            several = self._expression(i)
            if several is None:
                i += 1
                # the digits of a number half read would be another number
                while i < self._end and self._tokens[i].number is not None and self._glued(i):
                    i += 1
                continue
            i, rows = self._with_cents(*several)
            found.extend(rows)
        return found

    def _with_cents(self, i: int, rows: list[Quantity]) -> tuple[int, list[Quantity]]:
        """«۲ دلار و ۶۵ سنت», "ديناران و500 فلس": one amount."""
        if len(rows) != 1 or rows[0].unit in (PERCENT, "IRR") or not self._sense(i, "and"):
            return i, rows
        small = self._amount(i + 1)
        parts = self._sense(small.end, "cent") if small else None
        if small is None or not parts or not 0 < small.value < parts or self._tokens[small.end].joined:
            return i, rows
        value = rows[0].value + (small.value / parts) * (-1 if rows[0].value < 0 else 1)
        return small.end + 1, [rows[0]._replace(end=self._tokens[small.end].end, value=value)]

    def _glued(self, i: int) -> bool:
        """Whether a number goes on from the one before: 1,234 and 12/5."""
        return (
            i >= 2
            and self._tokens[i - 1].word in _ADJACENT_MARKS
            and self._tokens[i - 2].number is not None
            and self._tokens[i - 1].start == self._tokens[i - 2].end
            and self._tokens[i].start == self._tokens[i - 1].end
        )

    def _expression(self, i: int) -> tuple[int, list[Quantity]] | None:
        j = i
        negative = False
        if self._sense(j, "minus"):
            negative, j = True, j + 1
        elif self._word(j) in _DASHES and (i == 0 or self._tokens[i].spaced) and self._tokens[j + 1 : j + 2] != []:
            follows = self._tokens[j + 1]
            if (
                follows.start == self._tokens[j].end
                and follows.number is not None
                and not (i and self._tokens[i - 1].number is not None)
            ):
                negative, j = True, j + 1
        symbol = self._symbol(j)
        if symbol:
            amount = self._amount(symbol.end)
            if amount is None or (self._tokens[symbol.end].start - self._tokens[symbol.end - 1].end > 1):
                return None
            start, end = self._tokens[i].start, self._tokens[amount.end - 1].end
            value = amount.value * (-1 if negative else 1)
            # $5-10
            return amount.end, [Quantity(start, end, value * symbol.factor, symbol.unit)]
        if self._sense(j, "two"):
            unit = self._unit(j, None)
            if unit:
                return unit.end, [
                    Quantity(self._tokens[i].start, self._tokens[unit.end - 1].end, 2 * unit.factor, unit.unit)
                ]
            return None
        if self._word(j) == "واحد" and j > 0 and self._tokens[j - 1].number is not None:
            return None  # «۲ واحد درصد» counts percentage points
        listed_percents = self._percent_list(j)
        if listed_percents:
            return listed_percents
        first = self._amount(j)
        if first is None:
            return None
        decimal = self._decimal_percent(i, first, negative=negative)
        if decimal:
            return decimal
        unit = self._unit(first.end, first)
        if unit:
            value = self._grouped(first, unit) * unit.factor * (-1 if negative else 1)
            end = self._tokens[unit.end - 1].end
            return unit.end, [Quantity(self._tokens[i].start, end, value, unit.unit, first.bare_scale)]
        second_at = self._connector(first.end)
        if second_at is None:
            return None
        second = self._amount(second_at)
        if second is None:
            return None
        unit = self._unit(second.end, second)
        if unit is None:
            return None
        listed = self._sense(first.end, "and") or (self._tokens[first.end].joined if first.end < self._end else False)
        if (
            listed
            and not self._sense(j - 1, "between")
            and not (unit.unit == PERCENT and abs(first.value) <= 100 and first.digits)
        ):
            return None
        value = first.value
        if first.scale == 1 and second.scale > 1 and not first.bare_scale:
            scale = second.value / second.mantissa
            if first.value >= second.mantissa or scale not in (1e3, 1e6, 1e9, 1e12, 1e15):
                return None
            value = first.value * scale
        last = self._grouped(second, unit)
        if value >= last and not listed and (unit.unit != PERCENT or value > 100):
            return None
        start, end = self._tokens[i].start, self._tokens[unit.end - 1].end
        sign = -1 if negative else 1
        if listed and not self._sense(j - 1, "between"):
            return unit.end, [
                Quantity(start, self._tokens[first.end - 1].end, sign * value * unit.factor, unit.unit),
                Quantity(self._tokens[second_at].start, end, last * unit.factor, unit.unit),
            ]
        return unit.end, [
            Quantity(start, end, sign * value * unit.factor, unit.unit),
            Quantity(start, end, sign * last * unit.factor, unit.unit),
        ]

    def _decimal_percent(self, i: int, first: _Amount, *, negative: bool) -> tuple[int, list[Quantity]] | None:
        """«سه‌دهم درصد», «دو و بیست و پنج صدم درصد»: a decimal told in words."""
        whole, part = 0.0, first
        unit_first = self._sense(i, "card") if self._sense(i + 1, "and") else None
        after = self._amount(i + 2) if unit_first is not None and unit_first < 20 else None
        if after is not None and after.value >= 10:  # «یک و بیست و پنج صدم» is no twenty-one
            whole, part = float(unit_first or 0), after
        elif self._sense(first.end, "and"):
            after = self._amount(first.end + 1)
            if after is None:
                return None
            whole, part = first.value, after
        ones = self._sense(part.end, "decimal")
        if ones is None or part.value % 1 or part.value % ones == 0:
            return None
        if part.value >= ones:  # «بیست و سه دهم» is 20.3
            if whole or part.digits:
                return None
            whole = part.value - part.value % (10 if ones == 10 else ones)
        unit = self._unit(part.end + 1, part)
        if unit is None or unit.unit != PERCENT:
            return None
        if ones < 10 and (whole or part.value >= ones):
            return None  # «بیست و یک چهارم درصد» may be either
        value = (whole + (part.value - whole if part is first else part.value) / ones) * (-1 if negative else 1)
        return unit.end, [Quantity(self._tokens[i].start, self._tokens[unit.end - 1].end, value, PERCENT)]

    def _percent_list(self, i: int) -> tuple[int, list[Quantity]] | None:
        """«۲۷، ۴۰ و ۳۶ درصد»: three numbers or more that share one sign."""
        rows: list[Quantity] = []
        j = i
        while j < self._end:
            literal = self._literal(j)
            if literal is None or abs(literal[1]) > 100:
                return None
            rows.append(Quantity(self._tokens[j].start, self._tokens[literal[0] - 1].end, literal[1], PERCENT))
            j = literal[0]
            if len(rows) > 2 and (unit := self._unit(j, None)) and unit.unit == PERCENT:
                rows[-1] = rows[-1]._replace(end=self._tokens[unit.end - 1].end)
                return unit.end, rows
            if j >= self._end:
                return None
            if self._word(j) in ("،", ",") or self._sense(j, "and"):
                j += 1
            elif not (self._tokens[j].joined and self._tokens[j].number is not None):
                return None
        return None

    def _connector(self, i: int) -> int | None:
        if i >= self._end:
            return None
        token = self._tokens[i]
        if token.word in _DASHES:
            return i + 1
        if token.senses.get("to") and token.word != "به":
            j = i + 1
            while self._sense(j, "to"):
                j += 1
            return j
        if token.senses.get("either") and not token.joined:
            return i + 1
        if token.senses.get("and"):
            return i + 1
        if token.joined and (token.number is not None or "card" in token.senses or "scale" in token.senses):
            return i
        return None

    @staticmethod
    def _grouped(amount: _Amount, unit: _Unit) -> float:
        """The value, a point before three digits read as the thousands' where the currency has no fractions in use."""
        if amount.groups and amount.scale == 1:
            # 6.000 and 10.500 dollars are thousands, 1.125 dollars are a rate
            if amount.value < 1000 and (
                amount.value.is_integer()
                or unit.unit in ("IRR", "IQD", "LBP", "SYP", "rial", "lira")
                or (amount.value >= 10 and unit.unit not in _THREE_PLACES)
            ):
                return amount.value * 1000
            if amount.value >= 1000 and unit.unit in _THREE_PLACES - {"OMR", PERCENT}:
                return amount.value / 1000  # three places after the comma: millimes and fils
        return amount.value

    # --- numbers ------------------------------------------------------------------------------------------------

    def _literal(self, i: int) -> tuple[int, float, bool] | None:
        """A number in digits with its separators: where it ends, its value, whether a point may be the thousands'."""
        if i >= self._end or self._tokens[i].number is None:
            return None
        parts = [self._tokens[i]]
        marks: list[str] = []
        j = i + 1
        while (
            j + 1 < self._end
            and self._tokens[j].word in _ADJACENT_MARKS
            and self._tokens[j].start == parts[-1].end
            and self._tokens[j + 1].number is not None
            and self._tokens[j + 1].start == self._tokens[j].end
        ):
            marks.append(self._tokens[j].word)
            parts.append(self._tokens[j + 1])
            j += 2
        raw = [self._run[part.start : part.end] for part in parts]
        texts = [str(int(text)).rjust(len(text), "0") for text in raw]
        if not marks and self._sense(j, "point"):
            if j + 1 < self._end and self._tokens[j + 1].number is not None:
                tail = self._tokens[j + 1]
                return j + 2, float(f"{texts[0]}.{tail.number:0{tail.end - tail.start}d}"), False
            return None
        if not marks:
            # 10 000 dinars, as in the Maghreb
            while (
                not self._persian
                and j < self._end
                and len(texts[0]) <= 3
                and self._tokens[j].number is not None
                and self._tokens[j].end - self._tokens[j].start == 3
                and self._tokens[j].start - self._tokens[j - 1].end == 1
            ):
                texts.append(str(self._tokens[j].number).rjust(3, "0"))
                j += 1
            return j, float("".join(texts)), False
        thousands = len(texts[0]) <= 3 and all(len(text) == 3 for text in texts[1:])
        kinds = set(marks)
        if len(marks) > 1 and len(kinds) == 1:
            return (j, float("".join(texts)), False) if thousands and "/" not in kinds else None
        if len(kinds) > 1:
            whole = texts[:-1]
            if len(set(marks[:-1])) == 1 and all(len(text) == 3 for text in whole[1:]) and "/" not in marks[:-1]:
                return j, float("".join(whole) + "." + texts[-1]), False
            return None
        mark = marks[0]
        decimal = float(texts[0] + "." + texts[1])
        if mark in ",٬،":
            if thousands and texts[0] != "0":
                return j, float("".join(texts)), mark == "،" and not self._persian
            return (j, decimal, False) if len(texts[1]) <= 2 or texts[0] == "0" else None
        if mark == "/":
            if not self._persian or len(texts[1]) > 3 or len(texts[0]) > 4:
                return None
            return j, decimal, texts[1] == "000"
        return j, decimal, thousands and texts[0] != "0"

    def _amount(self, i: int) -> _Amount | None:
        number = numbers.Accumulator()
        j = i
        digits = bare = groups = False
        scale, mantissa = 1.0, 0.0
        before_and: _Amount | None = None
        while j < self._end:
            token, at = self._tokens[j], j
            joined = token.joined
            if token.senses.get("and") and j > i:
                joined, at = True, j + 1
                if at >= self._end:
                    break
                token = self._tokens[at]
            if joined and j > i and scale > 1 and number.value is not None:
                before_and = _Amount(j, number.value, mantissa, scale, digits, bare, groups)
            if token.number is not None:
                literal = self._literal(at)
                if literal is None or (j > i and not joined and not self._persian):
                    break
                if j > i and not (scale > 1 and literal[1] < scale):
                    break
                if not number.add_digits(literal[1]):
                    break
                digits, groups = True, literal[2]
                if scale == 1:
                    mantissa = literal[1]
                j = literal[0]
                # (50) ألف ريال
                if (
                    self._word(j) == ")"
                    and j == i + 1
                    and (self._sense(j + 1, "scale") or self._sense(j + 1, "currency"))
                ):
                    j += 1
                continue
            senses = token.senses
            if numbers.is_teen_ending(token.word) and not joined and j > i and number.add_teen():
                mantissa = number.value or 0.0
                j = at + 1
                continue
            if "dual" in senses and not (
                token.word == "الفا" and (j > i or "\u064b" in token.raw or self._joined_after(at + 1))
            ):
                if not number.add_scale(senses["dual"], joined=joined, dual=True):
                    break
                scale = senses["dual"] / 2
                mantissa = mantissa or 2.0
            elif "scale" in senses:
                if j == i:
                    if self._persian and token.word in ("میلیون", "میلیارد", "تریلیون"):
                        break
                    if token.word in numbers.PLURAL_SCALES or (
                        token.word.startswith("ال") and token.word not in ("الف", "الفا")
                    ):
                        break
                    bare, mantissa = True, 1.0
                if not number.add_scale(senses["scale"], joined=joined):
                    # «۲۰۰ میلیون و ۳ میلیارد» are two numbers, and the first ends before the "and"
                    return before_and
                scale = senses["scale"]
            elif "fraction" in senses:
                if "card" in senses or not number.add_fraction(senses["fraction"], joined=joined):
                    break
                mantissa = mantissa or senses["fraction"]
            elif "card" in senses:
                # واحد counts things in Persian and follows the noun in Arabic; «معتبری‌ست» is no six
                if (token.word == "واحد" and (j > i or self._persian)) or (token.word == "ست" and self._persian):
                    break
                if not number.add_word(senses["card"], joined=joined):
                    break
                if scale == 1:
                    mantissa = number.value or 0.0
            else:
                break
            j = at + 1
        value = number.value
        if j == i or value is None:
            return None
        tail = self._sense(j + 1, "card") if self._sense(j, "point") and not digits and scale == 1 else None
        if tail is not None and tail < 10 and not self._tokens[j + 1].joined and self._sense(j + 2, "card") is None:
            # "تسعة وتسعين فاصل تسعة", «نود و نه ممیز نه»
            return _Amount(j + 2, value + tail / 10, value + tail / 10, 1.0, digits, bare, groups)
        return _Amount(j, value, mantissa, scale, digits, bare, groups)

    def _joined_after(self, i: int) -> bool:
        return i < self._end and (self._tokens[i].joined or bool(self._sense(i, "and")))

    # --- units --------------------------------------------------------------------------------------------------

    def _symbol(self, i: int) -> _Unit | None:
        word = self._word(i)
        if word in _PERCENT_SIGNS:
            # %25, but not the sign of the number before it
            if i > 0 and self._tokens[i - 1].number is not None and self._tokens[i].start == self._tokens[i - 1].end:
                return None
            return _Unit(i + 1, PERCENT, 1.0) if self._sense(i + 1, "card") is None else None
        if word in _SYMBOLS and i + 1 < self._end and self._tokens[i + 1].number is not None:
            if i > 0 and self._tokens[i - 1].number is not None and self._tokens[i].start == self._tokens[i - 1].end:
                return None
            return _Unit(i + 1, _SYMBOLS[word], 1.0)
        return None

    def _unit(self, i: int, amount: _Amount | None) -> _Unit | None:
        j = i
        if j >= self._end:
            return None
        word = self._word(j)
        if word in _PERCENT_SIGNS:
            return _Unit(j + 1, PERCENT, 1.0)
        if word in _SYMBOLS:
            return _Unit(j + 1, _SYMBOLS[word], 1.0)
        if self._sense(j, "percent"):
            return _Unit(j + 1, PERCENT, 1.0)
        if self._sense(j, "hundred") and self._tokens[j].proclitic == "ب":
            return _Unit(j + 1, PERCENT, 1.0)
        if self._sense(j, "in") and self._sense(j + 1, "hundred"):
            return _Unit(j + 2, PERCENT, 1.0)
        if self._sense(j, "in") and self._word(j) == "در" and self._word(j + 1) == "صد":
            return _Unit(j + 2, PERCENT, 1.0)
        if self._word(j) in ("(", "«", '"', "“") and amount is not None:
            return None
        if self._sense(j, "of") and self._word(j) == "من" and self._sense(j + 1, "currency"):
            j += 1
        currency = self._sense(j, "currency")
        if currency is None or (self._tokens[j].joined or self._tokens[j].proclitic):
            return None
        if amount is not None and self._sense(j, "two"):
            return None
        k = j + 1
        if (
            self._sense(k, "suffix")
            and self._tokens[k].start - self._tokens[k - 1].end <= 1
            and not self._tokens[k].spaced
        ):
            k += 1
        if self._word(k) == "واحد":
            k += 1
        if currency == "pound" and self._sense(k, "currency") == "sterling":
            return _Unit(k + 1, "GBP", 1.0)
        country = self._sense(k, "country")
        codes = _OF_COUNTRY[currency]
        if country in codes and not self._tokens[k].proclitic and not self._tokens[k].joined:
            return _Unit(k + 1, codes[country], _FACTORS.get(currency, 1.0))
        if currency == "krone" or currency in ("peso", "manat", "franc", "baht"):
            return None
        if currency in _ALSO_NAMES:  # families are called so
            return _Unit(k, _ALSO_NAMES[currency], 1.0) if amount and amount.value >= 1000 else None
        if currency == "yen" and self._persian and self._tokens[j].raw == "ین" and not (amount and amount.value >= 10):
            return None
        if currency == "rial" and self._persian:
            return _Unit(k, "IRR", 1.0)
        if currency == "pound" and self._word(j).startswith(("پوند", "پاوند")):
            return _Unit(k, "GBP", 1.0)
        if currency in _PLAIN:
            return _Unit(k, _PLAIN[currency], _FACTORS.get(currency, 1.0))
        return _Unit(k, currency, 1.0)


# --- Face -------------------------------------------------------------------------------------------------------


def _in_address(text: str, start: int, end: int) -> bool:
    """Whether a percent sign is one of an escaped address: %D8%B4%20."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if text[start] in _PERCENT_SIGNS and before in ("/", "=", "&", "?", "#"):
        return True
    return any((char.isascii() and char.isalnum()) or char in "%_" for char in before + after)


def _refused_before(before: str) -> bool:
    """Whether what stands right before a number makes it no amount: letters of a name (G20), "several", a year."""
    return (before[-1].isascii() and before[-1].isalpha()) or _SEVERAL.search(before) is not None


_SEVERAL: Final = re.compile(
    r"(?:^|[\s\u200cوب])(?:چند|چندین|ده‌ها|دهها|صدها|هزاران|ها|عدة|عدّة|بضعة|بضع|عشرات|مئات|مئة|آلاف|ملايين|نقاط|سنة|عام|العام|سال)[\s\u200c]+(?:من\s)?$"
)


def find_quantities(segments: pl.DataFrame) -> pl.DataFrame:
    """Return the amounts of money and the percentages that segments name, one row each, two for a range.

    Args:
        segments: Columns `document_id, position, kind, language, text, start_char, normalized_text, offset_map` as
            in `news.segments`; a column `source`, the document's publisher, helps to tell whose riyal is meant.
            All segments of a document must be in one call; boilerplate is left out.

    Returns:
        Rows of `news.quantities`, in the order of the segments; offsets are code points of `news.documents.text`.
    """
    kept = segments.filter((pl.col("kind") != "boilerplate") & (pl.col("normalized_text").str.len_bytes() > 0))
    texts = kept["normalized_text"].to_list()
    languages = kept["language"].to_list()
    runs = _words().vocabulary.runs(texts)

    rows: list[int] = []
    found: list[Quantity] = []
    shifts: list[int] = []
    for row, run_start, run in zip(runs.text.tolist(), runs.start.tolist(), runs.words, strict=True):
        for quantity in read(run, "ar" if languages[row] == "ar" else "fa"):
            at = run_start + quantity.start
            text = texts[row]
            if quantity.start == 0 and at and _refused_before(text[max(0, at - 16) : at]):
                continue
            if quantity.unit == PERCENT and _in_address(text, at, run_start + quantity.end):
                continue
            if quantity.needs_number and quantity.start == 0 and text[:at].rstrip()[-1:] == ")":
                continue
            if quantity.start == 0 and at >= 2 and text[at - 1] in ".,/٫٬:" and text[at - 2].isdigit():
                continue
            if quantity.start == 0 and at and text[at - 1] in "-−" and (at == 1 or text[at - 2] in " (\u00a0"):
                quantity = quantity._replace(start=-1, value=-quantity.value)
            rows.append(row)
            found.append(quantity)
            shifts.append(run_start)
    units = _decide(kept, rows, found)
    keep = [index for index, unit in enumerate(units) if unit]
    where = np.asarray([rows[index] for index in keep], dtype=np.int64)
    starts = np.asarray([shifts[index] + found[index].start for index in keep], dtype=np.int64)
    ends = np.asarray([shifts[index] + found[index].end for index in keep], dtype=np.int64)
    raw_start, raw_end = to_raw_offsets(kept["offset_map"], where, starts, ends)
    chosen = [units[index] for index in keep]
    return QUANTITIES.conform(
        kept.select("document_id", "position", "start_char")[where]
        .with_columns(
            pl.Series("from", raw_start, dtype=pl.Int64),
            pl.Series("until", raw_end, dtype=pl.Int64),
            pl.Series("surface", slices(kept["text"], where, raw_start, raw_end), dtype=pl.String),
            pl.Series("kind", ["percent" if unit == PERCENT else "money" for unit in chosen], dtype=pl.String),
            pl.Series("value", [_rounded(found[index].value) for index in keep], dtype=pl.Float64),
            pl.Series("unit", chosen, dtype=pl.String),
        )
        .filter(pl.col("until") > pl.col("from"))
        .select(
            "document_id",
            "position",
            (pl.col("start_char") + pl.col("from")).alias("start_char"),
            (pl.col("start_char") + pl.col("until")).alias("end_char"),
            "surface",
            "kind",
            "value",
            "unit",
        )
        .unique(["document_id", "start_char", "end_char", "value"], keep="first", maintain_order=True)
    )


def _rounded(value: float) -> float:
    """The value without the dust of binary fractions: 3.2 times a million is 3,200,000."""
    return float(f"{value:.12g}")


def _decide(kept: pl.DataFrame, rows: list[int], found: list[Quantity]) -> list[str]:
    """Return the unit of each amount, "" where the document does not say whose currency it is."""
    units = [quantity.unit for quantity in found]
    open_rows = [index for index, unit in enumerate(units) if unit in _OF_COUNTRY]
    if not open_rows:
        return units
    documents = kept["document_id"].to_list()
    wanted = {documents[rows[index]] for index in open_rows}
    evidence: dict[str, Counter[str]] = {document: Counter() for document in wanted}
    for index, unit in enumerate(units):
        document = documents[rows[index]]
        if document in wanted and unit not in _OF_COUNTRY:
            evidence[document][unit] += 5  # a currency named in full speaks louder than a country
    chosen = kept.filter(pl.col("document_id").is_in(sorted(wanted)))
    columns = [pl.col("normalized_text")] + ([pl.col("source").fill_null("")] if "source" in kept.columns else [])
    words = (
        chosen.select("document_id", match_form(pl.concat_str(columns, separator=" ")).str.split(" ").alias("word"))
        .explode("word")
        .with_columns(pl.col("word").str.replace("^(?:و|ب|ل|ف)(ال)", "${1}"))
        .join(_evidence_words(), on="word")
        .group_by("document_id", "country")
        .len()
    )
    for document, country, count in words.iter_rows():
        evidence[document][country] += count
    for index in open_rows:
        codes = _OF_COUNTRY[units[index]]
        seen = evidence[documents[rows[index]]]
        ranked = sorted(((seen[country] + seen[code], code) for country, code in codes.items()), reverse=True)
        decided = bool(ranked) and ranked[0][0] > 0 and (len(ranked) == 1 or ranked[0][0] > ranked[1][0])
        units[index] = ranked[0][1] if decided else ""
    return units


@functools.cache
def _evidence_words() -> pl.DataFrame:
    pairs = [(word, country) for country, spelled in _EVIDENCE.items() for word in spelled.split()]
    folded = match_forms(word for word, _ in pairs)
    return pl.DataFrame({"word": folded, "country": [country for _, country in pairs]}).unique()
