"""What each line of an article is, from its own shape and its place: title, lead, heading, paragraph, ...

Belongs here: the features of lines, in columns over a batch of articles, and the decisions over the
lines of one article. Does not belong here: wording (`pipeline.parsing.lexicon`), what other documents
say of a line (`pipeline.parsing.evidence`), how a format's own marks become hints (the readers).

Features are Polars expressions on the first and last characters of every line of the batch at once;
what is left to Python is a walk over small integers. A paragraph is what nothing else explains: in
doubt a line stays in the body.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.parsing import lexicon
from pipeline.parsing.articles import Article, Hint
from pipeline.text.calendars import month_names, names_pattern, weekday_names
from pipeline.text.matching import match_form, match_forms

SHORT_CHARS: Final = 240
"""Longer lines are running text: only little is asked of them."""
BRIEF_CHARS: Final = 120
"""Lines of labels, dates, names and buttons are no longer."""
LONG_HEAD: Final = 100
"""How much of a longer line's beginning is compared."""

ALONE: Final = 1
FURNITURE: Final = 1 << 1
OPENS: Final = 1 << 2
METADATA: Final = 1 << 3
LABELLED: Final = 1 << 4
DATE: Final = 1 << 5
SIGNED: Final = 1 << 6
CREDIT: Final = 1 << 7
ENDS: Final = 1 << 8
COMMENTS: Final = 1 << 9
RELATED: Final = 1 << 10
SECTION: Final = 1 << 11
SOCIAL: Final = 1 << 12
TERMINAL: Final = 1 << 13
COLON: Final = 1 << 14
BULLET: Final = 1 << 15
CONNECTIVE: Final = 1 << 16
REPORTED: Final = 1 << 17
TRAIL: Final = 1 << 18
URL: Final = 1 << 19
HASHTAGS: Final = 1 << 20
AGENCY: Final = 1 << 21
DATELINE: Final = 1 << 22
PERIOD: Final = 1 << 23
CREDITED: Final = 1 << 24
ELLIPSIS: Final = 1 << 25
WORDLESS: Final = 1 << 26
FOLLOW: Final = 1 << 27
DASHED: Final = 1 << 28
QUOTED: Final = 1 << 29
STRONG: Final = 1 << 30
KICKER: Final = 1 << 31
CLOCK: Final = 1 << 32
NUMBER: Final = 1 << 33
INITIALS: Final = 1 << 34
STARRED: Final = 1 << 35
NAMED: Final = 1 << 36
QUESTION: Final = 1 << 37
AGO: Final = 1 << 38
RUNS: Final = 1 << 39
"""As long as running text is, or a sentence of some words."""

TITLE, LEAD, HEADING, PARAGRAPH, CAPTION, BYLINE, META, BOILERPLATE = (
    "title", "lead", "heading", "paragraph", "caption", "byline", "metadata", "boilerplate",
)  # fmt: skip

WEAK: Final = "weak"
"""Not decided yet: furniture where it stands outside of the text."""

_GIVEN: Final = {
    Hint.TITLE: TITLE,
    Hint.LEAD: LEAD,
    Hint.CAPTION: CAPTION,
    Hint.BYLINE: BYLINE,
    Hint.METADATA: META,
    Hint.BOILERPLATE: BOILERPLATE,
}

_CONNECTIVES: Final = """
به نام خدا|به نام خداوند|بسمه تعالی|باسمه تعالی|بسم الله|وی|او|همچنین|به گفته|بر اساس|براساس|گفتنی|لازم به|شایان|این|در این|از سوی|به نوشته|وی افزود|بنا بر|طبق|گزارش|هم‌اکنون|اما|ولی|با این
وقال|وأضاف|وأكد|وأوضح|وأشار|وكان|وكانت|كما|يذكر|وذكر|ولفت|وشدد|وتابع|وبحسب|وفي|ومن|وأعلن|وأعلنت|وقد|وقالت|قال|قالت|أكد|أعلن|أضاف|لكن|ولكن|من جهته|من جانبه|بدوره|إلى ذلك|يشار|جدير
"""
_CREDIT_END: Final = (
    r"(?i)(?:[-–—ـ/|(]\s*(?:عکس|عكس|عکاس|تصویر|تصوير|صورة|الصورة|عدسة|photo|عکس از|تصویر از)(?:\s*[:：/–-]\s*|\s+)[^.؟!،]{2,40}$|[^\s©]\s*©\s*[^.؟!،©]{2,40}$"
    r"|^(?:عکس|عکس ?ها|تصاویر) (?:از )?\S+ \S+(?: \S+)?$"
    r"|(?:عکس|تصویر) (?:آرشیوی|تزئینی|تزیینی)\W*$|[(/–-]\s*(?:آرشیو|آرشیوی|أرشيف|أرشيفية|ارشيفية|صورة أرشيفية|الأرشيف|file photo|file)\s*[)]?\W*$"
    r"|صورة (?:أرشيفية|ارشيفية|تعبيرية|من الأرشيف)\W*$)"
)
_CREDITED: Final = (
    r"(?i)[(/|–—-]\s*(?:رويترز|أ\.? ?ف\.? ?ب\.?|ا ف ب|فرانس برس|أ\.? ?ب\.?|أسوشيتد برس|د\.? ?ب\.? ?أ\.?|الأناضول|غيتي(?: إيماجز)?|گتی(?: ایمیجز)?|رویترز|خبرگزاری فرانسه|آسوشیتدپرس|"
    r"ایسنا|ایرنا|مهر|تسنیم|فارس|آناتولی|AFP|Reuters|AP|EPA|Getty(?: Images)?|GETTY IMAGES|Anadolu|picture[- ]alliance|dpa|IRNA|ISNA|Xinhua|شينخوا|شینهوا|سبوتنيك|اسپوتنیک|واس|وام|سانا)"
    r"(?:\s*[/،,-]\s*[^/()]{2,30})?\s*[)]?\s*$"
)


