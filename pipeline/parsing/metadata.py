"""What is known about an article: source, agency, author, address, number, section, tags, time of publication.

Belongs here: reading these from what a format gave and from the lines that tell about the article. Does not
belong here: which line does (`pipeline.parsing.segmentation`), the grammar of dates (`pipeline.text.calendars`).

Nothing is guessed: the day of publication comes from the given metadata, else from a line of date and time,
else from a dateline, else from the address, else it is unknown.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from pipeline.parsing import lexicon
from pipeline.parsing.settings import ParsingSettings
from pipeline.text.calendars import Timestamp, parse_timestamp, to_gregorian
from pipeline.text.characters import TO_ASCII_DIGITS
from pipeline.text.matching import match_forms


class About(NamedTuple):
    """The columns of `news.documents` that tell about an article."""

    source: str | None
    agency: str | None
    author: str | None
    url: str | None
    external_id: str | None
    category: str | None
    tags: list[str] | None
    published_on: date | None
    published_at: datetime | None


_LABEL: Final = re.compile(r"^\W{0,3}([^:：]{2,36}?)\s*[:：]\s*(.*)$", re.DOTALL)
_SIGNED: Final = re.compile(r"^\W{0,3}([^:：/|–—-]{2,36}?)\s*[:：/|–—-]\s*(.*)$", re.DOTALL)
_DIGITS: Final = re.compile(r"[0-9]{3,}")
_URL: Final = re.compile(r"(?:https?://|www\.)[^\s<>\"«»]+", re.IGNORECASE)
_PATH_DATES: Final = re.compile(
    r"(?<!\d)(1[34]\d\d|19[5-9]\d|20\d\d)([/_-])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?!\d)"
)
_PACKED: Final = re.compile(r"(?<!\d)(1[34]\d\d|20[0-4]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:\d{4,6})?(?!\d)")
_NUMBERED_HOSTS: Final = (
    "isna.ir",
    "farsnews.ir",
    "farsnews.com",
    "irna.ir",
    "mehrnews.com",
    "jamejamonline.ir",
    "snn.ir",
)
"""Publishers whose numbers begin with the Jalali day of publication."""
_SHORT_NUMBER: Final = re.compile(r"(?<!\d)([6-9]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{4}(?!\d)")
_DATELINE: Final = re.compile(r"^(.{4,70}?)(?:\s[-–—]{1,2}\s|\s*[:：]\s|\s*\(|[-–—]{1,2}\s)")
_YEAR: Final = re.compile(r"(?:1[34]\d\d|19\d\d|20\d\d)")


@functools.cache
def _agencies() -> tuple[re.Pattern[str], re.Pattern[str], dict[str, tuple[str, ...]]]:
    names = lexicon.phrases(lexicon.AGENCIES)
    variants: dict[str, list[str]] = {}
    for name, form in zip(names, match_forms(names), strict=True):
        variants.setdefault(form, []).append(name)
    one_of = lexicon.alternation(lexicon.AGENCIES)
    reported = re.compile(
        r"^به ?گزارش (?:(?:خبرگزاری|خبرنگار|گروه|سرویس|بخش|پایگاه|خبری|اقتصادی|سیاسی|اجتماعی|فرهنگی|ورزشی|بینالملل|بین الملل|حوزه|دفتر|منطقه)(?: \S+){0,2}? )*?"
        rf"({one_of})(?: |$)"
    )
    credited = re.compile(rf"(?:^|[(/|،,–—-])\s*(?:وكالة |وكالات |خبرگزاری |)({'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})\s*(?:[)/|–—:-]|\+|$)", re.IGNORECASE)  # fmt: skip
    return reported, credited, {form: tuple(found) for form, found in variants.items()}


_AMBIGUOUS: Final = frozenset(("مهر", "حوزه", "آنا", "آوا", "موج", "برنا", "میزان", "دانشجو", "تقریب", "معا", "بنا", "وال", "وات", "واج", "قنا", "السعودية", "الألمانية", "فارس"))  # fmt: skip
"""Agencies whose names are words: a dash or a slash beside one does not make it a credit."""


def about(given: dict[str, str], tags: list[str] | None, lines: Sequence[tuple[str, str, str]], settings: ParsingSettings, *, plain: bool) -> About:  # fmt: skip
    """Return what is known about an article.

    Args:
        given: What its format gave, by field.
        tags: The tags its format gave.
        lines: Its lines: kind, text, beginning of the match form.
        settings: What its source's configuration says.
        plain: Whether it is a plain text, where every line had to be told apart.
    """
    values = {field: " ".join(value.split()) for field, value in given.items() if value and value.strip()}
    told: list[str] = []
    begun = False
    for place, (kind, text, _) in enumerate(lines):
        if kind == "metadata":
            # A bare date after the text has begun is an event's, but for the last lines of a plain text.
            bare = not begun or (plain and place + 3 >= len(lines))
            tags = _metadata_line(text, values, told, tags, bare_dates=bare)
        elif kind == "byline":
            _byline(text, values, told if not begun else [])
        elif kind == "paragraph":
            begun = True
    url = values.get("url")
    if url:
        url = _clean_url(url)
    paragraphs = [line for line in lines if line[0] in ("paragraph", "lead")]
    stamp = published(
        given.get("date"),
        told,
        next((text for kind, text, _ in paragraphs if kind == "paragraph"), None),
        url,
        settings,
    )
    source = values.get("source") or settings.source or values.get("line_source") or _host(url)
    return About(
        source=source,
        agency=values.get("agency") or _agency(paragraphs, values),
        author=values.get("author"),
        url=url,
        external_id=values.get("external_id"),
        category=values.get("category"),
        tags=tags,
        published_on=stamp.published_on if stamp else None,
        published_at=stamp.published_at if stamp else None,
    )


@functools.cache
def _label_fields() -> dict[str, str]:
    table = {
        "line_source": "منبع|منابع|منبع خبر|منبع گزارش|المصدر|مصدر|المصادر|مصدر الخبر|source",
        "tags": "برچسب|برچسب‌ها|تگ|تگ‌ها|کلیدواژه|کلیدواژه‌ها|کلید واژه|کلید واژه‌ها|کلمات کلیدی|واژه‌های کلیدی|الوسوم|وسوم|الكلمات المفتاحية|كلمات مفتاحية|الكلمات الدلالية|كلمات دلالية|الكلمات الدالة|هاشتاغ|tags|keywords",
        "category": "سرویس|سرویس خبر|گروه|گروه خبری|بخش|دسته|دسته‌بندی|دسته بندی|موضوع|حوزه|التصنيف|التصنيفات|تصنيف|القسم|قسم|category",
        "external_id": "کد خبر|کد مطلب|شناسه خبر|شماره خبر|شناسه مطلب|رقم الخبر|رقم المقال|رمز الخبر|كود الخبر",
        "url": "لینک|لینک خبر|لینک کوتاه|لینک کوتاه خبر|لینک مطلب|نشانی|آدرس خبر|الرابط|رابط الخبر|رابط المقال",
    }
    fields: dict[str, str] = {}
    for field, names in table.items():
        fields.update(dict.fromkeys((form.replace(" ", "") for form in match_forms(lexicon.phrases(names))), field))
    return fields


@functools.lru_cache(maxsize=4096)
def _label_field(label: str) -> str | None:
    return _label_fields().get(lexicon.form_of(label).replace(" ", ""))


def _metadata_line(
    text: str, values: dict[str, str], told: list[str], tags: list[str] | None, *, bare_dates: bool
) -> list[str] | None:
    text = " ".join(text.split())
    match = _LABEL.match(text)
    field = _label_field(match[1]) if match else None
    if field is None and not match and (numbered := re.match(r"^(\D{4,16}?)\s+([0-9۰-۹٠-٩]{3,})$", text)):
        field = _label_field(numbered[1])
    value = match[2].strip(" .،") if match else ""
    if field == "external_id":
        number = _DIGITS.search(text.translate(TO_ASCII_DIGITS))
        if number:
            values.setdefault("external_id", number[0])
    elif field == "tags":
        if tags is None:
            found = [part.strip(" #.،,") for part in re.split(r"[,،؛;|#\n/•·-]", value)]
            tags = [part for part in dict.fromkeys(found) if part] or None
    elif field and value:
        address = _URL.search(text)
        if field == "url":
            if address:
                values.setdefault("url", address[0])
        else:
            values.setdefault(field, value)
    elif text.startswith("#") and tags is None:
        tags = [part for part in dict.fromkeys(re.findall(r"#([^\s#،,|]+)", text)) if part] or None
    elif not any(char.isdigit() for char in text):
        if _label_field(text) is None and len(text) <= 40 and not match:
            values.setdefault("line_category" if text in _agencies()[2] else "category", text) if _is_section(text) else values.setdefault("line_agency", text)  # fmt: skip
    elif _is_dated(match[1]) if match else bare_dates:
        told.append(text)
    return tags


@functools.cache
def _dated_labels() -> frozenset[str]:
    return frozenset(form.replace(" ", "") for form in match_forms(lexicon.phrases(lexicon.DATED)))


@functools.lru_cache(maxsize=4096)
def _is_dated(label: str) -> bool:
    form = lexicon.form_of(label)
    # «دوشنبه ۲۹ اردیبهشت ۱۳۹۹ - ۱۴:۳۲» has its colon in the time.
    return form.replace(" ", "") in _dated_labels() or any(char.isdigit() for char in form)


@functools.cache
def _sections() -> frozenset[str]:
    return frozenset(form.replace(" ", "") for form in match_forms(lexicon.phrases(lexicon.SECTIONS)))


def _is_section(text: str) -> bool:
    return lexicon.form_of(text).replace(" ", "") in _sections()


@functools.cache
def _signed() -> frozenset[str]:
    return frozenset(form.replace(" ", "") for form in match_forms(lexicon.phrases(lexicon.SIGNED)))


def _byline(text: str, values: dict[str, str], told: list[str]) -> None:
    text = " ".join(text.split())
    values.setdefault("byline", text)
    if any(char.isdigit() for char in text):
        told.append(text)
    match = _SIGNED.match(text)
    if match and lexicon.form_of(match[1]).replace(" ", "") in _signed():
        name = match[2]
    else:
        opened = re.match(
            r"^(?:بقلم|به قلم|إعداد|اعداد|نوشته|نوشتهٔ|ترجمه|ترجمة|خبرنگار|گزارش از|كتبت|كتب|كتبه|By|by)\s+(.*)$", text
        )
        name = opened[1] if opened else ""
    name = re.split(r"\s*[|/–—]\s*|\s-\s", name)[0].strip(" .،:-") if name else ""
    if name and len(name) <= 80:
        values.setdefault("author", name)


_NAMED_AGENCY: Final = re.compile(
    r"^\W{0,3}به[\s\u200c]?گزارش\s+خبرگزاری\s+(?!رسمی|دولتی|های)([^،,؛:.()\n]{2,30}?)\s*[،,؛:]"
)


def _agency(paragraphs: Sequence[tuple[str, str, str]], values: dict[str, str]) -> str | None:
    """The agency credited at the text's beginning or end, or in a line about the article."""
    reported, credited, variants = _agencies()
    for _, text, form in paragraphs[:4]:
        if form.startswith(("به گزارش", "بهگزارش")):
            match = reported.match(form)
            if match:
                return _as_written(match[1], text, variants)
            named = _NAMED_AGENCY.match(text)
            if named:
                return named[1].strip()
    running = [text for kind, text, _ in paragraphs if kind == "paragraph"]
    candidates: list[re.Match[str]] = []
    if running:
        opening = running[0][:90]
        if "(" in opening or "-" in opening or "–" in opening or ":" in opening:
            candidates += [found for found in credited.finditer(opening) if found.start() > 0]
        closing = running[-1][-40:].rstrip(" .")
        if closing.endswith((")", "/")) or "(" in closing or " - " in closing:
            candidates += credited.finditer(closing)
    for field in ("line_agency", "author", "line_source", "byline"):
        if field in values:
            candidates += credited.finditer(values[field])
    # A name that is a word as well counts only in brackets.
    return next(
        (found[1] for found in candidates if found[1] not in _AMBIGUOUS or "(" in found[0] or ")" in found[0]), None
    )


