"""HTML pages: the visible text in order, with what the mark-up says about each part of it.

Belongs here: walking a page, finding the article in it, reading its metadata. Does not belong here: what a
line's own wording says (`pipeline.parsing.segmentation`).

One walk over the tree gathers blocks of text with the containers they lie in. The article is the smallest
container that keeps most of the page's running text: prose counts, links and containers that call themselves
navigation, comments and the like do not. Text outside of it is furniture but for what belongs to the head of an
article: its title, lead, picture, author and date. No character of the text is changed: blanks that a browser
would fold are folded, half-spaces and marks of direction stay.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.parsing.articles import Article, Hint, Lines, Reject, Rejected, visible
from pipeline.parsing.encodings import repair
from pipeline.parsing.lexicon import form_of
from pipeline.parsing.settings import ParsingSettings
from pipeline.parsing.sources import Source
from pipeline.text.calendars import parse_timestamp
from pipeline.text.characters import replace_surrogates

_BLOCK: Final = frozenset(
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol option p pre section select summary table tbody td tfoot th thead tr ul button label caption".split()
)  # fmt: skip
_UNSEEN: Final = frozenset("script style noscript template svg head iframe object embed canvas audio video map math textarea datalist -comment !doctype title meta link base".split())  # fmt: skip
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

NEGATIVE, COMMENT, CAPTIONED, SIGNED, DATED, LEADING, BODY, TITLED, UNSEEN, META, KICKER, BOLD = (
    1 << i for i in range(12)
)
_CLASSES: Final = (
    (UNSEEN, r"(?:^|[\s_-])(?:sr-only|visually-?hidden|screen-reader-text|d-none)(?:$|\s)"),
    (COMMENT, r"comments?(?:$|[\s_-])|disqus|nazar|didgah|(?:^|[\s_-])replies"),
    (NEGATIVE, r"side-?bar|related|footer|(?:^|[\s_-])(?:nav|navbar|navigation|menu|menubar|foot|bottom)(?:$|[\s_-])|bread-?crumb|share|sharing|social|toolbar|promo|advert|banner|(?:^|[\s_-])(?:ad|ads|adv|advs|zxc|tabligh)(?:$|[\s_-]|\d)|newsletter|subscri|popular|most-?(?:read|view|visited)|trend|recommend|read-?(?:more|also|next)|(?:see|also)-?(?:also|read)|more-?on(?:$|[\s_-])|recirc|inline-?related|more-?(?:news|stories|articles|from)|widget|copyright|cookie|pop-?up|modal|login|sign-?in|rating|outbrain|taboola|pagination|pager|ticker|tag-?(?:s|cloud|list)?(?:$|[\s_-])|print(?:$|[\s_-])|short-?link|author-?(?:bio|box|info)|teaser|carousel|slider|gallery-?nav|last-?news|latest|archive|editor-?pick|you-?may|next-?prev|prev-?next|vote|poll|feedback|follow|telegram|report-?error"),
    (CAPTIONED, r"caption|(?:photo|image|img|pic)[-_ ]?cap(?:$|[\s_-])|(?:photo|image|img|pic)[-_ ]?(?:desc|title|credit|text|info|source)|(?:^|[\s_-])credit"),
    (SIGNED, r"author|by-?line|writ(?:e|ten)-?by|writer|reporter|creator|journalist"),
    (DATED, r"date|(?:^|[\s_-])time(?:$|[\s_-])|timestamp|publish|posted-?on|entry-?meta|post-?meta|article-?meta|news-?(?:nav|path|info|code)|item-?(?:nav|code)"),
    (LEADING, r"(?:^|[\s_-])(?:lead|lede|summary|standfirst|intro|introtext|sub-?title|sub-?headline|sub-?head|deck|excerpt|abstract|dek|kicker-?lead|short-?desc(?:ription)?)(?:$|[\s_-])|item-?summary|article-?(?:lead|summary|description|excerpt|intro)|news-?(?:lead|summary|subtitle)|post-?excerpt"),
    (BODY, r"(?:article|news|story|post|entry|item|content|main|page|text|detail|single)[-_]?(?:body|text|content|detail)s?(?:$|[\s_-])|articlebody|(?:^|[\s_-])(?:body|story|matn)(?:$|[\s_-])|echo[-_]detail|itemtext|itembody"),
    (TITLED, r"(?:^|[\s_-])(?:title|headline|entry-title|post-title|article-title|news-title|item-title|titr)(?:$|[\s_-])"),
    (KICKER, r"kicker|overline|(?:^|[\s_-])(?:ru-?titr|roo-?titr|rootitr|rutitr|up-?title|sur-?title|pre-?title|over-?title|on-?title)"),
    (META, r"(?:^|[\s_-])(?:meta|tags?|keywords?|source|code|news-?id|reading-?time|category)(?:$|[\s_-])"),
)  # fmt: skip


@functools.cache
def _patterns() -> tuple[tuple[int, re.Pattern[str]], ...]:
    return tuple((bit, re.compile(pattern)) for bit, pattern in _CLASSES)


@functools.lru_cache(maxsize=8192)
def _class_flags(names: str) -> int:
    folded = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", names).lower()
    folded = re.sub(r"\b(?:no|has|with|without|is|hide|show)-\S+", "", folded)
    flags = 0
    for bit, pattern in _patterns():
        if pattern.search(folded):
            flags |= bit
    return flags


@dataclass(slots=True)
class _Block:
    """A run of visible text between two breaks."""

    text: str
    linked: int
    tag: str
    flags: int
    heading: int
    path: tuple[int, ...]
    hint: int = Hint.BOILERPLATE


@dataclass(slots=True)
class _Page:
    """What one walk gathers."""

    blocks: list[_Block] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    gaps: list[bool] = field(default_factory=list)
    times: list[tuple[int, str]] = field(default_factory=list)


def read(source: Source, settings: ParsingSettings) -> Iterator[Article | Reject]:
    """Yield the page's article.

    Raises:
        Rejected: If it shows no letter.
    """
    yield page_article(0, source.text(), settings)


def page_article(record: int, markup: str, settings: ParsingSettings, url: str | None = None) -> Article:
    """Make the article of a page.

    Args:
        record: Its place in its file.
        markup: The page.
        settings: The limits.
        url: Its address, where the file it came from names it.

    Raises:
        Rejected: If it shows no letter, or more lines than an article can have.
    """
    tree = LexborHTMLParser(replace_surrogates(markup))
    given, tags = page_metadata(tree)
    if url:
        given["url"] = url
    page = _walk(tree.body or tree.root)
    if not any(any(map(str.isalpha, block.text)) for block in page.blocks):
        raise Rejected("holds no text: the page shows not one letter")
    if len(page.blocks) > settings.max_lines:
        raise Rejected(f"holds {len(page.blocks)} lines: more than the {settings.max_lines} of one article")
    _find(page, given)
    _date(page, given)
    parts: list[str] = []
    lines = Lines()
    at = 0
    for block, gap in zip(page.blocks, page.gaps, strict=True):
        lines.add(at, at + len(block.text), int(block.hint), gap)
        parts.append(block.text)
        at += len(block.text) + 1
    given.pop("lead", None)
    return Article(record, "\n".join(parts), lines, given, tags)


def fragment_lines(markup: str) -> list[tuple[str, int]]:
    """Return the visible lines of a piece of markup, each with its hint: the body of a record."""
    page = _walk(LexborHTMLParser(replace_surrogates(markup)).body)
    lines: list[tuple[str, int]] = []
    for block in page.blocks:
        hint = Hint.BODY
        if block.heading:
            hint = Hint.HEADING
        elif block.flags & CAPTIONED:
            hint = Hint.CAPTION
        elif block.linked * 10 >= len(block.text) * 9 and len(block.text) > 12 and block.tag in ("li", "div"):
            hint = Hint.BOILERPLATE
        lines.append((block.text, hint))
    return lines


_Open = tuple[bool, int, int, int, bool, bool, bool, str, tuple[int, ...]]
"""An open element: whether it is a block, and the walk's state before it."""