class Features(NamedTuple):
    """The features of a batch's lines, one entry per line."""

    flags: list[int]
    chars: list[int]
    words: list[int]
    forms: list[str]


def _squeezed(table: str) -> list[str]:
    return sorted({form.replace(" ", "") for form in match_forms(lexicon.phrases(table))})


_TERMINAL: Final = r"[.!?؟۔][\"»”'’)\]›]*$"


_DOTS: Final = r"\.\.[\"»”'’)\]›]*$"

_Group = tuple[pl.Expr | None, tuple[tuple[int, pl.Expr], ...]]
"""Features asked of the lines that meet a condition (None: of all): flag and expression."""


@functools.cache
def _for_all() -> tuple[_Group, ...]:
    """Features asked of every line, as expressions on the columns that `features` prepares."""
    form, tail, terminal = pl.col("form"), pl.col("tail"), pl.col("terminal")
    return (
        (None, (
            (FURNITURE, form.str.contains("^(?:(?:19|20)[0-9]{2} )?" + lexicon.expressions(lexicon.FURNITURE))),
            (TERMINAL, terminal),
            (PERIOD, tail.str.contains(r"(?:^|[^.])[.۔][\"»”'’)\]›]*$")),
            (ELLIPSIS, tail.str.contains(r"(?:\.\.+|…)[\"»”)\]]*$")),
            (COLON, tail.str.contains(r"[:：؛]$")),
            (CONNECTIVE, form.str.contains("^" + lexicon.alternation(_CONNECTIVES) + " ")),
            (REPORTED, form.str.starts_with("به گزارش") | form.str.starts_with("بهگزارش") | form.str.starts_with("گزارش ایسنا")),
            (WORDLESS, form.str.len_bytes() == 0),
            (RUNS, (pl.col("chars") >= 120) | ((pl.col("words") >= 6) & terminal)),
        )),
    )  # fmt: skip


_HANDLE: Final = (
    r"(?i)^[^\p{L}\d@]{0,6}@[a-z0-9_.]{3,}(?:[\s|،,/]+@[a-z0-9_.]{3,})*\s*$"
    r"|^\W{0,4}(?:https?://)?(?:www\.)?(?:t\.me|telegram\.(?:me|org)|instagram\.com|twitter\.com|x\.com|facebook\.com|fb\.com|youtube\.com|aparat\.com|eitaa\.com|rubika\.ir|ble\.ir|splus\.ir|wa\.me|whatsapp\.com|chat\.whatsapp\.com)/\S+\s*$"
)
"""An account's name or address on a network, alone on a line: a call to follow."""
_BULLET: Final = r"^(?:[-–—•*▪●■◾◆♦✓✔➤►▶>]|[0-9۰-۹٠-٩]{1,2}\s*[-.)–ـ])"
_FOLLOWS: Final = "دنبال کنید|عضو شوید|بپیوندید|همراه باشید|مراجعه کنید|ملحق شوید|را بخوانید|کلیک کنید|کلیک نمایید"


def _one_of(table: str, column: str) -> pl.Expr:
    return pl.col(column).is_in(_squeezed(table))


_LABEL: Final = r"^[^\p{L}]{0,3}([^:：/|–—]{2,36}?)\s*(?:[:：/|–—]|\s-|-\s)"
_CREDIT_SIGNS: Final = (
    "عکس|عكس|عکاس|عکاسی|تصویر|تصوير|تصاویر|صورة|عدسة|آرشیو|أرشيف|ارشيف|تعبيرية|©|photo|Photo|PHOTO|file|File|FILE"
)
"""One of these stands in every line that `_CREDIT_END` finds: most lines hold none and are not searched."""


