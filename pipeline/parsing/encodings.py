"""Which characters bytes mean: the encoding of a file, and text that was once decoded wrongly and saved.

Belongs here: the decision, its ground in words, and the repair. Does not belong here: what the characters
say.

Order of evidence: a byte order mark; the pattern of zero bytes (UTF-16 and UTF-32 without a mark); whether
the bytes are UTF-8, which running text in another encoding never is by chance; then the letters: of the
single-byte encodings of Arabic script the one under which the bytes spell Persian or Arabic best. What a
page or an XML file declares decides between encodings that read equally well, and is otherwise only reported.

Letter statistics: relative frequencies of characters outside ASCII, half of them counted on ANT Corpus
(Apache-2.0; Chouigui et al., 2017, Arabic news) and half on news texts of the ISNA agency (Persian).
"""

from __future__ import annotations

import codecs
import functools
import math
import re
from typing import Final, NamedTuple

from pipeline.parsing.articles import Rejected

_PER_MILLE: Final = {
    "ا": 148.7, "ل": 69.4, "ر": 65.8, "م": 59.2, "ن": 59.0, "و": 52.6, "ی": 48.8, "د": 48.6, "ت": 46.2, "ه": 40.5,
    "ب": 38.2, "ي": 38.1, "س": 29.4, "ع": 20.5, "ف": 19.9, "ة": 19.2, "ق": 17.0, "ش": 16.8, "ز": 13.6, "ح": 13.6,
    "ج": 13.5, "ک": 13.3, "خ": 9.4, "أ": 8.6, "ص": 8.1, "ك": 7.5, "ط": 7.3, "،": 7.0, "\u200c": 6.5, "گ": 6.0,
    "ض": 4.9, "إ": 4.1, "ى": 4.0, "ئ": 3.5, "پ": 3.3, "ذ": 3.2, "آ": 3.1, "ث": 3.1, "غ": 2.6, "ظ": 1.9, "ء": 1.7,
    "چ": 1.4, "\xa0": 1.3, "ّ": 0.9, "۰": 0.8, "«": 0.8, "»": 0.8, "۱": 0.8, "ؤ": 0.7, "۲": 0.6, "ژ": 0.5, "۳": 0.4,
    "۹": 0.4, "۵": 0.4, "ً": 0.3, "۴": 0.3, "۶": 0.3, "۸": 0.3, "۷": 0.3, "ـ": 0.2, "؛": 0.2, "؟": 0.2, "ِ": 0.1,
    "ُ": 0.1, "–": 0.1, "…": 0.1, "“": 0.1, "”": 0.1, "‘": 0.1, "’": 0.1, "\u200f": 0.1, "\u200e": 0.1, "َ": 0.1,
    "ْ": 0.1, "ٌ": 0.1, "ٍ": 0.1, "—": 0.1, "•": 0.1, "١": 0.1, "٢": 0.1, "٠": 0.1, "ۀ": 0.1, "٪": 0.1,
}  # fmt: skip
_FLOOR: Final = math.log(0.01)
_LOG: Final = {char: math.log(value) for char, value in _PER_MILLE.items()}

SINGLE_BYTE: Final = (("windows-1256", "cp1256"), ("iso-8859-6", "iso8859_6"))
"""Encodings decided between by their letters: name as reported, Python's codec."""
_ENOUGH: Final = 2.0
"""Mean log frequency (per mille) that running text reaches: Persian and Arabic news lie at 3.2 to 3.7, noise below 1."""
_SAMPLE: Final = 1 << 16

_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32", "utf_32_le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf_32_be"),
    (codecs.BOM_UTF8, "utf-8", "utf_8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf_16_le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf_16_be"),
)


class Encoding(NamedTuple):
    """A decision: `codec` is Python's name, `skip` the bytes of the byte order mark, `ground` the decision in words."""

    codec: str
    skip: int
    ground: str


