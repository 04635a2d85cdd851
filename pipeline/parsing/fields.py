"""One record of any structured format, made an article by what its own names hold.

Belongs here: choosing among a record's values. Does not belong here: which names hold which field
(`pipeline.parsing.field_names`), how records are cut out of a file (`pipeline.parsing.readers`), what the values
mean (`pipeline.parsing.metadata`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pipeline.parsing.articles import Article, Hint, Reject, Rejected, join_fields
from pipeline.parsing.encodings import decide, decode, repair
from pipeline.parsing.field_names import WRAPPERS, field_of, fold_name, known_names
from pipeline.parsing.settings import ParsingSettings
from pipeline.text.characters import replace_surrogates

_TAG: Final = re.compile(r"</?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|h[1-6]|img|table|tr|td|blockquote|figure|font|article|section|iframe|script|style)\b[^<>]*>", re.IGNORECASE)  # fmt: skip
_PICTURE: Final = re.compile(r"<(image|photo)>[^<>]{0,200}</\1>", re.IGNORECASE)
"""A picture's file named within a text, as collections of newspapers have it."""
_ENTITY: Final = re.compile(r"&(?:#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6}|[a-zA-Z]{2,12});")
_ARABIC: Final = re.compile(r"[\u0620-\u06ff]")


def article_from_record(record: int, values: Mapping[str, Any], settings: ParsingSettings) -> Article | Reject:
    """Make an article of one record of a structured format.

    A field is taken from the record's own names by `FIELDS`, or by the settings' `fields` where they name
    it. Where no name holds a body, the longest running text in the record does.

    Args:
        record: The record's place in its file.
        values: Name to value: text, number, list or nested mapping.
        settings: What the source's configuration says.
    """
    chosen = _choose(values, settings)
    given: dict[str, str] = {}
    tags: list[str] | None = None
    for field, value in chosen.items():
        if field in ("title", "lead", "body"):
            continue
        if field == "tags":
            tags = _tags(value) or None
        elif field == "category" and isinstance(value, list):
            text = next((t for t in (_text(v) for v in value) if t), "")
            if text:
                given[field] = text
        else:
            if field in ("external_id", "url") and isinstance(value, list):
                value = next((one for one in value if _text(one)), None)
            text = _date(value) if field == "date" else _text(value, joiner="، " if field == "author" else " ")
            if field == "author":
                text = _signed(text)
            if text:
                given[field] = text
    title, lead = _text(chosen.get("title")), _text(chosen.get("lead"))
    body = _body(chosen.get("body"))
    is_cut = bool(_CUT.search(lead))
    lead = _CUT.sub("", lead) if body else lead
    if title and "<" in title and _TAG.search(title):
        title = _plain(title)
    if lead and _TAG.search(lead):
        lead = _plain(lead)
    joined = "\n".join(value for value, _ in body).strip()
    is_beginning = is_cut and _blanks(joined).startswith(_blanks(lead).rstrip(". …"))
    is_beginning |= len(lead) > 200 and joined.startswith(lead.rstrip(". …"))
    if lead and joined and (lead == joined or is_beginning):
        lead = ""  # feeds give the beginning of the text, or all of it, once more as a description
    if lead and not joined:
        body, lead = _body(chosen.get("lead")), ""
    if title and not joined and not body:
        pass  # a headline alone is an article without a body
    article = join_fields(record, title, lead, body, given, tags)
    if not article.lines:
        return Reject(record, "the record holds no text: none of its names holds a title or a body" if not chosen else "the record's title and body are empty")  # fmt: skip
    return article


_CUT: Final = re.compile(r"\s*\[(?:…|\.\.\.|&hellip;|&#8230;)\]\s*(?=</p>|$)")
"""What content systems put where they cut a text short for a summary."""
_ADDRESS: Final = re.compile(r"^\S+@\S+\.\S+$")
_ADDRESSED: Final = re.compile(r"^\S+@\S+\s*\(([^()]+)\)$")


def _blanks(text: str) -> str:
    return " ".join(text.split())


def _signed(text: str) -> str:
    """Return who signed without addresses of mail: feeds have «mail (name)»; numbers of users are no names."""
    named = _ADDRESSED.match(text)
    if named:
        return named[1].strip()
    names = [name for name in text.split("، ") if not _ADDRESS.match(name)]
    return "، ".join(names) if not text.isdigit() else ""


def _date(value: Any) -> str:
    """Return a date's text: seconds, milli-, micro- and nanoseconds since 1970 become seconds; parts become a day."""
    if isinstance(value, Mapping):
        parts = [value.get(name) for name in ("year", "month", "day")]
        if all(isinstance(part, int) for part in parts):
            return "-".join(f"{part:02d}" for part in parts)
        for name in ("$date", "$numberLong", "_seconds", "seconds"):
            if name in value:
                return _date(value[name])
    if isinstance(value, str) and value.strip().isdigit() and len(value.strip()) > 9:
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 1e9:
        while value > 1e11:
            value /= 1000
        return str(int(value))
    return _text(value, joiner=" ")