@functools.cache
def _for_short() -> tuple[_Group, ...]:
    """Features asked of lines of up to `SHORT_CHARS`."""
    form, head, tail, chars, terminal, bullet = (pl.col(name) for name in ("form", "head", "tail", "chars", "terminal", "bullet"))  # fmt: skip
    after_sentence = (chars > 100) & tail.str.contains(r"[.!؟][\s\u{200c}]*[(/|–—-]")
    return (
        (None, (
            (OPENS, form.str.contains("^" + lexicon.alternation(lexicon.OPENS) + "(?: |$)") & (pl.col("colon") | (~terminal & (chars <= 200) & ~form.str.contains("^(?:ببینید|بخوانید|حتما بخوانید|پیشنهاد)")))),
            (LABELLED, pl.col("colon") & _one_of(lexicon.LABELLED, "label")),
            (CREDIT, ~bullet & _one_of(lexicon.CREDIT, "label")),
            (CREDIT, head.str.contains(lexicon.CAPTION_LABELS)),
            (BULLET, bullet),
            (QUOTED, head.str.contains("[«»“”\"0-9۰-۹٠-٩!؟()]")),
            (QUESTION, terminal & ~pl.col("colon") & tail.str.contains("[?؟][\"»”'’)\\]›]*$")),
        )),
        (form.str.contains(f"(?:{_FOLLOWS})$"), (
            (FOLLOW, form.str.contains("(?:" + lexicon.alternation(lexicon.SOCIAL) + r"|اینجا|این ?جا|کانال|برای مطالعه|بیشتر|لینک|مطلب|سایت)")),
        )),
        (head.str.starts_with("#"), (
            (HASHTAGS, head.str.contains(r"^#[^\s#]+(?:[\s،,|/-]*#[^\s#]+)*\s*$")),
        )),
        # Credits of pictures stand at the end of lines that end no sentence.
        (~terminal & ~bullet & tail.str.contains_any(_CREDIT_SIGNS.split("|")), (
            (CREDIT, tail.str.contains(_CREDIT_END) & ~after_sentence),
        )),
        (~terminal, (
            (CREDITED, tail.str.contains(_CREDITED) & ~tail.str.contains(r"[.!؟]\s*[(/|–—-][^()/|–—-]*[)]?\s*$")),
        )),
    )  # fmt: skip


@functools.cache
def _for_brief() -> tuple[_Group, ...]:
    """Features asked of lines of up to `BRIEF_CHARS`."""
    form, squeezed, head, words, terminal, bullet = (pl.col(name) for name in ("form", "squeezed", "head", "words", "terminal", "bullet"))  # fmt: skip
    named_dates = names_pattern([*month_names(), *weekday_names()])
    dates = f"(?:[0-9]+(?:st|nd|rd|th|ه|هـ|م|ت)?|{named_dates}|{lexicon.alternation(lexicon.DATE_WORDS)})"
    dated = lexicon.alternation(lexicon.DATED)
    agencies = lexicon.alternation(lexicon.AGENCIES)
    social = lexicon.alternation(lexicon.SOCIAL)
    signed = lexicon.alternation(lexicon.SIGNED)
    return (
        (None, (
            (ALONE, _one_of(lexicon.ALONE, "core")),
            (STRONG, ((words >= 2) | _one_of(lexicon.ADVERTISED, "core")) & ~terminal & _one_of(lexicon.ALONE, "core")),
            (COMMENTS, _one_of(lexicon.COMMENTS, "core")),
            (RELATED, _one_of(lexicon.RELATED, "core") | form.str.contains("^" + lexicon.expressions(lexicon.LISTED))),
            (SECTION, _one_of(lexicon.SECTIONS, "core")),
            (ENDS, form.str.contains("^" + lexicon.alternation(lexicon.ENDS) + r"(?: \S+){0,2}$|^انت(?:ها)?ی+ ?پ\S{0,5}$")),
            (METADATA, form.str.contains("^" + lexicon.expressions(lexicon.METADATA))),
            (AGENCY, squeezed.is_in(_squeezed(lexicon.AGENCIES)) | form.str.contains(f"^{agencies}(?: (?:و ?)?{agencies})*$")),
            (SOCIAL, form.str.contains(f"^(?:(?:اشتراک ?گذاری|به اشتراک گذاری|ارسال|مشارکه|شارک|انشر)(?: (?:در|به|با|علی|عبر|فی))? )?{social}(?: {social})*$") | head.str.contains(_HANDLE)),
            (TRAIL, (head.str.contains(r"^[^›>|·•←]{1,30}(?:\s*[›>|·•←]\s*[^›>|·•←.]{1,30}){2,}[›>|·•←]?\s*$") | (head.str.contains(r"^[^«»]{1,30}(?:\s»\s[^«»]{1,60})+$")))),
            (URL, head.str.contains(r"(?i)^(?:https?://|www\.)\S+$|^[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$|^[a-z0-9.-]+\.(?:ir|com|net|org|af|news)(?:/\S*)?$")),
            (INITIALS, (pl.col("chars") <= 20) & form.str.contains(r"^\p{L}(?: \p{L}){1,5}$")),
            (AGO, form.str.contains(r"^(?:منذ|قبل) (?:[0-9]+ )?(?:دقیقه|دقایق|ساعه|ساعات|ساعتین|یوم|یومین|ایام|اسبوع|اسبوعین|شهر|لحظات)$|^(?:[0-9]+ |یک |دو )?(?:دقیقه|ساعت|روز|هفته|ماه) (?:پیش|قبل)$")),
        )),
        (form.str.contains("[0-9]"), (
            (CLOCK, head.str.contains(r"^(?:ساعت |الساعة )?[0-9۰-۹٠-٩]{1,2}\s?[:٫]\s?[0-9۰-۹٠-٩]{2}(?:\s?(?:AM|PM|am|pm|ص|م|ق\.?ظ|ب\.?ظ))?$")),
            (NUMBER, form.str.contains(r"^[0-9]{3,10}$") & ~head.str.contains(r"[-–:/.٫]")),
            (DATE, ~head.str.contains("^[-–—•*▪●■]") & form.str.contains(f"^(?:{dated}|{dates})(?: (?:{dated}|{dates}))*$") & (form.str.contains(f"(?:^| )(?:{named_dates})(?:[ 0-9]|$)") | head.str.contains(r"[0-9۰-۹٠-٩]{1,4} ?[/.-] ?[0-9۰-۹٠-٩]{1,2} ?[/.-] ?[0-9۰-۹٠-٩]{2,4}|[0-9۰-۹٠-٩]{1,2}:[0-9۰-۹٠-٩]{2}"))),
            (DATELINE, ~terminal & ~bullet & form.str.contains(f"^\\S+(?: \\S+){{0,2}}(?: {dates}){{3,}} {agencies}$")),
        )),
        (~terminal & (words <= 12), (
            (KICKER, form.str.contains(lexicon.expressions(lexicon.KICKED))),
            (STARRED, head.str.contains(r"^[*＊]+\s?[^\s*:：0-9۰-۹٠-٩][^:：0-9۰-۹٠-٩]+$")),
            (NAMED, (words <= 7) & head.str.contains(r"^[^:،.0-9()«»]{2,20}[:：]\s?(?:«[^«»]{3,30}»|[^:،.0-9()«»؟!]{5,30})$|^[^:،.0-9()«»]{5,40}\s\([^()0-9]{2,20}\)(?:\s@\w+)?$|^[^:،.0-9()«»@]{5,40}\s@\w+$")),
            (SIGNED, _one_of(lexicon.SIGNED, "label") | head.str.contains(lexicon.SIGNED_LABELS) | (_one_of(lexicon.AGENCIES, "label") & (words <= 5) & head.str.contains(r"^[^/:]{2,24}/[^/]+$")) | ((words <= 5) & form.str.contains(r"^(?:بقلم|به قلم|اعداد|نوشته|ترجمه|خبرنگار|گزارش از|کتب) \S+ \S+") & form.str.contains(f"^{signed}"))),
        )),
        (~terminal & ~bullet & (words <= 7) & head.str.contains(r"[-–—/(،:|ـ]"), (
            (DATELINE, form.str.contains(f"^\\S+(?: \\S+){{0,3}} (?:خبرگزاری |وکاله |وکالات )?{agencies}$")),
            (DASHED, head.str.contains(r"^[^-–—ـ،:.]{2,40}\s[-–—ـ]{1,2}\s?(?:[^-–—ـ،:.]{2,30}|(?:\p{L}\.\s?){2,5}\p{L}?)$|^[^-–—ـ،:.]{2,30}[-–—ـ]{1,2}\s?[^-–—ـ،:.]{2,30}$")),
        )),
    )  # fmt: skip