def _walk(root: LexborNode | None) -> _Page:
    page = _Page()
    if root is None:
        return page
    pieces: list[str] = []
    linked = 0
    shared = -1  # what all text of the block has in common
    gap = False
    # One entry per open element: what it is, what it adds, and what it was before it.
    container, flags, heading, link, pre, bold, tag = -1, 0, 0, False, False, False, "body"
    path: tuple[int, ...] = ()
    opened: list[_Open] = []

    def close_block() -> None:
        nonlocal pieces, linked, gap, shared
        if not pieces:
            return
        joined = "".join(pieces) if len(pieces) > 1 else pieces[0]
        pieces = []
        for number, part in enumerate(joined.split("\n") if pre else (_SPACES.sub(" ", joined),)):
            text = visible(part)
            if text:
                own_flags = flags | max(0, shared)
                page.blocks.append(_Block(text, linked if not number else 0, tag, own_flags, heading, path))
                page.gaps.append(gap)
                gap = False
        linked, shared = 0, -1

    node: LexborNode | None = root
    depth = 0
    while node is not None:
        descend: LexborNode | None = None
        name = node.tag or ""
        if node.is_text_node:
            text = node.text_content or ""
            if text and not text.isspace():
                pieces.append(text)
                shared = flags | (BOLD if bold else 0) if shared < 0 else shared & (flags | (BOLD if bold else 0))
                if link:
                    linked += len(text.strip())
            elif pieces:
                pieces.append(text)  # a blank between two pieces, none before the first
        elif name == "br":
            had = bool(pieces)
            close_block()
            gap = gap or not had
        elif name in _UNSEEN or not node.is_element_node:
            pass
        else:
            attributes = node.attributes
            own = 0
            hidden = False
            if attributes:
                names = (
                    f"{attributes.get('class') or ''} {attributes.get('id') or ''} {attributes.get('itemprop') or ''}"
                )
                own = _class_flags(names[:300]) if len(names) > 2 else 0
                style = attributes.get("style")
                hidden = "hidden" in attributes or bool(own & UNSEEN) or bool(style and _HIDDEN.search(style))
                if name == "time" and attributes.get("datetime"):
                    page.times.append((len(page.blocks), attributes["datetime"] or ""))
            if not hidden:
                block = name in _BLOCK
                if block:
                    close_block()
                    if name in (
                        "p",
                        "div",
                        "h1",
                        "h2",
                        "h3",
                        "h4",
                        "li",
                        "table",
                        "section",
                        "article",
                        "figure",
                        "blockquote",
                    ):
                        gap = gap or name == "p"
                opened.append((block, container, flags, heading, link, pre, bold, tag, path))
                depth += 1
                if name in ("nav", "footer", "aside", "menu", "dialog", "select", "button"):
                    own |= NEGATIVE
                elif name in ("figcaption", "caption"):
                    own |= CAPTIONED
                elif name == "time":
                    own |= DATED
                if own & (BODY | DATED) and own & NEGATIVE and name not in ("nav", "footer", "aside"):
                    own &= ~NEGATIVE  # «entry-content no-share»
                if name in ("html", "body", "main", "article"):
                    own &= ~(NEGATIVE | COMMENT | CAPTIONED | SIGNED | DATED | LEADING | META)
                if block:
                    page.parents.append(container)
                    page.flags.append(own)
                    page.tags.append(name)
                    container = len(page.parents) - 1
                    path = (*path[-40:], container)
                    tag = name
                # What a block says holds for what lies in it, but a body is not a caption of its page.
                flags = (
                    (flags & ~(LEADING | TITLED | BODY)) | own
                    if block
                    else flags | (own & (CAPTIONED | SIGNED | DATED | LEADING | KICKER | TITLED | META))
                )
                if len(name) == 2 and name[0] == "h" and name[1] in "123456":
                    heading = int(name[1])
                link = link or name == "a"
                bold = bold or name in ("b", "strong")
                pre = pre or name == "pre"
                descend = node.first_child
                if descend is None:
                    block, container, flags, heading, link, pre, bold, tag, path = _leave(opened.pop(), close_block)
                    depth -= 1
        if descend is not None:
            node = descend
            continue
        while True:
            following = node.next if node is not root else None
            if following is not None:
                node = following
                break
            if not depth or node is root:
                close_block()
                return page
            node = node.parent
            if node is None:
                close_block()
                return page
            block, container, flags, heading, link, pre, bold, tag, path = _leave(opened.pop(), close_block)
            depth -= 1
    close_block()
    return page