_APART: Final = frozenset(
    "author authors creator source publisher image images media photo photos picture thumbnail video videos audio user links stats seo comments related geo location yoastheadjson embedded".split()
)
"""Names of objects that tell about something else than the article."""


def _within(values: Mapping[str, Any], chosen: dict[str, Any], depth: int = 0) -> None:
    """Fill fields that the record's own names left open from objects within it that hold several known names."""
    for name, inner in values.items():
        if not isinstance(inner, Mapping) or not isinstance(name, str):
            continue
        if field_of(name) or fold_name(name).strip("_") in _APART or depth > 2:
            continue
        known = [field_of(str(key)) for key in inner if fold_name(str(key)) != "name"]
        found = {one[0] for one in known if one}
        if len(found) >= 2 and found & {"title", "body", "date"}:
            has_body = "body" in chosen
            for field, given in _choose(inner, ParsingSettings()).items():
                if not (field == "lead" and has_body):  # what search engines are to show is no lead
                    chosen.setdefault(field, given)
        else:
            _within(inner, chosen, depth + 1)


def _zoned(local: str, utc: str) -> str:
    """Return a local time with its distance from the same moment in UTC, where the two make a zone."""
    try:
        away = round((datetime.fromisoformat(local) - datetime.fromisoformat(utc)).total_seconds() / 60)
    except (ValueError, TypeError):
        return local
    return (
        f"{local}{'-' if away < 0 else '+'}{abs(away) // 60:02d}:{abs(away) % 60:02d}"
        if abs(away) <= 14 * 60
        else local
    )


def _embedded(values: Mapping[str, Any], chosen: dict[str, Any]) -> None:
    """WordPress: an answer's numbers of author, sections and tags are named in what it embeds."""
    local, utc = values.get("date"), values.get("date_gmt")
    if isinstance(local, str) and isinstance(utc, str) and "date" in chosen:
        chosen["date"] = _zoned(local, utc)
    embedded = values.get("_embedded")
    for field in ("author", "category", "tags"):
        given = chosen.get(field)
        if isinstance(given, int) or (isinstance(given, list) and given and all(isinstance(one, int) for one in given)):
            del chosen[field]
    if not isinstance(embedded, Mapping):
        return
    people = embedded.get("author")
    if "author" not in chosen and people:
        chosen["author"] = people
    terms = embedded.get("wp:term")
    for term in [one for some in terms if isinstance(some, list) for one in some] if isinstance(terms, list) else ():
        if isinstance(term, Mapping) and _text(term.get("name")):
            kind = "tags" if term.get("taxonomy") == "post_tag" else "category"
            if term.get("taxonomy") in ("post_tag", "category"):
                chosen.setdefault(kind, [])
                if isinstance(chosen[kind], list):
                    chosen[kind].append(_text(term["name"]))


def _choose(values: Mapping[str, Any], settings: ParsingSettings) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    overridden = dict(settings.fields)
    for field, names in overridden.items():
        parts = [value for name in names if (value := _dig(values, name)) not in (None, "", [])]
        if parts:
            chosen[field] = parts[0] if len(parts) == 1 else parts
    best: dict[str, int] = {}
    extra: list[tuple[int, Any]] = []
    for name, value in values.items():
        found = field_of(name) if isinstance(name, str) else None
        if found is None or _empty(value):
            continue
        field, rank = found
        if field in overridden or (name in WRAPPERS and isinstance(value, Mapping) and known_names([str(key) for key in value]) >= 2):  # fmt: skip
            continue
        if field == "external_id" and isinstance(value, Mapping):
            value = next(iter(value.values()), None)
        if field == "body" and isinstance(value, Mapping) and not _body(value):
            continue
        if field == "lead":
            extra.append((rank, value))
        if field not in best or rank < best[field]:
            best[field] = rank
            chosen[field] = value
    if "body" not in chosen and "body" not in overridden:
        for wrapper in WRAPPERS:
            inner = values.get(wrapper)
            if isinstance(inner, Mapping) and known_names([str(name) for name in inner]) >= 2:
                nested = _choose(inner, settings)
                return {**chosen, **nested}
        longest = max(
            ((len(_ARABIC.findall(text)), name) for name, value in values.items() if isinstance(value, str) and (text := value) and field_of(str(name)) is None),
            default=(0, ""),
        )  # fmt: skip
        if longest[0] >= 40:
            chosen["body"] = values[longest[1]]
    _embedded(values, chosen)
    _within(values, chosen)
    if isinstance(chosen.get("source"), Mapping):
        chosen["source"] = chosen["source"].get("name") or chosen["source"].get("title") or _text(chosen["source"])
    return chosen