def features(texts: pl.Series) -> Features:
    """Return the features of lines: flags, length in characters, words, and match form of the beginning."""
    text, head, tail, chars = pl.col("text"), pl.col("head"), pl.col("tail"), pl.col("chars")
    marks = "\u200e\u200f\u202a\u202b\u202c\u061c\u2069\u200c \u00a0"
    frame = (
        texts.alias("text")
        .to_frame()
        .lazy()
        .with_row_index()
        .with_columns(text.str.len_chars().alias("chars"))
        .select(
            "index",
            "chars",
            text.str.slice(0, pl.when(chars <= SHORT_CHARS).then(SHORT_CHARS).otherwise(LONG_HEAD)).alias("head"),
            text.str.slice(-110).str.strip_chars(marks).alias("tail"),
        )
        .with_columns(match_form(head).alias("form"), tail.str.contains(_TERMINAL).alias("ended"))
        .with_columns(
            (pl.col("form").str.count_matches(" ", literal=True) + 1).alias("words"),
            (pl.col("ended") & ~tail.str.contains(_DOTS)).alias("terminal"),
        )
        .collect()
    )
    flags = np.zeros(frame.height, dtype=np.uint64)
    _mark(flags, frame, _for_all())
    short = (
        frame.lazy()
        .filter(chars <= SHORT_CHARS)
        .with_columns(
            head.str.extract(_LABEL).alias("label"),
            head.str.contains(r"^[^:：]{2,40}[:：]").alias("colon"),
            head.str.contains(_BULLET).alias("bullet"),
        )
        .with_columns(match_form(pl.col("label")).str.replace_all(" ", "", literal=True).alias("label"))
        .drop("terminal")
        .rename({"ended": "terminal"})
        .collect()
    )
    _mark(flags, short, _for_short())
    brief = (
        short.lazy()
        .filter(chars <= BRIEF_CHARS)
        .with_columns(pl.col("form").str.replace_all(" ", "", literal=True).alias("squeezed"))
        .with_columns(pl.col("squeezed").str.replace_all(r"^[0-9]+|[0-9]+$", "").alias("core"))
        .collect()
    )
    _mark(flags, brief, _for_brief())
    # Of long lines only those that open as a report does are compared.
    kept = (
        pl.when((chars <= SHORT_CHARS) | pl.col("form").str.starts_with("به"))
        .then(pl.col("form"))
        .otherwise(pl.lit(""))
    )
    forms = frame.select(kept.alias("form"))["form"].to_list()
    return Features(flags.tolist(), frame["chars"].to_list(), frame["words"].to_list(), forms)