def _leave(state: _Open, close_block: Callable[[], None]) -> _Open:
    if state[0]:
        close_block()
    return state


_SENTENCE: Final = re.compile(r"[.!؟?…:؛،][»”\"')\]]*\s*$")


def _prose(block: _Block) -> float:
    """How much of running text a block is: its letters that are no link, where it is no mere label."""
    length = len(block.text)
    free = length - block.linked
    if length < 25 or free * 2 < length or block.heading or block.flags & (COMMENT | CAPTIONED | SIGNED):
        return 0.0
    if length < 80 and not block.text.rstrip("»”\"') ").endswith((".", "؟", "!", "…", ":", "؛", "،")):
        return free * 0.2
    return float(free)


def _find(page: _Page, given: dict[str, str]) -> None:
    """Find the article and say of each block what it is by its place."""
    masses = [0.0] * len(page.parents)
    excluded = _excluded(page)
    total = 0.0
    weights = []
    for block in page.blocks:
        weight = 0.0 if any(i in excluded for i in block.path) else _prose(block)
        weights.append(weight)
        total += weight
        for i in block.path:
            masses[i] += weight
    if total <= 0:
        # Nothing but labels: the longest texts that are no links are all there is.
        for block in page.blocks:
            outside = any(i in excluded for i in block.path) or block.linked * 2 > len(block.text)
            block.hint = Hint.BOILERPLATE if outside else (Hint.HEADING if block.heading > 1 else Hint.BODY)
        _head(page, given, range(len(page.blocks)), excluded)
        return
    children: dict[int, list[int]] = {}
    for i, parent in enumerate(page.parents):
        children.setdefault(parent, []).append(i)
    root = max(children.get(-1, [0]), key=lambda i: masses[i])
    while True:
        if (
            page.flags[root] & BODY
            and masses[root] >= 0.5 * total
            and not any(page.flags[i] & BODY and masses[i] >= 0.85 * masses[root] for i in children.get(root, ()))
        ):
            named = [i for i in children.get(root, ()) if masses[i] >= 0.9 * masses[root] and page.tags[i] != "p"]
            if not named:
                break
        best = max(children.get(root, ()), key=lambda i: masses[i], default=-1)
        if best < 0 or (
            page.tags[best] in ("p", "li", "blockquote", "td", "h1", "h2", "h3") and page.tags[best] != "td"
        ):
            break
        if masses[best] < 0.7 * masses[root]:
            named_body = [i for i in children.get(root, ()) if page.flags[i] & BODY and masses[i] >= 0.4 * masses[root]]
            if not named_body:
                break
            best = named_body[0]
        root = best
    inside = [root in block.path for block in page.blocks]
    for block, is_inside, weight in zip(page.blocks, inside, weights, strict=True):
        length = len(block.text)
        if (
            any(i in excluded for i in block.path)
            or not is_inside
            or (block.linked * 10 >= length * 7 and not (block.heading or (length > 120 and weight)))
        ):
            block.hint = Hint.BOILERPLATE
        elif block.flags & CAPTIONED and length < 400:
            block.hint = Hint.CAPTION
        elif block.heading > 1 or (
            block.flags & BOLD and length <= 100 and block.tag in ("p", "div") and not _SENTENCE.search(block.text)
        ):
            block.hint = Hint.HEADING
        elif block.tag in ("button", "select", "option", "label", "legend"):
            block.hint = Hint.BOILERPLATE
        else:
            block.hint = Hint.BODY
    about = META | DATED | SIGNED | KICKER | LEADING
    first = next(
        (
            i
            for i, block in enumerate(page.blocks)
            if block.hint == Hint.BODY and weights[i] > 0 and not block.flags & about
        ),
        len(page.blocks) - 1,
    )
    last = max((i for i, block in enumerate(page.blocks) if block.hint == Hint.BODY and weights[i] > 0), default=-1)
    for i in range(last + 1, len(page.blocks)):
        block = page.blocks[i]
        if block.hint == Hint.HEADING:
            block.hint = Hint.BOILERPLATE  # over what is no text
        elif block.hint == Hint.BOILERPLATE and i <= last + 6:
            # What is labelled tells about the article in a box of tools too, but not among readers' comments.
            labelled = len(block.text) <= 200 and ":" in block.text and not block.flags & COMMENT
            if labelled or not any(j in excluded for j in block.path):
                block.hint = Hint.NEAR
    _head(page, given, range(first + 1), excluded)


