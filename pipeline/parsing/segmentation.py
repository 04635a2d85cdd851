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
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

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
وی|او|همچنین|به گفته|بر اساس|براساس|گفتنی|لازم به|شایان|این|در این|از سوی|به نوشته|وی افزود|بنا بر|طبق|گزارش|هم‌اکنون|اما|ولی|با این
وقال|وأضاف|وأكد|وأوضح|وأشار|وكان|وكانت|كما|يذكر|وذكر|ولفت|وشدد|وتابع|وبحسب|وفي|ومن|وأعلن|وأعلنت|وقد|وقالت|قال|قالت|أكد|أعلن|أضاف|لكن|ولكن|من جهته|من جانبه|بدوره|إلى ذلك|يشار|جدير
"""
_CREDIT_END: Final = (
    r"(?i)(?:[-–—ـ/|(]\s*(?:عکس|عكس|عکاس|تصویر|تصوير|صورة|الصورة|عدسة|photo|عکس از|تصویر از)(?:\s*[:：/–-]\s*|\s+)[^.؟!،]{2,40}$"
    r"|^(?:عکس|عکس ?ها|تصاویر) (?:از )?\S+ \S+(?: \S+)?$"
    r"|(?:عکس|تصویر) (?:آرشیوی|تزئینی|تزیینی)\W*$|[(/|–-]\s*(?:آرشیو|آرشیوی|أرشيف|أرشيفية|ارشيفية|صورة أرشيفية|الأرشيف|file photo|file)\s*[)]?\W*$"
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


@functools.cache
def _for_all() -> list[tuple[int, pl.Expr]]:
    """Features asked of every line, as expressions on the columns that `features` prepares."""
    form, tail = pl.col("form"), pl.col("tail")
    dots = tail.str.contains(r"\.\.[\"»”'’)\]›]*$")
    return [
        (FURNITURE, form.str.contains("^" + lexicon.expressions(lexicon.FURNITURE))),
        (TERMINAL, tail.str.contains(_TERMINAL) & ~dots),
        (PERIOD, tail.str.contains(r"(?:^|[^.])[.۔][\"»”'’)\]›]*$")),
        (ELLIPSIS, tail.str.contains(r"(?:\.\.+|…)[\"»”)\]]*$")),
        (COLON, tail.str.contains(r"[:：؛]$")),
        (CONNECTIVE, form.str.contains("^" + lexicon.alternation(_CONNECTIVES) + " ")),
        (REPORTED, form.str.starts_with("به گزارش") | form.str.starts_with("بهگزارش") | form.str.starts_with("گزارش ایسنا")),
        (WORDLESS, form.str.len_bytes() == 0),
    ]  # fmt: skip


_BULLET: Final = r"^(?:[-–—•*▪●■◾◆♦✓✔➤►▶>]|[0-9۰-۹٠-٩]{1,2}\s*[-.)–ـ])"
_FOLLOWS: Final = "دنبال کنید|عضو شوید|بپیوندید|همراه باشید|مراجعه کنید|ملحق شوید|را بخوانید|کلیک کنید|کلیک نمایید"


def _one_of(table: str, column: str) -> pl.Expr:
    return pl.col(column).is_in(_squeezed(table))


@functools.cache
def _for_short() -> list[tuple[int, pl.Expr]]:
    """Features asked of lines of up to `SHORT_CHARS`, as expressions on the columns that `features` prepares."""
    form, head, tail, chars = pl.col("form"), pl.col("head"), pl.col("tail"), pl.col("chars")
    terminal, bullet = tail.str.contains(_TERMINAL), head.str.contains(_BULLET)
    social = lexicon.alternation(lexicon.SOCIAL)
    follows = functools.reduce(lambda a, b: a | b, [form.str.ends_with(end) for end in _FOLLOWS.split("|")])
    return [
        (FOLLOW, follows
         & form.str.contains("(?:" + social + r"|اینجا|این ?جا|کانال|برای مطالعه|بیشتر|لینک|مطلب|سایت)")),
        (OPENS, form.str.contains("^" + lexicon.alternation(lexicon.OPENS) + "(?: |$)") & (head.str.contains(r"^[^:：]{2,40}[:：]") | (~terminal & (chars <= 200) & ~form.str.contains("^(?:ببینید|بخوانید|حتما بخوانید|پیشنهاد)")))),
        (LABELLED, pl.col("colon") & _one_of(lexicon.LABELLED, "label")),
        (CREDIT, ~bullet & _one_of(lexicon.CREDIT, "label")),
        (BULLET, bullet),
        (HASHTAGS, head.str.contains(r"^#[^\s#]+(?:[\s،,|/-]*#[^\s#]+)*\s*$")),
        (QUOTED, head.str.contains("[«»“”\"0-9۰-۹٠-٩!؟()]")),
    ]  # fmt: skip


@functools.cache
def _for_unfinished() -> list[tuple[int, pl.Expr]]:
    """Features asked of short lines that end no sentence: credits of pictures at their end."""
    head, tail, chars = pl.col("head"), pl.col("tail"), pl.col("chars")
    after_sentence = (chars > 100) & tail.str.contains(r"[.!؟][\s\u{200c}]*[(/|–—-]")
    return [
        (CREDIT, ~head.str.contains(_BULLET) & tail.str.contains(_CREDIT_END) & ~after_sentence),
        (CREDITED, tail.str.contains(_CREDITED) & ~tail.str.contains(r"[.!؟]\s*[(/|–—-][^()/|–—-]*[)]?\s*$")),
    ]  # fmt: skip


@functools.cache
def _for_brief() -> list[tuple[int, pl.Expr]]:
    """Features asked of lines of up to `BRIEF_CHARS`, as expressions on the columns that `features` prepares."""
    form, squeezed, head, tail, words = (pl.col(name) for name in ("form", "squeezed", "head", "tail", "words"))
    terminal, bullet = tail.str.contains(_TERMINAL), head.str.contains(_BULLET)
    named_dates = names_pattern([*month_names(), *weekday_names()])
    dates = f"(?:[0-9]+(?:st|nd|rd|th|ه|هـ|م)?|{named_dates}|{lexicon.alternation(lexicon.DATE_WORDS)})"
    dated = lexicon.alternation(lexicon.DATED)
    agencies = lexicon.alternation(lexicon.AGENCIES)
    social = lexicon.alternation(lexicon.SOCIAL)
    signed = lexicon.alternation(lexicon.SIGNED)
    return [
        (ALONE, _one_of(lexicon.ALONE, "core")),
        (COMMENTS, _one_of(lexicon.COMMENTS, "core")),
        (RELATED, _one_of(lexicon.RELATED, "core")),
        (SECTION, _one_of(lexicon.SECTIONS, "core")),
        (ENDS, form.str.contains("^" + lexicon.alternation(lexicon.ENDS) + r"(?: \S+){0,2}$")),
        (AGENCY, (squeezed.is_in(_squeezed(lexicon.AGENCIES)) | form.str.contains(f"^{agencies}(?: و ?{agencies})*$"))),
        (SOCIAL, form.str.contains(f"^{social}(?: {social})*$")),
        (METADATA, form.str.contains("^" + lexicon.expressions(lexicon.METADATA))),
        (DATE, ~head.str.contains("^[-–—•*▪●■]") & form.str.contains("[0-9]") & form.str.contains(f"^(?:{dated}|{dates})(?: (?:{dated}|{dates}))*$") & (form.str.contains(f"(?:^| )(?:{named_dates})(?:[ 0-9]|$)") | head.str.contains(r"[0-9۰-۹٠-٩]{1,4} ?[/.-] ?[0-9۰-۹٠-٩]{1,2} ?[/.-] ?[0-9۰-۹٠-٩]{2,4}|[0-9۰-۹٠-٩]{1,2}:[0-9۰-۹٠-٩]{2}"))),
        (SIGNED, (words <= 12) & ~terminal & (_one_of(lexicon.SIGNED, "label") | ((words <= 5) & form.str.contains(r"^(?:بقلم|به قلم|اعداد|نوشته|ترجمه|خبرنگار|گزارش از|کتب) \S+ \S+") & form.str.contains(f"^{signed}")))),
        (DATELINE, (words <= 7) & ~terminal & ~bullet & form.str.contains(f"^\\S+(?: \\S+){{0,3}} (?:خبرگزاری |وکاله |وکالات )?{agencies}$") & head.str.contains(r"[-–—/(،:|ـ]")),
        (DASHED, (words <= 7) & ~terminal & ~bullet & head.str.contains(r"^[^-–—ـ،:.]{2,40}\s[-–—ـ]{1,2}\s?[^-–—ـ،:.]{2,30}$|^[^-–—ـ،:.]{2,30}[-–—ـ]{1,2}\s?[^-–—ـ،:.]{2,30}$")),
        (TRAIL, (head.str.contains(r"^[^›>|·•←]{1,30}(?:\s*[›>|·•←]\s*[^›>|·•←.]{1,30}){2,}[›>|·•←]?\s*$") | (head.str.contains(r"^[^«»]{1,30}(?:\s»\s[^«»]{1,60})+$")))),
        (URL, head.str.contains(r"(?i)^(?:https?://|www\.)\S+$|^[a-z0-9.-]+\.(?:ir|com|net|org|af|news)(?:/\S*)?$")),
    ]  # fmt: skip


def features(texts: pl.Series) -> Features:
    """Return the features of lines: flags, length in characters, words, and match form of the beginning."""
    text, head = pl.col("text"), pl.col("head")
    frame = texts.alias("text").to_frame().with_columns(text.str.len_chars().alias("chars"))
    is_short = pl.col("chars") <= SHORT_CHARS
    frame = frame.select(
        "chars",
        text.str.slice(0, pl.when(is_short).then(SHORT_CHARS).otherwise(LONG_HEAD)).alias("head"),
        text.str.slice(-110).str.strip_chars("\u200e\u200f\u202a\u202b\u202c\u061c\u2069\u200c \u00a0").alias("tail"),
    ).with_columns(match_form(head).alias("form"))
    frame = frame.with_columns((pl.col("form").str.count_matches(" ", literal=True) + 1).alias("words"))
    flags = frame.select(_flags(_for_all()).alias("flags"))["flags"].to_numpy().copy()
    short = frame.with_row_index().filter(is_short)
    if short.height:
        short = short.with_columns(
            head.str.extract(r"^[^\p{L}]{0,3}([^:：/|–—]{2,36}?)\s*(?:[:：/|–—]|\s-|-\s)").alias("label"),
            head.str.contains(r"^[^:：]{2,36}[:：]").alias("colon"),
        ).with_columns(match_form(pl.col("label")).str.replace_all(" ", "", literal=True).alias("label"))
        flags[short["index"].to_numpy()] |= short.select(_flags(_for_short()).alias("flags"))["flags"].to_numpy()
    unfinished = short.filter(~pl.col("tail").str.contains(_TERMINAL))
    if unfinished.height:
        flags[unfinished["index"].to_numpy()] |= unfinished.select(_flags(_for_unfinished()).alias("flags"))[
            "flags"
        ].to_numpy()
    brief = short.filter(pl.col("chars") <= BRIEF_CHARS)
    if brief.height:
        brief = brief.with_columns(
            pl.col("form").str.replace_all(" ", "", literal=True).alias("squeezed")
        ).with_columns(pl.col("squeezed").str.replace_all(r"^[0-9]+|[0-9]+$", "").alias("core"))
        flags[brief["index"].to_numpy()] |= brief.select(_flags(_for_brief()).alias("flags"))["flags"].to_numpy()
    return Features(flags.tolist(), frame["chars"].to_list(), frame["words"].to_list(), frame["form"].to_list())


def _flags(expressions: list[tuple[int, pl.Expr]]) -> pl.Expr:
    bits = [
        pl.when(expression.fill_null(value=False)).then(pl.lit(bit, pl.UInt32)).otherwise(pl.lit(0, pl.UInt32))
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
            [line.hint for line in article.lines],
            [line.gap for line in article.lines],
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
_PLAIN: Final = {Hint.NONE, Hint.BODY}
_TELLING: Final = _FURNITURE | _ABOUT | CREDIT
"""Flags that say something of a line wherever it stands."""
_PLACED: Final = LABELLED | SIGNED | DATE | AGENCY | DATELINE | CREDITED | SECTION | WORDLESS
"""Flags that say something of a line in some places."""


def _decide(
    hints: list[int], gaps: list[bool], flags: list[int], chars: list[int], words: list[int], forms: list[str]
) -> list[str]:
    size = len(flags)
    kinds: list[str | None] = [None] * size
    plain = Hint.NONE in hints

    # What a line says by itself.
    for i in range(size):
        flag, hint = flags[i], hints[i]
        if not flag & _TELLING and hint in _PLAIN:
            continue
        if hint in _GIVEN:
            kinds[i] = _GIVEN[Hint(hint)]
        elif flag & _FURNITURE and hint != Hint.PARAGRAPH:
            # A bare word may be an item of a list or a row of a table, where nothing beside it is furniture.
            weak = not flag & (_FURNITURE & ~ALONE | COMMENTS | RELATED)
            beside = (i > 0 and flags[i - 1] & _FURNITURE) or (i + 1 < size and flags[i + 1] & _FURNITURE)
            kinds[i] = BOILERPLATE if not weak or beside else WEAK
        elif hint == Hint.HEADING:
            kinds[i] = HEADING
        elif hint == Hint.NEAR:
            about = flag & (_ABOUT | LABELLED | DATE)
            kinds[i] = META if about else BYLINE if flag & SIGNED else CAPTION if flag & CREDIT else BOILERPLATE
        elif flag & _ABOUT:
            kinds[i] = META
        elif flag & CREDIT:
            kinds[i] = CAPTION

    def running(i: int) -> bool:
        """Whether a line reads as running text."""
        return kinds[i] is None and (chars[i] >= 120 or (words[i] >= 6 and bool(flags[i] & TERMINAL)))

    # A headline may end as a sentence does, with a question mark.
    opening = next((i for i in range(size) if kinds[i] is None), -1) if plain else -1
    if opening >= 0 and not (chars[opening] <= 160 and not flags[opening] & PERIOD):
        opening = -1
    paragraphs = [i for i in range(size) if running(i) and i != opening]
    first = paragraphs[0] if paragraphs else size
    last = paragraphs[-1] if paragraphs else -1

    for i in range(size):
        if kinds[i] == WEAK:
            kinds[i] = BOILERPLATE if i < first or i > last else None

    # What it says where it stands: labels and credits hold before the text begins and after it ends.
    credited = sum(1 for flag in flags if flag & (DATELINE | AGENCY))
    for i in range(size):
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

    title = next((i for i in range(size) if kinds[i] == TITLE), -1)
    if plain and title < 0:
        title = _title(flags, chars, words, forms, kinds)
    if title >= 0:
        _repeats(title, flags, chars, words, forms, kinds, hints)
    _tails(hints, gaps, flags, chars, kinds, running)
    if title >= 0:
        _signature(title, hints, flags, chars, words, kinds)
    if plain and title >= 0:
        _lead(title, gaps, flags, chars, words, kinds, forms)
    _headings(hints, flags, chars, words, kinds, title)
    return [kind or PARAGRAPH for kind in kinds]


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
    rest = content[1:]
    repeated = any(forms[i] == forms[title] and chars[i] < SHORT_CHARS for i in rest)
    if not rest:
        # Nothing but one line: it is the text, unless more than it was only furniture.
        return -1
    if flags[title] & COLON and len(rest) > 1 and words[title] <= 12 and _headline(rest[0], flags, chars, words):
        # A kicker over the headline: who says what follows.
        kinds[title] = HEADING
        title, repeated = rest[0], False
    if not (_headline(title, flags, chars, words) or (repeated and chars[title] <= SHORT_CHARS)):
        return -1
    if flags[title] & (BULLET | CONNECTIVE) and not repeated and flags[title] & (ELLIPSIS | TERMINAL):
        return -1
    kinds[title] = TITLE
    return title


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
    if not any(flag & (COMMENTS | RELATED | ENDS) for flag in flags):
        return
    weight = [chars[i] if running(i) else 0 for i in range(size)]
    total = sum(weight)
    before = 0
    ended = False
    i = 0
    while i < size:
        flag = flags[i]
        before += weight[i]
        fixed = hints[i] in (Hint.TITLE, Hint.LEAD, Hint.PARAGRAPH)
        if flag & COMMENTS and not fixed and before * 10 >= total * 6 and total:
            for j in range(i, size):
                if kinds[j] != META:
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
            kinds[i] = BOILERPLATE
        i += 1


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
    if len(content) < 2:
        return
    i, after = content[0], content[1]
    follows = chars[after] >= 80 or (flags[after] & TERMINAL and words[after] >= 6)
    bare = (
        2 <= words[i] <= 3
        and chars[i] <= 30
        and not flags[i] & (TERMINAL | COLON | BULLET | ELLIPSIS | CONNECTIVE | QUOTED | SECTION)
    )
    if follows and (flags[i] & DASHED or bare):
        kinds[i] = BYLINE


def _headings(hints: list[int], flags: list[int], chars: list[int], words: list[int], kinds: list[str | None], title: int) -> None:  # fmt: skip
    """A short line that ends no sentence and stands alone over running text is a heading."""
    content = [i for i in _content(kinds, title + 1) if hints[i] in _PLAIN]
    short = [i for i in content if chars[i] <= 100 and words[i] <= 14 and not flags[i] & (TERMINAL | COLON | BULLET | CONNECTIVE | LABELLED)]  # fmt: skip
    if not short or len(short) * 2 > len(content):
        return  # a list, a poem, a table of scores
    is_short = set(short)
    for place, i in enumerate(content):
        if i not in is_short or place + 1 == len(content):
            continue
        after = content[place + 1]
        lonely = after not in is_short and (place == 0 or content[place - 1] not in is_short)
        if place == 0 and title >= 0 and hints[i] == Hint.BODY:
            continue  # a text does not begin with a heading under its title
        if lonely and (chars[after] >= 80 or (flags[after] & TERMINAL and words[after] >= 6)) and words[i] >= 2:
            kinds[i] = HEADING