def _mark(flags: npt.NDArray[np.uint64], frame: pl.DataFrame, groups: tuple[_Group, ...]) -> None:
    """Set the flags of the lines in `frame`; each group is asked only of the lines that its condition leaves."""
    for condition, expressions in groups:
        asked = frame if condition is None else frame.filter(condition)
        if asked.height:
            found = asked.select(_flags(expressions).alias("flags"))["flags"].to_numpy()
            flags[asked["index"].to_numpy()] |= found


def _flags(expressions: tuple[tuple[int, pl.Expr], ...]) -> pl.Expr:
    bits = [
        pl.when(expression.fill_null(value=False)).then(pl.lit(bit, pl.UInt64)).otherwise(pl.lit(0, pl.UInt64))
        for bit, expression in expressions
    ]
    return functools.reduce(lambda left, right: left | right, bits)


def segment(articles: Sequence[Article], texts: pl.Series) -> list[tuple[list[str], list[str]]]:
    """Return the kind of every line of every article, and the beginning of its match form.

    Args:
        articles: The articles.
        texts: The texts of all their lines, one after the other.
    """
    found = features(texts)
    kinds: list[tuple[list[str], list[str]]] = []
    at = 0
    for article in articles:
        end = at + len(article.lines)
        forms = found.forms[at:end]
        decided = _decide(
            article.lines.hints,
            article.lines.gaps,
            found.flags[at:end],
            found.chars[at:end],
            found.words[at:end],
            forms,
        )
        kinds.append((decided, forms))
        at = end
    return kinds


_FURNITURE: Final = ALONE | FURNITURE | OPENS | SOCIAL | ENDS | TRAIL | FOLLOW
_ABOUT: Final = METADATA | URL | HASHTAGS
_PLAIN: Final = {int(Hint.NONE), int(Hint.BODY)}
_TELLING: Final = _FURNITURE | _ABOUT | CREDIT | CLOCK
"""Flags that say something of a line wherever it stands."""
_PLACED: Final = (
    LABELLED | SIGNED | DATE | AGENCY | DATELINE | CREDITED | SECTION | WORDLESS | NUMBER | INITIALS | STARRED
)
"""Flags that say something of a line in some places."""