def _as_written(form: str, text: str, variants: dict[str, tuple[str, ...]]) -> str:
    names = variants.get(form) or next((found for known, found in variants.items() if known.replace(" ", "") == form.replace(" ", "")), (form,))  # fmt: skip
    return next((name for name in names if name in text), names[0])


def _clean_url(url: str) -> str | None:
    url = url.strip()
    if url.startswith("//"):
        url = "https:" + url
    return url if url.lower().startswith(("http://", "https://", "www.")) and " " not in url else None


def _host(url: str | None) -> str | None:
    if not url:
        return None
    try:
        host = urlsplit(url if "//" in url else "//" + url).hostname or ""
    except ValueError:
        return None
    return host.removeprefix("www.").removeprefix("m.") or None


def published(given: str | None, told: Iterable[str], opening: str | None, url: str | None, settings: ParsingSettings) -> Timestamp | None:  # fmt: skip
    """Return when an article was published.

    Args:
        given: What its format says.
        told: Its lines of date and time.
        opening: Its first paragraph, which a dateline may open.
        url: Its address.
        settings: The zone of times that name none.
    """
    day: Timestamp | None = None
    for text in ([given] if given else []) + list(told):
        stamp = parse_timestamp(text, zone=settings.zone)
        if stamp and day is None:
            day = stamp
        # A line may add the time of day to what metadata gave as a day.
        if stamp and stamp.published_at and day and stamp.published_on == day.published_on:
            return stamp
    if day:
        return day
    if opening:
        head = opening[:90].translate(TO_ASCII_DIGITS)
        match = _DATELINE.match(head)
        if match and _YEAR.search(match[1]) and len(match[1].split()) <= 9:
            stamp = parse_timestamp(match[1], zone=settings.zone)
            if stamp:
                return Timestamp(stamp.published_on, None)
    on = url_day(url) if url else None
    return Timestamp(on, None) if on else None


def url_day(url: str) -> date | None:
    """Return the day an address names, Gregorian or Jalali; None where it names none."""
    try:
        parts = urlsplit(url if "//" in url else "//" + url)
        path, host = unquote(parts.path + "?" + parts.query).translate(TO_ASCII_DIGITS), parts.hostname or ""
    except ValueError:
        return None
    match = _PATH_DATES.search(path)
    if match:
        found = _day(int(match[1]), int(match[3]), int(match[4]))
        if found:
            return found
    if host.removeprefix("www.") in _NUMBERED_HOSTS:
        packed = _PACKED.search(path)
        if packed:
            return _day(int(packed[1]), int(packed[2]), int(packed[3]))
        short = _SHORT_NUMBER.search(path)
        if short:
            return _day(1300 + int(short[1]), int(short[2]), int(short[3]))
        return None
    packed = re.search(r"/(20[0-3]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:/|$|[-_]\D)", path)
    return _day(int(packed[1]), int(packed[2]), int(packed[3])) if packed else None


def _day(year: int, month: int, day: int) -> date | None:
    return to_gregorian("jalali" if year < 1500 else "gregorian", year, month, day)