def _empty(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _dig(values: Mapping[str, Any], name: str) -> Any:
    if name in values:
        return values[name]
    at: Any = values
    for part in name.split("."):
        if isinstance(at, list) and part.isdigit() and int(part) < len(at):
            at = at[int(part)]
        elif isinstance(at, Mapping) and part in at:
            at = at[part]
        else:
            return None
    return at


def _text(value: Any, joiner: str = "\n", depth: int = 0) -> str:
    """Return the text of a value of any shape; empty where it has none."""
    if isinstance(value, str):
        text = replace_surrogates(value)
        if "&" in text and _ENTITY.search(text) and not _TAG.search(text):
            text = html.unescape(text)
        return repair(text)[0].strip(" \t\r\n")
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, bytes):
        try:
            return _text(decode(value, decide(value, whole=True)), joiner, depth)
        except Rejected:
            return ""
    if depth > 6:
        return ""
    if isinstance(value, Mapping):
        for name in ("rendered", "name", "title", "text", "value", "content", "html", "#text", "href", "$oid", "$date", "$numberLong", "@value"):  # fmt: skip
            if name in value and (text := _text(value[name], joiner, depth + 1)):
                return text
        return ""
    if isinstance(value, list | tuple):
        return joiner.join(text for text in (_text(item, joiner, depth + 1) for item in value) if text)
    return replace_surrogates(str(value))


def _tags(value: Any) -> list[str]:
    if isinstance(value, str):
        parts = re.split(r"\s*[,،;؛|\n]\s*", _text(value))
    elif isinstance(value, list | tuple):
        parts = [_text(item, " ") for item in value]
    else:
        parts = [_text(value)]
    seen: dict[str, None] = {}
    for part in parts:
        cleaned = part.strip().lstrip("#").strip()
        if cleaned:
            seen[cleaned] = None
    return list(seen)


def _body(value: Any, depth: int = 0) -> list[tuple[str, int]]:
    """Return the body's parts with their hints; markup becomes its visible text."""
    if isinstance(value, list | tuple):
        return [part for item in value for part in _body(item, depth + 1)] if depth <= 6 else []
    if isinstance(value, Mapping):
        # Blocks of an editor: {"type": "heading", "text": ...}, or a tree of them.
        kind = str(value.get("type", value.get("nodeType", ""))).lower()
        held = value.get("data")
        data = held if isinstance(held, Mapping) else value
        within = next((inner for name in ("blocks", "content", "children", "items", "paragraphs") if isinstance(inner := data.get(name), list)), None)  # fmt: skip
        if (
            within
            and all(isinstance(item, Mapping) for item in within)
            and not any(_is_inline(item) for item in within)
        ):
            return [part for item in within for part in _body(item, depth + 1)] if depth <= 6 else []
        text = _inline(within) if within else _text(data)
        if not text or kind in ("image", "embed", "video", "gallery", "iframe", "advertisement", "ad"):
            return []
        if kind.startswith(("head", "h2", "h3")):
            return [(text, Hint.HEADING)]
        if "caption" in kind:
            return [(text, Hint.CAPTION)]
        value = text
    text = value if isinstance(value, str) else _text(value)
    if not text:
        return []
    text = replace_surrogates(text)
    if "<" in text:
        text = _PICTURE.sub("", text)
    if "<" in text and _TAG.search(text):
        from pipeline.parsing.readers.html import fragment_lines

        return fragment_lines(repair(text)[0])
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    return [(repair(text)[0], Hint.BODY)]


def _is_inline(item: Mapping[str, Any]) -> bool:
    """Whether a node of an editor's tree is a run of letters within a paragraph."""
    kind = str(item.get("type", item.get("nodeType", ""))).lower()
    return kind in ("text", "link", "hyperlink", "mark", "a", "strong", "em", "hardbreak", "br") and not (
        kind == "text" and "value" in item and "marks" not in item and "nodeType" not in item
    )


def _inline(items: list[Any]) -> str:
    """Return the text of a paragraph's runs, joined as they stand."""
    parts: list[str] = []
    for item in items:
        if isinstance(item, str):
            parts.append(item)
        elif isinstance(item, Mapping):
            kind = str(item.get("type", "")).lower()
            inner = item.get("content", item.get("children"))
            if kind in ("hardbreak", "br"):
                parts.append("\n")
            elif isinstance(inner, list):
                parts.append(_inline(inner))
            else:
                run = item.get("text", item.get("value", ""))
                parts.append(run if isinstance(run, str) else _text(run))
    return replace_surrogates("".join(parts))


def _plain(text: str) -> str:
    from pipeline.parsing.readers.html import fragment_lines

    return " ".join(value for value, _ in fragment_lines(text))