def decide(head: bytes, *, whole: bool, declared: str | None = None, configured: str | None = None) -> Encoding:
    """Decide the encoding of a file.

    Args:
        head: Its beginning; all of it where `whole`.
        whole: Whether `head` is the whole file.
        declared: What the content itself says its encoding is.
        configured: What the source's configuration says: no guess is made then.

    Raises:
        Rejected: If it is no known encoding; the reason names the first byte that is not UTF-8.
    """
    if configured:
        bom = next((mark for mark, _, codec in _BOMS if head.startswith(mark)), b"")
        return Encoding(codecs.lookup(configured).name, len(bom), f"{configured} (configured)")
    for mark, name, codec in _BOMS:
        if head.startswith(mark):
            if codec == "utf_8":
                _check_utf8(head, whole)
            return Encoding(codec, len(mark), f"{name} (byte order mark)")
    if b"\0" in head[:4096]:
        wide = _wide(head[:_SAMPLE])
        if wide:
            return wide
        raise Rejected("binary: holds zero bytes and is no UTF-16 text")
    try:
        _decode_utf8(head, whole)
    except UnicodeDecodeError as error:
        return _single_byte(head, error, declared, _declared(declared))
    return _valid_utf8(head.isascii(), declared)


def decode_at_once(data: bytes, declared: str | None) -> tuple[str, Encoding] | None:
    """Return text and decision for a whole file that is UTF-8 without a mark: most are. None for any other."""
    if b"\0" in data[:4096] or data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text, _valid_utf8(text.isascii(), declared)


def _valid_utf8(ascii_only: bool, declared: str | None) -> Encoding:
    said = _declared(declared)
    note = f"; it declares {declared}" if said and said not in ("utf-8", "ascii") else ""
    return Encoding("utf_8", 0, f"utf-8 ({'ASCII only' if ascii_only else 'valid'}{note})")


def _declared(declared: str | None) -> str | None:
    try:
        return codecs.lookup(declared).name if declared else None
    except (LookupError, ValueError):
        return None


def _decode_utf8(data: bytes, whole: bool) -> str:
    return codecs.getincrementaldecoder("utf-8")().decode(data, final=whole)


def _check_utf8(data: bytes, whole: bool) -> None:
    try:
        _decode_utf8(data, whole)
    except UnicodeDecodeError as error:
        raise Rejected(_invalid(data, error)) from error


def _invalid(data: bytes, error: UnicodeDecodeError) -> str:
    return f"invalid UTF-8 at byte {error.start} (0x{data[error.start]:02x}) and no other known encoding"


