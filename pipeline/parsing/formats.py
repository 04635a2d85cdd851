"""What a file is, by its content; its name only where the content leaves a choice.

Belongs here: the signs of each format. Does not belong here: reading any of them (`pipeline.parsing.readers`).
"""

from __future__ import annotations

import re
from typing import Final

from pipeline.parsing.articles import Rejected
from pipeline.parsing.field_names import known_names

BINARIES: Final = (
    (b"%PDF-", "a PDF document"), (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF file (sound, video or WebP image)"), (b"\x00\x00\x01\x00", "an icon"), (b"BM", "a bitmap image"), (b"II*\x00", "a TIFF image"), (b"MM\x00*", "a TIFF image"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"), (b"{\\rtf", "an RTF document"), (b"SQLite format 3\x00", "an SQLite database"),
    (b"ID3", "a sound file"), (b"OggS", "a sound file"), (b"fLaC", "a sound file"), (b"\x1aE\xdf\xa3", "a video"), (b"\x7fELF", "a program"), (b"MZ", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"), (b"\x00asm", "a program"), (b"Obj\x01", "an Avro file"), (b"ORC", "an ORC file"), (b"ARROW1", "an Arrow file"), (b"\x93NUMPY", "a NumPy array"), (b"\x80\x04\x95", "a Python pickle"),
    (b"wOFF", "a font"), (b"wOF2", "a font"), (b"\x00\x01\x00\x00\x00", "a font"),
)  # fmt: skip
"""First bytes of formats that hold no article this pipeline reads."""
_FIRST_BYTES: Final = frozenset(magic[:1] for magic, _ in BINARIES)
_CONTROLS: Final = bytes([*range(9), *range(14, 27), *range(28, 32)])
_SHORT_MAGIC: Final = (b"BM", b"MZ", b"ID3", b"ORC", b"RIFF")
_HTML_ROOT: Final = re.compile(r"<(?:!doctype\s+html|html|head|body|div|p|article|section|main|h[1-6]|table|span|ul|meta|title|br|a|img|script|style|center|font|figure|header|nav)\b", re.IGNORECASE)  # fmt: skip
_JSON_LINES: Final = re.compile(r'\{[^\n]*\}[ \t\r]*\n\s*\{\s*"')
"""An object on one line, and the next object on the next."""
_TAGS: Final = re.compile(
    r"</(?:p|div|span|a|li|ul|td|tr|h[1-6]|body|html|article|section|strong|b)\s*>|<br\s*/?>", re.IGNORECASE
)
_XML_ROOT: Final = re.compile(r"<\??[A-Za-z_\u0600-\u06ff][^<>]{0,2000}>")
_HTML_ANYWHERE: Final = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)


def detect(head: bytes, text: str | None, name: str) -> str:
    """Return the format of a file: text, html, json, jsonl, csv, tsv, xml, warc or parquet.

    Args:
        head: Its first bytes.
        text: They as text; None where they are no text of a known encoding.
        name: Its name.

    Raises:
        Rejected: If it is a known binary format, or no text.
    """
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"WARC/"):
        return "warc"
    sample = head[:4096]
    control = len(sample) - len(sample.translate(None, _CONTROLS))
    for magic, what in BINARIES if head[:1] in _FIRST_BYTES else ():
        if head.startswith(magic) and (magic not in _SHORT_MAGIC or control):
            raise Rejected(f"binary: {what}, not a supported format")
    if len(head) > 12 and head[4:8] == b"ftyp":
        raise Rejected("binary: a video, not a supported format")
    if text is None:
        text = head[:65536].decode("utf-8", "replace")
    elif control * 20 > len(sample) and b"\0" not in sample:
        raise Rejected("binary: holds too many control characters to be text")
    extension = name.rsplit("!", 1)[-1].rsplit("/", 1)[-1].lower()
    for suffix in (".gz", ".bz2", ".xz", ".zst", ".zstd"):
        extension = extension.removesuffix(suffix)
    extension = extension.rsplit(".", 1)[-1] if "." in extension else ""
    start = text[:65536].lstrip(" \t\r\n\ufeff\u200e\u200f\x00")
    if start[:1] in ("{", "[") and re.match(r'\{\s*(?:"|\})|\[\s*(?:\{|\[\s*[{"]|"|\]|$)', start):
        by_lines = start[:1] == "{" and (extension in ("jsonl", "ndjson") or _JSON_LINES.match(start) is not None)
        return "jsonl" if by_lines else "json"
    if extension in ("jsonl", "ndjson") and any(line.lstrip().startswith('{"') for line in start.split("\n", 4)[:4]):
        return "jsonl"  # its first line is damaged
    if start.startswith("<"):
        found = _markup(start, extension)
        if found:
            return found
    if extension in ("htm", "html", "xhtml", "shtml", "php", "asp", "aspx") and (
        "<" in start and (_TAGS.search(start) or _HTML_ROOT.search(start))
    ):
        return "html"
    if "<" in start and (_HTML_ANYWHERE.search(start[:2000]) or len(_TAGS.findall(start[:20000])) >= 6):
        return "html"
    separator = _separator(start, extension)
    if separator:
        return "tsv" if separator == "\t" else "csv"
    return "text"


def _markup(start: str, extension: str) -> str | None:
    body = re.sub(r"^(?:<\?[^>]*\?>|<!--.*?-->|\s)+", "", start[:20000], flags=re.DOTALL)
    if re.match(r"<!doctype\s+html|<html\b", body, re.IGNORECASE):
        return "html"
    if start.startswith("<?xml") or re.match(r"<!DOCTYPE\b", body):
        return "xml"
    if re.match(r"<(?:rss|feed|rdf:RDF|DOC|DOCS|add|corpus|root|articles|news|items?|records?|documents?|dataset|urlset|channel|entry|nitf|newsml|newsitem|TEI|mediawiki)\b", body, re.IGNORECASE):  # fmt: skip
        return "xml"
    if _HTML_ROOT.match(body):
        return "html"
    if extension == "xml" or (_XML_ROOT.match(body) and re.search(r"</[A-Za-z_][^<>]*>", body)):
        return "xml"
    return None


def _separator(start: str, extension: str) -> str | None:
    if re.match(r"sep=[\t,;|]\r?\n", start):
        start = start.split("\n", 1)[1]
    line = start.split("\n", 1)[0].strip("\r\n")
    if extension not in ("csv", "tsv") and not any(separator in line for separator in "\t,;|"):
        return None
    for separator in ("\t", ",", ";", "|"):
        names = [name.strip().strip('"') for name in line.split(separator)]
        if len(names) >= 2 and len(line) < 4000:
            known = known_names(names)
            if known >= 2 and known * 2 >= len(names) and all(len(name) <= 40 for name in names):
                return separator
            if known and extension in ("csv", "tsv") and all(len(name) <= 60 for name in names):
                return separator
    if extension in ("csv", "tsv"):
        if known_names([line.strip().strip('"')]):
            return "\t" if extension == "tsv" else ","
        lines = [one for one in start.split("\n")[:6] if one.strip()]
        for separator in ("\t", ",", ";"):
            counts = {one.count(separator) for one in lines[:-1] or lines}
            if len(lines) >= 2 and len(counts) == 1 and counts != {0}:
                return separator
    return None
