"""XML and its looser kin: RSS and Atom feeds, TREC-like <DOC>, Hamshahri-like collections, single articles.

Belongs here: cutting records out of the text, piece by piece, and their elements out of records. Does not
belong here: what elements' names mean (`pipeline.parsing.fields`).

Collections of news are seldom well-formed: several roots, bare ampersands, unclosed tags. So records are found by
their element, and elements by their tags; a general parser is not asked. Entities are never expanded but for
characters, and a file that declares its own is rejected.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any, Final

from pipeline.parsing.articles import Article, Reject, Rejected
from pipeline.parsing.field_names import field_of, known_names
from pipeline.parsing.fields import article_from_record
from pipeline.parsing.settings import ParsingSettings
from pipeline.parsing.sources import Source

_RECORDS: Final = ("item", "entry", "doc", "article", "newsitem", "news", "record", "document", "story", "post", "row", "page", "nitf", "text")  # fmt: skip
_TOKEN: Final = re.compile(
    r"<!\[CDATA\[(?P<data>.*?)\]\]>|<!--.*?-->|<\?.*?\?>"
    r"|<(?P<close>/?)(?P<name>[A-Za-z_\u0600-\u06ff][\w:.\-]*)(?P<attributes>(?:\s+[\w:.\-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(?P<empty>/?)>",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(r"([\w:.\-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_MARKUP: Final = frozenset("p br b i u em strong a span div img ul ol li table tr td th tbody thead h1 h2 h3 h4 h5 h6 blockquote figure figcaption font sup sub hr center small q cite iframe video audio source".split()) - {"source"}  # fmt: skip
_BESIDE: Final = frozenset(("email", "uri", "image", "photo", "picture", "avatar"))
"""Elements within a field that are no part of its text: a writer's address, a picture's file."""
_NUMBER: Final = "guid number"
"""Name given to a feed's guid that is no address but the publisher's own number."""
_NAME: Final = re.compile(r"<([A-Za-z_\u0600-\u06ff][\w:.\-]*)")


def read(source: Source, settings: ParsingSettings) -> Iterator[Article | Reject]:
    """Yield the file's articles.

    Raises:
        Rejected: If it declares entities, or holds no element that is a record.
    """
    chunks = source.text_chunks()
    buffer = next(chunks, "")
    if re.search(r"<!ENTITY\b", buffer[:262144]):
        raise Rejected("declares entities of its own: not expanded, taken for an entity bomb")
    name, feed = _record_name(buffer)
    if name is None:
        raise Rejected("XML without an element that is a record")
    origin = _feed_title(buffer, name) if feed else None
    opening = re.compile(rf"<{re.escape(name)}(?:\s[^<>]*)?(?<!/)>", re.IGNORECASE)
    closing = re.compile(rf"</{re.escape(name)}\s*>", re.IGNORECASE)
    number = at = 0
    limit = settings.max_document_bytes
    while True:
        begin = opening.search(buffer, at)
        end = closing.search(buffer, begin.end()) if begin else None
        if begin is None or end is None:
            keep = begin.start() if begin else max(at, len(buffer) - 256)
            if len(buffer) - keep > limit:
                yield Reject(number, f"a record of more than {limit >> 20} MiB")
                number += 1
                keep = len(buffer)
            more = next(chunks, None)
            if more is None:
                if begin is not None:
                    yield Reject(
                        number, f"cut short: <{name}> at character {begin.start()} of the rest is never closed"
                    )
                return
            buffer, at = buffer[keep:] + more, 0
            continue
        # Of nested elements of one name the innermost is the record; of unclosed ones the last.
        starts = list(opening.finditer(buffer, begin.end(), end.start()))
        for _ in starts if name != "text" else ():
            if not _nests(buffer, begin.end(), starts[-1].start()):
                yield Reject(number, f"cut short: <{name}> is never closed")
                number += 1
        start = starts[-1].end() if starts else begin.end()
        raw = buffer[start : end.start()]
        at = end.end()
        yield _record(number, raw, origin, settings)
        number += 1
        if at > 1 << 20:
            buffer, at = buffer[at:], 0


def _nests(buffer: str, start: int, end: int) -> bool:
    """Whether nothing but tags of a wrapper lies between two openings of one name."""
    return not re.sub(r"<[^<>]*>|\s+", "", buffer[start:end])


def _record(number: int, raw: str, origin: str | None, settings: ParsingSettings) -> Article | Reject:
    bad = re.search("[\udc80-\udcff]", raw)
    if bad:
        return Reject(
            number, f"invalid UTF-8 (byte 0x{ord(bad[0]) - 0xDC00:02x} at character {bad.start()} of the record)"
        )
    values = elements(raw)
    if origin and "source" not in {found[0] for name in values if (found := field_of(name))}:
        values["source"] = origin
    return article_from_record(number, values, settings)


def elements(raw: str) -> dict[str, Any]:
    """Return the elements of a record by name: text, or a list where a name comes again.

    Mark-up of text (p, br, b, ...) stays in the text it marks; attributes count where an element has no text.
    """
    values: dict[str, Any] = {}
    stack: list[tuple[str, list[str], list[bool]]] = [("", [], [False])]
    at = 0

    def put(name: str, value: str, within: str) -> None:
        owner = field_of(within) if within else None
        if not value.strip() or (owner and name.lower() in _BESIDE and len(value) < 200):
            return
        if owner and owner[0] not in ("body", "title") and (field_of(name) or ("",))[0] != "url":
            name = within
        if name in values:
            before = values[name]
            values[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            values[name] = value

    for token in _TOKEN.finditer(raw):
        between = raw[at : token.start()]
        if between:
            stack[-1][1].append(html.unescape(between) if "&" in between else between)
        at = token.end()
        name = token["name"]
        if name is None:
            if token["data"] is not None:
                stack[-1][1].append(token["data"])
            continue
        if name.lower() in _MARKUP and len(stack) > 1:
            stack[-1][1].append(token[0])
            continue
        if name.lower().startswith(("media:", "itunes:")):
            continue
        if token["close"]:
            if any(name.lower() == entry[0].split(" ")[0].lower() for entry in stack[1:]):
                while len(stack) > 1:
                    closed, pieces, has_children = stack.pop()
                    stack[-1][2][0] = True
                    text = "".join(pieces).strip()
                    if text and not (has_children[0] and len(text) < 3):
                        put(closed, text, stack[-1][0])
                    if closed.lower() == name.lower() or (closed == _NUMBER and name.lower() == "guid"):
                        break
            continue
        attributes = {key.lower(): html.unescape(a or b) for key, a, b in _ATTRIBUTE.findall(token["attributes"] or "")}
        if token["empty"]:
            value = (
                attributes.get("href")
                or attributes.get("term")
                or attributes.get("content")
                or attributes.get("value")
                or attributes.get("norm")
                or ""
            )
            if attributes.get("rel", "alternate") == "alternate":
                put(attributes.get("name", name) if name.lower() == "meta" else name, value, stack[-1][0])
            continue
        if name.lower() == "guid" and attributes.get("ispermalink", "").lower() == "false":
            stack.append((_NUMBER, [], [False]))
            continue
        stack.append((name, [], [False]))
    rest = raw[at:]
    if rest.strip():
        stack[-1][1].append(html.unescape(rest))
    while stack:
        closed, pieces, _ = stack.pop()
        text = "".join(pieces).strip()
        if text:
            put(closed or "text", text, stack[-1][0] if stack else "")
    return values


def _record_name(head: str) -> tuple[str | None, bool]:
    """The element that is a record, and whether the file is a feed."""
    sample = head[:262144]
    counts: dict[str, int] = {}
    order: list[str] = []
    for match in _NAME.finditer(sample):
        name = match[1]
        if name not in counts:
            order.append(name)
        counts[name] = counts.get(name, 0) + 1
    if not order:
        return None, False
    lowered = {name.lower(): name for name in reversed(order)}
    root = order[0].lower()
    if root in ("rss", "rdf:rdf", "channel") or ("item" in lowered and "channel" in lowered):
        return lowered.get("item"), True
    if root == "feed":
        return lowered.get("entry"), True
    for name in _RECORDS:
        if name in lowered:
            inner = sample[sample.find("<" + lowered[name]) :][:20000]
            names = [match[1] for match in _NAME.finditer(inner)]
            if known_names(list(dict.fromkeys(names[1:]))) >= 2 or name == "doc":
                return lowered[name], False
    # The element that holds known names: the parent of the first that does.
    path: list[str] = []
    for token in _TOKEN.finditer(sample):
        name = token["name"]
        if name is None or token["empty"]:
            continue
        if token["close"]:
            if name in path:
                del path[len(path) - 1 - path[::-1].index(name) :]
        else:
            found = field_of(name)
            if found and found[0] in ("title", "body") and path:
                return path[-1], False
            path.append(name)
    return order[0], False


def _feed_title(head: str, name: str) -> str | None:
    begin = head.find("<" + name)
    match = re.search(
        r"<title[^>]*>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</title>", head[: max(begin, 0)], re.DOTALL | re.IGNORECASE
    )
    return html.unescape(match[1]).strip() or None if match else None