def _wide(data: bytes) -> Encoding | None:
    """UTF-16 or UTF-32 without a mark: the order under which the units are letters of this script and ASCII."""
    best: tuple[float, Encoding] | None = None
    for name, codec, size in (
        ("utf-32", "utf_32_le", 4),
        ("utf-32", "utf_32_be", 4),
        ("utf-16", "utf_16_le", 2),
        ("utf-16", "utf_16_be", 2),
    ):
        text = data[: len(data) // size * size].decode(codec, "replace")
        if not text:
            continue
        plausible = sum(
            1
            for c in text
            if "\u0600" <= c <= "\u06ff"
            or " " <= c <= "~"
            or c in "\r\n\t\u200c\u200d\u200e\u200f"
            or "\u2010" <= c <= "\u2026"
            or "\xa0" <= c <= "\xbb"
        )
        share = plausible / len(text)
        if share >= 0.9 and (best is None or share > best[0]):
            best = (
                share,
                Encoding(codec, 0, f"{name} ({'little' if codec.endswith('le') else 'big'} endian by its zero bytes)"),
            )
    return best[1] if best else None


def _single_byte(data: bytes, error: UnicodeDecodeError, declared: str | None, said: str | None) -> Encoding:
    sample = data[:_SAMPLE] if error.start < _SAMPLE // 2 else data[error.start - 1024 : error.start + _SAMPLE]
    # Bytes that are UTF-8 but for a few are damaged UTF-8, not another encoding.
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = sum(1 for c in text if c >= "\u0100" and c != "\ufffd")
    both = min(sound, broken) * 10 > max(sound, broken)
    reason = _invalid(data, error)
    if both:
        reason += ": some of it is UTF-8 and some is not, as when files of two encodings are joined"
    if sound > broken:
        raise Rejected(reason)
    scored = []
    for name, codec in SINGLE_BYTE:
        reading = sample.decode(codec, "replace")
        score = arabic_score(reading)
        if said == codecs.lookup(codec).name:
            score += 0.1
        scored.append((score, name, codec, reading))
    score, name, codec, reading = max(scored, key=lambda item: item[0])
    letters = sum(1 for c in reading if "\u0620" <= c <= "\u06d3")
    strange = sum(1 for c in reading if c < " " and c not in "\t\r\n\f\x1a")
    if (
        score < _ENOUGH
        or letters < 4
        or strange * 50 > len(reading)
        or (letters < 12 and said != codecs.lookup(codec).name)
    ):
        raise Rejected(reason)
    try:
        data.decode(codec)
        skip = ""
    except UnicodeDecodeError:
        skip = "; bytes without a character there are kept as U+FFFD"
    ground = "declared and letter statistics" if said == codecs.lookup(codec).name else "letter statistics"
    if said and ground == "letter statistics":
        ground += f"; it declares {declared}"
    return Encoding(codec, 0, f"{name} ({ground}{skip})")


def arabic_score(text: str) -> float:
    """Return how much a text's characters outside ASCII are those of Persian or Arabic: their mean log frequency."""
    total, count = 0.0, 0
    for char in text:
        if char > "\x7f":
            total += _LOG.get(char, _FLOOR)
            count += 1
    return total / count if count else _FLOOR


def decode(data: bytes, encoding: Encoding) -> str:
    """Return the text of a whole file under a decision.

    Raises:
        Rejected: If bytes do not fit the encoding; the reason names the first.
    """
    body = data[encoding.skip :] if encoding.skip else data
    if encoding.codec.startswith(("utf_16", "utf_32")):
        unit = 4 if "32" in encoding.codec else 2
        body = body[: len(body) // unit * unit]
        return body.decode(encoding.codec, "replace")
    if encoding.codec in ("utf_8", "utf-8"):
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Rejected(_invalid(body, error)) from error
    return body.decode(encoding.codec, "replace")


# --- Text that was decoded wrongly once ---------------------------------------------------------------------------


@functools.cache
def _backwards(codec: str) -> dict[int, int]:
    """Character to byte under a single-byte codec; bytes without a character stand for the C1 control of their value."""
    table: dict[int, int] = {}
    for byte in range(256):
        try:
            char = bytes([byte]).decode(codec)
        except UnicodeDecodeError:
            char = chr(byte)
        table.setdefault(ord(char), byte)
    for byte in range(0x80, 0xA0):
        table.setdefault(byte, byte)
    return table


_UTF8_READ_AS: Final = ("cp1252", "cp1256", "latin-1", "mac_roman", "cp850", "cp437", "cp1254")
_SINGLE_READ_AS: Final = (("cp1252", "cp1256", "windows-1256 read as windows-1252"), ("latin-1", "iso8859_6", "iso-8859-6 read as latin-1"), ("cp1252", "iso8859_6", "iso-8859-6 read as windows-1252"))  # fmt: skip
_NAMES: Final = {"cp1252": "windows-1252", "cp1256": "windows-1256", "mac_roman": "mac-roman", "cp850": "code page 850", "cp437": "code page 437", "cp1254": "windows-1254", "latin-1": "latin-1"}  # fmt: skip

_TRACES: Final = "ØÙ§ÇÃß╪┘"
"""What wrong readings make of the letters that every text has: a trace of each stands in any of them."""
_SUSPECT: Final = re.compile(
    r"[ØÙÛÚÃÂ][\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    r"|[طظغع][\x80-\xbf\u0152\u0192\u02c6\u2013-\u203a\u20ac\u2122پٹچژڈگکڑںھ\u200c\u200d\u06be،؛؟][\s\S]?[طظغع]"
    r"|[\xc0-\xff]{3}|[╪┘█┌][\s\S]|ÿ[\s\S]Ÿ"
)


def repair(text: str) -> tuple[str, str | None]:
    """Repair a text that was decoded wrongly once and saved, or twice.

    Returns:
        The text and what had happened to it, in words; None where nothing had.
    """
    if text.isascii() or not any(trace in text for trace in _TRACES) or not _SUSPECT.search(text, 0, 20_000):
        return text, None
    return _repair(text)


def _repair(text: str) -> tuple[str, str | None]:
    if _share(text) < 0.02:
        return text, None
    done: list[str] = []
    for _ in range(3):
        better = _undo(text)
        if better is None:
            break
        text, how = better
        done.append(how)
    if done:
        return text, ", ".join(done)
    if "\n" not in text:
        return text, None
    lines = [_undo(line) if len(line) > 12 and _SUSPECT.search(line) else None for line in text.split("\n")]
    repaired = next((line[1] for line in lines if line), None)
    if repaired is None:
        return text, None
    return "\n".join(
        fixed[0] if fixed else line for fixed, line in zip(lines, text.split("\n"), strict=True)
    ), f"in part {repaired}"


def _share(text: str) -> float:
    sample = text[:20_000]
    return sum(1 for _ in _SUSPECT.finditer(sample)) / len(sample)


def _undo(text: str) -> tuple[str, str] | None:
    """Undo one wrong decoding if the result reads better by the letters."""
    before = arabic_score(text[:_SAMPLE])
    for codec in _UTF8_READ_AS:
        raw = _encode(text, codec)
        if raw is None:
            continue
        fixed = _lenient_utf8(raw)
        if fixed is not None and arabic_score(fixed[:_SAMPLE]) > max(before + 0.8, 0.0) and _has_letters(fixed):
            return fixed, f"utf-8 read as {_NAMES[codec]}"
        if (
            fixed is not None
            and _SUSPECT.search(fixed, 0, 4000)
            and len(fixed) < len(text) * 0.8
            and not _has_letters(text)
        ):
            return fixed, f"utf-8 read as {_NAMES[codec]}"
    best: tuple[float, str, str] | None = None
    for wrong, right, how in _SINGLE_READ_AS:
        raw = _encode(text, wrong)
        if raw is None:
            continue
        fixed = raw.decode(right, "replace")
        score = arabic_score(fixed[:_SAMPLE])
        if score > max(before + 1.0, _ENOUGH) and _has_letters(fixed) and (best is None or score > best[0]):
            best = (score, fixed, how)
    return (best[1], best[2]) if best else None


def _encode(text: str, codec: str) -> bytes | None:
    """Return the bytes a wrong decoder read, or None where the text holds what it cannot have made."""
    table = _backwards(codec)
    translated = text.translate(table)
    try:
        return translated.encode("latin-1")
    except UnicodeEncodeError:
        pass
    strange = sum(1 for c in translated if c > "\xff")
    if strange * 50 > len(text):
        return None
    return translated.encode("latin-1", "replace")


def _lenient_utf8(raw: bytes) -> str | None:
    """Decode, but for half a character at either end and a rare one that was lost."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    fixed = raw.decode("utf-8", "replace")
    lost = fixed.count("\ufffd")
    return fixed if lost <= 2 or lost * 25 <= len(fixed) else None


def _has_letters(text: str) -> bool:
    return sum(1 for c in text[:4000] if "\u0620" <= c <= "\u06d3") >= 3