def _decide(
    hints: list[int], gaps: list[bool], flags: list[int], chars: list[int], words: list[int], forms: list[str]
) -> list[str]:
    size = len(flags)
    kinds: list[str | None] = [None] * size
    plain = int(Hint.NONE) in hints
    overall = functools.reduce(operator.or_, flags, 0)

    # What a line says by itself.
    for i in range(size) if overall & _TELLING or not _PLAIN.issuperset(hints) else ():
        flag, hint = flags[i], hints[i]
        if not flag & _TELLING and hint in _PLAIN:
            continue
        if hint in _GIVEN:
            kinds[i] = _GIVEN[Hint(hint)]
        elif flag & TRAIL and (flag & (LABELLED | METADATA) or _is_table(i, flags)):
            if flag & (LABELLED | METADATA):
                kinds[i] = META
        elif flag & _FURNITURE and hint != Hint.PARAGRAPH:
            # A bare word may be an item of a list or a row of a table, where nothing beside it is furniture.
            weak = not flag & (_FURNITURE & ~ALONE | COMMENTS | RELATED | STRONG)
            beside = (i > 0 and flags[i - 1] & _FURNITURE) or (i + 1 < size and flags[i + 1] & _FURNITURE)
            item = weak and flag & BULLET and any(0 <= j < size and flags[j] & BULLET for j in (i - 1, i + 1))
            kinds[i] = None if item else BOILERPLATE if not weak or beside else WEAK
        elif hint == Hint.HEADING:
            kinds[i] = HEADING
        elif hint == Hint.NEAR:
            about = flag & (_ABOUT | LABELLED | DATE) or (flag & SECTION and _is_single(i, flags))
            kinds[i] = META if about else BYLINE if flag & SIGNED else CAPTION if flag & CREDIT else BOILERPLATE
        elif flag & _ABOUT:
            kinds[i] = META
        elif flag & CREDIT:
            kinds[i] = CAPTION
        elif flag & CLOCK and i + 1 < size and not (flags[i + 1] | flags[max(0, i - 1)] * (i > 0)) & CLOCK:
            kinds[i] = META  # the hour of an entry in a running account

    def running(i: int) -> bool:
        """Whether a line reads as running text."""
        return kinds[i] is None and bool(flags[i] & RUNS)

    # A headline may end as a sentence does, with a question mark.
    opening = next((i for i in range(size) if kinds[i] is None), -1) if plain else -1
    if opening >= 0 and not (chars[opening] <= 160 and not flags[opening] & PERIOD):
        opening = -1
    paragraphs = [i for i in range(size) if running(i) and i != opening]
    first = paragraphs[0] if paragraphs else size
    last = paragraphs[-1] if paragraphs else -1

    for i in range(size) if overall & ALONE else ():
        if kinds[i] == WEAK:
            kinds[i] = BOILERPLATE if i < first or i > last else None

    # What it says where it stands: labels and credits hold before the text begins and after it ends.
    credited = sum(1 for flag in flags if flag & (DATELINE | AGENCY)) if overall & (DATELINE | AGENCY) else 0
    for i in range(size) if overall & _PLACED else ():
        flag = flags[i]
        if not flag & _PLACED or hints[i] in _GIVEN or kinds[i] is not None:
            continue
        outside = i <= first or i >= last
        if outside and kinds[i] is None and flag & LABELLED and not running(i):
            kinds[i] = META
        elif outside and kinds[i] is None and flag & SIGNED:
            kinds[i] = BYLINE
        elif (outside and kinds[i] is None and flag & DATE) or (outside and flag & AGENCY and i > 0 and credited <= 2):
            kinds[i] = META
        elif outside and flag & DATELINE and i > 0 and credited <= 2:
            kinds[i] = BYLINE
        elif (
            flag & CREDITED and i > 0 and not flag & (TERMINAL | BULLET | CONNECTIVE) and (i < first or chars[i] < 160)
        ):
            kinds[i] = CAPTION
        elif i < first and flag & SECTION and plain and size > i + 1:
            kinds[i] = META
        elif flag & WORDLESS:
            kinds[i] = BOILERPLATE
        elif flag & NUMBER and (i > last or i < first) and size > 2 and _is_lone(i, flags, NUMBER):
            kinds[i] = META  # the number of the article or of its reporter
        elif flag & INITIALS and i > last >= 0:
            kinds[i] = META  # the editors'
        elif flag & STARRED and i > last >= 0 and _is_lone(i, flags, STARRED | BULLET):
            kinds[i] = BYLINE  # who the writer is, under a text that his name with a star opens
    if overall & CREDIT:
        _described(flags, chars, words, kinds, first)

    title = kinds.index(TITLE) if TITLE in kinds else -1
    if plain and title < 0:
        title = _title(flags, chars, words, forms, kinds)
    if title >= 0:
        _repeats(title, flags, chars, words, forms, kinds, hints)
    if overall & (COMMENTS | RELATED | ENDS):
        _tails(hints, gaps, flags, chars, kinds, running)
    if title >= 0:
        _signature(title, hints, flags, chars, words, kinds)
    if plain and title >= 0:
        _lead(title, gaps, flags, chars, words, kinds, forms)
    if plain:
        _closing(flags, chars, words, kinds)
    _headings(hints, flags, chars, words, kinds, title)
    return [kind or PARAGRAPH for kind in kinds]


def _is_table(i: int, flags: list[int]) -> bool:
    """Whether a line parted by bars is a row: one beside it is parted too, and one of them holds a number."""
    beside = [j for j in (i - 1, i + 1) if 0 <= j < len(flags) and flags[j] & TRAIL and not flags[j] & SOCIAL]
    rows = [j for j in (i - 2, i + 2) if 0 <= j < len(flags) and flags[j] & TRAIL] if beside else []
    return bool(beside) and any(flags[j] & QUOTED for j in (i, *beside, *rows)) and not flags[i] & SOCIAL


def _is_single(i: int, flags: list[int]) -> bool:
    """Whether the lines beside a section's name are no such names: then it is no menu."""
    return not any(0 <= j < len(flags) and flags[j] & (SECTION | TRAIL | ALONE) for j in (i - 1, i + 1))


def _is_lone(i: int, flags: list[int], bits: int) -> bool:
    """Whether a line is the only one of its shape in its neighbourhood: several are a list."""
    return not any(flags[j] & bits for j in range(max(0, i - 3), min(len(flags), i + 4)) if j != i)


def _described(flags: list[int], chars: list[int], words: list[int], kinds: list[str | None], first: int) -> None:
    """What a picture shows stands over its credit: a line that ends no sentence, beside the text's beginning."""
    for i in range(2, min(len(kinds), first + 4)):
        above = i - 1
        if (
            kinds[i] == CAPTION
            and flags[i] & CREDIT
            and kinds[above] is None
            and above > 1
            and words[above] >= 3
            and chars[above] <= 160
            and not flags[above] & (TERMINAL | COLON | BULLET)
            and any(kinds[j] is None for j in range(above))
        ):
            kinds[above] = CAPTION


def _content(kinds: list[str | None], start: int = 0) -> list[int]:
    return [i for i in range(start, len(kinds)) if kinds[i] is None]


def _headline(i: int, flags: list[int], chars: list[int], words: list[int]) -> bool:
    """Whether a line reads as a headline: short, and no sentence that ends."""
    return chars[i] <= 200 and words[i] <= 30 and not flags[i] & (PERIOD | COLON)


