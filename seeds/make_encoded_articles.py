"""Makes those sample articles whose bytes an editor cannot write.

The readable text of each lies under `seeds/encoded` at the path it has under `seeds/articles`; this
script turns it into Windows-1256, UTF-16, mojibake, presentation forms, gzip and zip, and makes the
broken files. The same sources always give the same bytes, on any machine:

    python seeds/make_encoded_articles.py           # write them
    python seeds/make_encoded_articles.py --check   # compare, exit 1 where one differs

Belongs here: how bytes are made. Does not belong here: the texts, or what to expect of them
(`tests/corpus/articles.yaml`).
"""

from __future__ import annotations

import argparse
import io
import struct
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

SEEDS = Path(__file__).resolve().parent
SOURCES = SEEDS / "encoded"
ARTICLES = SEEDS / "articles"

WINDOWS_1256 = "sada-al-furat/2022-03-02-suq-al-sabun.txt"
MOJIBAKE = "sada-al-furat/2023-02-04-thuluj.txt"
UTF_16 = "alborz-online/2023-08-20-chabahar.txt"
PRESENTATION_FORMS = "qalam-archive/1998-09-12-bazar-ketab.txt"
GZIP = "simorgh-archive/2023-07-05-tirgan.txt"
ZIP = "marafi-feed/2025-03-01-bundle"


def _source(path: str) -> str:
    return (SOURCES / path).read_bytes().decode("utf-8")


def decode_wrongly(text: str) -> str:
    """Return `text` as it looks when its UTF-8 bytes are read as Windows-1252, as browsers read it.

    The five bytes that Windows-1252 leaves open become the C1 control of the same number
    (WHATWG Encoding Standard).
    """
    return "".join(
        bytes([byte]).decode("latin-1" if byte in b"\x81\x8d\x8f\x90\x9d" else "cp1252")
        for byte in text.encode("utf-8")
    )


def _forms() -> dict[tuple[str, str], str]:
    """Return (letters, form) to presentation form; form is isolated, final, initial or medial."""
    table: dict[tuple[str, str], str] = {}
    for code in [*range(0xFB50, 0xFC00), *range(0xFE80, 0xFEFD)]:
        form, _, letters = unicodedata.decomposition(chr(code)).partition(" ")
        if form.strip("<>") in ("isolated", "final", "initial", "medial"):
            table.setdefault(("".join(chr(int(c, 16)) for c in letters.split()), form.strip("<>")), chr(code))
    return table


def shape(text: str) -> str:
    """Return `text` with each letter as the presentation form it takes beside its neighbours.

    Order stays logical; lam before alef becomes their ligature. A half-space shows only in the forms beside
    it: files of that age have no character for it.
    """
    forms = _forms()

    def joins_next(letter: str) -> bool:
        return (letter, "initial") in forms

    def joins_previous(letter: str) -> bool:
        return (letter, "final") in forms

    # Signs stand on a letter and do not part it from the next: carry them along.
    letters: list[list[str]] = []
    for char in text:
        if unicodedata.combining(char) and letters:
            letters[-1][1] += char
        else:
            letters.append([char, ""])
    shaped: list[str] = []
    joined = False  # whether the letter before reaches out to this one
    i = 0
    while i < len(letters):
        letter, signs = letters[i]
        if letter == "\u200c":
            joined = False
            i += 1
            continue
        if letter == "ل" and not signs and i + 1 < len(letters) and (ligature := "ل" + letters[i + 1][0]) in {
            "لا", "لآ", "لأ", "لإ",
        }:  # fmt: skip
            shaped.append(forms[ligature, "final" if joined else "isolated"] + letters[i + 1][1])
            joined = False
            i += 2
            continue
        after = i + 1 < len(letters) and joins_next(letter) and joins_previous(letters[i + 1][0])
        form = {(False, False): "isolated", (True, False): "final", (False, True): "initial", (True, True): "medial"}
        shaped.append(forms.get((letter, form[joined and joins_previous(letter), after]), letter) + signs)
        joined = after
        i += 1
    return "".join(shaped)


def _gzip(content: bytes) -> bytes:
    """Return `content` as a gzip file of one stored block, without time or system (RFC 1951, 1952).

    Written by hand because the bytes of the standard library differ between versions of Python and zlib.
    """
    header = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff"
    block = b"\x01" + struct.pack("<HH", len(content), len(content) ^ 0xFFFF) + content
    return header + block + struct.pack("<II", zlib.crc32(content), len(content))


def _zip(folder: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted((SOURCES / folder).rglob("*.txt")):
            member = zipfile.ZipInfo(path.relative_to(SOURCES / folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, path.read_bytes())
    return buffer.getvalue()


def _image() -> bytes:
    """Return the beginning of a PNG file and then bytes without any sense (a linear congruential generator)."""
    state, noise = 20241105, bytearray()
    for _ in range(1500):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        noise.append(state >> 16 & 0xFF)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0\x08\x02\x00\x00\x00" + bytes(noise)


def _damaged(text: str) -> bytes:
    """Return the UTF-8 of `text` with every 9th byte lost and an impossible one after every 14th."""
    damaged = bytearray()
    for i, byte in enumerate(text.encode("utf-8")):
        if i % 9 != 8:
            damaged.append(byte)
        if i % 14 == 13:
            damaged += b"\xff\xc0"[i // 14 % 2 :][:1]
    return bytes(damaged)


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the path under `seeds/articles` and the bytes of each file made here."""
    yield WINDOWS_1256, _source(WINDOWS_1256).encode("cp1256")
    yield MOJIBAKE, decode_wrongly(_source(MOJIBAKE)).encode("utf-8")
    yield UTF_16, b"\xff\xfe" + _source(UTF_16).encode("utf-16-le")
    yield PRESENTATION_FORMS, shape(_source(PRESENTATION_FORMS)).encode("utf-8")
    yield GZIP + ".gz", _gzip(_source(GZIP).encode("utf-8"))
    yield ZIP + ".zip", _zip(ZIP)
    yield "broken/empty.txt", b""
    yield "broken/photo-named-as.txt", _image()
    yield "broken/cut-short.json", _source("broken/cut-short.json").encode("utf-8")[:-40]
    yield "broken/invalid-utf8.txt", _damaged(_source("broken/invalid-utf8.txt"))


def main() -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 where a file differs")
    check = parser.parse_args().check
    wrong = 0
    for path, content in files():
        target = ARTICLES / path
        if not check:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        elif not target.is_file() or target.read_bytes() != content:
            print(f"{target} differs from what its source gives: run {Path(__file__).name} without --check")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