def _excluded(page: _Page) -> set[int]:
    """Containers that say they are no article, unless they hold most of the page's running text."""
    held: dict[int, float] = {}
    total = 0.0
    for block in page.blocks:
        weight = _prose(block)
        if block.flags & COMMENT:
            weight = float(len(block.text) - block.linked)
        total += weight
        for i in block.path:
            if page.flags[i] & (NEGATIVE | COMMENT):
                held[i] = held.get(i, 0.0) + weight
    return {
        i
        for i, flag in enumerate(page.flags)
        if flag & (NEGATIVE | COMMENT) and held.get(i, 0.0) <= (0.9 if flag & COMMENT else 0.6) * total
    }


def _head(page: _Page, given: dict[str, str], before: Iterable[int], excluded: set[int]) -> None:
    """Find title, lead, picture's caption, author and date at the head of the article."""
    reach = list(before)
    reached = set(reach)
    candidates = [i for i, block in enumerate(page.blocks) if i in reached or block.heading == 1]
    wanted = [form_of(given.get("title", "")), form_of(given.get("lead", ""))]
    forms = {i: form_of(page.blocks[i].text) for i in candidates}
    title = _title(page, candidates, forms, wanted[0], reach, excluded)
    if title >= 0:
        page.blocks[title].hint = Hint.TITLE
    start = title if title >= 0 else max(reach[-1] - 12, 0) if reach else 0
    for i in reach:
        block = page.blocks[i]
        if i == title or any(j in excluded for j in block.path):
            continue
        length = len(block.text)
        near = i >= start - 3
        if forms.get(i) and title >= 0 and forms[i] == forms[title]:
            block.hint = Hint.BOILERPLATE
        elif (i > start and length >= 30 and block.linked * 2 < length and _leads(page, block)) or (
            i > start
            and wanted[1]
            and len(wanted[1]) > 40
            and length > 40
            and (forms[i] == wanted[1] or (i != reach[-1] and wanted[1].startswith(forms[i])))
            and block.hint != Hint.BODY
        ):
            block.hint = Hint.LEAD
        elif near and block.flags & CAPTIONED and length >= 8 and i > start:
            block.hint = Hint.CAPTION
        elif near and length <= 120 and block.flags & SIGNED and (block.hint != Hint.BODY or i < reach[-1]):
            block.hint = Hint.BYLINE
        elif (
            near
            and length <= 120
            and (block.flags & DATED or block.hint == Hint.BOILERPLATE)
            and any(c.isdigit() for c in block.text)
            and parse_timestamp(block.text)
        ):
            block.hint = Hint.METADATA
        elif i < title and i >= title - 2 and block.flags & KICKER and length <= 120:
            block.hint = Hint.HEADING
        elif near and block.hint == Hint.BOILERPLATE:
            # Running text between the title and the text is the article's, in whatever box it stands.
            block.hint = Hint.BODY if i > title >= 0 and length >= 60 and _prose(block) == length else Hint.NEAR


