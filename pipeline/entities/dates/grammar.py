"""The grammar of dates: a run of date words to the expressions in it and what they mean.

Recursive descent over tokens. Each method named for a thing reads it at a place and returns where it ends and what
it means, or None. At every token the alternatives are tried and the longest reading wins; what no alternative
reads is skipped.

Belongs here: how words join. Does not belong here: the words (`words`), what a meaning resolves to (`values`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

from pipeline.entities.dates.values import DAY, MONTH, NEAR, UNKNOWN, WEEK, YEAR, Found, Meaning, Year, resolve
from pipeline.entities.dates.words import FOREIGN, NAME_ONLY, words
from pipeline.entities.expressions import Token, tokens
from pipeline.text import numbers
from pipeline.text.calendars import GREGORIAN, HIJRI, JALALI, fold, from_gregorian

_DASHES: Final = frozenset("-–—−")
_SLASHES: Final = frozenset("/\\؍")
_OPEN: Final = frozenset("([")
_CLOSE: Final = frozenset(")]")
_COMMAS: Final = frozenset(",،")
_QUOTES: Final = frozenset("«»\"'“”")

_NOTHING: Final = "nothing"
_EDGE_DAYS: Final = {
    tuple(fold(words).split()): side
    for side, told in (
        (0, ("اولین روز", "نخستین روز", "روز اول", "روز نخست", "أول يوم", "أول أيام", "اليوم الأول")),
        (-1, ("آخرین روز", "واپسین روز", "روز آخر", "روز پایانی", "آخر يوم", "آخر أيام", "اليوم الأخير")),
    )
    for words in told
}
"""What the first and the last day of a span of time are called."""
_AFGHAN: Final = ("حمل", "ثور", "جوزا", "سرطان", "اسد", "سنبله", "میزان", "عقرب", "قوس", "جدی", "دلو", "حوت")


def read(run: str, language: str) -> list[Found]:
    """Return the expressions of a run, in order, none overlapping.

    Args:
        run: Text of date words and numbers, as it stands.
        language: `fa`, `ar` or another: decides what words leave open, and which words are of the other language.
    """
    return _Reader(run, language).read()


class _Reader:
    def __init__(self, run: str, language: str) -> None:
        self._arabic = language == "ar"
        self._tokens = _merge(tokens(run, words().spellings, language))
        foreign = FOREIGN.get(language)
        if foreign:
            for token in self._tokens:
                if token.word in foreign:
                    token.senses = {}
        self._senses = [token.senses for token in self._tokens]
        self._end = len(self._tokens)
        self._read_singles: dict[int, tuple[int, Meaning, str] | None] = {}
        self._read_prefixes: dict[int, tuple[int, int | None]] = {}

    # --- tokens -------------------------------------------------------------------------------------------------

    def _sense(self, i: int, name: str) -> Any:
        return self._senses[i].get(name) if i < self._end else None

    def _plural(self, i: int) -> bool:
        """Whether a unit stands in the plural: سنوات, سالهای, سال‌های."""
        return bool(self._sense(i, "plural")) or (i + 1 < self._end and self._tokens[i + 1].word in ("ها", "های"))

    def _is(self, i: int, marks: frozenset[str]) -> bool:
        return i < self._end and self._tokens[i].word in marks

    def _skip(self, i: int, *senses: str) -> int:
        while i < self._end and any(self._tokens[i].senses.get(sense) for sense in senses):
            i += 1
        return i

    # --- the run ------------------------------------------------------------------------------------------------

    def read(self) -> list[Found]:
        found: list[tuple[int, int, Meaning, str]] = []
        i = 0
        while i < self._end:
            readings = self._readings(i)
            if not readings:
                i += 1
                continue
            end, parts = max(readings, key=lambda reading: reading[0])
            found.extend(parts)
            i = end
        self._share_years(found)
        return [Found(self._tokens[a].start, self._tokens[b - 1].end, meaning, guard) for a, b, meaning, guard in found]

    def _readings(self, i: int) -> list[tuple[int, list[tuple[int, int, Meaning, str]]]]:
        readings: list[tuple[int, list[tuple[int, int, Meaning, str]]]] = []
        token = self._tokens[i]
        if token.number is None and not token.senses and token.word not in _OPEN:
            return readings
        for rule in (self._range, self._coordination):
            several = rule(i)
            if several:
                readings.append(several)
        single = self._single(i)
        if single:
            end, meaning, guard = single
            readings.append((end, [(i, end, meaning, guard)]))
        return readings

    def _single(self, i: int) -> tuple[int, Meaning, str] | None:
        if i not in self._read_singles:
            self._read_singles[i] = self._best_single(i)
        return self._read_singles[i]

    def _best_single(self, i: int) -> tuple[int, Meaning, str] | None:
        if i > 0 and (self._sense(i - 1, "vague") or self._sense(i - 1, "fraction")):
            return None
        if i > 1 and self._sense(i - 2, "vague") and self._number(i - 1):
            return None  # «یکی دو سال پیش»
        if (
            i > 0
            and self._tokens[i].word in ("روز", "هفته", "ماه", "سال")
            and self._number_like(i - 1)
            and i + 1 < self._end
            and {"adjective", "window"} & self._tokens[i + 1].senses.keys()
        ):
            return None  # «دو سه روز گذشته» says no one span
        best: tuple[int, Meaning, str] | None = None
        for rule in _SINGLES:
            reading = rule(self, i)
            if reading and (best is None or reading[0] > best[0]):
                best = reading
        return best

    # --- numbers ------------------------------------------------------------------------------------------------

    def _number(self, i: int) -> tuple[int, int, int] | None:
        """Where a cardinal ends, its value, and its number of digits (0 for words)."""
        if i >= self._end:
            return None
        token = self._tokens[i]
        if token.number is not None:
            return i + 1, token.number, token.end - token.start
        if "card" not in token.senses and "scale" not in token.senses:
            return None
        number = numbers.Accumulator()
        j = i
        while j < self._end:
            token = self._tokens[j]
            joined, at = token.joined, j
            if token.senses.get("and") and j > i:
                joined, at = True, j + 1
                if at >= self._end:
                    break
                token = self._tokens[at]
            if numbers.is_teen_ending(token.word) and not joined and number.add_teen():
                j = at + 1
                continue
            if "scale" in token.senses:
                if not number.add_scale(token.senses["scale"], joined=joined, dual=token.senses["scale"] == 2e3):
                    break
            elif (
                "card" not in token.senses
                or "month" in token.senses
                or not number.add_word(token.senses["card"], joined=joined)
            ):
                break
            j = at + 1
        value = number.value
        return (j, int(value), 0) if j > i and value is not None and value < 1e6 else None

    def _ordinal(self, i: int) -> tuple[int, int] | None:
        """Where an ordinal ends and its value."""
        if i >= self._end:
            return None
        token = self._tokens[i]
        if token.number is not None:
            after = i + 1
            if self._sense(after, "ordinal_suffix") or (
                after < self._end and self._tokens[after].word == "م" and self._tokens[after].start == token.end
            ):
                return after + 1, token.number
            return None
        if "ord" in token.senses:
            value = token.senses["ord"]
            if "of_days" in token.senses and not (i + 1 < self._end and self._tokens[i + 1].word == "روز"):
                return None  # «پنجمین روز ماه», and no «پنجمین جشنواره»
            if i + 1 < self._end:
                following = self._tokens[i + 1]
                if value < 10 and numbers.is_teen_ending(following.word) and not following.joined:
                    return i + 2, value + 10
                if value < 10 and following.joined and following.senses.get("ord") in (20, 30):
                    return i + 2, value + following.senses["ord"]
            return i + 1, value
        if token.senses.get("card") in (20, 30) and self._sense(i + 1, "and") and self._sense(i + 2, "ord"):
            value = self._tokens[i + 2].senses["ord"]
            return (i + 3, token.senses["card"] + value) if value < 10 else None
        if token.senses.get("card") in (20, 30) and i + 1 < self._end and self._tokens[i + 1].joined:
            value = self._sense(i + 1, "ord") or 99
            return (i + 2, token.senses["card"] + value) if value < 10 else None
        if token.word == "سی" and self._sense(i + 1, "ordinal_suffix"):
            return i + 2, 30
        return None

    def _day_number(self, i: int) -> tuple[int, int] | None:
        if self._sense(i, "article"):
            i += 1
        if self._sense(i, "first_day"):
            return i + 1, 1
        ordinal = self._ordinal(i)
        if ordinal and 1 <= ordinal[1] <= 31:
            return ordinal
        number = self._number(i)
        if number and number[2] <= 2 and 0 <= number[1] <= 99 and (number[2] or 1 <= number[1] <= 31):
            return number[0], number[1]
        return None

    # --- eras and years -----------------------------------------------------------------------------------------

    def _era(self, i: int) -> tuple[int, str] | None:
        """Where words of an era end and the calendar, `bce` for before Christ."""
        opened = self._is(i, _OPEN)
        j = i + opened
        if j >= self._end:
            return None
        era = self._sense(j, "era")
        found: tuple[int, str] | None = None
        if self._tokens[j].word == "ق" and self._is(j + 1, frozenset(".")) and self._sense(j + 2, "era") == GREGORIAN:
            found = j + 3, "bce"
        elif self._sense(j, "before") and self._sense(j + 1, "christ"):
            found = j + 2, "bce"
        elif self._sense(j, "before") and self._sense(j + 1, "from") and self._sense(j + 2, "christ"):
            found = j + 3, "bce"
        elif era == "hijra":
            after = j + 1
            while self._is(after, frozenset(".")):
                after += 1
            second = self._sense(after, "era")
            found = (after + 1, second) if second in (JALALI, HIJRI) else (j + 1, "hijra")
        elif era:
            letter = self._sense(j, "letter")
            if not letter or opened or (j > 0 and (self._tokens[j - 1].number is not None or self._is(j - 1, _CLOSE))):
                found = j + 1, era
        if found is None:
            return None
        end, calendar = found
        if opened:
            return (end + 1, calendar) if self._is(end, _CLOSE) else None
        if self._is(end, frozenset(".")) and self._sense(j, "letter"):
            end += 1
        return end, calendar

    def _calendar_of(
        self, year: int, era: str | None, month_calendar: str | None, *, arabic: bool | None = None
    ) -> str:
        """The calendar of a year that stands with an era, a month's calendar, or neither.

        `arabic` says whether the word before it is Arabic (عام) or Persian (سال), where there is one.
        """
        arabic = self._arabic if arabic is None else arabic
        if era == "hijra":
            if month_calendar in (JALALI, HIJRI):
                return month_calendar
            return HIJRI if arabic or not 1300 <= year <= 1420 else JALALI
        if era:
            return era
        if month_calendar:
            return month_calendar
        if arabic:
            return HIJRI if 1343 <= year <= 1450 else GREGORIAN
        if 1200 <= year <= 1420:
            return JALALI
        return HIJRI if 1421 <= year <= 1450 else GREGORIAN

    def _plausible(self, year: int, calendar: str) -> bool:
        return 1000 <= year <= 2199 if calendar == GREGORIAN else 1200 <= year <= 1500

    def _year(
        self, i: int, month_calendar: str | None = None, *, short: bool = False, bare: bool = True
    ) -> tuple[int, Year, str] | None:
        """Where a year ends, which it is, and its calendar.

        Args:
            i: The token at which it begins.
            month_calendar: The calendar of a month that stands before it.
            short: Whether two digits may be one.
            bare: Whether a number without the word "year" may be one.
        """
        if i >= self._end:
            return None
        token = self._tokens[i]
        if "year_offset" in token.senses:
            era = self._era(i + 1)
            calendar = month_calendar or JALALI
            if era and era[1] in (GREGORIAN, JALALI):
                return era[0], Year("offset", token.senses["year_offset"]), era[1]
            return i + 1, Year("offset", token.senses["year_offset"]), calendar
        j = i
        this = anaphor = False
        if self._sense(j, "this"):
            this, j = True, j + 1
        elif self._sense(j, "anaphor"):
            anaphor, j = True, j + 1
        worded = self._sense(j, "unit") == YEAR and not self._sense(j, "counted")
        if (this or anaphor) and not worded:
            return None
        if worded:
            word = self._tokens[j]
            plural = self._plural(j)
            if (this or anaphor) and (plural or word.proclitic):
                return None
            arabic_word = word.word in (
                "عام",
                "العام",
                "سنه",
                "السنه",
                "عامی",
                "سنتی",
                "سنوات",
                "اعوام",
                "الاعوام",
                "السنوات",
            )
            own = GREGORIAN if arabic_word else JALALI
            j = self._skip(j + 1, "suffix")
            if this and not arabic_word:
                return None  # «این سال» is the year just spoken of; the current one is امسال
            if this:
                era = self._era(j)
                return (era[0], Year("offset", 0), era[1]) if era and era[1] in (GREGORIAN, JALALI) else (
                    j, Year("offset", 0), month_calendar or own
                )  # fmt: skip
            if anaphor or self._sense(j, "anaphor_after"):
                return j + (not anaphor), UNKNOWN, month_calendar or own
            if self._sense(j, "anaphor") and self._sense(j + 1, "unit") == YEAR:
                return j + 2, UNKNOWN, month_calendar or own
            if not plural:
                era = self._era(j)
                adjective = era[0] if era and era[1] in (GREGORIAN, JALALI) else j
                offset = self._sense(adjective, "adjective")
                indefinite = arabic_word and not word.senses.get("definite")
                narrative = (
                    self._tokens[adjective].word in ("بعد", "قبل")
                    and (self._sense(adjective + 1, "from") or arabic_word)
                    if adjective < self._end
                    else False
                )
                if offset is not None and not indefinite and not narrative:
                    calendar = era[1] if era else month_calendar or own
                    end = adjective + 1
                    if not era and (late := self._era(end)) and late[1] in (GREGORIAN, JALALI):
                        end, calendar = late
                    return end, Year("offset", offset), calendar
            before = self._era(j)  # السنة الهجرية 1443, «سال میلادی ۲۰۲۱»
            number = self._bracketed_number(before[0] if before else j)
            if number is None:
                return None
            end, value, digits = number
            era = self._era(end) or ((end, before[1]) if before else None)
            if era:
                end = era[0]
                if era[1] == "bce":
                    return end, UNKNOWN, GREGORIAN
            if (digits and digits <= 2) or (not digits and value < 100):
                if arabic_word or not (value >= 30 or (digits == 2 and value < 10) or (not digits and value > 40)):
                    if not era:
                        return None
                elif not era or era[1] in (JALALI, "hijra"):
                    if month_calendar not in (None, JALALI):
                        return None
                    return end, Year("number", value + (1400 if value < 10 else 1300)), JALALI
            calendar_found = self._calendar_of(value, era[1] if era else None, month_calendar, arabic=arabic_word)
            if not era and not self._plausible(value, calendar_found):
                return None
            return end, Year("number", value), calendar_found
        if not bare:
            return None
        number = self._bracketed_number(j)
        if number is None:
            return None
        end, value, digits = number
        era = self._era(end)
        if era and era[1] == "bce":
            return era[0], UNKNOWN, GREGORIAN
        if digits == 4 or (era and digits == 3) or (not digits and value >= 1000):
            calendar_found = self._calendar_of(value, era[1] if era else None, month_calendar)
            if era or self._plausible(value, calendar_found):
                return era[0] if era else end, Year("number", value), calendar_found
            return None
        if short and digits == 2 and month_calendar == JALALI and (value >= 32 or value < 10):
            return era[0] if era else end, Year("number", value + (1400 if value < 10 else 1300)), JALALI
        return None

    def _bracketed_number(self, i: int) -> tuple[int, int, int] | None:
        """A number, alone in brackets or not."""
        if self._is(i, _OPEN):
            number = self._number(i + 1)
            if number and self._is(number[0], _CLOSE):
                return number[0] + 1, number[1], number[2]
            return None
        return self._number(i)

    # --- months -------------------------------------------------------------------------------------------------

    def _month(self, i: int) -> tuple[int, str, int, bool] | None:
        """Where a month's name ends, its calendar, its number, and whether a word says that it is one."""
        j = i
        said = False
        while j < self._end and self._sense(j, "unit") == MONTH and not self._plural(j):
            said, j = True, j + 1
        leading = said
        if said:
            j = self._skip(j, "suffix")
        name = self._sense(j, "month")
        if name is None:
            return None
        if self._tokens[j].word == "می" and self._tokens[j].half_spaced:
            return None
        calendar, number = name
        said = said or bool(self._sense(j, "said"))
        j += 1
        # the same month in its other name: شباط/فبراير
        k = j + 1 if self._is(j, _SLASHES) or self._is(j, _DASHES) or self._is(j, _OPEN) else j
        if self._sense(k, "month") == name and (k > j or self._tokens[k].word != self._tokens[j - 1].word):
            j = k + 1
            if self._is(k - 1, _OPEN) and self._is(j, _CLOSE):
                j += 1
        while j < self._end:
            if self._sense(j, "suffix") and self._tokens[j].word != "ها":
                j += 1
            elif not leading and self._sense(j, "unit") == MONTH and not self._plural(j):
                said, j = True, j + 1
            else:
                break
        return j, calendar, number, said

    def _year_after(self, i: int, calendar: str, *, short: bool) -> tuple[int, Year] | None:
        """The year that belongs to a month which ended at `i`, with what may stand between."""
        direction = self._direction(i)
        if direction is not None:
            end, value = direction
            if value == 0:
                return end, Year("near", 0)
            return end, Year("near", value)
        j = i
        if self._is(j, _COMMAS):
            j += 1
        while j < self._end and (self._sense(j, "of") or self._tokens[j].word in ("در", "لسنه", "لعام")):
            j += 1
        if self._is(j, _SLASHES) or self._is(j, _DASHES):
            after = self._number(j + 1)
            if not after or after[2] != 4:
                return None
            j += 1
        year = self._year(j, calendar, short=short)
        if year is None or (year[2] != calendar and year[1].kind == "number"):
            return None
        if year[2] != calendar and year[1].kind == "offset":
            return None
        return year[0], year[1]

    def _direction(self, i: int) -> tuple[int, int] | None:
        """الماضي, المقبل, گذشته after a month: which way the year lies."""
        token = self._tokens[i] if i < self._end else None
        if token is None or "adjective" not in token.senses or token.word in ("قبل", "بعد", "پیش", "قبلی"):
            return None
        return i + 1, token.senses["adjective"]

    # --- single expressions -------------------------------------------------------------------------------------

    def _numeric(self, i: int) -> tuple[int, Meaning, str] | None:
        """1395/09/11, 18-02-2020, 13/2/95."""
        j, _ = self._day_prefix(i)
        if j >= self._end:
            return None
        at = j
        parts: list[Token] = []
        separator = ""
        for n in range(3):
            if j >= self._end or self._tokens[j].number is None:
                return None
            parts.append(self._tokens[j])
            j += 1
            if n < 2:
                if j >= self._end:
                    return None
                mark = self._tokens[j].word
                kind = "/" if mark in _SLASHES else "-" if mark in _DASHES else mark
                if kind not in ("/", "-", ".") or (separator and kind != separator):
                    return None
                separator = kind
                j += 1
        if at > 0 and self._tokens[at - 1].word == separator and self._tokens[at - 1].end == parts[0].start:
            return None
        if j + 1 < self._end and self._tokens[j].word == separator and self._tokens[j].start == parts[2].end:
            return None
        values = [part.number or 0 for part in parts]
        lengths = [part.end - part.start for part in parts]
        era = self._era(j)
        name = era[1] if era else None
        if lengths[0] == 4 and lengths[1] <= 2 and lengths[2] <= 2:
            year, month, day = values
        elif lengths[2] == 4 and lengths[0] <= 2 and lengths[1] <= 2:
            day, month, year = values
        elif max(lengths) <= 2 and not self._arabic and separator != "-":
            if values[0] >= 32:
                year, month, day = values
            elif values[2] >= 32 and separator == "/":
                day, month, year = values
            else:
                return None
            if not (1 <= month <= 12 and 1 <= day <= 31):
                return None
            year += 1300
        else:
            return None
        calendar = HIJRI if name == "hijra" and self._arabic else name
        if calendar in (None, "hijra"):
            # 27/8/1412 in Arabic is Hijri; 1391/10/07 is how Iran writes, in Arabic too
            hijri = year > 1420 or (self._arabic and lengths[2] == 4)
            calendar = GREGORIAN if year > 1500 else HIJRI if hijri else JALALI
        if calendar == "bce" or (not era and not (1200 <= year <= 1500 or 1700 <= year <= 2199 or year == 0)):
            return None
        if month > 12 and day <= 12:
            month, day = day, month
        end = era[0] if era else j
        return end, Meaning("day", calendar, "day", (Year("number", year), month, day)), ""

    def _day(self, i: int) -> tuple[int, Meaning, str] | None:
        """A day of a month, with its weekday before it and its year after it where they are told."""
        j, weekday = self._day_prefix(i)
        number = self._day_number(j)
        if number is None:
            return None
        k, day = number
        worded = self._tokens[j].number is None
        if worded and self._tokens[j].word.startswith("ال") and self._tokens[j].word.endswith("یه"):
            return None  # days are masculine: "المرحلة الثانية الشهر المقبل"
        after_day = k
        while k < self._end and (
            self._sense(k, "of")
            or self._tokens[k].word in ("روز", "،", "-", "/", ",")
            or (self._tokens[k].word == "از" and self._tokens[k - 1].word == "روز")
        ):
            k += 1
        if k - after_day > 2:
            return None
        relative = self._relative_month_after(k)
        if (
            relative
            and day <= 31
            and not (
                # «۳ ماه گذشته» counts months; «سوم ماه گذشته» and «۳ ماه جاری» are days
                relative[2] == JALALI and relative[1] != 0 and not self._ordinal(j) and not (j > i)
            )
        ):
            end, offset, calendar = relative
            return end, Meaning("day_of_month", calendar, "day", (Year("offset", offset), day)), ""
        month = self._month(k)
        if month is None:
            if weekday is not None or (j > i and self._sense(j - 1, "unit") == DAY) or worded:
                direction = self._sense(k, "adjective")
                if direction == 0 and self._tokens[k].word == "الجاری":
                    calendar = GREGORIAN
                    return k + 1, Meaning("day_of_month", calendar, "day", (Year("offset", 0), day)), ""
            return None
        end, calendar, month_number, said = month
        name_at = next(x for x in range(k, end) if self._sense(x, "month"))
        ambiguous = self._sense(name_at, "ambiguous")
        year = self._year_after(end, calendar, short=True)
        if not year and self._is(end, _SLASHES) and self._is(k - 1, _SLASHES):
            year = self._year_after(end + 1, calendar, short=True)  # ۳۰/دی/۹۵
        if year:
            meaning = Meaning("day", calendar, "day", (year[1], month_number, day))
            return year[0], meaning, ""
        name_word = self._tokens[name_at].word
        if name_word.isascii() or (name_word == "دی" and self._tokens[j].word == "سی" and not said):
            return None  # 06-May is what a spreadsheet makes of 6-5; سی‌دی is a disc
        guard = "event"
        if name_word == "می" and not said:
            guard = "may"
        elif (
            name_word in ("ثور", "اسد", "صفر", "حمل", "میزان", "جدی", "دلو", "قوس") and not said and weekday is None
        ) or (name_word == "اب" and not said and not self._arabic):
            guard = "weak"
        if ambiguous and self._tokens[j].number is None and "card" in self._tokens[j].senses and not said:
            guard = "weak" if day < 4 and weekday is None else "event"
        return end, Meaning("day", calendar, "day", (NEAR, month_number, day)), guard

    def _edge_day(self, i: int) -> tuple[int, Meaning, str] | None:
        """The first or last day of a month, season or year: «آخرین روز خرداد», "آخر يوم من رمضان"."""
        side = _EDGE_DAYS.get(tuple(token.word for token in self._tokens[i : i + 2]))
        if side is None:
            return None
        j = i + 2
        while j < self._end and self._tokens[j].word in ("از", "من", "فی"):
            j += 1
        if j >= self._end or self._part(j)[1]:
            return None
        readings = [rule(self, j) for rule in (_Reader._month_of_year, _Reader._season, _Reader._plain_year)]
        inner = max((reading for reading in readings if reading), key=lambda reading: reading[0], default=None)
        if inner is None:
            # «مهر», "رجب" and «بهار» are words as well; behind "the first day of" they are times of the year.
            month, season = self._month(j), self._sense(j, "season")
            if month is not None:
                inner = month[0], Meaning("month", month[1], "month", (NEAR, month[2], 0)), ""
            elif season is not None and not self._arabic:
                inner = j + 1, Meaning("season", JALALI, "season", (NEAR, season)), ""
            else:
                return None
        end, meaning, guard = inner
        if meaning.precision not in ("month", "season", "year"):
            return None
        guard = guard if guard in ("unit", "short_year", "bare_year") else "event"
        return end, Meaning("edge", meaning.calendar, "day", (meaning, side)), guard

    def _month_first(self, i: int) -> tuple[int, Meaning, str] | None:
        """سبتمبر 11، 2001, with the weekday before it."""
        j, _ = self._day_prefix(i)
        month = self._month(j)
        if month is None:
            return None
        k, calendar, number, _ = month
        day = self._number(k)
        if day is None or day[2] not in (1, 2) or not self._is(day[0], _COMMAS):
            return None
        year = self._number(day[0] + 1)
        if year is None or year[2] != 4:
            return None
        meaning = Meaning("day", calendar, "day", (Year("number", year[1]), number, day[1]))
        return year[0], meaning, ""

    def _day_prefix(self, i: int) -> tuple[int, int | None]:
        """Skip امروز, روز, a weekday and a comma that stand before a day; return where and the weekday."""
        if i not in self._read_prefixes:
            self._read_prefixes[i] = self._prefix(i)
        return self._read_prefixes[i]

    def _prefix(self, i: int) -> tuple[int, int | None]:
        j = i
        weekday: int | None = None
        for _ in range(4):
            if self._sense(j, "day_offset") is not None and not self._sense(j, "night"):
                j += 1
            elif (self._sense(j, "unit") == DAY) and not self._sense(j, "counted"):
                j = self._skip(j + 1, "suffix")
            elif self._weekday_name(j, i) is not None and weekday is None:
                weekday = self._weekday_name(j, i)
                j += 1
            else:
                break
            if self._is(j, _COMMAS) or (self._is(j, _DASHES) and weekday is not None):
                j += 1
            elif weekday is not None and self._is(j, _OPEN):
                break
            while weekday is not None and self._sense(j, "equals"):
                j += 1
        if weekday is not None and self._sense(j, "night"):
            j += 1
        return j, weekday

    def _weekday_name(self, i: int, first: int) -> int | None:
        weekday = self._sense(i, "weekday")
        if weekday is not None:
            # Arabic writes الجمعة; without the article it is a name or a verb
            if self._tokens[i].word == "جمعه" and (self._arabic or "ة" in self._tokens[i].raw):
                return None
            return int(weekday)
        bare = self._sense(i, "bare_weekday")
        if bare is not None and i > first and self._sense(i - 1, "unit") == DAY:
            return int(bare)
        return None

    def _relative_month_after(self, i: int) -> tuple[int, int, str] | None:
        """«ماه جاری», "هذا الشهر", "الشهر المقبل": where it ends, its offset and calendar."""
        j = i
        this = False
        if self._sense(j, "this"):
            this, j = True, j + 1
        if self._sense(j, "unit") != MONTH or self._plural(j) or self._sense(j, "counted"):
            return None
        word = self._tokens[j]
        arabic = word.word != "ماه"
        j = self._skip(j + 1, "suffix")
        if self._sense(j, "month"):
            return None
        era = self._era(j)
        at = era[0] if era and era[1] in (GREGORIAN, JALALI, HIJRI) else j
        offset = self._sense(at, "adjective")
        calendar = GREGORIAN if arabic else JALALI
        if this:
            end = j
            offset = 0
        elif offset is not None and (not arabic or word.senses.get("definite")):
            if self._tokens[at].word in ("بعد", "قبل") and (arabic or self._sense(at + 1, "from")):
                return None
            end = at + 1
        else:
            return None
        if era and not this:
            calendar = era[1]
        elif (late := self._era(end)) and late[1] in (GREGORIAN, JALALI, HIJRI):
            end, calendar = late
        return end, offset, calendar

    def _month_of_year(self, i: int) -> tuple[int, Meaning, str] | None:
        """A month, early, middle or late in it, with its year where it is told."""
        j, part = self._part(i)
        relative = self._relative_month_after(j)
        if relative:
            end, offset, calendar = relative
            precision = "month" if part < 4 else "range"
            return end, Meaning("offset", calendar, precision, (MONTH, offset, part)), ""
        month = self._month(j)
        if month is None:
            return None
        end, calendar, number, said = month
        name_at = next(x for x in range(j, end) if self._sense(x, "month"))
        token = self._tokens[name_at]
        if token.half_spaced and token.end < len(token.raw):
            return None
        year = self._year_after(end, calendar, short=True)
        if part == 2 and calendar == HIJRI and self._sense(i, "half_of"):
            # نیمه شعبان is a day, the fifteenth
            told = year or (end, NEAR)
            return told[0], Meaning("day", calendar, "day", (told[1], number, 15)), "" if year else "event"
        precision = "month" if part < 4 else "range"
        if year:
            if (
                year[1].kind == "near"
                and token.senses.get("ambiguous")
                and not said
                and token.word in ("دی", "مه", "می", "اب", "تیر", *_AFGHAN)
            ):
                return None
            guard = ""
            if (
                self._tokens[year[0] - 1].number is not None
                and (self._tokens[year[0] - 1].number or 0) < 100
                and not said
            ):
                guard = "short_year"
            return year[0], Meaning("month", calendar, precision, (year[1], number, part)), guard
        if token.word.isascii():
            return None
        if token.senses.get("ambiguous") and not said and not part:
            if token.word in NAME_ONLY:
                return end, Meaning("month", calendar, precision, (NEAR, number, part)), "preposition"
            return None
        if part and token.senses.get("ambiguous") and not said and token.word in ("می", "مه", "اب", "جوان"):
            return None
        return end, Meaning("month", calendar, precision, (NEAR, number, part)), "near" if said or part else "name"

    def _part(self, i: int) -> tuple[int, int]:
        """Early (1), middle (2), late (3), first half (4), second half (5), n-th week (10 + n), or 0 for none."""
        if self._sense(i, "half_of"):
            ordinal = self._ordinal(i + 1)
            if ordinal and ordinal[1] in (1, 2):
                return self._skip_of(ordinal[0]), 3 + ordinal[1]
        if self._sense(i, "part") and self._tokens[i].word == "بدایه" and self._sense(i + 1, "of"):
            return i, 0  # "starting from", not the beginning of
        if self._sense(i, "part") and not (self._sense(i, "half_of") and self._tokens[i].word == "النصف"):
            return self._skip_of(i + 1), self._tokens[i].senses["part"]
        if self._sense(i, "unit") == WEEK and not self._plural(i):
            ordinal = self._ordinal(i + 1)
            if ordinal and 1 <= ordinal[1] <= 4:
                return self._skip_of(ordinal[0]), 9 + ordinal[1]
            if self._sense(i + 1, "last"):
                return self._skip_of(i + 2), 14
        return i, 0

    def _skip_of(self, i: int) -> int:
        while i < self._end and (self._sense(i, "of") and not self._sense(i, "adjective")):
            i += 1
        return i

    def _season(self, i: int) -> tuple[int, Meaning, str] | None:
        j, part = self._part(i)
        said = False
        if self._sense(j, "season_word"):
            said, j = True, j + 1
        season = self._sense(j, "season")
        if season is None or part >= 4:
            return None
        arabic = self._tokens[j].word not in ("بهار", "تابستان", "پاییز", "زمستان")
        own = GREGORIAN if arabic else JALALI
        k = j + 1
        direction = self._direction(k)
        if direction and (said or self._tokens[j].word.startswith("ال") or not arabic):
            if direction[1] == 0 and not said and not arabic:
                return None
            return direction[0], Meaning("season", own, "season", (Year("near", direction[1]), season)), ""
        k = self._skip_of(k)
        if self._sense(k, "this"):
            return None
        year = self._year(k, None, short=False)
        if year and year[2] == HIJRI and not arabic and not any(self._sense(x, "era") for x in range(k, year[0])):
            year = year[0], year[1], JALALI
        if year is None and not arabic:
            short = self._number(k)
            if short and short[2] == 2 and short[1] >= 50:
                year = short[0], Year("number", 1300 + short[1]), JALALI
        if year:
            two_digits = (self._tokens[year[0] - 1].number or 100) < 100
            return year[0], Meaning("season", year[2], "season", (year[1], season)), "short_year" if two_digits else ""
        if self._sense(j - 1, "this") and j > i:
            return k, Meaning("season", own, "season", (Year("near", 0), season)), ""
        return None

    def _quarter(self, i: int) -> tuple[int, Meaning, str] | None:
        """A half or quarter of a year, or its first months."""
        token = self._tokens[i]
        months: tuple[int, int] | None = None
        j = i
        count = 0
        if token.senses.get("half_of"):
            count, j = 6, i + 1
        elif token.senses.get("quarter"):
            count, j = 3, i + 1
        else:
            number = self._number(i)
            if number and 1 < number[1] < 12:
                k = number[0]
                if self._sense(k, "months") or self._sense(k, "unit") == MONTH:
                    count, j = number[1], k + 1
            elif self._sense(i, "unit") == MONTH and self._sense(i, "plural") and self._sense(i, "definite"):
                number = self._number(i + 1)
                if number and 1 < number[1] < 12:
                    count, j = number[1], number[0]
        if not count:
            return None
        j = self._skip(j, "suffix")
        ordinal = self._ordinal(j)
        place = 0
        if ordinal:
            j, place = ordinal
        elif self._sense(j, "last") or (self._sense(j, "window") == -1 and self._tokens[j].word == "الاخیره"):
            place, j = 12 // count if 12 % count == 0 else -1, j + 1
        elif token.senses.get("quarter") and "then" not in token.senses:
            return None
        if not place and not (
            self._sense(j, "unit") == YEAR or "year_offset" in (self._tokens[j].senses if j < self._end else {})
        ):
            return None
        if not place:
            if token.senses.get("half_of"):
                return None
            place = 1
        if place == -1 or count * place > 12 or (12 % count and place > 1):
            return None
        months = count * (place - 1) + 1, count * place
        while j < self._end and (self._sense(j, "of") or self._sense(j, "in")):
            j += 1
        year = self._year(j)
        if year is None:
            if self._sense(j, "unit") == YEAR and not token.senses.get("month") and not self._sense(j, "plural"):
                calendar = JALALI if self._tokens[j].word == "سال" else GREGORIAN
                return j + 1, Meaning("months_of_year", calendar, "range", (Year("offset", 0), *months)), "year_to_date"
            return None
        return year[0], Meaning("months_of_year", year[2], "range", (year[1], *months)), ""

    def _plain_year(self, i: int) -> tuple[int, Meaning, str] | None:
        worded = (
            self._sense(i, "unit") == YEAR
            or "year_offset" in self._tokens[i].senses
            or self._sense(i, "this")
            or self._sense(i, "anaphor")
        )
        year = self._year(i)
        if year is None:
            return None
        end, which, calendar = year
        if which.kind == "offset" and end < self._end:  # "العام الفائت 2014": the year that is written is it
            written = self._tokens[end]
            # round numbers count something: «امسال ۲۰۰۰ نفر»
            if written.number and written.number % 100 and 1300 <= written.number < 2100:
                told = self._calendar_of(written.number, None, None)
                return end + 1, Meaning("year", told, "year", (Year("number", written.number),)), "short_year"
        era = any(self._sense(k, "era") for k in range(i, end))
        guard = "" if worded or era else "bare_year"
        number = self._tokens[end - 1].number
        if worded and not era and number is not None and number < 100:
            guard = "short_year"
        elif worded and which.kind == "offset" and self._sense(i, "year_offset") is None:
            guard = "unit"
        if which.kind == "unknown":
            return end, Meaning(_NOTHING, calendar, "year"), ""
        return end, Meaning("year", calendar, "year", (which,)), guard

    def _decade(self, i: int) -> tuple[int, Meaning, str] | None:
        token = self._tokens[i]
        if "decade" in token.senses:
            j = i + 1
            value = token.senses["decade"]
            if self._sense(j, "unit") == "century":
                if self._sense(j + 1, "adjective") == -1:
                    return j + 2, Meaning("years", GREGORIAN, "decade", (1900 + value, 1909 + value)), ""
                if self._sense(j + 1, "adjective") == 0:
                    return j + 2, Meaning("years", GREGORIAN, "decade", (2000 + value, 2009 + value)), ""
                ordinal = self._ordinal(j + 1)
                if ordinal and 10 <= ordinal[1] <= 21:
                    first = (ordinal[1] - 1) * 100 + value
                    return ordinal[0], Meaning("years", GREGORIAN, "decade", (first, first + 9)), ""
            if value >= 30 and token.word.startswith("ال"):
                return j, Meaning("years", GREGORIAN, "decade", (1900 + value, 1909 + value)), ""
            return None
        if token.senses.get("unit") != "decade":
            return None
        j = self._skip(i + 1, "suffix")
        arabic = token.word in ("عقد", "العقد")
        if arabic and "decade" in (self._tokens[j].senses if j < self._end else {}):
            return self._decade(j)
        number = self._bracketed_number(j)
        if number is None:
            return None
        end, value, digits = number
        era = self._era(end)
        name = era[1] if era else None
        if value % 10:
            return None
        century = self._ordinal(end + 1) if self._sense(end, "unit") == "century" and value < 100 else None
        if century and 10 <= century[1] <= 21:  # «دهه ۲۰ قرن بیستم»
            first = (century[1] - 1) * 100 + value
            era = self._era(century[0])
            return era[0] if era else century[0], Meaning("years", GREGORIAN, "decade", (first, first + 9)), ""
        if digits == 4 or value >= 1000:
            calendar = self._calendar_of(value, name, None)
        elif 10 <= value <= 90 and not arabic:
            calendar = GREGORIAN if name == GREGORIAN else JALALI
            value += 1900 if calendar == GREGORIAN else 1300
        elif 10 <= value <= 90 and arabic:
            calendar, value = GREGORIAN, value + 1900
        else:
            return None
        if calendar is None or calendar == "bce":
            return None
        return era[0] if era else end, Meaning("years", calendar, "decade", (value, value + 9)), ""

    def _century(self, i: int) -> tuple[int, Meaning, str] | None:
        if self._sense(i, "unit") != "century":
            return None
        ordinal = self._ordinal(i + 1)
        if ordinal:
            end, value = ordinal
        else:
            number = self._number(i + 1)
            if not number or not 1 <= number[1] <= 21:
                return None
            end, value = number[0], number[1]
        era = self._era(end)
        calendar = era[1] if era else GREGORIAN
        if calendar == "bce":
            return era[0] if era else end, Meaning(_NOTHING, GREGORIAN, "range"), ""
        if calendar == "hijra":
            calendar = HIJRI
        first = value
        joined = self._sense(end, "and") and self._ordinal(end + 1)
        if joined and joined[1] == value + 1:  # «قرن ششم و هفتم هجری»: one span of two hundred years
            end, value = joined
            era = self._era(end)
            calendar = HIJRI if era and era[1] == "hijra" else era[1] if era else GREGORIAN
        if (not era and value < 10) or calendar == "bce":
            return None
        return era[0] if era else end, Meaning("years", calendar, "range", (100 * first - 99, 100 * value)), ""

    def _relative_day(self, i: int) -> tuple[int, Meaning, str] | None:
        """امروز, "أمس الخميس", «روز گذشته»."""
        j = i
        calendar = GREGORIAN
        if self._sense(j, "unit") == DAY and not self._plural(j) and self._sense(j + 1, "day_offset") is not None:
            j += 1
        offset = self._sense(j, "day_offset")
        if offset is not None:
            token = self._tokens[j]
            if not token.senses.get("the_day") and token.word not in (
                "امس",
                "غدا",
                "غد",
                "الامس",
                "الغد",
                "البارحه",
                "اللیله",
            ):
                calendar = JALALI if not self._arabic else GREGORIAN
            end = j + 1
            if token.word == "غدا" and "ء" in token.raw:
                return None
            guards = {"امس": "yesterday", "امروز": "today", "فردا": "radio"}
            guard = "today" if token.senses.get("the_day") else guards.get(token.word, "")
            if token.word in ("الغد", "غد", "الامس") and not token.proclitic and j == i:
                guard = "tomorrow"
            # the weekday that stands beside it says the same day
            k = end
            while self._is(k, _COMMAS) or (self._is(k, _OPEN) and self._weekday_name(k + 1, i) is not None):
                k += 1
            if self._sense(k, "unit") == DAY:
                k += 1
            weekday = self._weekday_name(k, i)
            if weekday is not None:
                end = (k + 2 if self._is(k + 1, _CLOSE) else end) if self._is(end, _OPEN) else k + 1
                return end, Meaning("named_day", calendar, "day", (offset, weekday)), ""
            return end, Meaning("offset", calendar, "day", (DAY, offset)), guard
        if (
            (self._sense(i, "unit") == DAY or self._sense(i, "night"))
            and not self._sense(i, "plural")
            and not self._sense(i, "counted")
        ):
            word = self._tokens[i].word
            after = self._tokens[i + 1].word if i + 1 < self._end else ""
            if word in ("روز", "شب") and after == "گذشته":
                return i + 2, Meaning("offset", JALALI, "day", (DAY, -1)), ""
            if word == "روز" and after == "جاری":
                return i + 2, Meaning("offset", JALALI, "day", (DAY, 0)), ""
        return None

    def _weekday(self, i: int) -> tuple[int, Meaning, str] | None:
        j = i
        if self._sense(j, "unit") == DAY and not self._plural(j):
            j = self._skip(j + 1, "suffix")
        weekday = self._weekday_name(j, i)
        if weekday is None:
            return None
        calendar = (
            GREGORIAN if self._tokens[j].word.startswith("ال") or "bare_weekday" in self._tokens[j].senses else JALALI
        )
        j += 1
        if self._sense(j, "suffix"):
            if self._tokens[j].word in ("ها", "های"):
                return None
            j += 1
        if self._sense(j, "night"):
            j += 1
        # a week that it stands in
        k = j
        while self._sense(k, "of"):
            k += 1
        week = self._week(k)
        if week and week[1].kind == "offset":
            return week[0], Meaning("weekday_of_week", calendar, "day", (weekday, week[1].args[1])), ""
        token = self._tokens[j] if j < self._end else None
        if token is not None and "adjective" in token.senses and token.word not in ("قبل", "پیش", "جاری", "بعد"):
            direction = token.senses["adjective"]
            return j + 1, Meaning("weekday", calendar, "day", (weekday, 2 * direction if direction else 0)), ""
        if token is not None and token.senses.get("anaphor_after"):
            return j + 1, Meaning(_NOTHING, calendar, "day"), ""
        return j, Meaning("weekday", calendar, "day", (weekday, 0)), "weekday"

    def _week(self, i: int) -> tuple[int, Meaning, str] | None:
        j = i
        this = bool(self._sense(j, "this"))
        j += this
        if self._sense(j, "unit") != WEEK or self._plural(j) or self._sense(j, "counted"):
            return None
        word = self._tokens[j]
        arabic = word.word != "هفته"
        calendar = GREGORIAN if arabic else JALALI
        j = self._skip(j + 1, "suffix")
        if this:
            return j, Meaning("offset", calendar, "range", (WEEK, 0)), ""
        offset = self._sense(j, "adjective")
        if offset is None or (arabic and not word.senses.get("definite")):
            return None
        if self._tokens[j].word in ("بعد", "قبل") and (arabic or self._sense(j + 1, "from")):
            return None
        return j + 1, Meaning("offset", calendar, "range", (WEEK, offset)), ""

    def _counted(self, i: int) -> tuple[int, Meaning, str] | None:
        """«دو روز پیش», "قبل ثلاثة أيام", «سه سال گذشته», "الأيام الثلاثة الماضية"."""
        token = self._tokens[i]
        if (token.senses.get("before") and token.word != "قبل") or (
            token.word == "قبل" and not self._sense(i - 1, "counted_noun")
        ):
            amount = self._amount(i + 1)
            if amount and amount[3]:
                end, unit, count, _ = amount
                if end < self._end and self._tokens[end].joined and self._sense(end, "fraction") == 0.5:
                    if unit != YEAR:
                        return None
                    end, unit, count = end + 1, MONTH, 12 * count + 6  # قبل عام ونصف العام
                    end += self._sense(end, "unit") == YEAR and bool(self._sense(end, "definite"))
                if self._sense(end, "from") or self._sense(end, "and"):
                    return None
                return end, self._point(unit, -count, GREGORIAN), "" if token.senses.get("since") else "point"
        # Arabic: الأيام الثلاثة الماضية, العامين الماضيين
        if token.senses.get("definite"):
            several = token.senses.get("dual") or (token.senses.get("unit") if token.senses.get("plural") else None)
            if several:
                count, j = 2, i + 1
                if not token.senses.get("dual"):
                    number = self._number(j)
                    if number is None:
                        return None
                    j, count = number[0], number[1]
                way = self._sense(j, "window")
                if way and 1 < count <= 200:
                    return j + 1, Meaning("window", GREGORIAN, "range", (several, count, way)), ""
            return None
        joined = i > 1 and self._number_like(i - 2) and (self._sense(i - 1, "to") or self._is(i - 1, _DASHES))
        if i > 0 and (self._number_like(i - 1) or joined):
            return None  # «دو سه روز گذشته», «یک تا دو ماه آینده»
        amount = self._amount(i)
        if amount is None:
            return None
        end, unit, count, arabic = amount
        calendar = GREGORIAN if arabic else JALALI
        if end >= self._end:
            return None
        word = self._tokens[end]
        if word.word in ("پیش", "قبل", "دیگر") and not arabic:
            if self._sense(end + 1, "from"):
                return None
            return end + 1, self._point(unit, word.senses["ago"] * count, calendar), "point"
        way = word.senses.get("window")
        if way and word.word != "قبل":
            return end + 1, Meaning("window", calendar, "range", (unit, count, way)), ""
        return None

    def _number_like(self, i: int) -> bool:
        return self._tokens[i].number is not None or "card" in self._tokens[i].senses

    def _amount(self, i: int) -> tuple[int, str, int, bool] | None:
        """A number of days, weeks, months, years: where it ends, the unit, the number, whether in Arabic."""
        if i >= self._end:
            return None
        dual = self._sense(i, "dual")
        if dual:
            return i + 1, dual, 2, True
        number = self._number(i)
        if number is None:
            unit = self._sense(i, "unit")
            following = self._tokens[i + 1] if i + 1 < self._end else None
            told = following is not None and (
                following.number is not None
                or following.senses.keys() & {"month", "weekday", "ord", "card", "scale", "day_offset", "bare_weekday"}
                or following.word in _OPEN
            )
            if (
                unit in (DAY, WEEK, MONTH, YEAR)
                and not told
                and self._tokens[i].word in ("یوم", "اسبوع", "شهر", "عام", "سنه")
            ):
                return i + 1, unit, 1, True
            return None
        end, count, digits = number
        then = self._sense(i, "then")
        if then:
            return i + 1, then["unit"], 3, False
        if digits and "scale" in (self._tokens[end].senses if end < self._end else {}):
            count, end = int(count * self._tokens[end].senses["scale"]), end + 1
        halves = 0
        if self._sense(end, "and") and self._sense(end + 1, "fraction") == 0.5:
            halves, end = 1, end + 2
        unit = self._sense(end, "unit")
        if (
            not halves
            and unit in (YEAR, MONTH)
            and self._sense(end + 1, "and")
            and self._sense(end + 2, "fraction") == 0.5
        ):
            halves = 1
            end += 2
        if halves:
            word = self._tokens[end - 2 if self._sense(end, "fraction") else end].word
            return (end + 1, MONTH, 12 * count + 6, word != "سال") if unit == YEAR and count < 300 else None
        if self._sense(end, "months"):
            return end + 1, MONTH, count, False
        if unit not in (DAY, WEEK, MONTH, YEAR) or not 1 <= count <= 3000:
            return None
        word = self._tokens[end].word if end < self._end else ""
        arabic = word not in ("روز", "هفته", "ماه", "سال")
        return end + 1, unit, count, arabic

    @staticmethod
    def _point(unit: str, count: int, calendar: str) -> Meaning:
        precision = {DAY: "day", WEEK: "range", MONTH: "month", YEAR: "year"}[unit]
        return Meaning("offset", calendar, precision, (unit, count))

    # --- ranges and lists ---------------------------------------------------------------------------------------

    def _connector(self, i: int) -> int | None:
        """Where "to" ends that begins at `i`."""
        j = i
        if self._is(j, _DASHES):
            return j + 1
        if self._tokens[j].senses.get("to") and not self._sense(j, "day_offset"):
            j += 1
            while j < self._end and (self._sense(j, "to") or self._tokens[j].word in ("از", "فی")):
                j += 1
            return j
        return None

    def _range(self, i: int) -> tuple[int, list[tuple[int, int, Meaning, str]]] | None:
        """«۱۵ تا ۱۶ سپتامبر», "بين يناير ومارس", 2011-2015."""
        between = i > 0 and self._sense(i - 1, "between")
        best: tuple[int, list[tuple[int, int, Meaning, str]]] | None = None
        for end, first in self._range_starts(i):
            if end >= self._end:
                continue
            j = self._connector(end)
            if j is None and first == "years" and self._is(end, _SLASHES):
                j = end + 1  # 1435/1436: a school year or a season
            if j is None and between and (self._sense(end, "and") or self._tokens[end].joined):
                j = end + 1 if self._sense(end, "and") else end
            if j is None or j >= self._end:
                continue
            if first == "years":
                years = self._years_range(i, end, j)
                if years and (best is None or years[0] > best[0]):
                    best = years
                continue
            last = self._single(j)
            if last is None:
                continue
            until, second, _ = last
            start = self._complete(first, second)
            if start is None:
                continue
            dash = self._is(end, _DASHES)
            if dash and isinstance(first, Meaning) and start.kind != second.kind:
                continue
            if (
                second.calendar != start.calendar
                and start.kind not in ("weekday", "offset")
                and second.kind not in ("weekday", "offset")
            ):
                continue
            if dash and start.kind == second.kind == "year" and start.args[0].value > second.args[0].value:
                start, second = second, start  # 86-1377: the text has lost its marks of direction
            guard = "weekday" if start.kind == second.kind == "weekday" else ""
            meaning = Meaning("range", second.calendar, "range", (start, second))
            if best is None or until > best[0]:
                best = until, [(i, until, meaning, guard)]
        return best

    def _range_starts(self, i: int) -> list[tuple[int, Meaning | int | str]]:
        """What can stand before "to": a whole expression, a mere day number, a year."""
        starts: list[tuple[int, Meaning | int | str]] = []
        single = self._single(i)
        if single and single[2] != "bare_year":
            starts.append((single[0], single[1]))
        j, _ = self._day_prefix(i)
        day = self._day_number(j)
        if day and 1 <= day[1] <= 31:
            starts.append(day)
        k = i
        if self._sense(k, "unit") == YEAR:
            k = self._skip(k + 1, "suffix")
        number = self._number(k)
        if number and (number[2] in (2, 4) or number[1] > 1000):
            starts.append((number[0], "years"))
        return starts

    def _complete(self, first: Meaning | int | str, second: Meaning) -> Meaning | None:
        """Give a beginning the month and year that only the end tells."""
        if isinstance(first, int):
            if second.kind == "day":
                year, month, _ = second.args
                return second._replace(args=(year, month, first))
            if second.kind == "day_of_month":
                return second._replace(args=(second.args[0], first))
            return None
        if not isinstance(first, Meaning):
            return None
        if first.kind in ("day", "month", "season") and second.kind in ("day", "month", "season"):
            year = second.args[0]
            if first.args[0] == NEAR and first.calendar == second.calendar and year != NEAR:
                position = 1
                later = first.args[position] > second.args[1] if first.kind == second.kind else False
                if later and year.kind in ("number", "offset"):
                    year = Year(year.kind, year.value - 1)
                return first._replace(args=(year, *first.args[1:]))
        if first.kind == "range" or second.kind in ("range", _NOTHING):
            return None
        if first.kind == "weekday" and second.kind == "weekday_of_week":
            return second._replace(args=(first.args[0], second.args[1]))
        if first.kind == "weekday" and second.kind == "weekday":
            return first._replace(args=(first.args[0], second.args[1]))
        return first

    def _years_range(self, i: int, end: int, j: int) -> tuple[int, list[tuple[int, int, Meaning, str]]] | None:
        worded = self._sense(i, "unit") == YEAR
        number = self._number(self._skip(i + 1, "suffix") if worded else i)
        if number is None:
            return None
        first = number[1]
        second = self._year(j, short=False) or None
        if second is None or second[1].kind != "number":
            short = self._number(j)
            if not worded or not short or short[2] != 2 or self._sense(short[0], "month"):
                return None
            if number[2] == 4:
                last = first // 100 * 100 + short[1]
                calendar = self._calendar_of(first, None, None)
            elif first >= 20 and short[1] >= 20 and not self._arabic:
                first, last, calendar = first + 1300, short[1] + 1300, JALALI
            else:
                return None
            until = short[0]
        else:
            until, year, calendar = second
            last = year.value
            if first < 100:
                if calendar != JALALI or not worded:
                    return None
                first += 1300
        if calendar is None or not first < last <= first + 300 or (not worded and first < 1200):
            return None
        if self._sense(until, "month") or (not worded and number[2] != 4):
            return None
        if self._is(end, _SLASHES) and last != first + 1:
            return None
        era = any(self._sense(k, "era") for k in range(i, until))
        guard = "" if worded or era or (self._sense(j, "unit") == YEAR) else "bare_years"
        meaning = Meaning("years", calendar, "range", (first, last))
        return until, [(i, until, meaning, guard)]

    def _coordination(self, i: int) -> tuple[int, list[tuple[int, int, Meaning, str]]] | None:
        """«۲۵ و ۲۹ آبان», "عامي 2011 و2012", "يناير وفبراير الماضيين": one row for each."""
        heads: list[tuple[int, int, int | None, int | None]] = []  # (start, end, day, month token)
        j = i
        if self._sense(i, "unit") == YEAR:
            return self._year_list(i)
        if self._sense(i, "unit") == "decade":
            return self._decade_list(i)
        weekdays = self._weekday_list(i)
        if weekdays:
            return weekdays
        while j < self._end and len(heads) < 6:
            k, _ = self._day_prefix(j) if not heads else (j, None)
            day = self._day_number(k)
            month = self._month(k)
            if day and 1 <= day[1] <= 31:
                heads.append((j, day[0], day[1], None))
                j = day[0]
            elif month and not heads and not self._day_number(month[0]):
                return self._month_list(i)
            else:
                return None
            following = self._tokens[j] if j < self._end else None
            if following is None:
                return None
            if following.senses.get("and") or following.word in _COMMAS:
                j += 1
            elif not following.joined:
                return None
            last = self._single(j)
            if last and last[1].kind in ("day", "day_of_month") and self._day_number(j):
                end, meaning, guard = last
                rows = []
                for start, stop, number, _ in heads:
                    args = (*meaning.args[:2], number) if meaning.kind == "day" else (meaning.args[0], number)
                    rows.append((start, stop, meaning._replace(args=args), guard))
                return end, [*rows, (j, end, meaning, guard)]
        return None

    def _month_list(self, i: int) -> tuple[int, list[tuple[int, int, Meaning, str]]] | None:
        first = self._month(i)
        if first is None or first[0] >= self._end:
            return None
        end, calendar, number, _said = first
        following = self._tokens[end]
        j = end + 1 if following.senses.get("and") else end if following.joined else None
        if j is None:
            return None
        last = self._month_of_year(j)
        if last is None or last[1].kind != "month" or last[1].calendar != calendar or last[1].args[0] == NEAR:
            return None
        year = last[1].args[0]
        head = Meaning("month", calendar, "month", (year, number, 0))
        return last[0], [(i, end, head, ""), (j, last[0], last[1], last[2])]

    def _weekday_list(self, i: int) -> tuple[int, list[tuple[int, int, Meaning, str]]] | None:
        """السبت والأحد المقبلين: the adjective is of both."""
        first = self._weekday(i)
        if first is None or first[1].kind != "weekday" or first[1].args[1] or first[0] >= self._end:
            return None
        j = first[0] + 1 if self._sense(first[0], "and") else first[0] if self._tokens[first[0]].joined else self._end
        last = self._weekday(j) if j < self._end else None
        if last is None or last[1].kind != "weekday" or not last[1].args[1]:
            return None
        head = first[1]._replace(args=(first[1].args[0], last[1].args[1]))
        return last[0], [(i, first[0], head, ""), (j, *last)]

    def _decade_list(self, i: int) -> tuple[int, list[tuple[int, int, Meaning, str]]] | None:
        first = self._decade(i)
        if first is None or first[1].kind != "years":
            return None
        rows = [(i, *first)]
        j = first[0]
        while j < self._end:
            k = j + 1 if self._sense(j, "and") or self._is(j, _COMMAS) else j if self._tokens[j].joined else self._end
            number = self._number(k) if k < self._end else None
            if number is None or number[1] % 10 or not 10 <= number[1] % 100 <= 90 or number[2] not in (0, 2):
                break
            start = first[1].args[0] // 100 * 100 + number[1]
            rows.append((k, number[0], first[1]._replace(args=(start, start + 9)), ""))
            j = number[0]
        return (j, rows) if len(rows) > 1 else None

    def _year_list(self, i: int) -> tuple[int, list[tuple[int, int, Meaning, str]]] | None:
        first = self._year(i)
        if first is None or first[1].kind != "number":
            return None
        rows = [(i, first[0], Meaning("year", first[2], "year", (first[1],)), "")]
        j = first[0]
        while j < self._end:
            following = self._tokens[j]
            if following.senses.get("and") or following.word in _COMMAS:
                k = j + 1
            elif following.joined:
                k = j
            else:
                break
            number = self._number(k)
            if number is None or number[2] not in (2, 4):
                break
            if number[2] == 2 and following.word in _COMMAS and not self._plural(i):
                break
            if number[0] < self._end and (self._sense(number[0], "to") or self._tokens[number[0]].word in ".٫/٪%"):
                break
            value = number[1]
            if number[2] == 2:
                if first[2] != JALALI or value < 20 or self._arabic:
                    break
                value += 1300
            if self._calendar_of(value, None, None) != first[2] or self._sense(number[0], "month"):
                break
            rows.append((k, number[0], Meaning("year", first[2], "year", (Year("number", value),)), ""))
            j = number[0]
        return (j, rows) if len(rows) > 1 else None

    # --- calendars side by side ---------------------------------------------------------------------------------

    def _share_years(self, found: list[tuple[int, int, Meaning, str]]) -> None:
        """Give a day without a year the year of the same day in the other calendar beside it."""
        for n in range(len(found) - 1):
            (_, end, first, _), (start, _, second, _) = found[n], found[n + 1]
            if first.kind != "day" or second.kind != "day" or first.calendar == second.calendar:
                continue
            between = self._tokens[end:start]
            if len(between) > 3 or any(not (t.senses.get("equals") or t.word in "/-–—()[]،,=") for t in between):
                continue
            if first.args[0] == NEAR and second.args[0].kind == "number":
                found[n] = (*found[n][:2], _beside(first, second), "")
            elif second.args[0] == NEAR and first.args[0].kind == "number":
                found[n + 1] = (*found[n + 1][:2], _beside(second, first), "")