def _title(flags: list[int], chars: list[int], words: list[int], forms: list[str], kinds: list[str | None]) -> int:  # fmt: skip
    content = _content(kinds)
    if not content:
        return -1
    title = content[0]
    named = _with_site(content, words, forms)
    if named >= 0:
        for i in content[: content.index(named)]:
            kinds[i] = BOILERPLATE
        content = _content(kinds)
        title = named
    rest = content[1:]
    repeated = any(forms[i] == forms[title] and chars[i] < SHORT_CHARS for i in rest)
    if not rest:
        # Nothing but one line: it is the text, unless more than it was only furniture.
        return -1
    kicks = bool(flags[title] & COLON) and words[title] <= 12
    kicks |= bool(flags[title] & KICKER) and len(rest) > 2 and not flags[rest[0]] & (TERMINAL | CONNECTIVE | REPORTED)
    if kicks and len(rest) > 1 and _headline(rest[0], flags, chars, words):
        # A kicker over the headline: who says what follows.
        kinds[title] = HEADING
        title, repeated = rest[0], False
    if not (_headline(title, flags, chars, words) or (repeated and chars[title] <= SHORT_CHARS)):
        return -1
    if flags[title] & (BULLET | CONNECTIVE) and not repeated and flags[title] & (ELLIPSIS | TERMINAL):
        return -1
    kinds[title] = TITLE
    return title


def _with_site(content: list[int], words: list[int], forms: list[str]) -> int:
    """Where a page's title with its site's name stands first, the headline by itself is one of the next lines."""
    first = forms[content[0]]
    for i in content[1:5]:
        form = forms[i]
        if words[i] >= 3 and 0 < words[content[0]] - words[i] <= 5 and first.startswith(form + " "):
            site = first[len(form) + 1 :]
            if all(site.endswith(forms[j]) for j in content[1 : content.index(i)]):
                return i
    return -1


def _repeats(title: int, flags: list[int], chars: list[int], words: list[int], forms: list[str], kinds: list[str | None], hints: list[int]) -> None:  # fmt: skip
    """Copies of the title are furniture, with a site's name behind them too, or cut short by dots."""
    form = forms[title]
    if not form:
        return
    for i in range(len(kinds)):
        if (
            chars[i] > SHORT_CHARS
            or i == title
            or kinds[i] in (BOILERPLATE, META)
            or hints[i] in (Hint.TITLE, Hint.LEAD)
        ):
            continue
        other = forms[i]
        same = other == form and abs(chars[i] - chars[title]) <= 4
        # «title - site»
        named = (
            words[title] >= 3
            and not flags[i] & TERMINAL
            and 0 < words[i] - words[title] <= 4
            and other.startswith(form + " ")
        )
        cut = (
            bool(flags[i] & ELLIPSIS) and words[i] >= 3 and form.startswith(other) and len(other) * 10 >= len(form) * 7
        )
        if same or named or cut:
            kinds[i] = BOILERPLATE
    # A second title that says the first again («title | site» in the page's head): the first stays.


def _tails(hints: list[int], gaps: list[bool], flags: list[int], chars: list[int], kinds: list[str | None], running: Callable[[int], bool]) -> None:  # fmt: skip
    """Lines that follow a mark: readers' comments, links to other articles, what comes after the end."""
    size = len(kinds)
    weight = [chars[i] if running(i) else 0 for i in range(size)]
    total = sum(weight)
    before = 0
    ended = False
    i = 0
    while i < size:
        flag = flags[i]
        before += weight[i]
        fixed = hints[i] in (Hint.TITLE, Hint.LEAD, Hint.PARAGRAPH)
        if (
            flag & COMMENTS
            and not fixed
            and before
            and (before * 10 >= total * (3 if flag & STRONG else 6) or _speaking(i, flags))
        ):
            for j in range(i, size):
                if kinds[j] != META or flags[j] & DATE:
                    kinds[j] = BOILERPLATE
            return
        if flag & RELATED and not fixed:
            taken = 0
            j = i + 1
            while j < size and (kinds[j] in (BOILERPLATE, HEADING) or (kinds[j] is None and not running(j))):
                follows = j + 1 < size and kinds[j + 1] is None and running(j + 1)
                if follows and ((taken and gaps[j]) or hints[j] == Hint.HEADING):
                    break  # a heading of the article that goes on
                kinds[j] = BOILERPLATE
                taken += 1
                j += 1
            i = max(j, i + 1)
            continue
        if flag & ENDS and before * 10 >= total * 6:
            ended = True
        elif ended and kinds[i] is None and not running(i) and hints[i] in _PLAIN:
            kinds[i] = META if flag & (DATE | CLOCK | NUMBER) else BOILERPLATE
        i += 1


def _speaking(mark: int, flags: list[int]) -> bool:
    """Whether what follows a mark of comments has its signs: buttons, times, the hours since then."""
    signs = sum(1 for flag in flags[mark + 1 :] if flag & (ALONE | COMMENTS | FURNITURE | DATE | AGO | BULLET))
    return signs >= 2