def _leads(page: _Page, block: _Block) -> bool:
    """Whether a block is a lead by its own class, or by that of a box that holds little beside it."""
    if block.flags & LEADING:
        return True
    box = next((i for i in reversed(block.path[-3:]) if page.flags[i] & LEADING), -1)
    return box >= 0 and sum(box in other.path for other in page.blocks) <= 2


def _title(page: _Page, candidates: list[int], forms: dict[int, str], wanted: str, reach: list[int], excluded: set[int]) -> int:  # fmt: skip
    last = reach[-1] if reach else 0
    best, best_score = -1, 0.0
    for i in candidates:
        block = page.blocks[i]
        if not forms[i] or len(block.text) > 300 or any(j in excluded for j in block.path):
            continue
        score = 0.0
        if wanted:
            form = forms[i]
            if form == wanted:
                score += 6
            elif len(form) >= 12 and (wanted.startswith(form) or form.startswith(wanted)):
                score += 5
            elif len(form) >= 12 and form in wanted:
                score += 4
        if block.heading == 1:
            score += 3
        elif block.heading:
            score += 1.5
        if block.flags & TITLED:
            score += 1
        if len(forms[i]) < 10:
            score -= 2
        if i > last:
            score -= 1
        # Of equal ones that nearest above the text; a site's name stands in its head.
        score += 0.5 * (i / (last + 1)) if i <= last else 0
        if block.hint == Hint.BODY and not block.heading and score < 4:
            continue
        if score > best_score:
            best, best_score = i, score
    if best_score < 1.5:
        return -1
    # A page's title may be the site's name and the headline, or the name alone: the headline stands nearer the text.
    body = page.blocks[last].path if reach else ()
    for i in candidates:
        block = page.blocks[i]
        nearer = _shared(block.path, body) > _shared(page.blocks[best].path, body)
        parted = wanted in (f"{forms[best]} {forms[i]}", f"{forms[i]} {forms[best]}")
        site = forms[best] == wanted and len(wanted.split()) <= 5 and page.blocks[best].heading != 1
        above = block.flags & BOLD and 15 <= len(block.text) <= 160 and not block.linked and 0 <= last - i <= 3
        if nearer and not any(j in excluded for j in block.path) and ((parted and block.heading) or (site and above)):
            return i
    return best