def _beside(without: Meaning, told: Meaning) -> Meaning:
    known = resolve(told, None)
    if known is None:
        return without
    nearest = resolve(without, known[0])
    if nearest is None:
        return without
    day = from_gregorian(without.calendar, nearest[0])
    if day is None or abs((nearest[0] - known[0]).days) > 31:
        return without
    return without._replace(args=(Year("number", day[0]), *without.args[1:]))


_SINGLES: Final[tuple[Callable[[_Reader, int], tuple[int, Meaning, str] | None], ...]] = (
    _Reader._numeric,
    _Reader._day,
    _Reader._edge_day,
    _Reader._month_first,
    _Reader._month_of_year,
    _Reader._season,
    _Reader._quarter,
    _Reader._decade,
    _Reader._century,
    _Reader._plain_year,
    _Reader._counted,
    _Reader._relative_day,
    _Reader._weekday,
    _Reader._week,
)


def _merge(found: list[Token]) -> list[Token]:
    """Join the tokens of names of two or three words (تشرين الثاني, سه شنبه) into one."""
    phrases, first_words = words().phrases, _first_words()
    if not any(token.word in first_words for token in found):
        return found
    merged: list[Token] = []
    i = 0
    while i < len(found):
        for size in (3, 2) if found[i].word in first_words else ():
            part = found[i : i + size]
            senses = phrases.get(tuple(token.word for token in part)) if len(part) == size else None
            if senses is not None and not any(token.joined or token.proclitic for token in part[1:]):
                head, last = part[0], part[-1]
                merged.append(
                    Token(head.start, last.end, " ".join(token.word for token in part), "", senses, joined=head.joined,
                          proclitic=head.proclitic, spaced=head.spaced, half_spaced=last.half_spaced)
                )  # fmt: skip
                i += size
                break
        else:
            merged.append(found[i])
            i += 1
    return merged


@functools.cache
def _first_words() -> frozenset[str]:
    return frozenset(phrase[0] for phrase in words().phrases)