def _lead(title: int, gaps: list[bool], flags: list[int], chars: list[int], words: list[int], kinds: list[str | None], forms: list[str]) -> None:  # fmt: skip
    """The line after the title is a lead where the layout sets it apart or the agency's formula begins the body."""
    content = _content(kinds, title + 1)
    if len(content) < 2:
        return
    lead, body = content[0], content[1]
    if chars[lead] > 600 or words[lead] < 6 or flags[lead] & (REPORTED | COLON | BULLET):
        return
    if not any(chars[i] >= 120 or flags[i] & TERMINAL for i in content[1:]):
        return
    if any(flags[i] & CLOCK for i in range(title + 1, lead)):
        return  # the first entry of a running account
    formula = bool(flags[body] & REPORTED)
    # Something stands between it and the text: a picture's caption, the title again, a byline.
    apart = any(kinds[i] in (CAPTION, BYLINE, META) or forms[i] == forms[title] for i in range(lead + 1, body))
    # Joined to the title and set off from the text by the only blank line there.
    set_off = not gaps[lead] and gaps[body] and not any(gaps[i] for i in content[2:]) and len(content) > 3
    # A second headline under the first.
    subtitle = (
        chars[lead] <= 160
        and words[lead] >= 5
        and not flags[lead] & (TERMINAL | CONNECTIVE)
        and bool(chars[body] >= 120 or flags[body] & TERMINAL)
        and len(content) > 2
        and not _headline_run(content, flags)
    )
    if formula or apart or set_off or subtitle:
        kinds[lead] = LEAD


def _headline_run(content: list[int], flags: list[int]) -> bool:
    """Whether the text's lines as a rule end no sentence: then a line that ends none says nothing."""
    return sum(1 for i in content if not flags[i] & TERMINAL) * 2 > len(content)


def _signature(title: int, hints: list[int], flags: list[int], chars: list[int], words: list[int], kinds: list[str | None]) -> None:  # fmt: skip
    """A few words between title and text that are no sentence say who reports, or from where: «X – Y», or a name."""
    content = [i for i in _content(kinds, title + 1) if hints[i] in _PLAIN]
    for place in (0, 1):
        if len(content) < place + 2:
            return
        i, after = content[place], content[place + 1]
        if place and (
            flags[content[0]] & (TERMINAL | COLON | BULLET) or chars[content[0]] > 160 or words[content[0]] < 4
        ):
            return  # only a second headline may stand between
        follows = chars[after] >= 80 or (flags[after] & TERMINAL and words[after] >= 6)
        bare = (
            not place
            and 2 <= words[i] <= 3
            and chars[i] <= 30
            and not flags[i] & (TERMINAL | COLON | BULLET | ELLIPSIS | CONNECTIVE | QUOTED | SECTION)
        )
        starred = flags[i] & ELLIPSIS == 0 and any(flags[j] & STARRED for j in range(after + 1, len(kinds)))
        if follows and (
            flags[i] & DASHED
            or (flags[i] & NAMED and _is_lone(i, flags, NAMED))
            or bare
            or (starred and words[i] <= 4 and not flags[i] & TERMINAL)
        ):
            kinds[i] = BYLINE
            return


def _closing(flags: list[int], chars: list[int], words: list[int], kinds: list[str | None]) -> None:
    """A name under a text of whole sentences is its writer's."""
    content = _content(kinds)
    if len(content) < 3:
        return
    i, before = content[-1], content[-2]
    ends = TERMINAL | COLON | BULLET | ELLIPSIS | QUOTED | CONNECTIVE | SECTION | CREDITED
    unfinished = sum(1 for j in content if not flags[j] & TERMINAL)
    named = 2 <= words[i] <= 3 and chars[i] <= 40 and not flags[i] & ends and unfinished == 1
    if named and flags[before] & RUNS and flags[before] & TERMINAL:
        kinds[i] = BYLINE


def _headings(hints: list[int], flags: list[int], chars: list[int], words: list[int], kinds: list[str | None], title: int) -> None:  # fmt: skip
    """A short line that ends no sentence and stands alone over running text is a heading."""
    content = [i for i in _content(kinds, title + 1) if hints[i] in _PLAIN]
    # Where many lines ask, someone is asked; a single question over a long paragraph is a heading.
    asking = sum(1 for i in content if flags[i] & QUESTION and chars[i] <= 160)
    ends = TERMINAL | COLON | BULLET | CONNECTIVE | LABELLED
    short = [
        i
        for i in content
        if chars[i] <= 100
        and words[i] <= 14
        and (
            not flags[i] & ends
            or (flags[i] & ends == TERMINAL and flags[i] & QUESTION and asking == 1 and chars[i] <= 60)
        )
    ]
    if not short or len(short) * 2 > len(content):
        return  # a list, a poem, a table of scores
    is_short = set(short)
    # One word is a heading where it is one of several: the places of a round-up.
    bare = sum(1 for i in short if words[i] == 1 and i + 1 < len(kinds) and flags[i + 1] & RUNS) >= 2
    for place, i in enumerate(content):
        if i not in is_short or place + 1 == len(content):
            continue
        after = content[place + 1]
        lonely = after not in is_short and (place == 0 or content[place - 1] not in is_short)
        if place == 0 and title >= 0 and hints[i] == Hint.BODY:
            continue  # a text does not begin with a heading under its title
        if (
            lonely
            and (chars[after] >= 80 or (flags[after] & TERMINAL and words[after] >= 6))
            and (words[i] >= 2 or bare)
        ):
            kinds[i] = HEADING