def _shared(path: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many containers two blocks lie in together."""
    return sum(1 for i in path if i in other)


def _date(page: _Page, given: dict[str, str]) -> None:
    """Take the time of a <time> element at the head of the article where the metadata name none."""
    if given.get("date"):
        return
    title = next((i for i, block in enumerate(page.blocks) if block.hint == Hint.TITLE), 0)
    body = next((i for i, block in enumerate(page.blocks) if block.hint == Hint.BODY), len(page.blocks))
    last = max((i for i, block in enumerate(page.blocks) if block.hint == Hint.BODY), default=len(page.blocks))
    for i, value in page.times:
        if title - 4 <= i <= max(body + 1, title + 8) or body <= i <= last + 1:
            given["date"] = value
            return


_META: Final = {
    "title": ("og:title", "twitter:title", "dc.title", "title", "headline", "parsely-title", "sailthru.title"),
    "lead": ("og:description", "description", "twitter:description", "dc.description"),
    "source": ("og:site_name", "publisher", "dc.publisher", "application-name", "article:publisher", "twitter:site"),
    "author": ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl", "creator", "dcterms.creator"),
    "url": ("og:url", "twitter:url", "parsely-link"),
    "category": ("article:section", "section", "parsely-section", "news_category", "category"),
    "external_id": ("article:id", "articleid", "article_id", "newsid", "news_id", "nastooh.nid", "parsely-post-id", "contentid", "postid"),
    "date": ("article:published_time", "og:article:published_time", "datepublished", "article:published", "og:published_time", "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created", "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish_date", "publish-date", "publication_date", "publicationdate", "article_date_original", "article.published", "cxenseparse:recs:publishtime", "nastooh.publishdate", "dc.date", "dcterms.date", "date", "release_date", "originalpublicationdate", "cdc:date", "og:pubdate", "article:created_time", "og:updated_time", "article:modified_time", "lastmod"),
}  # fmt: skip
"""Meta names and properties by field, the better first."""
_META_FIELDS: Final = {name: (key, rank) for key, names in _META.items() for rank, name in enumerate(names)}
_SITE: Final = re.compile(r"\s+(?:[|–—»:›-]|::)\s+")


def page_metadata(tree: LexborHTMLParser) -> tuple[dict[str, str], list[str] | None]:
    """Return what a page's head says of the article: fields, tags. JSON-LD before meta tags before <title>."""
    given: dict[str, str] = {}
    best: dict[str, int] = {}
    keywords: list[str] = []
    tagged: list[str] = []
    for node in tree.css("meta"):
        attributes = node.attributes
        name = (
            (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").strip().lower()
        )
        content = (attributes.get("content") or "").strip()
        if not name or not content:
            continue
        if name == "article:tag":
            tagged.append(content)
        elif name in ("keywords", "news_keywords"):
            keywords.extend(re.split(r"\s*[,،;؛|]\s*", content))
        found = _META_FIELDS.get(name)
        if found and (found[0] not in best or found[1] < best[found[0]]):
            if found[0] == "author" and content.startswith(("http://", "https://")):
                continue
            best[found[0]] = found[1]
            given[found[0]] = content
    for node in tree.css('script[type="application/ld+json"]'):
        _linked_data(node.text(deep=True), given, tagged)
    if "date" not in given:
        dated = tree.css_first(
            '[itemprop="datePublished"],[itemprop="datepublished"],time[pubdate],abbr.published[title],.dt-published'
        )
        if dated is not None:
            stated = (dated.attributes.get(name) for name in ("datetime", "content", "title"))
            value = next((one for one in stated if one), None) or dated.text(deep=True)
            if value and value.strip():
                given["date"] = value.strip()
    canonical = tree.css_first('link[rel="canonical"]')
    if canonical is not None and (canonical.attributes.get("href") or "").startswith(("http", "//")):
        given["url"] = (canonical.attributes["href"] or "").strip()
    titled = tree.css_first("head title") or tree.css_first("title")
    whole = _SPACES.sub(" ", titled.text(deep=True)).strip() if titled is not None else ""
    if not given.get("title") and whole:
        site = given.get("source", "")
        parts = _SITE.split(whole)
        if len(parts) > 1 and site:
            parts = [part for part in parts if part.strip() != site] or parts
        given["title"] = max(parts, key=len)
    elif given.get("title") and given.get("source"):
        parts = _SITE.split(given["title"])
        if len(parts) > 1 and parts[-1].strip() == given["source"]:
            given["title"] = given["title"][: given["title"].rindex(parts[-1])].rstrip(" |–—»:›-")
    tags = [tag for tag in dict.fromkeys(tag.strip() for tag in (tagged or keywords)) if tag]
    cleaned = {name: repair(_SPACES.sub(" ", value))[0] for name, value in given.items()}
    if cleaned.get("source", "").startswith("@"):
        cleaned["source"] = cleaned["source"][1:]
    return cleaned, tags or None


_ARTICLES: Final = ("newsarticle", "article", "reportagenewsarticle", "blogposting", "analysisnewsarticle", "liveblogposting", "opinionnewsarticle", "backgroundnewsarticle", "report", "webpage", "posting")  # fmt: skip


def _linked_data(text: str, given: dict[str, str], tagged: list[str]) -> None:
    """Read JSON-LD of an article: schema.org's names."""
    try:
        value = json.loads(text.strip().removeprefix("<!--").removesuffix("-->").rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        dates = re.search(r'"datePublished"\s*:\s*"([^"]{8,40})"', text)
        if dates:
            given["date"] = dates[1]
        return
    found: list[tuple[int, Mapping[str, Any]]] = []
    pending = [value]
    known = _identified(value)
    for _ in range(200):
        if not pending:
            break
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item[:50])
        elif isinstance(item, Mapping):
            kinds = item.get("@type")
            kind = next(
                (
                    str(k).lower()
                    for k in (kinds if isinstance(kinds, list) else [kinds])
                    if str(k).lower() in _ARTICLES
                ),
                "",
            )
            if kind:
                found.append((_ARTICLES.index(kind), item))
            pending.extend(
                v
                for k, v in item.items()
                if k in ("@graph", "mainEntity", "itemListElement") and isinstance(v, list | Mapping)
            )
    for _, item in sorted(found, key=lambda pair: -pair[0]):
        for name, key in (("headline", "title"), ("description", "lead"), ("datePublished", "date"), ("author", "author"), ("publisher", "source"), ("articleSection", "category"), ("url", "url"), ("mainEntityOfPage", "url")):  # fmt: skip
            text_value = _named(known.get(_reference(item.get(name)), item.get(name)))
            if key == "url" and (not text_value.startswith("http") or "url" in given):
                continue
            if text_value:
                given[key] = text_value
        words = item.get("keywords")
        if words and not tagged:
            tagged.extend(words if isinstance(words, list) and all(isinstance(w, str) for w in words) else re.split(r"\s*[,،;؛]\s*", _named(words)))  # fmt: skip


def _reference(value: Any) -> str:
    return str(value.get("@id", "")) if isinstance(value, Mapping) and "name" not in value else ""


def _identified(value: Any) -> dict[str, Any]:
    """What a graph names, by its id."""
    graph = value.get("@graph") if isinstance(value, Mapping) else value
    items = graph if isinstance(graph, list) else []
    return {
        str(item["@id"]): item
        for item in items[:200]
        if isinstance(item, Mapping) and item.get("@id") and item.get("name")
    }


def _named(value: Any) -> str:
    if isinstance(value, str):
        return replace_surrogates(value).strip()
    if isinstance(value, Mapping):
        return _named(value.get("name") or "")
    if isinstance(value, list):
        return "، ".join(name for name in (_named(item) for item in value[:10]) if name)
    return ""
